"""The marker: the hidden first line by which a pull request's comment is found again. It approves nothing."""

from __future__ import annotations

import re

_LINE = re.compile(r"<!-- offerctl:plan ([A-Za-z0-9][A-Za-z0-9_-]{0,63}) -->(?=\r?\n|\Z)")


def write(environment: str) -> str:
    """The line."""
    return f"<!-- offerctl:plan {environment} -->"


def read(comment: str) -> str | None:
    """The environment whose comment begins so; none when it begins with anything else."""
    found = _LINE.match(comment)
    return found[1] if found else None
