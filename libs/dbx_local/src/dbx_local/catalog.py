"""What Unity Catalog knows about tables and open-source Spark does not keep.

Tags, informational keys and the kind of a clone live here, in memory, next to the session
catalog; `information_schema` and `DESCRIBE ... AS JSON` are answered from both.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote as unquote_url
from urllib.parse import urlparse

from dbx_local.errors import StatementError
from dbx_local.sqltext import literal, quote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructField

SPARK_CATALOG = "spark_catalog"
FILES_SCHEMA = "__files"  # where the views over files live that `read_files` stands for
OWNER = "local"


@dataclass(frozen=True)
class Key:
    """An informational primary or foreign key."""

    name: str
    columns: tuple[str, ...]
    parent: tuple[str, str] | None = None  # schema and table a foreign key refers to
    parent_columns: tuple[str, ...] = ()


@dataclass
class Annotations:
    """What is remembered about one table or view."""

    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    shallow_clone: bool = False


@dataclass(frozen=True)
class Column:
    """A column as the catalog shows it."""

    name: str
    sql_type: str
    json_type: dict[str, Any]
    nullable: bool
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table or view as the catalog shows it."""

    schema: str
    name: str
    kind: str  # MANAGED, EXTERNAL, MANAGED_SHALLOW_CLONE, VIEW, METRIC_VIEW
    provider: str | None
    comment: str | None
    created: datetime
    altered: datetime
    view_text: str | None

    @property
    def key(self) -> tuple[str, str]:
        """Schema and name."""
        return self.schema, self.name


class Catalog:
    """One Unity-like catalog over Spark's session catalog."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.RLock()
        self._annotations: dict[tuple[str, str], Annotations] = {}

    # ---------- what is remembered

    def annotations(self, table: tuple[str, str]) -> Annotations:
        """The tags and keys of `(schema, table)`, to be read or changed."""
        with self._lock:
            key = (table[0].lower(), table[1].lower())
            return self._annotations.setdefault(key, Annotations())

    def forget(self, table: tuple[str, str]) -> None:
        """A table was dropped: nothing of it is left."""
        with self._lock:
            self._annotations.pop((table[0].lower(), table[1].lower()), None)

    def forget_schema(self, schema: str) -> None:
        """A schema was dropped with all that was in it."""
        with self._lock:
            for key in [key for key in self._annotations if key[0] == schema.lower()]:
                del self._annotations[key]

    def replaced(self, table: tuple[str, str]) -> None:
        """A table was created again under its name: tags stay, keys go."""
        with self._lock:
            annotations = self.annotations(table)
            annotations.keys.clear()
            annotations.shallow_clone = False

    def renamed(self, old: tuple[str, str], new: tuple[str, str]) -> None:
        """What was remembered follows the table to its new name."""
        with self._lock:
            found = self._annotations.pop((old[0].lower(), old[1].lower()), None)
            if found is not None:
                self._annotations[(new[0].lower(), new[1].lower())] = found

    def primary_key(self, table: tuple[str, str]) -> Key | None:
        """The primary key of a table, if it has one."""
        keys = self.annotations(table).keys.values()
        return next((key for key in keys if key.parent is None), None)

    # ---------- what Spark knows

    def relations(
        self, spark: SparkSession, schemas: Collection[str] = (), names: Collection[str] = ()
    ) -> Iterator[Relation]:
        """The tables and views of some schemas (of all), optionally only some of them."""
        session_catalog = spark._jsparkSession.sessionState().catalog()
        for schema in self.schemas(spark):
            if schemas and schema not in schemas:
                continue
            for identifier in _items(session_catalog.listTables(schema, "*", False)):
                if not names or identifier.table().lower() in names:
                    found = self.relation(spark, schema, identifier.table())
                    if found is not None:
                        yield found

    def schemas(self, spark: SparkSession) -> list[str]:
        """The names of all schemas."""
        found = _items(spark._jsparkSession.sessionState().catalog().listDatabases())
        return [str(name) for name in found if name != FILES_SCHEMA]

    def relation(self, spark: SparkSession, schema: str, name: str) -> Relation | None:
        """A table or view, None if there is none of this name."""
        jvm: Any = spark._jvm
        identifier = jvm.org.apache.spark.sql.catalyst.TableIdentifier(
            name, jvm.scala.Option.apply(schema)
        )
        try:
            table = spark._jsparkSession.sessionState().catalog().getTableMetadata(identifier)
        except Exception as error:
            if "NOT_FOUND" in str(error):
                return None
            raise
        kind = table.tableType().name()
        view_text = _option(table.viewText())
        location = None
        if view_text is None:
            location = _option(table.storage().locationUri())
            if self.annotations((schema, name)).shallow_clone:
                kind = "MANAGED_SHALLOW_CLONE"
        created = datetime.fromtimestamp(table.createTime() / 1000, tz=UTC)
        return Relation(
            schema=schema.lower(),
            name=table.identifier().table(),
            kind=kind,
            provider=_option(table.provider()),
            comment=_option(table.comment()),
            created=created,
            altered=_last_commit(location.toString()) or created if location else created,
            view_text=view_text,
        )

    def columns(self, spark: SparkSession, schema: str, name: str) -> list[Column]:
        """The columns of a table or view, in order."""
        fields = spark.table(quote(SPARK_CATALOG, schema, name)).schema.fields
        return [_column(field) for field in fields]

    # ---------- information_schema

    def information_schema(
        self, spark: SparkSession, view: str, schemas: Collection[str], names: Collection[str]
    ) -> str:
        """A view of `information_schema`, by its name in lower case, as an inline relation in SQL.

        It lists the tables of some `schemas`, and of them those of some `names`; all if empty. Tags
        and keys always come whole: a query may join a table's keys with those of another one.

        Raises:
            StatementError: for a view that is not supplied.
        """
        if view not in _VIEWS:
            raise StatementError(
                f"[TABLE_OR_VIEW_NOT_FOUND] The local warehouse has no information_schema.{view}."
            )
        header, rows = _VIEWS[view]
        with self._lock:
            remembered = [(*table, noted) for table, noted in self._annotations.items()]
        asked = _Asked(self, spark, schemas, names, remembered)
        return _values(header.split(), [[self.name, *row] for row in rows(asked)])

    # ---------- DESCRIBE ... AS JSON

    def describe_as_json(self, spark: SparkSession, found: Relation) -> str:
        """What `DESCRIBE TABLE EXTENDED ... AS JSON` answers on Databricks."""
        described: dict[str, Any] = {
            "table_name": found.name,
            "catalog_name": self.name,
            "schema_name": found.schema,
            "columns": [
                {
                    "name": column.name,
                    "type": column.json_type,
                    "nullable": column.nullable,
                    **({"comment": column.comment} if column.comment else {}),
                }
                for column in self.columns(spark, found.schema, found.name)
            ],
            "type": found.kind,
            "owner": OWNER,
            "comment": found.comment,
            "provider": found.provider,
        }
        if found.view_text is not None:
            described["view_text"] = found.view_text
        if keys := self.annotations((found.schema, found.name)).keys:
            described["table_constraints"] = self._constraints_text(keys.values())
        return json.dumps(described)

    def _constraints_text(self, keys: Iterable[Key]) -> str:
        texts = []
        for key in keys:
            columns = ", ".join(quote(column) for column in key.columns)
            if key.parent is None:
                texts.append(f"({key.name},PRIMARY KEY ({columns}))")
            else:
                parent_columns = ", ".join(quote(column) for column in key.parent_columns)
                parent = quote(self.name, *key.parent)
                texts.append(
                    f"({key.name},FOREIGN KEY ({columns}) REFERENCES {parent} ({parent_columns}))"
                )
        return "[" + ", ".join(texts) + "]"


@dataclass(frozen=True)
class _Asked:
    """What a query of `information_schema` asks for."""

    catalog: Catalog
    spark: SparkSession
    schemas: Collection[str]
    names: Collection[str]
    remembered: list[tuple[str, str, Annotations]]

    def relations(self) -> Iterator[Relation]:
        return self.catalog.relations(self.spark, self.schemas, self.names)

    def all_keys(self) -> Iterator[tuple[str, str, Key]]:
        for schema, table, noted in self.remembered:
            for key in noted.keys.values():
                yield schema, table, key


_Rows = Iterable[Sequence[Any]]


def _schemata(asked: _Asked) -> _Rows:
    return ([schema] for schema in asked.catalog.schemas(asked.spark))


def _tables(asked: _Asked) -> _Rows:
    for found in asked.relations():
        provider = found.provider.upper() if found.provider else None
        yield (
            *(found.schema, found.name, found.kind, OWNER, found.comment),
            *(found.created, found.altered, provider),
        )


def _views(asked: _Asked) -> _Rows:
    return (
        [each.schema, each.name, each.view_text] for each in asked.relations() if each.view_text
    )


def _columns(asked: _Asked) -> _Rows:
    for found in asked.relations():
        try:
            columns = asked.catalog.columns(asked.spark, found.schema, found.name)
        except Exception:  # a view whose tables are gone has no columns to show
            continue
        for position, column in enumerate(columns):
            yield (
                *(found.schema, found.name, column.name, position),
                *("YES" if column.nullable else "NO", column.sql_type),
                *(column.sql_type.split("(")[0].split("<")[0].upper(), column.comment),
            )


def _table_tags(asked: _Asked) -> _Rows:
    for schema, name, noted in asked.remembered:
        for tag, value in noted.tags.items():
            yield schema, name, tag, value


def _column_tags(asked: _Asked) -> _Rows:
    for schema, name, noted in asked.remembered:
        for column, tags in noted.column_tags.items():
            for tag, value in tags.items():
                yield schema, name, column, tag, value


def _table_constraints(asked: _Asked) -> _Rows:
    for schema, table, key in asked.all_keys():
        kind = "FOREIGN KEY" if key.parent else "PRIMARY KEY"
        yield schema, key.name, asked.catalog.name, schema, table, kind


def _key_column_usage(asked: _Asked) -> _Rows:
    for schema, table, key in asked.all_keys():
        for position, column in enumerate(key.columns, start=1):
            yield schema, key.name, asked.catalog.name, schema, table, column, position


def _referential_constraints(asked: _Asked) -> _Rows:
    for schema, _, key in asked.all_keys():
        if key.parent and (parent := asked.catalog.primary_key(key.parent)):
            yield schema, key.name, asked.catalog.name, key.parent[0], parent.name


def _nothing(_: _Asked) -> _Rows:
    return ()


_TABLE = "table_catalog table_schema table_name"
_TAGGED = "catalog_name schema_name table_name"
_CONSTRAINT = "constraint_catalog constraint_schema constraint_name"

# The views: their columns (with `:type` where not string), and what makes the rows.
_VIEWS: dict[str, tuple[str, Callable[[_Asked], _Rows]]] = {
    "schemata": ("catalog_name schema_name", _schemata),
    "tables": (
        f"{_TABLE} table_type table_owner comment created:timestamp last_altered:timestamp"
        " data_source_format",
        _tables,
    ),
    "views": (f"{_TABLE} view_definition", _views),
    "columns": (
        f"{_TABLE} column_name ordinal_position:int is_nullable full_data_type data_type comment",
        _columns,
    ),
    "table_tags": (f"{_TAGGED} tag_name tag_value", _table_tags),
    "column_tags": (f"{_TAGGED} column_name tag_name tag_value", _column_tags),
    "table_constraints": (f"{_CONSTRAINT} {_TABLE} constraint_type", _table_constraints),
    "key_column_usage": (
        f"{_CONSTRAINT} {_TABLE} column_name ordinal_position:int",
        _key_column_usage,
    ),
    "referential_constraints": (
        f"{_CONSTRAINT} unique_constraint_catalog unique_constraint_schema unique_constraint_name",
        _referential_constraints,
    ),
    "column_masks": (f"{_TABLE} column_name mask_name using_columns", _nothing),
    "row_filters": (f"{_TABLE} filter_name target_columns", _nothing),
    "table_privileges": (
        "table_catalog grantor grantee table_schema table_name privilege_type is_grantable"
        " inherited_from",
        _nothing,
    ),
}


def _items(sequence: Any) -> Iterator[Any]:
    for index in range(sequence.size()):
        yield sequence.apply(index)


def _option(value: Any) -> Any:
    return value.get() if value.isDefined() else None


def _last_commit(location: str) -> datetime | None:
    """When the newest commit of a Delta table was written, None for other tables."""
    log = Path(unquote_url(urlparse(location).path)) / "_delta_log"
    commits = [entry.stat().st_mtime for entry in log.glob("*.json")] if log.is_dir() else []
    return datetime.fromtimestamp(max(commits), tz=UTC) if commits else None


def _column(field: StructField) -> Column:
    metadata = field.metadata or {}
    declared = metadata.get("__CHAR_VARCHAR_TYPE_STRING")
    sql_type = declared or field.dataType.simpleString()
    if declared:
        name, _, length = declared.rstrip(")").partition("(")
        json_type = {"name": name, "length": int(length)}
    else:
        json_type = json_type_of(field.dataType.jsonValue())
    return Column(field.name, sql_type, json_type, field.nullable, metadata.get("comment"))


_RENAMED_TYPES = {
    "long": "bigint",
    "integer": "int",
    "short": "smallint",
    "byte": "tinyint",
    "timestamp": "timestamp_ltz",
}


_NESTED = {
    "elementType": "element_type",
    "containsNull": "element_nullable",
    "keyType": "key_type",
    "valueType": "value_type",
    "valueContainsNull": "value_nullable",
}


def json_type_of(described: Any) -> dict[str, Any]:
    """Spark's JSON for a data type in the shape of `DESCRIBE ... AS JSON`."""
    if isinstance(described, str):
        if described.startswith("decimal("):
            precision, scale = described[len("decimal(") : -1].split(",")
            return {"name": "decimal", "precision": int(precision), "scale": int(scale)}
        return {"name": _RENAMED_TYPES.get(described, described)}
    kind = described["type"]
    if kind == "struct":
        fields = [
            {
                "name": child["name"],
                "type": json_type_of(child["type"]),
                "nullable": child["nullable"],
            }
            for child in described["fields"]
        ]
        return {"name": "struct", "fields": fields}
    json_type: dict[str, Any] = {"name": str(kind)}
    for ours, theirs in _NESTED.items():
        if ours in described:
            nested = described[ours]
            json_type[theirs] = nested if isinstance(nested, bool) else json_type_of(nested)
    return json_type


def _values(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """An inline relation: `header` names the columns, with `:type` where not string."""
    names = [name.split(":")[0] for name in header]
    types = [name.split(":")[1] if ":" in name else "string" for name in header]
    shown, condition = (rows, "") if rows else ([[None] * len(names)], " where false")
    lines = ", ".join("(" + ", ".join(_constant(value) for value in row) + ")" for row in shown)
    columns = ", ".join(
        f"cast({quote(name)} as {kind}) as {quote(name)}"
        for name, kind in zip(names, types, strict=True)
    )
    listed = ", ".join(quote(name) for name in names)
    return f"(select {columns} from values {lines} as t({listed}){condition})"


def _constant(value: Any) -> str:
    if isinstance(value, datetime):
        return f"timestamp'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, int):
        return str(value)
    return literal(value)
