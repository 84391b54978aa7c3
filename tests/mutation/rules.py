"""Rule → how it is taken out → the tests that must turn red."""

from __future__ import annotations

from dataclasses import dataclass

MACHINE = "tests/run/test_run_machine.py"
MODEL = "tests/model/test_model_exploration.py"
APPLY = "tests/cli/test_cli_apply.py"
RULES = "tests/faults/test_faults_rules.py"
PRINTING = "tests/cli/test_cli_printing.py"
SIGNALS = "tests/faults/test_faults_signals.py"
REVIEWS = "tests/github/test_github_approvals.py"
RECORD = "tests/github/test_github_record.py"
FORGED = "tests/github/test_github_forged.py"
ZOMBIES = "tests/faults/test_faults_zombies.py"
SHAPES = "tests/state/test_state_layout.py"
UNREAD = "tests/plan/test_plan_incremental.py"
PROBES = "tests/probe/test_probe_cuts.py"
CHAIN = "tests/backends/test_backends_contract.py"
HOME = "tests/github/test_github_home.py"
EDITS = "tests/state/test_state_edits.py"
MOVING = "tests/state/test_state_moving.py"
MOVE = "tests/cli/test_cli_move.py"
PIN = "tests/config/test_config_pin.py"
SERVERS = "tests/backends/test_backends_bucket_servers.py"
CHANGED = "tests/cli/test_cli_fleet_changed.py"
TURNS = "tests/backends/test_backends_fleet.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One rule taken out: `old` becomes `new` in the one place where it stands (`mutation.anchor`).

    `rule` is its name in `.github/PROTOCOL.md`, or `outcomes`, `reviews`, `policy`, `turns` (of writes to one
    branch), `unread` (files that a plan leaves so), `checkout` (what git says of the files at hand) or `buckets`
    (their servers). `within` is the function or class that holds it; `tests` are a file or folder, with `-k` and a
    word of names.
    """

    rule: str
    what: str
    old: str
    new: str
    tests: str
    within: str | None = None


MUTATIONS = (
    Mutation(
        rule="whole and ours", what="the checksum is not looked at", within="unlike",
        old="digest.hexdigest() != found[1].decode()", new="False", tests="tests/state/test_state_document.py",
    ),
    Mutation(
        rule="whole and ours", what="a state of another environment is taken", within="foreign",
        old="theirs != ours", new="False", tests=f"{APPLY} -k foreign",
    ),
    Mutation(
        rule="whole and ours", what="a state of another lineage is taken", within="_departs",
        old="there.lineage != witness.lineage", new="False", tests=f"{CHAIN} -k follow",
    ),
    Mutation(
        rule="whole and ours", what="a state out of the chain is taken", within="_departs",
        old="there.previous not in {witness.checksum, None}", new="False", tests=f"{CHAIN} -k follow",
    ),
    Mutation(
        rule="whole and ours", what="listings that were written elsewhere are taken for these", within="check",
        old="state.api == ours", new="True", tests="tests/cli/test_cli_home.py -k written_elsewhere",
    ),
    Mutation(
        rule="plan by belief", what="a doubt is no reason to settle", within="_wanted",
        old="Status.MAYBE", new="Status.CONTESTED", tests="tests/plan",
    ),
    Mutation(
        rule="plan by belief", what="another key is no replacement", within="_change",
        old="belief.key != want.offering.training_standard_key", new="False", tests="tests/plan",
    ),
    Mutation(
        rule="nothing to do", what="nothing to do is written all the same", within="_apply",
        old="plan.empty", new="False", tests=f"{APPLY} -k second_run",
    ),
    Mutation(
        rule="intent first", what="no write before the first request", within="run",
        old="await lease.write(machine.writes.claim)", new="None", tests=f"{APPLY} -k second_run",
    ),
    Mutation(
        rule="intent first", what="the intent leaves no doubt", within="held",
        old="status = Status.MAYBE", new="status = Status.LIVE", tests=MACHINE,
    ),
    Mutation(
        rule="quiet", what="the found quiet period is not waited for", within="Run.found_quiet",
        old="min(former.quiet_until, self.spec.started + latest)", new="None", tests=MACHINE,
    ),
    Mutation(
        rule="order", what="deletes do not wait for puts", within="Run._may_delete",
        old="not self._open[True] and not self._unhappy", new="True", tests=MACHINE,
    ),
    Mutation(
        rule="order", what="deletes run though a put failed", within="Run._may_delete",
        old="not self._open[True] and not self._unhappy", new="not self._open[True]", tests=MACHINE,
    ),
    Mutation(
        rule="put", what="an absent listing is not posted", within="_patch_or_post",
        old="outcome.kind is not Kind.ABSENT", new="outcome.kind is not Kind.OK", tests=MACHINE,
    ),
    Mutation(
        rule="add", what="an unsure add is posted again", within="_Talk.ask",
        old="{Kind.NOT_SENT} if request.action is Action.ADD else {Kind.NOT_SENT, Kind.UNSURE}",
        new="{Kind.NOT_SENT, Kind.UNSURE}", tests=MACHINE,
    ),
    Mutation(
        rule="add", what="exists means ours", within="_exists",
        old="talk.clean", new="False", tests=f"{MODEL} -k somebody",
    ),
    Mutation(
        rule="delete", what="a tombstone forgets its key", within="remove",
        old="Belief(status=Status.GONE, key=former.key)", new="Belief(status=Status.GONE, key=None)", tests=RULES,
    ),
    Mutation(
        rule="replace", what="no wait inside a replacement", within="replace",
        old="(yield Wait()) is not None", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="replace", what="no write inside a replacement", within="replace",
        old="(yield Save(Belief(status=Status.MAYBE, key=talk.key))) is not None", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="end", what="no quiet period after a doubt or a DELETE", within="Job.final",
        old="quiet_until = now + window if lingering else None", new="quiet_until = None", tests=MACHINE,
    ),
    Mutation(
        rule="former belief", what="what had no effect leaves a doubt", within="_Talk.unfinished",
        old="all(kind in _WITHOUT_EFFECT for kind in self.kinds)", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="former belief", what="a refusal erases a doubt", within="_Talk.unfinished",
        old="all(kind in _WITHOUT_EFFECT for kind in self.kinds)", new="self.kinds[-1] in _WITHOUT_EFFECT",
        tests=MACHINE,
    ),
    Mutation(
        rule="signals", what="a halt sends on", within="Run.due",
        old="self.halted or self._paused_until", new="self._paused_until", tests=MACHINE,
    ),
    Mutation(
        rule="reassert", what="--reassert spares tombstones", within="_unwanted",
        old="belief.status is Status.GONE and not reassert", new="belief.status is Status.GONE",
        tests="tests/plan",
    ),
    Mutation(
        rule="brakes", what="ten silent requests do not stop", within="CircuitBreaker._reason",
        old="self.silent >= SILENT_IN_A_ROW", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="a second 403 does not stop", within="CircuitBreaker._reason",
        old="self.forbidden >= FORBIDDEN_AT_MOST", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="absent listings do not stop", within="CircuitBreaker._reason",
        old="self.absent >= ABSENT_IN_A_ROW and not self.reasserting", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="401 does not stop", within="CircuitBreaker._reason",
        old="outcome.kind is Kind.STOP", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="foreign lease", what="the lease of another machine never ends", within="liveness",
        old="now > surely_over(claim, lease)", new="False", tests="tests/state/test_state_claims.py",
    ),
    Mutation(
        rule="beliefs, never facts", what="a restored belief is a fact", within="together",
        old="status = Status.CONTESTED if beliefs[0].status is Status.CONTESTED else Status.MAYBE",
        new="status = beliefs[0].status", tests=EDITS,
    ),
    Mutation(
        rule="whole and ours", what="a live lease of another run is no hindrance", within="Liveness.may_live",
        old="self in {Liveness.LIVES, Liveness.UNKNOWN}", new="False",
        tests=f"{ZOMBIES} -k second_run_is_refused",
    ),
    Mutation(
        rule="intent first", what="a replacement's intent has the new key", within="held",
        old="key = former.key if former else new_key", new="key = new_key or (former.key if former else None)",
        tests=RULES,
    ),
    Mutation(
        rule="intent first", what="renewals leave the quiet periods behind", within="Writes.claim",
        old="quiet_until = until + settings.window",
        new="quiet_until = self.spec.started + settings.term + settings.window", tests=RULES,
    ),
    Mutation(
        rule="intent first", what="a write whose answer was lost is lost", within="Lease._own_present",
        old="(present, found[1]) if written and present.serial >= self.last.serial else None", new="None",
        tests=RULES,
    ),
    Mutation(
        rule="quiet", what="a quiet period of a wrong clock is not clamped", within="Run.found_quiet",
        old="min(former.quiet_until, self.spec.started + latest)", new="former.quiet_until", tests=MACHINE,
    ),
    Mutation(
        rule="quiet", what="a dead run is waited for like any other", within="Run.found_quiet",
        old="self.spec.former_dead and self.spec.read.run is not None", new="False", tests=RULES,
    ),
    Mutation(
        rule="order", what="the lease is not checked before a request", within="_Driver._call",
        old="if not self.lease.holds():\n    self.run.halt(_LEASE_LOST)\n    return api.withheld(_LEASE_LOST)",
        new="pass", tests=RULES,
    ),
    Mutation(
        rule="order", what="what was sent too late is not marked", within="run",
        old="driver.late and report.unrecorded", new="False", tests=RULES,
    ),
    Mutation(
        rule="order", what="a renewal that fails stops nothing", within="_Driver._write_claim",
        old='self.run.halt(f"{_LEASE_LOST}: {error.message}")', new="None", tests=RULES,
    ),
    Mutation(
        rule="put", what="what exists meanwhile is not patched", within="_exists",
        old="(yield from talk.ask(api.patch(want, PATCHABLE)))", new="Outcome(kind=Kind.UNSURE)", tests=RULES,
    ),
    Mutation(
        rule="add", what="an unsure add is not asked about", within="_post",
        old="outcome.kind is not Kind.UNSURE or not recheck", new="True", tests=RULES,
    ),
    Mutation(
        rule="delete", what="an absent listing is no tombstone", within="remove",
        old="outcome.kind in {Kind.OK, Kind.ABSENT}", new="outcome.kind is Kind.OK", tests=RULES,
    ),
    Mutation(
        rule="end", what="no quiet period after a DELETE", within="Job.final",
        old="Kind.UNSURE in self.kinds or Call.DELETE in self.calls", new="Kind.UNSURE in self.kinds",
        tests=RULES,
    ),
    Mutation(
        rule="end", what="no quiet period after an unsure attempt", within="Job.final",
        old="Kind.UNSURE in self.kinds or Call.DELETE in self.calls", new="Call.DELETE in self.calls",
        tests=RULES,
    ),
    Mutation(
        rule="end", what="the lease is not released", within="Writes.final",
        old="run = None", new="run = last.run", tests=RULES,
    ),
    Mutation(
        rule="former belief", what="the former belief comes back without its quiet period", within="Job.final",
        old="return self.former", new="return self.former and replace(self.former, quiet_until=None)",
        tests=RULES,
    ),
    Mutation(
        rule="former belief", what="a refusal after a clean step erases what it did",
        old="_WITHOUT_EFFECT = frozenset({Kind.NOT_SENT, Kind.REJECTED, Kind.STOP})",
        new="_WITHOUT_EFFECT = frozenset({Kind.NOT_SENT, Kind.REJECTED, Kind.STOP, Kind.OK})", tests=RULES,
    ),
    Mutation(
        rule="signals", what="a signal stops nothing", within="_Driver._obey",
        old="self.run.halt(INTERRUPTED)", new="None", tests=SIGNALS,
    ),
    Mutation(
        rule="signals", what="a second signal is ignored", within="_Driver._obey",
        old="asked > 1", new="False", tests=f"{SIGNALS} -k second",
    ),
    Mutation(
        rule="signals", what="the grace never ends",
        old="GRACE = 5.0", new="GRACE = 1000.0", tests=f"{SIGNALS} -k grace",
    ),
    Mutation(
        rule="signals", what="a third signal is ignored", within="_interrupt",
        old="asked >= IMPATIENT", new="False", tests=f"{SIGNALS} -k third",
    ),
    Mutation(
        rule="reassert", what="--reassert sends only what changed", within="Run._job",
        old="full = self.spec.plan.reasserting", new="full = False", tests=RULES,
    ),
    Mutation(
        rule="brakes", what="429 pauses nothing", within="Run.due",
        old="self.halted or self._paused_until", new="self.halted", tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="a pause of any length is waited for", within="CircuitBreaker._seconds",
        old="outcome.retry_after if outcome.retry_after <= LONGEST_PAUSE else None", new="outcome.retry_after",
        tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="a Marketplace that always asks to wait is waited for", within="CircuitBreaker.pause",
        old="self.throttled > THROTTLES", new="False", tests=MACHINE,
    ),
    Mutation(
        rule="brakes", what="four attempts",
        old="PAUSES = (0.5, 1.0)", new="PAUSES = (0.5, 1.0, 1.5)", tests=MACHINE,
    ),
    Mutation(
        rule="foreign lease", what="no margin for clocks that differ", within="margin",
        old="lease / 4", new="0.0",
        tests="tests/faults/test_faults_clocks.py",
    ),
    Mutation(
        rule="foreign lease", what="a claim of a clock far ahead is waited for", within="liveness",
        old="watched > lease + margin(lease)", new="False", tests=f"{ZOMBIES} -k far_ahead",
    ),
    Mutation(
        rule="beliefs, never facts", what="keys that differ are no doubt", within="together",
        old="key = keys.pop() if len(keys) == 1 else None", new="key = beliefs[0].key", tests=EDITS,
    ),
    Mutation(
        rule="beliefs, never facts", what="a restored belief is not quiet", within="together",
        old="quiet_until = _latest([*(belief.quiet_until for belief in beliefs), unread_until])",
        new="quiet_until = unread_until", tests=EDITS,
    ),
    Mutation(
        rule="unrecorded", what="a run that was taken over does not say so", within="_finish",
        old="taken_over = True", new="taken_over = False", tests=RULES,
    ),
    Mutation(
        rule="unrecorded", what="what is not recorded counts as done", within="Report.complete",
        old="not self.unrecorded", new="True", tests=RULES,
    ),
    Mutation(
        rule="printing", what="an event that cannot be told ends the run", within="_Driver._emit",
        old="self.bug = self.bug or error", new="raise", tests=PRINTING,
    ),
    Mutation(
        rule="printing", what="a full disk below standard output ends the command", within="_kept_apart",
        old="_lose(stream, error)", new="raise", tests=PRINTING,
    ),
    Mutation(
        rule="printing", what="a run waits for whoever reads", within="Telling.__call__",
        old="self._waiting.put(tell)", new="tell()", tests=PRINTING,
    ),
    Mutation(
        rule="outcomes", what="any 404 confirms", within="_says_absent",
        old="status == HTTPStatus.NOT_FOUND and fold(said.code) == _NOT_FOUND",
        new="status == HTTPStatus.NOT_FOUND", tests="tests/api",
    ),
    Mutation(
        rule="outcomes", what="a garbled 2xx confirms", within="_kind",
        old="said.understood and not said.is_error", new="True", tests="tests/api",
    ),
    Mutation(
        rule="outcomes", what="an error in a 2xx counts as done", within="_kind",
        old="said.understood and not said.is_error", new="said.understood", tests="tests/api",
    ),
    Mutation(
        rule="outcomes", what="a 503 with Retry-After repeats a POST", within="_kind",
        old="status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None and action is not Action.ADD",
        new="status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None", tests="tests/api",
    ),
    Mutation(
        rule="former belief", what="a request put off by a 503 leaves no doubt", within="Job.note_throttled",
        old="self.throttled_in_doubt = True", new="self.throttled_in_doubt = False", tests=MACHINE,
    ),
    Mutation(
        rule="intent first", what="a probe's listing is not in its intent", within="Intention.claim",
        old="{**self._calmed(last, now), offering.offering_id: held}", new="self._calmed(last, now)",
        tests=f"{PROBES} -k killed_probe",
    ),
    Mutation(
        rule="end", what="a probe forgets what it may have listed", within="Intention.final",
        old="trace is not Trace.NONE", new="False", tests=f"{PROBES} -k interrupted",
    ),
    Mutation(
        rule="delete", what="what a probe left is not cleared away", within="_clear_away",
        old="leftovers(found[0]) if found else ()", new="()", tests=f"{PROBES} -k killed_probe",
    ),
    Mutation(
        rule="order", what="what a probe sent too late is not marked", within="Conversation.hold",
        old="self._sent_late and self.interview.trace() is not Trace.NONE", new="False",
        tests="tests/faults/test_faults_late.py -k probe",
    ),
    Mutation(
        rule="reviews", what="an approval outlives what it was for", within="Delivery._deliver",
        old="replace(state, approved={}) if state else None", new="state", tests=f"{REVIEWS} -k ends_with",
    ),
    Mutation(
        rule="reviews", what="an older approval counts beside a newer one", within="_of",
        old="if id_ in source.listings:\n"
        "    return source.listings[id_] if covers(source.listings, change) else None",
        new="if covers(source.listings, change):\n    return source.listings[id_]",
        tests=f"{REVIEWS} -k newer_approval",
    ),
    Mutation(
        rule="reviews", what="a record speaks of its plan's changes alone", within="Planning._planned",
        old="approvals_of(made, page, own)", new="approvals_of(made, page, None)",
        tests=f"{REVIEWS} -k took_back",
    ),
    Mutation(
        rule="reviews", what="a record of another push approves", within="read",
        old="record if is_it else None", new="record", tests=FORGED,
    ),
    Mutation(
        rule="reviews", what="a comment that was edited approves", within="Review.approvals",
        old="self.record and self.shown", new="self.record", tests=FORGED,
    ),
    Mutation(
        rule="reviews", what="any app's check run is a record", within="_is_made_by_a_workflow",
        old='(run.get("app") or {}).get("slug")', new="APP", tests=FORGED,
    ),
    Mutation(
        rule="reviews", what="the oldest check run is the record", within="GitHub.check_run",
        old="found[max(found)]", new="found[min(found)]", tests=FORGED,
    ),
    Mutation(
        rule="policy", what="what the policy refuses is only a warning", within="refusals_of",
        old="breach.rule in policy.refuse and breach.rule not in options.allow_policy", new="False",
        tests="tests/plan/test_plan_policy.py -k unless",
    ),
    Mutation(
        rule="policy", what="exactly the bound is beyond it", within="_price_change",
        old="abs(after.price - before.price) * 100 <= most * before.price",
        new="abs(after.price - before.price) * 100 < most * before.price",
        tests="tests/plan/test_plan_policy.py -k so_much",
    ),
    Mutation(
        rule="policy", what="the end of a host is enough", within="_host",
        old="host in policy.allowed_hosts", new="any((host or '').endswith(one) for one in policy.allowed_hosts)",
        tests="tests/plan/test_plan_policy.py -k whole",
    ),
    Mutation(
        rule="policy", what="an accepted digest does not lift it", within="without_guards",
        old="refusal.code not in lifted", new="refusal.code not in lifted - {'policy'}",
        tests="tests/github/test_github_policy.py",
    ),
    Mutation(
        rule="reviews", what="what others have pending is spoken for", within="approvals_of",
        old="changes.keys() if touched is None else touched.keys()", new="changes.keys()",
        tests=f"{REVIEWS} -k displaced",
    ),
    Mutation(
        rule="reviews", what="what was not shown is approved", within="approvals_of",
        old="{id_: changes[id_].digest for id_ in page.shown if id_ in own}",
        new="{id_: changes[id_].digest for id_ in changes if id_ in own}", tests=RECORD,
    ),
    Mutation(
        rule="reviews", what="what was not shown leaves older approvals", within="Approvals.withholds",
        old="self.more_unshown or offering_id in self.unshown", new="False", tests=RECORD,
    ),
    Mutation(
        rule="reviews", what="a configuration that nobody was shown is taken", within="Delivery._deliver",
        old="unreviewed(self.configuration, state, reviews)", new="None", tests=f"{HOME} -k nobody_was_shown",
    ),
    Mutation(
        rule="reviews", what="a review approves what it did not show of a configuration", within="unreviewed",
        old="any(review.settings_from == taken for review in seen)", new="any(seen)",
        tests="tests/github/test_github_taken_up.py -k way_back",
    ),
    Mutation(
        rule="reviews", what="an empty plan takes a configuration up", within="Delivery._deliver",
        old="(doubt is None and moved is None)", new="doubt is None",
        tests="tests/github/test_github_taken_up.py -k alone",
    ),
    Mutation(
        rule="reviews", what="an address that is not pinned is written to", within="check_allowed",
        old="url not in allowed", new="False", tests="tests/config/test_config_pin.py",
    ),
    Mutation(
        rule="reviews", what="the digest of what is held lifts the rails", within="Delivery._decide",
        old="plan_text.reasons(without_guards(plan) if whole else plan)",
        new="plan_text.reasons(without_guards(plan) if self.accept else plan)",
        tests=f"{REVIEWS} -k lifts_no_rail",
    ),
    Mutation(
        rule="reviews", what="a run that did nothing notes no commit", within="Delivery._act",
        old="if spec.plan.empty or decision.reasons:\n    if certain:\n        self._note(spec, found)\n"
        "    return None if decision.reasons or decision.held else Run(spec).report()",
        new="if spec.plan.empty or decision.reasons:\n"
        "    return None if decision.reasons or decision.held else Run(spec).report()",
        tests=f"{REVIEWS} -k superseded",
    ),
    Mutation(
        rule="reviews", what="what has no credentials notes no approvals", within="Delivery._act",
        old="try:\n    credentials = self.workspace.credentials()\nexcept OfferctlError:\n"
        "    if certain:\n        self._note(spec, found)\n    raise",
        new="credentials = self.workspace.credentials()",
        tests=f"{REVIEWS} -k come_late",
    ),
    Mutation(
        rule="reviews", what="a rewritten main is like any other", within="_standing",
        old="_missing(git, applied, commit)", new="False", tests=f"{REVIEWS} -k rewritten",
    ),
    Mutation(
        rule="reviews", what="an older state is like any other", within="Delivery._deliver",
        old="stands.doubt or lost(reviews, plan.serial)", new="stands.doubt",
        tests=f"{REVIEWS} -k not_the_reviewed_one",
    ),
    Mutation(
        rule="reviews", what="a merge that is not joined yet is no review", within="find",
        old="not all(pulls.values())", new="False", tests=f"{REVIEWS} -k joined",
    ),
    Mutation(
        rule="reviews", what="the first run looks at the whole history", within="_standing",
        old="applied is None or commit == applied", new="commit == applied", tests=f"{REVIEWS} -k first_run",
    ),
    Mutation(
        rule="reviews", what="what reassert leaves in doubt needs a review", within="_without_commit",
        old="approved = {c.offering_id: c.digest for c in spec.plan.changes}", new="approved = spec.approved",
        tests=f"{REVIEWS} -k leaves_in_doubt",
    ),
    Mutation(
        rule="reviews", what="reassert finishes what was taken back since", within="Reassertion._reassert",
        old="state is not None and whole.origin.commit == state.applied_commit", new="True",
        tests=f"{REVIEWS} -k took_back",
    ),
    Mutation(
        rule="reviews", what="repetitions need a review", within="needs_no_review",
        old="change.action is Action.REASSERT", new="False", tests=f"{REVIEWS} -k ephemeral",
    ),
    Mutation(
        rule="reviews", what="what somebody pushed is settled without a review", within="needs_no_review",
        old="change.vouched", new="True", tests=RECORD,
    ),
    Mutation(
        rule="reviews", what="protection goes without a review", within="examine",
        old="not _may_lose_protection(id_, sources)", new="False", tests=f"{REVIEWS} -k protection_is_not",
    ),
    Mutation(
        rule="reviews", what="an older review takes protection away", within="Approvals.unprotects",
        old="False if offering_id in self.listings or self.withholds(offering_id) else None", new="None",
        tests=f"{REVIEWS} -k review_kept",
    ),
    Mutation(
        rule="reviews", what="a refused change forgets a reviewed loss of protection", within="Writes.final",
        old="id_ not in self.jobs or self.jobs[id_].untouched", new="id_ not in self.jobs",
        tests=f"{REVIEWS} -k though_its_change",
    ),
    Mutation(
        rule="reviews", what="reassert changes protection", within="Reassertion._reassert",
        old="guarded(files, whole.protections.items())", new="files",
        tests=f"{REVIEWS} -k leaves_protection",
    ),
    Mutation(
        rule="reviews", what="what a run died with is older than its reviews", within="_sources",
        old="(*newer, _attempted(state), *older, kept)", new="(*newer, *older, kept)",
        tests=f"{REVIEWS} -k killed_needs",
    ),
    Mutation(
        rule="unread", what="the proof does not hold the offering", within="Reading.of",
        old='b"%d %d %b%b" % (protect, len(data), data, attributes)',
        new='b"%d %d %b" % (protect, len(data), data)', tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="the proof does not hold the protection", within="Reading.of",
        old='b"%d %d %b%b" % (protect, len(data), data, attributes)',
        new='b"%d %b%b" % (len(data), data, attributes)', tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="the proof does not hold the file's bytes", within="Reading.of",
        old='b"%d %d %b%b" % (protect, len(data), data, attributes)',
        new='b"%d %d %b" % (protect, len(data), attributes)', tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="the proof does not hold the schema", within="Rules.identity",
        old="[self.built_in, self.own, named]", new="[self.built_in, named]", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="the proof does not hold what standards are called", within="Rules.identity",
        old="[self.built_in, self.own, named]", new="[self.built_in, self.own]", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="a file with a warning is left unread", within="_Reader._read",
        old="not examined.problems", new="True", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="files of listings in doubt are left unread", within="OtherEntry.remembered",
        old='entry.get("status") != Status.LIVE', new="False", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="another key is no reason to read a file", within="OtherEntry.remembered",
        old='body.get("trainingStandardKey") == entry.get("key")', new="True", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="an entry of another status has the ordinary shape", within="ordinary",
        old="""r'      "status": "live"'""", new="""r'      "status": "[a-z]+"'""", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="an entry of another key has the ordinary shape", within="ordinary",
        old="""r'      "key": (?P=key),'""", new="""r'      "key": [^,]+,'""", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="an entry with another's body has the ordinary shape", within="ordinary",
        old='"(?P=id)"', new="_ID", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="a state's text may be no text", within="_check_text",
        old="piece.decode()", new="pass", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="what a reader does not see stays as it is in a state", within="_check_text",
        old="escaped_json(piece) != piece", new="False", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="a state is placed in the chain by what it does not say", within="_verified",
        old="link_of(data) != tuple(document.get(name) for name in Link._fields)", new="False", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="a state may have an id twice", within="_opened",
        old='len(document["listings"]) < len(found)', new="False", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="what is between two entries does not matter", within="entries",
        old='data[place:start] != (b"\\n" if start == end else b",\\n")', new="False", tests=SHAPES,
    ),
    Mutation(
        rule="unread", what="a folder that changed while it was read is as it was", within="are_current",
        old="sign(folder, sorted(folder.names())) == was", new="True",
        tests="tests/catalog/test_catalog_moving.py",
    ),
    Mutation(
        rule="unread", what="what is as believed is not written again", within="make",
        old="frozenset() if reassert else as_believed", new="as_believed", tests=UNREAD,
    ),
    Mutation(
        rule="unread", what="another state's beliefs count", within="OfferingFiles.as_believed",
        old="state.listings is self.beliefs", new="True", tests="tests/cli/test_cli_unread.py",
    ),
    Mutation(
        rule="unread", what="a run does not remember how it read", within="Writes.final",
        old="following.with_beliefs(dict(self._remembered(following.listings)))", new="following",
        tests="tests/cli/test_cli_unread.py",
    ),
    Mutation(
        rule="move", what="the old home does not say where the state went", within="marked",
        old="moved_to = to", new="moved_to = None", tests=MOVING,
    ),
    Mutation(
        rule="move", what="what counts is written over", within="next_step",
        old="target.serial >= source.serial", new="False", tests=MOVING,
    ),
    Mutation(
        rule="move", what="another state is written over", within="next_step",
        old="target.lineage != source.lineage", new="False", tests=MOVING,
    ),
    Mutation(
        rule="reviews", what="nobody need agree to a file of an environment", within="_owned",
        old="include is not None", new="False", tests="tests/cli/test_cli_init.py -k files_of_environments",
    ),
    Mutation(
        rule="turns", what="a branch that moves is given up", within="Turn.saw",
        old="self._moved = self._looked", new="pass", tests=f"{TURNS} -k gives_up",
    ),
    Mutation(
        rule="turns", what="a branch that stands still is tried for ever", within="Turn.wait",
        old="self._looked - self._moved > PATIENCE", new="False", tests=f"{TURNS} -k stands_still",
    ),
    Mutation(
        rule="turns", what="who comes last tries before the others", within="Turn.has_come",
        old="self._ahead < 1", new="True", tests=f"{TURNS} -k comes_later",
    ),
    Mutation(
        rule="turns", what="nobody is told how long the queue is", within="GitBackend._message",
        old='f"\\nOvertaken: {overtaken}\\n" if overtaken else ""', new='""', tests=f"{TURNS} -k gives_up",
    ),
    Mutation(
        rule="turns", what="a queue of long ago counts", within="Turn.saw",
        old="abs(now - one.at) <= _FRESH", new="True", tests=f"{TURNS} -k long_ago",
    ),
    Mutation(
        rule="turns", what="a lease that was over when it was written is not renewed", within="Lease.take",
        old="not self.holds()", new="False", tests="tests/run/test_run_lease.py -k waited",
    ),
    Mutation(
        rule="checkout", what="a stray file stands for a submodule", within="_lacking",
        old="not is_left_alone(name)", new="not any(one.startswith(file) for one in read)",
        tests="tests/git/test_git_checkout.py -k stray",
    ),
    Mutation(
        rule="checkout", what="a submodule that holds the offerings is not looked at", within="_listed",
        old="found is None and '/' in path", new="False",
        tests="tests/git/test_git_checkout.py -k hold_the",
    ),
    Mutation(
        rule="checkout", what="another configuration comes into use unseen", within="_changed",
        old="not {*changed}.isdisjoint(searched(_folder(session, git)))", new="False",
        tests=f"{CHANGED} -k another_one",
    ),
    Mutation(
        rule="checkout", what="an environment goes unseen", within="_is_shared",
        old="not is_left_alone(entry)", new="False", tests=f"{CHANGED} -k told",
    ),
    Mutation(
        rule="checkout", what="offerings in the configuration's own folder change unseen", within="_touches",
        old="place == '.'", new="False", tests=f"{CHANGED} -k folder",
    ),
    Mutation(
        rule="checkout", what="a submodule changes unseen", within="_touches",
        old="name == place or name.startswith(f'{place}/') or place.startswith(f'{name}/')",
        new="name.startswith(f'{place}/')", tests=f"{CHANGED} -k submodule",
    ),
    Mutation(
        rule="move", what="a state that was moved is used", within="refuse_moved",
        old="state.moved_to is not None", new="False", tests=f"{MOVE} -k older_clone",
    ),
    Mutation(
        rule="move", what="a first run does not look for a state", within="refuse_first_run",
        old="neighbours(here, workspace.config.root)", new="()", tests=f"{MOVE} -k found",
    ),
    Mutation(
        rule="move", what="a state is moved away from a run", within="_relabel",
        old="work.old.refuse_live(state)", new="None", tests=f"{MOVE} -k may_live",
    ),
    Mutation(
        rule="move", what="a deletion that a guard refused is permitted once it is approved",
        within="finishes_deletion", old="belief.status is Status.GONE", new="True",
        tests="tests/state/test_state_moving.py -k never_begun",
    ),
    Mutation(
        rule="move", what="tombstones become deletions for the guards", within="_deletions",
        old="id_ not in permitted", new="True", tests=MOVING,
    ),
    Mutation(
        rule="move", what="a state that is closed is used", within="refuse_closed",
        old="state.closed is None", new="True", tests="tests/cli/test_cli_retire.py",
    ),
    Mutation(
        rule="move", what="retiring closes nothing", within="_run",
        old="closed = found.state.closed or datetime.now(UTC)", new="closed = found.state.closed",
        tests="tests/cli/test_cli_retire.py",
    ),
    Mutation(
        rule="buckets", what="a server that a variable names is not pinned", within="Environment.check_allowed",
        old="variables=addresses(self.state, environ)", new="variables={}", tests=f"{PIN} -k variable",
    ),
    Mutation(
        rule="buckets", what="a variable wins over the configured server", within="check_server",
        old='place.endpoint and wins and wins.rstrip("/") != place.endpoint', new="False",
        tests=f"{SERVERS} -k wins",
    ),
    Mutation(
        rule="buckets", what="a server may redirect what is sent whole", within="check_server",
        old="is_loopback(host) or _CLOUDS[place.scheme].fullmatch(host)", new="True",
        tests=f"{SERVERS} -k redirect",
    ),
    Mutation(
        rule="buckets", what="a host that begins as a cloud's is the cloud's", within="check_server",
        old="_CLOUDS[place.scheme].fullmatch(host)", new="_CLOUDS[place.scheme].match(host)",
        tests=f"{SERVERS} -k redirect",
    ),
    Mutation(
        rule="buckets", what="a proxy reads what goes in clear", within="_open",
        old="_is_clear(place)", new="False", tests=f"{SERVERS} -k proxy",
    ),
    Mutation(
        rule="buckets", what="a list has any number of names", within="Objects._listed",
        old="len(found) > _MOST_NAMES", new="False", tests=f"{SERVERS} -k list",
    ),
    Mutation(
        rule="buckets", what="a list takes any time", within="Objects.names",
        old="found.get(timeout=_LISTING)", new="found.get()", tests=f"{SERVERS} -k list",
    ),
    Mutation(
        rule="buckets", what="a state is looked at for ever", within="BucketBackend._present",
        old="range(_LOOKS)", new="range(50)", tests=f"{SERVERS} -k for_ever",
    ),
)  # fmt: skip
