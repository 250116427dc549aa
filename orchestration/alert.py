"""Alerts about a run that failed, or that published anomalies.

`LAKEHOUSE_ALERT_URL` gets a JSON object by POST, the standard input of `LAKEHOUSE_ALERT_COMMAND` a
text. Neither setting is ever printed: both may hold a secret.
"""

from __future__ import annotations

import subprocess

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from orchestration.plain import clean
from orchestration.settings import Settings
from orchestration.status import LastRun

PATIENCE = 10.0
"""Seconds to wait for an answer of the webhook."""
COMMAND_PATIENCE = 60.0
"""Seconds to wait for the command."""
RETRY = Retry(total=None, connect=2, read=2, other=0, backoff_factor=0.2, allowed_methods=None)
"""A lost connection is tried again; an answer, whatever it says, is not."""


def text_of(run: LastRun) -> str:
    """Put a run into words."""
    happened = "published anomalies" if run.result == "ok" else f"{run.result}: {run.message}"
    started = run.started.isoformat()
    lines = [
        f"Sales lakehouse: the run on {run.target} of {started} {happened}",
        *(f"failed: {name}" for name in run.failed),
        *filter(None, [run.published]),
        *run.anomalies,
    ]
    return clean("\n".join(lines))


def send(run: LastRun, settings: Settings) -> list[str]:
    """Send an alert about a run; a sentence for what did not work: no run fails for it."""
    problems = []
    text = text_of(run)
    if settings.alert_url:
        content = {
            "text": text,  # what chat webhooks show
            "result": run.result,
            "target": run.target,
            "started": run.started.isoformat(),
            "version": run.version,
            "failed": run.failed,
            "anomalies": run.anomalies,
        }
        try:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, HTTPAdapter(max_retries=RETRY))
                answer = session.post(settings.alert_url, json=content, timeout=PATIENCE)
                answer.raise_for_status()
        except requests.exceptions.RequestException as error:
            # Not the error's own words: they repeat the address.
            status = getattr(error.response, "status_code", None)
            reason = f"HTTP {status}" if status else type(error).__name__
            problems.append(
                f"The alert did not reach the webhook ({reason}). Check LAKEHOUSE_ALERT_URL."
            )
    if settings.alert_command and (problem := _run(settings.alert_command, text)):
        problems.append(f"The alert's command {problem}. Check LAKEHOUSE_ALERT_COMMAND.")
    return problems


def _run(command: str, text: str) -> str:
    """Run the command; what went wrong, empty for nothing."""
    try:
        done = subprocess.run(
            command,
            shell=True,
            input=f"{text}\n".encode(),
            capture_output=True,
            timeout=COMMAND_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"did not end within {COMMAND_PATIENCE:.0f} s"
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    return f"ended with exit code {done.returncode}" if done.returncode else ""
