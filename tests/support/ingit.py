"""A project whose state is on a branch of a bare repository; each machine has a clone of its own."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from offerctl.state import State, document
from support.homes import BRANCH, git, put_file
from support.scenario import ENVIRONMENT, Project

KEPT = "refs/kept/state"


@dataclass(frozen=True, slots=True, kw_only=True)
class InGit(Project):
    """A clone in which somebody edits."""

    bare: Path

    def configure(self, url: str, **settings: object) -> None:
        """As `Project.configure`, with the state in git."""
        Project.configure(self, url, **{"state": "git", **settings})

    def state(self) -> State | None:
        """The state as it was pushed last; a Marketplace asks at every request, so git is asked once a commit."""
        ref = self.bare / "refs" / "heads" / BRANCH
        tip = ref.read_text("ascii").strip() if ref.exists() else _tip(self.bare)
        return _state(self.bare, tip) if tip else None

    def put(self, data: bytes) -> None:
        """Pushes a state behind offerctl's back."""
        put_file(self.bare, f"{ENVIRONMENT}.state.json", data)

    def files(self) -> dict[str, bytes]:
        """The branch's commit stands for all that it holds."""
        return {BRANCH: git(self.bare, "rev-parse", BRANCH).encode()}

    def keep(self) -> None:
        """Remember the state as it is now."""
        git(self.bare, "update-ref", KEPT, BRANCH)

    def begin_again(self) -> None:
        """The state is as it was kept."""
        git(self.bare, "update-ref", f"refs/heads/{BRANCH}", KEPT)

    def elsewhere(self) -> InGit:
        """The same project on a machine that has nothing but a clone of the repository and its files."""
        root = self.root.with_name(f"{self.root.name}-elsewhere")
        git(self.bare, "clone", "-q", self.bare.as_uri(), str(root))
        shutil.copy(self.root / "offerctl.toml", root)
        return InGit(root=root, bare=self.bare)


def _tip(bare: Path) -> str:
    """Where the branch is, also among packed references."""
    return git(bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")


@lru_cache(maxsize=4)
def _state(bare: Path, commit: str) -> State | None:
    shown = subprocess.run(
        ["git", "-C", bare, "show", f"{commit}:{ENVIRONMENT}.state.json"], capture_output=True, check=False
    )
    return document.parse(shown.stdout) if shown.returncode == 0 else None


def in_git(folder: Path) -> InGit:
    """A bare repository with nothing but an empty commit on main, and a clone of it."""
    bare, root = folder / "bare.git", folder / "author"
    bare.mkdir()
    git(bare, "init", "-q", "--bare", "--initial-branch=main")
    git(folder, "clone", "-q", bare.as_uri(), str(root))
    git(root, "commit", "-q", "--allow-empty", "-m", "Begin")
    git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
    return InGit(root=root, bare=bare)
