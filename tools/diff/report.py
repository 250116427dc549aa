"""The comparison in words and tables, for the terminal and for a pull request.

It is put together once, as sections; the terminal and Markdown differ in how they draw them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as RichTable

from metric_ask.metrics import Field
from metric_ask.reading import show, show_share
from orchestration.console import plural
from tools.diff.build import Side
from tools.diff.compare import Comparison, Figure, Group, Table, Value
from tools.diff.downstream import Downstream, Reader
from tools.diff.markdown import MARK, table, text
from tools.diff.revisions import Revision

LONGEST = 14
"""Rows of a table that are shown at once; the rest is folded away in Markdown."""
NOTHING = "\N{EN DASH}"


@dataclass
class Section:
    """A title, a few sentences, and a table."""

    title: str
    text: list[str] = field(default_factory=list)
    header: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    texts: int = 1
    """How many of the first columns are text; the others are figures."""


@dataclass
class Report:
    """All that is said about a change."""

    headline: str
    compared: str
    sections: list[Section] = field(default_factory=list)
    pictures: list[tuple[str, Path | None, Path | None]] = field(default_factory=list)
    """By sheet: the picture before and after."""


def make_report(
    base: Revision,
    candidate: Revision,
    sides: tuple[Side, Side],
    comparison: Comparison,
    downstream: Downstream,
    files: str,
) -> Report:
    """Put the report of two revisions together that were both built."""
    before, after = sides
    report = Report(
        headline=" ".join([_money(comparison), _verdict(before, after)]),
        compared=f"{base.label} → {candidate.label}, built on the same {files}.",
    )
    report.sections = [
        section
        for section in (
            _failing(before, after),
            _totals(comparison),
            _groups("By category", comparison.categories, "category"),
            _groups("By month, newest first", _changed(comparison.months), "month"),
            _tables(comparison.tables),
            _inner(comparison.inner),
            _models(downstream),
            _readers(downstream),
            Section("What could not be compared", comparison.remarks),
        )
        if section.text or section.rows
    ]
    return report


def not_built(base: Revision, candidate: Revision, sides: tuple[Side, Side], files: str) -> Report:
    """The report when one of the two cannot be built."""
    report = Report("", f"{base.label} → {candidate.label}, on the same {files}.")
    for revision, side in ((base, sides[0]), (candidate, sides[1])):
        if side.broken:
            report.headline = f"{revision.label} cannot be built, so there are no numbers."
            rows = [(each.name, each.message, each.file) for each in side.broken]
            header = ("model", "message", "file")
            report.sections.append(Section("What fails", [], header, rows, texts=3))
    return report


def unchanged(base: Revision, candidate: Revision) -> Report:
    """The report when both are the same."""
    return Report(
        "No figure changes: the two are the same, file by file.",
        f"{base.label} → {candidate.label}.",
    )


# --- What is said ---------------------------------------------------------------------------------


def _money(comparison: Comparison) -> str:
    """What happens to the revenue, in a sentence."""
    revenue = next((each for each in comparison.totals if each.name.name == "revenue"), None)
    if revenue is None or revenue.before is None or revenue.after is None:
        return "Revenue could not be compared."
    if revenue.differs:
        word = "rises" if revenue.after > revenue.before else "falls"
        return (
            f"Revenue {word} by {_shown(revenue, revenue.change).lstrip('-')}"
            f" ({_percent(revenue)}), from {_shown(revenue, revenue.before)}"
            f" to {_shown(revenue, revenue.after)}."
        )
    stays = f"Revenue stays at {_shown(revenue, revenue.before)}"
    others = [each.name.title.lower() for each in comparison.totals if each.differs]
    if others:
        return f"{stays}; {', '.join(others)} change."
    tables = [each.name for each in comparison.tables if each.differs]
    return f"{stays}; {', '.join(tables)} differ." if tables else "No figure changes."


def _verdict(before: Side, after: Side) -> str:
    known = {each.name for each in before.failed}
    fresh = [each for each in after.failed if each.name not in known]
    if fresh:
        fail = "fails" if len(fresh) == 1 else "fail"
        return f"{plural(len(fresh), 'test')} {fail}: nothing of this would be published."
    if after.failed:
        return f"{plural(len(after.failed), 'test')} fail, as before the change."
    return f"All {plural(after.passed, 'data test')} pass."


def _failing(before: Side, after: Side) -> Section:
    known = {each.name for each in before.failed}
    rows = [
        (each.name, "before as well" if each.name in known else "new", each.message)
        for each in after.failed
    ]
    mended = sorted(known - {each.name for each in after.failed})
    text = [f"Passes again: {', '.join(mended)}."] if mended else []
    return Section("Tests that fail", text, ("test", "since", "what it says"), rows, texts=3)


def _totals(comparison: Comparison) -> Section:
    rows = [
        (each.name.title, _shown(each, each.before), _shown(each, each.after), *_change(each))
        for each in comparison.totals
    ]
    return Section("Totals", [], ("", "before", "after", "change", ""), rows)


def _groups(title: str, groups: Sequence[Group], name: str) -> Section:
    rows = [
        (
            each.label,
            _shown(each.rows, each.rows.before),
            _shown(each.rows, each.rows.after),
            _shown(each.revenue, each.revenue.before),
            _shown(each.revenue, each.revenue.after),
            *_change(each.revenue),
        )
        for each in groups
    ]
    header = (name, "lines before", "after", "revenue before", "after", "change", "")
    text = [] if rows else [f"No {name} changes."]
    return Section(title, text, header if rows else (), rows)


def _changed(groups: Sequence[Group]) -> list[Group]:
    return [each for each in reversed(groups) if each.differs]


def _tables(tables: Sequence[Table]) -> Section:
    changed = [each for each in tables if each.differs]
    rows = [
        (
            each.name,
            _columns(each),
            _count(each.before),
            _count(each.after),
            f"{each.gone:,}",
            f"{each.new:,}",
        )
        for each in changed
    ]
    same = len(tables) - len(changed)
    return Section(
        "Published tables and columns",
        [f"{plural(same, 'table')} of {len(tables)} stay as they were, row for row."],
        ("table", "columns", "rows before", "after", "rows gone", "rows new") if rows else (),
        rows,
        texts=2,
    )


def _columns(table: Table) -> str:
    if table.before is None or table.after is None:
        return "new table" if table.before is None else "table removed"
    parts = [f"added {each}" for each in table.added]
    parts += [f"removed {each}" for each in table.removed]
    parts += [f"type of {each}" for each in table.retyped]
    parts += [
        f"{column}: {plural(count, 'row')}"
        for column, count in sorted(table.values.items(), key=lambda item: -item[1])
    ]
    return "; ".join(parts)


def _inner(tables: Sequence[Table]) -> Section:
    changed = [each for each in tables if each.differs]
    rows = [
        (each.name, _count(each.before), _count(each.after), _signed_count(each))
        for each in changed
    ]
    header = ("table", "rows before", "after", "change")
    return Section("Tables on the way", [], header, rows)


def _models(downstream: Downstream) -> Section:
    rows = [
        ("changed", _list(downstream.modified)),
        ("built from them", _list(downstream.affected)),
    ]
    if downstream.removed:
        rows.append(("removed", _list(downstream.removed)))
    rows = [row for row in rows if row[1]]
    text = [] if rows else ["No model, seed, snapshot or test of dbt was changed."]
    return Section("Models", text, ("", "") if rows else (), rows, texts=2)


def _readers(downstream: Downstream) -> Section:
    rows = [("exposure", each, "") for each in downstream.exposures]
    for kind, readers in (("dashboard", downstream.widgets), ("questions", downstream.questions)):
        for where in dict.fromkeys(each.where for each in readers):
            rows.append((kind, where, _shows([each for each in readers if each.where == where])))
    if downstream.analyses:
        rows.append(("analyses", _list(downstream.analyses), ""))
    header = ("who reads it", "where", "what it shows") if rows else ()
    return Section("Downstream", [], header, rows, texts=3)


def _shows(readers: Sequence[Reader]) -> str:
    """How many of them show something else, and which."""
    changed = [each.name for each in readers if each.changed]
    if not changed:
        return f"all {len(readers)} the same as before"
    return f"{len(changed)} of {len(readers)} change: {'; '.join(changed)}"


# --- How figures are written ----------------------------------------------------------------------


def _shown(figure: Figure, value: Value) -> str:
    return NOTHING if value is None else show(value, figure.name)


def _change(figure: Figure) -> tuple[str, str]:
    """The difference with its sign, and in percent."""
    change = figure.change
    if change is None:
        return ("", "") if not figure.differs else ("new" if figure.before is None else "gone", "")
    if change == 0:
        return "", ""
    sign = "+" if change > 0 else ""
    if figure.name.kind == "share":
        points = Field("", "", "", "", (), True, "number", max(1, figure.name.places))
        return f"{sign}{show(Decimal(str(change)) * 100, points)} points", ""
    return f"{sign}{_shown(figure, change)}", _percent(figure)


def _percent(figure: Figure) -> str:
    if not figure.before or figure.change is None:
        return "new"
    share = Decimal(str(figure.change)) / abs(Decimal(str(figure.before)))
    return f"{'+' if share > 0 else ''}{show_share(share)}"


def _count(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _signed_count(table: Table) -> str:
    if table.before is None or table.after is None:
        return "new" if table.before is None else "removed"
    return f"{table.after - table.before:+,}"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


# --- How it is drawn ------------------------------------------------------------------------------


def print_report(report: Report, console: Console) -> None:
    """Draw it in the terminal."""
    console.print()
    console.print(f"[bold]{escape(report.headline)}[/]")
    console.print(escape(report.compared))
    for section in report.sections:
        console.print()
        console.print(f"[bold]{escape(section.title)}[/]")
        for line in section.text:
            console.print(escape(line))
        if section.rows:
            console.print(Padding(_rich_table(section), (0, 0, 0, 2)))
        if (more := len(section.rows) - LONGEST) > 0:
            console.print(f"  and {more} more; --markdown FILE has them all")


def _rich_table(section: Section) -> RichTable:
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, title in enumerate(section.header):
        is_text = place < section.texts
        table.add_column(
            title,
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=section.texts == 1 or not is_text,
        )
    for row in section.rows[:LONGEST]:
        table.add_row(*map(escape, row))
    return table


def to_markdown(report: Report, beside: Path) -> str:
    """The report as the comment of a pull request.

    Args:
        report: what to say.
        beside: the folder of the Markdown file, which pictures are named relative to.
    """
    parts = [MARK, "## What this change does to the numbers", f"**{text(report.headline)}**"]
    parts.append(text(report.compared))
    for section in report.sections:
        parts.append(f"### {text(section.title)}")
        parts += map(text, section.text)
        if section.rows:
            parts.append(table(section.header, section.rows[:LONGEST], section.texts))
        if rest := section.rows[LONGEST:]:
            more = table(section.header, rest, section.texts)
            parts.append(f"<details><summary>{len(rest)} more</summary>\n\n{more}\n\n</details>")
    if report.pictures:
        rows = [
            f"| {text(sheet)} | {_picture(before, beside)} | {_picture(after, beside)} |"
            for sheet, before, after in report.pictures
        ]
        parts += [
            "### The dashboard",
            "\n".join([table(("sheet", "before", "after"), (), 3), *rows]),
        ]
    return "\n\n".join(parts) + "\n"


def _picture(path: Path | None, beside: Path) -> str:
    if path is None:
        return NOTHING
    shown = path.relative_to(beside) if path.is_relative_to(beside) else path
    return f"![{text(path.stem)}]({quote(shown.as_posix())})"
