"""Jobs: what the platform would refuse at the earliest when they run."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from typing import Any

from tools.check.bundle import REFERENCE, Bundle, Resource, as_list, missing_file
from tools.check.cron import cron_problem
from tools.check.environments import check_environments, pinned
from tools.check.findings import Finding, Where

MOST_COMMANDS = 10
# Where a task names a file or folder, relative to the YAML file it stands in.
_FILES = (
    ("notebook_task", "notebook_path"),
    ("spark_python_task", "python_file"),
    ("sql_task", "file", "path"),
)


def check_jobs(bundle: Bundle) -> Iterator[Finding]:
    """Every rule about jobs, on the base and on what each target makes of it."""
    pins = pinned(bundle.folder / "requirements/run.txt")
    base = {each for job in bundle.of_kind("jobs") for each in _job(bundle, job, pins)}
    yield from base
    known = {each.problem for each in base}
    for target in bundle.targets:
        for job in bundle.in_target(target):
            if job.kind != "jobs":
                continue
            where = bundle.root.where(("targets", target, "resources", "jobs", job.key))
            for each in _job(bundle, job, pins):
                if each.problem not in known:
                    yield Finding(where, f"In {target}: {each.problem}", each.remedy)


def _job(bundle: Bundle, job: Resource, pins: dict[str, str]) -> Iterator[Finding]:
    tasks = [task for task in as_list(job.value.get("tasks")) if isinstance(task, dict)]
    yield from _graph(job, tasks)
    yield from _schedule(bundle, job)
    yield from _limits(job)
    yield from check_environments(job, tasks, pins)
    for index, task in enumerate(tasks):
        yield from _task(bundle, job, index, task)


def upstream(bundle: Bundle, job_key: str) -> dict[str, set[str]]:
    """The tasks that have to be done before each task of a job."""
    job = next(each for each in bundle.of_kind("jobs") if each.key == job_key)
    direct = {
        str(task.get("task_key")): _dependencies(task)
        for task in as_list(job.value.get("tasks"))
        if isinstance(task, dict)
    }
    reached: dict[str, set[str]] = {}
    for key in direct:
        ahead, found = list(direct[key]), set[str]()
        while ahead:
            step = ahead.pop()
            if step not in found:
                found.add(step)
                ahead.extend(direct.get(step, ()))
        reached[key] = found
    return reached


def _graph(job: Resource, tasks: list[dict[str, Any]]) -> Iterator[Finding]:
    """Keys that are unique, dependencies that exist and do not go in a circle."""
    keys = [str(task.get("task_key")) for task in tasks]
    if not tasks:
        yield Finding(job.where(), "The job has no tasks.", "Add them.")
    for index, task in enumerate(tasks):
        key = keys[index]
        if keys.index(key) != index:
            yield Finding(
                job.where("tasks", index, "task_key"),
                f"Two tasks are called {key}.",
                "Rename one of them.",
            )
        for number, other in enumerate(as_list(task.get("depends_on"))):
            name = other.get("task_key") if isinstance(other, dict) else other
            if name not in keys:
                yield Finding(
                    job.where("tasks", index, "depends_on", number),
                    f"{key} waits for {name}, which is no task of this job.",
                    f"There are: {', '.join(keys)}.",
                )
    direct = {key: _dependencies(task) for key, task in zip(keys, tasks, strict=True)}
    done: set[str] = set()
    while ready := [key for key in keys if key not in done and direct[key] & set(keys) <= done]:
        done.update(ready)
    circle = [key for key in keys if key not in done]
    if circle:
        yield Finding(
            job.where("tasks", keys.index(circle[0]), "depends_on"),
            f"These tasks wait for each other: {', '.join(circle)}.",
            "Remove the dependency that closes the circle.",
        )


def _dependencies(task: dict[str, Any]) -> set[str]:
    return {
        str(other.get("task_key"))
        for other in as_list(task.get("depends_on"))
        if isinstance(other, dict)
    }


def _schedule(bundle: Bundle, job: Resource) -> Iterator[Finding]:
    """When the job runs: one way of saying it, a right expression, a known time zone."""
    ways = [key for key in ("schedule", "trigger", "continuous", "triggers") if key in job.value]
    if len(ways) > 1:
        yield Finding(
            job.where(ways[1]),
            f"A job has either {' or '.join(ways)}.",
            "Keep one of them.",
        )
    schedule = job.value.get("schedule")
    if not isinstance(schedule, dict):
        return
    expression = schedule.get("quartz_cron_expression")
    if isinstance(expression, str) and not REFERENCE.search(expression):
        problem = cron_problem(expression)
        if problem:
            yield Finding(
                job.where("schedule", "quartz_cron_expression"),
                f"{expression!r} is no Quartz expression: {problem}.",
                'Daily at six is "0 0 6 * * ?": seconds, minutes, hours, day, month, weekday.',
            )
    zone = schedule.get("timezone_id")
    zones = zoneinfo.available_timezones()
    if isinstance(zone, str) and not REFERENCE.search(zone) and zones and zone not in zones:
        yield Finding(
            job.where("schedule", "timezone_id"),
            f"There is no time zone {zone}.",
            "Use a name such as UTC or Europe/Berlin.",
        )
    development = [n for n, t in bundle.targets.items() if t.get("mode") == "development"]
    if schedule.get("pause_status") == "UNPAUSED" and development:
        yield Finding(
            job.where("schedule", "pause_status"),
            f"The schedule would also run in every copy of {', '.join(development)}.",
            "Leave pause_status out: development then pauses it by itself.",
        )


def _limits(job: Resource) -> Iterator[Finding]:
    """Timeouts, retries and health rules that contradict each other."""
    timeout = job.value.get("timeout_seconds")
    health = job.value.get("health")
    rules = as_list(health.get("rules")) if isinstance(health, dict) else []
    for index, rule in enumerate(rules):
        value = rule.get("value") if isinstance(rule, dict) else None
        if not isinstance(value, int) or rule.get("metric") != "RUN_DURATION_SECONDS":
            continue
        if isinstance(timeout, int) and 0 < timeout <= value:
            yield Finding(
                job.where("health", "rules", index, "value"),
                f"The warning after {value} seconds never comes: the run ends after {timeout}.",
                "Warn earlier than timeout_seconds.",
            )
    notifications = job.value.get("email_notifications")
    warned = isinstance(notifications, dict) and notifications.get(
        "on_duration_warning_threshold_exceeded"
    )
    if warned and not rules:
        yield Finding(
            job.where("email_notifications", "on_duration_warning_threshold_exceeded"),
            "Nobody is warned of a slow run: there is no health rule.",
            "Add health.rules with RUN_DURATION_SECONDS.",
        )
    for index, task in enumerate(as_list(job.value.get("tasks"))):
        retries = task.get("max_retries") if isinstance(task, dict) else None
        if isinstance(retries, int) and retries < -1:
            yield Finding(
                job.where("tasks", index, "max_retries"),
                f"max_retries is {retries}.",
                "Use 0 or more, or -1 for without limit.",
            )
        limit = task.get("timeout_seconds") if isinstance(task, dict) else None
        if isinstance(limit, int) and isinstance(timeout, int) and 0 < timeout < limit:
            yield Finding(
                job.where("tasks", index, "timeout_seconds"),
                f"The task may take {limit} seconds, the whole job only {timeout}.",
                "Give the job more, or the task less.",
            )


def _task(bundle: Bundle, job: Resource, index: int, task: dict[str, Any]) -> Iterator[Finding]:
    """What one task does, and whether it can."""
    kinds = [key for key in task if key.endswith("_task")]
    where = job.where("tasks", index)
    key = task.get("task_key")
    if len(kinds) != 1:
        yield Finding(
            where,
            f"The task {key} does {'nothing' if not kinds else ' and '.join(kinds)}.",
            "Give it exactly one kind of task.",
        )
    dbt = task.get("dbt_task")
    if isinstance(dbt, dict):
        yield from _dbt_task(bundle, job, index, task, dbt)
    dashboard = task.get("dashboard_task")
    if isinstance(dashboard, dict) and not dashboard.get("dashboard_id"):
        yield Finding(
            job.where("tasks", index, "dashboard_task"),
            "The task does not say which dashboard.",
            "Write dashboard_id: ${resources.dashboards.<key>.id}.",
        )
    for kind, *inside in _FILES:
        value: Any = task.get(kind)
        for step in inside:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and not REFERENCE.search(value) and not value.startswith("/"):
            yield from missing_file(bundle, job, value, job.where("tasks", index, kind, *inside))


def _dbt_task(
    bundle: Bundle, job: Resource, index: int, task: dict[str, Any], dbt: dict[str, Any]
) -> Iterator[Finding]:
    """The platform's rules for dbt tasks."""

    def where(*inside: str | int) -> Where:
        return job.where("tasks", index, "dbt_task", *inside)

    commands = as_list(dbt.get("commands"))
    if not commands:
        yield Finding(where("commands"), "The task has no dbt commands.", "Add at least one.")
    if len(commands) > MOST_COMMANDS:
        yield Finding(
            where("commands"),
            f"The task has {len(commands)} commands; {MOST_COMMANDS} are allowed.",
            "Build more with one command, or add a task.",
        )
    if "warehouse_id" not in dbt:
        for field in ("catalog", "schema"):
            if field in dbt:
                yield Finding(
                    where(field), f"{field} needs a warehouse_id.", "Add it, or use a profile."
                )
    elif "profiles_directory" in dbt:
        yield Finding(
            where("profiles_directory"),
            "profiles_directory goes only without a warehouse_id.",
            "Remove it: the platform writes the profile.",
        )
    else:
        for field in ("catalog", "schema"):
            if field not in dbt:
                yield Finding(
                    where(),
                    f"Without {field} the tables land where the platform's default is.",
                    f"Add {field} with a variable.",
                )
    if not any(k in task for k in ("environment_key", "existing_cluster_id", "new_cluster")) and (
        "job_cluster_key" not in task
    ):
        yield Finding(
            job.where("tasks", index),
            "There is nothing that dbt itself could run on.",
            "Add environment_key and an environment with dbt-databricks.",
        )
    directory = dbt.get("project_directory")
    if isinstance(directory, str) and not REFERENCE.search(directory):
        yield from missing_file(
            bundle, job, f"{directory}/dbt_project.yml", where("project_directory")
        )
