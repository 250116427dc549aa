"""The command `dbx-local`."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from dbx_local.certificate import make_certificate
from dbx_local.connection import Connection
from dbx_local.errors import DbxLocalError
from dbx_local.jars import CACHE, missing_parts

PORT = 10444
LAST_STARTED = CACHE / "connection.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 0 worked, 1 failed, 2 wrong usage, 5 file error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except DbxLocalError as error:
        problem, code = f"{error.message}\n{error.remedy}".strip(), error.exit_code
    except OSError as error:
        problem, code = str(error), 5
    print(f"dbx-local: {problem}", file=sys.stderr)
    return code


def start(options: argparse.Namespace) -> int:
    """Run the warehouse until Ctrl-C or SIGTERM."""
    logging.basicConfig(format="%(message)s", level=logging.DEBUG if options.verbose else "INFO")
    logging.getLogger("py4j").setLevel("WARNING")
    stopping = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stopping.set())
    if missing := missing_parts():
        raise DbxLocalError(f"The local warehouse cannot start: {missing}")
    if options.volume_root and not options.volume_root.is_dir():
        raise DbxLocalError(
            f"--volume-root {options.volume_root}: there is no such folder.",
            "Name one that exists; its subfolder a/b/c becomes the volume /Volumes/a/b/c.",
            exit_code=2,
        )
    with tempfile.TemporaryDirectory(prefix="dbx-local-") as scratch:
        return _serve(options, options.folder or Path(scratch), stopping)


def _serve(options: argparse.Namespace, folder: Path, stopping: threading.Event) -> int:
    from dbx_local.files import Volumes
    from dbx_local.server import Endpoint
    from dbx_local.sessions import Warehouse

    started = time.monotonic()
    certificate = make_certificate(options.folder or CACHE)
    root = options.volume_root.resolve() if options.volume_root else None
    with Endpoint(options.port, certificate) as endpoint:
        connection = Connection(
            port=endpoint.port,
            catalog=options.catalog,
            certificate=str(certificate.certificate.resolve()),
            volume_root=str(root) if root else None,
        )
        warehouse = Warehouse(
            folder,
            options.catalog,
            Volumes(root),
            groups=frozenset(options.group),
            settings=dict(pair.partition("=")[::2] for pair in options.conf),
            trace=options.trace,
        )
        try:
            endpoint.serve(warehouse)
            threading.Thread(target=warehouse.warm_up, daemon=True).start()
            connection.save(options.ready_file)
            print(
                f"Ready after {time.monotonic() - started:.0f} s on "
                f"https://{connection.host}:{connection.port}{connection.http_path}\n"
                "In another terminal, in the folder of your dbt project:\n"
                "  dbx-local profile PROFILE > profiles.yml\n"
                '  eval "$(dbx-local env)"\n'
                "  dbt build\n"
                "Ctrl-C stops it and deletes its tables.",
                flush=True,
            )
            while not stopping.wait(0.5):
                if options.parent and os.getppid() != options.parent:
                    break  # the process that started this one has ended
                if not warehouse.is_alive:
                    raise DbxLocalError("Spark's Java process has ended.", "Start dbx-local again.")
        finally:
            if warehouse.is_alive:
                warehouse.stop()
    return 0


def _last_started() -> Connection:
    if not LAST_STARTED.exists():
        raise DbxLocalError(
            "No warehouse was started here yet.", "Run `dbx-local start` in another terminal."
        )
    return Connection.load(LAST_STARTED)


def profile(options: argparse.Namespace) -> int:
    """Print a dbt profiles.yml for the warehouse that was started last."""
    text = _last_started().profile(
        options.name, target=options.target, schema=options.schema, threads=options.threads
    )
    print(text, end="")
    return 0


def env(_: argparse.Namespace) -> int:
    """Print shell commands that set the environment of a client."""
    for name, value in _last_started().environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def shims(_: argparse.Namespace) -> int:
    """Print what SQL is translated, as a Markdown table."""
    from dbx_local.shims import table_of_shims

    print(table_of_shims())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dbx-local",
        description="A local SQL warehouse (Spark and Delta) that dbt-databricks takes for "
        "Databricks.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run: object, name: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        return added

    add = command(start, "start").add_argument
    add("--port", type=int, default=PORT, help=f"0 for any free one (default: {PORT})")
    add("--catalog", default="main", help="name of the catalog (default: main)")
    add("--volume-root", type=Path, metavar="DIR", help="the folder that is /Volumes")
    add("--group", action="append", default=[], help="an account group that the user is in")
    add("--folder", type=Path, metavar="DIR", help="for tables, certificate (default: temporary)")
    add("--trace", type=Path, metavar="FILE", help="takes a line about every statement")
    add("--conf", action="append", default=[], metavar="KEY=VALUE", help="a Spark setting")
    add("--verbose", action="store_true", help="show requests and statements")
    add("--ready-file", type=Path, default=LAST_STARTED, help=argparse.SUPPRESS)
    add("--parent", type=int, help=argparse.SUPPRESS)
    add = command(profile, "profile").add_argument
    add("name", help="the profile's name, as in dbt_project.yml")
    add("--target", default="databricks", help="name of the target (default: databricks)")
    add("--schema", default="default", help="the default schema (default: default)")
    add("--threads", type=int, default=4, help="models built at a time (default: 4)")
    command(env, "env")
    command(shims, "shims")
    return parser
