"""What goes wrong with order lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sales_sample.catalogue import UNDESCRIBED
from sales_sample.defects import WHOLE_ROW, Case, Difference, SourceRow

#: What comes day by day; it is dealt out beside the kinds.
LATE, CORRECTED = "arrives_late", "is_corrected"

#: Customers that no file describes are numbered from here on.
UNDESCRIBED_CUSTOMERS = 99_000_000

SHIPPING_DAYS, DUE_DAYS = timedelta(days=7), timedelta(days=12)

ORDER, PRODUCT, CUSTOMER, ORDERED, SHIPPED, DUE, AMOUNT, QUANTITY, PRICE = range(9)
COLUMNS = (
    "sls_ord_num",
    "sls_prd_key",
    "sls_cust_id",
    "sls_order_dt",
    "sls_ship_dt",
    "sls_due_dt",
    "sls_sales",
    "sls_quantity",
    "sls_price",
)


@dataclass
class Line:
    """The truth about one order line."""

    order: str
    product: str
    customer_id: int
    ordered: date
    quantity: int
    price: int
    date_source: str = "source"
    """How a pipeline will know the order date."""
    is_lost: bool = False
    """The line cannot be used and will not be published."""

    @property
    def key(self) -> str:
        """Order and product: what a line is known by."""
        return f"{self.order}/{self.product}"

    @property
    def shipped(self) -> date:
        """Day of the shipment."""
        return self.ordered + SHIPPING_DAYS

    @property
    def due(self) -> date:
        """Day by which the line was to be shipped."""
        return self.ordered + DUE_DAYS

    @property
    def amount(self) -> int:
        """Amount of the line."""
        return self.quantity * self.price

    def row(self) -> SourceRow:
        """The line as the file states it when nothing is wrong."""
        fields = [self.order, self.product, str(self.customer_id)]
        fields += [f"{day:%Y%m%d}" for day in (self.ordered, self.shipped, self.due)]
        fields += [str(self.amount), str(self.quantity), str(self.price)]
        return SourceRow(self.key, fields)


@dataclass
class OrderRows:
    """The lines of one order, the rows each has in the file, and what cannot be restored."""

    lines: list[Line]
    rows: list[list[SourceRow]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [[line.row()] for line in self.lines]

    def differ(self, at: int, column: str, true: str, published: str, rule_id: str) -> None:
        """Note what will be published in place of the truth."""
        key = self.lines[at].key
        self.differences.append(Difference("fact_sales", key, column, true, published, rule_id))

    def spoil(self, at: int, position: int, rule_id: str, value: str, ok: bool = True) -> None:
        """Put ``value`` into a field of a line; ``ok`` says whether it can be restored."""
        self.rows[at][0].spoil(position, COLUMNS[position], rule_id, value, ok)

    def lose(self, at: int, rule_id: str) -> None:
        """The line will not be published."""
        self.lines[at].is_lost = True
        self.differ(at, WHOLE_ROW, "present", "absent", rule_id)


@dataclass
class LineCase(Case):
    """One thing that goes wrong with one line of an order, or with all of them."""

    kind: str
    order: OrderRows
    at: int

    @property
    def line(self) -> Line:
        """The line."""
        return self.order.lines[self.at]

    @property
    def row(self) -> SourceRow:
        """The line's row in the file."""
        return self.order.rows[self.at][0]


def spoil(kind: str, order: OrderRows, random: np.random.Generator, place: int) -> None:
    """Let one thing go wrong with an order.

    Args:
        kind: one of ``KINDS`` that happens by itself.
        order: the order; its rows are changed, and its lines where the truth is another one.
        random: for this defect alone.
        place: the how manieth of its kind it is, so that kinds with variants show them all.
    """
    at = int(random.integers(0, len(order.lines)))
    _KINDS[kind][1](LineCase(random, place, kind, order, at))


Spoiler = Callable[[LineCase], None]


def _no_order_number(case: LineCase) -> None:
    case.order.spoil(case.at, ORDER, case.kind, "", ok=False)
    case.row.record_key = f"/{case.line.product}"
    case.order.lose(case.at, case.kind)


def _unknown_product(case: LineCase) -> None:
    # Nothing is wrong with the line: master data lacks the product.
    line = case.line
    line.product, line.price = UNDESCRIBED[case.place % len(UNDESCRIBED)]
    case.order.rows[case.at] = [line.row()]
    case.row.note("sls_prd_key", "product_unknown", line.product, line.product)


def _unknown_customer(case: LineCase) -> None:
    for i, line in enumerate(case.order.lines):
        line.customer_id = UNDESCRIBED_CUSTOMERS + case.place
        row = line.row()
        row.note("sls_cust_id", "customer_unknown", row.fields[CUSTOMER], row.fields[CUSTOMER])
        case.order.rows[i] = [row]


def _no_customer(case: LineCase) -> None:
    number = case.line.customer_id
    value = case.variant(f"{number}A", "guest", f"{number}.x")
    case.order.spoil(case.at, CUSTOMER, case.kind, value, ok=False)
    case.order.lose(case.at, case.kind)


def _twice(case: LineCase) -> None:
    # Of several rows for one line the last one counts: the others are the surplus.
    again = case.line.row()
    number = again.fields[ORDER]
    again.note("sls_ord_num", "duplicate_line_identical", number, number)
    case.order.rows[case.at].insert(0, again)


def _twice_otherwise(case: LineCase) -> None:
    old = case.line.row()
    before = old.fields[QUANTITY]
    quantity = case.line.quantity + case.number(1, 4)
    old.fields[QUANTITY], old.fields[AMOUNT] = str(quantity), str(quantity * case.line.price)
    old.note("sls_quantity", "duplicate_line_conflicting", before, old.fields[QUANTITY])
    case.order.rows[case.at].insert(0, old)


def _bad_order_date(value: Callable[[LineCase], str]) -> Spoiler:
    """One line of the order loses its date, or all of them do."""

    def spoil_date(case: LineCase) -> None:
        order = case.order
        whole_order = len(order.lines) == 1 or case.place % 4 == 3
        source = "shipping_lead_time" if whole_order else "sibling_line"
        for i in range(len(order.lines)) if whole_order else (case.at,):
            order.lines[i].date_source = source
            order.spoil(i, ORDERED, case.kind, value(case))

    return spoil_date


def _missing(case: LineCase) -> str:
    return "" if case.place % 8 == 5 else "0"


def _malformed(case: LineCase) -> str:
    day = case.line.ordered
    return case.variant("5489", "32154", f"{day:%Y%m}", f"{day:%Y}1345", f"{day:%Y}0230", "unknown")


def _future(case: LineCase) -> str:
    # No day before 2090 is in the future for good.
    return f"{case.number(2090, 2100)}{_month_and_day(case.line.ordered)}"


def _too_early(case: LineCase) -> str:
    day = case.line.ordered
    return case.variant(f"19{day:%y}{_month_and_day(day)}", "19000101", "19700101")


def _month_and_day(day: date) -> str:
    return f"{day:%m}{min(day.day, 28):02d}"


def _no_date_at_all(case: LineCase) -> None:
    order = case.order
    for i, line in enumerate(order.lines):
        order.spoil(i, ORDERED, "order_date_missing", "0", ok=False)
        order.differ(i, "order_date", line.ordered.isoformat(), "", "order_date_missing")
        order.spoil(i, SHIPPED, "ship_date_invalid", "0", ok=False)
        order.differ(i, "ship_date", line.shipped.isoformat(), "", "ship_date_invalid")
        line.date_source = "unknown"


def _not_shipped(case: LineCase) -> None:
    shipped = case.line.shipped
    _bad_day(case, SHIPPED, case.variant("0", f"{shipped:%Y}1332", "soon"), shipped)


def _not_due(case: LineCase) -> None:
    due = case.line.due
    _bad_day(case, DUE, case.variant(f"{due:%Y}0230", "0", "30 days"), due)


def _shipped_early(case: LineCase) -> None:
    wrong = case.line.ordered - timedelta(days=case.number(1, 31))
    _bad_day(case, SHIPPED, f"{wrong:%Y%m%d}", case.line.shipped, wrong.isoformat())


def _due_early(case: LineCase) -> None:
    wrong = case.line.shipped - timedelta(days=case.number(1, 21))
    _bad_day(case, DUE, f"{wrong:%Y%m%d}", case.line.due, wrong.isoformat())


def _bad_day(case: LineCase, position: int, value: str, true: date, published: str = "") -> None:
    """A day that cannot be restored."""
    column = "ship_date" if position == SHIPPED else "due_date"
    case.order.spoil(case.at, position, case.kind, value, ok=False)
    case.order.differ(case.at, column, true.isoformat(), published, case.kind)


def _bad_number(position: int, value: Callable[[LineCase], str]) -> Spoiler:
    """Amount, quantity or price of one line: each follows from the other two."""

    def spoil_number(case: LineCase) -> None:
        case.order.spoil(case.at, position, case.kind, value(case))

    return spoil_number


def _no_number(case: LineCase) -> str:
    return case.variant("n/a", "1O0", "12.5.0", "abc", "15 EUR")


def _not_positive(case: LineCase) -> str:
    return "0" if case.place % 3 == 2 else f"-{case.line.amount}"


def _no_quantity(case: LineCase) -> str:
    return case.variant("one", "", "1 pc", "x")


def _negative_quantity(case: LineCase) -> str:
    return case.variant("0", f"-{case.line.quantity}")


def _other_amount(case: LineCase) -> str:
    amount = case.line.amount
    return str(amount * 10 if case.place % 3 == 1 else amount + case.number(1, 41))


def _hopeless(case: LineCase) -> None:
    """Two of amount, quantity and price are missing, or they cannot be brought together."""
    order, at = case.order, case.at
    before = case.row.fields[AMOUNT]
    variant = case.place % 4
    if variant == 0:
        order.spoil(at, AMOUNT, "sales_amount_missing", "", ok=False)
        order.spoil(at, PRICE, "price_missing", "", ok=False)
    elif variant == 1:
        order.spoil(at, QUANTITY, "quantity_not_positive", "0", ok=False)
        order.spoil(at, PRICE, "price_missing", "", ok=False)
    elif variant == 2:
        order.spoil(at, AMOUNT, "sales_amount_not_a_number", "n/a", ok=False)
        order.spoil(at, QUANTITY, "quantity_not_a_number", "x", ok=False)
    else:
        # The amount is no multiple of the price.
        case.row.fields[AMOUNT] = str(case.line.amount + 1)
        order.spoil(at, QUANTITY, "quantity_not_positive", "0", ok=False)
    after = case.row.fields[AMOUNT]
    case.row.note("sls_sales", "line_not_computable", before, after, recoverable=False)
    order.lose(at, "line_not_computable")


#: How often each happens at scale 1, and what then goes wrong.
_KINDS: dict[str, tuple[float, Spoiler]] = {
    "order_number_missing": (2, _no_order_number),
    "product_unknown": (6, _unknown_product),
    "customer_unknown": (5, _unknown_customer),
    "sales_customer_id_not_a_number": (3, _no_customer),
    "duplicate_line_identical": (8, _twice),
    "duplicate_line_conflicting": (6, _twice_otherwise),
    "order_date_missing": (16, _bad_order_date(_missing)),
    "order_date_malformed": (6, _bad_order_date(_malformed)),
    "order_date_in_future": (4, _bad_order_date(_future)),
    "order_date_before_company": (4, _bad_order_date(_too_early)),
    "order_date_unknown": (2, _no_date_at_all),
    "ship_date_invalid": (4, _not_shipped),
    "due_date_invalid": (4, _not_due),
    "ship_before_order": (5, _shipped_early),
    "due_before_ship": (4, _due_early),
    "sales_amount_missing": (8, _bad_number(AMOUNT, lambda _: "")),
    "sales_amount_not_a_number": (4, _bad_number(AMOUNT, _no_number)),
    "sales_amount_not_positive": (5, _bad_number(AMOUNT, _not_positive)),
    "sales_amount_mismatch": (10, _bad_number(AMOUNT, _other_amount)),
    "price_missing": (7, _bad_number(PRICE, lambda _: "")),
    "price_not_a_number": (3, _bad_number(PRICE, _no_number)),
    "price_negative": (5, _bad_number(PRICE, lambda case: f"-{case.line.price}")),
    "price_zero": (3, _bad_number(PRICE, lambda _: "0")),
    "quantity_not_a_number": (
        4,
        _bad_number(QUANTITY, _no_quantity),
    ),
    "quantity_not_positive": (
        5,
        _bad_number(QUANTITY, _negative_quantity),
    ),
    "line_not_computable": (4, _hopeless),
}
KINDS = {kind: often for kind, (often, _) in _KINDS.items()} | {LATE: 0, CORRECTED: 0}
