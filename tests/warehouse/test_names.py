"""A file is loaded from a volume whatever its name is."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from dbx_local.connection import Connection
from tests.python.conftest import PROJECT

pytestmark = pytest.mark.slow
NAMES = ("t (1).csv", "t_50%.csv", "t#2.csv", "t+3.csv", "t[1].csv", "t_é.csv", "t%20x.csv")


def test_names_are_the_same_in_the_list_and_in_the_rows(warehouse_connection: Connection) -> None:
    from databricks import sql

    folder = Path(str(warehouse_connection.volume_root), "main/names/landing/source_x/a b")
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    statements = _macros("/Volumes/main/names/landing")
    with (
        sql.connect(**warehouse_connection.connector_arguments()) as session,
        session.cursor() as cursor,
    ):
        wanted = [f"source_x/a b/{name}" for name in sorted(NAMES)]
        listed = f"select filename, source_file from ({statements.listed}) as l order by 2"
        cursor.execute(listed)
        assert [row[1] for row in cursor.fetchall()] == wanted
        cursor.execute("declare or replace variable new_files array<string>")
        cursor.execute(
            "set variable new_files = (select collect_list(filename) from"
            f" ({statements.listed}) as l)"
        )
        cursor.execute(
            f"select _source_file, count(*) from ({statements.read}) as r group by 1 order by 1"
        )
        assert [tuple(row) for row in cursor.fetchall()] == [(name, 2) for name in wanted]


def _macros(landing: str) -> Any:
    """The statements that the project's macros make."""
    files = ("escaped_text", "list_landing_files", "read_new_files")
    text = "".join(
        (PROJECT / "macros" / "engine" / f"{name}.sql").read_text(encoding="utf-8")
        for name in files
    )
    declaration = SimpleNamespace(
        config=SimpleNamespace(meta=SimpleNamespace(file_pattern="source_x/t*.csv*")),
        columns={"a": SimpleNamespace(name="a"), "b": SimpleNamespace(name="b")},
        name="t",
    )
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(text)
    module: Any = template.make_module({"var": lambda _: landing})
    return SimpleNamespace(
        listed=module.databricks__list_landing_files(declaration, False),
        read=module.databricks__read_new_files(declaration),
    )
