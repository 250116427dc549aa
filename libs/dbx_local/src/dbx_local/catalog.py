"""What Unity Catalog knows about tables and open-source Spark does not keep.

Tags, informational keys and the kind of a clone live here, in memory, next to the session
catalog; `information_schema` and `DESCRIBE ... AS JSON` are answered from both.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
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
_HIDDEN_SCHEMAS = frozenset({FILES_SCHEMA})
OWNER = "local"


@dataclass(frozen=True)
class Key:
    """An informational primary or foreign key."""

    name: str
    columns: tuple[str, ...]
    parent: tuple[str, str] | None = None  # schema and table a foreign key refers to
    parent_columns: tuple[str, ...] = ()
    rely: bool = False

    @property
    def is_primary(self) -> bool:
        """Whether this is a primary key."""
        return self.parent is None


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
        return next((key for key in keys if key.is_primary), None)

    # ---------- what Spark knows

    def relations(
        self,
        spark: SparkSession,
        schemas: Iterable[str] | None = None,
        names: Iterable[str] | None = None,
    ) -> Iterator[Relation]:
        """The tables and views of some schemas (of all), optionally only some of them."""
        session_catalog = spark._jsparkSession.sessionState().catalog()
        existing = list(_items(session_catalog.listDatabases()))
        wanted = {schema.lower() for schema in schemas} if schemas is not None else None
        only = {name.lower() for name in names} if names is not None else None
        for schema in existing:
            if schema in _HIDDEN_SCHEMAS or (wanted is not None and schema not in wanted):
                continue
            for identifier in _items(session_catalog.listTables(schema, "*", False)):
                if only is not None and identifier.table().lower() not in only:
                    continue
                relation = self._relation(session_catalog, schema, identifier)
                if relation is not None:
                    yield relation

    def _relation(self, session_catalog: Any, schema: str, identifier: Any) -> Relation | None:
        try:
            table = session_catalog.getTableMetadata(identifier)
        except Exception as error:  # dropped by another session since it was listed
            if "NOT_FOUND" in str(error):
                return None
            raise
        name = identifier.table()
        kind = table.tableType().name()
        view_text = _option(table.viewText())
        if "VIEW" not in kind and self.annotations((schema, name)).shallow_clone:
            kind = "MANAGED_SHALLOW_CLONE"
        created = datetime.fromtimestamp(table.createTime() / 1000, tz=UTC)
        location = None if view_text is not None else _option(table.storage().locationUri())
        return Relation(
            schema=schema,
            name=name,
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
        self,
        spark: SparkSession,
        view: str,
        schemas: Iterable[str] | None,
        names: Iterable[str] | None,
    ) -> str:
        """A view of `information_schema` as an inline relation in SQL.

        Raises:
            StatementError: for a view that is not supplied.
        """
        builders: dict[str, Callable[..., tuple[list[str], list[list[Any]]]]] = {
            "schemata": self._schemata,
            "tables": self._tables,
            "views": self._views,
            "columns": self._columns,
            "table_tags": self._table_tags,
            "column_tags": self._column_tags,
            "table_constraints": self._table_constraints,
            "key_column_usage": self._key_column_usage,
            "referential_constraints": self._referential_constraints,
        }
        if view in _EMPTY_VIEWS:
            return _values(_EMPTY_VIEWS[view], [])
        if view not in builders:
            raise StatementError(
                f"[TABLE_OR_VIEW_NOT_FOUND] The local warehouse has no information_schema.{view}."
            )
        header, rows = builders[view](spark, schemas, names)
        return _values(header, rows)

    def _schemata(self, spark: SparkSession, *_: Any) -> tuple[list[str], list[list[Any]]]:
        existing = _items(spark._jsparkSession.sessionState().catalog().listDatabases())
        rows = [[self.name, schema] for schema in existing if schema not in _HIDDEN_SCHEMAS]
        return ["catalog_name", "schema_name"], rows

    def _tables(
        self, spark: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("table_catalog", "table_schema", "table_name", "table_type", "table_owner"),
            *("comment", "created:timestamp", "last_altered:timestamp", "data_source_format"),
        ]
        rows = [
            [
                *(self.name, found.schema, found.name, found.kind, OWNER, found.comment),
                *(found.created, found.altered),
                found.provider.upper() if found.provider else None,
            ]
            for found in self.relations(spark, schemas, names)
        ]
        return header, rows

    def _views(
        self, spark: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = ["table_catalog", "table_schema", "table_name", "view_definition"]
        rows = [
            [self.name, found.schema, found.name, found.view_text]
            for found in self.relations(spark, schemas, names)
            if found.view_text is not None
        ]
        return header, rows

    def _columns(
        self, spark: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("table_catalog", "table_schema", "table_name", "column_name"),
            *("ordinal_position:int", "is_nullable", "full_data_type", "data_type", "comment"),
        ]
        rows = []
        for found in self.relations(spark, schemas, names):
            try:
                columns = self.columns(spark, found.schema, found.name)
            except Exception:  # a view whose tables are gone has no columns to show
                continue
            for position, column in enumerate(columns):
                rows.append(
                    [
                        *(self.name, found.schema, found.name, column.name, position),
                        *("YES" if column.nullable else "NO", column.sql_type),
                        *(column.sql_type.split("(")[0].split("<")[0].upper(), column.comment),
                    ]
                )
        return header, rows

    def _remembered(
        self, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> list[tuple[str, str, Annotations]]:
        wanted = {schema.lower() for schema in schemas} if schemas is not None else None
        only = {name.lower() for name in names} if names is not None else None
        with self._lock:
            return [
                (schema, name, annotations)
                for (schema, name), annotations in self._annotations.items()
                if (wanted is None or schema in wanted) and (only is None or name in only)
            ]

    def _table_tags(
        self, _: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = ["catalog_name", "schema_name", "table_name", "tag_name", "tag_value"]
        rows = [
            [self.name, schema, name, tag, value]
            for schema, name, annotations in self._remembered(schemas, names)
            for tag, value in annotations.tags.items()
        ]
        return header, rows

    def _column_tags(
        self, _: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("catalog_name", "schema_name", "table_name"),
            *("column_name", "tag_name", "tag_value"),
        ]
        rows = [
            [self.name, schema, name, column, tag, value]
            for schema, name, annotations in self._remembered(schemas, names)
            for column, tags in annotations.column_tags.items()
            for tag, value in tags.items()
        ]
        return header, rows

    def _table_constraints(
        self, _: SparkSession, schemas: Iterable[str] | None, names: Iterable[str] | None
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("constraint_catalog", "constraint_schema", "constraint_name"),
            *("table_catalog", "table_schema", "table_name", "constraint_type"),
        ]
        rows = [
            [
                *(self.name, schema, key.name, self.name, schema, name),
                "PRIMARY KEY" if key.is_primary else "FOREIGN KEY",
            ]
            for schema, name, annotations in self._remembered(schemas, names)
            for key in annotations.keys.values()
        ]
        return header, rows

    def _key_column_usage(
        self,
        _: SparkSession,
        schemas: Iterable[str] | None,
        names: Iterable[str] | None,
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("constraint_catalog", "constraint_schema", "constraint_name"),
            *("table_catalog", "table_schema", "table_name", "column_name"),
            "ordinal_position:int",
        ]
        rows = [
            [self.name, schema, key.name, self.name, schema, name, column, position]
            for schema, name, annotations in self._remembered(None, None)
            for key in annotations.keys.values()
            for position, column in enumerate(key.columns, start=1)
        ]
        return header, rows

    def _referential_constraints(
        self,
        _: SparkSession,
        schemas: Iterable[str] | None,
        names: Iterable[str] | None,
    ) -> tuple[list[str], list[list[Any]]]:
        header = [
            *("constraint_catalog", "constraint_schema", "constraint_name"),
            "unique_constraint_catalog",
            *("unique_constraint_schema", "unique_constraint_name"),
        ]
        rows = []
        for schema, _name, noted in self._remembered(None, None):
            for key in noted.keys.values():
                parent = self.primary_key(key.parent) if key.parent else None
                if key.parent and parent:
                    rows.append(
                        [self.name, schema, key.name, self.name, key.parent[0], parent.name]
                    )
        return header, rows

    # ---------- DESCRIBE ... AS JSON

    def describe_as_json(self, spark: SparkSession, schema: str, name: str) -> str:
        """What `DESCRIBE TABLE EXTENDED ... AS JSON` answers on Databricks."""
        found = next(self.relations(spark, [schema], [name]), None)
        if found is None:
            raise StatementError(
                f"[TABLE_OR_VIEW_NOT_FOUND] The table or view `{self.name}`.`{schema}`.`{name}` "
                "cannot be found. SQLSTATE: 42P01"
            )
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
                for column in self.columns(spark, schema, name)
            ],
            "type": found.kind,
            "owner": OWNER,
            "comment": found.comment,
            "provider": found.provider,
        }
        if found.view_text is not None:
            described["view_text"] = found.view_text
        if keys := self.annotations((schema, name)).keys:
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


# Views that dbt asks and that are always empty here, with their columns.
_EMPTY_VIEWS = {
    "column_masks": [
        *("table_catalog", "table_schema", "table_name"),
        *("column_name", "mask_name", "using_columns"),
    ],
    "row_filters": [
        *("table_catalog", "table_schema", "table_name"),
        *("filter_name", "target_columns"),
    ],
    "table_privileges": [
        *("grantor", "grantee", "table_catalog", "table_schema", "table_name"),
        *("privilege_type", "is_grantable", "inherited_from"),
    ],
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
    json_type = _declared_text(declared) if declared else json_type_of(field.dataType.jsonValue())
    return Column(field.name, sql_type, json_type, field.nullable, metadata.get("comment"))


def _declared_text(declared: str) -> dict[str, Any]:
    name, _, length = declared.rstrip(")").partition("(")
    return {"name": name, "length": int(length)}


_RENAMED_TYPES = {
    "long": "bigint",
    "integer": "int",
    "short": "smallint",
    "byte": "tinyint",
    "timestamp": "timestamp_ltz",
}


def json_type_of(described: Any) -> dict[str, Any]:
    """Spark's JSON for a data type in the shape of `DESCRIBE ... AS JSON`."""
    if isinstance(described, str):
        if described.startswith("decimal("):
            precision, scale = described[len("decimal(") : -1].split(",")
            return {"name": "decimal", "precision": int(precision), "scale": int(scale)}
        return {"name": _RENAMED_TYPES.get(described, described)}
    kind = described["type"]
    if kind == "array":
        return {
            "name": "array",
            "element_type": json_type_of(described["elementType"]),
            "element_nullable": described["containsNull"],
        }
    if kind == "map":
        return {
            "name": "map",
            "key_type": json_type_of(described["keyType"]),
            "value_type": json_type_of(described["valueType"]),
            "value_nullable": described["valueContainsNull"],
        }
    if kind == "struct":
        return {
            "name": "struct",
            "fields": [
                {
                    "name": child["name"],
                    "type": json_type_of(child["type"]),
                    "nullable": child["nullable"],
                }
                for child in described["fields"]
            ],
        }
    return {"name": str(kind)}


def _values(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """An inline relation: `header` names the columns, with `:type` where not string."""
    names = [name.split(":")[0] for name in header]
    types = [name.split(":")[1] if ":" in name else "string" for name in header]
    if not rows:
        empty = ", ".join(
            f"cast(null as {kind}) as {quote(name)}"
            for name, kind in zip(names, types, strict=True)
        )
        return f"(select {empty} where false)"
    lines = ", ".join("(" + ", ".join(_constant(value) for value in row) + ")" for row in rows)
    columns = ", ".join(
        f"cast({quote(name)} as {kind}) as {quote(name)}"
        for name, kind in zip(names, types, strict=True)
    )
    listed = ", ".join(quote(name) for name in names)
    return f"(select {columns} from values {lines} as t({listed}))"


def _constant(value: Any) -> str:
    if isinstance(value, datetime):
        return f"timestamp'{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, int):
        return str(value)
    return literal(value)
