"""Runs dbt with the real adapter on a warehouse that only writes down what it is sent.

`python -m tests.python.databricks.recorded OUT GRANTED COMMANDS`: OUT gets a JSON array a line:
days, node, statement and the node's compiled SQL; GRANTED is a published view, as schema.view, with
grants of its own; COMMANDS is a JSON array of pairs, which run one after the other: how many days
old the last publication is, 0 if there is none, and dbt's arguments.

What dbt reads back is answered as by a warehouse on which nothing was built, or everything if there
was a publication, but no comment, tag, key, check or property; where every query of a contract has
the declared columns, every table stands at version 7, every test passes and the metric view has
another definition.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databricks.sql
from dbt.cli.main import dbtRunner

VERSION = 7
_COMMENT = re.compile(r"/\* (\{.*?\}) \*/\s*", re.DOTALL)
_TEMPORARY = re.compile(r"__dbt_\w+(?=`?$)")
_DESCRIBE = re.compile(r"describe table extended (\S+) as json", re.IGNORECASE)

Answer = tuple[list[str], list[tuple[Any, ...]]]


class Warehouse:
    """Writes statements down and answers them."""

    def __init__(self, out: Path, granted: str, manifest: dict[str, Any]) -> None:
        self.granted = granted
        self.days = 0
        self.nodes = nodes = manifest["nodes"]
        sources = manifest["sources"].values()
        self.audit = [each for each in sources if each["source_name"] == "audit"]
        self.relations = {f"`{node['alias']}`": node for node in nodes.values()}
        self.sent: list[tuple[str, str]] = []
        self._file = out.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def take(self, text: str) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
        """Write a statement down; the columns, by name and type, and rows of its answer."""
        match = _COMMENT.match(text.lstrip())
        node = json.loads(match[1]).get("node_id", "") if match else ""
        sql = _COMMENT.sub("", text).strip()
        with self._lock:
            self.sent.append((node, sql))
        if "where false" in sql.lower() and node in self.nodes:
            columns = self.nodes[node]["columns"].values()
            return [(each["name"], each["data_type"] or "string") for each in columns], []
        if "as should_warn" in sql:
            names = ["failures", "should_warn", "should_error"]
            return [(name, "string") for name in names], [(0, False, False)]
        names, rows = self._answer(" ".join(sql.lower().split()), sql)
        return [(name, "string") for name in names], rows

    def write(self, compiled: dict[str, str]) -> None:
        """Write down what a command sent, with the compiled SQL of its nodes."""
        for node, sql in self.sent:
            self._file.write(json.dumps([self.days, node, sql, compiled.get(node, "")]) + "\n")
        self._file.flush()
        self.sent.clear()

    def _built(self, words: str) -> list[tuple[Any, ...]]:
        """What is in the schema that a statement asks for: name, type, format, owner, kind."""
        if not self.days:
            return []
        found: list[tuple[Any, ...]] = [
            (table["identifier"], "table", "delta", "owner", "managed")
            for table in self.audit
            if f"= '{table['schema']}'" in words
        ]
        for node in self.nodes.values():
            if node["relation_name"] and f"= '{node['schema']}'" in words:
                kind = node["config"]["materialized"]
                name, is_view = node["alias"], kind in ("view", "metric_view")
                found.append(
                    (name, kind, None, "owner", None)
                    if is_view
                    else (name, "table", "delta", "owner", "managed")
                )
        return found

    def _answer(self, words: str, sql: str) -> Answer:
        if "over (partition by kind, node" in words:
            nodes = self.nodes.values()
            results = [(f"{each['resource_type']}.{each['name']}", "pass", 1) for each in nodes]
            return ["node", "status", "started_at"], results
        if "and ended_at is null" in words:
            return ["started_at"], [(None,)]
        if words.startswith("select runs.run_id"):
            (table,) = (each for each in self.audit if each["name"] == "publications")
            values = {**dict.fromkeys(table["columns"], "0"), "run_id": str(uuid.UUID(int=0))}
            return [*values], [(*values.values(),)]
        if "(describe history" in words:
            return ["version"], [(VERSION,)]
        if "information_schema.table_privileges" in words:
            return ["view"], [(self.granted,)]
        if "datediff(current_date()" in words:
            return ["days"], [(self.days,)]
        if self.days and "information_schema.views" in words:
            view = f"select rule_id from t version as of {VERSION - 2}"
            return ["name", "view_definition"], [(self.granted, view)]
        if words.startswith("select table_name, if(table_type"):
            names = ["table_name", "table_type", "file_format", "table_owner"]
            return [*names, "databricks_table_type"], self._built(words)
        if words.startswith("describe extended"):
            return ["col_name", "data_type", "comment"], [("View Text", "version: '1.1'", None)]
        if words.startswith("select timestampdiff"):
            return ["days"], [(3,)]
        if words.startswith("select count(*) from ("):
            return ["rows"], [(0,)]
        if described := _DESCRIBE.match(sql):
            alias = _TEMPORARY.sub("", described[1].rpartition(".")[2])
            node = self.relations.get(alias, {"columns": {}})
            columns = [
                {"name": each["name"], "type": {"name": each["data_type"] or "string"}}
                for each in node["columns"].values()
            ]
            return ["json_metadata"], [(json.dumps({"columns": columns}),)]
        return ["nothing"], []


class Cursor:
    """As much of the connector's cursor as the adapter uses."""

    query_id = "recorded"

    def __init__(self, connection: Any, warehouse: Warehouse) -> None:
        self.connection = connection
        self.warehouse = warehouse
        self.description: list[tuple[Any, ...]] | None = None
        self.rows: list[tuple[Any, ...]] = []

    def execute(self, text: str, parameters: Any = None) -> Cursor:
        columns, self.rows = self.warehouse.take(text)
        self.description = [(name, kind, *[None] * 5) for name, kind in columns]
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self.rows = self.rows, []
        return rows

    def close(self) -> None:
        """Nothing is open."""


def main(out: Path, granted: str, commands: list[tuple[int, list[str]]]) -> bool:
    """Run dbt; whether every command succeeded."""
    gc.disable()  # it would search the manifest again and again: a quarter of the time
    parsed = dbtRunner().invoke(["parse", "--target", "databricks"])
    if not parsed.success:
        return False
    manifest = parsed.result.to_dict()  # type: ignore[union-attr]
    warehouse = Warehouse(out, granted, manifest)
    connection: Any = SimpleNamespace(
        cursor=lambda **_: Cursor(connection, warehouse),
        get_session_id_hex=lambda: "recorded",
        close=lambda: None,
    )
    databricks.sql.connect = lambda **_: connection
    dbt = dbtRunner(parsed.result)  # type: ignore[arg-type]
    for warehouse.days, arguments in commands:
        done = dbt.invoke([*arguments, "--target", "databricks"])
        if not done.success:
            return False
        results = done.result.results  # type: ignore[union-attr]
        nodes = [each.node for each in results if hasattr(each, "node")]
        compiled = {each.unique_id: getattr(each, "compiled_code", None) or "" for each in nodes}
        warehouse.write(compiled)
    return True


if __name__ == "__main__":
    succeeded = main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
    sys.exit(0 if succeeded else 1)
