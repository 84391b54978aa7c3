"""`plan --why ID`: the file, the belief, the rule that applies, and the request that would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from offerctl import api
from offerctl.offering import Desired
from offerctl.plan import Action, Change, Plan
from offerctl.render import state_text
from offerctl.render.style import PLAIN, Style, Tone, inert
from offerctl.render.words import VERBS, second
from offerctl.run.job import protocol
from offerctl.state import Belief, Status
from offerctl.steps import Send

_RULES = {
    Action.ADD: "Wanted, and nothing is believed of it: add (rules 2 and 8). POST; without a usable answer "
    "PATCH asks whether it came to be, and it is never posted blindly again.",
    Action.CHANGE: "Confirmed with another body: patch (rules 2, 7). Only what changed is sent; absent: added.",
    Action.SETTLE: "In doubt: settle (rules 2 and 7). The whole body is sent, whatever is listed now.",
    Action.REPLACE: "Another training standard: delete, wait, record, add (rules 2, 10), where it is allowed.",
    Action.REASSERT: "Written again as confirmed (rule 14).",
    Action.DELETE: "No file wants it: delete (rules 2 and 9). It stays as a tombstone.",
}
_WANTED_AGAIN = (
    "Deleted before, and wanted again: PATCH first, so that a late ghost is adopted; absent: POST (rules 2, 7)."
)


def why(
    offering_id: str,
    plan: Plan,
    want: Desired | None,
    belief: Belief | None,
    *,
    collection: str,
    now: datetime,
    style: Style = PLAIN,
) -> str:
    """Why the plan does with this listing what it does."""
    change = next((change for change in plan.changes if change.offering_id == offering_id), None)
    parts = [_file(want), _belief(offering_id, belief, now, style), f"Rule: {_rule(change, want, belief)}"]
    if change is not None:
        verb = VERBS[change.action]
        parts.append(f"So apply will {style(verb.do, verb.tone)} it.{_refused(offering_id, plan)}")
        parts += _requests(change, belief, plan, collection, now)
    return "\n\n".join([style(inert(offering_id), Tone.STRONG), *parts])


def _file(want: Desired | None) -> str:
    if want is None:
        return "File: none wants it."
    protected = ", protected" if want.protect else ""
    values = [f"  {name}: {inert(str(value))}" for name, value in want.offering.attributes().items()]
    return "\n".join([f"File: {inert(want.file)}{protected}", *values])


def _belief(offering_id: str, belief: Belief | None, now: datetime, style: Style) -> str:
    if belief is None:
        return "Belief: none; offerctl never tried to list it."
    shown = state_text.one(offering_id, belief, now=now, style=style)
    return f"Belief: {shown.split(': ', 1)[1]}"


def _rule(change: Change | None, want: Desired | None, belief: Belief | None) -> str:
    if change is not None:
        again = change.action is Action.ADD and belief is not None
        return _WANTED_AGAIN if again else _RULES[change.action]
    if belief is not None and belief.status is Status.CONTESTED:
        return "It exists, and nobody here added it: nothing is sent until import or state forget (rules 2, 8)."
    if want is None:
        return "Confirmed deleted, and no file wants it: nothing is sent (rule 2)."
    return "Confirmed with this very body: nothing is sent (rules 2 and 3)."


def _refused(offering_id: str, plan: Plan) -> str:
    said = [refusal.message for refusal in plan.refusals if offering_id in refusal.offering_ids]
    return f" It is refused: {inert(' '.join(said))}" if said else ""


def _requests(change: Change, belief: Belief | None, plan: Plan, collection: str, now: datetime) -> Iterator[str]:
    first = next(protocol(change, belief, full=plan.options.reassert))
    assert isinstance(first, Send)
    path = api.target(first.request, collection)
    body = api.content(first.request, plan.home.network_key).decode()
    waits = change.quiet_until is not None and change.quiet_until > now
    after = f", not before {second(change.quiet_until, now)}" if waits and change.quiet_until else ""
    yield f"First request{after}:\n  {first.request.action.value} {inert(path)}\n  {inert(body)}"
