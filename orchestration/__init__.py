"""The command `lakehouse`: runs, checks and shows the Sales Lakehouse."""

from __future__ import annotations

__version__ = "0.1.0"
