"""Starts git in the top folder of the working copy: it asks nobody, obeys no file of it and knows no secret.

Everything below the top may come from a stranger's pull request. Git looks for a repository from the folder that
it is started in upwards, and takes a folder that holds `HEAD`, `objects` and `refs` for one, whose `config` names
programs to run. So such a folder on the way is refused before git is started at all, git itself is told the same,
and every command then runs at the top. Needs git 2.31 or newer; its credentials, proxies and helpers are used as
they are set up.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from offerctl.git.top import top_of

COMMIT_ID = re.compile(r"[0-9a-f]{40,64}")
"""What a commit's whole name is; one that others wrote is held to it before git is asked of it."""
PATIENCE = 60.0
"""Seconds for one command, a transfer included."""
MAX_SHOWN = 300
"""Characters of git's own words that are shown."""

_SETTINGS = (
    "safe.bareRepository=explicit",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.ext.allow=never",
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "log.showSignature=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
)
_ALWAYS = (
    "--no-pager",
    "--literal-pathspecs",
    "--no-optional-locks",
    "--no-replace-objects",
    *(part for setting in _SETTINGS for part in ("-c", setting)),
)
_IDENTITY = {"NAME": "offerctl", "EMAIL": "offerctl@localhost"}
_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "LANGUAGE": "",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY.items()},
}
_OURS = re.compile(
    # How the remote is reached, where the user's own configuration lies, how far up a repository is looked for.
    # Whatever else git obeys (GIT_DIR in a hook, GIT_EXTERNAL_DIFF, traces that tell headers) stays behind.
    r"GIT_(ASKPASS|SSH|SSH_COMMAND|SSH_VARIANT|PROXY_COMMAND|SSL_\w+|HTTP_\w+|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)"
    r"|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)"
)
_GIVEN = r"(?is)(credential|http|url|ssh)\..+|safe\.directory|core\.(sshcommand|askpass|gitproxy)"
"""What GIT_CONFIG_COUNT may bring along: credentials, as the workflows do, and the way to the remote."""
_MOST_GIVEN = 100
_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"\S+")


class GitFailed(Exception):
    """A command that did not end well. `output` is what it printed, `words` its errors, fit to be shown."""

    def __init__(self, output: str, words: str) -> None:
        super().__init__(words)
        self.output = output
        self.words = words


class NoGit(GitFailed):
    """There is no git on this machine."""


class NoRepository(GitFailed):
    """The folder is in no repository."""


class GitDirectory(GitFailed):
    """A folder of the working copy is made up as a repository; git was not started."""


class Place(NamedTuple):
    """Where a folder is: its repository's top, the way to it from there (empty, or with `/` at its end).

    `commit` is what is checked out, none before the first one; `algorithm` makes the ids: sha1 or sha256.
    """

    top: Path
    prefix: str
    commit: str | None
    algorithm: str


class Git:
    """Git commands at the top of a folder's repository, each of at most `patience` seconds (none: the usual ones).

    Raises:
        GitFailed: a command failed. NoRepository, NoGit: there is nothing to run, or nothing to run it in.
    """

    def __init__(self, folder: Path, *, patience: float | None = None) -> None:
        self._folder = folder
        self._patience = patience

    @cached_property
    def place(self) -> Place:
        """The repository, found when it is first asked for."""
        if _top(self._folder) is None:
            raise NoRepository("", "not a git repository (or any of the parent directories): .git")
        refuse_git_directories(self._folder)
        asked = ("--show-toplevel", "--show-prefix", "--show-object-format", "--revs-only", "HEAD")
        try:
            told = _run(self._folder, "rev-parse", *asked)
        except GitFailed as failure:
            if re.search(r"not a git repository \(or any ", failure.words):
                raise NoRepository(failure.output, failure.words) from None
            raise
        lines = os.fsdecode(told).split("\n")
        known, commits = lines[:3], lines[3:-1]
        if len(commits) > 1 or known[-1] not in {"sha1", "sha256"}:
            raise GitFailed("", "a folder's name on the way to the repository holds a line break")
        return Place(
            top=Path(known[0]), prefix=known[1], algorithm=known[2], commit=commits[0] if commits else None
        )

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What the command prints, given `data` on its standard input. Paths are the top's, and literal."""
        return _run(self.place.top, *arguments, data=data, patience=self._patience)

    def text(self, *arguments: str, data: bytes = b"") -> str:
        """What the command prints, as text without the newline at its end."""
        return self.run(*arguments, data=data).decode(errors="replace").rstrip("\n")

    def names(self, *arguments: str) -> Iterator[str]:
        """What a command prints with `-z`, one after the other, with names as the system spells them."""
        return iter(os.fsdecode(self.run(*arguments)).split("\0")[:-1])

    def succeeds(self, *arguments: str) -> bool:
        """Whether the command ends well."""
        try:
            self.run(*arguments)
        except GitFailed:
            return False
        return True


def refuse_git_directories(folder: Path) -> None:
    """Refuse a folder that is itself a git directory, or lies in one, up to where its repository begins.

    Where it is in none git is not started: what lies above is then another user's matter, as in /tmp.

    Raises:
        GitDirectory: with the folder's name.
    """
    top = _top(folder)
    if top is None:
        return
    for path in _upwards(folder):
        if path == top:
            return
        if os.path.lexists(path / "HEAD") and (
            os.path.lexists(path / "commondir")  # then objects and refs are where this says
            or (os.path.lexists(path / "objects") and os.path.lexists(path / "refs"))
        ):
            raise GitDirectory(
                "",
                f"the folder {shown(str(path))} is made up as a git directory (HEAD, objects, refs), whose "
                "configuration git would obey",
            )


def _top(folder: Path) -> Path | None:
    return top_of(_upwards(folder))


def _upwards(folder: Path) -> tuple[Path, ...]:
    real = Path(os.path.realpath(folder))  # git goes up from there, whatever links led to it
    return (real, *real.parents)


def shown(words: str) -> str:
    """Git's own words on one line: no control characters, and of an address nothing that may be a secret."""
    lines = [line.strip() for line in words.splitlines() if line.strip() and not line.startswith("hint:")]
    plain = "".join(c if c.isprintable() else "?" for c in "; ".join(lines))
    # Git puts addresses in quotes; a password of theirs may hold a blank, which parts words.
    return _WORD.sub(_public, _QUOTED.sub(_public, plain))[:MAX_SHOWN]


def _public(found: re.Match[str]) -> str:
    """Of an address neither user name nor password, in which anything may stand, nor query nor fragment."""
    before, mark, address = found[0].partition("://")
    if not mark:
        return before
    rest = address.rpartition("@")[2]
    kept = re.split(r"[?#]", rest, maxsplit=1)[0]
    end = "" if kept == rest else rest[len(rest.rstrip("'\":;,.")) :]
    return f"{before}{mark}{kept}{end}"


def _run(folder: Path, *arguments: str, data: bytes = b"", patience: float | None = None) -> bytes:
    patience = PATIENCE if patience is None else patience
    try:
        # A session of its own: Ctrl-C ends a run, which then still has its final write to push.
        process = subprocess.Popen(  # noqa: S603 - no shell, fixed words
            ["git", "-C", str(folder), *_ALWAYS, *arguments],  # noqa: S607 - the user's git
            stdin=subprocess.PIPE if data else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings(os.environ),
            start_new_session=True,
        )
    except OSError as error:
        raise NoGit("", "the git command cannot be started") from error
    with process:
        try:
            output, errors = process.communicate(data or None, timeout=patience)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its transport helpers too
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitFailed("", f"no answer in {patience:g} s") from None
            raise
    if process.returncode != 0:
        raise GitFailed(output.decode(errors="replace"), shown(errors.decode(errors="replace")))
    return output


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of git: none of offerctl's own variables, among them the API's credentials."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith(("OFFERCTL_", "GIT_")) or _OURS.fullmatch(name)
    }
    return kept | _given(environ) | _FIXED


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of GIT_CONFIG_COUNT that may stay, numbered anew."""
    count = environ.get("GIT_CONFIG_COUNT", "")
    if not (count.isascii() and count.isdigit()):
        return {}
    pairs = [
        (key, environ.get(f"GIT_CONFIG_VALUE_{number}", ""))
        for number in range(min(int(count[:9]), _MOST_GIVEN))
        if re.fullmatch(_GIVEN, key := environ.get(f"GIT_CONFIG_KEY_{number}", ""))
    ]
    told = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return told
