"""What is wrong in the sample, noted down where it is put in: the findings a pipeline must make."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np

from sales_sample.files import HEADERS, RowFile
from sales_sample.schedule import stream

#: The tables of the truth, and their columns.
TABLES = {
    "defects.csv": "file,line,row_number,record_key,column,rule_id,value_before,value_after,"
    "recoverable",
    "unrecovered.csv": "table,record_key,column,value_true,value_published,rule_id",
    "revisions.csv": "record_key,old_file,old_row_number,new_file,new_row_number",
}

#: In place of a column: the whole row is not published.
WHOLE_ROW = "*"


@dataclass(frozen=True)
class Finding:
    """One defect of one row.

    ``value_before`` is the clean value and ``value_after`` what stands in the file; they are equal
    where the value is right and the rule only points at it (an unknown product, a duplicate).
    """

    column: str
    rule_id: str
    value_before: str
    value_after: str
    recoverable: bool


@dataclass(frozen=True)
class Difference:
    """A value of the published star that cannot be the true one any more."""

    table: str
    record_key: str
    column: str
    value_true: str
    value_published: str
    rule_id: str


@dataclass
class SourceRow:
    """One row of a source file, by column, together with what is wrong with it."""

    record_key: str
    fields: dict[str, str]
    findings: list[Finding] = field(default_factory=list)
    row_number: int = 0
    """Its place in the file, the first row after the header being 1; 0 until it is written."""

    @classmethod
    def of(cls, file: str, record_key: str, values: Iterable[object]) -> SourceRow:
        """A row of a file, its values in the order of the columns."""
        columns = HEADERS[file].split(",")
        return cls(record_key, dict(zip(columns, map(str, values), strict=True)))

    def spoil(self, column: str, rule_id: str, value: str, recoverable: bool = True) -> None:
        """Put ``value`` into a field and note it down."""
        before, self.fields[column] = self.fields[column], value
        self.note(column, rule_id, before, recoverable)

    def note(
        self, column: str, rule_id: str, before: str | None = None, recoverable: bool = True
    ) -> None:
        """Note a defect down; ``before`` is the clean value if it is another one."""
        after = self.fields[column]
        before = after if before is None else before
        self.findings.append(Finding(column, rule_id, before, after, recoverable))


@dataclass
class Case:
    """One thing that goes wrong: the how manieth of its kind it is, and its random numbers."""

    kind: str
    seed: int
    place: int
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = stream(self.seed, self.kind, self.place)

    def variant(self, *values: str) -> str:
        """One of several ways to go wrong, in turn."""
        return values[self.place % len(values)]

    def number(self, low: int, high: int) -> int:
        """A random number from ``low`` to ``high`` (exclusive)."""
        return int(self.random.integers(low, high))


class Ledger(ExitStack):
    """The list of all defects and of all differences they leave in the published star."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.unrecoverable = 0
        self._defects, self._differences, self._revisions = (
            self.enter_context(RowFile(folder, name, header, line_end="\n"))
            for name, header in TABLES.items()
        )

    def add(self, file: str, row: SourceRow) -> None:
        """Note down the defects of a row; the header is line 1 of the file."""
        for finding in row.findings:
            self.counts[finding.rule_id] += 1
            self.unrecoverable += not finding.recoverable
            *what, recoverable = astuple(finding)
            place = (file, row.row_number + 1, row.row_number, row.record_key)
            self._defects.write([_quoted(*place, *what, str(recoverable).lower())])

    def differ(self, differences: Iterable[Difference]) -> None:
        """Note down that published values differ from the true ones."""
        self._differences.write([_quoted(*astuple(each)) for each in differences])

    def revise(self, record_key: str, old: tuple[str, int], new: tuple[str, int]) -> None:
        """Note down that a row of a later file takes the place of one of an earlier file."""
        self._revisions.write([_quoted(record_key, *old, *new)])


def _quoted(*values: object) -> str:
    """A line of CSV, quoted where needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def write_rows(sink: RowFile, rows: Sequence[SourceRow], ledger: Ledger | None) -> None:
    """Append rows to a source file and their defects to the ledger, if there is one."""
    for number, row in enumerate(rows, start=sink.rows + 1):
        row.row_number = number
        if ledger:
            ledger.add(sink.name, row)
    sink.write([",".join(row.fields.values()) for row in rows])


def write_mixed(
    sink: RowFile,
    texts: Sequence[str],
    replaced: Mapping[int, Sequence[SourceRow]],
    ledger: Ledger | None,
) -> None:
    """Append clean rows, with other rows (none, one, several) in place of some of them."""
    at = 0
    for index in sorted(replaced):
        sink.write(texts[at:index])
        write_rows(sink, replaced[index], ledger)
        at = index + 1
    sink.write(texts[at:])


class Slots:
    """Which of ``total`` customers or orders something happens to, and never two things to one.

    Numbers are dealt out in turn, as hours to a clock: number n belongs to the kind n mod
    (number of kinds), which takes as many of its own as it needs, spread evenly over all of them.
    So what happens to a number can be told without knowing any other.

    ``kinds`` says how often each kind happens at scale 1, once at least; 0 is for what is dealt
    out but chosen elsewhere.
    """

    def __init__(self, seed: int, total: int, kinds: Mapping[str, float], scale: float) -> None:
        self.width = len(kinds)
        self._names = tuple(kinds)
        # The last number of all is left alone: how a file ends is a matter of its shape.
        groups = (total - 1) // self.width
        numbers, slots, places = [], [], []
        for slot, (kind, often) in enumerate(kinds.items()):
            if not often:
                continue
            count = min(max(1, round(often * scale)), groups)
            draw = stream(seed, kind).random(count)
            group = np.unique(((np.arange(count) + draw) * groups / count).astype(np.int64))
            numbers.append(group * self.width + slot)
            slots.append(np.full(len(group), slot))
            places.append(np.arange(len(group)))
        empty = [np.empty(0, dtype=np.int64)]
        number = np.concatenate(numbers or empty)
        order = np.argsort(number)
        self._number = number[order]
        self._slot = np.concatenate(slots or empty)[order]
        self._place = np.concatenate(places or empty)[order]

    def within(self, first: int, last: int) -> Iterator[tuple[int, str, int]]:
        """What happens to the numbers from ``first`` to ``last`` (exclusive).

        Each with its kind, and the how manieth of its kind it is, from 0.
        """
        low, high = np.searchsorted(self._number, (first, last))
        for i in range(int(low), int(high)):
            yield int(self._number[i]), self._names[self._slot[i]], int(self._place[i])

    def members(self, kind: str, first: int, last: int) -> range:
        """All numbers from ``first`` to ``last`` (exclusive) that are dealt to a kind."""
        slot = self._names.index(kind)
        return range(first + (slot - first) % self.width, last, self.width)
