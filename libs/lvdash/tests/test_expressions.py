"""Expressions of fields: what is understood, and that the rest is refused by name."""

from __future__ import annotations

import pytest

from lvdash.expressions import (
    UnsupportedError,
    columns,
    compile_expression,
    is_aggregate,
)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("`revenue`", ["column", "revenue"]),
        ("SUM(`revenue`)", ["sum", ["column", "revenue"]]),
        ("COUNT(`*`)", ["count"]),
        ("COUNT(*)", ["count"]),
        ("COUNT(DISTINCT `order_number`)", ["count_distinct", ["column", "order_number"]]),
        ("AVG(`price`)", ["avg", ["column", "price"]]),
        ('DATE_TRUNC("MONTH", `day`)', ["date_trunc", "MONTH", ["column", "day"]]),
        (
            "TRY_DIVIDE(SUM(`a`), SUM(`b`))",
            ["/", ["sum", ["column", "a"]], ["sum", ["column", "b"]]],
        ),
        ("MAX_BY(`a`, `b`)", ["max_by", ["column", "a"], ["column", "b"]]),
        ("`a` <> 'x'", ["<>", ["column", "a"], ["value", "x"]]),
        ("`a` IN ('x', 'y')", ["in", ["column", "a"], ["value", "x"], ["value", "y"]]),
        ("`a` IS NOT NULL", ["not", ["is null", ["column", "a"]]]),
        (
            "CASE WHEN `a` > 1 THEN 2 END",
            ["case", [">", ["column", "a"], ["value", 1.0]], ["value", 2.0], ["value", None]],
        ),
        (
            "CONCAT(`a`, ' to ', `b`)",
            ["concat", ["column", "a"], ["value", " to "], ["column", "b"]],
        ),
    ],
)
def test_what_is_understood(text: str, tree: list[object]) -> None:
    assert compile_expression(text, {}) == tree


@pytest.mark.parametrize(
    "text",
    [
        "PERCENTILE(`a`, 0.5)",
        "SUM(",
        "MEASURE(`Nobody`)",
        "SUM(DISTINCT `a`)",
        "RANK() OVER (ORDER BY `a`)",
        "(SELECT 1)",
        'DATE_TRUNC("CENTURY", `a`)',
        "COUNT(DISTINCT `a`, `b`)",
    ],
)
def test_what_is_not_understood_is_refused_and_named(text: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        compile_expression(text, {})
    assert str(refused.value)


def test_measures_are_those_of_the_data_set() -> None:
    calculations = {"Revenue": "SUM(`amount`)", "Per order": "MEASURE(`Revenue`) / COUNT(*)"}
    assert compile_expression("MEASURE(`Per order`)", calculations) == [
        "/",
        ["sum", ["column", "amount"]],
        ["count"],
    ]


def test_a_measure_of_itself_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        compile_expression("MEASURE(`Loop`)", {"Loop": "MEASURE(`Loop`) + 1"})


def test_columns_and_aggregates_of_a_tree() -> None:
    tree = compile_expression("SUM(`a`) / NULLIF(COUNT(DISTINCT `b`), 0)", {})
    assert columns(tree) == {"a", "b"}
    assert is_aggregate(tree)
    assert not is_aggregate(compile_expression("COALESCE(`a`, `b`)", {}))
