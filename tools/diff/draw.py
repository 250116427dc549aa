"""Draws a report: in the terminal, and in Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.diff import markdown
from tools.diff.markdown import MARK, plain

LONGEST = 14
"""Rows of a table that are shown at once; Markdown folds the rest."""
NOTHING = "\N{EN DASH}"


@dataclass
class Section:
    """A title, a few sentences, and a table."""

    title: str
    text: list[str] = field(default_factory=list)
    header: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    texts: int = 1
    """How many of the first columns are text; the others are figures."""


@dataclass
class Report:
    """All that is said about a change."""

    headline: str
    compared: str
    sections: list[Section] = field(default_factory=list)
    pictures: list[tuple[str, Path | None, Path | None]] = field(default_factory=list)
    """By sheet: the picture before and after."""


def print_report(report: Report, console: Console) -> None:
    """Draw it in the terminal."""
    console.print()
    console.print(Text(plain(report.headline), style="bold"))
    console.print(Text(plain(report.compared)))
    for section in report.sections:
        console.print()
        console.print(Text(section.title, style="bold"))
        for line in section.text:
            console.print(Text(plain(line)))
        if section.rows:
            console.print(Padding(_rich_table(section), (0, 0, 0, 2)))
        if (more := len(section.rows) - LONGEST) > 0:
            console.print(f"  and {more} more; --markdown FILE has them all")


def _rich_table(section: Section) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, title in enumerate(section.header):
        is_text = place < section.texts
        table.add_column(
            title,
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=section.texts == 1 or not is_text,
        )
    for row in section.rows[:LONGEST]:
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table


def to_markdown(report: Report, beside: Path) -> str:
    """The report as the comment of a pull request.

    Paths of pictures are relative to `beside`, the folder of the Markdown file.
    """
    text, parts = markdown.text, [MARK, "## What this change does to the numbers"]
    parts += [f"**{text(report.headline)}**", text(report.compared)]
    for section in report.sections:
        parts += [f"### {section.title}", *map(text, section.text)]
        if section.rows:
            parts.append(markdown.table(section.header, section.rows[:LONGEST], section.texts))
        if rest := section.rows[LONGEST:]:
            more = markdown.table(section.header, rest, section.texts)
            parts.append(f"<details><summary>{len(rest)} more</summary>\n\n{more}\n\n</details>")
    if report.pictures:
        rows = [
            f"| {text(sheet)} | {_picture(before, beside)} | {_picture(after, beside)} |"
            for sheet, before, after in report.pictures
        ]
        empty = markdown.table(("sheet", "before", "after"), (), texts=3)
        parts += ["### The dashboard", "\n".join([empty, *rows])]
    return "\n\n".join(parts) + "\n"


def _picture(path: Path | None, beside: Path) -> str:
    if path is None:
        return NOTHING
    shown = path.relative_to(beside) if path.is_relative_to(beside) else path
    return f"![{markdown.text(path.stem)}]({quote(shown.as_posix())})"
