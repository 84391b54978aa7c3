"""offerctl's wheel, built once from these sources, and environments in which it is installed as a user has it.

    wheel = own_wheel()                       # a file; each process builds it once
    place = installed(tmp_path, wheel)        # a venv with the wheel, and this one's dependencies
    run([place.python, "-I", "-m", "offerctl", ...])

    house = wheelhouse(tmp_path / "house")    # all that offerctl needs, as files, and a lock of them
    place = bare(tmp_path / "machine")        # a venv that has pip and nothing else
    shop = open_shop(tmp_path)                # all of these; shop.init(folder) is what a user calls

No index is asked: dependencies are those that the tests run with, found by a `.pth` file or packed again.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path

from offerctl.scaffold import documents
from offerctl.scaffold.reach import Reach

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
    def programs(self) -> Path:
        """What stands on the path of whoever activates it."""
        return self.folder / "bin"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheelhouse:
    """Wheels in a folder, and the text of a lock that has their hashes; another has what buckets need, too."""

    folder: Path
    lock: str
    lock_of_clouds: str

    @property
    def pip(self) -> Mapping[str, str]:
        """What makes pip take everything from there."""
        return {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder),
            "PIP_NO_COMPILE": "1",
            "PIP_CONFIG_FILE": "/dev/null",
        }


def wheelhouse(folder: Path) -> Wheelhouse:
    """What `init`'s locks name, as it is installed here."""
    folder.mkdir()
    usual, clouds = (
        re.findall(r"^([a-z0-9._-]+)==", written[documents.DEPENDENCIES], re.MULTILINE)
        for reach in (Reach(), Reach(clouds=("s3",)))
        for written in (dict(documents.documents(offerings="offerings", schema="schema.json", reach=reach)),)
    )
    lines = {}
    for name in clouds:
        try:
            found = distribution(name)
        except PackageNotFoundError:  # for another Python or system
            continue
        file, data = _packed(found)
        (folder / file).write_bytes(data)
        lines[name] = f"{name}=={found.version} --hash=sha256:{hashlib.sha256(data).hexdigest()}\n"
    lock = "".join(line for name, line in lines.items() if name in usual)
    return Wheelhouse(folder=folder, lock=lock, lock_of_clouds="".join(lines.values()))


def _packed(found: Distribution) -> tuple[str, bytes]:
    """A wheel made of what is installed: its name and its bytes."""
    about = found.read_text("WHEEL") or ""
    [tag, *_] = re.findall(r"^Tag: (\S+)$", about, re.MULTILINE)
    stem = f"{re.sub(r'[-_.]+', '_', found.metadata['Name'])}-{found.version}"
    rows, packed, record = [], BytesIO(), ""
    with zipfile.ZipFile(packed, "w") as archive:
        for file in found.files or ():
            if file.parts[0] == ".." or "__pycache__" in file.parts:
                continue
            if file.name == "RECORD":
                record = file.as_posix()
                continue
            data = Path(str(file.locate())).read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{file.as_posix()},sha256={digest},{len(data)}\n")
            archive.writestr(file.as_posix(), data)
        archive.writestr(record, "".join([*rows, f"{record},,\n"]))
    return f"{stem}-{tag}.whl", packed.getvalue()


def bare(folder: Path) -> Installed:
    """A new environment with pip alone, a copy of the one that is here."""
    place = Installed(folder=folder)
    venv.create(folder, with_pip=False, symlinks=True)
    here = Path(sysconfig.get_path("purelib"))
    for part in (here / "pip", *here.glob("pip-*.dist-info")):
        shutil.copytree(part, place.packages / part.name)
    return place


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A user's offerctl, and what a runner has: a Python with pip, and wheels in the place of an index."""

    user: Installed
    house: Wheelhouse
    machine: Installed

    def init(self, folder: Path, *args: str) -> None:
        """`offerctl init` as a user calls it; the lock has the hashes of what lies in the wheelhouse."""
        command = [str(self.user.python), "-I", "-m", "offerctl", "init", *args]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        path = folder / documents.DEPENDENCIES
        of_clouds = "\nobstore==" in path.read_text("utf-8")
        path.write_text(self.house.lock_of_clouds if of_clouds else self.house.lock, "utf-8")


def open_shop(root: Path) -> Shop:
    """Takes some seconds: once for all tests that need one."""
    return Shop(
        user=installed(root / "user", own_wheel()),
        house=wheelhouse(root / "house"),
        machine=bare(root / "machine"),
    )
