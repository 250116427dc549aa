"""Alerts about a run that failed, or that published anomalies.

`LAKEHOUSE_ALERT_URL` gets a JSON object by POST, the standard input of `LAKEHOUSE_ALERT_COMMAND` a
text. Neither setting is ever printed: both may hold a secret.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import requests
from pydantic_settings import BaseSettings, SettingsConfigDict
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from orchestration.status import LastRun

PATIENCE = 10.0
"""Seconds to wait for an answer of the webhook."""
COMMAND_PATIENCE = 60.0
"""Seconds to wait for the command."""
RETRY = Retry(total=None, connect=2, read=2, other=0, backoff_factor=0.2, allowed_methods=None)
"""A lost connection is tried again; an answer, whatever it says, is not."""


class AlertSettings(BaseSettings):
    """Where alerts go; without either there are none."""

    model_config = SettingsConfigDict(
        env_prefix="LAKEHOUSE_ALERT_", env_ignore_empty=True, extra="ignore"
    )

    url: str = ""
    """A webhook."""
    command: str = ""
    """A command for the shell that takes the text on its standard input."""


@dataclass(frozen=True)
class Alert:
    """The JSON object that a webhook gets."""

    text: str
    """All of it in words; chat webhooks show this field."""
    result: str
    """ok, failed or stopped."""
    target: str
    started: str
    """ISO 8601, local time with offset."""
    version: str
    failed: Sequence[str]
    """Models and tests that failed."""
    anomalies: Sequence[str]
    """A sentence for each monitor that warns."""


def alert_of(run: LastRun) -> Alert:
    """Put a run into words."""
    happened = "published anomalies" if run.result == "ok" else f"{run.result}: {run.message}"
    started = run.started.isoformat()
    lines = [f"Sales lakehouse: the run on {run.target} of {started} {happened}"]
    lines += [f"failed: {name}" for name in run.failed]
    lines += run.anomalies
    text = "\n".join(lines)
    return Alert(text, run.result, run.target, started, run.version, run.failed, run.anomalies)


def send(alert: Alert, settings: AlertSettings) -> list[str]:
    """Send an alert.

    Returns:
        What did not work, in a sentence each: a run does not fail for it.
    """
    problems = []
    if settings.url:
        try:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, HTTPAdapter(max_retries=RETRY))
                session.post(settings.url, json=asdict(alert), timeout=PATIENCE).raise_for_status()
        except requests.exceptions.RequestException as error:
            # Not the error's own words: they repeat the address.
            answer = getattr(error.response, "status_code", None)
            reason = f"HTTP {answer}" if answer else type(error).__name__
            problems.append(
                f"The alert did not reach the webhook ({reason}). Check LAKEHOUSE_ALERT_URL."
            )
    if settings.command:
        problem = _run(settings.command, alert.text)
        if problem:
            problems.append(f"The alert's command {problem}. Check LAKEHOUSE_ALERT_COMMAND.")
    return problems


def _run(command: str, text: str) -> str:
    """Run the command; what went wrong, empty for nothing."""
    try:
        done = subprocess.run(
            command,
            shell=True,
            input=text + "\n",
            text=True,
            capture_output=True,
            timeout=COMMAND_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {COMMAND_PATIENCE:.0f} s"
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    return f"ended with exit code {done.returncode}" if done.returncode else ""
