"""State documents for tests: single ones, and strategies for every state there can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from offerctl.offering import Offering
from offerctl.standards import BUILT_IN
from offerctl.state import (
    Attempt,
    Belief,
    Claim,
    Confirmed,
    Home,
    Intent,
    RecordedChange,
    RunRecord,
    State,
    Status,
    checksum,
)
from offerctl.state.belief import ReadAs
from offerctl.state.document import SealedState, seal
from offerctl.state.listings import Listings

NOON = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)


def document(serial: int, run: str = "run-1", **more: Any) -> bytes:
    """The bytes of `sealed`."""
    return sealed(serial, run, **more).data


def sealed(
    serial: int,
    run: str = "run-1",
    *,
    at_work: bool = False,
    previous: str | None = None,
    after: SealedState | None = None,
    environment: str = "prod",
) -> SealedState:
    """What a run writes: `at_work` while it holds the lease, otherwise its last state.

    Without another `previous`, or a document that it comes `after`, it follows the serial before it: that of run-6
    where it is run-7's seventh, and otherwise run-1's last.
    """
    if after is not None:
        previous = after.heading.checksum
    if previous is None and serial > 1:
        previous = _last(serial - 1, f"run-{serial - 1}" if run == f"run-{serial}" else "run-1", environment)
    claim = Claim(id=run, who="a test", boot_id=None, lease_until=NOON + timedelta(minutes=2))
    return seal(
        State(
            lineage="2b0c1f7e-9d5a-4c43-8a26-5f0f6a3f1a11",
            home=Home(environment, "https://marketplace.example", "pro-1"),
            serial=serial,
            previous=previous,
            run=claim if at_work else None,
            last_run=RunRecord(id=run, who="a test", started=NOON, finished=None if at_work else NOON),
        )
    )


def resealed(data: bytes) -> bytes:
    """A document with the checksum that goes with it, whatever was done to it."""
    return checksum.sealed(checksum.unsealed(data)[0])[0]


@cache
def _last(serial: int, run: str, environment: str) -> str:
    return sealed(serial, run, environment=environment).heading.checksum


_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_WORD = st.text("aZ9._-", max_size=8).map("x".__add__)
_DIGEST = st.integers(0, 2**256 - 1).map("{:064x}".format)
_MOMENT = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - with its zone
_NUMBER = st.decimals(Decimal("0.01"), Decimal("999999999.99"), places=2)
_STANDARD = st.sampled_from(tuple(BUILT_IN))


def offerings(offering_id: str) -> st.SearchStrategy[Offering]:
    """Any offering of that id."""
    return st.builds(
        Offering,
        offering_id=st.just(offering_id),
        training_standard_key=_STANDARD,
        course_name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
        price=st.just(Decimal(0)) | _NUMBER,
        course_duration=_NUMBER,
        external_registration_url=st.just("https://provider.example/register"),
    )


def beliefs(offering_id: str) -> st.SearchStrategy[Belief]:
    """Any belief of that listing."""
    body = st.none() | offerings(offering_id)
    found = st.builds(
        Belief,
        status=st.sampled_from(Status),
        key=st.none() | _STANDARD,
        body=body,
        quiet_until=st.none() | _MOMENT,
        protect=st.booleans(),
        last_confirmed=st.none()
        | st.builds(
            Confirmed,
            body=body,
            at=_MOMENT,
            run=_TEXT,
            commit=st.none() | _TEXT,
            file=st.none() | _TEXT,
            by_hand=st.booleans(),
        ),
        last_attempt=st.none()
        | st.builds(Attempt, intent=st.sampled_from(Intent), body=body, at=_MOMENT, run=_TEXT),
    )
    return found.filter(lambda belief: belief.status is not Status.LIVE or belief.body is not None)


_CHANGES = _WORD.flatmap(
    lambda id_: st.builds(
        RecordedChange,
        offering_id=st.just(id_),
        intent=st.sampled_from(Intent).map(str),
        outcome=_TEXT,
        before=st.none() | offerings(id_),
        after=st.none() | offerings(id_),
    )
)
_RECORDS = st.builds(
    RunRecord,
    id=_WORD,
    who=_TEXT,
    started=_MOMENT,
    finished=st.none() | _MOMENT,
    commit=st.none() | _TEXT,
    pull_request=st.none() | st.integers(1, 10**6),
    changes=st.lists(_CHANGES, max_size=2).map(tuple),
)
_CLAIMS = st.builds(Claim, id=_WORD, who=_TEXT, boot_id=st.none() | _TEXT, lease_until=_MOMENT)


def ordinary(offering_id: str) -> st.SearchStrategy[Belief]:
    """Beliefs in live listings that a run confirmed, and whose files were read: nearly all there are."""
    return st.builds(
        lambda body, protect, at, run, read: Belief(
            status=Status.LIVE,
            key=body.training_standard_key,
            body=body,
            protect=protect,
            last_confirmed=Confirmed(body=body, at=at, run=run, commit=None, file=read.file),
            last_attempt=Attempt(intent=Intent.PUT, body=body, at=at, run=run),
            read_as=read,
        ),
        offerings(offering_id),
        st.booleans(),
        _MOMENT,
        _WORD,
        st.builds(ReadAs, _WORD.map("offerings/{}.yaml".format), _DIGEST),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any state that was not written yet."""
    ids = draw(st.lists(_WORD, max_size=3, unique=True))
    return State(
        lineage=draw(st.uuids().map(str)),
        home=Home(draw(st.text("aZ9_-", max_size=8).map("x".__add__)), "https://marketplace.example", draw(_WORD)),
        serial=draw(st.integers(0, 10**9)),
        previous=draw(st.none() | _DIGEST),
        applied_commit=draw(st.none() | _TEXT),
        approved=draw(st.dictionaries(_WORD, _DIGEST, max_size=3)),
        run=draw(st.none() | _CLAIMS),
        last_run=draw(st.none() | _RECORDS),
        listings=Listings({id_: draw(beliefs(id_) | ordinary(id_)) for id_ in ids}),
        api=draw(st.none() | st.fixed_dictionaries({"collection": _TEXT})),
    )
