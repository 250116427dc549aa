"""`lakehouse ask`: the project's words, and the statements over gold."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from metric_ask import Request, compile_sql
from orchestration.errors import LakehouseError
from orchestration.questions import open_analyst
from tests.python.genie.places import Place, questions


@pytest.mark.parametrize("word", ["county", "produce", "religion", "stock", "weather", "median"])
def test_real_words_are_not_taken_for_typing_errors(sample: Place, word: str) -> None:
    assert not sample.analyst.ask(f"revenue by {word}").answered


def test_every_statement_is_one_select_over_gold(sample: Place) -> None:
    sets = ("questions_blind", "questions_strangers", "questions_known")
    asked = {sample.read(str(sample.entry(each)["ask"])) for each in questions(*sets)}
    requests = [each for each in asked if isinstance(each, Request)]
    assert len(requests) >= 150
    for request in requests:
        trees = sqlglot.parse(compile_sql(request, sample.analyst.view), read="duckdb")
        assert len(trees) == 1
        tree = trees[0]
        assert isinstance(tree, exp.Select)
        own = {each.alias for each in tree.find_all(exp.CTE)}
        read = {each.name for each in tree.find_all(exp.Table)} - own
        assert read <= {"fact_sales", "dim_products", "product_costs", "dim_customers", "dim_dates"}


def test_nothing_published_is_an_error_with_a_remedy(tmp_path: Path, project_dir: Path) -> None:
    with pytest.raises(LakehouseError) as caught:
        open_analyst(tmp_path / "none.duckdb", project_dir)
    assert caught.value.remedy
