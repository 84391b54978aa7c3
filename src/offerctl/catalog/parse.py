"""A file's bytes into values with places: YAML's event stream and a small builder.

`yaml.load` and `yaml.compose` are not used: with libyaml both crash the interpreter on 30 KB of `[`, keep the last
of two equal keys and give no places. Events come one at a time, so whatever is refused costs nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.problem import Position, Problem, Span, pointer_part
from offerctl.catalog.scalars import quoted, resolve
from offerctl.catalog.source import InvalidDocument, Source, decode, refused_character, shortened, spelled
from offerctl.catalog.yaml_errors import lines_amiss, syntax_problem
from offerctl.characters import without_unmissed

MAX_DEPTH = 8
EXAMPLE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Certification Part One
price: 199.00
courseDuration: 13
externalRegistrationUrl: https://safety-training.example/jhsc-en-01"""
"""What a file holds."""
_EXAMPLE_FILE = f"a file holds one offering, for example:\n{EXAMPLE}"

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Node(NamedTuple):
    """Where a value came from: the events of its key (none in a list) and of its two ends."""

    key: yaml.ScalarEvent | None
    first: yaml.NodeEvent
    last: yaml.Event

    @property
    def span(self) -> Span:
        """The value, with its quotes."""
        return Span(_start(self.first), _end(self.last))

    @property
    def key_span(self) -> Span:
        """The key, with its quotes; the value where there is no key."""
        return self.span if self.key is None else Span(_start(self.key), _end(self.key))

    def replaced(self, text: str) -> str:
        """The text of a fix that puts this in the value's place."""
        return replacement(self.first, text)

    @property
    def text(self) -> str:
        """A scalar's text without its quotes; empty for collections."""
        return self.first.value if isinstance(self.first, yaml.ScalarEvent) else ""

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


def read(file: str, data: bytes) -> Document:
    """The document of a file's bytes; `file` is its name in messages.

    Raises:
        InvalidDocument: not one mapping of plain data in UTF-8, with what is wrong.
    """
    source = decode(file, data)
    builder = _Builder(source)
    try:
        for event in iter(_LOADER(source.text).get_event, None):
            if handle := _HANDLERS.get(type(event)):
                handle(builder, event)
    except yaml.YAMLError as error:
        raise InvalidDocument(*builder.problems, syntax_problem(source, error)) from None
    return builder.document()


@dataclass(slots=True)
class _Open:
    """A collection that is being read. `key` waits for its value."""

    pointer: str
    first: yaml.NodeEvent
    value: dict[str, Any] | list[Any]
    key: yaml.ScalarEvent | None = None


@dataclass(slots=True)
class _Builder:
    source: Source
    stack: list[_Open] = field(default_factory=list)
    root: dict[str, Any] | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    again: dict[str, list[Node]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> Document:
        if self.root is None:
            whole = Span(Position(1, 1), Position(1, 1))
            raise self._refused(Code.SHAPE, whole, "the file is empty", hint=_EXAMPLE_FILE)
        for pointer, nodes in self.again.items():
            self.problems.append(self._given_twice(pointer, nodes))
        return Document(source=self.source, values=self.root, nodes=self.nodes, problems=tuple(self.problems))

    def start(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None:
            message = "a second document starts here; give each offering a file of its own"
            raise self._refused(Code.SHAPE, _span(event), message, hint=_EXAMPLE_FILE)
        if event.version or event.tags:
            message = "a line that starts with % is not used here; delete it"
            raise self._refused(Code.YAML_FEATURE, _span(event), message)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            raise self._not_plain_data(event)
        if not self.stack:
            if amiss := [*lines_amiss(self.source)]:
                raise InvalidDocument(*amiss)
            what = "one text" if event.value else "nothing"
            raise self._refused(Code.SHAPE, _span(event), f"the file holds {what}", hint=_EXAMPLE_FILE)
        top = self.stack[-1]
        if isinstance(top.value, dict) and top.key is None:
            top.key = event
            return
        if event.style in {"'", '"'}:
            self._check_quoted(event)
        if event.style or "\n" in event.value:  # others hold what the file holds, which has been looked at
            self._check_characters(event)
        self._put(resolve(event.value) if event.implicit[0] else event.value, event, event)

    def open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            raise self._not_plain_data(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if not self.stack and not is_mapping:
            raise self._refused(Code.SHAPE, _span(event), "the file holds a list", hint=_EXAMPLE_FILE)
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise self._refused(Code.SHAPE, _span(event), "a field's name must be one word")
        if len(self.stack) >= MAX_DEPTH:
            raise self._refused(Code.SHAPE, _span(event), "nested too deeply; an offering has one level")
        pointer = self._pointer() if self.stack else ""
        self.stack.append(_Open(pointer, event, {} if is_mapping else []))

    def close(self, event: yaml.Event) -> None:
        done = self.stack.pop()
        if self.stack:
            self._put(done.value, done.first, event)
        else:
            self.root = cast("dict[str, Any]", done.value)
            self.nodes[""] = Node(None, done.first, event)

    def refuse(self, event: yaml.AliasEvent) -> None:
        message = f"`*{event.anchor}` is an alias, which is not used here; write the value itself"
        raise self._refused(Code.YAML_FEATURE, _span(event), message, hint=_IN_QUOTES)

    def _put(self, value: object, first: yaml.NodeEvent, last: yaml.Event) -> None:
        top = self.stack[-1]
        pointer = self._pointer()
        node = Node(top.key, first, last)
        if isinstance(top.value, list):
            top.value.append(value)
        elif pointer in self.nodes:
            self.again.setdefault(pointer, [self.nodes[pointer]]).append(node)
        else:
            top.value[cast("yaml.ScalarEvent", top.key).value] = value
        self.nodes.setdefault(pointer, node)
        top.key = None

    def _pointer(self) -> str:
        top = self.stack[-1]
        last = str(len(top.value)) if top.key is None else pointer_part(top.key.value)
        return f"{top.pointer}/{last}"

    def _not_plain_data(self, event: yaml.NodeEvent) -> InvalidDocument:
        sign, what = ("&", "an anchor") if event.anchor is not None else ("!", "a tag")
        start = _start(event)
        span = Span(start, Position(start.line, start.column + 1))
        message = f"`{sign}` starts {what}, which is not used here; write the value itself"
        return self._refused(Code.YAML_FEATURE, span, message, hint=_IN_QUOTES)

    def _check_quoted(self, event: yaml.ScalarEvent) -> None:
        """What YAML 1.2 calls errors, and libyaml does not: swallowed lines, a comment that touches the quote."""
        start, end = _span(event)
        if self.source.line(end.line)[end.column - 1 : end.column] == "#":
            here = Span(end, Position(end.line, end.column + 1))
            raise self._refused(Code.SYNTAX, here, "a space is missing before the comment")
        further = self.source.lines[start.line : end.line]
        is_block = not getattr(self.stack[-1].first, "flow_style", False)
        if is_block and any(line[:1].strip() for line in further):
            one = Span(start, Position(start.line, start.column + 1))
            raise self._refused(Code.SYNTAX, one, "the quote that starts here is not closed on its line")

    def _check_characters(self, event: yaml.ScalarEvent) -> None:
        if found := refused_character(event.value):
            is_break = found in "\r\n"
            what = "a line break" if is_break else f"the invisible character {spelled(found)}"
            fix = _one_line(event)
            hint = "write it on one line" if is_break else "delete it" if fix else _NO_ESCAPE
            self.problems.append(
                self.source.problem(
                    Code.CHARACTER,
                    _span(event),
                    f"{what} inside a value is not allowed",
                    pointer=self._pointer(),
                    hint=hint,
                    fix=fix,
                )
            )

    def _given_twice(self, pointer: str, nodes: list[Node]) -> Problem:
        name = cast("yaml.ScalarEvent", nodes[0].key).value
        times = "twice" if len(nodes) == 2 else f"{len(nodes)} times"  # noqa: PLR2004 - once and once more
        lines = listed([str(node.span.start.line) for node in nodes])
        texts = ", ".join(shortened(node.text) for node in nodes)
        return self.source.problem(
            Code.DUPLICATE_FIELD,
            nodes[1].key_span,
            f"`{shortened(name)}` is given {times} (lines {lines}: {texts}); keep one",
            pointer=pointer,
        )

    def _refused(self, code: Code, span: Span, message: str, *, hint: str | None = None) -> InvalidDocument:
        return InvalidDocument(*self.problems, self.source.problem(code, span, message, hint=hint))


_HANDLERS: dict[type[yaml.Event], Callable[[_Builder, Any], None]] = {
    yaml.DocumentStartEvent: _Builder.start,
    yaml.ScalarEvent: _Builder.scalar,
    yaml.MappingStartEvent: _Builder.open,
    yaml.SequenceStartEvent: _Builder.open,
    yaml.MappingEndEvent: _Builder.close,
    yaml.SequenceEndEvent: _Builder.close,
    yaml.AliasEvent: _Builder.refuse,
}
_NO_ESCAPE = "a backslash in double quotes starts an escape; in single quotes it does not"
_IN_QUOTES = "a text that begins with & * or ! stands in quotes"


def listed(words: list[str]) -> str:
    """`4 and 5`, `4, 5 and 6`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _start(event: yaml.Event) -> Position:
    mark = event.start_mark
    assert mark is not None  # events of a parser have marks
    return Position(mark.line + 1, mark.column + 1)


def _end(event: yaml.Event) -> Position:
    mark = event.end_mark
    assert mark is not None  # events of a parser have marks
    return Position(mark.line + 1, mark.column + 1)


def _span(event: yaml.Event) -> Span:
    return Span(_start(event), _end(event))


def replacement(event: yaml.Event, text: str) -> str:
    """What to write for a value: a block scalar (`|`, `>`) takes the line break after it along."""
    start, end = _span(event)
    return f"{text}\n" if end.line > start.line and end.column == 1 else text


def _one_line(event: yaml.ScalarEvent) -> str | None:
    """The value on one line, where only line breaks and what nobody sees stood in its way."""
    lines = (line.strip(" \t") for line in re.split(r"[\r\n]+", without_unmissed(event.value)))
    text = " ".join(line for line in lines if line)
    return replacement(event, quoted(text)) if text and refused_character(text) is None else None
