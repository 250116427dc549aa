"""What goes wrong with products and their categories: some rows, whatever the scale."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from sales_sample.catalogue import PEDALS, PRODUCTS
from sales_sample.defects import Difference, SourceRow
from sales_sample.schedule import stream
from sales_sample.versions import Version, category_rows, row, stated_end, stated_key

ID, KEY, NAME, COST, LINE, START, END = range(7)
CATEGORY_ID, CATEGORY, SUBCATEGORY, MAINTENANCE = range(4)

Differences = list[Difference]

# A category in doubt leaves all of its products in doubt: it is one that has few.
_SMALL = 3

# Rows that belong nowhere stand among the first ones, so that a longer file has them there too.
_FIRST_ROWS = 300

_PRODUCTS_OF = Counter(product.family.category_id for product in PRODUCTS)


def clean_products(versions: list[Version]) -> list[SourceRow]:
    """The product file in which nothing is wrong."""
    return [SourceRow(fields[KEY], fields) for fields in map(row, versions)]


def clean_categories() -> list[SourceRow]:
    """The category file in which nothing is wrong."""
    return [SourceRow(fields[CATEGORY_ID], fields) for fields in category_rows()]


def spoiled_categories(seed: int) -> tuple[list[SourceRow], str]:
    """The category file with its defects.

    Returns:
        The rows, and the category of which the file does not say whether it needs maintenance.
    """
    random = stream(seed, "categories")
    rows = clean_categories()
    small = [i for i, r in enumerate(rows) if _PRODUCTS_OF[r.fields[CATEGORY_ID]] <= _SMALL]
    vague, twice, again_at = (int(i) for i in random.choice(small, 3, replace=False))
    rows[vague].spoil(MAINTENANCE, "MAINTENANCE", "maintenance_unmapped", "Maybe", False)

    fields = list(rows[twice].fields)
    fields[SUBCATEGORY] = f"Various {fields[SUBCATEGORY]}"
    old = SourceRow(rows[twice].record_key, fields)
    old.note("SUBCAT", "category_ambiguous", rows[twice].fields[SUBCATEGORY], fields[SUBCATEGORY])
    again = SourceRow(rows[again_at].record_key, list(rows[again_at].fields))
    again.note("ID", "category_duplicate", again.fields[CATEGORY_ID], again.fields[CATEGORY_ID])

    stray = SourceRow("Accessories/Baskets", ["", "Accessories", "Baskets", "No"])
    stray.note("ID", "category_id_missing", "", "")
    vague_id = rows[vague].fields[CATEGORY_ID]
    for at, row_before in sorted(((twice, old), (again_at, again)), key=lambda pair: -pair[0]):
        rows.insert(at, row_before)
    rows.insert(int(random.integers(1, len(rows))), stray)
    return rows, vague_id


def spoiled_products(
    seed: int, versions: list[Version], newest_july: date, vague_category: str
) -> tuple[list[SourceRow], Differences]:
    """The product file with its defects.

    Args:
        seed: of the random streams.
        versions: all versions, in file order.
        newest_july: the start of the newest versions of the yearly assortment.
        vague_category: the category of which the ERP does not say whether it needs maintenance.

    Returns:
        The rows, and what will be published in place of the truth.
    """
    random = stream(seed, "products")
    rows = clean_products(versions)
    differences = [
        _difference("requires_maintenance", v, v.category[3], "n/a", "maintenance_unmapped")
        for v in versions
        if v.category_id == vague_category and v.end is None
    ]
    for version, spoilt in zip(versions, rows, strict=True):
        _spell_as_the_crm(version, spoilt, newest_july)
    differences += _spoil_some(random, versions, rows, vague_category)
    for place, key in enumerate(("BI-RB", "ACHEHEU417")):
        fields = [str(9001 + place), key, "Unknown", "10", "S ", newest_july.isoformat(), ""]
        stray = SourceRow(key, fields)
        stray.note("prd_key", "product_key_malformed", "", key)
        rows.insert(int(random.integers(1, _FIRST_ROWS)), stray)
    return rows, differences


def _spell_as_the_crm(version: Version, spoilt: SourceRow, newest_july: date) -> None:
    """End dates of no use, and one category that the ERP spells otherwise."""
    end = stated_end(version, newest_july)
    if end and date.fromisoformat(end) < version.start:
        spoilt.spoil(END, "prd_end_dt", "product_end_before_start", end)
    else:
        spoilt.fields[END] = end
    key = stated_key(version)
    if key != spoilt.fields[KEY]:
        spoilt.spoil(KEY, "prd_key", "product_category_corrected", key)
        spoilt.record_key = key


def _spoil_some(
    random: np.random.Generator,
    versions: list[Version],
    rows: list[SourceRow],
    vague_category: str,
) -> Differences:
    """One defect each in a handful of rows that have none."""
    differences: Differences = []
    sound = [
        i
        for i, version in enumerate(versions)
        if not rows[i].findings
        and version.line
        and version.end is None
        and version.category_id not in (PEDALS, vague_category)
        and version.product.family.versions == 1
        and not version.product.family.sold
    ]
    chosen = [int(i) for i in random.choice(sound, 6, replace=False)]
    for i, rule_id, value in (
        (chosen[0], "product_cost_missing", ""),
        (chosen[1], "product_cost_missing", ""),
        (chosen[2], "product_cost_negative", f"-{versions[chosen[2]].cost}"),
        (chosen[3], "product_cost_not_a_number", "TBD"),
    ):
        version = versions[i]
        rows[i].spoil(COST, "prd_cost", rule_id, value, recoverable=False)
        differences.append(_difference("cost", version, str(version.cost), "", rule_id))

    version = versions[chosen[4]]
    rows[chosen[4]].spoil(LINE, "prd_line", "product_line_unmapped", "X ", recoverable=False)
    differences.append(
        _difference("product_line", version, version.line_name, "n/a", "product_line_unmapped")
    )

    version, spoilt = versions[chosen[5]], rows[chosen[5]]
    wrong = f"{version.category_id[:2]}_ZZ"
    key = f"{wrong.replace('_', '-')}-{version.product.number}"
    spoilt.spoil(KEY, "prd_key", "product_category_unknown", key, recoverable=False)
    spoilt.record_key = key
    differences += [
        _difference(column, version, true, published, "product_category_unknown")
        for column, true, published in (
            ("category_id", version.category_id, wrong),
            ("category", version.category[1], "n/a"),
            ("subcategory", version.category[2], "n/a"),
            ("requires_maintenance", version.category[3], "n/a"),
        )
    ]

    # A first version that another one follows: the product is known all the same.
    old = [
        i
        for i, version in enumerate(versions)
        if version.end is not None and version.product is not versions[i - 1].product
    ]
    i = old[int(random.integers(0, len(old)))]
    rows[i] = SourceRow(rows[i].record_key, row(versions[i]))
    rows[i].fields[END] = ""
    rows[i].spoil(START, "prd_start_dt", "product_start_date_invalid", "2025-02-31")
    return differences


def _difference(
    column: str, version: Version, true: str, published: str, rule_id: str
) -> Difference:
    return Difference("dim_products", version.product.number, column, true, published, rule_id)
