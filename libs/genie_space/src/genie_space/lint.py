"""What a workspace refuses in a Genie space, found before it is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.expressions import Expr

from genie_space.space import SPACE, VERSION
from metric_ask.compiler import VIEW_DIALECT
from tools.check.findings import Finding, Where

_ID = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"[^\s.`/]+")
_PARAMETER_TYPES = frozenset(
    {"STRING", "INTEGER", "DECIMAL", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"}
)
_TOP_KEYS = frozenset({"version", "config", "data_sources", "instructions", "benchmarks"})
_SECTIONS = {
    "config": frozenset({"sample_questions"}),
    "data_sources": frozenset({"tables", "metric_views"}),
    "instructions": frozenset(
        {
            "text_instructions",
            "example_question_sqls",
            "sql_functions",
            "join_specs",
            "sql_snippets",
        }
    ),
    "benchmarks": frozenset({"questions"}),
    "instructions.sql_snippets": frozenset({"filters", "expressions", "measures"}),
}
_COLUMN_KEYS = frozenset(
    {
        "column_name",
        "description",
        "synonyms",
        "exclude",
        "enable_format_assistance",
        "enable_entity_matching",
    }
)
MOST_TABLES = 30
MOST_INSTRUCTIONS = 100
MOST_SYNONYMS = 10

Space = Mapping[str, Any]


def lint_space(space: Space) -> list[Finding]:
    """Everything that is known to be refused, or accepted and of no use.

    Args:
        space: the document as `build_space` returns it.
    """
    findings: list[Finding] = []

    def add(path: str, problem: str, remedy: str) -> None:
        findings.append(Finding(Where(SPACE.as_posix(), path), problem, remedy))

    for rule in _RULES:
        rule(space, add)
    return sorted(set(findings))


Add = Callable[[str, str, str], None]


def _check_keys(space: Space, add: Add) -> None:
    if space.get("version") != VERSION:
        add("version", f"The version is {space.get('version')!r}.", f"Write {VERSION}.")
    for key in sorted(set(space) - _TOP_KEYS):
        add(key, f"{key} is no part of a space.", "Remove it; a workspace refuses unknown keys.")
    for path, known in _SECTIONS.items():
        section = _at(space, path)
        if section is None:
            continue
        if not isinstance(section, Mapping):
            add(path, "It is not a mapping.", "Write it as keys and values.")
            continue
        for key in sorted(set(section) - known):
            add(f"{path}.{key}", f"{key} is not known here.", f"Known: {', '.join(sorted(known))}.")


def _check_ids(space: Space, add: Add) -> None:
    seen: Counter[str] = Counter()
    for path, items in _lists_with_ids(space):
        ids = [str(item.get("id", "")) for item in items]
        for place, id_ in enumerate(ids):
            seen[id_] += 1
            if not _ID.fullmatch(id_):
                add(
                    f"{path}[{place}].id",
                    f"{id_!r} is not an id.",
                    "An id has 32 digits, 0-9 and a-f in lower case.",
                )
        if ids != sorted(ids):
            add(path, "The items are not in the order of their ids.", "Sort them by id.")
    for id_, count in seen.items():
        if count > 1:
            add("", f"The id {id_} is used {count} times.", "Say each thing once.")


def _check_sources(space: Space, add: Add) -> None:
    sources = space.get("data_sources") or {}
    tables, views = sources.get("tables") or [], sources.get("metric_views") or []
    if not tables and not views:
        add("data_sources", "The space has no table.", "Name the tables it may read.")
    if len(tables) + len(views) > MOST_TABLES:
        add("data_sources", f"There are more than {MOST_TABLES} tables.", "Leave some out.")
    for kind, items in (("tables", tables), ("metric_views", views)):
        path = f"data_sources.{kind}"
        names = [str(item.get("identifier", "")) for item in items]
        if names != sorted(names):
            add(path, "They are not in the order of their names.", "Sort them by identifier.")
        for name, count in Counter(names).items():
            if count > 1:
                add(path, f"{name} is named {count} times.", "Name it once.")
        for place, item in enumerate(items):
            _check_source(f"{path}[{place}]", item, add)


def _check_source(path: str, item: Space, add: Add) -> None:
    parts = str(item.get("identifier", "")).split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        add(
            f"{path}.identifier",
            f"{item.get('identifier')!r} has not three parts.",
            "Write catalog.schema.table.",
        )
    configs = item.get("column_configs") or []
    columns = [str(each.get("column_name", "")) for each in configs]
    if columns != sorted(columns):
        add(f"{path}.column_configs", "They are not in the order of their names.", "Sort them.")
    for name, count in Counter(columns).items():
        if count > 1 or not name:
            add(f"{path}.column_configs", f"{name!r} stands {count} times.", "Name it once.")
    for place, each in enumerate(configs):
        here = f"{path}.column_configs[{place}]"
        for key in sorted(set(each) - _COLUMN_KEYS):
            add(f"{here}.{key}", f"{key} is not known here.", "Remove it.")
        if len(each.get("synonyms", ())) > MOST_SYNONYMS:
            add(here, f"There are more than {MOST_SYNONYMS} synonyms.", "Keep the likely ones.")
        if each.get("exclude") and each.get("enable_entity_matching"):
            add(here, "A hidden column cannot be matched.", "Drop one of the two.")
        if each.get("enable_entity_matching") and not each.get("enable_format_assistance"):
            add(here, "Matching values needs format assistance.", "Set both.")


def _check_texts(space: Space, add: Add) -> None:
    instructions = space.get("instructions") or {}
    texts = instructions.get("text_instructions") or []
    if len(texts) > 1:
        add(
            "instructions.text_instructions",
            f"There are {len(texts)} of at most one.",
            "Put all of it into one.",
        )
    count = len(texts) + len(instructions.get("example_question_sqls") or [])
    count += len(instructions.get("sql_functions") or [])
    if count > MOST_INSTRUCTIONS:
        add("instructions", f"There are more than {MOST_INSTRUCTIONS}.", "Keep the best examples.")
    for path, items in _lists_with_ids(space):
        for place, item in enumerate(items):
            for key in ("question", "sql", "content", "usage_guidance"):
                if key in item and not _is_texts(item[key]):
                    add(
                        f"{path}[{place}].{key}",
                        "It is not a list of texts, or it is empty.",
                        "Write a list, even for one text.",
                    )
            if "question" in item and _is_texts(item["question"]) and len(item["question"]) != 1:
                add(f"{path}[{place}].question", "There is more than one.", "One for each entry.")


def _check_benchmarks(space: Space, add: Add) -> None:
    for place, item in enumerate(_items(space, "benchmarks.questions")):
        answers = item.get("answer") or []
        if len(answers) != 1 or answers[0].get("format") != "SQL":
            add(
                f"benchmarks.questions[{place}].answer",
                "There is not exactly one answer in SQL.",
                "Give one, format SQL.",
            )


def _check_repeated_questions(space: Space, add: Add) -> None:
    for path in (
        "config.sample_questions",
        "instructions.example_question_sqls",
        "benchmarks.questions",
    ):
        questions = Counter(_first(item.get("question")).lower() for item in _items(space, path))
        for question, count in questions.items():
            if count > 1:
                add(path, f"{question!r} stands {count} times.", "Ask it once.")


def _check_joins(space: Space, add: Add) -> None:
    known = _source_names(space)
    for place, item in enumerate(_items(space, "instructions.join_specs")):
        path = f"instructions.join_specs[{place}]"
        aliases = set()
        for side in ("left", "right"):
            end = item.get(side) or {}
            aliases.add(end.get("alias") or str(end.get("identifier", "")).rsplit(".", 1)[-1])
            if end.get("identifier") not in known:
                add(
                    f"{path}.{side}", "It is not a table of the space.", "Add it, or drop the join."
                )
        for text in item.get("sql") or []:
            tree = _parsed(f"select 1 where {text}")
            condition = tree.find(exp.Where) if tree else None
            if condition is None or not isinstance(condition.this, exp.EQ):
                add(f"{path}.sql", f"{text!r} is not one equality.", "Write a.x = b.y.")
            elif {column.table for column in condition.find_all(exp.Column)} != aliases:
                add(f"{path}.sql", f"{text!r} does not use both aliases.", "Write a.x = b.y.")


def _check_sql(space: Space, add: Add) -> None:
    """Statements parse, are one select each, and read tables of the space alone."""
    known = _source_names(space)
    for path, sql, parameters in _statements(space):
        try:
            trees = sqlglot.parse(sql, read=VIEW_DIALECT)
        except sqlglot.ParseError as error:
            add(path, f"The SQL cannot be read: {str(error).splitlines()[0]}", "Correct it.")
            continue
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            add(path, "It is not one select.", "Write one statement that reads.")
            continue
        tree = trees[0]
        own = {each.alias for each in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            name = ".".join(part.name for part in table.parts)
            if table.name in own and not table.db:
                continue
            if name not in known:
                add(path, f"{name} is not a table of the space.", "Name a table of the space.")
        used = {str(each.name) for each in tree.find_all(exp.Placeholder)}
        for name in sorted(used - parameters):
            add(path, f"The parameter :{name} is not declared.", "Add it under parameters.")
        for name in sorted(parameters - used):
            add(path, f"The parameter {name} is not used.", "Use it as :name, or drop it.")


def _check_parameters(space: Space, add: Add) -> None:
    for place, item in enumerate(_items(space, "instructions.example_question_sqls")):
        for at, parameter in enumerate(item.get("parameters") or []):
            path = f"instructions.example_question_sqls[{place}].parameters[{at}]"
            if parameter.get("type_hint") not in _PARAMETER_TYPES:
                types = ", ".join(sorted(_PARAMETER_TYPES))
                add(path, f"The type is {parameter.get('type_hint')!r}.", f"One of {types}.")
            if not _is_texts((parameter.get("default_value") or {}).get("values")):
                add(path, "There is no default value.", "A workspace runs the example with it.")


def _check_snippets(space: Space, add: Add) -> None:
    snippets = _at(space, "instructions.sql_snippets") or {}
    for kind, needed in (
        ("filters", "display_name"),
        ("expressions", "alias"),
        ("measures", "alias"),
    ):
        for place, item in enumerate(snippets.get(kind) or []):
            path = f"instructions.sql_snippets.{kind}[{place}]"
            if not item.get(needed):
                add(path, f"It has no {needed}.", f"Give it a {needed}.")
            for text in item.get("sql") or []:
                if _parsed(f"select {text}") is None:
                    add(path, f"{text!r} is no SQL expression.", "Correct it.")


_RULES: tuple[Callable[[Space, Add], None], ...] = (
    _check_keys,
    _check_ids,
    _check_sources,
    _check_texts,
    _check_benchmarks,
    _check_repeated_questions,
    _check_joins,
    _check_sql,
    _check_parameters,
    _check_snippets,
)

_PATHS_WITH_IDS = (
    "config.sample_questions",
    "instructions.text_instructions",
    "instructions.example_question_sqls",
    "instructions.sql_functions",
    "instructions.join_specs",
    "instructions.sql_snippets.filters",
    "instructions.sql_snippets.expressions",
    "instructions.sql_snippets.measures",
    "benchmarks.questions",
)


def _at(space: Space, path: str) -> Any:
    value: Any = space
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _items(space: Space, path: str) -> list[Mapping[str, Any]]:
    value = _at(space, path)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _lists_with_ids(space: Space) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for path in _PATHS_WITH_IDS:
        if items := _items(space, path):
            yield path, items


def _source_names(space: Space) -> set[str]:
    return {
        str(item.get("identifier"))
        for kind in ("tables", "metric_views")
        for item in _items(space, f"data_sources.{kind}")
    }


def _statements(space: Space) -> Iterator[tuple[str, str, set[str]]]:
    path = "instructions.example_question_sqls"
    for place, item in enumerate(_items(space, path)):
        names = {str(each.get("name")) for each in item.get("parameters") or []}
        yield f"{path}[{place}].sql", "".join(_texts(item.get("sql"))), names
    for place, item in enumerate(_items(space, "benchmarks.questions")):
        for answer in item.get("answer") or []:
            text = "".join(_texts(answer.get("content")))
            yield f"benchmarks.questions[{place}].answer", text, set()


def _parsed(sql: str) -> Expr | None:
    try:
        return sqlglot.parse_one(sql, read=VIEW_DIALECT)
    except sqlglot.ParseError:
        return None


def _texts(value: Any) -> Sequence[str]:
    return value if _is_texts(value) else ()


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _first(value: Any) -> str:
    return value[0] if _is_texts(value) else ""
