"""How the long steps tell what they are doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One message on the way.

    Attributes:
        step: what is under way: connect, warehouse, upload, dashboard, job or retry.
        message: what there is to say, one line.
        link: a page in the workspace to look at, or empty.
        done: how much is done, in files or seconds, of `total`.
        total: the whole; 0 when it is not known.
    """

    step: str
    message: str
    link: str = ""
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Report nothing."""
