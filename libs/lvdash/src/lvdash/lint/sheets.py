"""Pages and where widgets stand on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lvdash.definition import (
    Dashboard,
    Finding,
    Page,
    Widget,
    mapping,
    mappings,
)

PAGE_TYPES = ("PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS")
TOP_KEYS = {"datasets", "pages", "uiSettings", "parameters"}
NAME = re.compile(r"^[A-Za-z0-9_-]{1,60}$")
COLOR = re.compile(r"^#[0-9A-Fa-f]{6}$")


def check_sheets(board: Dashboard) -> list[Finding]:
    """Judge the pages, the positions and the colours."""
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
        yield Finding(
            "the file", f"Databricks does not know the key '{key}' and ignores it.", "Remove it."
        )
    canvases = [page for page in board.pages if not page.is_filters]
    if not canvases:
        yield Finding("pages", "There is no page to show.", "Add a page with PAGE_TYPE_CANVAS.")
    if sum(page.is_filters for page in board.pages) > 1:
        yield Finding(
            "pages", "There is more than one page of global filters.", "Put them on one page."
        )
    if len(board.pages) > 15:
        yield Finding("pages", "There are more than 15 pages.", "Merge or remove some.")


def _check_page(page: Page) -> Iterator[Finding]:
    where = f"page '{page.title}'"
    if not page.name:
        yield Finding(where, "It has no 'name'.", "Give it one.")
    if not page.raw.get("displayName"):
        yield Finding(where, "It has no 'displayName'.", "Give it a title.")
    kind = page.raw.get("pageType")
    if kind not in PAGE_TYPES:
        said = f"Its 'pageType' is '{kind}'" if kind else "It has no 'pageType'"
        yield Finding(where, f"{said}; the page stays blank.", f"Write {PAGE_TYPES[0]}.")
    if not page.widgets:
        yield Finding(where, "It has no widgets.", "Remove it, or add some.")
    if len(page.widgets) > 100:
        yield Finding(where, "It has more than 100 widgets.", "Spread them over pages.")


def _box(widget: Widget) -> tuple[int, int, int, int] | None:
    """x, y, width, height when all are whole numbers."""
    values = [widget.position.get(key) for key in ("x", "y", "width", "height")]
    if any(not isinstance(value, int) or isinstance(value, bool) for value in values):
        return None
    x, y, width, height = (int(value) for value in values if value is not None)
    return x, y, width, height


def _check_positions(page: Page) -> Iterator[Finding]:
    taken: dict[tuple[int, int], str] = {}
    for widget in page.widgets:
        box = _box(widget)
        if box is None or box[2] < 1 or box[3] < 1 or min(box[:2]) < 0:
            yield Finding(
                widget.where,
                "Its position is not four whole numbers with a size of at least 1.",
                "Give x, y, width and height.",
            )
            continue
        x, y, width, height = box
        if x + width > page.columns:
            yield Finding(
                widget.where,
                f"It reaches column {x + width} of a sheet of {page.columns}.",
                "Make it narrower or move it to the left.",
            )
        met = {
            taken.setdefault((column, row), widget.name)
            for column in range(x, x + width)
            for row in range(y, y + height)
        }
        for other in sorted(met - {widget.name}):
            yield Finding(
                widget.where, f"It lies over the widget '{other}'.", "Move one of the two."
            )
    yield from _check_rows(page, set(taken))


def _check_rows(page: Page, taken: set[tuple[int, int]]) -> Iterator[Finding]:
    """Every row of the sheet is full; a run of rows with the same gap is said once."""
    last_gap: list[int] = []
    for row in range(max((row for _, row in taken), default=-1) + 1):
        gap = [column for column in range(page.columns) if (column, row) not in taken]
        if gap and gap != last_gap:
            width = page.columns - len(gap)
            what = (
                f"Row {row} is empty."
                if width == 0
                else f"The widths in row {row} add up to {width} of {page.columns}."
            )
            yield Finding(f"page '{page.title}'", what, "Widen or move the widgets beside it.")
        last_gap = gap


def _check_names(board: Dashboard) -> Iterator[Finding]:
    names = Counter(widget.name for widget in board.widgets)
    for widget in board.widgets:
        if not NAME.match(widget.name):
            yield Finding(
                widget.where,
                "Its name is not made of letters, digits, '-' and '_', at most 60 of them.",
                "Rename it.",
            )
        elif names[widget.name] > 1:
            yield Finding(
                widget.where,
                f"Its name is used {names[widget.name]} times.",
                "Give each widget a name of its own.",
            )
    for name, count in Counter(page.name for page in board.pages).items():
        if name and count > 1:
            yield Finding(
                f"page '{name}'", f"The name is used {count} times.", "Rename one of the pages."
            )


def _check_theme(board: Dashboard) -> Iterator[Finding]:
    colors = board.theme.get("visualizationColors", [])
    for color in colors if isinstance(colors, list) else [colors]:
        if not isinstance(color, str) or not COLOR.match(color):
            yield Finding("colours", f"'{color}' is no colour.", "Write it as #1A5FB4.")
    for widget in board.widgets:
        for _, encoding in widget.encoded_fields():
            mapped = mappings(mapping(encoding.get("scale")).get("mappings"))
            for item in [mapping(entry.get("color")) for entry in mapped]:
                position = item.get("position")
                if item.get("themeColorType") and not (
                    isinstance(position, int) and 1 <= position <= len(colors)
                ):
                    yield Finding(
                        widget.where,
                        f"It asks for colour {position} of a palette of {len(colors)}.",
                        "Use a position of the palette, counted from 1.",
                    )
