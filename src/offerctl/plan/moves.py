"""What a proposal changes of the configuration: where offerctl writes, how it speaks, what it refuses.

Values alone: `config.settings` compares, `render.moves` has the words, and a review approves what those showed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LONGEST = 300
"""Characters of a value that are shown; one that is longer was not shown in full."""


class Kind(Enum):
    """What a setting decides, as the beginning of a sentence."""

    WHERE = "This moves where offerctl writes"
    HOW = "This changes how offerctl speaks to the Marketplace"
    GUARD = "This changes what is refused"
    POLICY = "This changes the bounds on what is listed"
    TIME = "This changes how long a run waits"
    FILES = "This changes which files are read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One setting of the environment, before and after; none of it was there before, or is any more."""

    kind: Kind
    setting: str
    before: str | None
    after: str | None

    @property
    def is_short(self) -> bool:
        """Whether it can be shown in full."""
        return all(len(value or "") <= LONGEST for value in (self.before, self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What a proposal changes of the configuration.

    `environment` is the one that is planned; `is_new` says that there was none of that name, and then what is no
    default is told. `others` are the environments beside it that change. `unknown` says why nobody can
    tell. `behind` is the commit last applied, where the configuration has changed since without anybody having
    taken that up: then these are the changes from there. `first` is all that is said of the environment where no
    configuration was taken up yet (none: one was).
    """

    environment: str
    moves: tuple[Move, ...] = ()
    is_new: bool = False
    others: tuple[str, ...] = ()
    unknown: str | None = None
    behind: str | None = None
    first: tuple[Move, ...] | None = None
