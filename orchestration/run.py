"""`lakehouse run`: check, lock, build, page, summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration import backfill, dbt, files, loss, runlog, unchanged
from orchestration.console import RunConsole
from orchestration.errors import ExitCode, LakehouseError, from_os_error
from orchestration.lock import require_free_database, run_lock
from orchestration.settings import Settings
from orchestration.stopped import explain

SHOWN = 10
"""Rules to look at that a run's summary names."""

LOCAL = "local"
DATABRICKS = "databricks"


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run."""

    target: str = LOCAL
    full_refresh: bool = False
    accept_loss: bool = False
    """Go on although files have far fewer rows than before, or are gone."""
    wait: float = 0.0
    """Seconds to wait for another run."""
    span: backfill.Span | None = None
    """Order dates to build anew whether anything has changed or not."""


def run(settings: Settings, options: RunOptions, console: RunConsole) -> None:
    """Run bronze, silver and gold, publish, and make the page.

    Nothing is written before the files have been checked and the lock is held; what was published
    stays as it is until everything has passed. The run is written to the run log, however it ends.

    Raises:
        LakehouseError: when something stopped it or failed.
        KeyboardInterrupt: when it was interrupted.
    """
    record = runlog.RunRecord(runlog.now(), options.target, str(settings.landing))
    try:
        with console:
            if options.target == LOCAL:
                _run_local(settings, options, console, record)
            else:
                _build(settings, options, console, record)
        record.result = "ok"
    except LakehouseError as error:
        record.result = "failed" if record.models or record.failed else "stopped"
        record.exit_code, record.message = error.exit_code, error.message
        raise
    except KeyboardInterrupt:
        record.result, record.exit_code = "interrupted", ExitCode.INTERRUPTED
        raise
    except Exception as error:
        record.result, record.exit_code = "failed", ExitCode.BUILD_FAILED
        record.message = f"{type(error).__name__}: {error}"
        raise
    finally:
        record.ended, record.seconds = runlog.now(), round(console.elapsed, 2)
        record.version = runlog.git_version(settings.project_dir)
        _log(settings, record)
        _alert(record, console)
    show_end(settings, options, console, record.unusual)


def _log(settings: Settings, record: runlog.RunRecord) -> None:
    """Write the run down; a run that was stopped before anything was written leaves no folder."""
    if record.result == "stopped" and not settings.warehouse.is_dir():
        return
    try:
        runlog.append(settings.run_log, record)
    except LakehouseError:
        if record.result == "ok":  # otherwise the first error is the one to be told
            raise


def _alert(record: runlog.RunRecord, console: RunConsole) -> None:
    """Tell of a run that failed, or that built something unusual; of an interrupted one nobody."""
    if record.result not in ("ok", "failed", "stopped"):
        return
    if record.result == "ok" and not record.unusual:
        return
    from orchestration import alert

    for problem in alert.send(alert.alert_of(record), alert.AlertSettings()):
        console.warn(problem)


def _run_local(
    settings: Settings, options: RunOptions, console: RunConsole, record: runlog.RunRecord
) -> None:
    contracts = files.read_contracts(settings.project_dir)
    _ = settings.dashboard  # better now than after the build
    needs_sample = settings.landing_is_default and files.is_empty(settings.landing)
    checked = None
    if not needs_sample:
        checked = _check_files(settings, contracts, console)
    with run_lock(settings.warehouse, options.wait, console.warn):
        if checked is None:
            if files.is_empty(settings.landing):
                _write_sample(settings.landing, console)
            checked = _check_files(settings, contracts, console)
        record.files, record.rows = len(checked.files), checked.rows
        # Part of the fingerprint, so written before that is taken.
        _ensure_profiles(settings, console)
        wanted = unchanged.fingerprint(settings, checked)
        if not (options.full_refresh or options.span) and unchanged.is_built(settings, wanted):
            console.step("Nothing has changed since the last run: gold is as it should be")
        else:
            for database in (settings.duckdb, settings.candidate, settings.published):
                _make_folder(database.parent)
            for database in (settings.duckdb, settings.candidate):
                require_free_database(database, options.wait)
            losses, gone = loss.find_losses(settings.duckdb, checked.files, options.full_refresh)
            for sentence in gone:
                console.warn(f"{sentence}; they stay until a run with --full-refresh.")
            if not options.accept_loss:
                loss.require_accepted(losses)
            listed = files.remember(settings.warehouse, settings.landing, checked.files)
            try:
                _build_holding_lock(
                    settings, options, console, record, {files.LIST_VARIABLE: str(listed)}
                )
            except LakehouseError:
                # A file that changed explains a failure better than the model that failed on it.
                files.require_unchanged(settings.landing, checked.files)
                raise
            unchanged.remember(settings, wanted)
        console.step("Making the dashboard")
        for warning in make_page(settings):
            console.warn(warning)


def _check_files(
    settings: Settings, contracts: list[files.Contract], console: RunConsole
) -> files.Listing:
    console.step(f"Checking the files in {settings.landing}")
    checked = files.check(settings.landing, contracts, settings.warehouse)
    new = "" if checked.read == len(checked.files) else f", {checked.read} new"
    console.note(f"{len(checked.files)} files, {checked.rows:,} rows{new}")
    for warning in checked.warnings:
        console.warn(warning)
    return checked


def _ensure_profiles(settings: Settings, console: RunConsole) -> None:
    if dbt.ensure_profiles(settings.project_dir):
        console.note("profiles.yml written from profiles.yml.example")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error(error, f"making the folder {folder}") from error


def _build(
    settings: Settings, options: RunOptions, console: RunConsole, record: runlog.RunRecord
) -> None:
    """Build on a warehouse elsewhere: one run at a time from this folder."""
    with run_lock(settings.warehouse, options.wait, console.warn):
        _ensure_profiles(settings, console)
        if options.target != DATABRICKS:
            _build_holding_lock(settings, options, console, record)
            return
        from orchestration.databricks.session import open_workspace, refresh

        workspace, environment = open_workspace(console)
        _build_holding_lock(settings, options, console, record, environment)
        console.note(f"The dashboard is {refresh(workspace, console)}")


def _build_holding_lock(
    settings: Settings,
    options: RunOptions,
    console: RunConsole,
    record: runlog.RunRecord,
    environment: Mapping[str, str] | None = None,
) -> None:
    if options.span:
        # What a warehouse elsewhere holds is not counted: that would start it for a sentence.
        here = settings.published if options.target == LOCAL else Path()
        console.step(backfill.describe(here, options.span))
    result = _run_dbt(settings, options, console, environment)
    record.models = sum(not node.is_test for node in result.nodes)
    record.tests = sum(node.is_test for node in result.nodes)
    record.failed = [failure.name for failure in result.failures]
    record.unusual = [each.sentence for each in result.unusual]
    if result.nodes:
        console.layers()
    if not result.ok:
        if options.target == DATABRICKS:
            from orchestration.databricks.builds import explained

            raise explained(result)
        error = dbt.to_error(result)
        if options.target == LOCAL:
            error = explain(error, record.failed, settings.candidate)
        raise error


def _run_dbt(
    settings: Settings,
    options: RunOptions,
    console: RunConsole,
    environment: Mapping[str, str] | None,
) -> dbt.BuildResult:
    """Build; on Databricks again while only the way there failed."""

    def build() -> dbt.BuildResult:
        console.step(f"Starting dbt on {options.target}; it reads the project first")
        return dbt.build(
            settings,
            target=options.target,
            full_refresh=options.full_refresh,
            variables=options.span.variables if options.span else {},
            # They prove the code, not the data: for the tests, not for the morning's run.
            leave_out=["unit_test"],
            listener=console,
            extra_environment=environment,
        )

    if options.target != DATABRICKS:
        return build()
    from orchestration.databricks.builds import build_again
    from orchestration.databricks.session import notes

    return build_again(build, report=notes(console))


def _write_sample(landing: Path, console: RunConsole) -> None:
    """Write sample files into an empty landing folder."""
    from sales_sample import write_sample

    console.step(f"There are no files in {landing}: writing sample files")
    try:
        report = write_sample(out=landing)
    except OSError as error:
        raise from_os_error(error, "writing the sample files") from error
    console.note(f"{len(report.files)} files in {report.seconds:.1f} s")


def make_page(settings: Settings) -> list[str]:
    """Make the dashboard from what is published.

    Returns:
        What could not be drawn, in a sentence each.

    Raises:
        LakehouseError: when nothing is published or the page cannot be written.
    """
    from orchestration.published import require_published

    require_published(settings.published)
    from lvdash import render

    try:
        report = render(settings.dashboard, settings.published, settings.page, schema="gold")
    except OSError as error:
        raise from_os_error(error, "writing the dashboard") from error
    return [f"dashboard, {f.where}: {f.what} {f.remedy}" for f in report.findings]


def show_end(
    settings: Settings, options: RunOptions, console: RunConsole, unusual: Sequence[str]
) -> None:
    """The summary of a run that worked, and what was unusual in its build."""
    say = console.console.print
    say()
    if options.target == LOCAL:
        from orchestration.published import counted_rows, read_summary, summary_lines

        summary = read_summary(settings.published)
        for label, text in summary_lines(summary):
            say(f"{label:>10}  {text}")
        for issue in summary.issues[:SHOWN]:
            found = f"{issue.status}: {issue.rule_id}, {counted_rows(issue.rows)}"
            say(f"{'':>10}  {found}. {issue.title}")
        if (more := len(summary.issues) - SHOWN) > 0:
            say(f"{'':>10}  and {more} more; `lakehouse status` shows them all")
        # Of what is published, also when nothing was built.
        unusual = [each.sentence for each in summary.unusual]
    for sentence in unusual:
        say(f"{'unusual':>10}  {sentence}")
    if options.target == LOCAL:
        say(f"{'page':>10}  {settings.page}")
    say(f"{'time':>10}  {console.elapsed:.1f} s")
