"""Sample files in the shapes of the real exports, with known defects and the truth beside them."""

from __future__ import annotations

from orchestration.sample.folder import MARKER
from orchestration.sample.generate import TRUTH_FOLDER, Progress, iter_days, write_sample
from orchestration.sample.report import DayReport, SampleFile, SampleReport, Totals
from orchestration.sample.schedule import COMPANY_START

__all__ = [
    "COMPANY_START",
    "MARKER",
    "TRUTH_FOLDER",
    "DayReport",
    "Progress",
    "SampleFile",
    "SampleReport",
    "Totals",
    "iter_days",
    "write_sample",
]
