"""How pytest-xdist divides the tests among its workers, and which of them need a browser."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

WAREHOUSE = ("tests/warehouse/", "libs/dbx_local/tests/")
"""Folders whose tests share one Spark session."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Gives a file's tests to one worker, and those of the local warehouse together to one."""

    def _split_scope(self, nodeid: str) -> str:
        return "warehouse" if nodeid.startswith(WAREHOUSE) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Use the scheduler above; the order of the files is the one of the collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first: the warehouse, then slow files, so that no worker idles at the end."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "published_bootcamp" in fixtures or item.nodeid.startswith("tests/warehouse/"):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not item.nodeid.startswith(WAREHOUSE), item.path not in slow))
