"""Follows a guide of docs/ to the letter: what it says to create, to add and to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?P<how>Create|Add at the end of|Replace|In) `(?P<file>[^`]+)`(?: with)?"
    r"(?:, below the line `(?P<below>[^`]+)`)?:\n\n```\n(?P<text>.*?)```\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """One change of a file."""

    how: str
    file: str
    below: str
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
            line = f"{self.below}\n"
            assert text.count(line) == 1, (
                f"{self.below!r} is in {self.file} {text.count(line)} times"
            )
            path.write_text(text.replace(line, line + self.text), encoding="utf-8")
        else:
            path.write_text(text + self.text, encoding="utf-8")


def steps(guide: Path) -> list[Step]:
    """The changes a guide asks for, in its order."""
    text = guide.read_text(encoding="utf-8")
    found = [
        Step(each["how"], each["file"], each["below"] or "", each["text"])
        for each in _BLOCK.finditer(text)
    ]
    asked = re.findall(
        r"^.*(?:Create|Add at the end of|Replace|below the line) `", text, re.MULTILINE
    )
    assert len(found) >= len(asked), "a step is not written as the others are"
    return found


def commands(guide: Path) -> list[str]:
    """The command lines of a guide."""
    text = guide.read_text(encoding="utf-8")
    return re.findall(r"^\.venv/bin/lakehouse (.+)$", text, re.MULTILINE)
