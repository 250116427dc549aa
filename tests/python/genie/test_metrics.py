"""The metric view, and the figures that the compiler makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
import yaml

from metric_ask import Request, compile_sql, open_readonly
from orchestration.errors import LakehouseError
from orchestration.questions import MODEL, load_metrics, metric_view_yaml
from tests.python.genie.independent import measure
from tests.python.genie.places import Place
from tests.python.genie.verdict import same

PROMISED = (
    *("revenue", "orders", "customers", "quantity", "average_order_value", "average_price"),
    *("gross_profit", "revenue_without_cost", "margin", "days_to_ship", "late_orders"),
    *("new_customers", "returning_share"),
)


def test_every_promised_metric_is_defined(project_dir: Path) -> None:
    view = load_metrics(project_dir)
    assert set(PROMISED) <= set(view.measures)
    for field in (*view.measures.values(), *view.dimensions.values()):
        assert field.title, field
        assert field.comment, field
        assert 1 <= len(field.synonyms) <= 10, field
        sqlglot.parse_one(field.expr, read="databricks")


def test_the_body_is_what_a_metric_view_may_hold(project_dir: Path) -> None:
    body = yaml.safe_load(metric_view_yaml(project_dir))
    assert body["version"] == "1.1"
    assert set(body) == {"version", "comment", "source", "joins", "dimensions", "measures"}
    keys = {"name", "expr", "display_name", "comment", "synonyms"}
    assert all(set(each) == keys for each in body["dimensions"])
    assert all(set(each) == {*keys, "format"} for each in body["measures"])
    assert all(set(each) == {"name", "source", "on", "rely"} for each in body["joins"])
    # Each refers to the primary key of a dimension.
    assert all(each["rely"] == {"at_most_one_match": True} for each in body["joins"])
    names = {each["name"] for each in (*body["dimensions"], *body["measures"])}
    assert not names & {each["name"] for each in body["joins"]}
    yaml.safe_dump(body)


@pytest.mark.parametrize("by", [(), ("country",), ("category", "gender"), ("month",)])
def test_all_metrics_agree_with_a_count_by_hand(place: Place, by: tuple[str, ...]) -> None:
    view = place.analyst.view
    with open_readonly(place.published, "gold") as gold:
        rows = gold.execute(compile_sql(Request(tuple(view.measures), by), view)).fetchall()
    true = measure(place.gold, by, tuple(view.measures))
    found = {
        tuple("n/a" if value is None else value for value in row[: len(by)]): row[len(by) :]
        for row in rows
    }
    assert found.keys() == true.keys()
    for key, values in found.items():
        for name, one, other in zip(view.measures, values, true[key], strict=True):
            assert same(one, other), (key, name, one, other)


def test_a_missing_or_broken_view_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match="missing"):
        load_metrics(tmp_path)
    path = tmp_path / MODEL
    path.parent.mkdir(parents=True)
    path.write_text("version: 1.1\nsource: {{ unknown() }}\n")
    with pytest.raises(LakehouseError, match="not a metric view"):
        load_metrics(tmp_path)
