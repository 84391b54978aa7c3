"""What `probe` asks a Marketplace, one question after the other, as a generator without I/O.

Every Add and Patch is for one id of the probe's own, so that whatever a question does is undone by one Delete.
What the answers teach says `learning`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import get_args

from offerctl.api.answer import Kind, Outcome
from offerctl.api.dialect import DEFAULT, Dialect, KeyPlaces, Place
from offerctl.api.request import Action, Request, add, delete, patch
from offerctl.offering import PATCHABLE, Offering

UNKNOWN_STANDARD = "OFFERCTL-PROBE-UNKNOWN"
"""A trainingStandardKey that no course has."""
WRONG_PATH = "-offerctl-probe"
"""What makes the path of the collection one that no API has."""
LEFT_OUT = "courseName"
_REFUSED = frozenset({400, 403, 405, 411, 413, 415, 422})
"""How a server refuses a body or a query that it did not expect."""
_MISSED = frozenset({404, 410})


class Topic(StrEnum):
    """What a question is about, in the words of the report."""

    ABSENT_DELETE = "delete what is absent"
    WRONG_DELETE = "delete at an unknown path"
    ABSENT_PATCH = "patch what is absent"
    WRONG_PATCH = "patch at an unknown path"
    ADD = "add"
    AGAIN = "add again"
    PATCH_ALL = "patch all attributes"
    PATCH_ONE = "patch one attribute"
    DELETE = "delete"
    DELETE_AGAIN = "delete again"
    MISSING = "add without courseName"
    STANDARD = "add with an unknown standard"
    UNDO = "delete what was expected to be refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request, in the dialect that it is tried in.

    `reserve`: how many requests must be left after it, so that what it may do can be undone; none where it is
    needed, whatever is left.
    """

    topic: Topic
    request: Request
    dialect: Dialect
    reserve: int | None

    @property
    def place(self) -> Place:
        """Where its networkKey stands."""
        return place_of(self.dialect, self.request.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A question that was asked, and what became of it."""

    question: Question
    outcome: Outcome


class Trace(StrEnum):
    """What is left of a probe in the Marketplace."""

    NONE = "none"
    """Nothing that it sent can have listed anything."""
    GONE = "gone"
    MAYBE = "maybe"


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


def why_not_let_in(outcomes: Iterable[Outcome]) -> str | None:
    """Why nothing can be asked, by the answers to the first questions; none where one was understood."""
    found = list(outcomes)
    if any(outcome.status not in {None, *_DENIED} for outcome in found):
        return None
    if not found:
        return "nothing was asked"
    last = found[-1]
    if last.status is None:
        return last.message or "there was no answer"
    said = " ".join(str(part) for part in (last.status, last.code) if part is not None)
    what = "the credentials are not accepted" if last.status == HTTPStatus.UNAUTHORIZED else "denied"
    return f"{what} ({said}){f': {last.message}' if last.message else ''}"


_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def may_have_run(outcome: Outcome) -> bool:
    """Whether a request without a clear answer may have been executed: one that was refused as such was not.

    A run takes a 404 in HTTP's own words as unsure, since a wrong address says the same; it lists nothing there.
    """
    is_refused = outcome.status in range(400, 500) and outcome.status != HTTPStatus.REQUEST_TIMEOUT
    return outcome.may_have_run and not is_refused


def is_understood(outcome: Outcome) -> bool:
    """Whether an answer is about the listing, and not about the form of the request."""
    return outcome.kind in {Kind.OK, Kind.ABSENT} or outcome.status in _MISSED


def place_of(dialect: Dialect, action: Action) -> Place:
    """Where a dialect has the networkKey of an action."""
    places = dialect.network_key_in
    return {Action.ADD: places.add, Action.PATCH: places.patch, Action.DELETE: places.delete}[action]


def with_place(dialect: Dialect, action: Action, place: Place) -> Dialect:
    """The dialect with the networkKey of one action elsewhere."""
    now = dialect.network_key_in
    places = KeyPlaces(
        add=place if action is Action.ADD else now.add,
        patch=place if action is Action.PATCH else now.patch,
        delete=place if action is Action.DELETE else now.delete,
    )
    return replace(dialect, network_key_in=places, patch=dialect.patch)


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
