from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from orchestration.databricks.upload import LEDGER, Uploaded, upload
from orchestration.errors import ExitCode, LakehouseError
from tests.python.databricks.fake_workspace import FakeWorkspace

VOLUME = "/Volumes/sales_dev/dev_ann_lee_bronze/landing"
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


def send(workspace: FakeWorkspace, landing: Path, **options: Any) -> Uploaded:
    return upload(workspace.client, landing, VOLUME, **options)


def in_volume(workspace: FakeWorkspace) -> dict[str, bytes]:
    return {
        path.removeprefix(f"{VOLUME}/"): stored.content
        for path, stored in workspace.files.items()
        if not path.endswith(LEDGER)
    }


def test_everything_goes_up_once(workspace: FakeWorkspace, landing: Path, lines: list[str]) -> None:
    result = send(workspace, landing, report=lines.append)
    assert result.sent == NAMES
    assert in_volume(workspace) == {name: (landing / name).read_bytes() for name in NAMES}
    assert result.size == sum((landing / name).stat().st_size for name in NAMES)
    assert lines == [
        f"{name}: sending {(landing / name).stat().st_size} bytes ({n} of 5)"
        for n, name in enumerate(NAMES, start=1)
    ]

    times = {path: stored.modified for path, stored in workspace.files.items()}
    again = send(workspace, landing, report=lines.append)
    assert again == Uploaded((), NAMES, 0)
    assert {path: stored.modified for path, stored in workspace.files.items()} == times


def test_a_touched_file_is_not_sent(workspace: FakeWorkspace, landing: Path) -> None:
    send(workspace, landing)
    os.utime(landing / NAMES[1])
    assert send(workspace, landing).sent == ()


def test_a_correction_of_the_same_length_and_an_old_date_is_sent(
    workspace: FakeWorkspace, landing: Path
) -> None:
    send(workspace, landing)
    path = landing / "source_crm/cust_info.csv"
    path.write_bytes(path.read_bytes().replace(b"AW1", b"AW2"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert send(workspace, landing).sent == ("source_crm/cust_info.csv",)
    assert b"AW2" in in_volume(workspace)["source_crm/cust_info.csv"]


def test_what_somebody_else_changed_or_removed_is_sent_again(
    workspace: FakeWorkspace, landing: Path
) -> None:
    send(workspace, landing)
    crm, erp = f"{VOLUME}/{NAMES[1]}", f"{VOLUME}/{NAMES[2]}"
    workspace.store(crm, bytes(reversed(workspace.files[crm].content)))
    del workspace.files[erp]
    assert send(workspace, landing).sent == (NAMES[1], NAMES[2])


def test_again_sends_all(workspace: FakeWorkspace, landing: Path) -> None:
    send(workspace, landing)
    assert send(workspace, landing, again=True).sent == NAMES


def test_a_broken_ledger_costs_an_upload_and_nothing_else(
    workspace: FakeWorkspace, landing: Path, lines: list[str]
) -> None:
    send(workspace, landing)
    for garbage in (b"{", b"[]", b'{"a": {"size": 1}}'):
        workspace.store(f"{VOLUME}/{LEDGER}", garbage)
        assert send(workspace, landing, report=lines.append).sent == NAMES
    assert "cannot be read" in "".join(lines)
    assert send(workspace, landing).sent == ()


def test_transient_failures_are_tried_again(workspace: FakeWorkspace, landing: Path) -> None:
    workspace.fail("PUT", PUT, 429)
    workspace.fail("PUT", PUT, 503)
    workspace.drop("GET", "/fs/directories/")
    assert send(workspace, landing).sent == NAMES
    assert in_volume(workspace)[NAMES[1]] == (landing / NAMES[1]).read_bytes()


def test_what_went_up_before_a_failure_is_remembered(
    workspace: FakeWorkspace, landing: Path
) -> None:
    workspace.fail("PUT", "LOC_A101", 403, message="no WRITE VOLUME", times=9)
    with pytest.raises(LakehouseError, match="no WRITE VOLUME") as raised:
        send(workspace, landing)
    assert "lacks a privilege" in raised.value.remedy
    assert workspace.count("PUT", "LOC_A101") == 1
    workspace.recover()
    assert send(workspace, landing).unchanged == NAMES[:2]


def test_no_volume(workspace: FakeWorkspace, landing: Path) -> None:
    workspace.volumes.clear()
    with pytest.raises(LakehouseError, match=r"Volume .* does not exist") as raised:
        send(workspace, landing)
    assert "databricks bundle deploy" in raised.value.remedy


def test_a_file_that_changes_while_it_is_sent(
    workspace: FakeWorkspace, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landing / NAMES[1]
    real_upload = workspace.client.files.upload

    def append_and_upload(target: str, *args: object, **options: object) -> object:
        if target.endswith("cust_info.csv"):
            with path.open("ab") as file:
                file.write(b"2,AW2\n")
        return real_upload(target, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(workspace.client.files, "upload", append_and_upload)
    with pytest.raises(LakehouseError, match="changed while it was sent") as raised:
        send(workspace, landing)
    assert raised.value.exit_code == ExitCode.BAD_INPUT
    monkeypatch.undo()
    assert NAMES[1] in send(workspace, landing).sent
    assert in_volume(workspace)[NAMES[1]] == path.read_bytes()
