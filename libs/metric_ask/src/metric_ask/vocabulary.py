"""The vocabulary: every phrase that has a meaning, and how typing errors are forgiven.

Meanings come from the metric view (names, titles, synonyms), from the words, and from the values
in the data. A phrase is a run of normalised words; singular and plural are the same word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from metric_ask.spans import MONTHS
from metric_ask.tokens import normal, plural, tokens
from metric_ask.view import UNKNOWN, MetricView
from metric_ask.words import Words

Kind = Literal["metric", "dimension", "value", "role"]

_TYPO_ROLES = frozenset(
    {"descending", "ascending", "growth", "decline", "trend", "share", "best", "subject"}
)
_WORD = re.compile(r"[^\W_]+")
_CALENDAR_WORDS = (
    *(month.lower() for month in MONTHS if len(month) > 3),
    *("quarter", "month", "week", "year", "previous", "between", "since", "first", "second"),
    *("third", "fourth", "current", "last", "this"),
)


@dataclass(frozen=True)
class Meaning:
    """What a phrase means."""

    kind: Kind
    name: str  # Of the metric, the dimension or the role.
    # Of the dimension `name`, for a value; more on the role, for a role.
    values: tuple[str, ...] = ()
    note: str = ""  # Words for the reading, when the phrase stands for more than itself.


@dataclass
class Vocabulary:
    """Phrases and their meanings; `build_vocabulary` makes one."""

    phrases: dict[tuple[str, ...], list[Meaning]] = field(default_factory=dict)
    longest: int = 1
    no_typo: frozenset[str] = frozenset()
    actions: set[str] = field(default_factory=set)
    _targets: set[str] = field(default_factory=set)
    _families: dict[tuple[str, ...], set[tuple[str, str]]] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)

    def _with_action(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Two words, one of which says what is done: "sold books", "books lent", "books sold"."""
        nouns = [word for word in key if word not in self.actions]
        return (*nouns, "") if len(key) == 2 and len(nouns) == 1 else ()

    def add(self, phrase: str, meaning: Meaning, *, typo: bool = True, shown: str = "") -> None:
        """Give a phrase a meaning, beside those it has."""
        key = tuple(token.text for token in tokens(phrase))
        if not key:
            return
        for each in filter(None, (key, self._with_action(key))):
            known = self.phrases.setdefault(each, [])
            if meaning not in known:
                known.append(meaning)
        self.longest = max(self.longest, len(key))
        if typo:
            self.add_targets(word for word in key if word.isalpha() and len(word) >= 4)
        if shown:
            self._titles.setdefault(" ".join(key), shown)

    def add_targets(self, words: Iterable[str]) -> None:
        """Let typing errors in these words be forgiven."""
        self._targets.update(normal(word) for word in words)

    def add_person(self, dimension: str, name: str) -> None:
        """Let first and last name stand for a person, and what follows in brackets, if anything.

        There are many people, so that typing errors in their names are not forgiven.
        """
        key = tuple(normal(word) for word in _WORD.findall(name))
        for length in range(2, len(key) + 1):
            self._families.setdefault(key[:length], set()).add((dimension, name))
        if len(key) == 1 or name.endswith(")"):
            self.phrases.setdefault(key[-1:], []).append(Meaning("value", dimension, (name,)))
        self.longest = max(self.longest, len(key))

    def add_family(self, dimension: str, name: str) -> None:
        """Let the beginning of a name stand for all names that begin with it."""
        key = tuple(token.text for token in tokens(name))
        for length in range(1, len(key) + 1):
            self._families.setdefault(key[:length], set()).add((dimension, name))

    def meanings(self, words: Sequence[str]) -> list[Meaning]:
        """What these words mean as one phrase; empty when nothing."""
        key = tuple(words)
        if found := self.phrases.get(key) or self.phrases.get(self._with_action(key), []):
            return found
        family = self._families.get(key)
        short = len(key) == 1 and (len(key[0]) < 5 or not key[0].isalpha())
        if not family or short or key[0] in _CALENDAR_WORDS:
            return []
        by_dimension: dict[str, list[str]] = defaultdict(list)
        for dimension, name in sorted(family):
            by_dimension[dimension].append(name)
        return [
            Meaning("value", dimension, tuple(names), _family_note(dimension, names))
            for dimension, names in by_dimension.items()
        ]

    def corrections(self, word: str) -> list[str]:
        """The known words this one is a typing error of, nearest only; several when unclear."""
        if len(word) < 4 or not word.isalpha() or word in self.no_typo:
            return []
        found: dict[int, list[str]] = defaultdict(list)
        for target, distance, _ in process.extract(
            word,
            sorted(self._targets - self.no_typo),
            scorer=OSA.distance,
            score_cutoff=1 if len(word) < 8 else 2,
            limit=8,
        ):
            if _is_plausible(word, target, int(distance)):
                found[int(distance)].append(target)
        return sorted(found[min(found)]) if found else []

    @property
    def titles(self) -> list[str]:
        """What is known, in words to show."""
        return list(dict.fromkeys(self._titles.values()))

    def nearest(self, word: str, count: int = 3) -> list[str]:
        """What is known that has a word most like this one, in words to show."""
        parts: dict[str, list[str]] = defaultdict(list)
        for phrase, title in self._titles.items():
            for part in phrase.split():
                if len(part) > 3:
                    parts[part].append(title)
        found = process.extract(word, list(parts), scorer=fuzz.ratio, limit=count, score_cutoff=75)
        return list(dict.fromkeys(title for part, _, _ in found for title in parts[part]))[:count]


def _family_note(dimension: str, names: list[str]) -> str:
    if not names[1:]:
        return ""
    kind = plural(dimension.replace("_", " "))
    return f"the {len(names)} {kind} whose names begin with these words"


def _is_plausible(word: str, target: str, distance: int) -> bool:
    """Typing errors keep the first letter, or swap it; short words swap letters or lack one."""
    if len(target) == 4 or (len(word) == 4 and len(target) != 5):
        return sorted(word) == sorted(target)
    swapped = word[:2] == target[1::-1]
    return (word[0] == target[0] or swapped) and (distance < 2 or len(target) >= 8)


def build_vocabulary(
    view: MetricView, words: Words, values: Mapping[str, Iterable[str]]
) -> Vocabulary:
    """All phrases with a meaning: of the view, of the words, and the values in the data."""
    actions = (*words.roles.get("action", ()), *words.roles.get("people_action", ()))
    vocabulary = Vocabulary(actions={normal(word) for word in actions})
    for item in (*view.measures.values(), *view.dimensions.values()):
        meaning = Meaning("metric" if item.is_measure else "dimension", item.name)
        for phrase in (item.title, item.name.replace("_", " "), *item.synonyms):
            vocabulary.add(phrase, meaning, shown=item.title.lower())
        more = words.metrics if item.is_measure else words.dimensions
        for phrase in more.get(item.name, ()):
            vocabulary.add(phrase, meaning)
    for role, phrases in words.roles.items():
        if role == "no_typo":
            vocabulary.no_typo = frozenset(normal(word) for word in phrases) | set(phrases)
            continue
        for phrase in phrases:
            vocabulary.add(phrase, Meaning("role", role), typo=role in _TYPO_ROLES)
    for quality in words.qualities:
        way = "highest" if quality.highest else "lowest"
        for phrase in quality.words:
            vocabulary.add(phrase, Meaning("role", "quality", (quality.metric, way)), typo=False)
    for number, refused in enumerate(words.refused):
        for phrase in refused.words:
            vocabulary.add(phrase, Meaning("role", "refused", (str(number),)), typo=False)
    for dimension, found in values.items():
        for value in sorted(map(str, found)):
            meaning = Meaning("value", dimension, (value,))
            entity = words.entities.get(dimension)
            if value not in (UNKNOWN, "Yes", "No"):
                if entity and entity.people:
                    vocabulary.add_person(dimension, value)
                    continue
                vocabulary.add(value, meaning, shown=value)
                if entity:
                    vocabulary.add_family(dimension, value)
            for phrase in words.values.get(dimension, {}).get(value, ()):
                vocabulary.add(phrase, meaning)
    vocabulary.add_targets(_CALENDAR_WORDS)
    return vocabulary
