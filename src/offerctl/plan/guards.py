"""The guards: what a plan may not do unless it was said in so many words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from offerctl.offering import Desired
from offerctl.plan.breaches import refusals_of
from offerctl.plan.model import Action, Breach, Change, Guards, Options, Refusal
from offerctl.standards import Standards
from offerctl.state import Belief, Intent, State
from offerctl.state.approved import finishes_deletion
from offerctl.state.listings import Listings
from offerctl.wording import counted

SHARE = 0.3
"""The part of the listings that one plan may delete, once there are `MANY`."""
MANY = 10


def refusals(
    changes: Sequence[Change],
    desired: Mapping[str, Desired],
    state: State | None,
    broken: Iterable[Breach] = (),
    *,
    options: Options,
    guards: Guards,
    standards: Standards,
) -> Iterator[Refusal]:
    """Every reason why these changes may not run; none when they may. `broken`: of the policy.

    A deletion that only finishes what was permitted before is not counted.
    """
    beliefs = state.listings if state else Listings()
    approved = state.approved if state else {}
    yield from _protected(changes, desired, beliefs)
    if not (options.allow_replace or guards.allow_replace):
        yield from _replacements(changes, beliefs, standards)
    permitted = {
        id_ for id_ in approved if (belief := beliefs.get(id_)) and finishes_deletion(approved, id_, belief)
    }
    yield from _deletions(changes, desired, beliefs, permitted, options=options, guards=guards)
    yield from refusals_of(broken, policy=guards.policy, options=options)


def _protected(
    changes: Sequence[Change], desired: Mapping[str, Desired], beliefs: Mapping[str, Belief]
) -> Iterator[Refusal]:
    for change in changes:
        belief = beliefs.get(change.offering_id)
        if belief and belief.protect and (change.counts_as_delete or change.intent is Intent.REPLACE):
            verb = "deleted" if change.intent is Intent.DELETE else "replaced"
            yield Refusal(
                code="protected",
                offering_ids=(change.offering_id,),
                message=f"{change.offering_id} is protected and cannot be {verb}.",
                hint="Set `protect: false` in its file and apply that first."
                if change.offering_id in desired
                else "Bring its file back, with `protect: false` in it, and apply that first.",
            )


def _replacements(
    changes: Sequence[Change], beliefs: Mapping[str, Belief], standards: Standards
) -> Iterator[Refusal]:
    for change in changes:
        if change.action is not Action.REPLACE:
            continue
        assert change.after is not None
        id_, new, old = change.offering_id, change.after.training_standard_key, beliefs[change.offering_id].key
        was = (
            f"{id_} was last applied as {old} and cannot become {new}."
            if old
            else f"{id_} may be listed under another training standard than {new} and would have to be replaced."
        )
        course = f"the {language} course" if (language := standards.language(new)) else "that course"
        yield Refusal(
            code="replace",
            offering_ids=(id_,),
            message=f"{was} Give {course} an offeringId of its own (the old one is deleted when its file goes), "
            "or allow a delete and an add with --allow-replace.",
        )


def _deletions(
    changes: Sequence[Change],
    desired: Mapping[str, Desired],
    beliefs: Listings,
    permitted: AbstractSet[str],
    *,
    options: Options,
    guards: Guards,
) -> Iterator[Refusal]:
    deleted = tuple(change.offering_id for change in changes if change.counts_as_delete)
    doomed = tuple(id_ for id_ in deleted if id_ not in permitted)
    allowed = options.allow_deletes
    if not doomed or allowed == "all":
        return
    listed = beliefs.listed() - permitted
    put = {change.offering_id for change in changes if change.after}
    if not desired or not (listed | put) - set(doomed):
        every = beliefs.listed()
        whole = len(deleted) == len(every)  # or a part was selected
        what = "every listing" if whole else f"{len(deleted)} of {counted(len(every), 'listing')}"
        yield Refusal(
            code="empty",
            offering_ids=doomed,
            message="This would leave no listing at all."
            if desired
            else f"There is no offering file, so {what} would be deleted.",
            hint="If that is what you want: --allow-deletes all",
        )
    elif allowed is not None:
        if len(doomed) > allowed:
            yield _too_many(doomed, f"--allow-deletes {allowed} allows {allowed}")
    elif len(doomed) > guards.max_deletes:
        yield _too_many(doomed, f"max_deletes allows {guards.max_deletes}")
    elif len(listed) >= MANY and len(doomed) > SHARE * len(listed):
        yield _too_many(doomed, f"one plan may delete {SHARE:.0%} of {len(listed)} listings")


def _too_many(doomed: tuple[str, ...], limit: str) -> Refusal:
    return Refusal(
        code="deletes",
        offering_ids=doomed,
        message=f"This would delete {counted(len(doomed), 'listing')}; {limit}.",
        hint=f"If that is what you want: --allow-deletes {len(doomed)}",
    )
