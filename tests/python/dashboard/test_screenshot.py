"""Pictures of the page."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from lvdash import render, screenshot
from orchestration.errors import LakehouseError
from tests.python.dashboard import small


def size_of(picture: Path) -> tuple[int, int]:
    head = picture.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("picture")
    published = small.publish(folder / "published.duckdb")
    file = small.save(small.every_kind(), folder / "small.lvdash.json")
    return render(published, folder / "page.html", file).page


@pytest.mark.usefixtures("chromium")
def test_a_picture_of_every_sheet_at_every_width(page: Path, tmp_path: Path) -> None:
    made = screenshot(page, tmp_path / "pictures", widths=(390, 1200))
    assert [path.name for path in made] == ["all-390.png", "all-1200.png"]
    sizes = [size_of(path) for path in made]
    assert [width for width, _ in sizes] == [390, 1200]
    assert all(height > 1000 for _, height in sizes)


def test_without_chromium_it_says_what_to_install(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LakehouseError) as refused:
        screenshot(page, tmp_path)
    assert "chromium" in refused.value.remedy


def test_a_file_that_is_no_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    other = tmp_path / "other.html"
    other.write_text("<p>something else</p>")
    with pytest.raises(LakehouseError) as refused:
        screenshot(other, tmp_path)
    assert "other.html" in refused.value.message
