"""The command `lakehouse`. Thin: every command loads settings, calls one function and shows it.

Whatever is heavy is imported inside the command that needs it, so that `--help` is quick.
"""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import webbrowser
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from orchestration import cli_genie
from orchestration.errors import EXIT_CODES, ExitCode, Explained, LakehouseError, from_os_error
from orchestration.plain import clean, say


class _Group(TyperGroup):
    """Turns errors with a remedy into a message and an exit code, for all commands alike."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; end with the exit code that fits."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except KeyboardInterrupt as error:
            say("Interrupted.", err=True)
            raise typer.Exit(ExitCode.INTERRUPTED) from error
        except BrokenPipeError:
            # Whoever read our output has gone, as with `| head`: no error of ours.
            _drop_output()
            raise typer.Exit(ExitCode.OK) from None
        except OSError as error:
            shown = from_os_error(error, "working")
            if error.errno == errno.ENOSPC and not error.filename:  # no file: our own output
                _drop_output()
                text, remedy = "The output cannot be written.", "Send it to a place with room."
                shown = LakehouseError(text, remedy, ExitCode.IO)
            show_error(shown)
            raise typer.Exit(ExitCode.IO) from error
        except Exception as error:
            if not isinstance(error, Explained):
                raise
            show_error(error)
            raise typer.Exit(error.exit_code) from error


def _drop_output() -> None:
    """Let Python write what is left of the output, which it does at its end, to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=_Group,
    name="lakehouse",
    help="One version of the truth about sales, from CRM and ERP files to a dashboard.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(cli_genie.app, name="genie")

_Landing = Annotated[
    Path | None, typer.Option(help="Folder of the source files; default LAKEHOUSE_LANDING.")
]
_DAY = ["%Y-%m-%d"]


def show_error(error: Explained) -> None:
    """Print an error and its remedy on stderr."""
    from rich.text import Text

    from orchestration.console import Terminal

    console = Terminal(stderr=True)
    console.print(Text.assemble(("Error: ", "bold red"), clean(error.message)))
    if examples := getattr(error, "examples", ""):
        console.print(Text.assemble(("For example:\n", "bold"), clean(examples)))
    if error.remedy:
        console.print(Text.assemble(("What to do: ", "bold"), clean(error.remedy)))


def _show_version(wanted: bool) -> None:
    if wanted:
        say(f"lakehouse {metadata.version('sales-lakehouse')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options of the command itself."""


@app.command()
def run(
    target: Annotated[
        str, typer.Option(help="Target: local (DuckDB) or another of profiles.yml.")
    ] = "local",
    landing: _Landing = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild everything from the files.")
    ] = False,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Continue if files are gone or much shorter."),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="Reprocess orders from this day."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="Reprocess orders up to this day."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for another run to end.")
    ] = 0.0,
) -> None:
    """Load new files, build and test all models, publish, and draw the dashboard."""
    from orchestration.console import RunConsole
    from orchestration.run import RunOptions, Span
    from orchestration.run import run as run_all
    from orchestration.settings import load_settings

    settings = load_settings(landing=landing)
    span = Span.read(since and since.date(), until and until.date(), full_refresh)
    run_all(settings, RunOptions(target, full_refresh, accept_loss, wait, span), RunConsole())


@app.command()
def sample(
    scale: Annotated[
        float, typer.Option(min=0.01, help="Size; 1 is about 60,000 order lines.")
    ] = 1.0,
    days: Annotated[int, typer.Option(min=1, help="Number of daily deliveries.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 7,
    until: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="Day after the last orders; default today."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; default the landing folder.")
    ] = None,
) -> None:
    """Write sample files with known defects, and the expected result."""
    from orchestration.settings import load_settings
    from sales_sample import write_sample

    folder = (out or load_settings().landing).expanduser().absolute()
    report = write_sample(
        out=folder, scale=scale, days=days, seed=seed, until=until.date() if until else None
    )
    lines, defects = report.totals.lines, sum(report.defects.values())
    say(
        f"{len(report.files)} files with {lines:,} order lines and {defects:,} known defects in"
        f" {folder}; the truth is in {report.truth}."
    )


@app.command()
def dashboard(
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    png: Annotated[
        Path | None, typer.Option(help="Also draw pictures of all pages into this folder.")
    ] = None,
) -> None:
    """Draw the dashboard page from the published data."""
    from orchestration.run import make_page
    from orchestration.settings import load_settings

    settings = load_settings()
    for warning in make_page(settings):
        say(f"warning: {warning}", err=True)
    if png is not None:
        from lvdash import screenshot

        screenshot(settings.page, png.expanduser().absolute())
        say(f"Pictures are in {png}.")
    say(f"The page is {settings.page}.")
    if show and not webbrowser.open(settings.page.as_uri()):
        say("No browser could be opened; open the file yourself.", err=True)


@app.command()
def status() -> None:
    """Show the last run, freshness, row counts and open quality issues."""
    from orchestration.settings import load_settings
    from orchestration.status import read_status, show_status

    show_status(read_status(load_settings()))


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help='Such as "top 10 products by revenue".')],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    sql: Annotated[bool, typer.Option("--sql", help="Also show the SQL.")] = False,
    genie: Annotated[
        bool, typer.Option("--genie", help="Also ask the Genie space, and compare.")
    ] = False,
) -> None:
    """Answer a question in plain words from the published data."""
    from orchestration.questions import open_analyst
    from orchestration.settings import load_settings

    settings = load_settings()
    answer = open_analyst(settings.published, settings.project_dir).ask(question)
    if genie:
        from orchestration.ask_both import agree, print_both
        from orchestration.genie import ask_space

        other = ask_space(question, settings.project_dir)
    if as_json:
        both = {"genie": other.to_json(), "agree": agree(answer, other)} if genie else {}
        say(json.dumps(answer.to_json() | both))
    elif genie:
        print_both(answer, other, sql=sql)
    else:
        from metric_ask import print_answer

        print_answer(answer, sql=sql)
    if not answer.answered:
        raise typer.Exit(ExitCode.BUILD_FAILED)


@app.command()
def upload(
    landing: _Landing = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also send files that are already there.")
    ] = False,
) -> None:
    """Upload the source files to the volume on Databricks."""
    from orchestration import files
    from orchestration.console import RunConsole
    from orchestration.databricks.upload import upload as upload_files
    from orchestration.databricks.workspace import preflight
    from orchestration.settings import load_settings

    settings = load_settings(landing=landing)
    with RunConsole() as console:
        console.step(f"Checking the files in {settings.landing}")
        checked = files.check(settings.landing, files.read_contracts(settings.project_dir))
        for warning in checked.warnings:
            console.warn(warning)
        console.step("Connecting to Databricks")
        workspace = preflight(need_warehouse=False, report=console.note)
        console.step(f"Uploading {settings.landing} to {workspace.landing}")
        sent = upload_files(
            workspace.client, settings.landing, workspace.landing, again=again, report=console.note
        )
    say(f"{len(sent.sent)} files sent ({sent.size:,} bytes), {len(sent.unchanged)} unchanged.")


def add_tools(to: typer.Typer) -> None:
    """Add the commands that other packages bring, such as check, diff and docs."""
    for found in metadata.entry_points(group="lakehouse.commands"):
        to.command(name=found.name)(found.load())


def main() -> None:
    """Entry point of the command."""
    # A termination signal ends a command as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that is not UTF-8
    add_tools(app)
    app(prog_name="lakehouse")
