"""A plan's changes in plain words, each in full: whoever reads its sentence has seen all that it writes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from offerctl import canon
from offerctl.offering import Offering
from offerctl.plan import Action, Change
from offerctl.render.markdown import code, escaped
from offerctl.render.unseen import unseen_difference
from offerctl.standards import Standards

_CENT = Decimal("0.01")


def sentence(change: Change, standards: Standards) -> str:
    """What a change does, after "merging this will": every attribute that is written, with what it was."""
    before, after = change.before, change.after
    if after is None:
        if before is None:
            return f"remove {code(change.offering_id)} from the Marketplace"
        return f"remove {course(before, standards)} from the Marketplace ({code(change.offering_id)})"
    match change.action:
        case Action.ADD:
            return f"list {in_full(after, standards)}"
        case Action.REPLACE:
            old = course(before, standards) if before else f"what is listed as {code(change.offering_id)}"
            return f"take {old} down and then list {in_full(after, standards)} in its place"
        case Action.CHANGE if before is not None and before != after:
            return _changed(before, after, standards)
        case _:
            again = in_full(after, standards, again=True)
            return f"write {again}, as it is not certain what is listed"


def course(offering: Offering, standards: Standards) -> str:
    """`*CMSST, certification partie 1* (French)`, where its standard course is known."""
    language = standards.language(offering.training_standard_key)
    return f"{_named(offering)} ({language})" if language else _named(offering)


def in_full(offering: Offering, standards: Standards, *, again: bool = False) -> str:
    """All six attributes: `*CMSST* (French) at $199.00 (`cmsst-fr-01`, standard `…`, 19.5 hours, …)`."""
    rest = (
        code(offering.offering_id),
        f"standard {code(offering.training_standard_key)}",
        f"{canon.text(offering.course_duration)} hours",
        f"registration at {escaped(offering.external_registration_url)}",
    )
    name = f"{course(offering, standards)} again" if again else course(offering, standards)
    return f"{name} at {_dollars(offering)} ({', '.join(rest)})"


def _named(offering: Offering) -> str:
    name = escaped(offering.course_name)
    return f"*{name}*" if name else code(offering.offering_id)


def _changed(before: Offering, after: Offering, standards: Standards) -> str:
    details = [*_details(before, after)]
    if len(details) == 1:
        ((what, how),) = details
        return f"change the {what} of {course(before, standards)} {how} ({code(after.offering_id)})"
    listed = "; ".join(f"its {what} {how}" for what, how in details)
    return f"change {course(before, standards)}: {listed} ({code(after.offering_id)})"


def _details(before: Offering, after: Offering) -> Iterator[tuple[str, str]]:
    if before.price != after.price:
        yield "price", f"from {_dollars(before)} to {_dollars(after)}"
    if before.course_name != after.course_name:
        old, new = before.course_name, after.course_name
        yield "name", f"from {_named(before)} to {_named(after)}{_unseen(old, new)}"
    if before.course_duration != after.course_duration:
        hours = f"{canon.text(before.course_duration)} to {canon.text(after.course_duration)} hours"
        yield "duration", f"from {hours}"
    if before.external_registration_url != after.external_registration_url:
        old, new = before.external_registration_url, after.external_registration_url
        yield "registration page", f"from {escaped(old)} to {escaped(new)}{_unseen(old, new)}"


def _unseen(before: str, after: str) -> str:
    found = unseen_difference(before, after)
    return f" ({found})" if found else ""


def _dollars(offering: Offering) -> str:
    """With its cents, and with all its digits where it has more."""
    price = offering.price
    return f"${price:,.2f}" if price == price.quantize(_CENT) else f"${price:,f}"
