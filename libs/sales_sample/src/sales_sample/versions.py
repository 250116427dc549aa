"""What the CRM knows about products: one row a version, of which only the cost changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sales_sample import files
from sales_sample.catalogue import CATEGORIES, LINES, PEDALS, PRODUCTS, Product
from sales_sample.defects import SourceRow

FIRST_ID = 210
_LONG_AGO = date(2003, 7, 1)

#: The CRM states ends of versions that lie so many days before their start.
_END_TOO_EARLY = timedelta(days=1281)

#: One superseded version in so many has the right end date all the same.
_RIGHT_END_EVERY = 5


@dataclass
class Version:
    """One version of a product, as it is."""

    id: int
    product: Product
    cost: int
    start: date
    end: date | None
    """Last day; None for the current version."""

    @property
    def key(self) -> str:
        """The key that the category's own spelling would give."""
        return f"{self.category_id.replace('_', '-')}-{self.product.number}"

    @property
    def category_id(self) -> str:
        """The category as the ERP spells it."""
        return self.product.family.category_id

    @property
    def line(self) -> str:
        """Code of the product line; empty when there is none."""
        return self.product.family.line

    @property
    def line_name(self) -> str:
        """The product line as people call it."""
        return LINES[self.line]

    @property
    def category(self) -> tuple[str, ...]:
        """Id, category, subcategory, needs maintenance."""
        return CATEGORIES[self.category_id]


def versions(first_day: date) -> list[Version]:
    """Every version of every product for a history that begins on ``first_day``.

    Versions begin in July. The first one the CRM knows may begin after the first sale.
    """
    julys = (_LONG_AGO, *_julys(first_day))
    rows: list[Version] = []
    for product in sorted(PRODUCTS, key=lambda p: p.family.first_start):
        family = product.family
        first = family.first_start if family.versions == 1 else 4 - family.versions
        step = max(1, round(family.cost * 0.06))
        costs = [family.cost - step, family.cost + step, family.cost]
        costs = {1: costs[2:], 2: [costs[0], costs[2]], 3: costs}[family.versions]
        for i, cost in enumerate(costs):
            is_last = i + 1 == len(costs)
            end = None if is_last else julys[first + i + 1] - timedelta(days=1)
            rows.append(Version(FIRST_ID + len(rows), product, cost, julys[first + i], end))
    return rows


def as_of(known: list[Version], day: date) -> list[Version]:
    """The versions that have begun by a day, with the end dates known then."""
    newest: dict[str, date] = {}
    begun = []
    for version in sorted(known, key=lambda v: (v.start, v.id), reverse=True):
        if version.start <= day:
            following = newest.get(version.product.number)
            end = following - timedelta(days=1) if following else None
            begun.append(replace(version, end=end))
            newest[version.product.number] = version.start
    return sorted(begun, key=lambda v: v.id)


def newest_july(first_day: date) -> date:
    """The start of the newest versions of the yearly assortment."""
    return _julys(first_day)[-1]


def _julys(first_day: date) -> list[date]:
    year = first_day.year + (first_day >= date(first_day.year, 7, 1))
    return [date(year + i, 7, 1) for i in range(3)]


def stated_key(version: Version) -> str:
    """The product key of the CRM, which spells one category differently from the ERP."""
    if version.category_id == PEDALS:
        return version.key.replace("PD", "PE", 1)
    return version.key


def stated_end(version: Version, newest_july: date) -> str:
    """The end date as the CRM states it: before the start, as a rule.

    The newest versions have none yet.
    """
    if version.start == _LONG_AGO or version.start >= newest_july:
        return ""
    if version.end is not None and version.id % _RIGHT_END_EVERY == 0:
        return version.end.isoformat()
    return (version.start - _END_TOO_EARLY).isoformat()


def row(version: Version) -> SourceRow:
    """The version's row in the product file when nothing is wrong."""
    line = f"{version.line} " if version.line else ""
    days = (version.start, version.end or "")
    values = (version.id, version.key, version.product.name, version.cost, line, *days)
    return SourceRow.of(files.PRODUCTS, version.key, values)
