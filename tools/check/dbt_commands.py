"""The dbt commands of a job, taken apart by dbt's own parser."""

from __future__ import annotations

import contextlib
import io
import shlex
from dataclasses import dataclass
from typing import Any

import click

from tools.check.bundle import REFERENCE, Bundle, as_list
from tools.check.findings import Finding, Where


@dataclass(frozen=True)
class DbtCommand:
    """A dbt command of a task, taken apart by dbt's own parser.

    Attributes:
        job: the job it belongs to.
        task: the key of its task.
        where: its place.
        name: build, run, deps, ...
        params: dbt's parameters.
    """

    job: str
    task: str
    where: Where
    name: str
    params: dict[str, Any]


def dbt_commands(bundle: Bundle) -> tuple[list[DbtCommand], list[Finding]]:
    """The dbt commands of all jobs; those that dbt does not understand are findings."""
    commands: list[DbtCommand] = []
    findings: list[Finding] = []
    for job in bundle.of_kind("jobs"):
        for index, task in enumerate(as_list(job.value.get("tasks"))):
            dbt = task.get("dbt_task") if isinstance(task, dict) else None
            written = as_list(dbt.get("commands")) if isinstance(dbt, dict) else []
            for number, text in enumerate(written):
                where = job.where("tasks", index, "dbt_task", "commands", number)
                name, params, problem = parse_dbt(str(text))
                if problem:
                    findings.append(
                        Finding(
                            where, f"This is no dbt command: {problem}.", "Correct the command."
                        )
                    )
                else:
                    key = str(task.get("task_key"))
                    commands.append(DbtCommand(job.key, key, where, name, params))
    return commands, findings


def parse_dbt(command: str) -> tuple[str, dict[str, Any], str]:
    """The name and parameters of a dbt command, or what is wrong with it."""
    from dbt.cli.main import cli

    try:
        # A reference has braces, which --vars would take for its own.
        words = shlex.split(REFERENCE.sub("reference", command))
    except ValueError as error:
        return "", {}, f"{error}: {command}"
    if words[:1] != ["dbt"]:
        return "", {}, f"it does not begin with dbt: {command}"
    if len(words) == 1:
        return "", {}, "it says nothing but dbt"
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            context = cli.make_context("dbt", words[1:])
            name, found, rest = cli.resolve_command(
                context, [*context._protected_args, *context.args]
            )
            if found is None or name is None:
                return "", {}, f"there is no command in {command}"
            params = found.make_context(name, list(rest), parent=context).params
    except click.UsageError as error:
        return "", {}, error.format_message().splitlines()[0].rstrip(".")
    except click.exceptions.Exit:
        return "", {}, "it only shows help"
    return name, dict(params), ""
