"""The sample files: their shape, their story, and that the truth beside them speaks of them.

That nothing else is wrong, and that a right pipeline publishes the clean star, is proved where
there is a pipeline: in the tests of the project that this library belongs to.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from sales_sample import (
    SalesSampleError,
    SampleReport,
    Totals,
    iter_days,
    write_sample,
)

UNTIL = date(2026, 5, 18)

CUSTOMERS = "source_crm/cust_info.csv"
PRODUCTS = "source_crm/prd_info.csv"
SALES = "source_crm/sales_details.csv"
ERP_CUSTOMERS = "source_erp/CUST_AZ12.csv"
LOCATIONS = "source_erp/LOC_A101.csv"
CATEGORIES = "source_erp/PX_CAT_G1V2.csv"

HEADERS = {
    CUSTOMERS: "cst_id,cst_key,cst_firstname,cst_lastname,cst_marital_status,cst_gndr,"
    "cst_create_date",
    PRODUCTS: "prd_id,prd_key,prd_nm,prd_cost,prd_line,prd_start_dt,prd_end_dt",
    SALES: "sls_ord_num,sls_prd_key,sls_cust_id,sls_order_dt,sls_ship_dt,sls_due_dt,"
    "sls_sales,sls_quantity,sls_price",
    ERP_CUSTOMERS: "CID,BDATE,GEN",
    LOCATIONS: "CID,CNTRY",
    CATEGORIES: "ID,CAT,SUBCAT,MAINTENANCE",
}
ENDS_WITH_LINE_END = {PRODUCTS, SALES, LOCATIONS}


@dataclass
class Sample:
    out: Path
    report: SampleReport

    def rows(self, name: str) -> list[dict[str, str]]:
        return read(self.out / name)

    def truth(self, name: str) -> list[dict[str, str]]:
        return read(self.report.truth / name)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content, hidden ones included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample everybody gets, in full size."""
    out = tmp_path_factory.mktemp("sample")
    return Sample(out, write_sample(out, until=UNTIL))


@pytest.fixture(
    scope="module",
    params=[(2024, 0.3, 1), (5, 0.2, 12), (1, 0.01, 1)],
    ids=lambda param: "seed {}, scale {}, days {}".format(*param),
)
def any_sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    seed, scale, days = request.param
    out = tmp_path_factory.mktemp("any")
    return Sample(out, write_sample(out, scale=scale, days=days, seed=seed, until=UNTIL))


# ---------- the truth


def test_listed_places_and_values_are_those_of_the_files(any_sample: Sample) -> None:
    physical = {
        name: content.decode().split("\r\n")
        for name, content in tree(any_sample.out).items()
        if name.startswith("source_")
    }
    listed = any_sample.truth("defects.csv")
    assert any_sample.report.defects == Counter(defect["rule_id"] for defect in listed)
    for defect in listed:
        lines = physical[defect["file"]]
        assert int(defect["line"]) == int(defect["row_number"]) + 1
        header = lines[0].split(",")
        values = lines[int(defect["line"]) - 1].split(",")
        assert values[header.index(defect["column"])] == defect["value_after"], defect
        if defect["rule_id"] != "line_not_computable" and defect["recoverable"] == "false":
            assert defect["value_before"] != defect["value_after"], defect


def totals(rows: list[dict[str, str]]) -> Totals:
    """What rows of the fact add up to."""
    return Totals(
        lines=len(rows),
        orders=len({row["order_number"] for row in rows}),
        quantity=sum(int(row["quantity"]) for row in rows),
        revenue=sum(int(row["sales_amount"]) for row in rows),
    )


def test_what_is_published_is_the_clean_star_but_for_what_is_lost(any_sample: Sample) -> None:
    star = {
        "dim_customers": ("customer_number",),
        "dim_products": ("product_number",),
        "fact_sales": ("order_number", "product_number"),
    }
    rows = {
        (name, "/".join(row[column] for column in key)): row
        for name, key in star.items()
        for row in any_sample.truth(f"{name}.csv")
    }
    for difference in any_sample.truth("unrecovered.csv"):
        place = difference["table"], difference["record_key"]
        if difference["column"] == "*":
            del rows[place]
        else:
            true = difference["value_true"]
            assert rows[place][difference["column"]] == true != difference["value_published"]
    fact = [row for (table, _), row in rows.items() if table == "fact_sales"]
    assert any_sample.report.totals == totals(fact)


def test_inferred_members_are_what_sales_name_and_no_master_describes(sample: Sample) -> None:
    fact = sample.truth("fact_sales.csv")
    for name, column in (
        ("dim_customers.csv", "customer_id"),
        ("dim_products.csv", "product_number"),
    ):
        members = sample.truth(name)
        inferred = {row[column] for row in members if row["is_inferred"] == "true"}
        described = {row[column] for row in members if row["is_inferred"] == "false"}
        assert inferred
        assert {row[column] for row in fact} - described == inferred


def test_what_cannot_be_restored_is_marked_and_little(sample: Sample) -> None:
    defects = sample.truth("defects.csv")
    lost = {(d["rule_id"]) for d in defects if d["recoverable"] == "false"}
    rules_of_differences = {d["rule_id"] for d in sample.truth("unrecovered.csv")}
    assert rules_of_differences <= lost
    assert sample.report.unrecoverable == sum(d["recoverable"] == "false" for d in defects)
    assert len(sample.truth("unrecovered.csv")) < 150


def test_at_most_one_defect_a_row_but_for_two_combinations(sample: Sample) -> None:
    rules: dict[tuple[str, str], set[str]] = defaultdict(set)
    for defect in sample.truth("defects.csv"):
        rules[defect["file"], defect["row_number"]].add(defect["rule_id"])
    for combined in rules.values():
        if len(combined) > 1:
            no_date = combined == {"order_date_missing", "ship_date_invalid"}
            assert no_date or "line_not_computable" in combined


def test_without_defects_nothing_is_wrong(tmp_path: Path) -> None:
    report = write_sample(tmp_path, scale=0.2, until=UNTIL, defects=False)
    assert read(report.truth / "defects.csv") == read(report.truth / "unrecovered.csv") == []
    fact = read(report.truth / "fact_sales.csv")
    assert report.totals == totals(fact)
    stated = {"order_number": "sls_ord_num", "product_number": "sls_prd_key"}
    stated |= {"customer_id": "sls_cust_id", "sales_amount": "sls_sales"}
    stated |= {"quantity": "sls_quantity", "price": "sls_price"}
    for row, line in zip(fact, read(tmp_path / SALES), strict=True):
        assert {column: row[column] for column in stated} == {
            column: line[name] for column, name in stated.items()
        }
        assert row["order_date"].replace("-", "") == line["sls_order_dt"]


# ---------- shape and quirks


def test_headers_line_ends_and_encoding(sample: Sample) -> None:
    for name, header in HEADERS.items():
        content = (sample.out / name).read_bytes()
        assert content.startswith(header.encode() + b"\r\n")
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
        assert content.endswith(b"\r\n") == (name in ENDS_WITH_LINE_END)
        content.decode("utf-8")
    assert (sample.out / ERP_CUSTOMERS).read_bytes().endswith(b",")
    assert {file.name for file in sample.report.files} == set(HEADERS)
    for file in sample.report.files:
        assert file.rows == len(sample.rows(file.name))
        assert file.size == (sample.out / file.name).stat().st_size


def test_key_quirks(sample: Sample) -> None:
    erp = [row["CID"] for row in sample.rows(ERP_CUSTOMERS)]
    assert 0.55 < sum(key.startswith("NASAW") for key in erp) / len(erp) < 0.65
    locations = [row["CID"] for row in sample.rows(LOCATIONS)]
    assert sum(bool(re.fullmatch(r"AW-[0-9]{8}", key)) for key in locations) >= 18_484
    assert {row["prd_line"] for row in sample.rows(PRODUCTS)} >= {"R ", "M ", "S ", "T ", ""}
    assert {row["prd_key"][:5] for row in sample.rows(PRODUCTS)} >= {"CO-PE", "BI-RB"}
    assert "CO_PD" in {row["ID"] for row in sample.rows(CATEGORIES)}
    assert "CO_PE" not in {row["ID"] for row in sample.rows(CATEGORIES)}
    numbers = {row["product_number"] for row in sample.truth("dim_products.csv")}
    assert any(a != b and b.startswith(a) for a in numbers for b in numbers)
    names = [row["cst_firstname"] + row["cst_lastname"] for row in sample.rows(CUSTOMERS)]
    assert 20 < sum(not name.isascii() for name in names) < 400
    assert (
        10
        < sum(row["cst_lastname"] != row["cst_lastname"].strip() for row in sample.rows(CUSTOMERS))
        < 60
    )


def test_spellings_of_countries_and_genders(sample: Sample) -> None:
    spellings = Counter(row["CNTRY"] for row in sample.rows(LOCATIONS))
    assert {"US", "USA", "United States", "DE", "Germany", "Australia", "Canada"} <= set(spellings)
    assert spellings[""] > 200
    assert any(text and not text.strip() for text in spellings)
    genders = Counter(row["GEN"] for row in sample.rows(ERP_CUSTOMERS))
    assert genders["Male"] > 7000 < genders["Female"]
    assert any(text in ("F ", "M ") for text in genders)
    crm = Counter(row["cst_gndr"] for row in sample.rows(CUSTOMERS))
    assert 0.2 < crm[""] / crm.total() < 0.3


def test_dates_of_an_order_lie_a_week_apart(sample: Sample) -> None:
    for row in sample.truth("fact_sales.csv")[::500]:
        ordered = date.fromisoformat(row["order_date"])
        assert date.fromisoformat(row["ship_date"]) == ordered + timedelta(days=7)
        assert date.fromisoformat(row["due_date"]) == ordered + timedelta(days=12)
        assert float(row["sales_amount"]) == int(row["quantity"]) * float(row["price"])


def test_product_versions(sample: Sample) -> None:
    versions: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in sample.rows(PRODUCTS):
        if row["prd_start_dt"] != "2025-02-31" and row["prd_key"].count("-") > 1:
            versions[row["prd_key"][6:]].append(row)
    counts = Counter(len(rows) for rows in versions.values())
    assert len(versions) == 295
    assert (counts[1] - 218, counts[2] - 52, counts[3] - 25) in ((0, 1, -1), (1, -1, 0))
    for rows in versions.values():
        assert len({row["prd_cost"] for row in rows}) == len(rows)
        assert len({row["prd_nm"] for row in rows}) == 1
        assert max(row["prd_start_dt"] for row in rows) < str(UNTIL)
    first_start = {
        number: min(r["prd_start_dt"] for r in rows) for number, rows in versions.items()
    }
    early = [
        row
        for row in sample.truth("fact_sales.csv")
        if row["order_date"] < first_start.get(row["product_number"], "")
    ]
    assert 0.05 < len(early) / sample.report.totals.lines < 0.5


# ---------- magnitude and story


def test_magnitude_is_that_of_the_real_files(sample: Sample) -> None:
    report = sample.report
    assert report.customers == len(sample.truth("dim_customers.csv")) - 5 == 18_484
    assert report.products == 295
    assert 27_600 < report.totals.orders < 27_700
    assert 57_000 < report.totals.lines < 64_000
    assert 25_000_000 < report.totals.revenue < 36_000_000
    assert report.totals.lines < report.totals.quantity < 1.02 * report.totals.lines
    sold = {row["product_number"] for row in sample.truth("fact_sales.csv")}
    assert len(sold) == 130 + 3
    assert report.last_order_date == UNTIL - timedelta(days=1)
    dates = {row["order_date"] for row in sample.truth("fact_sales.csv")}
    assert max(dates) == str(report.last_order_date)
    assert min(dates) == str(report.first_order_date)
    assert 3 * 365 < (report.last_order_date - report.first_order_date).days < 4 * 365


def test_the_dashboard_has_something_to_tell(sample: Sample) -> None:
    fact = sample.truth("fact_sales.csv")
    country = {row["customer_id"]: row["country"] for row in sample.truth("dim_customers.csv")}
    start = sample.report.first_order_date
    by_year: Counter[int] = Counter()
    by_month: Counter[str] = Counter()
    by_country: dict[int, Counter[str]] = defaultdict(Counter)
    products: dict[int, set[str]] = defaultdict(set)
    orders: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in fact:
        year = (date.fromisoformat(row["order_date"]) - start).days // 365
        by_year[year] += int(row["sales_amount"])
        by_month[row["order_date"][:7]] += 1
        by_country[year][country[row["customer_id"]]] += int(row["sales_amount"])
        products[year].add(row["product_number"])
        orders[row["customer_id"]].add((row["order_date"], row["order_number"]))

    assert by_year[0] < by_year[2], "growth"
    assert by_month["2025-12"] > 1.1 * by_month["2025-11"], "seasons"
    assert len(products[2] - products[0]) > 40, "new products"
    assert products[0] - products[2], "products taken out"
    share = [by_country[y]["Canada"] / by_country[y].total() for y in (0, 2)]
    assert share[1] > 3 * share[0], "countries that grow"
    again = sum(len(placed) > 1 for placed in orders.values()) / len(orders)
    assert 0.25 < again < 0.5, "customers that come back"
    assert max(len(placed) for placed in orders.values()) >= 15, "key customers"
    lapsed = sum(max(placed)[0] < str(UNTIL - timedelta(days=365)) for placed in orders.values())
    assert lapsed > 0.2 * len(orders), "customers that fall away"
    per_weekday = Counter(
        date.fromisoformat(placed[0]).weekday() for o in orders.values() for placed in o
    )
    assert max(per_weekday.values()) > 1.1 * min(per_weekday.values()), "weekdays"


# ---------- determinism


def test_another_seed_day_or_scale_makes_others(tmp_path: Path) -> None:
    write_sample(tmp_path / "a", scale=0.1, seed=3, until=UNTIL)
    write_sample(tmp_path / "b", scale=0.1, seed=4, until=UNTIL)
    write_sample(tmp_path / "c", scale=0.1, seed=3, until=UNTIL + timedelta(days=1))
    write_sample(tmp_path / "d", scale=0.11, seed=3, until=UNTIL)
    contents = {(tmp_path / name / SALES).read_bytes() for name in "abcd"}
    assert len(contents) == 4


def test_writing_again_changes_nothing_and_takes_leftovers_away(tmp_path: Path) -> None:
    write_sample(tmp_path, scale=0.05, days=4, until=UNTIL)
    assert len(list((tmp_path / "source_crm").iterdir())) == 3 + 3
    write_sample(tmp_path, scale=0.05, until=UNTIL)
    once = {name: path.stat().st_mtime for name in HEADERS if (path := tmp_path / name).exists()}
    content = tree(tmp_path)
    assert set(once) == {n for n in content if n.startswith("source_")} == set(HEADERS)
    write_sample(tmp_path, scale=0.05, until=UNTIL)
    assert tree(tmp_path) == content
    assert {name: (tmp_path / name).stat().st_mtime for name in HEADERS} == once


def test_today_is_the_default(tmp_path: Path) -> None:
    report = write_sample(tmp_path, scale=0.01)
    assert abs((date.today() - report.last_order_date).days - 1) <= 1


# ---------- day by day


def test_all_days_at_once_end_like_day_by_day(tmp_path: Path) -> None:
    write_sample(tmp_path / "once", scale=0.2, days=7, until=UNTIL)
    for _ in iter_days(tmp_path / "daily", scale=0.2, days=7, until=UNTIL):
        pass
    assert tree(tmp_path / "once") == tree(tmp_path / "daily")
    assert len(tree(tmp_path / "once")) == 6 + 6 + 6 + 1


def test_days_bring_late_lines_corrections_and_changed_extracts(tmp_path: Path) -> None:
    reports, extracts, late = [], [], 0
    for report in iter_days(tmp_path, scale=0.5, days=8, until=UNTIL):
        reports.append(report)
        assert all((tmp_path / name).exists() for name in report.files)
        rows = read(tmp_path / report.files[0])
        if report.files[0] != SALES:
            late += sum(row["sls_order_dt"] < f"{report.day:%Y%m%d}" for row in rows)
        extracts.append({name: (tmp_path / name).read_bytes() for name in HEADERS if name != SALES})
    assert [r.day for r in reports] == [UNTIL - timedelta(days=8 - i) for i in range(8)]
    assert reports[0].files[0] == SALES
    assert reports[-1].files[0] == f"source_crm/sales_details_{UNTIL - timedelta(days=1)}.csv"
    assert reports[0].totals.lines < reports[-1].totals.lines
    assert reports[0].customers < reports[-1].customers
    revisions = read(tmp_path / ".truth" / "revisions.csv")
    assert len(revisions) >= 7
    assert late > len(revisions), "late lines besides the corrected ones"
    contents = {p.name: read(p) for p in (tmp_path / "source_crm").glob("sales*")}
    for revision in revisions:
        old, new = (
            contents[Path(revision[f"{age}_file"]).name][int(revision[f"{age}_row_number"]) - 1]
            for age in ("old", "new")
        )
        assert revision["record_key"] == f"{new['sls_ord_num']}/{new['sls_prd_key']}"
        assert int(new["sls_quantity"]) == int(old["sls_quantity"]) + 1
        assert new["sls_order_dt"] == old["sls_order_dt"]

    first, last = extracts[0], extracts[-1]
    for name in (CUSTOMERS, LOCATIONS):
        before, after = first[name].decode().split("\r\n"), last[name].decode().split("\r\n")
        changed = sum(a != b for a, b in zip(before, after, strict=False))
        assert 0 < changed < 40, "some known customers change, the others do not"
        assert len(after) > len(before), "new customers"
    assert last[PRODUCTS].startswith(first[PRODUCTS]), "a cost changes by a new version"
    assert last[PRODUCTS] != first[PRODUCTS]


def test_the_history_does_not_depend_on_the_days_it_arrives_on(tmp_path: Path) -> None:
    whole_report = write_sample(tmp_path / "whole", scale=0.2, until=UNTIL)
    daily_report = write_sample(tmp_path / "daily", scale=0.2, days=10, until=UNTIL)
    revised = len(read(daily_report.truth / "revisions.csv"))
    assert daily_report.totals.quantity == whole_report.totals.quantity + revised
    assert daily_report.totals.lines == whole_report.totals.lines
    assert daily_report.defects == whole_report.defects


# ---------- size


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="/proc is missing: run the tests on Linux"
)
def test_memory_does_not_grow_with_the_sample(tmp_path: Path) -> None:
    # The highest memory of the process alone: what getrusage says includes its parent's.
    script = (
        "import sys; from pathlib import Path;"
        "from sales_sample import write_sample;"
        "r = write_sample(Path(sys.argv[1]), scale=float(sys.argv[2]));"
        "status = Path('/proc/self/status').read_text();"
        "peak = int(status.split('VmHWM:')[1].split()[0]);"
        "print(sum(f.size for f in r.files) // 2**20, peak // 2**10)"
    )

    def run(scale: float) -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / str(scale)), str(scale)],
            capture_output=True,
            text=True,
            check=True,
        )
        written, peak = done.stdout.split()
        return int(written), int(peak)

    written_few, peak_few = run(2)
    written_many, peak_many = run(8)
    assert written_many - written_few > 25, "MiB"
    assert peak_many - peak_few < 12, "MiB"
    assert peak_many < 150, "MiB"


def test_large_samples_leave_out_the_star_unless_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales_sample.generate.STAR_LIMIT", 0.05)
    without = write_sample(tmp_path / "a", scale=0.1, until=UNTIL)
    assert not without.has_star
    assert {p.name for p in without.truth.iterdir()} == {
        "defects.csv",
        "unrecovered.csv",
        "revisions.csv",
    }
    again = write_sample(tmp_path / "a", scale=0.04, until=UNTIL)
    assert (again.truth / "fact_sales.csv").exists()
    write_sample(tmp_path / "a", scale=0.1, until=UNTIL)
    assert not (again.truth / "fact_sales.csv").exists(), "the star of another sample"
    given = write_sample(tmp_path / "b", scale=0.1, until=UNTIL, truth=tmp_path / "truth")
    assert given.has_star
    assert (tmp_path / "truth" / "fact_sales.csv").exists()
    assert not (tmp_path / "b" / ".truth").exists()


# ---------- what can go wrong


@pytest.mark.parametrize(
    "arguments",
    [
        {"scale": 0},
        {"scale": -1},
        {"scale": 5000},
        {"days": 0},
        {"days": 400},
        {"seed": -1},
        {"until": date(1999, 1, 1)},
        {"until": date(2101, 1, 1)},
    ],
    ids=str,
)
def test_impossible_arguments_are_refused(tmp_path: Path, arguments: dict[str, object]) -> None:
    with pytest.raises(SalesSampleError) as refused:
        write_sample(tmp_path / "x", **arguments)  # type: ignore[arg-type]
    assert refused.value.exit_code == 2
    assert refused.value.remedy
    assert not (tmp_path / "x").exists()


def test_files_that_are_no_sample_are_not_touched(tmp_path: Path) -> None:
    write_sample(tmp_path, scale=0.01, until=UNTIL)
    (tmp_path / ".sample.json").write_text("{")  # a broken marker counts as none
    before = tree(tmp_path)
    with pytest.raises(SalesSampleError, match="no sample file") as refused:
        write_sample(tmp_path, scale=0.01, until=UNTIL)
    assert str(tmp_path / CUSTOMERS) in refused.value.message
    assert tree(tmp_path) == before


def test_an_interrupted_file_never_appears(tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        assert 0 < done <= total
        if what == "customers":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, scale=0.05, until=UNTIL, progress=stop)
    names = {name for name in tree(tmp_path) if name.startswith("source_")}
    assert names == {SALES}
    assert not list(tmp_path.rglob("*.part"))
    write_sample(tmp_path, scale=0.05, until=UNTIL)
    assert HEADERS.keys() <= tree(tmp_path).keys()


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    write_sample(tmp_path, scale=0.01, until=UNTIL)
    for name in (SALES, ERP_CUSTOMERS):
        path = tmp_path / name
        path.rename(path.with_name(f".{path.name}.part"))
    report = write_sample(tmp_path, scale=0.01, until=UNTIL)
    assert {file.name for file in report.files} == set(HEADERS)
    assert not list(tmp_path.rglob("*.part"))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SalesSampleError, match="file") as refused:
        write_sample(tmp_path / "file" / "x", scale=0.01, until=UNTIL)
    assert refused.value.exit_code == 5


def test_marker_says_what_the_sample_is_made_of(sample: Sample) -> None:
    marker = json.loads((sample.out / ".sample.json").read_text())
    assert marker["until"] == "2026-05-18"
    assert (marker["seed"], marker["scale"], marker["days"]) == (7, 1, 1)
    assert set(marker["files"]) == set(HEADERS)
