"""What goes wrong with customers, in the CRM's file and in the two of the ERP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sales_sample.customers import COUNTRY_NAMES, Customer
from sales_sample.defects import Case, Difference, SourceRow
from sales_sample.files import CUSTOMERS, ERP_CUSTOMERS, ERP_LOCATIONS

#: What changes day by day; it is dealt out beside the kinds.
MOVES, MARRIES = "moves", "marries"

#: Column of a file: the file, and the column of gold.
_GOLD = {
    "cst_firstname": (CUSTOMERS, "first_name"),
    "cst_lastname": (CUSTOMERS, "last_name"),
    "cst_marital_status": (CUSTOMERS, "marital_status"),
    "cst_gndr": (CUSTOMERS, "gender"),
    "cst_create_date": (CUSTOMERS, "create_date"),
    "BDATE": (ERP_CUSTOMERS, "birthdate"),
    "GEN": (ERP_CUSTOMERS, "gender"),
    "CNTRY": (ERP_LOCATIONS, "country"),
}
_NOT_DATES = ("2025-02-30", "unknown", "05.01.2026", "0000-00-00", "2025-13-01")
_NOT_COUNTRIES = ("Atlantis", "XX", "Untied States", "Deutchland")
_GENDER_OF = {"M": "Male", "F": "Female"}


def _crm_text(c: Customer) -> str:
    return (
        f"{c.id},{c.number},{c.first_name_spelt},{c.last_name_spelt},"
        f"{c.marital_code},{c.crm_gender},{c.create_date}"
    )


#: The customer's row in each file.
TEXTS: dict[str, Callable[[Customer], str]] = {
    CUSTOMERS: _crm_text,
    ERP_CUSTOMERS: lambda c: f"{c.erp_number},{c.birthdate},{c.erp_gender}",
    ERP_LOCATIONS: lambda c: f"AW-{c.id:08d},{c.country_spelt}",
}


@dataclass
class CustomerCase(Case):
    """One thing that goes wrong with one customer.

    ``rows`` are those of the customer by file, with rows of nobody beside them.
    """

    customer: Customer
    rows: dict[str, list[SourceRow]] = field(init=False)
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rows = {file: [self.row(file)] for file in TEXTS}

    def row(self, file: str) -> SourceRow:
        """The customer's row in a file when nothing is wrong."""
        return SourceRow.of(file, self.customer.number, TEXTS[file](self.customer).split(","))

    def put(self, column: str, value: str, published: str) -> None:
        """Put ``value`` into a field: ``published`` takes the place of what is true in gold."""
        file, gold = _GOLD[column]
        true = str(getattr(self.customer, gold))
        self.rows[file][0].spoil(column, self.kind, value, true == published)
        if true != published:
            number = self.customer.number
            self.differences.append(
                Difference("dim_customers", number, gold, true, published, self.kind)
            )

    def add(self, file: str, column: str, key: str, values: list[str]) -> None:
        """Add a row that belongs to no customer."""
        row = SourceRow.of(file, key, values)
        row.note(column, self.kind, "")
        self.rows[file].append(row)

    def add_older(self, file: str, column: str, row: SourceRow, at: int = 0) -> None:
        """Add a row that the current one takes the place of, above it unless told otherwise."""
        row.note(column, self.kind)
        self.rows[file].insert(at, row)


def spoil(kind: str, customer: Customer, seed: int, place: int) -> CustomerCase:
    """Let one thing go wrong with a customer, the ``place``-th time that it does."""
    case = CustomerCase(kind, seed, place, customer)
    _KINDS[kind][1](case)
    return case


Spoiler = Callable[[CustomerCase], None]


def _bad_value(column: str, published: str, *values: str) -> Spoiler:
    """The values, which take turns, tell nothing."""
    return lambda case: case.put(column, case.variant(*values), published)


def _superseded(case: CustomerCase) -> None:
    created = date.fromisoformat(case.customer.create_date)
    for version in range(1 + (case.place % 3 == 2)):
        created -= timedelta(days=case.number(1, 20))
        row = case.row(CUSTOMERS)
        row.fields["cst_create_date"] = created.isoformat()
        if version or case.place % 2:
            row.fields["cst_marital_status"] = ""
            row.fields["cst_firstname"] = ""
        else:
            row.fields["cst_marital_status"] = married(case.customer).marital_code
        # Old versions stand above the current one, as a rule.
        at = 0 if case.place % 4 != 3 else len(case.rows[CUSTOMERS])
        case.add_older(CUSTOMERS, "cst_id", row, at)


def _id_missing(case: CustomerCase) -> None:
    digits = case.number(1000, 9999)
    key = case.variant(f"SF{digits}", f"PO{digits}", f"{digits}{digits}", f"A{digits}x")
    case.add(CUSTOMERS, "cst_id", key, ["", key, "", "", "", "", ""])


def _id_not_a_number(case: CustomerCase) -> None:
    customer = case.customer
    wrong = case.variant(f"{customer.id}X", "N/A")
    key = f"AW{case.number(10_000, 99_999)}-{case.place}"
    values = [wrong, key, "Test", "Test", "S", "", customer.create_date]
    case.add(CUSTOMERS, "cst_id", key, values)


def _name_too_long(case: CustomerCase) -> None:
    column, name = _name(case)
    value = " ".join([name] * (60 // len(name) + 1 + case.number(0, 5)))
    case.put(column, value, value)


def _name_control(case: CustomerCase) -> None:
    column, name = _name(case)
    at = case.number(1, len(name))
    case.put(column, name[:at] + case.variant("\t", "\x07", "\x1b") + name[at:], name)


def _name(case: CustomerCase) -> tuple[str, str]:
    """The column of the first or last name in turn, and the name without blanks around it."""
    column, name = (
        ("cst_lastname", case.customer.last_name)
        if case.place % 2
        else ("cst_firstname", case.customer.first_name)
    )
    case.rows[CUSTOMERS][0].fields[column] = name
    return column, name


def _crm_gender(case: CustomerCase) -> None:
    published = _GENDER_OF.get(case.customer.erp_gender.strip()[:1], "n/a")
    case.put("cst_gndr", case.variant("X", "U", "N", "?"), published)


def _erp_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"NASAW{digits}", f"XX00011{digits}", f"AW0001{digits}O")
    case.add(ERP_CUSTOMERS, "CID", key, [key, case.customer.birthdate, "Male"])


def _born_in_future(case: CustomerCase) -> None:
    year = 9999 if case.place % 4 == 3 else case.number(2090, 2190)
    value = f"{year}-{case.number(1, 13):02d}-{case.number(1, 29):02d}"
    case.put("BDATE", value, "")


def _born_long_ago(case: CustomerCase) -> None:
    # Doubtful, but what the customer said: kept.
    born = (date(1912, 1, 1) + timedelta(days=case.number(0, 12 * 365))).isoformat()
    case.customer.birthdate = born
    row = case.rows[ERP_CUSTOMERS][0]
    row.fields["BDATE"] = born
    row.note("BDATE", case.kind)


def _erp_gender(case: CustomerCase) -> None:
    published = _GENDER_OF.get(case.customer.crm_gender, "n/a")
    case.put("GEN", case.variant("X", "Unknown", "Divers"), published)


def _erp_twice(case: CustomerCase) -> None:
    born = date.fromisoformat(case.customer.birthdate) + timedelta(days=case.number(1, 90))
    row = case.row(ERP_CUSTOMERS)
    key = row.fields["CID"]
    other = key[3:] if key.startswith("NAS") else f"NAS{key}"
    row.fields |= {"CID": case.variant(key, other), "BDATE": born.isoformat(), "GEN": ""}
    case.add_older(ERP_CUSTOMERS, "CID", row)


def _location_key(case: CustomerCase) -> None:
    digits = case.number(100, 999)
    key = case.variant(f"AW-{digits}", f"WA-00011{digits}", f"AW-0001{digits}O")
    case.add(ERP_LOCATIONS, "CID", key, [key, "France"])


def _location_twice(case: CustomerCase) -> None:
    others = [name for name in COUNTRY_NAMES[:-1] if name != case.customer.country]
    row = case.row(ERP_LOCATIONS)
    row.fields["CNTRY"] = others[case.number(0, len(others))]
    case.add_older(ERP_LOCATIONS, "CID", row)


#: How often each happens at scale 1, and what then goes wrong.
_KINDS: dict[str, tuple[float, Spoiler]] = {
    "customer_superseded": (6, _superseded),
    "customer_id_missing": (4, _id_missing),
    "customer_id_not_a_number": (2, _id_not_a_number),
    "customer_name_too_long": (2, _name_too_long),
    "customer_name_control_characters": (3, _name_control),
    "marital_status_unmapped": (4, _bad_value("cst_marital_status", "n/a", "D", "W", "P", "X")),
    "gender_unmapped": (5, _crm_gender),
    "create_date_invalid": (4, _bad_value("cst_create_date", "", *_NOT_DATES)),
    "erp_customer_key_malformed": (3, _erp_key),
    "birthdate_in_future": (16, _born_in_future),
    "birthdate_before_1924": (15, _born_long_ago),
    "birthdate_invalid": (4, _bad_value("BDATE", "", "1980-02-31", "unknown", "13.05.1980")),
    "erp_gender_unmapped": (5, _erp_gender),
    "erp_customer_duplicate": (4, _erp_twice),
    "location_key_malformed": (3, _location_key),
    "country_unmapped": (6, _bad_value("CNTRY", "n/a", *_NOT_COUNTRIES)),
    "location_duplicate": (4, _location_twice),
}
#: The kinds with how often they happen; what changes day by day is chosen elsewhere.
KINDS = {kind: often for kind, (often, _) in _KINDS.items()} | {MOVES: 0, MARRIES: 0}


def moved(customer: Customer) -> Customer:
    """The customer after moving to another country."""
    names = COUNTRY_NAMES[:-1]
    at = names.index(customer.country) if customer.country in names else -1
    country = names[(at + 1) % len(names)]
    return replace(customer, country=country, country_spelt=country)


def married(customer: Customer) -> Customer:
    """The customer after a wedding or a divorce."""
    return replace(customer, marital_code="S" if customer.marital_code == "M" else "M")
