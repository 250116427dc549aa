"""The page in a real browser: it draws, reacts, can be read and reached by everybody."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lvdash import RenderReport, render
from tests.python.dashboard import small

SHEETS = ("sales", "customers", "quality")
WIDTHS = (390, 1024, 1600)
OpenPage = Callable[..., Page]


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
        page.on(
            "request",
            lambda r: (
                trouble.append(r.url)
                if "://" in r.url and not r.url.startswith(("file:", "blob:"))
                else None
            ),
        )
        page.goto(f"{path.as_uri()}#{address}")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert trouble == []


@pytest.fixture(params=["sample", "bootcamp"])
def report(request: pytest.FixtureRequest) -> RenderReport:
    made: RenderReport = request.getfixturevalue(f"{request.param}_report")
    return made


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small_page")
    published = small.publish(folder / "published.duckdb")
    file = small.save(small.every_kind(), folder / "small.lvdash.json")
    return render(published, folder / "page.html", file).page


def card(page: Page, name: str) -> Any:
    return page.locator(f"[data-widget={name}]")


def value(page: Page, name: str) -> str:
    text: str = card(page, name).locator(".value").inner_text()
    return text


def settle(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


# ---- drawing --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_widget_draws(
    report: RenderReport, open_page: OpenPage, sheet: str, width: int
) -> None:
    page = open_page(report.page, f"page={sheet}", viewport={"width": width, "height": 900})
    cards = page.locator(f"#sheet-{sheet} .card")
    assert cards.count() >= 8
    for one in cards.all():
        name = one.get_attribute("data-widget")
        assert one.locator(".notice").count() == 0, (name, one.inner_text())
        drawn = one.locator("svg, table tbody tr, .value")
        assert drawn.count() > 0, name
        for svg in one.locator("svg").all():
            box = svg.bounding_box()
            assert box is not None
            assert box["width"] > 100, name
            assert box["height"] > 40, name
            assert svg.locator(".mark-rect path, .mark-symbol path").count() > 0, name
    # nothing sticks out to the side
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_kind_of_widget_draws(small_page: Path, open_page: OpenPage) -> None:
    page = open_page(small_page)
    marks = {
        "stacked": ".mark-rect path",
        "grouped": ".mark-rect path",
        "shares": ".mark-rect path",
        "lying": ".mark-rect path",
        "line": ".mark-line path",
        "area": ".mark-area path",
        "pie": ".mark-arc path",
        "scatter": ".mark-symbol path",
        "two_measures": ".mark-line path",
    }
    for name, mark in marks.items():
        assert card(page, name).locator(mark).count() > 0, name
    assert value(page, "total") == "1,920"
    assert value(page, "orders") == "5"
    assert card(page, "table").locator("tbody tr").count() == 6
    assert card(page, "pivot").locator("tbody tr").count() == 2
    words = page.locator(".words")
    assert words.locator("h2").inner_text() == "Sales"
    assert words.locator("em").inner_text() == "kinds"
    # quantities, not amounts, in the chart of two measures; one line for each
    assert card(page, "two_measures").locator(".mark-line path").count() == 2
    assert card(page, "two_measures").locator(".legend li").all_inner_texts() == [
        "Pieces",
        "Lines",
    ]


def test_what_looks_like_markup_stays_text(small_page: Path, open_page: OpenPage) -> None:
    page = open_page(small_page)
    assert page.title() == "Small"
    assert small.NASTY in card(page, "table").inner_text()


def test_what_cannot_be_drawn_is_said_in_its_place(tmp_path: Path, open_page: OpenPage) -> None:
    board = small.every_kind()
    flow = small.widget("flow", "sankey", small.REVENUE, {})
    board["datasets"].append(small.dataset("gone", "select a from nowhere"))
    lost = small.widget(
        "lost", "counter", {"a": "SUM(`a`)"}, {"value": {"fieldName": "a"}}, source="gone"
    )
    board["pages"][0]["layout"] += [small.place(flow, 0, 30), small.place(lost, 3, 30)]
    published = small.publish(tmp_path / "published.duckdb")
    file = small.save(board, tmp_path / "small.lvdash.json")
    page = open_page(render(published, tmp_path / "page.html", file).page)
    assert "sankey" in card(page, "flow").locator(".notice").inner_text()
    assert "nowhere" in card(page, "lost").locator(".notice").inner_text()
    assert value(page, "total") == "1,920"


def test_a_table_without_rows_says_so(tmp_path: Path, open_page: OpenPage) -> None:
    board = small.every_kind()
    board["datasets"][0]["queryLines"].append("where false\n")
    published = small.publish(tmp_path / "published.duckdb")
    file = small.save(board, tmp_path / "small.lvdash.json")
    page = open_page(render(published, tmp_path / "page.html", file).page)
    assert card(page, "total").locator(".notice").inner_text() == "No data yet."
    assert page.locator("#filters").is_hidden()


def test_a_selection_without_rows_says_so(small_page: Path, open_page: OpenPage) -> None:
    page = open_page(small_page, "country=Germany&category=Clothing")
    assert value(page, "total") == "\N{EN DASH}"
    assert card(page, "line").locator(".notice").inner_text() == "Nothing in this selection."


# ---- filters and the address ----------------------------------------------------------------


def test_filters_act_and_stand_in_the_address(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page)
    page.get_by_label("Order month", exact=True).last.select_option(label="All dates")
    assert value(page, "orders") == "27,659"
    page.get_by_label("Category", exact=True).select_option(label="Bikes")
    page.get_by_label("Product line", exact=True).select_option(label="Road")
    page.locator("summary").click()
    for country in ("France", "Germany"):
        page.get_by_role("checkbox", name=country).check()
    page.keyboard.press("Escape")
    shown = {name: value(page, name) for name in ("revenue", "orders", "customers")}
    assert shown["orders"] != "27,659"
    assert "category=Bikes" in page.url
    # whoever gets the address sees the same
    other = open_page(bootcamp_report.page, page.url.split("#")[1])
    assert {name: value(other, name) for name in shown} == shown
    assert other.locator("summary").inner_text() == "2 chosen"
    other.get_by_role("button", name="Reset").click()
    assert "category" not in other.url
    first = open_page(bootcamp_report.page)
    assert value(other, "orders") == value(first, "orders")


def test_from_and_to_never_cross(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    page.get_by_label("To", exact=True).select_option(label="Mar 2012")
    assert page.get_by_label("From", exact=True).locator("option:checked").inner_text() == (
        "Mar 2012"
    )
    assert "order_month=2012-03-01..2012-03-01" in page.url
    assert "compared with Feb 2012" in value(page, "period")


def test_it_opens_on_the_twelve_months_to_the_last_order(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page)
    assert value(page, "period") == (
        "Feb 2013 to Jan 2014 (to day 28), compared with Feb 2012 to Jan 2013 (to day 28)"
    )
    assert re.search(r"\d from ", card(page, "orders").locator(".change").inner_text()) or (
        "from" in card(page, "orders").locator(".change").inner_text()
    )


def test_all_dates_are_compared_with_nothing(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    assert value(page, "period") == "Dec 2010 to Jan 2014 (to day 28)"
    assert card(page, "revenue").locator(".change").inner_text() == "no earlier period"


def test_a_widget_says_which_filters_do_not_reach_it(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "category=Bikes")
    assert card(page, "key_customers").locator(".note").inner_text() == (
        "Not filtered by order month, category."
    )
    assert card(page, "revenue_by_country").locator(".note").is_hidden()


def test_pages_keep_filters_and_go_back(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page, "country=France")
    page.get_by_role("button", name="Customers", exact=True).click()
    assert page.locator("#sheet-customers").is_visible()
    assert "country=France" in page.url
    page.get_by_role("button", name="Data quality").click()
    assert page.locator("#filters").is_hidden()
    page.go_back()
    assert page.locator("#sheet-customers").is_visible()


def test_nonsense_in_the_address_is_ignored(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(
        bootcamp_report.page,
        "page=moon&country=Atlantis&category=%00&order_month=soon..later&chosen=a~b~c",
    )
    assert page.locator("#sheet-sales").is_visible()
    assert value(page, "orders") == "27,659"


def test_a_filter_of_one_value_takes_one(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "category=Clothing|Bikes")
    alone = open_page(bootcamp_report.page, "category=Bikes")
    assert value(page, "customers") == value(alone, "customers")
    assert page.get_by_label("Category", exact=True).locator("option:checked").inner_text() == (
        "Bikes"
    )


def test_the_skip_link_keeps_the_address(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "country=France")
    before = value(page, "orders")
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert "country=France" in page.url
    assert value(page, "orders") == before


# ---- highlighting, tooltips, tables ---------------------------------------------------------


def bars(page: Page, name: str) -> Any:
    return card(page, name).locator(".mark-rect path")


def test_a_click_on_a_bar_highlights_everywhere(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    before = value(page, "orders")
    drawn = page.evaluate("Page.drawn().revenue_by_country")
    bars(page, "revenue_by_country").first.click()
    settle(page)
    assert "chosen=revenue_by_country~country~" in page.url.replace("%7E", "~")
    country = max(drawn, key=lambda row: row["measure(Revenue)"])["country"]
    chosen = open_page(bootcamp_report.page, f"order_month=..&country={country}")
    for name in ("revenue", "orders", "customers"):
        assert value(page, name) == value(chosen, name)
    # the chart itself keeps its bars and fades the others
    assert bars(page, "revenue_by_country").count() == len(drawn)
    opacities = [bar.get_attribute("opacity") for bar in bars(page, "revenue_by_country").all()]
    assert sorted(set(opacities)) == ["0.3", "1"]
    assert opacities.count("1") == 1
    page.keyboard.press("Escape")
    assert value(page, "orders") == before


def test_a_choice_is_named_and_let_go_of(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page)
    before = page.evaluate("Page.drawn().revenue_by_country")
    orders = value(page, "orders")
    bars(page, "revenue_by_subcategory").first.click()
    settle(page)
    assert page.evaluate("Page.drawn().revenue_by_country") != before
    # orders are not counted by subcategory; the counter stays as it is and says so
    assert value(page, "orders") == orders
    assert card(page, "orders").locator(".note").inner_text() == "Not filtered by subcategory."
    let_go = page.get_by_role("button", name="Let go of Subcategory Mountain Bikes")
    assert "chosen=revenue_by_subcategory" in page.url
    let_go.click()
    assert let_go.is_hidden()
    assert page.evaluate("Page.drawn().revenue_by_country") == before


def test_a_month_can_be_chosen_too(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    bars(page, "revenue_by_month").first.click()
    settle(page)
    alone = open_page(bootcamp_report.page, "order_month=2013-02-01..2013-02-01")
    assert value(page, "customers") == value(alone, "customers")


def test_a_highlight_is_reached_by_keyboard(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    table = card(page, "revenue_by_country").get_by_role("button", name="Table: Revenue by country")
    table.focus()
    page.keyboard.press("Enter")
    choice = card(page, "revenue_by_country").get_by_role("button", name="France")
    choice.focus()
    page.keyboard.press("Enter")
    settle(page)
    assert choice.get_attribute("aria-pressed") == "true"
    alone = open_page(bootcamp_report.page, "order_month=..&country=France")
    assert value(page, "orders") == value(alone, "orders")


def test_a_tooltip_says_the_exact_value(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    bars(page, "revenue_by_country").first.hover()
    said = page.locator("#tip").inner_text()
    assert "United States" in said
    assert "9,162,327" in said
    page.mouse.move(2, 2)
    assert page.locator("#tip").is_hidden()


def test_the_table_of_a_chart_says_what_the_chart_draws(
    report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(report.page)
    for name in ("revenue_by_country", "revenue_by_month", "order_value_by_country"):
        rows = page.evaluate("name => Page.drawn()[name]", name)
        card(page, name).locator(".toggle").click()
        shown = []
        while True:
            for line in card(page, name).locator("tbody tr").all():
                shown.append(line.locator("th, td").all_inner_texts())
            on = card(page, name).locator("[data-turn=on]")
            if on.count() == 0 or on.is_disabled():
                break
            on.click()
        assert len(shown) == len(rows)
        measure = next(key for key in rows[0] if key.startswith("measure"))
        # The page rounds halves away from zero.
        wanted = sorted(math.floor(row[measure] + 0.5) for row in rows)
        numbers = [cells[2 if name == "revenue_by_month" else 1] for cells in shown]
        assert sorted(int(text.replace(",", "")) for text in numbers) == wanted


def test_a_table_sorts_by_its_heads(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    table = card(page, "fulfilment")
    table.get_by_role("button", name="Orders", exact=True).click()
    assert table.locator("[aria-sort]").get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="Country").click()
    names = [row.inner_text() for row in table.locator("tbody th").all()]
    assert names == sorted(names)


# ---- what misleads does not occur -----------------------------------------------------------


def test_partial_months_are_marked(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    legend = card(page, "revenue_by_month").locator(".legend li").all_inner_texts()
    assert legend == ["Whole month", "Part of a month"]
    rows = page.evaluate("Page.drawn().revenue_by_month")
    partial = {r["order_month"] for r in rows if r["month_part"] == "Part of a month"}
    assert partial == {"2010-12-01", "2014-01-01"}
    for name in ("bikes_by_month", "other_categories_by_month"):
        months = {row["order_month"] for row in page.evaluate("n => Page.drawn()[n]", name)}
        assert not months & partial


def test_no_change_is_said_beyond_reason(open_page: OpenPage, small_page: Path) -> None:
    page = open_page(small_page)
    said = page.evaluate(
        "[[110, 100], [74000, 1], [5, 0], [0, 0], [5, null], [90, 100]]"
        ".map(([now, before]) => Format.change(now, before).text)"
    )
    assert [text.replace("\u202f", " ") for text in said] == [
        "+10.0 %",
        "not comparable",
        "new",
        "unchanged",
        "no earlier period",
        "\N{MINUS SIGN}10.0 %",
    ]


def test_numbers_are_readable(open_page: OpenPage, small_page: Path) -> None:
    page = open_page(small_page)
    compact = {"abbreviation": "compact", "decimalPlaces": {"type": "max", "places": 1}}
    said = page.evaluate(
        "format => [29356250, 1061.39, 999960, 940000, 12, 0.5, -1234567, 0]"
        ".map(v => Format.number(v, format))",
        compact,
    )
    assert [text.replace("\u202f", " ") for text in said] == [
        "29.4 M",
        "1.1 K",
        "1 M",
        "940 K",
        "12",
        "0.5",
        "\N{MINUS SIGN}1.2 M",
        "0",
    ]
    plain = page.evaluate("[1061.39, 27659, 0.25].map(v => Format.number(v))")
    assert plain == ["1,061", "27,659", "0.25"]


def test_axes_are_titled_in_words(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    text = page.locator("#sheet-sales").inner_text()
    assert not re.search(r"\b(sum|count|measure)\(", text)
    assert "order_month" not in text


# ---- for everybody --------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(
    sample_report: RenderReport, open_page: OpenPage, scheme: str, width: int
) -> None:
    for sheet in SHEETS:
        page = open_page(
            sample_report.page,
            f"page={sheet}",
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
        )
        for tables in (False, True):
            if tables:
                for toggle in page.locator(".toggle:visible").all():
                    toggle.click()
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        page.close()


def test_every_chart_has_words_for_who_does_not_see_it(
    report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(report.page)
    figures = page.locator("#sheet-sales .figure")
    assert figures.count() >= 7
    for figure in figures.all():
        words = figure.get_attribute("aria-label") or ""
        assert figure.get_attribute("role") == "img"
        assert "the largest:" in words
        assert "Table" in words


def test_a_redraw_is_announced(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    page.get_by_label("Category", exact=True).select_option(label="Bikes")
    assert "Category: Bikes." in page.locator("#said").inner_text()


def test_the_page_is_reached_by_tabs_in_order(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page)
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.labels?.[0]?.textContent"
                " || document.activeElement.textContent).trim()"
            )
        )
    assert reached[:12] == [
        "To the figures",
        "Sales",
        "Customers",
        "Data quality",
        "Switch between light and dark",
        "Order month",
        "From",
        "To",
        "Country: All",
        "Category",
        "Product line",
        "Reset",
    ]
    assert reached[12] == "Table: Revenue by month"


def test_light_and_dark_can_be_switched(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page, color_scheme="light")

    def ground() -> str:
        found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return found

    light = ground()
    bar = bars(page, "revenue_by_country").first
    fill = bar.get_attribute("fill")
    page.locator("#theme").click()
    settle(page)
    page.wait_for_function(
        "document.querySelectorAll('[data-widget=revenue_by_country] .mark-rect path').length > 0"
    )
    assert ground() != light
    assert bars(page, "revenue_by_country").first.get_attribute("fill") != fill
    page.locator("#theme").click()
    assert ground() == light


def test_on_paper_there_are_figures_and_no_controls(
    bootcamp_report: RenderReport, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(bootcamp_report.page)
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    assert page.locator("#tabs").is_hidden()
    assert card(page, "revenue").is_visible()
    pdf = tmp_path / "page.pdf"
    page.pdf(path=str(pdf), format="A4", landscape=True)
    assert pdf.stat().st_size > 50_000
