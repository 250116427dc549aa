"""From words to items: the longest runs of words that mean something, typing errors forgiven."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from metric_ask.calendar_words import NUMBER_WORDS, OPENINGS, Found, find_period
from metric_ask.grammar.context import ABOUT_PRODUCTS, Context
from metric_ask.grammar.refusal import EXAMPLES, NotUnderstoodError, either, listed
from metric_ask.words import Meaning, Token, Vocabulary, tokens

_BEFORE_US = frozenset({"in", "the", "from", "and", "or", "vs", "versus", "within", "outside"})


@dataclass(frozen=True)
class Item:
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


def scan(words: list[Token], context: Context) -> tuple[list[Item], list[str]]:
    """Cut the question into the longest runs of words that mean something."""
    vocabulary = context.vocabulary
    remarks: list[str] = []
    items: list[Item] = []
    unknown: list[Token] = []
    place = 0
    words = list(words)
    corrected: set[int] = set()
    while place < len(words):
        item, length = _longest(words, place, context)
        if item is None and (wrong := _misspelled(words, place, corrected, context)) is not None:
            corrected.add(wrong)
            # Without its last s a word may be no error of ours any more: "lats".
            choices = vocabulary.corrections(words[wrong].text) or vocabulary.corrections(
                words[wrong].raw.lower()
            )
            if len(choices) > 1:
                raise NotUnderstoodError(
                    f'"{words[wrong].raw}" could be {either(choices)}.', choices
                )
            if choices:
                remarks.append(f'"{words[wrong].raw}" was read as "{choices[0]}".')
                words[wrong] = replace(words[wrong], text=choices[0])
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
    return _products_that_sold(items), remarks


def _products_that_sold(items: list[Item]) -> list[Item]:
    """In "which product sold best" the product is the row, not the number of products sold."""
    result: list[Item] = []
    for place, item in enumerate(items):
        before = items[place - 1] if place else None
        asked = before is not None and (before.name == "subject" or before.kind == "number")
        words = item.text.split()
        if asked and item.name == "products_sold" and len(words) == 2:
            result.append(Item("dimension", "product", words[0], item.comma))
            result.append(Item("role", "sell", words[1]))
        else:
            result.append(item)
    return result


def _misspelled(
    words: list[Token], place: int, corrected: set[int], context: Context
) -> int | None:
    """Which word to correct so that a run of words can begin here.

    "Last" and its like are right as they stand and mean nothing alone: in "last" and a misspelled
    "year" it is the next word that is wrong.
    """
    at = place
    while at < len(words) and words[at].text in OPENINGS:
        at += 1
    if at == len(words) or at in corrected or words[at].is_symbol:
        return None
    if at > place and _longest(words, at, context)[0] is not None:
        return None
    return at


def _width(item: Item) -> int:
    return len(tokens(item.text)) or 1


def _rejoined(words: list[Token], place: int, context: Context) -> tuple[int, int] | None:
    """Where to start again so that a phrase across a corrected word is found, and words back."""
    for back in range(min(4, place), 0, -1):
        start = place - back
        item, length = _longest(words, start, context)
        if item is not None and start + length > place:
            return start, back
    return None


def _longest(words: list[Token], place: int, context: Context) -> tuple[Item | None, int]:
    vocabulary = context.vocabulary
    texts = [word.text for word in words]
    comma = words[place].comma
    best: tuple[Item | None, int] = (None, 0)
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
        return Item("period", text=raw, comma=comma, found=found), found.length
    if best[0] is None:
        word = words[place]
        number = NUMBER_WORDS.get(word.text) or (int(word.text) if word.text.isdigit() else 0)
        if number and len(word.text) <= 9:
            return Item("number", text=word.raw, comma=comma, number=number), 1
    return best


def _is_country(words: list[Token], place: int) -> bool:
    """Whether a lower-case "us" is the country, rather than the people who ask."""
    return place == 0 or words[place - 1].text in _BEFORE_US


def _item(meanings: list[Meaning], raw: str, comma: bool) -> Item:
    by_kind: dict[str, list[Meaning]] = {}
    for each in meanings:
        by_kind.setdefault(each.kind, []).append(each)
    metrics, dimensions = by_kind.get("metric", []), by_kind.get("dimension", [])
    values = by_kind.get("value", [])
    if len(metrics) > 1 or len(dimensions) > 1:
        names = [each.name.replace("_", " ") for each in (*metrics, *dimensions)]
        raise NotUnderstoodError(f'"{raw}" could mean {either(names)}.', names)
    if metrics and dimensions:
        return Item("either", metrics[0].name, raw, comma, other=dimensions[0].name)
    if metrics:
        return Item("metric", metrics[0].name, raw, comma)
    if values:
        # A name that is a category and a subcategory of it means the wider of the two.
        if len({each.name for each in values}) > 1:
            names = [f"{each.values[0]} ({each.name.replace('_', ' ')})" for each in values]
            ranked = [
                each for name in ABOUT_PRODUCTS[2::-1] for each in values if each.name == name
            ]
            if len(ranked) != len(values):
                raise NotUnderstoodError(f'"{raw}" could mean {either(names)}.', names)
            values = ranked
        return Item("value", values[0].name, raw, comma, values[0].values, values[0].note)
    if dimensions:
        return Item("dimension", dimensions[0].name, raw, comma)
    return Item("role", by_kind["role"][0].name, raw, comma)


def _refuse_unknown(unknown: list[Token], vocabulary: Vocabulary) -> NoReturn:
    shown = list(dict.fromkeys(f'"{word.raw}"' for word in unknown))
    near = [name for word in unknown for name in vocabulary.nearest(word.text)]
    reason = f"{listed(shown)} {'is' if len(shown) == 1 else 'are'} not known here."
    raise NotUnderstoodError(reason, list(dict.fromkeys(near))[:6] or EXAMPLES)
