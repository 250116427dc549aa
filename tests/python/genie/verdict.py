"""Whether an answer is right, assessed against an independent computation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from metric_ask import Answer
from metric_ask.grammar.context import LONGEST_LIST
from tests.python.genie.independent import Gold, Key, compared, measure, nothing, stretch

RIGHT = "right"
REFUSED = "refused"
_SIGNS = {"up": {1}, "down": {-1}, "both": {1, -1}}
_BACK = {"month": 12, "quarter": 4, "year": 1}
Figures = tuple[Any, ...]


def assess(expected: Mapping[str, Any], answer: Answer, gold: Gold) -> str:
    """`right`, `refused`, or what is wrong with the answer."""
    if not answer.answered:
        if not answer.reason or not answer.suggestions:
            return "a refusal without a reason and a hint"
        return REFUSED
    if expected.get("answer") == "refuse":
        return "answered, and should have been refused"
    if not answer.reading or not answer.sql:
        return "no reading or no SQL"
    metric = expected["metric"]
    metrics = [metric] if isinstance(metric, str) else list(metric)
    by = list(expected.get("by", ()))
    shape = expected.get("shape", "value")
    # The first figure is the one that ranks.
    figures, truth = metrics, _figures
    if shape == "share":
        figures, truth = [metrics[0], "share"], _shares
    if shape == "change":
        figures = ["change", metrics[0], f"{metrics[0]}_before"]
        truth = _steps if _grain(by) else _changes
    columns = list(answer.columns)
    if missing := [name for name in (*by, *figures) if name not in columns]:
        return f"no column {', '.join(missing)}; there are {', '.join(columns)}"
    derived = {"change_share"} if shape == "change" else set()
    if extra := set(columns) - set(by) - set(figures) - derived:
        return f"columns that were not asked for: {', '.join(sorted(extra))}"
    found: dict[Key, Figures] = {}
    for row in answer.rows:
        key, values = (tuple(row[columns.index(name)] for name in names) for names in (by, figures))
        if key in found:
            return "a row appears twice"
        found[key] = values
    true = truth(expected, gold, by, metrics)
    for key, values in found.items():
        if key not in true:
            return f"no such row: {key}"
        if not all(map(same, values, true[key])):
            return f"{key}: {values} instead of {true[key]}"
    if not by:
        return RIGHT if len(found) == 1 else "not one row"
    if shape == "change" and _grain(by):
        return _assess_steps(expected, gold, true, found, by)
    return _assess_choice(expected, true, found, by)


# --- What is true --------------------------------------------------------------------------------


def _figures(
    expected: Mapping[str, Any], gold: Gold, by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, Figures]:
    reach = stretch(expected.get("period", "all"), gold)
    values = expected.get("filters"), expected.get("without")
    return measure(gold, by, metrics, (reach.start, reach.end), *values)


def _shares(
    expected: Mapping[str, Any], gold: Gold, by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, Figures]:
    each = (expected["each"],) if "each" in expected else ()
    wholes = _figures(expected, gold, each, metrics[:1])
    shown = expected.get("filters_of_share", {})
    return {
        key: (part, float(part) / float(wholes[tuple(key[by.index(name)] for name in each)][0]))
        for key, (part,) in _figures(expected, gold, by, metrics[:1]).items()
        if all(key[by.index(name)] in wanted for name, wanted in shown.items())
    }


def _changes(
    expected: Mapping[str, Any], gold: Gold, by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, Figures]:
    values = expected.get("filters"), expected.get("without")
    now, before = (
        measure(gold, by, metrics[:1], bounds, *values)
        for bounds in compared(expected["period"], expected["against"], gold)
    )
    none = (nothing(metrics[0]),)
    return {key: _change(now.get(key, none)[0], before.get(key, none)[0]) for key in now | before}


def _steps(
    expected: Mapping[str, Any], gold: Gold, by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, Figures]:
    """Each step against the one before, or that of the year before; the first has none."""
    series = measure(gold, by, metrics[:1], filters=expected.get("filters"))
    place = by.index(_grain(by))
    steps = sorted({key[place] for key in series if key[place] != "n/a"})
    back = _BACK[_grain(by)] if expected["against"] == "year_before" else 1
    true = {}
    for key, (now,) in series.items():
        at = steps.index(key[place]) - back if key[place] in steps else -1
        before = None
        if at >= 0 and steps[at] > gold.first:
            before = series.get((*key[:place], steps[at], *key[place + 1 :]), (0,))[0]
        true[key] = _change(now, before)
    return true


def _change(now: Any, before: Any) -> Figures:
    return None if now is None or before is None else now - before, now, before


def _grain(by: Sequence[str]) -> str:
    return next((name for name in by if name in ("week", "month", "quarter", "year")), "")


# --- Which rows are shown ------------------------------------------------------------------------


def _assess_steps(
    expected: Mapping[str, Any],
    gold: Gold,
    true: Mapping[Key, Figures],
    found: Mapping[Key, Figures],
    by: Sequence[str],
) -> str:
    """All complete steps of the period have to be there."""
    place = by.index(_grain(by))
    steps = sorted({key[place] for key in true if key[place] != "n/a"})
    reach = stretch(expected.get("period", "all"), gold)
    start, end = reach.start or gold.first, reach.end or gold.last
    complete = {step for step in steps[:-1] if start <= step <= end and step > gold.first}
    if missing := complete - {key[place] for key in found}:
        return f"missing: {sorted(missing)}"
    return RIGHT if found else "no rows"


def _assess_choice(
    expected: Mapping[str, Any],
    true: Mapping[Key, Figures],
    found: Mapping[Key, Figures],
    by: Sequence[str],
) -> str:
    """All rows, or the first ones: of all, of each value of a dimension, or in a direction."""
    wanted = expected.get("top") or expected.get("bottom")
    direction, each = expected.get("direction"), expected.get("each")

    def part(key: Key, values: Figures) -> Any:
        if each:
            return key[by.index(each)]
        return _sign(values) if direction else 0

    parts = {part(*row) for row in true.items() if row[0][-1] != "n/a"}
    if direction:
        parts = _SIGNS[direction]
        if any(_sign(values) not in parts for values in found.values()):
            return "a row that went another way"
    elif not (wanted or each):
        if len(found) == len(true):
            return RIGHT
        if expected.get("shape") in ("share", "change"):
            return f"{len(found)} rows instead of {len(true)}"
    for one in parts:
        inside, shown = (
            {key: values for key, values in rows.items() if part(key, values) == one}
            for rows in (true, found)
        )
        lowest = "bottom" in expected or one == -1
        if direction == "both" and lowest:  # What fell most stands at the end.
            shown = dict(reversed(shown.items()))
        if (verdict := _assess_first(inside, shown, wanted, lowest)) != RIGHT:
            return f"{one}: {verdict}"
    return RIGHT


def _sign(values: Figures) -> int:
    change = values[0] or 0
    return (change > 0) - (change < 0)


def _assess_first(
    true: Mapping[Key, Figures], found: Mapping[Key, Figures], wanted: int | None, lowest: bool
) -> str:
    """The rows shown must be the first by their figure, with or without the equals of the last.

    Unknown values (n/a) may take a place or not.
    """
    figures = [values[0] for key, values in true.items() if key[-1] != "n/a"]
    known = sorted((each for each in figures if each is not None), reverse=not lowest)
    figures = [*known, *[None] * figures.count(None)]
    shown = [values[0] for key, values in found.items() if key[-1] != "n/a"]
    if wanted is not None:
        first = figures[:wanted]
        first += [each for each in figures[wanted:] if same(each, first[-1])]
        unknown = len(found) - len(shown)
        least = min(wanted, len(figures)) - unknown
        if not (least <= len(shown) <= wanted or len(shown) == min(len(first), LONGEST_LIST)):
            return f"{len(shown)} rows instead of {wanted}"
    if bool(shown) != bool(figures):
        return f"{len(shown)} rows instead of {len(figures)}"
    if not all(map(same, shown, figures)):
        return f"not the first by their figure: {shown[:3]} instead of {figures[:3]}"
    return RIGHT


def same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return abs(float(one) - float(other)) < 2e-6
    return bool(Decimal(one) == Decimal(other))
