"""What a question asks for, in terms of the metric view. No text of a user is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Shape = Literal["list", "share", "change", "trend"]
Direction = Literal["up", "down", "both"]


@dataclass(frozen=True)
class Period:
    """Days from `start` to `end`, both included; None is open. `label` says it in words."""

    start: date | None
    end: date | None
    label: str = ""


@dataclass(frozen=True)
class Filter:
    """A dimension has one of these values, or none of them when `excluded`."""

    dimension: str
    values: tuple[str, ...]
    excluded: bool = False


@dataclass(frozen=True)
class Request:
    """A request to the compiler."""

    metrics: tuple[str, ...]  # At least one; the first is the one that ranks and compares.
    dimensions: tuple[str, ...] = ()  # What the rows are by; none gives one row.
    filters: tuple[Filter, ...] = ()  # All of them hold.
    # Of the dates; None for everything, rows with an unknown date included.
    period: Period | None = None
    before: Period | None = None  # The period to compare with, for a change without a grain.
    # For a change along a grain: how many steps lie between a row and the one it is compared with.
    steps_back: int = 0
    # For the same: the first day that may be compared with, so that a first step that the data
    # cover only in part is no base.
    complete_from: date | None = None
    shape: Shape = "list"
    direction: Direction | None = None  # Rows that went up, down, or (None) all of them.
    # Of a share: the values of the first dimension that are shown; the share is of all.
    share_of: tuple[str, ...] = ()
    each: str | None = None  # The dimension within which the limit counts.
    descending: bool = True
    ranked: bool = True  # Whether rows are ordered by the metric rather than by the dimension.
    # How many come first, or within each value of `each`; more if the last have equals. Unknown
    # values are not ranked.
    limit: int | None = None
    ranked_by: str = ""  # With a direction: the column that orders, if not the change in figures.
