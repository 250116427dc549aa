"""Answers questions in plain words from a database.

The connection is read-only and cut off from files and network, and has a row limit and a time
limit. The SQL is made by the compiler from names and values that were found in the metric view and
in the data.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from metric_ask.compiler import combinations_sql, compile_sql, extent_sql
from metric_ask.errors import MetricAskError
from metric_ask.grammar.context import LONGEST_LIST, Context, NotUnderstoodError
from metric_ask.grammar.read import understand
from metric_ask.reading import describe, describe_trend, show
from metric_ask.request import Request
from metric_ask.spans import Calendar
from metric_ask.view import UNKNOWN, MetricView
from metric_ask.vocabulary import build_vocabulary
from metric_ask.words import Words, check_words

TIME_LIMIT_SECONDS = 5.0
_NONE_WENT = {"up": "None grew.", "down": "None declined.", "both": "None changed."}


@dataclass(frozen=True)
class Answer:
    """An answer, or a refusal that says why and what could be asked instead."""

    question: str
    answered: bool
    reading: str = ""  # How the question was read, and for a trend what the figures say.
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()  # Amounts are Decimal, dates are date.
    reason: str = ""  # Why there is no answer.
    suggestions: tuple[str, ...] = ()  # The nearest things that would be understood.
    request: Request | None = None  # What was asked for, in terms of the metric view.
    view: MetricView | None = field(default=None, repr=False)  # For titles and formats.
    truncated: bool = False  # Whether there are more rows than shown.

    def to_json(self) -> dict[str, Any]:
        """One object; amounts are numbers, dates ISO text."""
        data: dict[str, Any] = {
            "answered": self.answered,
            "reading": self.reading,
            "sql": self.sql,
            "columns": list(self.columns),
            "rows": [[_plain(value) for value in row] for row in self.rows],
        }
        if not self.answered:
            data |= {"reason": self.reason, "suggestions": list(self.suggestions)}
        return data


class Analyst:
    """Answers questions about one database; made once, asked often."""

    def __init__(
        self, view: MetricView, words: Words, database: Path, schema: str = "main"
    ) -> None:
        """Read the values that questions can name.

        The database is opened for each question, so that it may be replaced. `schema` is that of
        the tables that the view names. A `MetricAskError` says that the words do not fit the view,
        or that the database cannot be read or holds nothing.
        """
        check_words(words, view)
        if not view.time:
            raise MetricAskError(
                "The metric view has no date.",
                "Define a date as a dimension, and its months with date_trunc('month', ...).",
            )
        ordered = {
            name: replace(each, order=words.order.get(name, ()))
            for name, each in view.dimensions.items()
        }
        self.view = replace(view, dimensions=ordered)
        self.database = database
        self.schema = schema
        with open_readonly(database, schema) as connection:
            _, [(first, last, self.undated)] = run(connection, extent_sql(self.view), None)
            if last is None:
                raise MetricAskError(
                    f"{database} holds no row with a date.", "Load data, then ask."
                )
            if type(last) is not date:
                raise MetricAskError(
                    f"The dimension {view.time} is not a date: {last!r}.",
                    "Write cast(... as date) in its expression.",
                )
            combinations = _combinations(connection, self.view, words)
            values = _values(connection, self.view, words, combinations)
        vocabulary = build_vocabulary(self.view, words, values)
        calendar = Calendar(first, last)
        self.context = Context(self.view, words, vocabulary, calendar, combinations, values)

    def ask(self, question: str) -> Answer:
        """Answer a question, or say why not.

        A `MetricAskError` says that the database cannot be read or the time limit is reached.
        """
        try:
            understood = understand(question, self.context)
        except NotUnderstoodError as error:
            return Answer(
                question, False, reason=error.reason, suggestions=error.suggestions, view=self.view
            )
        request = understood.request
        sql = compile_sql(request, self.view)
        with open_readonly(self.database, self.schema) as connection:
            columns, found = run(connection, sql)
            left_out = self._left_out(connection, request)
        truncated = not request.each and len(found) > max(LONGEST_LIST, request.limit or 0)
        shown = LONGEST_LIST if truncated else None
        keys = len(request.dimensions)
        rows = tuple(
            (*(UNKNOWN if value is None else value for value in row[:keys]), *row[keys:])
            for row in found[:shown]
        )
        summary = describe_trend(request, self.view, self.context.calendar, rows)
        if not rows and request.direction:
            summary = _NONE_WENT[request.direction]
        remarks = (*understood.remarks, *left_out)
        row_noun = self.context.words.row
        reading = describe(request, self.view, remarks, self.undated, shown, row_noun)
        return Answer(
            question,
            True,
            reading=f"{reading} {summary}".strip(),
            sql=sql,
            columns=columns,
            rows=rows,
            request=request,
            view=self.view,
            truncated=truncated,
        )

    def _left_out(self, connection: duckdb.DuckDBPyConnection, request: Request) -> list[str]:
        """A sentence for each measure that says how much the figures leave out, unless it is 0."""
        leaves_out = self.context.words.leaves_out
        found = []
        for name in dict.fromkeys(leaves_out[m] for m in request.metrics if m in leaves_out):
            total = Request((name,), filters=request.filters, period=request.period)
            _, [(value,)] = run(connection, compile_sql(total, self.view))
            if value:
                field = self.view.measures[name]
                found.append(f"{field.title}: {show(value, field)}. {field.comment}".strip())
        return found


@contextmanager
def open_readonly(database: Path, schema: str = "main") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads one schema of a DuckDB file and can do nothing else."""
    with duckdb.connect() as connection:
        try:
            path, name = str(database).replace("'", "''"), schema.replace('"', '""')
            connection.execute(f"attach '{path}' as data (read_only)")
            connection.execute(f'use data."{name}"')
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
        except duckdb.Error as error:
            raise MetricAskError(
                f"The database {database} cannot be read: {_first_line(error)}",
                "Check that it is a DuckDB file, and the name of the schema.",
                exit_code=5,
            ) from error
        yield connection


def run(
    connection: duckdb.DuckDBPyConnection, sql: str, seconds: float | None = TIME_LIMIT_SECONDS
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Run a query: the names of its columns, and its first rows; all of them without a limit.

    A `MetricAskError` says that it takes too long, or that the tables are not as the view says.
    """
    timer = threading.Timer(seconds or 0, connection.interrupt)
    if seconds:
        timer.start()
    try:
        result = connection.execute(sql)
        columns = tuple(str(each[0]) for each in result.description or ())
        return columns, result.fetchmany(1001) if seconds else result.fetchall()
    except duckdb.InterruptException as error:
        raise MetricAskError(
            f"The answer takes longer than {seconds:g} seconds and was stopped.",
            "Ask for a shorter period or fewer rows.",
            exit_code=1,
        ) from error
    except duckdb.Error as error:
        raise MetricAskError(
            f"The metric view does not fit the database: {_first_line(error)}",
            "Compare the tables and columns that the view names with those of the database.",
        ) from error
    finally:
        timer.cancel()


def _combinations(
    connection: duckdb.DuckDBPyConnection, view: MetricView, words: Words
) -> dict[str, list[dict[str, str]]]:
    """By entity, which values of its dimensions occur together."""
    result = {}
    named = words.values.keys() - words.order.keys()
    for entity, each in words.entities.items():
        names = [name for name in dict.fromkeys((entity, *each.dimensions)) if name in named]
        if names:
            _, rows = run(connection, combinations_sql(view, names), None)
            result[entity] = [dict(zip(names, _texts(row), strict=True)) for row in rows]
    return result


def _values(
    connection: duckdb.DuckDBPyConnection,
    view: MetricView,
    words: Words,
    combinations: Mapping[str, Sequence[Mapping[str, str]]],
) -> dict[str, list[str]]:
    """The values a question can name, by dimension. Unknown members are n/a everywhere."""
    values = {}
    for name in words.values:
        described = (row[name] for rows in combinations.values() for row in rows if name in row)
        known = {*words.order.get(name, ()), *described}
        if not known:
            _, found = run(connection, combinations_sql(view, [name]), None)
            known = {value for row in found for value in _texts(row)}
        values[name] = sorted(known | {UNKNOWN})
    return values


def _first_line(error: duckdb.Error) -> str:
    """What is wrong, without the statement that DuckDB quotes."""
    return str(error).split("\n", 1)[0]


def _texts(row: Sequence[Any]) -> list[str]:
    return [UNKNOWN if value is None else str(value) for value in row]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
