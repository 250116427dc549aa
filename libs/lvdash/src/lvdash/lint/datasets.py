"""Data sets: their SQL, their tables, their columns, whether anybody uses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lvdash import dialect, expressions
from lvdash.definition import Dashboard, Dataset, Finding, mappings

KNOWN_KEYS = {"name", "displayName", "queryLines", "columns", "parameters", "catalog", "schema"}
Columns = dict[str, set[str] | None]
"""The columns of each data set; None when they cannot be told."""


def check_datasets(
    board: Dashboard, gold_columns: Mapping[str, set[str]]
) -> tuple[Columns, list[Finding]]:
    """Judge all data sets; also hands back what columns they return."""
    findings: list[Finding] = []
    columns: Columns = {}
    known = _known_tables(gold_columns)
    raw = mappings(board.raw.get("datasets"))
    if not raw:
        findings.append(Finding("datasets", "There is no data set.", "Add one to 'datasets'."))
    names = Counter(str(item.get("name", "")) for item in raw)
    for name, count in names.items():
        if count > 1:
            findings.append(
                Finding(
                    f"data set '{name}'",
                    f"The name is used {count} times; widgets then read any of them.",
                    "Give each data set a name of its own.",
                )
            )
    used = {query.dataset for widget in board.widgets for query in widget.queries}
    for item in raw:
        dataset = Dataset(item)
        findings += _check_keys(dataset)
        found, problems = _check_sql(dataset, known)
        findings += problems
        columns.setdefault(dataset.name, found)
        findings += _check_calculations(dataset, found)
        if dataset.name and dataset.name not in used:
            findings.append(
                Finding(
                    f"data set '{dataset.name}'",
                    "No widget uses it, and it runs all the same.",
                    "Remove it, or draw it.",
                )
            )
    return columns, findings


def _known_tables(gold_columns: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Tables by the name a data set uses: gold without a schema."""
    return {name.removeprefix("gold."): set(found) for name, found in gold_columns.items()}


def _check_keys(dataset: Dataset) -> Iterator[Finding]:
    where = f"data set '{dataset.name}'"
    if not dataset.name:
        yield Finding("datasets", "A data set has no name.", "Give it a 'name'.")
    if not dataset.raw.get("displayName"):
        yield Finding(where, "It has no 'displayName'.", "Say what it is in a few words.")
    for key in sorted(dataset.raw.keys() - KNOWN_KEYS):
        hint = "Write 'queryLines', a list of lines." if key == "query" else "Remove it."
        yield Finding(where, f"Databricks does not know the key '{key}' and ignores it.", hint)
    if dataset.raw.get("catalog"):
        yield Finding(
            where,
            f"It names the catalog '{dataset.raw['catalog']}', which differs by environment.",
            "Remove 'catalog'; the bundle sets it.",
        )
    if dataset.schema:
        yield Finding(
            where,
            f"Its schema '{dataset.schema}' is overridden when the bundle sets one for all.",
            "Remove 'schema', and read tables of gold.",
        )


def _check_sql(
    dataset: Dataset, known: Mapping[str, set[str]]
) -> tuple[set[str] | None, list[Finding]]:
    where = f"data set '{dataset.name}'"
    lines = dataset.raw.get("queryLines")
    if not isinstance(lines, list) or not dataset.sql.strip():
        remedy = "Put its SQL into 'queryLines', a list of lines."
        return None, [Finding(where, "It has no SQL in 'queryLines' and stays blank.", remedy)]
    findings = []
    for number, line in enumerate(lines[:-1], start=1):
        if not str(line).endswith("\n"):
            findings.append(
                Finding(
                    where,
                    f"Line {number} of 'queryLines' does not end with a line break; the lines "
                    "are joined as they are, so it runs into the next one.",
                    "End each line but the last with \\n.",
                )
            )
            break
    try:
        query = dialect.single_query(dataset.sql)
    except dialect.BadSqlError as error:
        return None, [*findings, Finding(where, f"Its SQL {error}", "Make it one query.")]
    findings += _check_parameters(dataset, dialect.parameters(query))
    strange = [
        finding
        for table in sorted(dialect.tables(query))
        if (finding := _check_table(where, table, known))
    ]
    if strange:
        return None, [*findings, *strange]
    try:
        names = dialect.output_columns(dataset.sql, known)
    except dialect.BadSqlError as error:
        return None, [*findings, Finding(where, f"Its SQL {error}", "Use a column that is there.")]
    for name, count in Counter(names).items():
        if count > 1:
            findings.append(
                Finding(
                    where,
                    f"It returns {count} columns called '{name}'.",
                    "Give each column a name of its own.",
                )
            )
    return set(names), findings


def _check_table(where: str, table: str, known: Mapping[str, set[str]]) -> Finding | None:
    parts = table.split(".")
    if table in known:
        return None
    if parts[-2:-1] == ["gold"] and parts[-1] in known:
        return Finding(
            where,
            f"It reads '{table}', which is that schema in every environment.",
            f"Write '{parts[-1]}'; the bundle sets catalog and schema.",
        )
    if len(parts) == 3 and ".".join(parts[1:]) in known:
        return Finding(
            where,
            f"It reads '{table}', which is that catalog in every environment.",
            f"Write '{'.'.join(parts[1:])}'; the bundle sets the catalog.",
        )
    return Finding(
        where,
        f"It reads '{table}', which is no table of gold.",
        "Read from published tables only; check the spelling.",
    )


def _check_parameters(dataset: Dataset, used: set[str]) -> Iterator[Finding]:
    where = f"data set '{dataset.name}'"
    declared = {str(item.get("keyword", "")) for item in mappings(dataset.raw.get("parameters"))}
    names = {name.split(".")[0] for name in used}
    for name in sorted(names - declared):
        yield Finding(
            where,
            f"Its SQL uses the parameter ':{name}', which is not declared.",
            "Add it to 'parameters', or filter by a field.",
        )
    for name in sorted(declared - names):
        yield Finding(
            where, f"Its SQL does not use the parameter ':{name}'.", "Remove the parameter."
        )


def _check_calculations(dataset: Dataset, columns: set[str] | None) -> Iterator[Finding]:
    where = f"data set '{dataset.name}'"
    items = mappings(dataset.raw.get("columns"))
    for name, count in Counter(str(item.get("displayName")) for item in items).items():
        if count > 1:
            yield Finding(
                where, f"It defines '{name}' {count} times.", "Keep one of the definitions."
            )
        if columns and name in columns:
            yield Finding(
                where,
                f"It defines '{name}', which is also a column of its SQL.",
                "Give the calculation another name.",
            )
    for name, text in dataset.calculations.items():
        try:
            tree = expressions.compile_expression(text, dataset.calculations)
        except expressions.UnsupportedError as error:
            yield Finding(
                where,
                f"The calculation '{name}': {error} is not understood.",
                "Use sums, counts, averages, ratios and CASE.",
            )
            continue
        missing = sorted(expressions.columns(tree) - columns) if columns is not None else []
        if missing:
            yield Finding(
                where,
                f"The calculation '{name}' reads {', '.join(missing)}, which its SQL does not "
                "return.",
                "Use a column that is there.",
            )
