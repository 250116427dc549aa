"""The invented assortment of a bicycle and outdoor retailer, in the grammar of the real exports.

A product number is ``<kind>-<model><colour>-<size>`` (``BK-R91R-52``) or shorter for things that
come in one colour or size. The CRM puts the category in front of it, with dashes
(``BI-RB-BK-R91R-52``); the ERP describes the category under ``BI_RB``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from importlib.resources import files

COLOURS = {"R": "Red", "B": "Black", "S": "Silver", "Y": "Yellow", "U": "Blue", "G": "Green"}
SIZES = {"S": "S", "M": "M", "L": "L", "X": "XL"}

#: The ERP calls the pedals CO_PD; the CRM spells the same category CO_PE.
PEDALS, PEDALS_IN_CRM = "CO_PD", "CO_PE"

LINES = {"R": "Road", "M": "Mountain", "S": "Other Sales", "T": "Touring", "": "n/a"}


@dataclass(frozen=True)
class Family:
    """Products that differ in colour and size alone.

    ``first_start`` is the July (1, 2 or 3) in which the first version known to the CRM begins
    (0: long ago); ``sold`` are days after the first day of the history (from, to), None for what
    the shop has never sold; ``weight`` is how often one of the family is bought among its kind.
    """

    category_id: str
    line: str
    number: str
    name: str
    price: int
    cost: int
    colours: str = ""
    sizes: tuple[str, ...] = ()
    versions: int = 1
    first_start: int = 3
    sold: tuple[int, int] | None = None
    weight: float = 0.0


@dataclass(frozen=True)
class Product:
    """One product as the shop knows it today."""

    number: str
    name: str
    family: Family = field(repr=False)

    @property
    def price(self) -> int:
        """What one piece costs the customer."""
        return self.family.price


ALWAYS = 1_000_000


def _rows(name: str) -> list[dict[str, str]]:
    """The rows of a data file of this package."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


#: id, category, subcategory, requires maintenance: the ERP's list of categories in file order.
CATEGORIES = [
    (row["id"], row["category"], row["subcategory"], row["requires_maintenance"])
    for row in _rows("categories.csv")
]


def _family(row: dict[str, str]) -> Family:
    sold = (int(row["sold_from"]), int(row["sold_to"] or ALWAYS)) if row["sold_from"] else None
    return Family(
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
        sold=sold,
        weight=float(row["weight"]),
    )


def _families(group: str) -> tuple[Family, ...]:
    return tuple(_family(row) for row in _rows("families.csv") if row["group"] == group)


BIKES, EXTRAS, NEVER_SOLD = (_families(each) for each in ("bikes", "extras", "never_sold"))

#: Sold, and described by no master file: what the CRM has not heard of.
UNDESCRIBED: tuple[tuple[str, int], ...] = (
    ("BK-N07K-50", 1890),
    ("CM-S410", 79),
    ("JA-W44-M", 119),
)


def _expand(family: Family) -> list[Product]:
    products = []
    for colour in family.colours or ("",):
        for size in family.sizes or ("",):
            words = [family.name]
            if colour:
                words.append(f"- {COLOURS[colour]}")
            if size:
                words.append(SIZES.get(size, size))
            products.append(
                Product(family.number.format(c=colour, s=size), " ".join(words), family)
            )
    return products


def products() -> list[Product]:
    """Every product of the shop, those that are sold first: bikes, extras, the rest."""
    return [p for family in (*BIKES, *EXTRAS, *NEVER_SOLD) for p in _expand(family)]
