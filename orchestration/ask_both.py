"""Two answers to one question, beside each other: from the local data and from the Genie space."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from metric_ask import Answer, render

_WIDE = 140
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Both:
    """The answer from the local data, and the Genie space's."""

    here: Answer
    genie: Answer

    @property
    def agree(self) -> bool | None:
        """Whether the rows are the same, to the cent and in whatever order.

        None when one of them gave no answer, or not all of its rows.
        """
        if not (self.here.answered and self.genie.answered):
            return None
        if self.here.truncated or self.genie.truncated:
            return None
        return _rows(self.here) == _rows(self.genie)

    @property
    def verdict(self) -> str:
        """The same in words."""
        if self.agree is None:
            return "The two answers cannot be compared."
        if self.agree:
            return "Both give the same figures."
        return "The figures differ: compare how each read the question."

    def to_json(self) -> dict[str, Any]:
        """The local answer as without the space, its own under `genie`, and whether they agree."""
        return {**self.here.to_json(), "genie": self.genie.to_json(), "agree": self.agree}


def print_both(both: Both, console: Console | None = None, *, sql: bool = False) -> None:
    """Print both answers: side by side where the terminal is wide, else one below the other."""
    console = console or Console(highlight=False)
    options = {"sql": sql, "ascii_only": console.options.ascii_only}
    here = _titled("Here", render(both.here, **options))
    genie = _titled("Genie space", render(both.genie, **options))
    if console.width >= _WIDE:
        beside = Table.grid(padding=(0, 4, 0, 0), expand=True)
        beside.add_column(ratio=1)
        beside.add_column(ratio=1)
        beside.add_row(here, genie)
        console.print(beside)
    else:
        console.print(here, Padding(genie, (1, 0, 0, 0)))
    console.print(Padding(Text(both.verdict, style="bold"), (1, 0, 0, 0)))


def _titled(title: str, content: RenderableType) -> Group:
    return Group(Text(title, style="bold underline"), content)


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
