"""The sample files: their shape, their truth, and that nothing is wrong in them but what is listed.

`validator` and `publish` below are a second, plain reading of the rules, independent of both the
generator and the models: what they find must be what the generator says it put in.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

import pytest

from sales_sample import (
    COMPANY_START,
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

    @cached_property
    def validator(self) -> Validator:
        return Validator(self.out, UNTIL)


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
    params=[(7, 1, 1), (11, 0.3, 1), (2024, 0.3, 1), (5, 0.2, 12), (1, 0.01, 1)],
    ids=lambda param: "seed {}, scale {}, days {}".format(*param),
)
def any_sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    seed, scale, days = request.param
    out = tmp_path_factory.mktemp("any")
    return Sample(out, write_sample(out, scale=scale, days=days, seed=seed, until=UNTIL))


# ---------- a second reading of the rules


def whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else None


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


@cache
def day(text: str, form: str) -> date | None:
    try:
        parsed = datetime.strptime(text, form).date()
    except ValueError:
        return None
    return parsed if f"{parsed:{form}}" == text else None


def iso(text: str) -> date | None:
    return day(text, "%Y-%m-%d")


def customer_key(text: str) -> str | None:
    key = text.removeprefix("NAS")
    return key if re.fullmatch(r"AW[0-9]{8}", key) else None


@dataclass
class Line:
    """One order line as read."""

    file: str
    row_number: int
    fields: dict[str, str]
    amount: float | None = None
    quantity: int | None = None
    price: float | None = None
    ordered: date | None = None
    shipped: date | None = None
    due: date | None = None
    date_source: str = "source"
    rules: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        return self.fields["sls_ord_num"], self.fields["sls_prd_key"]


class Validator:
    """Reads a sample and validates every row by the rules."""

    def __init__(self, out: Path, until: date) -> None:
        self.out, self.until = out, until
        self.found: Counter[tuple[str, int, str]] = Counter()
        self.categories = self._categories()
        self.products = self._products()
        self.customers = self._customers()
        self.lines = self._lines()

    def _rows(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        for row_number, row in enumerate(read(self.out / name), start=1):
            yield row_number, {column: value.strip() for column, value in row.items()}

    def _find(self, file: str, row_number: int, rule_id: str) -> None:
        self.found[file, row_number, rule_id] += 1

    def _last_row_wins(
        self, file: str, rows: dict[str, list[tuple[int, dict[str, str]]]], rule_id: str
    ) -> dict[str, dict[str, str]]:
        for versions in rows.values():
            for row_number, _ in versions[:-1]:
                self._find(file, row_number, rule_id)
        return {key: versions[-1][1] for key, versions in rows.items()}

    def _categories(self) -> dict[str, dict[str, str]]:
        rows: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for row_number, row in self._rows(CATEGORIES):
            if row["MAINTENANCE"] not in ("Yes", "No"):
                self._find(CATEGORIES, row_number, "maintenance_unmapped")
                row["MAINTENANCE"] = "n/a"
            if row["ID"]:
                rows[row["ID"]].append((row_number, row))
            else:
                self._find(CATEGORIES, row_number, "category_id_missing")
        for *older, (_, newest) in rows.values():
            for row_number, row in older:
                kind = "duplicate" if row == newest else "ambiguous"
                self._find(CATEGORIES, row_number, f"category_{kind}")
        return {key: versions[-1][1] for key, versions in rows.items()}

    def _products(self) -> dict[str, dict[str, str]]:
        lines = {"R": "Road", "M": "Mountain", "S": "Other Sales", "T": "Touring", "": "n/a"}
        current: dict[str, dict[str, str]] = {}
        for row_number, row in self._rows(PRODUCTS):
            match = re.fullmatch(r"([A-Z]{2})-([A-Z]{2})-(.+)", row["prd_key"])
            start, end = iso(row["prd_start_dt"]), iso(row["prd_end_dt"])
            if match is None:
                self._find(PRODUCTS, row_number, "product_key_malformed")
                continue
            if start is None:
                self._find(PRODUCTS, row_number, "product_start_date_invalid")
                continue
            if end is not None and end < start:
                self._find(PRODUCTS, row_number, "product_end_before_start")
            category_id = f"{match[1]}_{match[2]}"
            if category_id == "CO_PE":
                self._find(PRODUCTS, row_number, "product_category_corrected")
                category_id = "CO_PD"
            elif category_id not in self.categories:
                self._find(PRODUCTS, row_number, "product_category_unknown")
            cost = number(row["prd_cost"])
            if not row["prd_cost"]:
                self._find(PRODUCTS, row_number, "product_cost_missing")
            elif cost is None:
                self._find(PRODUCTS, row_number, "product_cost_not_a_number")
            elif cost < 0:
                self._find(PRODUCTS, row_number, "product_cost_negative")
            if row["prd_line"] not in lines:
                self._find(PRODUCTS, row_number, "product_line_unmapped")
            category = self.categories.get(category_id, {})
            known = current.get(match[3])
            if known is None or known["start_date"] < row["prd_start_dt"]:
                current[match[3]] = {
                    "product_id": row["prd_id"],
                    "product_number": match[3],
                    "product_name": row["prd_nm"],
                    "category_id": category_id,
                    "category": category.get("CAT", "n/a"),
                    "subcategory": category.get("SUBCAT", "n/a"),
                    "requires_maintenance": category.get("MAINTENANCE", "n/a"),
                    "cost": "" if cost is None or cost < 0 else f"{cost:g}",
                    "product_line": lines.get(row["prd_line"], "n/a"),
                    "start_date": row["prd_start_dt"],
                    "is_inferred": "false",
                }
        return current

    def _customers(self) -> dict[int, dict[str, str]]:
        countries = {"US": "United States", "USA": "United States", "DE": "Germany", "": "n/a"}
        for name in ("Australia", "Canada", "France", "Germany", "United Kingdom", "United States"):
            countries[name] = name
        genders = {"M": "Male", "F": "Female", "Male": "Male", "Female": "Female", "": "n/a"}
        statuses = {"M": "Married", "S": "Single", "": "n/a"}

        details: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for row_number, row in self._rows(ERP_CUSTOMERS):
            key = customer_key(row["CID"])
            if key is None:
                self._find(ERP_CUSTOMERS, row_number, "erp_customer_key_malformed")
                continue
            born = iso(row["BDATE"])
            if row["BDATE"] and born is None:
                self._find(ERP_CUSTOMERS, row_number, "birthdate_invalid")
            elif born and born > self.until:
                self._find(ERP_CUSTOMERS, row_number, "birthdate_in_future")
            elif born and born < date(1924, 1, 1):
                self._find(ERP_CUSTOMERS, row_number, "birthdate_before_1924")
            if born is None or born > self.until:
                row["BDATE"] = ""
            if row["GEN"] not in genders:
                self._find(ERP_CUSTOMERS, row_number, "erp_gender_unmapped")
            details[key].append((row_number, row))
        erp = self._last_row_wins(ERP_CUSTOMERS, details, "erp_customer_duplicate")

        places: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for row_number, row in self._rows(LOCATIONS):
            key = customer_key(row["CID"].replace("-", ""))
            if key is None:
                self._find(LOCATIONS, row_number, "location_key_malformed")
                continue
            if row["CNTRY"] not in countries:
                self._find(LOCATIONS, row_number, "country_unmapped")
            places[key].append((row_number, row))
        location = self._last_row_wins(LOCATIONS, places, "location_duplicate")

        versions: dict[int, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        for row_number, row in self._rows(CUSTOMERS):
            if not row["cst_id"]:
                self._find(CUSTOMERS, row_number, "customer_id_missing")
                continue
            customer_id = whole(row["cst_id"])
            if customer_id is None:
                self._find(CUSTOMERS, row_number, "customer_id_not_a_number")
                continue
            for column in ("cst_firstname", "cst_lastname"):
                if any(ord(letter) < 32 for letter in row[column]):
                    self._find(CUSTOMERS, row_number, "customer_name_control_characters")
                    row[column] = "".join(c for c in row[column] if ord(c) >= 32)
                if len(row[column]) > 50:
                    self._find(CUSTOMERS, row_number, "customer_name_too_long")
            if row["cst_marital_status"] not in statuses:
                self._find(CUSTOMERS, row_number, "marital_status_unmapped")
            if row["cst_gndr"] not in genders:
                self._find(CUSTOMERS, row_number, "gender_unmapped")
            if row["cst_create_date"] and iso(row["cst_create_date"]) is None:
                self._find(CUSTOMERS, row_number, "create_date_invalid")
                row["cst_create_date"] = ""
            versions[customer_id].append((row_number, row))

        customers: dict[int, dict[str, str]] = {}
        for customer_id, rows in versions.items():
            rows.sort(key=lambda version: version[1]["cst_create_date"])
            for row_number, _ in rows[:-1]:
                self._find(CUSTOMERS, row_number, "customer_superseded")
            row = rows[-1][1]
            # Nobody is known to one system alone.
            detail, place = erp[row["cst_key"]], location[row["cst_key"]]
            gender = genders.get(row["cst_gndr"], "n/a")
            if gender == "n/a":
                gender = genders.get(detail["GEN"], "n/a")
            customers[customer_id] = {
                "customer_id": str(customer_id),
                "customer_number": row["cst_key"],
                "first_name": row["cst_firstname"],
                "last_name": row["cst_lastname"],
                "country": countries.get(place["CNTRY"], "n/a"),
                "marital_status": statuses.get(row["cst_marital_status"], "n/a"),
                "gender": gender,
                "birthdate": detail["BDATE"],
                "create_date": row["cst_create_date"],
                "is_inferred": "false",
            }
        assert len(erp) == len(location) == len(customers)
        return customers

    def _lines(self) -> dict[tuple[str, str], Line]:
        """The lines that can be published, by order and product."""
        usable: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for path in sorted((self.out / "source_crm").glob("sales_details*.csv")):
            name = path.relative_to(self.out).as_posix()
            for row_number, fields in self._rows(name):
                line = Line(name, row_number, fields)
                if self._validate_line(line):
                    usable[line.key].append(line)
        dates: dict[str, list[date]] = defaultdict(list)
        for versions in usable.values():
            for line in versions:
                if line.ordered:
                    dates[line.key[0]].append(line.ordered)
        for versions in usable.values():
            *older, newest = versions
            for line in older:
                # Within one file it is a duplicate; a later file brings a correction.
                if line.file == newest.file:
                    same = line.fields == newest.fields
                    kind = "identical" if same else "conflicting"
                    self._find(line.file, line.row_number, f"duplicate_line_{kind}")
            if newest.ordered is None:
                siblings = dates[newest.key[0]]
                if siblings:
                    newest.ordered, newest.date_source = min(siblings), "sibling_line"
                elif newest.shipped:
                    newest.ordered = newest.shipped - timedelta(days=7)
                    newest.date_source = "shipping_lead_time"
                else:
                    newest.date_source = "unknown"
        return {key: versions[-1] for key, versions in usable.items()}

    def _validate_line(self, line: Line) -> bool:
        fields = line.fields
        rules: list[str] = []
        self._validate_dates(line, rules)
        is_usable = self._validate_numbers(line, rules)
        if not fields["sls_ord_num"]:
            rules.append("order_number_missing")
            is_usable = False
        customer_id = whole(fields["sls_cust_id"])
        if customer_id is None:
            rules.append("sales_customer_id_not_a_number")
            is_usable = False
        elif customer_id not in self.customers:
            rules.append("customer_unknown")
        if fields["sls_prd_key"] not in self.products:
            rules.append("product_unknown")
        for rule_id in rules:
            self._find(line.file, line.row_number, rule_id)
        return is_usable

    def _validate_dates(self, line: Line, rules: list[str]) -> None:
        text = line.fields["sls_order_dt"]
        line.ordered = day(text, "%Y%m%d")
        if text in ("", "0"):
            rules.append("order_date_missing")
        elif line.ordered is None:
            rules.append("order_date_malformed")
        elif line.ordered >= self.until:
            rules.append("order_date_in_future")
            line.ordered = None
        elif line.ordered < COMPANY_START:
            rules.append("order_date_before_company")
            line.ordered = None
        line.shipped = day(line.fields["sls_ship_dt"], "%Y%m%d")
        line.due = day(line.fields["sls_due_dt"], "%Y%m%d")
        if line.shipped is None:
            rules.append("ship_date_invalid")
        elif line.ordered and line.shipped < line.ordered:
            rules.append("ship_before_order")
        if line.due is None:
            rules.append("due_date_invalid")
        elif line.shipped and line.due < line.shipped:
            rules.append("due_before_ship")

    def _validate_numbers(self, line: Line, rules: list[str]) -> bool:
        texts = [line.fields[column] for column in ("sls_sales", "sls_quantity", "sls_price")]
        amount, quantity, price = number(texts[0]), whole(texts[1]), number(texts[2])
        if not texts[2]:
            rules.append("price_missing")
        elif price is None:
            rules.append("price_not_a_number")
        elif price < 0:
            rules.append("price_negative")
        elif price == 0:
            rules.append("price_zero")
        if quantity is None:
            rules.append("quantity_not_a_number")
        elif quantity <= 0:
            rules.append("quantity_not_positive")
        if not texts[0]:
            rules.append("sales_amount_missing")
        elif amount is None:
            rules.append("sales_amount_not_a_number")
        elif amount <= 0:
            rules.append("sales_amount_not_positive")

        price = abs(price) if price else None
        if (quantity is None or quantity <= 0) and amount and amount > 0 and price:
            quantity = int(amount // price) if amount % price == 0 else None
        elif quantity is not None and quantity <= 0:
            quantity = None
        if price is None and amount and amount > 0 and quantity:
            price = amount / quantity
        if quantity is None or price is None:
            rules.append("line_not_computable")
            return False
        if amount and amount > 0 and amount != quantity * price:
            rules.append("sales_amount_mismatch")
        line.amount, line.quantity, line.price = quantity * price, quantity, price
        return True

    def fact(self) -> dict[str, dict[str, str]]:
        rows = {}
        for (order, product), line in self.lines.items():
            customer_id = int(line.fields["sls_cust_id"])
            customer = self.customers.get(customer_id)
            rows[f"{order}/{product}"] = {
                "order_number": order,
                "product_number": product,
                "customer_id": str(customer_id),
                "customer_number": customer["customer_number"] if customer else "n/a",
                "order_date": str(line.ordered or ""),
                "ship_date": str(line.shipped or ""),
                "due_date": str(line.due or ""),
                "sales_amount": f"{line.amount:g}",
                "quantity": str(line.quantity),
                "price": f"{line.price:g}",
                "order_date_source": line.date_source,
            }
        return rows

    def totals(self) -> Totals:
        lines = self.lines.values()
        return Totals(
            lines=len(self.lines),
            orders=len({order for order, _ in self.lines}),
            quantity=sum(line.quantity or 0 for line in lines),
            revenue=round(sum(line.amount or 0 for line in lines)),
        )


# ---------- the truth


def test_every_defect_is_listed_and_nothing_else_is_wrong(any_sample: Sample) -> None:
    listed = Counter(
        (row["file"], int(row["row_number"]), row["rule_id"])
        for row in any_sample.truth("defects.csv")
    )
    found = any_sample.validator.found

    assert found - listed == Counter(), "wrong, and not listed"
    assert listed - found == Counter(), "listed, and not wrong"
    assert any_sample.report.defects == Counter(rule for _, _, rule in listed.elements())


def test_listed_places_and_values_are_those_of_the_files(any_sample: Sample) -> None:
    physical = {
        name: content.decode().split("\r\n")
        for name, content in tree(any_sample.out).items()
        if name.startswith("source_")
    }
    for defect in any_sample.truth("defects.csv"):
        lines = physical[defect["file"]]
        assert int(defect["line"]) == int(defect["row_number"]) + 1
        header = lines[0].split(",")
        values = lines[int(defect["line"]) - 1].split(",")
        assert values[header.index(defect["column"])] == defect["value_after"], defect
        if defect["rule_id"] != "line_not_computable" and defect["recoverable"] == "false":
            assert defect["value_before"] != defect["value_after"], defect


def test_the_clean_star_is_what_a_right_pipeline_publishes(any_sample: Sample) -> None:
    validator = any_sample.validator
    published = {
        "dim_customers": {row["customer_number"]: row for row in validator.customers.values()},
        "dim_products": validator.products,
        "fact_sales": validator.fact(),
    }
    expected = {
        "dim_customers": {
            row["customer_number"]: row
            for row in any_sample.truth("dim_customers.csv")
            if row["is_inferred"] == "false"
        },
        "dim_products": {
            row["product_number"]: row
            for row in any_sample.truth("dim_products.csv")
            if row["is_inferred"] == "false"
        },
        "fact_sales": {
            f"{row['order_number']}/{row['product_number']}": row
            for row in any_sample.truth("fact_sales.csv")
        },
    }
    for difference in any_sample.truth("unrecovered.csv"):
        table = expected[difference["table"]]
        if difference["column"] == "*":
            del table[difference["record_key"]]
            continue
        row = table[difference["record_key"]]
        assert (
            row[difference["column"]] == difference["value_true"] != difference["value_published"]
        )
        row[difference["column"]] = difference["value_published"]
    for name, rows in expected.items():
        assert published[name] == rows, name
    assert validator.totals() == any_sample.report.totals


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
    validator = Validator(tmp_path, UNTIL)
    assert validator.found == Counter()
    assert read(report.truth / "defects.csv") == read(report.truth / "unrecovered.csv") == []
    assert validator.totals() == report.totals
    assert list(validator.fact().values()) == read(report.truth / "fact_sales.csv")


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
        if iso(row["prd_start_dt"]) and row["prd_key"].count("-") > 1:
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


def test_equal_arguments_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sample(tmp_path / name, scale=0.1, days=3, seed=3, until=UNTIL)
    first, second = tree(tmp_path / "a"), tree(tmp_path / "b")
    assert first == second
    assert len(first) == 6 + 2 + 6 + 1


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


def test_daily_drops_add_up(tmp_path: Path) -> None:
    reports = []
    for report in iter_days(tmp_path, scale=0.1, days=9, seed=9, until=UNTIL):
        validator = Validator(tmp_path, UNTIL)
        assert validator.totals() == report.totals, report.day
        assert len(validator.customers) == report.customers
        assert all((tmp_path / name).exists() for name in report.files)
        reports.append(report)
    assert [r.day for r in reports] == [UNTIL - timedelta(days=9 - i) for i in range(9)]
    assert reports[0].files[0] == SALES
    assert reports[-1].files[0] == f"source_crm/sales_details_{UNTIL - timedelta(days=1)}.csv"
    assert reports[0].totals.lines < reports[-1].totals.lines
    assert reports[0].customers < reports[-1].customers


def test_all_days_at_once_end_like_day_by_day(tmp_path: Path) -> None:
    write_sample(tmp_path / "once", scale=0.2, days=7, until=UNTIL)
    for _ in iter_days(tmp_path / "daily", scale=0.2, days=7, until=UNTIL):
        pass
    assert tree(tmp_path / "once") == tree(tmp_path / "daily")


def test_days_bring_late_lines_corrections_and_changed_extracts(tmp_path: Path) -> None:
    extracts, late = [], 0
    for report in iter_days(tmp_path, scale=0.5, days=8, until=UNTIL):
        rows = read(tmp_path / report.files[0])
        if report.files[0] != SALES:
            late += sum(row["sls_order_dt"] < f"{report.day:%Y%m%d}" for row in rows)
        extracts.append({name: (tmp_path / name).read_bytes() for name in HEADERS if name != SALES})
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
    own = tmp_path / SALES
    own.parent.mkdir()
    own.write_text("mine")
    with pytest.raises(SalesSampleError, match=re.escape(str(own))):
        write_sample(tmp_path, scale=0.01, until=UNTIL)
    assert own.read_text() == "mine"
    assert tree(tmp_path) == {SALES: b"mine"}


def test_a_broken_marker_counts_as_none(tmp_path: Path) -> None:
    write_sample(tmp_path, scale=0.01, until=UNTIL)
    (tmp_path / ".sample.json").write_text("{")
    with pytest.raises(SalesSampleError, match="no sample file"):
        write_sample(tmp_path, scale=0.01, until=UNTIL)


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
