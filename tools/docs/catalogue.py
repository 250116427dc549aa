"""Every table and column of the project, as dbt's manifest and catalog describe them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

LAYERS = ("gold", "quality", "silver", "bronze", "landing")
"""In the order in which readers look for them."""

UNIT_TEST = "unit test"
WHOLE = "test of the whole"

KINDS = {
    "not_null": "never empty",
    "unique": "no value twice",
    "accepted_values": "one of a list of values",
    "keys_have_members": "found in the table it refers to",
    "unique_combination_of_columns": "no combination twice",
    "expression_is_true": "a statement that holds in every row",
    "check": "a statement that holds in every row",
}
"""What the generic tests and constraints in use say of a column, in words."""

_ENGINE = re.compile(r"(default|duckdb|databricks)__|materialization_")
"""How the variants of a macro for one engine begin."""


@dataclass
class Test:
    """A data test or a unit test."""

    name: str
    title: str
    description: str
    table: str = ""
    """The table it is attached to; empty for a test of the whole."""
    columns: list[str] = field(default_factory=list)


@dataclass
class Column:
    """A column of a table or of a file."""

    table: str
    """The id of its table."""
    name: str
    type: str
    description: str
    personal: str = ""
    """Which personal data it holds; empty for none."""
    tests: list[Test] = field(default_factory=list)
    refers_to: tuple[str, str] | None = None
    """Table and column that a key refers to."""
    is_key: bool = False

    @property
    def id(self) -> tuple[str, str]:
        """Table and name, by which lineage knows it."""
        return self.table, self.name


@dataclass
class Table:
    """A model, a seed, a snapshot, or the files of a source."""

    id: str
    name: str
    kind: str
    layer: str
    description: str
    owner: str
    path: str
    columns: dict[str, Column]
    files: str = ""
    """The pattern of the files, for a source."""
    tests: list[Test] = field(default_factory=list)
    """Tests of the table as a whole, and unit tests."""

    @property
    def page(self) -> str:
        """Its page, relative to the site."""
        return f"tables/{'file_' if self.layer == 'landing' else ''}{self.name}.html"


@dataclass
class Catalogue:
    """All tables by id, and what is not a table."""

    tables: dict[str, Table]
    tests: list[Test]
    macros: list[tuple[str, str, str]]
    """Name, description, file."""
    exposures: list[dict[str, Any]]

    def by_name(self) -> dict[str, Table]:
        """The models, seeds and snapshots."""
        return {table.name: table for table in self.tables.values() if table.layer != "landing"}

    def layer(self, layer: str) -> list[Table]:
        """The tables of a layer, by name."""
        found = [table for table in self.tables.values() if table.layer == layer]
        return sorted(found, key=lambda table: table.name)


def read_catalogue(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any], project_dir: Path
) -> Catalogue:
    """Put together what manifest, catalog and the comments over macros and tests say."""
    groups = manifest.get("groups", {}).values()
    owners = {group["name"]: _owner(group["owner"]) for group in groups}
    nodes = manifest["nodes"].values()
    kinds = ("model", "seed", "snapshot")
    tables = {
        node["unique_id"]: _table(node, catalog, owners)
        for node in nodes
        if node["resource_type"] in kinds
    }
    tables |= {source["unique_id"]: _source(source) for source in manifest["sources"].values()}
    for node in nodes:
        _add_columns_of_the_file(node, tables)
    data_tests = [node for node in nodes if node["resource_type"] == "test"]
    tests = [_data_test(node, tables, project_dir) for node in data_tests]
    tests += map(_unit_test, manifest["unit_tests"].values())
    tests += itertools.chain.from_iterable(_constraints(node, tables) for node in nodes)
    for test in tests:
        if test.table in tables:
            _attach(test, tables[test.table])
    for node in data_tests:
        if not node.get("test_metadata"):
            _attach_to_all(node, tables)
    macros = (
        (name, macro_comment(project_dir / path, name), path)
        for macro in manifest["macros"].values()
        for name, path in [(macro["name"], macro["original_file_path"])]
        if macro["package_name"] == manifest["metadata"]["project_name"] and not _ENGINE.match(name)
    )
    exposures = sorted(manifest["exposures"].values(), key=lambda each: str(each["name"]))
    return Catalogue(tables, tests, sorted(macros), exposures)


# --- Tables ---------------------------------------------------------------------------------------


def _table(node: Mapping[str, Any], catalog: Mapping[str, Any], owners: Mapping[str, str]) -> Table:
    built = catalog["nodes"].get(node["unique_id"], {}).get("columns", {})
    types = {name.lower(): str(column["type"]).lower() for name, column in built.items()}
    config = node["config"]
    is_model = node["resource_type"] == "model"
    kind = config["materialized"] if is_model else node["resource_type"]
    layer = "gold" if kind == "metric_view" else str(config.get("schema") or "silver")
    columns = _columns(node, types)
    meta = config.get("meta") or {}
    for name in meta.get("primary_key", []):
        columns[name].is_key = True
    for name, target in (meta.get("foreign_keys") or {}).items():
        table, _, column = str(target).partition(".")
        columns[name].refers_to = (table, column)
    return Table(
        id=node["unique_id"],
        name=node["name"],
        kind=kind,
        layer="quality" if layer == "publish" else layer,
        description=_words(node["description"]),
        owner=owners.get(str(config.get("group")), ""),
        path=node["original_file_path"],
        columns=columns,
    )


def _add_columns_of_the_file(node: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    """A landing table has the columns of its file. Few read it, so none is marked as personal."""
    for parent in node["depends_on"].get("nodes", []):
        if node["unique_id"] in tables and parent in tables and tables[parent].kind == "file":
            table = tables[node["unique_id"]]
            columns = tables[parent].columns.items()
            of_file = {
                name: replace(column, table=table.id, personal="") for name, column in columns
            }
            table.columns = of_file | table.columns


def _source(source: Mapping[str, Any]) -> Table:
    meta = source["config"].get("meta") or {}
    is_file = source["source_name"] == "landing"
    return Table(
        id=source["unique_id"],
        name=source["name"],
        kind="file" if is_file else "table",
        layer="landing" if is_file else "quality",
        description=_words(source["description"]),
        owner=str(meta.get("owner", "")),
        path=source["original_file_path"],
        columns=_columns(source, {name.lower(): "text" for name in source["columns"] if is_file}),
        files=str(meta.get("file_pattern", "")),
    )


def _columns(node: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Column]:
    found = {}
    for name, column in node["columns"].items():
        meta = (column.get("config") or {}).get("meta") or {}
        found[name.lower()] = Column(
            table=node["unique_id"],
            name=name.lower(),
            type=types.get(name.lower()) or str(column.get("data_type") or ""),
            description=_words(column["description"]),
            personal=str(meta.get("personal_data", "")),
        )
    return found


def _owner(owner: Mapping[str, Any]) -> str:
    return str(owner.get("name") or owner.get("email") or "")


# --- Tests ----------------------------------------------------------------------------------------


def _unit_test(node: Mapping[str, Any]) -> Test:
    rows = node["expect"]["rows"]
    named = {str(name) for row in rows for name in row} if isinstance(rows, list) else set()
    table = next(iter(node["depends_on"]["nodes"]), "")
    return Test(node["name"], UNIT_TEST, _words(node["description"]), table, sorted(named))


def _constraints(node: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Test]:
    """What the database checks whenever it writes a table."""
    table = node["unique_id"]
    for name, column in node["columns"].items():
        for each in column.get("constraints") or []:
            yield Test(f"{node['name']}.{name}", KINDS[each["type"]], "", table, [name])
    for each in node.get("constraints") or []:
        named = _named(each["expression"], tables[table])
        yield Test(each["name"], KINDS[each["type"]], each["expression"], table, named)


def _data_test(node: Mapping[str, Any], tables: Mapping[str, Table], project_dir: Path) -> Test:
    description = _words(node["description"])
    metadata = node.get("test_metadata")
    if metadata is None:
        comment = test_comment(project_dir / node["original_file_path"])
        return Test(node["name"], WHOLE, description or comment)
    # dbt attaches no test to a source.
    table = node.get("attached_node") or node["depends_on"]["nodes"][0]
    arguments = {name: value for name, value in metadata["kwargs"].items() if name != "model"}
    if column := node.get("column_name"):
        columns = [column]
    else:
        columns = _named(str(arguments), tables[table]) if table in tables else []
    title = KINDS.get(metadata["name"], metadata["name"].replace("_", " "))
    return Test(node["name"], title, description or _arguments(arguments), table, columns)


def _named(text: str, table: Table) -> list[str]:
    """The columns of a table that a text names."""
    words = {word.lower() for word in re.findall(r"\w+", text)}
    return [name for name in table.columns if name in words]


def _arguments(arguments: Mapping[str, Any]) -> str:
    """The arguments of a test, in a few words."""
    parts = []
    for name, value in arguments.items():
        if name not in ("column_name", "field") and value is not None:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            text = re.sub(r"^(?:get_where_subquery\()?ref\('(\w+)'\)\)?$", r"\1", text)
            parts.append(f"{name.replace('_', ' ')}: {text}")
    return "; ".join(parts)


def _attach(test: Test, table: Table) -> None:
    single = len(test.columns) == 1 and test.title != UNIT_TEST
    column = table.columns.get(test.columns[0].lower()) if single else None
    (column or table).tests.append(test)


def _attach_to_all(node: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    """A test of the whole is one of every table that it reads columns of."""
    for unique_id in node["depends_on"]["nodes"]:
        table = tables.get(unique_id)
        if table and (named := _named(node["raw_code"], table)):
            table.tests.append(Test(node["name"], WHOLE, "", unique_id, named))


# --- Comments -------------------------------------------------------------------------------------


def macro_comment(path: Path, name: str) -> str:
    """The comment before a macro; empty when there is none."""
    found = re.search(
        r"\{#-?((?:(?!#\}).)*?)-?#\}\s*\{%-?\s*(?:macro\s+|test\s+(?=\w))"
        + name.removeprefix("test_")
        + r"\b",
        path.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    return _words(found[1]) if found else ""


def test_comment(path: Path) -> str:
    """The comment at the beginning of a test's file; empty when there is none."""
    text = path.read_text(encoding="utf-8").splitlines()
    lines = itertools.takewhile(lambda line: line.startswith("--"), text)
    return _words(" ".join(line.lstrip("-") for line in lines))


def _words(text: str | None) -> str:
    return " ".join((text or "").split())
