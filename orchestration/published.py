"""What a run ends with and what `lakehouse status` shows, read from the published database only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import ExitCode, LakehouseError
from orchestration.watching import Unusual, read_unusual

if TYPE_CHECKING:
    import duckdb


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
    unusual: list[Unusual] = field(default_factory=list)
    """What is not as it has been before."""


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
    except duckdb.IOException as error:
        raise LakehouseError(
            f"The published database {published} cannot be read: {error}",
            "Run `lakehouse run` again; it writes a new one.",
            ExitCode.IO,
        ) from error
    finally:
        connection.close()


def read_summary(published: Path) -> Summary:
    """Read the figures of the published database.

    Raises:
        LakehouseError: when nothing was published, or what was is no sales lakehouse.
    """
    import duckdb

    with open_published(published) as connection:
        try:
            lines, orders, revenue, first, last = _row(
                connection,
                "select count(*), count(distinct order_number), coalesce(sum(sales_amount), 0),"
                " min(order_date), max(order_date) from gold.fact_sales",
            )
            (customers,) = _row(connection, "select count(*) from gold.dim_customers")
            (products,) = _row(connection, "select count(*) from gold.dim_products")
        except duckdb.CatalogException as error:
            raise LakehouseError(
                f"{published} does not hold the gold tables: {error}",
                "Check LAKEHOUSE_PUBLISHED, or run `lakehouse run`.",
            ) from error
        tables = tables_of(connection, "quality")
        return Summary(
            lines=lines,
            orders=orders,
            customers=customers,
            products=products,
            revenue=revenue,
            first_date=first,
            last_date=last,
            corrections=_count(connection, tables, "corrections"),
            quarantined=_count(connection, tables, "quarantine"),
            unreconciled=_count(connection, tables, "reconciliation", "difference <> 0"),
            issues=_issues(connection) if "rule_results" in tables else [],
            unusual=(
                read_unusual(connection)
                if "data_quality_monitors" in tables_of(connection, "gold")
                else []
            ),
        )


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
        if "runs" not in tables_of(connection, "quality"):
            return []
        rows = connection.execute(
            "select started_at, result, epoch(ended_at - started_at), files, gold_rows,"
            " coalesce(failed, '') from quality.runs order by started_at desc limit ?",
            [limit],
        ).fetchall()
    return [PastRun(*row) for row in rows]


def tables_of(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Names of the tables and views in a schema of the published database."""
    found = connection.execute(
        "select table_name from information_schema.tables"
        " where table_catalog = 'published' and table_schema = ?",
        [schema],
    )
    return {name for (name,) in found.fetchall()}


def row_counts(published: Path) -> dict[str, int]:
    """Rows of each published table, by `schema.table`."""
    with open_published(published) as connection:
        return {
            f"{schema}.{table}": _row(connection, f'select count(*) from {schema}."{table}"')[0]
            for schema in ("gold", "quality")
            for table in sorted(tables_of(connection, schema))
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
    return int(_row(connection, f"select count(*) from quality.{table} where {condition}")[0])


def _issues(connection: duckdb.DuckDBPyConnection) -> list[OpenIssue]:
    rows = connection.execute(
        "select rule_id, source, status, rows_touched, title from quality.rule_results"
        " where status <> 'ok' order by status = 'warn', rows_touched desc, rule_id"
    ).fetchall()
    return [OpenIssue(*row) for row in rows]


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
            f"{len(summary.issues)} rule{'' if len(summary.issues) == 1 else 's'} to look at"
        )
    return ", ".join(parts)


def counted_rows(count: int) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{count:,} row{'' if count == 1 else 's'}"


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
