"""What is left to be done after `init`, as numbered steps: first what would otherwise go wrong without a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from offerctl import __version__, git
from offerctl.app.init_files import Files
from offerctl.render.style import sanitize
from offerctl.scaffold.documents import CODEOWNERS, owners_in
from offerctl.scaffold.reach import Reach, reaches
from offerctl.scaffold.wheels import FOLDER, LOCK

IGNORED = ".gitignore"
_DOES = {
    ".github/workflows/plan.yml": "pull requests are not planned",
    ".github/workflows/apply.yml": "what is merged is not applied",
    ".github/workflows/reassert.yml": "what was changed by hand is not undone",
}
"""What is missing where a workflow of somebody else has the name of ours."""


def next_steps(files: Files, reach: Reach, *, offerings: str, wheel: str) -> str:
    """The steps, and where those begin who edit courses. `wheel` is the path of what the workflows install."""
    steps = [
        *_amiss(files, wheel),
        *_unreached(files, reach),
        "offerctl new ID              one file for each course; fill it in",
        "offerctl plan                what apply would do, in the embedded Marketplace of this folder",
        "offerctl apply, and offerctl marketplace to see the page",
        "the rest, once: .github/GITOPS.md, ten steps to the real Marketplace by pull request and merge"
        + (", and *A state in a bucket*" if reach.clouds else ""),
    ]
    return "\n".join(["", "Next:", *_numbered(steps), f"Those who edit courses start with {offerings}/README.md."])


def after_upgrade(files: Files, reach: Reach, *, wheel: str, changed: bool) -> str:
    """The same after `--upgrade`; nothing where nothing changed and nothing is amiss."""
    steps = [*_amiss(files, wheel), *_unreached(files, reach)]
    if changed:
        steps.append("git add --all, and a pull request: its own checks run the newer version already")
    return "\n".join(["", "Next:", *_numbered(steps)]) if steps else ""


def _amiss(files: Files, wheel: str) -> Iterator[str]:
    """What would otherwise go wrong without a word."""
    yield from _foreign(files)
    yield from _ignored(files, wheel)
    yield from _repository(files.root)
    yield from _older(wheel)
    yield from _owners(files)


def _numbered(steps: list[str]) -> Iterator[str]:
    return (f"  {number}. {step}" for number, step in enumerate(steps, 1))


def _foreign(files: Files) -> Iterator[str]:
    """Workflows that were there already and run no offerctl, or another: ours would be missing, unseen."""
    for name, missing in _DOES.items():
        text = files.text(name)
        if "offerctl ci" not in text:
            yield f"{name} is not offerctl's, so {missing}: give yours another name, and run init again"
        elif LOCK not in text:
            yield f"{name} does not install what lies in {FOLDER}: remove it, and run init again"


def _unreached(files: Files, reach: Reach) -> Iterator[str]:
    """The configuration names another home since these were written."""
    unfit = [name for name in _DOES if LOCK in (text := files.text(name)) and not reaches(text, reach)]
    if unfit:
        yield f"offerctl init --upgrade: {' and '.join(unfit)} cannot reach the state's home"


def _ignored(files: Files, wheel: str) -> Iterator[str]:
    if not any(line.strip().strip("/") == ".offerctl" for line in files.text(IGNORED).splitlines()):
        yield f"add the line .offerctl/ to {IGNORED}: what is there is of this machine alone"
    if git.is_ignored(files.root, wheel):
        yield f"git add --force {FOLDER}: git would leave it out, and the workflows install what lies there"


def _repository(root: Path) -> Iterable[str]:
    """What a folder needs that is none yet, or on another branch: elsewhere nothing would ever be applied."""
    if not (root / ".git").exists():
        return ["git init --initial-branch main, as this is no git repository yet"]
    branch = git.branch(root)
    if branch is None or branch.name == "main":
        return []
    name = sanitize(branch.name)
    rename = f"git branch -m {name} main, and rename it on GitHub if it is there"
    step = f"merge this branch, {name}, into main" if branch.has_main else rename
    return [f"{step}: the workflows run on main alone"]


def _older(wheel: str) -> Iterator[str]:
    if not wheel.startswith(f"{FOLDER}/offerctl-{__version__}-"):
        yield f"offerctl init --upgrade: the workflows install {wheel}, and this is offerctl {__version__}"


def _owners(files: Files) -> Iterator[str]:
    if not owners_in(files.text(CODEOWNERS)):
        yield (
            "offerctl init --owner, with @you or @your-organisation/your-team: who must agree to a change of "
            f"workflows and configuration ({CODEOWNERS}); until then, nobody"
        )
