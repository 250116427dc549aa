"""Who buys: customers in the order of their first purchase, in blocks that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sales_sample.catalogue import rows
from sales_sample.schedule import (
    COUNTRIES,
    CUSTOMERS_PER_BLOCK,
    HISTORY_DAYS,
    SOUTHERN,
    Schedule,
    month_factor,
    months_of,
    stream,
)

FIRST_ID = 11_000
NO_COUNTRY = len(COUNTRIES)
COUNTRY_NAMES = (*(country["country"] for country in COUNTRIES), "n/a")
GENDERS = ("Male", "Female", "n/a")
_CODES = ("M", "F", "")  # of the genders, in their order

_SPELLINGS: dict[str, tuple[tuple[str, float], ...]] = {
    "United States": (("United States", 0.45), ("USA", 0.35), ("US", 0.20)),
    "Germany": (("Germany", 0.68), ("DE", 0.32)),
    "n/a": (("", 0.985), (" ", 0.006), ("  ", 0.006), ("   ", 0.003)),
}
_NO_COUNTRY_SHARE = 0.018

# Blanks around a name; nearly always there are none.
_BLANKS = (" {}", "{} ", "  {}", " {} ", "{}")

#: Names of each group (`male`, `female` and `family`): a stem and an ending, a few with accents.
_NAMES = {
    row["group"]: [
        stem + ending for ending in row["endings"].split() for stem in row["stems"].split()
    ]
    for row in rows("names.csv")
}
#: An accented name is drawn this much more rarely than another.
_RARE = 0.02

#: The CRM was filled in a few loads, so many days before ``until``; shares are running totals.
_LOADS = rows("loads.csv")


def countries(schedule: Schedule) -> NDArray[np.int8]:
    """Where each customer lives: an index into ``COUNTRIES``."""
    result = np.empty(schedule.customers, dtype=np.int8)
    years = np.arange(HISTORY_DAYS) / 365.25
    turns = [[float(country[f"year_{year}"]) for year in range(5)] for country in COUNTRIES]
    share = np.stack([np.interp(years, np.arange(5), shares) for shares in turns], axis=1)
    months = months_of(schedule.first_day)
    share[:, SOUTHERN] *= month_factor(months, southern=True) / month_factor(months)
    limits = np.cumsum(share, axis=1)
    limits /= limits[:, -1:]
    for block, first, last in _blocks(schedule.customers):
        draw = stream(schedule.seed, "country", block).random(last - first)
        day = signup_days(schedule, first, last)
        result[first:last] = (draw[:, None] >= limits[day]).sum(axis=1)
    return result


def signup_days(schedule: Schedule, first: int, last: int) -> NDArray[np.int64]:
    """The day of the history on which each of some customers bought first."""
    index = np.arange(first, last)
    return np.searchsorted(schedule.customers_before, index, side="right") - 1


def _blocks(customers: int) -> Iterator[tuple[int, int, int]]:
    for block, first in enumerate(range(0, customers, CUSTOMERS_PER_BLOCK)):
        yield block, first, min(first + CUSTOMERS_PER_BLOCK, customers)


@dataclass
class Customer:
    """One customer: what is true, and how the three files spell it when nothing is wrong."""

    index: int
    has_erp_prefix: bool
    """The ERP writes the numbers of the older 60 % with NAS before them."""
    first_name: str
    last_name: str
    first_name_spelt: str
    last_name_spelt: str
    country: str
    country_spelt: str
    marital_code: str
    gender: str
    crm_gender: str
    erp_gender: str
    birthdate: str
    create_date: str

    @property
    def id(self) -> int:
        """The CRM's number of the customer."""
        return FIRST_ID + self.index

    @property
    def number(self) -> str:
        """The number people use, AW00011000."""
        return f"AW{self.id:08d}"

    @property
    def marital_status(self) -> str:
        """The marital status in a word."""
        return "Married" if self.marital_code == "M" else "Single"

    @property
    def erp_number(self) -> str:
        """The number as the ERP's customer file writes it."""
        return f"NAS{self.number}" if self.has_erp_prefix else self.number


def customer_blocks(
    schedule: Schedule, until: date, country: NDArray[np.int8]
) -> Iterator[list[Customer]]:
    """All customers, oldest first."""
    for block, first, last in _blocks(schedule.customers):
        yield _customer_block(schedule, until, country[first:last], block, first, last)


def _customer_block(
    schedule: Schedule, until: date, country: NDArray[np.int8], block: int, first: int, last: int
) -> list[Customer]:
    size = last - first
    random = stream(schedule.seed, "customer", block)

    female = random.random(size) < 0.494
    given = np.where(
        female,
        _draw(random, size, "female"),
        _draw(random, size, "male"),
    )
    family = _draw(random, size, "family")
    married = random.random(size) < 0.5415
    blanks = random.random((size, 2)) < (0.0009, 0.0012)
    blank_kind = random.integers(0, len(_BLANKS) - 1, (size, 2))

    # The CRM leaves out a quarter of the genders; the ERP has nearly all of those, and of the
    # others a few that it states otherwise.
    in_crm = random.random(size) < 0.752
    erp_draw = random.random(size)
    in_erp = erp_draw >= np.where(in_crm, 0.105, 0.0033)
    contradicts = in_crm & (erp_draw > 0.9959)
    erp_spelling = random.random(size)

    # Between 18 at the first possible order and 80 now, most of them in the middle.
    youngest = schedule.first_day.toordinal() - round(18 * 365.25)
    oldest = max(until.toordinal() - 80 * 365, date(1930, 1, 1).toordinal())
    mixed = random.random((size, 2)).mean(axis=1)
    birth = youngest - np.floor(mixed * (youngest - oldest)).astype(np.int64)

    unknown_country = random.random(size) < _NO_COUNTRY_SHARE
    spelling = random.random(size)
    created = _create_dates(schedule, until, first, last)

    columns = (
        female,
        given,
        family,
        np.where(blanks, blank_kind, len(_BLANKS) - 1),
        np.where(unknown_country, NO_COUNTRY, country),
        spelling,
        married,
        in_crm,
        np.where(in_erp, np.where(contradicts, ~female, female), -1),
        erp_spelling,
        birth,
    )
    customers: list[Customer] = []
    for index, create_date, *drawn in zip(
        range(first, last), created, *(column.tolist() for column in columns), strict=True
    ):
        is_female, first_name, last_name, (before, after), lives_in, country_draw = drawn[:6]
        is_married, is_in_crm, erp_code, erp_draw, born = drawn[6:]
        name = _NAMES["female" if is_female else "male"][first_name]
        surname = _NAMES["family"][last_name]
        is_known = is_in_crm or erp_code >= 0
        customers.append(
            Customer(
                index=index,
                has_erp_prefix=index * 10 < schedule.customers * 6,
                first_name=name,
                last_name=surname,
                first_name_spelt=_BLANKS[before].format(name),
                last_name_spelt=_BLANKS[after].format(surname),
                country=COUNTRY_NAMES[lives_in],
                country_spelt=_spelling(COUNTRY_NAMES[lives_in], country_draw),
                marital_code="M" if is_married else "S",
                gender=GENDERS[is_female] if is_known else GENDERS[-1],
                crm_gender=_CODES[is_female] if is_in_crm else "",
                erp_gender=_erp_gender(_CODES[erp_code], erp_draw),
                birthdate=date.fromordinal(born).isoformat(),
                create_date=create_date,
            )
        )
    if last == schedule.customers:
        # The ERP's customer file ends with an empty field.
        code = int(female[-1])
        customers[-1].erp_gender = ""
        customers[-1].crm_gender, customers[-1].gender = _CODES[code], GENDERS[code]
    return customers


def _draw(random: np.random.Generator, size: int, group: str) -> NDArray[np.int64]:
    """Places in the list of a group's names, which differ in how frequent they are."""
    weights = [
        (1.0 + 3.0 / (1 + i % 17)) * (1.0 if name.isascii() else _RARE)
        for i, name in enumerate(_NAMES[group])
    ]
    limits = np.cumsum(weights)
    return np.searchsorted(limits / limits[-1], random.random(size), side="right").clip(
        max=len(weights) - 1
    )


def _spelling(country: str, draw: float) -> str:
    for spelling, share in _SPELLINGS.get(country, ()):
        if draw < share:
            return spelling
        draw -= share
    return "" if country == "n/a" else country


def _erp_gender(code: str, draw: float) -> str:
    if not code:
        return " " if draw < 0.003 else "  " if draw < 0.004 else ""
    if draw < 0.0004:
        return code
    if draw < 0.0006:
        return f"{code} "
    return "Male" if code == "M" else "Female"


def _create_dates(schedule: Schedule, until: date, first: int, last: int) -> list[str]:
    """The day the CRM took the customer in: a load, or the first order of those that came later."""
    signup = signup_days(schedule, first, last)
    load_limits = np.asarray([float(load["share"]) for load in _LOADS])
    load_days = np.asarray([HISTORY_DAYS - int(load["days_before"]) for load in _LOADS])
    before_loads = int(schedule.customers_before[load_days[-1]])
    place = np.arange(first, last) / max(before_loads, 1)
    load = np.searchsorted(load_limits, place, side="right").clip(max=len(_LOADS) - 1)
    day = np.maximum(load_days[load], signup)
    start = until - timedelta(days=HISTORY_DAYS)
    text = {int(d): (start + timedelta(days=int(d))).isoformat() for d in np.unique(day)}
    return [text[d] for d in day.tolist()]
