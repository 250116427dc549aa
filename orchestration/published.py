"""The one reader of the published database: key figures, row counts, anomalies, past runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.console import plural
from orchestration.errors import ExitCode, LakehouseError

if TYPE_CHECKING:
    import duckdb


MONITORS = "data_quality_monitors"
ANOMALIES = (
    "select monitor, subject, measured_on, measured, usual, highest from {data_quality_monitors}"
    " where status = 'warn' order by monitor, subject"
)
"""The monitors that warn, freshness first."""


def describe_anomaly(row: Mapping[str, Any]) -> str:
    """A monitor that warns, in words: a row of `ANOMALIES`, whose values may be texts."""
    measured, usual, highest = (float(row[each] or 0) for each in ("measured", "usual", "highest"))
    if row["monitor"] == "freshness":
        what = f"the newest file is {measured:.0f} days old, {highest:.0f} are allowed"
    elif row["monitor"] == "volume":
        day = date.fromisoformat(str(row["measured_on"])[:10])
        what = f"{measured:,.0f} rows on {day:%A, %Y-%m-%d}, {usual:,.0f} are usual on that weekday"
    else:
        what = f"{measured:.2%} of the newest rows, {usual:.2%} are usual"
    return f"{row['subject']}: {what}"


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
    corrections: int
    quarantined: int
    unreconciled: int
    """Measures whose reconciliation does not come out at 0."""
    issues: list[str]
    """A sentence for each rule that needs a look: new, worse, near its limit or above it."""
    anomalies: list[str]
    """A sentence for each monitor that warns."""


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


_FIGURES = """
    select
        count(*) as lines,
        count(distinct order_number) as orders,
        coalesce(sum(sales_amount), 0) as revenue,
        min(order_date) as first_date,
        max(order_date) as last_date,
        (select count(*) from gold.dim_customers) as customers,
        (select count(*) from gold.dim_products) as products,
        (select count(*) from quality.corrections) as corrections,
        (select count(*) from quality.quarantine) as quarantined,
        (select count(*) from quality.reconciliation where difference <> 0) as unreconciled
    from gold.fact_sales
"""
_ISSUES = """
    select rule_id, source, standing, rows_touched as rows, title
    from gold.data_quality_rule_results
    where needs_a_look order by share desc, rule_id
"""
_RUNS = """
    select
        started_at as started,
        result,
        epoch(ended_at - started_at) as seconds,
        files,
        gold_rows as lines,
        coalesce(failed, '') as failed
    from quality.runs order by started_at desc limit 5
"""
"""Times in UTC; null where a run did not come as far, or was cut off."""
_SALES = """
    select count(distinct order_number) as orders, count(*) as lines from gold.fact_sales
    where order_number in
        (select order_number from gold.fact_sales where order_date between ? and ?)
"""


def read_summary(published: Path) -> Summary:
    """Read the figures of the published database.

    Raises:
        LakehouseError: when nothing was published, or the file is damaged or another one.
    """
    with open_published(published) as connection:
        (figures,) = _rows(connection, _FIGURES)
        anomalies = ANOMALIES.format(data_quality_monitors=f"gold.{MONITORS}")
        return Summary(
            **figures,
            issues=[
                f"{row['standing']}: {row['rule_id']} ({row['source']}),"
                f" {plural(row['rows'], 'row')}. {row['title']}"
                for row in _rows(connection, _ISSUES)
            ],
            anomalies=[describe_anomaly(row) for row in _rows(connection, anomalies)],
        )


def count_sales(published: Path, first: date, last: date) -> tuple[int, int]:
    """Orders dated within the days, and their lines, whatever the date of the line."""
    with open_published(published) as connection:
        (counts,) = _rows(connection, _SALES, first, last)
        return counts["orders"], counts["lines"]


def recent_runs(published: Path) -> list[dict[str, Any]]:
    """The newest runs in the published log, newest first: the columns of `_RUNS`."""
    with open_published(published) as connection:
        return _rows(connection, _RUNS)


def row_counts(published: Path) -> dict[str, int]:
    """Rows of each published table, by `schema.table`."""
    with open_published(published) as connection:
        counts = {}
        for schema, table in _tables(connection):
            (row,) = _rows(connection, f'select count(*) as rows from {schema}."{table}"')
            counts[f"{schema}.{table}"] = row["rows"]
        return counts


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of what is published."""
    return connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_catalog = 'published' and table_schema in ('gold', 'quality') order by all"
    ).fetchall()


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query, by column."""
    found = connection.execute(sql, values)
    names = [column for column, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def published_at(published: Path) -> datetime | None:
    """When the published file was put in place, local time; None when there is none."""
    if not published.is_file():
        return None
    return datetime.fromtimestamp(published.stat().st_mtime)


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """The summary as label and text, in the order to be shown."""
    quality = [
        f"{summary.corrections:,} values corrected",
        f"{summary.quarantined:,} rows in quarantine",
        f"{summary.unreconciled} figures do not add up"
        if summary.unreconciled
        else "everything adds up",
    ]
    if summary.issues:
        quality.append(f"{plural(len(summary.issues), 'rule')} to look at")
    return [
        ("lines", f"{summary.lines:,}"),
        ("orders", f"{summary.orders:,}"),
        ("customers", f"{summary.customers:,}"),
        ("products", f"{summary.products:,}"),
        ("revenue", f"{summary.revenue:,.0f}"),
        ("dates", f"{summary.first_date} to {summary.last_date}"),
        ("quality", ", ".join(quality)),
    ]
