"""A plan as text for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from math import ceil

from offerctl.plan import Action, Change, Plan
from offerctl.plan.pairs import Pair, differing_by_case, renames
from offerctl.plan.reserved import unreachable
from offerctl.render.plan_blocks import block
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.words import (
    ALWAYS_COUNTED,
    MOST_IDS,
    VERBS,
    commit,
    contested,
    contested_remediation,
    counted,
    ids,
    place,
    second,
    when,
)

_MOST_PAIRS = 5
_LEGEND = (Action.ADD, Action.CHANGE, Action.REPLACE, Action.REASSERT, Action.DELETE, Action.SETTLE)
SLOW_ANSWER = 4
"""Seconds that an answer of the vendor's sibling API can take (`.github/API.md`)."""
_WORTH_KNOWING = 60
_HOURS = 90
_MEANING = {
    Action.REPLACE: "replace: delete, then add",
    Action.REASSERT: "re-assert: write again as confirmed",
    Action.SETTLE: "settle: what is listed is not certain",
}


def text(
    plan: Plan,
    *,
    now: datetime,
    style: Style = PLAIN,
    remediation: bool = True,
    at_work: frozenset[str] = frozenset(),
) -> str:
    """The whole plan, or that nothing is to do. Refusals are told after it: `refusals`.

    Without `remediation` the ways on for contested listings are left to what is told after it. `at_work` are the
    ids that a run which surely lives is changing: what is known of the moment, and no part of the plan.
    """
    if plan.empty:
        return "\n\n".join([_no_changes(plan), *_contested(plan, style, remediation=remediation)])
    changes = plan.shown
    blocks = (block(c, now=now, style=style, at_work=c.offering_id in at_work) for c in changes)
    return "\n\n".join(
        [
            heading(plan, style),
            *_legend(changes, style),
            *blocks,
            *closing(plan, now, style, remediation=remediation),
            *_warnings(plan, style),
        ]
    )


def heading(plan: Plan, style: Style = PLAIN) -> str:
    """Which environment the plan is for, and what it was compared with."""
    title = style(f"Plan for {sanitize(plan.home.environment)} ({place(plan.home)})", Tone.STRONG)
    return f"{title}\n{_last_applied(plan)}"


def closing(plan: Plan, now: datetime, style: Style = PLAIN, *, remediation: bool = True) -> tuple[str, ...]:
    """What follows the blocks: the counts, what disappears, what is waited for, what is contested."""
    lines = [style(summary(plan), Tone.STRONG)]
    if plan.disappearing:
        lines.append(style(f"Will disappear from the Marketplace: {ids(plan.disappearing)}", Tone.DELETE))
    lines += [*remarks(plan, style), *_protections(plan), *_takes(plan), *_waits(plan, now)]
    return ("\n".join(lines), *_contested(plan, style, remediation=remediation))


def summary(plan: Plan) -> str:
    """`Plan: 1 to add, 1 to change, 1 to settle, 1 to delete; 7 unchanged.` and so on."""
    counts = dict.fromkeys(VERBS, 0)
    for change in plan.shown:
        counts[change.action] += 1
    named = [
        f"{counts[action]} to {verb.do}"
        for action, verb in VERBS.items()
        if counts[action] or action in ALWAYS_COUNTED
    ]
    counts_beside = {"contested": sum(plan.contested.values()), "refused": len(plan.refused_alone)}
    beside = "".join(f", {number} {word}" for word, number in counts_beside.items() if number)
    return f"Plan: {', '.join(named)}; {plan.unchanged} unchanged{beside}."


def brief(plan: Plan, style: Style = PLAIN, *, remediation: bool = True) -> str:
    """The counts alone, and what is contested: that is nothing to be quiet about."""
    return "\n\n".join([summary(plan), *_contested(plan, style, remediation=remediation)])


def refusals(plan: Plan) -> Iterator[tuple[str, str | None]]:
    """Why the plan may not run: a message and the way on, for each reason; at last how to run the rest."""
    most = 20
    for refusal in plan.refusals[:most]:
        yield sanitize(refusal.message), refusal.hint and sanitize(refusal.hint)
    if len(plan.refusals) > most:
        yield f"+{len(plan.refusals) - most} more refusals", None
    blocked = tuple(dict.fromkeys(id_ for refusal in plan.refusals for id_ in refusal.offering_ids))
    if blocked and len(blocked) < len(plan.changes):
        excluded = " ".join(f"--exclude {sanitize(id_)}" for id_ in blocked)
        way = excluded if len(blocked) <= most else "--exclude ID for each of them"
        yield "this plan is refused; nothing is sent", f"To run the rest: {way}"


def reasons(plan: Plan) -> Iterator[str]:
    """Why the plan may not run, without the ways on of the command line: for whoever is at none."""
    for refusal in plan.refusals:
        way_on = refusal.hint if refusal.code == "protected" and refusal.hint else ""
        yield f"{refusal.message} {way_on}".strip()


def question(plan: Plan) -> str:
    """What apply asks before it begins."""
    number = len(plan.changes)
    if not number:
        what = f"Record {counted(len(plan.protections), 'changed protection')} in the state of"
    else:
        what = "Apply this change to" if number == 1 else f"Apply these {number} changes to"
    gone = len(plan.disappearing)
    warning = f" {counted(gone, 'listing')} will disappear." if gone else ""
    return f'{what} {sanitize(plan.home.environment)}?{warning}\nOnly "yes" goes ahead:'


def remarks(plan: Plan, style: Style = PLAIN) -> Iterator[str]:
    """What a reviewer may not see: likely renames, ids that differ by case, pages that nobody can reach."""
    if found := renames(plan.shown):
        yield (
            f"{_by_arrows(found)}: {'this looks' if len(found) == 1 else 'these look'} like a new offeringId, and "
            "nothing else differs. A new id is a new listing, added before the old one is deleted."
        )
    if found := differing_by_case(plan.shown):
        yield (
            f"{style('Warning:', Tone.WARNING)} {_by_arrows(found)}: only capital letters differ. A Marketplace "
            "that does not tell them apart takes them for one listing: better keep the id as it was."
        )
    if nowhere := unreachable(plan):
        yield (
            f"{style('Warning:', Tone.WARNING)} {ids(nowhere)}: the registration page is an address for examples, "
            "which leads nowhere. Nobody could register."
        )


def _by_arrows(found: Sequence[Pair]) -> str:
    shown = [f"{sanitize(pair.old)} -> {sanitize(pair.new)}" for pair in found[:_MOST_PAIRS]]
    return ", ".join([*shown, *([f"+{len(found) - _MOST_PAIRS} more"] if len(found) > _MOST_PAIRS else [])])


def _last_applied(plan: Plan) -> str:
    if plan.serial is None:
        return f"There is no state of {sanitize(plan.home.environment)} yet: this is the first run."
    if plan.applied_at is None:
        unfinished = " The last run has not come to its end." if plan.unfinished else ""
        return f"Nothing has been confirmed yet.{unfinished}"
    return f"Last applied {', '.join(_last_confirmed(plan))}"


def _last_confirmed(plan: Plan) -> Iterator[str]:
    """When, and of which files, where that is known."""
    if plan.applied_at:
        yield when(plan.applied_at)
        if plan.confirmed_commit:
            yield f"from commit {commit(plan.confirmed_commit)}"
        elif plan.origin.commit:
            yield "from uncommitted files"


def _legend(changes: Iterable[Change], style: Style) -> Iterator[str]:
    used = {change.action for change in changes}
    signs = [
        f"{style(VERBS[action].symbol, VERBS[action].tone)} {_MEANING.get(action, VERBS[action].do)}"
        for action in _LEGEND
        if action in used
    ]
    if signs:
        yield f"  {'   '.join(signs)}"


def _protections(plan: Plan) -> Iterator[str]:
    for wanted, words in ((True, "Protected from now on"), (False, "No longer protected")):
        if found := [id_ for id_, protect in plan.protections.items() if protect is wanted]:
            yield f"{words}: {ids(found)} (noted in the state alone; nothing is sent for it)"


def _takes(plan: Plan) -> Iterator[str]:
    """How long apply takes, where that is worth knowing: by the slowest answers that the vendor speaks of."""
    seconds = plan.requests * SLOW_ANSWER / plan.parallelism if plan.parallelism else 0
    if seconds >= _WORTH_KNOWING:
        at_once = f"at parallelism {plan.parallelism}, if each takes {SLOW_ANSWER} s"
        yield f"apply will send {counted(plan.requests, 'request')}: about {_long(seconds)} {at_once}"


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < _HOURS else f"{minutes / 60:.1f} h"


def _waits(plan: Plan, now: datetime) -> Iterator[str]:
    quiet = [until for c in plan.changes if (until := plan.waited_until(c.quiet_until, now))]
    if quiet:
        until = max(quiet)
        yield (
            f"apply will wait until {second(until, now)} for {counted(len(quiet), 'listing')}: a request of "
            f"unknown fate may still arrive (UTC; {ceil((until - now).total_seconds())} s from now)"
        )


def _contested(plan: Plan, style: Style, *, remediation: bool) -> Iterator[str]:
    wanted = [id_ for id_, is_wanted in plan.contested.items() if is_wanted]
    unwanted = [id_ for id_, is_wanted in plan.contested.items() if not is_wanted]
    tag = style("Warning:", Tone.WARNING)
    for found, consequence in ((wanted, "nothing is sent"), (unwanted, "no file wants that, and nothing is sent")):
        if found:
            on = (
                f"\n{contested_remediation(plan.home.environment, found)}"
                if remediation or found is unwanted
                else ""
            )
            yield f"{tag} {contested(found)}; {consequence}.{on}"


def _warnings(plan: Plan, style: Style) -> Iterator[str]:
    """What the plan breaks of the policy; a comment has it in its plain part."""
    tag = style("Warning:", Tone.WARNING)
    shown = [f"{tag} {sanitize(breach.message)}" for breach in plan.warnings[:MOST_IDS]]
    if more := len(plan.warnings) - len(shown):
        shown.append(f"{tag} {counted(more, 'more breach', 'more breaches')} of [policy]: --format json has all")
    if shown:
        yield "\n".join(shown)


def _no_changes(plan: Plan) -> str:
    environment = sanitize(plan.home.environment)
    if plan.serial is None:
        what = "No offering file is selected" if plan.files else "There is no offering file"
        begin = "" if plan.files else "\nBegin: offerctl new ID"
        return f"No changes. {what}, and no state of {environment} yet: nothing was ever applied.{begin}"
    if plan.contested and not plan.unchanged:
        return f"No changes: nothing else is looked at here than what is contested in {environment}."
    return (
        f"No changes. {_agreement(plan)}\n"
        "The Marketplace cannot be read, so changes made there by others do not show. "
        f"To write everything again: offerctl apply -e {environment} --reassert"
    )


def _agreement(plan: Plan) -> str:
    environment = sanitize(plan.home.environment)
    partial = bool(plan.options.target or plan.options.exclude)
    number = plan.unchanged if partial or plan.contested else plan.files
    which = "selected " if partial else "other " if plan.contested else ""
    origin = ", ".join(_last_confirmed(plan))
    source = f" ({origin})" if origin else ""
    if partial and not number:
        return f"What is selected has no offering file, and is not listed in {environment} either{source}."
    matching = "file matches" if number == 1 else "files match"
    return f"The {number} {which}{matching} what offerctl last applied to {environment}{source}."
