"""Answers in the terminal: how the question was read, a table, and a small chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from metric_ask.desk import Answer
from metric_ask.metrics import GRAINS, Field
from metric_ask.periods import describe_step
from metric_ask.reading import show, show_share

_BAR = 18
_LARGEST_CHART = 40
_EIGHTHS = " ▏▎▍▌▋▊▉"


def render(answer: Answer, *, sql: bool = False) -> RenderableType:
    """An answer for `Console.print`.

    Args:
        answer: what `ask` gave.
        sql: whether to show the SQL too.
    """
    if not answer.answered:
        parts: list[RenderableType] = [Text.assemble(("Not answered: ", "bold"), answer.reason)]
        if answer.suggestions:
            parts.append(Text("Known and near:", style="dim"))
            parts += [Text(f"  {each}") for each in answer.suggestions]
        return Group(*parts)
    parts = [Text.assemble(("Read as: ", "bold"), answer.reading)]
    if sql:
        parts.append(Padding(Text(answer.sql, style="dim"), (1, 0, 0, 2)))
    parts.append(Padding(_table(answer), (1, 0, 0, 0)))
    return Group(*parts)


def print_answer(answer: Answer, console: Console | None = None, *, sql: bool = False) -> None:
    """Print an answer."""
    (console or Console(highlight=False)).print(render(answer, sql=sql))


def _table(answer: Answer) -> RenderableType:
    if not answer.rows:
        return Text("No rows: nothing in the data fits.")
    request, view = answer.request, answer.view
    if request is None or view is None:
        return _plain_table(answer)
    table = Table(box=None, pad_edge=False, header_style="bold")
    bars = _bars(answer)
    for name in answer.columns:
        is_text = name in request.dimensions
        table.add_column(
            _title(answer, name),
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
        )
    if bars:
        table.add_column("", no_wrap=True, min_width=_BAR)
    for place, row in enumerate(answer.rows):
        cells = [
            _cell(answer, name, value) for name, value in zip(answer.columns, row, strict=True)
        ]
        table.add_row(*cells, *([Text(bars[place], style="cyan")] if bars else []))
    return table


def _plain_table(answer: Answer) -> Table:
    """A table of which nothing is known but names and texts, as the Genie space gives it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in answer.columns:
        table.add_column(Text(name), overflow="fold")
    for row in answer.rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    return table


def _title(answer: Answer, name: str) -> str:
    view = answer.view
    assert view
    if name in view.dimensions:
        return view.dimensions[name].title
    if name in view.measures:
        return view.measures[name].title
    if name.endswith("_before"):
        return f"{view.measures[name.removesuffix('_before')].title} before"
    return {"share": "Share", "change": "Change", "change_share": "Change in %"}[name]


def _cell(answer: Answer, name: str, value: Any) -> str:
    request, view = answer.request, answer.view
    assert request
    assert view
    if name in request.dimensions:
        return (
            describe_step(value, name) if isinstance(value, date) and name in GRAINS else str(value)
        )
    if name == "share":
        return show_share(value)
    if name == "change_share":
        return _change_share(answer, value)
    field: Field = view.measures[request.metrics[0]]
    if name in view.measures:
        field = view.measures[name]
    text = show(value, field)
    return f"+{text}" if name == "change" and value is not None and value > 0 else text


def _change_share(answer: Answer, value: Any) -> str:
    """A change in percent; of next to nothing it says nothing."""
    if value is None:
        return "new" if answer.request and not answer.request.steps_back else "n/a"
    if value > 10:
        return "n.m."
    sign = "+" if value > 0 else ""
    return f"{sign}{show_share(value)}"


def _bars(answer: Answer) -> list[str]:
    """A bar for each row, where there are a few rows and nothing is below zero."""
    request = answer.request
    assert request
    if not request.dimensions or not 2 <= len(answer.rows) <= _LARGEST_CHART:
        return []
    if request.shape == "change":
        return []
    at = answer.columns.index(request.metrics[0])
    values = [row[at] for row in answer.rows]
    if any(not isinstance(value, int | float | Decimal) or value < 0 for value in values):
        return []
    return bars([float(value) for value in values])


def bars(values: Sequence[float], width: int = _BAR) -> list[str]:
    """Bars of block characters, the longest `width` wide; zero is empty."""
    longest = max(values, default=0)
    if longest <= 0:
        return []
    result = []
    for value in values:
        eighths = round(value / longest * width * 8)
        if value > 0:
            eighths = max(eighths, 1)
        full, rest = divmod(eighths, 8)
        result.append("█" * full + (_EIGHTHS[rest] if rest else ""))
    return result
