"""A file as it was written: values, and the place of every key and value; `check` judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.shown import shortened
from offerctl.catalog.source import Source

EXAMPLE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Certification Part One
price: 199.00
courseDuration: 13
externalRegistrationUrl: https://safety-training.example/jhsc-en-01"""
"""What a file holds."""
A_LINE_IS = "a line is a field's name, a colon, a space, and a value"
EXAMPLE_FILE = f"a file holds one offering, for example:\n{EXAMPLE}"


class Node(NamedTuple):
    """Where a value came from: the events of its key (none in a list) and of its two ends."""

    key: yaml.ScalarEvent | None
    first: yaml.NodeEvent
    last: yaml.Event

    @property
    def span(self) -> Span:
        """The value, with its quotes."""
        return Span(start_of(self.first), end_of(self.last))

    @property
    def key_span(self) -> Span:
        """The key, with its quotes; the value where there is no key."""
        return self.span if self.key is None else span_of(self.key)

    def replaced(self, text: str) -> str:
        """The text of a fix that puts this in the value's place."""
        return replacement(self.first, text)

    @property
    def text(self) -> str:
        """A scalar's text without its quotes; empty for collections."""
        return self.first.value if isinstance(self.first, yaml.ScalarEvent) else ""

    @property
    def style(self) -> str:
        """A scalar's quote, or the sign of its block; empty for one without, and for collections."""
        return (self.first.style or "") if isinstance(self.first, yaml.ScalarEvent) else ""

    @property
    def is_plain(self) -> bool:
        """Whether it is a scalar without quotes."""
        return isinstance(self.first, yaml.ScalarEvent) and not self.first.style


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One mapping as it was written. `nodes` is by JSON pointer; `problems` are those that end no reading."""

    source: Source
    values: Mapping[str, Any]
    nodes: Mapping[str, Node]
    problems: tuple[Problem, ...]


def start_of(event: yaml.Event) -> Position:
    """Where an event starts."""
    mark = event.start_mark
    assert mark is not None  # events of a parser have marks
    return Position(mark.line + 1, mark.column + 1)


def end_of(event: yaml.Event) -> Position:
    """The place behind an event."""
    mark = event.end_mark
    assert mark is not None  # events of a parser have marks
    return Position(mark.line + 1, mark.column + 1)


def span_of(event: yaml.Event) -> Span:
    """Both."""
    return Span(start_of(event), end_of(event))


def replacement(event: yaml.Event, text: str) -> str:
    """What to write for a value: a block scalar (`|`, `>`) takes the line break after it along."""
    start, end = span_of(event)
    return f"{text}\n" if end.line > start.line and end.column == 1 else text


def listed(words: list[str]) -> str:
    """`4 and 5`, `4, 5 and 6`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


_FIELDS_OF_ANOTHER = 3
"""So many fields that are there twice, the id among them, are another offering and no slip."""


def given_twice(source: Source, again: Mapping[str, Sequence[Node]]) -> Iterator[Problem]:
    """Fields that stand in several lines, by pointer: one problem each, or one for a second offering."""
    if len(again) >= _FIELDS_OF_ANOTHER and "/offeringId" in again:
        message = "a second offering starts here; give each offering a file of its own"
        yield source.problem(Code.SHAPE, again["/offeringId"][1].key_span, message, hint=EXAMPLE_FILE)
    else:
        yield from (_twice(source, pointer, nodes) for pointer, nodes in again.items())


def _twice(source: Source, pointer: str, nodes: Sequence[Node]) -> Problem:
    name = nodes[0].key.value if nodes[0].key else ""
    times = "twice" if len(nodes) == 2 else f"{len(nodes)} times"  # noqa: PLR2004 - once and once more
    lines = listed([str(node.span.start.line) for node in nodes])
    texts = ", ".join(shortened(node.text) for node in nodes)
    message = f"`{shortened(name)}` is given {times} (lines {lines}: {texts}); keep one"
    return source.problem(Code.DUPLICATE_FIELD, nodes[1].key_span, message, pointer=pointer)
