"""The project's page in a real browser; what every page can do is tested in libs/lvdash."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lvdash import RenderReport

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
        page.on("request", lambda r: trouble.append(r.url) if r.url.startswith("http") else None)
        page.goto(f"{path.as_uri()}#{address}")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert trouble == []


def card(page: Page, name: str) -> Any:
    return page.locator(f"[data-widget={name}]")


def value(page: Page, name: str) -> str:
    text: str = card(page, name).locator(".value").inner_text()
    return text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("sheet", SHEETS)
def test_every_widget_draws(
    sample_report: RenderReport, open_page: OpenPage, sheet: str, width: int
) -> None:
    page = open_page(sample_report.page, f"page={sheet}", viewport={"width": width, "height": 900})
    cards = page.locator(f"#sheet-{sheet} .card")
    assert cards.count() >= 8
    for one in cards.all():
        name = one.get_attribute("data-widget")
        assert one.locator(".notice").count() == 0, (name, one.inner_text())
        drawn = one.locator("svg, table tbody tr, .value")
        assert drawn.count() > 0, name
        for svg in one.locator("svg:not(.spark)").all():
            box = svg.bounding_box()
            assert box is not None
            assert box["width"] > 100, name
            assert box["height"] > 40, name
            assert svg.locator(".mark-rect path, .mark-symbol path").count() > 0, name
    # nothing sticks out to the side
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_opens_on_the_twelve_months_to_the_last_order(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page)
    assert value(page, "period") == (
        "Feb 2013 to Jan 2014 (to day 28), compared with Feb 2012 to Jan 2013 (to day 28)"
    )
    assert " from " in card(page, "orders").locator(".change").inner_text()


def test_all_dates_are_compared_with_nothing(
    bootcamp_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    assert value(page, "period") == "Dec 2010 to Jan 2014 (to day 28)"
    assert card(page, "revenue").locator(".change").inner_text() == "no earlier period"


def test_partial_months_are_marked(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page, "order_month=..")
    legend = card(page, "revenue_by_month").locator(".legend li").all_inner_texts()
    assert legend == ["Whole month", "Part of a month", "Same month last year"]
    rows = page.evaluate("Page.drawn().revenue_by_month")
    partial = {r["order_month"] for r in rows if r["month_part"] == "Part of a month"}
    assert partial == {"2010-12-01", "2014-01-01"}
    for name in ("bikes_by_month", "other_categories_by_month"):
        months = {row["order_month"] for row in page.evaluate("n => Page.drawn()[n]", name)}
        assert not months & partial


@pytest.mark.parametrize("compare", ["Last+year", "Previous+period"])
def test_what_moved_most_comes_first(
    sample_report: RenderReport, open_page: OpenPage, compare: str
) -> None:
    months = open_page(sample_report.page).evaluate("State.filters.get('order_month').values")
    address = f"order_month={months[-4]}..{months[-2]}&compare={compare}"
    page = open_page(sample_report.page, address)
    for name in ("categories_moved", "countries_moved"):
        rows = page.evaluate("name => Page.drawn()[name]", name)
        moved = [abs(row["measure(Revenue change)"]) for row in rows]
        assert moved == sorted(moved, reverse=True), name


def test_axes_are_titled_in_words(bootcamp_report: RenderReport, open_page: OpenPage) -> None:
    page = open_page(bootcamp_report.page)
    text = page.locator("#sheet-sales").inner_text()
    assert not re.search(r"\b(sum|count|measure)\(", text)
    assert "order_month" not in text


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
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
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.close()


EVERYTHING = """() => State.sheets().flatMap((sheet) => {
  document.querySelector(`#tabs [data-page=${sheet.name}]`).click();
  return State.shownCards().filter((card) => card.widget.title).map((card) => {
    const lines = (node) => [...node.querySelectorAll("tr")].map((row) =>
      [...row.querySelectorAll("th, td")].map((cell) => cell.textContent));
    const csv = Export.csv(card);
    if (card.widget.kind === "counter") {
      const { textContent: value } = card.body.querySelector(".value");
      return { name: card.widget.name, csv, table: [[card.widget.title], [value]] };
    }
    Export.showFull(card);
    const table = lines(document.getElementById("full"));
    document.getElementById("full").close();
    return { name: card.widget.name, csv, table };
  });
})"""
UNITS = {"%": 0.01, "K": 1e3, "M": 1e6, "B": 1e9}


def is_shown_as(exact: str, shown: str) -> bool:
    """Whether a text of a table is a value of the CSV, rounded or written for people."""
    number = re.fullmatch(r"(\N{MINUS SIGN}?)([\d,]+)(?:\.(\d+))?\u202f?([%KMB]?)", shown)
    if number is None or not re.fullmatch(r"-?[\d.]+(e-?\d+)?", exact):
        day = re.fullmatch(r"(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d)?", exact)
        if day and shown not in ("", "\N{EN DASH}"):
            at = datetime.fromisoformat(exact)
            with_day = f"{at.day} {at:%b %Y}{at:, %H:%M}" if day[2] else f"{at.day} {at:%b %Y}"
            return shown in (with_day, f"{at:%b %Y}")
        return shown == exact or (exact == "" and shown == "\N{EN DASH}")
    sign, whole, decimals, unit = number.groups(default="")
    scale = UNITS.get(unit, 1)
    value = float(f"{whole.replace(',', '')}.{decimals}") * scale * (-1 if sign else 1)
    return bool(abs(value - float(exact)) <= 0.500001 * scale / 10 ** len(decimals))


def test_the_csv_of_every_card_is_its_table(
    sample_report: RenderReport, open_page: OpenPage
) -> None:
    cards = open_page(sample_report.page).evaluate(EVERYTHING)
    assert len(cards) > 40
    for one in cards:
        exact = list(csv.reader(io.StringIO(one["csv"].lstrip("\ufeff"), newline="")))
        if len(one["table"][0]) == 1:  # a figure stands beside what it is compared with
            exact = [row[:1] for row in exact]
        assert exact[0] == one["table"][0], one["name"]
        assert len(exact) == len(one["table"]) > 1, one["name"]
        for row, shown in zip(exact[1:], one["table"][1:], strict=True):
            assert len(row) == len(shown), one["name"]
            for value, text in zip(row, shown, strict=True):
                assert is_shown_as(value, text), (one["name"], value, text)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_choice_empties_no_other_widget(
    sample_report: RenderReport, open_page: OpenPage, sheet: str
) -> None:
    page = open_page(sample_report.page, f"page={sheet}&order_month=..")
    emptied = page.evaluate(
        """() => State.shownCards().filter((card) => card.list && card.list.length)
          .flatMap((card) => {
            const { dimension, x } = Charts.plan(card.widget);
            const { fieldName } = dimension || x;
            if (!State.canChoose(card, fieldName)) return [];
            State.choose(card, fieldName, card.list[0].dimension);
            const empty = State.shownCards().filter((one) => one.body.querySelector(".notice"))
              .map((one) => `${card.widget.name} empties ${one.widget.name}`);
            State.forget();
            return empty;
          })"""
    )
    assert emptied == []


def test_a_click_beside_an_open_list_only_closes_it(
    sample_report: RenderReport, open_page: OpenPage
) -> None:
    page = open_page(sample_report.page, "order_month=..")
    before = page.url
    page.locator("#filters summary").first.click()
    card(page, "revenue_by_country").locator(".mark-rect path").last.click()
    assert page.locator("#filters details[open]").count() == 0
    assert page.url == before


STOPS = """(name) => {
  const figure = document.querySelector(`#sheet-${name} .figure`);
  const isBefore = (node) => !figure
    || node.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING;
  return [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")]
    .filter((node) => node.checkVisibility() && !node.disabled && isBefore(node)).length;
}"""


def test_the_first_chart_is_a_few_tab_stops_away(
    sample_report: RenderReport, open_page: OpenPage
) -> None:
    for sheet in SHEETS:
        page = open_page(sample_report.page, f"page={sheet}")
        assert page.evaluate(STOPS, sheet) <= 40, sheet
