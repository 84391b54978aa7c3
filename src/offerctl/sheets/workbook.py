"""XLSX and ODS, unpacked and read in a process of its own whose memory and time are bounded.

A few kilobytes can claim a sheet of billions of cells, and a library that believes them takes the process with it.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from offerctl.errors import UsageError
from offerctl.sheets.model import Sheet, numbered

MAX_UNPACKED = 64 * 1024 * 1024
"""Bytes of all parts together."""
_MAX_PARTS = 1_000
_SECONDS = 60
_LOCAL_HEADER = 30
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What the process is told: what finds Python's modules, and no credentials."""
_SAVE_IT_ANEW = 'Open it in a spreadsheet program and save it anew as .xlsx, or as "CSV UTF-8".'


def read_workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The sheets that are shown, in their order. A formula is what it came to when the file was saved.

    Raises:
        UsageError: damaged, of another kind, or it would unpack to more than `MAX_UNPACKED`.
    """
    try:
        _check_unpacked(data, name)
    except (BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError) as error:
        raise UsageError(f"{name} is damaged, or no spreadsheet", hint=_SAVE_IT_ANEW) from error
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "offerctl.sheets.worker"],  # -P: no module of the present folder
            input=data,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(f"{name} takes too long to read", hint=_SAVE_IT_ANEW) from None
    if done.returncode != 0:
        raise UsageError(
            f"{name} cannot be read as a spreadsheet, or claims more cells than any", hint=_SAVE_IT_ANEW
        )
    return tuple(
        Sheet(
            name=sheet["name"],
            rows=numbered(sheet["cells"]),
            height=sheet["height"],
            headings=frozenset(sheet["headings"]),
            hidden=frozenset(sheet["hidden"]),
        )
        for sheet in json.loads(done.stdout)
    )


def _check_unpacked(data: bytes, name: str) -> None:
    """Unpack it all without keeping it: what a part's own header claims may be a lie."""
    parts = ZipFile(BytesIO(data)).infolist()
    left = MAX_UNPACKED
    for part in parts[:_MAX_PARTS]:
        left -= _unpacked(data, part, left)
        if left < 0:
            break
    if left < 0 or len(parts) > _MAX_PARTS:
        raise UsageError(f"{name} unpacks to more than any list of courses needs; nothing of it was read")


def _unpacked(data: bytes, part: ZipInfo, most: int) -> int:
    """How many bytes a part unpacks to; counting ends beyond `most`."""
    header = data[part.header_offset : part.header_offset + _LOCAL_HEADER]
    name, extra = struct.unpack("<HH", header[-4:])
    start = part.header_offset + _LOCAL_HEADER + name + extra
    packed = data[start : start + part.compress_size]
    if part.compress_type == ZIP_STORED:
        return len(packed)
    if part.compress_type != ZIP_DEFLATED:
        raise BadZipFile("packed in a way that no spreadsheet program uses")
    inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and not inflate.eof and total <= most:
        total += len(inflate.decompress(packed, 1 << 20))
        packed = inflate.unconsumed_tail
    return total
