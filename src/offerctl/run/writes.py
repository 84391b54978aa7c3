"""What a run writes into the state: the intent, renewals, and the outcomes (rules 4, 11 and 12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from offerctl.plan import Plan
from offerctl.run.job import Job
from offerctl.run.report import Verdict
from offerctl.state import Belief, Claim, RunRecord, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An environment's settings of the protocol; times in seconds."""

    lease: float
    settle_window: float
    parallelism: int = 4
    reasserting: bool = False

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
class Writes:
    """The states that one run writes, from the one it read and the jobs as they stand."""

    plan: Plan
    read: State
    settings: Settings
    author: Author
    started: datetime
    protect: Mapping[str, bool]
    jobs: Mapping[str, Job]
    approved: Mapping[str, str]
    marks_commit_applied: bool = False

    def claim(self, last: State, now: datetime) -> State:
        """The intent (over the state that was read) or a renewal: lease and quiet periods move along.

        Ids at work are in doubt; those that ended are as `final` would have them.
        """
        until = now + self.settings.term
        at_work = {
            id_: replace(job.held, quiet_until=until + self.settings.window)
            for id_, job in self.jobs.items()
            if not job.ended
        }
        return replace(
            self._following(last, None).with_beliefs({**self._settled(now), **at_work}),
            approved={**last.approved, **self.approved},
            run=Claim(id=self.author.run, who=self.author.who, boot_id=self.author.boot_id, lease_until=until),
        )

    def final(self, last: State, now: datetime) -> State:
        """Outcomes, and the lease released. Every job must have ended."""
        done = {id_ for id_, job in self.jobs.items() if job.verdict is Verdict.DONE}
        settled = self._settled(now)
        protections = {
            id_: replace(settled.get(id_) or self.read.listings[id_], protect=protect)
            for id_, protect in self.plan.protections.items()
            if id_ not in self.jobs or self.jobs[id_].untouched
        }
        return replace(
            self._following(last, now).with_beliefs({**settled, **protections}),
            run=None,
            applied_commit=self._commit(done) or last.applied_commit,
            approved={id_: d for id_, d in {**last.approved, **self.approved}.items() if id_ not in done},
        )

    def _commit(self, done: Collection[str]) -> str | None:
        """The commit that counts as applied: only what is done as a whole, or what a workflow took up."""
        options = self.plan.options
        whole = len(done) == len(self.jobs) and not options.target and not options.exclude
        return self.author.commit if whole or self.marks_commit_applied else None

    def _following(self, last: State, finished: datetime | None) -> State:
        record = RunRecord(
            id=self.author.run,
            who=self.author.who,
            commit=self.author.commit,
            pull_request=self.author.pull_request,
            started=self.started,
            finished=finished,
            changes=tuple(job.record() for job in self.jobs.values()) if finished else (),
        )
        following = last.successor(record)
        # Renewals are no kept versions: all later writes of a run chain to its first.
        is_renewal = last.serial > self.read.serial + 1
        return replace(following, previous=last.previous) if is_renewal else following

    def _settled(self, now: datetime) -> dict[str, Belief | None]:
        return {
            id_: job.final(
                now,
                self.settings.window,
                self.author.run,
                self.author.commit,
                protect=self.protect.get(id_, job.held.protect),
            )
            for id_, job in self.jobs.items()
            if job.ended
        }
