from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration import dbt, run
from orchestration.console import RunConsole
from orchestration.settings import Settings, load_settings
from tests.python.conftest import PROJECT


@pytest.fixture
def fresh(tmp_path: Path, small_landing: Path) -> Settings:
    """A project as a clone has it, without profiles.yml."""
    root = tmp_path / "project"
    for name in ("models", "dashboards"):
        shutil.copytree(PROJECT / name, root / name)
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(PROJECT / name, root)
    return load_settings(
        project_dir=root,
        landing=small_landing,
        duckdb=tmp_path / "warehouse" / "lakehouse.duckdb",
        published=tmp_path / "warehouse" / "published.duckdb",
    )


def test_the_second_run_of_a_fresh_clone_builds_nothing(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = []

    def build(settings: Settings, **_: object) -> dbt.BuildResult:
        builds.append(settings)
        settings.duckdb.touch()
        settings.published.touch()
        return dbt.BuildResult()

    monkeypatch.setattr(dbt, "build", build)
    monkeypatch.setattr(run, "make_page", lambda settings: [])
    monkeypatch.setattr(run, "show_end", lambda *_: None)
    for _ in range(2):
        run.run(fresh, run.RunOptions(), RunConsole())
    assert len(builds) == 1
    (fresh.project_dir / "dbt_project.yml").touch()
    run.run(fresh, run.RunOptions(), RunConsole())
    assert len(builds) == 2
