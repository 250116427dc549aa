"""Why quality stopped a run: read from the candidate that was not published."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestration.errors import LakehouseError

_RULES = """
    select
        rule_id || ' found ' || rows_touched || ' of ' || rows_judged || ' rows of ' || source
        || printf(' (%.2f %%, allowed are %.2f %%): ', share * 100.0, max_share * 100.0) || title
    from quality.rule_results where status = 'stop' order by share desc, rule_id
"""
_DIFFERENCES = """
    select source || ', ' || measure || ': ' || difference || ' of what landed is not accounted for'
    from quality.reconciliation where difference <> 0 order by source, measure
"""
RULES_REMEDY = (
    "Correct the file, or raise max_share in seeds/data_quality_rules.csv if that much is right, "
    "and run again. What was published before is unchanged."
)
DIFFERENCES_REMEDY = (
    "A model loses or multiplies rows: look at what changed in it since the last run. "
    "What was published before is unchanged."
)


def explain(error: LakehouseError, failed: Iterable[str], candidate: Path) -> LakehouseError:
    """Name the rules or measures that made a build fail.

    Args:
        error: what the build said.
        failed: names of the tests that failed.
        candidate: the database that would have been published.

    Returns:
        The error with the reasons and what to do about them, or as it is when they are other ones.
    """
    names = list(failed)
    for model, query, remedy in (
        ("rule_results", _RULES, RULES_REMEDY),
        ("reconciliation", _DIFFERENCES, DIFFERENCES_REMEDY),
    ):
        if any(model in name for name in names) and (reasons := _read(candidate, query)):
            lines = "\n".join(f"  {reason}" for reason in reasons)
            return LakehouseError(f"{error.message}\n\n{lines}", remedy, error.exit_code)
    return error


def _read(candidate: Path, query: str) -> list[str]:
    import duckdb

    try:
        with duckdb.connect(str(candidate), read_only=True) as connection:
            return [str(row[0]) for row in connection.execute(query).fetchall()]
    except duckdb.Error:
        return []  # the build's own message has to do
