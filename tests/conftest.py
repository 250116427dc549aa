"""How pytest-xdist divides the tests among its workers, and which of them need a browser."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

WAREHOUSE = ("tests/warehouse/", "libs/dbx_local/tests/")
"""Folders whose tests share one Spark session."""
LONGEST = (
    *("test_daily", "test_guides", "test_histories", "test_numbers", "test_statements"),
    *("test_diff", "test_strangers", "test_thirty_days", "test_check", "test_walks"),
)
"""Files that take a minute or more."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Gives a file's tests to one worker, and those of the local warehouse together to one."""

    def _split_scope(self, nodeid: str) -> str:
        return "warehouse" if nodeid.startswith(WAREHOUSE) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Use the scheduler above; the order of the files is the one of the collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, so that no worker idles at the end: the warehouse, then slow files."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "published_bootcamp" in fixtures or item.nodeid.startswith("tests/warehouse/"):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(
        key=lambda item: (
            not item.nodeid.startswith(WAREHOUSE),
            item.path.stem not in LONGEST,
            item.path not in slow,
        )
    )
