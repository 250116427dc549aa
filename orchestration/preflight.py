"""What is decided about the source files before anything is written.

The contract of the files is the declaration of the source `landing` in
`models/bronze/_bronze__sources.yml`. Every file that bronze would read is looked at once: whether
it is UTF-8, has the columns it must have, and the same number of fields on every line. A file that
passed is not read again until its size or modification time changes.

Carried on with: columns in another order or in other letter cases, a BOM, LF or CRLF or CR line
ends, quoted fields with commas and line ends, blank lines, a file with a header only beside others
of its source (a warning).
Stopped: everything that bronze would refuse, or worse, read wrongly, and a source without any row.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any

import yaml

from orchestration.errors import ExitCode, LakehouseError, disk_full, from_os_error

SOURCES_FILE = Path("models/bronze/_bronze__sources.yml")
SOURCE_NAME = "landing"
LEDGER_NAME = ".checked_files.json"

CHUNK = 8 << 20
"""Bytes looked at together."""
MAX_PROBLEMS_PER_FILE = 5
MAX_FIELD = 1 << 24
"""Characters in one field; more means that a quote was never closed."""
SPARE_BYTES = 64 << 20
"""Room that must be left on the disk beside what the files need."""

_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Contract:
    """What is known of a source's files before they are opened."""

    name: str
    pattern: str
    """Relative to the landing folder; the folder's sub-folders are searched as well."""
    columns: tuple[str, ...]
    """Lower case, in the order of the export."""

    @property
    def folder(self) -> str:
        """The folder part of the pattern."""
        return self.pattern.rpartition("/")[0]

    @property
    def file_name(self) -> str:
        """The name part of the pattern, as people may be told it."""
        return self.pattern.rpartition("/")[2]

    def takes(self, relative: str) -> bool:
        """Whether bronze would read the file (a path relative to the landing folder)."""
        folder, _, name = relative.rpartition("/")
        inside = folder == self.folder or folder.startswith(f"{self.folder}/")
        return (inside or not self.folder) and fnmatchcase(name, self.file_name)


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be taken in."""

    source: str
    path: str
    """Relative to the landing folder, with forward slashes."""
    size: int
    """Bytes on disk."""
    modified: int
    """Modification time in nanoseconds."""
    rows: int
    """Rows without the header."""


@dataclass
class Preflight:
    """The outcome when nothing stops the run."""

    files: list[CheckedFile] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    checked: int = 0
    """Files that were read; the others are known from a former run."""

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)


@dataclass
class _Finding:
    """A problem with a file: what, where, and what to do."""

    text: str
    remedy: str


class _BadFileError(Exception):
    """Ends the look at a file; carries its problems."""

    def __init__(self, findings: list[_Finding]) -> None:
        super().__init__()
        self.findings = findings


def read_contracts(project_dir: Path) -> list[Contract]:
    """The contracts of the landing files, from the source's declaration.

    Raises:
        LakehouseError: when the declaration is missing or incomplete.
    """
    declared = project_dir / SOURCES_FILE
    try:
        content = yaml.safe_load(declared.read_text(encoding="utf-8")) or {}
        tables = next(s for s in content["sources"] if s["name"] == SOURCE_NAME)["tables"]
        return [
            Contract(
                name=table["name"],
                pattern=table["config"]["meta"]["file_pattern"],
                columns=tuple(
                    column["name"].lower()
                    for column in table["columns"]
                    if not column["name"].startswith("_")
                ),
            )
            for table in tables
        ]
    except OSError as error:
        raise from_os_error(error, "reading the declaration of the sources") from error
    except (yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise LakehouseError(
            f"{declared} does not declare the source `{SOURCE_NAME}` as it should: {error!r}.",
            "Each table needs a name, config.meta.file_pattern and its columns.",
            ExitCode.USAGE,
        ) from error


def is_empty(landing: Path) -> bool:
    """Whether the landing folder is not there or holds no file."""
    return not landing.is_dir() or not any(True for _ in _walk(landing))


def check(landing: Path, contracts: Sequence[Contract], warehouse: Path | None = None) -> Preflight:
    """Look at everything that bronze would read from a landing folder.

    Args:
        landing: the folder.
        contracts: what the files must look like.
        warehouse: where the ledger of checked files is and where the data will go; None checks
            every file and does not look at the room on the disk. The ledger is only read here,
            see `remember`.

    Returns:
        The files and what is worth a warning.

    Raises:
        LakehouseError: naming every problem with file, line and remedy; `ExitCode.BAD_INPUT`, or
            `ExitCode.IO` when something cannot be read or the disk has no room.
    """
    _require_folder(landing)
    paths = list_files(landing)
    known = _read_ledger(warehouse, landing, contracts) if warehouse else {}
    result = Preflight()
    findings: list[_Finding] = []
    for contract in contracts:
        names = [name for name in paths if contract.takes(name)]
        if not names:
            findings.append(_missing(contract, landing, paths))
        for name in names:
            try:
                file, was_known = _check_once(landing, name, contract, known)
            except _BadFileError as bad:
                findings += bad.findings
                continue
            result.files.append(file)
            result.checked += not was_known
            if file.rows == 0:
                result.warnings.append(f"{name} holds a header and no rows.")
        taken = [file for file in result.files if file.source == contract.name]
        if taken and len(taken) == len(names) and not any(file.rows for file in taken):
            findings.append(_no_rows(taken))
    if findings:
        raise _stopped(findings)
    result.warnings += _strangers(paths, contracts)
    if warehouse:
        _require_room(warehouse, sum(file.size for file in result.files))
    return result


def remember(
    warehouse: Path, landing: Path, contracts: Sequence[Contract], result: Preflight
) -> None:
    """Write down which files passed, so that the next run reads only what is new."""
    ledger = {
        "landing": str(landing),
        "contracts": [asdict(contract) for contract in contracts],
        "files": [asdict(file) for file in result.files],
    }
    path = warehouse / LEDGER_NAME
    try:
        fresh = path.with_suffix(".tmp")
        fresh.write_text(json.dumps(ledger), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise from_os_error(error, "writing down which files were checked") from error


def _read_ledger(
    warehouse: Path, landing: Path, contracts: Sequence[Contract]
) -> dict[str, CheckedFile]:
    """Files that passed before, by path; none if the folder or a contract is another one."""
    try:
        ledger: dict[str, Any] = json.loads((warehouse / LEDGER_NAME).read_text(encoding="utf-8"))
        contracts_then = [
            Contract(c["name"], c["pattern"], tuple(c["columns"])) for c in ledger["contracts"]
        ]
        if ledger["landing"] != str(landing) or contracts_then != list(contracts):
            return {}
        return {file["path"]: CheckedFile(**file) for file in ledger["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _require_folder(landing: Path) -> None:
    """Stop when the landing folder is not there, or has a name that a file pattern cannot hold."""
    if not landing.is_dir():
        what = "is not a folder" if landing.exists() else "does not exist"
        raise LakehouseError(
            f"The landing folder {landing} {what}.",
            "Name the folder that holds source_crm and source_erp with --landing or "
            "LAKEHOUSE_LANDING; `lakehouse sample` writes sample files into the default one.",
            ExitCode.BAD_INPUT,
        )
    odd = sorted(set("*?[]'\"\n") & set(str(landing)))
    if odd:
        raise LakehouseError(
            f"The path of the landing folder holds {' '.join(odd)}: {landing}.",
            "Such signs cannot be used in a file pattern. Rename the folder.",
            ExitCode.BAD_INPUT,
        )


def _require_room(warehouse: Path, landed: int) -> None:
    """Stop when the disk cannot hold what the files will become."""
    folder = next(path for path in (warehouse, *warehouse.parents) if path.exists())
    free, needed = shutil.disk_usage(folder).free, landed + SPARE_BYTES
    if free < needed:
        raise disk_full(
            f"{folder} has {free / 1e6:,.0f} MB free; this run needs about "
            f"{needed / 1e6:,.0f} MB. Nothing was written."
        )


def list_files(landing: Path) -> list[str]:
    """Paths of the files below the landing folder, relative to it, in alphabetical order."""
    return sorted(_walk(landing))


def _walk(landing: Path) -> Iterator[str]:
    """Files below the landing folder, relative, without hidden ones."""

    def fail(error: OSError) -> None:
        raise from_os_error(error, "reading the landing folder")

    for folder, folders, names in os.walk(landing, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(landing).as_posix()


def _missing(contract: Contract, landing: Path, paths: list[str]) -> _Finding:
    """The finding for a source without a file, with a guess what happened."""
    pattern = contract.pattern.replace(".csv*", ".csv").replace("*", "[...]")
    same = [
        name
        for name in paths
        if Contract(contract.name, contract.pattern.lower(), ()).takes(name.lower())
    ]
    if same:
        return _Finding(
            f"{same[0]}: the name differs from {pattern} in upper and lower case, so it would "
            "not be read.",
            "Rename it as the source declares it.",
        )
    return _Finding(
        f"{pattern}: no such file in {landing} ({contract.name}).",
        f"Put the export there. It needs the columns {', '.join(contract.columns)}.",
    )


def _no_rows(files: Sequence[CheckedFile]) -> _Finding:
    """The finding for a source whose files all hold nothing: an export that went wrong.

    Published, it would empty gold.
    """
    return _Finding(
        f"{', '.join(file.path for file in files)}: a header and no rows ({files[0].source}).",
        "Export it again with its rows.",
    )


def _strangers(paths: list[str], contracts: Sequence[Contract]) -> list[str]:
    """Warnings about CSV files that no source takes."""
    return [
        f"{name} is not read: no source takes a file of this name."
        for name in paths
        if name.lower().endswith((".csv", ".csv.gz"))
        and not any(contract.takes(name) for contract in contracts)
    ]


def _stopped(findings: list[_Finding]) -> LakehouseError:
    """The error that names every problem."""
    by_remedy: dict[str, list[str]] = {}
    for finding in findings:
        by_remedy.setdefault(finding.remedy, []).append(finding.text)
    lines, remedy = [finding.text for finding in findings], next(iter(by_remedy))
    if len(by_remedy) > 1:
        lines = [f"{text}\n  -> {remedy}" for remedy, texts in by_remedy.items() for text in texts]
        remedy = "Follow each arrow above, then run again."
    return LakehouseError("\n".join(lines), f"{remedy} Nothing was written.", ExitCode.BAD_INPUT)


def _check_once(
    landing: Path, name: str, contract: Contract, known: dict[str, CheckedFile]
) -> tuple[CheckedFile, bool]:
    """Check a file unless it is known to be good; whether it was known."""
    path = landing / name
    try:
        stat = path.stat()
        former = known.get(name)
        if former and (former.size, former.modified) == (stat.st_size, stat.st_mtime_ns):
            return former, True
        rows = _check_file(path, name, contract, stat.st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _bad(
            f"{name}: not a complete gzip file ({error}).", "Copy it there again, whole."
        ) from error
    except OSError as error:
        raise from_os_error(error, f"reading {name}") from error
    return CheckedFile(contract.name, name, stat.st_size, stat.st_mtime_ns, rows), False


def _bad(text: str, remedy: str) -> _BadFileError:
    return _BadFileError([_Finding(text, remedy)])


def _check_file(path: Path, name: str, contract: Contract, size: int) -> int:
    """Rows of a file that may be taken in.

    Raises:
        _BadFileError: when it may not.
    """
    if not name.endswith((".csv", ".csv.gz")):
        raise _bad(
            f"{name}: neither .csv nor .csv.gz, but bronze would read it.",
            "Rename it or move it out of the landing folder.",
        )
    if size == 0:
        raise _bad(f"{name}: the file is empty (0 bytes).", "Export it again; a header is needed.")
    with _open(path) as file:
        head = file.read(4096)
    _check_encoding_mark(head, name)
    try:
        rows = _count_plain_rows(path, len(contract.columns))
        if rows is not None:
            _check_header(read_header(path), name, contract)
            return rows
        return _count_rows(path, name, contract)
    except UnicodeDecodeError:
        raise _not_utf8(path, name) from None


def _open(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, unpacked if its name says gz."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _check_encoding_mark(head: bytes, name: str) -> None:
    """Stop at UTF-16, which would otherwise look like text full of NUL bytes."""
    encoding = _BOMS.get(head[:2]) or ("UTF-16" if head[1:2] == b"\0" else None)
    if encoding:
        raise _bad(
            f"{name}, line 1: the file is {encoding}, not UTF-8.",
            "Save it as `CSV UTF-8`, or convert it: `iconv -f UTF-16 -t UTF-8 old.csv > new.csv`.",
        )


def _count_plain_rows(path: Path, fields: int) -> int | None:
    """Rows of a file without any quote in it, if all its lines are sound.

    The quick way for the usual file; None says that somebody has to look closer.

    Raises:
        UnicodeDecodeError: when it is not UTF-8.
    """
    import numpy as np

    lines, rest, line_end = 0, b"", b""
    with _open(path) as file:
        while chunk := file.read(CHUNK):
            block, rest = _split_at_last_line_end(rest + chunk)
            if not line_end:
                line_end = b"\r\n" if b"\r\n" in block else b"\n"
            sound = _count_sound_lines(np, block, fields, line_end)
            if sound is None:
                return None
            lines += sound
    if rest:
        sound = _count_sound_lines(np, rest + (line_end or b"\n"), fields, line_end or b"\n")
        if sound is None:
            return None
        lines += sound
    return lines - 1 if lines else None


def _split_at_last_line_end(block: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the beginning of the next one."""
    end = block.rfind(b"\n") + 1
    return block[:end], block[end:]


def _count_sound_lines(np: Any, block: bytes, fields: int, line_end: bytes) -> int | None:
    """Lines of a block that ends with a line end; None if one of them is not plain and sound."""
    if b'"' in block or b"\0" in block:
        return None
    returns, feeds = block.count(b"\r"), block.count(b"\n")
    if returns and not returns == feeds == block.count(b"\r\n"):
        return None
    if bool(returns) != (line_end == b"\r\n") and feeds:
        return None
    if not block.isascii():
        block.decode("utf-8")
    data = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(data == 10)
    commas = np.searchsorted(np.flatnonzero(data == 44), ends)
    separators = np.diff(commas, prepend=0)
    blank = np.diff(ends, prepend=-1) <= len(line_end)
    if np.any((separators != fields - 1) & ~blank):
        return None
    return feeds - int(np.count_nonzero(blank))


def read_header(path: Path) -> list[str]:
    """The column names in a file's first line that is not blank, as they are spelt.

    Reads UTF-8 with or without a BOM, plain or gzipped by its ending; empty for an empty file.
    """
    with _open(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        return next(filter(None, csv.reader(text, skipinitialspace=True)), [])


def _check_header(header: list[str], name: str, contract: Contract) -> None:
    """Stop when the header is not made of exactly the columns of the contract."""
    found = [column.strip().lower() for column in header]
    if sorted(found) == sorted(contract.columns):
        return
    export = f"Export it with the columns {','.join(contract.columns)}."
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        parts = [c.strip(" \"'").lower() for c in ",".join(header).split(separator)]
        if sorted(parts) == sorted(contract.columns):
            raise _bad(
                f"{name}, line 1: the columns are separated by {called}, not commas.",
                "Export it with commas as separators.",
            )
    if not set(found) & set(contract.columns):
        raise _bad(
            f"{name}, line 1: there is no header; the line reads {','.join(header)[:80]!r}.",
            export,
        )
    parts = []
    missing = [column for column in contract.columns if column not in found]
    unexpected = [column for column in found if column not in contract.columns]
    twice = sorted({c for c in found if found.count(c) > 1 and c in contract.columns})
    if missing:
        parts.append(f"missing {', '.join(missing)}")
    if unexpected:
        parts.append(
            f"unexpected {', '.join(c or '(a column without a name)' for c in unexpected)}"
        )
    if twice:
        parts.append(f"twice {', '.join(twice)}")
    raise _bad(
        f"{name}, line 1: the header is not as agreed: {'; '.join(parts)}.",
        f"{export} If the export has changed for good, change {SOURCES_FILE.as_posix()}.",
    )


def _count_rows(path: Path, name: str, contract: Contract) -> int:
    """Rows of a file, record by record, with exact line numbers for whatever is wrong.

    Raises:
        _BadFileError: with up to `MAX_PROBLEMS_PER_FILE` problems.
        UnicodeDecodeError: when it is not UTF-8.
    """
    findings: list[_Finding] = []
    csv.field_size_limit(MAX_FIELD)
    with _open(path) as file:
        lines = _Lines(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
        reader = csv.reader(lines, strict=True, skipinitialspace=True)
        records, begin = 0, 1
        try:
            for record in reader:
                if records == 0 and record:
                    _check_header(record, name, contract)
                finding = _judge_record(record, name, begin, len(contract.columns), lines)
                if finding:
                    findings.append(finding)
                records += bool(record)
                begin = reader.line_num + 1
                if len(findings) >= MAX_PROBLEMS_PER_FILE:
                    break
        except csv.Error as error:
            findings.append(_broken_quote(name, begin, str(error)))
    if findings:
        raise _BadFileError(findings)
    if not records:
        raise _bad(f"{name}: the file holds blank lines only.", "Export it again with a header.")
    return records - 1


class _Lines:
    """The lines of a text, remembering how the last one ended and how the first one did."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.first_end = ""
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.last = line
            self.first_end = self.first_end or _line_end(line)
            yield line


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def _judge_record(
    record: list[str], name: str, line: int, fields: int, lines: _Lines
) -> _Finding | None:
    """What is wrong with a record, if anything is."""
    end = _line_end(lines.last)
    if record and len(record) != fields:
        many = len(record) > fields
        cut = not many and not end
        return _Finding(
            f"{name}, line {line}: {len(record)} field{'' if len(record) == 1 else 's'}, "
            f"the header has {fields}{', and the file ends there' if cut else ''}.",
            "Copy the file again when its export has ended."
            if cut
            else "Correct the line; a field that holds a comma must be in double quotes."
            if many
            else "Correct the line, or export the file again.",
        )
    if end and end != lines.first_end:
        return _Finding(
            f"{name}, line {line}: the line ends with {_LINE_ENDS.get(end, repr(end))}, "
            f"the lines before with {_LINE_ENDS.get(lines.first_end, repr(lines.first_end))}.",
            "Give all lines the same end, for example with dos2unix.",
        )
    if any("\0" in value for value in record):
        return _Finding(
            f"{name}, line {line}: there is a NUL byte in the line.",
            "The file is damaged or not text: export it again.",
        )
    return None


def _broken_quote(name: str, line: int, error: str) -> _Finding:
    """The finding for quotes that do not match."""
    if "unexpected end of data" in error or "field larger" in error:
        text = "a double quote opens in this line and is never closed"
    elif "NUL" in error:
        text = "there is a NUL byte in the line"
    elif "expected after" in error:
        text = "after the closing double quote of a field comes something else than a comma"
    else:
        text = error
    return _Finding(
        f"{name}, line {line}: {text}.",
        'Correct the line: a double quote inside a quoted field is written twice ("").',
    )


def _not_utf8(path: Path, name: str) -> _BadFileError:
    """The findings for bytes that are not UTF-8, with line numbers."""
    findings: list[_Finding] = []
    remedy = (
        "Save it as `CSV UTF-8`, or convert it: `iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv`."
    )
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = line[error.start]
                guess = bytes([byte]).decode("windows-1252", errors="replace")
                findings.append(
                    _Finding(
                        f"{name}, line {number}: byte {error.start + 1} (0x{byte:02X}, {guess!r} "
                        "in Windows-1252) is not UTF-8.",
                        remedy,
                    )
                )
                if len(findings) >= MAX_PROBLEMS_PER_FILE:
                    break
    return _BadFileError(findings)
