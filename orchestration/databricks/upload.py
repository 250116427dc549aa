"""Copy the source files to the landing volume, each version of each file once.

The Files API tells the size and time of a file but not its content, and a corrected file may be as
long as its predecessor and older than its upload. So the upload keeps a ledger in the volume: the
SHA-256 of what was sent and the time the volume gave it. A file is skipped only when its content is
what was sent last and the copy in the volume is the one that was sent. The ledger's folder begins
with an underscore: readers of CSV on Spark skip it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.files import DirectoryEntry
from pydantic import TypeAdapter, ValidationError

from orchestration.databricks.api import Report, explained, silent
from orchestration.errors import ExitCode, LakehouseError
from orchestration.files import list_files

LEDGER = "_lakehouse/uploads.json"
_NO_VOLUME = (
    "Deploy the volume: databricks bundle deploy. DATABRICKS_CATALOG and DATABRICKS_SCHEMA say "
    "where it is expected."
)


@dataclass(frozen=True)
class Sent:
    """What the ledger knows about a file."""

    sha256: str
    """Of the content that was sent."""
    size: int
    modified: int
    """The time the volume gave the copy, in milliseconds since 1970."""


_LEDGER = TypeAdapter(dict[str, Sent])


@dataclass(frozen=True)
class Uploaded:
    """What an upload did: files relative to the landing folder, and bytes."""

    sent: tuple[str, ...]
    unchanged: tuple[str, ...]
    size: int


def upload(
    client: WorkspaceClient,
    landing: Path,
    volume: str,
    *,
    again: bool = False,
    report: Report = silent,
) -> Uploaded:
    """Copy new and changed CSV files from the landing folder to the volume, or all of them again.

    They are those in folders called `source_*`, plain or gzipped; subfolders are kept. The volume
    is a path, `/Volumes/<catalog>/<schema>/<volume>`. Nothing is deleted in it: a file that is gone
    here was loaded and stays as evidence.

    Raises:
        LakehouseError: when the volume is missing or may not be written, or a file changes while
            it is sent. What was sent before is in the ledger.
    """
    names = [
        name
        for name in list_files(landing)
        if fnmatchcase(name, "source_*/*") and name.lower().endswith((".csv", ".csv.gz"))
    ]
    with explained(f"Listing {volume}", {NotFound: _NO_VOLUME}):
        present = _present(client, volume)
    ledger = _read_ledger(client, volume, report) if LEDGER in present else {}
    after = dict(ledger)
    sent: dict[str, int] = {}
    try:
        for number, name in enumerate(names, start=1):
            path = landing / name
            size, digest = _fingerprint(path)
            entry = present.get(name)
            there = entry and Sent(digest, entry.file_size or 0, entry.last_modified or 0)
            if not again and there and there.size == size and ledger.get(name) == there:
                continue
            report(f"{name}: sending {size:,} bytes ({number} of {len(names)})")
            after[name] = _send(client, path, f"{volume}/{name}", digest)
            sent[name] = size
    finally:
        if after != ledger:
            _write_ledger(client, volume, after)
    unchanged = tuple(name for name in names if name not in sent)
    return Uploaded(tuple(sent), unchanged, sum(sent.values()))


def _fingerprint(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return content.tell(), digest


def _present(client: WorkspaceClient, volume: str) -> dict[str, DirectoryEntry]:
    """Every file in the volume by its path relative to it."""
    files: dict[str, DirectoryEntry] = {}
    folders = [volume]
    while folders:
        for entry in client.files.list_directory_contents(folders.pop()):
            path = (entry.path or "").rstrip("/")
            if entry.is_directory:
                folders.append(path)
            else:
                files[path.removeprefix(f"{volume}/")] = entry
    return files


def _send(client: WorkspaceClient, path: Path, target: str, digest: str) -> Sent:
    """Send one file and check what arrived."""
    with explained(f"Sending {target}"):
        client.files.create_directory(target.rpartition("/")[0])
        with path.open("rb") as content:
            client.files.upload(target, content, overwrite=True)
        size, digest_after = _fingerprint(path)
        if digest_after != digest:
            raise LakehouseError(
                f"{path} changed while it was sent.",
                "Upload again when the program that writes it has finished.",
                ExitCode.BAD_INPUT,
            )
        # The listing, not get_metadata: that gives the time in whole seconds.
        entry = next(
            each
            for each in client.files.list_directory_contents(target.rpartition("/")[0])
            if each.path == target
        )
    if entry.file_size != size:
        raise LakehouseError(
            f"{target} has {entry.file_size} bytes; {size} were sent.",
            "Upload again; if it stays so, another program writes to the volume.",
        )
    return Sent(digest, size, entry.last_modified or 0)


def _read_ledger(client: WorkspaceClient, volume: str, report: Report) -> dict[str, Sent]:
    """What was sent before. A ledger that cannot be read counts as empty: files are sent again."""
    with explained("Reading the ledger of uploads"):
        contents = client.files.download(f"{volume}/{LEDGER}").contents
        text = contents.read() if contents else b""
    try:
        return _LEDGER.validate_json(text)
    except ValidationError:
        report(f"{LEDGER} cannot be read; every file is sent again")
        return {}


def _write_ledger(client: WorkspaceClient, volume: str, ledger: Mapping[str, Sent]) -> None:
    target = f"{volume}/{LEDGER}"
    content = _LEDGER.dump_json(dict(sorted(ledger.items())), indent=1)
    with explained("Writing the ledger of uploads"):
        client.files.create_directory(target.rpartition("/")[0])
        client.files.upload(target, io.BytesIO(content), overwrite=True)
