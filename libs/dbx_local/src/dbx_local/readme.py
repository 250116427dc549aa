"""Keeps the table of shims in README.md equal to the code: `python -m dbx_local.readme`."""

from __future__ import annotations

import re
from pathlib import Path

from dbx_local.shims import SHIMS

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- shims -->", "<!-- end of shims -->"


def table_of_shims() -> str:
    """The table of shims as Markdown."""
    lines = ["| shim | why, and what it does |", "|---|---|"]
    lines += [f"| {entry.name} | {entry.reason.replace('|', chr(92) + '|')} |" for entry in SHIMS]
    return "\n".join(lines)


def main() -> None:
    """Write the table into README.md."""
    text = README.read_text(encoding="utf-8")
    block = f"{BEGIN}\n{table_of_shims()}\n{END}"
    found = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
    README.write_text(found.sub(lambda _: block, text), encoding="utf-8")


if __name__ == "__main__":
    main()
