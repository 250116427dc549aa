"""Questions, and the published databases they are asked of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from metric_ask import Analyst, Request
from metric_ask.grammar.context import NotUnderstoodError
from metric_ask.grammar.read import understand
from tests.python.genie.independent import Gold

HERE = Path(__file__).parent
YEARS_FROM_REAL_TO_SAMPLE = 12
"""The real files end in January 2014, the sample's in 2026: questions move along."""


@dataclass(frozen=True)
class Place:
    """A published database, ready to be asked and to be counted in."""

    name: str
    published: Path
    analyst: Analyst
    gold: Gold

    def entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        """A question as it is asked here."""
        return moved(entry) if self.name == "sample" else entry

    def read(self, question: str) -> Request | NotUnderstoodError:
        """What a question asks for, or why it is refused; nothing is looked up."""
        try:
            return understand(question, self.analyst.context).request
        except NotUnderstoodError as error:
            return error


def questions(*names: str) -> list[dict[str, Any]]:
    return [
        each
        for name in names
        for each in yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))
    ]


def moved(value: Any) -> Any:
    """Years of the real files become years of the sample, wherever they stand."""
    if isinstance(value, dict):
        return {key: moved(each) for key, each in value.items()}
    if isinstance(value, list):
        return [moved(each) for each in value]
    if isinstance(value, str):
        return re.sub(
            r"(?<!\d)20(1\d)(?!\d)",
            lambda found: str(2000 + int(found[1]) + YEARS_FROM_REAL_TO_SAMPLE),
            value,
        )
    return value
