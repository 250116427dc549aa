"""What production sends to the warehouse, statement by statement."""

from __future__ import annotations

import difflib
import json
import re
from datetime import datetime

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from lvdash.definition import load
from tests.python.databricks.golden import (
    AFTER_A_PAUSE,
    DAILY_RUN,
    DASHBOARD,
    DEVELOPER,
    FIRST_RUN,
    GOLDEN,
    HERE,
    PREFIX,
    REWRITE,
    Sent,
    entries,
    golden_text,
    kind,
    record,
)

pytestmark = pytest.mark.slow

BUILT = ("model.", "seed.", "snapshot.")

UNREAD = {
    "alter table alter column comment",
    "alter table alter column set tags",
    "alter table change column set not null",
    "alter view",
    "create or replace view with metrics language yaml",
    "insert into table",
    "optimize",
    "restore table to version",
    "set time zone",
    "show schemas in",
    "show tblproperties",
}
"""Kinds of statements that the parser does not know, or takes as they are."""

Statements = list[tuple[str, str]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """What dbt sends, by the age of the last publication."""
    return record(tmp_path_factory.mktemp("sent"))


def pairs(recorded: Sent, days: int) -> Statements:
    """The statements of a run of a developer's job, each with its node."""
    return [(each.node, each.sql) for each in recorded[days]]


@pytest.fixture
def sent(recorded: Sent) -> Statements:
    return pairs(recorded, FIRST_RUN)


def test_the_golden_file_holds_every_statement(recorded: Sent) -> None:
    written, now = GOLDEN.read_text(encoding="utf-8"), golden_text(recorded)
    lines = difflib.unified_diff(
        *(written.splitlines(), now.splitlines()), str(GOLDEN.name), "sent now", lineterm="", n=2
    )
    assert written == now, f"If this is meant, run `{REWRITE}`.\n" + "\n".join(lines)


def test_what_the_golden_file_says_of_a_kind_concerns_one(recorded: Sent) -> None:
    assert set(HERE) - {entry.kind for entry in entries(recorded)} == set()


def of(sent: Statements, node: str) -> list[str]:
    return [sql for name, sql in sent if name == f"model.sales_lakehouse.{node}"]


def of_no_node(sent: Statements) -> list[str]:
    """What hooks and the publication send."""
    return [sql for name, sql in sent if not name]


def test_a_published_view_with_grants_is_altered_and_gets_its_comments_again(
    sent: Statements,
) -> None:
    """To replace it would take the grants away; to alter it takes the comments of its columns."""
    view = f"{PREFIX}quality.published_totals"
    altered, *comments = [sql for sql in of_no_node(sent) if f" {view}" in sql]
    assert altered.startswith(f"alter view {view} as select\n")
    assert len(comments) == 4
    assert all(comment.startswith(f"comment on column {view}.") for comment in comments)


def test_a_metric_view_is_altered_and_keeps_its_grants(recorded: Sent) -> None:
    """The daily run finds another definition of it."""
    daily = pairs(recorded, DAILY_RUN)
    statements = [sql.lower() for sql in of(daily, "sales_metrics")]
    assert f"{PREFIX}gold.sales_metrics" in published(statements)
    assert [sql for sql in statements if sql.startswith(("create", "drop"))] == []


def test_dimensions_are_published_before_the_fact(sent: Statements) -> None:
    """The views change one after the other; each sale finds its members at every moment."""
    views = [each.rpartition(".")[2] for each in published(of_no_node(sent))]
    dimensions = [at for at, view in enumerate(views) if view.startswith("dim_")]
    assert len(dimensions) > 5
    assert max(dimensions) < views.index("fact_sales")


def published(statements: list[str]) -> list[str]:
    """The views that statements make or change, with catalog and schema."""
    view = re.compile(r"(?:create or replace|alter) view (\S+)")
    found = (view.match(sql.lower()) for sql in statements)
    return [each[1].replace("`", "") for each in found if each]


def tables(sql: str) -> set[tuple[str, str, str]]:
    """What a statement reads or changes: catalog, schema and name."""
    tree = sqlglot.parse_one(sql, read="databricks")
    inner = {each.alias_or_name for each in tree.find_all(exp.CTE)}
    return {
        (each.catalog, each.db, each.name)
        for each in tree.find_all(exp.Table)
        if each.name and (each.db or each.name not in inner)
    }


def test_a_developer_changes_nothing_of_others(sent: Statements) -> None:
    """Two developers, and other catalogs than those of the bundle, are side by side."""
    elsewhere = set()
    for _, sql in sent:
        if kind(sql) not in UNREAD and " drop constraint " not in sql:
            for catalog, schema, name in tables(sql.replace("%s", "null")):
                own = catalog == "analytics" and schema.startswith("dev_ann_lee_")
                if not own and schema != "information_schema":
                    elsewhere.add(f"{catalog}.{schema}.{name}")
        for schema in re.findall(r"\banalytics`?\.`?(\w+)", sql):
            if not schema.startswith("dev_ann_lee_") and schema != "information_schema":
                elsewhere.add(schema)
    assert elsewhere == set()
    assert not re.search(r"\bsales_(dev|staging|prod)\b", "".join(sql for _, sql in sent))


def test_dashboard_and_space_read_what_the_job_has_published(sent: Statements) -> None:
    views = set(published([sql for _, sql in sent]))
    dashboard = DEVELOPER.resources["dashboards"]["gold_sales"]
    gold = (dashboard["dataset_catalog"], dashboard["dataset_schema"])
    space = DEVELOPER.resources["genie_spaces"]["gold_sales_genie"]
    document = json.loads(space["serialized_space"])
    statements = [each.sql for each in load(DASHBOARD).datasets.values()]
    read = {
        ".".join((*gold, name) if not schema else (catalog, schema, name))
        for sql in statements
        for catalog, schema, name in tables(sql)
    }
    assert len(read) > 8
    for each in document["benchmarks"]["questions"]:
        read |= {".".join(table) for table in tables("".join(each["answer"][0]["content"]))}
    for each in document["instructions"]["example_question_sqls"]:
        read |= {".".join(table) for table in tables("".join(each["sql"]))}
    for sources in document["data_sources"].values():
        read |= {each["identifier"] for each in sources}
    assert f"{PREFIX}gold.sales_metrics" in read
    assert read - views == set()


def test_after_a_pause_the_published_content_gets_a_version_of_today(recorded: Sent) -> None:
    """Before any table changes: only the latest version is readable after 30 days."""
    sent = pairs(recorded, AFTER_A_PAUSE)
    table = "`analytics`.`dev_ann_lee_quality_next`.`published_totals`"
    kept = [sql for node, sql in sent if not node and "published_totals" in sql]
    assert kept[0] == f"restore table {table} to version as of 5"
    assert kept[1].startswith(f"alter table {table} set tblproperties ('kept_at'")
    assert "from (describe history" in kept[2]
    assert kept[3].startswith(f"alter view {PREFIX}quality.published_totals as select")
    assert kept[3].endswith("version as of 7")
    first = next(at for at, (node, _) in enumerate(sent) if node.startswith(BUILT))
    assert max(at for at, (_, sql) in enumerate(sent) if sql in kept) < first


def test_the_path_of_the_landing_folder_may_have_an_apostrophe(sent: Statements) -> None:
    paths = [path for _, sql in sent for path in re.findall(r"read_files\(\s*(\S.*),$", sql, re.M)]
    assert len(paths) > 6 * 3
    landing = f"/Volumes/{PREFIX.replace('.', '/')}bronze/landing/the team\\'s"
    assert set(paths) == {f"'{landing}/{folder}'" for folder in ("source_crm", "source_erp")}


def test_every_session_that_builds_is_set_to_utc(sent: Statements) -> None:
    first: dict[str, str] = {}
    for node, sql in sent:
        if node.startswith(BUILT) and kind(sql) not in ("describe table extended", "select"):
            first.setdefault(node, sql)
    assert len(first) > 60
    assert {node for node, sql in first.items() if sql != "set time zone 'UTC'"} == set()
    beside = of_no_node(sent)
    writes = ("merge into", "insert into", "update", "create or replace view")
    written = next(at for at, sql in enumerate(beside) if sql.startswith(writes))
    assert "set time zone 'UTC'" in beside[:written]
    published = next(at for at, sql in enumerate(beside) if "over (partition by kind" in sql)
    assert beside[published - 1] == "set time zone 'UTC'"


def test_the_day_of_a_file_is_that_in_utc_wherever_its_view_is_read(sent: Statements) -> None:
    """Data tests and readers have sessions of their own, in the time zone of the workspace."""
    views = [sql for node, sql in sent if ".stg_" in node and " view " in sql]
    assert len(views) == 6
    assert [sql for sql in views if re.search(r"_at as date\)", sql)] == []
    days = {day for sql in views for day in re.findall(r"date_from_unix_date\(.*\)", sql)}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/Los_Angeles'")
        for day in days:
            moment = day.replace(day[day.index("unix_seconds(") + 13 : day.index(")")], "moment")
            sql = sqlglot.transpile(f"select {moment} as day", read="databricks", write="duckdb")[0]
            midnight = "(select timestamptz '2026-11-27 00:00:00+00' as moment)"
            found = connection.execute(f"{sql} from {midnight}").fetchall()
            assert found == [(datetime(2026, 11, 27),)]
    assert days


def test_the_columns_of_a_table_get_their_comments_in_one_statement(sent: Statements) -> None:
    comments = [node for node, sql in sent if kind(sql) == "alter table alter column comment"]
    assert len(comments) > 40
    assert len(comments) == len(set(comments))
    (told,) = [sql for sql in of(sent, "dim_locations") if " comment '" in sql and "alter t" in sql]
    assert told.count(" comment '") == 3


def test_every_statement_can_be_parsed(recorded: Sent) -> None:
    """By a parser of Databricks' SQL; what it does not know is listed."""
    unread: set[str] = set()
    for sql in {each.sql for statements in recorded.values() for each in statements}:
        try:
            parsed = sqlglot.parse_one(sql.replace("%s", "null"), read="databricks")
        except (sqlglot.ParseError, sqlglot.TokenError):
            parsed = None
        if parsed is None or isinstance(parsed, exp.Command):
            unread.add(kind(sql))
    assert unread == UNREAD
