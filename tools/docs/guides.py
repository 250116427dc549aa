"""The guides of docs/ as HTML."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup


@dataclass(frozen=True)
class Guide:
    """One guide."""

    name: str
    title: str
    html: Markup


def read_guides(folder: Path) -> list[Guide]:
    """The guides of a folder, by title."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    guides = []
    for name, text in texts.items():
        title = next(line for line in text.splitlines() if line.startswith("# ")).lstrip("# ")
        guides.append(Guide(name, title, _to_html(text, texts.keys())))
    return sorted(guides, key=lambda guide: guide.title.lower())


def inline(text: str) -> Markup:
    """A line of Markdown, such as the description of a column."""
    return Markup(MarkdownIt().renderInline(text))


def _to_html(text: str, names: Iterable[str]) -> Markup:
    """A guide as HTML; its headings can be linked to as on GitHub."""
    parser = MarkdownIt().enable("table")
    tokens = parser.parse(text)
    for opening, content in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            words = re.sub(r"[^\w\- ]", "", content.content.lower())
            opening.attrSet("id", words.replace(" ", "-"))
        links = [token for token in content.children or [] if token.type.startswith("link_")]
        for start, end in zip(links[::2], links[1::2], strict=True):
            start.hidden = end.hidden = not _lead_to_page(start, names)
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _lead_to_page(link: Token, names: Iterable[str]) -> bool:
    """Let a link to a guide lead to its page; whether the site has what the link leads to."""
    target = str(link.attrs["href"])
    if guide := re.fullmatch(r"(\w+)\.md(#.*)?", target):
        link.attrSet("href", f"{guide[1]}.html{guide[2] or ''}")
        return guide[1] in names
    return not target.startswith("../")
