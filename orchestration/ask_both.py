"""Two answers to one question: from the local data and from the Genie space."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rich.console import Console
from rich.text import Text

from metric_ask import Answer, print_answer

_CENT = Decimal("0.01")
_VERDICTS = {
    None: "The two answers cannot be compared.",
    True: "Both give the same figures.",
    False: "The figures differ: compare how each read the question.",
}


def agree(here: Answer, genie: Answer) -> bool | None:
    """Whether the rows are the same, to the cent and in whatever order.

    None when one of them gave no answer, or not all of its rows.
    """
    if any(not each.answered or each.truncated for each in (here, genie)):
        return None
    return _rows(here) == _rows(genie)


def print_both(
    here: Answer, genie: Answer, console: Console | None = None, *, sql: bool = False
) -> None:
    """Print both answers, one below the other, and whether they agree."""
    console = console or Console(highlight=False)
    for title, answer in (("Here", here), ("Genie space", genie)):
        console.print(Text(title, style="bold underline"))
        print_answer(answer, console, sql=sql)
        console.print()
    console.print(Text(_VERDICTS[agree(here, genie)], style="bold"))


def _rows(answer: Answer) -> list[list[str]]:
    """The cells of each row, in an order that depends on their content alone."""
    return sorted(sorted(map(_cell, row)) for row in answer.rows)


def _cell(value: Any) -> str:
    """A cell in one spelling: 29356250 and 29356250.00 are the same figure, NULL and n/a too."""
    if value is None:
        return "n/a"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    try:
        return str(Decimal(text).quantize(_CENT))
    except (InvalidOperation, ValueError):
        return text[:10] if text[10:] == "T00:00:00.000Z" else text
