"""One question of a probe and its answer as values, and what an answer says whatever was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus

from offerctl.api.answer import Kind, Outcome
from offerctl.api.dialect import Dialect, KeyPlaces, Place
from offerctl.api.request import Action, Request

_MISSED = frozenset({404, 410})
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


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
