"""`lakehouse ask`: a question in plain words, answered from the published database.

The connection is read-only and cut off from files and network, sees gold alone, and is given a row
limit and a time limit. The SQL is made by the compiler from names and values that were found in
the metric view and in the data.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metric_ask.compiler import compile_sql
from metric_ask.grammar import (
    LONGEST_LIST,
    Context,
    NotUnderstoodError,
    Understood,
    understand,
)
from metric_ask.metrics import MetricView, load_metrics
from metric_ask.periods import Calendar
from metric_ask.reading import describe, describe_trend
from metric_ask.request import Filter, Request
from metric_ask.words import UNKNOWN, Vocabulary, build_vocabulary, load_words
from orchestration.errors import LakehouseError
from orchestration.published import open_published
from orchestration.settings import find_project_dir

if TYPE_CHECKING:
    import duckdb

ROW_LIMIT = LONGEST_LIST
TIME_LIMIT_SECONDS = 5.0

# Dimensions whose values can be named in a question, with the column they stand in.
_NAMED_PRODUCT_VALUES = {
    "product": "product_name",
    "product_number": "product_number",
    "category": "category",
    "subcategory": "subcategory",
    "product_line": "product_line",
    "requires_maintenance": "requires_maintenance",
}
_NAMED_CUSTOMER_VALUES = {
    "country": "country",
    "gender": "gender",
    "marital_status": "marital_status",
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_AGE_GROUPS = ("Under 30", "30 to 39", "40 to 49", "50 to 59", "60 to 69", "70 and over")


@dataclass(frozen=True)
class Answer:
    """An answer, or a refusal that says why and what could be asked instead.

    Attributes:
        question: as it was asked.
        answered: whether it was.
        reading: how the question was read, and for a trend what the figures say.
        sql: that was run.
        columns: names of the result.
        rows: of the result; amounts are Decimal, dates are date.
        reason: why not, for a refusal.
        suggestions: the nearest things that would be understood.
        request: what was asked for, in terms of the metric view.
        view: the metric view, for titles and formats.
        summary: for a trend, the words on the figures; they are in the reading too.
        truncated: whether there are more rows than shown.
    """

    question: str
    answered: bool
    reading: str = ""
    sql: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    reason: str = ""
    suggestions: tuple[str, ...] = ()
    request: Request | None = None
    view: MetricView | None = field(default=None, repr=False)
    summary: str = ""
    truncated: bool = False

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
            data["reason"] = self.reason
            data["suggestions"] = list(self.suggestions)
        return data


class Desk:
    """Answers questions about one published database; made once, asked often."""

    def __init__(self, published: Path, project_dir: Path | None = None) -> None:
        """Load the vocabulary.

        Args:
            published: the published database.
            project_dir: the folder of the metric view and the words.

        Raises:
            LakehouseError: when nothing is published or the definitions are wrong.
        """
        folder = project_dir or find_project_dir()
        self.published = published
        self.view = load_metrics(folder)
        words = load_words(folder)
        with open_gold(published) as gold:
            first, last, self.undated = gold.execute(
                "select min(order_date), max(order_date), count(*) - count(order_date) "
                "from fact_sales"
            ).fetchall()[0]
            if last is None:
                raise LakehouseError(
                    "There are no sales in the published database.",
                    "Drop files into the landing folder and run `lakehouse run`.",
                )
            self._products = _products(gold)
            values = _values(gold, self._products)
        self.vocabulary: Vocabulary = build_vocabulary(self.view, words, values)
        self.context = Context(self.view, self.vocabulary, Calendar(first, last), self._has_product)

    def ask(self, question: str) -> Answer:
        """Answer a question, or say why not.

        Raises:
            LakehouseError: when the database cannot be read or the time limit is reached.
        """
        try:
            understood = understand(question, self.context)
        except NotUnderstoodError as error:
            return Answer(
                question, False, reason=error.reason, suggestions=error.suggestions, view=self.view
            )
        return self._answer(question, understood)

    def _answer(self, question: str, understood: Understood) -> Answer:
        request = understood.request
        sql = compile_sql(request, self.view)
        with open_gold(self.published) as gold:
            columns, rows = _run(gold, sql)
        truncated = len(rows) > ROW_LIMIT and request.limit is None
        if request.limit is None:
            rows = rows[:ROW_LIMIT]
        dates = {place for place, name in enumerate(columns) if name in request.dimensions}
        shown = tuple(
            tuple(
                UNKNOWN if value is None and at in dates else value for at, value in enumerate(row)
            )
            for row in rows
        )
        summary = describe_trend(request, self.view, self.context.calendar, shown)
        if not shown and request.direction:
            summary = {"up": "None grew.", "down": "None declined.", "both": "None changed."}[
                request.direction
            ]
        reading = describe(
            request, self.view, understood.remarks, self.undated, ROW_LIMIT if truncated else None
        )
        return Answer(
            question,
            True,
            reading=f"{reading} {summary}".strip(),
            sql=sql,
            columns=columns,
            rows=shown,
            request=request,
            view=self.view,
            summary=summary,
            truncated=truncated,
        )

    def _has_product(self, filters: Sequence[Filter]) -> bool:
        return any(
            all((product[each.dimension] in each.values) != each.excluded for each in filters)
            for product in self._products
        )


def ask(question: str, published: Path, project_dir: Path | None = None) -> Answer:
    """Answer one question; see `Desk` for many.

    Args:
        question: in plain words.
        published: the published database.
        project_dir: the folder of the metric view and the words; by default the one this runs in.

    Raises:
        LakehouseError: when nothing is published, the definitions are wrong, or the time is up.
    """
    return Desk(published, project_dir).ask(question)


@contextmanager
def open_gold(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads gold and can do nothing else."""
    with open_published(published) as connection:
        connection.execute("use published.gold")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def _run(
    connection: duckdb.DuckDBPyConnection, sql: str, seconds: float = TIME_LIMIT_SECONDS
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Run a query within the time limit; one row more than the row limit tells there are more."""
    import duckdb

    timer = threading.Timer(seconds, connection.interrupt)
    timer.start()
    try:
        result = connection.execute(sql)
        columns = tuple(str(each[0]) for each in result.description or ())
        return columns, result.fetchmany(max(ROW_LIMIT, 1000) + 1)
    except duckdb.InterruptException as error:
        raise LakehouseError(
            f"The answer takes longer than {seconds:g} seconds and was stopped.",
            "Ask for a shorter period or fewer rows.",
        ) from error
    finally:
        timer.cancel()


def _products(gold: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    columns = ", ".join(_NAMED_PRODUCT_VALUES.values())
    rows = gold.execute(f"select {columns} from dim_products where not is_inferred").fetchall()
    return [dict(zip(_NAMED_PRODUCT_VALUES, row, strict=True)) for row in rows]


def _values(
    gold: duckdb.DuckDBPyConnection, products: list[dict[str, str]]
) -> dict[str, list[str]]:
    """The values a question can name, by dimension. Unknown members are n/a everywhere."""
    values = {name: sorted({row[name] for row in products}) for name in _NAMED_PRODUCT_VALUES}
    for name, column in _NAMED_CUSTOMER_VALUES.items():
        rows = gold.execute(f"select distinct {column} from dim_customers order by 1").fetchall()
        values[name] = [row[0] for row in rows]
    values["age_group"] = list(_AGE_GROUPS)
    values["weekday"] = list(_WEEKDAYS)
    for name, known in values.items():
        if name not in ("product", "product_number") and UNKNOWN not in known:
            known.append(UNKNOWN)
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


__all__ = ["Answer", "Desk", "ask"]
