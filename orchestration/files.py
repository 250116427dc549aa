"""The list of source files: made once by one reader, used by the check and by the load.

The contract of the files is the declaration of the source `landing` in
`models/bronze/_models.yml`. Each file is read once, to its end, without the CSV engine
(`csv_file`). A file is not read again while its size, modification time and inode change time stay
the same; the change time cannot be set by hand, so other content of equal size and modification
time is noticed.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import yaml

from orchestration.csv_file import BadFileError, Content, check_header, checksum, read_file
from orchestration.errors import ExitCode, Finding, LakehouseError, disk_full, os_errors
from orchestration.notes import read_note, write_note
from orchestration.plain import clean

SOURCES_FILE = Path("models/bronze/_models.yml")
SOURCE_NAME = "landing"
LIST_NAME = ".landing_files.json"
LIST_VARIABLE = "LAKEHOUSE_FILE_LIST"
"""Names the list that a load has to keep to; without it the load makes its own."""

SPARE_BYTES = 64 << 20
"""Room that must be left on the disk beside what the files need."""
_AGAIN = "Run again when the program that writes it has finished."


@dataclass(frozen=True)
class Contract:
    """What is known of a source's files before they are opened."""

    name: str
    pattern: str
    """Relative to the landing folder; the folder's sub-folders are searched as well."""
    columns: tuple[str, ...]
    """Lower case, in the order of the export."""

    def takes(self, relative: str) -> bool:
        """Whether bronze would read the file (a path relative to the landing folder)."""
        wanted_folder, _, wanted_name = self.pattern.rpartition("/")
        folder, _, name = relative.rpartition("/")
        inside = not wanted_folder or f"{folder}/".startswith(f"{wanted_folder}/")
        return inside and fnmatchcase(name, wanted_name)


@dataclass(frozen=True)
class LandingFile(Content):
    """A file that can be loaded."""

    source: str
    path: str
    """Relative to the landing folder, with forward slashes."""
    size: int
    """Bytes on disk."""
    modified: int
    """Modification time in nanoseconds."""
    changed: int
    """Inode change time in nanoseconds."""


@dataclass
class _FileList:
    """The list as it is written down."""

    landing: str
    files: list[LandingFile]


@dataclass(frozen=True)
class Listing:
    """The list, when nothing stops the run."""

    files: list[LandingFile]
    warnings: list[str]
    read: int
    """Files that were read; the others are known from a former run."""

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)


def read_contracts(project_dir: Path) -> list[Contract]:
    """The contracts of the landing files, from the source's declaration.

    Raises:
        LakehouseError: when the declaration is missing or incomplete.
    """
    declared = project_dir / SOURCES_FILE
    with os_errors("reading the declaration of the sources"):
        text = declared.read_text(encoding="utf-8")
    try:
        content = yaml.safe_load(text) or {}
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
    except (yaml.YAMLError, KeyError, TypeError, StopIteration) as error:
        raise LakehouseError(
            f"{declared} does not declare the source `{SOURCE_NAME}` as it should: {error!r}.",
            "Each table needs a name, config.meta.file_pattern and its columns.",
            ExitCode.USAGE,
        ) from error


def is_empty(landing: Path) -> bool:
    """Whether the landing folder is not there or holds no file."""
    return not landing.is_dir() or next(_walk(landing), None) is None


def list_files(landing: Path) -> list[str]:
    """Paths of the files below the landing folder, relative to it, without hidden ones.

    Hidden is what Spark leaves out as well: names that begin with a dot or an underscore.
    """
    return sorted(name for name in _walk(landing) if not _is_hidden(name))


def check(landing: Path, contracts: Sequence[Contract], warehouse: Path | None = None) -> Listing:
    """List everything that bronze would read from a landing folder.

    The warehouse is where the list of the run before is and where the data will go; without it
    every file is read, however full the disk is. Nothing is written, see `remember`.

    Raises:
        LakehouseError: naming every problem with file, line and remedy; `ExitCode.BAD_INPUT`, or
            `ExitCode.IO` when something cannot be read or the disk has no room.
    """
    _require_folder(landing)
    everything = sorted(_walk(landing))
    paths = [name for name in everything if not _is_hidden(name)]
    known = _read_list(warehouse / LIST_NAME, landing) if warehouse else {}
    files: list[LandingFile] = []
    problems: list[Finding] = []
    for contract in contracts:
        taken, faults = _list_source(landing, paths, contract, known)
        if not taken and not faults:
            faults = [_missing(contract, landing, paths)]
        elif not faults and not any(file.rows for file in taken):
            # Published, they would empty gold.
            names, what = ", ".join(file.path for file in taken), "a header and no rows"
            remedy = "Export it again with its rows."
            faults = [Finding(names, f"{what} ({contract.name}).", remedy)]
        files += taken
        problems += faults
    if problems:
        raise _refusal(problems)
    hidden = [name for name in everything if _is_hidden(name)]
    strangers = [name for name in paths if not any(c.takes(name) for c in contracts)]
    warnings = [
        *(f"{file.path} holds a header and no rows." for file in files if file.rows == 0),
        *_copies(files),
        *_not_read(hidden, "it or its folder is hidden"),
        *_not_read(strangers, "no source takes a file of this name"),
    ]
    if warehouse:
        _require_room(warehouse, sum(file.size for file in files))
    return Listing(files, warnings, _count_read(files, known))


def files_of(landing: Path, contract: Contract, warehouse: Path) -> list[LandingFile]:
    """The files of one source as the load takes them.

    They are those of the list that `LAKEHOUSE_FILE_LIST` names, as long as none of them has
    changed since; without it they are listed here and remembered.

    Raises:
        LakehouseError: when a file cannot be loaded, or has changed.
    """
    if named := os.environ.get(LIST_VARIABLE):
        listed = [f for f in _read_list(Path(named), landing).values() if f.source == contract.name]
        require_unchanged(landing, listed)
        return listed
    if not landing.is_dir():
        return []
    known = _read_list(warehouse / LIST_NAME, landing)
    files, problems = _list_source(landing, list_files(landing), contract, known)
    if problems:
        raise _refusal(problems)
    if _count_read(files, known):
        others = [file for file in known.values() if file.source != contract.name]
        remember(warehouse, landing, [*others, *files])
    return files


def _refusal(problems: Sequence[Finding]) -> LakehouseError:
    """One error that names every problem; a remedy that all of them share is said once."""
    remedies = {problem.remedy for problem in problems}
    if len(remedies) == 1:
        lines, remedy = [str(problem) for problem in problems], remedies.pop()
    else:
        lines = [f"{problem}\n  -> {problem.remedy}" for problem in problems]
        remedy = "Follow each arrow above, then run again."
    return LakehouseError("\n".join(lines), f"{remedy} Nothing was written.", ExitCode.BAD_INPUT)


def require_unchanged(landing: Path, files: Sequence[LandingFile], content: bool = False) -> None:
    """Stop when a file is not what it was when it was listed; with `content`, by checksum as well.

    Raises:
        LakehouseError: naming each file that changed.
    """
    changed = [f"{f.path} {what}" for f in files if (what := _change(landing / f.path, f, content))]
    if changed:
        raise LakehouseError(
            "Files changed during the run: " + "; ".join(changed) + ".",
            f"{_AGAIN} Nothing was published.",
            ExitCode.BAD_INPUT,
        )


def _change(path: Path, file: LandingFile, content: bool) -> str:
    """How a file differs from what was listed; empty if it does not."""
    with os_errors(f"reading {file.path}"):
        if not path.exists():
            return "was removed after it was checked"
        size, *times = _stamp(path)
        if size != file.size:
            return f"had {file.size:,} bytes when it was checked and has {size:,} now"
        if times != [file.modified, file.changed]:
            return "was written again after it was checked"
        if content and checksum(path) != file.sha256:
            return "has other content than when it was checked"
    return ""


def remember(warehouse: Path, landing: Path, files: Sequence[LandingFile]) -> Path:
    """Write the list down, for the load and so that the next run reads only what is new.

    Returns where it is.

    Raises:
        LakehouseError: when it cannot be written.
    """
    path = warehouse / LIST_NAME
    write_note(path, _FileList(str(landing), list(files)), "writing the list of files")
    return path


def _read_list(path: Path, landing: Path) -> dict[str, LandingFile]:
    """A list that was written down, by path; empty if there is none of this landing folder."""
    listed = read_note(path, _FileList)
    if listed is None or listed.landing != str(landing):
        return {}
    return {file.path: file for file in listed.files}


def _count_read(files: Sequence[LandingFile], known: Mapping[str, LandingFile]) -> int:
    return sum(file is not known.get(file.path) for file in files)


def _list_source(
    landing: Path, paths: Sequence[str], contract: Contract, known: Mapping[str, LandingFile]
) -> tuple[list[LandingFile], list[Finding]]:
    """The files of one source among these paths, and what is wrong with others of it."""
    files: list[LandingFile] = []
    problems: list[Finding] = []
    for name in filter(contract.takes, paths):
        try:
            files.append(_list_file(landing, name, contract, known.get(name)))
        except BadFileError as bad:
            problems += bad.problems
    return files, problems


def _list_file(
    landing: Path, name: str, contract: Contract, known: LandingFile | None
) -> LandingFile:
    """Read a file, unless it is known as it is."""
    if odd := _oddity(name):
        remedy = "Rename the file or its folder."
        raise BadFileError(Finding(ascii(name)[1:-1], f"the name {odd}.", remedy))
    with os_errors(f"reading {name}"):
        before = _stamp(landing / name)
        if (
            known
            and known.source == contract.name
            and (known.size, known.modified, known.changed) == before
        ):
            check_header(known.header, name, contract.columns)
            return known
        content = read_file(landing / name, name, contract.columns)
        if _stamp(landing / name) != before:
            raise BadFileError(Finding(name, "the file is being written.", _AGAIN))
    size, modified, changed = before
    return LandingFile(
        **vars(content),
        source=contract.name,
        path=name,
        size=size,
        modified=modified,
        changed=changed,
    )


def _stamp(path: Path) -> tuple[int, int, int]:
    """Size and times, by which it is seen that a file was written again."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _oddity(name: str) -> str:
    """What in a name an engine cannot be given; empty for nothing."""
    if any(unicodedata.category(character) == "Cs" for character in name):
        return "is not UTF-8"
    odd = sorted({c for c in name if c == "\\" or unicodedata.category(c) == "Cc"})
    return f"holds {', '.join(map(ascii, odd))}" if odd else ""


def _require_folder(landing: Path) -> None:
    """Stop when the landing folder is not there, or has a name that an engine cannot be given."""
    if not landing.is_dir():
        what = "is not a folder" if landing.exists() else "does not exist"
        raise LakehouseError(
            f"The landing folder {landing} {what}.",
            "Name the folder that holds source_crm and source_erp with --landing or "
            "LAKEHOUSE_LANDING; `lakehouse sample` writes sample files into the default one.",
            ExitCode.BAD_INPUT,
        )
    if odd := _oddity(str(landing)):
        raise LakehouseError(
            f"The path of the landing folder {odd}: {str(landing)!a}.",
            "Rename the folder.",
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


def _is_hidden(relative: str) -> bool:
    return any(part.startswith((".", "_")) for part in relative.split("/"))


def _walk(folder: Path, inside: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """Files below a folder, relative to it; links are followed, but not in a circle."""
    with os_errors("reading the landing folder"):
        here = os.path.realpath(folder)
        if here in above:
            return
        for entry in os.scandir(folder):
            if entry.is_dir():
                yield from _walk(Path(entry.path), f"{inside}{entry.name}/", (*above, here))
            else:
                yield f"{inside}{entry.name}"


def _missing(contract: Contract, landing: Path, paths: Sequence[str]) -> Finding:
    """The problem of a source without a file, with a guess what happened."""
    pattern = contract.pattern.replace(".csv*", ".csv").replace("*", "[...]")
    lower = Contract(contract.name, contract.pattern.lower(), ())
    if same := [name for name in paths if lower.takes(name.lower())]:
        return Finding(
            same[0],
            f"the name differs from {pattern} in upper and lower case, so it would not be read.",
            "Rename it as the source declares it.",
        )
    begin = PurePosixPath(contract.pattern).name.partition("*")[0].removesuffix(".csv").lower()
    if near := [name for name in paths if PurePosixPath(name).name.lower().startswith(begin)]:
        return Finding(
            near[0],
            f"not a file that {contract.name} takes: {pattern}, also packed as .csv.gz.",
            "Unpack it or export it as CSV, and put it where the source declares it.",
        )
    return Finding(
        pattern,
        f"no such file in {landing} ({contract.name}).",
        f"Put the export there. It needs the columns {', '.join(contract.columns)}.",
    )


def _copies(files: Sequence[LandingFile]) -> list[str]:
    """A note for each content that several files hold."""
    same: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files:
        if file.rows:
            same[file.source, file.sha256].append(file.path)
    return [
        f"{' and '.join(names)} have the same content: it is loaded once."
        for names in same.values()
        if len(names) > 1
    ]


def _not_read(names: Sequence[str], reason: str) -> list[str]:
    """Warnings about CSV files that are left out."""
    return [
        f"{clean(name)} is not read: {reason}."
        for name in names
        if name.lower().endswith((".csv", ".csv.gz"))
    ]
