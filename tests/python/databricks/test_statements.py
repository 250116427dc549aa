"""What production sends to the warehouse, statement by statement."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from orchestration.packages import ENVIRONMENT_VARIABLE, packages_dir
from tests.python.conftest import PROJECT, places

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).with_name("statements.txt")
LANDING = "/Volumes/sales_prod/bronze/landing/the team's"
GRANTED = "quality.published_totals"
BUILT = ("model.", "seed.", "snapshot.")

UNREAD = {
    "alter table alter column comment",
    "alter table alter column set tags",
    "alter table change column set not null",
    "create or replace view with metrics language yaml",
    "optimize",
    "set time zone",
    "show schemas in",
}
"""Kinds of statements that the parser does not know, or takes as they are."""

Statements = list[tuple[str, str]]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Statements:
    """The statements of a first build, each with its node; tests of data are left out."""
    return record(tmp_path_factory.mktemp("sent"), 0)


@pytest.fixture(scope="module")
def sent_after_a_pause(tmp_path_factory: pytest.TempPathFactory) -> Statements:
    """The statements of a build of one table, 25 days after the last publication."""
    return record(tmp_path_factory.mktemp("pause"), 25, "--select", "countries")


def record(root: Path, days: int, *select: str) -> Statements:
    """The statements of a build; `days` is the age of the last publication, 0 for none."""
    shutil.copyfile(PROJECT / "profiles.yml.example", root / "profiles.yml")
    environment = {
        **os.environ,
        **places(root),
        ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
        "DBT_PROFILES_DIR": str(root),
        "DATABRICKS_HOST": "https://workspace.invalid",
        "DATABRICKS_TOKEN": "none",
        "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/w1",
        "DATABRICKS_CATALOG": "sales_prod",
        "DATABRICKS_SCHEMA": "default",
        "LAKEHOUSE_LANDING": LANDING,
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.python.databricks.recorded"),
            *(str(root / "sent.jsonl"), GRANTED, str(days), "--"),
            *("build", "--target", "databricks", "--vars", "{publish_untested: true}"),
            *("--exclude-resource-types", "unit_test", "test", *select),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (root / "sent.jsonl").read_text(encoding="utf-8").splitlines()
    return [(node, sql) for node, sql in map(json.loads, lines)]


def of(sent: Statements, node: str) -> list[str]:
    return [sql for name, sql in sent if name == f"model.sales_lakehouse.{node}"]


def test_a_published_view_without_grants_is_replaced(sent: Statements) -> None:
    (created,) = [sql for sql in of(sent, "publications") if ".gold.dim_locations" in sql]
    assert created == (
        "create or replace view sales_prod.gold.dim_locations (\n"
        "    location_key comment 'Key of the country the customer lives in.',\n"
        "    country comment 'Country by its English name; `n/a` when it is unknown.',\n"
        "    country_code comment 'Country in two letters (ISO 3166-1);"
        " `n/a` when it is unknown.'\n"
        ")\n"
        "comment 'Where customers live: one row per country, and one for the unknown.'\n"
        "as select\n"
        "    location_key,\n"
        "    country,\n"
        "    country_code\n"
        "from `sales_prod`.`gold_next`.`dim_locations` version as of 7"
    )


def test_a_published_view_with_grants_is_altered_and_gets_its_comments_again(
    sent: Statements,
) -> None:
    """To replace it would take the grants away; to alter it takes the comments of its columns."""
    altered, *comments = [sql for sql in of(sent, "publications") if f".{GRANTED}" in sql]
    assert altered == (
        "alter view sales_prod.quality.published_totals as select\n"
        "    source,\n"
        "    measure,\n"
        "    published,\n"
        "    waiting\n"
        "from `sales_prod`.`quality_next`.`published_totals` version as of 7"
    )
    assert [comment.split(" is ")[0] for comment in comments] == [
        f"comment on column sales_prod.quality.published_totals.{column}"
        for column in ("source", "measure", "published", "waiting")
    ]


def test_after_a_pause_the_published_content_gets_a_version_of_today(
    sent_after_a_pause: Statements,
) -> None:
    """Before any table changes: only the latest version is readable after 30 days."""
    sent = sent_after_a_pause
    table = "`sales_prod`.`quality_next`.`published_totals`"
    kept = [sql for node, sql in sent if not node and "published_totals" in sql]
    assert kept[0] == f"restore table {table} to version as of 5"
    assert kept[1].startswith(f"alter table {table} set tblproperties ('kept_at'")
    assert "from (describe history" in kept[2]
    assert kept[3].startswith("alter view sales_prod.quality.published_totals as select")
    assert kept[3].endswith("version as of 7")
    first = next(at for at, (node, _) in enumerate(sent) if node.startswith(BUILT))
    assert max(at for at, (_, sql) in enumerate(sent) if sql in kept) < first


def test_the_path_of_the_landing_folder_may_have_an_apostrophe(sent: Statements) -> None:
    escaped = LANDING.replace("'", "\\'")
    paths = [path for _, sql in sent for path in re.findall(r"read_files\(\s*(\S.*),$", sql, re.M)]
    assert len(paths) > 6 * 3
    assert set(paths) == {f"'{escaped}/{folder}'" for folder in ("source_crm", "source_erp")}


def test_personal_data_is_hidden_from_others(sent: Statements) -> None:
    (created,) = [sql for sql in of(sent, "publications") if ".gold.dim_customers (" in sql]
    for column in ("first_name", "last_name", "birthdate"):
        shown = f"case when is_account_group_member('data_engineers') then {column} end as {column}"
        assert shown in created
    assert "    age_group\n" in created


def test_every_session_that_builds_is_set_to_utc(sent: Statements) -> None:
    first: dict[str, str] = {}
    for node, sql in sent:
        if node.startswith(BUILT) and kind(sql) not in ("describe table extended", "select"):
            first.setdefault(node, sql)
    assert len(first) > 60
    assert {node for node, sql in first.items() if sql != "set time zone 'UTC'"} == set()
    log = next(at for at, (_, sql) in enumerate(sent) if ".`int_runs` (" in sql)
    assert sent[log - 1][1] == "set time zone 'UTC'"


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


def test_every_statement_can_be_parsed(sent: Statements) -> None:
    """By a parser of Databricks' SQL; what it does not know is listed."""
    unread: set[str] = set()
    for _, sql in sent:
        try:
            parsed = sqlglot.parse_one(sql.replace("%s", "null"), read="databricks")
        except (sqlglot.ParseError, sqlglot.TokenError):
            parsed = None
        if parsed is None or isinstance(parsed, exp.Command):
            unread.add(kind(sql))
    assert unread == UNREAD


def test_the_kinds_of_statements_are_those_listed(
    sent: Statements, sent_after_a_pause: Statements
) -> None:
    """`statements.txt` says of each what the local warehouse does with it."""
    assert sorted({kind(sql) for _, sql in (*sent, *sent_after_a_pause)}) == list(listed())


def listed() -> dict[str, str]:
    """The kinds of statements, and what the local warehouse does with each."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if not line.startswith("#"))


def kind(sql: str) -> str:
    """What is done, without names and values: `alter table set tags`."""
    if sql.lower().startswith(("select", "with", "(")):
        return "select"
    names = r"`[^`]*`|'(?:\\.|[^'\\])*'|(?<=column )\w+|\w+(\.\w+)+|\w*[_\d]\w*"
    text = re.sub(names, "", sql.lower())
    head = re.split(r"[(,=<]|\b(?:as|where|using|values|select|like)\b", text)[0]
    return " ".join(re.findall(r"[a-z]+", head))
