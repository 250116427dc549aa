"""What the words of a question say, and ways to look around among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

from metric_ask.calendar_words import Found
from metric_ask.grammar.context import Context, Understood
from metric_ask.grammar.items import Item
from metric_ask.grammar.refusal import EXAMPLES, NotUnderstoodError
from metric_ask.request import Request

STEP_ROLES = {"month_steps": "month", "quarter_steps": "quarter", "week_steps": "week"}
RANK_ROLES = frozenset({"descending", "ascending"})
# Words that name a figure and rank by it: the metric, and whether its highest come first.
QUALITIES = {
    "profitable": ("gross_profit", True),
    "unprofitable": ("gross_profit", False),
    "expensive": ("average_price", True),
    "cheap": ("average_price", False),
}
ROWS_FOLLOW = frozenset({"best_seller", "worst_seller", "growth", "decline", *QUALITIES})
_BEFORE_SUBJECT = RANK_ROLES | ROWS_FOLLOW | {"subject", "by", "each"}


@dataclass
class Parts:
    """What the items of a question say, collected before it is put together.

    Attributes:
        context: what the question is read against.
        items: the words with their meanings.
        remarks: what the reading has to say beyond the request.
        metrics: named figures.
        subjects: what is asked for, as in "which products".
        by: dimensions behind "by".
        each: dimensions behind "each".
        values: values with their places, and whether they are left out.
        spans: periods with their places.
        number: of rows.
        singular: whether one row is asked for, as in "which product".
    """

    context: Context
    items: list[Item]
    remarks: list[str]
    metrics: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    each: list[str] = field(default_factory=list)
    values: list[tuple[int, Item, bool]] = field(default_factory=list)
    spans: list[tuple[int, Found]] = field(default_factory=list)
    number: int | None = None
    singular: bool = False

    def item(self, place: int) -> Item | None:
        """The item at a place, None outside of the question."""
        return self.items[place] if 0 <= place < len(self.items) else None

    def is_silent(self, item: Item) -> bool:
        """Whether the item carries no meaning of its own."""
        return item.kind == "role" and item.name == "silent"

    def is_rank(self, item: Item) -> bool:
        """Whether the item says highest or lowest."""
        return item.kind == "role" and item.name in RANK_ROLES

    def orders(self, item: Item) -> bool:
        """Whether the item puts rows into an order."""
        return self.is_rank(item) or (item.kind == "role" and item.name in ROWS_FOLLOW)

    def asks_for(self, item: Item) -> bool:
        """Whether what follows this item is what the rows are."""
        if item.kind == "number":
            return True
        return item.kind == "role" and item.name in _BEFORE_SUBJECT

    def significant_before(self, place: int) -> int | None:
        """The item before, passing over silent words, values and joining words."""
        at = place - 1
        while at >= 0 and (
            self.is_silent(self.items[at])
            or self.items[at].kind == "value"
            or (self.items[at].kind == "role" and self.items[at].name == "and")
        ):
            at -= 1
        return at if at >= 0 else None

    def joined(self, first: int, second: int) -> bool:
        """Whether the second item continues a list that the first is in."""
        between = self.items[first + 1 : second]
        joins = any(each.kind == "role" and each.name == "and" for each in between)
        return joins or self.items[second].comma or any(each.comma for each in between)

    def last_noun(self, place: int) -> int | None:
        """The place of the last item before this one that names something."""
        for at in range(place - 1, -1, -1):
            if self.items[at].kind in ("metric", "either", "dimension", "value", "period"):
                return at
        return None

    def is_by_metric(self) -> bool:
        """Whether a metric stands behind "by"."""
        return any(
            one.kind == "role" and one.name == "by" and other.kind == "metric"
            for one, other in pairwise(self.items)
        )

    def beside_its_value(self, place: int, name: str) -> bool:
        """Whether the noun only says what the value beside it is: "category Bikes"."""
        return any(
            near is not None and near.kind == "value" and near.name == name
            for near in (self.item(place - 1), self.item(place + 1))
        )

    def understood(self, request: Request) -> Understood:
        """The request with the remarks, each once."""
        return Understood(request, tuple(dict.fromkeys(self.remarks)))

    def ask(self, reason: str, *suggestions: str) -> NoReturn:
        """Refuse, with questions that would be understood.

        In a suggestion `{year}` is the last year that is over, `{before}` the one before that.
        """
        year = self.context.calendar.last.year - 1
        raise NotUnderstoodError(
            reason,
            [
                each.replace("{year}", str(year)).replace("{before}", str(year - 1))
                for each in suggestions or EXAMPLES
            ],
        )
