"""Which remote keeps the states, and where it is read: where it is pushed to, whatever mirror `git fetch` asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from offerctl.errors import StateUnavailable
from offerctl.git import Git

_LINE = re.compile(r"(?P<name>\S+)\t(?P<url>.*) \((?P<use>fetch|push)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """`address` is what git is told to read and to push: the name, or where a mirror's pushes go."""

    name: str
    address: str


def state_remote(git: Git) -> Remote:
    """`origin`, or the only one there is.

    Raises:
        StateUnavailable: there is none, or several, or it is pushed to several places.
        GitFailed: git cannot say.
    """
    found = [_LINE.match(line) for line in git.text("remote", "--verbose").splitlines()]
    urls = [(line["name"], line["use"], line["url"]) for line in found if line]
    names = sorted({name for name, _, _ in urls})
    if "origin" not in names and len(names) != 1:
        raise StateUnavailable(
            "this repository has no remote to keep the state in"
            if not names
            else f"this repository has several remotes ({', '.join(names)}) and none is called origin",
            hint='Add it with git remote add origin URL, or keep the state in a file: state = "file:PATH".',
        )
    name = "origin" if "origin" in names else names[0]
    fetched, pushed = ([url for *use, url in urls if use == [name, what]] for what in ("fetch", "push"))
    if len(pushed) > 1:
        raise StateUnavailable(
            f"the remote {name} is pushed to {len(pushed)} places, and a state can only be in one",
            hint="See git remote --verbose, and leave it one: git remote set-url --delete.",
        )
    return Remote(name=name, address=name if pushed == fetched else pushed[0])


def way_out(remote: Remote | None, branch: str, environment: str, serial: int | None) -> str:
    """Out of a branch that holds other files: back to the state that was there, where this clone knew one."""
    if remote is None or serial is None or serial < 0:
        return (
            "Nothing was written to it. A branch of states holds nothing else: correct its name in the "
            "configuration. If states were there, somebody pushed over them: a clone that offerctl worked in "
            f"knows them, and offerctl plan -e {environment} there names the way back."
        )
    return (
        f"Nothing was written to it. Somebody pushed that over the state with serial {serial}, which this clone "
        f"knows. Keep elsewhere what is of worth there, then: git push {remote.name} --delete {branch}, and "
        f"offerctl state restore {serial} -e {environment}"
    )


def no_turn(branch: str, seconds: float) -> StateUnavailable:
    """The refusal of a write before which another environment's always came."""
    return StateUnavailable(
        f"branch {branch} is written to by so many others that no turn came in {seconds:.0f} s",
        hint="Run it again, fewer at once; or give each environment a branch, in the pattern that they share: "
        f'state = "git:{branch}-{{environment}}".',
    )
