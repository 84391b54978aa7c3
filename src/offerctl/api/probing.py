"""What `probe` asks a Marketplace, one question after the other, as a generator without I/O.

Every Add and Patch is for one id of the probe's own, so that whatever a question does is undone by one Delete.
What the answers teach says `learning`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import get_args

from offerctl.api.answer import Kind, Outcome
from offerctl.api.dialect import DEFAULT, Dialect, Place
from offerctl.api.questions import (
    Answer,
    Question,
    Topic,
    Trace,
    is_understood,
    may_have_run,
    place_of,
    why_not_let_in,
    with_place,
)
from offerctl.api.request import Action, Request, add, delete, patch
from offerctl.offering import PATCHABLE, Offering

UNKNOWN_STANDARD = "OFFERCTL-PROBE-UNKNOWN"
"""A trainingStandardKey that no course has."""
WRONG_PATH = "-offerctl-probe"
"""What makes the path of the collection one that no API has."""
LEFT_OUT = "courseName"
_REFUSED = frozenset({400, 403, 405, 411, 413, 415, 422})
"""How a server refuses a body or a query that it did not expect."""


Asking = Generator[Question, Outcome | None, None]
_Reply = Generator[Question, Outcome | None, Outcome | None]


@dataclass(slots=True, kw_only=True)
class Interview:
    """The conversation so far: its `answers`, and the `dialect` that has worked best.

    `written` are the keys of the `api` table that the user wrote: no other credentials are tried than those.
    """

    assumed: Dialect
    written: frozenset[str]
    offering: Offering
    answers: list[Answer] = field(default_factory=list)
    dialect: Dialect = DEFAULT

    def questions(self) -> Asking:
        """Every question; send back its outcome, or nothing where it was left out."""
        self.dialect = self.assumed
        yield from self._enter()
        if why_not_let_in(self.outcomes(Topic.ABSENT_DELETE)) is not None:
            return
        yield from self._absent()
        yield from self._add()
        if self.trace() is Trace.NONE:
            return
        yield from self._present()
        yield from self._leave()
        if self.trace() is Trace.GONE:
            yield from self._refusals()

    def outcomes(self, *topics: Topic) -> list[Outcome]:
        """What was answered to questions about these."""
        return [answer.outcome for answer in self.about(*topics)]

    def about(self, *topics: Topic) -> list[Answer]:
        """The answers to questions about these."""
        return [answer for answer in self.answers if answer.question.topic in topics]

    def trace(self) -> Trace:
        """Whether the probe's listing may be there, by the answers so far."""
        found = Trace.NONE
        for answer in self.answers:
            if answer.question.request.action is not Action.DELETE:
                if may_have_run(answer.outcome):
                    return Trace.MAYBE
                if answer.outcome.kind is Kind.OK:
                    found = Trace.MAYBE
            elif found is Trace.MAYBE and answer.outcome.kind in {Kind.OK, Kind.ABSENT}:
                found = Trace.GONE
        return found

    def _ask(
        self, topic: Topic, request: Request, dialect: Dialect | None = None, *, reserve: int | None
    ) -> _Reply:
        question = Question(topic=topic, request=request, dialect=dialect or self.dialect, reserve=reserve)
        outcome = yield question
        if outcome is not None:
            self.answers.append(Answer(question=question, outcome=outcome))
        return outcome

    def _enter(self) -> Asking:
        """Is the probe let in? Deletes what is not there, at first as assumed."""
        request = delete(self.offering.offering_id)
        for dialect in _credentials(self.assumed, self.written):
            outcome = yield from self._ask(Topic.ABSENT_DELETE, request, dialect, reserve=None)
            self.dialect = dialect
            if outcome is None or outcome.status != HTTPStatus.UNAUTHORIZED:
                break
        if not self.answers or self.answers[-1].outcome.status in {None, HTTPStatus.UNAUTHORIZED}:
            return
        for place in self._others(Action.DELETE):
            tried = with_place(self.dialect, Action.DELETE, place)
            yield from self._ask(Topic.ABSENT_DELETE, request, tried, reserve=4)
        worked = [a.question.place for a in self.about(Topic.ABSENT_DELETE) if is_understood(a.outcome)]
        self._settle(Action.DELETE, worked)

    def _absent(self) -> Asking:
        """What is said of an id that is not there, and of a path that no API has."""
        id_ = self.offering.offering_id
        elsewhere = self.dialect.collection + WRONG_PATH
        wrong = replace(self.dialect, collection=elsewhere)
        yield from self._ask(Topic.WRONG_DELETE, delete(id_), wrong, reserve=4)
        everything = patch(self.offering, PATCHABLE)
        for place in self._places(Action.PATCH):
            tried = with_place(self.dialect, Action.PATCH, place)
            outcome = yield from self._ask(Topic.ABSENT_PATCH, everything, tried, reserve=4)
            if outcome is not None and is_understood(outcome):
                self._settle(Action.PATCH, [place])
                break
            if outcome is None or outcome.status not in _REFUSED:
                break
        wrong = replace(self.dialect, collection=elsewhere)
        yield from self._ask(Topic.WRONG_PATCH, everything, wrong, reserve=4)

    def _add(self) -> Asking:
        request = add(self.offering)
        for place in self._places(Action.ADD):
            tried = with_place(self.dialect, Action.ADD, place)
            outcome = yield from self._ask(Topic.ADD, request, tried, reserve=None)
            if outcome is not None and (outcome.kind is Kind.OK or may_have_run(outcome)):
                self._settle(Action.ADD, [place])
                return
            if outcome is None or outcome.status not in _REFUSED:
                return

    def _present(self) -> Asking:
        """What is said while the listing is there."""
        again = add(self.offering)
        yield from self._ask(Topic.AGAIN, again, reserve=4)
        everything = patch(self.offering, PATCHABLE)
        worked = False
        for place in self._places(Action.PATCH):
            tried = with_place(self.dialect, Action.PATCH, place)
            outcome = yield from self._ask(Topic.PATCH_ALL, everything, tried, reserve=5)
            if worked := outcome is not None and outcome.kind is Kind.OK:
                self._settle(Action.PATCH, [place])
                break
        changed = replace(self.offering, price=self.offering.price + 1)
        one = replace(self.dialect, patch="changed")
        yield from self._ask(Topic.PATCH_ONE, patch(changed, ("price",)), one, reserve=4)
        tried_to_add = {answer.question.place for answer in self.about(Topic.ADD)}
        for place in self._others(Action.ADD):
            if place not in tried_to_add:
                tried = with_place(self.dialect, Action.ADD, place)
                yield from self._ask(Topic.AGAIN, again, tried, reserve=4)
        if worked:
            known = {answer.question.place for answer in self.about(Topic.PATCH_ALL)}
            for place in self._others(Action.PATCH):
                if place not in known:
                    tried = with_place(self.dialect, Action.PATCH, place)
                    yield from self._ask(Topic.PATCH_ALL, everything, tried, reserve=4)

    def _leave(self) -> Asking:
        request = delete(self.offering.offering_id)
        for place in self._places(Action.DELETE):
            tried = with_place(self.dialect, Action.DELETE, place)
            outcome = yield from self._ask(Topic.DELETE, request, tried, reserve=None)
            if outcome is not None and outcome.kind is Kind.OK:
                self._settle(Action.DELETE, [place])
                yield from self._ask(Topic.DELETE_AGAIN, request, reserve=0)
                return
            if outcome is None or outcome.status not in _REFUSED:
                return

    def _refusals(self) -> Asking:
        """What is said of an Add that cannot be right; one that is taken all the same is undone."""
        whole = add(self.offering)
        values = dict(whole.attributes)
        without = tuple((name, value) for name, value in whole.attributes if name != LEFT_OUT)
        unknown = tuple({**values, "trainingStandardKey": UNKNOWN_STANDARD}.items())
        for topic, attributes in ((Topic.MISSING, without), (Topic.STANDARD, unknown)):
            yield from self._ask(topic, replace(whole, attributes=attributes), reserve=1)
            if self.trace() is not Trace.GONE:
                yield from self._ask(Topic.UNDO, delete(self.offering.offering_id), reserve=None)
            if self.trace() is not Trace.GONE:
                return

    def _places(self, action: Action) -> Iterator[Place]:
        """The place that is thought right, and then the others."""
        yield place_of(self.dialect, action)
        yield from self._others(action)

    def _others(self, action: Action) -> list[Place]:
        """Every other place. "none" goes before the query: what is not missed need not be sent."""
        present = place_of(self.dialect, action)
        return [place for place in _IN_TURN if place != present]

    def _settle(self, action: Action, worked: Sequence[Place]) -> None:
        if worked and place_of(self.dialect, action) not in worked:
            best = next(place for place in _IN_TURN if place in worked)
            self.dialect = with_place(self.dialect, action, best)


_IN_TURN: tuple[Place, ...] = ("body", "none", "query")
assert set(_IN_TURN) == set(get_args(Place))


def _credentials(assumed: Dialect, written: frozenset[str]) -> Iterator[Dialect]:
    """The assumed header, then the other forms that the public record has seen, where nobody wrote one."""
    yield assumed
    if assumed.auth != "bln" or written >= {"scheme", "entity"}:
        return
    for scheme, entity in (("BLN", "network"), ("bln", "network"), ("bln", "user")):
        other = replace(
            assumed,
            scheme=assumed.scheme if "scheme" in written else scheme,
            entity=assumed.entity if "entity" in written else entity,
        )
        if (other.scheme, other.entity) != (assumed.scheme, assumed.entity):
            yield other
