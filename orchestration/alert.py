"""Telling people about a run that failed, or found something unusual.

Where to is the environment's to say: `LAKEHOUSE_ALERT_URL` gets a JSON object by POST, the
standard input of `LAKEHOUSE_ALERT_COMMAND` a text. Neither is ever printed: both may hold a secret.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import requests
from pydantic_settings import BaseSettings, SettingsConfigDict
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from orchestration.runlog import RunRecord

PATIENCE = 10.0
"""Seconds to wait for an answer of the webhook."""
COMMAND_PATIENCE = 60.0
"""Seconds to wait for the command."""
ATTEMPTS = 3


class AlertSettings(BaseSettings):
    """Whom to tell; nobody where neither is set."""

    model_config = SettingsConfigDict(
        env_prefix="LAKEHOUSE_ALERT_", env_ignore_empty=True, extra="ignore"
    )

    url: str = ""
    """A webhook."""
    command: str = ""
    """A command for the shell that takes the text on its standard input."""


@dataclass(frozen=True)
class Alert:
    """What is to be told."""

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
    unusual: Sequence[str]
    """A sentence for each monitor that warns."""


def alert_of(record: RunRecord) -> Alert:
    """Put a run into words, and what was unusual in it."""
    happened = (
        "found something unusual and published it"
        if record.result == "ok"
        else f"{record.result}: {record.message}"
    )
    lines = [f"Sales lakehouse: the run on {record.target} of {record.started} {happened}"]
    lines += [f"failed: {name}" for name in record.failed]
    lines += record.unusual
    text = "\n".join(lines)
    of_run = (record.result, record.target, record.started, record.version, record.failed)
    return Alert(text, *of_run, record.unusual)


def send(alert: Alert, settings: AlertSettings) -> list[str]:
    """Tell whoever is to be told.

    Returns:
        What could not be told, in a sentence each: a run does not fail for it.
    """
    problems = []
    if settings.url:
        try:
            _post(settings.url, alert)
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


def _post(url: str, alert: Alert) -> None:
    again = Retrying(
        retry=retry_if_exception_type(
            (requests.exceptions.ConnectionError, requests.exceptions.Timeout)
        ),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.2, max=2),
        reraise=True,
    )
    again(lambda: requests.post(url, json=asdict(alert), timeout=PATIENCE)).raise_for_status()


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
