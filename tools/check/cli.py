"""`lakehouse check`."""

from __future__ import annotations

import typer


def check() -> None:
    """Check bundle, job, dashboard and Genie space without a workspace."""
    from orchestration.settings import load_settings
    from tools.check.everything import check_everything

    findings = check_everything(load_settings().project_dir)
    for finding in findings:
        typer.echo(str(finding))
    typer.echo(f"{len(findings)} findings." if findings else "All checks passed.")
    if findings:
        raise typer.Exit(1)
