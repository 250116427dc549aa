"""A warehouse in a process of its own, for tests and scripts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from dbx_local.connection import Connection
from dbx_local.errors import DbxLocalError

START_WITHIN = 300.0  # seconds; the first start fetches the jars
STOP_WITHIN = 30.0


class RunningWarehouse:
    """A warehouse that runs until `stop()`, or until this process ends.

    Args:
        folder: takes its tables, certificate, log and trace.
        arguments: options of `dbx-local start`.

    Raises:
        DbxLocalError: when it does not start; with what it printed.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.trace = folder / "trace.tsv"
        self._log = (folder / "warehouse.log").open("w", encoding="utf-8")
        ready = folder / "ready.json"
        command = [
            *(sys.executable, "-m", "dbx_local", "start", "--port", "0"),
            *("--folder", str(folder), "--ready-file", str(ready), "--trace", str(self.trace)),
            *("--parent", str(os.getpid()), *arguments),
        ]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_WITHIN
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise DbxLocalError(f"The local warehouse did not start:\n{self.log()}")
            time.sleep(0.2)
        self.connection = Connection.load(ready)

    def log(self) -> str:
        """What the process has printed."""
        return (self.folder / "warehouse.log").read_text(encoding="utf-8")

    def stop(self) -> int:
        """End the process and return its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        return self._process.returncode
