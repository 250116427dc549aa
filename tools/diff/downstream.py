"""Which models a change touches, and who reads them: widgets, questions, analyses, exposures."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import Any

from lvdash import definition
from lvdash.data import DatasetError, open_database
from lvdash.dialect import BadSqlError, single_query, tables
from orchestration.dbt import dbt_environment
from orchestration.errors import Explained, LakehouseError
from orchestration.genie import load_benchmarks
from orchestration.packages import DBT
from orchestration.questions import open_analyst
from orchestration.settings import Settings
from tools.diff.build import Side
from tools.diff.compare import manifest_of

BUILT = ("model", "seed", "snapshot")
ASKED = {"fact_sales", "sales_metrics"}
"""Models that the answers to questions are made of."""


@dataclass(frozen=True)
class Reader:
    """A widget or a question that reads what changed."""

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
    """Follow the change from the modified models to the people who read them.

    Raises:
        LakehouseError: when dbt cannot compare the two.
    """
    manifest, former = manifest_of(candidate), manifest_of(base)
    modified = _modified(settings, base, candidate)
    touched = _descendants(manifest, modified)
    built = {each for each in touched if each.split(".")[0] in BUILT}
    names = {_name(each) for each in built}
    return Downstream(
        modified=[_name(each) for each in modified],
        affected=sorted(_name(each) for each in built - {*modified}),
        removed=sorted(_name(each) for each in {*former["nodes"]} - {*manifest["nodes"]}),
        widgets=find_widgets(base, candidate, names),
        questions=find_questions(base, candidate) if names & ASKED else [],
        analyses=sorted(_name(each) for each in touched if each.startswith("analysis.")),
        exposures=sorted(
            _exposure(manifest["exposures"][each])
            for each in touched
            if each.startswith("exposure.")
        ),
    )


def _modified(settings: Settings, base: Side, candidate: Side) -> list[str]:
    """What dbt itself calls modified, by unique id."""
    places = candidate.settings(settings.landing)
    # dbt writes a manifest when it lists: the one of the build is kept.
    places = places.model_copy(update={"dbt_target": candidate.folder / "listed"})
    select = ("--select", "state:modified", "--indirect-selection", "empty")
    output = ("--output", "json", "--output-keys", "unique_id")
    listed = subprocess.run(
        [
            *(*DBT, "--no-use-colors", "--quiet", "ls", *select),
            *("--state", str(base.artifacts), *output),
        ],
        cwd=places.project_dir,
        env=dbt_environment(places),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        said = (listed.stdout + listed.stderr).strip()
        raise LakehouseError(f"dbt could not compare the two revisions:\n{said}")
    return sorted(line.split('"')[3] for line in listed.stdout.splitlines() if line[:1] == "{")


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


def find_widgets(base: Side, candidate: Side, names: set[str]) -> list[Reader]:
    """Widgets that read one of these tables, and whether the rows they show differ."""
    now, results = _dashboard(candidate)
    _, former = _dashboard(base)
    if now is None:
        return []
    readers = []
    for widget in now.widgets:
        datasets = {query.dataset for query in widget.queries} & {*now.datasets}
        read = set().union(*(_tables(now.datasets[each]) for each in datasets))
        if read & names and not widget.is_filter:
            changed = any(results.get(each) != former.get(each) for each in datasets)
            readers.append(Reader(widget.title, widget.page, changed))
    return readers


def _dashboard(side: Side) -> tuple[definition.Dashboard | None, dict[str, object]]:
    """The dashboard, and what each of its data sets returns, its rows in no particular order."""
    path = next(iter(sorted((side.project / "dashboards").glob("*.lvdash.json"))), None)
    if path is None:
        return None, {}
    board = definition.load(path)
    found: dict[str, object] = {}
    with open_database(side.published, "gold") as database:
        for name, dataset in board.datasets.items():
            try:
                columns = database.run(dataset).columns
                rows = zip(*(each.values.tolist() for each in columns.values()), strict=True)
                found[name] = (tuple(columns), sorted(map(repr, rows)))
            except DatasetError as error:
                found[name] = str(error)
    return board, found


def _tables(dataset: definition.Dataset) -> set[str]:
    try:
        return {name.split(".")[-1] for name in tables(single_query(dataset.sql))}
    except BadSqlError:
        return set()


def find_questions(base: Side, candidate: Side) -> list[Reader]:
    """The benchmark questions, and whether their answers differ."""
    before = _answers(base)
    return [
        Reader(question, "lakehouse ask, Gold Sales Genie", answer != before.get(question))
        for question, answer in _answers(candidate).items()
    ]


def _answers(side: Side) -> dict[str, object]:
    try:
        analyst = open_analyst(side.published, side.project)
        questions = [each.question for each in load_benchmarks(side.project)]
    except Exception as error:
        return {"All questions": _explained(error)}
    found: dict[str, object] = {}
    for question in questions:
        try:
            answer = analyst.ask(question)
            found[question] = answer.columns, answer.rows, answer.reason
        except Exception as error:
            found[question] = _explained(error)
    return found


def _explained(error: Exception) -> str:
    """The message of an error that has one; a bug is raised again."""
    if not isinstance(error, Explained):
        raise error
    return error.message
