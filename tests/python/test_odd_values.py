"""An odd value never stops a build: it is used as it is, repaired on record, or quarantined."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import pytest

from tests.python.conftest import HEADERS, PROJECT, ROWS
from tests.python.lake import Lake

DAY = date(2026, 11, 23)
MODIFIED = datetime(2026, 11, 22, 6)
ODD = [
    *("", " ", "\u00a0", "\u200b", "\ufeff", "\t", "\n", "n/a", "NULL", "nan", "-", "--", ".", "?"),
    *("0", "-0", "00", "-1", "1", "1.0", "11000.0", "-5.00", "0.0048", "1.005", "3.578", "1,234"),
    *("1.234.567", "99999999999", "1234567890123456", "9" * 40, "-" + "9" * 40, "1e3", "1E-9"),
    *("0x10", "1_000", "٣", "½", "inf", "+7", "$5", "5 €", "10%", "true", "2024-01-05", "20240105"),
    *("2024-02-30", "05.01.2024", "1/5/2024", "20241305", "0001-01-01", "9999-12-31", "99991231"),
    *(
        "2024-01-05T06:00:00",
        "Total",
        "AW00011000",
        "AW-00011000",
        "NASAW00011000",
        "AC-HE-",
        "Zürich",
    ),
    *("名前", "👩‍👩‍👧", "\x1b[31mred", "\x01", "'; drop table x; --", '"', '""', "a,b;c|d\\e^f"),
    *(
        "<script>alert(1)</script>",
        "<!-- <script>",
        "=1+1",
        "[/]",
        "{{ ref('x') }}",
        "%s",
        "x" * 200_000,
    ),
]


class Source(NamedTuple):
    """Where a source's rows go.

    Attributes:
        bronze: the model of its rows as they stand in the file.
        silver: the model of its validated rows.
        columns: the columns of silver, in the order of the file's; a dash where there is none:
            the product key goes into two, and no end date is used.
        key: how the value that tells the odd rows apart is written, and in which column.
    """

    bronze: str
    silver: str
    columns: str
    key: dict[int, str]


SOURCES = {
    "source_crm/cust_info.csv": Source(
        "crm_cust_info",
        "int_customers__validated",
        "customer_id customer_number first_name last_name marital_status gender create_date",
        {0: "{number}", 1: "AW{number:08}"},
    ),
    "source_crm/prd_info.csv": Source(
        "crm_prd_info",
        "int_products__validated",
        "product_id - product_name cost product_line start_date -",
        {1: "CO-RF-ODD-{number}"},
    ),
    "source_crm/sales_details.csv": Source(
        "crm_sales_details",
        "int_sales__validated",
        "order_number product_number customer_id order_date ship_date due_date sales_amount"
        " quantity price",
        {0: "SO{number}"},
    ),
    "source_erp/CUST_AZ12.csv": Source(
        "erp_cust_az12",
        "int_customer_details__validated",
        "customer_number birthdate gender",
        {0: "NASAW{number:08}"},
    ),
    "source_erp/LOC_A101.csv": Source(
        "erp_loc_a101",
        "int_customer_locations__validated",
        "customer_number country",
        {0: "AW-{number:08}"},
    ),
    "source_erp/PX_CAT_G1V2.csv": Source(
        "erp_px_cat_g1v2",
        "int_product_categories__validated",
        "category_id category subcategory requires_maintenance",
        {0: "{letters}_{number:02}"},
    ),
}


def odd_rows(name: str) -> str:
    """The good row of a source, then a row for each column and odd value."""
    good = next(csv.reader([ROWS[name]]))
    rows = [good]
    for column in range(len(good)):
        for value in ODD:
            row, number = list(good), 20_000 + len(rows)
            letters = chr(65 + len(rows) // 26) + chr(65 + len(rows) % 26)
            for place, form in SOURCES[name].key.items():
                row[place] = form.format(number=number, letters=letters)
            row[column] = value
            rows.append(row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().removesuffix("\r\n")


def is_unchanged(text: str | None, value: str | None) -> bool:
    """Whether a value says what the file says: the same text, number or day, or nothing."""
    blank = (text or "").replace("\u00a0", " ").strip(" ")
    if value in (None, "n/a"):
        return blank in ("", "n/a")
    assert value is not None
    try:
        return blank == value or Decimal(blank) == Decimal(value)
    except InvalidOperation:
        return blank == value.replace("-", "")


@pytest.mark.slow
def test_an_odd_value_stops_nothing_and_is_accounted_for(lake: Lake) -> None:
    for name in SOURCES:
        lake.land(name, [odd_rows(name)], MODIFIED)
    lake.build(DAY)
    lake.test(DAY, "--exclude", "rule_results")  # far more rows are odd than a run allows
    with (PROJECT / "seeds" / "data_quality_rules.csv").open(encoding="utf-8", newline="") as file:
        columns = {rule["rule_id"]: rule["column_name"] for rule in csv.DictReader(file)}
    changed = []
    for name, source in SOURCES.items():
        for text_column, column in zip(
            HEADERS[name].split(","), source.columns.split(), strict=True
        ):
            if column == "-":
                continue
            rows = lake.query(
                f"""
                select raw.{text_column}, cast(row.{column} as varchar), coalesce(row.counted, '')
                from bronze.{source.bronze} as raw
                inner join silver.{source.silver} as row using (_source_file, _row_number)
                where not row.is_quarantined and row.violations is null
                """,
                "lakehouse",
            )
            for text, value, counted in rows:
                on_record = any(
                    columns[rule] == column or rule.endswith("_trimmed") for rule in counted.split()
                )
                if text in ODD and not on_record and not is_unchanged(text, value):
                    changed.append((text_column, text, value))
    assert changed == []
