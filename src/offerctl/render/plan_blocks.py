"""One change as a block of a plan's text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from offerctl import canon
from offerctl.offering import ATTRIBUTES, Offering
from offerctl.plan import Action, Change
from offerctl.render.style import Style, Tone, sanitize
from offerctl.render.unseen import unseen_difference
from offerctl.render.words import VERBS, Verb, clock, counted, money
from offerctl.state import Intent

_SHOWN = tuple(sorted(name for name in ATTRIBUTES if name != "offeringId"))
"""The attributes of a block; its heading has the id."""
_WIDTH = max(map(len, _SHOWN))
_KEY = "trainingStandardKey"
_UNKNOWN = "unknown"
_NOT_LISTED = "not listed"


def block(change: Change, *, now: datetime, style: Style, at_work: bool = False) -> str:
    """The change as people read it: a sentence, and the attributes that it is about.

    `at_work`: what left it in doubt is no run that was cut off, but one that lives.
    """
    verb = VERBS[change.action]
    id_ = sanitize(change.offering_id)
    opening = f'{style(f"{verb.symbol:>3}", verb.tone)} offering "{id_}" {{'
    lines = [style(f"  # {id_} will be {_what(change, now, at_work=at_work)}", Tone.STRONG), opening]
    lines += _attributes(change, style)
    return "\n".join([*lines, "    }"])


def _what(change: Change, now: datetime, *, at_work: bool) -> str:
    file = f" ({sanitize(change.file)})" if change.file else ""
    match change.action:
        case Action.SETTLE:
            at = f" ({clock(change.attempted_at, now)})" if change.attempted_at else ""
            return f"settled: {'another run is at work on it' if at_work else sanitize(change.reason)}{at}"
        case Action.DELETE:
            return f"deleted ({sanitize(change.reason)})"
        case Action.REASSERT if change.intent is Intent.DELETE:
            return f"re-asserted ({sanitize(change.reason)})"
        case Action.REPLACE:
            return f"replaced: deleted, then added{file}"
        case _:
            return f"{VERBS[change.action].done}{file}"


def _attributes(change: Change, style: Style) -> Iterator[str]:
    match change.action:
        case Action.ADD:
            assert change.after is not None
            yield from _added(change.after, style)
        case Action.SETTLE:
            yield from _settled(change, style)
        case Action.DELETE:
            yield from _deleted(change.before, style)
        case Action.CHANGE | Action.REPLACE | Action.REASSERT if change.after is not None:
            yield from _changed(change, change.after, style)
        case _:  # a tombstone: nothing is known of it but that it must not be there
            return


def _added(after: Offering, style: Style) -> Iterator[str]:
    values = after.attributes()
    for name in _SHOWN:
        yield _line(VERBS[Action.ADD], name, _text(name, values[name]), style, _currency(name))


def _deleted(before: Offering | None, style: Style) -> Iterator[str]:
    if before is None:
        yield style("        # what is listed is not certain", Tone.FAINT)
    else:
        yield _line(VERBS[Action.DELETE], "courseName", _text("courseName", before.course_name), style)


def _changed(change: Change, after: Offering, style: Style) -> Iterator[str]:
    """The name always, so that people know the course; what changes; how many others do not."""
    old = change.before.attributes() if change.before else {}
    new = after.attributes()
    unchanged = 0
    for name in _SHOWN:
        forces = change.action is Action.REPLACE and name == _KEY
        if not forces and name in old and old[name] == new[name]:
            if name == "courseName":
                yield f"        {name:<{_WIDTH}} = {_text(name, new[name])}"
            else:
                unchanged += 1
            continue
        was = _text(name, old[name]) if name in old and old[name] != new[name] else _UNKNOWN
        note = "forces replacement" if forces else _note_beside(name, old.get(name), new[name])
        yield _line(VERBS[Action.CHANGE], name, f"{was} -> {_text(name, new[name])}", style, note)
    if unchanged:
        yield style(f"        # {counted(unchanged, 'attribute')} unchanged", Tone.FAINT)


def _settled(change: Change, style: Style) -> Iterator[str]:
    """What may be listed, and what will be; attributes that can only be right are left out."""
    assert change.after is not None
    new = change.after.attributes()
    told = False
    for name in _SHOWN:
        right = _text(name, new[name])
        possible = tuple(dict.fromkeys(_possible(change, name)))
        if possible != (right,):
            told = True
            yield _line(VERBS[Action.SETTLE], name, f"{' or '.join(possible)} -> {right}", style)
    if not told:
        yield style("        # all attributes are written again; none is known to differ", Tone.FAINT)


def _possible(change: Change, name: str) -> Iterator[str]:
    yield _text(name, change.before.attributes()[name]) if change.before else _UNKNOWN
    if change.attempted is not None:
        yield _text(name, change.attempted.attributes()[name])
    else:
        yield _NOT_LISTED if change.attempted_at else _UNKNOWN


def _line(verb: Verb, name: str, value: str, style: Style, note: str = "") -> str:
    comment = style(f"   # {note}", Tone.FAINT) if note else ""
    return f"      {style(verb.symbol, verb.tone)} {name:<{_WIDTH}} = {value}{comment}"


def _text(name: str, value: str | Decimal) -> str:
    if isinstance(value, Decimal):
        return money(value) if name == "price" else canon.text(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{sanitize(escaped)}"'


def _currency(name: str) -> str:
    return "CAD" if name == "price" else ""


def _note_beside(name: str, before: str | Decimal | None, after: str | Decimal) -> str:
    """`CAD, +25%`, without the part that cannot be said in per cent; of texts what nobody sees to differ."""
    if isinstance(before, str) and isinstance(after, str):
        return unseen_difference(before, after)
    if not isinstance(before, Decimal) or not isinstance(after, Decimal) or name != "price" or not before:
        return _currency(name)
    share = (after - before) / before * 100
    shown = f"{share:+.0f}" if abs(share) >= 1 else f"{share:+.1f}"
    return "CAD" if shown in {"+0.0", "-0.0"} else f"CAD, {shown}%"
