"""Reads YAML into models that say what is wrong and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from metric_ask.errors import MetricAskError


class Strict(BaseModel):
    """A model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Loader(yaml.CSafeLoader):
    """YAML in which on, off, yes and no are words, as they are in questions and in join keys."""


_BOOL = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

Model = TypeVar("Model", bound=BaseModel)


def read_text(path: Path, what: str) -> str:
    """The text of a file; `what` it is goes into the error."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MetricAskError(
            f"The {what} {path} cannot be read: {error}", "Check the path.", exit_code=5
        ) from error


def load_yaml(text: str, where: str) -> dict[str, Any]:
    """The mapping that a YAML text holds; `where` goes into the error."""
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise MetricAskError(f"{where} is not valid YAML: {error}", "Correct the file.") from error
    if not isinstance(data, dict):
        raise MetricAskError(f"{where} does not hold a YAML mapping.", "Correct the file.")
    return data


def validated(model: type[Model], data: dict[str, Any], where: str) -> Model:
    """The data as a model; an error names the keys that are missing, unknown or wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            + ("" if each["type"] == "missing" else f" (it is {each['input']!r:.60})")
            for each in error.errors()[:5]
        ]
        raise MetricAskError(
            f"{where} does not have the right form:\n  " + "\n  ".join(faults),
            "The README of metric-ask describes the form.",
        ) from error
