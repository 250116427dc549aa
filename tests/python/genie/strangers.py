"""Whether an answer shows the figures that one of the acceptable statements returns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from metric_ask import Answer
from metric_ask.view import UNKNOWN

FOLDER = Path(__file__).parents[2] / "strangers"
VERDICTS = FOLDER / "verdicts.csv"
RIGHT, ASKED_BACK, REFUSED, WRONG = "answered right", "asked back", "refused", "WRONG"
Line = tuple[tuple[str, ...], tuple[float | None, ...]]


def questions() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((FOLDER / "questions.yml").read_text("utf-8"))
    return entries


def verdict(entry: Mapping[str, Any], answer: Answer, connection: duckdb.DuckDBPyConnection) -> str:
    """Answered right, asked back (with questions to choose from), refused with a hint, or wrong."""
    if not answer.answered:
        if not (answer.reason and answer.suggestions):
            return WRONG
        return ASKED_BACK if "?" in answer.reason or " or " in answer.reason else REFUSED
    shown = lines(answer.rows)
    for sql in entry.get("sql", ()):
        wanted = lines(connection.execute(sql).fetchall())
        if answer.truncated:
            labels = {each for each, _ in shown}
            wanted = [each for each in wanted if each[0] in labels]
        if agrees(shown, wanted, in_order=_is_ordered(sql)):
            return RIGHT
    return WRONG


def lines(rows: Sequence[Sequence[Any]]) -> list[Line]:
    """Rows as labels and figures, in their order; those with an unknown label are left out."""
    labelled = {
        place for row in rows for place, value in enumerate(row) if isinstance(value, str | date)
    }
    result = []
    for row in rows:
        labels = [_label(value) for place, value in enumerate(row) if place in labelled]
        figures = [value for place, value in enumerate(row) if place not in labelled]
        if UNKNOWN not in labels:
            numbers = (None if value is None else float(value) for value in figures)
            result.append((tuple(sorted(labels)), tuple(numbers)))
    return result


def _label(value: Any) -> str:
    if value is None:
        return UNKNOWN
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _is_ordered(sql: str) -> bool:
    """Whether the statement itself, and not only a part of it, is in an order."""
    while (inner := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = inner
    return "order by" in sql


def agrees(shown: Sequence[Line], wanted: Sequence[Line], *, in_order: bool) -> bool:
    """The same rows with the wanted figures; a ranking in its order, up to equals."""
    if len(shown) == len(wanted) == 1 and not wanted[0][0]:
        return holds(shown[0][1], wanted[0][1])
    if Counter(labels for labels, _ in shown) != Counter(labels for labels, _ in wanted):
        return False
    figures = dict(shown)
    if not all(holds(figures[labels], values) for labels, values in wanted):
        return False
    first = [values[0] for _, values in wanted if values and values[0] is not None]
    ranked = in_order and first in (sorted(first), sorted(first, reverse=True))
    return not ranked or all(
        holds(one[1], other[1]) for one, other in zip(shown, wanted, strict=True)
    )


def holds(shown: Sequence[float | None], wanted: Sequence[float | None]) -> bool:
    """Whether all wanted figures are among those shown."""
    return all(any(same(one, other) for one in shown) for other in wanted if other is not None)


def same(one: float | None, other: float) -> bool:
    """Equal up to the rounding of the measures: cents of an amount, six places of a share."""
    return one is not None and abs(one - other) <= (0.0051 if abs(other) > 2 else 1e-6)
