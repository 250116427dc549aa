"""What a question is read against, and what reading it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metric_ask.metrics import MetricView
from metric_ask.periods import Calendar
from metric_ask.request import Filter, Request
from metric_ask.words import Vocabulary

LONGEST_LIST = 100
ABOUT_PRODUCTS = ("product", "subcategory", "category", "product_line", "requires_maintenance")
MANY_VALUES = ("product", "product_number", "customer", "order_date", "week")


@dataclass(frozen=True)
class Understood:
    """A request, and what the reading has to say beyond it.

    Attributes:
        request: for the compiler.
        remarks: assumptions, typing errors and limits, each a sentence.
        chart: whether a chart helps.
    """

    request: Request
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a question is read against.

    Attributes:
        view: the metric view.
        vocabulary: words and values.
        calendar: the first and last order date.
        has_product: whether a product exists that passes these filters.
    """

    view: MetricView
    vocabulary: Vocabulary
    calendar: Calendar
    has_product: Callable[[Sequence[Filter]], bool] = lambda _: True
