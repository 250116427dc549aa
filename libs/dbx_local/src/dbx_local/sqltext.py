"""Just enough SQL lexing to rewrite statements without touching strings and comments.

The shims work on tokens, never on raw text: a name in a comment, in a string literal or
in a quoted identifier stays what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<dollar>\$\$.*?\$\$)
    | (?P<string>[rR](?:'[^']*'|"[^"]*")|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\d\w*)
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol><=>|=>|->|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SILENT = frozenset({"space", "comment"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}


class Token(NamedTuple):
    """One piece of a statement: its kind, its text, and where it starts and ends."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text in capitals when it is a bare word or a symbol; '' for quoted things."""
        return self.text.upper() if self.kind in ("word", "symbol") else ""

    @property
    def is_name(self) -> bool:
        """Whether this can stand for a part of a name."""
        return self.kind in ("word", "quoted")


@dataclass(frozen=True)
class Name:
    """A possibly qualified name as it stands in a statement."""

    parts: tuple[str, ...]
    first: int  # index of its first token in `Sql.tokens`
    after: int  # index of the token that follows it


@dataclass(frozen=True)
class Sql:
    """A statement, with the tokens that matter (neither blanks nor comments)."""

    text: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The significant tokens, in order."""
        found = []
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup or "symbol"
            if kind not in _SILENT:
                found.append(Token(kind, match.group(), match.start(), match.end()))
        return tuple(found)

    def starts_with(self, *words: str) -> bool:
        """Whether the statement begins with these words; `A|B` allows either."""
        if len(self.tokens) < len(words):
            return False
        return all(
            token.upper in word.split("|") for token, word in zip(self.tokens, words, strict=False)
        )

    def word(self, index: int) -> str:
        """The token at `index` in capitals, '' when it is quoted or past the end."""
        return self.tokens[index].upper if 0 <= index < len(self.tokens) else ""

    def skip(self, index: int, *words: str) -> int:
        """The index after `words` if they stand at `index`, else `index` itself."""
        for offset, word in enumerate(words):
            if self.word(index + offset) != word:
                return index
        return index + len(words)

    def find(self, *words: str, start: int = 0, depth: int | None = 0) -> int:
        """Index of the first token of `words` outside brackets (any depth if None), or -1."""
        level = 0
        for index in range(start, len(self.tokens)):
            here = self.word(index)
            if here == ")":
                level -= 1
            if (
                (depth is None or level == depth)
                and here == words[0]
                and all(self.word(index + i) == word for i, word in enumerate(words))
            ):
                return index
            if here == "(":
                level += 1
        return -1

    def name_at(self, index: int) -> Name | None:
        """The dotted name that starts at token `index`, or None."""
        if index >= len(self.tokens) or not self.tokens[index].is_name:
            return None
        parts = [unquote(self.tokens[index].text)]
        after = index + 1
        while (
            after + 1 < len(self.tokens)
            and self.tokens[after].text == "."
            and self.tokens[after + 1].is_name
        ):
            parts.append(unquote(self.tokens[after + 1].text))
            after += 2
        return Name(tuple(parts), index, after)

    def closing(self, index: int) -> int:
        """Index of the bracket that closes the one at `index`.

        Raises:
            ValueError: when it is never closed.
        """
        level = 0
        for position in range(index, len(self.tokens)):
            text = self.tokens[position].text
            if text == "(":
                level += 1
            elif text == ")":
                level -= 1
                if level == 0:
                    return position
        raise ValueError("a bracket is not closed")

    def slice(self, first: int, after: int | None = None) -> str:
        """The source text from token `first` up to, but not including, token `after`."""
        if first >= len(self.tokens):
            return ""
        start = self.tokens[first].start
        if after is None or after >= len(self.tokens):
            return self.text[start:]
        if after <= first:
            return ""
        return self.text[start : self.tokens[after - 1].end]

    def replace(self, edits: list[tuple[int, int, str]]) -> Sql:
        """A new statement with token ranges `(first, after, text)` replaced.

        The ranges must not overlap.
        """
        pieces = []
        position = 0
        for first, after, text in sorted(edits):
            pieces.append(self.text[position : self.tokens[first].start])
            pieces.append(text)
            position = self.tokens[after - 1].end
        pieces.append(self.text[position:])
        return Sql("".join(pieces))

    def arguments(self, opening: int) -> list[tuple[int, int]]:
        """Token ranges of the comma-separated items inside the bracket at `opening`."""
        closing = self.closing(opening)
        ranges = []
        first = opening + 1
        level = 0
        for index in range(opening + 1, closing):
            text = self.tokens[index].text
            if text in ("(", "["):
                level += 1
            elif text in (")", "]"):
                level -= 1
            elif text == "," and level == 0:
                ranges.append((first, index))
                first = index + 1
        if first < closing:
            ranges.append((first, closing))
        return ranges


def unquote(text: str) -> str:
    """The bare identifier behind a word or a backtick-quoted name."""
    if text.startswith("`"):
        return text[1:-1].replace("``", "`")
    return text


def quote(*parts: str) -> str:
    """A qualified name with every part in backticks."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def literal(value: str | None) -> str:
    """A value as a SQL string literal (NULL for None)."""
    if value is None:
        return "NULL"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal_value(text: str) -> str:
    """The value of one SQL string literal."""
    if text[0] in "rR":
        return text[2:-1]
    return re.sub(
        r"\\(.)",
        lambda match: _ESCAPES.get(match.group(1), match.group(1)),
        text[1:-1],
        flags=re.DOTALL,
    )
