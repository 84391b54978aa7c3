"""Desired offerings and beliefs into a plan: *plan by belief*, and the guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from offerctl import canon
from offerctl.desired import Wanted
from offerctl.errors import UsageError
from offerctl.offering import Desired
from offerctl.plan.breaches import breaches
from offerctl.plan.guards import refusals
from offerctl.plan.model import Action, Change, Guards, Options, Origin, Plan
from offerctl.standards import BUILT_IN, Standards
from offerctl.state import LISTED, Belief, Home, Intent, State, Status
from offerctl.state.approved import finishes_deletion
from offerctl.state.listings import Listings
from offerctl.state.receipts import EditKind
from offerctl.wording import did_you_mean

_COME_BY_HAND: Mapping[str, str] = {
    EditKind.IMPORT: "imported; not confirmed by a run yet",
    EditKind.MOVE: "its state was moved; not confirmed by a run yet",
    EditKind.RESTORE: "its state was restored; not confirmed by a run yet",
    EditKind.PUSH: "its state was pushed; not confirmed by a run yet",
    EditKind.REBUILD: "its state was rebuilt; not confirmed by a run yet",
}
_ORDER = (Action.SETTLE, Action.CHANGE, Action.REASSERT, Action.ADD, Action.REPLACE, Action.DELETE)


def make(
    desired: Mapping[str, Desired],
    state: State | None,
    *,
    as_believed: AbstractSet[str] = frozenset(),
    home: Home,
    options: Options,
    guards: Guards,
    origin: Origin,
    api: Mapping[str, object] | None = None,
    standards: Standards = BUILT_IN,
) -> Plan:
    """What apply would do. Pure: the same arguments make the same plan.

    `as_believed` are ids whose files say, to the letter, what this very state believes to be live: they are looked
    at no further.

    Raises:
        UsageError: `--target` or `--exclude` names an id that nobody knows.
    """
    beliefs = state.listings if state else Listings()
    last = beliefs.last_confirmed()
    _check_selection(options, desired, beliefs)
    reassert = options.reassert or guards.ephemeral
    settled = frozenset() if reassert else as_believed
    known = {*beliefs, *desired}
    selected = sorted(id_ for id_ in known if id_ not in settled and options.selects(id_))
    changes = _changes(selected, desired, state, reassert=reassert)
    changing = {change.offering_id for change in changes}
    contested = {id_: id_ in desired for id_ in selected if beliefs.status(id_) is Status.CONTESTED}
    told = changing | contested.keys()
    unchanged = sum(1 for id_ in selected if id_ in desired and id_ not in told)
    unchanged += sum(1 for id_ in settled if options.selects(id_))
    broken = breaches(changes, beliefs, policy=guards.policy, standards=standards)
    return Plan(
        home=home,
        lineage=state.lineage if state else None,
        serial=state.serial if state else None,
        origin=origin,
        options=options,
        desired_digest=desired_digest(desired),
        changes=tuple(changes),
        unchanged=unchanged,
        files=len(desired),
        protections=_protections(selected, desired, beliefs),
        contested=contested,
        refusals=tuple(
            refusals(changes, desired, state, broken, options=options, guards=guards, standards=standards)
        ),
        breaches=broken,
        api=api,
        standards=standards,
        applied_at=last.at if last else None,
        confirmed_commit=last.commit if last else None,
        applied_commit=state.applied_commit if state else None,
        unfinished=state is not None and _has_unfinished(state),
        reasserting=reassert,
    )


def _changes(
    selected: Sequence[str], desired: Mapping[str, Desired], state: State | None, *, reassert: bool
) -> list[Change]:
    """What is to be done for these ids, in the order in which apply would start it."""
    beliefs, past = state.listings if state else Listings(), _Past(state)
    found = (_change(id_, desired.get(id_), beliefs.get(id_), reassert=reassert, past=past) for id_ in selected)
    changes = _with_new_ids([change for change in found if change], desired)
    return sorted(changes, key=lambda change: (_phase(change), _ORDER.index(change.action), change.offering_id))


def desired_digest(desired: Mapping[str, Desired]) -> str:
    """The digest of all desired offerings, whichever files hold them."""
    return canon.digest_of_texts(
        (id_, canon.compact({**canon.parse(attributes), "protect": True}) if protect else attributes)
        for id_, attributes, protect in Wanted.of(desired).texts()
    )


def _protections(selected: Iterable[str], desired: Mapping[str, Desired], beliefs: Listings) -> dict[str, bool]:
    """The listings whose `protect` changes, and what it becomes."""
    both = (id_ for id_ in selected if id_ in desired and beliefs.status(id_) in LISTED)
    return {id_: desired[id_].protect for id_ in both if desired[id_].protect != beliefs[id_].protect}


def _has_unfinished(state: State) -> bool:
    return state.run is not None or (state.last_run is not None and state.last_run.finished is None)


def _phase(change: Change) -> int:
    """Deletes last, a re-asserted tombstone's among them."""
    return 1 if change.intent is Intent.DELETE else 0


class _Past:
    """Why beliefs are in doubt, where the state tells: the run that it shows at work, and what came in by hand."""

    def __init__(self, state: State | None) -> None:
        self.unfinished = state.run.id if state and state.run else None
        self._record = state.last_run if state else None
        self._approved = state.approved if state else {}

    @cached_property
    def by_hand(self) -> Mapping[str, str]:
        """Read only where a listing is in doubt: a receipt may be long."""
        changes = self._record.changes if self._record else ()
        return {change.offering_id: change.intent for change in changes if change.intent in _COME_BY_HAND}

    def deletes_again(self, id_: str, belief: Belief) -> bool:
        """Whether it was deleted, and is in doubt only since its state was moved."""
        confirmed = belief.last_confirmed
        was_deleted = confirmed is not None and confirmed.body is None
        return was_deleted and finishes_deletion(self._approved, id_, belief)


def _change(
    id_: str, want: Desired | None, belief: Belief | None, *, reassert: bool, past: _Past
) -> Change | None:
    if belief is not None and belief.status is Status.CONTESTED:
        return None
    if want is None:
        return _unwanted(id_, belief, reassert=reassert, past=past)
    if belief is None:
        return _put(id_, want, None, Action.ADD, "not listed yet")
    if belief.key != want.offering.training_standard_key:
        reason = (
            "its training standard may be another one" if belief.key is None else "trainingStandardKey changed"
        )
        return _put(id_, want, belief, Action.REPLACE, reason)
    return _wanted(id_, want, belief, reassert=reassert, past=past)


def _wanted(id_: str, want: Desired, belief: Belief, *, reassert: bool, past: _Past) -> Change | None:
    match belief.status:
        case Status.MAYBE:
            return _put(id_, want, belief, Action.SETTLE, _doubt(id_, belief, past))
        case Status.GONE:
            return _put(id_, want, belief, Action.ADD, "wanted again")
        case _ if belief.body != want.offering:
            return _put(id_, want, belief, Action.CHANGE, "its file changed")
        case _ if reassert:
            return _put(id_, want, belief, Action.REASSERT, "written again as confirmed")
    return None


def _doubt(id_: str, belief: Belief, past: _Past) -> str:
    """Why a listing is in doubt."""
    attempt = belief.last_attempt
    if attempt is None:
        return _COME_BY_HAND.get(past.by_hand.get(id_, ""), "what is listed is not certain")
    was_listed = belief.last_confirmed is not None and belief.last_confirmed.body is not None
    putting = "changing" if was_listed else "adding"
    doing = {Intent.PUT: putting, Intent.DELETE: "deleting", Intent.REPLACE: "replacing"}[attempt.intent]
    if attempt.run == past.unfinished:
        return f"a run was cut off while {doing} it"
    is_brought_back = past.by_hand.get(id_) in {EditKind.RESTORE, EditKind.PUSH}
    known = ", as far as the state that was brought back knows" if is_brought_back else ""
    return f"{doing} it had no clear answer{known}"


def _unwanted(id_: str, belief: Belief | None, *, reassert: bool, past: _Past) -> Change | None:
    assert belief is not None, "an id is desired or believed"
    if belief.status is Status.GONE and not reassert:
        return None
    gone = belief.status is Status.GONE or past.deletes_again(id_, belief)
    return Change(
        offering_id=id_,
        action=Action.REASSERT if gone else Action.DELETE,
        intent=Intent.DELETE,
        before=None if gone else belief.last_body,
        after=None,
        reason="deleted again as confirmed" if gone else "its file is gone",
        file=belief.last_confirmed.file if belief.last_confirmed else None,
        quiet_until=belief.quiet_until,
        counts_as_delete=not gone,
    )


def _with_new_ids(changes: Sequence[Change], desired: Mapping[str, Desired]) -> Iterator[Change]:
    """The changes; a deletion whose file is there, with another id in it, says so."""
    deleting = any(change.action is Action.DELETE for change in changes)
    by_file = {file: id_ for id_, file in Wanted.of(desired).files()} if deleting else {}
    for change in changes:
        new = by_file.get(change.file or "")
        is_renamed = change.action is Action.DELETE and new is not None
        yield replace(change, reason=f"its file now has the offeringId {new}") if is_renamed else change


def _put(id_: str, want: Desired, belief: Belief | None, action: Action, reason: str) -> Change:
    before = belief.last_body if belief and belief.status is not Status.GONE else None
    attempt = belief.last_attempt if belief and action is Action.SETTLE else None
    return Change(
        offering_id=id_,
        action=action,
        intent=Intent.REPLACE if action is Action.REPLACE else Intent.PUT,
        before=before,
        after=want.offering,
        attempted=attempt.body if attempt else None,
        attempted_at=attempt.at if attempt else None,
        reason=reason,
        file=want.file,
        quiet_until=belief.quiet_until if belief else None,
        vouched=belief is not None and belief.is_vouched_for,
    )


def _check_selection(options: Options, desired: Mapping[str, Desired], beliefs: Listings) -> None:
    if both := sorted(set(options.target) & set(options.exclude)):
        raise UsageError(f"--target {both[0]} and --exclude {both[0]} contradict each other")
    for option, ids in (("--target", options.target), ("--exclude", options.exclude)):
        for id_ in ids:
            if id_ not in desired and id_ not in beliefs:
                raise UsageError(
                    f"{option} {id_}: no offering file and no listing has this id",
                    hint=did_you_mean(id_, {*desired, *beliefs}),
                )
