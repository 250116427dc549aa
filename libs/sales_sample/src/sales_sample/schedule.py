"""When things happen: the days of the history, and how many orders and new customers each has."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sales_sample.catalogue import rows

#: No order can be older than the company.
COMPANY_START = date(2000, 1, 1)

#: Length of the history in days; its last day is the one before ``until``.
HISTORY_DAYS = 1220

#: Magnitude of the real files, which scale 1 has.
CUSTOMERS, ORDERS = 18_484, 27_659

#: Orders are generated in runs of whole days of about this many orders, customers in runs of
#: exactly so many: what a run holds depends on the schedule alone, never on memory or time.
ORDERS_PER_BLOCK = 20_000
CUSTOMERS_PER_BLOCK = 20_000

_EPOCH = date(1970, 1, 1)

# Orders a day in relation to the first days, at the turn of each half year of the history.
_GROWTH = (1.0, 1.2, 1.7, 2.9, 4.3, 5.2, 6.3, 7.2)
_WEEKDAY = (1.08, 0.98, 0.94, 0.95, 1.03, 1.12, 0.90)  # Monday first
_MONTH = (0.78, 0.84, 1.00, 1.10, 1.20, 1.16, 1.06, 1.00, 0.94, 0.90, 0.98, 1.14)

#: How many of 100 new customers each has at the turn of each year of the history, and how much
#: it fancies a kind of product: road, mountain, touring bikes and extras.
COUNTRIES = rows("countries.csv")
SOUTHERN = 1  # Australia's summer is six months away from the others'


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """A random stream of its own for every purpose, so that none disturbs another."""
    key = [seed, zlib.crc32(name.encode()), *numbers]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


@dataclass(frozen=True)
class Schedule:
    """The days of the history and the running totals before each of them."""

    seed: int
    scale: float
    first_day: date
    orders_before: NDArray[np.int64]
    """Orders before day d (0 .. HISTORY_DAYS)."""
    customers_before: NDArray[np.int64]
    """Customers whose first order came before day d (0 .. HISTORY_DAYS)."""

    @property
    def orders(self) -> int:
        """Number of orders."""
        return int(self.orders_before[-1])

    @property
    def customers(self) -> int:
        """Number of customers."""
        return int(self.customers_before[-1])

    def date_of(self, day: int) -> date:
        """The date of a day of the history, 0 being the first."""
        return self.first_day + timedelta(days=int(day))

    def blocks(self) -> list[tuple[int, int]]:
        """Runs of days (first, last exclusive) that are generated together."""
        runs, first = [], 0
        for day in range(1, HISTORY_DAYS + 1):
            full = self.orders_before[day] - self.orders_before[first] >= ORDERS_PER_BLOCK
            if full or day == HISTORY_DAYS:
                runs.append((first, day))
                first = day
        return runs


def month_factor(months: NDArray[np.int64], southern: bool = False) -> NDArray[np.float64]:
    """How much is bought in a month (0 .. 11) compared with the average one."""
    return np.asarray(_MONTH)[(months + 6) % 12 if southern else months]


def months_of(first_day: date) -> NDArray[np.int64]:
    """The month (0 .. 11) of each day of the history."""
    days = np.arange(HISTORY_DAYS) + np.datetime64(first_day, "D")
    return days.astype("datetime64[M]").astype(np.int64) % 12


def plan(seed: int, scale: float, until: date) -> Schedule:
    """Lay out the history that ends on the day before ``until``."""
    first_day = until - timedelta(days=HISTORY_DAYS)
    day = np.arange(HISTORY_DAYS)
    elapsed = day / HISTORY_DAYS
    weekday = ((first_day - _EPOCH).days + 3 + day) % 7
    noise = stream(seed, "orders a day").random(HISTORY_DAYS) * 0.24 + 0.88
    weight = np.interp(day, np.arange(len(_GROWTH)) * 182.5, _GROWTH)
    weight = weight * np.asarray(_WEEKDAY)[weekday] * month_factor(months_of(first_day)) * noise
    orders = _running_total(weight, round(ORDERS * scale))

    # Nearly every early order is a customer's first; later, more and more come back.
    per_day = np.diff(orders).astype(np.float64)
    returning = per_day * elapsed**0.8
    customers = round(CUSTOMERS * scale)
    returning *= (orders[-1] - customers) / returning.sum()
    first_orders = np.minimum(_running_total(per_day - returning, customers), orders)
    return Schedule(seed, scale, first_day, orders, first_orders)


def _running_total(weight: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    share = np.concatenate(([0.0], np.cumsum(weight)))
    total_so_far: NDArray[np.int64] = np.ceil(share / share[-1] * total - 1e-9).astype(np.int64)
    return total_so_far
