"""What is unusual about what is published, compared with its own past."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Unusual:
    """A monitor that warns."""

    monitor: str
    """freshness, volume or share."""
    subject: str
    """A source, or a rule."""
    measured_on: date | None
    measured: float
    """Days, rows, or a share from 0 to 1."""
    usual: float | None
    highest: float

    @classmethod
    def from_log(cls, text: str) -> Self:
        """What macros/quality/tell_unusual.sql writes into the log of a build: a JSON object."""
        row = json.loads(text)
        return cls(
            row["monitor"],
            row["subject"],
            date.fromisoformat(row["measured_on"]) if row["measured_on"] else None,
            float(row["measured"]),
            float(row["usual"]) if row["usual"] is not None else None,
            float(row["highest"]),
        )

    @property
    def sentence(self) -> str:
        """What is unusual, in words."""
        if self.monitor == "freshness":
            return (
                f"{self.subject}: the newest file is {self.measured:.0f} days old,"
                f" {self.highest:.0f} are allowed"
            )
        if self.monitor == "volume":
            return (
                f"{self.subject}: {self.measured:,.0f} rows on {self.measured_on:%A, %Y-%m-%d},"
                f" {self.usual or 0:,.0f} are usual on that weekday"
            )
        return (
            f"{self.subject}: {self.measured:.2%} of the rows that came last,"
            f" {self.usual or 0:.2%} are usual"
        )


def read_unusual(connection: duckdb.DuckDBPyConnection) -> list[Unusual]:
    """The monitors that warn, freshness first."""
    rows = connection.execute(
        "select monitor, subject, measured_on, measured, usual, highest"
        " from gold.data_quality_monitors where status = 'warn' order by monitor, subject"
    ).fetchall()
    return [Unusual(*row) for row in rows]
