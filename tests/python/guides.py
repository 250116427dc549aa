"""Follows a guide of docs/ to the letter: what it says to create, to add and to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?P<how>Create|Add at the end of|Replace|In) `(?P<file>[^`]+)`(?: with)?"
    r"(?:, under `(?P<under>[^`]+)`)?(?:, (?P<side>above|below) the line `(?P<line>[^`]+)`)?"
    r":\n\n```\n(?P<text>.*?)```\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """One change of a file."""

    how: str
    file: str
    under: str
    """The line after which the next one is looked for."""
    side: str
    """Whether the text goes above or below it."""
    line: str
    text: str

    def take(self, project: Path) -> None:
        """Do it; the guide is wrong when it cannot be done."""
        path = project / self.file
        if self.how == "Create":
            assert not path.exists(), f"{self.file} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if self.how == "Replace":
            path.write_text(self.text, encoding="utf-8")
        elif self.how == "In":
            start = text.index(f"{self.under}\n") if self.under else 0
            line = f"{self.line}\n"
            assert line in text[start:], f"{self.line!r} is not in {self.file}"
            assert self.under or text.count(line) == 1, f"{self.line!r} is not unique"
            at = text.index(line, start) + (len(line) if self.side == "below" else 0)
            path.write_text(text[:at] + self.text + text[at:], encoding="utf-8")
        else:
            path.write_text(text + self.text, encoding="utf-8")


def steps(guide: Path) -> list[Step]:
    """The changes a guide asks for, in its order."""
    text = guide.read_text(encoding="utf-8")
    found = [
        Step(
            each["how"],
            each["file"],
            each["under"] or "",
            each["side"] or "",
            each["line"] or "",
            each["text"],
        )
        for each in _BLOCK.finditer(text)
    ]
    asked = re.findall(
        r"^.*(?:Create|Add at the end of|Replace|(?:above|below) the line) `", text, re.MULTILINE
    )
    assert len(found) >= len(asked), "a step is not written as the others are"
    return found


def commands(guide: Path) -> list[str]:
    """The command lines of a guide."""
    text = guide.read_text(encoding="utf-8")
    return re.findall(r"^\.venv/bin/lakehouse (.+)$", text, re.MULTILINE)
