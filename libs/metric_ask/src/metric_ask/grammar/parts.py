"""What the words of a question say, and ways to look around among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NoReturn

from metric_ask.grammar.context import Context
from metric_ask.grammar.scan import Item
from metric_ask.periods import Found
from metric_ask.words import Entity, Refusal

STEP_ROLES = {"month_steps": "month", "quarter_steps": "quarter", "week_steps": "week"}
NOTHING = Item("")
"""Stands before the first item and behind the last."""


@dataclass
class Parts:
    """What the items of a question say, collected before it is put together."""

    context: Context
    items: list[Item]
    remarks: list[str]  # What the reading has to say beyond the request.
    metrics: list[str] = field(default_factory=list)
    # Dimensions that are asked for, as in "which books", and those behind "by" and "each".
    subjects: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    each: list[str] = field(default_factory=list)
    # Values with their places, and whether they are left out.
    values: list[tuple[int, Item, bool]] = field(default_factory=list)
    periods: list[tuple[int, Found]] = field(default_factory=list)  # Periods with their places.
    number: int | None = None  # How many rows.
    singular: bool = False  # Whether one row is asked for, as in "which book".
    kinds: set[str] = field(default_factory=set)  # Of all items.
    counted: set[int] = field(default_factory=set)  # Places of the nouns that are counted.

    def at(self, place: int) -> Item:
        """The item at a place; `NOTHING` outside of the question."""
        return self.items[place] if 0 <= place < len(self.items) else NOTHING

    def skip(self, place: int, step: int, *kinds: str) -> int:
        """The next place in a direction whose item is of none of the kinds."""
        place += step
        while self.at(place).kind in kinds:
            place += step
        return place

    def before(self, place: int) -> Item:
        """The item before, silent words passed over."""
        return self.at(self.skip(place, -1, "silent"))

    def after(self, place: int) -> Item:
        """The item behind, silent words passed over."""
        return self.at(self.skip(place, 1, "silent"))

    def pairs(self) -> list[tuple[Item, Item]]:
        """Each item with the one behind it; the last with nothing."""
        return list(pairwise([*self.items, NOTHING]))

    def before_values(self) -> Iterator[tuple[Item, Item, Entity]]:
        """Each value that describes an entity, with the item before it and the entity."""
        for item, value in pairwise(self.items):
            entity = self.context.entity(value.name) if value.kind == "value" else None
            if entity:
                yield item, value, entity

    @property
    def rows(self) -> list[str]:
        """All dimensions that are named."""
        return [*self.subjects, *self.by, *self.each]

    def joined(self, first: int, second: int) -> bool:
        """Whether the second item continues a list that the first is in."""
        behind = self.items[first + 1 : second + 1]
        return any(each.comma or each.kind == "and" for each in behind)

    def names_metric(self) -> bool:
        """Whether a word is a metric and nothing else, or a noun that is counted."""
        return bool(self.counted) or "metric" in self.kinds

    def add_metric(self, name: str) -> None:
        """Add a metric, once."""
        if name not in self.metrics:
            self.metrics.append(name)

    def has(self, test: Callable[[Item], bool]) -> bool:
        """Whether any item passes a test."""
        return any(map(test, self.items))

    def ask(self, refusal: str | Refusal, *instead: str, **names: object) -> NoReturn:
        """Refuse, with questions that would be understood; see `Context.refusal`."""
        raise self.context.refusal(refusal, *instead, **names)
