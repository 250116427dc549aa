"""What the warehouse needs beyond Python: Java, and the Delta jars, fetched once through Maven."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from dbx_local.errors import DbxLocalError

POM = Path(__file__).parent / "pom.xml"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dbx-local"
OLDEST_JAVA = 17


def missing_parts() -> str:
    """What keeps the warehouse from starting here, with the remedy; '' when nothing does."""
    version = java_version()
    if version < OLDEST_JAVA:
        found = f"Java {version} is too old" if version else "no Java found"
        return f"{found}: install a Java runtime, version 17 or 21."
    if find_spec("pyspark") is None:
        return "pyspark is not installed: pip install pyspark==4.2.0."
    if not cached_jars() and shutil.which("mvn") is None:
        return "no Maven found: install it (mvn); the first start fetches the Delta jars with it."
    return ""


def java_version() -> int:
    """The version of the Java that Spark would use; 0 when there is none."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found.group(1)) if found else 0


def _folder() -> Path:
    return CACHE / "jars" / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]


def cached_jars() -> list[Path]:
    """The jars that are already here, [] when they have to be fetched."""
    return sorted(_folder().glob("*.jar")) if (_folder() / "complete").exists() else []


def fetch_jars() -> list[Path]:
    """The jars, fetched first when they are not here yet (13 MB, once).

    Raises:
        DbxLocalError: when Maven cannot fetch them.
    """
    _folder().mkdir(parents=True, exist_ok=True)
    with FileLock(_folder() / "lock"):
        if found := cached_jars():
            return found
        command = [
            *("mvn", "--batch-mode", "--quiet", f"--file={POM}", "dependency:copy-dependencies"),
            *("-DincludeGroupIds=io.delta,com.globalmentor", "-DincludeScope=runtime"),
            f"-DoutputDirectory={_folder()}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr).strip()[-2000:]
            raise DbxLocalError(
                f"Maven could not fetch the Delta jars. It said:\n{said}",
                "Let Maven reach its repository (settings.xml, proxy), then start again.",
            )
        (_folder() / "complete").touch()
        return cached_jars()
