"""Pictures of the page, taken with the system's Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from lvdash.errors import BAD_INPUT, IO, LvdashError

WIDTHS = (390, 1024, 1600)
"""A phone, a small laptop, a wide screen; in CSS pixels."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT = 120
_OPTIONS = (
    *("--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars"),
    *("--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    *("--run-all-compositor-stages-before-draw", "--virtual-time-budget=10000"),
)


def find_browser() -> str:
    """The path of a Chromium.

    Raises:
        LvdashError: if there is none.
    """
    if found := next(filter(None, map(shutil.which, _NAMES)), None):
        return found
    raise LvdashError(
        "Pictures need Chromium, and there is none on the path.",
        "Install it (on Debian: `apt-get install chromium`) and run again.",
    )


def screenshot(page: Path, out_dir: Path, widths: Sequence[int] = WIDTHS) -> list[Path]:
    """Take a picture of every sheet of a page of `render`, whole, at every width (CSS pixels).

    Returns the PNG files, `<sheet>-<width>.png`, sheets in their order.

    Raises:
        LvdashError: if there is no Chromium, it fails, or the folder cannot be written.
    """
    browser, sheets = find_browser(), _sheets(page)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"The folder {out_dir} cannot be made: {error.strerror}."
        raise LvdashError(what, "Choose another place.", IO) from error
    made: list[Path] = []
    for sheet in sheets:
        for width in widths:
            name = f"{re.sub(r'[^A-Za-z0-9_-]', '_', sheet)}-{width}.png"
            made.append(_picture(browser, page, sheet, width, out_dir / name))
    return made


def _sheets(page: Path) -> list[str]:
    """The names of the sheets of a page, from the model inside it."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        what = f"The page {page} cannot be read: {error.strerror}."
        raise LvdashError(what, "Make it with `lvdash render`.", IO) from error
    found = re.search(r'<script type="application/json" id="model">(.*?)</script>', text, re.DOTALL)
    if found is None:
        raise LvdashError(
            f"{page} is not a page of lvdash.", "Make one with `lvdash render`.", BAD_INPUT
        )
    model = json.loads(found[1])
    return [str(sheet["name"]) for sheet in model["pages"] if not sheet["filters"]]


def _picture(browser: str, page: Path, sheet: str, width: int, out: Path) -> Path:
    address = f"{page.absolute().as_uri()}#page={quote(sheet, safe='')}"
    height = _height(browser, address, width)
    _run(browser, address, width, height, f"--screenshot={out}")
    if not out.is_file():
        raise LvdashError(
            f"Chromium took no picture of {page}.", "Open the page in a browser to see why."
        )
    return out


def _height(browser: str, address: str, width: int) -> int:
    """How high the sheet is at a width, as the page itself says when it is drawn."""
    said = _run(browser, address, width, 900, "--dump-dom")
    found = re.search(r'data-height="(\d+)"', said)
    if found is None:
        raise LvdashError("The page was not drawn in ten seconds.", "Open it in a browser.")
    return int(found[1])


def _run(browser: str, address: str, width: int, height: int, *options: str) -> str:
    with tempfile.TemporaryDirectory() as profile:
        options = (f"--user-data-dir={profile}", f"--window-size={width},{height}", *options)
        command = [browser, *_OPTIONS, *options, address]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LvdashError(
                f"Chromium did not finish within {_TIMEOUT} s.", "Try again on a quieter machine."
            ) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise LvdashError(
            f"Chromium failed ({browser}): {last}", "Start it by hand to see what it needs."
        )
    return done.stdout
