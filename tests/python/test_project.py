"""The dbt project keeps the house's rules, and its unit tests pass."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from orchestration.packages import DBT, ENVIRONMENT_VARIABLE, packages_dir
from tests.python.conftest import PROJECT, places

MODELS = sorted((PROJECT / "models").rglob("*.sql"))
SCREEN = 80
"""Lines of a model that can be seen at once."""

#: Words that only one engine knows; they belong into macros/engine.
OF_ONE_ENGINE = re.compile(
    r"\b(read_csv|read_blob|read_files|getvariable|list_filter|unnest\(|string_agg|struct_pack"
    r"|named_struct|collect_set|collect_list|lateral view|strptime|date_format"
    r"|regexp_replace|::)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_fits_on_a_screen(model: Path) -> None:
    text = model.read_text(encoding="utf-8")
    if "materialized='metric_view'" in text:
        return  # a list of definitions in YAML
    assert len(text.splitlines()) <= SCREEN


def test_only_engine_macros_know_the_engine() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for folder in ("models", "macros", "tests", "analyses", "snapshots")
        for path in sorted((PROJECT / folder).rglob("*.sql"))
        if "engine" not in path.parts and path.stem != "sales_metrics"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if OF_ONE_ENGINE.search(line) or "target.type" in line
    ]
    assert found == []


def test_unit_tests_of_the_models(published_sample: Path) -> None:
    root = published_sample.parents[1]
    done = subprocess.run(
        [*DBT, "--no-use-colors", "--quiet", "test", "--select", "test_type:unit"],
        cwd=PROJECT,
        env={
            **os.environ,
            **places(root),
            ENVIRONMENT_VARIABLE: str(packages_dir(PROJECT)),
            "DBT_PROFILES_DIR": str(PROJECT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
