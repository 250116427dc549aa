"""The two states of the project that are compared, taken from git without touching it.

A state is a tree of git. Uncommitted work is one too: it is written as a tree into a folder of its
own, so that neither the index nor the repository changes.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestration.errors import ExitCode, LakehouseError


@dataclass(frozen=True)
class Revision:
    """One state of the project."""

    name: str
    """As people call it: a branch, a tag, or the working tree."""
    tree: str
    """Git's checksum of all its files; equal trees are equal projects."""
    commit: str = ""
    """Empty for the working tree."""

    @property
    def label(self) -> str:
        """The name, with the commit where there is one."""
        return f"{self.name} ({self.commit[:8]})" if self.commit else self.name


class Repository:
    """The git repository the project is in; use it as a context manager."""

    def __init__(self, project_dir: Path) -> None:
        self._project = project_dir
        self._folder = Path()
        self._environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Find the repository.

        Raises:
            LakehouseError: when there is none, or no git.
        """
        if shutil.which("git") is None:
            raise LakehouseError(
                "Comparing needs git, and there is none on the path.", "", ExitCode.USAGE
            )
        self._folder = Path(tempfile.mkdtemp(prefix="lakehouse-diff-"))
        try:
            objects = self._git("rev-parse", "--path-format=absolute", "--git-path", "objects")
            index = self._git("rev-parse", "--path-format=absolute", "--git-path", "index")
            (self._folder / "objects").mkdir()
            if Path(index).is_file():  # knows which files are unchanged, so that `add` is quick
                shutil.copy2(index, self._folder / "index")
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._environment = {
            "GIT_INDEX_FILE": str(self._folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(self._folder / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects,
        }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what was written aside."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def base(self, name: str) -> Revision:
        """The state a change is compared with: where the present one left `name`.

        What others have done on `name` since then is not part of the change.

        Raises:
            LakehouseError: when git knows no such revision.
        """
        commit = self._commit(name) or self._commit(f"origin/{name}")
        if commit is None:
            raise LakehouseError(
                f"Git knows no revision called {name}.",
                f"Name a branch, a tag or a commit; `git fetch origin {name}` brings one here.",
                ExitCode.USAGE,
            )
        with contextlib.suppress(LakehouseError):  # no history in common, or it is not fetched
            commit = self._git("merge-base", commit, "HEAD")
        return Revision(name, self._git("rev-parse", f"{commit}^{{tree}}"), commit)

    def working_tree(self) -> Revision:
        """The files as they are now, committed or not; what git ignores is left out."""
        self._git("add", "--all", ":/")
        tree = self._git("write-tree")
        head = self._commit("HEAD")
        if head and self._git("rev-parse", f"{head}^{{tree}}") == tree:
            return Revision("this commit", tree, head)
        return Revision("the working tree", tree)

    def extract(self, revision: Revision, folder: Path) -> None:
        """Write the project as it is in a revision into a folder."""
        packed = subprocess.run(
            ["git", "archive", "--format=tar", f"{revision.tree}:{self._prefix()}"],
            cwd=self._top(),
            env=os.environ | self._environment,
            capture_output=True,
            check=False,
        )
        if packed.returncode:
            said = packed.stderr.decode(errors="replace").strip()
            raise LakehouseError(
                f"{revision.label} does not hold this project: {said}",
                "Compare with a revision that does.",
                ExitCode.USAGE,
            )
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")

    def _top(self) -> Path:
        return Path(self._git("rev-parse", "--show-toplevel"))

    def _prefix(self) -> str:
        return self._git("rev-parse", "--show-prefix")

    def _commit(self, name: str) -> str | None:
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except LakehouseError:
            return None

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self._project,
            env=os.environ | self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise LakehouseError(
                f"git {arguments[0]} failed: {done.stderr.strip() or 'no message'}",
                "Run the command inside a git clone of the project.",
                ExitCode.USAGE,
            )
        return done.stdout.strip()
