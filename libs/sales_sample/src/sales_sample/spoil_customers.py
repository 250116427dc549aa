"""What goes wrong with customers, in the CRM's file and in the two of the ERP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from sales_sample.customers import (
    COUNTRY_NAMES,
    MARITAL_STATUSES,
    Customer,
    erp_number,
    location_number,
)
from sales_sample.defects import Case, Difference, SourceRow
from sales_sample.files import CUSTOMERS, ERP_CUSTOMERS, ERP_LOCATIONS

#: What changes day by day; it is dealt out beside the kinds.
MOVES, MARRIES = "moves", "marries"

FIRST, LAST, MARITAL, GENDER, CREATED = range(2, 7)
BIRTHDATE = 1

Field = tuple[str, int, str, str]
"""File, position in the row, column of the file, column of gold."""
_FIRST_NAME: Field = (CUSTOMERS, FIRST, "cst_firstname", "first_name")
_LAST_NAME: Field = (CUSTOMERS, LAST, "cst_lastname", "last_name")
_MARITAL_STATUS: Field = (CUSTOMERS, MARITAL, "cst_marital_status", "marital_status")
_CRM_GENDER: Field = (CUSTOMERS, GENDER, "cst_gndr", "gender")
_CREATE_DATE: Field = (CUSTOMERS, CREATED, "cst_create_date", "create_date")
_BIRTHDATE: Field = (ERP_CUSTOMERS, BIRTHDATE, "BDATE", "birthdate")
_ERP_GENDER: Field = (ERP_CUSTOMERS, 2, "GEN", "gender")
_COUNTRY: Field = (ERP_LOCATIONS, 1, "CNTRY", "country")

_CONTROL = ("\t", "\x07", "\x1b")
_NOT_DATES = ("2025-02-30", "unknown", "05.01.2026", "0000-00-00", "2025-13-01")
_GENDER_OF = {"M": "Male", "F": "Female"}


def crm_text(customer: Customer) -> str:
    """The customer's row in the CRM's file."""
    c = customer
    return (
        f"{c.id},{c.number},{c.first_name_spelt},{c.last_name_spelt},"
        f"{c.marital_code},{c.crm_gender},{c.create_date}"
    )


def erp_text(customer: Customer, customers: int) -> str:
    """The customer's row in the ERP's customer file."""
    number = erp_number(customer.index, customers)
    return f"{number},{customer.birthdate},{customer.erp_gender}"


def location_text(customer: Customer) -> str:
    """The customer's row in the ERP's location file."""
    return f"{location_number(customer.index)},{customer.country_spelt}"


@dataclass
class CustomerRows:
    """The rows of one customer by file, rows without a customer beside them, and the truth."""

    customer: Customer
    files: dict[str, list[SourceRow]]
    differences: list[Difference] = field(default_factory=list)

    @classmethod
    def clean(cls, customer: Customer, customers: int) -> CustomerRows:
        """The rows of a customer with whom nothing is wrong yet."""
        texts = {
            CUSTOMERS: crm_text(customer),
            ERP_CUSTOMERS: erp_text(customer, customers),
            ERP_LOCATIONS: location_text(customer),
        }
        number = customer.number
        return cls(customer, {n: [SourceRow(number, t.split(","))] for n, t in texts.items()})


@dataclass
class CustomerCase(Case):
    """One thing that goes wrong with one customer."""

    kind: str
    rows: CustomerRows

    @property
    def customer(self) -> Customer:
        """The customer."""
        return self.rows.customer

    def put(self, place: Field, value: str, true: str, published: str) -> None:
        """Put ``value`` into a field: ``published`` takes the place of what is true in gold."""
        file, position, column, gold = place
        self.rows.files[file][0].spoil(position, column, self.kind, value, true == published)
        if true != published:
            number = self.customer.number
            self.rows.differences.append(
                Difference("dim_customers", number, gold, true, published, self.kind)
            )

    def add(self, file: str, fields: list[str], column: str, after: str, key: str = "") -> None:
        """Add a row that belongs to no customer."""
        row = SourceRow(key or after, fields)
        row.note(column, self.kind, "", after)
        self.rows.files[file].append(row)

    def add_older(self, file: str, fields: list[str], column: str, at: int = 0) -> None:
        """Add a row that the current one takes the place of, above it unless told otherwise."""
        row = SourceRow(self.customer.number, fields)
        row.note(column, self.kind, fields[0], fields[0])
        self.rows.files[file].insert(at, row)


def spoil(kind: str, rows: CustomerRows, random: np.random.Generator, place: int) -> None:
    """Let one thing go wrong with a customer.

    Args:
        kind: one of ``KINDS``.
        rows: of the customer; changed.
        random: for this defect alone.
        place: the how manieth of its kind it is, so that kinds with variants show them all.
    """
    _KINDS[kind][1](CustomerCase(random, place, kind, rows))


def _superseded(case: CustomerCase) -> None:
    customer = case.customer
    created = date.fromisoformat(customer.create_date)
    for version in range(1 + (case.place % 3 == 2)):
        created -= timedelta(days=case.number(1, 20))
        fields = crm_text(customer).split(",")
        fields[CREATED] = created.isoformat()
        if version or case.place % 2:
            fields[MARITAL] = ""
            fields[FIRST] = ""
        else:
            fields[MARITAL] = "S" if customer.marital_code == "M" else "M"
        # Old versions stand above the current one, as a rule.
        at = 0 if case.place % 4 != 3 else len(case.rows.files[CUSTOMERS])
        case.add_older(CUSTOMERS, fields, "cst_id", at)


def _id_missing(case: CustomerCase) -> None:
    digits = case.number(1000, 9999)
    key = case.variant(f"SF{digits}", f"PO{digits}", f"{digits}{digits}", f"A{digits}x")
    case.add(CUSTOMERS, ["", key, "", "", "", "", ""], "cst_id", "", key)


def _id_not_a_number(case: CustomerCase) -> None:
    customer = case.customer
    wrong = case.variant(f"{customer.id}X", "N/A")
    key = f"AW{case.number(10_000, 99_999)}-{case.place}"
    fields = [wrong, key, "Test", "Test", "S", "", customer.create_date]
    case.add(CUSTOMERS, fields, "cst_id", wrong, key)


def _name_too_long(case: CustomerCase) -> None:
    place, name = _name(case)
    value = " ".join([name] * (60 // len(name) + 1 + case.number(0, 5)))
    case.put(place, value, name, value)


def _name_control(case: CustomerCase) -> None:
    place, name = _name(case)
    at = case.number(1, len(name))
    case.put(place, name[:at] + case.variant(*_CONTROL) + name[at:], name, name)


def _name(case: CustomerCase) -> tuple[Field, str]:
    """First or last name in turn, without blanks around it."""
    place, name = (
        (_LAST_NAME, case.customer.last_name)
        if case.place % 2
        else (_FIRST_NAME, case.customer.first_name)
    )
    case.rows.files[CUSTOMERS][0].fields[place[1]] = name
    return place, name


def _marital(case: CustomerCase) -> None:
    true = MARITAL_STATUSES[case.customer.marital_code]
    case.put(_MARITAL_STATUS, case.variant("D", "W", "P", "X"), true, "n/a")


def _crm_gender(case: CustomerCase) -> None:
    published = _GENDER_OF.get(case.customer.erp_gender.strip()[:1], "n/a")
    case.put(_CRM_GENDER, case.variant("X", "U", "N", "?"), case.customer.gender, published)


def _created(case: CustomerCase) -> None:
    case.put(_CREATE_DATE, case.variant(*_NOT_DATES), case.customer.create_date, "")


def _erp_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"NASAW{digits}", f"XX00011{digits}", f"AW0001{digits}O")
    case.add(ERP_CUSTOMERS, [key, case.customer.birthdate, "Male"], "CID", key)


def _born_in_future(case: CustomerCase) -> None:
    year = 9999 if case.place % 4 == 3 else case.number(2090, 2190)
    value = f"{year}-{case.number(1, 13):02d}-{case.number(1, 29):02d}"
    case.put(_BIRTHDATE, value, case.customer.birthdate, "")


def _born_long_ago(case: CustomerCase) -> None:
    # Doubtful, but what the customer said: kept.
    born = (date(1912, 1, 1) + timedelta(days=case.number(0, 12 * 365))).isoformat()
    case.customer.birthdate = born
    row = case.rows.files[ERP_CUSTOMERS][0]
    row.fields[BIRTHDATE] = born
    row.note("BDATE", case.kind, born, born)


def _birthdate_invalid(case: CustomerCase) -> None:
    value = case.variant("1980-02-31", "unknown", "13.05.1980")
    case.put(_BIRTHDATE, value, case.customer.birthdate, "")


def _erp_gender(case: CustomerCase) -> None:
    published = _GENDER_OF.get(case.customer.crm_gender, "n/a")
    value = case.variant("X", "Unknown", "Divers")
    case.put(_ERP_GENDER, value, case.customer.gender, published)


def _erp_twice(case: CustomerCase) -> None:
    born = date.fromisoformat(case.customer.birthdate) + timedelta(days=case.number(1, 90))
    key = case.rows.files[ERP_CUSTOMERS][0].fields[0]
    other = key[3:] if key.startswith("NAS") else f"NAS{key}"
    case.add_older(ERP_CUSTOMERS, [case.variant(key, other), born.isoformat(), ""], "CID")


def _location_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"AW-{digits}", f"WA-00011{digits}", f"AW-0001{digits}O")
    case.add(ERP_LOCATIONS, [key, "France"], "CID", key)


def _country(case: CustomerCase) -> None:
    value = case.variant("Atlantis", "XX", "Untied States", "Deutchland")
    case.put(_COUNTRY, value, case.customer.country, "n/a")


def _location_twice(case: CustomerCase) -> None:
    others = [name for name in COUNTRY_NAMES[:-1] if name != case.customer.country]
    elsewhere = others[case.number(0, len(others))]
    case.add_older(ERP_LOCATIONS, [location_number(case.customer.index), elsewhere], "CID")


#: How often each happens at scale 1, and what then goes wrong.
_KINDS: dict[str, tuple[float, Callable[[CustomerCase], None]]] = {
    "customer_superseded": (6, _superseded),
    "customer_id_missing": (4, _id_missing),
    "customer_id_not_a_number": (2, _id_not_a_number),
    "customer_name_too_long": (2, _name_too_long),
    "customer_name_control_characters": (3, _name_control),
    "marital_status_unmapped": (4, _marital),
    "gender_unmapped": (5, _crm_gender),
    "create_date_invalid": (4, _created),
    "erp_customer_key_malformed": (3, _erp_key),
    "birthdate_in_future": (16, _born_in_future),
    "birthdate_before_1924": (15, _born_long_ago),
    "birthdate_invalid": (4, _birthdate_invalid),
    "erp_gender_unmapped": (5, _erp_gender),
    "erp_customer_duplicate": (4, _erp_twice),
    "location_key_malformed": (3, _location_key),
    "country_unmapped": (6, _country),
    "location_duplicate": (4, _location_twice),
}
KINDS = {kind: often for kind, (often, _) in _KINDS.items()}


def moved(customer: Customer) -> Customer:
    """The customer after moving to another country."""
    names = COUNTRY_NAMES[:-1]
    at = names.index(customer.country) if customer.country in names else -1
    country = names[(at + 1) % len(names)]
    return replace(customer, country=country, country_spelt=country)


def married(customer: Customer) -> Customer:
    """The customer after a wedding or a divorce."""
    return replace(customer, marital_code="S" if customer.marital_code == "M" else "M")
