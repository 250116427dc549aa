"""The page in a real browser: it draws, reacts, and everybody can read and reach it."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

OpenPage = Callable[..., Any]
ALL_DATES = "order_month=.."


def card(page: Any, name: str) -> Any:
    return page.locator(f"[data-widget={name}]")


def value(page: Any, name: str) -> str:
    text: str = card(page, name).locator(".value").inner_text()
    return text.replace("\u202f", " ")


def values(page: Any) -> dict[str, str]:
    return {name: value(page, name) for name in ("revenue", "orders", "average_order_value")}


def bars(page: Any, name: str) -> Any:
    return card(page, name).locator(".mark-rect path")


def choose(page: Any, which: str = "first", **options: Any) -> None:
    """Clicks the first or the last bar of revenue by category."""
    getattr(bars(page, "by_category"), which).click(**options)
    settle(page)


def settle(page: Any) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


# ---- drawing --------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 1024, 1600])
def test_every_kind_of_widget_draws(open_page: OpenPage, width: int) -> None:
    page = open_page(ALL_DATES, viewport={"width": width, "height": 900})
    marks = {
        "stacked": ".mark-rect path",
        "grouped": ".mark-rect path",
        "shares": ".mark-rect path",
        "by_category": ".mark-rect path",
        "line": ".mark-line path",
        "area": ".mark-area path",
        "pie": ".mark-arc path",
        "scatter": ".mark-symbol path",
        "two_measures": ".mark-line path",
    }
    for name, mark in marks.items():
        assert card(page, name).locator(mark).count() > 0, name
        box = card(page, name).locator("svg").bounding_box()
        assert box["width"] > 100
        assert box["height"] > 40
    assert values(page) == {"revenue": "$1.92 K", "orders": "5", "average_order_value": "384"}
    assert card(page, "table").locator("tbody tr").count() == 6
    assert card(page, "pivot").locator("tbody tr").count() == 2
    assert page.locator(".words h2").inner_text() == "Sales"
    assert page.locator(".words em").inner_text() == "kinds"
    legend = card(page, "two_measures").locator(".legend li")
    assert legend.all_inner_texts() == ["Pieces", "Lines"]
    assert page.locator(".notice").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


COLOURS = """() => Object.fromEntries(State.shownCards().filter((card) => card.list)
  .map((card) => [card.widget.name, Object.fromEntries(card.list.map((mark) =>
    [mark.series ?? mark.dimension, mark.fill]))]))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_category_has_one_colour_and_an_unknown_one_is_grey(
    board: Any, show: OpenPage, open_page: OpenPage, scheme: str
) -> None:
    unknown = "replace(products.category, 'Clothing', 'n/a') as category"
    board.rewrite("products.category", unknown)
    page = show(board, ALL_DATES, color_scheme=scheme)
    found = page.evaluate(COLOURS)
    assert len(set(found["stacked"].values())) == 3, "one of them is named in the file"
    grey = {"light": "#8c96a1", "dark": "#6f7a86"}[scheme]
    charts = ("grouped", "pie", "area")
    assert {found[name]["n/a"] for name in (*charts, "by_category")} == {grey}
    bikes = {found[name]["Bikes"] for name in charts}
    accessories = {found[name]["Accessories"] for name in charts}
    assert len(bikes) == len(accessories) == 1
    assert bikes != accessories
    # a filter changes no colour
    page = open_page(f"{ALL_DATES}&category=Bikes", page, color_scheme=scheme)
    assert {page.evaluate(COLOURS)[name]["Bikes"] for name in charts} == bikes


VISION = {  # linear RGB as it is seen, after Machado, Oliveira and Fernandes (2009)
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


CONVERTED = """(colours) => colours.map((colour) => {
  document.body.style.color = colour;
  return getComputedStyle(document.body).color.match(/(?<=[ (])-?[\\d.e-]+/g).map(Number);
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_palette_is_safe_for_the_colour_blind(board: Any, show: OpenPage, scheme: str) -> None:
    del board["uiSettings"]
    page = show(board, color_scheme=scheme)
    colours = page.evaluate("[Theme.current.card, ...Theme.current.colors, Theme.current.missing]")
    assert len(colours) == 9

    def converted(form: str, values: Any) -> list[list[float]]:
        found: list[list[float]] = page.evaluate(CONVERTED, [form.format(*v) for v in values])
        return found

    found = converted("color(from {} xyz-d65 x y z)", [(colour,) for colour in colours])
    ground, *luminances = (y + 0.05 for _, y, _ in found)
    for luminance in luminances:
        assert max(luminance, ground) / min(luminance, ground) > 2.99
    linear = converted("color(from {} srgb-linear r g b)", [(colour,) for colour in colours[1:]])
    for vision, matrix in VISION.items():
        mixed = (np.array(linear) @ np.array(matrix).T).clip(min=0)
        # in Oklab distances are those that people see
        seen = converted("oklab(from color(srgb-linear {:f} {:f} {:f}) l a b)", mixed)
        for a, b in itertools.combinations(seen, 2):
            assert math.dist(a, b) > 0.05, vision


def test_what_looks_like_markup_stays_text(open_page: OpenPage) -> None:
    page = open_page()
    assert page.title() == "Shop"
    assert "</script><img src=x onerror=" in card(page, "table").inner_text()


def test_what_cannot_be_drawn_is_named_in_its_place(board: Any, show: OpenPage) -> None:
    board.spec("pivot")["widgetType"] = "sankey"
    board.dataset("customers")["queryLines"] = ["select a from nowhere"]
    page = show(board, ALL_DATES)
    assert "sankey" in card(page, "pivot").locator(".notice").inner_text()
    assert value(page, "orders") == "5"
    page.get_by_role("button", name="Customers", exact=True).click()
    assert "nowhere" in card(page, "customers").locator(".notice").inner_text()
    assert bars(page, "revenue_by_country").count() == 2


def test_nothing_to_show_is_said(board: Any, show: OpenPage, open_page: OpenPage) -> None:
    page = open_page("country=Germany&category=Clothing")
    assert value(page, "revenue") == "\N{EN DASH}"
    assert card(page, "line").locator(".notice").inner_text() == "Nothing in this selection."
    board.dataset("sales")["queryLines"].append("where false\n")
    page = show(board)
    assert card(page, "revenue").locator(".notice").inner_text() == "No data yet."


# ---- filters and the address ----------------------------------------------------------------


def test_filters_act_and_are_in_the_address(open_page: OpenPage) -> None:
    page = open_page()
    first = values(page)
    assert first["orders"] == "4"
    page.get_by_label("Month", exact=True).last.select_option(label="All dates")
    assert value(page, "orders") == "5"
    page.get_by_label("Category", exact=True).select_option(label="Accessories")
    page.locator("#filters summary").click()
    page.get_by_role("checkbox", name="Germany").check()
    page.keyboard.press("Escape")
    shown = values(page)
    assert shown["orders"] == "2"
    other = open_page(like=page)
    assert values(other) == shown
    assert other.locator("#filters summary").inner_text() == "Germany"
    other.get_by_role("button", name="Reset").click()
    assert "category" not in other.url
    assert values(other) == first


def test_from_and_to_never_cross(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_label("From", exact=True).select_option(label="Mar 2024")
    page.get_by_label("To", exact=True).select_option(label="Feb 2024")
    assert "order_month=2024-02-01..2024-02-01" in page.url
    assert value(page, "orders") == "1"


def test_a_widget_names_the_filters_that_do_not_reach_it(open_page: OpenPage) -> None:
    page = open_page("page=customers&category=Bikes&country=France")
    note = card(page, "customers_by_country").locator(".note")
    assert note.inner_text() == "Not filtered by month, category."
    assert card(page, "revenue_by_country").locator(".note").is_hidden()


def test_a_filter_of_one_page_acts_there(open_page: OpenPage) -> None:
    page = open_page("page=customers")
    page.locator("#sheet-customers .many summary").click()
    page.get_by_role("checkbox", name="AW2").check()
    assert card(page, "customers").locator("tbody tr").count() == 1
    assert "AW2" in page.locator("#choices").text_content()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sales", exact=True).click()
    assert "AW2" not in page.locator("#choices").text_content()


def test_pages_keep_filters_and_go_back(open_page: OpenPage) -> None:
    page = open_page("country=France")
    page.get_by_role("button", name="Customers", exact=True).click()
    assert page.locator("#sheet-customers").is_visible()
    assert "country=France" in page.url
    page.go_back()
    assert page.locator("#sheet-sales").is_visible()


def test_nonsense_in_the_address_is_left_out_and_named(open_page: OpenPage) -> None:
    nonsense = (
        "page=moon&country=Atlantis|France&category=%00&order_month=soon..2024-13&chosen=a~b~c"
        "&compare=x&colour=<b>"
    )
    page = open_page(nonsense)
    assert page.locator("#sheet-sales").is_visible()
    assert value(page, "orders") == "3"
    assert page.locator("#dropped").inner_text() == (
        'Left out of the address, as this page does not know it: page "moon", Month "soon",'
        ' Month "2024-13", Country "Atlantis", Category "\u25a1", compare "x", chosen "c",'
        ' colour "<b>".'
    ).replace("\u25a1", "\x00")
    page = open_page("category=Clothing|Bikes")
    chosen = page.get_by_label("Category", exact=True).locator("option:checked")
    assert chosen.inner_text() == "Bikes"
    assert page.locator("#dropped").inner_text().endswith('Category "Clothing".')
    page.get_by_role("button", name="Reset").click()
    assert page.locator("#dropped").is_hidden()


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("2024", ("Jan 2024", "Mar 2024")),
        ("2024-02", ("Feb 2024", "Feb 2024")),
        ("2023..2024-01", ("Jan 2024", "Jan 2024")),
        ("2024-02..", ("Feb 2024", "Mar 2024")),
    ],
)
def test_a_year_or_a_month_fills_from_and_to(
    open_page: OpenPage, text: str, edges: tuple[str, str]
) -> None:
    page = open_page(f"order_month={text}")
    shown = [
        page.get_by_label(name, exact=True).locator("option:checked").inner_text()
        for name in ("From", "To")
    ]
    assert tuple(shown) == edges
    assert page.locator("#dropped").is_hidden()


def test_the_skip_link_keeps_the_address(open_page: OpenPage) -> None:
    page = open_page("country=France")
    page.locator("#skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert "country=France" in page.url


COMPARED = {"comparison": {"Orders": "", "Pieces": " (pieces)"}}


def compared(board: Any) -> Any:
    """The example with a choice of comparison: revenue against orders or pieces."""
    measures = board.dataset("sales")["columns"]
    measures += [
        {"displayName": "Other", "expression": "COUNT(DISTINCT `order_number`)"},
        {"displayName": "Other (pieces)", "expression": "SUM(`quantity`)"},
    ]
    board.query("revenue")["fields"].append({"name": "other", "expression": "MEASURE(`Other`)"})
    board.spec("revenue")["encodings"]["target"] = {"fieldName": "other"}
    return board


def test_the_comparison_is_chosen_and_in_the_address(
    board: Any, show: OpenPage, open_page: OpenPage
) -> None:
    page = show(compared(board), ALL_DATES, COMPARED)

    def before(page: Any) -> str:
        found: str = card(page, "revenue").locator(".change").get_attribute("data-before")
        return found

    assert before(page) == "5"
    page.get_by_label("Compare with").select_option(label="Pieces")
    assert before(page) == "9"
    assert "compare=Pieces" in page.url
    assert "Compare with: Pieces." in page.locator("#said").inner_text()
    other = open_page(like=page)
    assert before(other) == "9"
    other.get_by_role("button", name="Reset").click()
    assert "compare" not in other.url
    # a page whose figures are compared with nothing does not offer it
    other.get_by_role("button", name="Customers", exact=True).click()
    assert other.get_by_label("Compare with").is_hidden()


# ---- highlighting, tooltips, tables ---------------------------------------------------------


def test_a_click_on_a_bar_filters_the_others(open_page: OpenPage) -> None:
    page = open_page()
    before = values(page)
    choose(page)
    assert "chosen=by_category~category~Bikes" in page.url.replace("%7E", "~")
    assert values(page) == values(open_page("category=Bikes"))
    # the chart itself keeps its bars and fades the others
    opacities = [bar.get_attribute("opacity") for bar in bars(page, "by_category").all()]
    assert sorted(opacities) == ["0.3", "0.3", "1"]
    page.keyboard.press("Escape")
    assert values(page) == before
    choose(page)
    page.get_by_role("button", name="Clear Category Bikes").click()
    assert values(page) == before


def test_a_choice_that_does_not_reach_a_widget_is_named(open_page: OpenPage) -> None:
    page = open_page("page=customers")
    card(page, "customers").get_by_role("button", name="AW2").click()
    settle(page)
    assert bars(page, "customers_by_country").count() == 1
    note = card(page, "revenue_by_country").locator(".note")
    assert note.inner_text() == "Not filtered by customer."


def test_several_marks_are_chosen_and_kept_on_other_pages(
    board: Any, show: OpenPage, open_page: OpenPage
) -> None:
    board.spec("category")["widgetType"] = "filter-multi-select"
    page = show(board, ALL_DATES)
    choose(page)
    choose(page, "last", modifiers=["Control"])
    assert values(page)["revenue"] == "$1.88 K"
    chip = page.locator(".chip")
    assert chip.inner_text().endswith(" \N{MULTIPLICATION X}")
    page.get_by_role("button", name="Customers", exact=True).click()
    assert "chosen=" in page.url
    assert chip.is_visible()
    page.get_by_role("button", name="Sales", exact=True).click()
    choose(page, "last", modifiers=["Control"])
    assert values(page) == values(open_page(f"{ALL_DATES}&category=Bikes"))


def test_where_a_filter_takes_one_value_one_mark_is_chosen(open_page: OpenPage) -> None:
    page = open_page(ALL_DATES)
    choose(page)
    choose(page, "last", modifiers=["Control"])
    assert page.url.replace("%7E", "~").count("~") == 2
    page = open_page(f"{ALL_DATES}&chosen=by_category~category~Bikes~Clothing")
    assert page.locator("#dropped").inner_text().endswith('chosen "Clothing".')


def test_a_legend_chooses(open_page: OpenPage) -> None:
    page = open_page(ALL_DATES)
    legend = card(page, "grouped").locator(".legend")
    legend.get_by_role("button", name="Bikes").click()
    settle(page)
    assert legend.get_by_role("button", name="Bikes").get_attribute("aria-pressed") == "true"
    assert values(page) == values(open_page(f"{ALL_DATES}&category=Bikes"))


def test_a_filter_offers_what_the_others_leave(open_page: OpenPage) -> None:
    page = open_page("country=Germany")
    options = page.get_by_label("Category", exact=True).locator("option:not([hidden])")
    assert options.all_inner_texts() == ["All", "Accessories"]


def test_a_card_is_opened_into_what_it_is_made_of(
    board: Any, show: OpenPage, open_page: OpenPage
) -> None:
    page = show(board, ALL_DATES, {"drill": [["category", "product_name"]]})
    choose(page)
    card(page, "by_category").get_by_role("button", name="Open Bikes").click()
    settle(page)
    assert card(page, "by_category").locator("h2").inner_text() == "Revenue by category: Bikes"
    drawn = card(page, "by_category").locator("svg")
    assert 'Bike "One"' in drawn.text_content()
    fresh = open_page(like=page)
    assert 'Bike "One"' in card(fresh, "by_category").locator("svg").text_content()
    choose(fresh)
    assert "~product_name~" in fresh.url.replace("%7E", "~")
    card(fresh, "by_category").get_by_role("button", name="Back to All").click()
    settle(fresh)
    assert bars(fresh, "by_category").count() == 3
    # what the link names and the page does not have is said
    fresh = open_page(f"{ALL_DATES}&open=by_category~category~Boats", page)
    assert "Boats" in fresh.locator("#dropped").inner_text()


def test_a_chosen_product_opens_its_detail(board: Any, show: OpenPage) -> None:
    page = show(board, ALL_DATES, {"details": ["category"]})
    choose(page)
    detail = page.get_by_role("complementary", name="Detail: Bikes")
    # it does not cover the card, which is on the right
    assert detail.bounding_box()["x"] < 100
    assert "Revenue by country" in detail.inner_text() or detail.locator("figure").count() > 0
    detail.get_by_role("button", name="Close the detail of Bikes").click()
    assert detail.is_hidden()
    assert "chosen=" not in page.url


def test_a_card_says_what_its_figure_means(board: Any, draw: Any, open_page: OpenPage) -> None:
    definitions = {"Orders": "Number of <b>different</b> orders."}
    board.dataset("sales")["columns"][1]["description"] = "Revenue per order"
    report, model = draw(board, definitions=definitions, documentation="docs.html#{name}")
    page = open_page(file=report.page)
    card(page, "orders").locator(".menu summary").click()
    card(page, "orders").get_by_role("button", name="What is this figure?").click()
    said = page.locator("#full")
    assert "Number of <b>different</b> orders." in said.inner_text()
    assert said.get_by_role("link").get_attribute("href") == "docs.html#orders"
    widgets = {each["name"]: each for sheet in model["pages"] for each in sheet["widgets"]}
    assert ["Average order value", "Revenue per order"] in widgets["average_order_value"]["meaning"]


def test_on_a_phone_filters_and_choice_stay_in_sight(open_page: OpenPage) -> None:
    page = open_page(ALL_DATES, viewport={"width": 390, "height": 700})
    choose(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.locator("#tip").is_hidden()
    fold = page.locator(".fold")
    for node in (fold, page.locator(".chip")):
        box = node.bounding_box()
        assert box
        assert 0 <= box["y"] < 120
    assert page.get_by_label("Category", exact=True).is_hidden()
    fold.click()
    page.get_by_label("Category", exact=True).select_option(label="Bikes")
    assert "Bikes" in fold.inner_text()
    # what a figure is of and the figure stand side by side
    heads = card(page, "table").locator("thead th").all_inner_texts()
    assert heads[:2] == ["Product", "Amount"]


def test_on_a_phone_rows_of_one_name_are_told_apart(open_page: OpenPage) -> None:
    page = open_page(ALL_DATES, viewport={"width": 390, "height": 700})
    names = card(page, "table").locator("tbody th").all_inner_texts()
    assert len({name.partition("\n")[0] for name in names}) < len(set(names)) == len(names)


PERIODS = """
select * from (values
    ('Quarter', date '2024-01-01', date '2024-03-01', 'AW1', 'France', 1870.25, date '2024-03-01'),
    ('Quarter', date '2024-01-01', date '2024-03-01', 'AW2', 'Germany', 30, date '2024-02-10'),
    ('Other', date '2024-02-01', date '2024-02-01', 'AW2', 'Germany', 30, date '2024-02-10'),
    ('Other', null, null, 'AW2', 'Germany', 40, date '2024-02-10')
) as t (kind, first_month, last_month, customer, country, revenue, last_order)
"""


def test_a_card_of_periods_shows_the_chosen_months(board: Any, show: OpenPage) -> None:
    settings = {
        "periods": {"kind": "kind", "first": "first_month", "last": "last_month"},
        "descriptions": {"customers": "In the chosen months"},
    }
    board.dataset("customers")["queryLines"] = [PERIODS]
    board.query("customers")["filters"] = [{"expression": "`kind` = 'Quarter'"}]
    elsewhere = "Not filtered by month. Shows Jan 2024 to Mar 2024."
    march = "order_month=..&chosen=stacked~order_month~2024-03-01"
    february = "order_month=..&chosen=stacked~order_month~2024-02-01&chosen=customers~customer~AW2"
    for address, names, note in (
        ("", ["AW1", "AW2"], ""),
        ("order_month=2024-02", ["AW2"], ""),
        (february, ["AW2"], ""),
        ("order_month=2024-03", ["AW1", "AW2"], elsewhere),
        (march, ["AW1", "AW2"], elsewhere),
        ("order_month=..", ["AW2"], ""),
        ("order_month=..&country=France", [], ""),
    ):
        page = show(board, f"page=customers&{address}", settings)
        shown = card(page, "customers")
        assert "In the chosen months" in shown.inner_text()
        assert shown.locator("tbody th").all_inner_texts() == names, address
        assert shown.locator(".note").inner_text() == note, address
        assert page.locator("#dropped").is_hidden(), address
        page.close()


def test_order_page_and_theme_are_kept(open_page: OpenPage) -> None:
    page = open_page(ALL_DATES)
    card(page, "table").get_by_role("button", name="Amount", exact=True).click()
    fresh = open_page(like=page)
    sort = card(fresh, "table").locator("[aria-sort]")
    assert sort.get_attribute("aria-sort") == "descending"
    page.locator("#theme").click()
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_last_year_trend_and_state_are_shown(
    board: Any, draw: Any, tmp_path: Path, open_page: OpenPage
) -> None:
    earlier = (
        "if(orders.order_number = 'SO1', add_months(orders.order_date, -10), orders.order_date)"
    )
    board.rewrite("orders.order_date", earlier)
    board.rewrite(f"    {earlier},", f"    {earlier} as order_date,")
    bad = {"operator": "=", "operand": {"type": "data-value", "value": "Tyre"}}
    board.widget("table")["spec"]["encodings"]["columns"][0]["style"] = {
        "type": "basic",
        "rules": [{"condition": bad, "foregroundColor": {"hex": "#B3261E"}}],
    }
    settings = {
        "last_year": ["stacked"],
        "limits": {"orders": 2, "revenue": 99999},
        "freshness": "pieces of {sales.country}",
    }
    (tmp_path / "shop.page.json").write_text(json.dumps(settings))
    page = open_page(ALL_DATES, file=draw(board, published="published today")[0].page)
    assert page.locator("#reach").inner_text().endswith(" · published today")
    states = [card(page, name).locator(".state").inner_text() for name in ("orders", "revenue")]
    assert states == ["\u25b2 Look at this", "\u2713 In order"]
    assert card(page, "revenue").locator(".spark polyline").count() == 1
    tyre = card(page, "table").locator("th", has_text="Tyre").first
    assert tyre.evaluate("cell => getComputedStyle(cell).color") == "rgb(179, 38, 30)"
    page.locator("#theme").click()
    assert tyre.evaluate("cell => getComputedStyle(cell).color") != "rgb(179, 38, 30)"
    before = "State.cards.find(({ widget }) => widget.name === 'stacked').before.get('2024-03-01')"
    assert page.evaluate(before) == 920.25
    legend = card(page, "stacked").locator(".legend li")
    assert legend.last.inner_text() == "Same month last year"


FOCUSED = "node => node === document.activeElement"


def test_a_highlight_is_reached_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    card(page, "by_category").get_by_role("button", name="Table: Revenue by category").focus()
    page.keyboard.press("Enter")
    choice = card(page, "by_category").get_by_role("button", name="Clothing")
    choice.focus()
    page.keyboard.press("Enter")
    settle(page)
    assert choice.get_attribute("aria-pressed") == "true"
    assert values(page) == values(open_page("category=Clothing"))
    page.keyboard.press("Escape")
    assert page.locator(".chip").count() == 0
    assert choice.evaluate(FOCUSED)


def test_a_table_keeps_the_focus_when_it_is_sorted(open_page: OpenPage) -> None:
    page = open_page()
    card(page, "table").get_by_role("button", name="Amount", exact=True).focus()
    page.keyboard.press("Enter")
    sort = card(page, "table").locator("[aria-sort] button")
    assert sort.evaluate(FOCUSED)
    card(page, "table").locator(".menu summary").click()
    card(page, "table").get_by_role("button", name="Full table").click()
    page.locator("dialog").get_by_role("button", name="Product").focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog [aria-sort] button").evaluate(FOCUSED)


def test_what_clears_a_choice_passes_the_focus_on(open_page: OpenPage) -> None:
    page = open_page()
    bars(page, "by_category").first.click()
    page.locator(".chip").focus()
    page.keyboard.press("Enter")
    assert page.locator(".chip").count() == 0
    assert page.locator("#filters select").first.evaluate(FOCUSED)


def test_a_tooltip_gives_the_exact_value(open_page: OpenPage) -> None:
    page = open_page()
    bars(page, "by_category").first.hover()
    said = page.locator("#tip").inner_text()
    assert "Bikes" in said
    assert "1,850" in said
    assert "Share" in said
    page.mouse.move(2, 2)
    assert page.locator("#tip").is_hidden()


def test_a_chart_as_a_table_and_a_table_sorted(open_page: OpenPage) -> None:
    page = open_page()
    card(page, "by_category").locator(".toggle").click()
    lines = card(page, "by_category").locator("tbody tr").all()
    cells = [line.locator("th, td").all_inner_texts() for line in lines]
    assert cells == [["Accessories", "30"], ["Bikes", "1,850"], ["Clothing", "30"]]
    table = card(page, "table")
    table.get_by_role("button", name="Amount", exact=True).click()
    assert table.locator("[aria-sort]").get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="Product").click()
    names = [row.inner_text() for row in table.locator("tbody th").all()]
    assert names == sorted(names)


def test_changes_and_numbers_are_readable(open_page: OpenPage) -> None:
    page = open_page()

    def said(script: str) -> list[str]:
        return [text.replace("\u202f", " ") for text in page.evaluate(script)]

    assert said(
        "[[110, 100], [74000, 1], [5, 0], [0, 0], [5, null], [90, 100]]"
        ".map(([now, before]) => Format.change(now, before).text)"
    ) == [
        "+10.0 %",
        "not comparable",
        "new",
        "unchanged",
        "no earlier period",
        "\N{MINUS SIGN}10.0 %",
    ]
    assert said(
        "[29356250, 1061.39, 940000, 12, 0.5, -1234567, 0, 2e15].map(v => Format.number(v,"
        " {abbreviation: 'compact', decimalPlaces: {type: 'max', places: 1}}))"
    ) == ["29.4 M", "1.1 K", "940 K", "12", "0.5", "\N{MINUS SIGN}1.2 M", "0", "2,000 T"]
    for places, zeros in ((0, ""), (1, ".0"), (2, ".00")):
        rounded = said(
            "[999500, 999960, -999700, 999999999, 999500000000, 999.999].map(v => Format.number(v,"
            f" {{abbreviation: 'compact', decimalPlaces: {{type: 'exact', places: {places}}}}}))"
        )
        ones = [f"{sign}1{zeros} {unit}" for sign, unit in (("", "M"), ("", "M"), ("-", "M"))]
        ones += [f"1{zeros} B", f"1{zeros} T", f"1{zeros} K"]
        assert [text.replace("\N{MINUS SIGN}", "-") for text in rounded] == ones
    assert (
        said("[-0.04, -0, 0.04].map(v => Format.change(v / 100, 0, {type: 'number-percent'}).text)")
        == ["0.0 points"] * 3
    )
    assert said("[-0.0004, -0.004].map(v => Format.number(v, {type: 'number-percent'}))") == [
        "0.0 %",
        "\N{MINUS SIGN}0.4 %",
    ]
    assert said("[1061.39, 27659, 0.25].map(v => Format.number(v))") == ["1,061", "27,659", "0.25"]


def test_a_change_fits_the_figures_beside_it(open_page: OpenPage) -> None:
    page = open_page()

    def said(now: float, before: float | None, kind: str, places: int) -> list[str]:
        shape = {"decimalPlaces": {"type": "max", "places": places}}
        kinds = {"percent": {"type": "number-percent"}, "short": {"abbreviation": "compact"}}
        texts = page.evaluate(
            "([now, before, format]) => [...Format.pair(now, before, format),"
            " Format.change(now, before, format).text]",
            [now, before, {**shape, **kinds.get(kind, {})}],
        )
        return [text.replace("\u202f", " ") for text in texts]

    assert said(1_028_869, 897_000, "short", 1) == ["1.029 M", "897.0 K", "+14.7 %"]
    assert said(29_356_250, None, "short", 1)[0] == "29.4 M"
    assert said(999_999, 500_000, "short", 1) == ["1.00 M", "500 K", "+100.0 %"]
    assert said(0.4235, 0.4193, "percent", 1) == ["42.35 %", "41.93 %", "+0.4 points"]
    assert said(1061.39, 971.2, "plain", 0)[2] == "+9.3 %"
    assert said(13_981, 8_915, "plain", 0) == ["13,981", "8,915", "+56.8 %"]
    assert said(12.4, 11.4, "plain", 0) == ["12.4", "11.4", "+8.8 %"]


def test_very_large_figures_are_not_cut(board: Any, show: OpenPage) -> None:
    board.rewrite("orders.amount", "orders.amount * 1e9 as amount")
    board.spec("by_category")["encodings"]["label"] = {"show": True}
    page = show(board, ALL_DATES, viewport={"width": 390, "height": 800})
    assert value(page, "average_order_value") == "384 B"
    box = "(node) => node.scrollWidth <= node.clientWidth"
    assert card(page, "average_order_value").locator(".value").evaluate(box)
    exact = card(page, "average_order_value").locator(".value").get_attribute("title")
    assert exact == "384,000,000,000"
    labels = card(page, "by_category").locator(".mark-text text").all_text_contents()
    assert {label.replace("\u202f", " ") for label in labels} >= {"1.85 T"}
    amount = card(page, "table").locator("tbody td.number").first
    assert amount.inner_text().replace("\u202f", " ") == "950.0 B"
    assert amount.get_attribute("title") == "950,000,000,000"


@pytest.mark.parametrize(
    ("width", "media", "most"), [(1440, "screen", 35), (390, "screen", 95), (1047, "print", 50)]
)
def test_a_long_name_leaves_room_for_figures(
    board: Any, show: OpenPage, width: int, media: str, most: int
) -> None:
    name = "repeat(products.product_name || ' ', 20) as product_name"
    board.rewrite("products.product_name", name)
    page = show(board, ALL_DATES, viewport={"width": width, "height": 800})
    page.emulate_media(media=media)
    names = card(page, "table").locator("tbody th")
    heights = names.evaluate_all("nodes => nodes.map((node) => node.offsetHeight)")
    assert max(heights) < most
    assert names.first.evaluate("node => node.offsetWidth < 0.6 * innerWidth")
    assert len(names.locator(".text").first.get_attribute("title")) > 100


def test_the_currency_is_said_once(board: Any, show: OpenPage) -> None:
    page = show(board, settings={"currency": "EUR"})
    assert page.locator("#reach").inner_text() == "Jan 2024 to Mar 2024 · amounts in EUR"
    assert page.locator("body").inner_text().count("EUR") == 1


# ---- for everybody --------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing(open_page: OpenPage, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    viewport = {"width": width, "height": 900}
    for name in ("sales", "customers"):
        page = open_page(f"page={name}", viewport=viewport, color_scheme=scheme)
        page.locator(".menu:visible summary").first.click()
        for toggle in (None, *page.locator(".toggle:visible").all()):
            if toggle:
                toggle.evaluate("node => node.click()")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_charts_and_changes_have_words(open_page: OpenPage) -> None:
    page = open_page()
    figures = page.locator("#sheet-sales .figure")
    assert figures.count() == 9
    for figure in figures.all():
        assert figure.get_attribute("role") == "img"
        assert "the largest:" in figure.get_attribute("aria-label")
    page.get_by_label("Category", exact=True).select_option(label="Bikes")
    assert "Category: Bikes." in page.locator("#said").inner_text()


def test_tabs_reach_everything_in_order(open_page: OpenPage) -> None:
    page = open_page()
    reached = []
    for _ in range(15):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(document.activeElement.getAttribute('aria-label')"
                " || document.activeElement.labels?.[0]?.textContent"
                " || document.activeElement.textContent).trim()"
            )
        )
    assert reached == [
        "To the figures",
        "Sales",
        "Customers",
        "Switch between light and dark",
        "Month",
        "From",
        "To",
        "Country: All",
        "Category",
        "Reset",
        "Export: Revenue",
        "Export: Orders",
        "Export: Average order value",
        "Table: Stacked",
        "Export: Stacked",
    ]


def test_light_and_dark_can_be_switched(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")

    def colours() -> tuple[str, str]:
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return ground, bars(page, "by_category").first.get_attribute("fill")

    def switch() -> None:
        page.locator("#theme").click()
        settle(page)
        bars(page, "by_category").first.wait_for()

    light = colours()
    switch()
    dark = colours()
    assert all(one != other for one, other in zip(light, dark, strict=True))
    switch()
    assert colours() == light


# ---- every state is that of its address ------------------------------------------------------

WALK = (Path(__file__).parent / "walk.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_state_is_that_of_its_address(
    board: Any, show: OpenPage, open_page: OpenPage, seed: int
) -> None:
    page = show(compared(board), settings=COMPARED)
    for step in range(15):
        page.evaluate(f"{WALK}.step({seed * 1000 + step})")
        settle(page)
        fresh = open_page(like=page)
        seen = f"{WALK}.seen()"
        both = [page.evaluate(seen), fresh.evaluate(seen)]
        assert page.evaluate(f"(both) => {WALK}.differing(...both)", both) == [], page.url
        fresh.close()
