from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ExitCode, LakehouseError
from orchestration.settings import load_settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROJECT_DIR", "LANDING", "DUCKDB", "PUBLISHED", "SITE"):
        monkeypatch.delenv(f"LAKEHOUSE_{name}", raising=False)


def test_defaults_are_in_the_project(
    project_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.project_dir == project_dir
    assert settings.landing == project_dir / "landing"
    assert settings.landing_is_default
    assert settings.duckdb == project_dir / "warehouse" / "lakehouse.duckdb"
    assert settings.published == project_dir / "warehouse" / "published.duckdb"
    assert settings.candidate.name == "published.duckdb.next"
    assert settings.page == project_dir / "site" / "dashboard.html"


def test_the_environment_moves_the_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_LANDING", str(tmp_path / "in"))
    monkeypatch.setenv("LAKEHOUSE_DUCKDB", str(tmp_path / "w.duckdb"))
    monkeypatch.setenv("LAKEHOUSE_PUBLISHED", "")
    settings = load_settings()
    assert settings.landing == tmp_path / "in"
    assert not settings.landing_is_default
    assert settings.warehouse == tmp_path
    assert settings.published == settings.project_dir / "warehouse" / "published.duckdb"


def test_a_given_path_is_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    monkeypatch.setenv("LAKEHOUSE_LANDING", "overridden")
    assert load_settings(landing=Path("../files")).landing == tmp_path / "files"


def test_every_place_is_passed_on_as_an_absolute_path() -> None:
    environment = load_settings().environment()
    assert set(environment) == {
        "LAKEHOUSE_PROJECT_DIR",
        "LAKEHOUSE_LANDING",
        "LAKEHOUSE_DUCKDB",
        "LAKEHOUSE_PUBLISHED",
        "LAKEHOUSE_SITE",
    }
    assert all(Path(value).is_absolute() for value in environment.values())


def test_the_clone_one_stands_in_is_the_one_that_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dbt_project.yml").touch()
    (tmp_path / "orchestration").mkdir()
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    assert load_settings().project_dir == tmp_path


def test_a_folder_without_project_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKEHOUSE_PROJECT_DIR", str(tmp_path))
    with pytest.raises(LakehouseError, match=r"No dbt_project\.yml") as caught:
        load_settings()
    assert caught.value.exit_code == ExitCode.USAGE
    assert "LAKEHOUSE_PROJECT_DIR" in caught.value.remedy


@pytest.mark.parametrize("name", ["published.duckdb", "published.duckdb.next", "link.duckdb"])
def test_a_publication_does_not_replace_the_working_database(tmp_path: Path, name: str) -> None:
    published = tmp_path / "published.duckdb"
    (tmp_path / "link.duckdb").symlink_to(published)
    with pytest.raises(LakehouseError, match="is the published one") as caught:
        load_settings(duckdb=tmp_path / name, published=published)
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("name", ["duckdb", "published"])
def test_a_folder_is_no_database(tmp_path: Path, name: str) -> None:
    with pytest.raises(LakehouseError, match="is a folder") as caught:
        load_settings(**{name: tmp_path})
    assert caught.value.exit_code == ExitCode.USAGE
    assert f"LAKEHOUSE_{name.upper()}" in caught.value.remedy


@pytest.mark.parametrize("names", [[], ["a.lvdash.json", "b.lvdash.json"]])
def test_there_must_be_one_dashboard(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "dbt_project.yml").touch()
    (tmp_path / "dashboards").mkdir()
    for name in names:
        (tmp_path / "dashboards" / name).touch()
    with pytest.raises(LakehouseError, match="must be one"):
        _ = load_settings(project_dir=tmp_path).dashboard
