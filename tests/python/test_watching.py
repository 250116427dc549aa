"""What is unusual is found, shown, and told to whoever wants to know."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from orchestration.alert import AlertSettings, alert_of, send
from orchestration.published import read_summary
from orchestration.runlog import RunRecord
from orchestration.status import Status, show_status
from tests.python.conftest import ROWS, RunLakehouse, places
from tests.python.databricks.fake_workspace import FakeWorkspace, Reply, Request, serve
from tests.python.lake import Lake

MONDAY = date(2026, 11, 23)
SALES = "source_crm/sales_details.csv"
LOCATIONS = "source_erp/LOC_A101.csv"
SECRET = "token-of-nobody"


def lines(count: int, week: int) -> list[str]:
    """Sales lines, each of an order of its own."""
    return [ROWS[SALES].replace("SO1,", f"SO{week}{line:03},") for line in range(count)]


def test_what_is_unusual_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = Lake(tmp_path)
    for name, row in ROWS.items():
        age = timedelta(days=3 if name == LOCATIONS else 1)
        lake.land(name, [row], datetime(2026, 11, 23, 6) - age)
    (lake.landing / SALES).unlink()
    for week, count in enumerate((10, 12, 11, 4)):
        day = MONDAY - timedelta(weeks=3 - week)
        name = f"source_crm/sales_details_{day.isoformat()}.csv"
        lake.land(name, lines(count, week), datetime(day.year, day.month, day.day, 6))
    lake.build(MONDAY)

    expected = [
        "erp_locations: the newest file is 3 days old, 2 are allowed",
        "crm_sales: 4 rows on Monday, 2026-11-23, 11 are usual on that weekday",
    ]
    summary = read_summary(tmp_path / "warehouse" / "published.duckdb")
    assert [each.sentence for each in summary.unusual] == expected
    show_status(Status(None, None, summary), Console(width=120, highlight=False))
    shown = capsys.readouterr().out
    assert "Unusual" in shown
    assert all(f"  {sentence}" in shown for sentence in expected)

    # The missing lines come after all, and so does the file that was missed.
    name = f"source_crm/sales_details_{MONDAY.isoformat()}.csv"
    lake.land(name, lines(10, 3), datetime(2026, 11, 23, 12))
    lake.touch(LOCATIONS, datetime(2026, 11, 23, 12))
    lake.build(MONDAY)
    assert read_summary(tmp_path / "warehouse" / "published.duckdb").unusual == []


class Webhook(FakeWorkspace):
    """Answers as it is told to, and keeps what it was sent."""

    status = 200

    @property
    def url(self) -> str:
        return f"{self.address}/{SECRET}"

    @property
    def got(self) -> list[dict[str, object]]:
        return [request.json() for request in self.requests]

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return Reply(self.status)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()
    with serve(hook):
        yield hook


ALERT = alert_of(
    RunRecord(
        *("2026-11-23T06:00:00+01:00", "local", "landing"),
        result="failed",
        message="1 test failed.",
    )
)


def test_an_alert_reaches_webhook_and_command(webhook: Webhook, tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    settings = AlertSettings(url=webhook.url, command=f"cat > {shlex.quote(str(mail))}")
    assert send(ALERT, settings) == []
    text = "Sales lakehouse: the run on local of 2026-11-23T06:00:00+01:00 failed: 1 test failed."
    assert [each["text"] for each in webhook.got] == [text]
    assert webhook.got[0]["result"] == "failed"
    assert mail.read_text() == text + "\n"


def test_an_alert_nobody_takes_is_said_without_the_secret(webhook: Webhook) -> None:
    webhook.status = 403
    refused = send(ALERT, AlertSettings(url=webhook.url, command=f"exit 3 # {SECRET}"))
    nobody_there = send(ALERT, AlertSettings(url=f"http://127.0.0.1:1/{SECRET}"))
    assert refused == [
        "The alert did not reach the webhook (HTTP 403). Check LAKEHOUSE_ALERT_URL.",
        "The alert's command ended with exit code 3. Check LAKEHOUSE_ALERT_COMMAND.",
    ]
    assert nobody_there == [
        "The alert did not reach the webhook (ConnectionError). Check LAKEHOUSE_ALERT_URL."
    ]
    assert len(webhook.got) == 1  # an answer is an answer: asked once


def test_nobody_is_told_where_nobody_wants_to_know() -> None:
    assert send(ALERT, AlertSettings(url="", command="")) == []


def test_runs_tell(
    small_landing: Path, tmp_path: Path, webhook: Webhook, run_lakehouse: RunLakehouse
) -> None:
    """What is unusual, and what stopped a run, once; a run that changed nothing says nothing."""
    env = {**places(tmp_path), "LAKEHOUSE_ALERT_URL": webhook.url}
    old = (datetime.now(UTC) - timedelta(days=10)).timestamp()
    os.utime(small_landing / LOCATIONS, (old, old))
    first = run_lakehouse("run", env=env)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "unusual  erp_locations: the newest file is 10 days old, 2 are allowed" in first.stdout
    assert [each["result"] for each in webhook.got] == ["ok"]
    assert "found something unusual and published it" in str(webhook.got[0]["text"])

    assert "Nothing has changed" in run_lakehouse("run", env=env).stdout
    assert len(webhook.got) == 1

    (small_landing / SALES).write_text("no,such,header\n1,2,3\n")
    stopped = run_lakehouse("run", env=env)
    assert stopped.returncode != 0
    assert webhook.got[1]["result"] == "stopped"
    assert "sales_details.csv" in str(webhook.got[1]["text"])
    assert SECRET not in first.stdout + first.stderr + stopped.stdout + stopped.stderr
