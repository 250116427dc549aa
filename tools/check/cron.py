"""Quartz cron expressions, as far as they can be wrong before a scheduler sees them."""

from __future__ import annotations

import re

_FIELDS = (
    ("seconds", 0, 59),
    ("minutes", 0, 59),
    ("hours", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 1, 7),
    ("year", 1970, 2199),
)
_NAMES = {
    "month": ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    "day of week": ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
}
_SPECIAL = {
    "day of month": re.compile(r"\?|L(-\d{1,2})?|L?W|\d{1,2}W"),
    "day of week": re.compile(r"\?|L|[1-7]L|[1-7]#[1-5]"),
}


def cron_problem(expression: str) -> str:
    """What is wrong with a Quartz expression; empty if nothing is."""
    fields = expression.upper().split()
    if len(fields) not in (6, 7):
        hint = "; the first field is the seconds" if len(fields) == 5 else ""
        return f"it has {len(fields)} fields instead of 6 or 7{hint}"
    for (name, low, high), field in zip(_FIELDS, fields, strict=False):
        for part in field.split(","):
            if not _is_valid(part, name, low, high):
                return f"{part!r} is no value for {name} ({low} to {high})"
    if (fields[3] == "?") == (fields[5] == "?"):
        return "exactly one of day of month and day of week has to be ?"
    return ""


def _is_valid(part: str, name: str, low: int, high: int) -> bool:
    for number, word in enumerate(_NAMES.get(name, ()), start=1):
        part = part.replace(word, str(number))
    if name in _SPECIAL and _SPECIAL[name].fullmatch(part):
        return True
    values, _, step = part.partition("/")
    if "/" in part and not (step.isdigit() and 0 < int(step) <= high):
        return False
    ends = values.split("-")
    return values == "*" or (
        len(ends) <= 2 and all(end.isdigit() and low <= int(end) <= high for end in ends)
    )
