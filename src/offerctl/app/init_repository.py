"""What `offerctl init` does: a whole repository, around whatever is there already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from offerctl import disk, git
from offerctl.app.session import Session
from offerctl.config import Config
from offerctl.errors import Exit, UsageError
from offerctl.render.style import sanitize
from offerctl.render.words import counted
from offerctl.scaffold.documents import documents

_SETTINGS = "offerctl.toml"
_IGNORED = ".gitignore"
_WORKFLOWS = ".github/workflows/"
_MAX_WORKFLOW_BYTES = 1024 * 1024
_MAX_IGNORED_BYTES = 1024 * 1024


def init_repository(session: Session) -> Exit:
    """Write into the working folder what is not there yet, and tell what comes next.

    Raises:
        UsageError: the folder lies inside of another repository, or the configuration points out of it.
    """
    config, root = session.config, session.directory
    _check_top(root, config)
    offerings, schema = (_inside(root, path) for path in (config.offerings, config.schema))
    written: list[str] = []
    left: list[str] = []
    for name, text in documents(offerings=offerings, schema=schema, standards=config.standards):
        if name == _SETTINGS and config.source is not None:
            left.append(config.source.name)  # pyproject.toml, perhaps: a second one would win over it
        else:
            (written if _write(root, name, text) else left).append(name)
    console = session.console
    if written:
        console.out("\n".join([f"Wrote {counted(len(written), 'file')}:", *_list(written)]))
    if left:
        console.info("\n".join(["Left as they are:", *_list(left)]))
    console.info(_next(root, offerings, ignored=_IGNORED in written, foreign=[*_foreign(root, left)]))
    return Exit.OK


def _check_top(root: Path, config: Config) -> None:
    """Refuse a folder inside of another repository: GitHub looks for workflows at the top alone.

    Raises:
        UsageError: as said.
    """
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
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


def _write(root: Path, name: str, text: str) -> bool:
    """Write a new file; whether there was none before, not even a link to nowhere.

    Raises:
        OSError: a link stands in its path: what is behind it belongs to somebody else.
    """
    path = root / name
    folder = disk.Folder(path.parent, below=root)
    folder.make(private=False)
    try:
        folder.create(path.name, text.encode())
    except FileExistsError:
        return False
    return True


def _list(names: list[str]) -> list[str]:
    return [f"  {name}" for name in sorted(names)]


def _to_main(root: Path) -> Iterator[str]:
    """The step that a repository on another branch needs: elsewhere nothing would ever be applied."""
    branch = git.branch(root)
    if branch is None or branch.name == "main":
        return
    name = sanitize(branch.name)
    rename = f"git branch -m {name} main, and rename it on GitHub if it is there"
    step = f"merge this branch, {name}, into main" if branch.has_main else rename
    yield f"{step}: the workflows run on main alone"


def _foreign(root: Path, left: list[str]) -> Iterator[str]:
    """Workflows that were there already and run no offerctl: under their names ours would be missing, unseen."""
    for name in left:
        if name.startswith(_WORKFLOWS):
            try:
                text = disk.read(root / name, most=_MAX_WORKFLOW_BYTES).decode("utf-8", "replace")
            except OSError:
                text = ""
            if "offerctl ci" not in text:
                yield name


def _next(root: Path, offerings: str, *, ignored: bool, foreign: list[str]) -> str:
    steps = [
        "offerctl new ID              one file for each course; fill it in",
        "offerctl plan                what apply would do, in the embedded Marketplace of this folder",
        "offerctl apply, and offerctl marketplace to see the page",
        "the rest, once: .github/GITOPS.md, ten steps to the real Marketplace by pull request and merge",
    ]
    steps[:0] = _to_main(root)
    if not (root / ".git").exists():
        steps.insert(0, "git init --initial-branch main, as this is no git repository yet")
    steps[:0] = (
        f"{name} is not offerctl's, and nothing does its work: give yours another name, and run init again"
        for name in foreign
    )
    if not ignored and not _is_ignored(root / _IGNORED):
        steps.insert(0, f"add the line .offerctl/ to {_IGNORED}: what is there is of this machine alone")
    numbered = (f"  {number}. {step}" for number, step in enumerate(steps, 1))
    return "\n".join(["", "Next:", *numbered, f"Those who edit courses start with {offerings}/README.md."])


def _is_ignored(path: Path) -> bool:
    try:
        text = disk.read(path, most=_MAX_IGNORED_BYTES).decode("utf-8", "replace")
    except OSError:
        return False
    return any(line.strip().strip("/") == ".offerctl" for line in text.splitlines())
