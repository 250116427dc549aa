"""From a definition to the document that a workspace takes, `serialized_space` version 2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
import yaml
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.expressions import Expr

from genie_space.definition import Definition, Example, Join, Snippet, Source
from genie_space.errors import BAD_INPUT, GenieSpaceError

DIALECT = "databricks"
UNPARSED = (SqlglotError, RecursionError)
"""What sqlglot raises for text that is no SQL: an open quote is no `ParseError`."""
VERSION = 2

Document = dict[str, Any]


def build_space(definition: Definition, catalog: str = "", schema: str = "") -> Document:
    """The document of a space; the same definition always gives the same document.

    `catalog` and `schema` take the place of the definition's own.

    Raises:
        GenieSpaceError: when the definition names a table or column that it does not list, or its
            SQL cannot be parsed.
    """
    names = _Names(
        catalog or definition.catalog,
        schema or definition.schema_,
        {*definition.tables, *definition.metric_views},
    )
    text = [f"- {line}\n" for line in definition.instructions]
    questions = [{"id": _id("sample", q), "question": [q]} for q in definition.sample_questions]
    benchmarks = [
        {
            "id": _id("benchmark", each.question),
            "question": [each.question],
            "answer": [{"format": "SQL", "content": names.statement(each.sql)}],
        }
        for each in definition.benchmarks
    ]
    return {
        "version": VERSION,
        "config": {"sample_questions": _by_id(questions)},
        "data_sources": {
            "tables": _sources(definition.tables, names),
            "metric_views": _sources(definition.metric_views, names),
        },
        "instructions": {
            "text_instructions": [{"id": _id("instructions"), "content": text}] if text else [],
            "example_question_sqls": _by_id(_example(each, names) for each in definition.examples),
            "join_specs": _by_id(_join(each, names) for each in definition.joins),
            "sql_snippets": {
                "filters": _snippets("filter", definition.filters, names),
                "expressions": _snippets("expression", definition.expressions, names),
                "measures": _snippets("measure", definition.measures, names),
            },
        },
        "benchmarks": {"questions": _by_id(benchmarks)},
    }


def bundle_resource(key: str, fields: Mapping[str, Any], document: str) -> str:
    """A bundle's YAML with the space, a JSON text with the bundle's references, inline.

    A bundle substitutes `${...}` in its YAML, and not in the files that the YAML refers to. `key`
    is that of the resource; `fields` stand before the document: title, warehouse_id, permissions.
    """
    space = {**fields, "serialized_space": document.rstrip("\n") + "\n"}
    text: str = yaml.dump(
        {"resources": {"genie_spaces": {key: space}}},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=10**6,
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, so that a difference can be read."""


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, "|" if "\n" in text else None)


_Dumper.add_representer(str, _as_block)


@dataclass(frozen=True)
class _Names:
    """Adds catalog and schema to the tables of the space."""

    catalog: str
    schema: str
    tables: set[str]

    def full(self, table: str) -> str:
        if table not in self.tables:
            raise GenieSpaceError(
                f"{table} is not a table of the space.",
                f"Add it under tables, or use one of {', '.join(sorted(self.tables))}.",
                BAD_INPUT,
            )
        if "." in table:
            return table
        if not self.catalog or not self.schema:
            raise GenieSpaceError(
                f"The table {table} has neither catalog nor schema.",
                "Set catalog and schema in the definition, or name the table in three parts.",
                BAD_INPUT,
            )
        return f"{self.catalog}.{self.schema}.{table}"

    def statement(self, sql: str) -> list[str]:
        """The lines of a statement with full table names, formatted.

        They keep their line ends: the workspace joins the pieces as they are.
        """
        tree = self._parsed(sql, alias=True)
        return tree.sql(dialect=DIALECT, pretty=True).splitlines(keepends=True)

    def expression(self, sql: str) -> str:
        """An expression with full table names in its subqueries; none is left for the linter."""
        tree = self._parsed(f"select {sql}", alias=False)
        return str(tree.expressions[0].sql(dialect=DIALECT)) if tree.expressions else sql

    def _parsed(self, sql: str, *, alias: bool) -> Expr:
        """The SQL with full names of tables, and their own name as alias."""
        try:
            tree = sqlglot.parse_one(sql, read=DIALECT)
        except UNPARSED as error:
            raise GenieSpaceError(
                f"This SQL cannot be parsed: {sql}\n{error}", "Correct it.", BAD_INPUT
            ) from error
        own = {each.alias for each in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.db or table.name in own:
                continue
            self.full(table.name)
            if alias and not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("db", exp.to_identifier(self.schema))
            table.set("catalog", exp.to_identifier(self.catalog))
        return tree


def _sources(sources: Mapping[str, Source | None], names: _Names) -> list[Document]:
    found = [_source(name, source or Source(), names) for name, source in sources.items()]
    return sorted(found, key=lambda each: str(each["identifier"]))


def _source(name: str, source: Source, names: _Names) -> Document:
    mentioned = {*source.match, *source.hide, *source.synonyms}
    if source.columns and (unknown := sorted(mentioned - set(source.columns))):
        raise GenieSpaceError(
            f"{name} has no column {', '.join(unknown)}.",
            f"Its columns are {', '.join(source.columns)}.",
            BAD_INPUT,
        )
    configs = []
    for column in sorted({*source.columns, *mentioned}):
        config: Document = {"column_name": column}
        if column in source.hide:
            config["exclude"] = True
        else:
            if text := source.columns.get(column):
                config["description"] = [text]
            if words := source.synonyms.get(column):
                config["synonyms"] = list(words)
            if column in source.match:
                config["enable_format_assistance"] = True
                config["enable_entity_matching"] = True
        configs.append(config)
    described = {"description": [source.description]} if source.description else {}
    return {"identifier": names.full(name), **described, "column_configs": configs}


def _example(each: Example, names: _Names) -> Document:
    example: Document = {
        "id": _id("example", each.question),
        "question": [each.question],
        "sql": names.statement(each.sql),
    }
    if each.guidance:
        example["usage_guidance"] = [each.guidance]
    if each.parameters:
        example["parameters"] = [
            {
                "name": parameter.name,
                "type_hint": parameter.type,
                "description": [parameter.description],
                "default_value": {"values": [parameter.default]},
            }
            for parameter in sorted(each.parameters, key=lambda parameter: parameter.name)
        ]
    return example


def _join(each: Join, names: _Names) -> Document:
    left, _, right = (part.strip() for part in each.keys.partition("="))
    aliases = [side.rsplit(".", 1)[-1] for side in (each.left, each.right)]
    return {
        "id": _id("join", each.left, each.right, each.keys),
        "left": {"identifier": names.full(each.left), "alias": aliases[0]},
        "right": {"identifier": names.full(each.right), "alias": aliases[1]},
        # A workspace refuses a join without the second element, the kind of relationship.
        "sql": [
            f"`{aliases[0]}`.`{left}` = `{aliases[1]}`.`{right or left}`",
            f"--rt=FROM_RELATIONSHIP_TYPE_{each.relationship.upper()}--",
        ],
    }


def _snippets(kind: str, snippets: Iterable[Snippet], names: _Names) -> list[Document]:
    name_key = "display_name" if kind == "filter" else "alias"
    return _by_id(
        {
            "id": _id(kind, each.name),
            name_key: each.name,
            "sql": [names.expression(each.sql)],
            **({"synonyms": list(each.synonyms)} if each.synonyms else {}),
        }
        for each in snippets
    )


def _id(*parts: str) -> str:
    """32 lower-case hexadecimal digits, the same for the same thing."""
    return hashlib.md5("\n".join(parts).encode(), usedforsecurity=False).hexdigest()


def _by_id(items: Iterable[Document]) -> list[Document]:
    return sorted(items, key=lambda each: str(each["id"]))
