"""What the dashboard's tests share: the file, a browser, and pages drawn on published tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvdash import RenderReport, Tables, open_database, render

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def dashboard_file() -> Path:
    return PROJECT / "dashboards" / "gold_sales.lvdash.json"


@pytest.fixture(scope="session")
def sample_report(
    published_sample: Path, dashboard_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> RenderReport:
    out = tmp_path_factory.mktemp("page_sample") / "dashboard.html"
    return render(dashboard_file, published_sample, out, schema="gold")


@pytest.fixture(scope="session")
def bootcamp_report(
    published_bootcamp: Path, dashboard_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> RenderReport:
    out = tmp_path_factory.mktemp("page_bootcamp") / "dashboard.html"
    return render(dashboard_file, published_bootcamp, out, schema="gold")


@pytest.fixture(scope="session")
def published_tables(published_sample: Path) -> Tables:
    """The tables of the published sample, as the linter wants them."""
    with open_database(published_sample, "gold") as database:
        return database.tables
