"""The documentation site: complete, connected, and usable with nothing but a keyboard."""

from __future__ import annotations

import html.parser
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from orchestration.console import RunConsole
from orchestration.settings import Settings
from tests.python.conftest import PROJECT, Artifacts, lakehouse, places
from tools.docs import build
from tools.docs.catalogue import UNIT_TEST, WHOLE, Catalogue, Column, Table
from tools.docs.guides import read_guides
from tools.docs.lineage import Lineage
from tools.docs.site import Site

OF_THE_RUN = ["dim_products.deleted_on", "fact_sales.validated_at"]
"""Columns of gold that say when a run noticed or did something; no file holds that."""
MADE_HERE = {"dim_dates", "publications"}
"""Tables that are made of no file: the calendar, and the note of a publication."""


@pytest.fixture(scope="module")
def site(
    published_sample: Path, artifacts: Artifacts, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """The pages; dbt's own page and the dashboard are placeholders."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "docs").mkdir()
    for name in ("docs/index.html", "dashboard.html"):
        (folder / name).write_text("<title>Placeholder</title>", encoding="utf-8")
    settings = Settings(project_dir=PROJECT, published=published_sample, site=folder)
    with pytest.MonkeyPatch.context() as patch:
        catalog = built_columns(published_sample, artifacts)
        patch.setattr("tools.docs.site.generate", lambda _: (artifacts.manifest, catalog))
        made = Site(settings)
    made.write()
    return made


def built_columns(published: Path, artifacts: Artifacts) -> dict[str, Any]:
    """What dbt's catalog says, asked of the databases: the columns of each relation."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for database in (published, published.with_name("lakehouse.duckdb")):
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute(
                "select schema_name, table_name, column_name, data_type from duckdb_columns()"
                " where not internal order by column_index"
            )
            for schema, table, column, kind in rows.fetchall():
                found.setdefault((schema, table), {})[column] = {"type": kind}
    nodes = artifacts.manifest["nodes"]
    return {
        "nodes": {
            id_: {"columns": found[node["schema"], node["alias"]]}
            for id_, node in nodes.items()
            if (node["schema"], node["alias"]) in found
        }
    }


@pytest.fixture(scope="module")
def catalogue(site: Site) -> Catalogue:
    return site.catalogue


@pytest.fixture(scope="module")
def lineage(site: Site) -> Lineage:
    return site.lineage


def columns_of(catalogue: Catalogue, *layers: str) -> list[tuple[Table, Column]]:
    tables = [table for layer in layers for table in catalogue.layer(layer)]
    return [(table, column) for table in tables for column in table.columns.values()]


# --- The pages ------------------------------------------------------------------------------------


class Links(html.parser.HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.ids |= {value for name, value in attrs if name == "id" and value}


def test_no_link_leads_nowhere_and_none_out_of_the_site(site: Site) -> None:
    parsed = {path.resolve(): Links(path) for path in site.folder.rglob("*.html")}
    broken = []
    for path, page in parsed.items():
        for link in page.links:
            name, _, anchor = unquote(link).partition("#")
            target = (path.parent / name).resolve() if name else path
            inside = target.is_relative_to(site.folder.resolve()) and target.exists()
            known = parsed[target].ids if target in parsed else {anchor}
            if not link.startswith("https://") and not (inside and (not anchor or anchor in known)):
                broken.append(f"{path.relative_to(site.folder.resolve())}: {link}")
    assert broken == []


def test_every_column_of_gold_is_two_clicks_away(site: Site, published_sample: Path) -> None:
    with duckdb.connect(str(published_sample), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'gold'"
        ).fetchall()
    front = Links(site.folder / "index.html")
    pages = {table: Links(site.folder / "tables" / f"{table}.html") for table, _ in columns}
    assert {f"tables/{table}.html" for table in pages} <= {*front.links}
    for table, column in columns:
        assert f"#{column}" in pages[table].links
        assert column in pages[table].ids
    assert len(columns) > 60


def test_a_guide_links_to_pages_of_the_site_only(tmp_path: Path) -> None:
    text = "# B\n\n## How: it works\n\n[a](a.md#x) [gone](gone.md) [code](../x.py) [web](https://e.com)"
    (tmp_path / "b.md").write_text(text, encoding="utf-8")
    (tmp_path / "a.md").write_text("# A\n", encoding="utf-8")
    guides = read_guides(tmp_path)
    assert [guide.title for guide in guides] == ["A", "B"]
    assert '<h2 id="how-it-works">' in guides[1].html
    assert '<a href="a.html#x">a</a> gone code <a href="https://e.com">web</a>' in guides[1].html


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


def follow(page: Page, target: str) -> None:
    """Go to the link whose address ends so with Tab, and follow it with Enter."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if str(page.evaluate("document.activeElement.href || ''")).endswith(target):
            page.keyboard.press("Enter")
            page.wait_for_url(f"**{target}")
            return
    raise AssertionError(f"there is no way to {target} by keyboard from {page.url}")


def test_the_keyboard_leads_from_the_front_page_to_file_and_metric(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site.folder / "index.html").as_uri())
    follow(page, "/tables/fact_sales.html")
    follow(page, "/tables/fact_sales.html#sales_amount")
    assert page.locator("section:target[id='sales_amount']").is_visible()
    follow(page, "file_crm_sales_details.html#sls_sales")
    page.goto((site.folder / "tables" / "fact_sales.html").as_uri() + "#sales_amount")
    follow(page, "metrics.html#revenue")
    assert "sum(source.sales_amount)" in page.locator("section:target").inner_text()
    assert [url for url in asked if not url.startswith("file:")] == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Site, chromium: Browser, scheme: str) -> None:
    opened = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    for name in ("index", "tables/fact_sales", "diagram", "metrics", "rules", "guides/quality"):
        opened.goto((site.folder / f"{name}.html").as_uri())
        found = Axe().run(opened)
        assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
    opened.close()


@pytest.mark.slow
def test_the_command_makes_the_whole_site(published_sample: Path) -> None:
    root = published_sample.parents[1]
    done = lakehouse("docs", env=os.environ | places(root))
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("index.html", "docs/index.html", "dashboard.html"):
        assert (root / "site" / name).stat().st_size > 1000


def test_without_a_build_the_command_builds_sample_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Settings] = []
    monkeypatch.setattr(build, "run", lambda settings, *_: asked.append(settings))
    monkeypatch.setattr(build, "SCALE", 0.01)
    settings = build.ensure_built(Settings(project_dir=tmp_path), RunConsole())
    assert asked == [settings]
    assert settings.duckdb.is_relative_to(tmp_path / ".cache" / "docs")
    assert (settings.landing / "source_crm" / "sales_details.csv").is_file()
    assert settings.site == tmp_path / "site"
    assert not (tmp_path / "landing").exists()


# --- Lineage --------------------------------------------------------------------------------------


def test_every_column_of_gold_is_traced_to_a_file_or_a_seed(
    catalogue: Catalogue, lineage: Lineage
) -> None:
    assert lineage.untraced == []
    without = []
    for table, column in columns_of(catalogue, "gold"):
        origins = [catalogue.tables[id_] for id_, _ in [column.id, *lineage.origins(column.id)]]
        if not any(
            origin.kind in ("file", "seed")
            or origin.name in MADE_HERE
            or origin.name.startswith("data_quality_")
            for origin in origins
        ):
            without.append(f"{table.name}.{column.name}")
    # Whether a member is inferred follows from rows, and the kind of a segment is a name.
    known = (".is_inferred", ".segment_kind")
    assert sorted(name for name in without if not name.endswith(known)) == OF_THE_RUN


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
    assert unused == ["crm_prd_info.prd_end_dt", "erp_cust_az12.cid", "erp_loc_a101.cid"]


@pytest.mark.parametrize(
    ("table", "column", "files"),
    [
        ("dim_customers", "birthdate", {"erp_cust_az12.bdate"}),
        ("dim_customers", "first_name", {"crm_cust_info.cst_firstname"}),
        (
            *("fact_sales", "sales_amount"),
            {f"crm_sales_details.sls_{name}" for name in ("sales", "quantity", "price")},
        ),
        ("dim_dates", "year", set()),
    ],
)
def test_lineage_is_that_of_the_sql(site: Site, table: str, column: str, files: set[str]) -> None:
    origins = site.lineage.origins((site.catalogue.by_name()[table].id, column))
    sources = [(id_, name) for id_, name in origins if id_.startswith("source.")]
    assert {f"{id_.rpartition('.')[2]}.{name}" for id_, name in sources} == files


@pytest.mark.parametrize(
    ("table", "column", "widget"),
    [
        ("fact_sales", "order_number", "orders"),
        ("fact_sales", "customer_key", "customers"),
        ("product_costs", "cost", "cost_coverage"),
        ("dim_customers", "age_group", "customers_by_age"),
    ],
)
def test_a_figure_is_followed_through_the_models(
    site: Site, table: str, column: str, widget: str
) -> None:
    read = site.catalogue.by_name()[table].id
    assert (read, column) in site.lineage.origins(("widget", widget))


def test_every_widget_and_metric_says_what_it_is_made_of(site: Site) -> None:
    parents = site.lineage.parents
    for name in (*site.view.dimensions, *site.view.measures):
        assert parents["metric", name], name
    for widget in site.board.widgets:
        assert widget.is_text or parents["widget", widget.name], widget.where


def test_the_diagram_has_a_line_for_every_key_and_every_key_a_test(site: Site) -> None:
    drawing = (site.folder / "diagram.html").read_text(encoding="utf-8")
    for table, column in columns_of(site.catalogue, "gold"):
        if column.refers_to:
            line = f"{table.name}.{column.name} refers to {'.'.join(column.refers_to)}."
            assert line in drawing
            tests = column.tests + [test for test in table.tests if column.name in test.columns]
            assert "found in the table it refers to" in {test.title for test in tests}, line


# --- Complete -------------------------------------------------------------------------------------


def test_everything_is_described_and_owned(catalogue: Catalogue, artifacts: Artifacts) -> None:
    tables = catalogue.tables.values()
    columns = [(table, column) for table in tables for column in table.columns.values()]
    missing = [table.name for table in tables if not table.description or not table.owner]
    missing += [
        f"{table.name}.{column.name}" for table, column in columns if not column.description
    ]
    missing += [f"macro {name}" for name, description, _ in catalogue.macros if not description]
    ours = [test for test in catalogue.tests if test.title in (UNIT_TEST, WHOLE)]
    missing += [f"test {test.name}" for test in ours if not test.description]
    for each in catalogue.exposures:
        if not (each["description"] and each["owner"]["email"] and each["maturity"]):
            missing.append(each["name"])
    assert missing == []


def test_the_columns_described_are_those_that_are_built(
    catalogue: Catalogue, published_sample: Path, artifacts: Artifacts
) -> None:
    for id_, made in built_columns(published_sample, artifacts)["nodes"].items():
        if id_ in catalogue.tables:
            assert {name.lower() for name in made["columns"]} == {*catalogue.tables[id_].columns}


def test_personal_data_is_marked_from_the_files_to_its_readers(
    catalogue: Catalogue, lineage: Lineage
) -> None:
    columns = {c.id: (t, c) for t in catalogue.tables.values() for c in t.columns.values()}
    marked = {id_ for id_, (_, column) in columns.items() if column.personal}
    arriving = {id_ for id_ in marked if columns[id_][0].layer == "landing"}
    read = {id_ for id_, (table, _) in columns.items() if table.layer in ("gold", "quality")}
    assert {name for _, name in arriving} == {"cst_firstname", "cst_lastname", "bdate"}
    assert marked == arriving | (marked & read)
    assert all(arriving & {id_, *lineage.origins(id_)} for id_ in marked)
    assert all(marked & read & {*lineage.uses(id_)} for id_ in arriving)
    words = {columns[id_][1].description for id_ in marked & read}
    assert {id_ for id_ in read if columns[id_][1].description in words} == marked & read


def test_every_column_is_tested(catalogue: Catalogue, lineage: Lineage) -> None:
    """By a data test or the rows that a unit test expects.

    What is handed on under its name may be tested on either side; the columns of files are compared
    with the header of every file before it is read.
    """
    columns = [column for table in catalogue.tables.values() for column in table.columns.values()]
    tested = {id_ for id_ in lineage.children if id_[0].startswith("source.")}
    for table in catalogue.tables.values():
        named = {name.lower() for test in table.tests for name in test.columns}
        tested |= {c.id for c in table.columns.values() if c.tests or c.name in named}
    known = 0
    while known != len(tested):
        known = len(tested)
        for column in columns:
            parents = lineage.parents.get(column.id, set())
            children = lineage.children.get(column.id, set())
            alone = {child for child in children if lineage.parents[child] == {column.id}}
            same = {id_ for id_ in tested if id_[1] == column.name}
            if (parents and parents <= same) or alone & same:
                tested.add(column.id)
    landed = {column.id for _, column in columns_of(catalogue, "landing")}
    assert {column.id for column in columns} - tested - landed == set()
