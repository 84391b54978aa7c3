"""Where each key stands in a TOML text. `tomllib` tells no positions, so this walks the text a second time.

Only for text that `tomllib` has accepted: it skips values instead of checking them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping

Path = tuple[str, ...]
Place = tuple[int, int]
"""Line and column, both from 1."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def key_places(text: str) -> Mapping[Path, Place]:
    """The first place of every key and table header, by its path from the top."""
    walk = _Walk(text)
    walk.document()
    return walk.places


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.counted = 0
        self.places: dict[Path, Place] = {}

    def document(self) -> None:
        table: Path = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                while self.text[self.at] == "[":
                    self.at += 1
                table = self.key(())
                while self.at < len(self.text) and self.text[self.at] in " \t]":
                    self.at += 1
            else:
                self.pair(table)

    def pair(self, table: Path) -> None:
        path = self.key(table)
        self.at += 1  # the equals sign
        self.value(path)

    def key(self, table: Path) -> Path:
        """A dotted key; notes the place of each of its parts."""
        path = table
        while True:
            start = self.skip(_SPACE)
            token = self.take(_KEY)
            path = (*path, tomllib.loads(f"k = {token}")["k"] if token[:1] in {'"', "'"} else token)
            self.places.setdefault(path, self.place(start))
            self.skip(_SPACE)
            if self.at >= len(self.text) or self.text[self.at] != ".":
                return path
            self.at += 1

    def value(self, path: Path) -> None:
        self.skip(_SPACE)
        match self.text[self.at]:
            case "{":
                self.items("}", lambda: self.pair(path))
            case "[":
                self.items("]", lambda: self.value(path))
            case '"' | "'":
                self.take(_STRING)
            case _:
                self.take(_SCALAR)

    def items(self, end: str, item: Callable[[], None]) -> None:
        self.at += 1
        while self.text[self.skip(_BLANK)] != end:
            item()
            self.skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> int:
        self.take(pattern)
        return self.at

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, f"no TOML at character {self.at}"
        self.at = found.end()
        return found[0]

    def place(self, at: int) -> Place:
        """Asked from the top down: each line is counted once."""
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        return self.line, at - self.text.rfind("\n", 0, at)
