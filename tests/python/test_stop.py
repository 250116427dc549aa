"""What is not right is not published, and the run says why, with the rows."""

from __future__ import annotations

from pathlib import Path

from tests.python.conftest import lakehouse, places, write_small_landing


def test_too_many_violations_of_a_rule_stop_before_gold_is_published(tmp_path: Path) -> None:
    sales = write_small_landing(tmp_path / "landing") / "source_crm" / "sales_details.csv"
    with open(sales, "ab") as file:
        for number in range(200):
            line = f"SO{number + 2},FR-R92B-58,11000,20240105,20240112,20240117,24,2,"
            file.write(f"{line}{'12' if number < 194 else ''}\r\n".encode())
    bad = lakehouse("run", env=places(tmp_path))
    said = bad.stdout + bad.stderr
    assert bad.returncode == 1, said
    assert "price_missing: 6 of 201 rows of crm_sales (2.99%, at most 1.00% allowed)" in said
    assert "sales_details.csv, line 197" in said
    assert "seeds/data_quality_rules.csv" in said
    assert "Nothing is published." in said
    assert not (tmp_path / "warehouse" / "published.duckdb").exists()
    status = lakehouse("status", env=places(tmp_path)).stdout
    assert "failed on local" in status
