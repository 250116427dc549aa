"""The workflows: what actionlint says, what they may do, and their scripts, run here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.python.conftest import PROJECT
from tools.diff.report import MARK
from tools.mutants.__main__ import copy_project

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = "1.7.12"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def read(path: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


@pytest.fixture(scope="module")
def actionlint() -> str:
    """The pinned actionlint: on the path, or built with Go into .cache once."""
    if found := shutil.which("actionlint"):
        return found
    folder = PROJECT / ".cache" / f"actionlint-{ACTIONLINT}"
    if not (folder / "actionlint").exists() and shutil.which("go"):
        module = f"github.com/rhysd/actionlint/cmd/actionlint@v{ACTIONLINT}"
        environment = os.environ | {"GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "install", module], env=environment, check=False, timeout=300)
    if (folder / "actionlint").exists():
        return str(folder / "actionlint")
    message = f"actionlint {ACTIONLINT} is not here, and no Go that could build it"
    if os.environ.get("LAKEHOUSE_REQUIRE_ACTIONLINT"):
        pytest.fail(message)
    pytest.skip(message)


def test_actionlint_finds_nothing(actionlint: str) -> None:
    done = subprocess.run([actionlint], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved to other code, a commit cannot; the comment says which tag it is."""
    uses = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert uses
    for line in uses:
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_no_more_than_it_needs(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for step in steps(workflow):
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    text = path.read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
    if "pull_request" in workflow[True]:  # `on` is a truth value in YAML
        assert not any("permissions" in job for job in workflow["jobs"].values())
    for step in steps(workflow):
        assert "${{" not in str(step.get("run", "")), "an expression would become code"


def test_what_a_job_runs_is_there() -> None:
    """Targets of make, scripts and folders of tests that the workflows name."""
    targets = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for path in WORKFLOWS:
        for step in steps(read(path)):
            command = str(step.get("run", ""))
            for target in re.findall(r"\bmake (\S+)", command):
                name = target.replace(".venv", "$(VENV)")
                assert f"\n{name}:" in targets, command
            for file in re.findall(r"(?:^|\s)((?:\.ci|tests)/[\w./]+)", command):
                assert (PROJECT / file).exists(), command


def test_the_comment_comes_from_the_workflow_that_compares() -> None:
    names = {read(path)["name"] for path in WORKFLOWS}
    comment = read(PROJECT / ".github" / "workflows" / "comment.yml")
    assert set(comment[True]["workflow_run"]["workflows"]) <= names


# --- .ci/comment, with a stand-in for gh ----------------------------------------------------------

GH = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
log = os.environ["GH_LOG"]
body = ""
if "--input" in arguments:
    body = open(arguments[arguments.index("--input") + 1]).read()
open(log, "a").write(json.dumps({"arguments": arguments, "body": body}) + "\\n")
address = next(a for a in arguments if a.startswith("repos/"))
if "/pulls?" in address:
    print(os.environ["GH_NUMBER"])
elif address.endswith("/comments") and "--input" not in arguments:
    print(os.environ["GH_COMMENT"])
"""


class Gh:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "gh.log"
        self.numbers = folder / "numbers"
        (folder / "bin").mkdir()
        (folder / "bin" / "gh").write_text(GH, encoding="utf-8")
        (folder / "bin" / "gh").chmod(0o755)
        (self.numbers / "pictures" / "after").mkdir(parents=True)
        self.env = os.environ | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "GH_LOG": str(self.log),
            "GH_NUMBER": "7",
            "GH_COMMENT": "",
            "REPOSITORY": "ann/lakehouse",
            "HEAD_OWNER": "bob",
            "HEAD_BRANCH": "change",
            "HEAD_SHA": "abc",
        }

    def run(self) -> list[dict[str, Any]]:
        subprocess.run([".ci/comment", str(self.numbers)], cwd=PROJECT, env=self.env, check=True)
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def gh(tmp_path: Path) -> Gh:
    if shutil.which("jq") is None:
        pytest.skip("the script needs jq; `apt-get install jq` brings it")
    return Gh(tmp_path)


def test_the_report_becomes_a_comment_with_pictures(gh: Gh) -> None:
    (gh.numbers / "comment.md").write_text(f"{MARK}\n![x](pictures/after/sales-1024.png)\n")
    (gh.numbers / "pictures" / "after" / "sales-1024.png").write_bytes(PNG)
    calls = gh.run()
    sent = json.loads(calls[-1]["body"])["body"]
    assert sent.startswith(MARK)
    assert "/ann/lakehouse/pull-request-pictures/7/abc/after/sales-1024.png)" in sent
    (upload,) = (call for call in calls if "PUT" in call["arguments"])
    assert upload["arguments"][3] == "repos/ann/lakehouse/contents/7/abc/after/sales-1024.png"
    assert json.loads(upload["body"])["branch"] == "pull-request-pictures"


def test_an_earlier_comment_is_renewed(gh: Gh) -> None:
    (gh.numbers / "comment.md").write_text("numbers\n")
    gh.env["GH_COMMENT"] = "99"
    assert gh.run()[-1]["arguments"][1:4] == [
        "-X",
        "PATCH",
        "repos/ann/lakehouse/issues/comments/99",
    ]


def test_what_is_no_picture_is_not_kept(gh: Gh) -> None:
    (gh.numbers / "comment.md").write_text("numbers\n")
    after = gh.numbers / "pictures" / "after"
    (after / "script.png").write_bytes(b"<svg onload='alert(1)'/>")
    (after / "Strange name.png").write_bytes(PNG)
    (after / "large.png").write_bytes(PNG + b"\0" * 3_000_000)
    assert [call for call in gh.run() if "PUT" in call["arguments"]] == []


def test_nothing_is_said_to_a_pull_request_that_has_moved_on(gh: Gh) -> None:
    (gh.numbers / "comment.md").write_text("numbers\n")
    gh.env["GH_NUMBER"] = ""
    assert len(gh.run()) == 1


# --- .ci/slim -------------------------------------------------------------------------------------


def test_only_what_changed_is_built_upon_what_main_has_built(
    published_sample: Path, tmp_path: Path
) -> None:
    root = published_sample.parents[1]
    kept, project = tmp_path / "kept", tmp_path / "project"
    kept.mkdir()
    for name in ("landing", "warehouse"):
        shutil.copytree(root / name, kept / name)
    shutil.copy(root / "target" / "manifest.json", kept)
    copy_project(project)
    (project / ".venv").symlink_to(PROJECT / ".venv")
    changed = project / "models" / "marts" / "dim_locations.sql"
    changed.write_text(f"-- changed\n{changed.read_text(encoding='utf-8')}", encoding="utf-8")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LAKEHOUSE_", "DBT_"))
    }
    done = subprocess.run(
        [".ci/slim", str(kept)],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    built = set(re.findall(r"OK created sql \w+ model (?:\w+\.)*(\w+)", done.stdout))
    assert "dim_locations" in built
    assert "dim_customers" in built
    assert built.isdisjoint({"int_sales_judged", "crm_sales_details", "dim_products"})
