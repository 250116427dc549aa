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
    from pyspark.sql import SparkSession

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


@dataclass(frozen=True)
class FileSource:
    """The arguments of one `read_files()`."""

    path: str
    format: str
    schema: str | None
    schema_hints: str | None
    options: tuple[tuple[str, str], ...]


def parse_read_files(sql: Sql, opening: int, context: Context) -> FileSource:
    """The arguments inside the bracket at token `opening`.

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
    options = []
    for name, value in named.items():
        lower = name.lower()
        if lower in _REFUSED:
            raise StatementError(
                f"[UNSUPPORTED_FEATURE] read_files(... {name} => ...): {_REFUSED[lower]}, "
                "the local warehouse has it not."
            )
        if lower not in ("path", "format", "schema", "schemahints", "infercolumntypes"):
            options.append((_RENAMED.get(lower, name), value))
    kind = lowered.get("format") or _guess_format(path)
    if kind.lower() not in _FORMATS:
        raise StatementError(f"[DATA_SOURCE_NOT_FOUND] read_files: unknown format '{kind}'.")
    if kind.lower() == "csv" and "schema" not in lowered and "infercolumntypes" not in lowered:
        options.append(("inferSchema", "true"))
    return FileSource(
        path=context.volumes.spark_path(path),
        format=kind.lower(),
        schema=lowered.get("schema"),
        schema_hints=lowered.get("schemahints"),
        options=tuple(sorted(options)),
    )


def _value(sql: Sql, first: int, after: int, context: Context) -> str:
    tokens = sql.tokens[first:after]
    if all(token.kind == "string" for token in tokens):
        return "".join(literal_value(token.text) for token in tokens)
    if len(tokens) == 1 and tokens[0].kind in ("word", "number"):
        return tokens[0].text.lower()
    value: Any = context.run(f"select {sql.slice(first, after)}").column(0)[0].as_py()
    return str(value)


def _guess_format(path: str) -> str:
    suffix = Path(path).suffix.lstrip(".").lower()
    return suffix if suffix in _FORMATS else "csv"


def table_over_files(source: FileSource, context: Context) -> str:
    """The name of a table over the files, created when it is not there yet."""
    spark = context.spark
    schema = source.schema
    options = dict(source.options)
    if schema is None:
        frame = spark.read.format(source.format).options(**options).load(source.path)
        schema = _with_hints(frame.schema, source.schema_hints, spark)
    described = repr((source.path, source.format, schema, sorted(options.items())))
    name = "files_" + hashlib.sha256(described.encode()).hexdigest()[:16]
    table = quote(SPARK_CATALOG, FILES_SCHEMA, name)
    listed = "".join(f", {literal(key)} {literal(value)}" for key, value in options.items())
    spark.sql(f"create schema if not exists {quote(SPARK_CATALOG, FILES_SCHEMA)}")
    spark.sql(
        f"create table if not exists {table} ({schema}) using {source.format}"
        f" options ('path' {literal(source.path)}{listed})"
    )
    return table


def _with_hints(inferred: Any, hints: str | None, spark: SparkSession) -> str:
    """An inferred schema as DDL, some of its types set by hand."""
    from pyspark.sql.types import StructType

    hinted = StructType.fromDDL(hints) if hints else StructType()
    by_name = {field.name.lower(): field for field in hinted}
    fields = [by_name.pop(field.name.lower(), field) for field in inferred]
    merged = StructType([*fields, *by_name.values()])
    del spark
    return ", ".join(
        f"{quote(field.name)} {field.dataType.simpleString()}" for field in merged.fields
    )
