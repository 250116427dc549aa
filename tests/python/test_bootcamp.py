"""The real files give the numbers that are known of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

FACT = """
    select count(*), count(distinct order_number), sum(sales_amount), sum(quantity)
    from gold.fact_sales
"""
NO_KEY_IS_NULL = """
    select count(*) from gold.fact_sales
    where product_key is null or customer_key is null or order_date_key is null
"""
WRONG_LINES = "select count(*) from gold.fact_sales where sales_amount <> quantity * price"
BY_STATUS = "select marital_status, count(*) from gold.dim_customers group by all"
BY_GENDER = "select gender, count(*) from gold.dim_customers group by all"
BY_COUNTRY = "select country, count(*) from gold.dim_customers group by all"
PRODUCTS = "select count(*) from gold.dim_products"
SOLD = "select count(distinct product_key) from gold.fact_sales"
PROFIT = """
    select sum(sales.sales_amount - sales.quantity * products.cost)
    from gold.fact_sales as sales
    inner join gold.dim_products as products on sales.product_key = products.product_key
"""
ORDER_DATES = "select order_date_source, count(*) from gold.fact_sales group by all"
INFERRED = """
    select
        (select count(*) from gold.dim_customers where is_inferred)
        + (select count(*) from gold.dim_products where is_inferred)
        + (select count(*) from gold.dim_product_categories where is_inferred)
"""
MONEY = """
    select landed, corrected, quarantined, published, difference
    from quality.reconciliation
    where source = 'crm_sales' and measure = 'sales_amount'
"""
MONEY_BY_RULE = """
    select rule_id, rows_corrected, corrected, ambiguous from quality.corrected_amounts
"""
TOUCHED = """
    select rule_id, rows_touched from quality.rule_results
    where rows_touched > 0 and action <> 'count'
"""
COUNTED = """
    select rule_id, rows_touched from quality.rule_results
    where rows_touched > 0 and action = 'count'
"""
QUARANTINED = "select record_key from quality.quarantine"

#: Single figures, in the order of the query's columns.
FIGURES = {
    FACT: (60_398, 27_659, Decimal(29_356_250), 60_423),
    NO_KEY_IS_NULL: (0,),
    WRONG_LINES: (0,),
    PRODUCTS: (295,),
    SOLD: (130,),
    PROFIT: (Decimal(11_685_757),),
    INFERRED: (0,),
    MONEY: (Decimal(29_355_502), Decimal(748), Decimal(0), Decimal(29_356_250), Decimal(0)),
}

#: Figures by name.
BREAKDOWNS = {
    BY_STATUS: {"Married": 10_011, "Single": 8_473},
    BY_GENDER: {"Male": 9_341, "Female": 9_128, "n/a": 15},
    BY_COUNTRY: {
        "United States": 7_482,
        "Australia": 3_591,
        "United Kingdom": 1_913,
        "France": 1_810,
        "Germany": 1_780,
        "Canada": 1_571,
        "n/a": 337,
    },
    ORDER_DATES: {"source": 60_379, "sibling_line": 16, "shipping_lead_time": 3},
    TOUCHED: {
        "customer_id_missing": 4,
        "customer_superseded": 6,
        "product_end_before_start": 200,
        "product_cost_missing": 2,
        "product_category_corrected": 7,
        "order_date_missing": 17,
        "order_date_malformed": 2,
        "price_missing": 7,
        "price_negative": 5,
        "sales_amount_missing": 8,
        "sales_amount_not_positive": 5,
        "sales_amount_mismatch": 10,
        "quantity_or_amount_ambiguous": 6,
        "birthdate_in_future": 16,
        "birthdate_before_1924": 15,
    },
    COUNTED: {
        "customer_first_name_trimmed": 17,
        "customer_last_name_trimmed": 22,
        "marital_status_to_word": 10_013 + 8_474,
        "gender_to_word": 7_068 + 6_848,
        "product_key_split": 397,
        "product_line_trimmed": 380,
        "product_line_to_word": 380,
        "product_superseded": 102,
        "erp_customer_key_without_prefix": 11_042,
        "erp_gender_overruled": 57,
        "erp_gender_to_word": 9,
        "erp_gender_trimmed": 6,
        "country_trimmed": 5,
        "location_key_without_dash": 18_484,
        "country_to_name": 4_657,
    },
}


@pytest.fixture(scope="module")
def gold(published_bootcamp: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(published_bootcamp), read_only=True)


@pytest.mark.parametrize("query", FIGURES)
def test_figure(gold: duckdb.DuckDBPyConnection, query: str) -> None:
    assert gold.execute(query).fetchall() == [FIGURES[query]]


@pytest.mark.parametrize("query", BREAKDOWNS)
def test_breakdown(gold: duckdb.DuckDBPyConnection, query: str) -> None:
    assert dict(gold.execute(query).fetchall()) == BREAKDOWNS[query]


def test_the_repaired_money_is_split_by_rule(gold: duckdb.DuckDBPyConnection) -> None:
    assert sorted(gold.execute(MONEY_BY_RULE).fetchall()) == [
        ("sales_amount_mismatch", 10, Decimal(384), Decimal(382)),
        ("sales_amount_missing", 8, Decimal(145), Decimal(0)),
        ("sales_amount_not_positive", 5, Decimal(219), Decimal(0)),
    ]


def test_only_rows_without_a_customer_are_in_quarantine(gold: duckdb.DuckDBPyConnection) -> None:
    keys = sorted(key for (key,) in gold.execute(QUARANTINED).fetchall())
    assert keys == ["13451235", "A01Ass", "PO25", "SF566"]
