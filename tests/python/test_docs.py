"""The documentation site: complete, connected, and usable with nothing but a keyboard."""

from __future__ import annotations

import html.parser
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lvdash import definition
from metric_ask.metrics import load_metrics
from tests.python.conftest import PROJECT, Artifacts, places
from tools.docs.catalogue import Catalogue, Column, Table, read_catalogue
from tools.docs.diagram import draw
from tools.docs.lineage import Lineage, trace
from tools.docs.site import pages

CLICKS = 3
OF_THE_RUN = ["dim_customers.gone_since", "dim_products.gone_since", "fact_sales.judged_at"]
"""Columns of gold that say when a run noticed or did something; no file holds that."""
MADE_HERE = {"dim_dates", "publications"}
"""Tables that are made of no file: the calendar, and the note of a publication."""


@pytest.fixture(scope="module")
def site(published_sample: Path) -> Path:
    root = published_sample.parents[1]
    made = subprocess.run(
        [sys.executable, "-m", "tools.docs"],
        cwd=PROJECT,
        env={**os.environ, **places(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return root / "site"


@pytest.fixture(scope="module")
def catalogue(site: Path, artifacts: Artifacts) -> Catalogue:
    return read_catalogue(artifacts.manifest, artifacts.catalog, PROJECT)


@pytest.fixture(scope="module")
def board() -> definition.Dashboard:
    return definition.load(PROJECT / "dashboards" / "gold_sales.lvdash.json")


@pytest.fixture(scope="module")
def lineage(catalogue: Catalogue, artifacts: Artifacts, board: definition.Dashboard) -> Lineage:
    view = load_metrics(PROJECT)
    return trace(artifacts.manifest, artifacts.catalog, catalogue, board, view)


def gold_columns(published: Path) -> dict[str, list[str]]:
    """What gold really holds, asked of the database."""
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where schema_name = 'gold' group by 1 order by 1"
        ).fetchall()
    return dict(rows)


# --- By keyboard ----------------------------------------------------------------------------------


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


class Walker:
    """Walks with Tab and Enter alone, and counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def follow(self, target: str) -> None:
        """Go on to the link whose address ends so, and follow it."""
        for _ in range(200):
            self.page.keyboard.press("Tab")
            address = self.page.evaluate("document.activeElement.href || ''")
            if str(address).endswith(target):
                self.page.keyboard.press("Enter")
                self.page.wait_for_url(f"**{target}")
                self.clicks += 1
                return
        raise AssertionError(f"there is no way to {target} by keyboard from {self.page.url}")


def test_every_column_of_gold_is_three_clicks_away(
    site: Path, published_sample: Path, page: Page
) -> None:
    found = 0
    for table, columns in gold_columns(published_sample).items():
        for column in columns:
            page.goto((site / "index.html").as_uri())
            walker = Walker(page)
            walker.follow(f"/tables/{table}.html")
            walker.follow(f"/tables/{table}.html#{column}")
            assert walker.clicks <= CLICKS
            section = page.locator(f"section:target[id='{column}']")
            assert section.is_visible()
            words = section.locator("p").first.inner_text()
            assert len(words.split()) >= 2, f"{table}.{column} is not described"
            found += 1
    assert found > 60


def test_the_way_goes_on_from_column_to_file_and_widget(site: Path, page: Page) -> None:
    page.goto((site / "tables" / "fact_sales.html").as_uri() + "#sales_amount")
    Walker(page).follow("file_crm_sales_details.html#sls_sales")
    assert page.locator("section:target").is_visible()
    page.goto((site / "tables" / "fact_sales.html").as_uri() + "#sales_amount")
    Walker(page).follow("metrics.html#revenue")
    assert "sum(source.sales_amount)" in page.locator("section:target").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Path, chromium: Browser, scheme: str) -> None:
    opened = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    for name in ("index", "tables/fact_sales", "diagram", "metrics", "rules", "guides/quality"):
        opened.goto((site / f"{name}.html").as_uri())
        found = Axe().run(opened)
        assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
    opened.close()


# --- Connected ------------------------------------------------------------------------------------


class Links(html.parser.HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.add(value)


def test_no_link_leads_nowhere(site: Path) -> None:
    dbt_page = site / "docs" / "index.html"
    own = [path for path in pages(site) if path not in (dbt_page, site / "dashboard.html")]
    parsed = {path.resolve(): Links(path) for path in own}
    broken = []
    for path, page in parsed.items():
        for link in page.links:
            if link.startswith(("https://", "mailto:")):
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists() or (
                anchor and target in parsed and anchor not in parsed[target].ids
            ):
                broken.append(f"{path.relative_to(site.resolve())}: {link}")
    assert broken == []


def test_the_site_asks_no_other_address(site: Path, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in ("index", "diagram", "tables/fact_sales"):
        page.goto((site / f"{name}.html").as_uri())
    assert [url for url in asked if not url.startswith("file:")] == []


# --- Lineage --------------------------------------------------------------------------------------


def columns_of(catalogue: Catalogue, *layers: str) -> list[tuple[Table, Column]]:
    return [
        (table, column)
        for layer in layers
        for table in catalogue.layer(layer)
        for column in table.columns.values()
    ]


def test_every_column_of_gold_is_traced_to_files_or_to_what_stewards_decide(
    catalogue: Catalogue, lineage: Lineage
) -> None:
    assert lineage.untraced == []
    without = []
    for table, column in columns_of(catalogue, "gold"):
        origins = {origin for origin, _ in lineage.origins(column.id)}
        kinds = {catalogue.tables[each].kind for each in origins}
        about_the_run = table.name.startswith("data_quality_")
        if not kinds & {"file", "seed"} and table.name not in MADE_HERE and not about_the_run:
            without.append(f"{table.name}.{column.name}")
    # Whether a member is inferred follows from rows, not from a column.
    of_no_column = [name for name in without if not name.endswith(".is_inferred")]
    assert sorted(of_no_column) == OF_THE_RUN


def test_every_column_of_a_file_comes_to_gold_or_is_known_not_to(
    catalogue: Catalogue, lineage: Lineage
) -> None:
    unused = []
    for table, column in columns_of(catalogue, "landing"):
        uses = {catalogue.tables[id_].name for id_, _ in lineage.uses(column.id) if "." in id_}
        # That it is counted in a table on data quality is not what it is landed for.
        if not any(name.startswith(("dim_", "fact_")) for name in uses):
            unused.append(f"{table.name}.{column.name}")
    # A product version's stated end is not usable: the day before the next version takes its place.
    # By its number a row of the ERP finds the customer; the number in gold is the CRM's.
    assert unused == ["crm_prd_info.prd_end_dt", "erp_cust_az12.cid"]


def test_lineage_is_that_of_the_sql(catalogue: Catalogue, lineage: Lineage) -> None:
    """A few columns, followed by hand."""

    def files(table: str, column: str) -> set[str]:
        found = catalogue.by_name(table)
        assert found
        return {
            f"{id_.rpartition('.')[2]}.{name}"
            for id_, name in lineage.origins((found.id, column))
            if id_.startswith("source.")
        }

    assert files("dim_customers", "birthdate") == {"erp_cust_az12.bdate"}
    assert files("dim_customers", "first_name") == {"crm_cust_info.cst_firstname"}
    assert files("fact_sales", "sales_amount") == {
        "crm_sales_details.sls_sales",
        "crm_sales_details.sls_quantity",
        "crm_sales_details.sls_price",
    }
    assert files("dim_dates", "year") == set()


def test_every_widget_and_metric_says_what_it_is_made_of(
    lineage: Lineage, board: definition.Dashboard
) -> None:
    view = load_metrics(PROJECT)
    for name in (*view.dimensions, *view.measures):
        assert lineage.parents[("metric", name)], name
    for widget in board.widgets:
        if not widget.is_text:
            assert lineage.parents[("widget", widget.name)], widget.where


# --- Complete -------------------------------------------------------------------------------------


def test_everything_is_described(catalogue: Catalogue) -> None:
    missing = [table.name for table in catalogue.tables.values() if not table.description]
    missing += [
        f"{table.name}.{column.name}"
        for table in catalogue.tables.values()
        for column in table.columns.values()
        if not column.description
    ]
    missing += [f"macro {name}" for name, description, _ in catalogue.macros if not description]
    missing += [
        f"test {test.name}"
        for test in catalogue.tests
        if not test.description and test.title in ("unit test", "test of the whole")
    ]
    missing += [str(each["name"]) for each in catalogue.exposures if not each["description"]]
    assert missing == []


def test_the_columns_described_are_those_that_are_built(
    catalogue: Catalogue, artifacts: Artifacts
) -> None:
    for id_, built in artifacts.catalog["nodes"].items():
        described = set(catalogue.tables[id_].columns)
        assert {name.lower() for name in built["columns"]} == described, id_


def test_personal_data_is_marked_from_the_files_to_its_readers(
    catalogue: Catalogue, lineage: Lineage
) -> None:
    columns = {c.id: (t, c) for t in catalogue.tables.values() for c in t.columns.values()}
    marked = {id_ for id_, (_, column) in columns.items() if column.personal}
    arriving = {id_ for id_ in marked if columns[id_][0].layer == "landing"}
    published = {id_ for id_ in marked if columns[id_][0].layer in ("gold", "quality")}
    assert {name for _, name in arriving} == {"cst_firstname", "cst_lastname", "bdate"}
    assert marked == arriving | published
    for id_ in published:
        assert arriving & {id_, *lineage.origins(id_)}, id_
    for id_ in arriving:
        assert published & {*lineage.uses(id_)}, id_
    words = {columns[id_][1].description for id_ in published}
    unmarked = {
        id_
        for id_, (table, column) in columns.items()
        if table.layer in ("gold", "quality") and column.description in words
    } - published
    assert unmarked == set()


def test_everything_has_an_owner(catalogue: Catalogue) -> None:
    assert [table.name for table in catalogue.tables.values() if not table.owner] == []
    for exposure in catalogue.exposures:
        assert exposure["owner"]["email"], exposure["name"]
        assert exposure["maturity"], exposure["name"]


def test_everything_is_tested(catalogue: Catalogue, lineage: Lineage) -> None:
    """Every column is named by a data test or by the rows a unit test expects.

    What is handed on under its name may be tested on either side; the columns of files are compared
    with the header of every file before it is read (`check_landing_header`).
    """
    landed = {id_ for id_ in lineage.children if id_[0].startswith("source.")}
    tested: set[tuple[str, str]] = set(landed)
    for table in catalogue.tables.values():
        assert (
            table.tests
            or table.layer == "landing"
            or table.kind == "metric_view"
            or any(column.tests for column in table.columns.values())
        ), table.name
        named = {name.lower() for test in table.tests for name in test.columns}
        tested |= {
            column.id for column in table.columns.values() if column.tests or column.name in named
        }
    known = 0
    while known != len(tested):
        known = len(tested)
        for table in catalogue.tables.values():
            for column in table.columns.values():
                made_of = lineage.parents.get(column.id, set())
                alike = {
                    child
                    for child in lineage.children.get(column.id, set())
                    if lineage.parents[child] == {column.id}
                }
                handed_on = {each for each in made_of | alike if each[1] == column.name}
                if (made_of and made_of <= tested & handed_on) or alike & tested & handed_on:
                    tested.add(column.id)
    untested = [
        f"{table.name}.{column.name}"
        for table in catalogue.tables.values()
        for column in table.columns.values()
        if column.id not in tested and table.layer != "landing"
    ]
    assert untested == []


def test_the_diagram_shows_every_key_that_refers_to_another_table(catalogue: Catalogue) -> None:
    gold = [table for table in catalogue.layer("gold") if table.columns]
    drawing = draw(gold)
    for table in gold:
        for column in table.columns.values():
            if column.refers_to:
                target = ".".join(column.refers_to)
                assert f"{table.name}.{column.name} refers to {target}." in drawing
                titles = {test.title for test in column.tests}
                assert "found in the table it refers to" in titles, f"{table.name}.{column.name}"
