"""`lakehouse run`: check the files, build, publish, make the page, show the key figures."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from orchestration import dbt, files, loss, published, unchanged
from orchestration.console import RunConsole, plural
from orchestration.errors import ExitCode, LakehouseError, os_errors
from orchestration.failures import QUESTIONS, error_of_build
from orchestration.lock import require_free_database, run_lock
from orchestration.notes import write_note
from orchestration.settings import Settings
from orchestration.status import LastRun

SHOWN = 10
"""Rules that raised warnings, named in a run's summary."""
LOCAL = "local"
DATABRICKS = "databricks"
OPEN_START, OPEN_END = date(1, 1, 1), date(9999, 12, 31)
ANOMALIES = dbt.Question("anomalies", [published.MONITORS], published.ANOMALIES, of_success=True)


@dataclass(frozen=True)
class Span:
    """Order dates to reprocess: the first and the last day, both included; open when not given."""

    first: date
    last: date

    @classmethod
    def read(cls, first: date | None, last: date | None, full_refresh: bool = False) -> Span | None:
        """The span that the command line gives; None when it gives none.

        Raises:
            LakehouseError: when it ends before it begins, or everything is rebuilt anyway.
        """
        if first is None and last is None:
            return None
        if full_refresh:
            raise LakehouseError(
                "--full-refresh rebuilds everything, --from and --to a span only.",
                "Give one or the other.",
                ExitCode.USAGE,
            )
        span = cls(first or OPEN_START, last or OPEN_END)
        if span.first > span.last:
            raise LakehouseError(
                f"The span ends on {span.last}, before it begins on {span.first}.",
                "Exchange --from and --to.",
                ExitCode.USAGE,
            )
        return span

    def __str__(self) -> str:
        if self.first == OPEN_START:
            return f"up to {self.last}"
        return f"from {self.first}" if self.last == OPEN_END else f"{self.first} to {self.last}"

    @property
    def variables(self) -> dict[str, str]:
        """The span as variables of dbt_project.yml."""
        return {"rebuild_from": self.first.isoformat(), "rebuild_to": self.last.isoformat()}


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run."""

    target: str = LOCAL
    full_refresh: bool = False
    accept_loss: bool = False
    """Go on although files have far fewer rows than before, or are gone."""
    wait: float = 0.0
    """Seconds to wait for another run."""
    span: Span | None = None
    """Order dates to reprocess, whether anything has changed or not."""

    @property
    def is_local(self) -> bool:
        """Whether the run builds on DuckDB and publishes a file."""
        return self.target == LOCAL


def run(settings: Settings, options: RunOptions, console: RunConsole) -> None:
    """Build bronze, silver and gold, publish, and make the page.

    Nothing is written before the files have been checked and the lock is held. How the run ended is
    written down in any case, and an error says whether what is published has changed.

    Raises:
        LakehouseError: when something stopped it, failed or interrupted it.
    """
    _Run(settings, options, console).run()


class _Run:
    """One run, with what is known of it so far."""

    def __init__(self, settings: Settings, options: RunOptions, console: RunConsole) -> None:
        self.settings = settings
        self.options = options
        self.console = console
        self.result = dbt.BuildResult()
        started = datetime.now().astimezone().replace(microsecond=0)
        self.record = LastRun(started, options.target, str(settings.landing))
        self._published_before = unchanged.stamp(settings.published)
        self._refreshed = ""
        """A sentence when the dashboard was refreshed although something failed."""

    def run(self) -> None:
        """Run, and write down how it ended."""
        record = self.record
        try:
            with self.console as console:
                if ignored := dbt.ignored_variables():
                    console.warn(f"{', '.join(ignored)} in the environment: not passed on to dbt.")
                if self.options.is_local:
                    self._run_local()
                else:
                    self._run_elsewhere()
            record.result = "ok"
        except LakehouseError as error:
            built = self.result.nodes or not self.result.ok
            record.result = "failed" if built else "stopped"
            raise self._ended(error) from error
        except KeyboardInterrupt as error:
            record.result = "interrupted"
            interrupted = LakehouseError("The run was interrupted.", "", ExitCode.INTERRUPTED)
            raise self._ended(interrupted) from error
        except Exception as error:
            record.result, record.exit_code = "failed", ExitCode.BUILD_FAILED
            record.message = f"{type(error).__name__}: {error}"
            raise
        finally:
            record.models = sum(not node.is_test for node in self.result.nodes)
            record.tests = sum(node.is_test for node in self.result.nodes)
            record.failed = [failure.name for failure in self.result.failures]
            rows = self.result.answers.get(ANOMALIES.name, [])
            record.anomalies = [published.describe_anomaly(row) for row in rows]
            record.seconds = round(self.console.elapsed, 2)
            record.version = dbt.project_version(self.settings.project_dir)
            self._write_down()
            self._alert()
        self._show_end()

    def _ended(self, error: LakehouseError) -> LakehouseError:
        """Note the error that ends the run; it also says what is published now."""
        self.record.exit_code, self.record.message = error.exit_code, error.message
        self.record.published = self._what_is_published()
        remedy = f"{error.remedy} {self.record.published}".strip()
        return LakehouseError(error.message, remedy, error.exit_code, error.examples)

    def _what_is_published(self) -> str:
        if self.options.is_local:
            now = unchanged.stamp(self.settings.published)
            if now and now != self._published_before:
                return "The new tables are published; the page may still show the ones before."
            return "What was published before is unchanged." if now else "Nothing is published."
        status = self._publication()
        if status in dbt.GOOD:
            old = [node.name for node in self.result.failures if node.kind == "model"]
            but = f"; {', '.join(old)} is as before" if old else ""
            return f"The new tables are published{but}.{self._refreshed}"
        if status in dbt.FAILED or self.record.result == "interrupted":
            return "Some of the new tables may be published: run again."
        return "What was published before is unchanged."

    def _publication(self) -> str:
        """The status of the publication."""
        nodes = self.result.nodes
        return next((node.status for node in nodes if node.layer == "publish"), "skipped")

    def _write_down(self) -> None:
        """Write down how the run ended; one that was stopped at once makes no folder for that."""
        if self.record.result == "stopped" and not self.settings.warehouse.is_dir():
            return
        try:
            write_note(self.settings.last_run, self.record, "writing down how the run ended")
        except LakehouseError:
            if self.record.result == "ok":  # otherwise the first error matters more
                raise

    def _alert(self) -> None:
        """Send an alert about a run that failed, or that published anomalies."""
        result = self.record.result
        if result == "interrupted" or (result == "ok" and not self.record.anomalies):
            return
        from orchestration import alert

        for problem in alert.send(self.record, self.settings):
            self.console.warn(problem)

    def _run_local(self) -> None:
        settings, options, console = self.settings, self.options, self.console
        _ = settings.dashboard  # better now than after the build
        checked = None
        if not (settings.landing_is_default and files.is_empty(settings.landing)):
            checked = self._check_files()
        with run_lock(settings.warehouse, options.wait, console.warn):
            if checked is None:
                if files.is_empty(settings.landing):
                    self._write_sample()
                checked = self._check_files()
            self.record.files, self.record.rows = len(checked.files), checked.rows
            # Part of the state, so written before that is taken.
            self._ensure_profiles()
            # Also before "nothing has changed": dbt of a killed run may still be at work.
            for database in (settings.duckdb, settings.candidate):
                require_free_database(database, settings, options.wait)
            wanted = unchanged.state(settings, checked)
            changes = unchanged.changes(settings, wanted)
            if options.full_refresh or options.span:
                changes = None
            if changes == set():
                console.step("Nothing has changed since the last run.")
                if unchanged.is_drawn(settings):
                    return
            else:
                self._build_files(checked, changes)
                unchanged.remember(settings, wanted)
            console.step("Making the dashboard")
            warnings = make_page(settings)
            for warning in warnings:
                console.warn(warning)
            if not warnings:
                unchanged.remember_page(settings)

    def _check_files(self) -> files.Listing:
        settings, console = self.settings, self.console
        contracts = files.read_contracts(settings.project_dir)
        console.step(f"Checking the files in {settings.landing}")
        checked = files.check(settings.landing, contracts, settings.warehouse)
        new = "" if checked.read == len(checked.files) else f", {checked.read} new"
        console.note(f"{len(checked.files)} files, {checked.rows:,} rows{new}")
        for warning in checked.warnings:
            console.warn(warning)
        return checked

    def _write_sample(self) -> None:
        """Write sample files into the empty landing folder."""
        from sales_sample import write_sample

        landing = self.settings.landing
        self.console.step(f"There are no files in {landing}: writing sample files")
        with os_errors("writing the sample files"):
            report = write_sample(out=landing)
        self.console.note(f"{len(report.files)} files in {report.seconds:.1f} s")

    def _ensure_profiles(self) -> None:
        if dbt.ensure_profiles(self.settings.project_dir):
            self.console.note("profiles.yml written from profiles.yml.example")

    def _build_files(self, checked: files.Listing, changes: set[str] | None) -> None:
        """Build what `unchanged.changes` of the files reach, unless rows would leave."""
        settings, options = self.settings, self.options
        for folder in (settings.warehouse, settings.published.parent):
            with os_errors(f"making the folder {folder}"):
                folder.mkdir(parents=True, exist_ok=True)
        for gone in loss.require_no_loss(
            settings.duckdb, checked.files, options.full_refresh, options.accept_loss
        ):
            self.console.warn(f"{gone}; they stay until a run with --full-refresh.")
        listed = files.remember(settings.warehouse, settings.landing, checked.files)
        unchanged.forget(settings)
        selection: list[str] = []
        if changes is not None:
            tables = sorted(changes - {unchanged.DAY})
            selection = dbt.downstream_of(tables)
            named = ", ".join(tables) or "no table"
            self.console.note(f"New files for {named}; what they do not reach stays as it is")
        try:
            self._build({files.LIST_VARIABLE: str(listed)}, selection)
        except LakehouseError:
            # A file that changed explains a failure better than the model that failed on it.
            files.require_unchanged(settings.landing, checked.files)
            raise

    def _run_elsewhere(self) -> None:
        """Build on a warehouse elsewhere: one run at a time from this folder."""
        with run_lock(self.settings.warehouse, self.options.wait, self.console.warn):
            self._ensure_profiles()
            if self.options.target != DATABRICKS:
                self._build()
                return
            from orchestration.databricks.dashboard import refresh
            from orchestration.databricks.workspace import open_workspace

            workspace = open_workspace(self.console)
            try:
                self._build({**workspace.environment(), **workspace.credentials()})
            except LakehouseError:
                # Readers need not wait for what comes after the publication: the metric view.
                if self._publication() in dbt.GOOD:
                    try:
                        refresh(workspace, self.console)
                        self._refreshed = " The dashboard is refreshed."
                    except LakehouseError as error:
                        self.console.warn(f"The dashboard is not refreshed: {error.message}")
                raise
            self.console.note(f"The dashboard is {refresh(workspace, self.console)}")

    def _build(
        self, environment: Mapping[str, str] | None = None, selection: Sequence[str] = ()
    ) -> None:
        """Build and publish; on Databricks again while the failure is transient."""
        settings, options, console = self.settings, self.options, self.console
        if options.span:
            console.step(self._describe(options.span))

        refresh = ["--full-refresh"] if options.full_refresh else []
        build = [*dbt.BUILD, *refresh, *selection]
        metrics = [dbt.METRICS] if options.target == DATABRICKS else []

        def run_dbt() -> dbt.BuildResult:
            console.step(f"Starting dbt on {options.target}; it reads the project first")
            return dbt.run(
                settings,
                build,
                dbt.PUBLISH,
                *metrics,
                target=options.target,
                variables=options.span.variables if options.span else {},
                questions=[ANOMALIES, *QUESTIONS],
                listener=console,
                extra_environment=environment,
            )

        if options.target == DATABRICKS:
            from orchestration.databricks.builds import build_again, explained

            self.result = build_again(run_dbt, report=console.note)
        else:
            self.result = run_dbt()
        if self.result.nodes:
            console.layers()
        if not self.result.ok:
            error = error_of_build(self.result, settings)
            raise explained(self.result, error) if options.target == DATABRICKS else error

    def _describe(self, span: Span) -> str:
        """What reprocessing a span touches, as far as it is published here."""
        path, text = self.settings.published, f"Reprocessing orders dated {span}"
        if not (self.options.is_local and path.is_file()):
            return text
        orders, lines = published.count_sales(path, span.first, span.last)
        return f"{text}: {plural(orders, 'order')} with {plural(lines, 'line')}"

    def _show_end(self) -> None:
        """The summary of a run that worked, and the anomalies in what it published."""
        say = self.console.console.print
        say()
        anomalies = self.record.anomalies
        if self.options.is_local:
            summary = published.read_summary(self.settings.published)
            for label, text in published.summary_lines(summary):
                say(f"{label:>10}  {text}")
            for issue in summary.issues[:SHOWN]:
                say(f"{'':>10}  {issue}")
            if (more := len(summary.issues) - SHOWN) > 0:
                say(f"{'':>10}  and {more} more; `lakehouse status` shows them all")
            # Of what is published, also when nothing was built.
            anomalies = summary.anomalies
        for sentence in anomalies:
            say(f"{'anomaly':>10}  {sentence}")
        if self.options.is_local:
            say(f"{'page':>10}  {self.settings.page}")
        say(f"{'time':>10}  {self.console.elapsed:.1f} s")


def make_page(settings: Settings) -> list[str]:
    """Make the dashboard from what is published; return a sentence for what could not be drawn.

    The page holds names, so only its owner can read it, unless the page before had other rights.

    Raises:
        LakehouseError: when nothing is published, when it is damaged or when the page cannot be
            written; the page before is kept.
    """
    published.require_published(settings.published)
    from lvdash import render
    from orchestration import questions

    view = questions.load_metrics(settings.project_dir)
    moment = published.published_at(settings.published)
    described = settings.site / "widgets.html"
    with os_errors("writing the dashboard"):
        settings.site.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.site, prefix=".page-") as folder:
            fresh = Path(folder) / settings.page.name
            report = render(
                settings.dashboard,
                settings.published,
                fresh,
                schema="gold",
                definitions={field.title: field.comment for field in view.measures.values()},
                published=f"published {moment:%-d %b %Y, %H:%M}" if moment else "",
                documentation="widgets.html#{name}" if described.exists() else "",
            )
            if report.findings:
                published.require_sound(settings.published)
            rights = settings.page.stat().st_mode & 0o777 if settings.page.exists() else 0o600
            fresh.chmod(rights)
            os.replace(fresh, settings.page)
    return [f"dashboard, {f.where}: {f.what} {f.remedy}" for f in report.findings]
