"""Desired offerings and beliefs into a plan: *plan by belief*, and the guards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from offerctl import canon
from offerctl.diff import changed_attributes
from offerctl.errors import UsageError
from offerctl.offering import Desired
from offerctl.plan.guards import refusals
from offerctl.plan.model import Action, Change, Guards, Options, Origin, Plan
from offerctl.standards import BUILT_IN, Standards
from offerctl.state import LISTED, Belief, Confirmed, Home, Intent, State, Status
from offerctl.state.edits import EditKind
from offerctl.wording import did_you_mean

_ORDER = (Action.SETTLE, Action.CHANGE, Action.REASSERT, Action.ADD, Action.REPLACE, Action.DELETE)


def make(
    desired: Mapping[str, Desired],
    state: State | None,
    *,
    home: Home,
    options: Options,
    guards: Guards,
    origin: Origin,
    api: Mapping[str, object] | None = None,
    standards: Standards = BUILT_IN,
) -> Plan:
    """What apply would do. Pure: the same arguments make the same plan.

    Raises:
        UsageError: `--target` or `--exclude` names an id that nobody knows.
    """
    beliefs: Mapping[str, Belief] = state.listings if state else {}
    last = _last_confirmed(beliefs)
    _check_selection(options, desired.keys() | beliefs.keys())
    selected = sorted(id_ for id_ in desired.keys() | beliefs.keys() if options.selects(id_))
    reassert = options.reassert or guards.ephemeral
    past = _Past.of(state)
    found = (_change(id_, desired.get(id_), beliefs.get(id_), reassert=reassert, past=past) for id_ in selected)
    by_file = {want.file: id_ for id_, want in desired.items()}
    changes = [_with_new_id(change, by_file) for change in found if change]
    changing = {change.offering_id for change in changes}
    contested = {id_: id_ in desired for id_ in selected if _status(beliefs.get(id_)) is Status.CONTESTED}
    changes.sort(key=lambda change: (_phase(change), _ORDER.index(change.action), change.offering_id))
    return Plan(
        home=home,
        lineage=state.lineage if state else None,
        serial=state.serial if state else None,
        origin=origin,
        options=options,
        desired_digest=desired_digest(desired),
        changes=tuple(changes),
        unchanged=sum(1 for id_ in selected if id_ in desired and id_ not in changing | contested.keys()),
        files=len(desired),
        protections={
            id_: desired[id_].protect
            for id_ in selected
            if id_ in desired and _status(beliefs.get(id_)) in LISTED
            if desired[id_].protect != beliefs[id_].protect
        },
        contested=contested,
        refusals=tuple(refusals(changes, desired, beliefs, options=options, guards=guards, standards=standards)),
        api=api,
        standards=standards,
        applied_at=last.at if last else None,
        confirmed_commit=last.commit if last else None,
        applied_commit=state.applied_commit if state else None,
        unfinished=state is not None and _has_unfinished(state),
        reasserting=reassert,
    )


def desired_digest(desired: Mapping[str, Desired]) -> str:
    """The digest of all desired offerings, whichever files hold them."""
    return canon.digest(
        {
            id_: {**want.offering.attributes(), **({"protect": True} if want.protect else {})}
            for id_, want in desired.items()
        }
    )


def _last_confirmed(beliefs: Mapping[str, Belief]) -> Confirmed | None:
    """What an apply last had confirmed; an import, an unlock or a run that failed had nothing."""
    found = (belief.last_confirmed for belief in beliefs.values() if belief.last_confirmed)
    return max(found, key=lambda confirmed: confirmed.at, default=None)


def _has_unfinished(state: State) -> bool:
    return state.run is not None or (state.last_run is not None and state.last_run.finished is None)


def _phase(change: Change) -> int:
    """Deletes last, a re-asserted tombstone's among them."""
    return 1 if change.intent is Intent.DELETE else 0


def _status(belief: Belief | None) -> Status | None:
    return belief.status if belief else None


class _Past(NamedTuple):
    """Why beliefs are in doubt, where the state tells: the run that it shows at work, and what was imported."""

    unfinished: str | None
    imported: frozenset[str]

    @classmethod
    def of(cls, state: State | None) -> _Past:
        run, record = (state.run, state.last_run) if state else (None, None)
        imported = (c.offering_id for c in record.changes if c.intent == EditKind.IMPORT) if record else ()
        return cls(run.id if run else None, frozenset(imported))


def _change(
    id_: str, want: Desired | None, belief: Belief | None, *, reassert: bool, past: _Past
) -> Change | None:
    if belief is not None and belief.status is Status.CONTESTED:
        return None
    if want is None:
        return _unwanted(id_, belief, reassert=reassert)
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
        imported = id_ in past.imported
        return "imported; not confirmed by a run yet" if imported else "what is listed is not certain"
    was_listed = belief.last_confirmed is not None and belief.last_confirmed.body is not None
    putting = "changing" if was_listed else "adding"
    doing = {Intent.PUT: putting, Intent.DELETE: "deleting", Intent.REPLACE: "replacing"}[attempt.intent]
    if attempt.run == past.unfinished:
        return f"a run was cut off while {doing} it"
    return f"{doing} it had no clear answer"


def _unwanted(id_: str, belief: Belief | None, *, reassert: bool) -> Change | None:
    assert belief is not None, "an id is desired or believed"
    if belief.status is Status.GONE and not reassert:
        return None
    gone = belief.status is Status.GONE
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


def _with_new_id(change: Change, by_file: Mapping[str, str]) -> Change:
    """The change, where it is a deletion because another id stands in the file: that is not gone."""
    new = by_file.get(change.file or "")
    if change.action is not Action.DELETE or new is None:
        return change
    return replace(change, reason=f"its file now has the offeringId {new}")


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
        changed=changed_attributes(before, want.offering) if before else tuple(want.offering.attributes()),
        reason=reason,
        file=want.file,
        quiet_until=belief.quiet_until if belief else None,
    )


def _check_selection(options: Options, known: set[str]) -> None:
    if both := sorted(set(options.target) & set(options.exclude)):
        raise UsageError(f"--target {both[0]} and --exclude {both[0]} contradict each other")
    for option, ids in (("--target", options.target), ("--exclude", options.exclude)):
        for id_ in ids:
            if id_ not in known:
                raise UsageError(
                    f"{option} {id_}: no offering file and no listing has this id",
                    hint=did_you_mean(id_, known),
                )
