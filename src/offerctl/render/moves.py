"""What a proposal changes of where offerctl writes and of what it refuses, in words: they open its comment.

Settings come from anybody who can propose a change, so they are shown as code, which does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from offerctl.plan.moves import LONGEST, Kind, Move, Moves
from offerctl.render.markdown import code, escaped, within
from offerctl.render.style import sanitize
from offerctl.wording import counted

BUDGET = 4_000
"""Characters, beside those of the plan."""
_MOST_NAMED = 20
_Shown = Callable[[str], str]


def rows(moves: Moves) -> Iterator[str]:
    """All of it as Markdown, a paragraph each; none where nothing moves."""
    yield from _rows(moves, code)


def markdown(moves: Moves) -> str:
    """The same within `BUDGET` characters."""
    whole = [*rows(moves)]
    kept = within(whole, BUDGET, separator=2)
    if len(kept) < len(whole):
        kept.append("**More of the configuration changes than there is room for here**: see the files.")
    return "\n\n".join(kept)


def lines(moves: Moves) -> Iterator[str]:
    """For a log, one sentence each."""
    yield from (sanitize(row.replace("**", "")) for row in _rows(moves, _quoted))


def sentence(moves: Moves) -> str:
    """What changes, as the end of a message: each value as far as there is room for it."""
    return "; ".join(_said(move, _quoted) for move in (*moves.moves, *(moves.first or ())))


def _rows(moves: Moves, shown: _Shown) -> Iterator[str]:
    if moves.unknown is not None:
        why = escaped(moves.unknown) if shown is code else moves.unknown
        yield (
            f"**Nobody can tell whether this moves where offerctl writes, or changes what it refuses**: {why}. "
            "Look at the configuration yourself."
        )
    if moves.behind is not None:
        yield (
            "**What the configuration of the branch that this merges into says was not taken up yet**: all that "
            f"changes since commit {shown(moves.behind[:7])}, which was applied last, is told here."
        )
    if moves.is_new:
        yield f"**This is a new environment**: {shown(moves.environment)}."
    for kind in Kind:
        if of_kind := [move for move in moves.moves if move.kind is kind]:
            yield f"**{kind.value}**: {'; '.join(_said(move, shown) for move in of_kind)}."
    if moves.others:
        named = ", ".join(shown(name) for name in moves.others[:_MOST_NAMED])
        more = len(moves.others) - _MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        number = counted(len(moves.others), "other environment changes", "other environments change")
        yield f"**{number} too**: {named}{rest}."
    if moves.first is not None:
        said = "; ".join(_said(move, shown) for move in moves.first)
        yield f"**No configuration of this environment was taken up yet**, so this is all of it: {said}."


def _said(move: Move, shown: _Shown) -> str:
    before, after = (None if value is None else shown(_cut(value)) for value in (move.before, move.after))
    if before is None:
        return f"{shown(move.setting)} is {after}"
    if after is None:
        return f"{shown(move.setting)} was {before} and is gone"
    return f"{shown(move.setting)} from {before} to {after}"


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}… ({len(value):,} characters)"


def _quoted(value: str) -> str:
    return f"`{sanitize(value)}`"
