"""The page as it will be, as static HTML: a plan and the wanted offerings in, one string for each language out.

It is drawn from the templates of the served page, on which nothing of the kind is known. A file needs nothing from
anywhere: its style and its one script stand in it, and its Content-Security-Policy admits these two alone. The
same plan makes the same bytes: there is no clock in them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from offerctl.embedded import page
from offerctl.embedded.fold import ALIKE, fold
from offerctl.embedded.preview_words import PREVIEW_WORDS, Mark, PreviewWords
from offerctl.embedded.words import LANGUAGES, WORDS, Words
from offerctl.offering import Desired, Offering
from offerctl.plan import Action, Change, Plan
from offerctl.render.style import sanitize
from offerctl.render.unseen import unseen_difference
from offerctl.standards import Language, Standards

GENERATOR = "offerctl preview"
"""Stands in every page, and so tells a preview from what somebody else wrote."""
MAX_SHOWN = 2_000
"""Courses on one page; of more, those that change come first."""
_MOST_REASONS = 20
_SCRIPT = Path(__file__).with_name("templates") / "preview.js"
_MARKS: Mapping[Action, Mark] = {
    Action.ADD: Mark.NEW,
    Action.CHANGE: Mark.CHANGED,
    Action.REPLACE: Mark.CHANGED,
    Action.SETTLE: Mark.DOUBT,
    Action.DELETE: Mark.GOES,
}
"""Re-asserted listings have none: they are written again as they were confirmed."""
_WEIGHT = (Mark.GOES, Mark.DOUBT, Mark.CHANGED, Mark.NEW)
"""What changes, by how much a reader wants to know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One listing as it will be (as it was where it goes; none where nobody knows), and what a plan does to it."""

    offering_id: str
    offering: Offering | None
    mark: Mark | None = None
    change: Change | None = None


def file_name(language: Language) -> str:
    """The name of a page's file, by which the pages know each other."""
    return f"{language}.html"


def listings(plan: Plan, desired: Mapping[str, Desired]) -> tuple[Previewed, ...]:
    """Every listing that will be there, and those that go, in the order of their names."""
    changes = {change.offering_id: change for change in plan.changes}
    wanted = (_previewed(id_, want.offering, changes.get(id_), plan) for id_, want in desired.items())
    leaving = (
        Previewed(offering_id=change.offering_id, offering=change.before, mark=Mark.GOES, change=change)
        for change in plan.changes
        if change.action is Action.DELETE
    )
    return tuple(sorted([*wanted, *leaving], key=_order))


def counts(found: Iterable[Previewed]) -> Mapping[Mark | None, int]:
    """How many have each mark, and how many none."""
    counted = Counter(one.mark for one in found)
    return {mark: counted[mark] for mark in (*Mark, None)}


def pages(plan: Plan, desired: Mapping[str, Desired]) -> Mapping[str, str]:
    """The HTML of each file, by its name."""
    found = listings(plan, desired)
    return {file_name(language): _page(language, plan, found) for language in LANGUAGES}


def _previewed(id_: str, offering: Offering, change: Change | None, plan: Plan) -> Previewed:
    if plan.contested.get(id_):
        return Previewed(offering_id=id_, offering=offering, mark=Mark.DOUBT)
    mark = _MARKS.get(change.action) if change else None
    return Previewed(offering_id=id_, offering=offering, mark=mark, change=change if mark else None)


def _order(one: Previewed) -> tuple[str, str]:
    return page.order(one.offering) if one.offering else ("", one.offering_id)


def _page(language: Language, plan: Plan, found: tuple[Previewed, ...]) -> str:
    writer = _Writer(words=WORDS[language], own=PREVIEW_WORDS[language], standards=plan.standards)
    changing = [one for mark in _WEIGHT for one in found if one.mark is mark][:MAX_SHOWN]
    staying = [one for one in found if not one.mark][: MAX_SHOWN - len(changing)]
    number = counts(found)
    return page.render(
        "preview.html",
        writer.words,
        own=writer.own,
        generator=GENERATOR,
        policy=_policy(),
        script=Markup(_script()),  # noqa: S704 - ours, with a table of ours in it
        home=file_name(language),
        switch=file_name(writer.words.other),
        notes=[*writer.notes(plan)],
        refusals=[sanitize(f"{one.message} {one.hint or ''}".strip()) for one in plan.refusals[:_MOST_REASONS]],
        warnings=[sanitize(breach.message) for breach in plan.warnings[:_MOST_REASONS]],
        marks=[(mark, writer.own.marks[mark], number[mark]) for mark in Mark if number[mark]],
        unchanged=number[None],
        changing=[writer.card(one) for one in changing],
        staying=[writer.card(one) for one in staying],
        shown=len(changing) + len(staying),
        total=len(found),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Values into the words of one language."""

    words: Words
    own: PreviewWords
    standards: Standards

    def notes(self, plan: Plan) -> Iterator[str]:
        """What this is, and what it rests on."""
        environment = sanitize(plan.home.environment)
        yield self.own.note.format(environment=environment)
        if plan.applied_at is None:
            yield self.own.first.format(environment=environment)
        else:
            commit = f" (commit {sanitize(plan.confirmed_commit[:7])})" if plan.confirmed_commit else ""
            yield self.own.compared.format(when=self.words.moment(plan.applied_at), commit=commit)
        if plan.origin.commit:
            said = self.own.commit.format(commit=sanitize(plan.origin.commit[:7]))
            yield f"{said}{self.own.dirty if plan.origin.dirty else ''}."

    def card(self, one: Previewed) -> Mapping[str, object]:
        """A card of the page, with its mark, what is said of it, and where a visitor would register."""
        offering = one.offering
        shown = page.card(offering, self.words, self.standards) if offering else _unknown(one.offering_id)
        return {
            **shown,
            "mark": one.mark or "",
            "marked": self.own.marks[one.mark] if one.mark else "",
            "said": self._said(one),
            "rows": [*self._rows(one.change)] if one.change else [],
            "url": offering.external_registration_url if offering and one.mark is not Mark.GOES else "",
            "found_by": fold(sanitize(f"{offering.course_name if offering else ''} {one.offering_id}")),
        }

    def _said(self, one: Previewed) -> str:
        change = one.change
        if change is None:
            return self.own.contested if one.mark is Mark.DOUBT else ""
        sentences = {
            Action.REPLACE: self.own.replaced,
            Action.DELETE: self.own.leaves,
            Action.SETTLE: self.own.doubtful,
        }
        return sentences.get(change.action, "")

    def _rows(self, change: Change) -> Iterator[Mapping[str, str]]:
        """What an attribute is or may be now, and what it becomes; none of those that stay as they are."""
        after = change.after
        if after is None or change.action is Action.ADD:
            return
        for (what, new), olds in zip(self._values(after), self._possible(change), strict=True):
            if set(olds) != {new}:
                note = unseen_difference(olds[0], new) if len(olds) == 1 else ""
                shown = f" {self.own.alternative} ".join(map(sanitize, olds))
                yield {"what": what, "old": shown, "new": sanitize(new), "note": note}

    def _possible(self, change: Change) -> Iterator[tuple[str, ...]]:
        """What each attribute may be now: as confirmed, or as an attempt without an answer wanted it."""
        settling = change.action is Action.SETTLE
        sides = [self._side(change.before, self.own.unknown)]
        if settling:
            missing = self.own.not_listed if change.attempted_at else self.own.unknown
            sides.append(self._side(change.attempted, missing))
        for several in zip(*sides, strict=True):
            yield tuple(dict.fromkeys(several))

    def _side(self, offering: Offering | None, missing: str) -> tuple[str, ...]:
        return tuple(value for _, value in self._values(offering)) if offering else (missing,) * 5

    def _values(self, offering: Offering) -> tuple[tuple[str, str], ...]:
        words = self.words
        return (
            (self.own.name, offering.course_name),
            (words.price, words.money(offering.price)),
            (words.duration, words.hours(offering.course_duration)),
            (words.standard, page.standard_name(offering, words, self.standards)),
            (self.own.page, offering.external_registration_url),
        )


def _unknown(offering_id: str) -> Mapping[str, str]:
    """A card of a listing of which only the id is known."""
    empty = dict.fromkeys(("lang", "language", "price", "duration", "standard"), "")
    return {**empty, "id": offering_id, "name": offering_id}


@cache
def _policy() -> str:
    """As far as a page can say it itself: it loads nothing, sends nothing, and runs the one script."""
    style, script = page.hashed(page.style()), page.hashed(_script())
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; form-action 'none'; "
        "base-uri 'none'"
    )


@cache
def _script() -> str:
    return _SCRIPT.read_text(encoding="utf-8").replace("ALIKE", json.dumps(ALIKE, ensure_ascii=True))
