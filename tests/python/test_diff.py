"""`lakehouse diff` shows what a change does to the numbers; what a value holds stays text."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest
from markdown_it import MarkdownIt

from orchestration.errors import ExitCode, LakehouseError
from tests.python.conftest import copy_project, lakehouse, places
from tests.python.hostile import BROKEN, TEXTS
from tools.diff.build import Failure, Side
from tools.diff.compare import Table, compare
from tools.diff.downstream import Downstream, Reader, find_widgets
from tools.diff.draw import NOTHING, to_markdown
from tools.diff.markdown import LONGEST, MARK, plain, table, text
from tools.diff.report import make_report
from tools.diff.revisions import Revision, repository

# --- Values in Markdown ---------------------------------------------------------------------------


@pytest.mark.parametrize("value", [*TEXTS, BROKEN, "", "   "], ids=ascii)
def test_markdown_shows_a_value_as_text(value: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    in_table = ("table", "thead", "tbody", "tr", "th", "td")
    for source, blocks, expected in (
        (text(value), ("paragraph",), [plain(value)] if value.strip() else []),
        (table(("a", "b"), [(value, "c")]), in_table, ["a", "b", plain(value), "c"]),
    ):
        tokens = reader.parse(source)
        kinds = {f"{name}_{end}" for name in blocks for end in ("open", "close")}
        assert {token.type for token in tokens} <= kinds | {"inline"}
        lines = [token.children or [] for token in tokens if token.type == "inline"]
        assert {child.type for line in lines for child in line} <= {"text"}
        shown = ["".join(child.content for child in line) for line in lines]
        assert [line.replace("\u200b", "") for line in shown] == expected


def test_markdown_shows_what_cannot_be_seen_and_cuts_what_is_too_long() -> None:
    assert plain("a\x1b[31m\nb\u202e") == "a\ufffd[31m b\ufffd"
    assert len(plain("x" * 5_000_000)) == LONGEST
    assert "https:" not in text("https://example.com").replace("https&#8203;:", "")


# --- Two revisions, made by hand ------------------------------------------------------------------

VIEW = """\
version: "1.1"
source: select category, order_date, sales_amount from fact_sales
dimensions:
  - {name: category, expr: source.category}
  - {name: month, expr: "date_trunc('month', source.order_date)"}
measures:
  - name: revenue
    expr: sum(source.sales_amount)
    display_name: Revenue
    format: {type: number, decimal_places: {type: exact, places: 2}}
"""
FACT = (
    "create table gold.fact_sales as select * from (values {}) as t (id, category, order_date,"
    " sales_amount)"
)
HATS = "(1, 'Hats', date '2024-01-05', 10.00)"


def side(folder: Path, *statements: str, key: list[str] | None = None) -> Side:
    """A revision that published what the statements make."""
    made = Side(folder=folder)
    made.artifacts.mkdir(parents=True)
    nodes = {"model.x.t": {"alias": "t", "config": {"meta": {"primary_key": key or []}}}}
    (made.artifacts / "manifest.json").write_text(json.dumps({"nodes": nodes}), "utf-8")
    (made.project / "models" / "marts").mkdir(parents=True)
    (made.project / "models" / "marts" / "sales_metrics.sql").write_text(VIEW, "utf-8")
    with duckdb.connect(str(made.published)) as connection:
        connection.execute("create schema gold")
        for statement in statements:
            connection.execute(statement)
    return made


def table_of(folder: Path, before: str, after: str, key: list[str] | None = None) -> Table:
    """What became of gold.t, made of one query and then of another."""
    base = side(folder / "a", f"create table gold.t as {before}", key=key)
    candidate = side(folder / "b", f"create table gold.t as {after}", key=key)
    (found,) = compare(base, candidate).tables
    return found


def test_columns_that_come_go_and_change_their_type(tmp_path: Path) -> None:
    before = "select 1 as k, 2 as old, 3 as n, now() as loaded_at"
    after = "select 1 as k, 'x' as fresh, cast(3 as bigint) as n, now() as loaded_at"
    found = table_of(tmp_path, before, after)
    assert (found.added, found.removed) == (["fresh VARCHAR"], ["old INTEGER"])
    assert found.retyped == ["n INTEGER -> BIGINT"]
    assert found.values == {}


def test_values_are_compared_row_by_row(tmp_path: Path) -> None:
    before = "from (values (1, 10, 'a'), (2, 20, null), (3, 30, 'c')) as t (k, amount, name)"
    after = "from (values (1, 11, 'a'), (2, 20, 'b'), (4, 30, 'c')) as t (k, amount, name)"
    found = table_of(tmp_path, before, after, key=["k"])
    assert (found.gone, found.new) == (1, 1)
    assert found.values == {"amount": 1, "name": 1}


@pytest.mark.parametrize("key", [None, ["k"]], ids=["without a key", "with a key"])
def test_rows_are_counted_whatever_their_order(tmp_path: Path, key: list[str] | None) -> None:
    rows = ("select unnest([1, 1, 2]) as k", "select unnest([2, 1, 1]) as k")
    assert not table_of(tmp_path / "same", *rows, key=key).differs
    more = table_of(tmp_path / "more", "select 1 as k", "select unnest([1, 1]) as k", key=key)
    assert (more.gone, more.new) == (0, 1)


def test_the_report_names_money_tests_and_readers(tmp_path: Path) -> None:
    hostile = "Caps|<b>@ann"
    caps = f"(2, '{hostile}', date '2024-02-01', 30.50)"
    base = side(tmp_path / "a", FACT.format(f"{HATS}, {caps}"))
    candidate = side(tmp_path / "b", FACT.format(HATS))
    base.failed, candidate.rows = [Failure(name="old_test", message="")], {"silver.x": 5}
    candidate.failed = [Failure(name="new_test", message="1 row found:\n`x`|<i>")]
    readers = Downstream(
        modified=["fact_sales"],
        widgets=[Reader("Revenue by month", "Sales", True), Reader("Orders", "Sales", False)],
    )
    report = make_report(
        Revision("main", "1", "c0ffee1234"),
        Revision("the working tree", "2"),
        (base, candidate),
        compare(base, candidate),
        readers,
        "6 files",
    )
    picture = tmp_path / "pictures" / "after" / "sales-1024.png"
    report.pictures = [("Sales", None, picture)]
    comment = to_markdown(report, tmp_path)
    assert comment.startswith(f"{MARK}\n")
    for line in (
        "**Revenue falls by 30.50 (-75.3 %), from 40.50 to 10.00."
        " 1 test fails: nothing of this would be published.**",
        "main (c0ffee12) → the working tree, built on the same 6 files.",
        "| new\\_test | new | 1 row found: &#96;x&#96;&#124;&lt;i&gt; |",
        "Passes again: old\\_test.",
        "| Order lines | 2 | 1 | -1 | -50.0 % |",
        "| Hats | 1 | 1 | 10.00 | 10.00 |  |  |",
        "| Caps&#124;&lt;b&gt;@&#8203;ann | 1 | none | 30.50 | none | -30.50 | -100.0 % |",
        "| 2024-02 | 1 | none | 30.50 | none | -30.50 | -100.0 % |",
        "| gold.fact\\_sales |  | 2 | 1 | 1 | 0 |",
        "| silver.x | none | 5 | new |",
        "| changed | fact\\_sales |",
        "| dashboard | Sales | 1 of 2 change: Revenue by month |",
        "| Sales | none | ![sales-1024](pictures/after/sales-1024.png) |",
    ):
        assert line in comment.replace(NOTHING, "none").splitlines(), comment
    assert hostile not in comment


def test_a_metric_that_one_side_cannot_compute_is_a_remark(tmp_path: Path) -> None:
    base, candidate = side(tmp_path / "a", FACT.format(HATS)), side(tmp_path / "b")
    found = compare(base, candidate)
    assert [(each.field.name, each.before, each.after) for each in found.totals] == [
        ("rows", 1, None),
        ("revenue", 10, None),
    ]
    assert found.remarks[0].startswith("Totals after the change: ")


def test_a_widget_is_downstream_of_the_tables_it_reads(tmp_path: Path) -> None:
    queries = {"sold": "select sum(sales_amount) as s from fact_sales", "other": "select 1 as s"}
    widgets = [
        {
            "name": name,
            "queries": [{"name": "q", "query": {"datasetName": name, "fields": []}}],
            "spec": {"widgetType": "counter", "frame": {"title": name.title()}},
        }
        for name in queries
    ]
    place = {"x": 0, "y": 0, "width": 1, "height": 1}
    layout = [{"widget": widget, "position": place} for widget in widgets]
    board = {
        "datasets": [{"name": name, "queryLines": [sql]} for name, sql in queries.items()],
        "pages": [{"name": "p", "displayName": "Sales", "layout": layout}],
    }
    sides = []
    for name, rows in (("a", HATS), ("b", HATS.replace("10.00", "11.00"))):
        sides.append(side(tmp_path / name, FACT.format(rows)))
        (sides[-1].project / "dashboards").mkdir()
        path = sides[-1].project / "dashboards" / "x.lvdash.json"
        path.write_text(json.dumps(board), encoding="utf-8")
    assert find_widgets(sides[0], sides[1], {"fact_sales"}) == [Reader("Sold", "Sales", True)]
    assert find_widgets(sides[0], sides[0], {"fact_sales"}) == [Reader("Sold", "Sales", False)]


# --- Revisions ------------------------------------------------------------------------------------


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=project, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_a_revision_is_taken_without_touching_the_repository(tmp_path: Path) -> None:
    top = tmp_path / "top"
    project = top / "project"
    project.mkdir(parents=True)
    (project / "kept.txt").write_text("before")
    (project / ".gitignore").write_text("ignored.txt")
    git(top, "init", "--quiet", "--initial-branch", "main")
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--message", "First")
    with repository(project) as found:
        assert found.base("main").tree == found.working_tree().tree
    (project / "kept.txt").write_text("after")
    for name in ("new.txt", "ignored.txt"):
        (project / name).write_text("new")
    before = git(top, "status", "--porcelain"), git(top, "count-objects")
    with repository(project) as found:
        found.extract(found.base("main"), tmp_path / "base")
        found.extract(found.working_tree(), tmp_path / "now")
        with pytest.raises(LakehouseError, match="Git knows no revision called gone") as raised:
            found.base("gone")
    assert raised.value.exit_code == ExitCode.USAGE
    assert (git(top, "status", "--porcelain"), git(top, "count-objects")) == before
    read = {path.name: path.read_text() for path in (tmp_path / "now").iterdir()}
    assert read == {".gitignore": "ignored.txt", "kept.txt": "after", "new.txt": "new"}
    assert (tmp_path / "base" / "kept.txt").read_text() == "before"
    assert not (tmp_path / "base" / "new.txt").exists()


def test_outside_of_git_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: x\n", encoding="utf-8")
    env = places(tmp_path) | {"LAKEHOUSE_PROJECT_DIR": str(tmp_path)}
    done = lakehouse(
        "diff", env=os.environ | env | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    )
    assert done.returncode == ExitCode.USAGE
    assert "inside a git clone" in done.stderr


# --- The whole, on a copy of the project ----------------------------------------------------------

FILTER = "and not is_superseded"


@pytest.mark.slow
def test_an_inverted_filter_shows_its_damage(tmp_path: Path) -> None:
    project = tmp_path / "project"
    copy_project(project)
    git(project, "init", "--quiet", "--initial-branch", "main")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "The project")
    env = places(tmp_path) | {"LAKEHOUSE_PROJECT_DIR": str(project), "LAKEHOUSE_LANDING": ""}
    comment, fact = tmp_path / "comment.md", project / "models" / "marts" / "fact_sales.sql"
    right = fact.read_text(encoding="utf-8")
    assert right.count(FILTER) == 1

    def diff(sql: str) -> subprocess.CompletedProcess[str]:
        fact.write_text(sql, encoding="utf-8")
        return lakehouse("diff", "main", "--scale", "0.01", "--markdown", str(comment), env=env)

    done = diff(right.replace(FILTER, "and is_superseded"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Revenue falls by" in done.stdout
    sections = dict(part.split("\n", 1) for part in comment.read_text("utf-8").split("\n### ")[1:])
    sections = {title: text.replace("\\", "") for title, text in sections.items()}
    assert "every_accepted_line_is_in_the_fact | new |" in sections["Tests that fail"]
    assert "| changed | fact_sales |" in sections["Models"]
    assert "dashboard_sales_summary" in sections["Models"]
    for reader in ("Revenue by month", "What is the total revenue?", "sales_by_category"):
        assert reader in sections["Downstream"]

    broken = diff(right.replace("dim_products')", "dim_produkts')"))
    assert broken.returncode == ExitCode.BUILD_FAILED
    assert broken.stdout.count("built before") == 1
    assert "the working tree cannot be built" in broken.stdout
    assert "dim_produkts" in comment.read_text(encoding="utf-8").replace("\\", "")

    same = diff(right)
    assert same.returncode == 0
    assert "No figure changes" in same.stdout
