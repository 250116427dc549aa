"""Names that models use, for the SQL linter, which starts neither dbt nor a database.

sqlfluff makes every public name of this package known to Jinja. A macro of the project is made into
a call of a function of its name, in place of what it expands to: the linter looks at nothing inside
templated text, and parses it much faster. The few that stand for more than an expression are below.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

_PROJECT = Path(__file__).resolve().parents[3]
_VARIABLES: dict[str, Any] = yaml.safe_load(
    (_PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
)["vars"]
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)\(")


def _call(name: str) -> Callable[..., str]:
    return lambda *args, **_: f"{name}({', '.join(arg for arg in args if isinstance(arg, str))})"


for _file in (_PROJECT / "macros").rglob("*.sql"):
    for _name in _MACRO.findall(_file.read_text(encoding="utf-8")):
        globals()[_name] = _call(_name)

# --- dbt and its packages ------------------------------------------------------------------------

dbt = SimpleNamespace(
    dateadd=lambda _part, interval, day: f"date_add({day}, {interval})",
    datediff=lambda first, second, _part: f"datediff({second}, {first})",
    position=lambda part, text: f"position({part} in {text})",
    type_string=lambda: "string",
)
dbt_utils = SimpleNamespace(date_spine=lambda **_: "select cast('2000-01-01' as date) as date_day")
execute = True
invocation_id = "00000000-0000-0000-0000-000000000000"
run_started_at = datetime(2026, 1, 1, tzinfo=UTC)


def var(name: str, default: object = None) -> Any:
    """Return a variable of dbt_project.yml."""
    return _VARIABLES.get(name, default)


# --- Macros that stand for more than an expression -----------------------------------------------

_TEXTS = {
    # Queries.
    "changed_months": "select month_number, made_from from dashboard_month_versions",
    "landing_sources": "select 'crm_sales' as source, 'crm_sales_details' as landing_table",
    # A CTE, columns, a condition; an order, so without parentheses.
    "touched_sales_lines": "validated_now as (select * from stg_crm__sales)",
    "provenance": "_source_file, _row_number",
    "not_yet_published": "{} is not null",
    "newest_first": "{}._row_number desc",
}
globals().update({name: text.format for name, text in _TEXTS.items()})


def explode_violations(relation: str, columns: list[str]) -> str:
    """Stand for a query."""
    return f"select {', '.join(columns)} from {relation}"


def older_rows(relation: str, keys: list[str], order: str, content: str | None = None) -> str:
    """Stand for a query."""
    return f"select *, {content} from {relation} order by {', '.join(keys)}, {order}"


def sources() -> dict[str, dict[str, str]]:
    """Return two of the sources and their models: a loop over them is as good as one over all."""
    return {
        "crm_customers": {"landed": "crm_cust_info", "validated": "int_customers__validated"},
        "crm_sales": {"landed": "crm_sales_details", "validated": "int_sales__validated"},
    }


def landing_declaration(name: str) -> dict[str, Any]:
    """Return a declaration."""
    return {"columns": {}, "freshness": {"warn_after": {"count": 2, "period": "day"}}}


def reconciled_measures() -> list[dict[str, Any]]:
    """Return one of each kind."""
    sales = {"source": "crm_sales", "validated": "int_sales__validated"}
    return [
        {**sales, "measure": "rows", "meta": {"by": "customer_id", "reconciled_with": "sales"}},
        {**sales, "measure": "sales_amount", "meta": {"reconciled_with": "fact_sales"}},
    ]
