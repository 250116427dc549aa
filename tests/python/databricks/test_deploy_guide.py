"""docs/deploy.md, followed command by command as a new user would, against the fake workspace."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from typer.testing import CliRunner

import genie_space
from genie_space import BenchmarkReport, DeployedSpace
from orchestration import dbt
from orchestration.cli import add_tools, app
from tests.python.conftest import PROJECT, places
from tests.python.databricks.fake_cli import FakeCli, Refused
from tests.python.databricks.fake_workspace import FakeWorkspace
from tools.check.checks import STEPS

GUIDE = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
OWN_COPY = "### From a laptop or CI"
"""From here on the guide speaks of a copy of one's own, deployed as production was before."""


class Session:
    """A user's shell: what was exported, and the two commands."""

    def __init__(self, cli: FakeCli, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cli = cli
        self.done: list[str] = []
        self._monkeypatch = monkeypatch
        self._values = {
            "<workspace>": cli.workspace.address.removeprefix("http://"),
            "<address>": cli.user,
            "<token>": "secret",
            "<user>": "ann_lee",
            "/warehouses/<id>": "/warehouses/w1",
            "<numeric id of the principal>": "123",
        }

    def follow(self, text: str) -> None:
        """Do what the blocks of a text say, in their order."""
        for kind, block in BLOCK.findall(text):
            if kind == "sql":
                self._sql(block)
            else:
                for words in self._lines(block):
                    self.enter(words)

    def _lines(self, block: str) -> Iterator[list[str]]:
        for placeholder, value in self._values.items():
            block = block.replace(placeholder, value)
        block = block.replace(f"https://{self._values['<workspace>']}", self.cli.workspace.address)
        pending = ""
        for line in block.splitlines():
            pending = f"{pending}\n{line}".strip()
            try:
                words = shlex.split(pending, comments=True)
            except ValueError:  # a quotation that goes on in the next line
                continue
            pending = ""
            if words:
                yield words

    def enter(self, words: list[str]) -> None:
        """Enter a command line; it has to succeed."""
        self.done.append(" ".join(words))
        if words[0] == "export":
            for each in words[1:]:
                name, _, value = each.partition("=")
                assert "<" not in value, each
                self._monkeypatch.setenv(name, value)
        elif words[0] == "databricks":
            self.cli.run(words[1:], os.environ)
            if words[1:3] == ["auth", "login"]:  # what the login stores
                self._monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
        else:
            assert words[0] == "lakehouse", words
            done = CliRunner().invoke(app, words[1:])
            assert done.exit_code == 0, f"{self.done[-1]}: {done.output}"

    def _sql(self, block: str) -> None:
        for statement in filter(None, (each.strip() for each in block.split(";"))):
            if created := re.match(r"create catalog if not exists (\w+)", statement):
                self.create_catalog(created[1])
            elif not statement.startswith("grant "):
                sqlglot.parse_one(statement, read="databricks")

    def create_catalog(self, name: str) -> None:
        self.cli.workspace.catalogs[name] = {"name": name}


@pytest.fixture
def session(
    workspace: FakeWorkspace,
    small_landing: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Session:
    """A user beside an empty workspace, with files in `landing`."""
    workspace.catalogs, workspace.volumes = {}, set()
    (principal,) = re.findall(r"^3\. \*\*Service principal\*\*, .*?`([\w-]+)`", GUIDE, re.MULTILINE)
    cli = FakeCli(workspace, principals={principal})
    for name, value in places(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(small_landing.parent)
    add_tools(app)
    quick = [step for step in STEPS if step[0] != "dbt commands"]
    monkeypatch.setattr("tools.check.checks.STEPS", quick)
    monkeypatch.setattr(dbt, "run", lambda *_, **__: dbt.BuildResult([dbt.NodeResult("a")]))
    monkeypatch.setattr(genie_space, "deploy_space", _deploy(cli))
    report = BenchmarkReport("r", 20, 20, 0, "https://x", ())
    monkeypatch.setattr(genie_space, "run_benchmarks", lambda *_, **__: report)
    return Session(cli, monkeypatch)


def _deploy(cli: FakeCli) -> Callable[..., DeployedSpace]:
    def deploy(client: object, document: Any, *, title: str, **_: object) -> DeployedSpace:
        sources = document["data_sources"].values()
        read = {each["identifier"] for source in sources for each in source}
        assert cli.spaces[title] == read <= cli.tables, "the bundle's space is another"
        return DeployedSpace(title, "https://x", "unchanged")

    return deploy


def section(title: str) -> str:
    """A section of the guide, up to the next heading."""
    return re.split(r"^#+ ", GUIDE.split(f"{title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.slow
def test_the_guide_can_be_followed(
    session: Session, published_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = session.cli
    production, own_copy = GUIDE.split(OWN_COPY)
    session.follow(production)
    assert set(cli.spaces) == {"Gold Sales Genie"}
    assert {target for target, _ in cli.runs} == {"prod"}
    assert cli.jobs["prod"]["email_notifications"]["on_failure"] == [cli.user]

    first = section("### The first time")
    for old, new in {"--target prod": "--target dev", "sales_prod": "sales_dev"}.items():
        assert old in first
        first = first.replace(old, new)
    session.create_catalog("sales_dev")
    session.enter(["export", "DATABRICKS_SCHEMA=dev_ann_lee"])
    session.follow(first)

    monkeypatch.setenv("LAKEHOUSE_PUBLISHED", str(published_sample))
    answer = genie_space.Answer("By country.", "select 1", ("country", "revenue"), ())
    monkeypatch.setattr(genie_space, "ask", lambda *_: answer)
    session.follow(own_copy)
    assert "[dev ann_lee] Gold Sales Genie" in cli.spaces
    assert [each["name"] for each in cli.workspace.runs.values()] == [
        "Refresh [dev ann_lee] Gold Sales"
    ]
    assert set(cli.jobs) == {"prod"}, "the copy is removed"
    assert len([each for each in session.done if not each.startswith("export")]) > 20


def test_what_the_guide_names_in_its_text_are_commands() -> None:
    cli = FakeCli(FakeWorkspace())
    text = BLOCK.sub("", GUIDE)
    named = re.findall(r"`databricks ((?:auth|bundle|account|current)[^`]*)`", text)
    assert len(named) > 3
    for command in named:
        cli.parse(shlex.split(re.sub(r"<[^>]*>", "x", command)))


def test_the_fake_cli_refuses_what_the_platform_refuses(session: Session) -> None:
    session.create_catalog("sales_prod")
    prod = ("--target", "prod")
    for command, reason in {
        "bundle deploy --target prod": "does not exist",
        "bundle deploy --target moon": "no target moon",
        "bundle deploy --target dev": "catalog sales_dev",
        "bundle deploy --target prod --select jobs.moon": "no resource",
        "bundle deploy --target staging": "service_principal",
        "bundle run sales_lakehouse --target prod": "no job",
        "bundle destroy --target prod": "prevent_destroy",
        "bundle deploy --moon": "unknown option",
    }.items():
        with pytest.raises((Refused, AssertionError), match=reason):
            session.enter(["databricks", *shlex.split(command)])
    session.enter(["databricks", "bundle", "deploy", "--select", "jobs.sales_lakehouse", *prod])
    for parameters, reason in {"full_refresh=true": "no files", "moon=1": "no parameter"}.items():
        run = ["databricks", "bundle", "run", "sales_lakehouse", "--params", parameters]
        with pytest.raises(Refused, match=reason):
            session.enter([*run, *prod])
