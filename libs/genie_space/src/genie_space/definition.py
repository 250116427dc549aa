"""A space as people write it: one YAML file, checked when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genie_space.errors import BAD_INPUT, IO, GenieSpaceError

ParameterType = Literal["STRING", "INTEGER", "DECIMAL", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"]
Relationship = Literal["many_to_one", "one_to_many", "one_to_one"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """A table or a metric view that the space reads."""

    description: str = ""
    columns: dict[str, str] = {}
    """Descriptions by column. If there are any, all columns have to be there."""
    match: list[str] = []
    """Text columns whose values Genie matches against the words of a question."""
    hide: list[str] = []
    """Columns that no question needs."""
    synonyms: dict[str, list[str]] = {}


class Join(_Part):
    """How two tables belong together."""

    left: str
    right: str
    keys: str
    """`customer_key`, or `order_date_key = date_key` where the names differ."""
    relationship: Relationship = "many_to_one"


class Snippet(_Part):
    """A filter, a measure or an expression that Genie may use in its SQL."""

    name: str
    sql: str
    synonyms: list[str] = []


class Parameter(_Part):
    """A parameter of an example; the SQL writes it as `:name`."""

    name: str
    type: ParameterType
    default: str
    description: str = ""


class Example(_Part):
    """A question with the SQL that Genie learns from."""

    question: str
    sql: str
    guidance: str = ""
    parameters: list[Parameter] = []


class Benchmark(_Part):
    """A question with the SQL of the right answer."""

    question: str
    sql: str


class Definition(_Part):
    """A space. SQL may name tables without catalog and schema; both are added when it is built."""

    title: str
    description: str = ""
    catalog: str = ""
    schema_: str = Field("", alias="schema")
    instructions: list[str] = []
    sample_questions: list[str] = []
    tables: dict[str, Source | None] = {}
    metric_views: dict[str, Source | None] = {}
    joins: list[Join] = []
    filters: list[Snippet] = []
    measures: list[Snippet] = []
    expressions: list[Snippet] = []
    examples: list[Example] = []
    benchmarks: list[Benchmark] = []


def read_definition(path: Path) -> Definition:
    """Read a definition from a YAML file.

    Raises:
        GenieSpaceError: when the file cannot be read or is not a definition.
    """
    return parse_definition(read_yaml(path), str(path))


def parse_definition(data: Mapping[str, Any], file: str) -> Definition:
    """A definition from data; `file` names its origin in messages.

    Raises:
        GenieSpaceError: naming every place that is wrong.
    """
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        faults = "\n".join(
            f"{file}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        remedy = "Correct the file; the README has every key."
        raise GenieSpaceError(faults, remedy, BAD_INPUT) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML (or JSON) file.

    Raises:
        GenieSpaceError: when the file cannot be read or holds no mapping.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GenieSpaceError(
            f"{path} cannot be read: {error.strerror}.", "Check the path.", IO
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GenieSpaceError(f"{path} is not YAML: {error}", "Correct it.", BAD_INPUT) from error
    if not isinstance(data, dict):
        raise GenieSpaceError(f"{path} holds no keys.", "Write `title: ...`.", BAD_INPUT)
    return data
