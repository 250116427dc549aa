"""From words to items: the longest runs of words that mean something, typing errors forgiven."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metric_ask.grammar.context import Context, NotUnderstoodError
from metric_ask.periods import NUMBER_WORDS, OPENINGS, Found, find_period
from metric_ask.tokens import Token, listed, tokens
from metric_ask.vocabulary import Meaning

# Behind one of these, a lower-case "us" is a value; elsewhere, behind a verb, the people who ask.
_BEFORE_US = frozenset({"in", "the", "from", "and", "or", "vs", "versus", "within", "outside"})

_THINGS = frozenset({"", "metric", "dimension", "either", "value", "period", "number"})
RANKS = frozenset({"descending", "ascending"})
ACTIONS = frozenset({"action", "people_action"})
ORDERS = RANKS | {"best", "worst", "growth", "decline", "quality"}
"""What puts rows into an order."""
# "Most novels" is how many, "best novels" is which.
_AMOUNTS = frozenset({"most", "least", "fewest"})


@dataclass(frozen=True)
class Item:
    """A run of words with its meaning."""

    # Metric, dimension, either, value, period or number, or else the name of the role; empty
    # outside of the question.
    kind: str
    name: str = ""  # Of the metric or dimension.
    text: str = ""  # As it was written.
    comma: bool = False  # Whether a comma stands before it.
    values: tuple[str, ...] = ()  # Of a value, or more on a role.
    note: str = ""  # Words for the reading.
    found: Found | None = None
    number: int = 0
    other: str = ""  # For `either`, the dimension, while `name` is the metric.

    @property
    def is_role(self) -> bool:
        """Whether it says how to answer, rather than about what."""
        return self.kind not in _THINGS

    @property
    def noun(self) -> str:
        """The dimension that a noun names, whether it can be counted or not."""
        return self.other or self.name

    @property
    def word(self) -> str:
        """The text in lower case."""
        return self.text.lower()


_US = Item("silent", text="us")


def is_amount(item: Item) -> bool:
    """Whether the item says that the most or fewest of something are meant."""
    return item.kind in RANKS and item.word.split()[-1] in _AMOUNTS


def is_superlative(item: Item) -> bool:
    """Whether the item asks for the one that ranks first."""
    fastest = {"most", "fastest"} & {*item.word.split()}
    return item.kind in ORDERS and (item.kind not in ("growth", "decline") or bool(fastest))


def scan(words: list[Token], context: Context) -> tuple[list[Item], list[str]]:
    """The longest runs of words that mean something, and remarks on corrected words.

    A `NotUnderstoodError` says which words have no meaning, or several.
    """
    words = list(words)
    remarks: list[str] = []
    corrected: set[int] = set()
    unknown: set[int] = set()
    while True:
        items, gap = _cut(words, unknown, context)
        if gap is None:
            break
        wrong = _misspelled(words, gap, context)
        if wrong is None or wrong in corrected:
            unknown.add(gap)
            continue
        corrected.add(wrong)
        # Without its last s a word may be no error of ours any more: "lats".
        known = context.vocabulary.corrections
        choices = known(words[wrong].text) or known(words[wrong].raw.lower())
        if len(choices) > 1:
            raise NotUnderstoodError(
                f'"{words[wrong].raw}" could be {listed(choices, "or")}.', choices
            )
        if choices:
            remarks.append(f'"{words[wrong].raw}" was read as "{choices[0]}".')
            words[wrong] = replace(words[wrong], text=choices[0])
    if unknown:
        left = [words[place] for place in sorted(unknown)]
        shown = list(dict.fromkeys(f'"{word.raw}"' for word in left))
        near = dict.fromkeys(
            name for word in left for name in context.vocabulary.nearest(word.text)
        )
        are = "is" if len(shown) == 1 else "are"
        raise context.refusal("unknown_words", *list(near)[:6], words=listed(shown), are=are)
    return _rows_with_verb(items, context), remarks


def _cut(words: list[Token], unknown: set[int], context: Context) -> tuple[list[Item], int | None]:
    """The items, and the first place from which no run of words means anything."""
    items: list[Item] = []
    place = 0
    while place < len(words):
        item, length = _longest(words, place, context)
        if item:
            items.append(item)
        elif place not in unknown:
            return items, place
        place += length
    return items, None


def _rows_with_verb(items: list[Item], context: Context) -> list[Item]:
    """In "which books lent best" and "most lent books" books are rows: "books lent" is a metric."""
    result: list[Item] = []
    for item in items:
        words = item.text.split()
        before = result[-1] if result else Item("")
        if item.kind == "metric" and len(words) == 2:
            parts = [_longest(tokens(word), 0, context)[0] or Item("") for word in words]
            parts[0] = replace(parts[0], comma=item.comma)
            acts = parts[0].kind in ACTIONS
            noun = parts[acts]
            rows = noun.name in context.words.entities or noun.other
            ranks = before.kind in RANKS and (acts or not is_amount(before))
            if rows and (ranks or before.kind in ("subject", "number")):
                result += parts
                continue
        result.append(item)
    return result


def _misspelled(words: list[Token], place: int, context: Context) -> int | None:
    """Which word to correct so that a run of words can begin here.

    "Last" and its like are right as they stand and mean nothing alone: in "last" and a misspelled
    "year" it is the next word that is wrong.
    """
    at = place
    while at < len(words) and words[at].text in OPENINGS:
        at += 1
    if at == len(words) or words[at].is_symbol:
        return None
    if at > place and _longest(words, at, context)[0] is not None:
        return None
    return at


def _longest(words: list[Token], place: int, context: Context) -> tuple[Item | None, int]:
    """The longest run that begins here, and its length; 1 when there is none."""
    comma = words[place].comma
    best: tuple[Item | None, int] = (None, 1)
    for length in range(min(context.vocabulary.longest, len(words) - place), 0, -1):
        run = words[place : place + length]
        if length == 1 and run[0].raw == "us" and _is_pronoun(words, place, context):
            return (_US if _means_people(words, place, context) else None), 1
        if meanings := _meanings(run, context):
            best = (_item(meanings, " ".join(word.raw for word in run), comma, context), length)
            break
    found = find_period([word.text for word in words], place, context.calendar)
    if found and (best[0] is None or found.length >= best[1]):
        raw = " ".join(word.raw for word in words[place : place + found.length])
        return Item("period", text=raw, comma=comma, found=found), found.length
    word = words[place]
    if best[0] is None and len(word.text) <= 9:
        number = NUMBER_WORDS.get(word.text) or (int(word.text) if word.text.isdecimal() else 0)
        if number:
            return Item("number", text=word.raw, comma=comma, number=number), 1
    return best


def _meanings(run: list[Token], context: Context) -> list[Meaning]:
    meanings = context.vocabulary.meanings([word.text for word in run])
    # Commas and other symbols part what stands around them; only a value may hold one.
    parted = run[0].is_symbol or any(word.comma or word.is_symbol for word in run[1:])
    return [] if parted and any(each.kind != "value" for each in meanings) else meanings


def _is_pronoun(words: list[Token], place: int, context: Context) -> bool:
    before = words[place - 1].text if place else "in"
    acts = any(word.text in context.vocabulary.actions for word in words[:place])
    return before not in _BEFORE_US or (before == "from" and acts)


def _means_people(words: list[Token], place: int, context: Context) -> bool:
    """Whether "us" stands behind a verb or a preposition, so that it says nothing new."""
    before = words[place - 1].text
    return before in {"from", "with", "for", "to", "at"} | context.vocabulary.actions


def _item(meanings: list[Meaning], raw: str, comma: bool, context: Context) -> Item:
    metrics, dimensions, values, roles = (
        [each for each in meanings if each.kind == kind]
        for kind in ("metric", "dimension", "value", "role")
    )
    if len(metrics) > 1 or len(dimensions) > 1:
        raise _ambiguous(raw, [context.title(each.name) for each in (*metrics, *dimensions)])
    if metrics and dimensions:
        return Item("either", metrics[0].name, raw, comma, other=dimensions[0].name)
    if values and not metrics:
        chosen = _widest(values, raw, context)
        return Item("value", chosen.name, raw, comma, chosen.values, chosen.note)
    for noun in (*metrics, *dimensions):
        return Item(noun.kind, noun.name, raw, comma)
    return Item(roles[0].name, text=raw, comma=comma, values=roles[0].values)


def _ambiguous(raw: str, names: list[str]) -> NotUnderstoodError:
    return NotUnderstoodError(f'"{raw}" could mean {listed(names, "or")}.', names)


def _widest(values: list[Meaning], raw: str, context: Context) -> Meaning:
    """The value that is meant: a name of a group and of a part of it means the group."""
    if len(values) == 1:
        return values[0]
    levels = [level for each in context.words.entities.values() for level in each.levels]
    if not all(each.name in levels for each in values):
        raise _ambiguous(raw, [f"{each.values[0]} ({context.title(each.name)})" for each in values])
    return min(values, key=lambda each: levels.index(each.name))
