"""Texts that could be taken for more than text."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import yaml

TEXTS: list[str] = [
    *yaml.safe_load((Path(__file__).parent / "hostile.yml").read_text(encoding="utf-8")),
    "long" * 300,
]
BROKEN = "half of a pair \ud83d, a byte that is no UTF-8 \udcff"
"""As the name of a file may have; a database holds no such text."""


def is_obeyed(character: str) -> bool:
    """Whether a terminal could act on it, or a reader not see it."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def pieces(text: str) -> list[str]:
    """What of a text has to be seen, without blanks."""
    apart = "".join(" " if is_obeyed(each) else each for each in text)
    return apart.split()
