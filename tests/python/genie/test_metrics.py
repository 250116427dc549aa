"""The metric view, and the compiler over it, in both dialects."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlglot
import yaml

from metric_ask import Filter, Period, Request, compile_sql
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
Y2013 = Period(date(2013, 1, 1), date(2013, 12, 31), "2013")
Y2012 = Period(date(2012, 1, 1), date(2012, 12, 31), "2012")
REQUESTS = (
    Request(PROMISED),
    Request(PROMISED, ("customer_segment", "weekday"), period=Y2013, limit=5),
    Request(("revenue",), ("country", "product"), each="country", limit=3),
    Request(("orders",), ("category",), shape="share", share_of=("Bikes",)),
    Request(("revenue",), ("customer",), period=Y2013, before=Y2012, shape="change",
            direction="both", limit=3),
    Request(("margin",), ("month", "country"), period=Y2013, shape="change", steps_back=12,
            complete_from=date(2011, 1, 1), ranked=False),
    Request(("quantity",), (), (Filter("country", ("Germany",), excluded=True),)),
)  # fmt: skip


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


@pytest.mark.parametrize("request_", REQUESTS)
def test_both_dialects_parse(project_dir: Path, request_: Request) -> None:
    view = load_metrics(project_dir)
    for dialect in ("duckdb", "databricks"):
        sql = compile_sql(request_, view, dialect)
        assert len(sqlglot.parse(sql, read=dialect)) == 1
        assert "measure(" not in sql.lower()


@pytest.mark.parametrize("by", [(), ("country",), ("category", "gender"), ("month",)])
def test_all_metrics_agree_with_a_count_by_hand(place: Place, by: tuple[str, ...]) -> None:
    import duckdb

    view = place.analyst.view
    connection = duckdb.connect(str(place.published), read_only=True)
    connection.execute("use gold")
    rows = connection.execute(compile_sql(Request(tuple(view.measures), by), view)).fetchall()
    connection.close()
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
