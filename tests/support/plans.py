"""Offerings, beliefs and plans for tests: single ones, and strategies for worlds of files and beliefs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from offerctl.offering import Desired, Offering
from offerctl.plan import Guards, Options, Origin, Plan, make
from offerctl.standards import BUILT_IN, JHSC_ENGLISH, JHSC_FRENCH, Standards
from offerctl.state import Attempt, Belief, Confirmed, Home, Intent, RunRecord, State, Status
from offerctl.state.listings import Listings

ENGLISH, FRENCH = JHSC_ENGLISH, JHSC_FRENCH
HOME = Home("prod", "https://marketplace.example", "pro-34616")
APPLIED = datetime(2026, 9, 2, 14, 3, tzinfo=UTC)
ATTEMPTED = datetime(2026, 9, 2, 14, 9, tzinfo=UTC)
NOW = datetime(2026, 9, 2, 14, 30, tzinfo=UTC)
COMMIT = "3f2a9c1d5b7e8f90123456789abcdef012345678"
FREE = Guards(max_deletes=10**6, allow_replace=True)
"""Guards that refuse nothing but the end of all listings."""


def offering(offering_id: str = "jhsc-en-01", **changes: Any) -> Offering:
    """An offering that differs from the usual one as said."""
    usual = Offering(
        offering_id=offering_id,
        training_standard_key=ENGLISH,
        course_name="JHSC Certification Part One",
        price=Decimal(199),
        course_duration=Decimal("19.5"),
        external_registration_url=f"https://safety-training.example/{offering_id}",
    )
    return replace(usual, **changes)


def wanted(*offerings: Offering, protect: bool = False) -> dict[str, Desired]:
    """These offerings, each in a file of its own."""
    return {
        want.offering_id: Desired(offering=want, file=f"offerings/{want.offering_id}.yaml", protect=protect)
        for want in offerings
    }


def confirmed(body: Offering | None) -> Confirmed:
    """That body as confirmed by the last apply."""
    return Confirmed(body=body, at=APPLIED, run="run-1", commit=COMMIT, file="offerings/x.yaml")


def live(body: Offering, **more: Any) -> Belief:
    """A confirmed listing."""
    key = body.training_standard_key
    return Belief(**{"status": Status.LIVE, "key": key, "body": body, "last_confirmed": confirmed(body), **more})


def maybe(before: Offering | None, attempted: Offering | None, intent: Intent = Intent.PUT, **more: Any) -> Belief:
    """A listing in doubt: last confirmed as `before`, and then tried to become `attempted`."""
    some = before or attempted
    attempt = Attempt(intent=intent, body=attempted, at=ATTEMPTED, run="run-2")
    given = {
        "status": Status.MAYBE,
        "key": some.training_standard_key if some else None,
        "last_confirmed": confirmed(before) if before else None,
        "last_attempt": attempt,
    }
    return Belief(**{**given, **more})


def gone(body: Offering, **more: Any) -> Belief:
    """A tombstone."""
    key = body.training_standard_key
    return Belief(**{"status": Status.GONE, "key": key, "last_confirmed": confirmed(None), **more})


CONTESTED = Belief(status=Status.CONTESTED, key=None)


def state(beliefs: Mapping[str, Belief], **more: Any) -> State:
    """A state with these beliefs, after an apply of `COMMIT`."""
    record = RunRecord(id="run-1", who="a test", started=APPLIED, finished=APPLIED, commit=COMMIT)
    given = {
        "lineage": "2b0c1f7e-9d5a-4c43-8a26-5f0f6a3f1a11",
        "home": HOME,
        "serial": 7,
        "previous": "0" * 64,
        "applied_commit": COMMIT,
        "last_run": record,
        "listings": Listings(beliefs),
    }
    return State(**{**given, **more})


def planned(
    desired: Mapping[str, Desired],
    beliefs: Mapping[str, Belief] | State | None,
    *,
    guards: Guards | None = None,
    home: Home = HOME,
    standards: Standards = BUILT_IN,
    **options: Any,
) -> Plan:
    """The plan for these files and beliefs; without any beliefs it is the first run's."""
    whole = beliefs if beliefs is None or isinstance(beliefs, State) else state(beliefs)
    return make(
        desired,
        whole,
        home=home,
        options=Options(**options),
        guards=guards or Guards(),
        origin=Origin(commit=COMMIT),
        standards=standards,
    )


_IDS = ("a", "b", "c", "d", "jhsc-en-01")
_BODIES = st.tuples(
    st.sampled_from((ENGLISH, FRENCH)), st.sampled_from((Decimal(0), Decimal(199), Decimal("99.5")))
)


def bodies(offering_id: str) -> st.SearchStrategy[Offering]:
    """One of six offerings of that id, so that equal ones are common."""
    return _BODIES.map(lambda b: offering(offering_id, training_standard_key=b[0], price=b[1]))


@st.composite
def beliefs_of(draw: st.DrawFn, offering_id: str) -> Belief:
    """A belief that an apply can have left."""
    body, other = draw(bodies(offering_id)), draw(bodies(offering_id))
    protect = draw(st.booleans())
    intent = draw(st.sampled_from(Intent))
    attempted = None if intent is Intent.DELETE else other
    return draw(
        st.sampled_from(
            (
                live(body, protect=protect),
                gone(body),
                CONTESTED,
                maybe(draw(st.sampled_from((body, None))), attempted, intent, protect=protect),
                Belief(status=Status.MAYBE, key=None),
            )
        )
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Desired], dict[str, Belief]]:
    """Files and beliefs of up to five listings."""
    desired = {
        id_: Desired(offering=draw(bodies(id_)), file=f"offerings/{id_}.yaml", protect=draw(st.booleans()))
        for id_ in draw(st.sets(st.sampled_from(_IDS)))
    }
    return desired, {id_: draw(beliefs_of(id_)) for id_ in sorted(draw(st.sets(st.sampled_from(_IDS))))}
