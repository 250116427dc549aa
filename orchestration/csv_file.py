"""Reads one CSV file without the CSV engine: is it sound, and how many records does it hold?

Accepted: columns in another order or in other letter cases, a BOM, LF or CRLF or CR line ends,
quoted fields with commas and line ends, blank lines. Everything that an engine would refuse, or
read differently, is refused here with its line and what to do.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import IO

from orchestration.errors import Finding

CHUNK = 8 << 20
"""Bytes looked at together."""
MAX_PROBLEMS_PER_FILE = 5
MAX_FIELD = 1 << 24
"""Characters in one field or line; more usually means that a quote was never closed."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "packed with gzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
}
_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


@dataclass(frozen=True)
class Content:
    """What a sound file holds."""

    sha256: str
    rows: int
    """Records without the header."""
    header: tuple[str, ...]
    """Column names in the order of the file, lower case."""
    longest: int
    """No line is longer, in bytes."""


class BadFileError(Exception):
    """The file cannot be loaded; carries its problems."""

    def __init__(self, *problems: Finding) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read_file(path: Path, name: str, columns: Sequence[str]) -> Content:
    """Read a file once, to its end.

    Messages call it by the name. The columns that it must have are lower case, in any order.

    Raises:
        BadFileError: when it cannot be loaded.
        OSError: when it cannot be read.
    """
    if not name.endswith((".csv", ".csv.gz")):
        raise _bad(
            name,
            "neither .csv nor .csv.gz, but its name is that of a source file.",
            "Rename it or move it out of the landing folder.",
        )
    if path.stat().st_size == 0:
        raise _bad(name, "the file is empty (0 bytes).", "Export it again; a header is needed.")
    try:
        with _open(path) as file:
            _check_format(file.read(4096), name)
        plain = _read_plain(path, len(columns))
        if plain:
            (rows, longest), header = plain, check_header(_read_header(path), name, columns)
        else:
            rows, longest, header = _read_records(path, name, columns)
    except UnicodeDecodeError:
        raise _not_utf8(path, name) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _bad(
            name, f"not a complete gzip file ({error}).", "Copy it there again, whole."
        ) from error
    if longest > MAX_FIELD:
        raise _bad(
            name,
            f"a line is longer than {MAX_FIELD >> 20} MB.",
            "Look for a double quote that is never closed, or export it without that field.",
        )
    return Content(checksum(path), rows, header, longest)


def checksum(path: Path) -> str:
    """The SHA-256 of a file's content, unpacked: a file that was packed meanwhile is no other."""
    with _open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _bad(where: str, text: str, remedy: str) -> BadFileError:
    return BadFileError(Finding(where, text, remedy))


def _open(path: Path) -> IO[bytes]:
    """Open a file for reading bytes, unpacked if its name says gz."""
    if path.suffix != ".gz":
        return path.open("rb")
    with path.open("rb") as file:  # the gzip module skips what DuckDB refuses
        file.seek(-1, io.SEEK_END)
        if file.read(1) == b"\0" and _is_padded(path):
            raise gzip.BadGzipFile("zeros follow its end")
    return gzip.open(path, "rb")  # type: ignore[return-value]


def _is_padded(path: Path) -> bool:
    """Whether something follows the last member of a gzip file."""
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    with path.open("rb") as file:
        while chunk := unpack.unused_data or file.read(CHUNK):
            if unpack.eof:
                if not chunk.strip(b"\0"):
                    return True
                unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpack.decompress(chunk)
    return False


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    """The text of a file, without a BOM and with the line ends that it has."""
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _check_format(head: bytes, name: str) -> None:
    """Stop at what is no text in UTF-8, and say what it is."""
    for mark, called in _OTHER_FORMATS.items():
        if head.startswith(mark):
            raise _bad(
                name,
                f"the content is {called}, not CSV.",
                "Unpack it, or export it as CSV in UTF-8.",
            )
    if head[:2] in _UTF16 or b"\0" in head[:2]:
        encoding = "UTF-32" if head[:4] in _UTF32 or head[:4].count(b"\0") == 3 else "UTF-16"
        if head.startswith(b"\0") and head[:4] not in _UTF32:
            encoding += "BE"  # without a mark, the least significant byte is taken for the first
        raise _bad(
            f"{name}, line 1",
            f"the file is {encoding}, not UTF-8.",
            "Save it as `CSV UTF-8`, or convert it: "
            f"`iconv -f {encoding} -t UTF-8 old.csv > new.csv`.",
        )


def _read_plain(path: Path, fields: int) -> tuple[int, int] | None:
    """Rows and longest line of a file without any quote in it, if all its lines are sound.

    The quick way for the usual file; None says that somebody has to look closer.

    Raises:
        UnicodeDecodeError: when it is not UTF-8.
    """
    records, longest, line_end = 0, 0, b""
    count_commas = methodcaller("count", b",")
    with _open(path) as file:
        while block := file.read(CHUNK) + file.readline():
            line_end = line_end or (b"\r\n" if b"\r\n" in block else b"\n")
            ends = block.count(line_end)
            returns = ends if line_end == b"\r\n" else 0
            if (block.count(b"\n"), block.count(b"\r")) != (ends, returns):
                return None
            if b'"' in block or b"\0" in block:
                return None
            if not block.isascii():
                block.decode("utf-8")
            lines = list(filter(None, block.split(line_end)))
            if any(commas != fields - 1 for commas in set(map(count_commas, lines))):
                return None
            records += len(lines)
            longest = max(longest, max(map(len, lines), default=0))
    return (records - 1, longest + len(line_end)) if records else None


def _read_header(path: Path) -> list[str]:
    """The column names in a file's first line that is not blank, as they are spelt."""
    with _open(path) as file:
        return next(filter(None, csv.reader(_text(file))), [])


def line_of_row(path: Path, row: int) -> int | None:
    """The line in which a row begins, the first after the header being 1; None without that row."""
    with _open(path) as file:
        reader = csv.reader(_text(file))
        records, begin = 0, 1
        for record in reader:
            if record and records == row:
                return begin
            records += bool(record)
            begin = reader.line_num + 1
    return None


def check_header(header: Sequence[str], name: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The header in lower case.

    Raises:
        BadFileError: when it is not made of exactly the columns that must be there.
    """
    where = f"{name}, line 1"
    found = tuple(column.strip().lower() for column in header)
    if sorted(found) == sorted(columns):
        return found
    export = f"Export it with the columns {','.join(columns)}."
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        parts = [c.strip(" \"'").lower() for c in ",".join(header).split(separator)]
        if sorted(parts) == sorted(columns):
            raise _bad(
                where,
                f"the columns are separated by {called}, not commas.",
                "Export it with commas as separators.",
            )
    if not set(found) & set(columns):
        line = ",".join(header)[:80]
        raise _bad(where, f"there is no header; the line reads {line!r}.", export)
    differences = {
        "missing": [column for column in columns if column not in found],
        "unexpected": [c or "(a column without a name)" for c in found if c not in columns],
        "twice": sorted({c for c in found if found.count(c) > 1 and c in columns}),
    }
    parts = [f"{what} {', '.join(names)}" for what, names in differences.items() if names]
    raise _bad(
        where,
        f"the header is not as agreed: {'; '.join(parts)}.",
        f"{export} If the export has changed for good, change its source in models/bronze.",
    )


def _read_records(
    path: Path, name: str, columns: Sequence[str]
) -> tuple[int, int, tuple[str, ...]]:
    """Rows, longest line and header, record by record, with line numbers for what is wrong.

    Raises:
        BadFileError: with up to `MAX_PROBLEMS_PER_FILE` problems.
        UnicodeDecodeError: when it is not UTF-8.
    """
    problems: list[Finding] = []
    header: tuple[str, ...] = ()
    records, longest, line_end = 0, 0, ""
    lines: list[str] = []  # of the record that is being read
    csv.field_size_limit(MAX_FIELD)
    with _open(path) as file:
        reader = csv.reader(_noted(_text(file), lines), strict=True)

        def where() -> str:
            return f"{name}, line {reader.line_num - len(lines) + 1}"

        try:
            for record in reader:
                line_end = line_end or _line_end(lines[0])
                problem = _fault_of(record, lines, line_end, len(columns))
                if records == 0 and record and not (problem and len(record) == len(columns)):
                    header = check_header(record, name, columns)
                if problem:
                    problems.append(Finding(where(), *problem))
                records += bool(record)
                longest = max(longest, sum(len(line.encode()) for line in lines))
                lines.clear()
                if len(problems) >= MAX_PROBLEMS_PER_FILE:
                    break
        except csv.Error as error:
            problems.append(_broken_quote(where(), str(error)))
    if problems:
        raise BadFileError(*problems)
    if not records:
        raise _bad(name, "the file is empty or blank.", "Export it again with a header.")
    return records - 1, longest, header


def _noted(text: Iterable[str], lines: list[str]) -> Iterator[str]:
    """The lines of a text, each of which is added to the list."""
    for line in text:
        lines.append(line)
        yield line


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _fault_of(
    record: list[str], lines: list[str], line_end: str, fields: int
) -> tuple[str, str] | None:
    """What is wrong with a record and what to do about it, if anything is wrong."""
    end = _line_end(lines[-1])
    if record and len(record) != fields:
        count = f"{len(record)} field{'' if len(record) == 1 else 's'}, the header has {fields}"
        if len(record) > fields:
            remedy = "Correct the line; a field that holds a comma must be in double quotes."
            return f"{count}.", remedy
        if not end:
            remedy = "Copy the file again when its export has ended."
            return f"{count}, and the file ends there.", remedy
        return f"{count}.", "Correct the line, or export the file again."
    if len(lines) > 1 and all(line.count(",") == fields - 1 for line in (lines[0], lines[-1])):
        return (
            "a double quote opens in this line and closes in a later one, and both are whole rows.",
            "Remove the quote, or close it in its own line: the rows between would be one field.",
        )
    if end and end != line_end:
        return (
            f"the line ends with {_LINE_ENDS.get(end, repr(end))}, "
            f"the lines before with {_LINE_ENDS.get(line_end, repr(line_end))}.",
            "Give all lines the same end, for example with dos2unix.",
        )
    if any(value.startswith(" ") and value.lstrip(" ").startswith('"') for value in record):
        return (
            "there is a blank between a comma and a double quote.",
            "Remove the blank: engines differ in whether it belongs to the value.",
        )
    if any("\0" in value for value in record):
        return (
            "there is a NUL byte in the line.",
            "The file is damaged or not text: export it again.",
        )
    return None


def _broken_quote(where: str, error: str) -> Finding:
    """The problem for quotes that do not match."""
    texts = {
        "unexpected end of data": "a double quote opens in this line and is never closed",
        "field larger": "a double quote opens in this line and is never closed",
        "NUL": "there is a NUL byte in the line",
        "expected after": "after the closing double quote of a field comes something else than a"
        " comma",
    }
    text = next((text for part, text in texts.items() if part in error), error)
    remedy = 'Correct the line: a double quote inside a quoted field is written twice ("").'
    return Finding(where, f"{text}.", remedy)


def _not_utf8(path: Path, name: str) -> BadFileError:
    """The problems for bytes that are not UTF-8, with line numbers."""
    problems: list[Finding] = []
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
                text = (
                    f"byte {error.start + 1} (0x{byte:02X}, {guess!r} in Windows-1252) is not UTF-8"
                )
                problems.append(Finding(f"{name}, line {number}", f"{text}.", remedy))
                if len(problems) >= MAX_PROBLEMS_PER_FILE:
                    break
    return BadFileError(*problems)
