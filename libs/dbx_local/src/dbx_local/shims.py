"""Databricks SQL that open-source Spark does not take as it is, one shim for each difference.

A shim looks at a statement and either passes it on (None), hands back another statement, or
answers it. `SHIMS` is the whole list, in the order in which they are tried; each has a name
and the reason why it is there, and a test in `test_shims.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from dbx_local import files, metrics
from dbx_local.catalog import SPARK_CATALOG, Catalog, Key
from dbx_local.delta import ColumnChanges
from dbx_local.errors import StatementError
from dbx_local.results import EMPTY, text_table
from dbx_local.sqltext import Name, Sql, literal, literal_value, quote, unquote

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession


class Context(Protocol):
    """What a shim may use of the session that runs the statement."""

    @property
    def catalog(self) -> Catalog:
        """The catalog that all sessions share."""

    @property
    def volumes(self) -> files.Volumes:
        """The volumes that all sessions share."""

    @property
    def groups(self) -> frozenset[str]:
        """The account groups that the user is in."""

    @property
    def spark(self) -> SparkSession:
        """The Spark session of this client."""

    @property
    def current_schema(self) -> str:
        """The schema that unqualified names belong to."""

    def run(self, sql: str) -> pa.Table:
        """Execute SQL that Spark understands, without shims."""

    def pending(self, table: tuple[str, str]) -> ColumnChanges:
        """The changes to the table's columns that are gathered and not yet committed."""


@dataclass(frozen=True)
class Shim:
    """One difference between Databricks SQL and open-source Spark, and what is done about it."""

    name: str
    reason: str
    apply: Callable[[Sql, Context], Sql | pa.Table | None]


SHIMS: list[Shim] = []


def shim(
    reason: str,
) -> Callable[
    [Callable[[Sql, Context], Sql | pa.Table | None]],
    Callable[[Sql, Context], Sql | pa.Table | None],
]:
    """Enter a function into the table of shims, under its own name."""

    def enter(
        function: Callable[[Sql, Context], Sql | pa.Table | None],
    ) -> Callable[[Sql, Context], Sql | pa.Table | None]:
        SHIMS.append(Shim(function.__name__, reason, function))
        return function

    return enter


def gathers(sql: Sql) -> bool:
    """Whether a statement only adds to the changes of columns that are being gathered."""
    return sql.starts_with("COMMENT", "ON", "COLUMN") or (
        sql.starts_with("ALTER", "TABLE")
        and [sql.word(len(sql.tokens) - offset) for offset in (3, 2, 1)] == ["SET", "NOT", "NULL"]
    )


def translate(text: str, context: Context) -> Sql | pa.Table:
    """A client's statement as Spark's, or its answer when no Spark statement is needed.

    Raises:
        StatementError: for statements that cannot run here.
    """
    sql = Sql(text)
    for entry in SHIMS:
        outcome = entry.apply(sql, context)
        if outcome is None:
            continue
        if not isinstance(outcome, Sql):
            return outcome
        sql = outcome
    return sql


def table_of_shims() -> str:
    """The table of shims as Markdown."""
    lines = ["| shim | why, and what it does |", "|---|---|"]
    return "\n".join([*lines, *(f"| {entry.name} | {entry.reason} |" for entry in SHIMS)])


# ---------- helpers


def _table(name: Name, context: Context) -> tuple[str, str]:
    """Schema and table of a name that may be qualified."""
    if len(name.parts) == 1:
        return context.current_schema, name.parts[0]
    return name.parts[-2], name.parts[-1]


def _spark_name(table: tuple[str, str]) -> str:
    return quote(SPARK_CATALOG, *table)


def _altered(sql: Sql) -> tuple[Name, int] | None:
    """The name in `ALTER TABLE|VIEW [IF EXISTS] name ...` and the index of what follows."""
    if not sql.starts_with("ALTER", "TABLE|VIEW"):
        return None
    name = sql.name_at(sql.skip(2, "IF", "EXISTS"))
    return (name, name.after) if name else None


def _key_values(sql: Sql, opening: int) -> dict[str, str]:
    """`('a' = 'b', 'c')` as a dictionary; a key without a value has ''."""
    found = {}
    for first, after in sql.arguments(opening):
        tokens = [token for token in sql.tokens[first:after] if token.text != "="]
        values = [
            literal_value(token.text) if token.kind == "string" else unquote(token.text)
            for token in tokens
        ]
        found[values[0]] = values[1] if len(values) > 1 else ""
    return found


def _names_in(sql: Sql, opening: int) -> tuple[str, ...]:
    """The column names inside a bracket."""
    return tuple(unquote(sql.tokens[first].text) for first, _ in sql.arguments(opening))


# ---------- statements that cannot run here


@shim(
    "Materialized views and streaming tables need a pipeline, COPY INTO and row filters a "
    "workspace: refused by name instead of with a syntax error."
)
def refuse_what_needs_a_workspace(sql: Sql, context: Context) -> None:
    """Refuse, in plain words, what only a workspace has."""
    del context
    refused = ""
    head = " ".join(token.upper for token in sql.tokens[:6])
    if match := re.search(r"\b(MATERIALIZED VIEW|STREAMING (LIVE )?TABLE)\b", head):
        refused = match.group()
    elif sql.starts_with("COPY", "INTO"):
        refused = "COPY INTO"
    elif sql.starts_with("ALTER", "TABLE") and (
        sql.find("SET", "ROW", "FILTER") > 0 or sql.find("SET", "MASK") > 0
    ):
        refused = "ROW FILTER / COLUMN MASK"
    elif (at := sql.find("STREAM", depth=None)) >= 0 and sql.word(at + 1) in ("READ_FILES", "("):
        refused = "STREAM"
    if refused:
        raise StatementError(
            f"[UNSUPPORTED_FEATURE] {refused} does not run on the local warehouse; "
            "it needs a Databricks workspace. SQLSTATE: 0A000"
        )


@shim("There are no users and privileges here: grants are accepted and there are none to show.")
def privileges(sql: Sql, context: Context) -> pa.Table | None:
    """Accept GRANT and REVOKE, list no grants."""
    del context
    if sql.starts_with("SHOW", "GRANTS|GRANT"):
        return text_table(["Principal", "ActionType", "ObjectType", "ObjectKey"], [])
    if sql.starts_with("GRANT|REVOKE|DENY"):
        return EMPTY
    if sql.starts_with("ALTER") and (owner := sql.find("OWNER", "TO")) > 0 and owner < 12:
        return EMPTY
    return None


@shim(
    "Spark's ANALYZE refuses Delta tables and VACUUM takes long for nothing on tables that "
    "live for minutes; both change no result."
)
def maintenance(sql: Sql, context: Context) -> pa.Table | None:
    """Accept maintenance that changes no result."""
    del context
    if sql.starts_with("ANALYZE", "TABLE") or sql.starts_with("VACUUM"):
        return EMPTY
    if sql.find("PREDICTIVE", "OPTIMIZATION") > 0 and sql.starts_with("ALTER"):
        return EMPTY
    return None


_PARAMETERS = {
    "ANSI_MODE": "spark.sql.ansi.enabled",
    "TIMEZONE": "spark.sql.session.timeZone",
    "LEGACY_TIME_PARSER_POLICY": "spark.sql.legacy.timeParserPolicy",
    "MAX_FILE_PARTITION_BYTES": "spark.sql.files.maxPartitionBytes",
}
_IGNORED_PARAMETERS = frozenset(
    {"ENABLE_PHOTON", "QUERY_TAGS", "READ_ONLY_EXTERNAL_METASTORE", "STATEMENT_TIMEOUT"}
    | {"USE_CACHED_RESULT"}
)


@shim("Databricks SQL names its session parameters differently (SET ANSI_MODE = true).")
def session_parameters(sql: Sql, context: Context) -> Sql | pa.Table | None:
    """Translate the names of session parameters."""
    del context
    if not sql.starts_with("SET") or len(sql.tokens) < 2:
        return None
    name = sql.word(1)
    if name in _IGNORED_PARAMETERS:
        return EMPTY
    if name in _PARAMETERS:
        if sql.word(2) != "=":
            return Sql(f"set {_PARAMETERS[name]}")
        value = sql.slice(3).strip().strip("'")
        return Sql(f"set {_PARAMETERS[name]} = {value}")
    return None


# ---------- names


@shim(
    "Spark has one Delta catalog, and it is called spark_catalog: the first part of a "
    "three-part name becomes that, and so does the catalog of schema statements."
)
def three_part_names(sql: Sql, context: Context) -> Sql | None:
    """Point names in our catalog to Spark's session catalog."""
    ours = context.catalog.name.lower()
    schema_statement = sql.starts_with(
        "CREATE|DROP|DESCRIBE|DESC|ALTER|COMMENT|USE|SHOW"
    ) and not sql.starts_with("COMMENT", "ON", "TABLE|VIEW|COLUMN")
    edits = []
    index = 0
    while index < len(sql.tokens):
        name = sql.name_at(index)
        if name is None:
            index += 1
            continue
        before = sql.word(index - 1)
        is_ours = name.parts[0].lower() == ours and before != "."
        two_parts = len(name.parts) == 2 and (
            (schema_statement and before in ("IN", "FROM", "SCHEMA", "DATABASE", "USE"))
            or (schema_statement and before == "EXISTS" and index <= 5)
        )
        if two_parts and before == "EXISTS":
            two_parts = sql.word(index - 2) != "TABLE" and "SCHEMA" in (sql.word(1), sql.word(2))
        if is_ours and (len(name.parts) >= 3 or two_parts):
            edits.append((index, index + 1, SPARK_CATALOG))
        index = name.after
    if sql.starts_with("SHOW", "SCHEMAS|DATABASES", "IN|FROM"):
        name = sql.name_at(3)
        if name and name.parts == (context.catalog.name,):
            edits.append((3, 4, SPARK_CATALOG))
    return sql.replace(edits) if edits else None


@shim("There is one catalog: USE CATALOG of it does nothing, of another one fails.")
def use_catalog(sql: Sql, context: Context) -> pa.Table | None:
    """Accept the one catalog there is."""
    if sql.starts_with("USE|SET", "CATALOG"):
        wanted = literal_value(sql.tokens[2].text) if sql.tokens[2].kind == "string" else None
        name = wanted or unquote(sql.tokens[2].text)
        if name.lower() not in (context.catalog.name.lower(), SPARK_CATALOG):
            raise StatementError(
                f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{name}' was not found: the local warehouse "
                f"has '{context.catalog.name}' (another name: --catalog). SQLSTATE: 42704"
            )
        return EMPTY
    if sql.starts_with("SHOW", "CATALOGS"):
        return text_table(["catalog"], [[context.catalog.name]])
    return None


@shim("current_catalog() would answer spark_catalog.")
def current_catalog(sql: Sql, context: Context) -> Sql | None:
    """Answer current_catalog() with the name clients use."""
    edits = []
    for index, token in enumerate(sql.tokens):
        if (
            token.upper == "CURRENT_CATALOG"
            and sql.word(index + 1) == "("
            and sql.word(index + 2) == ")"
        ):
            edits.append((index, index + 3, literal(context.catalog.name)))
    return sql.replace(edits) if edits else None


# ---------- what the catalog knows


@shim(
    "Open-source Spark has no information_schema: its views are written into the statement as "
    "inline relations, from the session catalog and from what is remembered about tables."
)
def information_schema(sql: Sql, context: Context) -> Sql | None:
    """Put inline relations where `information_schema` is read."""
    catalogs = {"system", SPARK_CATALOG, context.catalog.name.lower()}
    edits = []
    for index in range(len(sql.tokens)):
        if sql.word(index - 1) == ".":
            continue
        name = sql.name_at(index)
        if name is None or len(name.parts) < 2:
            continue
        if name.parts[-2].lower() != "information_schema" or len(name.parts) > 3:
            continue
        if len(name.parts) == 3 and name.parts[0].lower() not in catalogs:
            continue
        schemas = _equal_to(sql, "TABLE_SCHEMA", "SCHEMA_NAME")
        names = _equal_to(sql, "TABLE_NAME")
        relation = context.catalog.information_schema(
            context.spark,
            name.parts[-1].lower(),
            schemas or None,
            names if names and len(names) == len(schemas) else None,
        )
        edits.append((index, name.after, relation))
    return sql.replace(edits) if edits else None


def _equal_to(sql: Sql, *columns: str) -> list[str]:
    """The literals that any of `columns` is compared with."""
    found = []
    for index, token in enumerate(sql.tokens):
        if token.is_name and unquote(token.text).upper() in columns and sql.word(index + 1) == "=":
            value = sql.tokens[index + 2]
            if value.kind == "string":
                found.append(literal_value(value.text).lower())
    return found


@shim("Spark's DESCRIBE ... AS JSON refuses Delta tables; the adapter asks it for every table.")
def describe_as_json(sql: Sql, context: Context) -> pa.Table | None:
    """Answer DESCRIBE TABLE EXTENDED name AS JSON."""
    if not sql.starts_with("DESCRIBE|DESC") or sql.word(len(sql.tokens) - 1) != "JSON":
        return None
    index = sql.skip(1, "TABLE")
    index = sql.skip(index, "EXTENDED")
    name = sql.name_at(index)
    if name is None:
        return None
    if len(name.parts) == 1 and context.spark.catalog.tableExists(name.parts[0]):
        temporary = context.spark._jsparkSession.sessionState().catalog()
        if temporary.getTempView(name.parts[0]).isDefined():
            return None  # Spark describes temporary views itself
    text = context.catalog.describe_as_json(context.spark, *_table(name, context))
    return text_table(["json_metadata"], [[text]])


@shim(
    "Spark reads DESCRIBE HISTORY as a statement only, not as a relation inside a query "
    "(source freshness asks for it so)."
)
def describe_history_relation(sql: Sql, context: Context) -> Sql | None:
    """Materialize `(DESCRIBE HISTORY t)` as a temporary view."""
    edits: list[Any] = []
    for index, token in enumerate(sql.tokens):
        if token.text != "(" or sql.word(index + 1) != "DESCRIBE":
            continue
        if sql.word(index + 2) != "HISTORY":
            continue
        closing = sql.closing(index)
        view = f"__history_{len(edits)}"
        context.spark.sql(sql.slice(index + 1, closing)).createOrReplaceTempView(view)
        edits.append((index, closing + 1, quote(view)))
    return sql.replace(edits) if edits else None


@shim(
    "Open-source Spark has no groups: the user is in those named by --group. In a view, the answer "
    "is that of the moment it was created."
)
def group_membership(sql: Sql, context: Context) -> Sql | None:
    """Answer is_account_group_member('group')."""
    edits: list[Any] = []
    for index, token in enumerate(sql.tokens):
        if token.upper == "IS_ACCOUNT_GROUP_MEMBER" and sql.word(index + 1) == "(":
            group = literal_value(sql.tokens[index + 2].text)
            edits.append((index, index + 4, str(group in context.groups).lower()))
    return sql.replace(edits) if edits else None


@shim(
    "Open-source Spark has no tags: they are remembered and shown in information_schema, "
    "nothing more."
)
def tags(sql: Sql, context: Context) -> pa.Table | None:
    """Remember the tags of tables, views and columns."""
    altered = _altered(sql)
    if altered is None:
        if sql.starts_with("ALTER", "SCHEMA|CATALOG|DATABASE") and sql.find("TAGS") > 0:
            return EMPTY
        return None
    name, index = altered
    remembered = context.catalog.annotations(_table(name, context))
    target = remembered.tags
    if sql.word(index) in ("ALTER", "CHANGE") and sql.word(index + 1) == "COLUMN":
        column = unquote(sql.tokens[index + 2].text).lower()
        index += 3
        if sql.word(index) in ("SET", "UNSET") and sql.word(index + 1) == "TAGS":
            target = remembered.column_tags.setdefault(column, {})
    if sql.word(index) not in ("SET", "UNSET") or sql.word(index + 1) != "TAGS":
        return None
    _existing(name, context)
    given = _key_values(sql, index + 2)
    for tag, value in given.items():
        if sql.word(index) == "SET":
            target[tag] = value
        else:
            target.pop(tag, None)
    return EMPTY


def _existing(name: Name, context: Context) -> tuple[str, str]:
    """Schema and table of a name that must exist."""
    table = _table(name, context)
    if next(context.catalog.relations(context.spark, [table[0]], [table[1]]), None) is None:
        raise StatementError(
            f"[TABLE_OR_VIEW_NOT_FOUND] The table or view {quote(*table)} cannot be found. "
            "SQLSTATE: 42P01"
        )
    return table


# ---------- constraints


@shim(
    "Delta keeps no primary and foreign keys: they are remembered, informational as on "
    "Databricks, and checked as there: key columns NOT NULL, the parent has a primary key."
)
def informational_keys(sql: Sql, context: Context) -> Sql | pa.Table | None:
    """Remember primary and foreign keys."""
    altered = _altered(sql)
    if altered is None:
        return None
    name, index = altered
    if sql.word(index) == "ADD":
        table = _table(name, context)
        key = _key_at(sql, index + 1, table, context)
        if key is None:
            return None
        _existing(name, context)
        add_key(table, key, context)
        return EMPTY
    if sql.word(index) == "DROP" and sql.word(index + 1) == "CONSTRAINT":
        at = sql.skip(index + 2, "IF", "EXISTS")
        keys = context.catalog.annotations(_table(name, context)).keys
        if keys.pop(unquote(sql.tokens[at].text), None) is not None:
            return EMPTY
        if sql.word(at + 1) in ("CASCADE", "RESTRICT"):
            return Sql(sql.slice(0, at + 1))
    return None


def _key_at(sql: Sql, index: int, table: tuple[str, str], context: Context) -> Key | None:
    """The key declared at token `index`: [CONSTRAINT name] PRIMARY | FOREIGN KEY ..."""
    name = ""
    if sql.word(index) == "CONSTRAINT":
        name = unquote(sql.tokens[index + 1].text)
        index += 2
    if sql.word(index) not in ("PRIMARY", "FOREIGN") or sql.word(index + 1) != "KEY":
        return None
    columns = _names_in(sql, index + 2)
    rest = sql.closing(index + 2) + 1
    rely = sql.find("RELY", start=rest, depth=None) > 0
    if sql.word(index) == "PRIMARY":
        return Key(name or f"{table[1]}_pk", columns, rely=rely)
    parent_name = sql.name_at(rest + 1)
    if sql.word(rest) != "REFERENCES" or parent_name is None:
        raise StatementError("[PARSE_SYNTAX_ERROR] A foreign key without REFERENCES.")
    parent = _table(parent_name, context)
    listed = sql.word(parent_name.after) == "("
    return Key(
        name or f"{table[1]}_{parent[1]}_fk",
        columns,
        parent=parent,
        parent_columns=_names_in(sql, parent_name.after) if listed else (),
        rely=rely,
    )


def add_key(table: tuple[str, str], key: Key, context: Context) -> None:
    """Remember a key after the checks that Databricks makes.

    Raises:
        StatementError: for a key that Databricks would refuse.
    """
    keys = context.catalog.annotations(table).keys
    if key.name in keys:
        raise StatementError(
            f"[CONSTRAINT_ALREADY_EXISTS_IN_TABLE] Constraint '{key.name}' already exists."
        )
    columns = {
        column.name.lower(): column for column in context.catalog.columns(context.spark, *table)
    }
    for name in key.columns:
        if name.lower() not in columns:
            raise StatementError(f"[UNRESOLVED_COLUMN] Key column {quote(name)} does not exist.")
        if key.is_primary and columns[name.lower()].nullable:
            raise StatementError(
                f"[UNSUPPORTED_CONSTRAINT] Cannot create the primary key '{key.name}' because its "
                f"column {quote(name)} is nullable."
            )
    if key.is_primary:
        if context.catalog.primary_key(table):
            raise StatementError("[UNSUPPORTED_CONSTRAINT] The table has a primary key already.")
    elif key.parent is not None:
        parent = context.catalog.primary_key(key.parent)
        if parent is None:
            raise StatementError(
                f"[UNSUPPORTED_CONSTRAINT] Cannot create the foreign key '{key.name}' because the "
                f"parent table {quote(*key.parent)} has no primary key."
            )
        referred = key.parent_columns or parent.columns
        if {name.lower() for name in referred} != {name.lower() for name in parent.columns}:
            raise StatementError(
                f"[UNSUPPORTED_CONSTRAINT] The foreign key '{key.name}' does not refer to the "
                f"primary key of {quote(*key.parent)}."
            )
        key = replace(key, parent_columns=referred)
    keys[key.name] = key


@shim(
    "Delta takes no constraints in a CREATE TABLE's column list: keys are remembered and checks "
    "added right after the table is there."
)
def constraints_in_create_table(sql: Sql, context: Context) -> pa.Table | None:
    """Move constraints out of a column list."""
    created = _created(sql)
    if created is None or sql.word(created.after) != "(":
        return None
    opening = created.after
    moved = [
        (first, after)
        for first, after in sql.arguments(opening)
        if sql.word(first) in ("CONSTRAINT", "CHECK")
        or (sql.word(first) in ("PRIMARY", "FOREIGN") and sql.word(first + 1) == "KEY")
    ]
    if not moved:
        return None
    table = _table(created, context)
    kept = [
        sql.slice(first, after)
        for first, after in sql.arguments(opening)
        if (first, after) not in moved
    ]
    closing = sql.closing(opening)
    statement = sql.replace([(opening, closing + 1, f"({', '.join(kept)})")])
    _remember_creation(statement, context)
    context.run(statement.text)
    for first, after in moved:
        key = _key_at(sql, first, table, context)
        if key is not None:
            add_key(table, key, context)
        else:
            context.run(f"alter table {_spark_name(table)} add {sql.slice(first, after)}")
    return EMPTY


def _created(sql: Sql) -> Name | None:
    """The name in CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name."""
    if not sql.starts_with("CREATE"):
        return None
    index = sql.skip(1, "OR", "REPLACE")
    if sql.word(index) != "TABLE":
        return None
    return sql.name_at(sql.skip(index + 1, "IF", "NOT", "EXISTS"))


@shim(
    "Delta refuses to make a column NOT NULL that was nullable: the rows are checked at once and "
    "the schema is changed through Delta's own transaction, one for all columns of a table."
)
def set_not_null(sql: Sql, context: Context) -> pa.Table | None:
    """Make existing columns NOT NULL."""
    altered = _altered(sql)
    if altered is None:
        return None
    name, index = altered
    if sql.word(index) not in ("ALTER", "CHANGE") or sql.word(index + 1) != "COLUMN":
        return None
    if [sql.word(index + offset) for offset in (3, 4, 5)] != ["SET", "NOT", "NULL"]:
        return None
    table = _existing(name, context)
    column = unquote(sql.tokens[index + 2].text).lower()
    changes = context.pending(table)
    if not changes.null_counts:
        counted = ", ".join(
            f"count_if({quote(each)} is null) as {quote(each)}" for each in sorted(changes.columns)
        )
        (counts,) = context.run(f"select {counted} from {_spark_name(table)}").to_pylist()
        changes.null_counts = counts
    _known(column, changes, table)
    if changes.null_counts[column]:
        raise StatementError(
            f"[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] Column {quote(column)} of {quote(*table)} has "
            f"{changes.null_counts[column]} NULL values. SQLSTATE: 23502"
        )
    changes.not_null.add(column)
    return EMPTY


def _known(column: str, changes: ColumnChanges, table: tuple[str, str]) -> None:
    if column not in changes.columns:
        raise StatementError(
            f"[UNRESOLVED_COLUMN] {quote(*table)} has no column {quote(column)}. SQLSTATE: 42703"
        )


@shim(
    "Spark has COMMENT ON for tables and schemas, not for columns: the comments of a table's "
    "columns are gathered and committed together, before the next other statement."
)
def comment_on_column(sql: Sql, context: Context) -> pa.Table | None:
    """Comment on a column."""
    if not sql.starts_with("COMMENT", "ON", "COLUMN"):
        return None
    name = sql.name_at(3)
    if name is None or sql.word(name.after) != "IS" or len(name.parts) < 2:
        return None
    comment = sql.tokens[name.after + 1]
    table = _existing(Name(name.parts[:-1], name.first, name.after), context)
    column = name.parts[-1].lower()
    changes = context.pending(table)
    _known(column, changes, table)
    changes.comments[column] = "" if comment.kind == "word" else literal_value(comment.text)
    return EMPTY


@shim("Spark has COMMENT ON for tables, not for views: a view's comment is a property of it.")
def comment_on_view(sql: Sql, context: Context) -> Sql | None:
    """Comment on a view."""
    del context
    if not sql.starts_with("COMMENT", "ON", "VIEW"):
        return None
    name = sql.name_at(3)
    if name is None or sql.word(name.after) != "IS":
        return None
    text = sql.tokens[name.after + 1].text
    return Sql(f"alter view {quote(*name.parts)} set tblproperties ('comment' = {text})")


# ---------- changing rows


@shim(
    "Spark has no INSERT ... REPLACE ON: one MERGE deletes the rows of the target that match and "
    "inserts every row of the source, in one commit."
)
def insert_replace_on(sql: Sql, context: Context) -> Sql | None:
    """Rewrite INSERT INTO t AS a REPLACE ON (condition) (query) AS b as a MERGE."""
    if not sql.starts_with("INSERT", "INTO"):
        return None
    target = sql.name_at(sql.skip(2, "TABLE"))
    if target is None:
        return None
    index = sql.skip(target.after, "AS")
    target_alias = quote(target.parts[-1])
    if sql.word(index) != "REPLACE":
        target_alias = sql.tokens[index].text
        index += 1
    if sql.word(index) != "REPLACE" or sql.word(index + 1) != "ON":
        return None
    closing = sql.closing(index + 2)
    condition = sql.slice(index + 3, closing)
    source_opening = closing + 1
    source_closing = sql.closing(source_opening)
    source = sql.slice(source_opening + 1, source_closing)
    source_alias = sql.tokens[sql.skip(source_closing + 1, "AS")].text
    columns = [
        quote(column.name)
        for column in context.catalog.columns(context.spark, *_table(target, context))
    ]
    names = (sql.name_at(position) for position in range(index + 3, closing))
    keys = {
        quote(name.parts[1]): None
        for name in names
        if name and len(name.parts) == 2 and name.parts[0].lower() == source_alias.lower()
    }
    # Every source row comes once to be inserted, and the first of each key once more to delete what
    # it matches: if all did, n rows of one file would delete its n rows n times over.
    firsts = ", ".join(keys) or "1"
    return Sql(
        f"merge into {quote(*target.parts)} as {target_alias}"
        " using (select * except (__place),"
        " explode(if(__place = 1, array(true, false), array(true))) as __inserts"
        f" from (select *, row_number() over (partition by {firsts} order by {firsts})"
        f" as __place from ({source}) as __rows)) as {source_alias}"
        f" on not {source_alias}.__inserts and ({condition})"
        " when matched then delete"
        f" when not matched and {source_alias}.__inserts then insert ({', '.join(columns)})"
        f" values ({', '.join(f'{source_alias}.{column}' for column in columns)})"
    )


@shim("Delta's DELETE takes no subquery: `key in (query)` becomes a MERGE that deletes.")
def delete_with_subquery(sql: Sql, context: Context) -> Sql | None:
    """Rewrite DELETE FROM t WHERE key IN (query) as a MERGE."""
    del context
    if not sql.starts_with("DELETE", "FROM"):
        return None
    target = sql.name_at(2)
    if target is None or sql.word(target.after) != "WHERE":
        return None
    opening = sql.find("IN", "(", start=target.after)
    if opening < 0 or sql.word(opening + 2) not in ("SELECT", "WITH"):
        return None
    key = sql.slice(target.after + 1, opening)
    closing = sql.closing(opening + 1)
    if sql.word(opening - 1) == "NOT" or closing != len(sql.tokens) - 1:
        raise StatementError(
            "[DELTA_UNSUPPORTED_SUBQUERY] The local warehouse takes `key in (query)` as the only "
            "condition of a DELETE with a subquery."
        )
    keys = sql.slice(opening + 2, closing)
    return Sql(
        f"merge into {quote(*target.parts)} as {quote(target.parts[-1])}"
        f" using (select distinct * from ({keys}) as __keys(__key)) as __source"
        f" on {key} = __source.__key when matched then delete"
    )


# ---------- creating tables


@shim("Clustering that the platform chooses (CLUSTER BY AUTO) has no meaning on one machine.")
def cluster_by_auto(sql: Sql, context: Context) -> Sql | pa.Table | None:
    """Drop CLUSTER BY AUTO."""
    del context
    at = sql.find("CLUSTER", "BY", "AUTO")
    if at < 0:
        return None
    if sql.starts_with("ALTER", "TABLE"):
        return EMPTY
    return sql.replace([(at, at + 3, "")])


@shim(
    "Open-source Delta has shallow clones only, and refuses one onto a table that exists: a deep "
    "clone becomes a copy, and a table in the way is dropped first."
)
def clones(sql: Sql, context: Context) -> Sql | pa.Table | None:
    """Run shallow and deep clones."""
    created = _created(sql)
    if created is None:
        return None
    index = created.after
    kind = sql.word(index)
    if kind == "CLONE":
        kind, index = "DEEP", index - 1
    if kind not in ("SHALLOW", "DEEP") or sql.word(index + 1) != "CLONE":
        return None
    table = _table(created, context)
    source = sql.slice(index + 2)
    if kind == "DEEP":
        context.catalog.replaced(table)
        return Sql(
            f"create or replace table {_spark_name(table)} using delta as select * from {source}"
        )
    if sql.starts_with("CREATE", "OR", "REPLACE"):
        context.run(f"drop table if exists {_spark_name(table)}")
    context.catalog.replaced(table)
    answer = context.run(f"create table {_spark_name(table)} shallow clone {source}")
    context.catalog.annotations(table).shallow_clone = True
    return answer


@shim("Tags and keys follow their table when it is replaced, renamed or dropped.")
def follow_tables(sql: Sql, context: Context) -> None:
    """Keep what is remembered in step with the tables."""
    _remember_creation(sql, context)
    if sql.starts_with("DROP", "TABLE|VIEW"):
        name = sql.name_at(sql.skip(2, "IF", "EXISTS"))
        if name:
            context.catalog.forget(_table(name, context))
    elif sql.starts_with("DROP", "SCHEMA|DATABASE"):
        name = sql.name_at(sql.skip(2, "IF", "EXISTS"))
        if name:
            context.catalog.forget_schema(name.parts[-1])
    elif altered := _altered(sql):
        name, index = altered
        if sql.word(index) == "RENAME" and sql.word(index + 1) == "TO":
            target = sql.name_at(index + 2)
            if target:
                old = _table(name, context)
                new = (old[0], target.parts[0]) if len(target.parts) == 1 else target.parts[-2:]
                context.catalog.renamed(old, (new[0], new[1]))


def _remember_creation(sql: Sql, context: Context) -> None:
    created = _created(sql)
    if created and sql.starts_with("CREATE", "OR", "REPLACE"):
        context.catalog.replaced(_table(created, context))


@shim("ALTER TABLE ... RENAME TO a bare name would move the table to the session's schema.")
def rename_in_place(sql: Sql, context: Context) -> Sql | None:
    """Give the new name of a rename its schema."""
    altered = _altered(sql)
    if altered is None:
        return None
    name, index = altered
    if sql.word(index) != "RENAME" or sql.word(index + 1) != "TO" or len(name.parts) < 2:
        return None
    target = sql.name_at(index + 2)
    if target is None:
        return None
    schema = name.parts[-2] if len(target.parts) == 1 else target.parts[-2]
    del context
    return sql.replace([(index + 2, target.after, quote(schema, target.parts[-1]))])


@shim(
    "Spark's metric views know YAML 0.1, without joins and without measures made of measures: "
    "YAML 1.1 is translated (see metrics.py). Nor does it replace one: the old one is dropped."
)
def metric_views(sql: Sql, context: Context) -> Sql | None:
    """Translate the definition of a metric view."""
    index = sql.skip(1, "OR", "REPLACE")
    created = sql.starts_with("CREATE") and sql.word(index) == "VIEW"
    altered = sql.starts_with("ALTER", "VIEW")
    body = sql.tokens[-1] if sql.tokens else None
    if not (created or altered) or body is None or body.kind != "dollar":
        return None
    name = sql.name_at(sql.skip(index + 1, "IF", "NOT", "EXISTS") if created else 2)
    if name is None:
        return None
    text = metrics.translate_metric_view(body.text[2:-2], context)
    if altered or index > 1:  # OR REPLACE
        context.run(f"drop view if exists {quote(*name.parts)}")
    return Sql(f"create view {quote(*name.parts)} with metrics language yaml as $${text}$$")


# ---------- files


@shim(
    "Spark has no read_files(): a table over the files in a hidden schema takes its place, so "
    "that views can be built on it and _metadata is there."
)
def read_files(sql: Sql, context: Context) -> Sql | None:
    """Replace read_files(...) by a table over the files."""
    edits = []
    for index, token in enumerate(sql.tokens):
        if token.upper == "READ_FILES" and sql.word(index + 1) == "(":
            closing = sql.closing(index + 1)
            source = files.parse_read_files(sql, index + 1, context)
            edits.append((index, closing + 1, files.table_over_files(source, context)))
    return sql.replace(edits) if edits else None


@shim("Spark has no LIST: the files of a folder or volume with their sizes and times.")
def list_files(sql: Sql, context: Context) -> pa.Table | None:
    """Answer LIST 'path'."""
    if not sql.starts_with("LIST") or len(sql.tokens) < 2 or sql.tokens[1].kind != "string":
        return None
    return files.list_files(literal_value(sql.tokens[1].text), context.volumes)
