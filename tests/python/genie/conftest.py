"""The two published databases, ready to be asked and counted in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from orchestration.questions import open_analyst
from tests.python.genie.independent import read_gold
from tests.python.genie.places import Place


@pytest.fixture(scope="session")
def make_place(project_dir: Path) -> Callable[[str, Path], Place]:
    @cache
    def make(name: str, published: Path) -> Place:
        return Place(name, published, open_analyst(published, project_dir), read_gold(published))

    return make


BOTH = ["sample", pytest.param("bootcamp", marks=pytest.mark.slow)]


@pytest.fixture(scope="session", params=BOTH)
def place(request: pytest.FixtureRequest, make_place: Callable[[str, Path], Place]) -> Place:
    """Both databases in turn."""
    published: Path = request.getfixturevalue(f"published_{request.param}")
    return make_place(request.param, published)


@pytest.fixture(scope="session")
def sample(published_sample: Path, make_place: Callable[[str, Path], Place]) -> Place:
    return make_place("sample", published_sample)
