"""Requests as SQL, against figures counted by hand in plain SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from metric_ask import Filter, MetricView, Period, Request, compile_sql, inlined

Y2024 = Period(date(2024, 1, 1), date(2024, 12, 31))
Y2023 = Period(date(2023, 1, 1), date(2023, 12, 31))


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("request_", "by_hand"),
    [
        (
            Request(("loans", "fees", "fee_per_loan")),
            "select count(*), sum(fee), sum(fee) / count(*) from loans",
        ),
        (
            Request(("members",), ("genre",), (Filter("age_group", ("Adults",)),), Y2024),
            "select genre, count(distinct member_id) from loans join books using (book_id)"
            " join members using (member_id) where age_group = 'Adults' and year(lent_on) = 2024"
            " group by 1 order by 2 desc, 1",
        ),
        (
            Request(("loans",), ("book",), (Filter("genre", ("Travel",), excluded=True),), limit=2),
            "select title, count(*) from loans join books using (book_id) where genre <> 'Travel'"
            " group by 1 qualify rank() over (order by count(*) desc) <= 2 order by 2 desc, 1",
        ),
        (
            Request(("loans",), ("month",), period=Y2024, shape="change", steps_back=12),
            "select date_trunc('month', n.lent_on)::date, count(distinct n.loan_id),"
            " count(distinct e.loan_id), count(distinct n.loan_id) - count(distinct e.loan_id),"
            " round((count(distinct n.loan_id) - count(distinct e.loan_id))"
            " / count(distinct e.loan_id)::double, 6)"
            " from loans n join loans e on year(e.lent_on) = 2023"
            " and month(e.lent_on) = month(n.lent_on) where year(n.lent_on) = 2024"
            " group by 1 order by 1",
        ),
    ],
)
def test_figures_are_those_counted_by_hand(
    view: MetricView, lending: Path, request_: Request, by_hand: str
) -> None:
    assert rows(lending, compile_sql(request_, view)) == rows(lending, by_hand)


def test_the_first_rows_of_each_group(view: MetricView, lending: Path) -> None:
    request = Request(("loans",), ("genre", "book"), each="genre", limit=1)
    found = rows(lending, compile_sql(request, view))
    every = rows(lending, compile_sql(Request(("loans",), ("genre", "book")), view))
    assert [row[0] for row in found] == ["Novels", "Poetry", "Poetry", "Travel"]  # Two are equal.
    for genre, _, loans in found:
        assert loans == max(row[2] for row in every if row[0] == genre)


def test_what_changed_both_ways(view: MetricView, lending: Path) -> None:
    request = Request(
        ("loans",), ("book",), period=Y2024, before=Y2023, shape="change", direction="both", limit=1
    )
    changes = [row[3] for row in rows(lending, compile_sql(request, view))]
    every = compile_sql(
        Request(("loans",), ("book",), period=Y2024, before=Y2023, shape="change"), view
    )
    known = sorted(row[3] for row in rows(lending, every))
    assert changes == [known[-1], known[0]]
    assert known[0] < 0 < known[-1]


def test_sql_for_databricks(view: MetricView) -> None:
    request = Request(("fee_per_loan",), ("month",), period=Y2024, shape="change", steps_back=1)
    sql = compile_sql(request, view, "databricks")
    assert len(sqlglot.parse(sql, read="databricks")) == 1
    assert "measure(" not in sql.lower()


def test_a_query_over_the_view_runs_where_there_are_none(view: MetricView, lending: Path) -> None:
    sql = inlined(
        "select genre, measure(fees) as fees from lending_metrics where age_group = 'Adults'"
        " group by genre order by genre",
        view,
        "lending_metrics",
    )
    request = Request(
        ("fees",), ("genre",), (Filter("age_group", ("Adults",)),), ranked=False, descending=False
    )
    found = rows(lending, sql)
    assert found == rows(lending, compile_sql(request, view))
    assert len(found) == 3
