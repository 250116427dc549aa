"""The offline packages hold what they promise: for each macro cases that pass and cases that fail.

One small dbt project with a table of cases is built on DuckDB. With the environment variable
`DBT_PACKAGES_DIR_HUB` naming a folder that `dbt deps` has filled from the hub, the same project
is built with those packages too, and each result must be the same.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
OFFLINE = PROJECT / "requirements/offline_packages"
HUB_VARIABLE = "DBT_PACKAGES_DIR_HUB"

# How a case ends: with so many failures, or with an error.
REFUSED = "refused"
Outcome = int | str

TABLES = {
    "lines": """
        select * from (values
            ('S1', 'P1', 1), ('S1', 'P2', 2), ('S2', 'P1', null), ('S2', 'P1', 3),
            (null, 'P9', 0), (null, 'P9', -1), ('S3', 'P1', 5)
        ) as lines (order_number, product, quantity)
    """,
    "no_lines": """
        select * from (values ('S1', 'P1', 1)) as lines (order_number, product, quantity)
        where 1 = 0
    """,
    "codes": """
        select * from (values
            (1, 'AW00011000'), (2, 'AW00011001'), (3, 'aw00011002'), (4, 'AW0001'),
            (5, ' AW00011003'), (6, ''), (7, null)
        ) as codes (id, code)
    """,
}

# What a case is about: [how it must end, the table, the arguments]. `column` and `where` are not
# arguments of the macro: the column that the test stands under, and its config.
CASES_BY_MACRO = r"""
dbt_utils.unique_combination_of_columns:
  unique: [0, lines, {combination_of_columns: [order_number, product, quantity]}]
  twice and null twice: [2, lines, {combination_of_columns: [order_number, product]}]
  one column: [2, lines, {combination_of_columns: [product]}]
  quoted: [2, lines, {combination_of_columns: [product], quote_columns: true}]
  empty: [0, no_lines, {combination_of_columns: [product]}]
  where: [0, lines, {where: "quantity > 0", combination_of_columns: [order_number, product]}]

dbt_utils.expression_is_true:
  true or null: [0, lines, {expression: "quantity >= -1"}]
  not true: [2, lines, {expression: "quantity > 0"}]
  false for null: [2, lines, {expression: "order_number is not null"}]
  or: [1, lines, {expression: "quantity >= 0 or product = 'P1'"}]
  column: [0, lines, {column: quantity, expression: "between -1 and 5"}]
  column false: [3, lines, {column: quantity, expression: "> 1"}]
  empty: [0, no_lines, {expression: "1 = 0"}]
  never: [7, lines, {expression: "1 = 0"}]

dbt_expectations.expect_column_values_to_match_regex:
  anchored: [4, codes, {column: code, regex: "^AW[0-9]{8}$"}]
  not anchored: [3, codes, {column: code, regex: "AW[0-9]{8}"}]
  condition: [0, codes, {column: code, regex: "^AW[0-9]{8}$", row_condition: "id < 3 or id = 7"}]
  flags: [3, codes, {column: code, regex: "^AW[0-9]{8}$", flags: i}]
  no characters: [0, codes, {column: code, regex: "[A-Z]*"}]
  any character: [1, codes, {column: code, regex: "."}]
  backslash: [1, codes, {column: code, regex: "\\d"}]
  empty: [0, codes, {column: code, where: "1 = 0", regex: x}]
"""


@dataclass(frozen=True)
class Case:
    """One use of a generic test: on which table, with which arguments, and how it must end."""

    macro: str
    what: str
    expected: Outcome
    table: str
    arguments: dict[str, Any]

    @property
    def name(self) -> str:
        """The name of the dbt test; the macro's own name comes first."""
        return f"{self.macro.partition('.')[2]}__{self.what.replace(' ', '_')}"

    @property
    def column(self) -> str | None:
        """The column that the test stands under, if any."""
        return self.arguments.get("column")

    def as_yaml(self) -> dict[str, Any]:
        """The entry under `data_tests`."""
        own = {name: self.arguments[name] for name in self.arguments.keys() - {"column", "where"}}
        entry: dict[str, Any] = {"name": self.name, "arguments": own}
        if "where" in self.arguments:
            entry["config"] = {"where": self.arguments["where"]}
        return {self.macro: entry}


def collect_cases() -> list[Case]:
    """All cases, macro by macro."""
    return [
        Case(macro, what, *case)
        for macro, cases in yaml.safe_load(CASES_BY_MACRO).items()
        for what, case in cases.items()
    ]


CASES = collect_cases()


def moment(text: str) -> dt.datetime:
    """A time from its ISO form."""
    return dt.datetime.fromisoformat(text)


@dataclass(frozen=True)
class Spine:
    """One use of date_spine: its arguments, and the rows or that it must be refused."""

    datepart: str
    start: str
    end: str
    expected: list[dt.datetime] | None


SPINES = {
    "spine_days": Spine(
        "day",
        "cast('2024-02-28' as date)",
        "cast('2024-03-02' as date)",
        [moment("2024-02-28"), moment("2024-02-29"), moment("2024-03-01")],
    ),
    "spine_one_day": Spine(
        "day",
        "cast('2024-02-28' as date)",
        "cast('2024-02-29' as date)",
        [moment("2024-02-28")],
    ),
    "spine_months": Spine(
        "month",
        "cast('2024-01-31' as date)",
        "cast('2024-04-15' as date)",
        [moment("2024-01-31"), moment("2024-02-29"), moment("2024-03-31")],
    ),
    "spine_weeks": Spine(
        "week",
        "cast('2024-01-01' as date)",
        "cast('2024-01-16' as date)",
        [moment("2024-01-01"), moment("2024-01-08")],
    ),
    "spine_hours": Spine(
        "hour",
        "cast('2024-01-01 22:30:00' as timestamp)",
        "cast('2024-01-02 01:00:00' as timestamp)",
        [moment("2024-01-01T22:30:00"), moment("2024-01-01T23:30:00"), moment("2024-01-02T00:30")],
    ),
    "spine_years": Spine(
        "year",
        "(select min(cast('2023-06-01' as date)))",
        "(cast('2023-06-01' as date) + interval 2 year)",
        [moment("2023-06-01"), moment("2024-06-01")],
    ),
    "spine_empty": Spine("day", "cast('2024-02-28' as date)", "cast('2024-02-28' as date)", None),
    "spine_backwards": Spine(
        "day", "cast('2024-02-28' as date)", "cast('2024-02-27' as date)", None
    ),
    "spine_of_null": Spine("day", "cast('2024-02-28' as date)", "cast(null as date)", None),
}


def write_project(folder: Path) -> None:
    """A dbt project with a model for each table and spine, and a test for each case."""
    (folder / "models").mkdir(parents=True)
    (folder / "packages.yml").write_text((PROJECT / "packages.yml").read_text(encoding="utf-8"))
    project = {
        "name": "cases",
        "config-version": 2,
        "profile": "cases",
        "packages-install-path": "{{ env_var('DBT_PACKAGES_DIR') }}",
        "models": {"cases": {"+materialized": "table"}},
        "vars": {"dbt_date:time_zone": "UTC"},
        "flags": {"send_anonymous_usage_stats": False, "use_colors": False},
    }
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    output = {"type": "duckdb", "path": "cases.duckdb", "threads": 2}
    profile = {"cases": {"target": "local", "outputs": {"local": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))

    for name, sql in TABLES.items():
        (folder / "models" / f"{name}.sql").write_text(sql)
    for name, spine in SPINES.items():
        call = f'dbt_utils.date_spine("{spine.datepart}", "{spine.start}", "{spine.end}")'
        (folder / "models" / f"{name}.sql").write_text(f"{{{{ {call} }}}}")

    models: list[dict[str, Any]] = []
    for name in TABLES:
        cases = [case for case in CASES if case.table == name]
        columns = sorted({case.column for case in cases if case.column})
        models.append(
            {
                "name": name,
                "data_tests": [case.as_yaml() for case in cases if case.column is None],
                "columns": [
                    {
                        "name": column,
                        "data_tests": [case.as_yaml() for case in cases if case.column == column],
                    }
                    for column in columns
                ],
            }
        )
    (folder / "models" / "cases.yml").write_text(yaml.safe_dump({"models": models}))


def dbt(folder: Path, packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt in a process of its own, with the packages found in that folder."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), *arguments],
        cwd=folder,
        env=os.environ | {"DBT_PACKAGES_DIR": str(packages), "DBT_PROFILES_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@dataclass(frozen=True)
class Results:
    """What became of each case and of each spine, and dbt's own words where it refused."""

    outcomes: dict[str, Outcome]
    spines: dict[str, list[dt.datetime] | None]
    messages: dict[str, str]


def build(folder: Path, packages: Path) -> Results:
    """Build the project of cases with the packages of that folder."""
    write_project(folder)
    built = dbt(folder, packages, "build")
    results = folder / "target" / "run_results.json"
    assert results.exists(), built.stdout + built.stderr

    outcomes: dict[str, Outcome] = {}
    messages: dict[str, str] = {}
    for result in json.loads(results.read_text(encoding="utf-8"))["results"]:
        kind, _, name = result["unique_id"].split(".")[:3]
        messages[name] = result["message"] or ""
        if kind == "test":
            ended = result["status"] in ("pass", "fail")
            outcomes[name] = result["failures"] if ended else REFUSED

    spines: dict[str, list[dt.datetime] | None] = {}
    with duckdb.connect(str(folder / "cases.duckdb"), read_only=True) as connection:
        built_tables = {row[0] for row in connection.execute("show tables").fetchall()}
        assert set(TABLES) <= built_tables, built.stdout[-5000:]
        for name, spine in SPINES.items():
            query = f"select cast(date_{spine.datepart} as timestamp) from {name} order by 1"
            spines[name] = (
                [row[0] for row in connection.execute(query).fetchall()]
                if name in built_tables
                else None
            )
    return Results(outcomes, spines, messages)


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The cases with the offline packages."""
    return build(tmp_path_factory.mktemp("packages") / "offline", OFFLINE)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The cases with the packages from the hub."""
    folder = os.environ.get(HUB_VARIABLE)
    if not folder:
        pytest.skip(
            f"{HUB_VARIABLE} is not set: run `dbt deps` where the hub can be reached and let the "
            "variable name the folder it fills (dbt_packages)"
        )
    return build(tmp_path_factory.mktemp("packages") / "hub", Path(folder).resolve())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, offline: Results) -> None:
    assert offline.outcomes[case.name] == case.expected, offline.messages[case.name]


@pytest.mark.parametrize("name", SPINES)
def test_date_spine(name: str, offline: Results) -> None:
    assert offline.spines[name] == SPINES[name].expected, offline.messages[name]


def test_same_results_as_the_hub(offline: Results, hub: Results) -> None:
    assert offline.outcomes == hub.outcomes
    assert offline.spines == hub.spines


def test_no_deprecations(tmp_path: Path) -> None:
    write_project(tmp_path / "parsed")
    parsed = dbt(
        tmp_path / "parsed",
        OFFLINE,
        "--warn-error-options",
        '{"error": ["Deprecations"]}',
        "parse",
        "--show-all-deprecations",
    )
    assert parsed.returncode == 0, parsed.stdout


def offered() -> set[str]:
    """The macros of the offline packages: each file holds the one it is named after."""
    return {f"{path.parts[-3]}.{path.stem}" for path in OFFLINE.glob("*/macros/*.sql")}


def used() -> set[str]:
    """The macros of both packages that the project's own SQL and YAML mention."""
    rooms = ("macros", "models", "seeds", "snapshots", "tests")
    texts = (
        path.read_text(encoding="utf-8")
        for room in rooms
        for path in (PROJECT / room).rglob("*")
        if path.suffix in {".sql", ".yml"}
    )
    return {
        mention
        for text in texts
        for mention in re.findall(r"\b(?:dbt_utils|dbt_expectations)\.\w+", text)
    }


def test_every_macro_offered_has_cases() -> None:
    assert offered() == {case.macro for case in CASES} | {"dbt_utils.date_spine"}


def test_every_macro_offered_is_used() -> None:
    assert offered() - used() == set(), "nothing uses these any more: take them out"


def test_every_macro_used_is_offered() -> None:
    assert used() - offered() == set(), "these are missing from requirements/offline_packages"
