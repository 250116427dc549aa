"""Pages, the positions of widgets on them, and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from lvdash.definition import Dashboard, Finding, Page, Widget, mapping, mappings
from lvdash.lint.expressions import repeated

PAGE_TYPES = ("PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS")
TOP_KEYS = {"datasets", "pages", "uiSettings", "parameters"}
COLOR = re.compile(r"^#[0-9A-Fa-f]{6}$")
Box = tuple[int, int, int, int]


def check_sheets(board: Dashboard) -> list[Finding]:
    """Check the pages, the positions and the colours."""
    findings = list(_check_top(board))
    for page in board.pages:
        findings += _check_page(page)
        if not page.is_filters:
            findings += _check_positions(page)
    findings += _check_names(board)
    findings += _check_theme(board)
    return findings


def _check_top(board: Dashboard) -> Iterator[Finding]:
    for key in sorted(board.raw.keys() - TOP_KEYS):
        what = f"The key '{key}' is not known here."
        yield Finding("the file", what, "Check its spelling.", "note")
    if all(page.is_filters for page in board.pages):
        yield Finding("pages", "There is no page to show.", "Add a page with PAGE_TYPE_CANVAS.")
    if sum(page.is_filters for page in board.pages) > 1:
        what = "There is more than one page of global filters."
        yield Finding("pages", what, "Put them on one page.")
    if len(board.pages) > 15:
        yield Finding("pages", "There are more than 15 pages.", "Merge or remove some.")


def _check_page(page: Page) -> Iterator[Finding]:
    where = f"page '{page.title}'"
    if not page.name:
        yield Finding(where, "It has no 'name'.", "Give it one.")
    if not page.raw.get("displayName"):
        yield Finding(where, "It has no 'displayName'.", "Give it a title.", "note")
    kind = page.raw.get("pageType")
    if kind is not None and kind not in PAGE_TYPES:
        what = f"The page type '{kind}' is not known here."
        yield Finding(where, what, f"Most pages have {PAGE_TYPES[0]} or none.", "note")
    if not page.widgets:
        yield Finding(where, "It has no widgets.", "Remove it, or add some.", "note")
    if len(page.widgets) > 100:
        yield Finding(where, "It has more than 100 widgets.", "Spread them over pages.")


def _box(widget: Widget) -> Box | None:
    """x, y, width and height, if they are whole numbers in the range of a page."""
    values = [widget.position.get(key) for key in ("x", "y", "width", "height")]
    if any(not isinstance(v, int) or isinstance(v, bool) or not 0 <= v < 10_000 for v in values):
        return None
    x, y, width, height = (int(value) for value in values if value is not None)
    return (x, y, width, height) if width and height else None


def _check_positions(page: Page) -> Iterator[Finding]:
    taken: dict[tuple[int, int], str] = {}
    for widget in page.widgets:
        error = partial(Finding, widget.where)
        box = _box(widget)
        if box is None:
            what = "Its position is not four whole numbers with a size of at least 1."
            yield error(what, "Give x, y, width and height.")
            continue
        x, y, width, height = box
        if x + width > page.columns:
            what = f"It reaches column {x + width} of a page of {page.columns}."
            yield error(what, "Make it narrower or move it to the left.")
            continue
        met = {
            taken.setdefault((column, row), widget.name)
            for column in range(x, x + width)
            for row in range(y, y + height)
        }
        for other in sorted(met - {widget.name}):
            yield error(f"It overlaps the widget '{other}'.", "Move one of the two.")
    yield from _check_rows(page, set(taken))


def _check_rows(page: Page, taken: set[tuple[int, int]]) -> Iterator[Finding]:
    """Rows that are not full; a run of rows with the same gap is reported once."""
    last_gap: list[int] = []
    for row in range(max((row for _, row in taken), default=-1) + 1):
        gap = [column for column in range(page.columns) if (column, row) not in taken]
        if gap and gap != last_gap:
            width = page.columns - len(gap)
            what = f"The widths in row {row} add up to {width} of {page.columns}."
            if width == 0:
                what = f"Row {row} is empty."
            remedy = "Widen or move the widgets beside it."
            yield Finding(f"page '{page.title}'", what, remedy, "note")
        last_gap = gap


def _check_names(board: Dashboard) -> Iterator[Finding]:
    for widget in board.widgets:
        if not widget.name:
            yield Finding(widget.where, "A widget has no name.", "Give it a 'name'.")
    for what, names in (
        ("widget", [widget.name for widget in board.widgets]),
        ("page", [page.name for page in board.pages]),
    ):
        for name, count in repeated(filter(None, names)):
            yield Finding(f"{what} '{name}'", f"The name is used {count} times.", "Rename one.")


def _check_theme(board: Dashboard) -> Iterator[Finding]:
    colors = board.theme.get("visualizationColors", [])
    palette = colors if isinstance(colors, list) else [colors]
    for color in palette:
        if not isinstance(color, str) or not COLOR.match(color):
            what = f"The colour '{color}' is not known here."
            yield Finding("colours", what, "Write it as #1A5FB4.", "note")
    if not palette:  # then the colours are those of Databricks
        return
    for widget in board.widgets:
        wanted = mappings(mapping(widget.spec.get("mark")).get("colors"))
        for _, encoding in widget.encoded_fields():
            mapped = mappings(mapping(encoding.get("scale")).get("mappings"))
            wanted += [mapping(entry.get("color")) for entry in mapped]
        for item in wanted:
            position = item.get("position")
            known = isinstance(position, int) and 1 <= position <= len(palette)
            if item.get("themeColorType") == "visualizationColors" and not known:
                what = f"It asks for colour {position} of a palette of {len(palette)}."
                yield Finding(widget.where, what, "Use a position counted from 1.", "note")
