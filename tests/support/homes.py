"""The homes of states for contract tests: each is opened as a user's process opens it, and harmed from outside."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from offerctl.backends import open_backend
from offerctl.backends.objects import Objects
from offerctl.backends.places import place_of
from offerctl.state.backend import StateBackend
from support.gitserver import PASSWORD, USER, basic, git_daemon, git_over_http
from support.states import document, sealed

BRANCH = "offerctl-state"


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    """What a git command prints, run with an identity of its own and no settings of the machine."""
    identity = {
        f"GIT_{who}_{what}": "test@provider.example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=data,
        env={**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent", **identity},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


class Home(Protocol):
    """One place for states, seen from `places` different machines or folders."""

    location: str
    certain: bool
    """Whether a free lock proves that earlier runs are dead."""

    def root(self, place: int = 0) -> Path:
        """The folder that a process of that place works in."""
        ...

    def backend(self, place: int = 0, environment: str = "prod") -> StateBackend:
        """A backend as a new process would have it."""
        ...

    def put(self, data: bytes | None) -> None:
        """Put bytes (none: nothing) in the place of prod's document, behind offerctl's back."""
        ...


class FileHome:
    """A file in a folder that all share."""

    location = "file:.offerctl/prod.state.json"
    certain = True

    def __init__(self, folder: Path) -> None:
        self._root = folder

    def root(self, place: int = 0) -> Path:  # noqa: ARG002 - one folder for all
        return self._root

    def backend(self, place: int = 0, environment: str = "prod") -> StateBackend:
        location = f"file:.offerctl/{environment}.state.json"
        return open_backend(location, root=self.root(place), environment=environment)

    def put(self, data: bytes | None) -> None:
        path = self._root / ".offerctl" / "prod.state.json"
        path.parent.mkdir(exist_ok=True)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)


class GitHome:
    """A branch of a bare repository; each place is a clone of its own."""

    location = "git"
    certain = False

    def __init__(self, folder: Path, kind: str, stack: ExitStack) -> None:
        self.bare = folder / "served" / "repo.git"
        self.bare.mkdir(parents=True)
        git(self.bare, "init", "-q", "--bare", "--initial-branch=main")
        self._folder = folder
        self._header = ""
        match kind:
            case "file":
                self.url = self.bare.as_uri()
            case "daemon":
                self.url = f"{stack.enter_context(git_daemon(self.bare.parent))}/repo.git"
            case _:
                git(self.bare, "config", "http.receivepack", "true")
                self.server = stack.enter_context(git_over_http(self.bare.parent))
                self.url = f"{self.server.url}/repo.git"
                self._header = f"AUTHORIZATION: {basic(USER, PASSWORD)}"
        seed(self)

    def root(self, place: int = 0) -> Path:
        clone = self._folder / f"clone-{place}"
        if not clone.exists():
            self.clone(clone)
        return clone

    def clone(self, folder: Path, *options: str) -> Path:
        """A clone with the credentials that actions/checkout leaves in one."""
        header = ("-c", f"http.{self.url}.extraheader={self._header}") if self._header else ()
        git(folder.parent, "clone", "-q", *header, *options, self.url, str(folder))
        return folder

    def backend(self, place: int = 0, environment: str = "prod") -> StateBackend:
        return open_backend(self.location, root=self.root(place), environment=environment)

    def put(self, data: bytes | None) -> None:
        if data is None:
            git(self.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
        else:
            put_file(self.bare, "prod.state.json", data)


class BucketHome:
    """An object of a bucket's own, at a real server whose address the environment has, as the cloud's tools do."""

    certain = False

    def __init__(self, folder: Path, scheme: str, name: str) -> None:
        self._folder = folder
        self.name = name
        self.location = f"{scheme}://{name}/offerctl/"

    def root(self, place: int = 0) -> Path:
        folder = self._folder / f"machine-{place}"
        folder.mkdir(exist_ok=True)
        return folder

    def backend(self, place: int = 0, environment: str = "prod") -> StateBackend:
        return open_backend(self.location, root=self.root(place), environment=environment)

    def objects(self) -> Objects:
        """What is in it."""
        return Objects(place_of(self.location, "prod"))

    def put(self, data: bytes | None) -> None:
        key, objects = "offerctl/prod.state.json", self.objects()
        objects.remove(key)
        if data is not None:
            objects.create(key, data)


def put_file(bare: Path, name: str, data: bytes) -> None:
    """Put a file, alone, on the branch of states by a commit of its own."""
    tip = git(bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")
    blob = git(bare, "hash-object", "-w", "--stdin", data=data)
    tree = git(bare, "mktree", data=f"100644 blob {blob}\t{name}\n".encode())
    parents = ("-p", tip) if tip else ()
    commit = git(bare, "commit-tree", tree, *parents, "-m", "by hand")
    git(bare, "update-ref", f"refs/heads/{BRANCH}", commit)


def seed(home: GitHome) -> None:
    """Some history on main: what a catalogue repository has besides its states."""
    parents: tuple[str, ...] = ()
    for number in range(3):
        blob = git(home.bare, "hash-object", "-w", "--stdin", data=f"price: {number}\n".encode())
        tree = git(home.bare, "mktree", data=f"100644 blob {blob}\toffering.yaml\n".encode())
        commit = git(home.bare, "commit-tree", tree, *parents, "-m", f"change {number}")
        parents = ("-p", commit)
        git(home.bare, "update-ref", "refs/heads/main", commit)


def opened(root: Path, location: str = "git", environment: str = "prod") -> StateBackend:
    """A backend in that clone, as a new process would have it."""
    return open_backend(location, root=root, environment=environment)


def lives(root: Path, environment: str = "prod") -> None:
    """Three writes, reads and a history: a whole life in that clone."""
    backend = opened(root, environment=environment)
    assert backend.read() is None
    version = None
    for serial in (1, 2, 3):
        version = backend.write(sealed(serial, f"run-{serial}", environment=environment), version)
        assert backend.read() == (document(serial, f"run-{serial}", environment=environment), version)
    assert [kept.serial for kept in opened(root, environment=environment).history()] == [3, 2, 1]


def declines(home: GitHome, script: str) -> None:
    """Give the remote a rule of its own: a script that sees each push, and may refuse it."""
    hook = home.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)
