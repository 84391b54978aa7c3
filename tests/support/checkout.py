"""A provider's folder in a git repository, and programs that leave a mark where they were run."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from offerctl.offering import Offering
from support.desk import Desk
from support.homes import git
from support.plans import offering

ONE, TWO, THREE = offering("en-01"), offering("en-02"), offering("en-03")


def repository(root: Path, *offerings: Offering) -> Desk:
    """A new repository whose one commit holds a configuration and these offerings, a file each."""
    root.mkdir(exist_ok=True)
    git(root, "init", "-q", "--initial-branch=main")
    (root / ".gitignore").write_text(".offerctl/\n", "utf-8")
    desk = Desk(root=root)
    desk.configure()
    desk.want(*offerings)
    commit(root)
    return desk


def commit(root: Path, message: str = "Files") -> str:
    """Everything there, committed; the commit."""
    git(root, "add", "--all")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


def named(desk: Desk, **more: str) -> tuple[str | None, bool]:
    """The commit that a plan names, and whether the files differ from it."""
    done = desk.run("plan", "--format", "json", **more)
    assert (done.code, done.err) == (0, ""), str(done)
    plan = json.loads(done.out)
    return plan["commit"], plan["dirty"]


class Program:
    """An executable file; `ran` says whether anybody ever started it, and `environment` what it was given."""

    def __init__(self, folder: Path, name: str = "program") -> None:
        self.path = folder / f"{name}.sh"
        self._mark = folder / f"{name}.mark"
        self.path.write_text(f"#!/bin/sh\nenv >>'{self._mark}'\n", "utf-8")
        self.path.chmod(0o755)

    def ran(self) -> bool:
        """Whether it did since it was asked last."""
        there = self._mark.exists()
        self._mark.unlink(missing_ok=True)
        return there


class WatchedGit:
    """The real git behind a script that keeps the environment and the arguments of each call."""

    def __init__(self, folder: Path, *settings: str) -> None:
        real = shutil.which("git")
        assert real is not None
        folder.mkdir()
        self._log = folder / "calls"
        script = folder / "git"
        lines = [
            "#!/bin/sh",
            f"{{ echo '=== CALL'; printf '%s\\n' \"$*\"; echo '=== ENVIRONMENT'; env; }} >>'{self._log}'",
            *(f"export {setting}" for setting in settings),
            f"exec '{real}' \"$@\"",
        ]
        script.write_text("\n".join([*lines, ""]), "utf-8")
        script.chmod(0o755)
        self.search_path = os.pathsep.join([str(folder), os.environ["PATH"]])

    def calls(self) -> list[tuple[str, str]]:
        """Arguments and environment of every call."""
        text = self._log.read_text("utf-8") if self._log.exists() else ""
        parts = (call.split("=== ENVIRONMENT\n") for call in text.split("=== CALL\n")[1:])
        return [(arguments, environment) for arguments, environment in parts]
