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
    """A request to the compiler.

    Attributes:
        metrics: at least one; the first is the one that ranks and compares.
        dimensions: what the rows are by; none gives one row.
        filters: all of them hold.
        period: of the dates; None for everything, rows with an unknown date included.
        before: the period to compare with (shape `change` without a grain).
        steps_back: for a change along a grain: how many steps of the grain lie between a row and
            the one it is compared with.
        complete_from: for a change along a grain: the first day that may be compared with, so that
            a first step the data cover only in part is no base.
        shape: the kind of answer.
        direction: rows that went up, down, or (None) all of them.
        share_of: with `share`, values of the first dimension that are shown; the share is of all.
        each: dimension within which the limit counts.
        descending: highest first.
        ranked: whether rows are ordered by the metric rather than by the dimension.
        limit: how many come first, or within each value of `each`; more if the last have equals.
            Unknown values are not ranked.
        ranked_by: with a direction: the column that orders, if not the change in figures.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    period: Period | None = None
    before: Period | None = None
    steps_back: int = 0
    complete_from: date | None = None
    shape: Shape = "list"
    direction: Direction | None = None
    share_of: tuple[str, ...] = ()
    each: str | None = None
    descending: bool = True
    ranked: bool = True
    limit: int | None = None
    ranked_by: str = ""
