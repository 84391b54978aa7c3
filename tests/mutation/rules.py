"""Rule of the protocol, or of reviews → how it is taken out → the tests that must turn red."""

from __future__ import annotations

from dataclasses import dataclass

MACHINE = "tests/run/test_run_machine.py"
MODEL = "tests/model/test_model_exploration.py"
APPLY = "tests/cli/test_cli_apply.py"
RULES = "tests/faults/test_faults_rules.py"
SIGNALS = "tests/faults/test_faults_signals.py"
REVIEWS = "tests/github/test_github_approvals.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One rule taken out: `old` stands once in `file` (below `src/offerctl`) and becomes `new`."""

    rule: str
    what: str
    file: str
    old: str
    new: str
    tests: str


MUTATIONS = (
    Mutation(
        rule="1", what="the checksum is not looked at",
        file="state/document.py", old="if canon.sha256(zeroed) != found[1].decode():", new="if False:",
        tests="tests/state/test_state_document.py",
    ),
    Mutation(
        rule="1", what="a state of another environment is taken",
        file="app/workspace.py", old="if theirs != ours:", new="if False:", tests=f"{APPLY} -k foreign",
    ),
    Mutation(
        rule="2", what="a doubt is no reason to settle",
        file="plan/make.py", old="case Status.MAYBE:", new="case Status.CONTESTED:", tests="tests/plan",
    ),
    Mutation(
        rule="2", what="another key is no replacement",
        file="plan/make.py", old="if belief.key != want.offering.training_standard_key:", new="if False:",
        tests="tests/plan",
    ),
    Mutation(
        rule="3", what="nothing to do is written all the same",
        file="app/apply.py", old="if plan.empty:", new="if False:", tests=f"{APPLY} -k second_run",
    ),
    Mutation(
        rule="4", what="no write before the first request",
        file="apply/driver.py", old="        await lease.write(machine.writes.claim)\n", new="        pass\n",
        tests=f"{APPLY} -k second_run",
    ),
    Mutation(
        rule="4", what="the intent leaves no doubt",
        file="run/job.py", old="        status=Status.MAYBE,\n        key=former.key if former else new_key,",
        new="        status=Status.LIVE,\n        key=former.key if former else new_key,", tests=MACHINE,
    ),
    Mutation(
        rule="5", what="the found quiet period is not waited for",
        file="run/machine.py", old="return min(former.quiet_until, self.started + latest)", new="return None",
        tests=MACHINE,
    ),
    Mutation(
        rule="6", what="deletes do not wait for puts",
        file="run/machine.py", old="return not self._open[True] and not self._unhappy", new="return True",
        tests=MACHINE,
    ),
    Mutation(
        rule="6", what="deletes run though a put failed",
        file="run/machine.py", old="return not self._open[True] and not self._unhappy",
        new="return not self._open[True]", tests=MACHINE,
    ),
    Mutation(
        rule="7", what="an absent listing is not posted",
        file="run/protocol.py", old="if outcome.kind is not Kind.ABSENT:\n        return talk.unfinished()",
        new="if outcome.kind is not Kind.OK:\n        return talk.unfinished()", tests=MACHINE,
    ),
    Mutation(
        rule="8", what="an unsure add is posted again",
        file="run/protocol.py",
        old="{Kind.NOT_SENT} if request.action is Action.ADD else {Kind.NOT_SENT, Kind.UNSURE}",
        new="{Kind.NOT_SENT, Kind.UNSURE}", tests=MACHINE,
    ),
    Mutation(
        rule="8", what="exists means ours",
        file="run/protocol.py", old="    if talk.clean:\n", new="    if False:\n", tests=f"{MODEL} -k somebody",
    ),
    Mutation(
        rule="9", what="a tombstone forgets its key",
        file="run/protocol.py", old="return Belief(status=Status.GONE, key=former.key)",
        new="return Belief(status=Status.GONE, key=None)", tests=RULES,
    ),
    Mutation(
        rule="10", what="no wait inside a replacement",
        file="run/protocol.py",
        old="    if (yield Wait()) is not None:\n        return talk.unfinished()\n    talk.key",
        new="    talk.key", tests=MACHINE,
    ),
    Mutation(
        rule="10", what="no write inside a replacement",
        file="run/protocol.py", old="if (yield Save(Belief(status=Status.MAYBE, key=talk.key))) is not None:",
        new="if False:",
        tests=MACHINE,
    ),
    Mutation(
        rule="11", what="no quiet period after a doubt or a DELETE",
        file="run/job.py", old="quiet_until=now + window if lingering else None", new="quiet_until=None",
        tests=MACHINE,
    ),
    Mutation(
        rule="12", what="what had no effect leaves a doubt",
        file="run/protocol.py", old="if all(kind in _WITHOUT_EFFECT for kind in self.kinds):", new="if False:",
        tests=MACHINE,
    ),
    Mutation(
        rule="12", what="a refusal erases a doubt",
        file="run/protocol.py", old="if all(kind in _WITHOUT_EFFECT for kind in self.kinds):",
        new="if self.kinds[-1] in _WITHOUT_EFFECT:", tests=MACHINE,
    ),
    Mutation(
        rule="13", what="a halt sends on",
        file="run/machine.py", old="if self.halted or self._paused_until:", new="if self._paused_until:",
        tests=MACHINE,
    ),
    Mutation(
        rule="14", what="--reassert spares tombstones",
        file="plan/make.py", old="if belief.status is Status.GONE and not reassert:",
        new="if belief.status is Status.GONE:", tests="tests/plan",
    ),
    Mutation(
        rule="16", what="ten silent requests do not stop",
        file="run/breaker.py", old="if self.silent >= SILENT_IN_A_ROW:", new="if False:", tests=MACHINE,
    ),
    Mutation(
        rule="16", what="a second 403 does not stop",
        file="run/breaker.py", old="if self.forbidden >= FORBIDDEN_AT_MOST:", new="if False:", tests=MACHINE,
    ),
    Mutation(
        rule="16", what="absent listings do not stop",
        file="run/breaker.py", old="if self.absent >= ABSENT_IN_A_ROW and not self.reasserting:", new="if False:",
        tests=MACHINE,
    ),
    Mutation(
        rule="16", what="401 does not stop",
        file="run/breaker.py", old="if outcome.kind is Kind.STOP:", new="if False:", tests=MACHINE,
    ),
    Mutation(
        rule="17", what="the lease of another machine never ends",
        file="state/claims.py",
        old="return now > claim.lease_until + timedelta(seconds=lease / 4)", new="return False",
        tests="tests/run/test_run_lease.py",
    ),
    Mutation(
        rule="18", what="a restored belief is a fact",
        file="state/edits.py",
        old="status=Status.CONTESTED if beliefs[0].status is Status.CONTESTED else Status.MAYBE,",
        new="status=beliefs[0].status,", tests="tests/state/test_state_mend.py",
    ),
    Mutation(
        rule="1", what="a live lease of another run is no hindrance",
        file="app/execute.py",
        old="if found is None or claim is None or is_over(claim, now(), environment.lease):",
        new="if True:", tests="tests/faults/test_faults_zombies.py -k second_run_is_refused",
    ),
    Mutation(
        rule="4", what="a replacement's intent has the new key",
        file="run/job.py", old="key=former.key if former else new_key,",
        new="key=new_key or (former.key if former else None),", tests=RULES,
    ),
    Mutation(
        rule="4", what="renewals leave the quiet periods behind",
        file="run/writes.py", old="quiet_until=until + self.settings.window)",
        new="quiet_until=self.started + self.settings.term + self.settings.window)", tests=RULES,
    ),
    Mutation(
        rule="4", what="a write whose answer was lost is lost",
        file="apply/lease.py",
        old="return (present, found[1]) if written and present.serial >= self.last.serial else None",
        new="return None", tests=RULES,
    ),
    Mutation(
        rule="5", what="a quiet period of a wrong clock is not clamped",
        file="run/machine.py", old="return min(former.quiet_until, self.started + latest)",
        new="return former.quiet_until", tests=MACHINE,
    ),
    Mutation(
        rule="5", what="a dead run is waited for like any other",
        file="run/machine.py", old="if self.dead and self.state.run is not None:", new="if False:", tests=RULES,
    ),
    Mutation(
        rule="6", what="the lease is not checked before a request",
        file="apply/driver.py",
        old="        if not self.lease.holds():\n            self.run.halt(_LEASE_LOST)\n            return",
        new="        if False:\n            return", tests=RULES,
    ),
    Mutation(
        rule="6", what="what was sent too late is not marked",
        file="apply/driver.py", old="if driver.late and report.unrecorded:", new="if False:", tests=RULES,
    ),
    Mutation(
        rule="6", what="a renewal that fails stops nothing",
        file="apply/driver.py", old='            self.run.halt(f"{_LEASE_LOST}: {error.message}")\n', new="",
        tests=RULES,
    ),
    Mutation(
        rule="7", what="what exists meanwhile is not patched",
        file="run/protocol.py",
        old="    outcome = yield from talk.ask(api.patch(want, PATCHABLE))\n    return _live(want) if",
        new="    outcome = Outcome(kind=Kind.UNSURE)\n    return _live(want) if", tests=RULES,
    ),
    Mutation(
        rule="8", what="an unsure add is not asked about",
        file="run/protocol.py",
        old="if outcome.kind is not Kind.UNSURE or not recheck:", new="if True:", tests=RULES,
    ),
    Mutation(
        rule="9", what="an absent listing is no tombstone",
        file="run/protocol.py",
        old="if outcome.kind in {Kind.OK, Kind.ABSENT}:", new="if outcome.kind is Kind.OK:",
        tests=RULES,
    ),
    Mutation(
        rule="11", what="no quiet period after a DELETE",
        file="run/job.py", old="lingering = Kind.UNSURE in self.kinds or Call.DELETE in self.calls",
        new="lingering = Kind.UNSURE in self.kinds", tests=RULES,
    ),
    Mutation(
        rule="11", what="no quiet period after an unsure attempt",
        file="run/job.py", old="lingering = Kind.UNSURE in self.kinds or Call.DELETE in self.calls",
        new="lingering = Call.DELETE in self.calls", tests=RULES,
    ),
    Mutation(
        rule="11", what="the lease is not released",
        file="run/writes.py", old="            run=None,\n", new="            run=last.run,\n", tests=RULES,
    ),
    Mutation(
        rule="12", what="the former belief comes back without its quiet period",
        file="run/job.py", old="            return self.former\n        clean",
        new="            return self.former and replace(self.former, quiet_until=None)\n        clean",
        tests=RULES,
    ),
    Mutation(
        rule="12", what="a refusal after a clean step erases what it did",
        file="run/protocol.py", old="_WITHOUT_EFFECT = frozenset({Kind.NOT_SENT, Kind.REJECTED, Kind.STOP})",
        new="_WITHOUT_EFFECT = frozenset({Kind.NOT_SENT, Kind.REJECTED, Kind.STOP, Kind.OK})", tests=RULES,
    ),
    Mutation(
        rule="13", what="a signal stops nothing",
        file="apply/driver.py", old="            self.run.halt(INTERRUPTED)\n", new="", tests=SIGNALS,
    ),
    Mutation(
        rule="13", what="a second signal is ignored",
        file="apply/driver.py", old="if asked > 1 or (", new="if (", tests=f"{SIGNALS} -k second",
    ),
    Mutation(
        rule="13", what="the grace never ends",
        file="apply/driver.py", old="GRACE = 5.0", new="GRACE = 1000.0", tests=f"{SIGNALS} -k grace",
    ),
    Mutation(
        rule="13", what="a third signal is ignored",
        file="app/execute.py", old="if asked >= _IMPATIENT:", new="if False:", tests=f"{SIGNALS} -k third",
    ),
    Mutation(
        rule="14", what="--reassert sends only what changed",
        file="run/machine.py", old="full=self.settings.reasserting,", new="full=False,", tests=RULES,
    ),
    Mutation(
        rule="16", what="429 pauses nothing",
        file="run/machine.py", old="if self.halted or self._paused_until:", new="if self.halted:", tests=MACHINE,
    ),
    Mutation(
        rule="16", what="a pause of any length is waited for",
        file="run/breaker.py", old="return outcome.retry_after if outcome.retry_after <= LONGEST_PAUSE else None",
        new="return outcome.retry_after", tests=MACHINE,
    ),
    Mutation(
        rule="16", what="a Marketplace that always asks to wait is waited for",
        file="run/breaker.py", old="if self.throttled > THROTTLES:", new="if False:", tests=MACHINE,
    ),
    Mutation(
        rule="16", what="four attempts",
        file="run/protocol.py", old="PAUSES = (0.5, 1.0)", new="PAUSES = (0.5, 1.0, 1.5)", tests=MACHINE,
    ),
    Mutation(
        rule="17", what="no margin for clocks that differ",
        file="state/claims.py", old="claim.lease_until + timedelta(seconds=lease / 4)", new="claim.lease_until",
        tests="tests/faults/test_faults_clocks.py",
    ),
    Mutation(
        rule="17", what="a claim of a clock far ahead is waited for",
        file="app/execute.py", old="if time.monotonic() - seen[1] > environment.lease * 1.25:", new="if False:",
        tests="tests/faults/test_faults_zombies.py -k far_ahead",
    ),
    Mutation(
        rule="18", what="keys that differ are no doubt",
        file="state/edits.py", old="key=keys.pop() if len(keys) == 1 else None,", new="key=beliefs[0].key,",
        tests="tests/state/test_state_mend.py",
    ),
    Mutation(
        rule="18", what="a restored belief is not quiet",
        file="state/edits.py",
        old="quiet_until=_latest([*(belief.quiet_until for belief in beliefs), unread_until]),",
        new="quiet_until=unread_until,", tests="tests/state/test_state_mend.py",
    ),
    Mutation(
        rule="19", what="a run that was taken over does not say so",
        file="apply/driver.py", old="report, taken_over=True, unrecorded=", new="report, unrecorded=", tests=RULES,
    ),
    Mutation(
        rule="19", what="what is not recorded counts as done",
        file="run/report.py", old=" and not self.contested and not self.unrecorded",
        new=" and not self.contested", tests=RULES,
    ),
    Mutation(
        rule="outcomes", what="any 404 confirms",
        file="api.py", old='return Kind.ABSENT if said.code == "notFound" else Kind.UNSURE',
        new="return Kind.ABSENT",
        tests="tests/api",
    ),
    Mutation(
        rule="outcomes", what="a garbled 2xx confirms",
        file="api.py", old="return Kind.OK if said.understood else Kind.UNSURE", new="return Kind.OK",
        tests="tests/api",
    ),
    Mutation(
        rule="reviews", what="an approval outlives what it was for",
        file="app/ci/apply.py",
        old="base = replace(state, approved={}) if state else None",
        new="base = state",
        tests=f"{REVIEWS} -k ends_with",
    ),
    Mutation(
        rule="reviews", what="an older approval counts beside a newer one",
        file="github/review.py",
        old="        if id_ in source:\n            return number, source[id_] if "
        "covers(source, change) else None",
        new="        if covers(source, change):\n            return number, source[id_]",
        tests=f"{REVIEWS} -k newer_approval",
    ),
    Mutation(
        rule="reviews", what="a comment speaks of its plan's changes alone",
        file="app/ci/plan.py",
        old="return seals(made, own)",
        new="return seals(made, None)",
        tests=f"{REVIEWS} -k took_back",
    ),
    Mutation(
        rule="reviews", what="a comment of an older push approves",
        file="github/review.py",
        old="self.comment.marker.commit != self.head",
        new="False",
        tests=f"{REVIEWS} -k older_push",
    ),
    Mutation(
        rule="reviews", what="what others have pending is spoken for",
        file="github/review.py",
        old="if touched is None or c.offering_id in touched}",
        new="}",
        tests=f"{REVIEWS} -k displaced",
    ),
    Mutation(
        rule="reviews", what="a group does not speak for what was approved before",
        file="github/review.py",
        old="if (newer := next((n for n in range(place) if key in sources[n]), None)) is not None:",
        new="newer = next((n for n in range(place) if key in sources[n]), None)\n        if "
        "digest is None and newer is not None:",
        tests="tests/github/test_github_texts.py",
    ),
    Mutation(
        rule="reviews", what="the digest of what is held lifts the rails",
        file="app/ci/apply.py",
        old="refused(without_guards(plan) if whole else plan)",
        new="refused(without_guards(plan) if self.accept else plan)",
        tests=f"{REVIEWS} -k lifts_no_rail",
    ),
    Mutation(
        rule="reviews", what="a run that did nothing notes no commit",
        file="app/ci/apply.py",
        old="        if machine.plan.empty or decision.reasons:\n            if certain:",
        new="        if machine.plan.empty or decision.reasons:\n            if False:",
        tests=f"{REVIEWS} -k superseded",
    ),
    Mutation(
        rule="reviews", what="without a state no commit is noted",
        file="app/ci/apply.py",
        old="        machine.close()\n        final =",
        new="        if not found:\n            return\n        machine.close()\n        final =",
        tests=f"{REVIEWS} -k before_there_is_a_state",
    ),
    Mutation(
        rule="reviews", what="what has no credentials notes no approvals",
        file="app/ci/apply.py",
        old="        except OfferctlError:\n            if certain:",
        new="        except OfferctlError:\n            if False:",
        tests=f"{REVIEWS} -k come_late",
    ),
    Mutation(
        rule="reviews", what="a rewritten main is like any other",
        file="app/ci/commits.py",
        old="if _missing(git, applied, commit):",
        new="if False:",
        tests=f"{REVIEWS} -k rewritten",
    ),
    Mutation(
        rule="reviews", what="an older state is like any other",
        file="app/ci/apply.py",
        old="doubt = stands.doubt or lost(reviews, plan.serial)",
        new="doubt = stands.doubt",
        tests=f"{REVIEWS} -k not_the_reviewed_one",
    ),
    Mutation(
        rule="reviews", what="a merge that is not joined yet is no review",
        file="app/ci/reviews.py",
        old="if not all(pulls.values()):",
        new="if False:",
        tests=f"{REVIEWS} -k joined",
    ),
    Mutation(
        rule="reviews", what="the first run looks at the whole history",
        file="app/ci/commits.py",
        old="if applied is None or commit == applied:",
        new="if commit == applied:",
        tests=f"{REVIEWS} -k first_run",
    ),
    Mutation(
        rule="reviews", what="what reassert leaves in doubt needs a review",
        file="app/ci/reassert.py",
        old=", approved={c.offering_id: c.digest for c in plan.changes})",
        new=")",
        tests=f"{REVIEWS} -k leaves_in_doubt",
    ),
    Mutation(
        rule="reviews", what="reassert finishes what was taken back since",
        file="app/ci/reassert.py",
        old="here = found is not None and whole.origin.commit == found[0].applied_commit",
        new="here = True",
        tests=f"{REVIEWS} -k took_back",
    ),
    Mutation(
        rule="reviews", what="repetitions need a review",
        file="github/review.py",
        old="return change.action is Action.REASSERT or (",
        new="return False or (",
        tests=f"{REVIEWS} -k ephemeral",
    ),
    Mutation(
        rule="reviews", what="protection goes without a review",
        file="github/review.py",
        old="if not _may_lose_protection(id_, seal, sources))",
        new="if False)",
        tests=f"{REVIEWS} -k protection_is_not",
    ),
    Mutation(
        rule="reviews", what="an older review takes protection away",
        file="github/review.py",
        old="        if offering_id in source or key in source:\n            return False\n",
        new="",
        tests=f"{REVIEWS} -k review_kept",
    ),
    Mutation(
        rule="reviews", what="a refused change forgets a reviewed loss of protection",
        file="run/writes.py",
        old="if id_ not in self.jobs or self.jobs[id_].untouched",
        new="if id_ not in self.jobs",
        tests=f"{REVIEWS} -k though_its_change",
    ),
    Mutation(
        rule="reviews", what="reassert changes protection",
        file="app/ci/reassert.py",
        old="guarded(desired, whole.protections.items())",
        new="desired",
        tests=f"{REVIEWS} -k leaves_protection",
    ),
    Mutation(
        rule="reviews", what="what a run died with is older than its reviews",
        file="app/ci/apply.py",
        old="return (*newer, _attempted(state), *older, state.approved)",
        new="return (*newer, *older, state.approved)",
        tests=f"{REVIEWS} -k killed_needs",
    ),
    Mutation(
        rule="reviews", what="others' changes are part of a group",
        file="github/review.py",
        old="single = _sealed_in_groups([c for c in changes if c.offering_id in own], touched or {})",
        new="single = _sealed_in_groups(changes, touched or {})",
        tests=f"{REVIEWS} -k meanwhile_breaks",
    ),
)  # fmt: skip
