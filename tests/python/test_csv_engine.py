"""The reader of CSV files and DuckDB agree: what one accepts, the other loads value by value."""

from __future__ import annotations

import csv
import glob
import gzip
import io
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import jinja2
import pytest

from orchestration.csv_file import BadFileError, read_file
from tests.python.conftest import PROJECT

MACRO = PROJECT / "macros" / "engine" / "read_new_files.sql"
FIELDS = (
    *("1", "", " ", "a b", "é", "𝄞", "0x", "-", "'", "\\", "NULL", "#c", "\t", "\u00a0", "\u200b"),
    *('"q"', '""', '"a,b"', '"a\nb"', '"a\r\nb"', '"a""b"', '""""', '" a "', '5" wide', 'x"'),
    *(' "q"', '"q" ', '"q"x', '"', ",", "\0", "\x1a", "\ufeff", "\u2028", "\x0b", "\x85"),
)
HEADERS = (
    *("a,b", "A,B", "b,a", '"a","b"', ' "a",b', " a , b ", '"a" ,b', "a,b,", "a", "1,2", 'a,"b\n"'),
)
ENDS = ("\n", "\r\n", "\r")


def options() -> str:
    """The options of `read_csv` as the macro gives them."""
    text = MACRO.read_text(encoding="utf-8")
    module = jinja2.Environment().from_string(text).module
    return str(module.duckdb_csv_options())  # type: ignore[attr-defined]


def odd_file(seed: int) -> bytes:
    """A small file, rarely quite right."""
    choose = random.Random(seed)
    end = choose.choice(ENDS)
    odd = choose.choice((0.0, 0.05, 0.3))
    lines = [choose.choice(HEADERS[:2] if choose.random() > odd else HEADERS)]
    if choose.random() < odd:
        lines.insert(0, choose.choice(("", " ", ",")))
    for _ in range(choose.choice((0, 1, 2, 5, 30))):
        count = 2 if choose.random() > odd / 4 else choose.choice((0, 1, 3))
        few = FIELDS[:3] if choose.random() > odd else FIELDS
        lines.append(",".join(choose.choice(few) for _ in range(count)))
    text = "".join(line + (end if choose.random() > odd / 20 else "\n") for line in lines)
    if choose.random() < 0.2:
        text = text.removesuffix(end)
    mark = "\ufeff" if choose.random() < 0.1 else ""
    return (mark + text).encode()


def packed(content: bytes, seed: int) -> bytes:
    """The same, packed in one of the ways there are."""
    half = len(content) // 2
    return (
        gzip.compress(content),
        gzip.compress(content[:half]) + gzip.compress(content[half:]),
        gzip.compress(content) + b"\0" * 512,
        gzip.compress(content)[:-4],
        gzip.compress(content) + b"x",
    )[seed % 5]


def values_of(content: bytes) -> Iterator[tuple[str | None, ...]]:
    """The records as the csv module of Python reads them; an empty field is NULL."""
    text = content.decode("utf-8-sig")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return (tuple(value or None for value in record) for record in reader if record)


def assert_engines_agree(folder: Path, seeds: range) -> None:
    """Whatever the reader accepts is loaded, with the same records."""
    accepted, wrong, given = 0, [], options()
    with duckdb.connect() as connection:
        for seed in seeds:
            content = odd_file(seed)
            zipped = seed % 10 == 0
            path = folder / f"f [{seed}]*.csv{'.gz' if zipped else ''}"
            path.write_bytes(packed(content, seed // 10) if zipped else content)
            try:
                found = read_file(path, path.name, ("a", "b"))
            except BadFileError:
                continue
            accepted += 1
            try:
                loaded = connection.execute(
                    "select * exclude (filename) from read_csv(?, columns ="
                    " {'x': 'VARCHAR', 'y': 'VARCHAR'}, filename = true,"
                    f" max_line_size = {max(2097152, found.longest)}, {given})",
                    [[glob.escape(str(path))]],
                ).fetchall()
            except duckdb.Error as error:
                wrong.append((seed, content, str(error)[:100]))
                continue
            if loaded != list(values_of(content)) or len(loaded) - 1 != found.rows:
                wrong.append((seed, content, str(loaded)))
            path.unlink()
    assert wrong == [], len(wrong)
    assert accepted > len(seeds) / 4


def test_what_is_accepted_is_loaded_value_by_value(tmp_path: Path) -> None:
    assert_engines_agree(tmp_path, range(200))


@pytest.mark.slow
def test_thousands_of_odd_files(tmp_path: Path) -> None:
    assert_engines_agree(tmp_path, range(200, 5200))


def test_long_lines(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    for field in ("x" * 3_000_000, '"' + "y" * 5_000_000 + '"'):
        path.write_text(f"a,b\n1,{field}\n", encoding="utf-8")
        found = read_file(path, path.name, ("a", "b"))
        with duckdb.connect() as connection:
            loaded = connection.execute(
                "select length(y) from read_csv(?, columns = {'x': 'VARCHAR', 'y': 'VARCHAR'},"
                f" max_line_size = {found.longest}, {options()})",
                [str(path)],
            ).fetchall()
        assert loaded[1] == (len(field.strip('"')),)
    path.write_text("a,b\n1," + "z" * 17_000_000 + "\n", encoding="utf-8")
    with pytest.raises(BadFileError, match="16 MB"):
        read_file(path, path.name, ("a", "b"))
