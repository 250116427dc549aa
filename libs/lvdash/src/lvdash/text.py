"""The Markdown of text widgets as HTML."""

from __future__ import annotations

import re

from lvdash.escaping import escape_html

_INLINE = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\*)\*([^*]+?)\*(?!\*)"), r"<em>\1</em>"),
    (re.compile(r"`([^`]+?)`"), r"<code>\1</code>"),
)
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"^[-*]\s+(.*)$")


def to_html(source: str) -> str:
    """Headings, paragraphs, lists, bold, italic and code; everything else stays text.

    Headings start at the second level, because the page has a title.
    """
    blocks: list[str] = []
    paragraph: list[str] = []
    items: list[str] = []

    def close() -> None:
        if paragraph:
            blocks.append(f"<p>{' '.join(paragraph)}</p>")
            paragraph.clear()
        if items:
            blocks.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
            items.clear()

    for line in source.splitlines():
        heading, item = _HEADING.match(line.strip()), _ITEM.match(line.strip())
        if heading:
            close()
            level = min(len(heading[1]) + 1, 6)
            blocks.append(f"<h{level}>{_inline(heading[2])}</h{level}>")
        elif item:
            if paragraph:
                close()
            items.append(_inline(item[1]))
        elif line.strip():
            paragraph.append(_inline(line.strip()))
        else:
            close()
    close()
    return "".join(blocks)


def _inline(source: str) -> str:
    escaped = str(escape_html(source))
    for pattern, replacement in _INLINE:
        escaped = pattern.sub(replacement, escaped)
    return escaped
