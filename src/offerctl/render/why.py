"""`plan --why ID`: the file, the belief, the rule that applies, and the request that would be sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from offerctl import api
from offerctl.offering import Desired
from offerctl.plan import Action, Change, Plan
from offerctl.render import state_text
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.words import VERBS, clock, second
from offerctl.run import protocol
from offerctl.run.protocol import Send
from offerctl.state import Belief, RunRecord, Status
from offerctl.state.receipts import EditKind

_RULES = {
    Action.ADD: "A file wants it and nothing is known of it: it is added by a POST. If that has no usable answer, "
    "a PATCH asks whether it came to be; it is never posted again blindly (protocol: add).",
    Action.CHANGE: "It was confirmed with another body: what changed is sent as a patch; if it is not there it "
    "is added (protocol: put).",
    Action.SETTLE: "It is in doubt what is listed: to settle that every attribute is sent, whatever is there now "
    "(protocol: plan by belief).",
    Action.REPLACE: "Its training standard is another one, which no patch can change: where that is allowed it is "
    "deleted, and added when no late request can meet it (protocol: replace).",
    Action.REASSERT: "It is written again as confirmed, for what changed unseen (protocol: reassert).",
    Action.DELETE: "No file wants it: it is deleted. A tombstone remembers it, for a late request that brings it "
    "back (protocol: delete).",
}
_WANTED_AGAIN = (
    "It was deleted before, and is wanted again: a PATCH comes first, so that what a late request brought back is "
    "adopted; if it is not there it is added (protocol: put)."
)


def why(
    offering_id: str,
    plan: Plan,
    want: Desired | None,
    belief: Belief | None,
    *,
    dialect: api.Dialect,
    now: datetime,
    style: Style = PLAIN,
    last_run: RunRecord | None = None,
) -> str:
    """Why the plan does with this listing what it does; `last_run` tells of a try that left no belief."""
    change = next((change for change in plan.changes if change.offering_id == offering_id), None)
    parts = [
        _file(want),
        _belief(offering_id, belief, now, style, last_run),
        f"Rule: {_rule(change, want, belief)}",
    ]
    if change is not None:
        verb = VERBS[change.action]
        parts.append(f"So apply will {style(verb.do, verb.tone)} it.{_doubts(offering_id, plan)}")
        parts += _requests(change, belief, plan, dialect, now)
    return "\n\n".join([style(sanitize(offering_id), Tone.STRONG), *parts])


def _file(want: Desired | None) -> str:
    if want is None:
        return "File: none wants it."
    protected = ", protected" if want.protect else ""
    values = [f"  {name}: {sanitize(str(value))}" for name, value in want.offering.attributes().items()]
    return "\n".join([f"File: {sanitize(want.file)}{protected}", *values])


def _belief(
    offering_id: str, belief: Belief | None, now: datetime, style: Style, last_run: RunRecord | None
) -> str:
    if belief is None:
        return f"Belief: none. {_last_try(offering_id, last_run, now)}"
    shown = state_text.one(offering_id, belief, now=now, style=style)
    return f"Belief: {shown.split(': ', 1)[1]}"


def _last_try(offering_id: str, last_run: RunRecord | None, now: datetime) -> str:
    changes = last_run.changes if last_run else ()
    change = next((change for change in changes if change.offering_id == offering_id), None)
    if last_run is None or change is None:
        return "As far as offerctl knows, nothing of ours is listed."
    at = clock(last_run.finished or last_run.started, now)
    if change.intent == EditKind.FORGET:
        return f"It was forgotten by hand ({at})."
    return f"The last run ({sanitize(last_run.id)}, {at}) wanted it, without effect: {sanitize(change.outcome)}."


def _rule(change: Change | None, want: Desired | None, belief: Belief | None) -> str:
    if change is not None:
        again = change.action is Action.ADD and belief is not None
        return _WANTED_AGAIN if again else _RULES[change.action]
    if belief is not None and belief.status is Status.CONTESTED:
        return (
            "It exists, and nobody here added it: nothing is sent until import or state forget "
            "(protocol: plan by belief)."
        )
    if want is None:
        return "Confirmed deleted, and no file wants it: nothing is sent (protocol: plan by belief)."
    return "Confirmed with this very body: nothing is sent (protocol: nothing to do)."


def _doubts(offering_id: str, plan: Plan) -> str:
    """Why it is refused, and what of the policy it breaks."""
    refused = [refusal.message for refusal in plan.refusals if offering_id in refusal.offering_ids]
    warned = [breach.message for breach in plan.warnings if offering_id in breach.offering_ids]
    said = {"It is refused": refused, "Warning": warned}
    return "".join(f" {word}: {sanitize(' '.join(found))}" for word, found in said.items() if found)


def _requests(
    change: Change, belief: Belief | None, plan: Plan, dialect: api.Dialect, now: datetime
) -> Iterator[str]:
    first = next(protocol.for_change(change, belief, full=plan.reasserting))
    assert isinstance(first, Send)
    query = api.query(first.request, plan.home.network_key, dialect)
    path = api.target(first.request, dialect.collection) + (f"?{query}" if query else "")
    body = (api.content(first.request, plan.home.network_key, dialect) or b"").decode()
    until = plan.waited_until(change.quiet_until, now)
    after = f", not before {second(until, now)}" if until else ""
    yield f"First request{after}:\n  {first.request.action.value} {sanitize(path)}" + (
        f"\n  {sanitize(body)}" if body else ""
    )
