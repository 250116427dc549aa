"""Sample files in the shapes of the real exports, with known defects and the truth beside them."""

from __future__ import annotations

from sales_sample.errors import SalesSampleError
from sales_sample.folder import MARKER
from sales_sample.generate import TRUTH_FOLDER, Progress, iter_days, write_sample
from sales_sample.report import DayReport, SampleFile, SampleReport, Totals
from sales_sample.schedule import COMPANY_START

__all__ = [
    "COMPANY_START",
    "MARKER",
    "TRUTH_FOLDER",
    "DayReport",
    "Progress",
    "SalesSampleError",
    "SampleFile",
    "SampleReport",
    "Totals",
    "iter_days",
    "write_sample",
]
