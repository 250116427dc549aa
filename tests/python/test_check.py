from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import LakehouseError
from tools.check import Finding, Where, check_project
from tools.check.cron import cron_problem
from tools.check.selection import parse_manifest

PROJECT = Path(__file__).resolve().parents[2]
ROOT = "databricks.yml"
JOB = "resources/job.yml"
SCHEMAS = "resources/schemas.yml"
LANDING = "resources/landing.yml"
DASHBOARD = "resources/dashboard.yml"
SELECTORS = "selectors.yml"
BOARD = "dashboards/gold_sales.lvdash.json"

# A small project in the folders of the real one: name, kind, file, what it reads.
NODES = (
    ("codes", "seed", "seeds/codes.csv", ()),
    ("crm_sales_details", "model", "models/bronze/crm_sales_details.sql", ()),
    ("stg_crm__sales", "model", "models/staging/crm/stg_crm__sales.sql", ("crm_sales_details",)),
    ("int_sales", "model", "models/intermediate/sales/int_sales.sql", ("stg_crm__sales", "codes")),
    ("sales_history", "snapshot", "snapshots/masters/sales_history.sql", ("int_sales",)),
    ("fact_sales", "model", "models/marts/fact_sales.sql", ("int_sales",)),
    ("reconciliation", "model", "models/quality/reconciliation.sql", ("fact_sales",)),
)

SCHEMA = {
    "seed": "silver",
    "snapshot": "silver",
    "bronze": "bronze",
    "staging": "silver",
    "intermediate": "silver",
    "marts": "gold_next",
    "quality": "quality_next",
}


def unique_id(name: str) -> str:
    kind = next(kind for each, kind, _, _ in NODES if each == name)
    return f"{kind}.sales_lakehouse.{name}"


def small_manifest() -> dict[str, Any]:
    """As little of a manifest as dbt reads."""
    empty = (
        "sources macros docs exposures functions metrics groups selectors disabled parent_map "
        "child_map group_map saved_queries semantic_models unit_tests"
    )
    return {
        "metadata": {"project_name": "sales_lakehouse", "adapter_type": "databricks"},
        **{key: {} for key in empty.split()},
        "nodes": {
            unique_id(name): {
                "unique_id": unique_id(name),
                "name": name,
                "alias": name,
                "resource_type": kind,
                "package_name": "sales_lakehouse",
                "raw_code": "" if kind == "seed" else "select 1",
                "database": "c",
                "schema": SCHEMA[file.split("/")[1] if kind == "model" else kind],
                "path": file.split("/", 1)[1],
                "original_file_path": file,
                "fqn": ["sales_lakehouse", *Path(file).with_suffix("").parts[1:]],
                "checksum": {"name": "none", "checksum": ""},
                "config": {"enabled": True, "materialized": "table" if kind == "model" else kind},
                "depends_on": {"macros": [], "nodes": [unique_id(each) for each in parents]}
                if kind != "seed"
                else {"macros": []},
            }
            for name, kind, file, parents in NODES
        },
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The bundle of the project beside a small dbt project."""
    for name in (ROOT, SELECTORS, "requirements/run.txt", "dbt_project.yml"):
        shutil.copyfile(PROJECT / name, tmp_path / name)
    shutil.copytree(PROJECT / "resources", tmp_path / "resources")
    for _, _, file, _ in NODES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / BOARD).parent.mkdir()
    (tmp_path / BOARD).write_text('{"datasets": [], "pages": []}')
    return tmp_path


def texts(findings: list[Finding]) -> str:
    return "\n".join(map(str, findings))


def test_the_copy_is_clean(copy: Path) -> None:
    assert texts(check_project(copy, small_manifest())) == ""


def test_no_false_alarm_on_the_project_itself() -> None:
    assert texts(check_project(PROJECT, parse_manifest(PROJECT))) == ""


# Each: the file, a text in it, what it is replaced with, and what the finding says.
DEFECTS: dict[str, tuple[str, str, str, str]] = {
    # Tasks
    "unknown dependency": (
        JOB,
        "- task_key: silver\n          environment_key",
        "- task_key: silvr\n          environment_key",
        "gold waits for silvr",
    ),
    "cycle": (
        JOB,
        "description: Seeds, and each new version of each file once.",
        "depends_on:\n            - task_key: gold",
        "wait for each other: bronze, silver, gold",
    ),
    "waits for itself": (
        JOB,
        "depends_on:\n            - task_key: bronze",
        "depends_on:\n            - task_key: silver",
        "wait for each other: silver",
    ),
    "two tasks of one name": (
        JOB,
        "- task_key: gold\n          description",
        "- task_key: silver\n          description",
        "Two tasks are called silver",
    ),
    "undefined environment": (
        JOB,
        "environment_key: dbt\n          max_retries: 2",
        "environment_key: dbt4\n          max_retries: 2",
        "There is no environment dbt4",
    ),
    "unused environment": (
        JOB,
        "environments:\n",
        "environments:\n        - environment_key: spare\n",
        "No task uses the environment spare",
    ),
    "a task that does nothing": (
        JOB,
        (
            "dashboard_task:\n            dashboard_id: ${resources.dashboards.gold_sales.id}\n"
            "            warehouse_id: ${var.warehouse_id}\n"
        ),
        "run_if: ALL_DONE\n",
        "The task sales_dashboard does nothing",
    ),
    "no dashboard": (
        JOB,
        "            dashboard_id: ${resources.dashboards.gold_sales.id}\n",
        "",
        "does not say which dashboard",
    ),
    # Schedule and limits
    "cron with five fields": (JOB, '"0 0 6 * * ?"', '"0 6 * * ?"', "it has 5 fields"),
    "cron with an hour 24": (JOB, '"0 0 6 * * ?"', '"0 0 24 * * ?"', "'24' is no value for hours"),
    "cron without ?": (JOB, '"0 0 6 * * ?"', '"0 0 6 * * *"', "has to be ?"),
    "unknown time zone": (JOB, "timezone_id: UTC", "timezone_id: Europe/Berln", "no time zone"),
    "schedule in development": (
        JOB,
        "timezone_id: UTC",
        "timezone_id: UTC\n        pause_status: UNPAUSED",
        "also run in every copy of dev",
    ),
    "schedule and trigger": (
        JOB,
        "      max_concurrent_runs: 1",
        "      continuous: {pause_status: PAUSED}",
        "A job has either schedule or continuous",
    ),
    "warning after the end": (JOB, "value: 3600", "value: 9000", "never comes"),
    "warning without a rule": (
        JOB,
        (
            "      health:\n        rules:\n          - metric: RUN_DURATION_SECONDS\n"
            "            op: GREATER_THAN\n            value: 3600\n"
        ),
        "",
        "Nobody is warned of a slow run",
    ),
    "task longer than the job": (
        JOB,
        "timeout_seconds: 7200",
        "timeout_seconds: 3000",
        "the whole job only 3000",
    ),
    "negative retries": (JOB, "max_retries: 2", "max_retries: -2", "max_retries is -2"),
    # dbt tasks
    "eleven commands": (
        JOB,
        "              - dbt build --selector silver",
        "\n".join(
            ["              - dbt debug"] * 9 + ["              - dbt build --selector silver"]
        ),
        "The task has 11 commands",
    ),
    "no commands": (
        JOB,
        (
            "            commands:\n              - dbt deps\n"
            "              - dbt build --selector silver\n"
        ),
        "            commands: []\n",
        "has no dbt commands",
    ),
    "no dbt command": (JOB, "dbt build --selector silver", "dbt biuld --selector silver", "biuld"),
    "not dbt at all": (
        JOB,
        "dbt build --selector silver",
        "echo done",
        "does not begin with dbt",
    ),
    "unknown option": (
        JOB,
        "dbt build --selector silver",
        "dbt build --sellector silver",
        "--sellector",
    ),
    "open quote": (JOB, "{landing: /Volumes", "'{landing: /Volumes", "No closing quotation"),
    "catalog without a warehouse": (
        JOB,
        "            warehouse_id: ${var.warehouse_id}\n            catalog",
        "            catalog",
        "catalog needs a warehouse_id",
    ),
    "profiles beside a warehouse": (
        JOB,
        "project_directory: ../\n",
        "project_directory: ../\n            profiles_directory: .\n",
        "goes only without a warehouse_id",
    ),
    "no catalog": (
        JOB,
        "            catalog: ${var.catalog}\n",
        "",
        "Without catalog the tables land",
    ),
    "nothing to run on": (
        JOB,
        "          environment_key: dbt\n          max_retries: 2\n",
        "          max_retries: 2\n",
        "nothing that dbt itself could run on",
    ),
    "wrong project folder": (
        JOB,
        "project_directory: ../",
        "project_directory: ../dbt",
        "There is no dbt_project.yml",
    ),
    # Versions
    "another version": (
        JOB,
        "dbt-databricks==1.12.7",
        "dbt-databricks==1.12.1",
        "requirements/run.txt 1.12.7",
    ),
    "no version": (JOB, "dbt-databricks==1.12.7", "dbt-databricks>=1.12", "is not pinned"),
    "unknown package": (
        JOB,
        "dbt-core==1.11.16",
        "dbt-snowflake==1.10.3",
        "dbt-snowflake is not in requirements/run.txt",
    ),
    # References
    "unknown variable": (
        SCHEMAS,
        "catalog_name: ${var.catalog}",
        "catalog_name: ${var.catalogue}",
        "'catalogue'",
    ),
    "unknown resource": (
        JOB,
        "${resources.dashboards.gold_sales.id}",
        "${resources.dashboards.sales.id}",
        "no entry under dashboards called 'sales'",
    ),
    "unknown kind of resource": (
        LANDING,
        "${resources.schemas.bronze.name}",
        "${resources.schema.bronze.name}",
        "the bundle has no schema",
    ),
    "unknown field of a resource": (
        LANDING,
        "${resources.schemas.bronze.name}",
        "${resources.schemas.bronze.title}",
        "no field of Schema called 'title'",
    ),
    "unknown root": (JOB, "${var.alert_email}", "${vars.alert_email}", "'vars'"),
    "unknown property of the user": (
        ROOT,
        "current_user.short_name",
        "current_user.shortname",
        "'shortname'",
    ),
    "open reference": (JOB, "${var.alert_email}", "${var.alert_email", "is not closed"),
    "variable without a value": (
        ROOT,
        "      catalog: sales_staging\n",
        "",
        "catalog has no value in staging",
    ),
    "undeclared variable in a target": (
        ROOT,
        "catalog: sales_prod",
        "catalog: sales_prod\n      catalgo: x",
        "'catalgo'",
    ),
    "unused variable": (
        ROOT,
        "  alert_email:\n",
        "  spare:\n    default: x\n  alert_email:\n",
        "Nothing uses the variable spare",
    ),
    "variables in a circle": (
        ROOT,
        "    default: data_analysts",
        "    default: ${var.analysts}",
        "depends on itself",
    ),
    "lookup of a lookup": (
        ROOT,
        "warehouse: Serverless Starter Warehouse",
        "warehouse: ${var.warehouse_id}",
        "which is a lookup itself",
    ),
    "host by reference": (
        ROOT,
        "    mode: development\n",
        "    mode: development\n    workspace: {host: '${var.catalog}'}\n",
        "host takes no reference",
    ),
    "reference in a file": (
        BOARD,
        '"datasets": []',
        '"datasets": [{"queryLines": ["select * from ${var.catalog}.x"]}]',
        "not replaced in a file",
    ),
    # Literals
    "literal catalog": (
        DASHBOARD,
        "dataset_catalog: ${var.catalog}",
        "dataset_catalog: main",
        "catalog main is",
    ),
    "literal schema": (
        DASHBOARD,
        "dataset_schema: ${resources.schemas.gold.name}",
        "dataset_schema: gold",
        "The schema gold is written out",
    ),
    "literal schema of the volume": (
        LANDING,
        "schema_name: ${resources.schemas.bronze.name}",
        "schema_name: bronze",
        "The schema bronze is written out",
    ),
    "literal prefix": (JOB, "schema: ${var.schema_prefix}", "schema: prod", "The schema prod is"),
    "literal volume": (
        JOB,
        "/Volumes/${var.catalog}/",
        "/Volumes/main/",
        "volume's path is written out",
    ),
    "literal warehouse": (
        JOB,
        "warehouse_id: ${var.warehouse_id}",
        "warehouse_id: 1a2b3c4d5e6f7a8b",
        "1a2b3c4d5e6f7a8b",
    ),
    "literal host": (
        ROOT,
        "    mode: development\n",
        "    mode: development\n    workspace: {host: 'https://x.cloud.databricks.com'}\n",
        "host https://x.cloud.databricks.com is written out",
    ),
    "literal user": (
        ROOT,
        "service_principal_name: ${var.job_principal}",
        "user_name: ann@example.com",
        "The address ann@example.com",
    ),
    "literal principal": (
        ROOT,
        "service_principal_name: ${var.job_principal}",
        "service_principal_name: 0a1b-2c",
        "The name 0a1b-2c",
    ),
    "literal group": (
        SCHEMAS,
        "principal: ${var.analysts}",
        "principal: the analysts",
        "the analysts",
    ),
    "literal home": (
        ROOT,
        "/Workspace/Deployments/",
        "/Workspace/Users/ann/",
        "Somebody's folder",
    ),
    "literal recipient": (JOB, "- ${var.alert_email}", "- on-call", "The recipient on-call"),
    "secret": (
        ROOT,
        "catalog: sales_prod",
        "catalog: dapi0123456789abcdef0123456789abcdef",
        "A secret",
    ),
    # Fields, types, words
    "unknown field of a task": (JOB, "max_retries: 2", "max_retrys: 2", "mean max_retries"),
    "unknown field of a job": (
        JOB,
        "max_concurrent_runs: 1",
        "max_concurrent_run: 1",
        "mean max_concurrent_runs",
    ),
    "unknown setting": (ROOT, "databricks_cli_version", "cli_version", "no setting cli_version"),
    "unknown mode": (ROOT, "mode: development", "mode: develop", "Did you mean development"),
    "unknown kind": (SCHEMAS, "  schemas:", "  schema:", "no kind of resource called schema"),
    "wrong type": (JOB, "enabled: true", "enabled: maybe", "has to be true or false"),
    "text for a number": (JOB, "timeout_seconds: 7200", "timeout_seconds: 2h", "whole number"),
    "a list missing": (
        JOB,
        "on_failure:\n          - ${var.alert_email}",
        "on_failure: {a: b}",
        "has to be a list",
    ),
    "no value": (LANDING, "volume_type: MANAGED", "volume_type:", "volume_type has no value"),
    "wrong volume type": (LANDING, "MANAGED", "MANAGE", "Did you mean MANAGED"),
    "wrong permission": (
        JOB,
        "CAN_VIEW",
        "CAN_START",
        "'CAN_START' is not a value that level knows",
    ),
    "wrong privilege": (
        SCHEMAS,
        "CREATE_TABLE",
        "CREATE_TABLES",
        "not a value that privileges knows. Did you mean CREATE_TABLE?",
    ),
    "wrong metric": (JOB, "RUN_DURATION_SECONDS", "RUN_DURATION", "RUN_DURATION_SECONDS"),
    "missing field": (JOB, "        timezone_id: UTC\n", "", "CronSchedule needs the field"),
    "missing level": (
        JOB,
        "- level: CAN_VIEW\n          group_name",
        "- group_name",
        "JobPermission needs the field level",
    ),
    "key twice": (JOB, "max_concurrent_runs: 1", "name: Sales", "The key name stands here twice"),
    "not YAML": (LANDING, "      name: landing", "     name: landing", "This is not YAML"),
    # Targets
    "two defaults": (
        ROOT,
        "  staging:\n    mode: production",
        "  staging:\n    default: true\n    mode: production",
        "More than one target is the default",
    ),
    "production by default": (
        ROOT,
        "    mode: development\n    default: true",
        "    mode: production\n    default: true",
        "A command without --target would change dev",
    ),
    "production without a principal": (
        ROOT,
        "    run_as:\n      service_principal_name: ${var.job_principal}\n",
        "",
        "would run as whoever deployed last",
    ),
    "prefixes that differ": (
        ROOT,
        "      schema_prefix: dev_${workspace.current_user.short_name}\n",
        "",
        "In dev dbt would use the prefix default",
    ),
    "prefix in production": (
        ROOT,
        "catalog: sales_prod",
        "catalog: sales_prod\n      schema_prefix: prod",
        "In prod dbt would use the prefix prod",
    ),
    "override in one target": (
        ROOT,
        "    variables:\n      catalog: sales_staging",
        (
            "    resources:\n      jobs:\n        sales_lakehouse:\n          schedule:\n"
            "            quartz_cron_expression: 0 6 * * *\n"
            "    variables:\n      catalog: sales_staging"
        ),
        "jobs.sales_lakehouse: In staging: '0 6 * * *' is no Quartz expression",
    ),
    "wrong field in an override": (
        ROOT,
        "    variables:\n      catalog: sales_staging",
        (
            "    resources:\n      jobs:\n        sales_lakehouse: {timeout: 5}\n"
            "    variables:\n      catalog: sales_staging"
        ),
        "Job has no field timeout",
    ),
    "permissions that overlap": (
        JOB,
        "group_name: ${var.analysts}",
        "group_name: ${var.engineers}",
        "has a permission for ${var.engineers} already",
    ),
    # Dashboards and files
    "missing dashboard": (
        DASHBOARD,
        "gold_sales.lvdash.json",
        "sales.lvdash.json",
        "There is no sales.lvdash.json",
    ),
    "dashboard without a file": (
        DASHBOARD,
        "      file_path: ../dashboards/gold_sales.lvdash.json\n",
        "",
        "needs either file_path or serialized_dashboard",
    ),
    "dashboard that is no JSON": (BOARD, "[]", "[,]", "is not JSON"),
    "dashboard without a schema": (
        DASHBOARD,
        "      dataset_schema: ${resources.schemas.gold.name}\n",
        "",
        "Without dataset_schema",
    ),
    "embedded credentials": (
        DASHBOARD,
        "embed_credentials: false",
        "embed_credentials: true",
        "together with run_as",
    ),
    "include of nothing": (ROOT, "resources/*.yml", "resource/*.yml", "No file matches"),
    "file that is not included": (
        ROOT,
        "resources/*.yml",
        "resources/[a-k]*.yml",
        "it is not deployed",
    ),
    # What dbt selects, and where it goes
    "schema that nobody creates": (
        SCHEMAS,
        "name: gold_next",
        "name: gold_new",
        "builds fact_sales in the schema gold_next, which the bundle does not create",
    ),
    "unknown selector": (JOB, "--selector silver", "--selector silvr", "no selector silvr"),
    "selects nothing": (JOB, "--selector silver", "--select tag:silvr", "selects nothing"),
    "a folder that is not there": (
        SELECTORS,
        "models/staging",
        "models/stagging",
        "path:models/stagging selects nothing",
    ),
    "nobody builds it": (JOB, "--selector gold", "--select path:models/quality", "fact_sales"),
    "built twice": (
        JOB,
        "--selector silver",
        "--select path:models",
        "by bronze and again by silver",
    ),
    "built too early": (
        SELECTORS,
        "value: models/bronze",
        "value: models/quality",
        "reconciliation reads fact_sales, which gold builds",
    ),
    "no wait": (
        JOB,
        "          depends_on:\n            - task_key: silver\n",
        "",
        "fact_sales reads int_sales, which silver builds, and gold does not wait",
    ),
    "selectors that are none": (
        SELECTORS,
        "method: resource_type\n          value: seed",
        "methd: path\n          value: x",
        "dbt does not understand it",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(copy: Path, name: str) -> None:
    file, old, new, expected = DEFECTS[name]
    path = copy / file
    before = path.read_text()
    assert old in before, f"{file} no longer contains {old!r}"
    path.write_text(before.replace(old, new, 1))
    findings = check_project(copy, small_manifest())
    found = [each for each in findings if expected in str(each)]
    assert found, f"nothing about {expected!r} in:\n{texts(findings)}"
    assert all(each.remedy and each.where.file for each in findings)


def test_findings_point_at_the_line(copy: Path) -> None:
    path = copy / JOB
    path.write_text(path.read_text().replace("timezone_id: UTC", "timezone_id: Mars"))
    (finding,) = check_project(copy, small_manifest())
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "Mars" in text)
    assert finding.where == Where(JOB, "resources.jobs.sales_lakehouse.schedule.timezone_id", line)
    assert str(finding).startswith(f"{JOB}:{line} resources.jobs")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (JOB, '"0 0 6 * * ?"', '"0 0/30 6-18 ? * MON-FRI 2026"'),
        (JOB, '"0 0 6 * * ?"', "${var.alert_email}"),
        (JOB, "timezone_id: UTC", "timezone_id: Europe/Berlin"),
        (JOB, "max_retries: 2", "max_retries: -1"),
        (JOB, "dbt build --selector silver", "dbt build --selector silver --fail-fast"),
        (
            JOB,
            "dbt build --selector silver",
            "dbt build -s path:models/staging path:models/intermediate path:snapshots/masters",
        ),
        (JOB, 'environment_version: "4"', "environment_version: 4"),
        (JOB, "value: 3600", 'value: "3600"'),
        (DASHBOARD, "${var.analysts}", "users"),
        (SCHEMAS, "comment: The star schema", "comment: $${not.a.reference} the star schema"),
        (ROOT, "default: data_analysts", "default: ${bundle.name}_analysts"),
        (
            ROOT,
            "    variables:\n      catalog: sales_staging",
            (
                "    resources:\n      jobs:\n        sales_lakehouse:\n          tasks:\n"
                "            - task_key: gold\n              max_retries: 3\n"
                "    variables:\n      catalog: sales_staging"
            ),
        ),
    ],
)
def test_what_is_right_is_left_alone(copy: Path, file: str, old: str, new: str) -> None:
    path = copy / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert texts(check_project(copy, small_manifest())) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 6 * * ?",
        "0 0 6 ? * MON",
        "0 15 10 L * ?",
        "0 0 12 1/5 * ?",
        "0 0 6 LW * ?",
        "0 0 6 ? * 6#3",
        "0 0 6 ? * 6L",
        "0 0,30 6 ? JAN-MAR SUN,SAT 2026-2030",
        "*/5 * * * * ?",
    ],
)
def test_cron_that_is_right(expression: str) -> None:
    assert cron_problem(expression) == ""


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "0 6 * * *",
        "0 0 6 * *",
        "0 0 6 * * ? 2026 x",
        "60 0 6 * * ?",
        "0 0 6 32 * ?",
        "0 0 6 * 13 ?",
        "0 0 6 ? * 8",
        "0 0 6 ? * MOON",
        "0 0 6 ? * ?",
        "0 0 6 1 * MON",
        "0 0 6-8-9 * * ?",
        "0 0/x 6 * * ?",
        "0 0 6 * * ? 1969",
    ],
)
def test_cron_that_is_wrong(expression: str) -> None:
    assert cron_problem(expression) != ""


def test_without_a_bundle(tmp_path: Path) -> None:
    findings = check_project(tmp_path, small_manifest())
    assert "There is no bundle here" in texts(findings)


@pytest.mark.parametrize(
    "content", ["", "- a\n", "targets: 5\n", "resources: [1]\n", "a: [\n", "\xff"]
)
def test_a_bundle_that_is_rubbish(copy: Path, content: str) -> None:
    (copy / ROOT).write_bytes(content.encode("latin-1"))
    assert check_project(copy, small_manifest())


def test_a_resource_declared_twice(copy: Path) -> None:
    shutil.copyfile(copy / LANDING, copy / "resources/more.yml")
    assert "volumes.landing is declared in resources/landing.yml already" in texts(
        check_project(copy, small_manifest())
    )


def test_a_manifest_of_another_dbt(copy: Path) -> None:
    with pytest.raises(LakehouseError, match="cannot be read by this version of dbt"):
        check_project(copy, {"metadata": {}, "nodes": {"model.a.b": {"name": 1}}})


def test_a_project_that_does_not_parse(copy: Path) -> None:
    shutil.copyfile(PROJECT / "profiles.yml.example", copy / "profiles.yml.example")
    (copy / "models/marts/fact_sales.sql").write_text("select * from {{ ref('nothing') }}")
    with pytest.raises(LakehouseError, match="dbt cannot parse the project") as raised:
        check_project(copy)
    assert "fact_sales" in raised.value.message or "nothing" in raised.value.message
