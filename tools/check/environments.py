"""The environments of a job: defined, used, and with the versions that were tested here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.check.bundle import REFERENCE, Resource, as_list
from tools.check.findings import Finding

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)(\[[\w,.-]+\])?\s*==\s*([\w.!+-]+)")


def check_environments(
    job: Resource, tasks: list[dict[str, Any]], pins: dict[str, str]
) -> Iterator[Finding]:
    """Environment keys that are defined and used, and versions as in requirements/run.txt."""
    environments = [e for e in as_list(job.value.get("environments")) if isinstance(e, dict)]
    defined = [str(each.get("environment_key")) for each in environments]
    for index, task in enumerate(tasks):
        key = task.get("environment_key")
        if key is not None and key not in defined:
            yield Finding(
                job.where("tasks", index, "environment_key"),
                f"There is no environment {key}.",
                f"Defined are: {', '.join(defined) or 'none'}.",
            )
    used = {task.get("environment_key") for task in tasks}
    for index, environment in enumerate(environments):
        key = defined[index]
        if key not in used:
            yield Finding(
                job.where("environments", index),
                f"No task uses the environment {key}.",
                "Remove it, or correct the tasks' environment_key.",
            )
        if defined.index(key) != index:
            yield Finding(
                job.where("environments", index),
                f"Two environments are called {key}.",
                "Rename one of them.",
            )
        spec = environment.get("spec")
        dependencies = as_list(spec.get("dependencies")) if isinstance(spec, dict) else []
        for number, dependency in enumerate(dependencies):
            problem = _version_problem(str(dependency), pins)
            if problem:
                where = job.where("environments", index, "spec", "dependencies", number)
                yield Finding(where, *problem)


def pinned(file: Path) -> dict[str, str]:
    """The versions in requirements/run.txt by normalised name."""
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    found = (_REQUIREMENT.match(line) for line in lines)
    return {_normalised(match[1]): match[3] for match in found if match}


def _version_problem(dependency: str, pins: dict[str, str]) -> tuple[str, str] | None:
    """Whether the job would run with another version than the tests did."""
    if REFERENCE.search(dependency) or "/" in dependency or dependency.startswith("-"):
        return None
    match = _REQUIREMENT.match(dependency)
    name = _normalised(re.split(r"[\[=<>~! ]", dependency, maxsplit=1)[0])
    known = pins.get(name)
    if known is None:
        return (
            f"{name} is not in requirements/run.txt, so nothing here was tried with it.",
            "Add it to requirements/run.in, or remove it from the job.",
        )
    if match is None:
        return f"{dependency} is not pinned.", f"Write {name}=={known}."
    if match[3] != known:
        return (
            f"The job takes {name} {match[3]}, requirements/run.txt {known}.",
            f"Write {name}=={known}.",
        )
    return None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
