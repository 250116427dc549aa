"""The Delta jars, fetched once through Maven into an ignored folder of the project."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dbx-local" / "jars"


class MissingPartError(RuntimeError):
    """Something the warehouse needs is not on this machine; the text says how to get it."""


def missing_parts() -> str:
    """What keeps the warehouse from starting here, with the remedy; '' when nothing does."""
    if shutil.which("java") is None:
        return "no Java found: install a Java runtime, version 17 or 21"
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed: pip install -r requirements/warehouse.txt"
    if not cached_jars() and shutil.which("mvn") is None:
        return "the Delta jars are not in the cache and Maven is not installed to fetch them"
    return ""


def _folder() -> Path:
    return CACHE / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]


def cached_jars() -> list[Path]:
    """The jars that are already here, [] when they have to be fetched."""
    if not (_folder() / "complete").exists():
        return []
    return sorted(_folder().glob("*.jar"))


def fetch_jars() -> list[Path]:
    """The jars, fetched first when they are not here yet (13 MB, once).

    Raises:
        MissingPartError: when Maven is missing or cannot fetch them.
    """
    _folder().mkdir(parents=True, exist_ok=True)
    with FileLock(_folder() / "lock"):
        if found := cached_jars():
            return found
        maven = shutil.which("mvn")
        if maven is None:
            raise MissingPartError(missing_parts())
        command = [
            maven,
            "--batch-mode",
            "--quiet",
            f"--file={POM}",
            "dependency:copy-dependencies",
            "-DincludeGroupIds=io.delta,com.globalmentor",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={_folder()}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingPartError(
                "Maven could not fetch the Delta jars; once it can reach its repository, "
                f"try again. It said:\n{(done.stdout + done.stderr).strip()[-2000:]}"
            )
        (_folder() / "complete").touch()
        return cached_jars()
