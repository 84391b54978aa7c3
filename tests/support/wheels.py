"""offerctl's wheel, built once from these sources, and environments in which it is installed as a user has it.

    wheel = own_wheel()                       # a file; each process builds it once
    place = installed(tmp_path, wheel)        # a venv with the wheel, and this one's dependencies
    run([place.python, "-I", "-m", "offerctl", ...])

No index is asked: dependencies are those that the tests themselves run with, found by a `.pth` file.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with an offerctl of its own."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        [found] = self.folder.glob("lib/python*/site-packages")
        return found


@cache
def own_wheel() -> Path:
    """Built by pip and hatchling from the sources that are tested, for as long as this process lives."""
    folder = tempfile.mkdtemp(prefix="offerctl-wheel-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    words = ["-I", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    done = subprocess.run([sys.executable, *words, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = Path(folder).iterdir()
    return wheel


def installed(folder: Path, wheel: Path) -> Installed:
    """A new environment with this wheel, installed by pip, beside the dependencies that are here."""
    place = Installed(folder=folder)
    venv.create(folder, with_pip=False, symlinks=True)
    words = ["-I", "-m", "pip", "--python", str(place.python), "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([sys.executable, *words, str(wheel)], capture_output=True, check=True)
    (place.packages / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return place
