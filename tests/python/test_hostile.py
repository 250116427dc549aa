"""Text from data is text in every output: page, terminal, pull request comment, alert."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from lvdash import render as draw_page
from metric_ask import Answer
from metric_ask import render as draw_answer
from orchestration.alert import send
from orchestration.ask_both import print_both
from orchestration.cli import show_error
from orchestration.console import RunConsole, Terminal
from orchestration.dbt import NodeResult
from orchestration.errors import ExitCode, LakehouseError
from orchestration.plain import say
from orchestration.settings import Settings
from orchestration.status import LastRun, Status, show_status
from tests.python.conftest import PROJECT, places
from tests.python.hostile import BROKEN, TEXTS, is_obeyed, pieces
from tools.diff.draw import Report, Section, print_report, to_markdown
from tools.diff.markdown import plain

# --- The terminal ---------------------------------------------------------------------------------

RUN = LastRun(datetime(2026, 11, 23, 6), "local", result="failed")


def written(show: Callable[[Any], None], kind: Any = Terminal) -> str:
    out = StringIO()
    show(kind(file=out, width=2_500))
    return out.getvalue()


def an_answer(text: str) -> str:
    answer = Answer("", True, text, text, ("name", text), ((text, 1), (2, text)))
    refusal = Answer("", False, reason=text, suggestions=(text,))

    def show(out: Console) -> None:
        out.print(draw_answer(answer, sql=True))
        print_both(answer, refusal, out)

    return written(show, Console)


def a_run(text: str) -> str:
    def show(out: Terminal) -> None:
        console = RunConsole(out)
        for say_it in (console.step, console.note, console.warn, console.node_started):
            say_it(text)
        console.node_finished(NODE(text, "test"), 2)
        console.node_finished(NODE(text, "model"), 2)

    return written(show)


def NODE(text: str, kind: str) -> NodeResult:  # noqa: N802
    known: dict[str, Any] = {
        "name": text,
        "kind": kind,
        "layer": "gold",
        "status": "fail",
        "message": text,
        "rows": 1,
        "seconds": 1.0,
        "failures": 1,
    }
    fields = NodeResult.__dataclass_fields__
    return NodeResult(**{name: known.get(name, text) for name in fields})


def a_status(text: str) -> str:
    run = replace(RUN, target=text, version=text, message=text, failed=[])
    status = Status(run, None, None, newest={text: (RUN.started.timestamp(), text)})
    return written(lambda out: show_status(status, out)) + written(
        lambda out: show_status(replace(status, last_run=replace(run, failed=[text])), out)
    )


def a_comparison(text: str) -> str:
    section = Section("Totals", [text], ("a", "b"), [(text, "1"), ("c", text)], texts=2)
    return written(lambda out: print_report(Report(text, text, [section]), out))


@pytest.mark.parametrize("show", [an_answer, a_run, a_status, a_comparison])
def test_the_terminal_shows_text(show: Callable[[str], str]) -> None:
    for text in (*TEXTS, BROKEN):
        shown = show(text)
        assert not [each for each in shown if is_obeyed(each) and each != "\n"], ascii(text)
        cut = plain(text) if show is a_comparison else text
        seen = "".join(shown.split())
        for piece in pieces(cut.removesuffix("...")):
            assert piece in seen, ascii(text)


def test_errors_and_lines_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    for text in (*TEXTS, BROKEN):
        show_error(LakehouseError(text, text, examples=text))
        say(text)
        say(text, err=True)
        done = capsys.readouterr()
        for shown, count in ((done.out, 1), (done.err, 4)):
            assert not [each for each in shown if is_obeyed(each) and each not in "\n\t"]
            seen = "".join(shown.split())
            assert all(seen.count(piece) >= count for piece in pieces(text)), ascii(text)


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A terminal that shows no more than ASCII."""
LATIN = {"PYTHONIOENCODING": "iso8859-1", "LC_ALL": "de_DE.iso88591"}
WINDOWS = {"PYTHONIOENCODING": "cp1252"}


def lakehouse_in(root: Path, encoding: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run `lakehouse` in a terminal that is not UTF-8: its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration", *arguments],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "120", **places(root), **encoding},
        capture_output=True,
        timeout=600,
        check=False,
    )
    said = (done.stdout + done.stderr).decode("latin-1")
    assert "Traceback" not in said
    return done.returncode, said


@pytest.mark.parametrize(
    "encoding",
    [
        ASCII,
        pytest.param(LATIN, marks=pytest.mark.slow),
        pytest.param(WINDOWS, marks=pytest.mark.slow),
    ],
)
def test_terminals_that_are_not_utf_8(published_sample: Path, encoding: dict[str, str]) -> None:
    root = published_sample.parents[1]
    code, said = lakehouse_in(root, encoding, "ask", "revenue by country")
    assert (code, "United States" in said, "?" in said) == (ExitCode.OK, True, False)
    code, said = lakehouse_in(root, encoding, "ask", "Umsatz für 漢字 [/] \x1b[2J")
    assert (code, "not known" in said, "\x1b" in said) == (ExitCode.BUILD_FAILED, True, False)
    code, said = lakehouse_in(root, encoding, "ask", "für 漢字", "--json")
    assert (code, json.loads(said)["answered"]) == (ExitCode.BUILD_FAILED, False)
    assert lakehouse_in(root, encoding, "status")[0] == ExitCode.OK


@pytest.mark.slow
def test_a_run_in_a_terminal_that_is_not_utf_8(small_landing: Path) -> None:
    name = small_landing / "source_crm" / "cust_info.csv"
    name.write_bytes(name.read_bytes().replace(b"M,", "Ж漢[/],".encode(), 1))
    code, said = lakehouse_in(small_landing.parent, ASCII, "run")
    assert code == ExitCode.BUILD_FAILED, said
    assert "marital_status_unmapped" in said
    assert "value_before ??[/]" in said


# --- The page -------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """The elements of a page in order, and the content of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.scripts: dict[str, str] = {}
        self.name = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.name = (dict(attrs).get("id") or "") if tag == "script" else ""

    def handle_data(self, data: str) -> None:
        if self.name:
            self.scripts[self.name] = self.scripts.get(self.name, "") + data


def drawn(folder: Path, names: list[str]) -> Path:
    """A page with a table of names, and a sheet for each name as its title."""
    folder.mkdir()
    database, board = folder / "names.duckdb", folder / "names.lvdash.json"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table names (number int, name varchar)")
        connection.executemany("insert into names values (?, ?)", list(enumerate(names)))
    fields = [{"name": each, "expression": f"`{each}`"} for each in ("number", "name")]
    query = {"datasetName": "names", "fields": fields, "disaggregated": True}
    columns = [{"fieldName": each, "displayName": each} for each in ("number", "name")]
    pages = []
    for number, title in enumerate(names):
        frame = {"title": title, "showDescription": True, "description": title}
        encodings = {"columns": columns}
        spec = {"version": 2, "widgetType": "table", "encodings": encodings, "frame": frame}
        table = {"name": f"t{number}", "queries": [{"name": "q", "query": query}], "spec": spec}
        words = {"name": f"w{number}", "multilineTextboxSpec": {"lines": [title]}}
        layout = [
            {"widget": words, "position": {"x": 0, "y": 0, "width": 6, "height": 1}},
            {"widget": table, "position": {"x": 0, "y": 1, "width": 6, "height": 40}},
        ]
        pages.append({"name": f"p{number}", "displayName": title, "layout": layout})
    sql = "select number, name from names order by number"
    dataset = {"name": "names", "displayName": "n", "queryLines": [sql]}
    board.write_text(json.dumps({"datasets": [dataset], "pages": pages}), encoding="utf-8")
    report = draw_page(board, database, folder / "page.html")
    assert report.complete, report.findings
    return report.page


def test_the_page_holds_text(tmp_path: Path) -> None:
    harmless = Parts(drawn(tmp_path / "a", ["a", "b"]).read_text(encoding="utf-8"))
    found = Parts(drawn(tmp_path / "b", TEXTS).read_text(encoding="utf-8"))
    assert found.elements == harmless.elements
    assert "<" not in found.scripts["model"]
    model = json.loads(found.scripts["model"])
    assert [page["title"] for page in model["pages"]] == TEXTS
    [dataset] = model["datasets"].values()
    assert set(dataset["columns"]["name"]["values"]) == set(TEXTS)


def test_the_page_shows_text(tmp_path: Path, chromium: Any) -> None:
    path = drawn(tmp_path / "a", TEXTS)
    page = chromium.new_page(viewport={"width": 1440, "height": 4000})
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    shown = []
    while True:
        shown += page.locator("section:not([hidden]) tbody td:last-child").evaluate_all(
            "all => all.map(e => e.textContent)"
        )
        turn = page.locator("section:not([hidden]) [data-turn=on]")
        if not turn.count() or turn.is_disabled():
            break
        turn.click()
    page.close()
    assert [each.replace("\ufffd", "\0") for each in shown] == TEXTS


# --- The comment of a pull request ----------------------------------------------------------------


def test_the_comment_shows_text(tmp_path: Path) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def kinds(text: str) -> list[str]:
        section = Section("Totals", [text], ("a", "b"), [(text, "1"), ("c", text)], texts=2)
        tokens = reader.parse(to_markdown(Report(text, text, [section]), tmp_path))
        inner = [child.type for token in tokens for child in token.children or []]
        return [token.type for token in tokens] + inner

    for text in (*TEXTS, BROKEN):
        assert kinds(text) == kinds("harmless"), ascii(text)


# --- Alerts ---------------------------------------------------------------------------------------


def test_alerts_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = tmp_path / "mail"
    monkeypatch.setenv("LAKEHOUSE_ALERT_COMMAND", f"cat > {shlex.quote(str(mail))}")
    run = replace(RUN, failed=[*TEXTS, BROKEN], message=BROKEN, anomalies=TEXTS)
    assert send(run, Settings()) == []
    shown = mail.read_bytes().decode()
    assert not [each for each in shown if is_obeyed(each) and each not in "\n\t"]
    for text in TEXTS:
        assert all(shown.count(piece) >= 2 for piece in pieces(text)), ascii(text)
