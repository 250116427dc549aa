"""Everything about bundle and job that can be known without a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.check.bundle import load
from tools.check.dashboards import check_dashboards
from tools.check.dbt_commands import dbt_commands
from tools.check.findings import Finding
from tools.check.jobs import check_jobs
from tools.check.literals import check_literals
from tools.check.references import check_references
from tools.check.selection import check_selection, parse_manifest
from tools.check.structure import check_structure
from tools.check.targets import check_targets


def check_project(project_dir: Path, manifest: Mapping[str, Any] | None = None) -> list[Finding]:
    """Check the bundle, its job and what the job's dbt commands select.

    Args:
        project_dir: the folder of `databricks.yml` and `dbt_project.yml`.
        manifest: dbt's manifest of the project; without one dbt parses the project first, which
            takes some ten seconds.

    Returns:
        What was found, by file and line; empty when all is well.

    Raises:
        LakehouseError: when dbt cannot parse the project.
    """
    project_dir = project_dir.resolve()
    bundle, findings = load(project_dir)
    findings += check_structure(bundle)
    findings += check_references(bundle)
    findings += check_literals(bundle)
    findings += check_targets(bundle)
    findings += check_jobs(bundle)
    findings += check_dashboards(bundle)
    commands, problems = dbt_commands(bundle)
    findings += problems
    if commands:
        if manifest is None:
            manifest = parse_manifest(project_dir)
        findings += check_selection(bundle, commands, manifest)
    return sorted(set(findings), key=lambda each: (each.where.file, each.where.line, each))
