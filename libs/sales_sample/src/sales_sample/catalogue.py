"""The invented assortment of a bicycle and outdoor retailer, in the grammar of the real exports.

A product number is ``<kind>-<model><colour>-<size>`` (``BK-R91R-52``) or shorter for things that
come in one colour or size. The CRM puts the category in front of it, with dashes
(``BI-RB-BK-R91R-52``); the ERP describes the category under ``BI_RB``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files

COLOURS = {"R": "Red", "B": "Black", "S": "Silver", "Y": "Yellow", "U": "Blue", "G": "Green"}
SIZES = {"S": "S", "M": "M", "L": "L", "X": "XL"}

#: The ERP's id of the pedals; the CRM spells the same category CO_PE.
PEDALS = "CO_PD"

LINES = {"R": "Road", "M": "Mountain", "S": "Other Sales", "T": "Touring", "": "n/a"}

#: Sold, and described by no master file: what the CRM has not heard of.
UNDESCRIBED = (("BK-N07K-50", 1890), ("CM-S410", 79), ("JA-W44-M", 119))

_ALWAYS = 1_000_000


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a data file of this package."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True)
class Family:
    """Products that differ in colour and size alone."""

    group: str
    """`bikes`, `extras` or `never_sold`."""
    category_id: str
    line: str
    number: str
    name: str
    price: int
    cost: int
    colours: str
    sizes: tuple[str, ...]
    versions: int
    first_start: int
    """The July (1, 2 or 3) in which the first version known to the CRM begins; 0: long ago."""
    sold: range
    """Days of the history; empty for what the shop has never sold."""
    weight: float
    """How often one of the family is bought among its kind."""


def _family(row: dict[str, str]) -> Family:
    return Family(
        group=row["group"],
        category_id=row["category_id"],
        line=row["line"],
        number=row["number"],
        name=row["name"],
        price=int(row["price"]),
        cost=int(row["cost"]),
        colours=row["colours"],
        sizes=tuple(row["sizes"].split()),
        versions=int(row["versions"]),
        first_start=int(row["first_start"]),
        sold=range(int(row["sold_from"] or _ALWAYS), int(row["sold_to"] or _ALWAYS)),
        weight=float(row["weight"]),
    )


@dataclass(frozen=True)
class Product:
    """One product as the shop knows it today."""

    number: str
    name: str
    family: Family = field(repr=False)


def _expand(family: Family) -> Iterator[Product]:
    for colour in family.colours or ("",):
        for size in family.sizes or ("",):
            words = [family.name]
            if colour:
                words.append(f"- {COLOURS[colour]}")
            if size:
                words.append(SIZES.get(size, size))
            yield Product(family.number.format(c=colour, s=size), " ".join(words), family)


#: By id: id, category, subcategory, requires maintenance, in the order of the ERP's file.
CATEGORIES = {row["id"]: tuple(row.values()) for row in rows("categories.csv")}

#: Every product of the shop, those that are sold first: bikes, extras, the rest.
PRODUCTS = [product for row in rows("families.csv") for product in _expand(_family(row))]
