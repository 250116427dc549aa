"""The command as a whole: resolve, build both, compare, show."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from orchestration import files as landing_files
from orchestration.console import RunConsole, plural
from orchestration.errors import LakehouseError, from_os_error
from orchestration.settings import Settings
from tools.diff.build import Side, build
from tools.diff.compare import compare
from tools.diff.downstream import find_downstream
from tools.diff.report import (
    Report,
    make_report,
    not_built,
    print_report,
    to_markdown,
    unchanged,
)
from tools.diff.revisions import Repository

PICTURE_WIDTH = 1024


@dataclass(frozen=True)
class Options:
    """What the command line says about a comparison."""

    revision: str = "main"
    markdown: Path | None = None
    """Where to write the report for a pull request."""
    pictures: Path | None = None
    """The folder for pictures of the dashboard before and after."""
    scale: float = 1.0
    """Of the sample that is used when there are no files."""


def diff(settings: Settings, options: Options, console: RunConsole) -> None:
    """Show what the present state changes in the numbers, compared with a revision.

    Raises:
        LakehouseError: when a revision cannot be found or built; what is known is shown first.
    """
    with Repository(settings.project_dir) as repository, console:
        base, candidate = repository.base(options.revision), repository.working_tree()
        if base.tree == candidate.tree:
            report, broken = unchanged(base, candidate), False
        else:
            settings = _with_files(settings, options.scale, console)
            checked = landing_files.check(
                settings.landing, landing_files.read_contracts(settings.project_dir)
            )
            files = f"{plural(len(checked.files), 'file')} of {checked.rows:,} rows"
            sides = (
                build(settings, repository, base, checked, console),
                build(settings, repository, candidate, checked, console),
            )
            broken = any(side.broken for side in sides)
            if broken:
                report = not_built(base, candidate, sides, files)
            else:
                console.step("Comparing")
                downstream = find_downstream(settings, *sides)
                report = make_report(base, candidate, sides, compare(*sides), downstream, files)
                if options.pictures:
                    console.step("Taking pictures of the dashboard")
                    report.pictures = _pictures(sides, options.pictures)
    print_report(report, console.console)
    if options.markdown:
        _write(report, options.markdown)
    if broken:
        raise LakehouseError(
            report.headline, "The first table says what fails; correct it and compare again."
        )


def _with_files(settings: Settings, scale: float, console: RunConsole) -> Settings:
    """The same settings, with sample files where there are none."""
    if not (settings.landing_is_default and landing_files.is_empty(settings.landing)):
        return settings
    landing = settings.project_dir / ".cache" / "diff" / f"landing-{scale:g}"
    if landing_files.is_empty(landing):
        from sales_sample import write_sample

        console.step(f"There are no files in {settings.landing}: writing sample files aside")
        write_sample(out=landing, scale=scale)
    return settings.model_copy(update={"landing": landing})


def _pictures(sides: tuple[Side, Side], folder: Path) -> list[tuple[str, Path | None, Path | None]]:
    """A picture of every sheet of both, by the name of the sheet."""
    from lvdash import render, screenshot

    taken: list[dict[str, Path]] = []
    for name, side in (("before", sides[0]), ("after", sides[1])):
        dashboard = next(iter((side.project / "dashboards").glob("*.lvdash.json")), None)
        if dashboard is None:
            taken.append({})
            continue
        with tempfile.TemporaryDirectory() as aside:
            page = Path(aside) / "dashboard.html"
            render(side.published, page, dashboard)
            made = screenshot(page, folder / name, (PICTURE_WIDTH,))
        taken.append({path.stem.rpartition("-")[0]: path for path in made})
    before, after = taken
    return [(sheet, before.get(sheet), after.get(sheet)) for sheet in dict.fromkeys(after | before)]


def _write(report: Report, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_markdown(report, path.parent), encoding="utf-8")
    except OSError as error:
        raise from_os_error(error, f"writing {path}") from error
