"""The catalogue of rules and the models that apply them name the same rules and columns."""

from __future__ import annotations

import csv
import re

import pytest

from tests.python.conftest import PROJECT

SOURCES = PROJECT / "macros" / "ingest" / "sources.sql"
MODELS = dict(re.findall(r"'(\w+)': {'landed': '\w+', 'validated': '(\w+)'}", SOURCES.read_text()))
"""The model in which the rows of each source have been validated; the rest is checked before it."""
CHECKED_BEFORE = re.compile(r"ref\('(stg_\w+|int_\w+__checked)'\)")
MEMBERS = PROJECT / "models" / "quality" / "rule_violations.sql"
CONDITION = re.compile(r"\bas (\w+),?\n")
VALUE = r"""(?:none|'[^']*'|"[^"]*")"""
FOUND = re.compile(rf"\('(\w+)', {VALUE}, {VALUE}, \[([^\]]*)\]\)")
COUNTED = re.compile(r"\bcounted\(\[([^\]]*)\]\)")
MEMBER = re.compile(r"\('(\w+)', '(\w+)', '(\w+)', 'dim_\w+'\)")


def names(listed: str) -> list[str]:
    return re.findall(r"'(\w+)'", listed)


def rules_of(source: str) -> list[dict[str, str]]:
    with open(PROJECT / "seeds" / "data_quality_rules.csv", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["source"] == source]


def sql_of(model: str) -> str:
    return next((PROJECT / "models").rglob(f"{model}.sql")).read_text(encoding="utf-8")


def test_all_sources_are_found() -> None:
    with open(PROJECT / "seeds" / "data_quality_rules.csv", encoding="utf-8") as file:
        assert {row["source"] for row in csv.DictReader(file)} == {*MODELS}


@pytest.mark.parametrize("source", MODELS)
def test_models_apply_the_rules_of_the_catalogue(source: str) -> None:
    validated = sql_of(MODELS[source])
    sql = validated + "".join(map(sql_of, set(CHECKED_BEFORE.findall(validated))))
    catalogue = rules_of(source)
    members = MEMBER.findall(MEMBERS.read_text(encoding="utf-8"))
    found = {(rule, column) for column, rules in FOUND.findall(sql) for rule in names(rules)}
    found |= {(rule, column) for rule, its_source, column in members if its_source == source}
    counted = {rule for rules in COUNTED.findall(sql) for rule in names(rules)}
    conditions = {*CONDITION.findall(sql), *(rule for rule, *_ in members)}
    assert found == {
        (row["rule_id"], row["column_name"]) for row in catalogue if row["action"] != "count"
    }
    assert counted == {row["rule_id"] for row in catalogue if row["action"] == "count"}
    assert {row["rule_id"] for row in catalogue} <= conditions
