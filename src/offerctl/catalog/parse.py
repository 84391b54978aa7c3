"""A file's bytes into values with places: YAML's event stream and a small builder.

`yaml.load` and `yaml.compose` are not used: with libyaml both crash the interpreter on 30 KB of `[`, keep the last
of two equal keys and give no places. Events come one at a time, so whatever is refused costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.document import (
    A_LINE_IS,
    EXAMPLE_FILE,
    Document,
    Node,
    given_twice,
    span_of,
    start_of,
)
from offerctl.catalog.escapes import character_problem
from offerctl.catalog.problem import InvalidDocument, Position, Problem, Span, pointer_part
from offerctl.catalog.scalars import resolve
from offerctl.catalog.source import Source, decode

MAX_DEPTH = 8
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(file: str, data: bytes) -> Document:
    """The document of a file's bytes; `file` is its name in messages.

    Raises:
        InvalidDocument: not one mapping of plain data in UTF-8, with what is wrong.
    """
    source = decode(file, data)
    builder = _Builder(source, has_tab="\t" in source.text)
    try:
        for event in iter(_LOADER(source.text).get_event, None):
            if handle := _HANDLERS.get(type(event)):
                handle(builder, event)
    except yaml.YAMLError as error:
        raise InvalidDocument(*builder.problems, _unreadable(source, error)) from None
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
    has_tab: bool = False

    def document(self) -> Document:
        if self.root is None:
            whole = Span(Position(1, 1), Position(1, 1))
            raise self._refused(Code.SHAPE, whole, "the file is empty", hint=_EMPTY)
        self.problems += given_twice(self.source, self.again)
        return Document(source=self.source, values=self.root, nodes=self.nodes, problems=tuple(self.problems))

    def start(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None:
            message = "a second document starts here; give each offering a file of its own"
            raise self._refused(Code.SHAPE, span_of(event), message, hint=EXAMPLE_FILE)
        if event.version or event.tags:
            message = "a line that starts with % is not used here; delete it"
            raise self._refused(Code.YAML_FEATURE, span_of(event), message)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            raise self._not_plain_data(event)
        if not self.stack:
            what = "one text" if event.value else "nothing"
            raise self._refused(Code.SHAPE, span_of(event), f"the file holds {what}", hint=EXAMPLE_FILE)
        top = self.stack[-1]
        if isinstance(top.value, dict) and top.key is None:
            top.key = event
            return
        if event.style in {"'", '"'}:
            self._check_quoted(event)
        # Others hold what the file holds, which has been looked at.
        if event.style or "\n" in event.value or self.has_tab:
            node = Node(top.key, event, event)
            if problem := character_problem(self.source, node, self._pointer()):
                self.problems.append(problem)
        self._put(resolve(event.value) if event.implicit[0] else event.value, event, event)

    def open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            raise self._not_plain_data(event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if not self.stack and not is_mapping:
            raise self._refused(Code.SHAPE, span_of(event), "the file holds a list", hint=EXAMPLE_FILE)
        if self.stack and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None:
            raise self._refused(Code.SHAPE, span_of(event), "a field's name must be one word")
        if len(self.stack) >= MAX_DEPTH:
            raise self._refused(Code.SHAPE, span_of(event), "nested too deeply; an offering has one level")
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
        raise self._refused(Code.YAML_FEATURE, span_of(event), message, hint=_IN_QUOTES)

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
        start = start_of(event)
        span = Span(start, Position(start.line, start.column + 1))
        message = f"`{sign}` starts {what}, which is not used here; write the value itself"
        return self._refused(Code.YAML_FEATURE, span, message, hint=_IN_QUOTES)

    def _check_quoted(self, event: yaml.ScalarEvent) -> None:
        """What YAML 1.2 calls errors, and libyaml does not: swallowed lines, a comment that touches the quote."""
        start, end = span_of(event)
        if self.source.line(end.line)[end.column - 1 : end.column] == "#":
            here = Span(end, Position(end.line, end.column + 1))
            raise self._refused(Code.SYNTAX, here, "a space is missing before the comment")
        further = self.source.lines[start.line : end.line]
        is_block = not getattr(self.stack[-1].first, "flow_style", False)
        if is_block and any(line[:1].strip() for line in further):
            one = Span(start, Position(start.line, start.column + 1))
            raise self._refused(Code.SYNTAX, one, "the quote that starts here is not closed on its line")

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
_IN_QUOTES = "a text that begins with & * or ! stands in quotes"
_EMPTY = f"to take the course off the Marketplace, delete the file; otherwise {EXAMPLE_FILE}"


def _unreadable(source: Source, error: yaml.YAMLError) -> Problem:
    """The place where reading ended. What the parser says of it is for programmers; `lines` finds the fault."""
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    start = Position(1, 1) if mark is None else Position(mark.line + 1, mark.column + 1)
    span = Span(start, Position(start.line, start.column + 1))
    if "nesting depth" in str(getattr(error, "problem", "")):  # libyaml reads ahead, and stops before we do
        return source.problem(Code.SHAPE, Span(start, start), "nested too deeply; an offering has one level")
    return source.problem(Code.SYNTAX, span, "this line and those around it cannot be read", hint=A_LINE_IS)
