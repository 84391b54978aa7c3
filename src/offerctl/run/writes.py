"""What a run writes into the state: intent and renewals (*intent first*), outcomes (*end*, *former belief*)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from offerctl.run.job import Job
from offerctl.run.report import Verdict
from offerctl.run.spec import RunSpec
from offerctl.state import Belief, Claim, RunRecord, State, Status
from offerctl.state.listings import Listings


@dataclass(frozen=True, slots=True, kw_only=True)
class Writes:
    """The states that one run writes, from its specification and the jobs as they stand."""

    spec: RunSpec
    jobs: Mapping[str, Job]

    def claim(self, last: State, now: datetime) -> State:
        """The intent (over the state that was read) or a renewal: lease and quiet periods move along.

        Ids at work are in doubt; those that ended are as `final` would have them.
        """
        author, settings = self.spec.author, self.spec.settings
        until = now + settings.term
        at_work = {
            id_: replace(job.held, quiet_until=until + settings.window)
            for id_, job in self.jobs.items()
            if not job.ended
        }
        return replace(
            self._following(last, None).with_beliefs({**self._settled(now), **at_work}),
            approved={**last.approved, **self.spec.approved},
            run=Claim(id=author.run, who=author.who, boot_id=author.boot_id, lease_until=until),
        )

    def final(self, last: State, now: datetime) -> State:
        """Outcomes, and the lease released. Every job must have ended."""
        done = {id_ for id_, job in self.jobs.items() if job.verdict is Verdict.DONE}
        settled = self._settled(now)
        protections = {
            id_: replace(settled.get(id_) or self.spec.read.listings[id_], protect=protect)
            for id_, protect in self.spec.plan.protections.items()
            if id_ not in self.jobs or self.jobs[id_].untouched
        }
        following = self._following(last, now).with_beliefs({**settled, **protections})
        return replace(
            following.with_beliefs(dict(self._remembered(following.listings))),
            run=None,
            applied_commit=self._commit(done) or last.applied_commit,
            approved={id_: d for id_, d in {**last.approved, **self.spec.approved}.items() if id_ not in done},
        )

    def _remembered(self, listings: Listings) -> Iterator[tuple[str, Belief]]:
        """How the files were read that say what is confirmed: the next plan need not read them."""
        for id_, read_as in self.spec.read_as.items():
            if listings.status(id_) is Status.LIVE and (belief := listings[id_]).read_as != read_as:
                yield id_, replace(belief, read_as=read_as)

    def _commit(self, done: Collection[str]) -> str | None:
        """The commit that counts as applied: only what is done as a whole, or what a workflow took up."""
        options = self.spec.plan.options
        whole = len(done) == len(self.jobs) and not options.target and not options.exclude
        return self.spec.author.commit if whole or self.spec.marks_commit_applied else None

    def _following(self, last: State, finished: datetime | None) -> State:
        author = self.spec.author
        record = RunRecord(
            id=author.run,
            who=author.who,
            commit=author.commit,
            pull_request=author.pull_request,
            started=self.spec.started,
            finished=finished,
            changes=tuple(job.record() for job in self.jobs.values()) if finished else (),
        )
        following = last.successor(record)
        # Renewals are no kept versions: all later writes of a run chain to its first.
        is_renewal = last.serial > self.spec.read.serial + 1
        return replace(following, previous=last.previous) if is_renewal else following

    def _settled(self, now: datetime) -> dict[str, Belief | None]:
        return {
            id_: job.final(
                now,
                self.spec.settings.window,
                self.spec.author.run,
                self.spec.author.commit,
                protect=self.spec.protect.get(id_, job.held.protect),
            )
            for id_, job in self.jobs.items()
            if job.ended
        }
