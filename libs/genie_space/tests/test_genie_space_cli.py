"""The command, as its user sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from genie_space import cli

Json = dict[str, Any]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `genie-space` in this process: exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["genie-space", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out + captured.err

    return run


def test_write_and_lint(command: Any, definition_file: Path, tmp_path: Path) -> None:
    written = tmp_path / "space.json"
    assert command("write", definition_file, "--out", written)[0] == 0
    code, printed = command("write", definition_file, "--catalog", "dev")
    assert code == 0
    assert printed.replace("dev.shop", "main.shop") == written.read_text(encoding="utf-8")
    for file in (definition_file, written):
        assert command("lint", file) == (0, f"{file}: no faults.\n")
    document = json.loads(written.read_text(encoding="utf-8"))
    document["instructions"]["join_specs"][0]["sql"].pop()
    for content in (document, {"title": "Sales", "serialized_space": json.dumps(document)}):
        written.write_text(json.dumps(content), encoding="utf-8")
        code, printed = command("lint", written)
        assert code == 1
        assert f"{written}: instructions.join_specs[0].sql: It is not two elements" in printed


def test_deploy_and_benchmark(command: Any, definition_file: Path, workspace: Any) -> None:
    code, printed = command("benchmark", definition_file)
    assert (code, "Deploy it first" in printed) == (1, True)
    options = ("--warehouse-id", "w")
    assert (
        "created: https://fake.example/genie/rooms/s0"
        in (command("deploy", definition_file, *options)[1])
    )
    assert "unchanged" in command("deploy", definition_file, *options)[1]
    assert command("benchmark", definition_file)[0] == 0
    workspace.assessments = {"Revenue?": ("BAD", [])}
    code, printed = command("benchmark", definition_file)
    assert code == 1
    assert "wrong: Revenue?" in printed
    assert command("benchmark", definition_file, "--at-least", "50")[0] == 0


def test_errors_have_a_remedy_and_an_exit_code(
    command: Any, definition_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, printed = command("lint", tmp_path / "none.yml")
    assert code == 5
    assert "What to do:" in printed
    assert command("write", definition_file, "--out", tmp_path)[0] == 5
    broken = tmp_path / "broken.json"
    broken.write_text('{"serialized_space": "{"}')
    assert command("lint", broken)[0] == 3
    assert command("lint")[0] == 2
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "no_config"))
    code, printed = command("benchmark", definition_file)
    assert code == 2
    assert "No usable credentials" in printed
