"""What a run is made from: everything that is settled before its first write, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offerctl.plan import Plan
from offerctl.state import State
from offerctl.state.belief import ReadAs


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An environment's settings of the protocol; times in seconds."""

    lease: float
    settle_window: float
    parallelism: int = 4

    @property
    def window(self) -> timedelta:
        """W: after it, a request of unknown fate can no longer take effect."""
        return timedelta(seconds=self.settle_window)

    @property
    def term(self) -> timedelta:
        """How long a claim lasts without renewal."""
        return timedelta(seconds=self.lease)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who runs: a fresh run id, names for people, the boot of this machine, and the commit of the files."""

    run: str
    who: str
    boot_id: str | None = None
    commit: str | None = None
    pull_request: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """One run before it begins: the plan, the state `read` that it was made from, and who runs it under what.

    `protect` is what the files say of each id, and `read_as` how those were read that are not remembered so.
    `approved` are the digests, by id, that a review let through; the
    state keeps them until they are confirmed. `marks_commit_applied`: the commit counts as applied whatever comes
    of it, as what is left stays approved. `former_dead`: the run that the state shows at work is surely dead.
    """

    plan: Plan
    read: State
    settings: Settings
    author: Author
    started: datetime
    protect: Mapping[str, bool] = field(default_factory=dict)
    read_as: Mapping[str, ReadAs] = field(default_factory=dict)
    approved: Mapping[str, str] = field(default_factory=dict)
    marks_commit_applied: bool = False
    former_dead: bool = False
