"""The terminal: text from data stays text, and a run shows its progress.

In a terminal the progress has a live line; elsewhere it is plain lines.
"""

from __future__ import annotations

import time
from typing import Any, Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.dbt import FAILED, NodeResult
from orchestration.dbt_child import LAYERS
from orchestration.plain import clean


def plural(count: int, noun: str) -> str:
    """A number with its noun: 1 row, 1,200 rows."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class Terminal(Console):
    """A console that shows every text as it is: no markup, no control characters, no wrapping."""

    def __init__(self, **options: Any) -> None:
        defaults = {"highlight": False, "soft_wrap": True, "markup": False, "emoji": False}
        super().__init__(**{**defaults, **options})

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a text into what is printed."""
        return super().render_str(clean(text), **options)

    def on_broken_pipe(self) -> None:
        """Leave it to the command, for which it is no error."""
        raise


_COLUMNS = ("models", "rows", "seconds", "tests passed", "warnings", "failed", "skipped")
"""What is counted for each layer."""
_BLANK = ("rows", "warnings", "failed", "skipped")
"""Those whose 0 is not shown."""


class RunConsole:
    """Shows what a run does; use it as a context manager.

    Each model gets a line of its own, unless `models` is False.
    """

    def __init__(self, console: Terminal | None = None, *, models: bool = True) -> None:
        self._models = models
        self.console = console or Terminal()
        self._status = self.console.status("")
        self._running: list[str] = []
        self._layers: dict[str, dict[str, float]] = {}
        self._done = 0
        self._last_note = ""
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Start the live line, in a terminal."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the live line away."""
        self._status.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._started

    def step(self, text: str) -> None:
        """Say that a step begins; it gets a line of its own."""
        self._last_note = ""
        self._line((f"{self.elapsed:5.1f} s", "bold"), f"  {text}")
        self._show(text)

    def note(self, text: str) -> None:
        """Say something about the step that is going on, unless it was said just before."""
        if text != self._last_note:
            self.console.print(f"         {text}")
        self._last_note = text

    def warn(self, text: str) -> None:
        """Say something that needs attention."""
        self._line(("warning", "yellow"), f"  {text}")

    def _line(self, *parts: str | tuple[str, str]) -> None:
        """Print a line of which some parts have a style."""
        cleaned = [clean(p) if isinstance(p, str) else (clean(p[0]), p[1]) for p in parts]
        self.console.print(Text.assemble(*cleaned))

    def build_started(self, total: int) -> None:
        """Dbt knows what it will do; counts of an earlier attempt are dropped."""
        self._running.clear()
        self._layers.clear()
        self._done = 0
        self.step(f"Building {total} models and tests")

    def node_started(self, name: str) -> None:
        """A model or test has started."""
        self._running.append(name)
        self._show_running(0)

    def node_finished(self, node: NodeResult, total: int) -> None:
        """A model or test has ended."""
        if node.name in self._running:
            self._running.remove(node.name)
        self._done += 1
        count = self._layers.setdefault(node.layer, dict.fromkeys(_COLUMNS, 0))
        if node.status == "skipped":
            count["skipped"] += 1
        elif node.is_test:
            count["tests passed"] += node.status == "pass"
            count["warnings"] += node.status == "warn"
            count["failed"] += node.status in FAILED
        else:
            count["models"] += 1
            count["rows"] += node.rows or 0
            count["seconds"] += node.seconds
        if self._models and not node.is_test and node.status != "skipped":
            self._model_line(node)
        elif node.status in FAILED or node.status == "warn":
            style = "yellow" if node.status == "warn" else "red"
            rows = f" ({plural(node.failures, 'row')})" if node.failures else ""
            self._line("         ", (node.status, style), f" {node.name}{rows}")
        self._show_running(total)

    def _model_line(self, node: NodeResult) -> None:
        rows = plural(node.rows, "row") if node.rows is not None else ""
        failed = (" failed", "red") if node.status in FAILED else ""
        line = f"{node.layer or node.kind:<8} {node.name:<42} {rows:>16} {node.seconds:6.2f} s"
        self._line(f"         {line}", failed)

    def _show_running(self, total: int) -> None:
        of = f"{self._done}/{total} " if total else ""
        self._show(f"{of}{', '.join(self._running[-2:])}")

    def _show(self, text: str) -> None:
        self._status.update(Text(clean(text)))

    def layers(self) -> None:
        """A line for each layer: models, rows, seconds and tests."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("")
        for title in _COLUMNS:
            table.add_column(title, justify="right")
        for layer in sorted(self._layers, key=lambda layer: (*LAYERS, layer).index(layer)):
            cells = {title: f"{n:,.0f}" for title, n in self._layers[layer].items()}
            cells["seconds"] = f"{self._layers[layer]['seconds']:.1f}"
            cells |= {title: "" for title in _BLANK if cells[title] == "0"}
            table.add_row(layer or "other", *cells.values())
        self.console.print(table)
