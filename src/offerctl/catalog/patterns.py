"""Regular expressions that somebody else wrote, matched in time that grows with the text alone.

A repository's schema comes with a pull request, and Python's `re`, which tries one way after another, can be kept
busy for years by thirty characters. So its patterns are followed in all ways at once (Thompson's construction), at
the cost of the text's length times the pattern's. What cannot be done so is refused: references to groups, looks
ahead and behind, flags. Single characters are left to `re`, so that classes mean what they mean there.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

MAX_PATTERN = 1_000
"""Characters of a pattern; the built-in schema's longest has half of it."""
MAX_PARTS = 5_000
"""Of a pattern, counted repetitions written out: `(a{9}b){99}` has about a thousand."""
_MAX_DEPTH = 30
_MAX_REMEMBERED = 20_000
"""States, of all the steps that a pattern remembers together: about a megabyte."""
_TOKEN = re.compile(
    r"(?P<one>\[\^?\]?(?:\\.|[^\]\\])*+\]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[dDsSwWfnrtv]|\\[^A-Za-z0-9]"
    r"|[^\\\[(){|*+?^$])"
    r"|(?P<open>\((?:\?:)?(?!\?))"
    r"|(?P<close>\))"
    r"|(?P<either>\|)"
    r"|(?P<many>(?:[*+?]|\{(?P<least>\d{1,4})(?P<upto>,(?P<most>\d{1,4})?)?\})\??)"
    r"|(?P<edge>[\^$]|\\[bB])",
    re.DOTALL,
)
_WORD = re.compile(r"\w")


class UnsupportedPattern(ValueError):
    """No regular expression, or one that cannot be matched in linear time; the message says why."""


class _Edge(Enum):
    """A place between characters."""

    START = "^"
    END = "$"
    BORDER = r"\b"
    NO_BORDER = r"\B"


@dataclass(slots=True, eq=False)
class _State:
    """Where a match can be: it goes on by a character that fits `one`, at an `edge`, or freely."""

    one: re.Pattern[str] | None = None
    edge: _Edge | None = None
    to: list[_State] = field(default_factory=list)


_Part = Callable[[_State], _State]
"""A part of a pattern: given the state after it, the state before it. Called once for each time it is repeated."""
_Where = tuple[bool, bool, bool]
"""Whether a place is the start, the end, the border of a word."""


class Pattern:
    """A pattern, ready to be looked for."""

    def __init__(self, text: str) -> None:
        self._end = _State()
        reader = _Reader(text)
        self._begin = reader.pattern()(self._end)
        self._has_borders = reader.has_borders
        self._known: dict[tuple[frozenset[_State], _Where, str], frozenset[_State] | None] = {}
        self._weight = 0

    def search(self, text: str, spend: Callable[[int], None] = lambda _: None) -> bool:
        """Whether it fits somewhere in the text; `spend` is told of the states that are looked at."""
        states: frozenset[_State] | None = frozenset()
        for at in range(len(text) + 1):
            assert states is not None
            spend(len(states) + 1)
            states = self._step(states | {self._begin}, self._where(text, at), text[at : at + 1], spend)
            if states is None:
                return True
        return False

    def _where(self, text: str, at: int) -> _Where:
        left = len(text) - at
        is_border = self._has_borders and bool(_WORD.match(text[at - 1 : at])) != bool(
            _WORD.match(text[at : at + 1])
        )
        return at == 0, left == 0 or (left == 1 and text[at] == "\n"), is_border

    def _step(
        self, states: frozenset[_State], where: _Where, character: str, spend: Callable[[int], None]
    ) -> frozenset[_State] | None:
        """The states after one more character; none when the end was reached before it."""
        key = (states, where, character)
        if key not in self._known:
            reached = _reached(states, where)
            spend(len(reached))
            self._weight += len(reached)
            if self._weight > _MAX_REMEMBERED:
                self._known.clear()
                self._weight = len(reached)
            goes_on = (state for state in reached if state.one is not None and state.one.fullmatch(character))
            self._known[key] = None if self._end in reached else frozenset(state.to[0] for state in goes_on)
        return self._known[key]


@lru_cache(maxsize=256)
def compiled(text: str) -> Pattern:
    """The pattern of a text.

    Raises:
        UnsupportedPattern: it is none, or is none that is matched in linear time.
    """
    return Pattern(text)


def _reached(states: Iterable[_State], where: _Where) -> set[_State]:
    """These states and all that they lead to without a character."""
    reached: set[_State] = set()
    ahead = list(states)
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            if state.one is None and (state.edge is None or _is_at(state.edge, where)):
                ahead += state.to
    return reached


def _is_at(edge: _Edge, where: _Where) -> bool:
    start, end, border = where
    return {_Edge.START: start, _Edge.END: end, _Edge.BORDER: border, _Edge.NO_BORDER: not border}[edge]


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_PATTERN:
            raise UnsupportedPattern(f"it has {len(text):,} characters, and may have at most {MAX_PATTERN:,}")
        self._tokens = _tokens(text)
        self.has_borders = any(token["edge"] in {r"\b", r"\B"} for token in self._tokens)
        self._at = 0
        self._depth = 0
        self._parts = 0

    def pattern(self) -> _Part:
        """All of it."""
        whole = self._either()
        if self._at < len(self._tokens):
            raise UnsupportedPattern("a ) closes nothing")
        return whole

    def _either(self) -> _Part:
        ways = [self._sequence()]
        while self._next("either"):
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else lambda after: self._made(_State(to=[way(after) for way in ways]))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._at < len(self._tokens) and self._tokens[self._at].lastgroup not in {"either", "close"}:
            parts.append(self._item())

        def sequence(after: _State) -> _State:
            for part in reversed(parts):
                after = part(after)
            return after

        return sequence

    def _item(self) -> _Part:
        if token := self._next("edge"):
            edge = _Edge(token["edge"])
            return lambda after: self._made(_State(edge=edge, to=[after]))
        if token := self._next("one"):
            one = _single(token["one"])
            return self._repeated(lambda after: self._made(_State(one=one, to=[after])))
        if not self._next("open"):
            raise UnsupportedPattern(f"nothing stands before {self._tokens[self._at][0]} to be repeated")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnsupportedPattern(f"its groups are nested more than {_MAX_DEPTH} deep")
        group = self._either()
        if not self._next("close"):
            raise UnsupportedPattern("a group is not closed")
        self._depth -= 1
        return self._repeated(group)

    def _repeated(self, part: _Part) -> _Part:
        token = self._next("many")
        if token is None:
            return part
        least, most = _times(token)

        def forever(after: _State) -> _State:
            loop = self._made(_State(to=[after]))
            loop.to.append(part(loop))
            return loop

        def repeated(after: _State) -> _State:
            before = forever(after) if most is None else after
            for _ in range(0 if most is None else most - least):
                before = self._made(_State(to=[after, part(before)]))
            for _ in range(least):
                before = part(self._made(_State(to=[before])))
            return before

        return repeated

    def _next(self, kind: str) -> re.Match[str] | None:
        if self._at == len(self._tokens) or self._tokens[self._at].lastgroup != kind:
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _made(self, state: _State) -> _State:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise UnsupportedPattern(f"its repetitions, written out, have more than {MAX_PARTS:,} parts")
        return state


def _tokens(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise UnsupportedPattern(
                f"{text[at : at + 4]} is not supported: only characters, classes, groups (…) and (?:…), |, "
                "repetitions and the edges ^ $ \\b \\B are"
            )
        found.append(token)
        at = token.end()
    return found


def _single(text: str) -> re.Pattern[str]:
    """A class, an escape, or a character that means itself; the dot is any but a line break."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a class may come to mean in a later Python
            return re.compile(text)
    except re.error as error:
        raise UnsupportedPattern(f"{text} is no class of characters ({error.msg})") from None


def _times(token: re.Match[str]) -> tuple[int, int | None]:
    sign = token["many"][0]
    if sign != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
    least = int(token["least"])
    if token["upto"] is None:
        return least, least
    if token["most"] is None:
        return least, None
    if int(token["most"]) < least:
        raise UnsupportedPattern(f"{token[0]} allows fewer than it asks for")
    return least, int(token["most"])
