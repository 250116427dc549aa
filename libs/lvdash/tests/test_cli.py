"""The command, and the pictures it takes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from lvdash import LvdashError, screenshot
from lvdash.cli import main


def test_a_clean_file_gives_0(example: Path, database: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "shop.html"
    assert main(["lint", str(example), "--duckdb", str(database)]) == 0
    assert main(["render", str(example), "--duckdb", str(database), "--out", str(out)]) == 0
    assert out.is_file()
    assert "22 widgets" in capsys.readouterr().out


def test_an_error_gives_1_and_control_characters_stay_visible(
    board: Any, tmp_path: Path, capsys: Any
) -> None:
    board.query("pie")["datasetName"] = "\x1b[31mred"
    assert main(["lint", str(board.save(tmp_path / "a.lvdash.json"))]) == 1
    said = capsys.readouterr().out
    assert "a.lvdash.json: error: page 'Sales', widget 'pie': " in said
    assert "\\x1b[31mred" in said
    assert "\x1b" not in said


def test_what_cannot_be_used_gives_its_code_and_the_file(
    example: Path, tmp_path: Path, capsys: Any
) -> None:
    broken = tmp_path / "broken.lvdash.json"
    broken.write_text("{")
    assert main(["lint", str(broken)]) == 3
    assert main(["lint", str(tmp_path / "none.lvdash.json")]) == 5
    assert main(["render", str(example), "--duckdb", str(tmp_path / "none.duckdb")]) == 5
    said = capsys.readouterr().err
    for name in ("broken.lvdash.json", "none.lvdash.json", "none.duckdb"):
        assert name in said
    with pytest.raises(SystemExit) as wrong_usage:
        main(["render"])
    assert wrong_usage.value.code == 2


@pytest.mark.usefixtures("chromium")
def test_a_picture_of_every_page_at_every_width(page_file: Path, tmp_path: Path) -> None:
    made = screenshot(page_file, tmp_path / "pictures", widths=(390, 1200))
    sizes = {path.name: struct.unpack(">II", path.read_bytes()[16:24]) for path in made}
    assert {name: width for name, (width, _) in sizes.items()} == {
        "sales-390.png": 390,
        "sales-1200.png": 1200,
        "customers-390.png": 390,
        "customers-1200.png": 1200,
    }
    assert all(height > 700 for _, height in sizes.values())


def test_without_chromium_it_says_what_to_install(
    page_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LvdashError) as refused:
        screenshot(page_file, tmp_path)
    assert "chromium" in refused.value.remedy


def test_a_file_that_is_no_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    other = tmp_path / "other.html"
    other.write_text("<p>something else</p>")
    with pytest.raises(LvdashError, match=r"other\.html"):
        screenshot(other, tmp_path)
