"""Workflow commands, which GitHub's runner obeys: a message at the top of a run, or beside a line of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from offerctl.render.style import sanitize_lines

Level = Literal["notice", "warning", "error"]
_NO_PROPERTIES: Mapping[str, str] = {}


def command(level: Level, message: str, properties: Mapping[str, str] = _NO_PROPERTIES) -> str:
    """The command; lines of the message stay lines, and nothing in it ends the command or begins another one."""
    listed = ",".join(f"{name}={_in_property(value)}" for name, value in properties.items())
    return f"::{level}{' ' if listed else ''}{listed}::{_in_message(message)}"


def _in_message(text: str) -> str:
    return sanitize_lines(text).replace("%", "%25").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")
