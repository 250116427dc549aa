"""What goes wrong with products and their categories: some rows, whatever the scale."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from sales_sample import files
from sales_sample.catalogue import CATEGORIES, PEDALS, PRODUCTS
from sales_sample.defects import Difference, SourceRow
from sales_sample.schedule import stream
from sales_sample.versions import Version, row, stated_end, stated_key

# A category in doubt leaves all of its products in doubt: it is one that has few.
_SMALL = 3

# Rows that belong nowhere stand among the first ones, so that a longer file has them there too.
_FIRST_ROWS = 300

_PRODUCTS_OF = Counter(product.family.category_id for product in PRODUCTS)


def clean_categories() -> list[SourceRow]:
    """The category file in which nothing is wrong."""
    return [SourceRow.of(files.ERP_CATEGORIES, id_, row) for id_, row in CATEGORIES.items()]


def spoiled_categories(seed: int) -> tuple[list[SourceRow], str]:
    """The category file with its defects, and the category whose maintenance it does not say."""
    random = stream(seed, "categories")
    rows = clean_categories()
    small = [i for i, r in enumerate(rows) if _PRODUCTS_OF[r.record_key] <= _SMALL]
    vague, twice, again_at = (int(i) for i in random.choice(small, 3, replace=False))
    rows[vague].spoil("MAINTENANCE", "maintenance_unmapped", "Maybe", recoverable=False)

    old, again = (SourceRow(rows[i].record_key, dict(rows[i].fields)) for i in (twice, again_at))
    old.spoil("SUBCAT", "category_ambiguous", f"Various {old.fields['SUBCAT']}")
    again.note("ID", "category_duplicate")
    stray = SourceRow.of(
        files.ERP_CATEGORIES, "Accessories/Baskets", ["", "Accessories", "Baskets", "No"]
    )
    stray.note("ID", "category_id_missing")

    vague_id = rows[vague].record_key
    for at, row_before in sorted(((twice, old), (again_at, again)), key=lambda pair: -pair[0]):
        rows.insert(at, row_before)
    rows.insert(int(random.integers(1, len(rows))), stray)
    return rows, vague_id


def spoiled_products(
    seed: int, versions: list[Version], newest_july: date, vague_category: str
) -> tuple[list[SourceRow], list[Difference]]:
    """The product file with its defects, and what will be published in place of the truth.

    ``vague_category`` is the one of which the ERP does not say whether it needs maintenance.
    """
    random = stream(seed, "products")
    rows = [row(version) for version in versions]
    differences = [
        _difference("requires_maintenance", v, v.category[3], "n/a", "maintenance_unmapped")
        for v in versions
        if v.category_id == vague_category and v.end is None
    ]
    for version, spoilt in zip(versions, rows, strict=True):
        _spell_as_the_crm(version, spoilt, newest_july)
    differences += _spoil_some(random, versions, rows, vague_category)
    for place, key in enumerate(("BI-RB", "ACHEHEU417")):
        values = (9001 + place, key, "Unknown", 10, "S ", newest_july, "")
        stray = SourceRow.of(files.PRODUCTS, key, values)
        stray.note("prd_key", "product_key_malformed", "")
        rows.insert(int(random.integers(1, _FIRST_ROWS)), stray)
    return rows, differences


def _spell_as_the_crm(version: Version, spoilt: SourceRow, newest_july: date) -> None:
    """End dates of no use, and one category that the ERP spells otherwise."""
    end = stated_end(version, newest_july)
    if end and date.fromisoformat(end) < version.start:
        spoilt.spoil("prd_end_dt", "product_end_before_start", end)
    else:
        spoilt.fields["prd_end_dt"] = end
    key = stated_key(version)
    if key != spoilt.record_key:
        spoilt.spoil("prd_key", "product_category_corrected", key)
        spoilt.record_key = key


def _spoil_some(
    random: np.random.Generator,
    versions: list[Version],
    rows: list[SourceRow],
    vague_category: str,
) -> list[Difference]:
    """One defect each in a handful of rows that have none."""
    differences: list[Difference] = []
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
        rows[i].spoil("prd_cost", rule_id, value, recoverable=False)
        differences.append(_difference("cost", versions[i], str(versions[i].cost), "", rule_id))

    version, rule_id = versions[chosen[4]], "product_line_unmapped"
    rows[chosen[4]].spoil("prd_line", rule_id, "X ", recoverable=False)
    differences.append(_difference("product_line", version, version.line_name, "n/a", rule_id))

    version, rule_id = versions[chosen[5]], "product_category_unknown"
    wrong = f"{version.category_id[:2]}_ZZ"
    spoilt = rows[chosen[5]]
    spoilt.record_key = f"{wrong.replace('_', '-')}-{version.product.number}"
    spoilt.spoil("prd_key", rule_id, spoilt.record_key, recoverable=False)
    columns = ("category_id", "category", "subcategory", "requires_maintenance")
    published = (wrong, "n/a", "n/a", "n/a")
    differences += [
        _difference(column, version, true, instead, rule_id)
        for column, true, instead in zip(columns, version.category, published, strict=True)
    ]

    # A first version that another one follows: the product is known all the same.
    old = [
        i
        for i, version in enumerate(versions)
        if version.end is not None and version.product is not versions[i - 1].product
    ]
    i = old[int(random.integers(0, len(old)))]
    rows[i] = row(versions[i])
    rows[i].fields["prd_end_dt"] = ""
    rows[i].spoil("prd_start_dt", "product_start_date_invalid", "2025-02-31")
    return differences


def _difference(
    column: str, version: Version, true: str, published: str, rule_id: str
) -> Difference:
    return Difference("dim_products", version.product.number, column, true, published, rule_id)
