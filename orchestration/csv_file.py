"""Reads one CSV file without the CSV engine: is it sound, and how many records does it hold?

Accepted: columns in another order or in other letter cases, a BOM, LF or CRLF or CR line ends,
quoted fields with commas and line ends, blank lines. Everything that an engine would refuse, or
read differently, is refused here with its line and what to do.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from orchestration.errors import Finding

CHUNK = 8 << 20
"""Bytes looked at together."""
MAX_PROBLEMS_PER_FILE = 5
MAX_FIELD = 1 << 24
"""Characters in one field or line; more usually means that a quote was never closed."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
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


@dataclass(frozen=True)
class Content:
    """What a sound file holds."""

    sha256: str
    """Of the bytes on disk."""
    rows: int
    """Records without the header."""
    header: tuple[str, ...]
    """Column names in the order of the file, lower case."""
    longest: int
    """No line is longer, in bytes."""


class BadFileError(Exception):
    """The file cannot be loaded; carries its problems."""

    def __init__(self, problems: list[Finding]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read_file(path: Path, name: str, columns: Sequence[str]) -> Content:
    """Read a file once, to its end.

    Args:
        path: the file.
        name: what it is called in messages.
        columns: the columns it must have, lower case, in any order.

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
        if plain is None:
            rows, longest, header = _read_records(path, name, columns)
        else:
            (rows, longest), header = plain, check_header(read_header(path), name, columns)
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
    return BadFileError([Finding(where, text, remedy)])


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


def _check_format(head: bytes, name: str) -> None:
    """Stop at what is no text in UTF-8, and say what it is."""
    for mark, called in _OTHER_FORMATS.items():
        if head.startswith(mark):
            raise _bad(
                name,
                f"the content is {called}, not CSV.",
                "Unpack it, or export it as CSV in UTF-8.",
            )
    if head[:2] in _UTF16 or head[1:2] == b"\0":
        raise _bad(
            f"{name}, line 1",
            "the file is UTF-16, not UTF-8.",
            "Save it as `CSV UTF-8`, or convert it: `iconv -f UTF-16 -t UTF-8 old.csv > new.csv`.",
        )


def _read_plain(path: Path, fields: int) -> tuple[int, int] | None:
    """Rows and longest line of a file without any quote in it, if all its lines are sound.

    The quick way for the usual file; None says that somebody has to look closer.

    Raises:
        UnicodeDecodeError: when it is not UTF-8.
    """
    import numpy as np

    lines, longest, rest, line_end = 0, 0, b"", b""
    with _open(path) as file:
        while chunk := file.read(CHUNK):
            block, rest = _split_at_last_line_end(rest + chunk)
            if not line_end:
                line_end = b"\r\n" if b"\r\n" in block else b"\n"
            sound = _count_sound_lines(np, block, fields, line_end)
            if sound is None:
                return None
            lines, longest = lines + sound[0], max(longest, sound[1])
    if rest:
        sound = _count_sound_lines(np, rest + (line_end or b"\n"), fields, line_end or b"\n")
        if sound is None:
            return None
        lines, longest = lines + sound[0], max(longest, sound[1])
    return (lines - 1, longest) if lines else None


def _split_at_last_line_end(block: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the beginning of the next one."""
    end = block.rfind(b"\n") + 1
    return block[:end], block[end:]


def _count_sound_lines(
    np: Any, block: bytes, fields: int, line_end: bytes
) -> tuple[int, int] | None:
    """Lines of a block that ends with a line end, and its longest; None if one is not sound."""
    if not block:
        return 0, 0
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
    lengths = np.diff(ends, prepend=-1)
    blank = lengths <= len(line_end)
    if np.any((separators != fields - 1) & ~blank):
        return None
    return feeds - int(np.count_nonzero(blank)), int(lengths.max(initial=0))


def read_header(path: Path) -> list[str]:
    """The column names in a file's first line that is not blank, as they are spelt.

    Reads UTF-8 with or without a BOM, plain or gzipped by its ending; empty for an empty file.
    """
    with _open(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        return next(filter(None, csv.reader(text)), [])


def line_of_row(path: Path, row: int) -> int | None:
    """The line in which a row of a file begins; None when the file has fewer rows.

    Args:
        path: the file.
        row: its place; the first row after the header is 1.
    """
    with _open(path) as file:
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
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
    found = tuple(column.strip().lower() for column in header)
    if sorted(found) == sorted(columns):
        return found
    export = f"Export it with the columns {','.join(columns)}."
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        parts = [c.strip(" \"'").lower() for c in ",".join(header).split(separator)]
        if sorted(parts) == sorted(columns):
            raise _bad(
                f"{name}, line 1",
                f"the columns are separated by {called}, not commas.",
                "Export it with commas as separators.",
            )
    if not set(found) & set(columns):
        raise _bad(
            f"{name}, line 1",
            f"there is no header; the line reads {','.join(header)[:80]!r}.",
            export,
        )
    parts = []
    missing = [column for column in columns if column not in found]
    unexpected = [column for column in found if column not in columns]
    twice = sorted({c for c in found if found.count(c) > 1 and c in columns})
    if missing:
        parts.append(f"missing {', '.join(missing)}")
    if unexpected:
        parts.append(
            f"unexpected {', '.join(c or '(a column without a name)' for c in unexpected)}"
        )
    if twice:
        parts.append(f"twice {', '.join(twice)}")
    raise _bad(
        f"{name}, line 1",
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
    csv.field_size_limit(MAX_FIELD)
    with _open(path) as file:
        lines = _Lines(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
        reader = csv.reader(lines, strict=True)
        records, begin = 0, 1
        try:
            for record in reader:
                problem = _check_record(record, name, begin, len(columns), lines)
                if records == 0 and record and not (problem and len(record) == len(columns)):
                    header = check_header(record, name, columns)
                if problem:
                    problems.append(problem)
                records += bool(record)
                begin = reader.line_num + 1
                lines.end_record()
                if len(problems) >= MAX_PROBLEMS_PER_FILE:
                    break
        except csv.Error as error:
            problems.append(_broken_quote(name, begin, str(error)))
    if problems:
        raise BadFileError(problems)
    if not records:
        raise _bad(name, "the file holds blank lines only.", "Export it again with a header.")
    return records - 1, lines.longest, header


class _Lines:
    """The lines of a text: how the first one ended, the longest record, the lines of this one."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.first_end = ""
        self.first = ""
        self.last = ""
        self.longest = 0
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.first = self.first if self._length else line
            self.last = line
            self.first_end = self.first_end or _line_end(line)
            self._length += len(line) if line.isascii() else len(line.encode())
            yield line

    def end_record(self) -> None:
        """Say that the record which these lines make ends here."""
        self.longest, self._length = max(self.longest, self._length), 0


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def _check_record(
    record: list[str], name: str, line: int, fields: int, lines: _Lines
) -> Finding | None:
    """What is wrong with a record, if anything is."""
    end = _line_end(lines.last)
    if record and len(record) != fields:
        many = len(record) > fields
        cut = not many and not end
        return Finding(
            f"{name}, line {line}",
            f"{len(record)} field{'' if len(record) == 1 else 's'}, "
            f"the header has {fields}{', and the file ends there' if cut else ''}.",
            "Copy the file again when its export has ended."
            if cut
            else "Correct the line; a field that holds a comma must be in double quotes."
            if many
            else "Correct the line, or export the file again.",
        )
    if lines.first is not lines.last and _are_rows(fields, lines.first, lines.last):
        return Finding(
            f"{name}, line {line}",
            "a double quote opens in this line and closes in a later one, and both are whole rows.",
            "Remove the quote, or close it in its own line: the rows between would be one field.",
        )
    if end and end != lines.first_end:
        return Finding(
            f"{name}, line {line}",
            f"the line ends with {_LINE_ENDS.get(end, repr(end))}, "
            f"the lines before with {_LINE_ENDS.get(lines.first_end, repr(lines.first_end))}.",
            "Give all lines the same end, for example with dos2unix.",
        )
    if any(value.startswith(" ") and value.lstrip(" ").startswith('"') for value in record):
        return Finding(
            f"{name}, line {line}",
            "there is a blank between a comma and a double quote.",
            "Remove the blank: engines differ in whether it belongs to the value.",
        )
    if any("\0" in value for value in record):
        return Finding(
            f"{name}, line {line}",
            "there is a NUL byte in the line.",
            "The file is damaged or not text: export it again.",
        )
    return None


def _are_rows(fields: int, *lines: str) -> bool:
    """Whether each line has the commas of a row."""
    return all(line.count(",") == fields - 1 for line in lines)


def _broken_quote(name: str, line: int, error: str) -> Finding:
    """The problem for quotes that do not match."""
    if "unexpected end of data" in error or "field larger" in error:
        text = "a double quote opens in this line and is never closed"
    elif "NUL" in error:
        text = "there is a NUL byte in the line"
    elif "expected after" in error:
        text = "after the closing double quote of a field comes something else than a comma"
    else:
        text = error
    return Finding(
        f"{name}, line {line}",
        f"{text}.",
        'Correct the line: a double quote inside a quoted field is written twice ("").',
    )


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
                problems.append(
                    Finding(
                        f"{name}, line {number}",
                        f"byte {error.start + 1} (0x{byte:02X}, {guess!r} "
                        "in Windows-1252) is not UTF-8.",
                        remedy,
                    )
                )
                if len(problems) >= MAX_PROBLEMS_PER_FILE:
                    break
    return BadFileError(problems)
