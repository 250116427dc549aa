"""What can be known about the project without a workspace: `lakehouse check`."""

from __future__ import annotations

from tools.check.findings import Finding, Where
from tools.check.project import check_project

__all__ = ["Finding", "Where", "check_project"]
