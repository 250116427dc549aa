"""Three hundred questions written without sight of the grammar: no figure is wrong.

`tests/strangers/verdicts.csv` says what became of each. After a change, write it again with
WRITE_VERDICTS=1 in the environment, and look at the difference.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from orchestration.questions import open_analyst
from tests.python.conftest import published_once
from tests.python.genie.strangers import RIGHT, VERDICTS, WRONG, questions, verdict


@pytest.mark.slow  # it builds the whole sample
def test_no_figure_is_wrong(tmp_path_factory: pytest.TempPathFactory, project_dir: Path) -> None:
    published = published_once(tmp_path_factory, "strangers", "--until", "2014-01-29")
    analyst = open_analyst(published, project_dir)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("question", "expected", "verdict"))
    found: Counter[tuple[str, str]] = Counter()
    wrong = []
    with duckdb.connect(str(published), read_only=True) as connection:
        for entry in questions():
            answer = analyst.ask(entry["question"])
            given = verdict(entry, answer, connection)
            table.writerow((entry["question"], entry["verdict"], given))
            found[entry["verdict"], given] += 1
            if given == WRONG:
                wrong.append(f"{entry['question']}: {answer.reading or answer.reason}")
    if "WRITE_VERDICTS" in os.environ:
        VERDICTS.write_text(text.getvalue(), "utf-8")
    assert not wrong, "\n".join(wrong)
    answerable = sum(count for (expected, _), count in found.items() if expected == "answer")
    assert found["answer", RIGHT] >= 0.8 * answerable, found
    assert VERDICTS.read_text("utf-8") == text.getvalue(), "the table is not up to date"
