"""What runs did, from the receipts in kept versions of the state: as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from offerctl import canon
from offerctl.diff import changed_attributes
from offerctl.offering import Offering
from offerctl.render.style import PLAIN, Style, Tone, inert
from offerctl.render.words import capital, commit, counted, money, place, when
from offerctl.state import LISTED, Home, RecordedChange, RunRecord, State, Status
from offerctl.state.document import record_json
from offerctl.state.mend import Mend

FORMAT_VERSION = "1.0"
_HEADINGS = ("SERIAL", "WHEN", "RUN", "WHO", "COMMIT", "REVIEW", "WHAT")
_DONE = "done"
_IN_DOUBT = "in doubt"
_CUT_OFF = "cut off"
_BY_HAND: dict[str, str] = {
    Mend.FORGET: "forgotten",
    Mend.UNLOCK: "unlocked",
    Mend.IMPORT: "imported",
    Mend.RESTORE: "restored",
    Mend.PUSH: "pushed",
    Mend.REBUILD: "rebuilt",
}
_PROTECTED, _EXPOSED = "protect", "unprotect"
_NOTED = {_PROTECTED: "protected", _EXPOSED: "no longer protected"}
_TONES = {_DONE: Tone.GOOD, _IN_DOUBT: Tone.WARNING, _CUT_OFF: Tone.WARNING, "failed": Tone.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run, and the serial of the last version that it kept.

    `former` is how its listings stood before it, where the version before it is kept, and `protections` what it
    noted of them beside its changes: the receipt holds neither.
    """

    serial: int
    record: RunRecord
    newest: bool = True
    former: Mapping[str, Status] = field(default_factory=dict)
    protections: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What one run did to one listing."""

    run: PastRun
    change: RecordedChange


def runs(states: Sequence[State]) -> tuple[PastRun, ...]:
    """The runs of kept versions, newest first; of a run's versions its last one tells how it came out."""
    return tuple(run for run, _ in _runs(states))


def life(states: Sequence[State], offering_id: str) -> tuple[Moment, ...]:
    """What was done to one listing, newest first; a run that was cut off tells what it was about to do."""
    found: list[Moment] = []
    for run, state in _runs(states):
        record = run.record
        changes = [*(record.changes if record.finished else _intended(state, offering_id, record.id))]
        if (protect := run.protections.get(offering_id)) is not None:
            noted = _PROTECTED if protect else _EXPOSED
            changes.append(RecordedChange(offering_id=offering_id, intent=noted, outcome="noted"))
        found += [Moment(run=run, change=change) for change in changes if change.offering_id == offering_id]
    return tuple(found)


def _runs(states: Sequence[State]) -> Iterator[tuple[PastRun, State]]:
    """Each run with the last version that it kept."""
    seen: set[str] = set()
    for number, state in enumerate(states):
        record = state.last_run
        if record is None or record.id in seen:
            continue
        former = _before(states[number:], record.id)
        yield (
            PastRun(
                serial=state.serial,
                record=record,
                newest=not seen,
                former={id_: belief.status for id_, belief in former.listings.items()} if former else {},
                protections=_protections(former, state) if former else {},
            ),
            state,
        )
        seen.add(record.id)


def _before(states: Sequence[State], run: str) -> State | None:
    """The version that a run began with; none where it is not kept."""
    first = states[0]
    for state in states[1:]:
        if state.last_run is None or state.last_run.id != run:
            return state if state.checksum == first.previous else None
        first = state
    return None


def _protections(former: State, after: State) -> dict[str, bool]:
    assert after.last_run is not None
    if any(change.intent in _BY_HAND for change in after.last_run.changes):
        return {}
    both = former.listings.keys() & after.listings.keys()
    return {
        id_: after.listings[id_].protect
        for id_ in sorted(both)
        if former.listings[id_].status in LISTED and after.listings[id_].status is not Status.GONE
        if former.listings[id_].protect is not after.listings[id_].protect
    }


def runs_text(found: Sequence[PastRun], home: Home, style: Style = PLAIN) -> str:
    """One row a run."""
    if not found:
        return f"Nothing was applied to {home.environment} yet, as far as versions of its state are kept."
    rows = [_row(run) for run in found]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    shown = [column for column in range(len(_HEADINGS)) if any(row[column] for row in rows)]
    lines = [_laid_out(row, widths, shown) for row in (_HEADINGS, *rows)]
    return "\n".join([style(lines[0], Tone.FAINT), *lines[1:]])


def runs_json(found: Sequence[PastRun], home: Home) -> str:
    """The same for scripts, with every change."""
    return _json({"environment": home.environment, "runs": [_run_json(run) for run in found]})


def life_text(found: Sequence[Moment], offering_id: str, home: Home, style: Style = PLAIN) -> str:
    """One paragraph a run: what was wanted, how it came out, and what changed."""
    heading = f"{style(inert(offering_id), Tone.STRONG)} in {inert(home.environment)} ({place(home)})"
    if not found:
        return f"{heading}\n\nNo kept version tells what was done to it."
    return "\n\n".join([heading, *(_paragraph(moment, style) for moment in found)])


def life_json(found: Sequence[Moment], offering_id: str, home: Home) -> str:
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
    return _json({"environment": home.environment, "offering_id": offering_id, "changes": moments})


def _intended(state: State, offering_id: str, run: str) -> Iterator[RecordedChange]:
    """What a run without an end wanted of a listing, by the belief that it wrote first."""
    belief = state.listings.get(offering_id)
    attempt = belief.last_attempt if belief else None
    if belief is None or attempt is None or attempt.run != run:
        return
    yield RecordedChange(
        offering_id=offering_id,
        intent=attempt.intent.value,
        outcome=_CUT_OFF,
        before=belief.last_confirmed.body if belief.last_confirmed else None,
        after=attempt.body,
    )


def _row(run: PastRun) -> tuple[str, ...]:
    record = run.record
    return (
        str(run.serial),
        when(record.finished or record.started),
        inert(record.id),
        inert(record.who),
        commit(record.commit) if record.commit else "",
        f"#{record.pull_request}" if record.pull_request else "",
        _what(run),
    )


def _laid_out(row: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> str:
    cells = [f"{row[column]:<{widths[column]}}" for column in shown]
    return "   ".join(cells).rstrip()


def _what(run: PastRun) -> str:
    """`2 added, 1 deleted; 1 failed, 1 in doubt`."""
    record = run.record
    if record.finished is None:
        return "not ended: at work, or cut off" if run.newest else _CUT_OFF
    done = Counter(_verb(change, run) for change in record.changes if _is_done(change))
    left = Counter(change.outcome for change in record.changes if not _is_done(change))
    noted = [f"{counted(len(run.protections), 'protection')} noted"] if run.protections else []
    parts = [[f"{number} {inert(word)}" for word, number in counts.items()] for counts in (done, left)]
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
    return f"{capital(verb)}: {style(inert(words), _TONES.get(change.outcome, Tone.FAINT))}"


def _by(run: PastRun) -> str:
    record = run.record
    parts = [f"run {inert(record.id)} by {inert(record.who)}"]
    if record.commit:
        parts.append(f"commit {commit(record.commit)}")
    if record.pull_request:
        parts.append(f"pull request {record.pull_request}")
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
    return f'"{inert(value or "")}"'


def _run_json(run: PastRun) -> dict[str, object]:
    return {"serial": run.serial, **record_json(run.record)}


def _json(value: dict[str, object]) -> str:
    return canon.document({"format_version": FORMAT_VERSION, **value}).decode().removesuffix("\n")
