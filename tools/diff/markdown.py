"""Text from data as Markdown: whatever a value holds, a reader sees it as text."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Sequence

from orchestration.plain import is_obeyed

MARK = "<!-- lakehouse diff -->"
"""The first line of the report: it finds the comment of a pull request again."""
LONGEST = 400
"""Characters of a value that are shown."""
_MOST_READ = 10 * LONGEST

_MARKUP = re.compile(f"[{re.escape(string.punctuation)}]")
_HARMLESS = frozenset(" .,;:()'%/=?+-")
"""Punctuation that means nothing inside a line, left alone to keep the source readable."""
_APART = "&#8203;"
"""An invisible space. GitHub makes mentions and links of the text that Markdown leaves."""
_WRITTEN = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "`": "&#96;"}
_WRITTEN |= {"@": f"@{_APART}", "#": f"\\#{_APART}"}
_LINK = re.compile(r"(?i)\b(?:https?|ftp|mailto|xmpp)(?=:)|\bwww(?=\.)|:(?=[\w+\\-]+:)")
_AT_START = re.compile(r"^(?=[+-](?:\s|$)|[-=]+$)|^\d{1,9}(?=[.)](?:\s|$))")
"""What begins a list or underlines a heading, where a line begins."""


def plain(value: object) -> str:
    """A value as one line without control characters, cut to a length that can be read."""
    line = "".join(
        "\ufffd" if is_obeyed(character) else character
        for character in " ".join(str(value)[:_MOST_READ].split())
    )
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def text(value: object) -> str:
    """A value as one line of Markdown that is text and nothing else.

    Neither a table's cell, nor HTML, a link, an image, a mention or emphasis begins or ends in it.
    """
    line = _MARKUP.sub(lambda found: _written(found[0]), plain(value))
    line = _LINK.sub(lambda found: f"{found[0]}{_APART}", line)
    return _AT_START.sub(lambda found: f"{found[0]}\\", line)


def _written(mark: str) -> str:
    return mark if mark in _HARMLESS else _WRITTEN.get(mark, f"\\{mark}")


def table(header: Sequence[object], rows: Iterable[Sequence[object]], texts: int = 1) -> str:
    """A table of values, which are escaped here.

    So many of the first columns are `texts`; the others are figures, on the right.
    """
    aligned = ["---" if place < texts else "---:" for place in range(len(header))]
    return "\n".join([_row(header), f"|{'|'.join(aligned)}|", *map(_row, rows)])


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(text, cells))} |"
