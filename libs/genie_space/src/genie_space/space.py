"""The Genie space as code: from `genie/*.yml` and the dbt documentation to a `serialized_space`.

What a workspace needs in one JSON document is written in three readable places: `genie/space.yml`
(what the space may say), `genie/benchmarks.yml` (questions with their SQL) and the project's own
documentation (what tables, columns and metrics mean).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from metric_ask.compiler import VIEW_DIALECT
from metric_ask.metrics import METRIC_VIEW, MetricView, load_metrics
from orchestration.errors import ExitCode, LakehouseError

VERSION = 2
MARTS = Path("models/marts")
COLUMN_DOCS = Path("models/_docs/columns.md")
SPACE = Path("genie/space.yml")
BENCHMARKS = Path("genie/benchmarks.yml")

_DOC_BLOCK = re.compile(r"{%\s*docs\s+(\w+)\s*%}(.*?){%\s*enddocs\s*%}", re.DOTALL)
_DOC_REFERENCE = re.compile(r"{{\s*doc\(\s*['\"](\w+)['\"]\s*\)\s*}}")


@dataclass(frozen=True)
class Benchmark:
    """A question, the SQL of the right answer, and what the tests compare it with."""

    question: str
    sql: str
    check: Mapping[str, Any]


def space_title(project_dir: Path) -> str:
    """The title of the space."""
    return str(_read(project_dir / SPACE)["title"])


def space_description(project_dir: Path) -> str:
    """What stands under the title."""
    return str(_read(project_dir / SPACE)["description"])


def build_space(project_dir: Path, catalog: str, schema: str) -> dict[str, Any]:
    """The space as a `serialized_space` of version 2.

    The same input gives the same document: ids are hashes of what they name.

    Args:
        project_dir: the folder of the project.
        catalog: the Unity Catalog catalog of gold.
        schema: the schema of gold, `gold` or `dev_ann_gold`.

    Raises:
        LakehouseError: when a file is missing or says something that cannot be.
    """
    config = _read(project_dir / SPACE)
    view = load_metrics(project_dir)
    documented = _documented_tables(project_dir)
    names = _Names(catalog, schema, {*config["tables"], METRIC_VIEW})
    return {
        "version": VERSION,
        "config": {
            "sample_questions": _by_id(
                {"id": _id("sample", question), "question": [question]}
                for question in config["sample_questions"]
            )
        },
        "data_sources": {
            "tables": sorted(
                (
                    _table(name, settings or {}, documented, names)
                    for name, settings in config["tables"].items()
                ),
                key=lambda table: str(table["identifier"]),
            ),
            "metric_views": [_metric_view(view, names)],
        },
        "instructions": {
            "text_instructions": [
                {
                    "id": _id("instructions"),
                    "content": [f"- {line}\n" for line in config["instructions"]],
                }
            ],
            "example_question_sqls": _by_id(
                _example(each, names) for each in config.get("examples", ())
            ),
            "join_specs": _by_id(_join(each, names) for each in config.get("joins", ())),
            "sql_snippets": {
                "filters": _by_id(_filter(each, names) for each in config.get("filters", ()))
            },
        },
        "benchmarks": {
            "questions": _by_id(
                {
                    "id": _id("benchmark", each.question),
                    "question": [each.question],
                    "answer": [{"format": "SQL", "content": _sql_lines(names.qualified(each.sql))}],
                }
                for each in load_benchmarks(project_dir)
            )
        },
    }


def load_benchmarks(project_dir: Path) -> list[Benchmark]:
    """The benchmark questions, their SQL with bare table names in the Databricks dialect."""
    data = _read(project_dir / BENCHMARKS)
    texts = {name: str(text) for name, text in data["macros"].items()}
    found = []
    for each in data["benchmarks"]:
        try:
            sql = str(each["sql"]).format_map(texts)
        except (KeyError, ValueError) as error:
            raise LakehouseError(
                f"{BENCHMARKS}: the SQL of {each['ask']!r} names an unknown text: {error}.",
                f"Texts that are known: {', '.join(texts)}.",
            ) from error
        found.append(Benchmark(str(each["ask"]), sql, each["check"]))
    return found


def load_examples(project_dir: Path) -> list[dict[str, Any]]:
    """The example queries as they stand in `genie/space.yml`."""
    return list(_read(project_dir / SPACE).get("examples", ()))


@dataclass(frozen=True)
class _Names:
    """Puts catalog and schema before the tables of the space."""

    catalog: str
    schema: str
    tables: set[str]

    def full(self, table: str) -> str:
        if table not in self.tables:
            raise LakehouseError(
                f"{SPACE} names the table {table}, which is not one of the space.",
                f"Tables of the space: {', '.join(sorted(self.tables))}.",
            )
        return f"{self.catalog}.{self.schema}.{table}"

    def qualified(self, sql: str) -> str:
        """The SQL with full table names, laid out anew."""
        try:
            tree = sqlglot.parse_one(sql, read=VIEW_DIALECT)
        except sqlglot.ParseError as error:
            raise LakehouseError(f"This SQL cannot be read: {sql}\n{error}") from error
        own = {each.alias for each in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name in own or table.db:
                continue
            self.full(table.name)
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("db", exp.to_identifier(self.schema))
            table.set("catalog", exp.to_identifier(self.catalog))
        return tree.sql(dialect=VIEW_DIALECT, pretty=True)


def _table(
    name: str,
    settings: Mapping[str, Any],
    documented: Mapping[str, Mapping[str, Any]],
    names: _Names,
) -> dict[str, Any]:
    if name not in documented:
        raise LakehouseError(
            f"{SPACE} names the table {name}, which no file in {MARTS} documents.",
            f"Tables with documentation: {', '.join(documented)}.",
        )
    columns: Mapping[str, str] = documented[name]["columns"]
    match, hide = set(settings.get("match", ())), set(settings.get("hide", ()))
    synonyms: Mapping[str, list[str]] = settings.get("synonyms", {})
    if unknown := sorted((match | hide | set(synonyms)) - set(columns)):
        raise LakehouseError(
            f"{SPACE} names columns that {name} does not have: {', '.join(unknown)}.",
            f"Its columns are {', '.join(columns)}.",
        )
    configs = []
    for column in sorted(columns):
        config: dict[str, Any] = {"column_name": column}
        if column in hide:
            config["exclude"] = True
        else:
            config["description"] = [columns[column]]
            if column in synonyms:
                config["synonyms"] = list(synonyms[column])
            if column in match:
                config["enable_format_assistance"] = True
                config["enable_entity_matching"] = True
        configs.append(config)
    return {
        "identifier": names.full(name),
        "description": [documented[name]["description"]],
        "column_configs": configs,
    }


def _metric_view(view: MetricView, names: _Names) -> dict[str, Any]:
    fields = [*view.dimensions.values(), *view.measures.values()]
    return {
        "identifier": names.full(METRIC_VIEW),
        "description": [view.comment],
        "column_configs": [
            {
                "column_name": each.name,
                "description": [each.comment],
                "synonyms": list(each.synonyms),
            }
            for each in sorted(fields, key=lambda field: field.name)
        ],
    }


def _example(each: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    example: dict[str, Any] = {
        "id": _id("example", each["question"]),
        "question": [each["question"]],
        "sql": _sql_lines(names.qualified(each["sql"])),
        "usage_guidance": [each["guidance"]],
    }
    if parameters := each.get("parameters"):
        example["parameters"] = [
            {
                "name": parameter["name"],
                "type_hint": parameter["type"],
                "description": [parameter["description"]],
                "default_value": {"values": [str(parameter["default"])]},
            }
            for parameter in parameters
        ]
    return example


def _join(each: Mapping[str, str], names: _Names) -> dict[str, Any]:
    left, _, right = (part.strip() for part in each["keys"].partition("="))
    return {
        "id": _id("join", each["left"], each["right"]),
        "left": {"identifier": names.full(each["left"]), "alias": each["left"]},
        "right": {"identifier": names.full(each["right"]), "alias": each["right"]},
        "sql": [f"`{each['left']}`.`{left}` = `{each['right']}`.`{right or left}`"],
    }


def _filter(each: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    condition = sqlglot.parse_one(f"select 1 from t where {each['sql']}", read=VIEW_DIALECT)
    where = condition.find(exp.Where)
    assert where is not None
    for table in where.find_all(exp.Table):
        names.full(table.name)
        table.set("db", exp.to_identifier(names.schema))
        table.set("catalog", exp.to_identifier(names.catalog))
    return {
        "id": _id("filter", each["name"]),
        "display_name": each["name"],
        "sql": [where.this.sql(dialect=VIEW_DIALECT)],
        "synonyms": list(each.get("synonyms", ())),
    }


def _documented_tables(project_dir: Path) -> dict[str, dict[str, Any]]:
    """Tables of gold with their descriptions, doc blocks put in their places."""
    text = (project_dir / COLUMN_DOCS).read_text(encoding="utf-8")
    blocks = {name: " ".join(body.split()) for name, body in _DOC_BLOCK.findall(text)}

    def words(description: str) -> str:
        return " ".join(
            _DOC_REFERENCE.sub(lambda found: blocks[found.group(1)], description).split()
        )

    tables: dict[str, dict[str, Any]] = {}
    for path in sorted((project_dir / MARTS).glob("*.yml")):
        for model in _read(path).get("models", ()):
            tables[model["name"]] = {
                "description": words(model.get("description", "")),
                "columns": {
                    column["name"]: words(column.get("description", ""))
                    for column in model.get("columns", ())
                },
            }
    return tables


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LakehouseError(
            f"There is no {path}.", "Bring it back from version control.", ExitCode.USAGE
        ) from error
    except yaml.YAMLError as error:
        raise LakehouseError(f"{path} is not valid YAML: {error}", "Correct the file.") from error
    return dict(data or {})


def _id(*parts: str) -> str:
    """32 lower-case hexadecimal digits, the same for the same thing."""
    return hashlib.md5("\n".join(parts).encode(), usedforsecurity=False).hexdigest()


def _by_id(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda each: str(each["id"]))


def _sql_lines(sql: str) -> list[str]:
    """Lines with their line ends: the pieces are joined as they are."""
    return sql.splitlines(keepends=True)
