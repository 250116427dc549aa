"""Lets the two folders of tests run side by side, each in one process that builds once for all."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Divides the tests by the folder below this one, whatever that has to share."""

    def _split_scope(self, nodeid: str) -> str:
        """`python` of `tests/python/test_run.py::test_x`."""
        return nodeid.split("/")[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    """How pytest-xdist divides the tests, when it does (`make test` lets it)."""
    return ByFolder(config, log)
