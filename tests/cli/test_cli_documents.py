"""What the documents tell people to type is there: commands, and the options of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import click
import pytest

from offerctl.cli import program

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "offerings/README.md",
    *(f".github/{name}.md" for name in ("API", "CONTRIBUTING", "GITOPS", "PROTOCOL", "SECURITY")),
)
LEAST = {"README.md": 20, ".github/GITOPS.md": 20, ".github/SECURITY.md": 1}
"""Calls that are found at the least: there are more."""
CODE = re.compile(r"^```[^\n]*\n(?P<block>.*?)^```|`(?P<span>[^`\n]+)`", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"(?:^|[\s(])(?:\.github/)?offerctl(?:\.sh)? (?P<words>[^\n|;&#)]+)")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def find(words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command that a line calls, with its options and those of the groups before it."""
    command: click.Command = program
    options = own(command)
    for before, word in pairwise(["", *words]):
        if not isinstance(command, click.Group):
            break
        if word.startswith("-") or before in {"--config", "--chdir", "--color"}:
            continue
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"offerctl {' '.join(words)}: there is no command {word}"
        command, options = found, [*options, *own(found)]
    return command, options


def own(command: click.Command) -> list[str]:
    """The options of one command."""
    named = (option for option in command.params if isinstance(option, click.Option))
    return ["-h", "--help", *(name for option in named for name in (*option.opts, *option.secondary_opts))]


def lines(document: str) -> Iterator[str]:
    """What stands behind `offerctl` in code, and spans that begin with a command and name an option."""
    top = set(program.entries)
    for found in CODE.finditer((ROOT / document).read_text("utf-8")):
        code = found["block"] or found["span"]
        yield from (said["words"] for said in SAID.finditer(code))
        if found["span"] and code.split()[0] in top and "--" in code:
            yield code


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_commands_and_options_that_exist(document: str) -> None:
    """In blocks and in the text, wherever a command is called."""
    checked = 0
    for line in lines(document):
        words = line.split()
        if not re.match(r"-|[a-z]", words[0]):
            continue  # COMMAND, or a shell's own variable
        command, options = find(words)
        checked += 1
        assert set(OPTION.findall(line)) <= set(options), f"{document}: offerctl {line} ({command.name})"
    assert checked >= LEAST.get(document, 0)


def test_the_readme_names_every_command() -> None:
    """A reader of it alone knows of all that there is, groups with one of theirs."""
    text = (ROOT / "README.md").read_text("utf-8")
    missing = [name for name in program.entries if not re.search(rf"offerctl {name}\b", text)]
    assert missing == []
