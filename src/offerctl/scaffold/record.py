"""What `init` wrote, file by file, so that `init --upgrade` knows what somebody changed since.

Dependabot raises the commits that workflows pin their actions by. That is no change of what a workflow does: they
do not count here, and the newer of two pins is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from offerctl import canon

RECORD = ".github/offerctl.sha256"
"""Where it stands in the repository."""
_HEAD = (
    "# What `offerctl init` wrote, and --upgrade replaces as long as it is still so. Actions' pins do not count.\n"
)
_LINE = re.compile(r"^([0-9a-f]{64})  (\S.*)$", re.MULTILINE)
_PIN = re.compile(r"(uses: *)([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # v(\d+(?:\.\d+)*)")


def fingerprint(data: bytes) -> str:
    """What names a file's content, whatever commits it pins."""
    text = data.decode("utf-8", "surrogateescape")
    return canon.sha256(_PIN.sub(r"\1\2", text).encode("utf-8", "surrogateescape"))


def read_record(data: bytes | None) -> dict[str, str]:
    """The fingerprints by path."""
    return {path: digest for digest, path in _LINE.findall((data or b"").decode("utf-8", "replace"))}


def write_record(prints: Mapping[str, str]) -> bytes:
    """The record of these files."""
    lines = (f"{digest}  {path}\n" for path, digest in sorted(prints.items()))
    return "".join([_HEAD, *lines]).encode()


def keep_newer_pins(new: bytes, present: bytes) -> bytes:
    """A workflow's new text, with each action at the newer of the versions that it and the present one pin."""
    pins = {found[2]: found for found in _PIN.finditer(present.decode("utf-8", "replace"))}

    def newer(found: re.Match[str]) -> str:
        here = pins.get(found[2])
        return (here if here is not None and _version(here) > _version(found) else found)[0]

    return _PIN.sub(newer, new.decode()).encode()


def _version(pin: re.Match[str]) -> tuple[int, ...]:
    return tuple(map(int, pin[4].split(".")))


def unpinned(lines: Iterable[str]) -> list[str]:
    """A lock's versions without their hashes: what a person compares."""
    return [line.rstrip("\\").rstrip() for line in lines if line and not line.startswith((" ", "#"))]
