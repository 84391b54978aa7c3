"""Many blobs of one repository by few processes: their ids and sizes at once, then what is wanted of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offerctl.git.command import Git, GitFailed

FIRST = 64
"""Blobs that the first process reads; each further one reads twice as many."""
MOST_BYTES = 64 * 1024 * 1024
"""Of the blobs of one process, unless a single one is larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A blob by its id, and its size in bytes."""

    id: str
    size: int


def find_blobs(git: Git, names: Sequence[str]) -> list[Blob | None]:
    """What stands at each of these names (`COMMIT:FILE`); none where nothing does.

    Raises:
        GitFailed: git failed, or something else than a blob stands there.
    """
    if not names:
        return []
    asked = "".join(f"{name}\n" for name in names).encode()
    lines = git.text("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", data=asked).split("\n")
    return [_blob(line) for line in lines]


def _blob(line: str) -> Blob | None:
    if line.endswith(" missing"):
        return None
    id_, kind, size = line.split()
    if kind != "blob":
        raise GitFailed("", f"{id_} is a {kind}, no file")
    return Blob(id=id_, size=int(size))


def read_blobs(git: Git, blobs: Sequence[Blob]) -> Iterator[bytes]:
    """The bytes of each, in order; no more is read than is asked for, but for the rest of a process's share.

    Raises:
        GitFailed: git failed.
    """
    start, most = 0, FIRST
    while start < len(blobs):
        end, size = start + 1, blobs[start].size
        while end < len(blobs) and end - start < most and size + blobs[end].size <= MOST_BYTES:
            size += blobs[end].size
            end += 1
        yield from _read(git, blobs[start:end])
        start, most = end, 2 * most


def _read(git: Git, blobs: Sequence[Blob]) -> Iterator[bytes]:
    printed = git.run("cat-file", "--batch", data="".join(f"{blob.id}\n" for blob in blobs).encode())
    at = 0
    for blob in blobs:
        head = f"{blob.id} blob {blob.size}\n".encode()
        begin = at + len(head)
        at = begin + blob.size + 1
        if printed[begin - len(head) : begin] != head:
            raise GitFailed("", f"{blob.id} cannot be read")
        yield printed[begin : at - 1]
