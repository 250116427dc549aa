"""View, words and database that are wrong, and the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

import metric_ask.grammar
from metric_ask import (
    Analyst,
    MetricAskError,
    MetricView,
    Words,
    load_view,
    load_words,
    parse_view,
    parse_words,
)
from metric_ask.__main__ import main
from metric_ask.words import load_refusals

VIEW = """
version: "1.1"
source: loans
dimensions: [{name: lent_on, expr: lent_on}, {name: year, expr: "date_trunc('year', lent_on)"}]
measures: [{name: loans, expr: count(1)}]
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("measures:", "metrics:", "measures: Field required"),
        ("measures:", "filters: a\nmeasures:", "filters: Extra inputs are not permitted"),
        ("expr: count(1)", "expr: [1]", "measures.0.expr: Input should be a valid string"),
        ("expr: count(1)", "expr: count((1)", "the expression of loans cannot be read"),
        ("expr: count(1)", "expr: measure(fees)", "the expression of loans cannot be read"),
        ("expr: count(1)", "expr: measure(loans)", "the expression of loans cannot be read"),
        ("{name: loans", "{name: lent_on", "defines lent_on twice"),
        ("source: loans", "source: [", "is not valid YAML"),
        (VIEW, "- a", "does not hold a YAML mapping"),
    ],
)
def test_a_wrong_view_is_an_error(old: str, new: str, message: str) -> None:
    with pytest.raises(MetricAskError) as caught:
        parse_view(VIEW.replace(old, new), "lending.yml")
    assert message in caught.value.message
    assert "lending.yml" in caught.value.message
    assert caught.value.remedy
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics: {turnips: [beet]}", "the measure turnips under metrics"),
        ("order: {turnips: [a]}", "the dimension turnips under order"),
        ("part_of: {loans: turnips}", "the measure turnips under part_of"),
        ("entities: {year: {dimensions: [turnips]}}", "the dimension turnips under entities"),
    ],
)
def test_words_for_what_the_view_does_not_define(lending: Path, text: str, message: str) -> None:
    with pytest.raises(MetricAskError) as caught:
        Analyst(parse_view(VIEW), parse_words(text, "words.yml"), lending)
    assert f"words.yml names {message}" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics: [loans]", "metrics: Input should be a valid"),
        ("colours: {}", "colours: Extra inputs are not permitted"),
        ("qualities: [{metric: loans, words: [a]}]", "qualities.0.highest: Field required"),
    ],
)
def test_wrong_words_are_an_error(text: str, message: str) -> None:
    with pytest.raises(MetricAskError) as caught:
        parse_words(text, "words.yml")
    assert message in caught.value.message


def test_on_and_yes_are_words() -> None:
    words = parse_words("roles: {silent: [on, yes]}")
    assert words.roles["silent"][-2:] == ("on", "yes")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"metrics: {na\xefve: []}")
    for read in (load_view, load_words):
        for name in ("none.yml", "latin.yml"):
            with pytest.raises(MetricAskError, match="cannot be read") as caught:
                read(tmp_path / name)
            assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("sql", "schema", "message"),
    [
        (None, "main", "cannot be read"),
        ("select 1", "lending", "cannot be read"),
        ("select 1", "main", "does not fit the database"),
        ("create table loans (lent_on date)", "main", "holds no row with a date"),
        ("create table loans as select now()::timestamp as lent_on", "main", "is not a date"),
    ],
)
def test_a_wrong_database_is_an_error(
    tmp_path: Path, sql: str | None, schema: str, message: str
) -> None:
    database = tmp_path / "some.duckdb"
    if sql is None:
        database.write_text("no database")
    else:
        with duckdb.connect(str(database)) as connection:
            connection.execute(sql)
    with pytest.raises(MetricAskError) as caught:
        Analyst(parse_view(VIEW), parse_words(), database, schema)
    assert message in caught.value.message
    assert caught.value.remedy
    assert "\n" not in caught.value.message


def test_a_view_without_a_date(lending: Path) -> None:
    view = parse_view(VIEW.replace("date_trunc('year', lent_on)", "year(lent_on)"))
    with pytest.raises(MetricAskError, match="has no date"):
        Analyst(view, parse_words(), lending)


def test_without_words_the_names_of_the_view_are_known(view: MetricView, lending: Path) -> None:
    answer = Analyst(view, Words(roles=parse_words().roles), lending).ask("fees by genre in 2024")
    assert answer.columns == ("genre", "fees")


def test_command(example: Path, lending: Path, capsys: pytest.CaptureFixture[str]) -> None:
    view = ["--view", str(example / "view.yml")]
    given = [*view, "--words", str(example / "words.yml"), "--duckdb", str(lending)]
    assert main([*given, "--sql", "loans by genre"]) == 0
    out = capsys.readouterr().out
    assert "Read as: Loans" in out
    assert "SELECT" in out
    assert main([*given, "--json", "loans"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == [[901]]
    assert main([*given, "loans by planet"]) == 1
    assert "Not answered" in capsys.readouterr().out
    assert main([*view, "--duckdb", str(example / "none.duckdb"), "loans"]) == 5
    assert "What to do:" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["loans"])
    assert stopped.value.code == 2


def test_every_refusal_has_words_and_is_used() -> None:
    grammar = Path(metric_ask.grammar.__file__).parent
    used = {
        name
        for file in grammar.glob("*.py")
        for name in re.findall(r'(?:\.ask|refusal)\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert used == set(load_refusals())
