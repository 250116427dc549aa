"""Words that the vocabulary of the project has replaced do not come back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.python.conftest import PROJECT

#: What is not written any more, and what is.
REPLACED = {
    r"(?<!LLM_)judg(e[sd]?|ing|e?ments?)(?![a-z])": "validate",
    r"set[_ ]aside": "superseded, or in quarantine",
    r"\bmasters\b": "master data",
    r"gone[_ ]since": "deleted_on",
    r"landed_files": "file_load_log",
    r"\banew\b": "again, or rebuild",
    r"\bstand-?in\b": "fake workspace",
    r"\bunusual(ly)?\b": "anomaly",
    r"\bdesk\b": "local",
    r"nobody('s)? (described|mapped)": "unknown, unmapped",
}
TEXT = {".md", ".py", ".sql", ".yml", ".yaml", ".toml", ".csv", ".json", ".js", ".html", ""}


def test_no_replaced_word_is_used() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    patterns = {re.compile(word, re.IGNORECASE): use for word, use in REPLACED.items()}
    found = [
        f"{name}:{number}: {match.group()} -> {use}"
        for name in listed.stdout.splitlines()
        if (PROJECT / name).suffix in TEXT
        and name != Path(__file__).relative_to(PROJECT).as_posix()
        for number, line in enumerate(_lines(PROJECT / name), start=1)
        for pattern, use in patterns.items()
        if (match := pattern.search(line))
    ]
    assert found == []


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
