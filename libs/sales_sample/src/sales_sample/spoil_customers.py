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

#: What changes day by day; it is dealt out beside the kinds.
MOVES, MARRIES = "moves", "marries"

ID, KEY, FIRST, LAST, MARITAL, GENDER, CREATED = range(7)
ERP_KEY, BIRTHDATE, ERP_GENDER = range(3)
LOCATION_KEY, COUNTRY = range(2)

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
    """The rows of one customer in the three files, rows without a customer beside it, the truth."""

    customer: Customer
    crm: list[SourceRow]
    erp: list[SourceRow]
    location: list[SourceRow]
    differences: list[Difference] = field(default_factory=list)

    @classmethod
    def clean(cls, customer: Customer, customers: int) -> CustomerRows:
        """The rows of a customer with whom nothing is wrong yet."""
        number = customer.number
        return cls(
            customer,
            [SourceRow(number, crm_text(customer).split(","))],
            [SourceRow(number, erp_text(customer, customers).split(","))],
            [SourceRow(number, location_text(customer).split(","))],
        )

    def publish(self, rule_id: str, column: str, true: str, published: str) -> bool:
        """Note what will be published in place of the truth; whether it is the same."""
        if true != published:
            self.differences.append(
                Difference("dim_customers", self.customer.number, column, true, published, rule_id)
            )
        return true == published


@dataclass
class CustomerCase(Case):
    """One thing that goes wrong with one customer."""

    rows: CustomerRows

    @property
    def customer(self) -> Customer:
        """The customer."""
        return self.rows.customer


def spoil(kind: str, rows: CustomerRows, random: np.random.Generator, place: int) -> None:
    """Let one thing go wrong with a customer.

    Args:
        kind: one of ``KINDS``.
        rows: of the customer; changed.
        random: for this defect alone.
        place: the how manieth of its kind it is, so that kinds with variants show them all.
    """
    _KINDS[kind][1](CustomerCase(random, place, rows))


def _superseded(case: CustomerCase) -> None:
    customer, current = case.customer, case.rows.crm[0]
    created = date.fromisoformat(customer.create_date)
    for version in range(1 + (case.place % 3 == 2)):
        created -= timedelta(days=case.number(1, 20))
        old = SourceRow(current.record_key, list(current.fields))
        old.fields[CREATED] = created.isoformat()
        if version or case.place % 2:
            old.fields[MARITAL] = ""
            old.fields[FIRST] = ""
        else:
            old.fields[MARITAL] = "S" if customer.marital_code == "M" else "M"
        old.note("cst_id", "customer_superseded", old.fields[ID], old.fields[ID])
        # Old versions stand above the current one, as a rule.
        case.rows.crm.insert(0 if case.place % 4 != 3 else len(case.rows.crm), old)


def _id_missing(case: CustomerCase) -> None:
    digits = case.number(1000, 9999)
    key = case.variant(f"SF{digits}", f"PO{digits}", f"{digits}{digits}", f"A{digits}x")
    stray = SourceRow(key, ["", key, "", "", "", "", ""])
    stray.note("cst_id", "customer_id_missing", "", "")
    case.rows.crm.append(stray)


def _id_not_a_number(case: CustomerCase) -> None:
    customer = case.customer
    wrong = case.variant(f"{customer.id}X", "N/A")
    key = f"AW{case.number(10_000, 99_999)}-{case.place}"
    stray = SourceRow(key, [wrong, key, "Test", "Test", "S", "", customer.create_date])
    stray.note("cst_id", "customer_id_not_a_number", "", wrong)
    case.rows.crm.append(stray)


def _name_too_long(case: CustomerCase) -> None:
    column, position, gold = _name_field(case.place)
    name = case.customer.first_name if position == FIRST else case.customer.last_name
    value = " ".join([name] * (60 // len(name) + 1 + case.number(0, 5)))
    case.rows.crm[0].fields[position] = name
    case.rows.publish("customer_name_too_long", gold, name, value)
    case.rows.crm[0].spoil(position, column, "customer_name_too_long", value, recoverable=False)


def _name_control(case: CustomerCase) -> None:
    column, position, _ = _name_field(case.place)
    name = case.customer.first_name if position == FIRST else case.customer.last_name
    at = case.number(1, len(name))
    value = name[:at] + case.variant(*_CONTROL) + name[at:]
    case.rows.crm[0].fields[position] = name
    case.rows.crm[0].spoil(position, column, "customer_name_control_characters", value)


def _name_field(place: int) -> tuple[str, int, str]:
    if place % 2:
        return "cst_lastname", LAST, "last_name"
    return "cst_firstname", FIRST, "first_name"


def _marital(case: CustomerCase) -> None:
    true = MARITAL_STATUSES[case.customer.marital_code]
    case.rows.publish("marital_status_unmapped", "marital_status", true, "n/a")
    value = case.variant("D", "W", "P", "X")
    case.rows.crm[0].spoil(
        MARITAL, "cst_marital_status", "marital_status_unmapped", value, recoverable=False
    )


def _crm_gender(case: CustomerCase) -> None:
    code = case.customer.erp_gender.strip()[:1]
    same = case.rows.publish(
        "gender_unmapped", "gender", case.customer.gender, _GENDER_OF.get(code, "n/a")
    )
    case.rows.crm[0].spoil(
        GENDER, "cst_gndr", "gender_unmapped", case.variant("X", "U", "N", "?"), same
    )


def _created(case: CustomerCase) -> None:
    case.rows.publish("create_date_invalid", "create_date", case.customer.create_date, "")
    value = case.variant(*_NOT_DATES)
    case.rows.crm[0].spoil(
        CREATED, "cst_create_date", "create_date_invalid", value, recoverable=False
    )


def _erp_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"NASAW{digits}", f"XX00011{digits}", f"AW0001{digits}O")
    stray = SourceRow(key, [key, case.customer.birthdate, "Male"])
    stray.note("CID", "erp_customer_key_malformed", "", key)
    case.rows.erp.append(stray)


def _born_in_future(case: CustomerCase) -> None:
    year = 9999 if case.place % 4 == 3 else case.number(2090, 2190)
    value = f"{year}-{case.number(1, 13):02d}-{case.number(1, 29):02d}"
    _no_birthdate(case, "birthdate_in_future", value)


def _born_long_ago(case: CustomerCase) -> None:
    # Doubtful, but what the customer said: kept.
    born = date(1912, 1, 1) + timedelta(days=case.number(0, 12 * 365))
    case.customer.birthdate = born.isoformat()
    case.rows.erp[0].fields[BIRTHDATE] = born.isoformat()
    case.rows.erp[0].note("BDATE", "birthdate_before_1924", born.isoformat(), born.isoformat())


def _birthdate_invalid(case: CustomerCase) -> None:
    _no_birthdate(case, "birthdate_invalid", case.variant("1980-02-31", "unknown", "13.05.1980"))


def _no_birthdate(case: CustomerCase, rule_id: str, value: str) -> None:
    case.rows.publish(rule_id, "birthdate", case.customer.birthdate, "")
    case.rows.erp[0].spoil(BIRTHDATE, "BDATE", rule_id, value, recoverable=False)


def _erp_gender(case: CustomerCase) -> None:
    published = _GENDER_OF.get(case.customer.crm_gender, "n/a")
    same = case.rows.publish("erp_gender_unmapped", "gender", case.customer.gender, published)
    value = case.variant("X", "Unknown", "Divers")
    case.rows.erp[0].spoil(ERP_GENDER, "GEN", "erp_gender_unmapped", value, same)


def _erp_twice(case: CustomerCase) -> None:
    current = case.rows.erp[0]
    born = date.fromisoformat(case.customer.birthdate) + timedelta(days=case.number(1, 90))
    key = current.fields[ERP_KEY]
    other = key[3:] if key.startswith("NAS") else f"NAS{key}"
    old = SourceRow(current.record_key, [case.variant(key, other), born.isoformat(), ""])
    old.note("CID", "erp_customer_duplicate", old.fields[ERP_KEY], old.fields[ERP_KEY])
    case.rows.erp.insert(0, old)


def _location_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"AW-{digits}", f"WA-00011{digits}", f"AW-0001{digits}O")
    stray = SourceRow(key, [key, "France"])
    stray.note("CID", "location_key_malformed", "", key)
    case.rows.location.append(stray)


def _country(case: CustomerCase) -> None:
    value = case.variant("Atlantis", "XX", "Untied States", "Deutchland")
    same = case.rows.publish("country_unmapped", "country", case.customer.country, "n/a")
    case.rows.location[0].spoil(COUNTRY, "CNTRY", "country_unmapped", value, same)


def _location_twice(case: CustomerCase) -> None:
    current = case.rows.location[0]
    others = [name for name in COUNTRY_NAMES[:-1] if name != case.customer.country]
    elsewhere = others[case.number(0, len(others))]
    old = SourceRow(current.record_key, [current.fields[LOCATION_KEY], elsewhere])
    old.note("CID", "location_duplicate", old.fields[LOCATION_KEY], old.fields[LOCATION_KEY])
    case.rows.location.insert(0, old)


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
