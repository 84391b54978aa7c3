"""A plan as Markdown for a pull request: plain words for course administrators, and the technical plan folded.

Names come from anybody who can propose a change. Outside of the fence they are escaped so that they neither
format, link, mention anybody nor close an element; within it they are inert, and the fence is longer
than theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from offerctl import canon
from offerctl.offering import Offering
from offerctl.plan import Action, Change, Plan, Rule
from offerctl.render import plan_text
from offerctl.render.plan_blocks import block
from offerctl.render.style import PLAIN, sanitize
from offerctl.render.unseen import unseen_difference
from offerctl.render.words import contested, contested_remediation, counted, ids
from offerctl.standards import Standards
from offerctl.state import Intent

BUDGET = 60_000
"""Characters; a comment on GitHub holds 65,536."""
_RESERVED = 400
"""Characters for what frames the technical plan."""
_MOST_REASONS = 10
_PRIORITY = (Action.DELETE, Action.REPLACE, Action.SETTLE, Action.CHANGE, Action.ADD, Action.REASSERT)
_MEANS_SOMETHING = re.compile(r"(?i:\bgh(?=-\d)|\bwww(?=\.))|[@#:](?=\S)|[\\`*_{}\[\]()<>#+!|~&$^]")
"""Ids of issues and addresses that become links; mentions, issues, schemes, emoji; and what formats."""
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_SPLIT = "<!-- -->"
"""An empty comment: it keeps a renderer from taking what it stands in for a mention, an issue or a link."""


def text(plan: Plan, *, now: datetime, budget: int = BUDGET) -> str:
    """The plan within `budget` characters (2,000 at least): deletions and replacements first, the rest counted."""
    opening = _opening(plan, _by_weight(plan), budget // 3)
    warned = [*_warned(plan, budget // 8), *_free(plan, budget // 8), *map(escaped, plan_text.remarks(plan))]
    plain = "\n\n".join([*_refused(plan, budget // 4), *opening, *warned, *_contested(plan)])
    return f"{plain}\n\n{technical(plan, now=now, budget=budget - len(plain) - 2)}"


def _by_weight(plan: Plan) -> list[Change]:
    """Deletions first."""
    return sorted(plan.shown, key=lambda change: _PRIORITY.index(change.action))


def course(offering: Offering, standards: Standards) -> str:
    """`*CMSST, certification partie 1* (French)`, where its standard course is known."""
    language = standards.language(offering.training_standard_key)
    return f"{_named(offering)} ({language})" if language else _named(offering)


def escaped(value: str) -> str:
    """Text of others within a line of Markdown: shown as it is, and doing nothing."""
    return _MEANS_SOMETHING.sub(_escape, " ".join(sanitize(value).split()))


def code(value: str) -> str:
    """Text of others as code within a line: shown as it is, and doing nothing."""
    inside = " ".join(sanitize(value).split())
    fence = "`" * (_longest_fence(inside) + 1)
    blank = " " if len(fence) > 1 or not inside else ""
    return f"{fence}{blank}{inside}{blank}{fence}"


def _escape(found: re.Match[str]) -> str:
    piece = found[0]
    if piece.isalpha():
        return piece + _SPLIT
    if piece in "@#:":
        return f"\\{piece}{_SPLIT}"
    return _ENTITIES.get(piece) or f"\\{piece}"


def _named(offering: Offering) -> str:
    name = escaped(offering.course_name)
    return f"*{name}*" if name else code(offering.offering_id)


def _refused(plan: Plan, budget: int) -> Iterator[str]:
    if not plan.refusals:
        return
    reasons = [
        f"- {escaped(message)}{f' {escaped(hint)}' if hint else ''}" for message, hint in plan_text.refusals(plan)
    ]
    kept = within(reasons[:_MOST_REASONS], budget)
    more = [f"- and {len(reasons) - len(kept)} more, below"] if len(kept) < len(reasons) else []
    yield "**This plan is refused: merging it changes nothing in the Marketplace.**"
    yield "\n".join([*kept, *more])


def _warned(plan: Plan, budget: int) -> Iterator[str]:
    """Breaches of the policy that do not refuse the plan."""
    if not plan.warnings:
        return
    rows = [f"- {escaped(breach.message)}" for breach in plan.warnings[:_MOST_REASONS]]
    kept = within(rows, budget)
    more = (
        [f"- and {len(plan.warnings) - len(kept)} more: `offerctl plan` has them"]
        if len(kept) < len(plan.warnings)
        else []
    )
    yield "**Look twice: this breaks the policy of this repository.**"
    yield "\n".join([*kept, *more])


def _free(plan: Plan, budget: int) -> Iterator[str]:
    """A price of 0 is never silent: whatever else a change is about, and whether or not a policy speaks of it."""
    free = [c for c in plan.shown if c.after and not c.after.price and c.action is not Action.REASSERT]
    told = {id_ for breach in plan.breaches if breach.rule is Rule.FREE_ALLOWED for id_ in breach.offering_ids}
    found = [c.after for c in free if c.after and c.offering_id not in told]
    if not found:
        return
    names = within([course(offering, plan.standards) for offering in found[:_MOST_REASONS]], budget)
    more = [f"{len(found) - len(names)} more"] if len(names) < len(found) else []
    yield f"**Free of charge:** {', '.join([*names, *more])}: the price is $0.00."


def _opening(plan: Plan, changes: Sequence[Change], budget: int) -> Iterator[str]:
    sentences = [*_sentences(changes, plan.standards), *_protections(plan)]
    will = "Without that it would" if plan.refusals else "Merging this will"
    if not sentences:
        if not plan.refusals:
            yield "**Merging this changes nothing in the Marketplace.**"
        return
    kept = within(sentences, budget)
    if len(sentences) == len(kept) == 1:
        yield f"**{will}** {kept[0]}. Nothing else changes."
        return
    rest = len(sentences) - len(kept)
    lines = [f"- {sentence}" for sentence in kept]
    lines += [f"- and make {counted(rest, 'more change')}, listed or counted below"] if rest else []
    yield f"**{will}**"
    yield "\n".join(lines)
    if not plan.unchanged:
        yield "Nothing else changes."
    else:
        stay = "stays as it is" if plan.unchanged == 1 else "stay as they are"
        yield f"{counted(plan.unchanged, 'other listing')} {stay}."


def _sentences(changes: Sequence[Change], standards: Standards) -> Iterator[str]:
    yield from (_sentence(change, standards) for change in changes if change.action is not Action.REASSERT)
    again = [change for change in changes if change.action is Action.REASSERT]
    if puts := sum(1 for change in again if change.intent is Intent.PUT):
        yield f"write {counted(puts, 'listing')} again exactly as confirmed"
    if deletions := len(again) - puts:
        yield f"make sure that {counted(deletions, 'deleted listing')} cannot come back"


def _sentence(change: Change, standards: Standards) -> str:
    before, after = change.before, change.after
    if after is None:
        return f"remove {course(before, standards) if before else code(change.offering_id)} from the Marketplace"
    match change.action:
        case Action.ADD:
            return f"list {course(after, standards)} at {_dollars(after)}"
        case Action.REPLACE:
            old = course(before, standards) if before else f"what is listed as {code(change.offering_id)}"
            return f"take {old} down and then list {course(after, standards)} at {_dollars(after)} in its place"
        case Action.CHANGE if before is not None and before != after:
            return _changed(before, after, standards)
        case _:
            return (
                f"write {course(after, standards)} again at {_dollars(after)}, as it is not certain what is listed"
            )


def _changed(before: Offering, after: Offering, standards: Standards) -> str:
    details = [*_details(before, after)]
    if len(details) == 1:
        ((what, how),) = details
        return f"change the {what} of {course(before, standards)} {how}"
    listed = "; ".join(f"its {what} {how}" for what, how in details)
    return f"change {course(before, standards)}: {listed}"


def _details(before: Offering, after: Offering) -> Iterator[tuple[str, str]]:
    if before.price != after.price:
        yield "price", f"from {_dollars(before)} to {_dollars(after)}"
    if before.course_name != after.course_name:
        yield "name", f"to {_named(after)}{_unseen(before.course_name, after.course_name)}"
    if before.course_duration != after.course_duration:
        hours = f"{canon.text(before.course_duration)} to {canon.text(after.course_duration)} hours"
        yield "duration", f"from {hours}"
    if before.external_registration_url != after.external_registration_url:
        old, new = before.external_registration_url, after.external_registration_url
        yield "registration page", f"to {escaped(new)}{_unseen(old, new)}"


def _unseen(before: str, after: str) -> str:
    found = unseen_difference(before, after)
    return f" ({found})" if found else ""


def _dollars(offering: Offering) -> str:
    return f"${offering.price:,.2f}"


def _protections(plan: Plan) -> Iterator[str]:
    for wanted, words in ((True, "protect {} against deletion"), (False, "no longer protect {} against deletion")):
        if found := [id_ for id_, protect in plan.protections.items() if protect is wanted]:
            yield words.format(escaped(ids(found)))


def _contested(plan: Plan) -> Iterator[str]:
    if wanted := [id_ for id_, is_wanted in plan.contested.items() if is_wanted]:
        ways = escaped(contested_remediation(plan.home.environment, wanted))
        yield f"**Not done:** {escaped(contested(wanted))}. {ways}"


def technical(plan: Plan, *, now: datetime, budget: int = BUDGET) -> str:
    """The plan as at a terminal, folded, as much as there is room for."""
    if plan.empty:
        return _folded("Technical plan", plan_text.text(plan, now=now))
    heading, closing = plan_text.heading(plan), "\n\n".join(plan_text.closing(plan, now))
    changes, room = _by_weight(plan), budget - len(heading) - len(closing) - _RESERVED
    blocks = within((block(change, now=now, style=PLAIN) for change in changes), room, separator=2)
    hidden = len(changes) - len(blocks)
    more = [f"  # {counted(hidden, 'more change')} not shown here for want of room"] if hidden else []
    title = plan_text.summary(plan).removesuffix(".")
    folded = _folded(title, "\n\n".join([heading, *blocks, *more, closing]))
    if len(folded) > budget:  # a fence of thousands of backticks
        return _folded(title, f"{heading}\n\n{closing}")
    return folded


def within(pieces: Sequence[str] | Iterator[str], room: int, *, separator: int = 3) -> list[str]:
    """The first pieces that fit, each with its separator; the first one that does not fit ends them."""
    kept = []
    for piece in pieces:
        room -= len(piece) + separator
        if room < 0:
            break
        kept.append(piece)
    return kept


def fenced(body: str, language: str) -> str:
    """Text of others as a block whose fence is longer than any in it."""
    fence = "`" * max(3, _longest_fence(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_fence(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{fenced(body, 'text')}\n\n</details>"
