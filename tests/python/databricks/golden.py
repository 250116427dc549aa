"""The golden file `statements.sql`: what production sends to the warehouse.

`make statements` writes the file again. dbt runs with the real adapter on a warehouse that only
writes down what it is sent (`recorded.py`), so neither Spark nor a workspace is needed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import yaml

from lvdash.definition import load
from orchestration.packages import ENVIRONMENT_VARIABLE, packages_dir
from tests.python.conftest import PROJECT, places
from tests.python.databricks.bundle import Deployment

DASHBOARD = PROJECT / "dashboards" / "gold_sales.lvdash.json"
GOLDEN = Path(__file__).with_name("statements.sql")
DEVELOPER = Deployment("dev", "ann.lee@example.com", {"catalog": "analytics"})
"""Who has a prefix and another catalog than the bundle names."""
PREFIX = f"analytics.{DEVELOPER.schema_prefix}_"

FIRST_RUN, DAILY_RUN, FULL_REFRESH, AFTER_A_PAUSE = 0, 1, 2, 25
RUNS = {
    FIRST_RUN: "first run",
    DAILY_RUN: "daily run",
    FULL_REFRESH: "full refresh",
    AFTER_A_PAUSE: "after a pause",
}
"""What is recorded, by the days since the last publication."""

REWRITE = "make statements"

WORDS = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))

HOLE = re.compile(
    r"<(?:moment|id|checksum|number|version|description|columns?|schema|landing|folder|pattern"
    r"|definition|select|rows|a row|statements)\b"
)
HEADING = "-- ## "
RUN = "run here"
NOT_RUN = "not run here"
HERE: dict[str, str] = WORDS["here"]
"""What the local warehouse does with a kind of statement, unless it is run as it is."""

NEW_HERE = re.compile(
    r"ALTER TABLE \S+ (ADD CONSTRAINT|ALTER COLUMN \S+ SET NOT NULL|CLUSTER BY|SET\n)"
)
"""What the adapter sends for a table that is there and lacks what the YAML declares."""


@dataclass(frozen=True)
class Statement:
    """A statement as it was sent.

    Attributes:
        node: of dbt, by its unique id; empty for what belongs to the whole run.
        sql: the text.
        compiled: the node's compiled SQL, where it has one.
    """

    node: str
    sql: str
    compiled: str = ""


Sent = dict[int, list[Statement]]
"""Statements by the days since the last publication."""


def job_commands(deployment: Deployment) -> list[list[str]]:
    """The dbt commands of the job's tasks in their order, filled in as a run fills them in."""
    job = deployment.resources["jobs"]["sales_lakehouse"]
    parameters = {each["name"]: each["default"] for each in job["parameters"]}
    commands = []
    for task in job["tasks"]:
        dbt = task.get("dbt_task")
        if dbt is None:
            continue
        assert (dbt["catalog"], dbt["schema"]) == (deployment.catalog, deployment.schema_prefix)
        assert dbt["commands"][0] == "dbt deps"
        for command in dbt["commands"][1:]:
            for name, value in parameters.items():
                command = command.replace(f"{{{{job.parameters.{name}}}}}", value)
            commands.append(shlex.split(command)[1:])
    return commands


def record(root: Path) -> Sent:
    """Run what production runs, for a developer whose landing folder has an apostrophe.

    Args:
        root: an empty folder.
    """
    job = [
        [word.replace("/landing,", "/landing/the team's,") for word in command]
        for command in job_commands(DEVELOPER)
    ]
    untested = ("--exclude-resource-types", "test", "unit_test")
    stateful = ("config.materialized:incremental", "config.materialized:snapshot")
    everything = "{full_refresh: true}"
    commands = [
        *((FIRST_RUN, command) for command in job),
        *((DAILY_RUN, without_tests(command)) for command in job),
        # Data tests that look at new rows only, where there are others.
        (DAILY_RUN, ["build", "--select", "int_sales__validated", *untested[:1], "unit_test"]),
        (FULL_REFRESH, ["build", "--select", *stateful, *untested, "--vars", everything]),
        (AFTER_A_PAUSE, ["build", "--select", "countries", *untested]),
    ]
    shutil.copyfile(PROJECT / "profiles.yml.example", root / "profiles.yml")
    environment = {
        **os.environ,
        **places(root),
        ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
        "DBT_PROFILES_DIR": str(root),
        "DATABRICKS_HOST": "https://workspace.invalid",
        "DATABRICKS_TOKEN": "none",
        "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/w1",
        "DATABRICKS_CATALOG": DEVELOPER.catalog,
        "DATABRICKS_SCHEMA": DEVELOPER.schema_prefix,
    }
    granted = f"{DEVELOPER.resources['schemas']['quality']['name']}.published_totals"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.python.databricks.recorded"),
            *(str(root / "sent.jsonl"), granted, json.dumps(commands)),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return read(root / "sent.jsonl")


def without_tests(command: list[str]) -> list[str]:
    """The command without data tests, which are sent in the first run."""
    if command[0] != "build":
        return command
    *rest, variables = command
    return [*rest, variables, "--exclude-resource-types", "test", "unit_test"]


def read(path: Path) -> Sent:
    """The statements that were written down."""
    found: Sent = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        days, node, sql, compiled = json.loads(line)
        found[days].append(Statement(node, sql, compiled))
    return found


def kind(sql: str) -> str:
    """What is done, without names and values: `alter table set tags`."""
    if sql.lower().startswith(("select", "with", "(")):
        return "select"
    names = r"`[^`]*`|'(?:\\.|[^'\\])*'|<[^>]*>|(?<=column )\w+|\w+(\.\w+)+|\w*[_\d]\w*"
    text = re.sub(names, "", sql.lower())
    head = re.split(r"[(,=<]|\b(?:as|where|using|values|select|like)\b", text)[0]
    return " ".join(re.findall(r"[a-z]+", head))


TEXT = r"'(?:\\.|[^'\\])*'"
MARKS = [
    (r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?(\+00:00)?'", "'<moment>'"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<id>"),
    (r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b", "<checksum>"),
    (rf"\b(comment) {TEXT}", r"\1 '<description>'"),
    (rf"^(comment on table .* is) {TEXT}$", r"\1 '<description>'"),
    (rf"^(comment on column .*\.)\w+ is {TEXT}$", r"\1<column> is '<description>'"),
    (r"\b(column) `\w+` (set not null)", r"\1 `<column>` \2"),
    (r"`\w+`(, `\w+`){2,}", "<columns>"),
    (r"with snapshot_query as \((.|\n)*", "<rows of the snapshot that changed>"),
    (r"(`?\w+`? comment '<description>'(,\s+)?)+", "<columns with their descriptions>"),
    (r"(\(%s(,%s)*\),?)+", "<rows of the seed>"),
    (r"(^ +cast\(null as [^\n]*\)\n +as \w+,? *\n)+", "<columns of the contract>\n"),
    (r"(^    \w+,?\n)+(?=from `|    case when is_account)", "    <columns>\n"),
    (r"\bas \$\$\n(.|\n)*\$\$", "as $$\n<definition of <name>>\n$$"),
    (r"^ *<select of", "    <select of"),
    (r"^( *select) (\w+, )+\w+$(?=\n *from \()", r"\1 <columns>"),
    (r"(^ +\('<id>', .*\),?\n)+", "    <a row for each model and data test>\n"),
    (r"\b\d+ as (models|tests)\b", r"<number> as \1"),
    (r"^( *)'/[^\n]*/source_\w+',$", r"\1'<landing>/<folder>',"),
    (r"\bversion as of \d+", "version as of <version>"),
    (r"'\w*' as project_version", "'<version>' as project_version"),
    (r"fileNamePattern => '[^']*'", "fileNamePattern => '<pattern of its files>'"),
    (r"\bschema => '[^']*'", "schema => '<columns> string'"),
    (r"\bsource_(crm|erp)\b", "<folder>"),
]
"""What differs from run to run, or stands in a YAML file."""

RELATION = re.compile(rf"{DEVELOPER.schema_prefix}_\w+`?\.`?(\w+)`?")
SCHEMA = re.compile(rf"{DEVELOPER.schema_prefix}_(\w+)")


def normalised(statement: Statement) -> tuple[str, str]:
    """The statement with marks in place of what differs or is elsewhere; what it is for."""
    resource, _, name = statement.node.partition(".sales_lakehouse.")
    sql = statement.sql
    if compiled := statement.compiled.strip():
        whose = "the data test" if resource == "test" else "<name>"
        sql = sql.replace(compiled, f"<select of {whose}>")
    sql = "\n".join(line.rstrip().expandtabs(4) for line in sql.splitlines() if line.strip()) + "\n"
    for pattern, mark in MARKS:
        sql = re.sub(pattern, mark, sql, flags=re.MULTILINE | re.IGNORECASE)
    if resource == "test":
        return sql.strip(), "data tests"
    if found := RELATION.search(sql) if not name else None:
        name = found[1]
    if name:
        if f"'{name}'" in sql and "information_schema" in sql:
            sql = SCHEMA.sub("<schema>", sql)
        return re.sub(rf"\b{name}(?=\b|__dbt_)", "<name>", sql).strip(), name
    layers = set(SCHEMA.findall(sql))
    if len(layers) == 1:
        (layer,) = layers
        return sql.replace(f"_{layer}", "_<layer>").strip(), f"schema {layer}"
    return sql.strip(), ""


@dataclass
class Entry:
    """A statement of the golden file.

    Attributes:
        kind: what is done.
        runs: in which it is sent, as days since the last publication.
        names: what it is sent for.
    """

    kind: str
    sql: str
    runs: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def entries(sent: Sent) -> list[Entry]:
    """The distinct statements, by kind and text."""
    found: dict[str, Entry] = {}
    for days, statements in sent.items():
        for statement in statements:
            sql, name = normalised(statement)
            entry = found.setdefault(sql, Entry(kind(statement.sql), sql))
            entry.runs.add(days)
            entry.names.add(name)
    return sorted(found.values(), key=lambda entry: (entry.kind, entry.sql))


def golden_text(sent: Sent) -> str:
    """The golden file."""
    lines = [WORDS["header"]]
    last = ""
    for entry in entries(sent):
        if entry.kind != last:
            lines.append(f"\n{HEADING}{entry.kind}: {HERE.get(entry.kind, RUN)}\n")
            last = entry.kind
        runs = ", ".join(RUNS[days] for days in sorted(entry.runs))
        names = ", ".join(sorted(filter(None, entry.names)))
        for line in textwrap.wrap(f"{runs}: {names or 'every command'}", 96):
            lines.append(f"-- {line}")
        if NEW_HERE.match(entry.sql):
            lines.append(f"-- {NOT_RUN}: the tests declare nothing new for a table that is there")
        lines.append(f"{entry.sql};\n")
    datasets = textwrap.wrap(", ".join(load(DASHBOARD).datasets), 80)
    footer: str = WORDS["footer"]
    return "\n".join(lines) + footer.format(datasets="\n-- ".join(datasets))


def run_here(catalog: str, prefix: str) -> Iterator[tuple[str, list[str]]]:
    """The statements that the golden file says the local warehouse runs: kind and beginnings.

    For each name that a statement is sent for, its text up to where it differs from run to run;
    for another catalog and prefix of the schemas.
    """
    text = GOLDEN.read_text(encoding="utf-8").replace("analytics", catalog)
    text = text.replace(f"{DEVELOPER.schema_prefix}_", prefix)
    heading = ""
    for block in re.split(r"\n\n+", text.removeprefix(WORDS["header"])):
        lines = block.strip().splitlines()
        comments = list(takewhile(lambda line: line.startswith("-- "), lines))
        if comments and comments[0].startswith(HEADING):
            heading = comments[0].removeprefix(HEADING)
        elif comments:
            about = " ".join(line.removeprefix("-- ") for line in comments)
            sql = "\n".join(lines[len(comments) :]).removesuffix(";")
            is_run = NOT_RUN not in f"{heading} {about}"
            if is_run and not HOLE.match(sql.strip()):  # a mark for text of another file
                yield heading, [_beginning(sql, name) for name in about.split(": ")[1].split(", ")]


def _beginning(sql: str, name: str) -> str:
    filled = sql.replace("<name>", name).replace("<layer>", name.split()[-1])
    beginning, *more = HOLE.split(filled, maxsplit=1)
    return beginning.rstrip().removesuffix("'").removesuffix("$$") if more else filled


def main() -> None:
    """Write the golden file again."""
    with tempfile.TemporaryDirectory() as folder:
        text = golden_text(record(Path(folder)))
    GOLDEN.write_text(text, encoding="utf-8")
    print(f"Wrote {GOLDEN.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
