"""The warehouse as a client sees it: these tests need Java and Maven."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from databricks import sql as dbsql

from dbx_local.connection import Connection
from dbx_local.process import RunningWarehouse
from dbx_local.server import ANSWER_WITHIN

pytestmark = pytest.mark.slow

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def query(warehouse_connection: Connection) -> Iterator[Query]:
    """Run statements in one session, in a schema of their own."""
    connection = dbsql.connect(**warehouse_connection.connector_arguments())
    cursor = connection.cursor()

    def run(statement: str) -> list[tuple[Any, ...]]:
        cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()]

    run("create schema if not exists main.check")
    yield run
    connection.close()


# ---------- the endpoint


def test_it_says_where_it_is(local_warehouse: RunningWarehouse) -> None:
    url = f"https://127.0.0.1:{local_warehouse.connection.port}/sql/1.0/warehouses/local"
    assert "Ready after" in local_warehouse.log()
    assert url in local_warehouse.log()


def test_discovery_answers_at_once(warehouse_connection: Connection) -> None:
    url = f"https://{warehouse_connection.host}:{warehouse_connection.port}"
    answer = requests.get(
        f"{url}/.well-known/databricks-config",
        verify=warehouse_connection.certificate,
        timeout=5,
    )
    assert answer.json()["host_type"] == "workspace"


def test_types_are_exact(query: Query) -> None:
    (row,) = query(
        "select 1, 2l, cast(1.50 as decimal(10, 2)), date'2024-01-02', true, 'ä', null,"
        " timestamp'2024-01-02 03:04:05.678901', cast(0.1 as double), array(1, 2)"
    )
    assert row[:7] == (1, 2, Decimal("1.50"), date(2024, 1, 2), True, "ä", None)
    assert row[7] == datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    assert row[8] == 0.1
    assert list(row[9]) == [1, 2]


def test_an_empty_result_has_its_columns(warehouse_connection: Connection) -> None:
    with dbsql.connect(**warehouse_connection.connector_arguments()) as connection:
        cursor = connection.cursor()
        cursor.execute("select 1 as a, cast(1 as decimal(5, 1)) as b where false")
        assert cursor.fetchall() == []
        assert [(column[0], column[1]) for column in cursor.description or []] == [
            ("a", "int"),
            ("b", "decimal"),
        ]


def test_many_rows_come_whole(query: Query) -> None:
    rows = query("select id from range(250000)")
    assert len(rows) == 250_000
    assert {row[0] for row in rows} == set(range(250_000))


def test_an_error_says_what_is_wrong(query: Query) -> None:
    with pytest.raises(dbsql.exc.Error, match=r"\[TABLE_OR_VIEW_NOT_FOUND\].*`nothing`"):
        query("select * from main.check.nothing")
    with pytest.raises(dbsql.exc.Error, match=r"\[CAST_INVALID_INPUT\]"):
        query("select cast('x' as int)")


def test_a_long_statement_is_waited_for_and_blocks_no_other(
    query: Query, warehouse_connection: Connection
) -> None:
    ended = []

    def run() -> None:
        sleeping = f"'sleep', cast({ANSWER_WITHIN + 1} * 1000 as bigint)"  # one of two cores
        query(f"select java_method('java.lang.Thread', {sleeping})")
        ended.append("slow")

    slow = threading.Thread(target=run)
    slow.start()
    with dbsql.connect(**warehouse_connection.connector_arguments()) as connection:
        connection.cursor().execute("select 1")
        ended.append("quick")
    slow.join()
    assert ended == ["quick", "slow"]


def test_variables_belong_to_a_session(query: Query, warehouse_connection: Connection) -> None:
    query("declare or replace variable chosen array<string>")
    query("set variable chosen = (select array('a'))")
    assert list(query("select chosen")[0][0]) == ["a"]
    with (
        dbsql.connect(**warehouse_connection.connector_arguments()) as other,
        pytest.raises(dbsql.exc.Error, match="chosen"),
    ):
        other.cursor().execute("select chosen")


# ---------- what dbt relies on


def test_replace_on_deletes_and_inserts_all(query: Query) -> None:
    query(
        "create or replace table main.check.r using delta as select 1 as id, 'old' as v"
        " union all select 2, 'old' union all select 2, 'older'"
    )
    query(
        "insert into table main.check.r as t replace on (t.id <=> s.id)"
        " (select id, 'new' as v from values (2), (2), (3) as n(id)) as s"
    )
    assert query("select id, v, count(*) from main.check.r group by all order by id") == [
        (1, "old", 1),
        (2, "new", 2),
        (3, "new", 1),
    ]


def test_clones_and_versions(query: Query) -> None:
    query("create or replace table main.check.c using delta as select 1 as id")
    query("create or replace table main.check.c using delta as select 2 as id")
    for kind in ("shallow", "shallow", "deep"):
        query(f"create or replace table main.check.copy {kind} clone main.check.c")
        assert query("select id from main.check.copy") == [(2,)]
    query("create or replace view main.check.v as select id from main.check.c version as of 0")
    assert query("select id from main.check.v") == [(1,)]
    assert query("select max(version) from (describe history main.check.c)") == [(1,)]


def test_files_of_a_volume(query: Query, warehouse_connection: Connection) -> None:
    assert warehouse_connection.volume_root is not None
    folder = Path(warehouse_connection.volume_root) / "main" / "check" / "files"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"id,name\r\n1,Ada\r\n2,\r\n")
    (folder / "b.txt").write_bytes(b"id,name\r\n3,Bo\r\n")
    source = (
        "read_files('/Volumes/main/check/files', format => 'csv', header => true,"
        " schema => 'id int, name string', fileNamePattern => '*.csv', mode => 'FAILFAST')"
    )
    query(
        f"create or replace view main.check.f as select *, _metadata.file_path as path,"
        f" _metadata.file_size as size, _metadata.file_modification_time as at from {source}"
    )
    path = "dbfs:/Volumes/main/check/files/a.csv"
    rows = query("select id, name, path, size from main.check.f order by id")
    assert rows == [(1, "Ada", path, 20), (2, None, path, 20)]
    (folder / "c.csv").write_bytes(b"id,name\r\n4,Cy\r\n")
    assert query("select count(*) from main.check.f") == [(3,)]


def test_a_metric_view_with_joins(query: Query) -> None:
    query(
        "create or replace table main.check.sales using delta as"
        " select 1 as buyer, 10 as amount union all select 2, 5 union all select 1, 5"
    )
    query(
        "create or replace table main.check.buyers using delta as"
        " select 1 as id, 'DE' as country union all select 2, 'FR'"
    )
    for _ in range(2):  # the second one replaces the first
        query("""create or replace view main.check.metrics with metrics language yaml as $$
version: "1.1"
source: main.check.sales
joins: [{name: buyers, source: main.check.buyers, "on": source.buyer = buyers.id}]
dimensions: [{name: country, expr: buyers.country, display_name: Country}]
measures:
  - {name: revenue, expr: sum(source.amount)}
  - {name: sales, expr: count(*)}
  - {name: average, expr: measure(revenue) / measure(sales)}
$$""")
    assert query(
        "select country, measure(revenue), measure(average) from main.check.metrics"
        " group by all order by country"
    ) == [("DE", 15, 7.5), ("FR", 5, 5.0)]
    assert query(
        "select table_type from main.information_schema.tables"
        " where table_schema = 'check' and table_name = 'metrics'"
    ) == [("METRIC_VIEW",)]
