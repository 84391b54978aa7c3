"""One belief in a state document: to its entry and back.

An entry holds a body once: where a receipt has no `body` of its own, it is that of the listing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offerctl import canon
from offerctl.errors import InvalidOffering, StateUnreadable
from offerctl.offering import Offering, check_standard_key
from offerctl.state.belief import Attempt, Belief, Confirmed, Intent, ReadAs, Status
from offerctl.state.untyped import maybe, optional, read_body, typed

NONSENSE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, InvalidOffering)
"""What reading raises for values that no state may hold."""


def malformed(error: Exception) -> StateUnreadable:
    """What is told of them."""
    reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
    return StateUnreadable(f"the state document is malformed: {reason}")


def to_entry(belief: Belief) -> dict[str, object]:
    """The entry of a belief."""
    confirmed, attempt = belief.last_confirmed, belief.last_attempt
    return {
        "status": belief.status.value,
        "key": belief.key,
        "body": optional(Offering.attributes, belief.body),
        "quiet_until": optional(canon.timestamp, belief.quiet_until),
        "protect": belief.protect,
        "last_confirmed": confirmed
        and {
            "at": canon.timestamp(confirmed.at),
            "run": confirmed.run,
            "commit": confirmed.commit,
            "file": confirmed.file,
            **({"by_hand": True} if confirmed.by_hand else {}),
            **_own_body(confirmed.body, belief),
        },
        "last_attempt": attempt
        and {
            "intent": attempt.intent.value,
            "at": canon.timestamp(attempt.at),
            "run": attempt.run,
            **_own_body(attempt.body, belief),
        },
        **({"read_as": {"file": read_as.file, "digest": read_as.digest}} if (read_as := belief.read_as) else {}),
    }


def _own_body(body: Offering | None, belief: Belief) -> dict[str, object]:
    return {} if body == belief.body else {"body": optional(Offering.attributes, body)}


def belief_json(belief: Belief) -> dict[str, object]:
    """The untyped form of a belief, as `state show --format json` has it: each receipt with its body."""
    entry = to_entry(belief)
    for receipt in (entry["last_confirmed"], entry["last_attempt"]):
        if isinstance(receipt, dict):
            receipt.setdefault("body", entry["body"])
    entry.pop("read_as", None)
    return entry


def check_entry(offering_id: str, entry: Mapping[str, Any]) -> None:
    """What is looked at in every entry, whether anybody asks for its belief or not.

    Raises:
        ValueError: it holds the body of another listing, or is live and has none.
    """
    body = entry["body"]
    if body is None:
        if entry["status"] == Status.LIVE:
            raise ValueError("a confirmed listing has no body")
    elif body["offeringId"] != offering_id:
        raise ValueError(f"{offering_id} holds the body of {body['offeringId']}")


def read_entry(offering_id: str, entry: Mapping[str, Any]) -> Belief:
    """The belief of an entry.

    Raises:
        StateUnreadable: it holds what no belief may hold.
    """
    try:
        return _belief(offering_id, entry)
    except NONSENSE as error:
        raise malformed(error) from error


def _belief(offering_id: str, value: Mapping[str, Any]) -> Belief:
    check_entry(offering_id, value)
    confirmed, attempt, body = value["last_confirmed"], value["last_attempt"], value["body"]
    return Belief(
        status=Status(value["status"]),
        key=optional(check_standard_key, value["key"]),
        body=read_body(offering_id, body),
        quiet_until=optional(canon.moment, value["quiet_until"]),
        protect=bool(value["protect"]),
        last_confirmed=confirmed and _confirmed(offering_id, {"body": body, **confirmed}),
        last_attempt=attempt and _attempt(offering_id, {"body": body, **attempt}),
        read_as=optional(_read_as, value.get("read_as")),
    )


def _read_as(value: Mapping[str, Any]) -> ReadAs:
    return ReadAs(file=typed(str, value["file"]), digest=typed(str, value["digest"]))


def _confirmed(offering_id: str, value: Mapping[str, Any]) -> Confirmed:
    return Confirmed(
        body=read_body(offering_id, value["body"]),
        at=canon.moment(value["at"]),
        run=typed(str, value["run"]),
        commit=maybe(str, value["commit"]),
        file=maybe(str, value["file"]),
        by_hand=typed(bool, value.get("by_hand", False)),
    )


def _attempt(offering_id: str, value: Mapping[str, Any]) -> Attempt:
    return Attempt(
        intent=Intent(value["intent"]),
        body=read_body(offering_id, value["body"]),
        at=canon.moment(value["at"]),
        run=typed(str, value["run"]),
    )
