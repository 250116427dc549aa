"""What a workspace refuses in a Genie space, or accepts and then ignores, without asking one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import sqlglot
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlglot import exp
from sqlglot.expressions import Expr

from genie_space.build import DIALECT, UNPARSED
from genie_space.definition import ParameterType

MOST_TABLES = 30
MOST_INSTRUCTIONS = 100

_RELATIONSHIP = re.compile(r"--rt=FROM_RELATIONSHIP_TYPE_(MANY_TO_ONE|ONE_TO_MANY|ONE_TO_ONE)--")
_JOIN_REMEDY = 'Write ["`a`.`x` = `b`.`y`", "--rt=FROM_RELATIONSHIP_TYPE_MANY_TO_ONE--"].'


@dataclass(frozen=True, order=True)
class Finding:
    """A fault of a space; `where` is a path like `instructions.join_specs[0].sql`."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}"


# The shape of the document. What is closed refuses unknown keys, as a workspace does.

_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Text = Annotated[str, Field(max_length=25_000)]
_Texts = Annotated[list[_Text], Field(min_length=1)]
_OneText = Annotated[list[_Text], Field(min_length=1, max_length=1)]
_Name = Annotated[str, Field(pattern=r"^[^\s.`/]+\.[^\s.`/]+\.[^\s.`/]+$")]


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _WithId(_Open):
    id: _Id


class _Question(_WithId):
    question: _OneText


class _Column(_Closed):
    column_name: Annotated[str, Field(min_length=1)]
    description: _Texts | None = None
    synonyms: Annotated[list[_Text], Field(max_length=10)] = []
    exclude: bool = False
    enable_format_assistance: bool = False
    enable_entity_matching: bool = False


class _Source(_Open):
    identifier: _Name
    column_configs: list[_Column] = []


class _Values(_Open):
    values: _Texts


class _Parameter(_Open):
    name: str
    type_hint: ParameterType
    default_value: _Values


class _Example(_Question):
    sql: _Texts
    parameters: list[_Parameter] = []
    usage_guidance: _Texts | None = None


class _End(_Open):
    identifier: _Name
    alias: str = ""


class _Join(_WithId):
    left: _End
    right: _End
    sql: _Texts


class _Snippet(_WithId):
    sql: _Texts
    display_name: str = ""
    alias: str = ""


class _Answer(_Open):
    format: Literal["SQL"]
    content: _Texts


class _Benchmark(_Question):
    answer: Annotated[list[_Answer], Field(min_length=1, max_length=1)]


class _TextInstruction(_WithId):
    content: _Texts


class _Config(_Closed):
    sample_questions: list[_Question] = []


class _Sources(_Closed):
    tables: list[_Source] = []
    metric_views: list[_Source] = []


class _Snippets(_Closed):
    filters: list[_Snippet] = []
    expressions: list[_Snippet] = []
    measures: list[_Snippet] = []


class _Instructions(_Closed):
    text_instructions: Annotated[list[_TextInstruction], Field(max_length=1)] = []
    example_question_sqls: list[_Example] = []
    sql_functions: list[_WithId] = []
    join_specs: list[_Join] = []
    sql_snippets: _Snippets = _Snippets()


class _Benchmarks(_Closed):
    questions: list[_Benchmark] = []


class _Space(_Closed):
    version: Literal[2]
    config: _Config = _Config()
    data_sources: _Sources
    instructions: _Instructions = _Instructions()
    benchmarks: _Benchmarks = _Benchmarks()

    @property
    def sources(self) -> list[_Source]:
        return [*self.data_sources.tables, *self.data_sources.metric_views]


_REMEDIES = {
    "extra_forbidden": "Remove it: a workspace refuses unknown keys.",
    "missing": "Add it.",
    "list_type": "Write a list, even for one text.",
    "string_pattern_mismatch": "An id has 32 digits (0-9, a-f), a table catalog.schema.table.",
    "too_long": "Leave some out.",
    "too_short": "Add what is missing.",
}

Add = Callable[[str, str, str], None]


def lint_space(document: Mapping[str, Any]) -> list[Finding]:
    """Every known fault of a `serialized_space` document.

    Where the shape is wrong (a key, a type, a number of items), the findings are about that
    alone; order, joins and SQL are checked once the shape is right.
    """
    try:
        space = _Space.model_validate(document)
    except ValidationError as error:
        return sorted(
            Finding(
                _path(each["loc"]),
                f"{each['msg']}.",
                _REMEDIES.get(each["type"], "Correct the value."),
            )
            for each in error.errors()
        )
    findings: set[Finding] = set()
    for rule in (_sources, _ids, _texts, _questions, _joins, _statements, _snippets):
        rule(space, lambda *found: findings.add(Finding(*found)))
    return sorted(findings)


def _path(location: Sequence[str | int]) -> str:
    return "".join(
        f"[{each}]" if isinstance(each, int) else f".{each}" for each in location
    ).lstrip(".")


def _sources(space: _Space, add: Add) -> None:
    if not space.sources:
        add("data_sources", "The space has no table.", "Name the tables it may read.")
    if len(space.sources) > MOST_TABLES:
        add("data_sources", f"There are more than {MOST_TABLES} tables.", "Leave some out.")
    for name in _repeated(each.identifier for each in space.sources):
        add("data_sources", f"{name} appears more than once.", "Name it once.")
    for kind, sources in space.data_sources:
        names = [each.identifier for each in sources]
        _in_order(f"data_sources.{kind}", names, "identifier", add)
        for place, source in enumerate(sources):
            _columns(f"data_sources.{kind}[{place}].column_configs", source, add)


def _columns(path: str, source: _Source, add: Add) -> None:
    names = [each.column_name for each in source.column_configs]
    _in_order(path, names, "column_name", add)
    for name in _repeated(names):
        add(path, f"{name} appears more than once.", "Name it once.")
    for place, each in enumerate(source.column_configs):
        if each.exclude and (each.enable_entity_matching or each.enable_format_assistance):
            add(f"{path}[{place}]", "A hidden column cannot be matched.", "Drop one of the two.")
        if each.enable_entity_matching and not each.enable_format_assistance:
            add(f"{path}[{place}]", "Matching needs format assistance.", "Set both.")


def _ids(space: _Space, add: Add) -> None:
    """Ids are unique among questions, and among instructions; every list is sorted by them."""
    for group in (("config", "benchmarks"), ("instructions",)):
        lists = [each for each in _lists(space) if each[0].startswith(group)]
        for id_ in _repeated(item.id for _, items in lists for item in items):
            add(group[0], f"The id {id_} is used more than once.", "Say each thing once.")
        for path, items in lists:
            _in_order(path, [item.id for item in items], "id", add)


def _texts(space: _Space, add: Add) -> None:
    instructions = space.instructions
    for each in instructions.text_instructions:
        if not all(line.endswith("\n") for line in each.content):
            add(
                "instructions.text_instructions[0].content",
                "A line does not end with a line feed: the lines are joined as they are.",
                "End each line with \\n.",
            )
    count = len(instructions.text_instructions) + len(instructions.sql_functions)
    count += len(instructions.example_question_sqls)
    if count > MOST_INSTRUCTIONS:
        add("instructions", f"There are more than {MOST_INSTRUCTIONS}.", "Keep the best examples.")


def _questions(space: _Space, add: Add) -> None:
    for path, items in _lists(space):
        questions = (item.question[0].lower() for item in items if isinstance(item, _Question))
        for question in _repeated(questions):
            add(path, f"{question!r} is asked more than once.", "Ask it once.")


def _joins(space: _Space, add: Add) -> None:
    known = {each.identifier for each in space.sources}
    for place, join in enumerate(space.instructions.join_specs):
        path = f"instructions.join_specs[{place}]"
        for side, end in (("left", join.left), ("right", join.right)):
            if end.identifier not in known:
                add(f"{path}.{side}", f"{end.identifier} is not a table of the space.", "Add it.")
        if len(join.sql) != 2 or not _RELATIONSHIP.fullmatch(join.sql[1]):
            what = "It is not two elements, the condition and the relationship."
            add(f"{path}.sql", what, _JOIN_REMEDY)
        tree = _parsed(f"select 1 where {join.sql[0]}")
        condition = tree.args["where"].this if tree and tree.args.get("where") else None
        aliases = {end.alias or end.identifier.split(".")[-1] for end in (join.left, join.right)}
        if not isinstance(condition, exp.EQ):
            add(f"{path}.sql", f"{join.sql[0]!r} is not one equality.", _JOIN_REMEDY)
        elif {column.table for column in condition.find_all(exp.Column)} != aliases:
            add(f"{path}.sql", f"{join.sql[0]!r} does not use both aliases.", _JOIN_REMEDY)


def _statements(space: _Space, add: Add) -> None:
    """SQL of examples and benchmarks: one query each, over tables of the space alone."""
    for place, example in enumerate(space.instructions.example_question_sqls):
        path = f"instructions.example_question_sqls[{place}]"
        names = [each.name for each in example.parameters]
        _in_order(f"{path}.parameters", names, "name", add)
        _statement(f"{path}.sql", "".join(example.sql), set(names), space, add)
    for place, benchmark in enumerate(space.benchmarks.questions):
        sql = "".join(benchmark.answer[0].content)
        _statement(f"benchmarks.questions[{place}].answer", sql, set(), space, add)


def _statement(path: str, sql: str, parameters: set[str], space: _Space, add: Add) -> None:
    try:
        tree, *more = sqlglot.parse(sql, read=DIALECT)
    except UNPARSED as error:
        add(path, f"The SQL cannot be parsed: {str(error).splitlines()[0]}", "Correct it.")
        return
    if more or not isinstance(tree, exp.Query):
        add(path, "It is not one query.", "Write one statement that reads.")
        return
    _tables(path, tree, space, add)
    used = {str(each.name) for each in tree.find_all(exp.Placeholder)}
    for name in sorted(used - parameters):
        add(path, f"The parameter :{name} is not declared.", "Add it under parameters.")
    for name in sorted(parameters - used):
        add(path, f"The parameter {name} is not used.", f"Write :{name}, or remove it.")


def _snippets(space: _Space, add: Add) -> None:
    for kind, snippets in space.instructions.sql_snippets:
        for place, snippet in enumerate(snippets):
            path = f"instructions.sql_snippets.{kind}[{place}]"
            name = "display_name" if kind == "filters" else "alias"
            if not getattr(snippet, name):
                add(path, f"It has no {name}.", f"Give it a {name}.")
            tree = _parsed(f"select {''.join(snippet.sql)}")
            if tree is None or not tree.expressions:
                add(f"{path}.sql", "It is not a SQL expression.", "Leave out words like WHERE.")
                continue
            _tables(f"{path}.sql", tree, space, add)
            for column in tree.find_all(exp.Column):
                if not column.table:
                    remedy = f"Write table.{column.name}, inside a subquery too."
                    add(f"{path}.sql", f"{column.name} has no table before it.", remedy)


def _tables(path: str, tree: Expr, space: _Space, add: Add) -> None:
    known = {each.identifier for each in space.sources}
    own = {each.alias for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name = ".".join(part.name for part in table.parts)
        if name not in known and (table.db or name not in own):
            add(path, f"{name} is not a table of the space.", "Name a table of the space.")


def _lists(space: _Space) -> Iterator[tuple[str, list[_WithId]]]:
    """Every list of things with an id, by its path."""
    yield "config.sample_questions", [*space.config.sample_questions]
    yield "benchmarks.questions", [*space.benchmarks.questions]
    for name, value in space.instructions:
        if isinstance(value, _Snippets):
            for kind, snippets in value:
                yield f"instructions.{name}.{kind}", snippets
        else:
            yield f"instructions.{name}", value


def _in_order(path: str, keys: list[str], by: str, add: Add) -> None:
    if keys != sorted(keys):
        add(path, f"The items are not sorted by {by}.", f"Sort them by {by}.")


def _repeated(keys: Iterator[str] | list[str]) -> list[str]:
    return [key for key, count in Counter(keys).items() if count > 1]


def _parsed(sql: str) -> Expr | None:
    try:
        return sqlglot.parse_one(sql, read=DIALECT)
    except UNPARSED:
        return None
