"""`lakehouse run` around the build: what it does before and after, and what it says of it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb
import pytest

import lvdash
from orchestration import dbt, run
from orchestration.console import RunConsole, Terminal
from orchestration.databricks import dashboard, workspace
from orchestration.errors import ExitCode, LakehouseError
from orchestration.notes import read_note
from orchestration.run import RunOptions, Span
from orchestration.settings import Settings, load_settings
from orchestration.status import LastRun, read_status, show_status
from tests.python.conftest import PROJECT
from tests.python.test_published import ANOMALIES, publish

JANUARY = Span(date(2026, 1, 1), date(2026, 1, 31))
ANOMALY = {
    "monitor": "freshness",
    "subject": "erp_locations",
    "measured_on": None,
    "measured": "3",
    "usual": None,
    "highest": "2",
}


@pytest.fixture
def fresh(tmp_path: Path, small_landing: Path) -> Settings:
    """A project as a clone has it, without profiles.yml."""
    root = tmp_path / "project"
    for name in ("models", "macros", "dashboards"):
        shutil.copytree(PROJECT / name, root / name)
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(PROJECT / name, root)
    return load_settings(
        project_dir=root,
        landing=small_landing,
        duckdb=tmp_path / "warehouse" / "lakehouse.duckdb",
        published=tmp_path / "warehouse" / "published.duckdb",
        site=tmp_path / "site",
    )


class Builds:
    """Takes the place of dbt: publishes a small file, or does what a test wants instead."""

    def __init__(self) -> None:
        self.count = 0
        self.command: tuple[str, ...] = ()
        self.variables: dict[str, str] = {}
        self.instead: Callable[[], dbt.BuildResult] | None = None

    def __call__(
        self, settings: Settings, command: tuple[str, ...], *_: object, **arguments: object
    ) -> dbt.BuildResult:
        self.count += 1
        self.command = tuple(command)
        self.variables = arguments["variables"]  # type: ignore[assignment]
        if self.instead:
            return self.instead()
        publish(settings.published)
        duckdb.connect(str(settings.duckdb)).close()
        return dbt.BuildResult([dbt.NodeResult("a")], answers={"anomalies": [ANOMALY]})


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Builds:
    builds = Builds()
    monkeypatch.setattr(dbt, "run", builds)

    def render(definition: Path, database: Path, out: Path, **_: str) -> lvdash.RenderReport:
        out.write_text(f"The page of {database.stat().st_ino}")
        return lvdash.RenderReport(out)

    monkeypatch.setattr(lvdash, "render", render)
    return builds


def start(settings: Settings, options: RunOptions | None = None) -> str:
    """Run; what was printed."""
    console = RunConsole(Terminal(record=True, width=200, file=io.StringIO()))
    try:
        run.run(settings, options or RunOptions(), console)
    finally:
        said: str = console.console.export_text()
    return said


def refused(settings: Settings, options: RunOptions | None = None) -> LakehouseError:
    with pytest.raises(LakehouseError) as caught:
        start(settings, options)
    return caught.value


def failing() -> dbt.BuildResult:
    failed = dbt.NodeResult("fact_sales", status="error", message="Binder Error: no column")
    return dbt.BuildResult([failed], ok=False)


def test_the_second_run_builds_nothing_until_something_changes(
    fresh: Settings, builds: Builds
) -> None:
    assert "20,001" in start(fresh)
    page = fresh.page.stat().st_ino
    assert "Nothing has changed since the last run." in start(fresh)
    assert builds.count == 1
    assert fresh.page.stat().st_ino == page, "the page is as it was"
    fresh.page.unlink()
    start(fresh)
    assert fresh.page.is_file()
    assert builds.count == 1
    (fresh.project_dir / "dbt_project.yml").touch()
    builds.instead = failing
    refused(fresh)
    # What failed, or was killed, on the way is not taken for built.
    assert refused(fresh).exit_code == ExitCode.BUILD_FAILED
    builds.instead = None
    start(fresh)
    assert builds.count == 4


def test_new_files_build_only_what_they_reach(fresh: Settings, builds: Builds) -> None:
    sales = fresh.landing / "source_crm" / "sales_details.csv"
    start(fresh)
    assert builds.command == dbt.BUILD, "nothing is known to be built"
    sales.touch()
    assert "New files for crm_sales_details; what they do not reach stays" in start(fresh)
    assert builds.command == (*dbt.BUILD, *dbt.downstream_of(["crm_sales_details"]))
    start(fresh, RunOptions(span=JANUARY))
    assert builds.command == dbt.BUILD
    (fresh.project_dir / "dbt_project.yml").touch()
    sales.touch()
    start(fresh)
    assert builds.command == dbt.BUILD, "another project"
    sales.touch()
    builds.instead = failing
    refused(fresh)
    builds.instead = None
    start(fresh)
    assert builds.command == dbt.BUILD, "the last build failed"


def test_an_error_says_what_is_published(
    fresh: Settings, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds.instead = failing
    assert "Nothing is published." in refused(fresh).remedy
    builds.instead = None
    start(fresh)
    again = RunOptions(full_refresh=True)
    builds.instead = failing
    assert "What was published before is unchanged." in refused(fresh, again).remedy

    def interrupt() -> dbt.BuildResult:
        raise KeyboardInterrupt

    builds.instead = interrupt
    error = refused(fresh, again)
    assert (error.exit_code, error.message) == (130, "The run was interrupted.")
    assert "unchanged" in error.remedy
    last = read_note(fresh.last_run, LastRun)
    assert last is not None
    assert (last.result, last.exit_code) == ("interrupted", 130)

    def full(*_: object, **__: object) -> lvdash.RenderReport:
        raise OSError(28, "No space left on device", "page")

    builds.instead = None
    page = fresh.page.read_text()
    monkeypatch.setattr(lvdash, "render", full)
    error = refused(fresh, again)
    assert error.exit_code == ExitCode.IO
    assert "The new tables are published; the page may still show the ones before." in error.remedy
    assert fresh.page.read_text() == page
    assert [path.name for path in fresh.site.iterdir()] == ["dashboard.html"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("success", "are published"),
        ("error", "Some of the new tables may be"),
        ("skipped", "unchanged"),
    ],
)
def test_elsewhere_the_publication_says_what_is_published(
    fresh: Settings, builds: Builds, status: str, words: str
) -> None:
    builds.instead = lambda: dbt.BuildResult(
        [*failing().nodes, dbt.NodeResult("publish", layer="publish", status=status)], ok=False
    )
    assert words in refused(fresh, RunOptions("another")).remedy


@pytest.mark.parametrize("refreshes", [True, False])
def test_a_metric_view_that_fails_does_not_keep_the_dashboard_from_its_refresh(
    fresh: Settings,
    builds: Builds,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refreshes: bool,
) -> None:
    def refresh(workspace: object, console: RunConsole) -> str:
        if not refreshes:
            raise LakehouseError("It is in the trash.")
        console.note("refreshed")
        return "https://x"

    reached = workspace.Workspace(mock.Mock(), "https://x", "w1", "sales", "default")
    monkeypatch.setattr(workspace, "open_workspace", lambda console: reached)
    monkeypatch.setattr(dashboard, "refresh", refresh)
    failed = dbt.NodeResult("sales_metrics", status="error", message="[PARSE_SYNTAX_ERROR]")
    publication = dbt.NodeResult("publish", layer="publish")
    builds.instead = lambda: dbt.BuildResult([publication, failed], ok=False)
    console = RunConsole(Terminal(record=True, width=200, file=io.StringIO()))
    with pytest.raises(LakehouseError) as caught:
        run.run(fresh, RunOptions("databricks"), console)
    said = console.console.export_text()
    assert caught.value.exit_code == ExitCode.BUILD_FAILED
    assert "sales_metrics" in caught.value.message
    published = "The new tables are published; sales_metrics is as before."
    assert published in caught.value.remedy
    assert ("The dashboard is refreshed." in caught.value.remedy) is refreshes
    assert ("refreshed" if refreshes else "not refreshed: It is in the trash.") in said
    show_status(read_status(fresh), Terminal(width=200))
    shown = capsys.readouterr().out
    assert "failed on databricks" in shown
    assert published in shown


def test_the_page_is_for_its_owner_and_a_damaged_file_keeps_it(
    fresh: Settings, builds: Builds, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(fresh)
    assert fresh.page.stat().st_mode & 0o777 == 0o600
    fresh.page.chmod(0o644)
    run.make_page(fresh)
    assert fresh.page.stat().st_mode & 0o777 == 0o644, "somebody wants others to read it"

    monkeypatch.undo()
    page = fresh.page.read_text()
    with fresh.published.open("r+b") as file:
        file.truncate(fresh.published.stat().st_size // 2)
    with pytest.raises(LakehouseError) as caught:
        run.make_page(fresh)
    assert caught.value.exit_code == ExitCode.IO
    assert fresh.page.read_text() == page


def test_a_run_that_was_stopped_early_is_seen_and_an_alert_is_sent(
    fresh: Settings,
    builds: Builds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mail = tmp_path / "mail"
    fresh.alert_command = f"cat >> '{mail}'"
    monkeypatch.setenv("DBT_RESOURCE_TYPES", "model")
    said = start(fresh)
    assert "DBT_RESOURCE_TYPES in the environment: not passed on to dbt." in said
    assert f"anomaly  {ANOMALIES[0]}" in said
    assert "published anomalies" in mail.read_text()
    assert ANOMALIES[0] in mail.read_text()
    start(fresh)
    assert mail.read_text().count("Sales lakehouse") == 1, "nothing was built: no alert"

    (fresh.landing / "source_erp" / "LOC_A101.csv").write_bytes(b"CID,CNTRY\nA,B\nA,B,C\n")
    assert refused(fresh).exit_code == ExitCode.BAD_INPUT
    assert "LOC_A101.csv, line 3" in mail.read_text()
    show_status(read_status(fresh), Terminal(width=200))
    shown = capsys.readouterr().out
    assert "stopped on local" in shown
    assert "LOC_A101.csv, line 3" in shown
    fresh.last_run.write_text('{"started": "20')
    assert read_note(fresh.last_run, LastRun) is None, "a torn record is no record"


def test_a_span_is_reprocessed(fresh: Settings, builds: Builds) -> None:
    said = start(fresh, RunOptions(span=JANUARY))
    assert "Reprocessing orders dated 2026-01-01 to 2026-01-31" in said
    assert builds.variables == {"rebuild_from": "2026-01-01", "rebuild_to": "2026-01-31"}
    assert "13,334 orders with 13,335 lines" in start(fresh, RunOptions(span=JANUARY))
    assert Span.read(None, None) is None
    assert str(Span.read(date(2026, 1, 1), None)) == "from 2026-01-01"
    assert str(Span.read(None, date(2026, 1, 31))) == "up to 2026-01-31"
    for first, last, all_of_it in (
        (date(2026, 2, 1), date(2026, 1, 1), False),
        (date(2026, 1, 1), None, True),
    ):
        with pytest.raises(LakehouseError) as caught:
            Span.read(first, last, all_of_it)
        assert caught.value.exit_code == ExitCode.USAGE
