"""What leaves the page: text for a spreadsheet, a picture, the table in full, paper."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OpenPage = Callable[..., Any]


def export(page: Any, name: str, what: str) -> None:
    card = page.locator(f"[data-widget={name}]")
    card.locator(".menu summary").click()
    card.locator(".items").get_by_role("button", name=what, exact=True).click()


def saved(page: Any, name: str, what: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        export(page, name, what)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        # a counter, a chart under the filters, and a pivot
        ("revenue", ["Revenue", "1910"]),
        ("by_category", ["Category,Revenue", "Accessories,30", "Bikes,1850", "Clothing,30"]),
        ("pivot", ["Country,Accessories,Bikes,Clothing", "France,,1850,30", "Germany,30,,"]),
    ],
)
def test_a_csv_holds_what_is_shown_unrounded(
    open_page: OpenPage, name: str, lines: list[str]
) -> None:
    page = open_page()
    file, content = saved(page, name, "CSV")
    assert file == f"{page.locator(f'[data-widget={name}] h2').inner_text()}.csv"
    assert content.decode("utf-8-sig").split("\r\n") == [*lines, ""]


def test_a_csv_is_safe_and_in_the_order_of_the_table(
    board: Any, draw: Any, open_page: OpenPage
) -> None:
    names = "case products.product_id when 1 then '=1+1' when 2 then 'a;\"b\", c' else '-x' end"
    board.rewrite("products.product_name", f"{names} as product_name")
    board.rewrite("orders.amount", "orders.amount / 3 as amount")
    report, _ = draw(board)
    assert report.findings == []
    page = open_page("order_month=..", file=report.page)
    for _ in range(2):
        page.locator("[data-widget=table] .sort").nth(2).click()
    text = page.evaluate("Export.csv(State.cards.find(card => card.widget.name === 'table'))")
    assert text.lstrip("\ufeff").split("\r\n") == [
        "Product,Ordered,Amount,Several",
        '"a;""b"", c",2024-03-20,3.25,false',
        "'-x,,3.3333333333333335,false",
        '"a;""b"", c",2024-01-05,6.75,true',
        "'-x,2024-02-10,10,true",
        "'=1+1,2024-01-05,300,false",
        "'=1+1,2024-03-01,316.6666666666667,false",
        "",
    ]


def test_copy_is_separated_by_tabs(open_page: OpenPage) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    export(page, "by_category", "Copy")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "Category\tRevenue\nAccessories\t30\nBikes\t1850\nClothing\t30"
    assert page.locator("#said").inner_text() == "Copy: done."


def test_a_chart_is_saved_as_a_picture(open_page: OpenPage) -> None:
    page = open_page("category=Bikes")
    file, content = saved(page, "stacked", "PNG")
    assert file == "Stacked.png"
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    chart = page.locator("[data-widget=stacked] svg").bounding_box()
    assert width >= 2 * chart["width"]
    assert height > 2 * chart["height"] + 100  # title, filters and legend are on it
    page.locator("[data-widget=table] .menu summary").click()
    items = page.locator("[data-widget=table] .items button")
    items.last.wait_for()
    assert items.all_inner_texts() == ["Copy", "CSV", "Full table"]


def test_the_table_in_full_has_all_rows(board: Any, show: OpenPage) -> None:
    more = "cross join (select explode(sequence(1, 20)) as n) as copies\n"
    board.dataset("sales")["queryLines"].append(more)
    page = show(board, "order_month=..")
    card = page.locator("[data-widget=table]")
    assert card.locator("tbody tr").count() < 120
    page.locator("[data-widget=table] .menu summary").focus()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    full = page.locator("dialog")
    assert full.locator("tbody tr").count() == 120
    page.emulate_media(media="print")
    assert page.locator("main").is_hidden()
    assert full.locator("tbody tr").last.is_visible()
    # from the top of the first page, over as many as it needs
    assert full.evaluate("node => node.getBoundingClientRect().top + scrollY") == 0
    assert full.evaluate("node => node.clientHeight - node.scrollHeight") == 0
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    assert full.is_hidden()


def test_escape_and_a_click_beside_close_what_is_open(open_page: OpenPage) -> None:
    page = open_page()
    before = page.url
    menu = page.locator("[data-widget=stacked] .menu")
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    menu.locator("summary").click()
    page.locator("[data-widget=by_category] .mark-rect path").first.click()
    assert menu.get_attribute("open") is None
    page.locator("#filters summary").click()
    page.locator("[data-widget=by_category] .mark-rect path").first.click()
    assert page.locator("#filters details[open]").count() == 0
    assert page.url == before


def test_paper_shows_every_column_and_no_controls(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 1047, "height": 700})
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    assert page.locator("#tabs").is_hidden()
    assert page.locator("[data-widget=revenue]").is_visible()
    cut = page.evaluate(
        "[...document.querySelectorAll('.sheet:not([hidden]) .card')].filter((card) =>"
        " [...card.querySelectorAll('th, td')].some((cell) =>"
        " cell.getBoundingClientRect().right > card.getBoundingClientRect().right))"
        ".map((card) => card.dataset.widget)"
    )
    assert cut == []
    pdf = page.pdf(format="A4", landscape=True)
    assert len(pdf) > 30_000
