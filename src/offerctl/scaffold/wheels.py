"""offerctl's own wheel, which `init` puts into the repository, so that its workflows ask no index for that name.

An installed offerctl is packed again from its files, each checked against the record of the installation. So what
runs in the workflows is what ran here, wherever it came from, and neither an index nor a build is needed for it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import Distribution, PackagePath, PathDistribution
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from offerctl import __version__, canon, disk
from offerctl.errors import UsageError

FOLDER = ".github/wheels"
LOCK = f"{FOLDER}/offerctl.txt"
"""What pip installs in the workflows: the wheel's path and its hash, as a file of requirements."""
MAX_BYTES = 32 * 1024 * 1024
_MAX_METADATA = 256 * 1024
_NAME = re.compile(r"offerctl-[0-9][A-Za-z0-9.+!_]*-py3-none-any\.whl")
_OF_AN_INSTALLATION = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json"}
"""What installers add to a wheel's metadata: it tells of one machine."""
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    EOFError,
)
_BEGINNING = (1980, 1, 1, 0, 0, 0)
_REGULAR = 0o100644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A wheel's file name and its bytes."""

    name: str
    data: bytes

    @property
    def path(self) -> str:
        """Where it lies in the repository."""
        return f"{FOLDER}/{self.name}"

    @property
    def lock(self) -> str:
        """The text of `LOCK`. pip takes a path from the folder that it is started in, which is the top."""
        digest = hashlib.sha256(self.data).hexdigest()
        return (
            "# offerctl itself: a file, so no index is asked for its name. Written by offerctl init.\n"
            f"./{self.path} \\\n    --hash=sha256:{digest}\n"
        )


def locked(text: str) -> str | None:
    """The path of the wheel that a `LOCK` names; none where it names none of ours."""
    found = re.search(rf"^\./({re.escape(FOLDER)}/{_NAME.pattern}) ", text, re.MULTILINE)
    return found and found[1]


def is_wheel(path: str) -> bool:
    """Whether a path, which may stand in a stranger's record, is that of a wheel as `init` puts it there."""
    folder, _, name = path.rpartition("/")
    return folder == FOLDER and _NAME.fullmatch(name) is not None


def read_wheel(path: Path) -> Wheel:
    """The wheel that somebody named.

    Raises:
        UsageError: it is none of offerctl, or of another version, whose workflows would be others.
    """
    try:
        data = disk.read(path, most=MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}. Nothing was written.") from error
    told = _told(data) if _NAME.fullmatch(path.name) else None
    if told is None:
        raise UsageError(
            f"{path} is no wheel of offerctl. Nothing was written.",
            hint=f"Its name must be as pip gives it: offerctl-{__version__}-py3-none-any.whl.",
        )
    if told != ("offerctl", __version__):
        raise UsageError(
            f"{path} is {' '.join(told)}, and this is offerctl {__version__}. Nothing was written.",
            hint="What init writes belongs to one version: install that wheel, and run its init.",
        )
    return Wheel(name=path.name, data=data)


def holds_the_same(one: Wheel, two: Wheel) -> bool:
    """Whether two wheels install the same files: one that was built, say, and one that was packed again."""
    with (
        suppress(*_UNREADABLE),
        zipfile.ZipFile(BytesIO(one.data)) as this,
        zipfile.ZipFile(BytesIO(two.data)) as that,
    ):
        sizes = [
            {file.filename: file.file_size for file in archive.infolist() if not file.filename.endswith("/RECORD")}
            for archive in (this, that)
        ]
        return sizes[0] == sizes[1] and all(this.read(name) == that.read(name) for name in sizes[0])
    return False


def _told(data: bytes) -> tuple[str, str] | None:
    """The name and the version that a wheel gives itself."""
    with suppress(*_UNREADABLE), zipfile.ZipFile(BytesIO(data)) as archive:
        [inside] = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if archive.getinfo(inside).file_size <= _MAX_METADATA:
            known = PathDistribution(zipfile.Path(archive, inside.removesuffix("METADATA"))).metadata
            return known["Name"], known["Version"]
    return None


def installed(package: Path) -> Distribution | None:
    """The installation that this package belongs to; none where it runs from its sources."""
    for found in Distribution.discover(name="offerctl"):
        for file in found.files or ():
            if file.as_posix() == "offerctl/__init__.py" and _same(Path(str(file.locate())), package):
                return found
    return None


def _same(file: Path, package: Path) -> bool:
    return file.parent.resolve() == package.resolve()


def wheel_of(distribution: Distribution) -> Wheel:
    """What an installation came from: the very file, where that is still there, or its files packed again.

    Raises:
        UsageError: a file of it is not as it was installed.
    """
    return _named_by(distribution) or _packed(distribution)


def _named_by(distribution: Distribution) -> Wheel | None:
    """The wheel of this machine that `direct_url.json` (PEP 610) names, if it has the hash that stands there."""
    with suppress(ValueError, LookupError, TypeError, AttributeError, OSError):
        [place] = [file.locate() for file in distribution.files or () if file.name == "direct_url.json"]
        told = canon.parse(disk.read(Path(str(place)), most=_MAX_METADATA))
        address = urlsplit(told["url"])
        path = Path(unquote(address.path))
        archive = told["archive_info"]
        digest = archive["hashes"]["sha256"] if "hashes" in archive else archive["hash"].removeprefix("sha256=")
        if address.scheme == "file" and address.netloc in {"", "localhost"} and _NAME.fullmatch(path.name):
            data = disk.read(path, most=MAX_BYTES)
            if hashlib.sha256(data).hexdigest() == digest:
                return Wheel(name=path.name, data=data)
    return None


def _packed(distribution: Distribution) -> Wheel:
    """The installed files as a wheel.

    They are stored, so that every machine makes the same bytes of them, and git, which compresses by itself, keeps
    no more than what a newer version changes.
    """
    files = [file for file in distribution.files or () if _belongs(file)]
    rows: list[str] = []
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:

        def add(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.external_attr = _REGULAR
            archive.writestr(entry, data)

        for file in sorted(files, key=lambda file: file.as_posix()):
            data = _unchanged(file)
            rows.append(f"{file.as_posix()},sha256={_digest(data)},{len(data)}")
            add(file.as_posix(), data)
        [record] = [file.as_posix() for file in distribution.files or () if file.name == "RECORD"]
        add(record, "\n".join([*rows, f"{record},,", ""]).encode())
    return Wheel(name=f"offerctl-{__version__}-py3-none-any.whl", data=packed.getvalue())


def _belongs(file: PackagePath) -> bool:
    """Whether a file came in the wheel: no script, no bytecode, nothing that an installer wrote."""
    top = file.parts[0]
    if top.endswith(".dist-info"):
        return file.name not in _OF_AN_INSTALLATION
    return top == "offerctl" and "__pycache__" not in file.parts


def _unchanged(file: PackagePath) -> bytes:
    try:
        data = disk.read(Path(str(file.locate())), most=MAX_BYTES)
    except OSError as error:
        data, why = b"", error.strerror or str(error)
    else:
        why = "it is not as it was installed"
    if file.hash is None or file.hash.mode != "sha256" or file.hash.value != _digest(data):
        raise UsageError(
            f"{file.locate()}: {why}, so no wheel for the workflows can be made of it. Nothing was written.",
            hint="Install offerctl again, or name its wheel: offerctl init --wheel FILE",
        )
    return data


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
