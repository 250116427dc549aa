"""Definition, document and lint: what is written, and what is refused without a workspace."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from genie_space import (
    GenieSpaceError,
    build_space,
    bundle_resource,
    lint_space,
    parse_definition,
    read_definition,
)

Json = dict[str, Any]


def test_the_document(space: Json, definition: Json) -> None:
    assert lint_space(space) == []
    assert space == build_space(parse_definition(definition, "space.yml"))
    tables = space["data_sources"]["tables"]
    assert [each["identifier"] for each in tables] == ["main.shop.customers", "main.shop.orders"]
    assert tables[1]["column_configs"] == [
        {"column_name": "amount", "description": ["EUR."], "synonyms": ["revenue"]},
        {"column_name": "customer_id", "exclude": True},
        {"column_name": "order_id", "description": ["The order."]},
    ]
    instructions = space["instructions"]
    assert instructions["join_specs"][0]["sql"] == [
        "`orders`.`customer_id` = `customers`.`customer_id`",
        "--rt=FROM_RELATIONSHIP_TYPE_MANY_TO_ONE--",
    ]
    snippets = instructions["sql_snippets"]
    assert "FROM main.shop.orders AS o" in snippets["filters"][0]["sql"][0]
    assert snippets["measures"][0]["alias"] == "revenue"
    answers = ["".join(each["answer"][0]["content"]) for each in space["benchmarks"]["questions"]]
    assert any("FROM main.shop.orders AS orders" in each for each in answers)
    assert any(each.endswith("FROM c") for each in answers), "a CTE is not a table of the space"


def test_the_definition_in_the_readme_has_no_faults() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    data = yaml.safe_load(readme.split("```yaml\n")[1].split("```")[0])
    assert lint_space(build_space(parse_definition(data, "README.md"))) == []


def test_catalog_and_schema_of_the_call_win(definition: Json) -> None:
    space = build_space(parse_definition(definition, "space.yml"), "dev", "ann")
    assert "dev.ann.orders" in json.dumps(space)
    assert "main.shop" not in json.dumps(space)


def test_the_bundle_holds_the_document_as_a_block(space: Json) -> None:
    text = bundle_resource("sales", {"title": "Sales"}, json.dumps(space, indent=2))
    assert "serialized_space: |\n" in text
    resource = yaml.safe_load(text)["resources"]["genie_spaces"]["sales"]
    assert json.loads(resource["serialized_space"]) == space


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("instruction",), ["x"], "space.yml: instruction: Extra inputs"),
        (("examples", 0, "parameters", 0, "type"), "TEXT", "examples.0.parameters.0.type"),
        (("joins", 0, "relationship"), "many_to_many", "joins.0.relationship"),
        (("tables", "orders", "match"), ["moon"], "orders has no column moon"),
        (("joins", 0, "left"), "moon", "moon is not a table of the space"),
        (("benchmarks", 0, "sql"), "select 1 from moon", "moon is not a table of the space"),
        (("benchmarks", 0, "sql"), "select from where (", "cannot be parsed"),
        (("filters", 0, "sql"), "orders.name = 'a", "cannot be parsed"),
        (("catalog",), "", "has neither catalog nor schema"),
    ],
)
def test_a_wrong_definition(
    definition: Json, path: tuple[Any, ...], value: Any, expected: str
) -> None:
    _set(*path, value)(definition)
    with pytest.raises(GenieSpaceError, match=expected) as caught:
        build_space(parse_definition(definition, "space.yml"))
    assert caught.value.exit_code == 3
    assert caught.value.remedy


def test_a_snippet_without_sql_is_a_finding(definition: Json) -> None:
    definition["filters"][0]["sql"] = ""
    (finding,) = lint_space(build_space(parse_definition(definition, "space.yml")))
    assert finding.where == "instructions.sql_snippets.filters[0].sql"
    assert finding.what == "It is not a SQL expression."


def test_files_that_are_no_definition(tmp_path: Path) -> None:
    with pytest.raises(GenieSpaceError, match=r"none\.yml cannot be read") as caught:
        read_definition(tmp_path / "none.yml")
    assert caught.value.exit_code == 5
    for text in ("a: [", "- a", "\x00"):
        (tmp_path / "a.yml").write_text(text)
        with pytest.raises(GenieSpaceError, match=r"a\.yml") as caught:
            read_definition(tmp_path / "a.yml")
        assert caught.value.exit_code == 3


Plant = Callable[[Json], None]


def _at(space: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        space = space[part]
    return space


def _set(*path_and_value: Any) -> Plant:
    *path, key, value = path_and_value
    return lambda space: _at(space, tuple(path)).__setitem__(key, value)


def _reversed(*path: Any) -> Plant:
    return lambda space: _at(space, path).reverse()


def _twice(*path: Any) -> Plant:
    return lambda space: _at(space, path).append(copy.deepcopy(_at(space, path)[0]))


EXAMPLES = ("instructions", "example_question_sqls")
TABLES = ("data_sources", "tables")
QUESTIONS = ("benchmarks", "questions")
JOIN = ("instructions", "join_specs", 0)
SNIPPETS = ("instructions", "sql_snippets")
CONDITION = "`orders`.`customer_id` = `customers`.`customer_id`"
FAULTS: dict[str, tuple[Plant, str]] = {
    "version": (_set("version", 1), "version"),
    "unknown key": (_set("extras", {}), "extras"),
    "unknown section": (_set("instructions", "rules", []), "instructions.rules"),
    "no tables": (_set("data_sources", {"tables": []}), "data_sources"),
    "id too short": (_set(*QUESTIONS, 0, "id", "abc"), "benchmarks.questions[0].id"),
    "id in capitals": (_set(*EXAMPLES, 0, "id", "A" * 32), "example_question_sqls[0].id"),
    "ids not sorted": (_reversed(*QUESTIONS), "benchmarks.questions"),
    "same id twice": (_twice("config", "sample_questions"), "config"),
    "two text instructions": (_twice("instructions", "text_instructions"), "text_instructions"),
    "line without end": (
        _set("instructions", "text_instructions", 0, "content", ["a"]),
        "text_instructions[0].content",
    ),
    "tables not sorted": (_reversed(*TABLES), "data_sources.tables"),
    "table twice": (_twice(*TABLES), "data_sources"),
    "two-part name": (_set(*TABLES, 0, "identifier", "shop.orders"), "tables[0].identifier"),
    "columns not sorted": (_reversed(*TABLES, 1, "column_configs"), "tables[1].column_configs"),
    "unknown column key": (
        _set(*TABLES, 1, "column_configs", 0, "get_example_values", True),
        "tables[1].column_configs[0].get_example_values",
    ),
    "hidden and matched": (
        _set(*TABLES, 0, "column_configs", 0, "exclude", True),
        "tables[0].column_configs[0]",
    ),
    "matched without format": (
        _set(*TABLES, 0, "column_configs", 0, "enable_format_assistance", False),
        "tables[0].column_configs[0]",
    ),
    "question as text": (_set("config", "sample_questions", 0, "question", "R?"), "question"),
    "two questions in one": (_set(*QUESTIONS, 0, "question", ["a", "b"]), "question"),
    "two answers": (_twice(*QUESTIONS, 0, "answer"), "answer"),
    "answer not SQL": (
        _set(*QUESTIONS, 0, "answer", [{"format": "TEXT", "content": ["a"]}]),
        "answer[0].format",
    ),
    "text too long": (_set(*EXAMPLES, 0, "sql", ["x" * 25_001]), "sql[0]"),
    "SQL that cannot be parsed": (_set(*EXAMPLES, 0, "sql", ["select from where"]), "sql"),
    "SQL with an open quote": (_set(*EXAMPLES, 0, "sql", ["select 'a"]), "sql"),
    "filter with an open quote": (_set(*SNIPPETS, "filters", 0, "sql", ["a.x = 'a"]), "filters[0]"),
    "SQL that writes": (_set(*EXAMPLES, 0, "sql", ["delete from main.shop.orders"]), "sql"),
    "two statements": (_set(*EXAMPLES, 0, "sql", ["select 1; select 2"]), "sql"),
    "table outside": (_set(*EXAMPLES, 0, "sql", ["select 1 from main.hr.pay"]), "sql"),
    "unqualified table": (_set(*EXAMPLES, 0, "sql", ["select 1 from orders"]), "sql"),
    "parameter not declared": (_set(*EXAMPLES, 0, "sql", ["select :n"]), "sql"),
    "parameter not used": (
        _set(
            *(*EXAMPLES, 0, "parameters"),
            [{"name": "n", "type_hint": "STRING", "default_value": {"values": ["1"]}}],
        ),
        "sql",
    ),
    "parameter without default": (
        _set(*EXAMPLES, 0, "parameters", [{"name": "n", "type_hint": "STRING"}]),
        "default_value",
    ),
    "join without relationship": (_set(*JOIN, "sql", [CONDITION]), "join_specs[0].sql"),
    "join with an unknown relationship": (
        _set(*JOIN, "sql", [CONDITION, "--rt=FROM_RELATIONSHIP_TYPE_MANY--"]),
        "join_specs[0].sql",
    ),
    "join with a foreign table": (_set(*JOIN, "left", "identifier", "a.b.c"), "join_specs[0].left"),
    "join on one side": (
        _set(*JOIN, "sql", 0, "`orders`.`a` = `orders`.`b`"),
        "join_specs[0].sql",
    ),
    "join that is no equality": (_set(*JOIN, "sql", 0, "orders.a > customers.b"), "sql"),
    "filter without a name": (_set(*SNIPPETS, "filters", 0, "display_name", ""), "filters[0]"),
    "filter with where": (_set(*SNIPPETS, "filters", 0, "sql", ["where a.x = 1"]), "filters[0]"),
    "filter with a bare column": (
        _set(*SNIPPETS, "filters", 0, "sql", ["orders.a > (select max(a) from main.shop.orders)"]),
        "filters[0].sql",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(space: Json, fault: str) -> None:
    plant, where = FAULTS[fault]
    plant(space)
    findings = lint_space(space)
    assert any(where in each.where for each in findings), findings
    assert all(each.what and each.remedy for each in findings)
