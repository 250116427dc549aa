from __future__ import annotations

import gzip
import os
import random
import shutil
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration import csv_file, files, loss
from orchestration.csv_file import line_of_row
from orchestration.errors import ExitCode, LakehouseError
from orchestration.files import Contract, check, read_contracts
from tests.python.conftest import HEADERS

SALES = "source_crm/sales_details.csv"
LOCATIONS = "source_erp/LOC_A101.csv"
HEADER = HEADERS[LOCATIONS].encode()


@pytest.fixture(scope="module")
def contracts(request: pytest.FixtureRequest) -> list[Contract]:
    return read_contracts(request.getfixturevalue("project_dir"))


@pytest.fixture
def stops(small_landing: Path, contracts: list[Contract]) -> Callable[[], LakehouseError]:
    """Expects the check to stop, and hands back why."""

    def expect() -> LakehouseError:
        with pytest.raises(LakehouseError) as caught:
            check(small_landing, contracts)
        assert caught.value.exit_code == ExitCode.BAD_INPUT
        assert "Nothing was written" in caught.value.remedy
        return caught.value

    return expect


def test_the_contracts_are_those_of_the_six_files(contracts: list[Contract]) -> None:
    assert {c.name: ",".join(c.columns) for c in contracts} == {
        "crm_cust_info": HEADERS["source_crm/cust_info.csv"],
        "crm_prd_info": HEADERS["source_crm/prd_info.csv"],
        "crm_sales_details": HEADERS[SALES],
        "erp_cust_az12": HEADERS["source_erp/CUST_AZ12.csv"].lower(),
        "erp_loc_a101": HEADERS[LOCATIONS].lower(),
        "erp_px_cat_g1v2": HEADERS["source_erp/PX_CAT_G1V2.csv"].lower(),
    }


def test_the_real_files_pass(bootcamp_dir: Path, contracts: list[Contract]) -> None:
    result = check(bootcamp_dir, contracts)
    assert result.rows == 18_494 + 397 + 60_398 + 18_484 + 18_484 + 37


# --- Carried on with -----------------------------------------------------------------------------

SOUND = {
    "columns in another order": (b"CNTRY,CID\nFrance,AW-1\n", 1),
    "other letter cases and blanks": (b"cid , Cntry\nAW-1,France\n", 1),
    "BOM": (b"\xef\xbb\xbfCID,CNTRY\r\nAW-1,France\r\n", 1),
    "LF": (b"CID,CNTRY\nAW-1,France\nAW-2,France\n", 2),
    "CRLF": (b"CID,CNTRY\r\nAW-1,France\r\nAW-2,France\r\n", 2),
    "CR": (b"CID,CNTRY\rAW-1,France\rAW-2,France\r", 2),
    "no line end at the end": (b"CID,CNTRY\r\nAW-1,France\r\nAW-2,", 2),
    "commas in quotes": (b'CID,CNTRY\n"AW-1","Korea, Republic of"\n', 1),
    "line ends in quotes": (b'CID,CNTRY\r\nAW-1,"Korea\nRepublic"\r\nAW-2,"A\r\nB"\r\n', 2),
    "quotes in quotes": (b'CID,CNTRY\nAW-1,"the ""real"" one"\n', 1),
    "a quote inside a plain field": (b'CID,CNTRY\nAW-1,5" wide\n', 1),
    "quoted header": (b'"CID","CNTRY"\nAW-1,France\n', 1),
    "blank first line": (b"\nCID,CNTRY\nAW-1,France\n", 1),
    "blank lines": (b"CID,CNTRY\n\nAW-1,France\n\n\nAW-2,France\n\n", 2),
    "blank lines with CRLF": (b"CID,CNTRY\r\n\r\nAW-1,France\r\n\r\n", 1),
    "accents": ("CID,CNTRY\nAW-1,Österreich\n".encode(), 1),
}


@pytest.mark.parametrize("case", SOUND)
def test_carried_on_with(case: str, small_landing: Path, contracts: list[Contract]) -> None:
    content, rows = SOUND[case]
    (small_landing / LOCATIONS).write_bytes(content)
    result = check(small_landing, contracts)
    assert {file.path: file.rows for file in result.files}[LOCATIONS] == rows


def test_gzip_and_sub_folders(small_landing: Path, contracts: list[Contract]) -> None:
    daily = small_landing / "source_crm" / "2026" / "11"
    daily.mkdir(parents=True)
    plain = (small_landing / SALES).read_bytes()
    (daily / "sales_details_2026-11-23.csv.gz").write_bytes(gzip.compress(plain))
    files = [f.path for f in check(small_landing, contracts).files if "sales" in f.path]
    assert files == ["source_crm/2026/11/sales_details_2026-11-23.csv.gz", SALES]


def test_a_header_without_rows_is_a_warning(small_landing: Path, contracts: list[Contract]) -> None:
    drop = LOCATIONS.replace(".csv", "_2026-11-23.csv")
    (small_landing / drop).write_bytes(HEADER + b"\r\n")
    result = check(small_landing, contracts)
    assert result.warnings == [f"{drop} holds a header and no rows."]


def test_a_file_that_nobody_reads_is_a_warning(
    small_landing: Path, contracts: list[Contract]
) -> None:
    (small_landing / "source_crm" / "orders.csv").write_text("a\n1\n")
    (small_landing / "source_crm" / ".hidden.csv").write_text("a\n1\n")
    (small_landing / "notes.txt").write_text("not ours")
    result = check(small_landing, contracts)
    assert [w.split(" ")[0] for w in result.warnings] == [
        "source_crm/.hidden.csv",
        "source_crm/orders.csv",
    ]


# --- Stopped -------------------------------------------------------------------------------------

BROKEN = {
    "empty": (b"", ["0 bytes"]),
    "no rows": (HEADER + b"\r\n", ["a header and no rows"]),
    "zip": (b"PK\x03\x04..", ["a zip archive"]),
    "gzip": (gzip.compress(HEADER), ["packed with gzip"]),
    "blank": (b"\n\n", ["empty or blank"]),
    "column missing": (b"CID\nAW-1\n", ["line 1", "missing cntry"]),
    "column too many": (b"CID,CNTRY,CITY\nAW-1,France,Lyon\n", ["line 1", "unexpected city"]),
    "column misspelt": (b"CID,COUNTRY\nA,B\n", ["missing cntry", "unexpected country"]),
    "column twice": (b"CID,CNTRY,CID\nA,B,A\n", ["twice cid"]),
    "column without a name": (b"CID,CNTRY,\nA,B,\n", ["a column without a name"]),
    "no header": (b"AW-1,France\nAW-2,France\n", ["line 1", "no header"]),
    "semicolons": (b"CID;CNTRY\nAW-1;France\n", ["line 1", "semicolons"]),
    "tabs": (b"CID\tCNTRY\nAW-1\tFrance\n", ["line 1", "tabs"]),
    "UTF-16": ("CID,CNTRY\nAW-1,France\n".encode("utf-16"), ["line 1", "UTF-16"]),
    "UTF-32": ("CID,CNTRY\nAW-1,France\n".encode("utf-32"), ["line 1", "UTF-32"]),
    "UTF-32 without BOM": ("CID,CNTRY\nA,B\n".encode("utf-32-be"), ["line 1", "UTF-32BE"]),
    "UTF-16, other order": ("CID,CNTRY\nA,B\n".encode("utf-16-be"), ["line 1", "UTF-16BE"]),
    "UTF-16 without BOM": ("CID,CNTRY\nA,B\n".encode("utf-16-le"), ["line 1", "UTF-16"]),
    "Latin-1": (b"CID,CNTRY\nAW-1,France\nAW-2,C\xf4te\n", ["line 3: byte 7 (0xF4, 'ô'", "UTF-8"]),
    "too many fields": (b"CID,CNTRY\nA,B\nA,B,C\nA,B\n", ["line 3: 3 fields, the header has 2"]),
    "an empty field too many": (b"CID,CNTRY\nA,B\nA,B,\n", ["line 3: 3 fields"]),
    "too few fields": (b"CID,CNTRY\r\nA,B\r\nA\r\nA,B\r\n", ["line 3: 1 field, the header has 2"]),
    "cut off": (b"CID,CNTRY\nA,B\nAW-", ["line 3: 1 field", "the file ends there"]),
    "a blank in a line": (b"CID,CNTRY\nA,B\n  \nA,B\n", ["line 3: 1 field"]),
    "after a quoted line end": (b'CID,CNTRY\n"A\nA",B\nA\n', ["line 4: 1 field"]),
    "a blank before a quote": (b'CID,CNTRY\nA, "B"\n', ["line 2: there is a blank"]),
    "NUL": (b"CID,CNTRY\nA,B\nA,B\0\n", ["line 3: there is a NUL byte"]),
    "quote never closed": (b'CID,CNTRY\nA,B\nA,"B\nA,B\n', ["line 3", "never closed"]),
    "a quote closed in a later row": (
        b'CID,CNTRY\nA,B\n"A,B\nA,B\nA",B\nA,B\n',
        ["line 3", "closes in a later one"],
    ),
    "the same in the last column": (b'CID,CNTRY\nA,"B\nA,B"\n', ["line 2", "closes in a later"]),
    "text after a quote": (b'CID,CNTRY\nA,"B"C\nA,B\n', ["line 2", "after the closing"]),
    "mixed line ends": (b"CID,CNTRY\r\nA,B\r\nA,B\nA,B\r\n", ["line 3", "ends with LF"]),
    "a CR in a line": (b"CID,CNTRY\nA,B\nA,B\rB\n", ["line 3", "ends with CR,"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_stopped_with_file_and_line(
    case: str, small_landing: Path, stops: Callable[[], LakehouseError]
) -> None:
    content, expected = BROKEN[case]
    (small_landing / LOCATIONS).write_bytes(content)
    error = stops()
    assert error.message.startswith(LOCATIONS)
    for part in expected:
        assert part in error.message
    assert "->" in error.message or len(error.remedy) > len("Nothing was written.")


def test_the_line_of_a_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('\na,b\n1,"x\ny"\n\n2,z\n')
    assert [line_of_row(path, row) for row in (1, 2, 3)] == [3, 6, None]


def test_a_large_file_is_checked_to_its_end(
    small_landing: Path, contracts: list[Contract], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chunk borders may fall anywhere, also between CR and LF or within a letter."""
    rows = 500
    lines = [HEADER] + [f"AW-{i},Österreich".encode() for i in range(rows)]
    for line_end in (b"\n", b"\r\n"):
        for chunk in (1, 7, 64, 1000):
            monkeypatch.setattr(csv_file, "CHUNK", chunk)
            (small_landing / LOCATIONS).write_bytes(line_end.join(lines) + line_end)
            result = check(small_landing, contracts)
            assert {f.path: f.rows for f in result.files}[LOCATIONS] == rows
    broken = [*lines[:400], b"AW", *lines[400:]]
    (small_landing / LOCATIONS).write_bytes(b"\r\n".join(broken))
    with pytest.raises(LakehouseError, match=r"line 401: 1 field"):
        check(small_landing, contracts)


def test_the_quick_way_and_the_slow_one_agree(tmp_path: Path) -> None:
    """Where the quick way gives a number, it is the number of the exact one."""
    rng = random.Random(3)
    path = tmp_path / "x.csv"
    quick_answers = 0
    for _ in range(400):
        end = rng.choice([b"\n", b"\r\n"])
        lines = [b"a,b"]
        for _ in range(rng.randrange(6)):
            lines.append(rng.choice([b"1,2", b"1,2", b"", b",", b"1", b"1,2,3", b'"1",2', b"\xc3"]))
        path.write_bytes(end.join(lines) + rng.choice([b"", end, b"\n"]))
        try:
            quick = csv_file._read_plain(path, 2)
        except UnicodeDecodeError:
            continue
        if quick is None:
            continue
        quick_answers += 1
        assert quick[0] == csv_file._read_records(path, "x.csv", ("a", "b"))[0]
    assert quick_answers > 50


def test_every_problem_is_named_at_once(
    small_landing: Path, stops: Callable[[], LakehouseError]
) -> None:
    (small_landing / SALES).unlink()
    (small_landing / LOCATIONS).write_bytes(b"CID,CNTRY\n" + b"A\n" * 20)
    message = stops().message
    assert SALES.replace(".csv", "[...].csv") in message
    assert message.count(f"{LOCATIONS}, line") == csv_file.MAX_PROBLEMS_PER_FILE


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("source_erp/LOC_A101.zip", "Unpack it"),
        ("loc_a101.xlsx", "Unpack it"),
        ("LOC_A101.csv", "Unpack it"),
        ("source_erp/loc_a101.csv", "Rename it"),
        ("source_erp/LOC_A101.csv.bak", "Rename it"),
    ],
)
def test_a_file_under_another_name_is_named(
    small_landing: Path, stops: Callable[[], LakehouseError], name: str, remedy: str
) -> None:
    (small_landing / LOCATIONS).rename(small_landing / name)
    error = stops()
    assert error.message.startswith(f"{name}: ")
    assert error.remedy.startswith(remedy)


def test_a_missing_file_is_named_with_its_columns(
    small_landing: Path, stops: Callable[[], LakehouseError]
) -> None:
    (small_landing / LOCATIONS).unlink()
    error = stops()
    assert "erp_loc_a101" in error.message
    assert "cid, cntry" in error.remedy


def test_a_gzip_file_that_is_none(small_landing: Path, stops: Callable[[], LakehouseError]) -> None:
    (small_landing / f"{LOCATIONS}.gz").write_bytes(gzip.compress(b"CID,CNTRY\nA,B\n" * 99)[:-12])
    assert "not a complete gzip file" in stops().message
    (small_landing / f"{LOCATIONS}.gz").write_bytes(b"CID,CNTRY\nA,B\n")
    assert "not a complete gzip file" in stops().message


def test_a_folder_whose_name_no_engine_takes(tmp_path: Path, contracts: list[Contract]) -> None:
    (tmp_path / "a\\b").mkdir()
    with pytest.raises(LakehouseError, match="Rename"):
        check(tmp_path / "a\\b", contracts)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file: run the tests as a user")
def test_a_file_without_permission(small_landing: Path, contracts: list[Contract]) -> None:
    (small_landing / LOCATIONS).chmod(0)
    with pytest.raises(LakehouseError, match="no permission") as caught:
        check(small_landing, contracts)
    assert caught.value.exit_code == ExitCode.IO


def test_a_link_to_nowhere(small_landing: Path, contracts: list[Contract]) -> None:
    (small_landing / LOCATIONS).unlink()
    (small_landing / LOCATIONS).symlink_to("gone.csv")
    with pytest.raises(LakehouseError, match=LOCATIONS) as caught:
        check(small_landing, contracts)
    assert caught.value.exit_code == ExitCode.IO


def test_a_disk_without_room(
    small_landing: Path,
    contracts: list[Contract],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10**6))
    with pytest.raises(LakehouseError, match="1 MB free") as caught:
        check(small_landing, contracts, tmp_path / "not" / "there")
    assert caught.value.exit_code == ExitCode.IO


@pytest.mark.parametrize("name", [b"a\\b.csv", b"a\nb.csv", b"a\x1bb.csv", b"caf\xe9.csv"])
def test_a_name_that_no_engine_takes(
    name: bytes, small_landing: Path, stops: Callable[[], LakehouseError]
) -> None:
    folder = os.fsencode(small_landing / "source_erp")
    with open(folder + b"/LOC_A101_" + name, "wb") as file:
        file.write(HEADER + b"\nAW-1,France\n")
    error = stops()
    assert "source_erp/LOC_A101_" in error.message
    assert "Rename" in error.remedy


def test_what_is_hidden_is_named_and_what_is_linked_is_read(
    small_landing: Path, contracts: list[Contract], tmp_path: Path
) -> None:
    hidden = ("source_crm/.ipynb_checkpoints", "source_crm/_old")
    for folder in hidden:
        shutil.copytree(small_landing / "source_erp", small_landing / folder)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "LOC_A101_2.csv").write_bytes(HEADER + b"\nAW-2,France\n")
    (small_landing / "source_erp" / "linked").symlink_to(tmp_path / "elsewhere")
    (small_landing / "source_erp" / "circle").symlink_to(small_landing)
    result = check(small_landing, contracts)
    assert "source_erp/linked/LOC_A101_2.csv" in [file.path for file in result.files]
    assert len(result.files) == 7
    assert sum("is hidden" in warning for warning in result.warnings) == 6


def test_a_copy_is_noted(small_landing: Path, contracts: list[Contract]) -> None:
    shutil.copy(small_landing / LOCATIONS, small_landing / LOCATIONS.replace(".csv", " (1).csv"))
    (warning,) = check(small_landing, contracts).warnings
    assert "same content" in warning


# --- What is loaded is what was checked -----------------------------------------------------------


def test_a_file_that_changes_after_the_check_stops_the_run(
    small_landing: Path, contracts: list[Contract]
) -> None:
    listed = check(small_landing, contracts).files
    files.require_unchanged(small_landing, listed, content=True)
    path = small_landing / LOCATIONS
    before, content = path.stat(), path.read_bytes()

    def grow() -> None:
        path.write_bytes(content + b"AW-2,France\r\n")

    def replace_with_equal_size_and_time() -> None:
        path.write_bytes(content.replace(b"Australia", b"Australie"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    for change, said in (
        (grow, "had 34 bytes"),
        (replace_with_equal_size_and_time, "written again"),
        (path.unlink, "removed"),
    ):
        change()
        with pytest.raises(LakehouseError, match=f"{LOCATIONS}.*{said}") as caught:
            files.require_unchanged(small_landing, listed)
        assert caught.value.exit_code == ExitCode.BAD_INPUT


def test_rows_that_would_leave(small_landing: Path, contracts: list[Contract]) -> None:
    listed = check(small_landing, contracts).files
    sizes = {"source_crm/cust_info.csv": 101, SALES: 102, LOCATIONS: 1, "source_erp/x.csv": 500}
    source = {file.path: file.source for file in listed}
    database = small_landing / "x.duckdb"
    assert loss.require_no_loss(database, listed, True, False) == []
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema bronze; create table bronze.file_load_log (landing_table varchar,"
            " source_file varchar, landed_rows bigint, loaded_at timestamp, checksum varchar)"
        )
        for path, rows in sizes.items():
            connection.execute(
                "insert into bronze.file_load_log values (?, ?, ?, now(), 'other')",
                [source.get(path, "erp_loc_a101"), path, rows],
            )
    fewer, gone = f"{SALES} had 102 rows and has 1 now", "source_erp/x.csv with 500 rows is gone"
    assert loss.require_no_loss(database, listed, False, True) == [gone]
    assert loss.require_no_loss(database, listed, True, True) == []
    for full_refresh, lost in ((False, fewer), (True, f"{fewer}; {gone}")):
        with pytest.raises(LakehouseError) as caught:
            loss.require_no_loss(database, listed, full_refresh, False)
        assert caught.value.message == f"Rows would leave: {lost}."
        assert caught.value.exit_code == ExitCode.BAD_INPUT
        assert "--accept-loss" in caught.value.remedy


# --- Only what is new ----------------------------------------------------------------------------


def test_only_new_files_are_read(
    small_landing: Path, contracts: list[Contract], tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    warehouse.mkdir()
    first = check(small_landing, contracts, warehouse)
    assert [file.path for file in first.files] == list(HEADERS)
    assert (first.read, first.rows, first.warnings) == (6, 6, [])
    assert list(warehouse.iterdir()) == []
    files.remember(warehouse, small_landing, first.files)

    again = check(small_landing, contracts, warehouse)
    assert (again.read, again.rows) == (0, 6)

    (small_landing / LOCATIONS).write_bytes(b"CID,CNTRY\nA,B\nA,B\n")
    third = check(small_landing, contracts, warehouse)
    assert (third.read, third.rows) == (1, 7)

    (small_landing / LOCATIONS).write_bytes(b"CID,CNTRY\nA\n")
    with pytest.raises(LakehouseError, match="line 2"):
        check(small_landing, contracts, warehouse)


def test_the_memory_is_good_for_one_folder_and_contract_only(
    small_landing: Path, contracts: list[Contract], tmp_path: Path
) -> None:
    files.remember(tmp_path, small_landing, check(small_landing, contracts).files)
    changed = [*contracts[:-1], Contract(contracts[-1].name, contracts[-1].pattern, ("id", "cat"))]
    with pytest.raises(LakehouseError, match="unexpected subcat"):
        check(small_landing, changed, tmp_path)
    moved = small_landing.rename(tmp_path / "moved")
    assert check(moved, contracts, tmp_path).read == 6
    (tmp_path / files.LIST_NAME).write_text("{not json")
    assert check(moved, contracts, tmp_path).read == 6
