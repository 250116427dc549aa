"""What only the page knows of a dashboard, in a file beside it: Databricks knows no such keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lvdash.errors import BAD_INPUT, IO, LvdashError

_AllThree = Field(min_length=3)


class Settings(BaseModel):
    """The settings of a page; the README says what each does."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    currency: str = ""
    comparison: dict[str, str] = {}
    """Suffixes of measures by title; the first is the one at the start."""
    meanings: dict[str, str] = {}
    details: list[str] = []
    freshness: str = ""
    last_year: list[str] = []
    partial: Annotated[dict[Literal["dataset", "column", "value"], str], _AllThree] = {}
    periods: Annotated[dict[Literal["kind", "first", "last"], str], _AllThree] = {}
    descriptions: dict[str, str] = {}
    limits: dict[str, int | float] = {}
    optional: list[str] = []
    drill: list[list[str]] = []


def load_settings(dashboard: Path) -> Settings:
    """Read the settings of a dashboard, `board.page.json` beside `board.lvdash.json`, if any.

    Raises:
        LvdashError: if the file cannot be read (exit code 5) or holds something else (3).
    """
    path = dashboard.with_name(f"{dashboard.name.removesuffix('.lvdash.json')}.page.json")
    try:
        return Settings.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        remedy = "Check the rights of the file."
        raise LvdashError(f"{path} cannot be read: {error.strerror}.", remedy, IO) from error
    except ValidationError as error:
        key = (*error.errors()[0]["loc"], "the whole")[0]
        remedy = f"It may have {', '.join(Settings.model_fields)}; see the library's README."
        raise LvdashError(f"{path}: {key} is not as expected.", remedy, BAD_INPUT) from error
    except ValueError as error:
        remedy = "Correct the file, or remove it."
        raise LvdashError(f"{path} is no JSON: {error}.", remedy, BAD_INPUT) from error
