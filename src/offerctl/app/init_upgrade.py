"""What `offerctl init --upgrade` does: this version's files in the place of those that an older one wrote.

What somebody changed since is left and shown. The lock and the wheel belong together, so they alone are replaced
in any case, and that is told.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from offerctl import __version__
from offerctl.app.init_files import Files
from offerctl.console import Console
from offerctl.render.style import Style, Tone, sanitize
from offerctl.render.words import counted
from offerctl.scaffold.documents import DEPENDENCIES
from offerctl.scaffold.record import RECORD, keep_newer_pins, unpinned
from offerctl.scaffold.wheels import FOLDER, LOCK, is_wheel

_OURS = (DEPENDENCIES, LOCK)
_THEIRS = {".gitignore", "offerctl.toml"}
"""Written once for somebody to go on with: never a newer version's matter."""
_MOST_LINES = 400
_MOST_COMPARED = 256 * 1024


@dataclass(slots=True)
class _Outcome:
    """What became of the files; each list has their names."""

    made: dict[str, bytes] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    although: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)


def upgrade(console: Console, files: Files, wanted: Mapping[str, bytes]) -> bool:
    """Put `wanted` in the place of what an older `init` wrote, and show the difference; whether there is any."""
    outcome = _Outcome()
    for name, data in wanted.items():
        _put(files, name, data, outcome, console.style)
    for name in _outdated(files, wanted):
        files.remove(name)
        outcome.removed.append(name)
    if not files.has(RECORD):
        outcome.new.append(RECORD)
    files.note(outcome.made, forget=outcome.removed)
    _tell(console, outcome)
    return bool(outcome.replaced or outcome.although or outcome.new or outcome.removed)


def _put(files: Files, name: str, data: bytes, outcome: _Outcome, style: Style) -> None:
    try:
        present = files.read(name)
    except OSError:  # a link, or what is no file: somebody put it there
        outcome.kept.append(name)
        return
    if present is None:
        files.create(name, data)
        outcome.made[name] = data
        outcome.new.append(name)
        return
    data = keep_newer_pins(data, present) if name.startswith(".github/workflows/") else data
    unchanged = files.is_as_written(name, present)
    if present == data:
        outcome.made[name] = data
    elif unchanged or name in _OURS or name.startswith(f"{FOLDER}/"):
        files.replace(name, data)
        outcome.made[name] = data
        (outcome.replaced if unchanged else outcome.although).append(name)
        outcome.shown += _difference(name, present, data, style, ("as it was", f"of offerctl {__version__}"))
    elif name in _THEIRS:
        return
    elif files.is_as_written(name, data):
        outcome.own.append(name)
    else:
        outcome.kept.append(name)
        outcome.instead += _difference(name, present, data, style, ("yours", f"of offerctl {__version__}"))


def _outdated(files: Files, wanted: Mapping[str, bytes]) -> Iterator[str]:
    """Wheels of other versions that an older `init` put there."""
    for name in files.recorded:
        if is_wheel(name) and name not in wanted:
            present = files.read(name)
            if present is not None and files.is_as_written(name, present):
                yield name


def _difference(name: str, old: bytes, new: bytes, style: Style, called: tuple[str, str]) -> Iterator[str]:
    """As `diff -u` shows it; of a lock the versions, of a wheel its name alone."""
    if name.endswith(".whl"):
        return
    if max(len(old), len(new)) > _MOST_COMPARED:
        yield from (f"{name}: too large to be compared here", "")
        return
    there, here = (data.decode("utf-8", "replace").splitlines() for data in (old, new))
    if name == DEPENDENCIES:
        there, here = unpinned(there), unpinned(here)
    before, after = (f"{name} ({word})" for word in called)
    lines = [*difflib.unified_diff(there, here, before, after, lineterm="")]
    for line in lines[:_MOST_LINES]:
        tone = {"+": Tone.ADD, "-": Tone.DELETE, "@": Tone.FAINT}.get(line[:1])
        yield style(sanitize(line), tone) if tone else sanitize(line)
    if len(lines) > _MOST_LINES:
        yield f"({len(lines) - _MOST_LINES} more lines)"
    yield ""


def _tell(console: Console, outcome: _Outcome) -> None:
    parts = (
        ("Replaced {}:", outcome.replaced),
        (
            "Replaced {} although changed since, as this belongs to the wheel (git diff has what was there):",
            outcome.although,
        ),
        ("Wrote {}:", outcome.new),
        ("Removed {}:", outcome.removed),
    )
    for title, names in parts:
        if names:
            told = title.format(counted(len(names), "file"))
            console.out("\n".join([told, *(f"  {name}" for name in sorted(names))]))
    if not any(names for _, names in parts):
        console.out(f"Nothing that init wrote here is newer in offerctl {__version__}.")
    if outcome.shown:
        console.out("\n" + "\n".join(outcome.shown).rstrip("\n"))
    if outcome.own:
        own = "\n".join(f"  {name}" for name in sorted(outcome.own))
        console.info(f"\nChanged here since, and left; this version has nothing newer for it:\n{own}")
    if outcome.kept:
        kept = "\n".join(f"  {name}" for name in sorted(outcome.kept))
        console.out(f"\nChanged here since, or not written by init, so left as they are:\n{kept}")
        if outcome.instead:
            console.out("\nWhat this version would have there:\n" + "\n".join(outcome.instead).rstrip("\n"))
        console.out("To take one of them: remove yours, and run offerctl init.")
