"""Keeps measured figures in docs/performance.md, between two comments."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from orchestration.unchanged import ENGINES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def machine() -> str:
    """What it was measured on, and with which versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    engines = ", ".join(f"{name} {version(name)}" for name in ENGINES)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, {engines}"
    )


def write_rows(block: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Put rows into the table of a block; rows measured before under other names stay.

    Args:
        block: the name in the two comments, as in `<!-- build -->` and `<!-- end of build -->`.
        header: the names of the columns; rows are known by what stands in the first.
        rows: what was measured.
    """
    found = _block(block)
    kept = {cells[0]: cells for cells in _rows(found.group(2))}
    kept.update({row[0]: list(row) for row in rows})
    _replace(found, [list(header), ["---"] * len(header), *kept.values()])


def replace_rows(block: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Put rows into the table of a block in place of all that stand there."""
    _replace(_block(block), [list(header), ["---"] * len(header), *rows])


def _block(name: str) -> re.Match[str]:
    pattern = f"(<!-- {name} -->\n)(.*?)(<!-- end of {name} -->)"
    found = re.search(pattern, PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if not found:
        raise ValueError(f"{PAGE} has no block {name}")
    return found


def _rows(text: str) -> list[list[str]]:
    lines = [line.strip().strip("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def _replace(found: re.Match[str], table: Sequence[Sequence[str]]) -> None:
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
    whole = found.string
    changed = f"{found.group(1)}{text}\n{found.group(3)}"
    PAGE.write_text(
        whole[: found.start()] + changed + whole[found.end() :], encoding="utf-8", newline="\n"
    )
