"""Writing source files the way the source systems do: CRLF, and some without a final line end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

FOLDER_CRM, FOLDER_ERP = "source_crm", "source_erp"
CUSTOMERS = f"{FOLDER_CRM}/cust_info.csv"
PRODUCTS = f"{FOLDER_CRM}/prd_info.csv"
SALES = f"{FOLDER_CRM}/sales_details.csv"
ERP_CUSTOMERS = f"{FOLDER_ERP}/CUST_AZ12.csv"
ERP_LOCATIONS = f"{FOLDER_ERP}/LOC_A101.csv"
ERP_CATEGORIES = f"{FOLDER_ERP}/PX_CAT_G1V2.csv"

HEADERS = {
    CUSTOMERS: "cst_id,cst_key,cst_firstname,cst_lastname,cst_marital_status,cst_gndr,"
    "cst_create_date",
    PRODUCTS: "prd_id,prd_key,prd_nm,prd_cost,prd_line,prd_start_dt,prd_end_dt",
    SALES: "sls_ord_num,sls_prd_key,sls_cust_id,sls_order_dt,sls_ship_dt,sls_due_dt,"
    "sls_sales,sls_quantity,sls_price",
    ERP_CUSTOMERS: "CID,BDATE,GEN",
    ERP_LOCATIONS: "CID,CNTRY",
    ERP_CATEGORIES: "ID,CAT,SUBCAT,MAINTENANCE",
}
#: Files still being written are hidden and end like this.
UNFINISHED = ".part"

WITHOUT_FINAL_LINE_END = {CUSTOMERS, ERP_CUSTOMERS, ERP_CATEGORIES}


def daily_sales(day: date) -> str:
    """The drop that brings the order lines of one day."""
    return f"{FOLDER_CRM}/sales_details_{day:%Y-%m-%d}.csv"


class RowFile:
    """A text file that appears under its name only when it is complete.

    ``written_on`` is the day on whose morning the source system wrote it: its modification time.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        header: str,
        line_end: str = "\r\n",
        final_line_end: bool = True,
        written_on: date | None = None,
    ) -> None:
        self.name = name
        self.path = root / name
        self.rows = 0
        self._line_end = line_end
        self._final = line_end if final_line_end else ""
        self._written_on = written_on
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self.path.with_name(f".{self.path.name}{UNFINISHED}")
        self._out = self._part.open("wb", buffering=1 << 20)
        self._out.write(header.encode())

    def write(self, rows: Sequence[str]) -> None:
        """Append rows, each the text of one line without its end."""
        if rows:
            self._out.write((self._line_end + self._line_end.join(rows)).encode())
            self.rows += len(rows)

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """End the file and give it its name; after an error, remove it."""
        if error is not None:
            self._out.close()
            self._part.unlink(missing_ok=True)
            return
        with self._out:
            self._out.write(self._final.encode())
        if self._written_on is not None:
            morning = datetime.combine(self._written_on, time(1), UTC).timestamp()
            stamp = min(morning, datetime.now(UTC).timestamp())
            os.utime(self._part, (stamp, stamp))
        self._part.replace(self.path)


def source_file(out: Path, name: str, day: date) -> RowFile:
    """One of the source files, or a daily drop, with the last orders of ``day`` in it."""
    base = name if name in HEADERS else SALES
    return RowFile(
        out,
        name,
        HEADERS[base],
        final_line_end=base not in WITHOUT_FINAL_LINE_END,
        written_on=day + timedelta(days=1),
    )
