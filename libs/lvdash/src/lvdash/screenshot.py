"""Pictures of the page, taken with the Chromium of the system."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lvdash.page import render
from orchestration.errors import LakehouseError

WIDTHS = (390, 1024, 1600)
"""A phone, a small laptop, a wide screen; in CSS pixels."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT = 120
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--run-all-compositor-stages-before-draw",
    "--virtual-time-budget=10000",
)


def find_browser() -> str:
    """The path of a Chromium.

    Raises:
        LakehouseError: when there is none.
    """
    for name in _NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise LakehouseError(
        "Pictures need Chromium, and there is none on the path.",
        "Install it (on Debian: `apt-get install chromium`) and run again.",
    )


def screenshot(page: Path, out_dir: Path, widths: Sequence[int] = WIDTHS) -> list[Path]:
    """Take a picture of every sheet of a page, whole, at every width.

    Args:
        page: an HTML file made by `render`.
        out_dir: the folder for the pictures; made when it is not there.
        widths: CSS pixels.

    Returns:
        The PNG files: `<sheet>-<width>.png`, sheets in their order.

    Raises:
        LakehouseError: when there is no Chromium or it fails.
    """
    browser = find_browser()
    out_dir.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for sheet in _sheets(page):
        for width in widths:
            made.append(_picture(browser, page, sheet, width, out_dir / f"{sheet}-{width}.png"))
    return made


def render_png(published: Path, out_dir: Path, dashboard: Path) -> list[Path]:
    """Draw the dashboard and take its pictures, without keeping the page.

    Raises:
        LakehouseError: see `render` and `screenshot`.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "dashboard.html"
        render(published, page, dashboard)
        return screenshot(page, out_dir)


def _sheets(page: Path) -> list[str]:
    """The names of the sheets of a page, from the model inside it."""
    found = re.search(
        r'<script type="application/json" id="model">(.*?)</script>',
        page.read_text(encoding="utf-8"),
        re.DOTALL,
    )
    if found is None:
        raise LakehouseError(
            f"{page} is no dashboard page.", "Make one with `lakehouse dashboard`."
        )
    model = json.loads(found[1])
    return [str(sheet["name"]) for sheet in model["pages"] if not sheet["filters"]]


def _picture(browser: str, page: Path, sheet: str, width: int, out: Path) -> Path:
    address = f"{page.absolute().as_uri()}#page={sheet}"
    height = _height(browser, address, width)
    _run(browser, address, width, height, f"--screenshot={out}")
    if not out.is_file():
        raise LakehouseError(
            f"Chromium took no picture of {page}.", "Open the page in a browser to see why."
        )
    return out


def _height(browser: str, address: str, width: int) -> int:
    """How high the sheet is at a width, as the page itself says when it is drawn."""
    said = _run(browser, address, width, 900, "--dump-dom")
    found = re.search(r'data-height="(\d+)"', said)
    if found is None:
        raise LakehouseError(
            "The page was not drawn within ten seconds.", "Open it in a browser to see why."
        )
    return int(found[1])


def _run(browser: str, address: str, width: int, height: int, *options: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            *_OPTIONS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            *options,
            address,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LakehouseError(
                f"Chromium did not finish within {_TIMEOUT} s.", "Try again on a quieter machine."
            ) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LakehouseError(
            f"Chromium failed ({browser}): {last}", "Start it by hand to see what it needs."
        )
    return done.stdout
