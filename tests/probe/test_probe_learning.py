"""What the answers of a probe teach, and what they do not; asked without a network."""

from __future__ import annotations

from collections.abc import Callable

from offerctl.api import Action, Dialect, Reply, Signs, outcome
from offerctl.api.learning import Finding, Learned, Verdict, learn
from offerctl.api.probing import WRONG_PATH, Interview
from offerctl.api.questions import Question, Topic, Trace
from support.plans import offering

Says = tuple[int, bytes]
DONE: Says = 204, b""
NOT_FOUND = b'{"error": {"code": "notFound", "message": "no such offering"}}'
TAKEN = b'{"error": {"code": "general", "message": "this id already exists"}}'
INVALID = b'{"error": {"code": "invalid", "message": "something is missing"}}'


class Marketplace:
    """One listing or none, and answers that a test gives by topic."""

    def __init__(self, special: Callable[[Question, bool], Says | None]) -> None:
        self.special = special
        self.there = False

    def __call__(self, question: Question) -> Says:
        """What it says; a 2xx has been executed."""
        said = self.special(question, self.there) or self._usual(question)
        if 200 <= said[0] < 300:
            self.there = {Action.ADD: True, Action.DELETE: False}.get(question.request.action, self.there)
        return said

    def _usual(self, question: Question) -> Says:
        if WRONG_PATH in question.dialect.collection:
            return 404, b"<h1>Not Found</h1>"
        if question.topic in {Topic.MISSING, Topic.STANDARD}:
            return 400, INVALID
        if question.request.action is Action.ADD:
            return (400, TAKEN) if self.there else DONE
        return DONE if self.there else (404, NOT_FOUND)


def probed(
    special: Callable[[Question, bool], Says | None], *, written: frozenset[str] = frozenset(), most: int = 99
) -> tuple[Learned, Interview, int]:
    """A whole interview: what was learned, and how many questions were asked."""
    market = Marketplace(special)
    it = Interview(assumed=Dialect(), written=written, offering=offering("offerctl-probe-1"))
    questions, asked = it.questions(), 0
    question = next(questions, None)
    while question is not None:
        answer = None
        if question.reserve is None or asked < most:
            asked += 1
            status, body = market(question)
            answer = outcome(
                question.request.action, Reply(status=status, headers={}, body=body), question.dialect
            )
        try:
            question = questions.send(answer)
        except StopIteration:
            break
    assert not market.there or it.trace() is Trace.MAYBE
    return learn(it), it, asked


def finding(learned: Learned, name: str) -> Finding:
    """The one of that setting."""
    [found] = [found for found in learned.findings if found.setting == name]
    return found


def test_a_marketplace_as_assumed_teaches_nothing_new() -> None:
    """Every setting is confirmed, and what a probe cannot know is said."""
    learned, it, asked = probed(lambda _q, _there: None)
    assert learned.settings == {}
    assert {found.verdict for found in learned.findings} == {Verdict.CONFIRMED}
    assert any("takes a read" in item for item in learned.unknown)
    assert it.trace() is Trace.GONE
    assert asked <= 25


def test_a_status_alone_never_means_absent_where_an_unknown_path_answers_the_same() -> None:
    """The very words of a wrong address: not known, and nothing is written."""

    def special(question: Question, there: bool) -> Says | None:  # noqa: FBT001 - called by position
        is_absent = not there and question.request.action is not Action.ADD
        return (404, b"<h1>Not Found</h1>") if is_absent else None

    learned, _, _ = probed(special)
    assert finding(learned, "absent").verdict is Verdict.UNKNOWN
    assert "absent" not in learned.settings
    assert any(item.startswith("absent: nothing tells it from other answers") for item in learned.unknown)


def test_an_unknown_path_that_says_notfound_leaves_absent_unknown() -> None:
    """The documented code, from anywhere."""
    learned, _, _ = probed(lambda q, _there: (404, NOT_FOUND) if WRONG_PATH in q.dialect.collection else None)
    assert finding(learned, "absent").verdict is Verdict.UNKNOWN


def test_a_status_that_nothing_else_has_is_enough() -> None:
    """410 without a word."""
    learned, _, _ = probed(
        lambda q, there: (
            (410, b"")
            if not there and q.topic in {Topic.ABSENT_DELETE, Topic.ABSENT_PATCH}
            else (410, b"")
            if q.topic is Topic.DELETE_AGAIN
            else None
        )
    )
    assert learned.settings["absent"] == Signs(status=(410,)).document()


def test_a_second_add_that_is_taken_is_said() -> None:
    """Nobody can see what it did."""
    learned, it, _ = probed(lambda question, _there: DONE if question.topic is Topic.AGAIN else None)
    found = finding(learned, "exists")
    assert found.verdict is Verdict.UNKNOWN
    assert "a second Add is taken" in found.seen
    assert it.trace() is Trace.GONE


def test_words_that_name_this_one_request_are_no_sign() -> None:
    """Ids and numbers of requests differ from time to time."""
    words = b'{"message": "request 7f31: offerctl-probe-1 is in use already (attempt 2)"}'
    learned, _, _ = probed(lambda question, _there: (422, words) if question.topic is Topic.AGAIN else None)
    assert learned.settings["exists"] == {"status": [422], "codes": [], "messages": ["is in use already"]}


def test_words_that_hide_something_are_no_sign() -> None:
    """They would come into the configuration, where nobody saw them."""
    words = '{"message": "taken\u202e already"}'.encode()
    learned, _, _ = probed(lambda question, _there: (422, words) if question.topic is Topic.AGAIN else None)
    assert "\u202e" not in str(learned.settings)


def test_an_add_that_should_have_been_refused_is_undone() -> None:
    """Without an attribute, and taken: deleted at once, and said."""
    learned, it, _ = probed(lambda question, _there: DONE if question.topic is Topic.MISSING else None)
    assert finding(learned, Topic.MISSING.value).verdict is Verdict.UNKNOWN
    assert it.trace() is Trace.GONE
    assert it.outcomes(Topic.UNDO)


def test_what_the_user_wrote_is_not_written_over() -> None:
    """That it differs is told."""
    learned, _, _ = probed(
        lambda q, _there: (400, INVALID) if q.topic is Topic.PATCH_ONE else None, written=frozenset({"patch"})
    )
    assert finding(learned, "patch").verdict is Verdict.DIFFERS
    assert learned.settings == {}


def test_what_is_left_out_in_a_hurry_is_not_claimed() -> None:
    """Only what is needed is asked: the listing is gone again, and what was not seen is not known."""
    learned, it, asked = probed(lambda _q, _there: None, most=0)
    assert it.trace() is Trace.GONE
    assert asked == 3
    assert finding(learned, "patch").verdict is Verdict.UNKNOWN
    assert finding(learned, "exists").verdict is Verdict.UNKNOWN
