"""The command `lvdash`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from lvdash.definition import Finding
from lvdash.errors import IO, LvdashError

EXIT_CODES = (
    "Exit codes: 0 nothing wrong, 1 something is wrong or cannot be drawn, 2 wrong usage, "
    "3 a file cannot be used, 5 a file cannot be read or written."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        findings = options.run(options)
    except LvdashError as error:
        _say(f"lvdash: {error}", sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"lvdash: {error}", file=sys.stderr)
        return IO
    try:
        for finding in findings:
            _say(f"{options.file}: {finding.level}: {finding}")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(any(finding.level == "error" for finding in findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lvdash",
        description="Databricks AI/BI dashboard files (.lvdash.json) without a workspace.",
        epilog=EXIT_CODES,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("file", type=Path, metavar="FILE", help="the .lvdash.json file")
    common.add_argument(
        "--schema",
        metavar="NAME",
        help="schema of tables named without one (default: main, then the other schemas)",
    )
    render = commands.add_parser("render", parents=[common], help="draw the file as one HTML page")
    render.add_argument(
        "--duckdb", type=Path, metavar="DB", required=True, help="the DuckDB file with the tables"
    )
    render.add_argument("--out", type=Path, metavar="PAGE", help="default: FILE's name with .html")
    render.add_argument("--png", type=Path, metavar="FOLDER", help="also take pictures (Chromium)")
    render.set_defaults(run=_render)
    lint = commands.add_parser("lint", parents=[common], help="find what is blank or wrong")
    lint.add_argument(
        "--duckdb", type=Path, metavar="DB", help="a DuckDB file: check tables and columns too"
    )
    lint.add_argument(
        "--portable",
        action="store_true",
        help="also report catalogs and schemas, which a bundle sets for each environment",
    )
    lint.set_defaults(run=_lint)
    return parser


def _render(options: argparse.Namespace) -> list[Finding]:
    from lvdash.page import render
    from lvdash.screenshot import screenshot

    out = options.out or Path(f"{options.file.name.split('.')[0]}.html")
    report = render(options.file, options.duckdb, out, schema=options.schema)
    _say(f"The page is {out}: {report.widgets} widgets, {report.size / 1e6:.1f} MB.")
    for path in screenshot(out, options.png) if options.png else ():
        _say(f"Picture: {path}")
    return report.findings


def _lint(options: argparse.Namespace) -> list[Finding]:
    from lvdash.data import open_database
    from lvdash.lint import lint

    tables = None
    if options.duckdb:
        with open_database(options.duckdb, options.schema) as database:
            tables = database.tables
    findings = lint(options.file, tables, portable=options.portable)
    errors = sum(finding.level == "error" for finding in findings)
    notes = len(findings) - errors
    _say(f"{errors} error{'s' * (errors != 1)}, {notes} note{'s' * (notes != 1)}.")
    return findings


def _say(text: str, file: TextIO | None = None) -> None:
    """Print a line without control characters, which a terminal would obey."""
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    print("".join(shown), file=file)


if __name__ == "__main__":
    sys.exit(main())
