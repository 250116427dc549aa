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
    metrics = _as_list(expected["metric"])
    by = list(expected.get("by", ()))
    columns = list(answer.columns)
    missing = [name for name in (*by, *metrics) if name not in columns]
    if missing:
        return f"no column {', '.join(missing)}; there are {', '.join(columns)}"
    others = set(columns) - set(by) - set(metrics)
    if extra := others - {f"{metrics[0]}_before", "change", "change_share", "share"}:
        return f"columns that were not asked for: {', '.join(sorted(extra))}"
    shape = expected.get("shape", "value")
    if shape == "change":
        return _assess_change(expected, answer, gold, metrics[0], by)
    if others:
        if shape != "share" or others != {"share"}:
            return f"columns that were not asked for: {', '.join(sorted(others))}"
        return _assess_share(expected, answer, gold, metrics[0], by)
    if shape == "share":
        return "no share"
    true = _true(expected, gold, by, metrics)
    found = _found(answer, by, metrics)
    return _assess_rows(expected, answer, true, found, by)


def _true(
    expected: Mapping[str, Any], gold: Gold, by: Sequence[str], metrics: Sequence[str]
) -> dict[Key, tuple[Any, ...]]:
    reach = stretch(expected.get("period", "all"), gold)
    values = expected.get("filters"), expected.get("without")
    return measure(gold, by, metrics, (reach.start, reach.end), *values)


def _found(
    answer: Answer, by: Sequence[str], names: Sequence[str]
) -> list[tuple[Key, tuple[Any, ...]]]:
    columns = list(answer.columns)
    return [
        (
            tuple(row[columns.index(name)] for name in by),
            tuple(row[columns.index(name)] for name in names),
        )
        for row in answer.rows
    ]


def _assess_rows(
    expected: Mapping[str, Any],
    answer: Answer,
    true: Mapping[Key, tuple[Any, ...]],
    found: Sequence[tuple[Key, tuple[Any, ...]]],
    by: Sequence[str],
) -> str:
    if len({key for key, _ in found}) != len(found):
        return "a row appears twice"
    for key, values in found:
        if key not in true:
            return f"no such row: {key}"
        if not all(same(one, other) for one, other in zip(values, true[key], strict=True)):
            return f"{key}: {values} instead of {true[key]}"
    if not by:
        return RIGHT if len(found) == 1 else "not one row"
    lowest = "bottom" in expected
    wanted = expected.get("top") or expected.get("bottom")
    if each := expected.get("each"):
        place = list(by).index(each)
        for group in {key[place] for key in true if key[-1] != "n/a"}:
            inside = {key: values for key, values in true.items() if key[place] == group}
            shown = [each for each in found if each[0][place] == group]
            verdict = _assess_first(inside, shown, wanted, lowest)
            if verdict != RIGHT:
                return f"{group}: {verdict}"
        return RIGHT
    ordered = bool(wanted) or len(found) < len(true)
    if ordered:
        return _assess_first(true, found, wanted, lowest)
    return RIGHT


def _assess_first(
    true: Mapping[Key, tuple[Any, ...]],
    found: Sequence[tuple[Key, tuple[Any, ...]]],
    wanted: int | None,
    lowest: bool,
) -> str:
    """The rows shown must be the first by their figure, with or without the equals of the last.

    Unknown values (n/a) may take a place or not.
    """
    figures = [values[0] for key, values in true.items() if key[-1] != "n/a"]
    known = sorted((each for each in figures if each is not None), reverse=not lowest)
    figures = [*known, *[None] * figures.count(None)]
    shown = [values[0] for key, values in found if key[-1] != "n/a"]
    if wanted is not None:
        first = figures[:wanted]
        first += [each for each in figures[wanted:] if same(each, first[-1])]
        unknown = len(found) - len(shown)
        least = min(wanted, len(figures)) - unknown
        if not (least <= len(shown) <= wanted or len(shown) == min(len(first), LONGEST_LIST)):
            return f"{len(shown)} rows instead of {wanted}"
    if not shown:
        return "no rows"
    if not all(same(one, other) for one, other in zip(shown, figures, strict=False)):
        return f"not the first by their figure: {shown[:3]} instead of {figures[:3]}"
    return RIGHT


def _assess_share(
    expected: Mapping[str, Any], answer: Answer, gold: Gold, metric: str, by: Sequence[str]
) -> str:
    parts = _true(expected, gold, by, [metric])
    each = expected.get("each")
    place = list(by).index(each) if each else None
    wholes = _true(expected, gold, [each] if each else [], [metric])
    shown = expected.get("filters_of_share", {})
    true = {
        key: (values[0], float(values[0]) / float(wholes[_group(key, place)][0]))
        for key, values in parts.items()
        if all(key[list(by).index(name)] in wanted for name, wanted in shown.items())
    }
    found = _found(answer, by, [metric, "share"])
    if not each and len(found) != len(true):
        return f"{len(found)} rows instead of {len(true)}"
    return _assess_rows(expected, answer, true, found, by)


def _group(key: Key, place: int | None) -> Key:
    return () if place is None else (key[place],)


def _assess_change(
    expected: Mapping[str, Any], answer: Answer, gold: Gold, metric: str, by: Sequence[str]
) -> str:
    if "change" not in answer.columns:
        return "no change"
    names = [metric, f"{metric}_before", "change"]
    found = _found(answer, by, names)
    grains = [name for name in by if name in ("week", "month", "quarter", "year")]
    if grains:
        return _assess_steps(expected, gold, metric, by, grains[0], found)
    values = expected.get("filters"), expected.get("without")
    now, before = (
        measure(gold, by, [metric], bounds, *values)
        for bounds in compared(expected["period"], expected["against"], gold)
    )
    none = (nothing(metric),)
    true: dict[Key, tuple[Any, ...]] = {}
    for key in {*now, *before}:
        one, other = now.get(key, none)[0], before.get(key, none)[0]
        change = None if one is None or other is None else one - other
        true[key] = (one, other, change)
    for key, values in found:
        if key not in true:
            return f"no such row: {key}"
        if not all(same(one, other) for one, other in zip(values, true[key], strict=True)):
            return f"{key}: {values} instead of {true[key]}"
    changes = [values[2] for values in true.values() if values[2] is not None]
    shown = [values[2] for _, values in found]
    direction = expected.get("direction", "all" if by else None)
    up = sorted((change for change in changes if change > 0), reverse=True)
    down = sorted(change for change in changes if change < 0)
    wanted = expected.get("top")
    if direction == "up":
        return _assess_changes(shown, up, wanted)
    if direction == "down":
        return _assess_changes(shown, down, wanted)
    if direction == "both":
        rising = [change for change in shown if change > 0]
        falling = sorted(change for change in shown if change < 0)
        verdict = _assess_changes(rising, up, wanted)
        return verdict if verdict != RIGHT else _assess_changes(falling, down, wanted)
    if direction == "all" and len(found) != len(true):
        return f"{len(found)} rows instead of {len(true)}"
    return RIGHT


def _assess_changes(shown: Sequence[Any], true: Sequence[Any], wanted: int | None) -> str:
    if wanted is not None and len(shown) != min(wanted, len(true)):
        return f"{len(shown)} rows instead of {wanted}"
    if bool(shown) != bool(true):
        return f"{len(shown)} rows, and {len(true)} changed that way"
    if not all(same(one, other) for one, other in zip(shown, true, strict=False)):
        return f"not the largest changes: {list(shown[:3])} instead of {list(true[:3])}"
    return RIGHT


def _assess_steps(
    expected: Mapping[str, Any],
    gold: Gold,
    metric: str,
    by: Sequence[str],
    grain: str,
    found: Sequence[tuple[Key, tuple[Any, ...]]],
) -> str:
    series = measure(gold, by, [metric], filters=expected.get("filters"))
    place = list(by).index(grain)
    steps = sorted({key[place] for key in series if key[place] != "n/a"})
    back = 1
    if expected["against"] == "year_before":
        back = {"month": 12, "quarter": 4, "year": 1}[grain]
    if not found:
        return "no rows"
    for key, (now, before, _) in found:
        at = steps.index(key[place])
        earlier_key = tuple(
            steps[at - back] if index == place and at >= back else value
            for index, value in enumerate(key)
        )
        if not same(now, series[key][0]):
            return f"{key}: {now} instead of {series[key][0]}"
        known = at >= back and steps[at - back] > gold.first
        true_before = series.get(earlier_key, (0,))[0] if known else None
        if not same(before, true_before):
            return f"{key}: before {before} instead of {true_before}"
    reach = stretch(expected.get("period", "all"), gold)
    for step in steps:
        inside = (reach.start or gold.first) <= step and step <= (reach.end or gold.last)
        complete = step > gold.first and step != steps[-1]
        if inside and complete and not any(key[place] == step for key, _ in found):
            return f"{step} is missing"
    return RIGHT


def same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return abs(float(one) - float(other)) < 2e-6
    return bool(Decimal(one) == Decimal(other))


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
