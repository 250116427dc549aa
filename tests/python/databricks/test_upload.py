from __future__ import annotations

import os
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from orchestration.databricks.transient import RetryPolicy
from orchestration.databricks.upload import LEDGER, Uploaded, upload
from orchestration.errors import ExitCode, LakehouseError
from tests.python.databricks.conftest import Told
from tests.python.databricks.standin import Standin

VOLUME = "/Volumes/sales_dev/dev_ann_lee_bronze/landing"
HURRIED = RetryPolicy(attempts=4, first_wait=0.01, longest_wait=0.02)
PUT = r"/fs/files/.*\.csv$"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    for name, content in {
        "source_crm/cust_info.csv": b"cst_id,cst_key\n1,AW1\n",
        "source_crm/2026/sales_details.csv": b"a,b\n1,2\n",
        "source_erp/LOC_A101.csv": "CID,CNTRY\n1,Österreich\n".encode(),
        "source_erp/more.CSV.gz": b"\x1f\x8b not really",
        "source_erp/empty.csv": b"",
        # These stay here.
        "source_crm/notes.txt": b"x",
        "source_crm/.hidden.csv": b"x",
        "_truth/injected.csv": b"x",
        "truth.csv": b"x",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


NAMES = (
    "source_crm/2026/sales_details.csv",
    "source_crm/cust_info.csv",
    "source_erp/LOC_A101.csv",
    "source_erp/empty.csv",
    "source_erp/more.CSV.gz",
)


def send(client: WorkspaceClient, landing: Path, told: Told | None = None) -> Uploaded:
    return upload(
        client, landing, VOLUME, retry=HURRIED, report=told if told is not None else Told()
    )


def in_volume(standin: Standin) -> dict[str, bytes]:
    return {
        path.removeprefix(f"{VOLUME}/"): stored.content
        for path, stored in standin.files.items()
        if not path.endswith(LEDGER)
    }


def test_everything_goes_up_once(
    client: WorkspaceClient, standin: Standin, landing: Path, told: Told
) -> None:
    result = send(client, landing, told)
    assert result.sent == NAMES
    assert in_volume(standin) == {name: (landing / name).read_bytes() for name in NAMES}
    assert result.size == sum((landing / name).stat().st_size for name in NAMES)
    assert [p.step for p in told] == ["upload"] * 5, told.text()
    assert [(p.done, p.total) for p in told] == [(n, 5) for n in range(1, 6)]

    times = {path: stored.modified for path, stored in standin.files.items()}
    again = send(client, landing, told)
    assert again == Uploaded((), NAMES, 0)
    assert {path: stored.modified for path, stored in standin.files.items()} == times


def test_a_touched_file_is_not_sent(client: WorkspaceClient, landing: Path) -> None:
    send(client, landing)
    os.utime(landing / NAMES[1])
    assert send(client, landing).sent == ()


def test_a_correction_of_the_same_length_and_an_old_date_is_sent(
    client: WorkspaceClient, standin: Standin, landing: Path
) -> None:
    send(client, landing)
    path = landing / "source_crm/cust_info.csv"
    path.write_bytes(path.read_bytes().replace(b"AW1", b"AW2"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert send(client, landing).sent == ("source_crm/cust_info.csv",)
    assert b"AW2" in in_volume(standin)["source_crm/cust_info.csv"]


def test_what_somebody_else_changed_or_removed_is_sent_again(
    client: WorkspaceClient, standin: Standin, landing: Path
) -> None:
    send(client, landing)
    crm, erp = f"{VOLUME}/{NAMES[1]}", f"{VOLUME}/{NAMES[2]}"
    standin.store(crm, bytes(reversed(standin.files[crm].content)))
    del standin.files[erp]
    assert send(client, landing).sent == (NAMES[1], NAMES[2])


def test_again_sends_all(client: WorkspaceClient, landing: Path) -> None:
    send(client, landing)
    assert upload(client, landing, VOLUME, again=True, retry=HURRIED).sent == NAMES


def test_a_broken_ledger_costs_an_upload_and_nothing_else(
    client: WorkspaceClient, standin: Standin, landing: Path, told: Told
) -> None:
    send(client, landing)
    for garbage in (b"{", b"[]", b'{"a": {"size": 1}}'):
        standin.store(f"{VOLUME}/{LEDGER}", garbage)
        assert send(client, landing, told).sent == NAMES
    assert "cannot be read" in told.text()
    assert send(client, landing).sent == ()


@pytest.mark.parametrize("status", [429, 503])
def test_transient_failures_are_tried_again(
    client: WorkspaceClient, standin: Standin, landing: Path, told: Told, status: int
) -> None:
    standin.fail("PUT", PUT, status, times=3, retry_after=7)
    standin.drop("GET", "/fs/directories/")
    assert send(client, landing, told).sent == NAMES
    assert in_volume(standin)[NAMES[1]] == (landing / NAMES[1]).read_bytes()
    assert "retry: Sending" in told.text()


def test_what_went_up_before_a_failure_is_remembered(
    client: WorkspaceClient, standin: Standin, landing: Path
) -> None:
    standin.fail("PUT", "LOC_A101", 403, message="no WRITE VOLUME", times=9)
    with pytest.raises(LakehouseError, match="no WRITE VOLUME") as raised:
        send(client, landing)
    assert "lacks a right" in raised.value.remedy
    assert standin.count("PUT", "LOC_A101") == 1
    standin.fail("PUT", "nothing", 403, times=0)
    standin._faults.clear()
    assert send(client, landing).unchanged == NAMES[:2]


def test_no_volume(client: WorkspaceClient, standin: Standin, landing: Path) -> None:
    standin.volumes.clear()
    with pytest.raises(LakehouseError, match=f"no volume {VOLUME}") as raised:
        send(client, landing)
    assert "databricks bundle deploy" in raised.value.remedy


def test_no_folder_and_no_files(client: WorkspaceClient, tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match="There is no folder") as raised:
        send(client, tmp_path / "missing")
    assert raised.value.exit_code == ExitCode.USAGE
    (tmp_path / "source_crm").mkdir()
    with pytest.raises(LakehouseError, match="holds no CSV files") as raised:
        send(client, tmp_path)
    assert raised.value.exit_code == ExitCode.BAD_INPUT


def test_a_file_that_changes_while_it_is_sent(
    client: WorkspaceClient, standin: Standin, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landing / NAMES[1]
    real_upload = client.files.upload

    def append_and_upload(target: str, *args: object, **options: object) -> object:
        if target.endswith("cust_info.csv"):
            with path.open("ab") as file:
                file.write(b"2,AW2\n")
        return real_upload(target, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client.files, "upload", append_and_upload)
    with pytest.raises(LakehouseError, match="changed while it was sent") as raised:
        send(client, landing)
    assert raised.value.exit_code == ExitCode.BAD_INPUT
    monkeypatch.undo()
    assert NAMES[1] in send(client, landing).sent
    assert in_volume(standin)[NAMES[1]] == path.read_bytes()


def test_large_files_go_up_in_parts(
    client: WorkspaceClient, standin: Standin, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK cuts files of 50 MiB and more; here of 1 KiB and more."""
    config = client.files._config
    monkeypatch.setattr(config, "files_ext_multipart_upload_min_stream_size", 1024)
    monkeypatch.setattr(config, "files_ext_multipart_upload_default_part_size", 1024)
    monkeypatch.setattr(config, "files_ext_multipart_upload_part_size_options", [1024])
    content = bytes(range(256)) * 20
    (landing / NAMES[0]).write_bytes(content)
    assert send(client, landing).sent == NAMES
    assert standin.count("PUT", "^/parts/") == 5
    assert in_volume(standin)[NAMES[0]] == content
    assert send(client, landing).sent == ()
