"""The two states of the project that are compared, taken from git without changing it.

A state is a tree of git. Uncommitted work is one too: it is written as a tree into a temporary
folder, so that neither the index nor the repository changes.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import ExitCode, LakehouseError


@dataclass(frozen=True)
class Revision:
    """One state of the project."""

    name: str
    """A branch, a tag, a commit, or the working tree."""
    tree: str
    """Git's checksum of all its files; equal trees are equal projects."""
    commit: str = ""
    """Empty for the working tree."""

    @property
    def label(self) -> str:
        """The name, with the commit where there is one."""
        return f"{self.name} ({self.commit[:8]})" if self.commit else self.name


@contextlib.contextmanager
def repository(project_dir: Path) -> Iterator[Repository]:
    """Open the git repository that the project is in.

    Raises:
        LakehouseError: when there is none, or no git.
    """
    if shutil.which("git") is None:
        raise LakehouseError(
            "git is not on the PATH.", "Install git: the comparison needs it.", ExitCode.USAGE
        )
    with tempfile.TemporaryDirectory(prefix="lakehouse-diff-") as folder:
        places = {}
        for name in ("objects", "index"):
            found = _git(project_dir, "rev-parse", "--path-format=absolute", "--git-path", name)
            places[name] = Path(found.decode().strip())
        own = Path(folder)
        (own / "objects").mkdir()
        if places["index"].is_file():  # it knows the unchanged files, which makes `add` quick
            shutil.copy2(places["index"], own / "index")
        yield Repository(
            project_dir,
            {
                "GIT_INDEX_FILE": str(own / "index"),
                "GIT_OBJECT_DIRECTORY": str(own / "objects"),
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(places["objects"]),
            },
        )


@dataclass(frozen=True)
class Repository:
    """A git repository; what is written goes to a temporary folder."""

    project_dir: Path
    environment: Mapping[str, str]

    def base(self, name: str) -> Revision:
        """The state that the present one is compared with: where it left `name`.

        Later commits on `name` are not part of the change.

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
        with contextlib.suppress(LakehouseError):  # no common history, or it is not fetched
            commit = self._git("merge-base", commit, "HEAD")
        return Revision(name, self._git("rev-parse", f"{commit}^{{tree}}"), commit)

    def working_tree(self) -> Revision:
        """The files as they are, committed or not, without those that git ignores."""
        self._git("add", "--all", ":/")
        tree = self._git("write-tree")
        head = self._commit("HEAD")
        if head and self._git("rev-parse", f"{head}^{{tree}}") == tree:
            return Revision("this commit", tree, head)
        return Revision("the working tree", tree)

    def extract(self, revision: Revision, folder: Path) -> None:
        """Write the project as it is in a revision into a folder."""
        prefix = self._git("rev-parse", "--show-prefix")
        top = Path(self._git("rev-parse", "--show-toplevel"))
        tree = f"{revision.tree}:{prefix}"
        packed = _git(top, "archive", "--format=tar", tree, environment=self.environment)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")

    def _commit(self, name: str) -> str | None:
        with contextlib.suppress(LakehouseError):
            return self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return None

    def _git(self, *arguments: str) -> str:
        said = _git(self.project_dir, *arguments, environment=self.environment)
        return said.decode(errors="surrogateescape").strip()


def _git(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=os.environ | (environment or {}),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or "no message"
        raise LakehouseError(
            f"git {arguments[0]} failed: {said}",
            "Run the command inside a git clone of the project, and compare with a revision of it.",
            ExitCode.USAGE,
        )
    return done.stdout
