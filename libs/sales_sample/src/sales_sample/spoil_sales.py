"""What goes wrong with order lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sales_sample.catalogue import UNDESCRIBED
from sales_sample.defects import WHOLE_ROW, Case, Difference, SourceRow
from sales_sample.files import SALES

#: What comes day by day; it is dealt out beside the kinds.
LATE, CORRECTED = "arrives_late", "is_corrected"

#: Customers that no file describes are numbered from here on.
UNDESCRIBED_CUSTOMERS = 99_000_000

SHIPPING_DAYS, DUE_DAYS = timedelta(days=7), timedelta(days=12)


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
        days = (f"{day:%Y%m%d}" for day in (self.ordered, self.shipped, self.due))
        numbers = (self.amount, self.quantity, self.price)
        values = (self.order, self.product, self.customer_id, *days, *numbers)
        return SourceRow.of(SALES, self.key, values)


@dataclass
class OrderRows:
    """The lines of one order, the rows each has in the file, and what cannot be restored."""

    lines: list[Line]
    rows: list[list[SourceRow]] = field(init=False)
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [[line.row()] for line in self.lines]


@dataclass
class LineCase(Case):
    """One thing that goes wrong with one line of an order, or with all of them."""

    order: OrderRows
    at: int = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at = self.number(0, len(self.order.lines))

    @property
    def line(self) -> Line:
        """The line."""
        return self.order.lines[self.at]

    @property
    def row(self) -> SourceRow:
        """The line's row in the file."""
        return self.order.rows[self.at][0]

    def differ(self, column: str, true: str, published: str, rule_id: str = "") -> None:
        """Note what will be published in place of the truth."""
        rule_id = rule_id or self.kind
        self.order.differences.append(
            Difference("fact_sales", self.line.key, column, true, published, rule_id)
        )

    def lose(self) -> None:
        """The line will not be published."""
        self.line.is_lost = True
        self.differ(WHOLE_ROW, "present", "absent")


def spoil(kind: str, order: OrderRows, seed: int, place: int) -> None:
    """Let one thing go wrong with an order, the ``place``-th time that it does.

    The rows are changed, and the lines where the truth is another one.
    """
    _KINDS[kind][1](LineCase(kind, seed, place, order))


Spoiler = Callable[[LineCase], None]


def _no_order_number(case: LineCase) -> None:
    case.row.spoil("sls_ord_num", case.kind, "", recoverable=False)
    case.row.record_key = f"/{case.line.product}"
    case.lose()


def _unknown_product(case: LineCase) -> None:
    # Nothing is wrong with the line: master data lacks the product.
    line = case.line
    line.product, line.price = UNDESCRIBED[case.place % len(UNDESCRIBED)]
    case.order.rows[case.at] = [line.row()]
    case.row.note("sls_prd_key", case.kind)


def _unknown_customer(case: LineCase) -> None:
    for i, line in enumerate(case.order.lines):
        line.customer_id = UNDESCRIBED_CUSTOMERS + case.place
        row = line.row()
        row.note("sls_cust_id", case.kind)
        case.order.rows[i] = [row]


def _no_customer(case: LineCase) -> None:
    number = case.line.customer_id
    value = case.variant(f"{number}A", "guest", f"{number}.x")
    case.row.spoil("sls_cust_id", case.kind, value, recoverable=False)
    case.lose()


def _twice(case: LineCase) -> None:
    # Of several rows for one line the last one counts: the others are the surplus.
    again = case.line.row()
    again.note("sls_ord_num", case.kind)
    case.order.rows[case.at].insert(0, again)


def _twice_otherwise(case: LineCase) -> None:
    old = case.line.row()
    quantity = case.line.quantity + case.number(1, 4)
    old.fields["sls_sales"] = str(quantity * case.line.price)
    old.spoil("sls_quantity", case.kind, str(quantity))
    case.order.rows[case.at].insert(0, old)


def _bad_order_date(value: Callable[[LineCase], str]) -> Spoiler:
    """One line of the order loses its date, or all of them do."""

    def spoil_date(case: LineCase) -> None:
        order = case.order
        whole_order = len(order.lines) == 1 or case.place % 4 == 3
        source = "shipping_lead_time" if whole_order else "sibling_line"
        for i in range(len(order.lines)) if whole_order else (case.at,):
            order.lines[i].date_source = source
            order.rows[i][0].spoil("sls_order_dt", case.kind, value(case))

    return spoil_date


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
    for at, line in enumerate(case.order.lines):
        case.at = at
        case.row.spoil("sls_order_dt", "order_date_missing", "0", recoverable=False)
        case.differ("order_date", line.ordered.isoformat(), "", "order_date_missing")
        case.row.spoil("sls_ship_dt", "ship_date_invalid", "0", recoverable=False)
        case.differ("ship_date", line.shipped.isoformat(), "", "ship_date_invalid")
        line.date_source = "unknown"


def _not_shipped(case: LineCase) -> None:
    shipped = case.line.shipped
    _bad_day(case, "ship", case.variant("0", f"{shipped:%Y}1332", "soon"), shipped)


def _not_due(case: LineCase) -> None:
    due = case.line.due
    _bad_day(case, "due", case.variant(f"{due:%Y}0230", "0", "30 days"), due)


def _shipped_early(case: LineCase) -> None:
    wrong = case.line.ordered - timedelta(days=case.number(1, 31))
    _bad_day(case, "ship", f"{wrong:%Y%m%d}", case.line.shipped, wrong.isoformat())


def _due_early(case: LineCase) -> None:
    wrong = case.line.shipped - timedelta(days=case.number(1, 21))
    _bad_day(case, "due", f"{wrong:%Y%m%d}", case.line.due, wrong.isoformat())


def _bad_day(case: LineCase, which: str, value: str, true: date, published: str = "") -> None:
    """A day that cannot be restored."""
    case.row.spoil(f"sls_{which}_dt", case.kind, value, recoverable=False)
    case.differ(f"{which}_date", true.isoformat(), published)


def _bad_number(column: str, *values: str) -> Spoiler:
    """Amount, quantity or price of one line: each follows from the other two.

    The values take turns; `{0}` in a value is the line.
    """
    return lambda case: case.row.spoil(column, case.kind, case.variant(*values).format(case.line))


def _other_amount(case: LineCase) -> None:
    amount = case.line.amount
    wrong = amount * 10 if case.place % 3 == 1 else amount + case.number(1, 41)
    case.row.spoil("sls_sales", case.kind, str(wrong))


_NO_NUMBERS = ("n/a", "1O0", "12.5.0", "abc", "15 EUR")


#: Two of amount, quantity and price are missing, or they cannot be brought together.
_HOPELESS = (
    (("sls_sales", "sales_amount_missing", ""), ("sls_price", "price_missing", "")),
    (("sls_quantity", "quantity_not_positive", "0"), ("sls_price", "price_missing", "")),
    (
        ("sls_sales", "sales_amount_not_a_number", "n/a"),
        ("sls_quantity", "quantity_not_a_number", "x"),
    ),
    (("sls_quantity", "quantity_not_positive", "0"),),
)


def _hopeless(case: LineCase) -> None:
    before = case.row.fields["sls_sales"]
    wrong = _HOPELESS[case.place % len(_HOPELESS)]
    if len(wrong) == 1:
        # The amount is no multiple of the price.
        case.row.fields["sls_sales"] = str(case.line.amount + 1)
    for column, rule_id, value in wrong:
        case.row.spoil(column, rule_id, value, recoverable=False)
    case.row.note("sls_sales", case.kind, before, recoverable=False)
    case.lose()


#: How often each happens at scale 1, and what then goes wrong.
_KINDS: dict[str, tuple[float, Spoiler]] = {
    "order_number_missing": (2, _no_order_number),
    "product_unknown": (6, _unknown_product),
    "customer_unknown": (5, _unknown_customer),
    "sales_customer_id_not_a_number": (3, _no_customer),
    "duplicate_line_identical": (8, _twice),
    "duplicate_line_conflicting": (6, _twice_otherwise),
    "order_date_missing": (16, _bad_order_date(lambda case: "" if case.place % 8 == 5 else "0")),
    "order_date_malformed": (6, _bad_order_date(_malformed)),
    "order_date_in_future": (4, _bad_order_date(_future)),
    "order_date_before_company": (4, _bad_order_date(_too_early)),
    "order_date_unknown": (2, _no_date_at_all),
    "ship_date_invalid": (4, _not_shipped),
    "due_date_invalid": (4, _not_due),
    "ship_before_order": (5, _shipped_early),
    "due_before_ship": (4, _due_early),
    "sales_amount_missing": (8, _bad_number("sls_sales", "")),
    "sales_amount_not_a_number": (4, _bad_number("sls_sales", *_NO_NUMBERS)),
    "sales_amount_not_positive": (5, _bad_number("sls_sales", *["-{0.amount}"] * 2, "0")),
    "sales_amount_mismatch": (10, _other_amount),
    "price_missing": (7, _bad_number("sls_price", "")),
    "price_not_a_number": (3, _bad_number("sls_price", *_NO_NUMBERS)),
    "price_negative": (5, _bad_number("sls_price", "-{0.price}")),
    "price_zero": (3, _bad_number("sls_price", "0")),
    "quantity_not_a_number": (4, _bad_number("sls_quantity", "one", "", "1 pc", "x")),
    "quantity_not_positive": (5, _bad_number("sls_quantity", "0", "-{0.quantity}")),
    "line_not_computable": (4, _hopeless),
}
KINDS = {kind: often for kind, (often, _) in _KINDS.items()} | {LATE: 0, CORRECTED: 0}
