"""What only the page knows of a dashboard, in a file beside it: Databricks knows no such keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
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
        meanings: columns whose values mean something else by the value of another column, and
            that column, such as `segment` by `segment_kind`.
        drill: columns from the coarse to the fine, such as `category` and `product_name`: what a
            chart of one can be opened into, where its data set has the next.
        details: columns of which a chosen value opens a panel with all that the page knows of it.
        freshness: said beside the title, with values of data sets in it: `orders up to
            {freshness.last_order_date}`.
        last_year: bar charts by month that show the same month of the year before as a line.
        partial: `dataset`, `column` and `value` that tell months of which the data holds a part;
            the small trends of counters leave them out.
        periods: `kind`, `first` and `last`: columns of data sets that hold their rows once for each
            period. A widget that filters by the kind shows the period of the chosen months instead,
            where its data set has it; an empty first and last month are all dates.
        descriptions: what is said below the title of a widget, by name, instead of its description.
        limits: counters, by name, and the most they should show; the page says whether they do.
        optional: widgets, by name, that are left out where their data sets have no row.
    """

    currency: str = ""
    comparison: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    drill: Sequence[Sequence[str]] = ()
    details: Sequence[str] = ()
    freshness: str = ""
    last_year: Sequence[str] = ()
    partial: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    optional: Sequence[str] = ()


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict) and _are_texts(list(value.values()))


def _has_keys(value: object, *keys: str) -> bool:
    return isinstance(value, dict) and _is_mapping(value) and set(value) == set(keys)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_EXPECTED: Mapping[str, Callable[[object], bool]] = {
    "currency": lambda value: isinstance(value, str),
    "comparison": _is_mapping,
    "meanings": _is_mapping,
    "details": _are_texts,
    "freshness": lambda value: isinstance(value, str),
    "last_year": _are_texts,
    "partial": lambda value: _has_keys(value, "dataset", "column", "value"),
    "periods": lambda value: _has_keys(value, "kind", "first", "last"),
    "descriptions": _is_mapping,
    "limits": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    "optional": _are_texts,
    "drill": lambda value: isinstance(value, list) and all(map(_are_texts, value)),
}


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
    for key, value in raw.items() if isinstance(raw, dict) else [("the whole", raw)]:
        expected = _EXPECTED.get(key)
        if expected is None or not expected(value):
            remedy = f"It may have {', '.join(_EXPECTED)}; see the library's README."
            raise LvdashError(f"{path}: {key} is not as expected.", remedy, BAD_INPUT)
    return Settings(**raw)
