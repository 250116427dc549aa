"""Just enough SQL lexing to rewrite statements without touching strings and comments.

The shims work on tokens, never on raw text: a name in a comment, in a string literal or
in a quoted identifier stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
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


@dataclass
class Match:
    """What a pattern found in a statement; see `Sql.match`."""

    sql: Sql
    first: int  # index of the first token
    after: int  # index of the token that follows
    words: list[str] = field(default_factory=list)  # chosen where the pattern leaves a choice
    names: list[Name] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)  # indexes of the opening brackets

    @property
    def name(self) -> Name:
        """The first name."""
        return self.names[0]


@cache
def _steps(pattern: str) -> list[tuple[str, str]]:
    """Each step of a pattern, as (optional words, '') or ('', anything else)."""
    return re.findall(r"\[([^\]]+)\]|(\S+)", pattern)


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

    def match(self, pattern: str, start: int = 0) -> Match | None:
        """What a pattern finds at token `start`, or None.

        In a pattern, words in capitals stand for themselves, `A|B` for either, `[A B]` for
        words that may be missing, `name` for a dotted name, `column` for a bare identifier, `text`
        for a string literal, `list` for brackets with all that is in them.
        """
        found = Match(self, start, start)
        for optional, step in _steps(pattern):
            index = found.after
            token = self.tokens[index] if index < len(self.tokens) else None
            if optional:
                found.after = self.skip(index, *optional.split())
                continue
            if token is None:
                return None
            found.after += 1
            if step == "name" and (name := self.name_at(index)):
                found.names.append(name)
                found.after = name.after
            elif step == "column" and token.is_name:
                found.columns.append(unquote(token.text))
            elif step == "text" and token.kind == "string":
                found.texts.append(literal_value(token.text))
            elif step == "list" and token.text == "(":
                found.lists.append(index)
                found.after = self.closing(index) + 1
            elif token.upper and token.upper in step.split("|"):
                if "|" in step:
                    found.words.append(token.upper)
            else:
                return None
        return found

    def rewrite(self, pattern: str, replacement: Callable[[Match], str | None]) -> Sql:
        """The statement with every match replaced, except where `replacement` returns None."""
        edits = []
        index = 0
        while index < len(self.tokens):
            found = self.match(pattern, index) if self.word(index - 1) != "." else None
            text = replacement(found) if found else None
            if found and text is not None:
                edits.append((index, found.after, text))
            index = found.after if found and text is not None else index + 1
        return self.replace(edits) if edits else self

    def word(self, index: int) -> str:
        """The token at `index` in capitals, '' when it is quoted or past the end."""
        return self.tokens[index].upper if 0 <= index < len(self.tokens) else ""

    def skip(self, index: int, *words: str) -> int:
        """The index after `words` if they stand at `index`, else `index` itself."""
        for offset, word in enumerate(words):
            if self.word(index + offset) != word:
                return index
        return index + len(words)

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
