"""The file of words: other names, values that can be named, and what the figures are of."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from metric_ask.errors import MetricAskError
from metric_ask.files import Strict, load_yaml, read_text, validated
from metric_ask.view import MetricView

Phrases = tuple[str, ...]


class Entity(Strict):
    """What figures are of, such as books or members, under the dimension that names one."""

    dimensions: Phrases  # Those that describe it.
    levels: Phrases = ()  # Of those, the ones that contain each other, widest first.
    # The metric that "how many" of its values asks for, and what that is, for the reading.
    counted_as: str = ""
    counted_note: str = ""
    several: bool = False  # Whether one row of another entity can have several of it.
    people: bool = False  # Whether "who" asks for it.


class Quality(Strict):
    """Words that name a metric and rank by it, such as "cheapest"."""

    metric: str
    highest: bool
    words: Phrases


class Refusal(Strict):
    """Why there is no answer, and what to ask instead."""

    reason: str
    instead: Phrases = ()


class Refused(Refusal):
    """Words that are known and lead to no answer."""

    words: Phrases


class Words(Strict):
    """A file of words; the README describes it key by key."""

    metrics: Mapping[str, Phrases] = {}
    dimensions: Mapping[str, Phrases] = {}
    values: Mapping[str, Mapping[str, Phrases]] = {}
    order: Mapping[str, Phrases] = {}
    entities: Mapping[str, Entity] = {}
    row: str = "row"
    default_metric: str = ""
    shares: Phrases = ()
    part_of: Mapping[str, str] = {}
    leaves_out: Mapping[str, str] = {}
    qualities: tuple[Quality, ...] = ()
    only_beside: Mapping[str, Phrases] = {}
    roles: Mapping[str, Phrases] = {}
    refused: tuple[Refused, ...] = ()
    _where: str = "The words"


def load_words(path: Path) -> Words:
    """Read a file of words, and add the general words of English."""
    return parse_words(read_text(path, "file of words"), str(path))


def parse_words(text: str = "{}", where: str = "The words") -> Words:
    """The same from YAML text; without any, the general words of English alone."""
    own = validated(Words, load_yaml(text, where), where)
    english = validated(Words, _packaged("english.yml"), "english.yml")
    roles = {
        name: (*english.roles.get(name, ()), *own.roles.get(name, ()))
        for name in (*english.roles, *own.roles)
    }
    update = {"roles": roles, "refused": (*english.refused, *own.refused)}
    words = own.model_copy(update=update)
    words._where = where
    return words


def load_refusals() -> dict[str, Refusal]:
    """The refusals of this library, by name."""
    name = "refusals.yml"
    return {key: validated(Refusal, each, name) for key, each in _packaged(name).items()}


def _packaged(name: str) -> dict[str, Any]:
    return load_yaml(files("metric_ask").joinpath(name).read_text(encoding="utf-8"), name)


def check_words(words: Words, view: MetricView) -> None:
    """Make sure that the words speak of metrics and dimensions that the view defines."""
    entities = words.entities.values()
    metrics = {
        "metrics": words.metrics,
        "default_metric": filter(None, [words.default_metric]),
        "shares": words.shares,
        "part_of": (*words.part_of, *words.part_of.values()),
        "leaves_out": (*words.leaves_out, *words.leaves_out.values()),
        "qualities": (each.metric for each in words.qualities),
        "entities": filter(None, (each.counted_as for each in entities)),
    }
    described = (name for each in entities for name in each.dimensions + each.levels)
    dimensions = {
        "dimensions": words.dimensions,
        "values": words.values,
        "order": words.order,
        "entities": (*words.entities, *described),
    }
    for kind, used, known in (
        ("measure", metrics, view.measures),
        ("dimension", dimensions, view.dimensions),
    ):
        for key, name in ((key, name) for key, names in used.items() for name in names):
            if name not in known:
                raise MetricAskError(
                    f"{words._where} names the {kind} {name} under {key}; the metric view does "
                    "not define it.",
                    f"Correct the name, or define it. Known: {', '.join(known)}.",
                )
