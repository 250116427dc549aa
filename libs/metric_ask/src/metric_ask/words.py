"""The vocabulary: every word and phrase that has a meaning, and how typing errors are forgiven.

Meanings come from the metric view (names, titles, synonyms), from `genie/words.yml`, and from the
values in gold. A phrase is a run of normalised words; singular and plural are the same word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from metric_ask.metrics import MetricView
from orchestration.errors import ExitCode, LakehouseError

WORDS = Path("genie/words.yml")
UNKNOWN = "n/a"

Kind = Literal["metric", "dimension", "value", "role"]

# A word, a number with or without thousands separators and decimals, or any other character.
_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d{2}(?:-\d{2})?)(?![\d-])"
    r"|(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<ordinal>st|nd|rd|th)?(?![a-z0-9])"
    r"|(?P<na>n/a)\b"
    r"|(?P<word>[^\W_]+)"
    r"|(?P<symbol>\S)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b|(?<=s)['\u2019](?=\s|$)", re.IGNORECASE)
_SHORT_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
# Words that were written together, and stretches such as Jan-Mar, Q1-Q2 or 2011-2013.
_GLUED = re.compile(
    r"\b(top|bottom|last|past)(?=\d{1,4}\b)|\b(this|last|previous)(?=(?:year|quarter|month|week)\b)",
    re.IGNORECASE,
)
_POINT = (
    r"(?:(?:jan|febr?)(?:uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|(?:sept?|octo?|nov|dec)(?:ember|ber)?|q[1-4]|(?:19|20)\d\d)"
)
_STRETCH = re.compile(rf"\b({_POINT})\s?[-\u2013\u2014]\s?(?={_POINT}\b)", re.IGNORECASE)
# Punctuation that only separates. Whatever else is no word has to be explained.
_SEPARATORS = frozenset(".,?!:-\u2013\u2014")


@dataclass(frozen=True)
class Token:
    """A normalised word of the question.

    Attributes:
        text: normalised.
        raw: as it was written.
        comma: whether a comma stands before it.
        is_symbol: a character that is neither a word nor a separator.
    """

    text: str
    raw: str
    comma: bool = False
    is_symbol: bool = False


@dataclass(frozen=True)
class Meaning:
    """What a phrase means.

    Attributes:
        kind: what sort of thing.
        name: of the metric, the dimension or the role.
        values: of the dimension `name`, for a value.
        note: words for the reading, when the phrase stands for more than itself.
    """

    kind: Kind
    name: str
    values: tuple[str, ...] = ()
    note: str = ""


@dataclass
class Vocabulary:
    """Phrases and their meanings."""

    phrases: dict[tuple[str, ...], list[Meaning]] = field(default_factory=dict)
    longest: int = 1
    no_typo: frozenset[str] = frozenset()
    _targets: set[str] = field(default_factory=set)
    _families: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    _titles: dict[str, str] = field(default_factory=dict)

    def add(self, phrase: str, meaning: Meaning, *, typo: bool = True, shown: str = "") -> None:
        """Give a phrase a meaning, beside those it has."""
        key = tuple(token.text for token in tokens(phrase))
        if not key:
            return
        known = self.phrases.setdefault(key, [])
        if meaning not in known:
            known.append(meaning)
        self.longest = max(self.longest, len(key))
        if typo:
            self._targets.update(word for word in key if word.isalpha() and len(word) >= 4)
        if shown:
            self._titles.setdefault(" ".join(key), shown)

    def add_targets(self, words: Iterable[str]) -> None:
        """Let typing errors in these words be forgiven."""
        self._targets.update(normal(word) for word in words)

    def add_family(self, name: str, phrase: str) -> None:
        """Let the beginning of a product's name stand for all products that begin with it."""
        key = tuple(token.text for token in tokens(phrase))
        for length in range(1, len(key) + 1):
            self._families.setdefault(key[:length], set()).add(name)
        self.longest = max(self.longest, len(key))
        self._targets.update(word for word in key if word.isalpha() and len(word) >= 5)

    def meanings(self, words: Sequence[str]) -> list[Meaning]:
        """What these words mean as one phrase; empty when nothing."""
        key = tuple(words)
        if found := self.phrases.get(key):
            return found
        family = self._families.get(key)
        if not family or (len(key) == 1 and (len(key[0]) < 5 or not key[0].isalpha())):
            return []
        names = tuple(sorted(family))
        note = f"the {len(names)} products whose names begin with these words" if names[1:] else ""
        return [Meaning("value", "product", names, note)]

    def corrections(self, word: str) -> list[str]:
        """The known words this one is a typing error of, nearest only; several when unclear."""
        if len(word) < 4 or not word.isalpha() or word in self.no_typo:
            return []
        allowed = 1 if len(word) < 8 else 2
        found: dict[int, list[str]] = defaultdict(list)
        for target, distance, _ in process.extract(
            word, self._sorted_targets(), scorer=OSA.distance, score_cutoff=allowed, limit=8
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
        shown = dict.fromkeys(title for part, _, _ in found for title in parts[part])
        return list(shown)[:count]

    def _sorted_targets(self) -> list[str]:
        return sorted(self._targets - self.no_typo)


def _is_plausible(word: str, target: str, distance: int) -> bool:
    """Typing errors keep the first letter, or swap it; short words swap letters or lack one."""
    if len(target) == 4 or (len(word) == 4 and len(target) != 5):
        return sorted(word) == sorted(target)
    swapped = word[:2] == target[1::-1]
    return (word[0] == target[0] or swapped) and (distance < 2 or len(target) >= 8)


def tokens(text: str) -> list[Token]:
    """The normalised words of a text; separators are dropped, other symbols kept as such."""
    text = _SHORT_NOT.sub(" not", _POSSESSIVE.sub("", text)).replace("'", "'")
    text = _STRETCH.sub(r"\1 to ", _GLUED.sub(r"\g<0> ", text))
    result: list[Token] = []
    comma = False
    for match in _TOKEN.finditer(text):
        raw = match.group()
        if match["symbol"]:
            if raw in _SEPARATORS:
                comma = comma or raw == ","
                continue
            if raw == "&":
                result.append(Token("and", raw, comma))
            elif raw == "/" and result:
                # Within a name, as in Seat/Saddle; elsewhere it remains to be explained.
                before = text[match.start() - 1 : match.start()]
                after = text[match.end() : match.end() + 1]
                if not (before.isalnum() and after.isalnum()):
                    result.append(Token(raw, raw, comma, is_symbol=True))
                continue
            else:
                result.append(Token(raw, raw, comma, is_symbol=raw != "%"))
        elif match["number"]:
            ordinal = (match["ordinal"] or "").lower()
            result.append(Token(match["number"].replace(",", "") + ordinal, raw, comma))
        elif match["word"]:
            result.append(Token(normal(raw), raw, comma))
        else:
            result.append(Token(raw.lower(), raw, comma))
        comma = False
    return result


@lru_cache(maxsize=8192)
def normal(word: str) -> str:
    """A word in lower case and without the ending of the plural."""
    word = word.lower()
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


def load_words(project_dir: Path) -> dict[str, Any]:
    """`genie/words.yml` as data.

    Raises:
        LakehouseError: when it is missing or not what it should be.
    """
    path = project_dir / WORDS
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LakehouseError(
            f"The words are missing: {path}.",
            "Bring the file back from version control.",
            ExitCode.USAGE,
        ) from error
    except yaml.YAMLError as error:
        raise LakehouseError(f"{path} is not valid YAML: {error}", "Correct the file.") from error
    _refuse_other_than_text(data, str(path))
    missing = [key for key in ("metrics", "dimensions", "values", "roles") if key not in data]
    if missing:
        raise LakehouseError(
            f"{path} lacks {', '.join(missing)}.", "docs/genie.md shows its parts."
        )
    return dict(data)


def _refuse_other_than_text(data: Any, where: str) -> None:
    """YAML reads a bare on, off, yes or no as true or false; that would lose the word."""
    if isinstance(data, dict):
        for value in data.values():
            _refuse_other_than_text(value, where)
    elif isinstance(data, list):
        for value in data:
            if not isinstance(value, str):
                raise LakehouseError(
                    f"{where}: {value!r} is not a text.", "Put the word into quotation marks."
                )


def build_vocabulary(
    view: MetricView, words: dict[str, Any], values: Mapping[str, Iterable[str]]
) -> Vocabulary:
    """All phrases with a meaning.

    Args:
        view: the metric view.
        words: `genie/words.yml`.
        values: the values of dimensions in the data.

    Raises:
        LakehouseError: when the words speak of a metric or dimension that does not exist.
    """
    vocabulary = Vocabulary()
    for kind, fields in (("metric", view.measures), ("dimension", view.dimensions)):
        for item in fields.values():
            meaning = Meaning("metric" if item.is_measure else "dimension", item.name)
            for phrase in (item.title, item.name.replace("_", " "), *item.synonyms):
                vocabulary.add(phrase, meaning, shown=item.title.lower())
        for name, phrases in words[f"{kind}s"].items():
            if name not in fields:
                raise LakehouseError(
                    f"{WORDS} has words for the {kind} {name}, which {view.__class__.__name__} "
                    "does not define.",
                    f"Correct the name, or define it: {', '.join(fields)}.",
                )
            for phrase in phrases:
                meaning = Meaning("metric" if kind == "metric" else "dimension", name)
                vocabulary.add(phrase, meaning)
    for role, phrases in words["roles"].items():
        if role == "no_typo":
            vocabulary.no_typo = frozenset(normal(word) for word in phrases) | set(phrases)
            continue
        for phrase in phrases:
            vocabulary.add(str(phrase), Meaning("role", role), typo=role in _TYPO_ROLES)
    _add_values(vocabulary, words["values"], values)
    vocabulary.add_targets(_CALENDAR_WORDS)
    return vocabulary


_TYPO_ROLES = frozenset(
    {"descending", "ascending", "growth", "decline", "trend", "share", "best_seller", "subject"}
)
_CALENDAR_WORDS = (
    *("january", "february", "march", "april", "june", "july", "august", "september"),
    *("october", "november", "december", "quarter", "month", "week", "year", "previous"),
    *("between", "since", "first", "second", "third", "fourth", "current", "last", "this"),
)


def _add_values(
    vocabulary: Vocabulary, synonyms: dict[str, Any], values: Mapping[str, Iterable[str]]
) -> None:
    for dimension, found in values.items():
        present = {str(value) for value in found}
        other_words: dict[str, list[str]] = synonyms.get(dimension, {})
        for value in sorted(present):
            meaning = Meaning("value", dimension, (value,))
            if value not in (UNKNOWN, "Yes", "No"):
                vocabulary.add(value, meaning, shown=value)
                if dimension == "product":
                    vocabulary.add_family(value, value)
            for phrase in other_words.get(value, ()):
                vocabulary.add(str(phrase), meaning)
