"""The built project in one database in memory, where a mutant is built and tested within seconds.

dbt builds and tests the project once. What it compiled runs again here, without dbt: the models and
snapshots, the data tests and the unit tests.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from tests.python import test_truth
from tools.mutants.mutations import Key, Query

PACKAGE = "sales_lakehouse"
#: The databases of the local target; here they are one.
CATALOGS = re.compile(r'"(?:lakehouse|gold_next)"\.')
PUBLISHED = ("gold", "quality")
#: Seconds after which a query counts as one that does not end.
PATIENCE = 20.0
#: Tables whose rows come from files, or from what dbt does after a build.
READ_FILES, FILLED_LATER = "bronze", re.compile(r"where 1 = 0\s*$")
#: Tables that the sample's truth speaks of.
WITH_TRUTH = {"rule_violations", "quarantine", *test_truth.STAR}

Invalid = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)
"""What DuckDB says of a query that can never run."""


@dataclass
class Node:
    """A model, a snapshot or a seed."""

    name: str
    kind: str
    relation: str
    parents: set[str]
    sql: str = ""
    """As dbt compiled it; nothing for a table that is not built again."""
    around: tuple[str, str] = ("", "")
    """What the statement that builds it has before and after the query."""

    @cached_property
    def query(self) -> Query:
        """The query and its mutations."""
        return Query(self.name, self.sql)


@dataclass(frozen=True)
class DataTest:
    """A query for rows that must not be there."""

    name: str
    parents: frozenset[str]
    sql: str
    tolerated: int


@dataclass
class UnitTest:
    """A model's query over given rows."""

    name: str
    model: str
    sql: str
    columns: list[str]
    """Those the test states."""
    is_incremental: bool
    """Whether it runs what only a later build runs."""
    rows: list[str] = field(default_factory=list)
    """What it expects."""

    @cached_property
    def query(self) -> Query:
        """The query and its mutations."""
        return Query(self.model, self.sql)


@dataclass(frozen=True)
class Mutant:
    """One mutation."""

    key: Key
    place: str
    """The model and the named query; "macro" when it is in several models."""

    def __str__(self) -> str:
        return f"{self.place} {self.key}"


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    killer: str = ""
    """The test or model that failed; nothing for a survivor."""
    by: str = ""
    """Kind of the killer."""
    is_valid: bool = True
    """Whether DuckDB accepts the query; else it is no mutant."""

    @property
    def survived(self) -> bool:
        """Whether no check failed."""
        return self.is_valid and not self.killer


class KilledError(Exception):
    """A check failed: its kind and its name."""

    def __init__(self, by: str, killer: str) -> None:
        super().__init__(f"{by} {killer}")
        self.by = by
        self.killer = killer


class Harness:
    """Where mutants are tried."""

    def __init__(self, root: Path, target: Path) -> None:
        """Read what dbt built and compiled, and check that no test fails yet.

        Args:
            root: the folder that holds `landing` and `warehouse`.
            target: what dbt wrote: the models as built from nothing, and the unit tests last.

        Raises:
            KilledError: when a check fails although nothing is mutated.
        """
        self._truth = root / "landing" / ".truth"
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        self._compiled, self._run = (target / kind / PACKAGE for kind in ("compiled", "run"))
        self.nodes = {node.name: node for node in self._read_nodes(manifest["nodes"])}
        self._data_tests = list(self._read_data_tests(manifest["nodes"]))
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        self._unit_tests: defaultdict[str, list[UnitTest]] = defaultdict(list)
        for each in _read_unit_tests(manifest["unit_tests"], results):
            self._unit_tests[each.model].append(each)
        self._db = duckdb.connect(config={"memory_limit": "2GB", "threads": 1})
        sources = manifest["sources"].values()
        audit = [each["relation_name"] for each in sources if each["source_name"] == "audit"]
        self._load(root / "warehouse", [CATALOGS.sub("", relation) for relation in audit])
        self._check()

    def mutants(self) -> list[Mutant]:
        """Every mutant, in the order the models are built."""
        places: dict[Key, str] = {}
        for node in self.nodes.values():
            if node.kind == "model" and node.sql:
                tests = self._unit_tests[node.name]
                for query in (node.query, *(t.query for t in tests if t.is_incremental)):
                    for key, place in query.mutations.items():
                        first = places.setdefault(key, place)
                        if first.partition(".")[0] != node.name:
                            places[key] = "macro"
        return [Mutant(key, place) for key, place in places.items()]

    def outcome(self, mutant: Mutant) -> Outcome:
        """Build and test one mutant, up to the first check that fails."""
        timer = threading.Timer(PATIENCE, self._db.interrupt)
        timer.start()
        try:
            self._run_unit_tests(mutant.key)
            self._db.begin()
            try:
                self._build(mutant.key)
            finally:
                self._db.rollback()
        except Invalid:
            return Outcome(mutant, is_valid=False)
        except KilledError as killed:
            return Outcome(mutant, killed.killer, killed.by)
        finally:
            timer.cancel()
        return Outcome(mutant)

    # Reading what dbt wrote -------------------------------------------------------------------

    def _read_nodes(self, entries: dict[str, Any]) -> Iterator[Node]:
        """Every table, parents first."""
        kinds = ("model", "snapshot", "seed")
        waiting = {key: e for key, e in entries.items() if e["resource_type"] in kinds}
        while waiting:
            for key, entry in list(waiting.items()):
                parents = entry["depends_on"].get("nodes", [])
                if waiting.keys().isdisjoint(parents):
                    yield self._read_node(waiting.pop(key), _names(parents))

    def _read_node(self, entry: dict[str, Any], parents: set[str]) -> Node:
        kind, relation = entry["resource_type"], CATALOGS.sub("", entry["relation_name"])
        node = Node(entry["name"], kind, relation, parents)
        path = entry["original_file_path"]
        if kind == "seed" or entry["fqn"][1] == READ_FILES:
            return node
        if kind == "snapshot":
            node.sql = _statement(self._run / path)
            return node
        sql = _sql(self._compiled / path).strip()
        if FILLED_LATER.search(sql):
            return node
        node.sql = sql
        before, found, after = _statement(self._run / path).partition(sql)
        if not found:
            raise ValueError(f"{node.name}: dbt built something else than it compiled")
        if entry["config"]["materialized"] == "view":
            node.around = (f"create or replace table {relation} as (", "\n)")
        else:
            node.around = (before, after)
        return node

    def _read_data_tests(self, entries: dict[str, Any]) -> Iterator[DataTest]:
        for entry in entries.values():
            if entry["resource_type"] == "test":
                path = self._compiled / entry["original_file_path"]
                sql = _sql(path / entry["path"] if path.suffix == ".yml" else path)
                tolerated = int(re.sub(r"\D", "", entry["config"]["error_if"]))
                parents = frozenset(_names(entry["depends_on"]["nodes"]))
                yield DataTest(entry["name"], parents, sql, tolerated)

    # Building and testing ---------------------------------------------------------------------

    def _load(self, warehouse: Path, audit: Sequence[str]) -> None:
        """Take over the tables and build the models again."""
        self._db.execute("set TimeZone = 'UTC'")
        files = {"lakehouse": "lakehouse.duckdb", "candidate": "published.duckdb.next"}
        for name, file in files.items():
            self._db.execute(f"attach '{warehouse / file}' as {name} (read_only)")
        for schema in ("bronze", "silver", *PUBLISHED):
            self._db.execute(f"create schema {schema}")
        for relation in audit:
            self._db.execute(f"create table {relation} as from candidate.{relation}")
        for node in self.nodes.values():
            if node.sql:
                self._execute(node, node.sql)
            else:
                is_candidate = node.relation.split('"')[1] in PUBLISHED
                catalog = "candidate" if is_candidate else "lakehouse"
                self._db.execute(f"create table {node.relation} as from {catalog}.{node.relation}")
        for name in files:
            self._db.execute(f"detach {name}")

    def _check(self) -> None:
        self._hashes = {name: self._hash(name) for name in self.nodes}
        for tests in self._unit_tests.values():
            for test in tests:
                test.rows = self._rows(test, test.query.sql)
        self._run_data_tests(self._data_tests)
        self._compare_with_truth()

    def _run_unit_tests(self, key: Key) -> None:
        for test in chain.from_iterable(self._unit_tests.values()):
            if key in test.query.mutations:
                with _killing("unit test", test.name):
                    rows = self._rows(test, test.query.mutated(key))
                if rows != test.rows:
                    raise KilledError("unit test", test.name)

    def _build(self, key: Key) -> None:
        """Build a mutant and what follows from it.

        A table that is as it was changes nothing in those that read it.
        """
        changed: set[str] = set()
        for node in self.nodes.values():
            if node.kind == "model" and node.sql and key in node.query.mutations:
                with _killing("build", node.name):
                    self._execute(node, node.query.mutated(key))
            elif node.sql and node.parents & changed:
                try:
                    self._execute(node, node.sql)
                except duckdb.Error as error:
                    raise KilledError("build", node.name) from error
            else:
                continue
            if self._hash(node.name) != self._hashes[node.name]:
                changed.add(node.name)
        self._run_data_tests(test for test in self._data_tests if test.parents & changed)
        if changed & WITH_TRUTH:
            self._compare_with_truth()

    def _execute(self, node: Node, sql: str) -> None:
        self._db.execute(sql.join(node.around))

    def _rows(self, test: UnitTest, sql: str) -> list[str]:
        columns = ", ".join(f'"{column}"' for column in test.columns) or "*"
        return sorted(map(repr, self._db.execute(f"select {columns} from ({sql})").fetchall()))

    def _hash(self, name: str) -> Any:
        relation = self.nodes[name].relation
        sums = "count(*), sum(cast(hash(each) as hugeint))"
        return self._db.execute(f"select {sums} from {relation} as each").fetchone()

    def _run_data_tests(self, tests: Iterable[DataTest]) -> None:
        for test in tests:
            try:
                found = self._db.execute(f"select count(*) from ({test.sql}\n)").fetchone()
            except duckdb.Error as error:
                raise KilledError("data test", test.name) from error
            if found and found[0] > test.tolerated:
                raise KilledError("data test", test.name)

    def _compare_with_truth(self) -> None:
        """Run the Python tests that compare gold and the violations with the sample's truth."""
        build = test_truth.Build(self._truth, self._db)
        try:
            test_truth.test_every_defect_is_found_and_nothing_else(build)
            test_truth.test_a_violation_states_what_the_file_says_and_what_became_of_it(build)
            test_truth.test_a_violation_about_a_name_states_the_whole_name(build)
            test_truth.test_quarantine_holds_the_line_of_the_file(build)
            for table in test_truth.STAR:
                test_truth.test_gold_is_the_star_it_started_from(build, table)
        except (AssertionError, LookupError, ValueError, StopIteration) as error:
            raise KilledError("truth", "test_truth.py") from error


@contextmanager
def _killing(by: str, killer: str) -> Iterator[None]:
    """An error of a valid query is a failed check."""
    try:
        yield
    except Invalid:
        raise
    except duckdb.Error as error:
        raise KilledError(by, killer) from error


def _read_unit_tests(entries: dict[str, Any], results: list[dict[str, Any]]) -> Iterator[UnitTest]:
    for result in results:
        if entry := entries.get(result["unique_id"]):
            sql = CATALOGS.sub("", result["compiled_code"])
            columns = list((entry["expect"]["rows"] or [{}])[0])
            macros = (entry["overrides"] or {}).get("macros", {})
            incremental = bool(macros.get("is_incremental"))
            yield UnitTest(entry["name"], entry["model"], sql, columns, incremental)


def _names(unique_ids: Iterable[str]) -> set[str]:
    return {
        unique_id.split(".")[2] for unique_id in unique_ids if not unique_id.startswith("source")
    }


def _sql(path: Path) -> str:
    return CATALOGS.sub("", path.read_text(encoding="utf-8"))


def _statement(path: Path) -> str:
    """The statement that built a table, which may be there already."""
    text = _sql(path).replace("__dbt_tmp", "")
    return re.sub(r"\bcreate\s+table\b", "create or replace table", text, count=1)
