"""What a check found: where, what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Where:
    """A place in the project.

    Attributes:
        file: relative to the project folder, with forward slashes.
        path: inside the file, such as `resources.jobs.sales.tasks[0].dbt_task`; may be empty.
        line: counted from 1; 0 when it is not known.
    """

    file: str
    path: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.path}".rstrip()


@dataclass(frozen=True, order=True)
class Finding:
    """Something that a workspace would refuse, or accept and then do wrong.

    Attributes:
        where: the place to look at.
        problem: what is wrong, one sentence.
        remedy: what to do about it, one sentence.
    """

    where: Where
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem} {self.remedy}"
