"""`read_files()` and Unity Catalog volumes over local folders."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbx_local.catalog import FILES_SCHEMA, SPARK_CATALOG
from dbx_local.errors import StatementError
from dbx_local.sqltext import Sql, literal, literal_value, quote

if TYPE_CHECKING:
    from dbx_local.shims import Context

# Options of read_files that Spark's file sources spell differently.
_RENAMED = {"filenamepattern": "pathGlobFilter", "inferschema": "inferSchema"}
_FORMATS = frozenset({"csv", "json", "parquet", "orc", "text", "binaryfile", "avro", "xml"})
_REFUSED = {
    "rescueddatacolumn": "rescued data is a feature of the platform",
    "schemaevolutionmode": "schema evolution is a feature of the platform",
    "includeexistingfiles": "it belongs to streaming reads",
    "maxfilespertrigger": "it belongs to streaming reads",
    "maxbytespertrigger": "it belongs to streaming reads",
}


@dataclass(frozen=True)
class Volumes:
    """Unity Catalog volumes kept in a local folder: /Volumes/a/b/c is `root`/a/b/c."""

    root: Path | None = None

    def hadoop_settings(self) -> dict[str, str]:
        """Settings that make Spark find volumes, under the names files have on Databricks."""
        if self.root is None:
            return {}
        return {
            "fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
            "fs.viewfs.overload.scheme.target.dbfs.impl": "org.apache.hadoop.fs.LocalFileSystem",
            "fs.viewfs.mounttable.default.link./Volumes": self.root.resolve().as_uri(),
            "fs.viewfs.rename.strategy": "SAME_FILESYSTEM_ACROSS_MOUNTPOINT",
        }

    def spark_path(self, path: str) -> str:
        """The path as Spark has to be given it.

        Raises:
            StatementError: for a volume when no folder was given for volumes.
        """
        bare = path.removeprefix("dbfs:")
        if not bare.startswith("/Volumes/"):
            return path
        if self.root is None:
            raise StatementError(
                f"[VOLUME_NOT_FOUND] {path}: the local warehouse was started without volumes "
                "(--volume-root DIR)."
            )
        return f"dbfs:{bare}"


def table_over_files(sql: Sql, opening: int, context: Context) -> str:
    """The name of a table over the files that `read_files(...)` names, created if need be.

    `opening` is the token of the bracket.

    Raises:
        StatementError: for arguments that Databricks, or the local warehouse, does not take.
    """
    path = None
    named: dict[str, str] = {}
    for first, after in sql.arguments(opening):
        if sql.word(first + 1) == "=>":
            named[sql.tokens[first].text] = _value(sql, first + 2, after, context)
        elif path is None:
            path = _value(sql, first, after, context)
        else:
            raise StatementError("[PARSE_SYNTAX_ERROR] read_files takes one path, then options.")
    lowered = {name.lower(): value for name, value in named.items()}
    path = path or lowered.pop("path", None)
    if not path:
        raise StatementError("[REQUIRED_PARAMETER_NOT_FOUND] read_files needs a path.")
    options: dict[str, str] = {}
    for name, value in named.items():
        lower = name.lower()
        if lower in _REFUSED:
            raise StatementError(
                f"[UNSUPPORTED_FEATURE] read_files(... {name} => ...): {_REFUSED[lower]}, "
                "the local warehouse has it not."
            )
        if lower not in ("path", "format", "schema", "schemahints", "infercolumntypes"):
            options[_RENAMED.get(lower, name)] = value
    suffix = Path(path).suffix.lstrip(".").lower()
    kind = (lowered.get("format") or (suffix if suffix in _FORMATS else "csv")).lower()
    if kind not in _FORMATS:
        raise StatementError(f"[DATA_SOURCE_NOT_FOUND] read_files: unknown format '{kind}'.")
    schema, path = lowered.get("schema"), context.volumes.spark_path(path)
    if kind == "csv" and schema is None and "infercolumntypes" not in lowered:
        options["inferSchema"] = "true"
    spark = context.spark
    if schema is None:
        inferred = spark.read.format(kind).options(**options).load(path).schema
        schema = _with_hints(inferred, lowered.get("schemahints"))
    sorted_options = sorted(options.items())
    described = repr((path, kind, schema, sorted_options))
    name = "files_" + hashlib.sha256(described.encode()).hexdigest()[:16]
    table = quote(SPARK_CATALOG, FILES_SCHEMA, name)
    listed = "".join(f", {literal(key)} {literal(value)}" for key, value in sorted_options)
    spark.sql(f"create schema if not exists {quote(SPARK_CATALOG, FILES_SCHEMA)}")
    spark.sql(
        f"create table if not exists {table} ({schema}) using {kind}"
        f" options ('path' {literal(path)}{listed})"
    )
    return table


def _value(sql: Sql, first: int, after: int, context: Context) -> str:
    tokens = sql.tokens[first:after]
    if all(token.kind == "string" for token in tokens):
        return "".join(literal_value(token.text) for token in tokens)
    if len(tokens) == 1 and tokens[0].kind in ("word", "number"):
        return tokens[0].text.lower()
    value: Any = context.run(f"select {sql.slice(first, after)}").column(0)[0].as_py()
    return str(value)


def _with_hints(inferred: Any, hints: str | None) -> str:
    """An inferred schema as DDL, some of its types set by hand."""
    from pyspark.sql.types import StructType

    hinted = StructType.fromDDL(hints) if hints else StructType()
    by_name = {field.name.lower(): field for field in hinted}
    fields = [by_name.pop(field.name.lower(), field) for field in inferred]
    merged = StructType([*fields, *by_name.values()])
    return ", ".join(
        f"{quote(field.name)} {field.dataType.simpleString()}" for field in merged.fields
    )
