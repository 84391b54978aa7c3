"""A plan as its JSON document, and back. `schema/plan.schema.json` describes it.

No clock: the same files, state, commit and options give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from offerctl import canon
from offerctl.errors import InvalidOffering, UsageError
from offerctl.offering import Offering
from offerctl.plan import Action, Breach, Change, Options, Origin, Plan, Refusal, Rule
from offerctl.plan.pairs import differing_by_case, renames
from offerctl.plan.policy import ALL_RULES
from offerctl.standards import BUILT_IN, Standards
from offerctl.state import Intent
from offerctl.state.untyped import maybe, optional, read_body, read_home, read_id, read_table, typed

FORMAT_VERSION = "1.3"
_UNBOUND = ("1.0", "1.1", "1.2")
"""Had no checksum, so that home and options could be edited: such a plan is stale."""
_CHECKSUM = "checksum"
MAX_BYTES = 256 * 1024 * 1024
"""Of a saved plan: one of a hundred thousand changes takes half of it."""
_INTENTS: Mapping[Action, frozenset[Intent]] = {
    **dict.fromkeys((Action.ADD, Action.CHANGE, Action.SETTLE), frozenset({Intent.PUT})),
    Action.REPLACE: frozenset({Intent.REPLACE}),
    Action.DELETE: frozenset({Intent.DELETE}),
    Action.REASSERT: frozenset({Intent.PUT, Intent.DELETE}),
}
_MAKE_ANEW = "Make a new one: offerctl plan --out FILE"


def encode(plan: Plan) -> bytes:
    """The document's bytes: what `--out` writes and `--format json` prints."""
    return canon.document(as_json(plan))


def as_json(plan: Plan) -> dict[str, object]:
    """The untyped form of a plan."""
    found = _as_json(plan)
    return {**found, _CHECKSUM: canon.digest(found)}


def _as_json(plan: Plan) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        **plan.home._asdict(),
        "api": None if plan.api is None else dict(plan.api),
        "state": {"lineage": plan.lineage, "serial": plan.serial},
        "desired_digest": plan.desired_digest,
        "commit": plan.origin.commit,
        "dirty": plan.origin.dirty,
        "digest": plan.digest,
        "options": _options_json(plan.options),
        "files": plan.files,
        "last_applied": {"at": optional(canon.timestamp, plan.applied_at), "commit": plan.confirmed_commit},
        "summary": summary(plan),
        "changes": [_change_json(change) for change in plan.changes],
        "renames": [{"from": pair.old, "to": pair.new} for pair in renames(plan.shown)],
        "differing_by_case": [{"from": pair.old, "to": pair.new} for pair in differing_by_case(plan.shown)],
        "protections": dict(plan.protections),
        "contested": dict(plan.contested),
        "refusals": [
            {"code": r.code, "offering_ids": r.offering_ids, "message": r.message, "hint": r.hint}
            for r in plan.refusals
        ],
        "policy": [
            {"rule": b.rule.value, "offering_ids": b.offering_ids, "message": b.message} for b in plan.breaches
        ],
    }


def summary(plan: Plan) -> dict[str, int]:
    """How many changes there are of each kind, and how many listings stay as they are."""
    counts = {action.value: 0 for action in Action}
    for change in plan.changes:
        counts[change.action.value] += 1
    return {**counts, "unchanged": plan.unchanged}


def load(data: bytes, name: str = "the saved plan", standards: Standards = BUILT_IN) -> Plan:
    """The plan of a document; `name` is its file's, for messages, and `standards` are those of the configuration.

    Raises:
        UsageError: no plan, of a newer format, or damaged: what it says is not what its digests cover.
    """
    try:
        document = canon.parse_unambiguous(data)
    except canon.EqualKeys as error:
        raise UsageError(f"{name} is damaged or was edited: {error}", hint=_MAKE_ANEW) from error
    except ValueError as error:
        raise UsageError(f"{name} is no saved plan: it is not JSON ({error})", hint=_MAKE_ANEW) from error
    if not isinstance(document, dict) or not isinstance(document.get("format_version"), str):
        raise UsageError(f"{name} is no saved plan of offerctl", hint=_MAKE_ANEW)
    version = document["format_version"]
    if version.split(".")[0] != FORMAT_VERSION.split(".", maxsplit=1)[0]:
        raise UsageError(
            f"{name} has format {version}; this offerctl reads {FORMAT_VERSION}",
            hint="Use the offerctl that wrote it, or make a new one.",
        )
    try:
        plan = replace(_plan(document), standards=standards)
        _check_whole(document)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOffering) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{name} is damaged or was edited: {reason}", hint=_MAKE_ANEW) from error
    return plan


def _check_whole(document: Mapping[str, Any]) -> None:
    """That what no digest of a change covers is as it was written too: home, options, state, every text."""
    if document["format_version"] in _UNBOUND:
        return
    rest = {name: value for name, value in document.items() if name != _CHECKSUM}
    if canon.digest(rest) != document[_CHECKSUM]:
        raise ValueError("it does not have the checksum that it names")


def is_plan(data: bytes) -> bool:
    """Whether a document is a saved plan, of whatever format and in whatever state: only such may be lost."""
    try:
        document = canon.parse(data)
    except ValueError:
        return False
    return isinstance(document, dict) and {"format_version", "desired_digest", "changes"} <= document.keys()


def _options_json(options: Options) -> dict[str, object]:
    return {
        "target": options.target,
        "exclude": options.exclude,
        "reassert": options.reassert,
        "allow_replace": options.allow_replace,
        "allow_deletes": options.allow_deletes,
        "allow_older": options.allow_older,
        "allow_policy": options.allow_policy,
    }


def _change_json(change: Change) -> dict[str, object]:
    return {
        "offering_id": change.offering_id,
        "action": change.action.value,
        "actions": change.actions,
        "intent": change.intent.value,
        "before": optional(Offering.attributes, change.before),
        "after": optional(Offering.attributes, change.after),
        "attempted": optional(Offering.attributes, change.attempted),
        "attempted_at": optional(canon.timestamp, change.attempted_at),
        "changed": change.changed,
        "reason": change.reason,
        "file": change.file,
        "quiet_until": optional(canon.timestamp, change.quiet_until),
        "digest": change.digest,
    }


def _plan(document: Mapping[str, Any]) -> Plan:
    state, applied = document["state"], document["last_applied"]
    plan = Plan(
        home=read_home(document),
        lineage=maybe(str, state["lineage"]),
        serial=maybe(int, state["serial"]),
        origin=Origin(commit=maybe(str, document["commit"]), dirty=typed(bool, document["dirty"])),
        options=_options(document["options"]),
        desired_digest=typed(str, document["desired_digest"]),
        changes=tuple(_change(value) for value in document["changes"]),
        unchanged=typed(int, document["summary"]["unchanged"]),
        files=typed(int, document["files"]),
        protections=_flags(document["protections"]),
        contested=_flags(document["contested"]),
        refusals=tuple(_refusal(value) for value in document["refusals"]),
        breaches=tuple(_breach(value) for value in _list(document.get("policy", []))),  # since 1.3
        applied_at=optional(canon.moment, applied["at"]),
        confirmed_commit=maybe(str, applied["commit"]),
        api=optional(read_table, document["api"]) if document["format_version"] not in _UNBOUND else None,
    )
    if plan.digest != document["digest"]:
        raise ValueError("its changes are not those that its digest covers")
    return plan


def _options(value: Mapping[str, Any]) -> Options:
    allowed = value["allow_deletes"]
    if allowed != "all":
        allowed = maybe(int, allowed)
    return Options(
        target=_ids(value["target"]),
        exclude=_ids(value["exclude"]),
        reassert=typed(bool, value["reassert"]),
        allow_replace=typed(bool, value["allow_replace"]),
        allow_deletes=allowed,
        allow_older=typed(bool, value.get("allow_older", False)),  # since 1.2
        allow_policy=tuple(map(_allowed, _texts(value.get("allow_policy", [])))),  # since 1.3
    )


def _allowed(rule: str) -> str:
    return rule if rule == ALL_RULES else Rule(rule).value


def _change(value: Mapping[str, Any]) -> Change:
    id_ = read_id(value["offering_id"])
    action, intent = Action(value["action"]), Intent(value["intent"])
    change = Change(
        offering_id=id_,
        action=action,
        intent=intent,
        before=read_body(id_, value["before"]),
        after=read_body(id_, value["after"]),
        attempted=read_body(id_, value["attempted"]),
        attempted_at=optional(canon.moment, value["attempted_at"]),
        reason=typed(str, value["reason"]),
        file=maybe(str, value["file"]),
        quiet_until=optional(canon.moment, value["quiet_until"]),
        counts_as_delete=action is Action.DELETE,
    )
    if intent not in _INTENTS[action] or (change.after is None) != (intent is Intent.DELETE):
        raise ValueError(f"the change of {id_} contradicts itself")
    if change.digest != value["digest"]:
        raise ValueError(f"the change of {id_} is not the one that its digest covers")
    return change


def _refusal(value: Mapping[str, Any]) -> Refusal:
    code = value["code"]
    if code not in {"replace", "protected", "deletes", "empty", "checkout", "older", "policy"}:
        raise ValueError(f"unknown refusal {code!r}")
    return Refusal(
        code=code,
        offering_ids=_ids(value["offering_ids"]),
        message=typed(str, value["message"]),
        hint=maybe(str, value["hint"]),
    )


def _breach(value: Mapping[str, Any]) -> Breach:
    return Breach(
        rule=Rule(value["rule"]),
        offering_ids=_ids(value["offering_ids"]),
        message=typed(str, value["message"]),
    )


def _flags(value: Mapping[str, Any]) -> dict[str, bool]:
    return {read_id(id_): typed(bool, flag) for id_, flag in value.items()}


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(map(read_id, _list(value)))


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(typed(str, item) for item in _list(value))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list is wanted, not {value!r}")
    return value
