"""The one reader of the published database: key figures, row counts, anomalies, past runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from orchestration.errors import ExitCode, LakehouseError

if TYPE_CHECKING:
    import duckdb


MONITORS = "data_quality_monitors"
ANOMALIES = (
    "select monitor, subject, measured_on, measured, usual, highest from {data_quality_monitors}"
    " where status = 'warn' order by monitor, subject"
)
"""The monitors that warn, freshness first."""


@dataclass(frozen=True)
class Anomaly:
    """A monitor that warns: something is out of the ordinary."""

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
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """From a row of `ANOMALIES`, whose values may be texts."""
        day = row["measured_on"]
        return cls(
            row["monitor"],
            row["subject"],
            date.fromisoformat(str(day)[:10]) if day else None,
            float(row["measured"]),
            None if row["usual"] is None else float(row["usual"]),
            float(row["highest"]),
        )

    @property
    def sentence(self) -> str:
        """The anomaly in words."""
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
            f"{self.subject}: {self.measured:.2%} of the newest rows,"
            f" {self.usual or 0:.2%} are usual"
        )


@dataclass(frozen=True)
class OpenIssue:
    """A rule that touched more rows than it may, or whose findings are a warning."""

    rule_id: str
    source: str
    status: str
    """warn or stop."""
    rows: int
    title: str


@dataclass(frozen=True)
class Summary:
    """The published state in a few figures."""

    lines: int
    orders: int
    customers: int
    """Known customers, those that only an order line mentions included."""
    products: int
    revenue: Decimal
    first_date: date | None
    last_date: date | None
    corrections: int | None = None
    """None when the published database holds no such table."""
    quarantined: int | None = None
    unreconciled: int | None = None
    """Measures whose reconciliation does not come out at 0."""
    issues: list[OpenIssue] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)


def require_published(published: Path) -> None:
    """Make sure that something was published.

    Raises:
        LakehouseError: when there is no such file.
    """
    if not published.is_file():
        raise LakehouseError(
            f"Nothing is published yet: there is no {published}.",
            "Run `lakehouse run` (or `make run`) first.",
            ExitCode.USAGE,
        )


@contextmanager
def open_published(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the published database, read-only, and nothing else.

    The file is attached to a connection in memory: a run may replace it meanwhile, and the next
    caller sees the new one.

    Raises:
        LakehouseError: when nothing was published yet or the file cannot be read.
    """
    import duckdb

    require_published(published)
    connection = duckdb.connect()
    try:
        escaped = str(published).replace("'", "''")
        connection.execute(f"attach '{escaped}' as published (read_only)")
        connection.execute("use published")
        yield connection
    except duckdb.CatalogException as error:
        raise LakehouseError(
            f"{published} does not hold the published tables: {_first_line(error)}",
            "Check LAKEHOUSE_PUBLISHED, or run `lakehouse run`.",
        ) from error
    except (duckdb.Error, RuntimeError) as error:
        raise LakehouseError(
            f"The published database {published} cannot be read: {_first_line(error)}",
            "Run `lakehouse run --full-refresh`: it publishes a new file.",
            ExitCode.IO,
        ) from error
    finally:
        with suppress(duckdb.Error, RuntimeError):
            connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def require_sound(published: Path) -> None:
    """Read the published database to its end.

    Raises:
        LakehouseError: when nothing was published yet or a part of it cannot be read.
    """
    with open_published(published) as connection:
        for schema, table in _tables(connection):
            connection.execute(f'select sum(hash(t)) from {schema}."{table}" as t').fetchall()


def read_summary(published: Path) -> Summary:
    """Read the figures of the published database.

    Raises:
        LakehouseError: when nothing was published, or the file is damaged or another one.
    """
    with open_published(published) as connection:
        lines, orders, revenue, first, last = _row(
            connection,
            "select count(*), count(distinct order_number), coalesce(sum(sales_amount), 0),"
            " min(order_date), max(order_date) from gold.fact_sales",
        )
        (customers,) = _row(connection, "select count(*) from gold.dim_customers")
        (products,) = _row(connection, "select count(*) from gold.dim_products")
        tables = {f"{schema}.{table}" for schema, table in _tables(connection)}
        return Summary(
            lines=lines,
            orders=orders,
            customers=customers,
            products=products,
            revenue=revenue,
            first_date=first,
            last_date=last,
            corrections=_count(connection, tables, "quality.corrections"),
            quarantined=_count(connection, tables, "quality.quarantine"),
            unreconciled=_count(connection, tables, "quality.reconciliation", "difference <> 0"),
            issues=_issues(connection) if "quality.rule_results" in tables else [],
            anomalies=_anomalies(connection) if f"gold.{MONITORS}" in tables else [],
        )


def count_sales(published: Path, first: date, last: date) -> tuple[int, int]:
    """Orders dated within the days, and their lines, whatever the date of the line."""
    with open_published(published) as connection:
        orders, lines = _row(
            connection,
            "select count(distinct order_number), count(*) from gold.fact_sales"
            " where order_number in (select order_number from gold.fact_sales"
            f" where order_date between date '{first}' and date '{last}')",
        )
        return orders, lines


@dataclass(frozen=True)
class PastRun:
    """A run in the log that is published with gold."""

    started: datetime
    """UTC."""
    result: str
    """published, built, failed or interrupted."""
    seconds: float | None
    """None for a run that was cut off, and for the one that published."""
    files: int | None
    """Versions of files it took in."""
    lines: int | None
    """Order lines in the fact; None where it did not come as far."""
    failed: str = ""


def recent_runs(published: Path, limit: int = 5) -> list[PastRun]:
    """The newest runs in the published log, newest first; empty when it holds none."""
    with open_published(published) as connection:
        if ("quality", "runs") not in _tables(connection):
            return []
        rows = connection.execute(
            "select started_at, result, epoch(ended_at - started_at), files, gold_rows,"
            " coalesce(failed, '') from quality.runs order by started_at desc limit ?",
            [limit],
        ).fetchall()
    return [PastRun(*row) for row in rows]


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of what is published."""
    return connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_catalog = 'published' and table_schema in ('gold', 'quality') order by all"
    ).fetchall()


def row_counts(published: Path) -> dict[str, int]:
    """Rows of each published table, by `schema.table`."""
    with open_published(published) as connection:
        return {
            f"{schema}.{table}": _row(connection, f'select count(*) from {schema}."{table}"')[0]
            for schema, table in _tables(connection)
        }


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None  # every query here is an aggregate
    return row


def _count(
    connection: duckdb.DuckDBPyConnection, tables: set[str], table: str, condition: str = "true"
) -> int | None:
    if table not in tables:
        return None
    return int(_row(connection, f"select count(*) from {table} where {condition}")[0])


def _issues(connection: duckdb.DuckDBPyConnection) -> list[OpenIssue]:
    rows = connection.execute(
        "select rule_id, source, status, rows_touched, title from quality.rule_results"
        " where status <> 'ok' order by status = 'warn', rows_touched desc, rule_id"
    ).fetchall()
    return [OpenIssue(*row) for row in rows]


def _anomalies(connection: duckdb.DuckDBPyConnection) -> list[Anomaly]:
    found = connection.execute(ANOMALIES.format(data_quality_monitors=f"gold.{MONITORS}"))
    names = [column for column, *_ in found.description]
    return [Anomaly.from_row(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def published_at(published: Path) -> datetime | None:
    """When the published file was put in place, local time; None when there is none."""
    if not published.is_file():
        return None
    return datetime.fromtimestamp(published.stat().st_mtime)


def quality_sentence(summary: Summary) -> str:
    """The quality findings in one line."""
    if summary.corrections is None and summary.quarantined is None:
        return "not recorded"
    parts = [
        f"{summary.corrections or 0:,} values corrected",
        f"{summary.quarantined or 0:,} rows in quarantine",
    ]
    if summary.unreconciled is not None:
        parts.append(
            "everything adds up"
            if summary.unreconciled == 0
            else f"{summary.unreconciled} figures do not add up"
        )
    if summary.issues:
        parts.append(
            f"{len(summary.issues)} rule{'' if len(summary.issues) == 1 else 's'} raised warnings"
        )
    return ", ".join(parts)


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """The summary as label and text, in the order to be shown."""
    return [
        ("lines", f"{summary.lines:,}"),
        ("orders", f"{summary.orders:,}"),
        ("customers", f"{summary.customers:,}"),
        ("products", f"{summary.products:,}"),
        ("revenue", f"{summary.revenue:,.0f}"),
        ("dates", f"{summary.first_date} to {summary.last_date}"),
        ("quality", quality_sentence(summary)),
    ]
