"""The project's page in a real browser; what every page can do is tested in libs/lvdash."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from lvdash import RenderReport
from tests.python.dashboard.conftest import OpenPage

SHEETS = ("sales", "customers", "quality")
WIDTHS = (390, 1024, 1600)


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
