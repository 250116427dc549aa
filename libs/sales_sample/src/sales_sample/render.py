"""Clean order lines as text, in bulk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sales_sample import customers as who
from sales_sample import spoil_sales as bad_sales
from sales_sample.catalogue import Product
from sales_sample.sales import FIRST_ORDER, Lines
from sales_sample.schedule import Schedule
from sales_sample.spoil_sales import Line


class Renderer:
    """Turns order lines into the text of the sales file and of the fact table.

    ``products`` are those that are sold, in the order that lines count them.
    """

    def __init__(self, schedule: Schedule, products: list[Product]) -> None:
        self._schedule, self._products = schedule, products

    def line(self, lines: Lines, at: int) -> Line:
        """One of the lines as it is."""
        product = self._products[lines.product[at]]
        return Line(
            order=f"SO{FIRST_ORDER + int(lines.order[at])}",
            product=product.number,
            customer_id=who.FIRST_ID + int(lines.customer[at]),
            ordered=self._schedule.date_of(int(lines.day[at])),
            quantity=int(lines.quantity[at]),
            price=product.family.price,
        )

    def sales_texts(self, lines: Lines) -> list[str]:
        """The clean lines as the file states them; the same as `Line.row`, only faster."""
        dates = self._date_texts(lines, "%Y%m%d")
        return [
            f"SO{order},{product},{customer},{dates[day]},{amounts}"
            for order, day, customer, product, amounts in self._columns(lines)
        ]

    def fact_texts(self, lines: Lines) -> list[str]:
        """The clean lines as the fact table has them; the same as `fact_text`, only faster."""
        dates = self._date_texts(lines, "%Y-%m-%d")
        return [
            f"SO{order},{product},{customer},AW{customer:08d},{dates[day]},{amounts},source"
            for order, day, customer, product, amounts in self._columns(lines)
        ]

    def _columns(self, lines: Lines) -> Iterator[tuple[int, int, int, str, str]]:
        """Order number, day, customer id, product, and amount, quantity and price in one text."""
        most = int(lines.quantity.max(initial=1))
        texts = [
            f"{price * quantity},{quantity},{price}"
            for price in (product.family.price for product in self._products)
            for quantity in range(1, most + 1)
        ]
        numbers = [product.number for product in self._products]
        amounts = lines.product * most + lines.quantity - 1
        return zip(
            (lines.order + FIRST_ORDER).tolist(),
            lines.day.tolist(),
            (lines.customer + who.FIRST_ID).tolist(),
            map(numbers.__getitem__, lines.product.tolist()),
            map(texts.__getitem__, amounts.tolist()),
            strict=True,
        )

    def _date_texts(self, lines: Lines, form: str) -> dict[int, str]:
        """Order, ship and due date of each day that has lines."""
        texts = {}
        for day in np.unique(lines.day).tolist():
            ordered = self._schedule.date_of(day)
            shipped, due = ordered + bad_sales.SHIPPING_DAYS, ordered + bad_sales.DUE_DAYS
            texts[day] = f"{ordered:{form}},{shipped:{form}},{due:{form}}"
        return texts
