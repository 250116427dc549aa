"""Turns a build that failed into one error: what failed, why, and what to do about it.

A remedy names the place of the cause: the files, the environment, the disk, or the model.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from orchestration.csv_file import line_of_row
from orchestration.dbt import BuildResult, NodeResult, Question
from orchestration.errors import ExitCode, LakehouseError, disk_full
from orchestration.lock import busy_database, damaged_database, is_damage
from orchestration.settings import Settings

Answers = Mapping[str, list[dict[str, Any]]]
"""Rows by the question they answer."""

MAX_SHOWN = 3
"""Failures shown in full; the others are counted. Also the places shown of a value."""

QUESTIONS = (
    Question(
        "rules",
        ["rule_results"],
        "select rule_id, source, rows_touched, rows_validated, share, error_threshold, title"
        " from {rule_results} where status = 'stop' order by share desc, rule_id",
        of_success=False,
    ),
    Question(
        "rows of rules",
        ["rule_results", "rule_violations"],
        "select rule_id, file, row_number, column_name, value_before from ("
        "select rule_id, file, violations.row_number, column_name, value_before,"
        " row_number() over (partition by rule_id order by file, violations.row_number) as place"
        " from {rule_violations} as violations where rule_id in"
        " (select rule_id from {rule_results} where status = 'stop')) as placed"
        " where place <= 3 order by rule_id, place",
        of_success=False,
    ),
    Question(
        "differences",
        ["reconciliation"],
        "select source, measure, difference from {reconciliation} where difference <> 0"
        " order by source, measure",
        of_success=False,
    ),
)
"""What is asked of a build that failed."""

_WITH_REASONS = ("rule_results", "reconciliation")
"""The models whose tests fail for what these questions answer."""

CAUSES = Path(__file__).with_name("causes.yml")
_DATA = re.compile(
    r"Conversion Error|Out of Range Error|Constraint Error|could not be cast|CAST_INVALID_INPUT"
    r"|ARITHMETIC_OVERFLOW|NUMERIC_VALUE_OUT_OF_RANGE|DELTA_VIOLATE_CONSTRAINT|VIOLATES_NOT_NULL",
    re.I,
)


def error_of_build(result: BuildResult, settings: Settings) -> LakehouseError:
    """The error to end the command with.

    It shows the first failures in full and counts the rest. The exit code distinguishes a busy
    database, a full disk and an unusable file from a model or test that failed.
    """
    failures = result.failures
    blocks = _reasons(result.answers)
    # The tests that asked for these reasons say nothing more.
    unexplained = [f for f in failures if not (blocks and f.tested.split(".")[0] in _WITH_REASONS)]
    blocks += [_block(failure) for failure in unexplained[:MAX_SHOWN]]
    if (more := len(unexplained) - MAX_SHOWN) > 0:
        blocks.append(f"and {more} more, see target/run_results.json.")
    if result.skipped:
        blocks.append(f"{result.skipped} models and tests after that were skipped.")
    causes = [_cause(failure, result, settings) for failure in failures]
    cause = next((c for c in causes if c.exit_code != ExitCode.BUILD_FAILED), causes[0])
    examples = _examples(failures, result.answers, settings.landing) or cause.examples
    return LakehouseError("\n\n".join(blocks), cause.remedy, cause.exit_code, examples)


def _cause(failure: NodeResult, result: BuildResult, settings: Settings) -> LakehouseError:
    """What made a node fail: its remedy, exit code and examples."""
    message = failure.message
    if "Could not set lock on file" in message or "Conflicting lock is held" in message:
        return busy_database(message)
    if re.search(r"No space left|disk is full|Out of disk|disk quota exceeded", message, re.I):
        return disk_full(message)
    if is_damage(message):
        return damaged_database(message, settings)
    for cause in yaml.safe_load(CAUSES.read_text(encoding="utf-8")):
        if any(text.lower() in message.lower() for text in cause["messages"]):
            remedy = cause["remedy"].format(kind=failure.kind)
            return LakehouseError(message, remedy, ExitCode[cause["exit_code"]])
    remedy = _remedy(failure, result.answers, settings)
    examples = "" if failure.constraint else "\n".join(_places(message, settings.landing))
    return LakehouseError(message, remedy, examples=examples)


def _remedy(failure: NodeResult, answers: Answers, settings: Settings) -> str:
    """What to do about rows or SQL that made a node fail."""
    if answers.get("rules"):
        return (
            "Correct the file, or raise error_threshold in seeds/data_quality_rules.csv if the"
            " values are right, and run again."
        )
    if answers.get("differences"):
        return "A model loses or multiplies rows: look at what changed in it since the last run."
    if failure.constraint:
        return (
            "Find where the rows come from. Correct the file, let a rule repair or quarantine the"
            f" rows, or correct {failure.file} if it made them, and run again."
        )
    if _DATA.search(failure.message):
        return (
            "A value of the source files does not fit. Correct the file, or let a rule of "
            f"{failure.file or 'the model'} repair or quarantine the row, and run again."
        )
    if failure.kind == "test":
        sql = f" All of them: {failure.compiled}." if failure.compiled else ""
        return (
            "Find where the rows come from. Correct the file, or the model if it made them, and"
            f" run again.{sql}"
        )
    if failure.file and (settings.project_dir / failure.file).is_file():
        return f"Open {failure.file}, correct it and run again."
    return "The log has the details: logs/dbt.log."


def _block(failure: NodeResult) -> str:
    """One failure in a few lines."""
    kind = {"unit_test": "unit test", "project": ""}.get(failure.kind, failure.kind)
    message = failure.message.splitlines()
    lines = [f"Failed: {kind} {failure.name}".replace("  ", " ")]
    lines += [f"  {line}" for line in message[:12]]
    if len(message) > 12:
        lines.append("  ...")
    if failure.file:
        lines.append(f"  file: {failure.file}")
    if failure.compiled:
        lines.append(f"  SQL:  {failure.compiled}")
    return "\n".join(lines)


def _reasons(answers: Answers) -> list[str]:
    """What the rules and the reconciliation found, a block each."""
    rules = [
        "  {rule_id}: {rows_touched} of {rows_validated} rows of {source}"
        " ({share:.2%}, at most {error_threshold:.2%} allowed): {title}".format_map(
            {**row, "share": float(row["share"]), "error_threshold": float(row["error_threshold"])}
        )
        for row in answers.get("rules", [])
    ]
    differences = [
        f"  {row['source']}, {row['measure']}: {row['difference']} of what the files hold is not"
        " accounted for"
        for row in answers.get("differences", [])
    ]
    blocks = {
        "Too many rows break a rule:": rules,
        "The files and what would be published differ:": differences,
    }
    return ["\n".join([title, *lines]) for title, lines in blocks.items() if lines]


def _examples(failures: list[NodeResult], answers: Answers, landing: Path) -> str:
    """Rows that break a rule or a test, a line each."""
    rows = answers.get("rows of rules", [])
    if not rows:
        rows = [row for failure in failures[:MAX_SHOWN] for row in failure.examples]
    lines = [
        ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
        for row in (_with_line(row, landing) for row in rows)
        if len(row) > 1
    ]
    return "\n".join(f"  {line}" for line in lines)


def _with_line(row: dict[str, Any], landing: Path) -> dict[str, Any]:
    """An example that names the line in its file, where the file is at hand."""
    if "file" not in row or "row_number" not in row:
        return row
    with suppress(OSError, EOFError, ValueError, csv.Error):
        line = line_of_row(landing / row["file"], int(row["row_number"]))
        named = (("line", line) if name == "row_number" else (name, row[name]) for name in row)
        return dict(named)
    return row


def _places(message: str, landing: Path) -> list[str]:
    """Lines of the landing files that hold the value a message about data quotes."""
    quoted = re.search(r"'([^'\n]{3,80})'", message)
    if not quoted or not _DATA.search(message):
        return []
    found: list[str] = []
    for path in sorted(landing.rglob("*.csv*")):
        for number in _lines_with(path, quoted[1].encode()):
            found.append(f"  {path.relative_to(landing)}, line {number}: {quoted[1]}")
            if len(found) == MAX_SHOWN:
                return found
    return found


def _lines_with(path: Path, value: bytes) -> Iterator[int]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if value in line:
                    yield number
    except (OSError, EOFError):
        return
