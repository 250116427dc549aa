"""What a change does to the numbers: `lakehouse diff main`.

Both revisions are built on the same files, each in a database of its own, and what they would
publish is compared: rows, totals, columns, values, and what reads them.
"""

from __future__ import annotations

from tools.diff.command import Options, diff

__all__ = ["Options", "diff"]
