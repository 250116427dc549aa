"""The differences between the engines, as `probes.yml` states them, and the page with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "engines.md"
TABLE_STARTS = "<!-- probes -->"
TABLE_ENDS = "<!-- end of probes -->"


@dataclass(frozen=True)
class Probe:
    """An expression, what each engine makes of it, and what the project writes instead."""

    what: str
    expression: str
    duckdb: str
    spark: str
    instead: str


def read_probes() -> list[Probe]:
    """All probes, in the order of the file."""
    text = Path(__file__).with_name("probes.yml").read_text(encoding="utf-8")
    return [Probe(**entry) for entry in yaml.safe_load(text)]


def table() -> str:
    """The probes as a Markdown table."""
    lines = [
        "| what | expression | DuckDB | Spark | written instead |",
        "|---|---|---|---|---|",
    ]
    for probe in read_probes():
        expression = probe.expression.replace("|", "\\|")
        instead = probe.instead.replace("|", "\\|")
        lines.append(
            f"| {probe.what} | `{expression}` | {probe.duckdb} | {probe.spark} | {instead} |"
        )
    return "\n".join(lines)


def page_with_table(page: str) -> str:
    """The page with its table rebuilt."""
    before, _, rest = page.partition(TABLE_STARTS)
    _, _, after = rest.partition(TABLE_ENDS)
    return f"{before}{TABLE_STARTS}\n{table()}\n{TABLE_ENDS}{after}"
