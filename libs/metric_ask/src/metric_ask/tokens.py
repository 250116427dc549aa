"""A text as normalised words: lower case, singular, punctuation dropped or kept as symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# A word, a number with or without thousands separators and decimals, or any other character. What
# only separates is dropped: a slash within a name (Poetry/Drama), a dash that is no minus sign.
_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d{2}(?:-\d{2})?)(?![\d-])"
    r"|(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<ordinal>st|nd|rd|th)?(?![a-z0-9])"
    r"|(?P<na>n/a)\b"
    r"|(?P<word>[^\W_]+)"
    r"|(?P<separator>(?<=[^\W_])/(?=[^\W_])"
    r"|(?!(?<!\S)[-\u2013]\b)[-.,?!:\u2013\u2014\"\u201c\u201d])"
    r"|(?P<symbol>\S)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?<=\w)['\u2019]s\b|(?<=s)['\u2019](?=\s|$)", re.IGNORECASE)
_SHORT_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_SHORT_VERB = re.compile(r"(?<=\w)['\u2019](m|re|ve|ll|d)\b", re.IGNORECASE)
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


@dataclass(frozen=True)
class Token:
    """A normalised word of the question."""

    text: str
    raw: str  # As it was written.
    comma: bool = False  # Whether a comma stands before it.
    is_symbol: bool = False  # A character that is neither a word nor a separator.


def tokens(text: str) -> list[Token]:
    """The normalised words of a text; separators are dropped, other symbols kept as such."""
    text = _SHORT_NOT.sub(" not", _SHORT_VERB.sub("", _POSSESSIVE.sub("", text)))
    text = _STRETCH.sub(r"\1 to ", _GLUED.sub(r"\g<0> ", text))
    result: list[Token] = []
    comma = False
    for match in _TOKEN.finditer(text):
        raw = match.group()
        word = raw.lower()
        if match["separator"]:
            comma = comma or raw == ","
            continue
        if match["number"]:
            word = match["number"].replace(",", "") + (match["ordinal"] or "").lower()
        elif match["word"]:
            word = normal(raw)
        elif raw == "&":
            word = "and"
        result.append(Token(word, raw, comma, bool(match["symbol"]) and raw not in "%&"))
        comma = False
    return result


_SAME = {"avg": "average", "mean": "average"}


@lru_cache(maxsize=8192)
def normal(word: str) -> str:
    """A word in lower case and without the ending of the plural."""
    word = _SAME.get(word.lower(), word.lower())
    if len(word) <= 3 or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith(("ss", "us", "is")):
        return word
    return word[:-1]


def is_plural(word: str) -> bool:
    """Whether a noun, as it was written, means several."""
    return word.endswith("s") or word in ("people", "women", "men", "children")


def plural(noun: str) -> str:
    """A noun in the plural: countries, books."""
    if noun.endswith("y") and noun[-2:-1] not in "aeou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def listed(names: list[str] | tuple[str, ...], word: str = "and") -> str:
    """Names as a list that ends with "and" or another word."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
