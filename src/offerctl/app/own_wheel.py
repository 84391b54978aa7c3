"""Finds the wheel of the very offerctl that runs, for `init`: named, packed from the installation, or built."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import offerctl
from offerctl import disk
from offerctl.errors import UsageError
from offerctl.render.style import sanitize
from offerctl.scaffold.wheels import Wheel, installed, read_wheel, wheel_of

_PATIENCE = 300.0
"""Seconds for a build, which may have to fetch its tools."""
_REASON = re.compile(r"[\w.]*(Error|Exception)\b|.*No module named |ERROR: (?!Failed )")
"""How the line begins that says why: after it pip only says that something failed."""
_MAX_PROJECT_BYTES = 256 * 1024


def own_wheel(named: Path | None, *, environ: Mapping[str, str]) -> Wheel:
    """The wheel that somebody named, or else one of what runs here.

    Raises:
        UsageError: there is none, with what to write; nothing was written.
    """
    if named is not None:
        return read_wheel(named)
    package = Path(offerctl.__file__).parent
    if (distribution := installed(package)) is not None:
        return wheel_of(distribution)
    sources = package.parents[1]
    if not _are_sources(sources):
        raise UsageError(
            f"offerctl runs from {package}, which nobody installed, so init has no wheel of it for the workflows. "
            "Nothing was written.",
            hint="Install offerctl, or name its wheel: offerctl init --wheel FILE",
        )
    return _built(sources, environ)


def _are_sources(folder: Path) -> bool:
    try:
        project = tomllib.loads(disk.read(folder / "pyproject.toml", most=_MAX_PROJECT_BYTES).decode())
        return bool(project["project"]["name"] == "offerctl")
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _built(sources: Path, environ: Mapping[str, str]) -> Wheel:
    """By pip, from a clone of offerctl that is installed as it stands (`pip install -e`), by what built that.

    Raises:
        UsageError: as said.
    """
    isolated = [] if find_spec("hatchling") is None else ["--no-build-isolation"]
    surroundings = {name: value for name, value in environ.items() if not name.startswith("OFFERCTL_")}
    with tempfile.TemporaryDirectory(prefix="offerctl-") as folder:
        command = ["-I", "-m", "pip", "wheel", "--no-deps", "--quiet", "--disable-pip-version-check", *isolated]
        try:
            done = subprocess.run(  # noqa: S603 - no shell; what runs here already is what is built
                [sys.executable, *command, "--wheel-dir", folder, str(sources)],
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
                stdin=subprocess.DEVNULL,
                env=surroundings,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise _not_built(sources, str(error)) from error
        made = [*Path(folder).glob("offerctl-*.whl")]
        if done.returncode != 0 or len(made) != 1:
            raise _not_built(sources, done.stderr.decode("utf-8", "replace"))
        return read_wheel(made[0])


def _not_built(sources: Path, words: str) -> UsageError:
    said = [line.strip() for line in words.splitlines()]
    why = [line for line in said if _REASON.match(line)] or [line for line in said if line] or ["no word of why"]
    return UsageError(
        f"init puts offerctl's own wheel into the repository, and pip could not build it from {sources}: "
        f"{sanitize(why[-1].rstrip('.'))}. Nothing was written.",
        hint=f"Build it (python3 -m pip wheel --no-deps {sources}), and name it: offerctl init --wheel FILE",
    )
