"""What is bought: clean order lines, in runs of days that fit in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sales_sample.catalogue import PRODUCTS, Product
from sales_sample.schedule import COUNTRIES, HISTORY_DAYS, Schedule, stream

FIRST_ORDER = 43_697

#: How the list of countries calls the product lines.
_TASTES = {"R": "road", "M": "mountain", "T": "touring", "S": "extras"}
_EXTRAS_MAX = 5

# Number of extras in an order, as limits of a draw: beside a bike (0 .. 4), without one (1 .. 5).
_BESIDE_BIKE = np.asarray([0.22, 0.50, 0.78, 0.94])
_WITHOUT_BIKE = np.asarray([0.22, 0.49, 0.77, 0.93])

_LOYAL_EVERY = 512  # one customer in so many buys again and again
_LOYAL_SHARE = 0.05  # of returning orders


@dataclass
class Lines:
    """Clean order lines, ordered by order number."""

    order: NDArray[np.int64]
    """Number of the order from 0."""
    day: NDArray[np.int64]
    customer: NDArray[np.int64]
    """Index of the customer from 0."""
    product: NDArray[np.int64]
    """Index into the sold products."""
    quantity: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, part: slice) -> Lines:
        return Lines(*(column[part] for column in vars(self).values()))


class Shop:
    """The sold products and how likely each is bought, by day and country."""

    def __init__(self) -> None:
        self.products = [p for p in PRODUCTS if p.family.sold]
        self.bikes = sum(p.family.group == "bikes" for p in self.products)
        extras = self.products[self.bikes :]
        sold = [p.family.sold for p in self.products]
        changes = {day for days in sold for day in (days.start, days.stop) if day < HISTORY_DAYS}
        starts = sorted({0} | changes)
        self.period_of_day = np.searchsorted(starts, np.arange(HISTORY_DAYS), side="right") - 1
        self._bike_limits = _limits(self.products[: self.bikes], starts)
        self._extra_limits = _limits(extras, starts)
        first_extra = min(p.family.sold.start for p in extras)
        self._has_extras = np.asarray([first_extra <= day for day in starts])
        # The first products do not have to wait for the last ones: interest grows over months.
        self._ripeness = np.clip((np.arange(HISTORY_DAYS) - 400) / 240, 0.15, 1.0)
        self._extras_taste = np.asarray([float(country["extras"]) for country in COUNTRIES])

    def _pick(
        self, table: NDArray[np.float64], row: NDArray[np.int64], draw: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        width = table.shape[1]
        place = np.searchsorted(table.ravel(), row + draw, side="right")
        pick: NDArray[np.int64] = np.minimum(place - row * width, width - 1)
        return pick

    def orders(self, schedule: Schedule, country: NDArray[np.int8], first: int, last: int) -> Lines:
        """The order lines of the days from ``first`` to ``last`` (exclusive)."""
        order = np.arange(schedule.orders_before[first], schedule.orders_before[last])
        size = len(order)
        random = stream(schedule.seed, "orders", first)
        day = np.repeat(np.arange(first, last), np.diff(schedule.orders_before[first : last + 1]))
        customer, is_first = _who(schedule, random, order, day)

        lives_in = country[customer].astype(np.int64)
        period = self.period_of_day[day]
        row = period * len(COUNTRIES) + lives_in
        has_extras = self._has_extras[period]
        interest = self._ripeness[day] * self._extras_taste[lives_in]
        bike_share = np.where(is_first, 0.51, 0.37) / np.clip(interest, 0.7, 1.3)
        bike = (random.random(size) < bike_share) | ~has_extras
        bike_pick = self._pick(self._bike_limits, row, random.random(size))

        draw = random.random(size)
        beside = np.searchsorted(_BESIDE_BIKE, draw, side="right")
        alone = np.searchsorted(_WITHOUT_BIKE, draw, side="right") + 1
        count = np.where(bike, np.where(random.random(size) < interest, beside, 0), alone)
        count = np.where(has_extras, count, 0)
        extras = self._pick(
            self._extra_limits,
            np.repeat(row, _EXTRAS_MAX),
            random.random(size * _EXTRAS_MAX),
        ).reshape(size, _EXTRAS_MAX)
        wanted = np.arange(_EXTRAS_MAX) < count[:, None]
        for later in range(1, _EXTRAS_MAX):
            for earlier in range(later):
                wanted[:, later] &= extras[:, later] != extras[:, earlier]

        keep = np.concatenate((bike[:, None], wanted), axis=1)
        product = np.concatenate((bike_pick[:, None], extras + self.bikes), axis=1)[keep]
        several = random.random((size, _EXTRAS_MAX + 1))[keep]
        quantity = np.where(
            (product >= self.bikes) & (several < 0.004), 2 + (several * 750).astype(np.int64) % 3, 1
        )
        at = np.nonzero(keep)[0]
        return Lines(order[at], day[at], customer[at], product, quantity)


def _limits(goods: list[Product], starts: list[int]) -> NDArray[np.float64]:
    """Cumulative shares, one row a period and country, each row raised by its number."""
    rows = []
    per_family = Counter(product.family.number for product in goods)
    for start in starts:
        for country in COUNTRIES:
            taste = {line: float(country[name]) for line, name in _TASTES.items()}
            weight = np.asarray(
                [
                    p.family.weight * taste[p.family.line] / per_family[p.family.number]
                    if start in p.family.sold
                    else 0.0
                    for p in goods
                ]
            )
            total = weight.sum()
            rows.append(np.cumsum(weight) / total if total else np.ones(len(goods)))
    table = np.asarray(rows)
    table[:, -1] = 1.0
    return table + np.arange(len(rows))[:, None]


def _who(
    schedule: Schedule,
    random: np.random.Generator,
    order: NDArray[np.int64],
    day: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The customer of each order, and whether it is the first one."""
    size = len(order)
    # The orders of a day in a random sequence: as many as the day has new customers are theirs.
    shuffled = np.lexsort((random.random(size), day))
    rank = np.empty(size, dtype=np.int64)
    rank[shuffled] = order[:size]
    rank -= schedule.orders_before[day]
    known = schedule.customers_before[day]
    is_first = rank < schedule.customers_before[day + 1] - known

    # Of those who come back, most have bought lately; one customer in five never does.
    lately = random.random(size) ** 0.72
    again = np.minimum((known * lately).astype(np.int64), known - 1)
    again -= (again % 5 == 3).astype(np.int64)
    loyal = random.random(size) < _LOYAL_SHARE
    loyal &= known > _LOYAL_EVERY
    pick = (random.random(size) * (known // _LOYAL_EVERY)).astype(np.int64) * _LOYAL_EVERY + 7
    again = np.where(loyal, np.minimum(pick, known - 1), again)
    return np.where(is_first, known + rank, np.maximum(again, 0)), is_first
