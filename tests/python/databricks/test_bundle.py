"""The bundle and its guide, where `lakehouse check` has no rule for them."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from orchestration.databricks.names import (
    dashboard_title,
    landing_volume,
    layer_schema,
    titled,
)
from tests.python.conftest import PROJECT
from tests.python.databricks.bundle import TITLES, Deployment

GUIDE = PROJECT / "docs" / "deploy.md"


def _resources() -> dict[str, dict[str, Any]]:
    return {
        kind: entries
        for file in sorted((PROJECT / "resources").glob("*.yml"))
        for kind, entries in yaml.safe_load(file.read_text(encoding="utf-8"))["resources"].items()
    }


def _tasks() -> dict[str, dict[str, Any]]:
    (job,) = _resources()["jobs"].values()
    return {each["task_key"]: each for each in job["tasks"]}


def test_the_first_deployment_names_everything_but_the_space() -> None:
    """What a selection does not name gets neither grants nor permissions."""
    text = GUIDE.read_text(encoding="utf-8")
    (command,) = re.findall(r"^databricks bundle deploy .*--select .*$", text, re.MULTILINE)
    words = shlex.split(command)
    named = words[words.index("--select") + 1].split(",")
    declared = {f"{kind}.{key}" for kind, entries in _resources().items() for key in entries}
    assert set(named) == {each for each in declared if not each.startswith("genie_spaces.")}


def test_the_guide_asks_for_the_command_line_that_the_bundle_needs() -> None:
    """Before 1.7 a selection left out grants."""
    bundle = yaml.safe_load((PROJECT / "databricks.yml").read_text(encoding="utf-8"))["bundle"]
    assert bundle["databricks_cli_version"] == ">= 1.7.0"
    assert "dev-tools/cli/), 1.7 or newer" in GUIDE.read_text(encoding="utf-8")


def _names(deployment: Deployment) -> dict[str, str]:
    """What a deployment is called in the workspace; a volume is in a schema."""
    named = {
        f"{kind}.{key}": str(settings[TITLES.get(kind, "name")])
        for kind, entries in deployment.resources.items()
        for key, settings in entries.items()
    }
    volume = deployment.resources["volumes"]["landing"]
    named["volumes.landing"] = f"{volume['schema_name']}.{volume['name']}"
    return named


def test_two_developers_deploy_side_by_side() -> None:
    ann, bo = (Deployment("dev", f"{user}@example.com") for user in ("ann.lee", "Bo-Li"))
    assert not set(_names(ann).values()) & set(_names(bo).values())
    assert len(set(_names(ann).values())) == len(_names(ann))
    assert bo.schema_prefix == "dev_bo_li"
    for each in (ann, bo):
        assert each.permissions == []
        task = each.resources["jobs"]["sales_lakehouse"]["tasks"][-1]
        own = each.resources["dashboards"]["gold_sales"]["id"]
        assert task["dashboard_task"]["dashboard_id"] == own


@pytest.mark.parametrize("target", ["dev", "staging", "prod"])
def test_the_command_finds_what_the_bundle_deploys(target: str) -> None:
    """With any catalog, and with the prefix that a target gives."""
    deployment = Deployment(target, variables={"catalog": "analytics"})
    prefix, named = deployment.schema_prefix, _names(deployment)
    layers = ("bronze", "silver", "gold_next", "gold", "quality_next", "quality")
    assert [named[f"schemas.{each}"] for each in layers] == [
        layer_schema(prefix, each) for each in layers
    ]
    assert named["dashboards.gold_sales"] == dashboard_title(prefix)
    assert named["genie_spaces.gold_sales_genie"] == titled(prefix, "Gold Sales Genie")
    volume = landing_volume("analytics", prefix)
    assert volume == f"/Volumes/analytics/{named['volumes.landing'].replace('.', '/')}"
    for kind in ("schemas", "volumes"):
        for each in deployment.resources[kind].values():
            assert each["catalog_name"] == "analytics"
    bronze = deployment.resources["jobs"]["sales_lakehouse"]["tasks"][0]["dbt_task"]
    assert f"landing: {volume}," in bronze["commands"][-1]


def test_every_build_of_the_job_takes_the_parameters() -> None:
    (job,) = _resources()["jobs"].values()
    assert {each["name"]: each["default"] for each in job["parameters"]} == {
        "full_refresh": "false",
        "as_of_date": "",
    }
    builds = [
        shlex.split(command)
        for task in job["tasks"]
        for command in task.get("dbt_task", {}).get("commands", ())
        if command.startswith("dbt build") and "metrics" not in command
    ]
    assert len(builds) == 3
    for words in builds:
        # A bundle fills in ${...} before dbt reads the command.
        given = re.sub(r"\$\{[^}]*\}", "filled", words[words.index("--vars") + 1])
        variables = yaml.safe_load(given)
        assert variables["full_refresh"] == "{{job.parameters.full_refresh}}"
        assert variables["as_of"] == "{{job.parameters.as_of_date}}"
        assert variables["personal_data_readers"] == "filled"
        assert "${bundle.git.commit}" in words[words.index("--vars") + 1], "quality.runs records it"
        assert words[words.index("--exclude-resource-types") + 1] == "unit_test"


def test_the_gold_task_publishes_what_it_has_built_and_tested() -> None:
    tasks = _tasks()
    _, built, published = tasks["gold"]["dbt_task"]["commands"]
    assert built.startswith("dbt build --selector gold")
    assert published.startswith("dbt run-operation publish")
    assert "personal_data_readers: ${var.engineers}" in published


def test_a_metric_view_that_fails_does_not_keep_the_dashboard_from_its_refresh() -> None:
    tasks = _tasks()
    assert tasks["sales_dashboard"]["depends_on"] == [{"task_key": "gold"}]
    assert tasks["metrics"]["depends_on"] == [{"task_key": "gold"}]
    assert "dbt build --selector metrics" in tasks["metrics"]["dbt_task"]["commands"][-1]


def test_whom_the_job_runs_as_may_read_the_files_and_the_dashboard() -> None:
    bundle = yaml.safe_load((PROJECT / "databricks.yml").read_text(encoding="utf-8"))
    targets = [each for each in bundle["targets"].values() if "run_as" in each]
    assert len(targets) == 2
    for target in targets:
        assert {"level": "CAN_VIEW", **target["run_as"]} in target["permissions"]


def test_who_deploys_the_space_may_read_its_tables() -> None:
    grants = _resources()["schemas"]["gold"]["grants"]
    assert {"principal": "${var.deployers}", "privileges": ["USE_SCHEMA", "SELECT"]} in grants


def test_what_is_published_keeps_deleted_files_for_thirty_days() -> None:
    """Published views read older versions of tables: of gold, of quality, and of one seed."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    seeds, models = project["seeds"]["sales_lakehouse"], project["models"]["sales_lakehouse"]
    published = [models["marts"], models["quality"]]
    published += [each for each in seeds.values() if isinstance(each, dict) and "+schema" in each]
    assert len(published) == 3
    for settings in published:
        kept = settings["+tblproperties"]["delta.deletedFileRetentionDuration"]
        assert kept == "interval 30 days"


def test_packages_are_pinned() -> None:
    """Each to one version; the offline packages stand for all that the hub would bring."""
    declared = yaml.safe_load((PROJECT / "packages.yml").read_text(encoding="utf-8"))["packages"]
    pinned = {each["package"].partition("/")[2]: each["version"] for each in declared}
    offline = (PROJECT / "requirements" / "offline_packages").glob("*/dbt_project.yml")
    assert pinned == {
        path.parent.name: yaml.safe_load(path.read_text())["version"] for path in offline
    }
