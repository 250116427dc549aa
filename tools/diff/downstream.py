"""Which models a change touches, and who reads them: widgets, questions, analyses, exposures."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genie_space.space import load_benchmarks
from lvdash import definition
from lvdash.data import DatasetError, Result, reading, run_dataset
from lvdash.dialect import BadSqlError, single_query, tables
from metric_ask.desk import Answer, Desk
from orchestration.dbt import dbt_environment
from orchestration.errors import LakehouseError
from orchestration.packages import DBT
from orchestration.settings import Settings
from tools.diff.build import Side, environment_of, settings_of
from tools.diff.compare import manifest_of


@dataclass(frozen=True)
class Reader:
    """A widget, a question or an analysis that reads what changed."""

    name: str
    where: str
    changed: bool
    """Whether it shows something else than before."""


@dataclass
class Downstream:
    """What a change touches."""

    modified: list[str] = field(default_factory=list)
    """Whatever dbt knows whose code or configuration changed, tests included."""
    affected: list[str] = field(default_factory=list)
    """Models that are built from those."""
    removed: list[str] = field(default_factory=list)
    widgets: list[Reader] = field(default_factory=list)
    questions: list[Reader] = field(default_factory=list)
    analyses: list[str] = field(default_factory=list)
    exposures: list[str] = field(default_factory=list)


def find_downstream(settings: Settings, base: Side, candidate: Side) -> Downstream:
    """Follow the change from the models that were modified to the people who read them.

    Raises:
        LakehouseError: when dbt cannot compare the two.
    """
    manifest, former = manifest_of(candidate.artifacts), manifest_of(base.artifacts)
    ids = _modified(settings, base, candidate)
    found = Downstream(
        modified=[_name(each) for each in ids],
        removed=sorted(_name(each) for each in {*former["nodes"]} - {*manifest["nodes"]}),
    )
    touched = _descendants(manifest, ids)
    kinds = ("model", "seed", "snapshot")
    found.affected = sorted(
        _name(each) for each in touched - set(ids) if each.split(".")[0] in kinds
    )
    names = {_name(each) for each in touched if each.split(".")[0] in kinds}
    found.analyses = sorted(_name(each) for each in touched if each.startswith("analysis."))
    found.exposures = sorted(
        _exposure(manifest["exposures"][each]) for each in touched if each.startswith("exposure.")
    )
    found.widgets = _widgets(base, candidate, names)
    if "fact_sales" in names or "sales_metrics" in names:
        found.questions = _questions(base, candidate)
    return found


def _modified(settings: Settings, base: Side, candidate: Side) -> list[str]:
    """What dbt itself calls modified, by unique id."""
    own = settings_of(settings, candidate.folder)
    listed = subprocess.run(
        [
            *DBT,
            *("--no-use-colors", "--quiet", "ls", "--select", "state:modified"),
            *("--indirect-selection", "empty"),
            *("--state", str(base.artifacts), "--output", "json", "--output-keys", "unique_id"),
        ],
        cwd=own.project_dir,
        env=dbt_environment(own, _reading_environment(settings, candidate)),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise LakehouseError(
            f"dbt could not compare the two revisions:\n{(listed.stdout + listed.stderr).strip()}"
        )
    ids = (line.split('"')[3] for line in listed.stdout.splitlines() if line.startswith("{"))
    return sorted(ids)


def _reading_environment(settings: Settings, side: Side) -> dict[str, str]:
    """As for building, but the manifest that is kept is not written anew."""
    environment = environment_of(settings, side.folder)
    environment["DBT_TARGET_PATH"] = os.fspath(side.folder / "listed")
    return environment


def _descendants(manifest: dict[str, Any], ids: list[str]) -> set[str]:
    """The nodes of these ids, and all that is made from them."""
    found: set[str] = set()
    waiting = list(ids)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += manifest["child_map"].get(each, [])
    return found


def _name(unique_id: str) -> str:
    parts = unique_id.split(".")
    return parts[-2] if parts[0] == "test" and len(parts) > 3 else parts[-1]


def _exposure(exposure: dict[str, Any]) -> str:
    owner = exposure["owner"].get("name") or exposure["owner"].get("email")
    title = exposure.get("label") or exposure["name"]
    return f"{title} ({exposure['type']}, owner: {owner})"


def _dashboard(side: Side) -> definition.Dashboard | None:
    found: list[Path] = sorted((side.project / "dashboards").glob("*.lvdash.json"))
    return definition.load(found[0]) if found else None


def _widgets(base: Side, candidate: Side, names: set[str]) -> list[Reader]:
    """Widgets whose data sets read a touched table, and whether the data set's rows differ."""
    now, before = _dashboard(candidate), _dashboard(base)
    if now is None:
        return []
    results, former = _results(candidate, now), _results(base, before) if before else {}
    readers = []
    for page in now.pages:
        for widget in page.widgets:
            datasets = {query.dataset for query in widget.queries} & {*now.datasets}
            if not any(_tables(now.datasets[each]) & names for each in datasets):
                continue
            if widget.is_filter:
                continue
            changed = any(results.get(each) != former.get(each) for each in datasets)
            readers.append(Reader(widget.title, page.title, changed))
    return readers


def _tables(dataset: definition.Dataset) -> set[str]:
    try:
        return {name.split(".")[-1] for name in tables(single_query(dataset.sql))}
    except BadSqlError:
        return set()


def _results(side: Side, board: definition.Dashboard) -> dict[str, object]:
    """What each data set returns, its rows in no particular order."""
    found: dict[str, object] = {}
    with reading(side.published) as connection:
        for name, dataset in board.datasets.items():
            try:
                found[name] = _unordered(run_dataset(connection, dataset))
            except DatasetError as error:
                found[name] = str(error)
    return found


def _unordered(result: Result) -> tuple[tuple[str, ...], list[str]]:
    return tuple(result.columns), sorted(map(repr, zip(*result.columns.values(), strict=True)))


def _questions(base: Side, candidate: Side) -> list[Reader]:
    """The benchmark questions, and whether they are answered otherwise than before."""
    before = _answers(base)
    return [
        Reader(question, "lakehouse ask, Gold Sales Genie", answer != before.get(question))
        for question, answer in _answers(candidate).items()
    ]


def _answers(side: Side) -> dict[str, object]:
    try:
        desk = Desk(side.published, side.project)
        return {
            each.question: _answer(desk, each.question) for each in load_benchmarks(side.project)
        }
    except LakehouseError as error:
        return {"All questions": error.message}


def _answer(desk: Desk, question: str) -> object:
    try:
        answer: Answer = desk.ask(question)
    except LakehouseError as error:
        return error.message
    return answer.columns, answer.rows, answer.reason
