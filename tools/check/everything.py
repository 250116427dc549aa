"""`lakehouse check`: bundle and job, dashboard and Genie space together."""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.check.findings import Finding, Where
from tools.check.project import check_project

#: Stands for the catalog where the space is only looked at.
ANY_CATALOG = "catalog"


def check_everything(project_dir: Path) -> list[Finding]:
    """Everything that can be checked without a workspace; [] when nothing is wrong.

    Raises:
        LakehouseError: when a file cannot be read at all.
    """
    return [
        *check_project(project_dir),
        *_check_dashboards(project_dir),
        *_check_space(project_dir),
    ]


def published_columns(project_dir: Path) -> dict[str, set[str]]:
    """The columns of each gold table."""
    columns: dict[str, set[str]] = {}
    for path in sorted((project_dir / "models" / "marts").rglob("*.yml")):
        documented = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for model in documented.get("models", []):
            names = {column["name"] for column in model.get("columns", [])}
            if names:
                columns[model["name"]] = names
    return columns


def _check_dashboards(project_dir: Path) -> list[Finding]:
    from lvdash import lint

    columns = published_columns(project_dir)
    return [
        Finding(Where(f"dashboards/{path.name}", found.where), found.what, found.remedy)
        for path in sorted((project_dir / "dashboards").glob("*.lvdash.json"))
        for found in lint(path, columns)
    ]


def _check_space(project_dir: Path) -> list[Finding]:
    from orchestration.genie import check_space

    return [
        Finding(Where(file.as_posix(), found.where), found.what, found.remedy)
        for file, findings in check_space(project_dir).items()
        for found in findings
    ]
