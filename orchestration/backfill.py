"""A span of order dates that is to be built anew: `lakehouse run --from ... --to ...`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration.errors import ExitCode, LakehouseError

OPEN_START, OPEN_END = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True)
class Span:
    """The first and the last day, both included; one that was not given is open."""

    first: date
    last: date

    def __str__(self) -> str:
        """As people write it."""
        if self.first == OPEN_START:
            return f"up to {self.last}"
        return f"from {self.first}" if self.last == OPEN_END else f"{self.first} to {self.last}"

    @property
    def variables(self) -> dict[str, str]:
        """The span as the models know it."""
        return {"rebuild_from": self.first.isoformat(), "rebuild_to": self.last.isoformat()}


def read_span(first: date | None, last: date | None, full_refresh: bool = False) -> Span | None:
    """The span that the command line gives; None when it gives none.

    Raises:
        LakehouseError: when it ends before it begins, or everything is built anyway.
    """
    if first is None and last is None:
        return None
    if full_refresh:
        raise LakehouseError(
            "--full-refresh builds everything anew, --from and --to a span only.",
            "Give one or the other.",
            ExitCode.USAGE,
        )
    span = Span(first or OPEN_START, last or OPEN_END)
    if span.first > span.last:
        raise LakehouseError(
            f"The span ends on {span.last}, before it begins on {span.first}.",
            "Exchange --from and --to.",
            ExitCode.USAGE,
        )
    return span


def describe(published: Path, span: Span) -> str:
    """What building the span anew touches, as far as it is published."""
    touched = "the sales in it are judged and taken into the fact again"
    if not published.is_file():
        return f"Orders dated {span}: {touched}"
    import duckdb

    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.execute(
            "select count(*), count(distinct order_number) from gold.fact_sales"
            " where order_number in (select order_number from gold.fact_sales"
            " where order_date between ? and ?)",
            [span.first, span.last],
        ).fetchone()
    lines, orders = found or (0, 0)
    return f"Orders dated {span}: {orders:,} orders with {lines:,} lines; {touched}"
