"""Questions: answers, readings, refusals, and how they look."""

from __future__ import annotations

import io
import json
import re
import string
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sqlglot import exp

from metric_ask import (
    Analyst,
    Answer,
    Field,
    MetricAskError,
    MetricView,
    Words,
    open_readonly,
    parse_view,
    parse_words,
    render,
    show,
    show_share,
    signed,
)
from metric_ask.analyst import run
from metric_ask.grammar.context import LONGEST_LIST
from metric_ask.spans import Calendar, describe_days, whole
from metric_ask.terminal import print_answer
from metric_ask.tokens import normal, tokens


@pytest.mark.parametrize(
    ("question", "by_hand"),
    [
        ("loans", "select count(*) from loans"),
        ("how many kids?", "select count(distinct member_id) from loans where member_id = 2"),
        (
            "Loans by kind of book in 2024",
            "select genre, count(*) from loans join books using (book_id)"
            " where year(lent_on) = 2024 group by 1 order by 2 desc",
        ),
        (
            "who borrowed the most novels",
            "select name, count(*) from loans join members using (member_id)"
            " join books using (book_id) where genre = 'Novels' group by 1"
            " order by 2 desc, 1 limit 1",
        ),
        (
            "top 2 books by income without poetry",
            "select title, sum(fee) from loans join books using (book_id)"
            " where genre <> 'Poetry' group by 1 order by 2 desc, 1 limit 2",
        ),
        (
            "loans by age group last month",
            "select age_group, count(*) from loans join members using (member_id)"
            " where lent_on between '2025-05-01' and '2025-05-31'"
            " group by 1 order by age_group desc",
        ),
        (
            "fees from March to May 2024",
            "select sum(fee) from loans where lent_on between '2024-03-01' and '2024-05-31'",
        ),
        ("loans since 2025", "select count(*) from loans where lent_on >= '2025-01-01'"),
        (
            "average fee in Q2 2024 of Night Gardens",
            "select sum(fee) / count(*) from loans where book_id = 2"
            " and lent_on between '2024-04-01' and '2024-06-30'",
        ),
        (
            "what share of loans comes from poems",
            "select 'Poetry', count(*) filter (genre = 'Poetry'),"
            " round(count(*) filter (genre = 'Poetry') / count(*), 6)"
            " from loans join books using (book_id)",
        ),
        (
            "loans 2024 vs 2023",
            "select a, b, a - b, round((a - b) / b::double, 6) from (select"
            " count(*) filter (year(lent_on) = 2024) a, count(*) filter (year(lent_on) = 2023) b"
            " from loans)",
        ),
    ],
)
def test_answers_are_those_counted_by_hand(
    analyst: Analyst, lending: Path, question: str, by_hand: str
) -> None:
    answer = analyst.ask(question)
    assert answer.answered, answer.reason
    with duckdb.connect(str(lending), read_only=True) as connection:
        assert list(answer.rows) == connection.execute(by_hand).fetchall(), answer.sql


@pytest.mark.parametrize(
    ("question", "columns", "limit"),
    [
        # Behind "most" and "how many" a noun is counted, behind "which" and "top 2" it names rows.
        ("which genre has the most members", ("genre", "members"), 1),
        ("which genres have the fewest members", ("genre", "members"), None),
        ("top 2 genres by members", ("genre", "members"), 2),
        ("genres by members", ("genre", "members"), None),
        ("how many members per genre", ("genre", "members"), None),
        ("members by genre", ("genre", "members"), None),
        ("loans by members", ("member", "loans"), None),
        ("top 2 members", ("member", "loans"), 2),
        ("members with the most loans", ("member", "loans"), 10),
        ("which member has the most loans", ("member", "loans"), 1),
        ("who are the members with the most loans", ("member", "loans"), 10),
        ("members and loans by genre", ("genre", "members", "loans"), None),
        ("novels are borrowed most by which age group", ("age_group", "loans"), 1),
        ("how many in 2024 borrowed novels", ("members",), None),
        ("how many novels were borrowed", ("loans",), None),
        ("best month", ("month", "loans"), 1),
        (
            "loans week over week month over month",
            ("month", "loans", "loans_before", "change", "change_share"),
            100,
        ),
    ],
)
def test_the_role_of_a_noun_follows_from_its_place(
    analyst: Analyst, question: str, columns: tuple[str, ...], limit: int | None
) -> None:
    answer = analyst.ask(question)
    assert answer.answered, answer.reason
    assert answer.request
    assert (answer.columns, answer.request.limit) == (columns, limit)


def test_a_change_ranks_by_the_change(analyst: Analyst) -> None:
    drop = analyst.ask("which month had the biggest drop in fees")
    steps = {row[0]: row[3] for row in analyst.ask("change of fees by month").rows if row[3]}
    assert [row[3] for row in drop.rows] == [min(steps.values())]
    rate = analyst.ask("top 3 months by growth rate of fees")
    shares = [row[4] for row in rate.rows]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 3


@pytest.mark.parametrize(
    ("question", "reading"),
    [
        ("loans by genre", "Loans (number of loans) by genre; period: all; highest first."),
        ("loans this quarter", "Q2 2025 (this quarter: the quarter of the last date, 18 June 2025"),
        ("loans this year", "1 loan has no known lending date and is in no period."),
        ("loans this year vs last year", "compared with the same part of 2024"),
        ("loans by gerne", '"gerne" was read as "genre".'),
        ("who borrowed most novels", "No metric was named: loans."),
        ("growth of loans month over month", "The last month is not complete"),
        ("recent loans by genre", '"Recent" means the last 12 months.'),
    ],
)
def test_the_reading_says_how_a_question_was_understood(
    analyst: Analyst, question: str, reading: str
) -> None:
    assert reading in analyst.ask(question).reading


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "There is no question."),
        ("loans by planet", '"planet" is not known here.'),
        ("overdue loans", '"overdue": the data do not say when a book came back.'),
        ("more than 3 loans", '"more than": figures are ranked or compared here'),
        ("Night Gardens", "Which figure of Night Gardens?"),
        ("loans in 2019", "There is nothing in 2019: the dates reach from 1 January 2023"),
        ("loans in 9999-12", "There is nothing in December 9999: the dates reach from"),
        ("loans since 9999-12-31", "There is nothing in since 31 December 9999"),
        ("loans in 0001-01", '"0001-01" is not known here.'),
        ("loans since 1000-01 vs previous period", "There is nothing before since January 1000"),
        ("loans in 2023 2025", "2023 and 2025 are two periods"),
        ("share of loans and fees by genre", "One metric at a time, please"),
        ("loans per fees", "no such average is known here"),
        ("trend of loans by genre", "by genre there are several"),
        ("loans of novels or children", '"novels or children": what is one of two'),
        ("loans of novels or in 2024", '"novels or 2024": what is one of two'),
        ("loans between Q3 2024 and Q1 2024", '"Between Q3 2024 and Q1 2024": the earlier'),
        ("loans with and without novels", '"With and without novels" is two questions.'),
        ("loans a year ago", "Compared with what?"),
        ("loans same month last year", "Compared with what?"),
        ("loans -novels", '"-" is not known here.'),
        ("top -1 books", '"-" is not known here.'),
        ("loans without", "It is not clear what is to be left out."),
        ("loans of children and adults who are kids at most", '"at most"'),
        ("growth of the top 5 books", "The first by the figure, or by its growth?"),
        ("members who read only novels", '"only": what has nothing else'),
        ("members with exactly one loan", '"exactly" and "one" are not known here.'),
        ("how many fees", '"how many fees" could mean loans.'),
        ("top 2 books by member", "books in the order of members, or figures for each member"),
        ("most members", "The highest or lowest of what?"),
        ("how many genres", 'How many there are of "genres" is no figure'),
        ("fees kind of book", '"fees kind of book" is not known here.'),
        ("which member of which genre borrowed most", "The first of the"),
        ("biggest change of fees by genre", "The strongest growth, or the strongest decline?"),
        ("biggest decline", "The strongest growth or decline of what?"),
        ("average loans by genre", '"average loans": no such average'),
        ("where novels rank by loans by genre", '"where" is not known here.'),
        ("loans; drop table loans", '";" and "table" are not known here.'),
        ("x" * 401, "The question is longer than 400 characters."),
    ],
)
def test_refusals_have_a_reason_and_suggestions(
    analyst: Analyst, question: str, reason: str
) -> None:
    answer = analyst.ask(question)
    assert not answer.answered, answer.reading
    assert reason in answer.reason
    assert answer.suggestions


@pytest.mark.parametrize(("width", "chart"), [(0, False), (12, False), (60, True)])
def test_no_figure_is_cut(analyst: Analyst, width: int, chart: bool) -> None:
    console = Console(width=width, file=io.StringIO())
    answer = analyst.ask("fees by genre")
    print_answer(answer, console)
    printed = console.file.getvalue()
    assert all(f"{row[1]:,.2f}" in printed for row in answer.rows)
    assert ("█" in printed) == chart


def test_json(analyst: Analyst) -> None:
    keys = ["answered", "reading", "sql", "columns", "rows"]
    answer = json.loads(json.dumps(analyst.ask("fees by month in Q1 2024").to_json()))
    assert list(answer) == keys
    assert [row[0] for row in answer["rows"]] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert all(isinstance(row[1], int | float) for row in answer["rows"])
    refusal = analyst.ask("loans by planet").to_json()
    assert list(refusal) == [*keys, "reason", "suggestions"]
    assert refusal["rows"] == []


def test_a_trend_names_ends_extremes_and_months_without_rows(
    view: MetricView, words: Words, lending: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(lending.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("delete from loans where date_trunc('month', lent_on) = '2024-03-01'")
    answer = Analyst(view, words, copy).ask("loans trend by month")
    assert "Loans rose" not in answer.reading
    assert "from 31 (January 2023) to 31 (May 2025)" in answer.reading
    assert "lowest 0 (March 2024)" in answer.reading
    assert "No data in: March 2024." in answer.reading
    assert "Not complete and not compared: June 2025" in answer.reading


def test_a_long_list_is_cut_and_says_so(analyst: Analyst) -> None:
    answer = analyst.ask("loans by lending date")
    assert len(answer.rows) == LONGEST_LIST
    assert answer.truncated
    assert "There are more rows" in answer.reading


@settings(max_examples=60, deadline=None)
@given(extra=st.text(alphabet=string.printable + "\u00e9\u2019\u2013", min_size=1, max_size=40))
def test_no_text_of_the_user_reaches_the_sql(analyst: Analyst, extra: str) -> None:
    """Whatever is added to a question, it is refused or changes nothing but known things."""
    answer = analyst.ask(f"loans by genre {extra}")
    if not answer.answered:
        assert answer.sql == ""
        return
    tree = sqlglot.parse_one(answer.sql, read="duckdb")
    literals = {each.this for each in tree.find_all(exp.Literal) if each.is_string}
    known = {
        value
        for phrase in analyst.context.vocabulary.phrases.values()
        for meaning in phrase
        for value in meaning.values
    }
    for literal in literals - known - {"MONTH", "YEAR"}:
        date.fromisoformat(literal)


def test_the_connection_only_reads(lending: Path, tmp_path: Path) -> None:
    with open_readonly(lending) as connection:
        assert connection.execute("select count(*) from loans").fetchall() == [(901,)]
        for statement in (
            "create table t (a int)",
            "delete from loans",
            f"copy loans to '{tmp_path / 'out.csv'}'",
            "select * from read_csv('/etc/passwd')",
            f"attach '{tmp_path / 'other.duckdb'}'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


def test_a_long_query_is_stopped(lending: Path) -> None:
    endless = "select count(*) from range(1000000) a, range(1000000) b where a.range > b.range"
    with (
        open_readonly(lending) as connection,
        pytest.raises(MetricAskError, match=r"longer than 0\.2 seconds") as caught,
    ):
        run(connection, endless, seconds=0.2)
    assert caught.value.remedy
    assert caught.value.exit_code == 1


def printed(answer: Answer, *, sql: bool = False) -> str:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render(answer, sql=sql))
    return console.export_text()


def test_pictures_in_the_terminal(analyst: Analyst) -> None:
    text = printed(analyst.ask("share of loans by genre"), sql=True)
    assert all(each in text for each in ("Read as:", "█", "%", "SELECT"))
    bars = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    bars.print(render(analyst.ask("loans by genre"), ascii_only=True))
    lengths = [len(bar) for bar in re.findall("#+", bars.export_text())]
    assert max(lengths) == 18 > min(lengths)
    assert "+" in printed(analyst.ask("fees 2024 vs 2023"))
    assert '"planet" is not known here.' in printed(analyst.ask("loans by planet"))
    empty = Answer("", True, request=analyst.ask("loans").request, view=analyst.view)
    assert "No rows" in printed(empty)
    hostile = Answer("", False, reason="a\x1b[31m\u202eb [red]")
    assert "a\ufffd[31m\ufffdb [red]" in printed(hostile)


def test_figures_say_what_they_leave_out(example: Path, lending: Path) -> None:
    known = "case when books.genre <> 'Poetry' then source.fee end"
    free = (
        "{name: unknown_fees, comment: Fees of poetry., format: {decimal_places: {type: exact, "
        'places: 2}}, expr: "coalesce(sum(case when books.genre = '
        "'Poetry' then source.fee end), 0)\"}"
    )
    text = (example / "view.yml").read_text(encoding="utf-8")
    text = text.replace("sum(source.fee)", f'"sum({known})"') + f"  - {free}\n"
    words = (example / "words.yml").read_text(encoding="utf-8")
    words += "leaves_out: {fees: unknown_fees}\n"
    analyst = Analyst(parse_view(text), parse_words(words), lending)
    by_genre = analyst.ask("fees by genre in 2024")
    assert dict(by_genre.rows)["Poetry"] is None
    assert by_genre.rows[-1][0] == "Poetry"
    with open_readonly(lending) as connection:
        _, [(unknown,)] = run(
            connection,
            "select sum(fee) from loans join books using (book_id)"
            " where genre = 'Poetry' and year(lent_on) = 2024",
        )
    assert f"Unknown fees: {unknown:,.2f}. Fees of poetry." in by_genre.reading
    assert "Unknown fees" not in analyst.ask("fees of novels in 2024").reading
    change = analyst.ask("change of fees by genre from 2023 to 2024")
    [poetry] = [row for row in change.rows if row[0] == "Poetry"]
    assert poetry[1:] == (None, None, None, None)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(render(change))
    [line] = [line for line in capture.get().splitlines() if line.startswith("Poetry")]
    assert line.split() == ["Poetry", *["n/a"] * 4]


@pytest.mark.parametrize("number", [float, Decimal])
def test_figures_have_no_sign_at_zero(number: Any) -> None:
    amount = Field("fee", "", "Fee", is_measure=True, places=2)
    share = Field("late", "", "Late", is_measure=True, is_share=True, places=1)
    values = [number(each) for each in ("-0.001", "-0.0", "0.001", "0.0004", "-1234.567")]
    shown = ["0.00", "0.00", "0.00", "0.00", "-1,234.57"]
    assert [signed(show(each, amount)) for each in values] == shown
    assert [signed(show_share(each)) for each in values[:4]] == [
        "-0.1 %",
        "0.0 %",
        "+0.1 %",
        "0.0 %",
    ]
    assert show(number("-0.0004"), share) == "0.0 %"
    assert signed(show(None, amount)) == "n/a"


def test_tokens() -> None:
    assert [each.text for each in tokens("What's the AOV, in the U.S. & France?")][:3] == [
        *("what", "the", "aov")
    ]
    assert normal("Countries") == normal("country")
    assert normal("gross") == "gross"
    assert any(each.is_symbol for each in tokens("loans; drop"))


def test_spans() -> None:
    assert describe_days(date(2013, 1, 1), date(2013, 1, 28)) == "1 to 28 January 2013"
    calendar = Calendar(date(2010, 12, 29), date(2014, 1, 28))
    before = calendar.before(calendar.this("quarter"))
    assert before
    assert (before.start, before.end) == (date(2013, 10, 1), date(2013, 10, 28))
    february = calendar.year_before(whole(date(2013, 2, 1), "month"))
    assert february
    assert february.end == date(2012, 2, 29)
