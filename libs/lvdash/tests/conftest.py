"""The example dashboard, its tables, and a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lvdash import LvdashError, RenderReport, Tables, open_database, render
from lvdash.screenshot import find_browser

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
MODEL = re.compile(r'<script type="application/json" id="model">(.*?)</script>', re.DOTALL)
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Board(dict[str, Any]):
    """A dashboard file that a test may change."""

    def item(self, name: str) -> Any:
        items = (item for page in self["pages"] for item in page["layout"])
        return next(item for item in items if item["widget"]["name"] == name)

    def widget(self, name: str) -> Any:
        return self.item(name)["widget"]

    def spec(self, name: str) -> Any:
        return self.widget(name)["spec"]

    def query(self, name: str) -> Any:
        return self.widget(name)["queries"][0]["query"]

    def dataset(self, name: str) -> Any:
        return next(item for item in self["datasets"] if item["name"] == name)

    def rewrite(self, old: str, new: str, dataset: str = "sales") -> None:
        """Change the SQL of a data set."""
        data = self.dataset(dataset)
        assert old in "".join(data["queryLines"]), old
        data["queryLines"] = [line.replace(old, new) for line in data["queryLines"]]

    def position(self, name: str) -> Any:
        return self.item(name)["position"]

    def save(self, path: Path) -> Path:
        path.write_text(json.dumps(self), encoding="utf-8")
        return path


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def example() -> Path:
    return EXAMPLES / "shop.lvdash.json"


@pytest.fixture
def board(example: Path) -> Board:
    return Board(json.loads(example.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute((EXAMPLES / "shop.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture(scope="session")
def tables(database: Path) -> Tables:
    with open_database(database) as opened:
        return opened.tables


@pytest.fixture
def draw(database: Path, tmp_path: Path) -> Callable[..., tuple[RenderReport, Any]]:
    """Draws a dashboard; returns the report and what the page knows."""

    def draw_one(board: Board, source: Path = database, **options: Any) -> tuple[RenderReport, Any]:
        file = board.save(tmp_path / "shop.lvdash.json")
        report = render(file, source, tmp_path / "out" / "page.html", **options)
        found = MODEL.search(report.page.read_text(encoding="utf-8"))
        assert found
        return report, json.loads(found[1])

    return draw_one


@pytest.fixture(scope="session")
def page_file(example: Path, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example."""
    return render(example, database, tmp_path_factory.mktemp("page") / "shop.html").page


@pytest.fixture(scope="module")  # two of them cannot run at the same time
def chromium() -> Iterator[Any]:
    """The system's Chromium; nothing is downloaded."""
    playwright = pytest.importorskip("playwright.sync_api")
    try:
        path = find_browser()
    except LvdashError as error:
        pytest.skip(str(error))
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, page_file: Path) -> Iterator[Callable[..., Any]]:
    """Opens a page at an address: the example's, that of a file, or once more an open one.

    At the end, no error was logged and nothing was asked of the network.
    """
    pages = []
    trouble: list[str] = []

    def open_one(
        address: str | None = None, like: Any = None, file: Path = page_file, **options: Any
    ) -> Any:
        place, _, at = (like.url if like else file.as_uri()).partition("#")
        page = chromium.new_page(**{"viewport": {"width": 1440, "height": 900}, **options})
        pages.append(page)
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda r: trouble.append(r.url) if r.url.startswith("http") else None)
        page.goto(f"{place}#{at if address is None else address}")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert trouble == []


@pytest.fixture
def show(draw: Any, tmp_path: Path, open_page: Callable[..., Any]) -> Callable[..., Any]:
    """Draws a dashboard, with settings, and opens its page at an address."""

    def show_one(board: Board, address: str = "", settings: Any = None, **options: Any) -> Any:
        (tmp_path / "shop.page.json").write_text(json.dumps(settings or {}))
        return open_page(address, file=draw(board)[0].page, **options)

    return show_one
