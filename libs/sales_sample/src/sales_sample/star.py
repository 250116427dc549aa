"""The star that the sample started from: what the published one should say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sales_sample.customers import Customer
from sales_sample.files import RowFile
from sales_sample.spoil_sales import UNDESCRIBED_CUSTOMERS, Line
from sales_sample.versions import Version

HEADERS = {
    "fact_sales": "order_number,product_number,customer_id,customer_number,order_date,ship_date,"
    "due_date,sales_amount,quantity,price,order_date_source",
    "dim_customers": "customer_id,customer_number,first_name,last_name,country,marital_status,"
    "gender,birthdate,create_date,is_inferred",
    "dim_products": "product_id,product_number,product_name,category_id,category,subcategory,"
    "requires_maintenance,cost,product_line,start_date,is_inferred",
}
UNKNOWN = "n/a"


def table(folder: Path, name: str) -> RowFile:
    """A table of the star, to be written."""
    return RowFile(folder, f"{name}.csv", HEADERS[name], line_end="\n")


def fact_text(line: Line) -> str:
    """One row of the fact table."""
    is_described = line.customer_id < UNDESCRIBED_CUSTOMERS
    number = f"AW{line.customer_id:08d}" if is_described else UNKNOWN
    return (
        f"{line.order},{line.product},{line.customer_id},{number},{line.ordered},"
        f"{line.shipped},{line.due},{line.amount},{line.quantity},{line.price},{line.date_source}"
    )


def customer_text(c: Customer) -> str:
    """One row of the customer dimension."""
    return (
        f"{c.id},{c.number},{c.first_name},{c.last_name},{c.country},"
        f"{c.marital_status},{c.gender},{c.birthdate},{c.create_date},false"
    )


def inferred_customer_text(customer_id: int) -> str:
    """A customer whom sales name and no file describes."""
    return f"{customer_id},{','.join([UNKNOWN] * 6)},,,true"


def write_products(folder: Path, versions: Sequence[Version], inferred: Iterable[str]) -> None:
    """The product dimension: current versions, and what sales name and no file describes."""
    with table(folder, "dim_products") as sink:
        sink.write(
            [
                f"{v.id},{v.product.number},{v.product.name},{','.join(v.category)},"
                f"{v.cost},{v.line_name},{v.start},false"
                for v in versions
                if v.end is None
            ]
        )
        sink.write([f",{number},{','.join([UNKNOWN] * 5)},,{UNKNOWN},,true" for number in inferred])
