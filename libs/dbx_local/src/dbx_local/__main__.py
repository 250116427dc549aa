"""Start the warehouse: `dbx-local`; Ctrl-C or SIGTERM ends it."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from dbx_local.jars import MissingPartError, missing_parts


def main() -> int:
    """Run until told to stop; the exit code is 0 then, 2 when something is missing, 1 else."""
    options = _options()
    logging.basicConfig(format="%(message)s", level=logging.DEBUG if options.verbose else "INFO")
    logging.getLogger("py4j").setLevel("WARNING")
    stopping = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stopping.set())
    if missing := missing_parts():
        print(f"The local warehouse cannot start: {missing}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="warehouse-") as scratch:
        folder = Path(options.folder or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return _serve(options, folder, stopping)
        except MissingPartError as error:
            print(f"The local warehouse cannot start: {error}", file=sys.stderr)
            return 2


def _serve(options: argparse.Namespace, folder: Path, stopping: threading.Event) -> int:
    from dbx_local.certificate import make_certificate
    from dbx_local.connection import Connection
    from dbx_local.files import Volumes
    from dbx_local.server import HOST, HTTP_PATH, Endpoint
    from dbx_local.sessions import Warehouse

    started = time.monotonic()
    certificate = make_certificate(folder)
    root = Path(options.volume_root).resolve() if options.volume_root else None
    trace = Path(options.trace) if options.trace else None
    settings = dict(pair.partition("=")[::2] for pair in options.conf)
    warehouse = Warehouse(folder, options.catalog, Volumes(root), settings=settings, trace=trace)
    endpoint = Endpoint(warehouse, certificate, options.port)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    try:
        threading.Thread(target=warehouse.warm_up, daemon=True).start()
        connection = Connection(
            host=HOST,
            port=endpoint.port,
            http_path=HTTP_PATH,
            catalog=options.catalog,
            certificate=str(certificate.certificate),
            volume_root=str(root) if root else None,
            pid=os.getpid(),
        )
        profiles = connection.write_profile(folder / "profile")
        if options.ready_file:
            connection.save(Path(options.ready_file))
        print(
            f"Ready after {time.monotonic() - started:.0f} s on "
            f"https://{HOST}:{endpoint.port}{HTTP_PATH}\n"
            "In another terminal:\n"
            f"  export REQUESTS_CA_BUNDLE={certificate.certificate}\n"
            f"  dbt build --target databricks --profiles-dir {profiles}\n"
            "Ctrl-C ends it; its tables go with it.",
            flush=True,
        )
        while not stopping.wait(0.5):
            if options.parent and os.getppid() != options.parent:
                break  # whoever started it is gone
            if not warehouse.is_alive:
                print("The JVM behind the warehouse has ended; start it anew.", file=sys.stderr)
                return 1
    finally:
        endpoint.shutdown()
        if warehouse.is_alive:
            warehouse.stop()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dbx-local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--catalog", default="main", help="name of the catalog (default: main)")
    parser.add_argument("--volume-root", help="the folder that is /Volumes")
    parser.add_argument("--folder", help="where tables and certificate go (default: temporary)")
    parser.add_argument("--trace", help="a file for one line about every statement")
    parser.add_argument(
        "--conf", action="append", default=[], metavar="KEY=VALUE", help="a Spark setting"
    )
    parser.add_argument("--ready-file", help="written, as JSON, once clients can connect")
    parser.add_argument("--parent", type=int, help="end when this process is gone")
    parser.add_argument("--verbose", action="store_true", help="show requests and statements")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
