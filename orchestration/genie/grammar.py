"""From the words of a question to a request, or to a refusal that helps.

Every word has to be explained: by the vocabulary, by the calendar, or as one of the words known to
carry no meaning. What is left over, or fits two ways, leads to a question back, never to a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import NoReturn

from orchestration.genie import periods
from orchestration.genie.calendar_words import NUMBER_WORDS, Found, find_period
from orchestration.genie.compiler import shift
from orchestration.genie.metrics import GRAINS, MetricView
from orchestration.genie.periods import Calendar, Span, Unit
from orchestration.genie.request import Direction, Filter, Period, Request, Shape
from orchestration.genie.words import Meaning, Token, Vocabulary, tokens

LONGEST_QUESTION = 400
LONGEST_LIST = 100
SHORT_LIST = 10
EACH_LIST = 5
LARGEST_NUMBER = 1000

_MANY_VALUES = ("product", "product_number", "customer", "order_date", "week")
_ABOUT_PRODUCTS = ("product", "subcategory", "category", "product_line", "requires_maintenance")
_SCOPE_NOUNS = ("product", "customer")
_PEOPLE_COUNTS = ("customers", "orders", "new_customers", "late_orders", "returning_share")
_SHARABLE = ("revenue", "quantity", "gross_profit", "orders", "customers", "new_customers")
_YEAR_STEPS = {"week": 52, "month": 12, "quarter": 4, "year": 1}


class NotUnderstoodError(Exception):
    """The question cannot be answered as it stands.

    Attributes:
        reason: why, in one or two sentences.
        suggestions: the nearest words or questions that would be understood.
    """

    def __init__(self, reason: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = tuple(suggestions)


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


@dataclass(frozen=True)
class _Item:
    """A run of words with its meaning."""

    kind: str
    name: str = ""
    text: str = ""
    comma: bool = False
    values: tuple[str, ...] = ()
    note: str = ""
    found: Found | None = None
    number: int = 0
    other: str = ""
    """For kind `either`: the dimension, while `name` is the metric."""


def understand(question: str, context: Context) -> Understood:
    """Read a question.

    Raises:
        NotUnderstoodError: when a word cannot be placed or the words do not make one request.
    """
    if len(question) > LONGEST_QUESTION:
        raise NotUnderstoodError(
            f"The question is longer than {LONGEST_QUESTION} characters.", ["revenue by country"]
        )
    words = tokens(question)
    if not words:
        raise NotUnderstoodError("There is no question.", ["revenue by country", "top 10 products"])
    items, remarks = _scan(words, context)
    reader = _Reader(context, items, remarks)
    return reader.read()


# --- Words to items ------------------------------------------------------------------------------


def _scan(words: list[Token], context: Context) -> tuple[list[_Item], list[str]]:
    """Cut the question into the longest runs of words that mean something."""
    vocabulary = context.vocabulary
    remarks: list[str] = []
    items: list[_Item] = []
    unknown: list[Token] = []
    place = 0
    words = list(words)
    corrected: set[int] = set()
    while place < len(words):
        item, length = _longest(words, place, context)
        if item is None and place not in corrected and not words[place].is_symbol:
            corrected.add(place)
            choices = vocabulary.corrections(words[place].text)
            if len(choices) > 1:
                raise NotUnderstoodError(
                    f'"{words[place].raw}" could be {_either(choices)}.', choices
                )
            if choices:
                remarks.append(f'"{words[place].raw}" was read as "{choices[0]}".')
                words[place] = replace(words[place], text=choices[0])
                # The corrected word may belong to a phrase that began before it.
                if items and (again := _rejoined(words, place, context)):
                    place = again[0]
                    while items and again[1] > 0:
                        again = (again[0], again[1] - _width(items.pop()))
                continue
        if item is None:
            unknown.append(words[place])
            place += 1
            continue
        items.append(item)
        place += length
    if unknown:
        _refuse_unknown(unknown, vocabulary)
    return items, remarks


def _width(item: _Item) -> int:
    return len(tokens(item.text)) or 1


def _rejoined(words: list[Token], place: int, context: Context) -> tuple[int, int] | None:
    """Where to start again so that a phrase across a corrected word is found, and words back."""
    for back in range(min(4, place), 0, -1):
        start = place - back
        item, length = _longest(words, start, context)
        if item is not None and start + length > place:
            return start, back
    return None


def _longest(words: list[Token], place: int, context: Context) -> tuple[_Item | None, int]:
    vocabulary = context.vocabulary
    texts = [word.text for word in words]
    comma = words[place].comma
    best: tuple[_Item | None, int] = (None, 0)
    for length in range(min(vocabulary.longest, len(words) - place), 0, -1):
        if any(word.is_symbol for word in words[place : place + length]):
            continue
        meanings = vocabulary.meanings(texts[place : place + length])
        if length == 1 and words[place].raw == "us" and not _is_country(words, place):
            meanings = []
        # A comma parts a list; only names of the catalogue may hold one.
        parted = any(word.comma for word in words[place + 1 : place + length])
        if parted and any(each.kind != "value" for each in meanings):
            meanings = []
        if meanings:
            raw = " ".join(word.raw for word in words[place : place + length])
            best = (_item(meanings, raw, comma), length)
            break
    found = find_period(texts, place, context.calendar)
    if found and found.length >= best[1]:
        raw = " ".join(word.raw for word in words[place : place + found.length])
        return _Item("period", text=raw, comma=comma, found=found), found.length
    if best[0] is None:
        word = words[place]
        number = NUMBER_WORDS.get(word.text) or (int(word.text) if word.text.isdigit() else 0)
        if number and len(word.text) <= 9:
            return _Item("number", text=word.raw, comma=comma, number=number), 1
    return best


def _is_country(words: list[Token], place: int) -> bool:
    """Whether a lower-case "us" is the country, rather than the people who ask."""
    return place == 0 or words[place - 1].text in _BEFORE_US


_BEFORE_US = frozenset({"in", "the", "from", "and", "or", "vs", "versus", "within", "outside"})


def _item(meanings: list[Meaning], raw: str, comma: bool) -> _Item:
    by_kind: dict[str, list[Meaning]] = {}
    for each in meanings:
        by_kind.setdefault(each.kind, []).append(each)
    metrics, dimensions = by_kind.get("metric", []), by_kind.get("dimension", [])
    values = by_kind.get("value", [])
    if len(metrics) > 1 or len(dimensions) > 1:
        names = [each.name.replace("_", " ") for each in (*metrics, *dimensions)]
        raise NotUnderstoodError(f'"{raw}" could mean {_either(names)}.', names)
    if metrics and dimensions:
        return _Item("either", metrics[0].name, raw, comma, other=dimensions[0].name)
    if metrics:
        return _Item("metric", metrics[0].name, raw, comma)
    if values:
        # A name that is a category and a subcategory of it means the wider of the two.
        if len({each.name for each in values}) > 1:
            names = [f"{each.values[0]} ({each.name.replace('_', ' ')})" for each in values]
            ranked = [
                each for name in _ABOUT_PRODUCTS[2::-1] for each in values if each.name == name
            ]
            if len(ranked) != len(values):
                raise NotUnderstoodError(f'"{raw}" could mean {_either(names)}.', names)
            values = ranked
        return _Item("value", values[0].name, raw, comma, values[0].values, values[0].note)
    if dimensions:
        return _Item("dimension", dimensions[0].name, raw, comma)
    return _Item("role", by_kind["role"][0].name, raw, comma)


def _refuse_unknown(unknown: list[Token], vocabulary: Vocabulary) -> NoReturn:
    shown = list(dict.fromkeys(f'"{word.raw}"' for word in unknown))
    near = [name for word in unknown for name in vocabulary.nearest(word.text)]
    reason = f"{_listed(shown)} {'is' if len(shown) == 1 else 'are'} not known here."
    raise NotUnderstoodError(reason, list(dict.fromkeys(near))[:6] or _EXAMPLES)


_EXAMPLES = (
    "revenue by country this quarter",
    "top 10 products by revenue",
    "orders per month in the last 12 months",
    "share of revenue by category",
)


# --- Items to a request --------------------------------------------------------------------------


@dataclass
class _Reader:
    """Collects what the items say, then puts the request together."""

    context: Context
    items: list[_Item]
    remarks: list[str]
    metrics: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    each: list[str] = field(default_factory=list)
    values: list[tuple[int, _Item, bool]] = field(default_factory=list)
    spans: list[tuple[int, Found]] = field(default_factory=list)
    number: int | None = None
    singular: bool = False

    def read(self) -> Understood:
        self._refuse_phrases()
        self._collect()
        roles = {item.name for item in self.items if item.kind == "role"}
        self._settle_special(roles)
        filters = self._filters(roles)
        shape, direction = self._shape(roles)
        descending, ranked = self._ranking(roles)
        self._settle_metrics(roles, shape, ranked)
        dimensions, each = self._dimensions(roles, shape, ranked)
        share_of: tuple[str, ...] = ()
        if shape == "share":
            dimensions, filters, share_of = self._numerator(dimensions, filters)
        self._check_filters(filters, dimensions)
        if shape == "change":
            return self._change(dimensions, filters, direction, each, roles)
        period = self._single_period(roles)
        if shape == "trend":
            return self._trend(dimensions, filters, period, roles)
        if not dimensions and (ranked or self.number):
            self._ask("The highest or lowest of what?", "top 10 products", "countries by revenue")
        if shape == "share" and not dimensions:
            self._ask("A share of what, by what?", "share of revenue by category")
        has_grain = any(name in GRAINS for name in dimensions)
        by_metric = ranked or shape == "share" or not (has_grain or _has_order(dimensions))
        request = Request(
            metrics=tuple(self.metrics),
            dimensions=dimensions,
            filters=filters,
            period=period,
            shape=shape,
            share_of=share_of,
            each=each,
            descending=descending,
            ranked=by_metric,
            limit=self._limit(dimensions, each, ranked),
        )
        return self._understood(request)

    # Collecting.

    def _refuse_phrases(self) -> None:
        for item in self.items:
            if item.kind == "role" and item.name == "refused":
                raise NotUnderstoodError(f'"{item.text}" is not in the data.', _EXAMPLES)

    def _collect(self) -> None:
        pending = ""
        negated = False
        for place, item in enumerate(self.items):
            role = item.name if item.kind == "role" else ""
            if role in ("by", "each"):
                pending = role
            elif role == "without":
                negated = True
                pending = ""
            elif item.kind == "metric":
                self._add_metric(item.name)
                pending = pending if pending == "each" else ""
            elif item.kind in ("dimension", "either"):
                pending = self._add_noun(place, item, pending)
            elif item.kind == "value":
                if item.text.lower() == "single" and not self._is_about_people(place):
                    self._ask(
                        '"single" could mean unmarried customers.', "revenue of single customers"
                    )
                self.values.append((place, item, negated))
                if item.note:
                    self.remarks.append(f'"{item.text}": {item.note}.')
            elif item.kind == "number":
                self._add_number(place, item)
            elif item.kind == "period":
                assert item.found
                self.spans.append((place, item.found))
            if negated and role == "silent" and item.text.lower() in _PREPOSITIONS:
                negated = not any(flag for at, _, flag in self.values if at == place - 1)
            if (
                negated
                and item.kind != "value"
                and role not in ("without", "and", "silent", "each")
            ):
                if not any(flag for at, _, flag in self.values if at >= place - 3):
                    self._ask("It is not clear what is to be left out.", "revenue without bikes")
                negated = False
        if negated and not any(flag for _, _, flag in self.values):
            self._ask("It is not clear what is to be left out.", "revenue without bikes")

    def _is_about_people(self, place: int) -> bool:
        near = [self._item(at) for at in (place - 2, place - 1, place + 1, place + 2)]
        return any(
            item is not None
            and (item.name in ("gender", "marital_status", "customers", "versus") or item.other)
            for item in near
        )

    def _add_metric(self, name: str) -> None:
        if name not in self.metrics:
            self.metrics.append(name)

    def _add_noun(self, place: int, item: _Item, pending: str) -> str:
        """A word that names a dimension, and sometimes also a metric or nothing new."""
        name = item.other if item.kind == "either" else item.name
        if self._beside_its_value(place, name) and not pending:
            return pending
        if item.kind == "either" and self._counts(place, pending):
            self._add_metric(item.name)
            return ""
        if pending:
            target = self.each if pending == "each" else self.by
            if name not in target:
                target.append(name)
            return pending
        before = self._significant_before(place)
        role = self.items[before].name if before is not None else ""
        if role in ("how_many", "share") and before is not None and before >= place - 2:
            title = self.context.view.dimensions[name].title.lower()
            self._ask(
                f'How many there are of "{item.text}" is no figure that is known here.',
                f"revenue by {title}",
                f"share of revenue by {title}",
            )
        if name in _SCOPE_NOUNS and self._is_scope(place):
            return ""
        if name not in self.subjects:
            self.subjects.append(name)
            self.singular = not item.text.lower().rstrip().endswith("s")
        return ""

    def _beside_its_value(self, place: int, name: str) -> bool:
        """Whether the noun only says what the value beside it is: "category Bikes"."""
        return any(
            near is not None and near.kind == "value" and near.name == name
            for near in (self._item(place - 1), self._item(place + 1))
        )

    def _counts(self, place: int, pending: str) -> bool:
        """Whether a word such as "customers" means how many of them."""
        if pending:
            return False
        before = self._significant_before(place)
        if before is not None:
            item = self.items[before]
            if item.kind == "role" and item.name == "how_many":
                counted = self.items[before + 1]
                return not (counted.kind == "value" and counted.name in _ABOUT_PRODUCTS)
            if item.kind == "role" and item.name == "share":
                return True
            if item.kind in ("metric", "either") and (
                self._joined(before, place) and before == self._last_noun(place)
            ):
                return item.kind == "metric" or item.name in self.metrics
            if self._asks_for(item):
                return False
        others = any(
            item.kind == "metric" and at != place for at, item in enumerate(self.items)
        ) or any(item.kind == "role" and item.name in _IMPLY_METRIC for item in self.items)
        return not others

    def _last_noun(self, place: int) -> int | None:
        for at in range(place - 1, -1, -1):
            if self.items[at].kind in ("metric", "either", "dimension", "value", "period"):
                return at
        return None

    def _is_scope(self, place: int) -> bool:
        """Whether "products" or "customers" only names what the figures are of."""
        at = place - 1
        while at >= 0 and (self.items[at].kind == "value" or self._is_silent(self.items[at])):
            at -= 1
        if at < 0:
            # "Married customers" and a figure are of them; "customers by revenue" are the rows.
            before = self._item(place - 1)
            described = before is not None and before.kind == "value"
            if not described or any(map(self._orders, self.items)) or self._is_by_metric():
                return False
            return any(item.kind == "metric" for item in self.items)
        if self._asks_for(self.items[at]):
            return False
        known = any(item.kind == "metric" for item in self.items)
        implied = any(
            item.kind == "role" and item.name in ("sell", "buy", "how_much_of")
            for item in self.items
        )
        return known or implied

    def _orders(self, item: _Item) -> bool:
        return self._is_rank(item) or (item.kind == "role" and item.name in _ROWS_FOLLOW)

    def _is_by_metric(self) -> bool:
        """Whether a metric stands behind "by"."""
        return any(
            one.kind == "role" and one.name == "by" and other.kind == "metric"
            for one, other in pairwise(self.items)
        )

    def _asks_for(self, item: _Item) -> bool:
        """Whether what follows this item is what the rows are."""
        if item.kind == "number":
            return True
        return item.kind == "role" and item.name in _BEFORE_SUBJECT

    def _significant_before(self, place: int) -> int | None:
        """The item before, passing over silent words, values and joining words."""
        at = place - 1
        while at >= 0 and (
            self._is_silent(self.items[at])
            or self.items[at].kind == "value"
            or (self.items[at].kind == "role" and self.items[at].name == "and")
        ):
            at -= 1
        return at if at >= 0 else None

    def _joined(self, first: int, second: int) -> bool:
        """Whether the second item continues a list that the first is in."""
        between = self.items[first + 1 : second]
        joins = any(each.kind == "role" and each.name == "and" for each in between)
        return joins or self.items[second].comma or any(each.comma for each in between)

    def _is_silent(self, item: _Item) -> bool:
        return item.kind == "role" and item.name == "silent"

    def _item(self, place: int) -> _Item | None:
        return self.items[place] if 0 <= place < len(self.items) else None

    def _add_number(self, place: int, item: _Item) -> None:
        """A number is how many rows; one that is not before or after its like is refused."""
        if self.number is not None:
            self._ask(f"There are two numbers, and {item.text} has no clear meaning.")
        ahead = place + 1
        while (near := self._item(ahead)) is not None and (
            near.kind == "value"
            or self._is_silent(near)
            or self._is_rank(near)
            or (near.kind == "role" and near.name in _ROWS_FOLLOW)
            or near.kind == "metric"
        ):
            ahead += 1
        behind = self._item(place - 1)
        follows = near is not None and near.kind in ("dimension", "either")
        ranked = behind is not None and (self._is_rank(behind) or behind.name in _ROWS_FOLLOW)
        ranked = ranked or (
            (after := self._item(place + 1)) is not None
            and (self._is_rank(after) or (after.kind == "role" and after.name in _ROWS_FOLLOW))
        )
        if not (follows or ranked):
            self._ask(
                f'"{item.text}" is a number without a clear meaning.',
                "top 10 products",
                "last 6 months",
            )
        if not 1 <= item.number <= LARGEST_NUMBER:
            self._ask(f"A list can have 1 to {LARGEST_NUMBER} rows, not {item.text}.")
        self.number = item.number

    def _is_rank(self, item: _Item) -> bool:
        return item.kind == "role" and item.name in _RANK_ROLES

    # Settling.

    def _settle_special(self, roles: set[str]) -> None:
        """Words that are a metric and more: best sellers, profitable, buy the most."""
        asks_who = any(item.text.lower() in ("who", "whom") for item in self.items)
        if asks_who and not (self.subjects or self.by or self.each):
            self.subjects.append("customer")
        if roles & {"profitable", "unprofitable"}:
            self._add_metric("gross_profit")
        rows_named = self.subjects or self.by or self.each
        if roles & {"best_seller", "worst_seller"} and not rows_named:
            self.subjects.append("product")
        if "how_many" in roles and not self.metrics:
            self._count_values()
        if "how_much_of" in roles and not self.metrics:
            self.metrics += ["revenue", "quantity"]
        for one, other in pairwise(self.items):
            before = one.name in ("before", "year_before") and "before" in one.text.lower()
            if before and other.kind == "period" and "versus" not in roles:
                self._ask(
                    f'"{one.text} {other.text}" could be a period or a comparison.',
                    "revenue before 2013",
                    "revenue 2013 vs previous year",
                )
        if "late_orders" in self.metrics and "orders" in self.metrics:
            self.metrics.remove("orders")

    def _count_values(self) -> None:
        """How many women are customers, how many helmets are pieces."""
        for place, item in enumerate(self.items):
            following = self._item(place + 1)
            if item.name != "how_many" or following is None or following.kind != "value":
                continue
            if following.name in ("gender", "marital_status", "age_group"):
                self.metrics.append("customers")
            elif following.name in ("product", "subcategory", "category"):
                self.metrics.append("quantity")
                self.remarks.append(f'"How many {following.text}" is the number of pieces sold.')

    def _settle_metrics(self, roles: set[str], shape: Shape, ranked: bool) -> None:
        if not self.metrics:
            most = roles & {"descending", "ascending"}
            if "buy" in roles and most and any(not flag for _, _, flag in self.values):
                self.metrics.append("quantity")
                self.remarks.append("No metric was named: the number of pieces bought.")
            elif "buy" in roles and most:
                self._ask(
                    "Most of what: revenue, orders or pieces?",
                    *(f"{self._example_dimension()} by {name}" for name in ("revenue", "orders")),
                )
            elif ranked or shape != "list" or roles & {"sell", "best_seller", "worst_seller"}:
                self.metrics.append("revenue")
                self.remarks.append("No metric was named: revenue.")
            else:
                self._ask_for_metric()
        if shape != "list" and len(self.metrics) > 1:
            names = [self.context.view.measures[name].title for name in self.metrics]
            self._ask(f"One metric at a time, please: {_either(names)}?", *names)
        lost = [
            item.text for item in self.items if item.kind == "role" and item.text.lower() in _LOSE
        ]
        unnamed = not any(item.kind == "metric" for item in self.items)
        whom = unnamed and "customer" in (*self.subjects, *self.by)
        if lost and (whom or self.metrics[0] in ("customers", "new_customers", "orders")):
            self._ask(
                f'Whom or what we "{lost[0]}" cannot be told from sales alone.',
                "new customers by month",
                "customers with declining revenue",
            )

    def _example_dimension(self) -> str:
        names = self.subjects or self.by or ["customer"]
        return self.context.view.dimensions[names[0]].title.lower()

    def _ask_for_metric(self) -> NoReturn:
        about = [item.text for _, item, _ in self.values] or [
            self.context.view.dimensions[name].title.lower()
            for name in (*self.subjects, *self.by, *self.each)
        ]
        if about:
            self._ask(
                f"Which figure of {_listed(about)}?",
                f"revenue of {about[0]}" if self.values else f"revenue by {about[0]}",
                f"orders of {about[0]}" if self.values else f"orders by {about[0]}",
            )
        self._ask("No figure is named that is known here.", *_EXAMPLES)

    def _shape(self, roles: set[str]) -> tuple[Shape, Direction | None]:
        up, down = "growth" in roles, "decline" in roles
        against = roles & {"before", "year_before", *_STEP_ROLES}
        compares_periods = "versus" in roles and (len(self.spans) > 1 or self._versus_period())
        direction: Direction | None = None
        if up or down:
            direction = "both" if up and down else "up" if up else "down"
        changes = up or down or "change" in roles or bool(against) or compares_periods
        if "trend" in roles:
            if "share" in roles or against:
                self._ask(
                    "A trend, or a comparison? One at a time, please.", "revenue trend by month"
                )
            return "trend", None
        if "share" in roles:
            if changes:
                self._ask(
                    "A share, or a change? One at a time, please.",
                    "share of revenue by category",
                    "revenue growth by category",
                )
            return "share", None
        if changes:
            return "change", direction
        several = any(
            not one[2] and not other[2] and one[1].name == other[1].name
            for at, one in enumerate(self.values)
            for other in self.values[at + 1 :]
        )
        if "versus" in roles and not (several or self.subjects or self.by or self.each):
            self._ask("Compared with what?", "revenue 2013 vs 2012", "revenue of bikes vs clothing")
        return "list", None

    def _versus_period(self) -> bool:
        """Whether a period stands directly behind "against"."""
        for place, item in enumerate(self.items):
            if item.kind != "role" or item.name != "versus":
                continue
            place += 1
            while (near := self._item(place)) is not None and self._is_silent(near):
                place += 1
            if near is not None and near.kind == "period":
                return True
        return False

    def _ranking(self, roles: set[str]) -> tuple[bool, bool]:
        high = roles & {"descending", "best_seller", "profitable"}
        low = roles & {"ascending", "worst_seller", "unprofitable"}
        if "unprofitable" in roles:
            high = set()
        if high and low and "best_seller" not in high:
            if low == {"ascending"} and "profitable" in high:
                high = set()
            else:
                self._ask(
                    "The highest or the lowest? One at a time, please.",
                    "top 5 countries by revenue",
                    "bottom 5 countries by revenue",
                )
        return not low, bool(high or low or self.number)

    def _filters(self, roles: set[str]) -> tuple[Filter, ...]:
        """The values by dimension; values that are compared become rows."""
        wanted: dict[tuple[str, bool], list[str]] = {}
        for _, item, excluded in self.values:
            known = wanted.setdefault((item.name, excluded), [])
            known += [value for value in item.values if value not in known]
        for (name, excluded), values in wanted.items():
            if not excluded and set(values) & set(wanted.get((name, True), ())):
                self._ask(f"{_listed(values)} cannot be both meant and left out.")
        if "versus" in roles:
            several = [name for (name, out), values in wanted.items() if not out and values[1:]]
            named = several and several[0] in (*self.by, *self.each, *self.subjects)
            periods_compared = len(self.spans) > 1 or self._versus_period()
            if len(several) == 1 and not named and not periods_compared:
                self.by.append(several[0])
        return tuple(
            Filter(name, tuple(values), excluded) for (name, excluded), values in wanted.items()
        )

    def _check_filters(self, filters: tuple[Filter, ...], dimensions: tuple[str, ...]) -> None:
        about = [each for each in filters if each.dimension in _ABOUT_PRODUCTS]
        wanted = [each for each in about if not each.excluded]
        listed = self._product_values_listed()
        if len({each.dimension for each in wanted}) > 1 and listed:
            self._ask(
                f"{_listed(listed)} are of different kinds; together they could be either or both.",
                *(f"{self.metrics[0].replace('_', ' ')} of {text}" for text in listed),
            )
        if wanted and not self.context.has_product(wanted):
            names = [" or ".join(each.values) for each in wanted]
            self._ask(f"No product is {_listed(names)} at the same time.")
        several = [
            each for each in wanted if len(each.values) > 1 and each.dimension not in dimensions
        ]
        asks_both = any(
            item.kind == "role" and item.name == "and" and item.text.lower() != "or"
            for item in self.items
        )
        counts = [name for name in self.metrics if name in _PEOPLE_COUNTS]
        if several and listed and asks_both and counts:
            name = self.context.view.measures[counts[0]].title.lower()
            self._ask(
                f"{self.context.view.measures[counts[0]].title} with {_either(listed)}, or with "
                "all of them? Only the first can be answered.",
                f"{name} of {' or '.join(listed)}",
            )

    def _product_values_listed(self) -> list[str]:
        """Values about products that stand in one list, joined by "and", "or" or a comma."""
        places = [
            (at, item) for at, item, out in self.values if item.name in _ABOUT_PRODUCTS and not out
        ]
        texts: list[str] = []
        for (first, one), (second, other) in pairwise(places):
            if self._joined(first, second):
                texts += [one.text, other.text]
        return list(dict.fromkeys(texts))

    def _dimensions(
        self, roles: set[str], shape: Shape, ranked: bool
    ) -> tuple[tuple[str, ...], str | None]:
        """What the rows are by, and within which of them a list starts anew."""
        del roles
        names = list(dict.fromkeys((*self.each, *self.by, *self.subjects)))
        if len(names) > 3:
            titles = [self.context.view.dimensions[name].title for name in names]
            self._ask(f"That is by {_listed(titles)}: at most three at a time, please.")
        within = [name for name in (*self.each, *self.by) if name not in self.subjects]
        starts_anew = ranked or bool(self.number) or (shape == "share" and bool(self.each))
        if self.subjects and starts_anew and len(within) == 1 and self.subjects != within:
            each = within[0]
            return (each, *(name for name in names if name != each)), each
        if shape == "share" and len(self.each) == 1 and len(names) > 1:
            each = self.each[0]
            return (each, *(name for name in names if name != each)), each
        ordered = [*self.by, *self.each, *self.subjects]
        if not (ranked or self.number):
            ordered.sort(key=lambda name: name not in GRAINS)
        return tuple(dict.fromkeys(ordered)), None

    def _numerator(
        self, dimensions: tuple[str, ...], filters: tuple[Filter, ...]
    ) -> tuple[tuple[str, ...], tuple[Filter, ...], tuple[str, ...]]:
        """In "what share comes from bikes", bikes are part of a whole, not a limit to it."""
        if self.metrics[0] not in _SHARABLE:
            title = self.context.view.measures[self.metrics[0]].title
            self._ask(
                f"{title} has no parts that could be a share.", "share of revenue by category"
            )
        if dimensions:
            if parts := sorted(self._parts_named()):
                title = self.context.view.dimensions[parts[0]].title.lower()
                within = self.context.view.dimensions[dimensions[0]].title.lower()
                self._ask(
                    "A share of one thing by another is answered for all parts at once.",
                    f"share of revenue by {title} within each {within}",
                )
            return dimensions, filters, ()
        wanted = [each for each in filters if not each.excluded]
        if len(wanted) > 1:
            named = self._parts_named()
            wanted = [each for each in wanted if each.dimension in named]
        if len(wanted) != 1:
            names = [" or ".join(each.values) for each in filters]
            self._ask(
                f"The share of which: {_either(names)}?" if names else "The share of what?",
                *(f"what share of revenue comes from {name}" for name in names[:2]),
                "share of revenue by category",
            )
        part = wanted[0]
        rest = tuple(each for each in filters if each is not part)
        return (part.dimension,), rest, part.values

    def _parts_named(self) -> set[str]:
        """Dimensions of values that follow "come from" or "share of" directly."""
        found: set[str] = set()
        for place, item, _ in self.values:
            before = self.items[max(0, place - 3) : place]
            text = " ".join(each.text.lower() for each in before)
            if text.endswith((" from", "share of", "percentage of", "proportion of")):
                found.add(item.name)
        return found

    # Periods.

    def _single_period(self, roles: set[str]) -> Period | None:
        spans = [found.span for _, found in self.spans]
        if not spans:
            if "recent" in roles:
                span = self.context.calendar.latest(12, "month")
                self.remarks.append('"Recent" means the last 12 months.')
                return self._period(span)
            return None
        if len(spans) > 1:
            return self._several_periods(spans)
        return self._period(spans[0])

    def _several_periods(self, spans: list[Span]) -> Period:
        """Two periods without "against" between them: years (months, ...) in a row."""
        spans = sorted(spans, key=lambda span: (span.start is not None, span.start or span.end))
        units = {span.unit for span in spans}
        whole = all(span.start and span.end and span.count == 1 for span in spans)
        follow = whole and all(
            self.context.calendar.before(right) is not None and _starts_after(left, right)
            for left, right in pairwise(spans)
        )
        unit = next(iter(units))
        if not follow or len(units) != 1 or unit == "day":
            names = [span.name for span in spans]
            self._ask(
                f"{_listed(names)} are two periods; it is not clear how they belong together.",
                f"revenue {names[0]} vs {names[-1]}",
            )
        if unit not in self.by and unit not in self.subjects and unit not in self.each:
            self._ask(
                f"Together, or {unit} by {unit}?",
                f"{self.metrics[0].replace('_', ' ')} from {spans[0].name} to {spans[-1].name}",
                f"{self.metrics[0].replace('_', ' ')} from {spans[0].name} to {spans[-1].name} "
                f"by {unit}",
            )
        return self._period(periods.between(spans[0], spans[-1]))

    def _period(self, span: Span) -> Period:
        calendar = self.context.calendar
        if calendar.is_outside(span):
            self._ask(
                f"There are no sales in {span.name}: the order dates reach from "
                f"{periods.describe_day(calendar.first)} to {periods.describe_day(calendar.last)}."
            )
        return calendar.period(span)

    def _trend(
        self,
        dimensions: tuple[str, ...],
        filters: tuple[Filter, ...],
        period: Period | None,
        roles: set[str],
    ) -> Understood:
        del roles
        grains = [name for name in dimensions if name in GRAINS]
        others = [name for name in dimensions if name not in GRAINS]
        if others:
            title = self.context.view.dimensions[others[0]].title.lower()
            self._ask(
                f"A trend is told for one series; by {title} there are several.",
                f"revenue by month and {title}",
                f"revenue growth by {title}",
            )
        if len(grains) > 1:
            self._ask("By day, week, month, quarter or year? One at a time, please.")
        grain = grains[0] if grains else self._grain_of_trend()
        request = Request(
            metrics=tuple(self.metrics),
            dimensions=(grain,),
            filters=filters,
            period=period,
            shape="trend",
            ranked=False,
        )
        return self._understood(request)

    def _grain_of_trend(self) -> str:
        unit = self.spans[0][1].span.unit if self.spans else "month"
        count = self.spans[0][1].span.count if self.spans else 0
        if (unit in ("day", "week") and count) or (unit == "month" and count == 1):
            self.remarks.append("The period is short: by day.")
            return "order_date"
        return "month"

    def _change(
        self,
        dimensions: tuple[str, ...],
        filters: tuple[Filter, ...],
        direction: Direction | None,
        each: str | None,
        roles: set[str],
    ) -> Understood:
        if direction and "ascending" in roles:
            self._ask(
                "The smallest change could mean two things.",
                "countries with declining revenue",
                "countries with growing revenue",
            )
        grains = [name for name in dimensions if name in GRAINS]
        steps = [_STEP_ROLES[role] for role in roles & set(_STEP_ROLES)]
        # "This month, month over month" is one comparison; of a longer period, it is many.
        one_step = self.spans and steps and self.spans[0][1].span.unit == steps[0]
        if steps and not grains and not one_step:
            grains = steps
            dimensions = (*steps, *dimensions)
        if grains:
            return self._steps(dimensions, grains, filters, roles)
        current, earlier = self._two_spans(roles)
        calendar = self.context.calendar
        period = self._period(current)
        if earlier is None or calendar.is_outside(earlier):
            self._ask(
                f"There is nothing before {current.name} to compare with: the order dates begin on "
                f"{periods.describe_day(calendar.first)}."
            )
        before = calendar.period(earlier)
        if earlier.start and earlier.start < calendar.first:
            self.remarks.append(
                "The earlier period is not complete: the order dates begin on "
                f"{periods.describe_day(calendar.first)}."
            )
        if not dimensions:
            direction = None
        request = Request(
            metrics=tuple(self.metrics),
            dimensions=dimensions,
            filters=filters,
            period=period,
            before=before,
            shape="change",
            direction=direction,
            each=each,
            limit=self._limit(dimensions, each, direction is not None),
        )
        return self._understood(request)

    def _two_spans(self, roles: set[str]) -> tuple[Span, Span | None]:
        """The period that is meant and the one it is compared with."""
        calendar = self.context.calendar
        found = [each for _, each in self.spans]
        if len(found) > 2:
            self._ask("More than two periods cannot be compared at once.")
        if len(found) == 1 and found[0].ends and roles & {"growth", "decline", "change"}:
            earlier, current = found[0].ends
            if earlier.unit == current.unit and earlier.count == current.count:
                return self._pair(current, earlier)
        if len(found) == 2:
            first, second = found
            if second.last_unit and not first.last_unit and "versus" in roles:
                return self._relative_pair(first.span, second.last_unit)
            one, other = first.span, second.span
            if not (one.start and other.start and one.end and other.end):
                self._ask("Two periods with a beginning and an end can be compared.")
            if one.unit != other.unit or one.count != other.count:
                self._ask(
                    f"{one.name} and {other.name} are of different length.", "revenue 2013 vs 2012"
                )
            if one.start == other.start:
                self._ask("The two periods are the same.")
            return self._pair(*sorted((one, other), key=_start_of, reverse=True))
        if not found:
            return self._default_pair(roles)
        span = found[0].span
        if (
            found[0].last_unit
            and "versus" in roles
            and "before" not in roles
            and self._is_baseline()
        ):
            return self._relative_pair(calendar.this(found[0].last_unit), found[0].last_unit)
        if "year_before" in roles:
            return span, calendar.year_before(span)
        return span, calendar.before(span)

    def _is_baseline(self) -> bool:
        """Whether the only period stands directly behind "against"."""
        place = self.spans[0][0] - 1
        while (item := self._item(place)) is not None and self._is_silent(item):
            place -= 1
        return (
            item is not None
            and item.kind == "role"
            and item.name == "versus"
            and (item.text.lower() not in ("compare", "comparing", "comparison"))
        )

    def _pair(self, current: Span, earlier: Span) -> tuple[Span, Span]:
        """Of a period that is not over, the same part of the earlier one."""
        calendar = self.context.calendar
        if calendar.is_partial(current) and current.start and earlier.start and earlier.end:
            passed = calendar.last - current.start
            months = (current.start.year - earlier.start.year) * 12
            months += current.start.month - earlier.start.month
            end = earlier.start + passed
            if current.unit in ("month", "quarter", "year"):
                end = shift(calendar.last, "month", -months)
            end = min(end, earlier.end)
            earlier = replace(earlier, end=end, name=f"the same part of {earlier.name}", meant="")
        return current, earlier

    def _relative_pair(self, span: Span, unit: Unit) -> tuple[Span, Span | None]:
        """In "2013 against the previous year", the year before the one that is named."""
        calendar = self.context.calendar
        if unit == "year":
            return span, calendar.year_before(span)
        if unit != span.unit or span.count != 1:
            self._ask(
                f"{span.name} cannot be compared with the {unit} before.",
                f"revenue {span.name} vs previous {span.unit}",
            )
        return span, calendar.before(span)

    def _default_pair(self, roles: set[str]) -> tuple[Span, Span | None]:
        calendar = self.context.calendar
        units = [
            unit
            for item in self.items
            if item.kind == "role" and item.name in ("before", "year_before")
            for unit in ("week", "month", "quarter", "year")
            if unit in item.text.lower() or item.text.lower() == f"{unit[0]}o{unit[0]}"
        ]
        if units and units[0] != "year":
            span = calendar.this(units[0])  # type: ignore[arg-type]
            self.remarks.append(f"No period was named: this {units[0]}.")
        else:
            span = calendar.latest(12, "month")
            self.remarks.append("No period was named: the last 12 months.")
        if "year_before" in roles:
            return span, calendar.year_before(span)
        return span, calendar.before(span)

    def _steps(
        self,
        dimensions: tuple[str, ...],
        grains: list[str],
        filters: tuple[Filter, ...],
        roles: set[str],
    ) -> Understood:
        """Each month (week, quarter, year) against the one before, or that of the year before."""
        calendar = self.context.calendar
        if len(grains) > 1:
            self._ask("By day, week, month, quarter or year? One at a time, please.")
        grain = grains[0]
        unit: Unit = "day" if grain == "order_date" else grain  # type: ignore[assignment]
        spans = [found.span for _, found in self.spans]
        if len(spans) > 1:
            self._ask("One period at a time, please, when the change is by step.")
        steps = 1
        if "year_before" in roles:
            if grain not in _YEAR_STEPS:
                self._ask(
                    "A day is not compared with the year before.", "revenue growth by month yoy"
                )
            steps = _YEAR_STEPS[grain]
            if grain == "week":
                self.remarks.append("A week is compared with the one 52 weeks before.")
        if spans:
            period = self._period(spans[0])
        elif "recent" in roles:
            period = self._period(calendar.latest(12, "month"))
            self.remarks.append('"Recent" means the last 12 months.')
        else:
            period = Period(None, None, "")
        first, last = complete_steps(calendar, unit)
        start = max(filter(None, (period.start, first)))
        end = min(filter(None, (period.end, last)))
        if start > end:
            self._ask(f"There is no complete {unit} in that period.")
        if (period.end or calendar.last) > last:
            self.remarks.append(
                f"The last {unit} is not complete (the last order date is "
                f"{periods.describe_day(calendar.last)}) and is left out."
            )
        if (period.start or calendar.first) < first:
            self.remarks.append(
                f"The first {unit} is not complete (the order dates begin on "
                f"{periods.describe_day(calendar.first)}) and is left out."
            )
        label = period.label or periods.describe_days(start, end)
        request = Request(
            metrics=tuple(self.metrics),
            dimensions=(grain, *(name for name in dimensions if name != grain)),
            filters=filters,
            period=Period(start, end, label),
            steps_back=steps,
            complete_from=first,
            shape="change",
            ranked=False,
            limit=LONGEST_LIST,
        )
        return self._understood(request)

    # Ending.

    def _limit(self, dimensions: tuple[str, ...], each: str | None, ranked: bool) -> int | None:
        if not dimensions:
            return None
        if self.number:
            return self.number
        if each:
            rank = any(self._is_rank(item) for item in self.items)
            return 1 if self.singular and rank else EACH_LIST
        if ranked and any(name in _MANY_VALUES for name in dimensions):
            return SHORT_LIST
        return None

    def _understood(self, request: Request) -> Understood:
        return Understood(request, tuple(dict.fromkeys(self.remarks)))

    def _ask(self, reason: str, *suggestions: str) -> NoReturn:
        raise NotUnderstoodError(reason, suggestions or _EXAMPLES)


_STEP_ROLES = {"month_steps": "month", "quarter_steps": "quarter", "week_steps": "week"}
_RANK_ROLES = frozenset({"descending", "ascending"})
_ROWS_FOLLOW = frozenset(
    {"best_seller", "worst_seller", "profitable", "unprofitable", "growth", "decline"}
)
_BEFORE_SUBJECT = _RANK_ROLES | _ROWS_FOLLOW | {"subject", "by", "each"}
_IMPLY_METRIC = frozenset(
    {"sell", "buy", "growth", "decline", "best_seller", "profitable", "unprofitable", "share"}
)
_PREPOSITIONS = frozenset({"in", "for", "from", "of", "to", "at", "on", "with"})
_LOSE = frozenset(
    {"lose", "losing", "lost", "loss", "gain", "gained", "gaining", "drop", "dropped"}
)


def complete_steps(calendar: Calendar, unit: Unit) -> tuple[date, date]:
    """The first day of the first complete step, and the last day of the last complete one."""
    opening = periods.whole(calendar.first, unit)
    closing = periods.whole(calendar.last, unit)
    assert opening.start
    assert opening.end
    assert closing.start
    assert closing.end
    first = opening.start if opening.start == calendar.first else _day_after(opening.end)
    last = closing.end if closing.end == calendar.last else _day_before(closing.start)
    return first, last


def _day_after(day: date) -> date:
    return shift(day, "order_date", 1)


def _day_before(day: date) -> date:
    return shift(day, "order_date", -1)


def _has_order(dimensions: Sequence[str]) -> bool:
    return bool(dimensions) and dimensions[0] in ("weekday", "age_group")


def _start_of(span: Span) -> date:
    assert span.start
    return span.start


def _starts_after(left: Span, right: Span) -> bool:
    assert left.end
    assert right.start
    return _day_after(left.end) == right.start


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _either(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
