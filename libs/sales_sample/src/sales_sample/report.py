"""What is said about a sample once it is written."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field
from datetime import date
from operator import add, sub
from pathlib import Path


@dataclass(frozen=True)
class SampleFile:
    """One file of the sample; ``name`` is relative to the sample's folder, ``size`` in bytes."""

    name: str
    rows: int
    size: int


@dataclass(frozen=True)
class Totals:
    """What gold must say about sales: the clean lines but those that cannot be used."""

    lines: int = 0
    orders: int = 0
    quantity: int = 0
    revenue: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: Totals) -> Totals:
        return Totals(*map(sub, astuple(self), astuple(other)))


@dataclass(frozen=True)
class DayReport:
    """The files of the day whose orders came last; ``totals`` and more are of all so far."""

    day: date
    files: tuple[str, ...]
    totals: Totals
    customers: int


@dataclass(frozen=True)
class SampleReport:
    """What was written."""

    out: Path
    truth: Path
    files: tuple[SampleFile, ...]
    totals: Totals
    customers: int
    """Customers of the CRM."""
    products: int
    """Products of the CRM, whatever number of versions they have."""
    first_order_date: date
    last_order_date: date
    defects: dict[str, int] = field(default_factory=dict)
    """Number of defects by rule."""
    unrecoverable: int = 0
    """Defects that no pipeline can put right."""
    has_star: bool = True
    """Whether the clean star was written."""
    seconds: float = 0.0
