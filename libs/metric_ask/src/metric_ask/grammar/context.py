"""What a question is read against, and how it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from metric_ask.request import Filter, Request
from metric_ask.spans import Calendar
from metric_ask.tokens import plural
from metric_ask.view import MetricView
from metric_ask.vocabulary import Vocabulary
from metric_ask.words import Entity, Refusal, Words, load_refusals

LONGEST_LIST = 100
MANY_VALUES = 50
REFUSALS = load_refusals()
EXAMPLES = (
    "{metric} by {group} this quarter",
    "top 10 {rows} by {metric}",
    "{metric} per month in the last 12 months",
    "share of {metric} by {group}",
)


class NotUnderstoodError(Exception):
    """The question cannot be answered: why, and the nearest words or questions that could be."""

    def __init__(self, reason: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = tuple(suggestions)


@dataclass(frozen=True)
class Understood:
    """A request, and the sentences that the reading has to say beyond it."""

    request: Request
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a question is read against."""

    view: MetricView
    words: Words
    vocabulary: Vocabulary
    calendar: Calendar
    # By entity, which values of its dimensions occur together.
    combinations: Mapping[str, Sequence[Mapping[str, str]]]
    values: Mapping[str, Sequence[str]]  # By dimension, the values that can be named.

    def title(self, name: str) -> str:
        """The name of a field in words, as it stands in a sentence."""
        return self.view.field(name).title.lower()

    def entity_of(self, dimension: str) -> str:
        """What a dimension describes; empty when nothing."""
        for name, entity in self.words.entities.items():
            if dimension in (name, *entity.dimensions):
                return name
        return ""

    def entity(self, dimension: str) -> Entity | None:
        """The same as the entity itself."""
        return self.words.entities.get(self.entity_of(dimension))

    @cached_property
    def people(self) -> str:
        """The entity that "who" asks for; empty when there is none."""
        return next((name for name, each in self.words.entities.items() if each.people), "")

    @cached_property
    def main_entity(self) -> str:
        """What a list is of that names nothing; empty when there is none."""
        return next(iter(self.words.entities), "")

    @cached_property
    def default_metric(self) -> str:
        """The metric of a ranking that names none."""
        return self.words.default_metric or next(iter(self.view.measures))

    @cached_property
    def piece_metric(self) -> str:
        """The metric that counts pieces of the main entity, or else the default one."""
        entity = self.words.entities.get(self.main_entity)
        return (entity and entity.counted_as) or self.default_metric

    def is_long(self, dimension: str) -> bool:
        """Whether a dimension has so many values that a ranking shows the first alone."""
        unit = self.view.grains.get(dimension)
        many = len(self.values.get(dimension, ())) > MANY_VALUES
        return many or dimension in self.words.entities or unit in ("day", "week")

    def exists(self, filters: Sequence[Filter]) -> bool:
        """Whether values of one entity occur together."""
        known = self.combinations.get(self.entity_of(filters[0].dimension), ())
        asked = [each for each in filters if known and each.dimension in known[0]]
        return not asked or any(
            all(row[each.dimension] in each.values for each in asked) for row in known
        )

    @cached_property
    def _examples(self) -> dict[str, str]:
        """What the general names in a suggestion stand for: something that the view has."""
        groups = [name for name in self.words.values if name not in self.words.entities]
        few = [name for name in groups if 2 <= len(self.values.get(name, ())) <= MANY_VALUES]
        plain = [name for name in self.view.dimensions if not self.is_long(name)]
        group = (few or plain or list(self.view.dimensions))[0]
        one, other, *_ = (*self.values.get(group, ()), "one", "other")
        year = self.calendar.last.year - 1  # The last that is over.
        return {
            "metric": self.title(self.default_metric),
            "group": self.title(group),
            "groups": plural(self.title(group)),
            "rows": plural(self.title(self.main_entity or group)),
            "one": one,
            "other": other,
            "year": str(year),
            "before": str(year - 1),
        }

    def refusal(self, refusal: str | Refusal, *instead: str, **names: object) -> NotUnderstoodError:
        """A refusal, with questions that would be understood.

        Args:
            refusal: its name in refusals.yml, or the refusal itself.
            instead: questions to suggest first, before those of the refusal.
            names: what the names in braces stand for.
        """
        known = REFUSALS[refusal] if isinstance(refusal, str) else refusal
        suggestions = (*instead, *known.instead) or EXAMPLES
        fill = self._examples | {name: str(value) for name, value in names.items()}
        return NotUnderstoodError(
            _filled(known.reason, fill), [_filled(each, fill) for each in suggestions]
        )


def _filled(text: str, names: Mapping[str, str]) -> str:
    """A text with names in braces replaced; braces around anything else stay."""
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), text)
