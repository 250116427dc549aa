"""Writing the sample: the six source files, daily drops, and the truth beside them."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from sales_sample import customers as who
from sales_sample import files, schedule, star, versions
from sales_sample import spoil_customers as bad_customers
from sales_sample import spoil_products as bad_products
from sales_sample import spoil_sales as bad_sales
from sales_sample.catalogue import UNDESCRIBED
from sales_sample.customers import Customer
from sales_sample.defects import Ledger, Slots, SourceRow, write_mixed, write_rows
from sales_sample.errors import IO, SalesSampleError
from sales_sample.folder import check_arguments, prepare, remove_truth
from sales_sample.render import Renderer
from sales_sample.report import DayReport, SampleFile, SampleReport, Totals
from sales_sample.sales import Lines, Shop
from sales_sample.schedule import HISTORY_DAYS, stream
from sales_sample.spoil_sales import Line, OrderRows

#: Called with what is being written, how many rows of it are done and about how many there are.
Progress = Callable[[str, int, int], None]

#: Where the truth goes unless told otherwise, relative to the sample.
TRUTH_FOLDER = ".truth"

#: Beyond this scale the clean star is written on request only; it is larger than the sample.
STAR_LIMIT = 100

# Each day brings so many late orders, corrected lines, moves and weddings at scale 1.
_PER_DAY = 1
_CORRECTIONS_PER_DAY = 2
_CORRECTED_WITHIN = 60
_COST_CHANGES_EVERY = 10


def write_sample(
    out: Path,
    scale: float = 1,
    days: int = 1,
    seed: int = 7,
    until: date | None = None,
    defects: bool = True,
    truth: Path | None = None,
    progress: Progress | None = None,
) -> SampleReport:
    """Write sample files, equal byte for byte for equal arguments.

    Args:
        out: the folder; ``source_crm`` and ``source_erp`` are made in it.
        scale: 1 is the magnitude of the real files (60,000 order lines), 1000 a thousand times it.
        days: how many days the files arrive on. The first day brings everything up to then, each
            further one a file with its order lines, a few late ones and a few corrected ones. The
            other five files are as on the last day.
        seed: another one makes another company.
        until: today in the sample; orders reach to the day before it.
        defects: whether anything is wrong in the files.
        truth: folder for the list of defects and the clean star, by default ``.truth`` in ``out``.
            Above scale 100 the clean star is written only if this is given.
        progress: is told how far the writing is.

    Returns:
        What was written, and what a pipeline should publish.

    Raises:
        SalesSampleError: an argument is out of range, the folder holds files that are no sample, or
            something cannot be written.
    """
    sample = _Sample(out, scale, days, seed, until, defects, truth, progress, daily=False)
    for _ in sample.days_written():
        pass
    return sample.report()


def iter_days(
    out: Path,
    scale: float = 1,
    days: int = 30,
    seed: int = 7,
    until: date | None = None,
    defects: bool = True,
    truth: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[DayReport]:
    """Write the same sample day by day, and give way after each day's files.

    Arguments and errors are those of `write_sample`. The other five files are written again every
    day, as full extracts are, with the customers and products known by then. The truth is that of
    the last day, and there once the last day has been asked for.
    """
    sample = _Sample(out, scale, days, seed, until, defects, truth, progress, daily=True)
    return sample.days_written()


@dataclass
class _Pending:
    """What a later day's file brings about an earlier order."""

    rows: list[SourceRow]
    totals: Totals
    revised: tuple[str, SourceRow] | None = None
    """The file and the row that it takes the place of."""


class _Sample:
    """One sample: its arguments, and what becomes of them."""

    def __init__(
        self,
        out: Path,
        scale: float,
        days: int,
        seed: int,
        until: date | None,
        defects: bool,
        truth: Path | None,
        progress: Progress | None,
        *,
        daily: bool,
    ) -> None:
        # The calendar day of the machine is what "today" means to the person in front of it.
        until = until or date.today()
        check_arguments(scale, days, seed, until)
        self._started = time.monotonic()
        self._out, self._truth = Path(out), Path(truth or Path(out) / TRUTH_FOLDER)
        self._seed, self._scale, self._until = seed, scale, until
        self._defects, self._daily = defects, daily
        self._has_star = truth is not None or scale <= STAR_LIMIT
        self._progress = progress or (lambda _what, _done, _total: None)

        self._schedule = schedule.plan(seed, scale, until)
        self._shop = Shop()
        self._renderer = Renderer(self._schedule, self._shop.products)
        self._prices = np.asarray([p.family.price for p in self._shop.products])
        self._country = who.countries(self._schedule)
        self._base_day = HISTORY_DAYS - days
        self._drops = range(self._base_day + 1, HISTORY_DAYS)
        self._customer_slots = Slots(seed, self._schedule.customers, bad_customers.KINDS, scale)
        self._order_slots = Slots(seed, self._schedule.orders, bad_sales.KINDS, scale)
        self._changes = self._plan_customer_changes()
        self._late, self._corrected = self._plan_order_changes()
        self._planned = sorted(
            [(number, bad_sales.LATE) for number in self._late]
            + [(number, bad_sales.CORRECTED) for number in self._corrected]
        )
        self._versions = self._plan_versions()

        self._pending: dict[int, list[_Pending]] = defaultdict(list)
        self._totals = Totals()
        self._inferred_products: set[str] = set()
        self._inferred_customers: set[int] = set()
        self._files: dict[str, int] = {}
        self._ledger: Ledger

    # ---------- what will happen

    def _often(self, per_day: int) -> int:
        return max(1, round(per_day * self._scale))

    def _plan_customer_changes(self) -> dict[int, tuple[int, str]]:
        """Which customers move or marry, and on which day."""
        changes: dict[int, tuple[int, str]] = {}
        known = int(self._schedule.customers_before[self._base_day + 1])
        for kind in (bad_customers.MOVES, bad_customers.MARRIES):
            members = self._customer_slots.members(kind, 0, known)
            random = stream(self._seed, kind)
            for day in self._drops:
                for pick in random.random(self._often(_PER_DAY)).tolist():
                    if members:
                        changes.setdefault(members[int(pick * len(members))], (day, kind))
        return changes

    def _plan_order_changes(self) -> tuple[dict[int, int], dict[int, int]]:
        """Which orders arrive late and which are corrected, and on which day."""
        late: dict[int, int] = {}
        corrected: dict[int, int] = {}
        before = self._schedule.orders_before.tolist()
        random = stream(self._seed, bad_sales.CORRECTED)
        for day in self._drops:
            ordered = day - 1 - day % 3
            members = self._order_slots.members(
                bad_sales.LATE, before[ordered], before[ordered + 1]
            )
            for order in members[: self._often(_PER_DAY)]:
                late[order] = day
            members = self._order_slots.members(
                bad_sales.CORRECTED, before[day - _CORRECTED_WITHIN], before[day]
            )
            for pick in random.random(self._often(_CORRECTIONS_PER_DAY)).tolist():
                if members:
                    corrected.setdefault(members[int(pick * len(members))], day)
        return late, corrected

    def _plan_versions(self) -> list[versions.Version]:
        """All product versions up to the last day, those of the daily changes at the end."""
        known = versions.versions(self._schedule.first_day)
        current = [v for v in known if v.end is None and v.product.family.versions > 1]
        order = stream(self._seed, "cost changes").permutation(len(current)).tolist()
        for day, pick in zip(self._drops[4::_COST_CHANGES_EVERY], order, strict=False):
            old = current[pick]
            start = self._schedule.date_of(day)
            cost = old.cost + max(1, round(old.cost * 0.04))
            known.append(replace(old, id=versions.FIRST_ID + len(known), cost=cost, start=start))
        return known

    # ---------- writing

    def days_written(self) -> Iterator[DayReport]:
        """Write the files of one day after the other."""
        try:
            prepare(self._out, self._describe())
            remove_truth(self._truth)
            with Ledger(self._truth) as self._ledger:
                yield from self._write_days()
        except OSError as error:
            place = error.filename or self._out
            raise SalesSampleError(
                f"The sample cannot be written to {place}: {error.strerror}.",
                "Free some space or correct the rights, or give another folder.",
                IO,
            ) from error

    def _describe(self) -> dict[str, object]:
        drops = (files.daily_sales(self._schedule.date_of(day)) for day in self._drops)
        return {
            "seed": self._seed,
            "scale": self._scale,
            "days": HISTORY_DAYS - self._base_day,
            "until": self._until.isoformat(),
            "defects": self._defects,
            "files": sorted([*files.HEADERS, *drops]),
        }

    def _write_days(self) -> Iterator[DayReport]:
        with ExitStack() as stack:
            fact = self._star(stack, "fact_sales")
            segments = self._segments()
            with self._source(files.SALES, self._base_day) as sales:
                for first, last, lines in segments:
                    self._write_orders(sales, fact, lines, first, last)
                    if last > self._base_day:
                        break
            yield self._day_done(self._base_day, sales)
            for day, _, lines in segments:
                name = files.daily_sales(self._schedule.date_of(day))
                with self._source(name, day) as drop:
                    self._write_pending(drop, day)
                    self._write_orders(drop, fact, lines, day, day + 1)
                yield self._day_done(day, drop)

    def _source(self, name: str, day: int) -> files.RowFile:
        return files.source_file(self._out, name, self._schedule.date_of(day))

    def _star(self, stack: ExitStack, name: str) -> files.RowFile | None:
        return stack.enter_context(star.table(self._truth, name)) if self._has_star else None

    def _segments(self) -> Iterator[tuple[int, int, Lines]]:
        """The clean lines in pieces: up to the first day's end, then day by day."""
        for first, last in self._schedule.blocks():
            lines = self._shop.orders(self._schedule, self._country, first, last)
            start = first
            for end in range(max(first, self._base_day) + 1, last + 1) or (last,):
                low, high = np.searchsorted(lines.day, (start, end))
                yield start, end, lines[int(low) : int(high)]
                start = end

    def _write_orders(
        self, sink: files.RowFile, fact: files.RowFile | None, lines: Lines, first: int, last: int
    ) -> None:
        """Write the orders of the days from ``first`` to ``last`` (exclusive)."""
        before = self._schedule.orders_before
        orders = (int(before[first]), int(before[last]))
        stated: dict[int, list[SourceRow]] = {}
        true: dict[int, Line] = {}
        self._totals += Totals(
            len(lines),
            orders[1] - orders[0],
            int(lines.quantity.sum()),
            int((lines.quantity * self._prices[lines.product]).sum()),
        )
        for number, kind, place in self._special_orders(*orders):
            low, high = (int(i) for i in np.searchsorted(lines.order, (number, number + 1)))
            order = OrderRows([self._renderer.line(lines, i) for i in range(low, high)])
            if kind == bad_sales.LATE:
                self._totals -= _totals(order.lines)
                rows = [row for rows in order.rows for row in rows]
                self._pending[self._late[number]].append(_Pending(rows, _totals(order.lines)))
                order.rows = [[] for _ in order.lines]
            elif kind == bad_sales.CORRECTED:
                self._pending[self._corrected[number]].append(_correct(order, sink.name))
            else:
                self._spoil(kind, order, place)
            for i in range(low, high):
                stated[i], true[i] = order.rows[i - low], order.lines[i - low]

        write_mixed(sink, self._renderer.sales_texts(lines), stated, self._ledger)
        if fact:
            texts = self._renderer.fact_texts(lines)
            for i, line in true.items():
                texts[i] = star.fact_text(line)
            fact.write(texts)
        self._progress(sink.name, orders[1], self._schedule.orders)

    def _special_orders(self, first: int, last: int) -> Iterator[tuple[int, str, int]]:
        """Orders with which something happens, as `Slots.within` gives them."""
        if self._defects:
            yield from self._order_slots.within(first, last)
        low, high = (bisect_left(self._planned, (number,)) for number in (first, last))
        yield from ((number, kind, 0) for number, kind in self._planned[low:high])

    def _spoil(self, kind: str, order: OrderRows, place: int) -> None:
        self._totals -= _totals(order.lines)
        bad_sales.spoil(kind, order, self._seed, place)
        self._totals += _totals(order.lines)
        self._ledger.differ(order.differences)
        # What a line names is published with it, even if nothing describes it.
        for line in order.lines:
            if line.customer_id >= bad_sales.UNDESCRIBED_CUSTOMERS:
                self._inferred_customers.add(line.customer_id)
            if line.product in _UNDESCRIBED_PRODUCTS:
                self._inferred_products.add(line.product)

    def _write_pending(self, sink: files.RowFile, day: int) -> None:
        """Write what a day brings about earlier orders."""
        for pending in self._pending.pop(day, []):
            write_rows(sink, pending.rows, self._ledger)
            self._totals += pending.totals
            if pending.revised:
                (old_file, old), new = pending.revised, pending.rows[0]
                places = (old_file, old.row_number), (sink.name, new.row_number)
                self._ledger.revise(new.record_key, *places)

    def _day_done(self, day: int, sales: files.RowFile) -> DayReport:
        """Write the other files if it is time for them, and report."""
        self._files[sales.name] = sales.rows
        written = [sales.name]
        is_last = day == HISTORY_DAYS - 1
        if self._daily or is_last:
            ledger = self._ledger if is_last else None
            written += self._write_customers(day, ledger)
            written += self._write_products(day, ledger)
        known = int(self._schedule.customers_before[day + 1])
        return DayReport(self._schedule.date_of(day), tuple(written), self._totals, known)

    def _write_customers(self, day: int, ledger: Ledger | None) -> list[str]:
        """The three customer files as of a day, and with a ledger the dimension."""
        known = int(self._schedule.customers_before[day + 1])
        with ExitStack() as stack:
            sinks = [stack.enter_context(self._source(n, day)) for n in bad_customers.TEXTS]
            dimension = self._star(stack, "dim_customers") if ledger else None
            for block in who.customer_blocks(self._schedule, self._until, self._country):
                block = [self._as_of(day, c) for c in block[: max(known - block[0].index, 0)]]
                if not block:
                    break
                spoilt = self._spoil_customers(block, ledger)
                for sink in sinks:
                    texts = [bad_customers.TEXTS[sink.name](c) for c in block]
                    replaced = {place: each.rows[sink.name] for place, each in spoilt.items()}
                    write_mixed(sink, texts, replaced, ledger)
                if dimension:
                    dimension.write([star.customer_text(c) for c in block])
                self._progress("customers", block[-1].index + 1, self._schedule.customers)
            if dimension:
                inferred = sorted(self._inferred_customers)
                dimension.write([star.inferred_customer_text(number) for number in inferred])
        self._files.update({sink.name: sink.rows for sink in sinks})
        return [sink.name for sink in sinks]

    def _as_of(self, day: int, customer: Customer) -> Customer:
        change_day, kind = self._changes.get(customer.index, (HISTORY_DAYS, ""))
        if change_day > day:
            return customer
        change = bad_customers.moved if kind == bad_customers.MOVES else bad_customers.married
        return change(customer)

    def _spoil_customers(
        self, block: list[Customer], ledger: Ledger | None
    ) -> dict[int, bad_customers.CustomerCase]:
        """Those customers with whom something is wrong, by place in the block."""
        if not self._defects:
            return {}
        first = block[0].index
        spoilt = {}
        for number, kind, place in self._customer_slots.within(first, first + len(block)):
            case = bad_customers.spoil(kind, block[number - first], self._seed, place)
            spoilt[number - first] = case
            if ledger:
                ledger.differ(case.differences)
        return spoilt

    def _write_products(self, day: int, ledger: Ledger | None) -> list[str]:
        """The two product files as of a day, and with a ledger the dimension."""
        known = versions.as_of(self._versions, self._schedule.date_of(day))
        if self._defects:
            categories, vague = bad_products.spoiled_categories(self._seed)
            products, differences = bad_products.spoiled_products(
                self._seed, known, versions.newest_july(self._schedule.first_day), vague
            )
        else:
            categories, differences = bad_products.clean_categories(), []
            products = [versions.row(version) for version in known]
        rows = {files.PRODUCTS: products, files.ERP_CATEGORIES: categories}
        for name in rows:
            with self._source(name, day) as sink:
                write_rows(sink, rows[name], ledger)
            self._files[name] = sink.rows
        if ledger:
            ledger.differ(differences)
            if self._has_star:
                star.write_products(self._truth, known, sorted(self._inferred_products))
        return list(rows)

    def report(self) -> SampleReport:
        """What was written; there once all days are."""
        return SampleReport(
            out=self._out,
            truth=self._truth,
            files=tuple(
                SampleFile(name, rows, (self._out / name).stat().st_size)
                for name, rows in sorted(self._files.items())
            ),
            totals=self._totals,
            customers=self._schedule.customers,
            products=len({version.product.number for version in self._versions}),
            first_order_date=self._schedule.date_of(0),
            last_order_date=self._schedule.date_of(HISTORY_DAYS - 1),
            defects=dict(sorted(self._ledger.counts.items())),
            unrecoverable=self._ledger.unrecoverable,
            has_star=self._has_star,
            seconds=time.monotonic() - self._started,
        )


_UNDESCRIBED_PRODUCTS = dict(UNDESCRIBED).keys()


def _totals(lines: list[Line]) -> Totals:
    """What the lines of one order that will be published add up to."""
    kept = [line for line in lines if not line.is_lost]
    return Totals(
        len(kept),
        int(bool(kept)),
        sum(line.quantity for line in kept),
        sum(line.amount for line in kept),
    )


def _correct(order: OrderRows, file: str) -> _Pending:
    """One more piece of the first line, as a later file will say."""
    old, old_row = order.lines[0], order.rows[0][0]
    new = replace(old, quantity=old.quantity + 1)
    order.lines[0] = new
    return _Pending([new.row()], Totals(quantity=1, revenue=new.price), (file, old_row))
