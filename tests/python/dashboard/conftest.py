"""What the dashboard's tests share: the file, a browser, and pages drawn on published tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from lvdash import RenderReport, render

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def dashboard_file() -> Path:
    return PROJECT / "dashboards" / "gold_sales.lvdash.json"


@pytest.fixture(scope="session")
def sample_report(
    published_sample: Path, dashboard_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> RenderReport:
    out = tmp_path_factory.mktemp("page_sample") / "dashboard.html"
    return render(published_sample, out, dashboard_file)


@pytest.fixture(scope="session")
def bootcamp_report(
    published_bootcamp: Path, dashboard_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> RenderReport:
    out = tmp_path_factory.mktemp("page_bootcamp") / "dashboard.html"
    return render(published_bootcamp, out, dashboard_file)


@pytest.fixture(scope="session")
def published_columns(published_sample: Path) -> dict[str, set[str]]:
    """The columns of gold's tables, as the linter wants them."""
    return columns_of(published_sample)


def columns_of(published: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published}' as published (read_only)")
        rows = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where database_name = 'published' and schema_name = 'gold'"
        ).fetchall()
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found
