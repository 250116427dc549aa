"""Alerts reach webhook and command, and never show where they go."""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from orchestration.alert import send
from orchestration.published import read_summary
from orchestration.settings import Settings
from orchestration.status import LastRun
from tests.python.conftest import ROWS
from tests.python.lake import Lake

MONDAY = date(2026, 11, 23)
SALES = "source_crm/sales_details.csv"
LOCATIONS = "source_erp/LOC_A101.csv"
SECRET = "token-in-the-address"
FAILED = LastRun(
    datetime.fromisoformat("2026-11-23T06:00:00+01:00"),
    "local",
    result="failed",
    message="1 test failed.",
    published="Nothing is published.",
)


class Webhook(HTTPServer):
    """Keeps what it is sent; answers with `status`, after dropping `drops` connections."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.drops = 200, 0
        self.got: list[dict[str, object]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/{SECRET}"


class Answer(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.drops:
            self.server.drops -= 1
            return
        self.server.got.append(json.loads(content))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as hook:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        yield hook
        hook.shutdown()


def test_an_alert_reaches_webhook_and_command(
    webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = tmp_path / "mail"
    webhook.drops = 1
    monkeypatch.setenv("LAKEHOUSE_ALERT_URL", webhook.url)
    monkeypatch.setenv("LAKEHOUSE_ALERT_COMMAND", f"cat > {shlex.quote(str(mail))}")
    settings = Settings()
    assert SECRET not in repr(settings)
    assert send(FAILED, settings) == []
    text = "Sales lakehouse: the run on local of 2026-11-23T06:00:00+01:00 failed: 1 test failed."
    text += "\nNothing is published."
    assert [(each["text"], each["result"]) for each in webhook.got] == [(text, "failed")]
    assert mail.read_text() == text + "\n"


def test_an_alert_that_does_not_arrive_is_said_without_the_secret(webhook: Webhook) -> None:
    webhook.status = 503
    refused = Settings(alert_url=webhook.url, alert_command=f"exit 3 # {SECRET}")
    assert send(FAILED, refused) == [
        "The alert did not reach the webhook (HTTP 503). Check LAKEHOUSE_ALERT_URL.",
        "The alert's command ended with exit code 3. Check LAKEHOUSE_ALERT_COMMAND.",
    ]
    assert len(webhook.got) == 1, "an answer is an answer: sent once"
    silent = Settings(alert_url=f"http://127.0.0.1:1/{SECRET}", alert_command="")
    assert send(FAILED, silent) == [
        "The alert did not reach the webhook (ConnectionError). Check LAKEHOUSE_ALERT_URL."
    ]
    assert send(FAILED, Settings(alert_url="", alert_command="")) == []


@pytest.mark.slow
def test_anomalies_are_found(lake: Lake) -> None:
    for name, row in ROWS.items():
        age = timedelta(days=3 if name == LOCATIONS else 1)
        lake.land(name, [row], datetime(2026, 11, 23, 6) - age)
    (lake.landing / SALES).unlink()
    for week, count in enumerate((10, 12, 11, 4)):
        day = MONDAY - timedelta(weeks=3 - week)
        name = f"source_crm/sales_details_{day.isoformat()}.csv"
        lake.land(name, lines(count, week), datetime(day.year, day.month, day.day, 6))
    lake.build(MONDAY)
    published = lake.root / "warehouse" / "published.duckdb"
    assert read_summary(published).anomalies == [
        "erp_locations: the newest file is 3 days old, 2 are allowed",
        "crm_sales: 4 rows on Monday, 2026-11-23, 11 are usual on that weekday",
    ]

    # The missing lines come after all, and so does the file that was missed.
    name = f"source_crm/sales_details_{MONDAY.isoformat()}.csv"
    lake.land(name, lines(10, 3), datetime(2026, 11, 23, 12))
    lake.touch(LOCATIONS, datetime(2026, 11, 23, 12))
    lake.build(MONDAY)
    assert read_summary(published).anomalies == []


def lines(count: int, week: int) -> list[str]:
    """Sales lines, each of an order of its own."""
    return [ROWS[SALES].replace("SO1,", f"SO{week}{line:03},") for line in range(count)]
