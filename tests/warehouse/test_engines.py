"""What `docs/engines.md` says of the engines is what they do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.probes import PAGE, PROJECT, Probe, page_with_table, read_probes

ENGINE_MACROS = PROJECT / "macros" / "engine"


def answer(cursor: Any, expression: str) -> str:
    """What an engine makes of an expression, as text."""
    try:
        cursor.execute(f"select cast(({expression}) as string)")
        (value,) = cursor.fetchone()
    except Exception:
        return "error"
    return "null" if value is None else str(value)


def test_the_page_shows_the_probes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with_table(page)


@pytest.mark.parametrize("probe", read_probes(), ids=lambda probe: probe.what)
def test_duckdb_answers_as_stated(probe: Probe) -> None:
    with duckdb.connect() as connection:
        assert answer(connection, probe.expression) == probe.duckdb


def test_the_page_names_every_engine_macro_and_only_these() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Macros that know")[2]
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `.*?\|", section, re.M))))
    assert named == {path.stem for path in ENGINE_MACROS.glob("*.sql")}


def test_every_engine_macro_is_used() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("models", "macros", "tests", "snapshots", "docs/analyses")
        for path in (PROJECT / folder).rglob("*.sql")
    ) + (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    built_in = {  # dbt and the adapter call them
        "alter_column_comment",
        "generate_database_name",
        "load_csv_rows",
        "persist_docs",
        "relation_should_be_altered",
    }
    unused = [
        path.stem
        for path in ENGINE_MACROS.glob("*.sql")
        if path.stem not in built_in and not _called(path, sources)
    ]
    assert unused == []


def _called(path: Path, sources: str) -> bool:
    calls = re.findall(rf"(?<![\w'])(?:{path.stem})\(", sources)
    definitions = re.findall(rf"macro {path.stem}\(", sources)
    return len(calls) > len(definitions)
