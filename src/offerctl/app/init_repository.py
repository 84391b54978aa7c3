"""What `offerctl init` does: a whole repository, around whatever is there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from offerctl import git
from offerctl.app.init_files import Files
from offerctl.app.init_home import check_home, reach
from offerctl.app.init_next import after_upgrade, next_steps
from offerctl.app.init_upgrade import upgrade
from offerctl.app.own_wheel import own_wheel
from offerctl.app.session import Session
from offerctl.config import Config
from offerctl.errors import Exit, UsageError
from offerctl.render.words import counted
from offerctl.scaffold.documents import CODEOWNERS, SETTINGS, documents, owners_in
from offerctl.scaffold.record import RECORD
from offerctl.scaffold.wheels import FOLDER, LOCK, Wheel, holds_the_same, locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for: a wheel instead of what runs here, owners of what decides, the newer version's files.

    `state` is the home that a fresh configuration names.
    """

    wheel: Path | None = None
    owners: tuple[str, ...] = ()
    state: str | None = None
    upgrade: bool = False


def init_repository(session: Session, wishes: Wishes) -> Exit:
    """Write into the working folder what is not there yet, or what is newer, and tell what comes next.

    Raises:
        UsageError: the folder lies inside of another repository, the configuration points out of it or names
            another home of the state, or there is no wheel of offerctl to be had; nothing was written.
        ConfigError: the home is no place in a bucket.
        OSError: something cannot be written, or a link leads elsewhere.
    """
    config, root = session.config, session.directory
    _check_top(root, config)
    home = check_home(wishes.state, config)
    offerings, schema = (_inside(root, path) for path in (config.offerings, config.schema))
    files = Files(root)
    present = _wheel_here(files)
    if wishes.wheel is not None and present is not None and not wishes.upgrade:
        raise UsageError(
            f"this repository has {present} already. Nothing was written.",
            hint=f"To put another in its place: offerctl init --upgrade --wheel {wishes.wheel}",
        )
    reached = reach(config, home)
    written = documents(
        offerings=offerings,
        schema=schema,
        standards=config.standards,
        owners=wishes.owners or owners_in(files.text(CODEOWNERS)),
        include=config.include,
        state=home,
        reach=reached,
    )
    wanted = {name: text.encode() for name, text in written}
    left = []
    if config.source is not None:
        del wanted[SETTINGS]  # pyproject.toml, perhaps: a second one would win over it
        left.append(config.source.name)
    named = present
    if wishes.upgrade or present is None:
        wheel = _kept(files, present, own_wheel(wishes.wheel, environ=session.environ))
        wanted |= {wheel.path: wheel.data, LOCK: wheel.lock.encode()}
        named = wheel.path
    assert named is not None, "present, or made just now"
    if wishes.upgrade:
        changed = upgrade(session.console, files, wanted)
        _tell(session, after_upgrade(files, reached, wheel=named, changed=changed))
    else:
        _owned(files, wanted, wishes)
        _write(session, files, wanted, left)
        _tell(session, next_steps(files, reached, offerings=offerings, wheel=named))
    return Exit.OK


def _tell(session: Session, steps: str) -> None:
    if steps:
        session.console.info(steps)


def _check_top(root: Path, config: Config) -> None:
    """Refuse a folder inside of another repository: GitHub looks for workflows at the top alone.

    Raises:
        UsageError: as said.
    """
    top = git.top_of((root, *root.parents)) or root
    inside = top if top != root else config.root
    if inside != root:
        raise UsageError(
            f"this folder lies inside of {inside}, which is a repository already. Nothing was written.",
            hint=f"Run it there: offerctl --chdir {inside} init",
        )


def _inside(root: Path, path: Path) -> str:
    if not path.is_relative_to(root):
        raise UsageError(f"the configuration places {path} outside of this folder. Nothing was written.")
    return path.relative_to(root).as_posix()


def _wheel_here(files: Files) -> str | None:
    """The wheel that the workflows install; none where one of the two files is missing."""
    path = locked(files.text(LOCK))
    return path if path is not None and files.has(path) else None


def _kept(files: Files, present: str | None, wheel: Wheel) -> Wheel:
    """The wheel that is there, if it installs the same: how it was packed is no news."""
    data = None if present is None else files.read(present)
    if data is not None:
        there = Wheel(name=wheel.name, data=data)
        if there.path == present and files.read(LOCK) == there.lock.encode() and holds_the_same(wheel, there):
            return there
    return wheel


def _owned(files: Files, wanted: Mapping[str, bytes], wishes: Wishes) -> None:
    """Name the owners in a file that is still as `init` wrote it.

    Raises:
        UsageError: it is not.
    """
    if not wishes.owners:
        return
    present = files.read(CODEOWNERS)
    if present is None or present == wanted[CODEOWNERS]:
        return
    if not files.is_as_written(CODEOWNERS, present):
        raise UsageError(
            f"{CODEOWNERS} was changed since init wrote it, or is not offerctl's. Nothing was written.",
            hint=f"Write the owners into it: {' '.join(wishes.owners)}",
        )
    files.remove(CODEOWNERS)


def _write(session: Session, files: Files, wanted: Mapping[str, bytes], left: list[str]) -> None:
    made: dict[str, bytes] = {}
    kept = list(left)
    for name, data in wanted.items():
        if files.create(name, data):
            made[name] = data
        elif name.startswith(f"{FOLDER}/"):  # one of the two was missing, and they must fit
            files.replace(name, data)
            made[name] = data
        else:
            kept.append(name)
    fresh = not files.has(RECORD)
    files.note(made)
    names = [*made, *([RECORD] if fresh and made else [])]
    if names:
        session.console.out("\n".join([f"Wrote {counted(len(names), 'file')}:", *listed(names)]))
    if kept:
        session.console.info("\n".join(["Left as they are:", *listed(kept)]))


def listed(names: list[str]) -> list[str]:
    """Names in their order, one a line."""
    return [f"  {name}" for name in sorted(names)]
