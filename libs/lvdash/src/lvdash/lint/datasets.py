"""Data sets: their SQL, their tables, their columns, and whether a widget uses them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from lvdash import dialect
from lvdash.definition import Dashboard, Dataset, Finding, mappings, strings
from lvdash.lint.expressions import Columns, check_expression, repeated
from lvdash.tables import Tables

KNOWN_KEYS = {
    *("name", "displayName", "queryLines", "query", "asset_name", "assetName"),
    *("columns", "parameters", "catalog", "schema"),
}


def check_datasets(
    board: Dashboard, tables: Tables | None, portable: bool
) -> tuple[Columns, list[Finding]]:
    """Check all data sets; also returns which columns they have."""
    findings: list[Finding] = []
    columns: Columns = {}
    datasets = [Dataset(item) for item in mappings(board.raw.get("datasets"))]
    used = {query.dataset for widget in board.widgets for query in widget.queries}
    for name, count in repeated(dataset.name for dataset in datasets):
        what = f"The name is used {count} times; widgets then read any of them."
        findings.append(Finding(f"data set '{name}'", what, "Give each data set its own name."))
    for dataset in datasets:
        findings += _check_keys(dataset)
        if portable:
            findings += _check_portable(dataset)
        found, problems = _check_sql(dataset, tables, portable)
        findings += problems
        columns.setdefault(dataset.name, found)
        findings += _check_calculations(dataset, found)
        if dataset.name and dataset.name not in used:
            what = "No widget uses it, and it runs all the same."
            findings.append(Finding(dataset.where, what, "Remove it, or draw it.", "note"))
    return columns, findings


def _check_keys(dataset: Dataset) -> Iterator[Finding]:
    if not dataset.name:
        yield Finding("datasets", "A data set has no name.", "Give it a 'name'.")
    if not dataset.raw.get("displayName"):
        yield Finding(dataset.where, "It has no 'displayName'.", "Give it a title.", "note")
    for key in sorted(dataset.raw.keys() - KNOWN_KEYS):
        what = f"The key '{key}' is not known here."
        yield Finding(dataset.where, what, "Check its spelling.", "note")


def _check_portable(dataset: Dataset) -> Iterator[Finding]:
    if dataset.raw.get("catalog"):
        what = f"It names the catalog '{dataset.raw['catalog']}', which differs by environment."
        yield Finding(dataset.where, what, "Remove 'catalog'; the bundle sets it.")
    if dataset.schema:
        what = f"Its schema '{dataset.schema}' is overridden if the bundle sets one for all."
        yield Finding(dataset.where, what, "Remove 'schema'; the bundle sets it.")


def _check_sql(
    dataset: Dataset, tables: Tables | None, portable: bool
) -> tuple[set[str] | None, list[Finding]]:
    error = partial(Finding, dataset.where)
    if dataset.asset:
        return _check_asset(dataset, tables)
    if not dataset.sql.strip():
        return None, [error("It has no SQL and stays blank.", "Put its SQL into 'queryLines'.")]
    findings = []
    lines = strings(dataset.raw.get("queryLines"))
    if any(not line.endswith(("\n", " ")) and line.strip() for line in lines[:-1]):
        what = "A line of 'queryLines' has no line break; lines are joined as they are."
        findings.append(error(what, "End each line but the last with \\n.", "note"))
    try:
        query = dialect.single_query(dataset.sql)
        names = dialect.output_columns(dataset.sql, None)
    except dialect.BadSqlError as bad:
        return None, [*findings, error(f"Its SQL {bad}", "Make it one query.")]
    findings += _check_parameters(dataset, dialect.parameters(query))
    problems = [
        finding
        for table in sorted(dialect.tables(query))
        for finding in _check_table(dataset, table, tables, portable)
    ]
    findings += problems
    if tables and not problems:
        try:
            names = dialect.output_columns(dataset.sql, tables, dataset.schema)
        except dialect.BadSqlError as bad:
            return None, [*findings, error(f"Its SQL {bad}", "Use a column that is there.")]
    for name, count in repeated(names or []):
        what = f"It returns {count} columns called '{name}'."
        findings.append(error(what, "Give each column its own name.", "note"))
    return set(names) if names is not None else None, findings


def _check_asset(dataset: Dataset, tables: Tables | None) -> tuple[set[str] | None, list[Finding]]:
    found = tables.find(dataset.asset, dataset.schema) if tables else None
    if tables and found:
        return set(tables.columns[found]), []
    what = f"The table or metric view '{dataset.asset}' is not known here."
    return None, [Finding(dataset.where, what, "Look at its widgets on Databricks.", "note")]


def _check_table(
    dataset: Dataset, table: str, tables: Tables | None, portable: bool
) -> Iterator[Finding]:
    error = partial(Finding, dataset.where)
    parts = table.split(".")
    if tables and not tables.find(table, dataset.schema):
        yield error(f"It reads '{table}', which is not there.", "Check the spelling.")
    elif portable and len(parts) == 3:
        what = f"It reads '{table}', which is that catalog in every environment."
        yield error(what, f"Write '{'.'.join(parts[1:])}'; the bundle sets the catalog.")
    elif portable and tables and parts[:-1] == [tables.schema]:
        what = f"It reads '{table}', which is that schema in every environment."
        yield error(what, f"Write '{parts[-1]}'; the bundle sets catalog and schema.")


def _check_parameters(dataset: Dataset, used: set[str]) -> Iterator[Finding]:
    names = {name.split(".")[0] for name in used}
    for name in sorted(names - dataset.parameters.keys()):
        what = f"Its SQL uses the parameter ':{name}', which is not declared."
        yield Finding(dataset.where, what, "Add it to 'parameters', or filter by a field.")
    for name in sorted(dataset.parameters.keys() - names):
        what = f"Its SQL does not use the parameter ':{name}'."
        yield Finding(dataset.where, what, "Remove the parameter.", "note")


def _check_calculations(dataset: Dataset, columns: set[str] | None) -> Iterator[Finding]:
    items = mappings(dataset.raw.get("columns"))
    for name, count in repeated(str(item.get("displayName")) for item in items):
        yield Finding(dataset.where, f"It defines '{name}' {count} times.", "Keep one definition.")
    for name, text in dataset.calculations.items():
        if columns and name in columns:
            what = f"It defines '{name}', which is also a column of its SQL."
            yield Finding(dataset.where, what, "Give the calculation another name.")
        what = f"The calculation '{name}'"
        yield from check_expression(dataset.where, what, text, dataset, columns)
