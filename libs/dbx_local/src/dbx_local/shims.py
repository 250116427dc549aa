"""Databricks SQL that open-source Spark does not take as it is, one shim for each difference.

A shim has patterns (see `Sql.match`). What its function returns is the statement's answer (a
table), another statement (Sql, or the text of one), or None: not its affair. `SHIMS` is the whole
list, in the order in which they are tried. A shim of `everywhere` returns what takes the place of
each match inside a statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import pyarrow as pa

from dbx_local import files, metrics
from dbx_local.catalog import SPARK_CATALOG, Catalog, Key, Relation
from dbx_local.delta import ColumnChanges
from dbx_local.errors import StatementError
from dbx_local.results import EMPTY, text_table
from dbx_local.sqltext import Match, Name, Sql, literal, literal_value, quote, unquote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Context(Protocol):
    """What a shim may use of the session that runs the statement."""

    catalog: Catalog
    """Shared by all sessions, as are the volumes."""
    volumes: files.Volumes
    groups: frozenset[str]
    """The account groups that the user is in."""
    spark: SparkSession
    """The Spark session of this client."""

    @property
    def current_schema(self) -> str:
        """The schema that unqualified names belong to."""

    def run(self, sql: str) -> pa.Table:
        """Execute SQL that Spark understands, without shims."""

    def pending(self, table: tuple[str, str]) -> ColumnChanges:
        """The changes to the table's columns that are gathered and not yet committed."""


Outcome: TypeAlias = Sql | str | pa.Table | None
Function = TypeVar("Function", bound=Callable[[Match, Context], Outcome])


@dataclass(frozen=True)
class Shim:
    """One difference between Databricks SQL and open-source Spark, and what is done about it."""

    name: str
    reason: str
    patterns: tuple[str, ...]
    everywhere: bool
    apply: Callable[[Match, Context], Outcome]


SHIMS: list[Shim] = []


def _shim(reason: str, *patterns: str, everywhere: bool = False) -> Callable[[Function], Function]:
    """Enter a function into the table of shims, under its own name."""

    def enter(function: Function) -> Function:
        SHIMS.append(Shim(function.__name__, reason, patterns, everywhere, function))
        return function

    return enter


def translate(text: str, context: Context) -> Sql | pa.Table:
    """A client's statement as Spark's, or its answer when no Spark statement is needed.

    Raises:
        StatementError: for statements that cannot run here.
    """
    sql = Sql(text)
    for entry in SHIMS:
        for pattern in entry.patterns:
            if entry.everywhere:
                sql = sql.rewrite(pattern, partial(_replacement, entry, context))
            elif found := sql.match(pattern):
                outcome = entry.apply(found, context)
                if isinstance(outcome, (Sql, str)):
                    sql = outcome if isinstance(outcome, Sql) else Sql(outcome)
                elif outcome is not None:
                    return outcome
    return sql


def _replacement(entry: Shim, context: Context, found: Match) -> str | None:
    outcome = entry.apply(found, context)
    assert outcome is None or isinstance(outcome, str)
    return outcome


_GATHERED = ("COMMENT ON COLUMN", "ALTER TABLE name ALTER|CHANGE COLUMN column SET NOT NULL")


def gathers(sql: Sql) -> bool:
    """Whether a statement only adds to the changes of columns that are being gathered."""
    return any(sql.match(pattern) for pattern in _GATHERED)


def table_of_shims() -> str:
    """The table of shims as Markdown."""
    lines = ["| shim | why, and what it does |", "|---|---|"]
    return "\n".join([*lines, *(f"| {entry.name} | {entry.reason} |" for entry in SHIMS)])


def _table(name: Name, context: Context) -> tuple[str, str]:
    """Schema and table of a name that may be qualified."""
    if len(name.parts) == 1:
        return context.current_schema, name.parts[0]
    return name.parts[-2], name.parts[-1]


def _existing(name: Name, context: Context) -> Relation:
    """The table or view of a name; it must exist."""
    table = _table(name, context)
    found = context.catalog.relation(context.spark, *table)
    if found is None:
        raise StatementError(
            f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {quote(*table)} cannot be found. "
            "SQLSTATE: 42P01"
        )
    return found


def _spark_name(table: tuple[str, str]) -> str:
    return quote(SPARK_CATALOG, *table)


# ---------- statements that cannot run here, or need not


@_shim(
    "Materialized views and streaming tables need a pipeline, COPY INTO and row filters a "
    "workspace: refused by name instead of with a syntax error.",
    *("CREATE [OR REPLACE] [OR REFRESH] MATERIALIZED VIEW", "COPY INTO"),
    "CREATE [OR REPLACE] [OR REFRESH] STREAMING TABLE|LIVE",
    *("ALTER TABLE name SET ROW FILTER", "ALTER TABLE name ALTER COLUMN column SET MASK"),
)
def refuse_what_needs_a_workspace(found: Match, context: Context) -> Outcome:
    """Refuse, in plain words, what only a workspace has."""
    raise StatementError(
        f"[UNSUPPORTED_FEATURE] {found.sql.slice(0, found.after)} does not run on the local "
        "warehouse; it needs a Databricks workspace. SQLSTATE: 0A000"
    )


@_shim(
    "There are no users and privileges here: grants are accepted and there are none to show.",
    *("SHOW GRANTS|GRANT", "GRANT|REVOKE|DENY"),
    "ALTER TABLE|VIEW|SCHEMA|DATABASE|CATALOG name [SET] OWNER TO",
)
def privileges(found: Match, context: Context) -> Outcome:
    """Accept GRANT and REVOKE, list no grants."""
    if found.sql.word(0) == "SHOW":
        return text_table(["Principal", "ActionType", "ObjectType", "ObjectKey"], [])
    return EMPTY


@_shim(
    "Maintenance changes no result: Spark's ANALYZE refuses Delta tables, and VACUUM takes long on "
    "tables that live for minutes.",
    *("ANALYZE TABLE", "VACUUM", "ALTER TABLE name CLUSTER BY AUTO"),
    "ALTER TABLE|SCHEMA|DATABASE|CATALOG name ENABLE|DISABLE|INHERIT PREDICTIVE OPTIMIZATION",
)
def maintenance(found: Match, context: Context) -> Outcome:
    """Accept maintenance."""
    return EMPTY


@_shim(
    "Clustering that the platform chooses has no meaning here, nor has it in a CREATE TABLE.",
    "CLUSTER BY AUTO",
    everywhere=True,
)
def cluster_by_auto(found: Match, context: Context) -> str:
    """Drop CLUSTER BY AUTO."""
    return ""


_PARAMETERS = {
    "ANSI_MODE": "spark.sql.ansi.enabled",
    "TIMEZONE": "spark.sql.session.timeZone",
    "LEGACY_TIME_PARSER_POLICY": "spark.sql.legacy.timeParserPolicy",
    "MAX_FILE_PARTITION_BYTES": "spark.sql.files.maxPartitionBytes",
    "ENABLE_PHOTON": "",
    "QUERY_TAGS": "",
    "READ_ONLY_EXTERNAL_METASTORE": "",
    "STATEMENT_TIMEOUT": "",
    "USE_CACHED_RESULT": "",
}


@_shim(
    "Databricks SQL names its session parameters differently (SET ANSI_MODE = true).",
    f"SET {'|'.join(_PARAMETERS)}",
)
def session_parameters(found: Match, context: Context) -> Outcome:
    """Translate the names of session parameters."""
    parameter = _PARAMETERS[found.words[0]]
    if not parameter:
        return EMPTY
    value = found.sql.slice(3).strip().strip("'")
    return f"set {parameter} = {value}" if value else f"set {parameter}"


# ---------- names


@_shim(
    "Spark has one Delta catalog, and it is called spark_catalog: the first part of a "
    "three-part name becomes that, and so does the catalog of schema statements.",
    "name",
    everywhere=True,
)
def three_part_names(found: Match, context: Context) -> str | None:
    """Point names in our catalog to Spark's session catalog."""
    parts, sql = found.name.parts, found.sql
    if parts[0].lower() != context.catalog.name.lower():
        return None
    before = sql.word(found.first - 1)
    if before == "EXISTS":  # the word before IF [NOT] EXISTS
        before = sql.word(found.first - (4 if sql.word(found.first - 2) == "NOT" else 3))
    in_catalog = before in ("IN", "FROM") and sql.word(0) == "SHOW"
    is_schema = len(parts) == 2 and (in_catalog or before in ("SCHEMA", "DATABASE", "USE"))
    is_catalog = in_catalog and found.first == 3 and len(parts) == 1
    if (
        len(parts) < 3
        and not is_schema
        and not (is_catalog and sql.match("SHOW SCHEMAS|DATABASES"))
    ):
        return None
    rest = sql.slice(found.first + 1, found.after)
    return SPARK_CATALOG + rest


@_shim(
    "There is one catalog: USE CATALOG of it does nothing, of another one fails.",
    *("USE|SET CATALOG column", "USE|SET CATALOG text", "SHOW CATALOGS"),
)
def use_catalog(found: Match, context: Context) -> Outcome:
    """Accept the one catalog there is."""
    if not found.words:
        return text_table(["catalog"], [[context.catalog.name]])
    (name,) = found.columns or found.texts
    if name.lower() not in (context.catalog.name.lower(), SPARK_CATALOG):
        raise StatementError(
            f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{name}' was not found: the local warehouse "
            f"has '{context.catalog.name}' (another name: --catalog). SQLSTATE: 42704"
        )
    return EMPTY


@_shim("current_catalog() would answer spark_catalog.", "CURRENT_CATALOG ( )", everywhere=True)
def current_catalog(found: Match, context: Context) -> str:
    """Answer current_catalog() with the name clients use."""
    return literal(context.catalog.name)


# ---------- what the catalog knows


@_shim(
    "Open-source Spark has no information_schema: its views are written into the statement as "
    "inline relations, from the session catalog and from what is remembered about tables.",
    "name",
    everywhere=True,
)
def information_schema(found: Match, context: Context) -> str | None:
    """Put inline relations where `information_schema` is read."""
    *catalog, schema, view = ("", *(part.lower() for part in found.name.parts))
    if schema != "information_schema" or len(catalog) > 2:
        return None
    if catalog[1:] and catalog[1] not in ("system", SPARK_CATALOG, context.catalog.name.lower()):
        return None
    schemas = _equal_to(found.sql, "TABLE_SCHEMA", "SCHEMA_NAME")
    names = _equal_to(found.sql, "TABLE_NAME")
    return context.catalog.information_schema(
        context.spark, view, schemas, names if len(names) == len(schemas) else []
    )


def _equal_to(sql: Sql, *columns: str) -> list[str]:
    """The literals that any of `columns` is compared with, in lower case."""
    matches = (sql.match("column = text", index) for index in range(len(sql.tokens)))
    return [
        each.texts[0].lower() for each in matches if each and each.columns[0].upper() in columns
    ]


@_shim(
    "Spark's DESCRIBE ... AS JSON refuses Delta tables; the adapter asks it for every table.",
    "DESCRIBE|DESC [TABLE] [EXTENDED] name AS JSON",
)
def describe_as_json(found: Match, context: Context) -> Outcome:
    """Answer DESCRIBE TABLE EXTENDED name AS JSON."""
    if len(found.name.parts) == 1:
        views = context.spark._jsparkSession.sessionState().catalog()
        if views.getTempView(found.name.parts[0]).isDefined():
            return None  # Spark describes temporary views itself
    relation = _existing(found.name, context)
    return text_table(
        ["json_metadata"], [[context.catalog.describe_as_json(context.spark, relation)]]
    )


@_shim(
    "Spark reads DESCRIBE HISTORY as a statement only, not as a relation inside a query "
    "(source freshness asks for it so).",
    "list",
    everywhere=True,
)
def describe_history_relation(found: Match, context: Context) -> str | None:
    """Materialize `(DESCRIBE HISTORY t)` as a temporary view."""
    if not found.sql.match("( DESCRIBE HISTORY", found.first):
        return None
    view = f"__history_{found.first}"
    history = found.sql.slice(found.first + 1, found.after - 1)
    context.spark.sql(history).createOrReplaceTempView(view)
    return quote(view)


@_shim(
    "Open-source Spark has no groups: the user is in those named by --group. In a view, the answer "
    "is that of the moment it was created.",
    "IS_ACCOUNT_GROUP_MEMBER|IS_MEMBER ( text )",
    everywhere=True,
)
def group_membership(found: Match, context: Context) -> str:
    """Answer is_account_group_member('group')."""
    return "true" if found.texts[0] in context.groups else "false"


@_shim(
    "Open-source Spark has no tags: they are remembered and shown in information_schema, "
    "nothing more.",
    "ALTER TABLE|VIEW [IF EXISTS] name SET|UNSET TAGS list",
    "ALTER TABLE|VIEW [IF EXISTS] name ALTER|CHANGE COLUMN column SET|UNSET TAGS list",
    "ALTER SCHEMA|DATABASE|CATALOG name SET|UNSET TAGS list",
)
def tags(found: Match, context: Context) -> Outcome:
    """Remember the tags of tables, views and columns."""
    if found.words[0] not in ("TABLE", "VIEW"):
        return EMPTY
    remembered = context.catalog.annotations(_existing(found.name, context).key)
    target = remembered.tags
    for column in found.columns:
        target = remembered.column_tags.setdefault(column.lower(), {})
    for first, after in found.sql.arguments(found.lists[0]):
        tag, *value = (
            literal_value(token.text) if token.kind == "string" else unquote(token.text)
            for token in found.sql.tokens[first:after]
            if token.text != "="
        )
        if found.words[-1] == "SET":
            target[tag] = "".join(value)
        else:
            target.pop(tag, None)
    return EMPTY


# ---------- constraints


@_shim(
    "Delta keeps no primary and foreign keys: they are remembered, informational as on "
    "Databricks, and checked as there: key columns NOT NULL, the parent has a primary key.",
    "ALTER TABLE name ADD",
)
def informational_keys(found: Match, context: Context) -> Outcome:
    """Remember primary and foreign keys."""
    key = _key_at(found.sql, found.after, _table(found.name, context), context)
    if key is None:
        return None
    _add_key(_existing(found.name, context).key, key, context)
    return EMPTY


@_shim(
    "The same for dropping a key; Delta's own DROP CONSTRAINT knows no CASCADE.",
    "ALTER TABLE name DROP CONSTRAINT [IF EXISTS] column",
)
def dropped_keys(found: Match, context: Context) -> Outcome:
    """Forget keys; leave checks to Delta."""
    keys = context.catalog.annotations(_table(found.name, context)).keys
    if keys.pop(found.columns[0], None) is not None:
        return EMPTY
    return found.sql.slice(0, found.after)


_KEY = "PRIMARY|FOREIGN KEY list"


def _key_at(sql: Sql, index: int, table: tuple[str, str], context: Context) -> Key | None:
    """The key declared at token `index`: [CONSTRAINT name] PRIMARY | FOREIGN KEY ..."""
    found = sql.match(f"CONSTRAINT column {_KEY}", index) or sql.match(_KEY, index)
    if found is None:
        return None
    name = "".join(found.columns)
    columns = _names_in(sql, found.lists[0])
    if found.words[0] == "PRIMARY":
        return Key(name or f"{table[1]}_pk", columns)
    refers = sql.match("REFERENCES name", found.after)
    if refers is None:
        raise StatementError("[PARSE_SYNTAX_ERROR] A foreign key without REFERENCES.")
    parent = _table(refers.name, context)
    listed = _names_in(sql, refers.after) if sql.word(refers.after) == "(" else ()
    return Key(name or f"{table[1]}_{parent[1]}_fk", columns, parent, listed)


def _names_in(sql: Sql, opening: int) -> tuple[str, ...]:
    """The column names inside a bracket."""
    return tuple(unquote(sql.tokens[first].text) for first, _ in sql.arguments(opening))


def _add_key(table: tuple[str, str], key: Key, context: Context) -> None:
    """Remember a key after the checks that Databricks makes."""
    keys = context.catalog.annotations(table).keys
    if key.name in keys:
        raise StatementError(
            f"[CONSTRAINT_ALREADY_EXISTS_IN_TABLE] Constraint '{key.name}' already exists."
        )
    columns = {each.name.lower(): each for each in context.catalog.columns(context.spark, *table)}
    for name in key.columns:
        if name.lower() not in columns:
            raise StatementError(f"[UNRESOLVED_COLUMN] Key column {quote(name)} does not exist.")
    problem = ""
    if key.parent is None:
        nullable = [name for name in key.columns if columns[name.lower()].nullable]
        if nullable:
            problem = f"its column {quote(nullable[0])} is nullable"
        elif context.catalog.primary_key(table):
            problem = "the table has a primary key already"
    elif (parent := context.catalog.primary_key(key.parent)) is None:
        problem = f"the parent table {quote(*key.parent)} has no primary key"
    else:
        columns_of_parent = key.parent_columns or parent.columns
        if {each.lower() for each in columns_of_parent} != set(map(str.lower, parent.columns)):
            problem = f"it does not refer to the primary key of {quote(*key.parent)}"
        key = replace(key, parent_columns=columns_of_parent)
    if problem:
        raise StatementError(
            f"[UNSUPPORTED_CONSTRAINT] Cannot create the key '{key.name}' because {problem}."
        )
    keys[key.name] = key


_CREATED = ("CREATE TABLE [IF NOT EXISTS] name", "CREATE OR REPLACE TABLE [IF NOT EXISTS] name")


@_shim(
    "Delta takes no constraints in a CREATE TABLE's column list: keys are remembered and checks "
    "added right after the table is there.",
    *(f"{created} list" for created in _CREATED),
)
def constraints_in_create_table(found: Match, context: Context) -> Outcome:
    """Move constraints out of a column list."""
    sql, opening = found.sql, found.lists[0]
    ranges = sql.arguments(opening)
    moved = [each for each in ranges if sql.match("CONSTRAINT|CHECK|PRIMARY|FOREIGN", each[0])]
    if not moved:
        return None
    table = _table(found.name, context)
    kept = ", ".join(sql.slice(*each) for each in ranges if each not in moved)
    context.catalog.replaced(table)
    context.run(sql.replace([(opening, found.after, f"({kept})")]).text)
    for first, after in moved:
        if key := _key_at(sql, first, table, context):
            _add_key(table, key, context)
        else:
            context.run(f"alter table {_spark_name(table)} add {sql.slice(first, after)}")
    return EMPTY


def _changes(table: tuple[str, str], column: str, context: Context) -> ColumnChanges:
    """The gathered changes of a table that has this column."""
    changes = context.pending(table)
    if column not in changes.columns:
        raise StatementError(
            f"[UNRESOLVED_COLUMN] {quote(*table)} has no column {quote(column)}. SQLSTATE: 42703"
        )
    return changes


@_shim(
    "Delta refuses to make a column NOT NULL that was nullable: the rows are checked at once and "
    "the schema is changed through Delta's own transaction, one for all columns of a table.",
    "ALTER TABLE name ALTER|CHANGE COLUMN column SET NOT NULL",
)
def set_not_null(found: Match, context: Context) -> Outcome:
    """Make existing columns NOT NULL."""
    table = _existing(found.name, context).key
    column = found.columns[0].lower()
    changes = _changes(table, column, context)
    if not changes.null_counts:
        counted = ", ".join(
            f"count_if({quote(each)} is null) as {quote(each)}" for each in sorted(changes.columns)
        )
        (counts,) = context.run(f"select {counted} from {_spark_name(table)}").to_pylist()
        changes.null_counts = counts
    if changes.null_counts[column]:
        raise StatementError(
            f"[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] Column {quote(column)} of {quote(*table)} has "
            f"{changes.null_counts[column]} NULL values. SQLSTATE: 23502"
        )
    changes.not_null.add(column)
    return EMPTY


@_shim(
    "Spark has COMMENT ON for tables and schemas, not for columns: the comments of a table's "
    "columns are gathered and committed together, before the next other statement.",
    *("COMMENT ON COLUMN name IS text", "COMMENT ON COLUMN name IS NULL"),
)
def comment_on_column(found: Match, context: Context) -> Outcome:
    """Comment on a column."""
    *parts, column = found.name.parts
    table = _existing(Name(tuple(parts), found.first, found.after), context).key
    changes = _changes(table, column.lower(), context)
    changes.comments[column.lower()] = "".join(found.texts)
    return EMPTY


@_shim(
    "Spark has COMMENT ON for tables, not for views: a view's comment is a property of it.",
    "COMMENT ON VIEW name IS text",
)
def comment_on_view(found: Match, context: Context) -> Outcome:
    """Comment on a view."""
    comment = literal(found.texts[0])
    return f"alter view {quote(*found.name.parts)} set tblproperties ('comment' = {comment})"


# ---------- changing rows


@_shim(
    "Spark has no INSERT ... REPLACE ON: one MERGE deletes the rows of the target that match and "
    "inserts every row of the source, in one commit.",
    "INSERT INTO [TABLE] name [AS] column REPLACE ON list list [AS] column",
    "INSERT INTO [TABLE] name REPLACE ON list list [AS] column",
)
def insert_replace_on(found: Match, context: Context) -> Outcome:
    """Rewrite INSERT INTO t AS a REPLACE ON (condition) (query) AS b as a MERGE."""
    sql, (condition, query) = found.sql, found.lists
    target, source = ([quote(found.name.parts[-1])] + [quote(each) for each in found.columns])[-2:]
    described = context.catalog.columns(context.spark, *_table(found.name, context))
    columns = [quote(column.name) for column in described]
    names = (sql.name_at(index) for index in range(condition, sql.closing(condition)))
    keys = {
        quote(name.parts[1]): None
        for name in names
        if name and len(name.parts) == 2 and quote(name.parts[0]).lower() == source.lower()
    }
    # Every source row comes once to be inserted, and the first of each key once more to delete what
    # it matches: if all did, n rows of one file would delete its n rows n times over. That a row
    # of the target looks for such a one is an equality of both sides, so that Spark joins by it:
    # as a condition beside the join, it would be asked for each pair of rows of a file.
    firsts = ", ".join(keys) or "1"
    deletes = f"(length(coalesce(cast({target}.{columns[0]} as string), '')) >= 0)"
    return (
        f"merge into {quote(*found.name.parts)} as {target}"
        " using (select * except (__place),"
        " explode(if(__place = 1, array(true, false), array(true))) as __inserts"
        f" from (select *, row_number() over (partition by {firsts} order by {firsts})"
        f" as __place from {sql.slice(query, sql.closing(query) + 1)} as __rows)) as {source}"
        f" on {deletes} = (not {source}.__inserts)"
        f" and {sql.slice(condition, sql.closing(condition) + 1)}"
        " when matched then delete"
        f" when not matched and {source}.__inserts then insert ({', '.join(columns)})"
        f" values ({', '.join(f'{source}.{column}' for column in columns)})"
    )


# ---------- creating, renaming and dropping tables


@_shim(
    "Open-source Delta has shallow clones only, and refuses one onto a table that exists: a deep "
    "clone becomes a copy, and a table in the way is dropped first.",
    *(f"{created} SHALLOW|DEEP CLONE" for created in _CREATED),
    *(f"{created} CLONE" for created in _CREATED),
)
def clones(found: Match, context: Context) -> Outcome:
    """Run shallow and deep clones."""
    table = _table(found.name, context)
    name, source = _spark_name(table), found.sql.slice(found.after)
    context.catalog.replaced(table)
    if found.words != ["SHALLOW"]:
        return f"create or replace table {name} using delta as select * from {source}"
    if found.sql.match(_CREATED[1]):
        context.run(f"drop table if exists {name}")
    answer = context.run(f"create table {name} shallow clone {source}")
    context.catalog.annotations(table).shallow_clone = True
    return answer


@_shim(
    "Tags and keys follow their table when it is replaced or dropped.",
    *(_CREATED[1], "DROP TABLE|VIEW [IF EXISTS] name", "DROP SCHEMA|DATABASE [IF EXISTS] name"),
)
def follow_tables(found: Match, context: Context) -> Outcome:
    """Keep what is remembered in step with the tables."""
    if not found.words:
        context.catalog.replaced(_table(found.name, context))
    elif found.words[0] in ("TABLE", "VIEW"):
        context.catalog.forget(_table(found.name, context))
    else:
        context.catalog.forget_schema(found.name.parts[-1])
    return None


@_shim(
    "ALTER TABLE ... RENAME TO a bare name would move the table to the session's schema; tags and "
    "keys follow it.",
    "ALTER TABLE|VIEW [IF EXISTS] name RENAME TO name",
)
def rename_in_place(found: Match, context: Context) -> Outcome:
    """Give the new name of a rename its schema."""
    old, new = _table(found.names[0], context), found.names[1]
    schema = new.parts[-2] if len(new.parts) > 1 else old[0]
    context.catalog.renamed(old, (schema, new.parts[-1]))
    return found.sql.replace([(new.first, new.after, quote(schema, new.parts[-1]))])


@_shim(
    "Spark's metric views know YAML 0.1, without joins and without measures made of measures: "
    "YAML 1.1 is translated (see metrics.py). Nor does it replace one: the old one is dropped.",
    *("CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name", "ALTER VIEW name AS"),
)
def metric_views(found: Match, context: Context) -> Outcome:
    """Translate the definition of a metric view."""
    body = found.sql.tokens[-1]
    if body.kind != "dollar":
        return None
    text = metrics.translate_metric_view(body.text[2:-2], context)
    name = quote(*found.name.parts)
    if not found.sql.match("CREATE VIEW"):
        context.run(f"drop view if exists {name}")
    return f"create view {name} with metrics language yaml as $${text}$$"


# ---------- files


@_shim(
    "Spark has no read_files(): a table over the files in a hidden schema takes its place, so "
    "that views can be built on it and _metadata is there.",
    "READ_FILES list",
    everywhere=True,
)
def read_files(found: Match, context: Context) -> str:
    """Replace read_files(...) by a table over the files."""
    if found.sql.word(found.first - 1) == "STREAM":
        raise StatementError(
            "[UNSUPPORTED_FEATURE] STREAM read_files() does not run on the local warehouse; "
            "it needs a Databricks workspace. SQLSTATE: 0A000"
        )
    return files.table_over_files(found.sql, found.lists[0], context)
