"""What the models declare for the platform arrives there, and readers see what is published."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from databricks import sql as dbsql

from dbx_local.connection import Connection
from dbx_local.process import RunningWarehouse
from lvdash.definition import load
from tests.python.conftest import PROJECT
from tests.python.databricks.golden import DASHBOARD
from tests.warehouse.engines import REFUSED, Engines

pytestmark = pytest.mark.timeout(2400)

METRICS = "sales_metrics"
PUBLICATION = "select run_id, lines from main.quality.publications order by run_id"


def declared_models(engines: Engines) -> dict[str, dict[str, Any]]:
    """The models of gold by name, as dbt knows them."""
    return {
        node["name"]: node
        for node in engines.dbt.manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["schema"] == "gold"
    }


def meta(model: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (model.get("config") or {}).get("meta") or {}
    return found


def test_keys_are_those_the_models_declare(first_built: Engines) -> None:
    declared = {
        (f"pk_{name}", name, column, None)
        for name, model in declared_models(first_built).items()
        for column in meta(model).get("primary_key", [])
    } | {
        (f"fk_{name}_{column}", name, column, "pk_" + target.split(".")[0])
        for name, model in declared_models(first_built).items()
        for column, target in meta(model).get("foreign_keys", {}).items()
    }
    assert len(declared) > len(declared_models(first_built)) / 2
    schema = "main.information_schema"
    found = first_built.query(
        "select used.constraint_name, used.table_name, used.column_name,"
        f" referred.unique_constraint_name from {schema}.key_column_usage as used"
        f" left join {schema}.referential_constraints as referred"
        " on used.constraint_name = referred.constraint_name"
        " where used.table_schema = 'gold_next'"
    )
    assert set(found) == declared


def test_keys_are_sent_with_rely(first_built: Engines, local_warehouse: RunningWarehouse) -> None:
    sent = [line.split("\t")[1] for line in local_warehouse.trace.read_text().splitlines()]
    keys = [line for line in sent if " key (" in line and "`gold_next`" in line]
    assert keys
    assert [line for line in keys if not line.endswith(" rely")] == []


def test_tables_are_laid_out_as_declared(first_built: Engines) -> None:
    for name, model in declared_models(first_built).items():
        if name == METRICS:
            continue
        first_built.cursor.execute(f"describe detail main.gold_next.{name}")
        detail = first_built.cursor.fetchone().asDict()
        wanted = (model.get("config") or {}).get("liquid_clustered_by", [])
        assert list(detail["clusteringColumns"]) == wanted, name
        properties = dict(detail["properties"])
        assert properties["delta.deletedFileRetentionDuration"] == "interval 30 days", name


def test_tags_are_set(first_built: Engines) -> None:
    schema = "system.information_schema"
    tables = first_built.query(
        f"select schema_name, table_name, tag_value from {schema}.table_tags"
        " where tag_name = 'domain' and schema_name in ('gold_next', 'quality_next')"
    )
    assert {value for *_, value in tables} == {"sales"}
    assert set(declared_models(first_built)) - {METRICS} <= {
        name for schema_name, name, _ in tables if schema_name == "gold_next"
    }
    columns = first_built.query(
        f"select table_name, column_name from {schema}.column_tags where tag_name = 'personal_data'"
    )
    assert len(columns) > 8
    assert set(columns) == {
        (model["name"], column["name"])
        for layer in ("marts", "quality")
        for path in (PROJECT / "models" / layer).rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model.get("columns", [])
        if "personal_data" in meta(column)
    }


def test_readers_see_what_each_table_and_column_means(first_built: Engines) -> None:
    where = (
        "from main.information_schema.{} where table_schema in ('gold', 'quality')"
        f" and table_name <> '{METRICS}'"  # what it means stands in its YAML
    )
    tables = first_built.query(f"select table_name, comment {where.format('tables')}")
    columns = first_built.query(
        f"select table_name, column_name, comment {where.format('columns')}"
    )
    assert {name for name, *_ in columns} == {name for name, _ in tables}
    assert [row for row in (*tables, *columns) if not row[-1]] == []


def test_the_queries_of_the_dashboard_run(
    increment_built: Engines, warehouse_connection: Connection
) -> None:
    del increment_built
    with (
        dbsql.connect(**warehouse_connection.connector_arguments(), schema="gold") as session,
        session.cursor() as cursor,
    ):
        for name, dataset in load(DASHBOARD).datasets.items():
            cursor.execute(dataset.sql)
            assert cursor.fetchall() or name == "targets", name  # its seed is empty


def test_readers_never_see_a_candidate(increment_built: Engines) -> None:
    query = increment_built.query
    published, candidate = "main.gold.fact_sales", "main.gold_next.fact_sales"
    rows, publication = query(f"select count(*) from {published}"), query(PUBLICATION)
    ((version,),) = query(f"select max(version) from (describe history {candidate})")
    query(f"delete from {candidate}")
    assert query(f"select count(*) from {candidate}") == [(0,)]
    assert query(f"select count(*) from {published}") == rows
    query(f"restore table {candidate} to version as of {version}")
    assert query(PUBLICATION) == publication


def test_a_failed_test_publishes_nothing(increment_built: Engines) -> None:
    publication = increment_built.query(PUBLICATION)
    (failed,) = increment_built.dbt("build", "--select", REFUSED)
    assert REFUSED in failed
    assert not increment_built.dbt.publish("")
    assert increment_built.query(PUBLICATION) == publication
