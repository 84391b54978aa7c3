"""The rules of the protocol have names, and code cites them by nothing else."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import offerctl
import offerctl.run

PACKAGE = Path(offerctl.__file__).parent
PROTOCOL = Path(__file__).parents[2] / ".github" / "PROTOCOL.md"
TABLE = dict(re.findall(r"^    (\d+) +(.+?)  +\S.*\.$", offerctl.run.__doc__ or "", re.MULTILINE))
CORE = ("run/", "apply/", "state/", "plan/")
NUMBERED = re.compile(r"\brules? \d", re.IGNORECASE)


def prose() -> Iterator[tuple[str, str]]:
    """Every comment and string of the package that spans words, with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type in {tokenize.COMMENT, tokenize.STRING}:
                yield f"{path.relative_to(PACKAGE)}:{token.start[0]}", " ".join(token.string.split())


def test_every_rule_of_the_page_has_its_name_in_the_table() -> None:
    """The same numbers, the same names."""
    rows = re.findall(r"^\| (\d+) \| \*\*(.+?)\*\*", PROTOCOL.read_text("utf-8"), re.MULTILINE)
    assert {number: name.lower() for number, name in rows} == TABLE
    assert len(TABLE) == 21


def test_rules_are_cited_by_name() -> None:
    """A number says nothing to whoever does not know the page by heart."""
    cited = [(place, text) for place, text in prose() if NUMBERED.search(text)]
    assert cited == []


def test_what_is_cited_is_a_rule() -> None:
    """In the core: so that a name that was changed is changed everywhere."""
    words = re.compile(r"(?<![*\w])\*([a-z][a-z, ]+)\*(?![*\w])", re.IGNORECASE)
    core = [text for place, text in prose() if place.startswith(CORE)]
    names = {name.lower() for text in core for name in words.findall(text)}
    assert names >= {"intent first", "quiet", "order", "former belief", "foreign lease", "unrecorded"}
    assert names - {*TABLE.values(), "so", "began"} == set()
