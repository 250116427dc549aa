"""Every table and column of the project, as dbt's manifest and catalog know them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LAYERS = ("gold", "quality", "silver", "bronze", "landing")
"""In the order in which readers look for them."""

KINDS = {
    "not_null": "never empty",
    "unique": "no value twice",
    "accepted_values": "one of a list of values",
    "relationships": "found in the table it refers to",
    "unique_combination_of_columns": "no combination twice",
    "expression_is_true": "a statement that holds in every row",
    "accepted_range": "within a range",
    "expect_table_columns_to_match_ordered_list": "the columns promised, in order",
}
"""What the generic tests in use say of a column, in words."""


_ENGINE = re.compile(r"(default|duckdb|databricks)__")
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
    tests: list[Test] = field(default_factory=list)
    """Tests of the table as a whole, and unit tests."""
    files: str = ""
    """The pattern of the files, for a source."""

    @property
    def page(self) -> str:
        """Its page, relative to the site."""
        return f"tables/{self.name if self.layer != 'landing' else f'file_{self.name}'}.html"


@dataclass
class Catalogue:
    """All tables by id, and what is not a table."""

    tables: dict[str, Table]
    tests: list[Test]
    macros: list[tuple[str, str, str]]
    """Name, description, file."""
    exposures: list[dict[str, Any]]

    def by_name(self, name: str) -> Table | None:
        """The model, seed or snapshot of a name."""
        found = (each for each in self.tables.values() if each.layer != "landing")
        return next((table for table in found if table.name == name), None)

    def layer(self, layer: str) -> list[Table]:
        """The tables of a layer, by name."""
        found = [table for table in self.tables.values() if table.layer == layer]
        return sorted(found, key=lambda table: table.name)


def read_catalogue(
    manifest: Mapping[str, Any], catalog: Mapping[str, Any], project_dir: Path
) -> Catalogue:
    """Put together what manifest, catalog and the comments over macros and tests say."""
    owners = {
        group["name"]: _owner(group["owner"]) for group in manifest.get("groups", {}).values()
    }
    tables = {
        node["unique_id"]: _table(node, catalog, owners)
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed", "snapshot")
    }
    for source in manifest["sources"].values():
        tables[source["unique_id"]] = _source(source)
    tests = [_test(node, manifest, project_dir) for node in _tests_of(manifest)]
    for test in tests:
        _attach(test, tables.get(test.table))
    for node in manifest["nodes"].values():
        if node["unique_id"] in tables:
            _add_keys(node, tables)
        if node["resource_type"] == "test" and not node.get("test_metadata"):
            _attach_to_all(node, tables)
    project = manifest["metadata"]["project_name"]
    macros = sorted(
        (
            macro["name"],
            macro_comment(project_dir / macro["original_file_path"], macro["name"]),
            macro["original_file_path"],
        )
        for macro in manifest["macros"].values()
        if macro["package_name"] == project and not _ENGINE.match(macro["name"])
    )
    exposures = sorted(manifest["exposures"].values(), key=lambda each: str(each["name"]))
    return Catalogue(tables, tests, macros, exposures)


def macro_comment(path: Path, name: str) -> str:
    """The comment that stands before a macro; empty when there is none."""
    text = path.read_text(encoding="utf-8")
    found = re.search(
        r"\{#-?((?:(?!#\}).)*?)-?#\}\s*\{%-?\s*(?:macro\s+|test\s+(?=\w))"
        + name.removeprefix("test_")
        + r"\b",
        text,
        re.DOTALL,
    )
    return _words(found[1]) if found else ""


def test_comment(path: Path) -> str:
    """The comment that a test's file begins with; empty when there is none."""
    lines = itertools.takewhile(
        lambda line: line.startswith("--"), path.read_text(encoding="utf-8").splitlines()
    )
    return _words(" ".join(line.lstrip("-") for line in lines))


def _owner(owner: Mapping[str, Any]) -> str:
    return str(owner.get("name") or owner.get("email") or "")


def _words(text: str | None) -> str:
    return " ".join((text or "").split())


def _tests_of(manifest: Mapping[str, Any]) -> list[Any]:
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    return [*tests, *manifest["unit_tests"].values()]


def _table(node: Mapping[str, Any], catalog: Mapping[str, Any], owners: Mapping[str, str]) -> Table:
    built = catalog["nodes"].get(node["unique_id"], {}).get("columns", {})
    types = {name.lower(): str(column["type"]).lower() for name, column in built.items()}
    config = node["config"]
    columns = {
        name.lower(): Column(
            table=node["unique_id"],
            name=name.lower(),
            type=types.get(name.lower()) or str(column.get("data_type") or ""),
            description=_words(column["description"]),
            personal=_personal(column),
        )
        for name, column in node["columns"].items()
    }
    layer = str(config.get("schema") or "silver")
    if config.get("materialized") == "metric_view":
        layer = "gold"
    return Table(
        id=node["unique_id"],
        name=node["name"],
        kind=node["resource_type"] if node["resource_type"] != "model" else config["materialized"],
        layer="quality" if layer == "publish" else layer,
        description=_words(node["description"]),
        owner=owners.get(str(config.get("group")), ""),
        path=node["original_file_path"],
        columns=columns,
    )


def _personal(column: Mapping[str, Any]) -> str:
    return str(((column.get("config") or {}).get("meta") or {}).get("personal_data", ""))


def _source(source: Mapping[str, Any]) -> Table:
    pattern = str(source["config"]["meta"].get("file_pattern", ""))
    columns = {
        name.lower(): Column(
            table=source["unique_id"],
            name=name.lower(),
            type="text",
            description=_words(column["description"]),
            personal=_personal(column),
        )
        for name, column in source["columns"].items()
    }
    return Table(
        id=source["unique_id"],
        name=source["name"],
        kind="file",
        layer="landing",
        description=_words(source["description"]),
        owner=str((source["config"].get("meta") or {}).get("owner", "")),
        path=source["original_file_path"],
        columns=columns,
        files=pattern,
    )


def _test(node: Mapping[str, Any], manifest: Mapping[str, Any], project_dir: Path) -> Test:
    if node["resource_type"] == "unit_test":
        table = next(iter(node["depends_on"]["nodes"]), "")
        rows = node["expect"]["rows"]
        named = {str(name) for row in rows for name in row} if isinstance(rows, list) else set()
        return Test(node["name"], "unit test", _words(node["description"]), table, sorted(named))
    metadata = node.get("test_metadata")
    if metadata is None:
        comment = test_comment(project_dir / node["original_file_path"])
        return Test(node["name"], "test of the whole", _words(node["description"]) or comment)
    title = KINDS.get(metadata["name"], metadata["name"].replace("_", " "))
    table = node.get("attached_node") or ""
    column = node.get("column_name")
    told = {name: value for name, value in metadata["kwargs"].items() if name != "model"}
    columns = [column] if column else _named(str(told), manifest["nodes"].get(table, {}))
    described = _words(node["description"]) or _arguments(told)
    return Test(node["name"], title, described, table, columns)


def _named(text: str, node: Mapping[str, Any]) -> list[str]:
    """The columns of a table that a test of it names."""
    words = {word.lower() for word in re.findall(r"\w+", text)}
    return [name for name in node.get("columns", {}) if name.lower() in words]


def _arguments(arguments: Mapping[str, Any]) -> str:
    """What a test was told, in a few words."""
    told = {
        name: value
        for name, value in arguments.items()
        if name not in ("column_name", "field") and value is not None
    }
    parts = []
    for name, value in told.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        text = re.sub(r"^(?:get_where_subquery\()?ref\('(\w+)'\)\)?$", r"\1", text)
        parts.append(f"{name.replace('_', ' ')}: {text}")
    return "; ".join(parts)


def _attach(test: Test, table: Table | None) -> None:
    if table is None:
        return
    single = len(test.columns) == 1 and test.title != "unit test"
    if single and (column := table.columns.get(test.columns[0].lower())):
        column.tests.append(test)
        return
    table.tests.append(test)


def _attach_to_all(node: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    """A test of the whole is one of every table that it reads columns of."""
    for unique_id in node["depends_on"]["nodes"]:
        table = tables.get(unique_id)
        named = _named(node["raw_code"], {"columns": table.columns}) if table else []
        if table and named:
            title = "test of the whole"
            table.tests.append(Test(node["name"], title, "", unique_id, named))


def _add_keys(node: Mapping[str, Any], tables: Mapping[str, Table]) -> None:
    meta = node["config"].get("meta") or {}
    columns = tables[node["unique_id"]].columns
    for name in meta.get("primary_key", []):
        columns[name].is_key = True
    for name, target in (meta.get("foreign_keys") or {}).items():
        table, _, column = str(target).partition(".")
        columns[name].refers_to = (table, column)
