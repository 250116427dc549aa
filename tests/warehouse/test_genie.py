"""What the Genie space would run, on the local warehouse: benchmarks, examples, compiled questions.

Gold is brought over as it is published here; that both engines build the same gold is the affair
of test_parity.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml
from databricks import sql as dbsql
from sqlglot import exp

from dbx_local.connection import Connection
from metric_ask import VIEW_DIALECT, Answer, compile_sql
from orchestration.genie import build_space, load_benchmarks, load_definition
from orchestration.questions import METRIC_VIEW, metric_view_yaml, open_analyst
from tests.python.conftest import PROJECT, published_sample
from tests.python.genie.independent import read_gold
from tests.python.genie.places import Place, moved, questions
from tests.python.genie.verdict import RIGHT, assess

__all__ = ["published_sample"]

SCHEMA = "genie_gold"
TABLES = ("fact_sales", "dim_products", "product_costs", "dim_customers", "dim_dates")
EVERY = 16
"""Of the questions every so manieth is asked here: a statement takes a second."""

Run = Callable[[str], Answer]


@pytest.fixture(scope="module")
def place(published_sample: Path) -> Place:
    analyst = open_analyst(published_sample, PROJECT)
    return Place("sample", published_sample, analyst, read_gold(published_sample))


@pytest.fixture(scope="module")
def run(warehouse_connection: Connection, published_sample: Path) -> Iterator[Run]:
    """Runs a statement over gold and hands back what came as an answer."""
    catalog, root = warehouse_connection.catalog, warehouse_connection.volume_root
    assert root is not None
    folder = Path(root) / catalog / SCHEMA / "published"
    folder.mkdir(parents=True)
    with duckdb.connect(str(published_sample), read_only=True) as published:
        for table in TABLES:
            (folder / table).mkdir()
            published.execute(f"copy gold.{table} to '{folder / table / 'rows.parquet'}'")
    with dbsql.connect(**warehouse_connection.connector_arguments()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"create schema if not exists {catalog}.{SCHEMA}")
        for table in TABLES:
            files = f"read_files('/Volumes/{catalog}/{SCHEMA}/published/{table}'"
            cursor.execute(
                f"create or replace table {catalog}.{SCHEMA}.{table} using delta as "
                f"select * from {files}, format => 'parquet')"
            )
        cursor.execute(_metric_view(catalog))

        def answer(statement: str) -> Answer:
            cursor.execute(statement)
            columns = tuple(str(each[0]) for each in cursor.description or ())
            rows = tuple(tuple(row) for row in cursor.fetchall())
            return Answer(statement, True, "read", statement, columns, _named(columns, rows))

        yield answer


def _metric_view(catalog: str) -> str:
    """The metric view as the adapter makes it, over the tables brought here."""
    body = yaml.safe_load(metric_view_yaml(PROJECT))
    body["source"] = qualified(body["source"], catalog)
    for join in body["joins"]:
        join["source"] = f"{catalog}.{SCHEMA}.{join['source']}"
    text = yaml.safe_dump(body, sort_keys=False, width=10_000)
    name = f"{catalog}.{SCHEMA}.{METRIC_VIEW}"
    return f"create or replace view {name} with metrics language yaml as $$\n{text}$$"


def qualified(statement: str, catalog: str) -> str:
    """The statement with full table names."""
    tree = sqlglot.parse_one(statement, read=VIEW_DIALECT)
    for table in tree.find_all(exp.Table):
        if table.name in (*TABLES, METRIC_VIEW) and not table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("db", exp.to_identifier(SCHEMA))
            table.set("catalog", exp.to_identifier(catalog))
    return tree.sql(dialect=VIEW_DIALECT)


def _named(columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    """Rows as `ask` shows them: an unknown date is n/a."""
    dates = {at for at, name in enumerate(columns) if name in _GRAINS}
    return tuple(
        tuple("n/a" if value is None and at in dates else value for at, value in enumerate(row))
        for row in rows
    )


_GRAINS = ("order_date", "week", "month", "quarter", "year")


def test_benchmarks_are_right(run: Run, place: Place, warehouse_connection: Connection) -> None:
    """The SQL as it is written out in the space."""
    space = build_space(PROJECT, warehouse_connection.catalog, SCHEMA)
    checks = {each.question: each.check for each in load_benchmarks(PROJECT)}
    wrong = []
    for benchmark in space["benchmarks"]["questions"]:
        question = benchmark["question"][0]
        answer = run("".join(benchmark["answer"][0]["content"]))
        verdict = assess(checks[question], answer, place.gold)
        if verdict != RIGHT:
            wrong.append(f"{question}: {verdict}")
    assert len(checks) >= 40
    assert not wrong, "\n".join(wrong)


def test_examples_are_right(run: Run, place: Place, warehouse_connection: Connection) -> None:
    """The metric view's own figures; the first example agrees with `ask` to the cent."""
    for example in load_definition(PROJECT).examples:
        tree = sqlglot.parse_one(
            qualified(example.sql, warehouse_connection.catalog), read=VIEW_DIALECT
        )
        values = {each.name: each.default for each in example.parameters}
        if "year" in values:
            values["year"] = str(place.gold.last.year - 1)
        for mark in list(tree.find_all(exp.Placeholder)):
            value = values[str(mark.this)]
            mark.replace(
                exp.Literal.number(value) if value.isdigit() else exp.Literal.string(value)
            )
        answer = run(tree.sql(dialect=VIEW_DIALECT))
        assert answer.rows, example.question
        if "top 10 products" in example.question:
            asked = place.analyst.ask(example.question)
            # The question's answer also shows the equals of its last row.
            shown = asked.rows[: len(answer.rows)]
            assert [row[1] for row in answer.rows] == [row[1] for row in shown]


def test_all_metrics_of_the_view_are_right(
    run: Run, place: Place, warehouse_connection: Connection
) -> None:
    view = place.analyst.view
    measures = ", ".join(f"measure({name}) as {name}" for name in view.measures)
    name = f"{warehouse_connection.catalog}.{SCHEMA}.{METRIC_VIEW}"
    found = run(f"select country, {measures} from {name} group by all")
    expected = {"metric": list(view.measures), "by": ["country"]}
    assert assess(expected, found, place.gold) == RIGHT


def test_questions_compile_for_databricks(
    run: Run, place: Place, warehouse_connection: Connection
) -> None:
    """A question's SQL for Databricks gives what it has to give, as that for DuckDB does."""
    wrong, asked = [], 0
    entries = questions("questions_blind", "questions_strangers", "questions_known")
    for entry in map(moved, entries[::EVERY]):
        answer = place.analyst.ask(entry["ask"])
        if not answer.answered or entry.get("only", "sample") != "sample":
            continue
        assert answer.request
        asked += 1
        statement = compile_sql(answer.request, place.analyst.view, VIEW_DIALECT)
        found = run(qualified(statement, warehouse_connection.catalog))
        verdict = assess(entry, found, place.gold)
        if verdict != RIGHT:
            wrong.append(f"{entry['ask']}: {verdict}")
    assert asked >= 12
    assert not wrong, "\n".join(wrong)
