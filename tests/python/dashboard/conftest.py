"""What the dashboard's tests share: the file, a browser, and pages drawn on published tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from lvdash import RenderReport, Tables, open_database, render
from tests.python.dashboard.oracle import Oracle

OpenPage = Callable[..., Page]
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


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens a page; at the end no error was logged and nothing was asked of the network."""
    pages: list[Page] = []
    trouble: list[str] = []

    def open_one(path: Path, address: str = "", **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        page = chromium.new_page(**options)
        pages.append(page)
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda r: trouble.append(r.url) if r.url.startswith("http") else None)
        page.goto(f"{path.as_uri()}#{address}")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert trouble == []


@pytest.fixture(params=["sample", "bootcamp"])
def drawn(request: pytest.FixtureRequest) -> tuple[Path, Oracle]:
    """A page and the oracle on the same tables, for both sets of files."""
    report: RenderReport = request.getfixturevalue(f"{request.param}_report")
    return report.page, Oracle(request.getfixturevalue(f"published_{request.param}"))
