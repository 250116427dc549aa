"""The project's Genie space: what it is made of, and the one in the workspace.

`genie/space.yml` is a definition of the library `genie_space`. Descriptions come from the dbt
documentation, metrics from the metric view, benchmarks from `genie/benchmarks.yml`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient

import genie_space
from genie_space import BenchmarkReport, Definition, DeployedSpace, Finding
from genie_space.definition import read_yaml
from metric_ask import Answer
from orchestration.console import RunConsole
from orchestration.databricks.api import Report, silent
from orchestration.databricks.names import layer_schema, titled
from orchestration.databricks.workspace import (
    check_host,
    configured_host,
    preflight,
    schema_prefix,
    sign_in,
)
from orchestration.errors import ExitCode, LakehouseError
from orchestration.questions import METRIC_VIEW, load_metrics

SPACE = Path("genie/space.yml")
BENCHMARKS = Path("genie/benchmarks.yml")
RESOURCE = Path("resources/genie.yml")
KEY = "gold_sales_genie"

_MARTS = Path("models/marts")
_COLUMN_DOCS = Path("models/_docs/columns.md")
_DOC_BLOCK = re.compile(r"{%\s*docs\s+(\w+)\s*%}(.*?){%\s*enddocs\s*%}", re.DOTALL)
_DOC_REFERENCE = re.compile(r"{{\s*doc\(\s*['\"](\w+)['\"]\s*\)\s*}}")
_HEADER = """\
# Written by `lakehouse genie write` from genie/*.yml and the documentation: change it there.
# A workspace refuses a space whose tables do not exist: docs/deploy.md has the order of steps.
"""


@dataclass(frozen=True)
class Benchmark:
    """A question, the SQL of the right answer, and what the tests compare it with."""

    question: str
    sql: str
    check: Mapping[str, Any]


def load_benchmarks(project_dir: Path) -> list[Benchmark]:
    """The benchmark questions; their SQL has bare table names, in the Databricks dialect.

    Raises:
        LakehouseError: when the file is wrong.
    """
    data = read_yaml(project_dir / BENCHMARKS)
    texts = {name: str(text) for name, text in data.get("macros", {}).items()}
    try:
        return [
            Benchmark(str(each["ask"]), str(each["sql"]).format_map(texts), each["check"])
            for each in data["benchmarks"]
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise LakehouseError(
            f"{BENCHMARKS}: a key or a macro is missing: {error}.",
            f"Each benchmark needs ask, sql and check. Macros: {', '.join(texts)}.",
            ExitCode.BAD_INPUT,
        ) from error


def load_definition(project_dir: Path) -> Definition:
    """The definition of the space, complete.

    Raises:
        GenieSpaceError: when a file is missing or wrong.
        LakehouseError: likewise.
    """
    data = read_yaml(project_dir / SPACE)
    documented = _documented_tables(project_dir)
    if unknown := [name for name in data.get("tables", {}) if name not in documented]:
        raise LakehouseError(
            f"{SPACE}: no file in {_MARTS} documents {', '.join(unknown)}.",
            f"Documented tables: {', '.join(documented)}.",
            ExitCode.BAD_INPUT,
        )
    view = load_metrics(project_dir)
    fields = [*view.dimensions.values(), *view.measures.values()]
    data["tables"] = {
        name: {**documented[name], **(settings or {})} for name, settings in data["tables"].items()
    }
    data["metric_views"] = {
        METRIC_VIEW: {
            "description": view.comment,
            "columns": {each.name: each.comment for each in fields},
            "synonyms": {each.name: list(each.synonyms) for each in fields},
        }
    }
    data["benchmarks"] = [
        {"question": each.question, "sql": each.sql} for each in load_benchmarks(project_dir)
    ]
    return genie_space.parse_definition(data, SPACE.as_posix())


def build_space(project_dir: Path, catalog: str, schema: str) -> dict[str, Any]:
    """The space over gold in this catalog and schema, as a workspace takes it.

    Raises:
        GenieSpaceError: when a file is missing or wrong.
    """
    return genie_space.build_space(load_definition(project_dir), catalog, schema)


def bundle_resource(project_dir: Path) -> str:
    """The text of `resources/genie.yml`, with the bundle's references for catalog and schema."""
    definition = load_definition(project_dir)
    space = genie_space.build_space(definition, "catalog__", "schema__")
    document = json.dumps(space, ensure_ascii=False, indent=2)
    for name, reference in (
        ("catalog__", "${var.catalog}"),
        ("schema__", "${resources.schemas.gold.name}"),
    ):
        document = document.replace(name, reference)
    fields = {
        "title": definition.title,
        "description": definition.description,
        "warehouse_id": "${var.warehouse_id}",
        "permissions": [
            {"level": "CAN_EDIT", "group_name": "${var.engineers}"},
            {"level": "CAN_RUN", "group_name": "${var.analysts}"},
        ],
    }
    return _HEADER + genie_space.bundle_resource(KEY, fields, document)


def write_resource(project_dir: Path) -> tuple[Path, bool]:
    """Write `resources/genie.yml`; return where it is and whether it has changed."""
    path, text = project_dir / RESOURCE, bundle_resource(project_dir)
    changed = not _holds(path, text)
    if changed:
        path.write_text(text, encoding="utf-8")
    return path, changed


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def check_space(project_dir: Path) -> dict[Path, list[Finding]]:
    """Faults of the space by file, and whether the bundle's file is up to date.

    Raises:
        GenieSpaceError: when a file is missing or wrong.
    """
    is_current = _holds(project_dir / RESOURCE, bundle_resource(project_dir))
    outdated = Finding(
        "",
        "It is missing, or differs from what genie/*.yml and the documentation say.",
        "Write it: lakehouse genie write.",
    )
    return {
        SPACE: genie_space.lint_space(build_space(project_dir, "catalog", "gold")),
        RESOURCE: [] if is_current else [outdated],
    }


def deploy(project_dir: Path, console: RunConsole) -> tuple[WorkspaceClient, DeployedSpace]:
    """Create the space over gold of this environment, or update it.

    Raises:
        LakehouseError: when the workspace cannot be reached.
        GenieSpaceError: when it refuses the space.
    """
    console.step("Connecting to Databricks")
    workspace = preflight(report=console.note)
    definition = load_definition(project_dir)
    title = titled(workspace.prefix, definition.title)
    gold = layer_schema(workspace.prefix, "gold")
    console.step(f"Deploying {title}")
    deployed = genie_space.deploy_space(
        workspace.client,
        genie_space.build_space(definition, workspace.catalog, gold),
        title=title,
        description=definition.description,
        warehouse_id=workspace.warehouse_id,
        space_id=os.environ.get(genie_space.SPACE_VARIABLE, ""),
    )
    return workspace.client, deployed


def open_space(project_dir: Path, report: Report = silent) -> tuple[WorkspaceClient, str]:
    """A client, and the space of DATABRICKS_GENIE_SPACE_ID or the one with the project's title.

    Neither catalog nor warehouse has to be known for that.

    Raises:
        LakehouseError: when the workspace cannot be reached, or has no such space.
    """
    client = sign_in(check_host(configured_host()), report)
    if known := os.environ.get(genie_space.SPACE_VARIABLE):
        return client, known
    title = titled(schema_prefix(), str(read_yaml(project_dir / SPACE)["title"]))
    found = genie_space.find_space(client, title)
    if not found:
        raise LakehouseError(
            f'There is no Genie space with the title "{title}" that these credentials may see.',
            f"Deploy it (docs/deploy.md), or set {genie_space.SPACE_VARIABLE} or "
            "DATABRICKS_SCHEMA.",
        )
    return client, found


def benchmark(client: WorkspaceClient, space_id: str, console: RunConsole) -> BenchmarkReport:
    """Run the benchmark of the space and print what was missed.

    Raises:
        GenieSpaceError: when the run cannot be started, fails, or does not end.
    """
    console.step("Running the benchmark")
    outcome = genie_space.run_benchmarks(client, space_id, report=console.note)
    for miss in outcome.misses:
        console.warn(str(miss))
    return outcome


def ask_space(question: str, project_dir: Path) -> Answer:
    """The space's answer to a question, in the shape of `lakehouse ask`.

    Raises:
        LakehouseError: when the workspace cannot be reached.
        GenieSpaceError: when the space does not answer.
    """
    answer = genie_space.ask(*open_space(project_dir), question)
    return Answer(
        question,
        answer.answered,
        reading=answer.text if answer.answered else "",
        sql=answer.sql,
        columns=answer.columns,
        rows=answer.rows,
        reason="" if answer.answered else answer.text,
        suggestions=answer.suggestions,
        truncated=answer.truncated,
    )


def _documented_tables(project_dir: Path) -> dict[str, dict[str, Any]]:
    """Tables of gold with their descriptions, doc blocks resolved."""
    text = (project_dir / _COLUMN_DOCS).read_text(encoding="utf-8")
    blocks = {name: " ".join(body.split()) for name, body in _DOC_BLOCK.findall(text)}

    def resolved(described: Mapping[str, Any]) -> str:
        text = str(described.get("description", ""))
        return " ".join(_DOC_REFERENCE.sub(lambda found: blocks[found[1]], text).split())

    return {
        model["name"]: {
            "description": resolved(model),
            "columns": {each["name"]: resolved(each) for each in model.get("columns", ())},
        }
        for path in sorted((project_dir / _MARTS).glob("*.yml"))
        for model in read_yaml(path).get("models", ())
    }
