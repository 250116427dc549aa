"""How large the dashboard page is, how soon it is ready, and how soon it is redrawn after a filter.

`make bench-dashboard` draws the page from what is published and opens it in the system's Chromium,
several times again. Two clocks: the wall's, which other work on the machine lengthens, and the
processor time of the page's main thread, which it does not.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from lvdash import render
from orchestration.settings import load_settings

CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
REDRAWS = 9
CHOOSE = """turn => {
    const select = document.querySelectorAll('#filters select')[3 + turn % 2];
    select.selectedIndex = 1 + turn % 3;
    select.dispatchEvent(new Event('change'));
}"""
SETTLE = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def measure(browser: Browser, file: Path) -> list[tuple[float, float]]:
    """Open the page once, and choose filters in it one after the other.

    Returns:
        Seconds of the wall and of the processor for each.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    taken = []
    for turn in range(-1, REDRAWS):
        processor, wall = spent(), time.perf_counter()
        if turn < 0:
            page.goto(file.as_uri())
            page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        else:
            page.evaluate(CHOOSE, turn)
            page.evaluate(SETTLE)
        taken.append((time.perf_counter() - wall, spent() - processor))
    page.close()
    return taken


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path, help="the published file; default the project's")
    parser.add_argument("--runs", type=int, default=5, help="how often the page is opened again")
    options = parser.parse_args()
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        page = Path(folder) / "dashboard.html"
        published = options.published or settings.published
        render(settings.dashboard, published, page, schema="gold")
        drawn = time.perf_counter() - began
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS
            )
            rounds = [measure(browser, page) for _ in range(options.runs)]
            browser.close()
        size = page.stat().st_size
    out = Console()
    out.print(f"The page has {size / 1e6:.2f} MB and was made in {drawn:.1f} s.")
    table = Table("median seconds", "wall", "processor", "largest (processor)", "times")
    for name, part in (("ready", slice(1)), ("redraw", slice(1, None))):
        wall, processor = zip(*(each for taken in rounds for each in taken[part]), strict=True)
        figures = statistics.median(wall), statistics.median(processor), max(processor)
        table.add_row(name, *(f"{seconds:.3f}" for seconds in figures), str(len(wall)))
    out.print(table)


if __name__ == "__main__":
    main()
