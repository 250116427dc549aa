"""All checks in their order: the bundle, the dashboards, the Genie space, the dbt commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import yaml

from orchestration.errors import Finding
from tools.check.bundle import Bundle, load
from tools.check.dbt_selection import Dbt, check_selection, check_selectors
from tools.check.fields import check_fields
from tools.check.jobs import check_jobs
from tools.check.literals import check_literals
from tools.check.references import check_references, check_unused
from tools.check.targets import check_dashboards, check_target

_Rule = Callable[[Bundle], Iterable[Finding]]
_RULES: tuple[_Rule, ...] = (
    check_fields,
    check_references,
    check_literals,
    check_target,
    check_jobs,
    check_dashboards,
)


def check_bundle(project_dir: Path) -> list[Finding]:
    """Check every target of `databricks.yml`, merged as Databricks merges it."""
    bundles, findings = load(project_dir.resolve())
    return _sorted([*findings, *check_unused(bundles), *_in_targets(bundles, _RULES)])


def check_dbt(project_dir: Path, dbt: Dbt | None = None) -> list[Finding]:
    """Check what the dbt commands of the jobs build; without a parsed project it is parsed first.

    Raises:
        LakehouseError: if dbt cannot parse the project.
    """
    bundles, _ = load(project_dir.resolve())
    parsed = dbt or Dbt(project_dir.resolve())
    selection = _in_targets(bundles, (lambda bundle: check_selection(bundle, parsed),))
    return _sorted([*check_selectors(parsed), *selection])


def check_dashboard_files(project_dir: Path) -> Iterator[Finding]:
    """Lint the dashboards against the documented columns of gold."""
    from lvdash import LvdashError, Tables, lint

    columns: dict[str, set[str]] = {}
    for path in sorted((project_dir / "models" / "marts").rglob("*.yml")):
        for model in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            columns[model["name"]] = {column["name"] for column in model.get("columns", [])}
    tables = Tables({name: names for name, names in columns.items() if names}, schema="gold")
    for path in sorted((project_dir / "dashboards").glob("*.lvdash.json")):
        file = f"dashboards/{path.name}"
        try:
            for found in lint(path, tables, portable=True):
                yield Finding(f"{file} {found.where}", found.what, found.remedy)
        except LvdashError as error:
            yield Finding(file, error.message, error.remedy)


def check_space(project_dir: Path) -> list[Finding]:
    """Lint the Genie space, and compare the resource with its sources."""
    from orchestration import genie

    return [
        Finding(f"{file.as_posix()} {found.where}".rstrip(), found.what, found.remedy)
        for file, findings in genie.check_space(project_dir).items()
        for found in findings
    ]


#: What `lakehouse check` says it is doing, and the function that does it.
STEPS: tuple[tuple[str, Callable[[Path], Iterable[Finding]]], ...] = (
    ("bundle", check_bundle),
    ("dashboards", check_dashboard_files),
    ("Genie space", check_space),
    ("dbt commands", check_dbt),
)


def _in_targets(bundles: list[Bundle], rules: tuple[_Rule, ...]) -> Iterator[Finding]:
    """The findings of all targets; one that not all of them have names its targets."""
    targets: dict[Finding, list[str]] = {}
    for bundle in bundles:
        for finding in dict.fromkeys(f for rule in rules for f in rule(bundle)):
            targets.setdefault(finding, []).append(bundle.target)
    for finding, names in targets.items():
        prefix = f"In {', '.join(names)}: " if len(names) < len(bundles) else ""
        yield Finding(finding.where, prefix + finding.text, finding.remedy)


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """By file and line."""

    def order(finding: Finding) -> tuple[str, int, str]:
        match = re.match(r"([^:]*):(\d+)", finding.where)
        file, line = (match[1], int(match[2])) if match else (finding.where, 0)
        return file, line, str(finding)

    return sorted(set(findings), key=order)
