"""What the tests share: where things are, the command, and two published databases."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from lvdash import LvdashError
from lvdash.screenshot import find_browser

if TYPE_CHECKING:
    from tests.python.lake import Lake

PROJECT = Path(__file__).resolve().parents[2]

HEADERS = {
    "source_crm/cust_info.csv": "cst_id,cst_key,cst_firstname,cst_lastname,cst_marital_status,"
    "cst_gndr,cst_create_date",
    "source_crm/prd_info.csv": "prd_id,prd_key,prd_nm,prd_cost,prd_line,prd_start_dt,prd_end_dt",
    "source_crm/sales_details.csv": "sls_ord_num,sls_prd_key,sls_cust_id,sls_order_dt,sls_ship_dt,"
    "sls_due_dt,sls_sales,sls_quantity,sls_price",
    "source_erp/CUST_AZ12.csv": "CID,BDATE,GEN",
    "source_erp/LOC_A101.csv": "CID,CNTRY",
    "source_erp/PX_CAT_G1V2.csv": "ID,CAT,SUBCAT,MAINTENANCE",
}
"""The six files of a landing folder and their headers."""

ROWS = {
    "source_crm/cust_info.csv": "11000,AW00011000,Ada,Moor,M,F,2025-10-06",
    "source_crm/prd_info.csv": "210,CO-RF-FR-R92B-58,Frame,12,R ,2003-07-01,",
    "source_crm/sales_details.csv": "SO1,FR-R92B-58,11000,20240105,20240112,20240117,24,2,12",
    "source_erp/CUST_AZ12.csv": "NASAW00011000,1971-10-06,Female",
    "source_erp/LOC_A101.csv": "AW-00011000,Australia",
    "source_erp/PX_CAT_G1V2.csv": "CO_RF,Components,Road Frames,Yes",
}
"""A row for each, so that the smallest possible landing folder is complete."""

BO = "11001,AW00011001,Bo,Li,S,F,2025-10-06"
FORK = "211,CO-RF-FO-2301,Fork,10,R ,2026-07-01,"
"""A second customer and a second product."""


CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""How the browser of the tests is started; nothing is downloaded."""


@dataclass(frozen=True)
class Artifacts:
    """What dbt wrote about the project when the sample was built."""

    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """Every model, test and macro."""
        return self._read("manifest.json")

    @property
    def catalog(self) -> dict[str, Any]:
        """Every relation that was built; there once the documentation was made."""
        return self._read("catalog.json")

    def _read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return content


def places(root: Path) -> dict[str, str]:
    """Environment variables that keep a run, and what dbt leaves behind, inside one folder."""
    return {
        "LAKEHOUSE_PROJECT_DIR": str(PROJECT),
        "LAKEHOUSE_LANDING": str(root / "landing"),
        "LAKEHOUSE_DUCKDB": str(root / "warehouse" / "lakehouse.duckdb"),
        "LAKEHOUSE_PUBLISHED": str(root / "warehouse" / "published.duckdb"),
        "LAKEHOUSE_SITE": str(root / "site"),
        "DBT_TARGET_PATH": str(root / "target"),
        "DBT_LOG_PATH": str(root / "logs"),
    }


def lakehouse(
    *args: str, env: Mapping[str, str] | None = None, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run `lakehouse` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "orchestration", *args],
        cwd=PROJECT,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def copy_project(target: Path) -> None:
    """Copy the files git knows or would take, without what a run makes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)
    shutil.copy2(target / "profiles.yml.example", target / "profiles.yml")


@pytest.fixture(scope="session")
def project_dir() -> Path:
    return PROJECT


@pytest.fixture
def small_landing(tmp_path: Path) -> Path:
    """A landing folder with the six files, a row each."""
    return write_small_landing(tmp_path / "landing")


def write_small_landing(landing: Path) -> Path:
    for name, header in HEADERS.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{header}\r\n{ROWS[name]}\r\n".encode())
    return landing


@pytest.fixture(scope="session")
def bootcamp_dir() -> Path:
    """The folder of the real files; the test is skipped where they are not."""
    folder = bootcamp_folder()
    if folder is None:
        pytest.skip(
            "the real files are not here; set LAKEHOUSE_BOOTCAMP to the folder that holds "
            "source_crm and source_erp"
        )
    return folder


def bootcamp_folder() -> Path | None:
    """The folder of the real files, if it is there."""
    folder = Path(
        os.environ.get("LAKEHOUSE_BOOTCAMP") or PROJECT.parent / "shared" / "data" / "bootcamp"
    )
    return folder if (folder / "source_crm" / "sales_details.csv").is_file() else None


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a test run have in common."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def published_once(factory: pytest.TempPathFactory, name: str, *sample: str) -> Path:
    """Publish once for all workers, from a sample or from the files already in `landing`.

    Returns:
        The published database; landing, target and site are beside its folder.
    """
    root = shared_folder(factory) / name
    root.mkdir(exist_ok=True)
    published = root / "warehouse" / "published.duckdb"
    with FileLock(root / "lock"):
        if not (root / "done").exists():
            if sample:
                lakehouse_succeeds("sample", *sample, "--out", str(root / "landing"))
            lakehouse_succeeds("run", env=places(root))
            (root / "done").touch()
    return published


def lakehouse_succeeds(*args: str, env: Mapping[str, str] | None = None) -> str:
    """Run `lakehouse`, which has to end with 0; what it printed."""
    done = lakehouse(*args, env=env)
    assert done.returncode == 0, f"lakehouse {args[0]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def published_bootcamp(bootcamp_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published database of the real files."""
    root = shared_folder(tmp_path_factory) / "bootcamp"
    with FileLock(f"{root}.lock"):
        if not root.exists():
            shutil.copytree(bootcamp_dir, root / "landing")
    return published_once(tmp_path_factory, "bootcamp")


SAMPLE = ("--scale", "0.1")
"""Of the sample that most tests share: 6,000 order lines."""


@pytest.fixture(scope="session")
def published_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published database of the sample files; landing and site are beside its folder."""
    return published_once(tmp_path_factory, "sample", *SAMPLE)


@functools.cache
def shared_lake(folder: Path) -> Lake:
    from tests.python.lake import Lake

    return Lake(folder)


@pytest.fixture
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake without files and tables; dbt has read the project once for all tests of a worker."""
    lake = shared_lake(tmp_path_factory.getbasetemp() / "lake")
    lake.clear()
    return lake


@pytest.fixture(scope="module")  # two of them cannot run at the same time
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless; nothing is downloaded."""
    try:
        path = find_browser()
    except LvdashError as error:
        if os.environ.get("LAKEHOUSE_REQUIRE_BROWSER"):
            raise
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def artifacts(published_sample: Path) -> Artifacts:
    return Artifacts(published_sample.parents[1] / "target")
