"""What a run tells while it goes on and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offerctl.plan import Action, Change

INTERRUPTED = "interrupted"
"""Why sending was stopped, where somebody wanted that."""
OUT_OF_TIME = "the time that --max-time gives is nearly over"
"""The same, where it was said beforehand."""


class Verdict(StrEnum):
    """How one change came out."""

    DONE = "done"
    FAILED = "failed"
    IN_DOUBT = "in doubt"
    NOT_STARTED = "not started"


class Cause(StrEnum):
    """What is to be looked at before the next try, where it is not the offering's file."""

    NETWORK = "network"
    CREDENTIALS = "credentials"
    ADDRESS = "address"
    FORM = "form"
    """The request as such: its method, length or type, whatever it says."""
    STOPPED = "stopped"
    """Nothing was wrong with it: sending stopped, and the run tells why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One change's end. `reason` says why it is not done; `note` what is worth telling although it is.

    Both may quote the Marketplace: show them through the renderers. `status` and `code` are the answer's own.
    `cause` says where to look, if that is not the offering's file.
    """

    change: Change
    verdict: Verdict
    reason: str = ""
    note: str = ""
    status: int | None = None
    code: str | None = None
    cause: Cause | None = None
    contested: bool = False
    """It exists, and nobody here added it: nothing more is sent until somebody decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The first request of a change goes out."""

    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class StillGoing:
    """A change has not ended after so many seconds; told every two seconds."""

    change: Change
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A change ended, so many seconds after its first request (none was sent: 0)."""

    result: Result
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Nothing can be sent for these ids before `until`, and nothing else is left to do meanwhile."""

    offering_ids: tuple[str, ...]
    until: datetime
    seconds: float
    reason: str


Event = Started | StillGoing | Ended | Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a run came out: a result for every change of its plan, in the plan's order, and what stopped it.

    `halted` says why sending stopped before its time, `unrecorded` why the final write failed, `remedy` what to do
    about that, and `held_until` until when the state shows the run at work all the same. `contested` are wanted
    ids for which nothing was sent because somebody else's listing has them.
    """

    run: str
    results: tuple[Result, ...]
    contested: tuple[str, ...] = ()
    protections: int = 0
    halted: str | None = None
    interrupted: bool = False
    unrecorded: str | None = None
    remedy: str | None = None
    held_until: datetime | None = None
    taken_over: bool = False

    @property
    def out_of_time(self) -> bool:
        """Whether the run stopped because it was to take no longer: nothing is wrong, and another one goes on."""
        return self.halted == OUT_OF_TIME

    def of(self, verdict: Verdict) -> tuple[Result, ...]:
        """The results that came out so."""
        return tuple(result for result in self.results if result.verdict is verdict)

    def done(self, action: Action) -> int:
        """How many changes of this kind are done."""
        return sum(1 for result in self.of(Verdict.DONE) if result.change.action is action)

    @property
    def complete(self) -> bool:
        """Everything is done and recorded."""
        return len(self.of(Verdict.DONE)) == len(self.results) and not self.contested and not self.unrecorded
