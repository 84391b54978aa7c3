"""What runs did, from the receipts in kept versions of the state: as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import compress

from offerctl import canon
from offerctl.diff import changed_attributes
from offerctl.offering import Offering
from offerctl.render.documents import document
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.tables import columns
from offerctl.render.words import capital, commit, counted, money, place, when
from offerctl.state import Home, RecordedChange, Status
from offerctl.state.document import record_json
from offerctl.state.history import CUT_OFF, EXPOSED, PROTECTED, Moment, PastRun
from offerctl.state.receipts import EditKind

FORMAT_VERSION = "1.1"
_HEADINGS = ("SERIAL", "WHEN", "RUN", "WHO", "COMMIT", "REVIEW", "WHAT")
_DONE = "done"
_IN_DOUBT = "in doubt"
_BY_HAND: dict[str, str] = {
    EditKind.FORGET: "forgotten",
    EditKind.UNLOCK: "unlocked",
    EditKind.IMPORT: "imported",
    EditKind.RESTORE: "restored",
    EditKind.PUSH: "pushed",
    EditKind.REBUILD: "rebuilt",
    EditKind.MOVE: "moved",
}
_NOTED = {PROTECTED: "protected", EXPOSED: "no longer protected"}
_TONES = {_DONE: Tone.GOOD, _IN_DOUBT: Tone.WARNING, CUT_OFF: Tone.WARNING, "failed": Tone.ERROR}


def runs_text(found: Sequence[PastRun], home: Home, style: Style = PLAIN, *, more: bool = False) -> str:
    """One row a run; `more` says that older ones are left out."""
    if not found:
        return (
            f"Nothing was applied to {sanitize(home.environment)} yet, as far as versions of its state are kept."
        )
    rows = [_row(run) for run in found]
    used = [any(column) for column in zip(*rows, strict=True)]
    heading, *lines = columns([[*compress(row, used)] for row in (_HEADINGS, *rows)])
    return "\n".join([style(heading, Tone.FAINT), *lines, *_older(more=more)])


def runs_json(found: Sequence[PastRun], home: Home, *, more: bool = False) -> str:
    """The same for scripts, with every change."""
    return _json({"environment": home.environment, "runs": [_run_json(run) for run in found], "more": more})


def life_text(
    found: Sequence[Moment], offering_id: str, home: Home, style: Style = PLAIN, *, more: bool = False
) -> str:
    """One paragraph a run: what was wanted, how it came out, and what changed."""
    heading = f"{style(sanitize(offering_id), Tone.STRONG)} in {sanitize(home.environment)} ({place(home)})"
    if not found:
        return f"{heading}\n\nNo kept version tells what was done to it."
    return "\n\n".join([heading, *(_paragraph(moment, style) for moment in found), *_older(more=more)])


def life_json(found: Sequence[Moment], offering_id: str, home: Home, *, more: bool = False) -> str:
    """The same for scripts; `changed` are the attributes that differ between `from` and `to`."""
    moments = []
    for moment in found:
        run = _run_json(moment.run)
        del run["changes"], run["id"]
        change = moment.change
        moments.append(
            {
                **run,
                "run": moment.run.record.id,
                "intent": change.intent,
                "outcome": change.outcome,
                "changed": [name for name, _, _ in _differences(change)],
                "from": change.before.attributes() if change.before else None,
                "to": change.after.attributes() if change.after else None,
            }
        )
    return _json({"environment": home.environment, "offering_id": offering_id, "changes": moments, "more": more})


def nothing_since(since: datetime, home: Home, offering_id: str | None = None) -> str:
    """What is told where nothing is as new: of a listing, or of none."""
    to = f" to {sanitize(offering_id)}" if offering_id else ""
    return f"Nothing was done{to} in {sanitize(home.environment)} since {when(since)}."


def _older(*, more: bool) -> Iterator[str]:
    if more:
        yield "There is more: --limit N, --since DATE, or --all."


def _row(run: PastRun) -> tuple[str, ...]:
    record = run.record
    return (
        str(run.serial),
        when(record.finished or record.started),
        sanitize(record.id),
        sanitize(record.who),
        commit(record.commit) if record.commit else "",
        f"#{sanitize(str(record.pull_request))}" if record.pull_request else "",
        _what(run),
    )


def _what(run: PastRun) -> str:
    """`2 added, 1 deleted; 1 failed, 1 in doubt`."""
    record = run.record
    done = Counter(_verb(change, run) for change in record.changes if _is_done(change))
    left = Counter(change.outcome for change in record.changes if not _is_done(change))
    if record.finished is None:
        # What it had announced and not recorded was under way, or never begun: nobody can tell.
        counts = [f"{number} {sanitize(word)}" for word, number in done.items()]
        counts += [f"{left[CUT_OFF]} {_IN_DOUBT}"] if left[CUT_OFF] else []
        head = "not ended: at work, or cut off" if run.newest else CUT_OFF
        return "; ".join(filter(None, (head, ", ".join(counts))))
    noted = [f"{counted(len(run.protections), 'protection')} noted"] if run.protections else []
    parts = [[f"{number} {sanitize(word)}" for word, number in counts.items()] for counts in (done, left)]
    parts[0] += noted
    return "; ".join(", ".join(part) for part in parts if part) or "nothing changed"


def _is_done(change: RecordedChange) -> bool:
    return change.outcome == _DONE or change.intent in _BY_HAND or change.intent in _NOTED


def _verb(change: RecordedChange, run: PastRun) -> str:
    by_hand = _BY_HAND.get(change.intent) or _NOTED.get(change.intent)
    if by_hand is not None:
        return by_hand
    former = run.former.get(change.offering_id)
    match change.intent:
        case "delete":
            return "re-asserted" if former is Status.GONE else "deleted"
        case "replace":
            return "replaced"
        case _ if former is Status.MAYBE:
            return "settled"
        case _ if change.before == change.after:
            return "re-asserted"
        case _:
            return "changed" if change.before else "added"


def _paragraph(moment: Moment, style: Style) -> str:
    record, change = moment.run.record, moment.change
    head = f"{when(record.finished or record.started)}   {_came_out(change, moment.run, style)}"
    lines = [head, f"    {_by(moment.run)}"]
    lines += [f"    {name:<24} {_arrow(name, old, new)}" for name, old, new in _differences(change)]
    return "\n".join(lines)


def _came_out(change: RecordedChange, run: PastRun, style: Style) -> str:
    """`Changed: confirmed`, `To be deleted: in doubt`, `Imported: in doubt`."""
    verb = _verb(change, run)
    if not _is_done(change):
        verb = f"to be {verb}"
    words = "confirmed" if change.outcome == _DONE and change.intent not in _BY_HAND else change.outcome
    return f"{capital(verb)}: {style(sanitize(words), _TONES.get(change.outcome, Tone.FAINT))}"


def _by(run: PastRun) -> str:
    record = run.record
    parts = [f"run {sanitize(record.id)} by {sanitize(record.who)}"]
    if record.commit:
        parts.append(f"commit {commit(record.commit)}")
    if record.pull_request:
        parts.append(f"pull request {sanitize(str(record.pull_request))}")
    return ", ".join([*parts, f"serial {run.serial}"])


_Value = str | Decimal | None


def _differences(change: RecordedChange) -> Iterator[tuple[str, _Value, _Value]]:
    """The attributes that differ, with both values; of a listing that came or went all but its id."""
    before, after = change.before, change.after
    if before is None and after is None:
        return
    if change.intent in _BY_HAND and after is None:
        return
    old, new = _attributes(before), _attributes(after)
    names = changed_attributes(before, after) if before and after else tuple(new or old)
    for name in names:
        if name != "offeringId":
            yield name, old.get(name), new.get(name)


def _attributes(offering: Offering | None) -> dict[str, str | Decimal]:
    return offering.attributes() if offering else {}


def _arrow(name: str, old: _Value, new: _Value) -> str:
    if old is None or new is None:
        return _text(name, new if old is None else old)
    return f"{_text(name, old)} -> {_text(name, new)}"


def _text(name: str, value: _Value) -> str:
    if isinstance(value, Decimal):
        return money(value) if name == "price" else canon.text(value)
    return f'"{sanitize(value or "")}"'


def _run_json(run: PastRun) -> dict[str, object]:
    return {"serial": run.serial, **record_json(run.record)}


def _json(value: dict[str, object]) -> str:
    return document({"format_version": FORMAT_VERSION, **value})
