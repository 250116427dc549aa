"""`lakehouse diff` shows what a change does to the numbers, on a copy with a filter inverted."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.python.conftest import lakehouse, places
from tools.diff.build import Side
from tools.diff.compare import Table, compare
from tools.diff.markdown import MARK
from tools.mutants.__main__ import copy_project

FILTER = "and not is_set_aside"


def git(project: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)


@dataclass
class Copy:
    project: Path
    fact: Path
    env: dict[str, str]

    def diff(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return lakehouse("diff", "main", "--scale", "0.05", *arguments, env=self.env)

    def built(self) -> list[Path]:
        return sorted((self.project / ".cache" / "diff").glob("*/result.json"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project in a repository of its own; the fact keeps what it should leave out."""
    root = tmp_path_factory.mktemp("diff")
    project = root / "project"
    copy_project(project)
    git(project, "init", "--quiet", "--initial-branch", "main")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "The project")
    env = places(root) | {"LAKEHOUSE_PROJECT_DIR": str(project)}
    env["LAKEHOUSE_LANDING"] = ""
    return Copy(project, project / "models" / "marts" / "fact_sales.sql", env)


@pytest.fixture(scope="module")
def inverted(copy: Copy) -> tuple[Copy, str, subprocess.CompletedProcess[str]]:
    """The comparison with a filter inverted, and its comment for the pull request."""
    right = copy.fact.read_text(encoding="utf-8")
    assert right.count(FILTER) == 1
    copy.fact.write_text(right.replace(FILTER, "and is_set_aside"), "utf-8")
    comment = copy.project / "comment.md"
    try:
        done = copy.diff("--markdown", str(comment))
        assert done.returncode == 0, done.stdout + done.stderr
        # Who compares again while reviewing waits for neither of the two builds.
        before = copy.built()
        comment.unlink()
        again = copy.diff("--markdown", str(comment))
        assert again.returncode == 0, again.stdout + again.stderr
        assert copy.built() == before
        assert len(before) == 2
    finally:
        copy.fact.write_text(right, encoding="utf-8")
    return copy, comment.read_text(encoding="utf-8"), done


def totals(copy: Copy) -> list[tuple[int, Decimal]]:
    """Lines and revenue of the two builds, the larger first, counted here."""
    found = []
    for result in copy.built():
        with duckdb.connect(str(result.with_name("published.duckdb")), read_only=True) as built:
            sql = "select count(*), coalesce(sum(sales_amount), 0) from gold.fact_sales"
            found += built.execute(sql).fetchall()
    return sorted(found, reverse=True)


def test_the_damage_is_told_in_money(
    inverted: tuple[Copy, str, subprocess.CompletedProcess[str]],
) -> None:
    copy, comment, done = inverted
    (lines, revenue), (lines_left, revenue_left) = totals(copy)
    assert revenue > revenue_left
    assert lines > lines_left
    headline = (
        f"Revenue falls by {revenue - revenue_left:,.2f}"
        f" ({(revenue_left - revenue) / revenue * 100:,.1f} %),"
        f" from {revenue:,.2f} to {revenue_left:,.2f}."
    )
    assert headline in comment
    assert headline in done.stdout
    assert f"| Order lines | {lines:,} | {lines_left:,} | {lines_left - lines:+,} |" in comment
    assert comment.startswith(MARK)
    for section in ("By category", "By month", "Published tables", "Models", "Downstream"):
        assert f"### {section}" in comment, section


def test_it_says_which_tests_would_have_stopped_it(
    inverted: tuple[Copy, str, subprocess.CompletedProcess[str]],
) -> None:
    _, comment, _ = inverted
    assert "nothing of this would be published" in comment
    failing = comment.partition("### Tests that fail")[2].partition("###")[0].replace("\\", "")
    assert "every_accepted_line_is_in_the_fact | new |" in failing


def test_it_says_who_would_have_seen_it(
    inverted: tuple[Copy, str, subprocess.CompletedProcess[str]],
) -> None:
    _, comment, _ = inverted
    models = comment.partition("### Models")[2].partition("###")[0].replace("\\", "")
    assert "| changed | fact_sales |" in models
    assert "reconciliation" in models
    downstream = comment.partition("### Downstream")[2].replace("\\", "")
    assert "Revenue by month" in downstream
    assert "What is the total revenue?" in downstream
    assert "sales_by_category" in downstream


def test_no_change_is_said_at_once(copy: Copy, inverted: object) -> None:
    """The index and the files of the repository are as they were."""
    status = ["git", "status", "--porcelain", "--untracked-files=no"]
    before = subprocess.run(status, cwd=copy.project, capture_output=True, check=True).stdout
    assert before == b""
    (copy.project / "comment.md").unlink(missing_ok=True)
    done = copy.diff()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No figure changes" in done.stdout


def test_what_cannot_be_built_is_named(copy: Copy, inverted: object) -> None:
    right = copy.fact.read_text(encoding="utf-8")
    copy.fact.write_text(right.replace("dim_products')", "dim_produkts')"), "utf-8")
    comment = copy.project / "broken.md"
    try:
        done = copy.diff("--markdown", str(comment))
    finally:
        copy.fact.write_text(right, encoding="utf-8")
    assert done.returncode == 1
    assert "the working tree cannot be built" in done.stdout
    assert "dim_produkts" in comment.read_text(encoding="utf-8").replace("\\", "")
    comment.unlink()


def test_an_unknown_revision_is_an_error_of_use(copy: Copy) -> None:
    done = lakehouse("diff", "no-such-branch", env=copy.env)
    assert done.returncode == 2
    assert "Git knows no revision called no-such-branch" in done.stderr


def test_outside_of_git_it_says_so(tmp_path: Path, copy: Copy) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "dbt_project.yml").write_text("name: x\n", encoding="utf-8")
    env = copy.env | {"LAKEHOUSE_PROJECT_DIR": str(plain), "GIT_CEILING_DIRECTORIES": str(tmp_path)}
    done = lakehouse("diff", "main", env=os.environ | env)
    assert done.returncode == 2
    assert "inside a git clone" in done.stderr


# --- Tables, on two small databases ---------------------------------------------------------------


def side(folder: Path, *statements: str, key: list[str] | None = None) -> Side:
    """A revision that published what the statements make."""
    (folder / "artifacts").mkdir(parents=True)
    nodes = {"model.x.t": {"alias": "t", "config": {"meta": {"primary_key": key or []}}}}
    (folder / "artifacts" / "manifest.json").write_text(json.dumps({"nodes": nodes}), "utf-8")
    with duckdb.connect(str(folder / "published.duckdb")) as connection:
        connection.execute("create schema gold")
        for statement in statements:
            connection.execute(statement)
    return Side(folder)


def table_of(base: Side, candidate: Side) -> Table:
    (table,) = compare(base, candidate).tables
    return table


def test_columns_that_come_go_and_change_their_type(tmp_path: Path) -> None:
    base = side(tmp_path / "a", "create table gold.t as select 1 as k, 2 as old, 3 as n")
    changed = "create table gold.t as select 1 as k, 'x' as fresh, cast(3 as bigint) as n"
    table = table_of(base, side(tmp_path / "b", changed))
    assert table.added == ["fresh VARCHAR"]
    assert table.removed == ["old INTEGER"]
    assert table.retyped == ["n INTEGER -> BIGINT"]
    assert table.differs


def test_values_are_compared_row_by_row(tmp_path: Path) -> None:
    rows = "create table gold.t as select * from (values (1, 10, 'a'), (2, 20, null), (3, 30, 'c'))"
    other = "create table gold.t as select * from (values (1, 11, 'a'), (2, 20, 'b'), (4, 30, 'c'))"
    names = " as t (k, amount, name)"
    base = side(tmp_path / "a", rows + names, key=["k"])
    table = table_of(base, side(tmp_path / "b", other + names, key=["k"]))
    assert (table.gone, table.new) == (1, 1)
    assert table.values == {"amount": 1, "name": 1}


def test_equal_tables_do_not_differ_whatever_the_order_of_rows(tmp_path: Path) -> None:
    base = side(tmp_path / "a", "create table gold.t as select unnest([1, 1, 2]) as k")
    table = table_of(
        base, side(tmp_path / "b", "create table gold.t as select unnest([2, 1, 1]) k")
    )
    assert not table.differs


def test_a_key_that_multiplies_is_seen(tmp_path: Path) -> None:
    base = side(tmp_path / "a", "create table gold.t as select 1 as k", key=["k"])
    twice = side(tmp_path / "b", "create table gold.t as select unnest([1, 1]) as k", key=["k"])
    assert table_of(base, twice).new == 1
