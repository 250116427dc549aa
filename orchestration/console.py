"""What a run says while it runs: in a terminal with a live line, elsewhere in plain lines."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from orchestration.dbt import FAILED, LAYERS, NodeResult


def plural(count: int, noun: str) -> str:
    """A number with its noun: 1 row, 1,200 rows."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


@dataclass
class _LayerCount:
    """Running totals of a layer."""

    models: int = 0
    rows: int = 0
    seconds: float = 0.0
    passed: int = 0
    warned: int = 0
    failed: int = 0
    skipped: int = 0


class RunConsole:
    """The listener of a run; use it as a context manager.

    Args:
        console: where to write; the terminal by default.
        models: whether each model gets a line of its own.
    """

    def __init__(self, console: Console | None = None, *, models: bool = True) -> None:
        self._models = models
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._running: dict[str, str] = {}
        self._layers: dict[str, _LayerCount] = defaultdict(_LayerCount)
        self._done = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Start the live line, in a terminal."""
        if self.console.is_terminal:
            self._status = self.console.status("")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the live line away."""
        if self._status:
            self._status.stop()
            self._status = None

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def step(self, text: str) -> None:
        """Say that a step begins; it gets a line of its own."""
        self.console.print(f"[bold]{self.elapsed:5.1f} s[/]  {escape(text)}")
        self._show(text)

    def note(self, text: str) -> None:
        """Say something about the step that is going on."""
        self.console.print(f"         {escape(text)}")

    def warn(self, text: str) -> None:
        """Say something that somebody should look at."""
        self.console.print(f"[yellow]warning[/]  {escape(text)}")

    def build_started(self, total: int) -> None:
        """Dbt knows what it will do; what an earlier build of the run has done counts no more."""
        self._running.clear()
        self._layers.clear()
        self._done = 0
        self.step(f"Building {total} models and tests")

    def node_started(self, name: str, layer: str) -> None:
        """A model or test has started."""
        self._running[name] = layer
        self._show_running(0)

    def node_finished(self, node: NodeResult, total: int) -> None:
        """A model or test has ended."""
        self._running.pop(node.name, None)
        self._running.pop(node.name.split("::")[-1], None)
        self._done += 1
        count = self._layers[node.layer]
        if node.status == "skipped":
            count.skipped += 1
        elif node.is_test:
            count.passed += node.status == "pass"
            count.warned += node.status == "warn"
            count.failed += node.status in FAILED
        else:
            count.models += 1
            count.rows += node.rows or 0
            count.seconds += node.seconds
        if self._models and not node.is_test and node.status != "skipped":
            self._model_line(node)
        elif node.status in FAILED or node.status == "warn":
            style = "yellow" if node.status == "warn" else "red"
            rows = f" ({plural(node.failures, 'row')})" if node.failures else ""
            self.console.print(f"         [{style}]{node.status}[/] {escape(node.name)}{rows}")
        self._show_running(total)

    def _model_line(self, node: NodeResult) -> None:
        rows = plural(node.rows, "row") if node.rows is not None else ""
        failed = " [red]failed[/]" if node.status in FAILED else ""
        line = f"{node.layer or node.kind:<8} {escape(node.name):<42} {rows:>16} "
        self.console.print(f"         {line}{node.seconds:6.2f} s{failed}")

    def _show_running(self, total: int) -> None:
        names = [name for name, _ in list(self._running.items())[-2:]]
        of = f"{self._done}/{total} " if total else ""
        self._show(f"{of}{', '.join(names)}")

    def _show(self, text: str) -> None:
        if self._status:
            self._status.update(f"{escape(text)}")

    def layers(self) -> None:
        """A line for each layer: models, rows, seconds and tests."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("")
        for title in ("models", "rows", "seconds", "tests passed", "warnings", "failed", "skipped"):
            table.add_column(title, justify="right")
        order = {layer: i for i, layer in enumerate(LAYERS)}
        for layer, count in sorted(
            self._layers.items(), key=lambda item: order.get(item[0], len(order))
        ):
            table.add_row(
                layer or "other",
                str(count.models),
                f"{count.rows:,}" if count.rows else "",
                f"{count.seconds:.1f}",
                str(count.passed),
                str(count.warned or ""),
                str(count.failed or ""),
                str(count.skipped or ""),
            )
        self.console.print(table)
