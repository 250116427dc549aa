"""Bring the source files to the landing volume, each version of each file once.

The Files API tells the size and time of a file but nothing about its content, and a corrected file
may be as long as its predecessor and older than its upload. So the upload keeps a ledger in the
volume, with the SHA-256 of what was sent and the time the volume gave it: a file is skipped only
when its content is what was sent last and the copy in the volume is the one that was sent. The
folder of the ledger begins with an underscore, which every reader of CSV on Spark passes over.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.files import DirectoryEntry

from orchestration.databricks.progress import Progress, Report, silent
from orchestration.databricks.transient import DEFAULT_RETRY, RetryPolicy, cause_of, retried
from orchestration.errors import ExitCode, LakehouseError

LEDGER = "_lakehouse/uploads.json"
_SUFFIXES = (".csv", ".csv.gz")


@dataclass(frozen=True)
class Sent:
    """What the ledger knows about a file.

    Attributes:
        sha256: of the content that was sent.
        size: in bytes.
        modified: the time the volume gave the copy, in milliseconds since 1970.
    """

    sha256: str
    size: int
    modified: int


@dataclass(frozen=True)
class Uploaded:
    """What an upload did.

    Attributes:
        sent: the files that went up, relative to the landing folder.
        unchanged: the files that were there already.
        size: how many bytes went up.
    """

    sent: tuple[str, ...]
    unchanged: tuple[str, ...]
    size: int


def upload(
    client: WorkspaceClient,
    landing: Path,
    volume: str,
    *,
    again: bool = False,
    retry: RetryPolicy = DEFAULT_RETRY,
    report: Report = silent,
) -> Uploaded:
    """Copy new and changed CSV files from the landing folder to the volume.

    Nothing is deleted in the volume: a file that is gone here was loaded and stays as evidence.

    Args:
        client: the workspace.
        landing: the folder with `source_crm`, `source_erp`, ...; subfolders are kept.
        volume: `/Volumes/<catalog>/<schema>/<volume>`.
        again: send every file, whatever the ledger says.
        retry: for calls that fail.
        report: told about every file.

    Raises:
        LakehouseError: when there is nothing to send, the volume is missing or may not be written,
            or a file changes while it is sent. What was sent before is in the ledger.
    """
    files = landing_files(landing)
    present = _present(client, volume, retry, report)
    ledger = _read_ledger(client, volume, present, retry, report)
    after = dict(ledger)
    sent: list[str] = []
    unchanged: list[str] = []
    size = 0
    try:
        for number, (name, path) in enumerate(files.items(), start=1):
            bytes_now, digest = _fingerprint(path)
            if not again and _is_there(ledger.get(name), present.get(name), bytes_now, digest):
                unchanged.append(name)
                report(Progress("upload", f"{name}: already there", "", number, len(files)))
                continue
            target = f"{volume}/{name}"
            report(
                Progress("upload", f"{name}: sending {bytes_now:,} bytes", "", number, len(files))
            )
            modified = _send(client, path, target, digest, retry, report)
            after[name] = Sent(digest, bytes_now, modified)
            sent.append(name)
            size += bytes_now
    finally:
        if after != ledger:
            _write_ledger(client, volume, after, retry, report)
    return Uploaded(tuple(sent), tuple(unchanged), size)


def landing_files(landing: Path) -> dict[str, Path]:
    """The files to send by their name in the volume: CSV, plain or gzipped, in source folders.

    Raises:
        LakehouseError: when the folder is missing or holds none.
    """
    if not landing.is_dir():
        raise LakehouseError(
            f"There is no folder {landing}.",
            "Name the folder that holds source_crm and source_erp with --landing.",
            ExitCode.USAGE,
        )
    files = {
        path.relative_to(landing).as_posix(): path
        for path in sorted(landing.glob("source_*/**/*"))
        if path.is_file()
        and path.name.lower().endswith(_SUFFIXES)
        and not any(part.startswith((".", "_")) for part in path.relative_to(landing).parts)
    }
    if not files:
        raise LakehouseError(
            f"{landing} holds no CSV files in folders called source_*.",
            "Put the exports into source_crm and source_erp, or write samples: lakehouse sample.",
            ExitCode.BAD_INPUT,
        )
    return files


def _fingerprint(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return content.tell(), digest


def _is_there(known: Sent | None, entry: DirectoryEntry | None, size: int, digest: str) -> bool:
    """Whether the volume holds this very content, as far as ledger and volume can tell."""
    if known is None or entry is None:
        return False
    return (known.sha256, known.size, known.modified) == (digest, size, entry.last_modified) and (
        entry.file_size == size
    )


def _present(
    client: WorkspaceClient, volume: str, retry: RetryPolicy, report: Report
) -> dict[str, DirectoryEntry]:
    """Every file in the volume by its path relative to it."""

    def listed(folder: str) -> list[DirectoryEntry]:
        return retried(
            lambda: list(client.files.list_directory_contents(folder)),
            f"Listing {folder}",
            retry,
            report,
        )

    try:
        entries = listed(volume)
    except LakehouseError as error:
        if not isinstance(cause_of(error), NotFound):
            raise
        raise LakehouseError(
            f"There is no volume {volume}.",
            "Deploy it: databricks bundle deploy. DATABRICKS_CATALOG and DATABRICKS_SCHEMA say "
            "where it is looked for.",
        ) from error
    files: dict[str, DirectoryEntry] = {}
    while entries:
        entry = entries.pop()
        if entry.path is None:
            continue
        if entry.is_directory:
            entries.extend(listed(entry.path.rstrip("/")))
        else:
            files[entry.path.removeprefix(f"{volume}/")] = entry
    return files


def _send(
    client: WorkspaceClient,
    path: Path,
    target: str,
    digest: str,
    retry: RetryPolicy,
    report: Report,
) -> int:
    """Send one file, look at what arrived, and return the time the volume gave it."""
    folder = target.rpartition("/")[0]
    retried(lambda: client.files.create_directory(folder), f"Creating {folder}", retry, report)

    def send() -> None:
        with path.open("rb") as content:
            client.files.upload(target, content, overwrite=True)

    retried(send, f"Sending {target}", retry, report)
    size, digest_after = _fingerprint(path)
    if digest_after != digest:
        raise LakehouseError(
            f"{path} changed while it was sent.",
            "Upload again when the program that writes it has finished.",
            ExitCode.BAD_INPUT,
        )
    entry = next(
        each
        for each in retried(
            lambda: list(client.files.list_directory_contents(folder)),
            f"Listing {folder}",
            retry,
            report,
        )
        if each.path == target
    )
    if entry.file_size != size:
        raise LakehouseError(
            f"{target} has {entry.file_size} bytes, sent were {size}.",
            "Upload again; if it stays so, another program writes to the volume.",
        )
    return entry.last_modified or 0


def _read_ledger(
    client: WorkspaceClient,
    volume: str,
    present: Mapping[str, DirectoryEntry],
    retry: RetryPolicy,
    report: Report,
) -> dict[str, Sent]:
    """What was sent before. A ledger that cannot be read counts as empty: files go up again."""
    if LEDGER not in present:
        return {}

    def read() -> bytes:
        contents = client.files.download(f"{volume}/{LEDGER}").contents
        if contents is None:
            return b""
        with contents:
            return contents.read()

    try:
        entries = json.loads(retried(read, "Reading the ledger of uploads", retry, report))
        return {name: Sent(**entry) for name, entry in entries.items()}
    except (ValueError, TypeError, AttributeError):
        report(Progress("upload", f"{LEDGER} cannot be read; every file is sent again"))
        return {}


def _write_ledger(
    client: WorkspaceClient,
    volume: str,
    ledger: Mapping[str, Sent],
    retry: RetryPolicy,
    report: Report,
) -> None:
    content = json.dumps(
        {name: asdict(entry) for name, entry in sorted(ledger.items())}, indent=1
    ).encode()
    target = f"{volume}/{LEDGER}"
    folder = target.rpartition("/")[0]
    retried(lambda: client.files.create_directory(folder), f"Creating {folder}", retry, report)
    retried(
        lambda: client.files.upload(target, io.BytesIO(content), overwrite=True),
        "Writing the ledger of uploads",
        retry,
        report,
    )
