"""What only the page knows of a dashboard, in a file beside it: Databricks knows no such keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lvdash.errors import BAD_INPUT, IO, LvdashError


@dataclass(frozen=True)
class Settings:
    """The settings of a page.

    Attributes:
        currency: the currency of all amounts, said once; an empty text says nothing.
        comparison: what figures can be compared with, by title; the first is the one at the start.
            The value is a suffix: a measure of that name with the suffix takes the place of the
            measure without.
    """

    currency: str = ""
    comparison: Mapping[str, str] = field(default_factory=dict)


def settings_file(dashboard: Path) -> Path:
    """The file with the settings of a dashboard: `board.page.json` for `board.lvdash.json`."""
    return dashboard.with_name(f"{dashboard.name.removesuffix('.lvdash.json')}.page.json")


def load_settings(dashboard: Path) -> Settings:
    """Read the settings of a dashboard; without a file they are empty.

    Raises:
        LvdashError: if the file cannot be read (exit code 5) or holds something else (3).
    """
    path = settings_file(dashboard)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        remedy = "Check the rights of the file."
        raise LvdashError(f"{path} cannot be read: {error.strerror}.", remedy, IO) from error
    except ValueError as error:
        remedy = "Correct the file, or remove it."
        raise LvdashError(f"{path} is no JSON: {error}.", remedy, BAD_INPUT) from error
    kinds = {"currency": str, "comparison": dict}
    for key, value in raw.items() if isinstance(raw, dict) else [("the whole", raw)]:
        texts = value.values() if isinstance(value, dict) else []
        if (
            key not in kinds
            or not isinstance(value, kinds[key])
            or not all(isinstance(text, str) for text in texts)
        ):
            remedy = "It may have 'currency', a text, and 'comparison', suffixes by title."
            raise LvdashError(f"{path}: {key} is not as expected.", remedy, BAD_INPUT)
    return Settings(**raw)
