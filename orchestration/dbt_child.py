"""Runs dbt in a process of its own and reports to its parent, a JSON object a line.

A process of its own because DuckDB locks its file for the process that opened it. The parent keeps
the standard input open: when it closes, the parent is gone, and the build ends at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

OPTIONS = ("--quiet", "--no-use-colors", "--no-version-check", "--log-level", "none")
LAYERS = ("bronze", "silver", "gold", "quality", "publish")
"""In the order of the build; seeds and tests count towards the layer they belong to."""
UNREMARKABLE = {"success", "pass", "warn", "no-op", "skipped"}
EXAMPLES = 3
"""Rows shown of a failed test or a broken constraint."""
BROKEN = "broken_constraint"
"""The column of such rows that names the constraint."""
FIRST = 5
"""Columns shown of them, beside those that the constraint names: keys, or file and line."""


def main() -> None:
    """Run dbt with the commands and questions that the command line holds as JSON."""
    request = json.loads(sys.argv[-1])
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what dbt prints must not get between the events
    threading.Thread(target=_end_with_parent, daemon=True).start()
    writing = threading.Lock()

    def send(**event: Any) -> None:
        with writing:
            print(json.dumps(event, default=str), file=events, flush=True)

    done = _run(request["options"], request["commands"], request["questions"], send)
    send(**done)
    sys.exit(0 if done["ok"] else 1)


def _end_with_parent() -> None:
    # Not through sys.stdin: its lock would be held by this thread when Python ends, which is fatal.
    while os.read(0, 1):
        pass
    os._exit(1)


def _run(
    options: Sequence[str],
    commands: Sequence[Sequence[str]],
    questions: Sequence[Mapping[str, Any]],
    send: Callable[..., None],
) -> dict[str, Any]:
    """Run dbt's commands until one fails; how they ended is the last event."""
    from dbt.cli.main import dbtRunner

    results: list[Any] = []
    ended = dbtRunner().invoke([*OPTIONS, "parse", *options])
    manifest: Any = ended.result  # read once for all of them
    for command in commands if ended.success else []:
        if command[0] == "run-operation":
            ended = _operate(manifest, command[1], options, send)
        else:
            runner = dbtRunner(manifest, [_reporter(manifest, send)])
            ended = runner.invoke([*OPTIONS, *command, *options])
            results += getattr(ended.result, "results", [])
        if not ended.success:
            break
    failed = [each for each in results if _status(each) not in UNREMARKABLE]
    return {
        "event": "done",
        "ok": ended.success,
        "error": str(ended.exception or ""),
        "failed": [_failure(manifest, each) for each in failed],
        "answers": _answers(questions, results, ended.success),
    }


def _operate(manifest: Any, name: str, options: Sequence[str], send: Callable[..., None]) -> Any:
    """Run a macro and report it as a node; its result names none, and no error."""
    from dbt.cli.main import dbtRunner

    errors: list[str] = []

    def note(event: Any) -> None:
        if event.info.name.startswith("RunningOperation"):
            errors.append(event.data.exc)

    node = {"id": f"operation.sales_lakehouse.{name}", "name": name, "layer": name}
    send(event="start", id=node["id"], total=1)
    started = time.monotonic()
    ended = dbtRunner(manifest, [note]).invoke([*OPTIONS, "run-operation", name, *options])
    send(
        event="end",
        **node,
        status="success" if ended.success else "error",
        message="\n".join(errors),
        seconds=time.monotonic() - started,
    )
    return ended


def _reporter(manifest: Any, send: Callable[..., None]) -> Callable[[Any], None]:
    """A callback for dbt's events that passes on the beginning and the end of each node."""

    def report(event: Any) -> None:
        name, data = event.info.name, event.data
        if name == "LogStartLine":
            send(event="start", id=data.node_info.unique_id, total=data.total)
        elif name == "NodeFinished" and data.node_info.resource_type != "exposure":
            result = data.run_result
            send(
                event="end",
                **_described(manifest, data.node_info.unique_id),
                name=data.node_info.node_name,
                status=result.status.lower(),
                message=result.message,
                seconds=result.execution_time,
                failures=result.num_failures,
                rows=_count_rows(data.node_info, result),
            )

    return report


def _described(manifest: Any, unique_id: str) -> dict[str, Any]:
    """A node as the manifest describes it; a test counts towards the layer of its model."""
    node = manifest.nodes.get(unique_id) or manifest.unit_tests.get(unique_id)
    if node is None:
        return {"id": unique_id}
    tested = manifest.nodes.get(getattr(node, "attached_node", None) or "")
    place = [tested.name if tested else "", getattr(node, "column_name", None) or ""]
    return {
        "id": unique_id,
        "layer": _layer(tested or node),
        "file": node.original_file_path,
        "description": " ".join(node.description.split()),
        "tested": ".".join(filter(None, place)),
    }


def _layer(node: Any) -> str:
    """The layer of a node: what its meta says, else the end of its schema's name.

    In development on Databricks a prefix stands before the layer in the schema's name.
    """
    schema = str(node.schema or "")
    ends = (layer for layer in LAYERS if schema == layer or schema.endswith(f"_{layer}"))
    return str(node.config.meta.get("layer") or next(ends, ""))


def _count_rows(node: Any, result: Any) -> int | None:
    """Rows of what was built: as the adapter says, or counted where that costs nothing."""
    relation = node.node_relation.relation_name
    if result.status.lower() != "success" or not relation or node.materialized == "view":
        return None
    affected = dict(result.adapter_response).get("rows_affected", -1)
    if isinstance(affected, (int, float)) and affected > 0:
        return int(affected)
    if _adapter().type() != "duckdb":
        return None
    return int(_query(f"select count(*) as n from {relation}")[0]["n"])


def _failure(manifest: Any, result: Any) -> dict[str, Any]:
    """What failed and why, with rows that break it where it is a test."""
    node, compiled = result.node, getattr(result.node, "compiled_code", None)
    examples: list[dict[str, Any]] = []
    with suppress(Exception):  # without them, what dbt says has to do
        if _status(result) == "fail" and node.resource_type == "test" and compiled:
            examples = _query(f"select * from (\n{compiled}\n) as failing limit {EXAMPLES}")
        elif "constraint" in (result.message or "").lower() and compiled:
            examples = _query(_breaking(node, compiled))
    return {
        **_described(manifest, node.unique_id),
        "name": node.name,
        "status": _status(result),
        "message": result.message or "",
        "seconds": result.execution_time,
        "failures": result.failures,
        "compiled": getattr(node, "compiled_path", None) or "",
        "examples": examples,
        "constraint": "; ".join(sorted({row[BROKEN] for row in examples if BROKEN in row})),
    }


def _breaking(node: Any, compiled: str) -> str:
    """A query for rows of a model that break a constraint of its contract."""
    checks = [each for each in node.constraints if each.type == "check"]
    conditions = [
        (f"{column.name} is not null", f"{column.name} is not null")
        for column in node.columns.values()
        if any(each.type == "not_null" for each in column.constraints)
    ] + [(each.expression, f"{each.name}: {each.expression}") for each in checks]
    cases = " ".join(
        "when not ({}) then '{}'".format(condition, name.replace("'", "''"))
        for condition, name in conditions
    )
    named = set(re.findall(r"\w+", " ".join(each.expression for each in checks)))
    columns = [name for place, name in enumerate(node.columns) if place < FIRST or name in named]
    return (
        f"select {', '.join([BROKEN, *columns])} from (select *, case {cases} end as {BROKEN}"
        f" from (\n{compiled}\n) as built) as checked where {BROKEN} is not null limit {EXAMPLES}"
    )


def _status(result: Any) -> str:
    return str(result.status).lower()


def _answers(
    questions: Sequence[Mapping[str, Any]], results: Sequence[Any], success: bool
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each query whose models were built."""
    built = {
        result.node.name: result.node.relation_name
        for result in results
        if _status(result) == "success" and getattr(result.node, "relation_name", None)
    }
    answers = {}
    for question in questions:
        if question["of_success"] == success and set(question["models"]) <= set(built):
            try:
                answers[question["name"]] = _query(question["sql"].format(**built))
            except Exception as error:
                print(f"{question['name']}: {error}", file=sys.stderr)
    return answers


def _query(sql: str) -> list[dict[str, Any]]:
    """The rows of a query, over dbt's own connection."""
    adapter = _adapter()
    with adapter.connection_named("lakehouse"):
        table = adapter.execute(sql, fetch=True)[1]
    return [dict(zip(table.column_names, row, strict=True)) for row in table.rows]


def _adapter() -> Any:
    from dbt.adapters.factory import FACTORY

    (adapter,) = FACTORY.adapters.values()
    return adapter


if __name__ == "__main__":
    main()
