"""The comparison in words and tables. `draw` shows them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from metric_ask import Field, show, show_share, signed
from orchestration.console import plural
from tools.diff.build import Failure, Side
from tools.diff.compare import Comparison, Figure, Group, Table, Value
from tools.diff.downstream import Downstream, Reader
from tools.diff.draw import NOTHING, Report, Section
from tools.diff.revisions import Revision

NAMES = 10
"""Models in a row of the report; a longer row would be cut."""


def make_report(
    base: Revision,
    candidate: Revision,
    sides: tuple[Side, Side],
    comparison: Comparison,
    downstream: Downstream,
    files: str,
) -> Report:
    """The report of two revisions that were both built."""
    before, after = sides
    months = [each for each in reversed(comparison.groups.get("month", [])) if each.differs]
    sections = [
        _failing(before, after),
        _totals(comparison.totals),
        _groups("By category", "category", comparison.groups.get("category", [])),
        _groups("By month, newest first", "month", months),
        _tables(comparison.tables),
        _inner(comparison.inner),
        _models(downstream),
        _readers(downstream),
        Section("What could not be compared", comparison.remarks),
    ]
    return Report(
        f"{_money(comparison)} {_tests(before, after)}",
        f"{base.label} → {candidate.label}, built on the same {files}.",
        [section for section in sections if section.text or section.rows],
    )


def not_built(base: Revision, candidate: Revision, sides: tuple[Side, Side], files: str) -> Report:
    """The report when one of the two cannot be built."""
    report = Report("", f"{base.label} → {candidate.label}, on the same {files}.")
    for revision, side in zip((base, candidate), sides, strict=True):
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


# --- The headline ---------------------------------------------------------------------------------


def _money(comparison: Comparison) -> str:
    """What happens to the revenue, in a sentence."""
    revenue = next((each for each in comparison.totals if each.field.name == "revenue"), None)
    if revenue is None or revenue.before is None or revenue.after is None:
        return "Revenue could not be compared."
    before, after = _shown(revenue, revenue.before), _shown(revenue, revenue.after)
    if revenue.differs:
        word = "rises" if revenue.after > revenue.before else "falls"
        change = _shown(revenue, revenue.change).lstrip("-")
        return f"Revenue {word} by {change} ({_percent(revenue)}), from {before} to {after}."
    if others := [each.field.title.lower() for each in comparison.totals if each.differs]:
        return f"Revenue stays at {before}; {', '.join(others)} change."
    if tables := [each.name for each in comparison.tables if each.differs]:
        return f"Revenue stays at {before}; {', '.join(tables)} differ."
    return "No figure changes."


def _tests(before: Side, after: Side) -> str:
    """Whether the change would be published, in a sentence."""
    fresh = _names(after.failed) - _names(before.failed)
    count = len(fresh or after.failed)
    failing = f"{plural(count, 'test')} {'fails' if count == 1 else 'fail'}"
    if fresh:
        return f"{failing}: nothing of this would be published."
    if after.failed:
        return f"{failing}, as before the change."
    return f"All {plural(after.passed, 'data test')} pass."


def _names(failures: Sequence[Failure]) -> set[str]:
    return {each.name for each in failures}


# --- The sections ---------------------------------------------------------------------------------


def _failing(before: Side, after: Side) -> Section:
    known = _names(before.failed)
    rows = [
        (each.name, "before as well" if each.name in known else "new", each.message)
        for each in after.failed
    ]
    mended = sorted(known - _names(after.failed))
    text = [f"Passes again: {', '.join(mended)}."] if mended else []
    return Section("Tests that fail", text, ("test", "since", "message"), rows, texts=3)


def _totals(totals: Sequence[Figure]) -> Section:
    rows = [(each.field.title, *_both(each), *_change(each)) for each in totals]
    return Section("Totals", [], ("", "before", "after", "change", ""), rows)


def _groups(title: str, name: str, groups: Sequence[Group]) -> Section:
    rows = [
        (each.label, *_both(each.rows), *_both(each.revenue), *_change(each.revenue))
        for each in groups
    ]
    header = (name, "lines before", "after", "revenue before", "after", "change", "")
    text = [] if rows else [f"No {name} changes."]
    return Section(title, text, header, rows)


def _tables(tables: Sequence[Table]) -> Section:
    rows = [
        (each.name, _columns(each), *_counts(each), f"{each.gone:,}", f"{each.new:,}")
        for each in tables
        if each.differs
    ]
    same = f"{plural(len(tables) - len(rows), 'table')} of {len(tables)} stay the same, row by row."
    header = ("table", "columns", "rows before", "after", "rows gone", "rows new")
    return Section("Published tables and columns", [same], header, rows, texts=2)


def _columns(table: Table) -> str:
    if table.before is None or table.after is None:
        return "new table" if table.before is None else "table removed"
    values = sorted(table.values.items(), key=lambda item: -item[1])
    parts = [f"added {each}" for each in table.added]
    parts += [f"removed {each}" for each in table.removed]
    parts += [f"type of {each}" for each in table.retyped]
    return "; ".join([*parts, *(f"{column}: {plural(count, 'row')}" for column, count in values)])


def _inner(tables: Sequence[Table]) -> Section:
    rows = []
    for each in tables:
        if each.differs:
            change = f"{(each.after or 0) - (each.before or 0):+,}"
            change = "new" if each.before is None else "removed" if each.after is None else change
            rows.append((each.name, *_counts(each), change))
    header = ("table", "rows before", "after", "change")
    return Section("Tables before gold", [], header, rows)


def _models(downstream: Downstream) -> Section:
    found = {
        "changed": downstream.modified,
        "built from them": downstream.affected,
        "removed": downstream.removed,
    }
    rows = [
        (title, ", ".join(names[start : start + NAMES]))
        for title, names in found.items()
        for start in range(0, len(names), NAMES)
    ]
    text = [] if rows else ["No model, seed, snapshot or test of dbt was changed."]
    return Section("Models", text, ("", ""), rows, texts=2)


def _readers(downstream: Downstream) -> Section:
    rows = [("exposure", each, "") for each in downstream.exposures]
    for kind, readers in (("dashboard", downstream.widgets), ("questions", downstream.questions)):
        for where in dict.fromkeys(each.where for each in readers):
            rows.append((kind, where, _shows([each for each in readers if each.where == where])))
    if downstream.analyses:
        rows.append(("analyses", ", ".join(downstream.analyses), ""))
    return Section("Downstream", [], ("reader", "where", "what it shows"), rows, texts=3)


def _shows(readers: Sequence[Reader]) -> str:
    """How many of them show something else, and which."""
    changed = [each.name for each in readers if each.changed]
    if not changed:
        return f"all {len(readers)} the same as before"
    return f"{len(changed)} of {len(readers)} change: {'; '.join(changed)}"


# --- How figures are written ----------------------------------------------------------------------


def _shown(figure: Figure, value: Value) -> str:
    return NOTHING if value is None else show(value, figure.field)


def _both(figure: Figure) -> tuple[str, str]:
    return _shown(figure, figure.before), _shown(figure, figure.after)


def _counts(table: Table) -> tuple[str, str]:
    before, after = (
        NOTHING if each is None else f"{each:,}" for each in (table.before, table.after)
    )
    return before, after


def _change(figure: Figure) -> tuple[str, str]:
    """The difference with its sign, and in percent."""
    change = figure.change
    if change is None:
        return ("", "") if not figure.differs else ("new" if figure.before is None else "gone", "")
    if change == 0:
        return "", ""
    if figure.field.is_share:
        points = Field("", "", "", is_measure=True, places=max(1, figure.field.places or 0))
        return f"{signed(show(Decimal(str(change)) * 100, points))} points", ""
    return signed(_shown(figure, change)), _percent(figure)


def _percent(figure: Figure) -> str:
    if not figure.before or figure.change is None:
        return "new"
    share = Decimal(str(figure.change)) / abs(Decimal(str(figure.before)))
    return signed(show_share(share))
