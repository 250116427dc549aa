"""The reader of the published file, on a file made by a few statements."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.console import Terminal
from orchestration.errors import ExitCode, LakehouseError
from orchestration.published import (
    count_sales,
    describe_anomaly,
    read_summary,
    require_sound,
    row_counts,
    summary_lines,
)
from orchestration.status import Status, show_status

TABLES = Path(__file__).with_name("published.sql").read_text(encoding="utf-8")

ANOMALIES = [
    "erp_locations: the newest file is 3 days old, 2 are allowed",
    "crm_sales: 4 rows on Monday, 2026-11-23, 11 are usual on that weekday",
]


def publish(path: Path) -> Path:
    """Make a published file."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("published") / "it's.duckdb")


def test_key_figures_are_read(published: Path) -> None:
    summary = read_summary(published)
    text = dict(summary_lines(summary))
    assert (text["lines"], text["orders"], text["revenue"]) == ("20,001", "20,000", "199,990,001")
    assert text["dates"] == "2026-01-30 to 2026-02-01"
    assert text["quality"] == (
        "4 values corrected, 5 rows in quarantine, everything adds up, 1 rule to look at"
    )
    assert summary.anomalies == ANOMALIES
    assert row_counts(published)["gold.dim_products"] == 2
    orders, lines = count_sales(published, date(2026, 1, 31), date(2026, 1, 31))
    assert (orders, lines) == (6667, 6668), "an order is counted whole"


def test_an_anomaly_is_read_from_texts_too() -> None:
    row = {
        "monitor": "share",
        "subject": "price_missing",
        "measured_on": "2026-11-23 00:00:00",
        "measured": "0.03",
        "usual": "0.01",
        "highest": "0.02",
    }
    sentence = "price_missing: 3.00% of the newest rows, 1.00% are usual"
    assert describe_anomaly(row) == sentence


def test_text_of_data_is_text(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = read_summary(published)
    show_status(Status(None, datetime(2999, 1, 1), summary), Terminal(width=200))
    shown = capsys.readouterr().out
    assert "Price [red]missing[/red] \\x1b[2J" in shown
    assert "2999-01-01 00:00:00 (just now)" in shown, "a clock that went back"
    assert all(f"  {sentence}" in shown for sentence in ANOMALIES)


@pytest.mark.parametrize("damage", ["cut", "flipped bit", "empty", "another file"])
def test_a_damaged_file_is_an_error_with_a_remedy(
    published: Path, tmp_path: Path, damage: str
) -> None:
    content = bytearray(published.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    whole = {"cut": content[:middle], "flipped bit": content, "empty": b"", "another file": b"text"}
    broken = tmp_path / "published.duckdb"
    broken.write_bytes(bytes(whole[damage]))
    with pytest.raises(LakehouseError) as caught:
        require_sound(broken)
    assert caught.value.exit_code == ExitCode.IO
    assert f"{broken} cannot be read" in caught.value.message
    assert "--full-refresh" in caught.value.remedy


def test_other_databases_are_refused(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    for name, code in (("other.duckdb", ExitCode.BUILD_FAILED), ("none.duckdb", ExitCode.USAGE)):
        with pytest.raises(LakehouseError) as caught:
            read_summary(tmp_path / name)
        assert caught.value.exit_code == code
        assert "lakehouse run" in caught.value.remedy
