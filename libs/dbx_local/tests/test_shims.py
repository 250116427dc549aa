"""Every shim, on text where that is enough and on Spark where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from dbx_local.catalog import Catalog, Column, Relation, json_type_of
from dbx_local.delta import ColumnChanges
from dbx_local.errors import StatementError
from dbx_local.files import Volumes
from dbx_local.shims import SHIMS, table_of_shims, translate
from dbx_local.sqltext import Sql, literal, literal_value

TABLES = {
    ("gold", "orders"): [("id", "bigint", False), ("customer", "bigint", True)],
    ("gold", "customers"): [("id", "bigint", False), ("name", "string", True)],
}


class FakeCatalog(Catalog):
    """A catalog of two tables, without Spark."""

    def schemas(self, spark: Any) -> list[str]:
        return ["gold"]

    def relations(self, spark: Any, schemas: Any = (), names: Any = ()) -> Iterator[Relation]:
        for schema, name in TABLES:
            if (not schemas or schema in schemas) and (not names or name in names):
                now = datetime(2024, 1, 1, tzinfo=UTC)
                yield Relation(schema, name, "MANAGED", "delta", "It's here", now, now, None)

    def relation(self, spark: Any, schema: str, name: str) -> Relation | None:
        return next(self.relations(spark, [schema], [name]), None)

    def columns(self, spark: Any, schema: str, name: str) -> list[Column]:
        return [
            Column(column, kind, {"name": kind}, nullable, None)
            for column, kind, nullable in TABLES[schema, name]
        ]


class FakeContext:
    """A session that notes what it is asked to run."""

    def __init__(self, answer: dict[str, Any] | None = None, volumes: Path | None = None) -> None:
        self.catalog: Any = FakeCatalog("main")
        self.volumes = Volumes(volumes)
        self.groups = frozenset({"engineers"})
        self.current_schema = "gold"
        self.ran: list[str] = []
        self.changes: dict[tuple[str, str], ColumnChanges] = {}
        self._answer = answer or {}
        self.spark: Any = SimpleNamespace(sql=self._sql)

    def _sql(self, text: str) -> Any:
        self.ran.append(text)
        columns = ["order_id", "amount", "customer_key"] if "orders" in text else ["id", "name"]
        return SimpleNamespace(columns=columns, createOrReplaceTempView=self.ran.append)

    def run(self, sql: str) -> pa.Table:
        self.ran.append(sql)
        return pa.table({key: [value] for key, value in self._answer.items()})

    def pending(self, table: tuple[str, str]) -> ColumnChanges:
        names = frozenset(name for name, _, _ in TABLES[table])
        return self.changes.setdefault(table, ColumnChanges(columns=names))


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


def text(outcome: Any) -> str:
    """The statement a shim hands on, on one line."""
    assert isinstance(outcome, Sql)
    return " ".join(outcome.text.split())


def answered(outcome: Any) -> pa.Table:
    """The answer of a shim."""
    assert isinstance(outcome, pa.Table)
    return outcome


# ---------- the lexer


@pytest.mark.parametrize(
    ("sql", "tokens"),
    [
        ("select 'a--b' -- c\n, 1", ["select", "'a--b'", ",", "1"]),
        (r"select 'it\'s', `a``b`", ["select", r"'it\'s'", ",", "`a``b`"]),
        ("/* x ; */ f(a => 1.5e3)", ["f", "(", "a", "=>", "1.5e3", ")"]),
        ("as $$\nx: 'y'\n$$", ["as", "$$\nx: 'y'\n$$"]),
        (r"select r'\d', 2nd", ["select", r"r'\d'", ",", "2nd"]),
    ],
)
def test_tokens(sql: str, tokens: list[str]) -> None:
    assert [token.text for token in Sql(sql).tokens] == tokens


@pytest.mark.parametrize("value", ["it's", "a\\b", "tab\there", "'"])
def test_a_literal_comes_back(value: str) -> None:
    assert literal_value(literal(value)) == value


# ---------- the table


def test_every_shim_has_a_test_and_a_reason() -> None:
    tested = set(globals())
    for entry in SHIMS:
        assert f"test_{entry.name}" in tested, f"{entry.name} has no test"
        assert len(entry.reason) > 20


def test_an_ordinary_statement_stays_as_it_is(context: FakeContext) -> None:
    sql = "select main.x, 'main.gold.orders' from gold.orders as main -- main.gold.orders"
    assert text(translate(sql, context)) == " ".join(sql.split())


def test_readme_lists_the_shims() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    assert table_of_shims() in readme.read_text(encoding="utf-8"), (
        "put the output of `dbx-local shims` into README.md"
    )


# ---------- one after the other


@pytest.mark.parametrize(
    "sql",
    [
        "create or replace materialized view v as select 1",
        "create or refresh streaming table t as select 1",
        "copy into t from '/x' fileformat = csv",
        "alter table t set row filter f on (a)",
        "alter table t alter column a set mask f",
        "select * from stream read_files('/x')",
    ],
)
def test_refuse_what_needs_a_workspace(sql: str, context: FakeContext) -> None:
    with pytest.raises(StatementError, match="needs a Databricks workspace"):
        translate(sql, context)


def test_privileges(context: FakeContext) -> None:
    shown = answered(translate("show grants on table main.gold.orders", context))
    assert shown.column_names[:2] == ["Principal", "ActionType"]
    assert shown.num_rows == 0
    for sql in ("grant select on table t to `a b`", "alter table t owner to `x`"):
        assert answered(translate(sql, context)).num_rows == 0


def test_maintenance(context: FakeContext) -> None:
    for sql in ("analyze table t compute statistics", "vacuum t"):
        assert answered(translate(sql, context)).num_rows == 0
    assert isinstance(translate("optimize gold.orders", context), Sql)


def test_session_parameters(context: FakeContext) -> None:
    assert text(translate("SET ANSI_MODE = true", context)) == "set spark.sql.ansi.enabled = true"
    assert text(translate("set timezone = 'UTC'", context)).endswith("timeZone = UTC")
    assert answered(translate("set statement_timeout = 5", context)).num_rows == 0
    assert text(translate("set variable x = 1", context)) == "set variable x = 1"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from main.gold.t", "select * from spark_catalog.gold.t"),
        ("select * from `main`.`gold`.`t`", "select * from spark_catalog.`gold`.`t`"),
        ("select a.main.gold.b from t a", "select a.main.gold.b from t a"),
        ("create schema if not exists main.gold", "create schema if not exists spark_catalog.gold"),
        ("show tables in main.gold", "show tables in spark_catalog.gold"),
        ("SHOW SCHEMAS IN `main` LIKE 'gold'", "SHOW SCHEMAS IN spark_catalog LIKE 'gold'"),
        ("use main.gold", "use spark_catalog.gold"),
        ("drop table if exists main.gold", "drop table if exists main.gold"),
        ("select '/main.gold.t/'", "select '/main.gold.t/'"),
    ],
)
def test_three_part_names(sql: str, expected: str, context: FakeContext) -> None:
    assert text(translate(sql, context)) == expected


def test_use_catalog(context: FakeContext) -> None:
    assert answered(translate("use catalog `main`", context)).num_rows == 0
    assert translate("show catalogs", context).to_pydict() == {"catalog": ["main"]}  # type: ignore[union-attr]
    with pytest.raises(StatementError, match="'other' was not found"):
        translate("use catalog other", context)


def test_current_catalog(context: FakeContext) -> None:
    assert text(translate("select current_catalog()", context)) == "select 'main'"


def test_information_schema(context: FakeContext) -> None:
    outcome = text(
        translate(
            "select table_name from `system`.`information_schema`.`tables` as t"
            " where table_schema = 'gold' and table_name = 'orders'",
            context,
        )
    )
    assert "information_schema" not in outcome
    assert "'orders'" in outcome
    assert "'customers'" not in outcome
    assert r"'It\'s here'" in outcome
    with pytest.raises(StatementError, match=r"no information_schema\.routines"):
        translate("select * from main.information_schema.routines", context)


def test_describe_as_json(context: FakeContext) -> None:
    answer = answered(translate("describe table extended main.gold.orders as json", context))
    (described,) = answer.to_pydict()["json_metadata"]
    assert '"columns": [{"name": "id", "type": {"name": "bigint"}, "nullable": false}' in described
    with pytest.raises(StatementError, match="TABLE_OR_VIEW_NOT_FOUND"):
        translate("describe table extended main.gold.nothing as json", context)


def test_json_types() -> None:
    described = {
        "type": "array",
        "containsNull": True,
        "elementType": {
            "type": "struct",
            "fields": [{"name": "a", "type": "decimal(18,2)", "nullable": True}],
        },
    }
    assert json_type_of(described)["element_type"]["fields"][0]["type"] == {
        "name": "decimal",
        "precision": 18,
        "scale": 2,
    }
    assert json_type_of("timestamp") == {"name": "timestamp_ltz"}


def test_describe_history_relation(context: FakeContext) -> None:
    sql = "select max(version) from (describe history main.gold.orders)"
    assert text(translate(sql, context)) == "select max(version) from `__history_6`"
    assert context.ran == ["describe history spark_catalog.gold.orders", "__history_6"]


def test_group_membership(context: FakeContext) -> None:
    sql = "select case when is_account_group_member('{}') then name end as name from people"
    assert "when true then" in text(translate(sql.format("engineers"), context))
    assert "when false then" in text(translate(sql.format("auditors"), context))


def test_tags(context: FakeContext) -> None:
    translate("alter table main.gold.orders set tags ('domain' = 'sales', 'pii')", context)
    translate("alter table main.gold.orders alter column `id` set tags ('key' = 'y')", context)
    translate("alter table main.gold.orders unset tags ('pii')", context)
    remembered = context.catalog.annotations(("gold", "orders"))
    assert remembered.tags == {"domain": "sales"}
    assert remembered.column_tags == {"id": {"key": "y"}}
    sql = "select * from system.information_schema.column_tags where schema_name = 'gold'"
    assert "'key', 'y'" in text(translate(sql, context))
    with pytest.raises(StatementError, match="cannot be found"):
        translate("alter table main.gold.nothing set tags ('a' = 'b')", context)


def test_informational_keys(context: FakeContext) -> None:
    keyed = "alter table main.gold.customers add constraint pk primary key (id) rely"
    refers = (
        "alter table main.gold.orders add constraint fk foreign key (customer)"
        " references main.gold.customers (id) rely"
    )
    with pytest.raises(StatementError, match="has no primary key"):
        translate(refers, context)
    translate(keyed, context)
    translate(refers, context)
    sql = "select * from main.information_schema.table_constraints"
    assert "'FOREIGN KEY'" in text(translate(sql, context))
    described = translate("describe table extended main.gold.orders as json", context)
    assert "FOREIGN KEY (`customer`) REFERENCES `main`.`gold`.`customers` (`id`)" in str(
        answered(described).to_pydict()
    )


def test_dropped_keys(context: FakeContext) -> None:
    translate("alter table main.gold.customers add constraint pk primary key (id)", context)
    translate("alter table main.gold.customers drop constraint if exists pk", context)
    assert context.catalog.primary_key(("gold", "customers")) is None
    check = "alter table gold.orders drop constraint a_check"
    assert text(translate(f"{check} cascade", context)) == check


def test_a_key_that_may_be_null_is_refused(context: FakeContext) -> None:
    with pytest.raises(StatementError, match="nullable"):
        translate("alter table main.gold.orders add primary key (customer)", context)


def test_constraints_in_create_table(context: FakeContext) -> None:
    sql = (
        "create or replace table main.gold.orders (id bigint not null, customer bigint,"
        " constraint pk primary key (id) rely, constraint positive check (id > 0)) using delta"
    )
    assert answered(translate(sql, context)).num_rows == 0
    assert context.ran == [
        "create or replace table spark_catalog.gold.orders"
        " (id bigint not null, customer bigint) using delta",
        "alter table `spark_catalog`.`gold`.`orders` add constraint positive check (id > 0)",
    ]
    assert context.catalog.primary_key(("gold", "orders")) is not None


def test_set_not_null() -> None:
    context = FakeContext({"id": 0, "customer": 2})
    translate("alter table main.gold.orders change column `id` set not null", context)
    assert context.changes["gold", "orders"].not_null == {"id"}
    with pytest.raises(StatementError, match="2 NULL values"):
        translate("alter table main.gold.orders alter column customer set not null", context)
    assert len(context.ran) == 1, "the rows are counted once for all columns"


def test_comment_on_column(context: FakeContext) -> None:
    translate(r"comment on column `main`.`gold`.`orders`.`id` is 'it\'s'", context)
    assert context.changes["gold", "orders"].comments == {"id": "it's"}
    with pytest.raises(StatementError, match="has no column `nothing`"):
        translate("comment on column main.gold.orders.nothing is 'x'", context)


def test_comment_on_view(context: FakeContext) -> None:
    outcome = text(translate("comment on view main.gold.v is 'x'", context))
    assert outcome.endswith("`gold`.`v` set tblproperties ('comment' = 'x')")


def test_insert_replace_on(context: FakeContext) -> None:
    outcome = text(
        translate(
            "insert into table main.gold.orders as target replace on (target.id <=> temp.id)"
            " (select id, customer from changed) as temp",
            context,
        )
    )
    assert outcome.startswith("merge into `spark_catalog`.`gold`.`orders` as `target` using")
    assert "row_number() over (partition by `id` order by `id`)" in outcome
    assert " = (not `temp`.__inserts) and (target.id <=> temp.id)" in outcome
    assert outcome.endswith("insert (`id`, `customer`) values (`temp`.`id`, `temp`.`customer`)")
    plain = "insert into main.gold.orders select 1"
    assert text(translate(plain, context)) == "insert into spark_catalog.gold.orders select 1"


def test_cluster_by_auto(context: FakeContext) -> None:
    created = text(translate("create table t using delta cluster by auto as select 1", context))
    assert created == "create table t using delta as select 1"
    assert answered(translate("alter table t cluster by auto", context)).num_rows == 0


def test_clones(context: FakeContext) -> None:
    translate("create or replace table main.gold.copy shallow clone main.gold.orders", context)
    assert context.ran == [
        "drop table if exists `spark_catalog`.`gold`.`copy`",
        "create table `spark_catalog`.`gold`.`copy` shallow clone spark_catalog.gold.orders",
    ]
    deep = translate("create or replace table main.gold.copy deep clone main.gold.orders", context)
    assert text(deep).endswith("using delta as select * from spark_catalog.gold.orders")


def test_follow_tables(context: FakeContext) -> None:
    remembered = context.catalog.annotations
    translate("alter table main.gold.customers set tags ('a' = 'b')", context)
    translate("alter table main.gold.customers add primary key (id)", context)
    translate("create or replace table main.gold.customers using delta as select 1", context)
    assert remembered(("gold", "customers")).tags == {"a": "b"}
    assert remembered(("gold", "customers")).keys == {}
    translate("alter table main.gold.customers rename to `buyers`", context)
    assert remembered(("gold", "buyers")).tags == {"a": "b"}
    translate("drop table if exists main.gold.buyers", context)
    assert remembered(("gold", "buyers")).tags == {}


def test_rename_in_place(context: FakeContext) -> None:
    renamed = text(translate("alter table main.gold.orders rename to `sales`", context))
    assert renamed == "alter table spark_catalog.gold.orders rename to `gold`.`sales`"


def test_metric_views(context: FakeContext) -> None:
    outcome = text(
        translate(
            """create or replace view main.gold.metrics with metrics language yaml as $$
version: "1.1"
comment: all of it
source: main.gold.orders
joins:
  - name: buyers
    source: main.gold.customers
    "on": source.customer_key = buyers.id
dimensions:
  - name: buyer
    expr: buyers.name
    display_name: Buyer
  - name: greeting
    expr: "'hello ' || buyer"
measures:
  - name: revenue
    expr: sum(source.amount)
    format: {type: number}
  - name: average
    expr: measure(revenue) / count(distinct order_id)
$$""",
            context,
        )
    )
    assert context.ran[-1] == "drop view if exists `spark_catalog`.`gold`.`metrics`"
    assert outcome.startswith("create view `spark_catalog`.`gold`.`metrics` with metrics")
    assert "version: '0.1'" in outcome
    assert "left join spark_catalog.gold.customers as `buyers` on source.customer_key" in outcome
    assert "expr: '''hello '' || (`buyers__name`)'" in outcome
    assert "expr: (sum(`amount`)) / count(distinct order_id)" in outcome
    assert "comment" not in outcome
    assert "Buyer" not in outcome
    with pytest.raises(StatementError, match="window, which is unknown"):
        translate(
            "create view v with metrics language yaml as $$\nsource: main.gold.orders\n"
            "measures: [{name: a, expr: sum(amount), window: []}]\n$$",
            context,
        )


def test_read_files(context: FakeContext, tmp_path: Path) -> None:
    sql = (
        "select *, _metadata.file_path from read_files('{}', format => 'csv', header => true,"
        " schema => 'a string, b int', fileNamePattern => '*.csv') as f"
    )
    outcome = text(translate(sql.format("/data"), context))
    assert outcome.startswith("select *, _metadata.file_path from `spark_catalog`.`__files`.`files")
    assert outcome.endswith("as f")
    assert context.ran[-1].endswith(
        "(a string, b int) using csv options"
        " ('path' '/data', 'header' 'true', 'pathGlobFilter' '*.csv')"
    )
    with pytest.raises(StatementError, match="--volume-root"):
        translate(sql.format("/Volumes/main/bronze/landing"), context)
    inside = FakeContext(volumes=tmp_path)
    translate(sql.format("/Volumes/main/bronze/landing"), inside)
    assert "'dbfs:/Volumes/main/bronze/landing'" in inside.ran[-1]
    with pytest.raises(StatementError, match="rescued data"):
        translate("select * from read_files('/x', rescuedDataColumn => 'r')", context)
