"""A published file of a few rows and a dashboard of every kind of widget, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

Json = dict[str, Any]

NASTY = "</script><img src=x onerror=\"document.title='taken'\">"
"""A product name that would run if it were taken for markup."""

GOLD = f"""
create schema gold;
create schema quality;
create table gold.dim_customers as select * from (values
    (1::bigint, 'AW1', 'Ada', 'Moor', 'France', false),
    (2::bigint, 'AW2', 'Ben', 'Noble', 'Germany', false),
    (3::bigint, 'AW3', 'Cia', 'Oran', 'France', false)
) as t (customer_key, customer_number, first_name, last_name, country, is_inferred);
create table gold.dim_products as select * from (values
    (10::bigint, 'Bike "One"', 'Bikes', 'Road', 400.00::decimal(18, 2)),
    (11::bigint, $${NASTY}$$, 'Clothing', 'n/a', 5.50::decimal(18, 2)),
    (12::bigint, 'Tyre', 'Accessories', 'Mountain', null)
) as t (product_key, product_name, category, product_line, cost);
create table gold.fact_sales as select * from (values
    ('SO1', 10::bigint, 1::bigint, date '2024-01-05', 900.00::decimal(18, 2), 1),
    ('SO1', 11::bigint, 1::bigint, date '2024-01-05', 20.25::decimal(18, 2), 2),
    ('SO2', 12::bigint, 2::bigint, date '2024-02-10', 30.00::decimal(18, 2), 3),
    ('SO3', 10::bigint, 1::bigint, date '2024-03-01', 950.00::decimal(18, 2), 1),
    ('SO4', 11::bigint, 3::bigint, date '2024-03-20', 9.75::decimal(18, 2), 1),
    ('SO5', 12::bigint, 2::bigint, null, 10.00::decimal(18, 2), 1)
) as t (order_number, product_key, customer_key, order_date, sales_amount, quantity);
create table quality.quarantine (source varchar, reason varchar);
"""

COLUMNS = {
    "dim_customers": {
        "customer_key",
        "customer_number",
        "first_name",
        "last_name",
        "country",
        "is_inferred",
    },
    "dim_products": {"product_key", "product_name", "category", "product_line", "cost"},
    "fact_sales": {
        "order_number",
        "product_key",
        "customer_key",
        "order_date",
        "sales_amount",
        "quantity",
    },
}

LINES = """select
    date_trunc('month', fact_sales.order_date) as order_month,
    fact_sales.order_date,
    fact_sales.order_number,
    dim_customers.country,
    dim_products.category,
    dim_products.product_name,
    fact_sales.sales_amount,
    fact_sales.quantity,
    fact_sales.quantity > 1 as several
from fact_sales
inner join dim_customers on fact_sales.customer_key = dim_customers.customer_key
inner join dim_products on fact_sales.product_key = dim_products.product_key
"""


def publish(path: Path) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(GOLD)
    return path


def dataset(name: str, sql: str, **more: Any) -> Json:
    lines = sql.splitlines(keepends=True)
    return {"name": name, "displayName": name.capitalize(), "queryLines": lines, **more}


def widget(
    name: str,
    kind: str,
    fields: dict[str, str],
    encodings: Json,
    *,
    rows: bool = False,
    source: str = "lines",
    **spec: Any,
) -> Json:
    versions = {"counter": 2, "table": 2}
    query = {
        "datasetName": source,
        "fields": [{"name": key, "expression": text} for key, text in fields.items()],
        "disaggregated": rows,
    }
    return {
        "name": name,
        "queries": [{"name": "main_query", "query": query}],
        "spec": {
            "version": versions.get(kind, 3),
            "widgetType": kind,
            "encodings": encodings,
            "frame": {"showTitle": True, "title": name.replace("_", " ").capitalize()},
            **spec,
        },
    }


def chooser(name: str, kind: str, column: str, default: Json | None = None) -> Json:
    made = widget(
        name,
        kind,
        {column: f"`{column}`"},
        {"fields": [{"fieldName": column, "displayName": name, "queryName": "main_query"}]},
    )
    made["spec"]["version"] = 2
    if default:
        made["spec"]["selection"] = {"defaultSelection": default}
    return made


def place(item: Json, x: int, y: int, width: int = 3, height: int = 4) -> Json:
    return {"widget": item, "position": {"x": x, "y": y, "width": width, "height": height}}


REVENUE = {"sum(sales_amount)": "SUM(`sales_amount`)"}
Y = {"fieldName": "sum(sales_amount)", "scale": {"type": "quantitative"}, "displayName": "Revenue"}
MONTH = {"fieldName": "order_month", "scale": {"type": "temporal"}, "displayName": "Month"}
BY_MONTH = {"order_month": "`order_month`", **REVENUE}


def category(field: str, **scale: Any) -> Json:
    return {
        "fieldName": field,
        "scale": {"type": "categorical", **scale},
        "displayName": field.replace("_", " ").capitalize(),
    }


def every_kind() -> Json:
    """A dashboard with every kind of widget the page draws."""
    by_category = {"category": "`category`", **REVENUE}
    split = {**BY_MONTH, "category": "`category`"}
    stack = {"x": MONTH, "y": Y, "color": category("category")}
    widgets = [
        place(
            {"name": "words", "multilineTextboxSpec": {"lines": ["# Sales\n", "All *kinds*."]}},
            0,
            0,
            6,
            1,
        ),
        place(
            widget(
                "total",
                "counter",
                REVENUE,
                {"value": {"fieldName": "sum(sales_amount)", "displayName": "Revenue"}},
            ),
            0,
            1,
            3,
            2,
        ),
        place(
            widget(
                "orders",
                "counter",
                {"n": "COUNT(DISTINCT `order_number`)"},
                {"value": {"fieldName": "n", "displayName": "Orders"}},
            ),
            3,
            1,
            3,
            2,
        ),
        place(widget("stacked", "bar", split, stack), 0, 3),
        place(widget("grouped", "bar", split, stack, mark={"layout": "group"}), 3, 3),
        place(widget("shares", "bar", split, stack, mark={"layout": "stack-100"}), 0, 7),
        place(
            widget(
                "lying",
                "bar",
                by_category,
                {
                    "x": Y,
                    "y": category("category", sort={"by": "x-reversed"}),
                    "label": {"show": True},
                },
            ),
            3,
            7,
        ),
        place(widget("line", "line", split, stack), 0, 11),
        place(widget("area", "area", split, stack), 3, 11),
        place(
            widget("pie", "pie", by_category, {"angle": Y, "color": category("category")}), 0, 15
        ),
        place(
            widget(
                "scatter",
                "scatter",
                {
                    "quantity": "`quantity`",
                    "sales_amount": "`sales_amount`",
                    "category": "`category`",
                },
                {
                    "x": {
                        "fieldName": "quantity",
                        "scale": {"type": "quantitative"},
                        "displayName": "Quantity",
                    },
                    "y": {
                        "fieldName": "sales_amount",
                        "scale": {"type": "quantitative"},
                        "displayName": "Revenue",
                    },
                    "color": category("category"),
                },
                rows=True,
            ),
            3,
            15,
        ),
        place(
            widget(
                "table",
                "table",
                {
                    "product_name": "`product_name`",
                    "order_date": "`order_date`",
                    "sales_amount": "`sales_amount`",
                    "several": "`several`",
                },
                {
                    "columns": [
                        {"fieldName": "product_name", "displayName": "Product"},
                        {"fieldName": "order_date", "displayName": "Ordered"},
                        {"fieldName": "sales_amount", "displayName": "Revenue"},
                        {"fieldName": "several", "displayName": "Several"},
                    ]
                },
                rows=True,
            ),
            0,
            19,
            3,
            6,
        ),
        place(
            widget(
                "pivot",
                "pivot",
                {"country": "`country`", "category": "`category`", **REVENUE},
                {
                    "rows": [{"fieldName": "country", "displayName": "Country"}],
                    "columns": [{"fieldName": "category", "displayName": "Category"}],
                    "cell": {
                        "type": "multi-cell",
                        "fields": [
                            {
                                "fieldName": "sum(sales_amount)",
                                "displayName": "Revenue",
                                "cellType": "color-scale",
                            }
                        ],
                    },
                },
            ),
            3,
            19,
            3,
            6,
        ),
        place(
            widget(
                "two_measures",
                "line",
                {
                    "order_month": "`order_month`",
                    "sum(quantity)": "SUM(`quantity`)",
                    "count": "COUNT(`*`)",
                },
                {
                    "x": MONTH,
                    "y": {
                        "scale": {"type": "quantitative"},
                        "fields": [
                            {"fieldName": "sum(quantity)", "displayName": "Pieces"},
                            {"fieldName": "count", "displayName": "Lines"},
                        ],
                    },
                },
            ),
            0,
            25,
            6,
        ),
    ]
    filters = [
        place(chooser("month", "filter-date-range-picker", "order_month"), 0, 0, 2, 1),
        place(chooser("country", "filter-multi-select", "country"), 2, 0, 2, 1),
        place(chooser("category", "filter-single-select", "category"), 4, 0, 2, 1),
    ]
    return {
        "datasets": [dataset("lines", LINES)],
        "pages": [
            {
                "name": "all",
                "displayName": "All",
                "pageType": "PAGE_TYPE_CANVAS",
                "layout": widgets,
            },
            {
                "name": "choose",
                "displayName": "Choose",
                "pageType": "PAGE_TYPE_GLOBAL_FILTERS",
                "layout": filters,
            },
        ],
    }


def save(board: Json, path: Path) -> Path:
    path.write_text(json.dumps(board, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
