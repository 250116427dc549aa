"""Parameters of data sets: which values they take, as SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import sqlglot
from sqlglot import exp

from lvdash.definition import Dataset, Json, mapping, mappings

_RELATIVE = re.compile(r"^now(?:([+-])(\d+)([smhdwMQy]))?(?:/([smhdwMQy]))?$")
_UNITS = {
    "s": "second",
    "m": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "M": "month",
    "Q": "quarter",
    "y": "year",
}
_TYPES = {"DATE": "date", "DATETIME": "timestamp", "TIMESTAMP": "timestamp", "INTEGER": "bigint"}
_NUMBERS = {"DECIMAL", "NUMERIC", "DOUBLE", "FLOAT"}


def is_moment(text: str) -> bool:
    """Whether a text is a date, a time, or a moment relative to now, such as `now-24h/h`."""
    if _RELATIVE.match(text):
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def values_of(dataset: Dataset, chosen: Mapping[str, Json]) -> dict[str, exp.Expr]:
    """The values of all parameters of a data set, as SQL for DuckDB.

    `chosen` selections replace the declared defaults, by keyword. A range gives `keyword.min` and
    `keyword.max`; NULL stands for a parameter without a value.
    """
    found: dict[str, exp.Expr] = {}
    for keyword, declared in dataset.parameters.items():
        selection = chosen.get(keyword) or mapping(declared.get("defaultSelection"))
        kind = str(declared.get("dataType", "")).upper()
        listed = mapping(selection.get("values"))
        values = [_literal(item.get("value"), kind) for item in mappings(listed.get("values"))]
        if str(declared.get("complexType", "")).upper() == "MULTI" or len(values) > 1:
            found[keyword] = exp.Array(expressions=values)
        else:
            found[keyword] = values[0] if values else exp.null()
        edges = mapping(selection.get("range"))
        for edge in ("min", "max"):
            found[f"{keyword}.{edge}"] = _literal(mapping(edges.get(edge)).get("value"), kind)
    return found


def _literal(value: object, kind: str) -> exp.Expr:
    if value is None:
        return exp.null()
    relative = _RELATIVE.match(str(value))
    if relative and kind in ("DATE", "DATETIME", "TIMESTAMP"):
        sign, count, unit, floor = relative.groups()
        moment = "localtimestamp"
        if count:
            moment = f"{moment} {sign} interval '{count}' {_UNITS[unit]}"
        if floor:
            moment = f"date_trunc('{_UNITS[floor]}', {moment})"
        return exp.cast(sqlglot.parse_one(moment, read="duckdb"), _TYPES[kind])
    text = exp.Literal.string(str(value))
    if kind in _NUMBERS:
        return exp.cast(text, "double")
    return exp.cast(text, _TYPES[kind]) if kind in _TYPES else text
