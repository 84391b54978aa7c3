"""*Brakes*: when a run must stop sending, or wait, whatever is left of its plan."""

from __future__ import annotations

from dataclasses import dataclass

from offerctl.api import Action as Call
from offerctl.api import Kind, Outcome
from offerctl.state import Status

SILENT_IN_A_ROW = 10
ABSENT_IN_A_ROW = 5
FORBIDDEN = 403
FORBIDDEN_AT_MOST = 2
THROTTLES = 10
LONGEST_PAUSE = 300.0
"""Seconds of a Retry-After that a run still waits for."""


@dataclass(slots=True, kw_only=True)
class CircuitBreaker:
    """Counts over one run. `reasserting` lifts the brake on confirmed listings that are not there."""

    reasserting: bool
    silent: int = 0
    absent: int = 0
    forbidden: int = 0
    throttled: int = 0

    def judge(self, call: Call, former: Status | None, outcome: Outcome) -> str | None:
        """Why the run must stop sending after this outcome; none when it may go on."""
        self.silent = self.silent + 1 if outcome.kind in {Kind.NOT_SENT, Kind.UNSURE} else 0
        if outcome.kind not in {Kind.THROTTLED, Kind.NOT_SENT}:
            self.throttled = 0
        if former is Status.LIVE and call is not Call.ADD and outcome.kind in {Kind.OK, Kind.ABSENT}:
            self.absent = self.absent + 1 if outcome.kind is Kind.ABSENT else 0
        if outcome.status == FORBIDDEN:
            self.forbidden += 1
        return self._reason(call, outcome)

    def _reason(self, call: Call, outcome: Outcome) -> str | None:
        if outcome.kind is Kind.STOP:
            refused = "the Marketplace does not accept the credentials (401)"
            return outcome.message if outcome.status is None else refused
        if call is Call.ADD and outcome.kind is Kind.ABSENT:
            return "the Marketplace knows no such collection: base_url, collection or network_key is wrong"
        if self.forbidden >= FORBIDDEN_AT_MOST:
            return "the Marketplace denied access twice (403)"
        if self.silent >= SILENT_IN_A_ROW:
            return f"{SILENT_IN_A_ROW} requests in a row had no usable answer"
        if self.absent >= ABSENT_IN_A_ROW and not self.reasserting:
            return (
                f"{ABSENT_IN_A_ROW} confirmed listings in a row are not there: this is another Marketplace, "
                "or it was wiped (then: --reassert, or ephemeral = true)"
            )
        return None

    def pause(self, outcome: Outcome, *, paused: bool) -> float | str:
        """Seconds that the whole run waits after a 429 or a 503 with Retry-After, or why it must stop instead.

        `paused`: it waits already, for another answer of the same moment, so this is no further pause. However
        short the pauses are that the Marketplace asks for, a run must not hold its lease for hours.
        """
        self.throttled += not paused
        if self.throttled > THROTTLES:
            return f"the Marketplace asked to wait {THROTTLES} times in a row ({outcome.status})"
        seconds = self._seconds(outcome)
        return f"the Marketplace asks to wait for too long ({outcome.status})" if seconds is None else seconds

    def _seconds(self, outcome: Outcome) -> float | None:
        if outcome.retry_after is not None:
            return outcome.retry_after if outcome.retry_after <= LONGEST_PAUSE else None
        return 0.5 * 2.0 ** (self.throttled - 1)
