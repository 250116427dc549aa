"""Invented given and family names: a stem and an ending, a few of them with accents."""

from __future__ import annotations

from sales_sample.catalogue import rows

#: An accented ending is drawn this much more rarely than another.
_RARE = 0.02

#: Names of each group: `male`, `female` and `family`.
NAMES = {
    row["group"]: [
        stem + ending for ending in row["endings"].split() for stem in row["stems"].split()
    ]
    for row in rows("names.csv")
}


def weights(names: list[str]) -> list[float]:
    """Relative frequency of each name: names differ in it, accented ones are rare."""
    return [
        (1.0 + 3.0 / (1 + i % 17)) * (1.0 if name.isascii() else _RARE)
        for i, name in enumerate(names)
    ]
