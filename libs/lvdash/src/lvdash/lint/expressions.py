"""What data sets, fields, filters and orders have in common: expressions and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set

from lvdash import expressions
from lvdash.definition import Dataset, Finding

Columns = dict[str, set[str] | None]
"""The columns of each data set; None if they are unknown."""


def repeated(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The names that occur more than once, and how often."""
    for name, count in Counter(names).items():
        if count > 1:
            yield name, count


def compiled(text: str, dataset: Dataset | None = None) -> expressions.Tree | None:
    """The tree of an expression, or None if it is not known here."""
    try:
        return expressions.compile_expression(text, dataset.calculations if dataset else {})
    except expressions.UnsupportedError:
        return None


def check_expression(
    where: str, what: str, text: str, dataset: Dataset, columns: Set[str] | None
) -> Iterator[Finding]:
    """Whether an expression can be evaluated and reads columns that its data set returns."""
    try:
        tree = expressions.compile_expression(text, dataset.calculations)
    except expressions.UndefinedError as error:
        if not dataset.asset:  # a metric view defines measures that are not in the file
            yield Finding(
                where, f"{what}: {error} is not defined by the data set.", "Define or correct it."
            )
        return
    except expressions.UnsupportedError as error:
        remedy = "Look at it on Databricks, or calculate it in the data set's SQL."
        yield Finding(where, f"{what}: {error} is not known here.", remedy, "note")
        return
    missing = sorted(expressions.columns(tree) - columns) if columns is not None else []
    if missing:
        yield Finding(
            where,
            f"{what} reads {', '.join(missing)}, which '{dataset.name}' does not return.",
            "Use a column that its SQL returns.",
        )
