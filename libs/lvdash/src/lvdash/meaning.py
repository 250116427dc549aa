"""What the figures of a widget mean, in the words that come with the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lvdash import expressions
from lvdash.data import Database
from lvdash.definition import Dataset, Query, Widget
from lvdash.dialect import BadSqlError, single_query, tables

_MEASURE = re.compile(r"^MEASURE\(`([^`]+)`\)$", re.IGNORECASE)


def meaning_of(
    widget: Widget,
    datasets: Mapping[str, Dataset],
    database: Database,
    definitions: Mapping[str, str],
) -> list[tuple[str, str]]:
    """What each field of a widget means, by its title; a field that nothing describes is left out.

    A definition of the measure, or of the title, comes first; then the description of the measure
    in the file; then the comments of the columns it reads.
    """
    given = {name.lower(): text for name, text in definitions.items()}
    found: dict[str, str] = {}
    for encoding, query in _fields(widget):
        dataset = datasets.get(query.dataset)
        expression = query.fields[encoding["fieldName"]]
        title = str(encoding.get("displayName") or "")
        measure = _MEASURE.match(expression.strip())
        names = [measure[1] if measure else "", title, encoding["fieldName"].replace("_", " ")]
        text = next((given[name.lower()] for name in names if name.lower() in given), "")
        if not text and dataset:
            text = dataset.descriptions.get(names[0]) or " ".join(
                _comments(expression, dataset, database)
            )
        if text:
            name = title or (measure[1] if measure else widget.title)
            found.setdefault(name, text.replace("`", ""))
    return list(found.items())


def _fields(widget: Widget) -> Iterator[tuple[dict[str, str], Query]]:
    for _, encoding in widget.encoded_fields():
        for query in widget.queries:
            if encoding["fieldName"] in query.fields:
                yield encoding, query
                break


def _comments(expression: str, dataset: Dataset, database: Database) -> list[str]:
    try:
        tree = expressions.compile_expression(expression, dataset.calculations)
        read = tables(single_query(dataset.sql))
    except (expressions.UnsupportedError, BadSqlError):
        return []
    places = [database.tables.find(name, dataset.schema) for name in sorted(read)]
    comments = [database.comments.get(place or "", {}) for place in places]
    said = (
        each[column]
        for column in sorted(expressions.columns(tree))
        for each in comments
        if column in each
    )
    return list(dict.fromkeys(said))
