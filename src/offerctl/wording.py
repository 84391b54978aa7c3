"""How every layer counts things, and which known name it takes a strange one for.

It stands below `plan` and `state`: their messages count and guess as those of `render` do.
"""

from __future__ import annotations

from collections.abc import Iterable

_LEAST_ALIKE = 0.6
"""Of 1: what two names must share for one to be taken for the other."""


def counted(number: int, one: str, more: str | None = None) -> str:
    """`1 listing`, `2 listings`, `1,200 listings`."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like the word; none where no one is.

    A guess, for people. What is written into a file must be certain: see `offerctl.catalog.nearest`.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only for a name that nobody knows

    return next(iter(get_close_matches(word, sorted(known), n=1, cutoff=_LEAST_ALIKE)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`Did you mean prod?`; none where nothing known is like the word."""
    name = nearest(word, known)
    return None if name is None else f"Did you mean {name}?"


def one_of(word: str, known: Iterable[str], names: str) -> str:
    """A hint that names all that is known, after the one that was meant where there is one like the word."""
    near = did_you_mean(word, known)
    return f"{near} {names}" if near else names
