"""The unmodified dbt-databricks builds a small project."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks import sql as dbsql

from dbx_local.connection import Connection

pytestmark = pytest.mark.slow

Query = Callable[[str], list[tuple[Any, ...]]]

STRATEGIES = {
    "append": "",
    "delete+insert": "unique_key='id',",
    "merge": "unique_key='id',",
    "insert_overwrite": "partition_by=['side'],",
    "replace_where": "incremental_predicates=[\"side = 'even'\"],",
}
"""Every incremental strategy and what else it needs."""

ROWS = """select
    id,
    if(id % 2 = 0, 'even', 'odd') as side,
    '{{ var("run", "first") }}' as run
from range(4)
{% if is_incremental() %}where id % 2 = 0{% endif %}
"""
"""Four rows; on the second run the two even ones come again."""

FILES = {
    "dbt_project.yml": """
name: small
version: 1.0.0
config-version: 2
profile: small
flags: {send_anonymous_usage_stats: false}
models: {+persist_docs: {relation: true, columns: true}}
""",
    "seeds/codes.csv": 'code,label,price\nA,"it\'s a \\ thing",1.5\nB,,\n',
    "seeds/codes.yml": """
seeds:
  - name: codes
    config:
      column_types: {code: string, label: string, price: "decimal(18,2)"}
      quote_columns: true
    columns: [{name: code, data_tests: [unique, not_null]}]
""",
    "snapshots/history.yml": """
snapshots:
  - name: history
    relation: ref('changing')
    config: {unique_key: id, strategy: check, check_cols: [run], hard_deletes: invalidate}
""",
    "models/changing.sql": """select id, '{{ var("run", "first") }}' as run
from range(2) {{ "where id = 0" if var("run", "first") == "second" }}
""",
    "models/parent.sql": """{{ config(
    materialized='table', liquid_clustered_by=['id'], databricks_tags={'domain': 'small'},
    post_hook="insert into {{ this }} values (9, 9.00)",
) }}
select id, cast(id as decimal(18, 2)) as price from range(3)
""",
    "models/child.sql": """{{ config(materialized='incremental', unique_key='id') }}
select id, id % 3 as parent_id from range(6)
{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}
-- {{ ref('parent') }}
""",
    "models/schema.yml": """
models:
  - name: parent
    description: "It's the parent; with a semicolon."
    config: {contract: {enforced: true}}
    constraints:
      - {type: primary_key, name: parent_pk, columns: [id], expression: RELY}
      - {type: check, name: price_is_possible, expression: "price >= 0"}
    columns:
      - name: id
        data_type: bigint
        description: "The parent's key."
        constraints: [{type: not_null}]
      - {name: price, data_type: "decimal(18,2)", databricks_tags: {kind: money}}
  - name: child
    config: {contract: {enforced: true}, on_schema_change: fail}
    constraints:
      - type: foreign_key
        name: child_fk
        columns: [parent_id]
        to: ref('parent')
        to_columns: [id]
    columns: [{name: id, data_type: bigint}, {name: parent_id, data_type: bigint}]
unit_tests:
  - name: only_what_is_new
    model: child
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: this, rows: [{id: 4, parent_id: 1}]}
      - {input: ref('parent'), rows: []}
    expect: {rows: [{id: 5, parent_id: 2}]}
sources:
  - name: loaded
    database: main
    schema: small
    config: {freshness: {error_after: {count: 1, period: day}}}
    tables: [{name: codes}]
""",
    **{
        f"models/{name.replace('+', '_')}.sql": "{{ config(materialized='incremental',"
        f" incremental_strategy='{name}', {also}) }}}}\n{ROWS}"
        for name, also in STRATEGIES.items()
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, warehouse_connection: Connection) -> Path:
    folder = tmp_path_factory.mktemp("small")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), encoding="utf-8")
    profile = warehouse_connection.profile("small", schema="small")
    (folder / "profiles.yml").write_text(profile, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def dbt(project: Path, warehouse_connection: Connection) -> Iterator[Callable[..., None]]:
    """Run dbt in the small project, in this process; it has to succeed."""
    from dbt.cli.main import dbtRunner

    def run(*arguments: str) -> None:
        places = ["--project-dir", str(project), "--log-path", str(project / "logs")]
        if "--profiles-dir" not in arguments:
            places += ["--profiles-dir", str(project)]
        done: Any = dbtRunner().invoke(["--quiet", "--no-use-colors", *arguments, *places])
        assert done.success, done.exception or [
            f"{each.node.name}: {each.message}" for each in done.result if each.message
        ]

    with pytest.MonkeyPatch.context() as patch:
        for name, value in warehouse_connection.environment.items():
            patch.setenv(name, value)
        yield run


@pytest.fixture(scope="module")
def built(dbt: Callable[..., None], warehouse_connection: Connection) -> Query:
    """The project built twice, the second time with other rows; reads from what came of it."""
    # The unit test takes its columns from the table, so that has to be there.
    dbt("build", "--exclude-resource-types", "unit_test")
    dbt("build", "--vars", "{run: second}")

    def query(sql: str) -> list[tuple[Any, ...]]:
        with dbsql.connect(**warehouse_connection.connector_arguments()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    return query


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_incremental_strategies(strategy: str, built: Query) -> None:
    name = strategy.replace("+", "_")
    found = built(f"select side, run, count(*) from main.small.{name} group by all")
    kept = {("even", "first", 2)} if strategy == "append" else set()
    assert set(found) == {("odd", "first", 2), ("even", "second", 2), *kept}


def test_seed_values_come_as_they_are(built: Query) -> None:
    rows = built("select label, cast(price as string) from main.small.codes order by code")
    assert rows == [("it's a \\ thing", "1.50"), (None, None)]


def test_snapshot_keeps_what_was(built: Query) -> None:
    rows = built(
        "select id, run, dbt_valid_to is null from main.small.history order by id, dbt_valid_from"
    )
    assert rows == [(0, "first", False), (0, "second", True), (1, "first", False)]


def test_contract_keys_tags_and_comments(built: Query) -> None:
    schema = "main.information_schema"
    where = "where table_schema = 'small' and table_name = 'parent'"
    columns = built(f"select column_name, is_nullable, comment from {schema}.columns {where}")
    assert columns == [("id", "NO", "The parent's key."), ("price", "YES", None)]
    keys = built(f"select constraint_name from {schema}.table_constraints")
    assert {("child_fk",), ("parent_pk",)} <= set(keys)
    comments = built(f"select comment from {schema}.tables {where}")
    assert comments == [("It's the parent; with a semicolon.",)]
    tags = built(
        "select tag_name from system.information_schema.table_tags where schema_name = 'small'"
        " union all select tag_name from system.information_schema.column_tags"
        " where schema_name = 'small'"
    )
    assert set(tags) == {("domain",), ("kind",)}
    assert len(built("select * from main.small.parent where id = 9")) == 1, "the post-hook ran"
    for row, refused in {"1, -1": "price_is_possible", "null, 1": "NOT_NULL"}.items():
        with pytest.raises(dbsql.exc.Error, match=refused):
            built(f"insert into main.small.parent values ({row})")


def test_docs_freshness_and_clone(
    project: Path,
    dbt: Callable[..., None],
    built: Query,
    warehouse_connection: Connection,
) -> None:
    dbt("docs", "generate")
    catalog = json.loads((project / "target" / "catalog.json").read_text(encoding="utf-8"))
    columns = catalog["nodes"]["model.small.parent"]["columns"]
    assert {name: column["type"] for name, column in columns.items()} == {
        "id": "bigint",
        "price": "decimal(18,2)",
    }
    dbt("source", "freshness")
    state = project / "state"
    (project / "target").rename(state)
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    profile = warehouse_connection.profile("small", schema="copied")
    (elsewhere / "profiles.yml").write_text(profile, encoding="utf-8")
    dbt(
        *("clone", "--select", "parent", "merge"),
        *("--state", str(state), "--profiles-dir", str(elsewhere)),
    )
    assert len(built("select * from main.copied.merge")) == 4
