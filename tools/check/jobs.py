"""Jobs: what the platform would refuse only when they run."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from packaging.utils import canonicalize_name

from orchestration.errors import Finding
from tools.check.bundle import REFERENCE, Bundle
from tools.check.cron import cron_problem
from tools.check.source import Map, leaves, place
from tools.check.targets import missing_file

MOST_COMMANDS = 10
PINS = "requirements/run.txt"
# What a run fills in, and a command or a setting may read.
_PARAMETER = re.compile(r"\{\{\s*job\.parameters\.([\w-]+)\s*\}\}")
_REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[\w,.-]+\])?\s*==\s*([\w.!+-]+)")
# Where a task names a file, relative to the YAML file it stands in.
_FILES = (
    ("notebook_task", "notebook_path"),
    ("spark_python_task", "python_file"),
    ("sql_task", "file", "path"),
)


def waits_for(job: Map) -> dict[str, set[str]]:
    """The tasks that each task names in `depends_on`."""
    return {
        str(task.get("task_key")): {str(e.get("task_key")) for e in task.mappings("depends_on")}
        for task in job.mappings("tasks")
    }


def check_jobs(bundle: Bundle) -> Iterator[Finding]:
    """Every rule about jobs."""
    pins = _pins(bundle.folder / PINS)
    for job in bundle.resources("jobs").values():
        yield from _graph(job)
        yield from _schedule(bundle, job)
        yield from _limits(job)
        yield from _environments(job, pins)
        yield from _parameters(job)
        for task in job.mappings("tasks"):
            yield from _task(bundle, task)


def _graph(job: Map) -> Iterator[Finding]:
    """Keys that are unique, dependencies that exist and do not go in a circle."""
    tasks, graph = job.mappings("tasks"), waits_for(job)
    if not tasks:
        yield Finding(job.here, "The job has no tasks.", "Add them.")
    seen: set[str] = set()
    for task in tasks:
        key, at = str(task.get("task_key")), place(task, "task_key")
        if key in seen:
            yield Finding(at, f"Two tasks are called {key}.", "Rename one of them.")
        seen.add(key)
        for name in graph[key] - set(graph):
            yield Finding(
                place(task, "depends_on"),
                f"{key} waits for {name}, which is no task of this job.",
                f"There are: {', '.join(graph)}.",
            )
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield Finding(
            place(job, "tasks"),
            f"These tasks wait for each other: {', '.join(sorted(set(error.args[1])))}.",
            "Remove the dependency that closes the circle.",
        )


def _schedule(bundle: Bundle, job: Map) -> Iterator[Finding]:
    """When the job runs: one way of saying it, a valid expression, a known time zone."""
    ways = [key for key in ("schedule", "trigger", "continuous") if key in job]
    if len(ways) > 1:
        what = f"A job has either {' or '.join(ways)}."
        yield Finding(place(job, ways[1]), what, "Keep one of them.")
    schedule = job.mapping("schedule")
    expression = bundle.resolved(schedule.get("quartz_cron_expression"))
    if isinstance(expression, str) and not REFERENCE.search(expression):
        problem = cron_problem(expression)
        if problem:
            yield Finding(
                place(schedule, "quartz_cron_expression"),
                f"{expression!r} is no Quartz expression: {problem}.",
                'Daily at six is "0 0 6 * * ?": seconds, minutes, hours, day, month, weekday.',
            )
    zone = bundle.resolved(schedule.get("timezone_id"))
    if isinstance(zone, str) and not REFERENCE.search(zone) and not _is_zone(zone):
        yield Finding(
            place(schedule, "timezone_id"),
            f"There is no time zone {zone}.",
            "Use a name such as UTC or Europe/Berlin.",
        )
    if schedule.get("pause_status") == "UNPAUSED" and bundle.data.get("mode") == "development":
        yield Finding(
            place(schedule, "pause_status"),
            f"The schedule would also run in every copy of {bundle.target}.",
            "Leave pause_status out: development then pauses it by itself.",
        )


@functools.cache
def _is_zone(name: str) -> bool:
    # A machine without time zone data knows no names at all.
    zones = zoneinfo.available_timezones()
    return name in zones or not zones


def _limits(job: Map) -> Iterator[Finding]:
    """Timeouts, retries and health rules that contradict each other."""
    timeout = _number(job, "timeout_seconds")
    rules = job.mapping("health").mappings("rules")
    for rule in rules:
        value = _number(rule, "value")
        if 0 < timeout <= value and rule.get("metric") == "RUN_DURATION_SECONDS":
            yield Finding(
                place(rule, "value"),
                f"The warning after {value} seconds never comes: the run ends after {timeout}.",
                "Warn earlier than timeout_seconds.",
            )
    slow = "on_duration_warning_threshold_exceeded"
    notifications = job.mapping("email_notifications")
    if notifications.get(slow) and not rules:
        yield Finding(
            place(notifications, slow),
            "No warning of a slow run is sent: there is no health rule.",
            "Add health.rules with RUN_DURATION_SECONDS.",
        )
    for task in job.mappings("tasks"):
        if (retries := _number(task, "max_retries")) < -1:
            remedy = "Use 0 or more, or -1 for without limit."
            yield Finding(place(task, "max_retries"), f"max_retries is {retries}.", remedy)
        if 0 < timeout < (limit := _number(task, "timeout_seconds")):
            yield Finding(
                place(task, "timeout_seconds"),
                f"The task may take {limit} seconds, the whole job only {timeout}.",
                "Give the job more, or the task less.",
            )


def _number(settings: Map, key: str) -> int:
    value = settings.get(key)
    return value if isinstance(value, int) else 0


def _environments(job: Map, pins: dict[str, str]) -> Iterator[Finding]:
    """Environment keys that are defined and used, and versions as in requirements/run.txt."""
    environments = job.mappings("environments")
    defined = [str(each.get("environment_key")) for each in environments]
    used = {
        str(task["environment_key"]): place(task, "environment_key")
        for task in job.mappings("tasks")
        if task.get("environment_key") is not None
    }
    for key in used.keys() - {*defined}:
        remedy = f"Defined are: {', '.join(defined) or 'none'}."
        yield Finding(used[key], f"There is no environment {key}.", remedy)
    for index, environment in enumerate(environments):
        key, at = defined[index], environment.here
        if key not in used:
            remedy = "Remove it, or correct the tasks' environment_key."
            yield Finding(at, f"No task uses the environment {key}.", remedy)
        if key in defined[:index]:
            yield Finding(at, f"Two environments are called {key}.", "Rename one of them.")
        dependencies = environment.mapping("spec").items_of("dependencies")
        for number, dependency in enumerate(dependencies):
            if problem := _version_problem(str(dependency), pins):
                yield Finding(place(environment, "spec", "dependencies", number), *problem)


def _parameters(job: Map) -> Iterator[Finding]:
    """Parameters that a task reads and the job does not declare, and the other way round."""
    declared = {str(each.get("name")): place(each, "name") for each in job.mappings("parameters")}
    read = {name: at for _, at, value in leaves(job) for name in _PARAMETER.findall(str(value))}
    for name in read.keys() - declared.keys():
        remedy = f"Declare it under parameters; there are: {', '.join(declared) or 'none'}."
        yield Finding(read[name], f"The job has no parameter {name}.", remedy)
    for name in declared.keys() - read.keys():
        yield Finding(declared[name], f"No task reads the parameter {name}.", "Remove it.")


def _pins(file: Path) -> dict[str, str]:
    """The pinned versions by package."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {canonicalize_name(m[1]): m[2] for m in map(_REQUIREMENT.match, lines) if m}


def _version_problem(dependency: str, pins: dict[str, str]) -> tuple[str, str] | None:
    """Whether the job would run with another version than the tests did."""
    if REFERENCE.search(dependency) or "/" in dependency or dependency.startswith("-"):
        return None
    match = _REQUIREMENT.match(dependency)
    name = canonicalize_name(re.split(r"[\[=<>~! ]", dependency, maxsplit=1)[0])
    known = pins.get(name)
    if known is None:
        what = f"{name} is not in {PINS}, so nothing here was tested with it."
        return what, "Add it to requirements/run.in, or remove it from the job."
    if match is None:
        return f"{dependency} is not pinned.", f"Write {name}=={known}."
    if match[2] != known:
        return f"The job takes {name} {match[2]}, {PINS} {known}.", f"Write {name}=={known}."
    return None


def _task(bundle: Bundle, task: Map) -> Iterator[Finding]:
    """What one task does, and whether it can."""
    kinds = [key for key in task if key.endswith("_task")]
    if len(kinds) != 1:
        yield Finding(
            place(task, "task_key"),
            f"The task {task.get('task_key')} does {' and '.join(kinds) or 'nothing'}.",
            "Give it exactly one kind of task.",
        )
    if "dbt_task" in task:
        yield from _dbt_task(bundle, task, task.mapping("dbt_task"))
    if "dashboard_task" in task and not task.mapping("dashboard_task").get("dashboard_id"):
        yield Finding(
            place(task, "dashboard_task"),
            "The task does not say which dashboard.",
            "Write dashboard_id: ${resources.dashboards.<key>.id}.",
        )
    for kind, *inside in _FILES:
        settings = task.mapping(kind)
        for step in inside[:-1]:
            settings = settings.mapping(step)
        yield from missing_file(bundle, place(task, kind, *inside), settings.get(inside[-1]))


def _dbt_task(bundle: Bundle, task: Map, dbt: Map) -> Iterator[Finding]:
    """The platform's rules for dbt tasks."""
    at = place(task, "dbt_task")
    commands = dbt.items_of("commands")
    if not commands:
        yield Finding(at, "The task has no dbt commands.", "Add at least one.")
    if len(commands) > MOST_COMMANDS:
        yield Finding(
            place(dbt, "commands"),
            f"The task has {len(commands)} commands; {MOST_COMMANDS} are allowed.",
            "Build more with one command, or add a task.",
        )
    for field in ("catalog", "schema"):
        if field in dbt and "warehouse_id" not in dbt:
            remedy = "Add it, or use a profile."
            yield Finding(place(dbt, field), f"{field} needs a warehouse_id.", remedy)
        if field not in dbt and "warehouse_id" in dbt and "profiles_directory" not in dbt:
            what = f"Without {field} the tables land where the platform's default is."
            yield Finding(at, what, f"Add {field} with a variable.")
    if "warehouse_id" in dbt and "profiles_directory" in dbt:
        yield Finding(
            place(dbt, "profiles_directory"),
            "profiles_directory goes only without a warehouse_id.",
            "Remove it: the platform writes the profile.",
        )
    compute = ("environment_key", "existing_cluster_id", "new_cluster", "job_cluster_key")
    if not any(key in task for key in compute):
        yield Finding(
            at,
            "There is nothing that dbt itself could run on.",
            "Add environment_key and an environment with dbt-databricks.",
        )
    if isinstance(folder := dbt.get("project_directory"), str):
        file = f"{folder.rstrip('/')}/dbt_project.yml"
        yield from missing_file(bundle, place(dbt, "project_directory"), file)
