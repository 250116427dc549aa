"""Answers in the terminal: how the question was read, a table, and a small chart."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from metric_ask.analyst import Answer
from metric_ask.reading import show, show_share, signed
from metric_ask.spans import describe_step
from metric_ask.view import UNKNOWN, Field

_BAR = 18
_GAP = 2
"""Between two columns of a table."""
_USUAL = 80
"""The width where a terminal has none."""
_ROOM = 1000
"""More than any table needs."""
_LARGEST_CHART = 40


def plain(text: object, style: str = "") -> Text:
    """Text from data as `rich` shows it: no markup, no escape codes, no hidden characters.

    Control and formatting characters (escape, carriage return, right-to-left marks, ...) are
    replaced with the sign for an unknown character; line breaks and tabs with a blank.
    """
    return Text("".join(map(_visible, str(text))), style=style)


def _visible(letter: str) -> str:
    if letter in "\n\t":
        return " "
    return "\ufffd" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter


def render(
    answer: Answer, *, sql: bool = False, ascii_only: bool = False, chart: bool = True
) -> RenderableType:
    """An answer for `Console.print`, for a terminal without block characters if `ascii_only`."""
    if not answer.answered:
        parts: list[RenderableType] = [Text("Not answered: ", "bold") + plain(answer.reason)]
        if answer.suggestions:
            parts.append(Text("Did you mean:", style="dim"))
            parts += [Text("  ") + plain(each) for each in answer.suggestions]
        return Group(*parts)
    parts = [Text("Read as: ", "bold") + plain(answer.reading)]
    if sql:
        lines = [plain(line, "dim") for line in answer.sql.splitlines()]
        parts.append(Padding(Group(*lines), (1, 0, 0, 2)))
    parts.append(Padding(_table(answer, ascii_only, chart), (1, 0, 0, 0)))
    return Group(*parts)


def print_answer(answer: Answer, console: Console | None = None, *, sql: bool = False) -> None:
    """Print an answer: without a chart where there is no room, and no figure is ever cut."""
    console = console or Console(highlight=False)
    ascii_only = console.options.ascii_only
    room = console.options.update(width=_ROOM)
    needed = console.measure(_table(answer, ascii_only, chart=False), options=room).minimum
    chart = needed + _GAP + _BAR <= console.width
    console.width = max(console.width or _USUAL, needed)
    console.print(render(answer, sql=sql, ascii_only=ascii_only, chart=chart))


def _table(answer: Answer, ascii_only: bool, chart: bool) -> RenderableType:
    if not answer.rows:
        return Text("No rows: nothing in the data fits.")
    dimensions = answer.request.dimensions if answer.request else answer.columns
    bars = _bars(answer, ascii_only) if chart else []
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in answer.columns:
        title, is_text = plain(_title(answer, name)), name in dimensions
        justify: Literal["left", "right"] = "left" if is_text else "right"
        table.add_column(title, justify=justify, overflow="fold", no_wrap=not is_text)
    if bars:
        table.add_column("", no_wrap=True, min_width=_BAR)
    for place, row in enumerate(answer.rows):
        values = dict(zip(answer.columns, row, strict=True))
        cells = [plain(_cell(answer, name, values)) for name in values]
        table.add_row(*cells, *bars[place : place + 1])
    return table


def _title(answer: Answer, name: str) -> str:
    """The title of a column; its name where nothing else is known of it."""
    view = answer.view
    if view is None or answer.request is None:
        return name
    if name in view.dimensions or name in view.measures:
        return view.field(name).title
    if name.endswith("_before"):
        return f"{view.measures[name.removesuffix('_before')].title} before"
    return {"share": "Share", "change": "Change", "change_share": "Change in %"}[name]


def _cell(answer: Answer, name: str, row: Mapping[str, Any]) -> str:
    request, view, value = answer.request, answer.view, row[name]
    if request is None or view is None:
        return "" if value is None else str(value)
    if name in request.dimensions:
        is_step = isinstance(value, date) and name in view.grains
        return describe_step(value, view.grains[name]) if is_step else str(value)
    if name == "share":
        return show_share(value)
    if name == "change_share":
        if value is None:
            is_new = row["change"] is not None and not request.steps_back
            return "new" if is_new else UNKNOWN
        # Of next to nothing a change in percent says nothing.
        return "n.m." if value > 10 else signed(show_share(value))
    field: Field = view.measures.get(name) or view.measures[request.metrics[0]]
    return signed(show(value, field)) if name == "change" else show(value, field)


def _bars(answer: Answer, ascii_only: bool) -> list[RenderableType]:
    """A bar for each row, where there are a few rows and nothing is below zero."""
    request = answer.request
    few = 2 <= len(answer.rows) <= _LARGEST_CHART
    if not (few and request and request.dimensions) or request.shape == "change":
        return []
    at = answer.columns.index(request.metrics[0])
    values = [row[at] for row in answer.rows]
    if any(not isinstance(value, int | float | Decimal) or value < 0 for value in values):
        return []
    longest = float(max(values)) or 1
    if ascii_only:
        return [Text("#" * round(float(value) / longest * _BAR), "cyan") for value in values]
    return [Bar(longest, 0, float(value), width=_BAR, color="cyan") for value in values]
