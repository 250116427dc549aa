"""The workflows: what actionlint says, what they may do, and the scripts they run."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.python.conftest import PROJECT, copy_project
from tools.diff.markdown import MARK

GITHUB = PROJECT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONLINT = "1.7.12"


def read(path: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


@pytest.mark.slow
def test_actionlint_finds_nothing() -> None:
    """With the pinned actionlint: from the path, or built with Go into .cache once."""
    folder = PROJECT / ".cache" / f"actionlint-{ACTIONLINT}"
    program = shutil.which("actionlint") or str(folder / "actionlint")
    if not Path(program).exists() and shutil.which("go"):
        module = f"github.com/rhysd/actionlint/cmd/actionlint@v{ACTIONLINT}"
        environment = os.environ | {"GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        subprocess.run(["go", "install", module], env=environment, check=False, timeout=300)
    if not Path(program).exists():
        message = f"actionlint {ACTIONLINT} is not here, and no Go that could build it"
        (pytest.fail if os.environ.get("LAKEHOUSE_REQUIRE_ACTIONLINT") else pytest.skip)(message)
    done = subprocess.run([program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_do_no_more_than_it_needs(path: Path) -> None:
    """Actions are pinned by commit, no secret is read, and no expression becomes code."""
    text, workflow = path.read_text(encoding="utf-8"), read(path)
    for line in re.findall(r"^.*\buses:.*$", text, re.MULTILINE):
        assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    assert workflow["permissions"] in ({}, {"contents": "read"})
    assert "pull_request_target" not in text
    assert "secrets." not in text
    if "pull_request" in workflow[True]:  # `on` is a truth value in YAML
        for job in workflow["jobs"].values():
            if "permissions" in job and "github.event_name == 'push'" not in job["if"]:
                # To sign in to a workspace as a principal of the environment; never for a fork.
                assert job["permissions"] == {"contents": "read", "id-token": "write"}
                assert job["environment"] == "plan"
                assert "head.repo.full_name == github.repository" in job["if"]
    for step in steps(workflow):
        assert "${{" not in str(step.get("run", "")), step
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_deliveries_are_prepared_as_the_guide_says() -> None:
    """Environments, variables and targets; and nothing happens before somebody asks for it."""
    text = (GITHUB / "workflows" / "deliver.yml").read_text(encoding="utf-8")
    guide = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
    section = guide.split("## Deliver by CI")[1].split("\n## ")[0]
    for variable in set(re.findall(r"vars\.(\w+)", text)):
        assert f"`{variable}`" in section, variable
    for job in read(GITHUB / "workflows" / "deliver.yml")["jobs"].values():
        assert "vars.DATABRICKS_DELIVERY == 'true'" in job["if"]
        assert job["env"]["DATABRICKS_AUTH_TYPE"] == "github-oidc"
        commands = [str(step.get("run", "")) for step in job["steps"]]
        assert any("bundle validate --strict" in command for command in commands)
    bundle = yaml.safe_load((PROJECT / "databricks.yml").read_text(encoding="utf-8"))
    assert {"staging", "prod"} <= set(bundle["targets"])


def test_what_a_job_runs_is_there() -> None:
    """Targets of make, scripts and other workflows that the workflows name."""
    targets = (PROJECT / "Makefile").read_text(encoding="utf-8")
    names = {read(path)["name"] for path in WORKFLOWS}
    for path in WORKFLOWS:
        workflow = read(path)
        assert {*workflow[True].get("workflow_run", {}).get("workflows", [])} <= names
        for step in steps(workflow):
            command = str(step.get("run", ""))
            for target in re.findall(r"\bmake (\S+)", command):
                assert f"\n{target.replace('.venv', '$(VENV)')}:" in targets, command
            for file in re.findall(r"(?:^|\s)((?:\.ci|tests)/[\w./]+)", command):
                assert (PROJECT / file).exists(), command
            for module in re.findall(r"python3? -m ([\w.]+)", command):
                assert (PROJECT / f"{module.replace('.', '/')}.py").exists(), command


def test_templates_are_short_and_ask_for_the_numbers() -> None:
    text = (GITHUB / "pull_request_template.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 15
    assert "before" in text
    assert "after" in text
    for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml"):
        form = read(path)
        assert {"name", "description", "body"} <= form.keys()
        assert len(form["body"]) <= 4, path.name


def test_what_a_new_colleague_reads_leads_somewhere() -> None:
    text = (GITHUB / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (GITHUB / target).exists(), target
    targets = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^|`)make ([a-z][\w-]*)", text, re.MULTILINE):
        assert f"\n{target}:" in targets, target


# --- tools.diff.comment, with a stub for gh -------------------------------------------------------

GH = """#!{python}
import json, os, sys
arguments = sys.argv[2:]
body = json.load(sys.stdin) if "--input" in arguments else None
with open(os.environ["GH_LOG"], "a") as log:
    log.write(json.dumps({{"path": arguments[0], "options": arguments[1:], "body": body}}) + "\\n")
answers = json.loads(os.environ["GH_ANSWERS"])
print(json.dumps(next((said for end, said in answers.items() if end in arguments[0]), {{}})))
"""


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
IDAT = chunk(b"IDAT", zlib.compress(b"\0\0"))
IEND = chunk(b"IEND")
PNG = SIGNATURE + IHDR + IDAT + IEND


class Gh:
    """What the script sends to GitHub, of a folder with a report and pictures."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "gh.log"
        self.folder = folder / "numbers"
        self.after = self.folder / "pictures" / "after"
        self.after.mkdir(parents=True)
        self.report = self.folder / "comment.md"
        self.report.write_text(f"{MARK}\n![x](pictures/after/sales-1024.png)\n", encoding="utf-8")
        program = folder / "bin" / "gh"
        program.parent.mkdir()
        program.write_text(GH.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
        self.pulls = [{"number": 7, "head": {"sha": "abc"}}]
        self.comments: list[dict[str, Any]] = []
        self.env = os.environ | {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "GH_LOG": str(self.log),
            "REPOSITORY": "ann/lakehouse",
            "HEAD_OWNER": "bob",
            "HEAD_BRANCH": "a&b",
            "HEAD_SHA": "abc",
        }

    def run(self, code: int = 0) -> list[dict[str, Any]]:
        answers = {
            "/pulls?state=open&head=bob%3Aa%26b": self.pulls,
            "/7/comments": [self.comments],
            "/matching-refs/": [],
            "/commits/HEAD": {"sha": "def"},
        }
        command = [sys.executable, "-m", "tools.diff.comment", str(self.folder)]
        environment = self.env | {"GH_ANSWERS": json.dumps(answers)}
        done = subprocess.run(command, cwd=PROJECT, env=environment, check=False)
        assert done.returncode == code
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def kept(self) -> list[str]:
        """The pictures that are put on the branch."""
        paths = [call["path"] for call in self.run() if "PUT" in call["options"]]
        return [path.partition("/contents/")[2] for path in paths]


@pytest.fixture
def gh(tmp_path: Path) -> Gh:
    return Gh(tmp_path)


def test_the_report_becomes_a_comment_with_pictures(gh: Gh) -> None:
    (gh.after / "sales-1024.png").write_bytes(PNG)
    assert gh.kept() == ["7/abc/after/sales-1024.png"]
    sent = gh.run()[-1]["body"]["body"]
    assert sent.count(MARK) == 1
    assert sent.startswith(MARK)
    assert "/ann/lakehouse/pull-request-pictures/7/abc/after/sales-1024.png)" in sent


def test_an_earlier_comment_is_renewed(gh: Gh) -> None:
    gh.comments = [
        {"id": 98, "user": {"type": "User"}, "body": MARK},
        {"id": 99, "user": {"type": "Bot"}, "body": f"{MARK} numbers"},
    ]
    assert gh.run()[-1]["path"] == "repos/ann/lakehouse/issues/comments/99"


def test_what_is_no_picture_is_not_kept(gh: Gh) -> None:
    hostile = {
        "script": b"<svg onload='alert(1)'/>",
        "signature": SIGNATURE + b"\0" * 20,
        "tail": PNG + b"PK\x03\x04 an archive",
        "cut": PNG[:-4],
        "no_pixels": SIGNATURE + IHDR + IEND,
        "text": SIGNATURE + IHDR + chunk(b"tEXt", b"Comment\0<script>") + IDAT + IEND,
        "checksum": PNG.replace(IDAT[-4:], b"\0\0\0\0"),
        "large": SIGNATURE + IHDR + chunk(b"IDAT", b"\0" * 3_000_000) + IEND,
        "Strange name": PNG,
    }
    for name, content in hostile.items():
        (gh.after / f"{name}.png").write_bytes(content)
    outside = gh.folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.png").write_bytes(PNG)
    (gh.after / "link.png").symlink_to(outside / "secret.png")
    (gh.folder / "pictures" / "before").symlink_to(outside)
    (gh.after / "folder.png").mkdir()
    assert gh.kept() == []


def test_a_link_is_not_followed_to_a_report(gh: Gh) -> None:
    gh.report.unlink()
    gh.report.symlink_to("/etc/hostname")
    assert not any(call["body"] for call in gh.run(code=1))


def test_nothing_is_said_to_a_pull_request_that_has_moved_on(gh: Gh) -> None:
    gh.pulls = [{"number": 7, "head": {"sha": "later"}}]
    assert len(gh.run()) == 1


# --- .ci/slim -------------------------------------------------------------------------------------


@pytest.mark.slow
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
    ours = ("LAKEHOUSE_", "DBT_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [".ci/slim", str(kept)]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    built = set(re.findall(r"OK created sql \w+ model (?:\w+\.)*(\w+)", done.stdout))
    assert {"dim_locations", "dim_customers"} <= built
    assert built.isdisjoint({"int_sales__validated", "crm_sales_details", "dim_products"})
