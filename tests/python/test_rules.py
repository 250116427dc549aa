"""The catalogue of rules and the models that apply them name the same rules and columns."""

from __future__ import annotations

import csv
import re

import pytest

from tests.python.conftest import PROJECT

#: The models in which the rows of each source are checked.
MODELS = {
    "crm_customers": ("stg_crm__customers", "int_customers__validated"),
    "crm_products": ("stg_crm__products", "int_products__validated"),
    "crm_sales": ("int_sales__checked", "int_sales__validated"),
    "erp_customers": ("stg_erp__customers", "int_customer_details__validated"),
    "erp_locations": ("stg_erp__locations", "int_customer_locations__validated"),
    "erp_product_categories": (
        "stg_erp__product_categories",
        "int_product_categories__validated",
    ),
}
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


@pytest.mark.parametrize("source", MODELS)
def test_models_apply_the_rules_of_the_catalogue(source: str) -> None:
    paths = [next((PROJECT / "models").rglob(f"{name}.sql")) for name in MODELS[source]]
    sql = "\n".join(path.read_text(encoding="utf-8") for path in paths)
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
