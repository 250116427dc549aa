"""The command as a whole: find the revisions, build both, compare, show."""

from __future__ import annotations

import tempfile
from pathlib import Path

from orchestration import files as landing_files
from orchestration.console import RunConsole, plural
from orchestration.errors import LakehouseError, os_errors
from orchestration.settings import Settings
from tools.diff.build import Side, build
from tools.diff.compare import compare
from tools.diff.downstream import find_downstream
from tools.diff.draw import Report, print_report, to_markdown
from tools.diff.report import make_report, not_built, unchanged
from tools.diff.revisions import Repository, Revision, repository

PICTURE_WIDTH = 1024


def diff(
    settings: Settings,
    console: RunConsole,
    revision: str,
    *,
    markdown: Path | None = None,
    pictures: Path | None = None,
    scale: float = 1.0,
) -> None:
    """Show what the present state changes in the numbers, compared with a revision.

    Raises:
        LakehouseError: when a revision cannot be found or built; what is known is shown first.
    """
    with repository(settings.project_dir) as git, console:
        base, candidate = git.base(revision), git.working_tree()
        if base.tree == candidate.tree:
            report, broken = unchanged(base, candidate), False
        else:
            settings = _with_files(settings, scale, console)
            report, broken = _compare(settings, git, (base, candidate), pictures, console)
    print_report(report, console.console)
    if markdown:
        with os_errors(f"writing {markdown}"):
            markdown.parent.mkdir(parents=True, exist_ok=True)
            markdown.write_text(to_markdown(report, markdown.parent), encoding="utf-8")
    if broken:
        raise LakehouseError(
            report.headline, "The first table says what fails; correct it and compare again."
        )


def _compare(
    settings: Settings,
    git: Repository,
    revisions: tuple[Revision, Revision],
    pictures: Path | None,
    console: RunConsole,
) -> tuple[Report, bool]:
    """The report, and whether one of the two could not be built."""
    contracts = landing_files.read_contracts(settings.project_dir)
    checked = landing_files.check(settings.landing, contracts)
    files = f"{plural(len(checked.files), 'file')} of {checked.rows:,} rows"
    base, candidate = (build(settings, git, each, checked, console) for each in revisions)
    sides = base, candidate
    if base.broken or candidate.broken:
        return not_built(*revisions, sides, files), True
    console.step("Comparing")
    downstream = find_downstream(settings, *sides)
    report = make_report(*revisions, sides, compare(*sides), downstream, files)
    if pictures:
        console.step("Taking pictures of the dashboard")
        before, after = (
            _pictures(base, pictures / "before"),
            _pictures(candidate, pictures / "after"),
        )
        report.pictures = [
            (sheet, before.get(sheet), after.get(sheet)) for sheet in dict.fromkeys(after | before)
        ]
    return report, False


def _with_files(settings: Settings, scale: float, console: RunConsole) -> Settings:
    """The same settings, with sample files where there are none."""
    if not (settings.landing_is_default and landing_files.is_empty(settings.landing)):
        return settings
    landing = settings.project_dir / ".cache" / "diff" / f"landing-{scale:g}"
    if landing_files.is_empty(landing):
        from sales_sample import write_sample

        console.step(f"There are no files in {settings.landing}: writing sample files to {landing}")
        write_sample(out=landing, scale=scale)
    return settings.model_copy(update={"landing": landing})


def _pictures(side: Side, folder: Path) -> dict[str, Path]:
    """A picture of every sheet of the dashboard, by the name of the sheet."""
    from lvdash import render, screenshot

    dashboard = next(iter((side.project / "dashboards").glob("*.lvdash.json")), None)
    if dashboard is None:
        return {}
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "dashboard.html"
        render(dashboard, side.published, page, schema="gold")
        made = screenshot(page, folder, (PICTURE_WIDTH,))
    return {path.stem.rpartition("-")[0]: path for path in made}
