"""A plan as Markdown for a pull request: plain words for course administrators, and the technical plan folded.

What is approved by merging is what these plain words show in full; so it can be asked what they showed. Names come
from anybody who can propose a change: outside of the fence they are escaped, within it they are inert, and that
fence is longer than theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from offerctl.offering import Offering
from offerctl.plan import Action, Change, Plan, Rule
from offerctl.render import plan_text
from offerctl.render.markdown import code, escaped, fenced, within
from offerctl.render.plan_blocks import block
from offerctl.render.plan_sentences import course, in_full, sentence
from offerctl.render.style import PLAIN
from offerctl.render.words import MOST_IDS, contested, contested_remediation, counted, ids
from offerctl.state import Intent

BUDGET = 60_000
"""Characters; a comment on GitHub holds 65,536."""
MOST_SHOWN = 300
"""Changes in plain words, so that what approves them has room in one check run."""
_RESERVED = 400
"""Characters for what frames the technical plan."""
_MOST_REASONS = 10
_SEPARATOR = 3
"""Characters around an entry of a list."""
_PRIORITY = (Action.DELETE, Action.REPLACE, Action.SETTLE, Action.CHANGE, Action.ADD, Action.REASSERT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is to be shown within how many characters (2,000 at least), and how many changes in plain words.

    Where a pull request's merge decides (`by_merge`), what is not shown is not made, and nobody is at a command
    line. `touched` are then the listings whose files it changes, and `files` what they say of each.
    """

    plan: Plan
    budget: int = BUDGET
    most: int = MOST_SHOWN
    by_merge: bool = False
    touched: tuple[str, ...] = ()
    files: Mapping[str, Offering] = field(default_factory=dict)


class Words:
    """The plain words for a plan, and what of it whoever reads them has seen in full, all by one layout."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._found = _lay_out(sheet)

    @property
    def text(self) -> str:
        """What stands there in full was seen, and the rest is counted."""
        plan, found = self._sheet.plan, self._found
        sentences = [words for part in (found.changes, found.protections) for _, words in part]
        again = [*_repetitions(plan)]
        kept = [*sentences[: len(found.changes)], *again, *sentences[len(found.changes) :]]
        opening = _opening(plan, kept, len(found.left_out), by_merge=self._sheet.by_merge)
        as_is = [words for _, words in found.as_they_are]
        around = (*_refused(self._sheet), *opening, *_look_twice(self._sheet))
        return "\n\n".join((*around, *_listed(as_is), *_contested(plan)))

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids whose changes stand there in full."""
        return _ids(self._found.changes)

    @property
    def as_they_are(self) -> tuple[str, ...]:
        """The touched ids that nothing is changed of at present, and which stand there in full."""
        return _ids(self._found.as_they_are)

    @property
    def unprotected(self) -> tuple[str, ...]:
        """The ids that are named as losing their protection."""
        return tuple(id_ for id_ in _ids(self._found.protections) if not self._sheet.plan.protections[id_])

    @property
    def left_out(self) -> tuple[str, ...]:
        """The ids of changes, and of protections, that there is no room for."""
        return self._found.left_out


def text(plan: Plan, *, now: datetime, budget: int = BUDGET) -> str:
    """The plan within `budget` characters: deletions and replacements first, the rest counted."""
    words = Words(Sheet(plan=plan, budget=budget)).text
    return f"{words}\n\n{technical(plan, now=now, budget=budget - len(words) - 2)}"


_Said = list[tuple[list[str], str]]
"""Sentences, each with the ids that it is about."""


class _Layout(NamedTuple):
    """What there is room for."""

    changes: _Said
    protections: _Said
    as_they_are: _Said
    left_out: tuple[str, ...]


def _ids(said: _Said) -> tuple[str, ...]:
    return tuple(id_ for group, _ in said for id_ in group)


def _lay_out(sheet: Sheet) -> _Layout:
    plan, budget = sheet.plan, sheet.budget
    others = (*_refused(sheet), *_look_twice(sheet))
    room = budget * 3 // 4 - sum(map(len, others))
    told = [change for change in _by_weight(plan) if change.action is not Action.REASSERT]
    said = (([change.offering_id], sentence(change, plan.standards)) for change in told[: sheet.most])
    guards = [*_protections(plan, protect=False), *_protections(plan, protect=True)]
    changes = _fitting(said, room)
    room = _left(room, changes)
    protections = _fitting(guards, min(budget // 6, room))
    beside = set() if plan.refusals else set(sheet.touched) - {change.offering_id for change in told}
    as_is = _fitting(_as_they_are(sheet, sorted(beside)), min(budget // 6, _left(room, protections)))
    rest = [change.offering_id for change in told[len(changes) :]]
    rest += [id_ for group, _ in guards[len(protections) :] for id_ in group]
    return _Layout(changes, protections, as_is, tuple(rest))


def _fitting(said: Iterable[tuple[list[str], str]], room: int) -> _Said:
    """Those at the beginning that there is room for; no more are made than that takes."""
    kept: _Said = []
    for group, words in said:
        room -= len(words) + _SEPARATOR
        if room < 0:
            break
        kept.append((group, words))
    return kept


def _left(room: int, said: _Said) -> int:
    return room - sum(len(words) + _SEPARATOR for _, words in said)


def _by_weight(plan: Plan) -> list[Change]:
    """Deletions first."""
    return sorted(plan.shown, key=lambda change: _PRIORITY.index(change.action))


def _refused(sheet: Sheet) -> Iterator[str]:
    plan = sheet.plan
    if not plan.refusals:
        return
    told = plan_text.refusals(plan)
    said = plan_text.reasons(plan) if sheet.by_merge else (f"{why} {way_on or ''}".strip() for why, way_on in told)
    reasons = [f"- {escaped(reason)}" for reason in said]
    kept = within(reasons[:_MOST_REASONS], sheet.budget // 8)
    more = [f"- and {counted(len(reasons) - len(kept), 'more reason')}"] if len(kept) < len(reasons) else []
    yield "**This plan is refused: merging it changes nothing in the Marketplace.**"
    yield "\n".join([*kept, *more])


def _look_twice(sheet: Sheet) -> Iterator[str]:
    """What whoever reviews it should know, though it refuses nothing."""
    yield from _warned(sheet.plan, sheet.budget // 10)
    yield from _free(sheet.plan, sheet.budget // 20)
    yield from map(escaped, plan_text.remarks(sheet.plan))


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


def _opening(plan: Plan, sentences: Sequence[str], rest: int, *, by_merge: bool) -> Iterator[str]:
    will = "Without that it would" if plan.refusals else "Merging this will"
    if not sentences and not rest:
        if not plan.refusals:
            yield "**Merging this changes nothing in the Marketplace.**"
        return
    if len(sentences) == 1 and not rest:
        yield f"**{will}** {sentences[0]}. Nothing else changes."
        return
    lines = [f"- {sentence}" for sentence in sentences]
    if rest and not by_merge:
        lines.append(f"- and make {counted(rest, 'more change')}, listed or counted below")
    yield f"**{will}**"
    yield "\n".join(lines)
    if not plan.unchanged:
        yield "Nothing else changes."
    else:
        stay = "stays as it is" if plan.unchanged == 1 else "stay as they are"
        yield f"{counted(plan.unchanged, 'other listing')} {stay}."


def _repetitions(plan: Plan) -> Iterator[str]:
    again = [change for change in plan.shown if change.action is Action.REASSERT]
    if puts := sum(1 for change in again if change.intent is Intent.PUT):
        yield f"write {counted(puts, 'listing')} again exactly as confirmed"
    if deletions := len(again) - puts:
        yield f"make sure that {counted(deletions, 'deleted listing')} cannot come back"


def _protections(plan: Plan, *, protect: bool) -> _Said:
    """So many together that a sentence still names every one."""
    words = "protect {} against deletion" if protect else "no longer protect {} against deletion"
    found = sorted(id_ for id_, wanted in plan.protections.items() if wanted is protect)
    groups = [found[start : start + MOST_IDS] for start in range(0, len(found), MOST_IDS)]
    return [(group, words.format(escaped(ids(group)))) for group in groups]


def _as_they_are(sheet: Sheet, touched: Iterable[str]) -> Iterator[tuple[list[str], str]]:
    """What the files say of listings that the plan does not change."""
    files, standards = sheet.files, sheet.plan.standards
    for id_ in touched:
        wanted = id_ in files
        yield [id_], in_full(files[id_], standards) if wanted else f"{code(id_)} is neither listed nor wanted"


def _listed(as_is: Sequence[str]) -> Iterator[str]:
    if as_is:
        yield "**No change at present, and approved as it stands here:**"
        yield "\n".join(f"- {words}" for words in as_is)


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


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{fenced(body, 'text')}\n\n</details>"
