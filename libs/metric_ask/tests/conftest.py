"""The example, a library that lends books, as a database and ready to be asked."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from metric_ask import Analyst, MetricView, Words, load_view, load_words

EXAMPLE = Path(__file__).parents[1] / "examples" / "lending"


@pytest.fixture(scope="session")
def example() -> Path:
    """The folder of view, words and SQL."""
    return EXAMPLE


@pytest.fixture(scope="session")
def lending(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database."""
    path = tmp_path_factory.mktemp("lending") / "lending.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute((EXAMPLE / "lending.sql").read_text(encoding="utf-8"))
    return path


@pytest.fixture(scope="session")
def view() -> MetricView:
    return load_view(EXAMPLE / "view.yml")


@pytest.fixture(scope="session")
def words() -> Words:
    return load_words(EXAMPLE / "words.yml")


@pytest.fixture(scope="session")
def analyst(view: MetricView, words: Words, lending: Path) -> Analyst:
    return Analyst(view, words, lending)
