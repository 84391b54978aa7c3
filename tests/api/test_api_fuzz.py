"""Any answer there can be is one outcome: nothing raises, nothing grows, nothing false is called done."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from offerctl import api
from offerctl.api import Action, Kind, Reply

numbers = st.integers() | st.floats() | st.integers(min_value=10**300, max_value=10**310)
words = st.sampled_from(["notFound", "general", "already exists", "invalid", "duplicate", "\x1b[31m", "\u202e"])
keys = st.sampled_from(["error", "errors", "code", "message"]) | st.text(max_size=5)
documents = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
json_bytes = st.builds(
    lambda document, ascii_only, mark: (
        mark + json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")
    ),
    documents,
    st.booleans(),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf", b" \n", b"\x00"]),
)
deep = st.builds(
    lambda depth, end: b'{"error":' * depth + b"1" + b"}" * end, st.integers(0, 3000), st.integers(0, 3000)
)
bodies = st.binary() | json_bytes | deep | st.text().map(lambda text: text.encode("utf-16", "replace"))
names = st.sampled_from(["Retry-After", "Date", "Content-Encoding", "Content-Type"]) | st.text(max_size=12)
values = (
    st.sampled_from(["Wed, 02 Sep 2026 14:03:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "gzip", "identity", "7"])
    | st.integers().map(str)
    | st.text(max_size=40)
)
replies = st.builds(
    Reply,
    status=st.sampled_from([200, 204, 400, 401, 403, 404, 408, 409, 429, 500, 503]) | st.integers(),
    headers=st.dictionaries(names, values, max_size=4),
    body=bodies,
    whole=st.booleans(),
)


@given(st.sampled_from(Action), replies)
@example(Action.ADD, Reply(status=409, headers={"Retry-After": "9" * 5000}, body=b"1" * 5000))
@example(
    Action.ADD, Reply(status=400, headers={}, body=b'{"errors": [1, null, {"code": []}, {"code": "general"}]}')
)
def test_every_answer_is_one_outcome(action: Action, reply: Reply) -> None:
    """A kind of the table, bounded text that any file can hold, a sane time to wait."""
    outcome = api.outcome(action, reply)
    assert outcome.kind in set(Kind) - {Kind.NOT_SENT}
    assert outcome.status == reply.status
    assert len(outcome.message) <= api.MAX_MESSAGE
    assert outcome.code is None or len(outcome.code) <= api.MAX_CODE
    assert not set(outcome.message + (outcome.code or "")) & set("\r\n\t")
    (outcome.message + (outcome.code or "")).encode()
    assert outcome.retry_after is None or 0 <= outcome.retry_after < 10**12


@given(st.sampled_from(Action), replies)
def test_done_and_absent_are_never_guessed(action: Action, reply: Reply) -> None:
    """OK needs a 2xx read whole, empty or JSON; ABSENT a 404 with its code in JSON; EXISTS an add."""
    kind = api.outcome(action, reply).kind
    if kind is Kind.OK:
        assert 200 <= reply.status < 300
        assert reply.whole
    if kind is Kind.ABSENT:
        assert reply.status == 404
        assert b"notFound" in reply.body
        assert reply.whole
    if kind is Kind.EXISTS:
        assert action is Action.ADD
        assert reply.status in {400, 409}
    if kind in {Kind.REJECTED, Kind.STOP, Kind.THROTTLED}:
        assert 400 <= reply.status < 500


@given(st.sampled_from(Action), replies, st.lists(st.text(min_size=5), max_size=3))
def test_secrets_never_decide(action: Action, reply: Reply, hide: list[str]) -> None:
    """Masking changes what is shown, not what is concluded."""
    assert api.outcome(action, reply, hide=hide).kind is api.outcome(action, reply).kind


@given(st.text(), st.integers(10, 60), st.lists(st.text(alphabet="abcdef", min_size=5, max_size=9), max_size=3))
def test_tidy_hides_and_bounds(text: str, limit: int, secrets: list[str]) -> None:
    """No secret stays, wherever it stood and whatever it stood beside."""
    told = api.tidy(" ".join([text, *secrets, text]), limit, secrets)
    assert len(told) <= limit
    assert not [secret for secret in secrets if secret in told]
