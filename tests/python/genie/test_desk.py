"""What an answer is, how it reads, and that nothing but reading gold is possible."""

from __future__ import annotations

import json
import string
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sqlglot import exp

from metric_ask import desk as desk_module
from metric_ask.compiler import compile_sql
from metric_ask.desk import Answer, Desk, ask
from metric_ask.grammar import NotUnderstoodError, understand
from metric_ask.periods import Calendar, describe_days, whole
from metric_ask.request import Request
from metric_ask.show import bars, render
from metric_ask.words import normal, tokens
from orchestration.errors import LakehouseError
from tests.python.genie.places import Place, questions


def test_json_of_an_answer_has_these_keys(sample: Place) -> None:
    data = sample.desk.ask("revenue by country").to_json()
    assert list(data) == ["answered", "reading", "sql", "columns", "rows"]
    assert data["answered"] is True
    assert data["columns"] == ["country", "revenue"]
    json.dumps(data)


def test_json_of_a_refusal_says_why_and_what_instead(sample: Place) -> None:
    data = sample.desk.ask("revenue by cuntry of birth").to_json()
    assert list(data) == [
        *("answered", "reading", "sql", "columns", "rows"),
        *("reason", "suggestions"),
    ]
    assert data["answered"] is False
    assert data["rows"] == []
    assert "birth" in data["reason"]
    assert data["suggestions"]


def test_dates_and_amounts_are_plain_in_json(sample: Place) -> None:
    data = sample.desk.ask("revenue by month").to_json()
    assert all(isinstance(row[0], str) for row in data["rows"])
    assert all(isinstance(row[1], int | float) for row in data["rows"])


def test_the_reading_names_what_this_quarter_meant(sample: Place) -> None:
    last = sample.gold.last
    reading = sample.desk.ask("revenue this quarter in Germany").reading
    assert f"Q{(last.month + 2) // 3} {last.year}" in reading
    assert "quarter of the last order date" in reading
    assert "Country is Germany" in reading


def test_a_partial_period_is_compared_with_the_same_part(sample: Place) -> None:
    last = sample.gold.last
    answer = sample.desk.ask("revenue this year vs last year")
    assert answer.request
    assert answer.request.before
    assert answer.request.before.end == last.replace(year=last.year - 1)
    assert "the same part of" in answer.reading
    assert "not complete" in answer.reading


def test_corrected_words_are_named(sample: Place) -> None:
    assert '"contry" was read as "country"' in sample.desk.ask("revenue by contry").reading


@pytest.mark.parametrize("word", ["county", "produce", "religion", "stock", "weather", "median"])
def test_real_words_are_not_taken_for_typing_errors(sample: Place, word: str) -> None:
    assert not sample.desk.ask(f"revenue by {word}").answered


def test_every_statement_is_one_select_over_gold(sample: Place) -> None:
    sets = ("questions_blind", "questions_strangers", "questions_known")
    requests = {answered(sample, str(sample.entry(each)["ask"])) for each in questions(*sets)}
    assert len(requests - {None}) >= 150
    for request in requests - {None}:
        assert request
        trees = sqlglot.parse(compile_sql(request, sample.desk.view), read="duckdb")
        assert len(trees) == 1
        tree = trees[0]
        assert isinstance(tree, exp.Select)
        own = {each.alias for each in tree.find_all(exp.CTE)}
        read = {each.name for each in tree.find_all(exp.Table)} - own
        assert read <= {"fact_sales", "dim_products", "dim_customers", "dim_dates"}


def answered(place: Place, question: str) -> Request | None:
    """What is asked for, without asking it; None for a refusal."""
    try:
        return understand(question, place.desk.context).request
    except NotUnderstoodError:
        return None


@settings(max_examples=60, deadline=None)
@given(extra=st.text(alphabet=string.printable + "\u00e9\u2019\u2013", min_size=1, max_size=40))
def test_no_text_of_the_user_reaches_the_sql(sample: Place, extra: str) -> None:
    """Whatever is added to a question, it is refused or changes nothing but known things."""
    answer = sample.desk.ask(f"revenue by country {extra}")
    if not answer.answered:
        assert answer.sql == ""
        return
    literals = {
        each.this
        for each in sqlglot.parse_one(answer.sql, read="duckdb").find_all(exp.Literal)
        if each.is_string
    }
    known = {
        value
        for phrase in sample.desk.vocabulary.phrases.values()
        for meaning in phrase
        for value in meaning.values
    }
    ours = {
        "n/a",
        " ",
        " (",
        ")",
        ", ",
        "month",
        "quarter",
        "year",
        "week",
        "Under 30",
        "70 and over",
    }
    for literal in literals - known - ours:
        assert _is_date(literal) or literal[:2].isdigit(), literal


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def test_the_connection_can_read_gold_and_nothing_else(sample: Place, tmp_path: Path) -> None:
    with desk_module.open_gold(sample.published) as gold:
        assert gold.execute("select count(*) from fact_sales").fetchall()[0][0] > 0
        for statement in (
            "create table gold.t (a int)",
            "delete from fact_sales",
            "drop table fact_sales",
            f"copy fact_sales to '{tmp_path / 'out.csv'}'",
            "select * from read_csv('/etc/passwd')",
            f"attach '{tmp_path / 'other.duckdb'}'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                gold.execute(statement)


def test_a_long_query_is_stopped(sample: Place) -> None:
    with desk_module.open_gold(sample.published) as gold, pytest.raises(LakehouseError) as caught:
        desk_module._run(
            gold,
            "select count(*) from range(1000000) as a, range(1000000) as b where a.range > b.range",
            seconds=0.2,
        )
    assert "longer than 0.2 seconds" in caught.value.message
    assert caught.value.remedy


def test_a_long_list_is_cut_and_says_so(sample: Place) -> None:
    answer = sample.desk.ask("revenue by customer")
    assert len(answer.rows) == desk_module.ROW_LIMIT
    assert answer.truncated
    assert "There are more rows" in answer.reading


def test_nothing_published_is_an_error_with_a_remedy(tmp_path: Path, project_dir: Path) -> None:
    with pytest.raises(LakehouseError) as caught:
        ask("revenue", tmp_path / "none.duckdb", project_dir)
    assert caught.value.remedy


def test_a_trend_says_what_it_rests_on(sample: Place) -> None:
    answer = sample.desk.ask("revenue trend by month")
    rows = [row for row in answer.rows if isinstance(row[0], date)]
    complete = [
        (day, value)
        for day, value in rows
        if day >= sample.gold.first and whole(day, "month").end <= sample.gold.last  # type: ignore[operator]
    ]
    highest = max(value for _, value in complete)
    assert f"highest {highest:,.2f}" in answer.summary
    assert f"{complete[0][1]:,.2f}" in answer.summary
    assert f"{complete[-1][1]:,.2f}" in answer.summary
    assert answer.summary in answer.reading


def test_months_without_sales_are_named_in_a_trend(tmp_path: Path, sample: Place) -> None:
    copy = tmp_path / "published.duckdb"
    copy.write_bytes(sample.published.read_bytes())
    last = sample.gold.last
    month = date(last.year - (last.month < 3), (last.month - 3) % 12 + 1, 1)
    connection = duckdb.connect(str(copy))
    connection.execute(
        "delete from gold.fact_sales where date_trunc('month', order_date) = ?", [month]
    )
    connection.close()
    summary = Desk(copy).ask("revenue trend by month").summary
    assert f"No sales in: {month:%B} {month.year}" in summary
    assert "lowest 0.00" in summary


def test_pictures_in_the_terminal(sample: Place) -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render(sample.desk.ask("share of revenue by category"), sql=True))
    text = console.export_text()
    assert "Read as:" in text
    assert "█" in text
    assert "%" in text
    assert "SELECT" in text


def test_a_refusal_in_the_terminal_has_a_reason(sample: Place) -> None:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render(sample.desk.ask("what is the weather")))
    assert '"weather" is not known here.' in console.export_text()


def test_bars() -> None:
    assert bars([0, 1, 2], width=4) == ["", "██", "████"]
    assert bars([0, 0]) == []
    assert bars([1, 1000], width=4)[0] == "▏"


def test_growth_from_nothing_is_new_and_not_a_percentage(sample: Place) -> None:
    answer = sample.desk.ask("top 20 growing customers last month")
    shares = [row[-1] for row in answer.rows if row[2] == 0]
    assert all(share is None for share in shares)


def test_words() -> None:
    assert [each.text for each in tokens("What's the AOV, in the U.S. & France?")][:3] == [
        *("what", "the", "aov")
    ]
    assert normal("Countries") == normal("country")
    assert normal("gross") == "gross"
    assert any(each.is_symbol for each in tokens("revenue; drop"))


def test_days_in_words() -> None:
    assert describe_days(date(2013, 1, 1), date(2013, 1, 28)) == "1 to 28 January 2013"
    calendar = Calendar(date(2010, 12, 29), date(2014, 1, 28))
    quarter = calendar.this("quarter")
    before = calendar.before(quarter)
    assert before
    assert (before.start, before.end) == (date(2013, 10, 1), date(2013, 10, 28))
    february = calendar.year_before(whole(date(2013, 2, 1), "month"))
    assert february
    assert february.end == date(2012, 2, 29)


def test_an_answer_of_an_empty_result_prints(sample: Place) -> None:
    answer = Answer("q", True, request=sample.desk.ask("revenue").request, view=sample.desk.view)
    Console(file=open("/dev/null", "w")).print(render(answer))  # noqa: SIM115
