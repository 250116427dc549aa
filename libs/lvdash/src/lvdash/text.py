"""The Markdown of text widgets as HTML."""

from __future__ import annotations

from markdown_it import MarkdownIt


def to_html(source: str) -> str:
    """CommonMark with tables; HTML in it stays text, and images are left out.

    Headings start at the second level, because the page has a title.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return str(parser.renderer.render(tokens, parser.options, {}))
