"""How a run came out, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from offerctl.render.progress import CONTESTED
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.tables import columns
from offerctl.render.words import (
    ALWAYS_COUNTED,
    MOST_IDS,
    VERBS,
    capital,
    contested_remediation,
    counted,
    ids,
    sentence,
)
from offerctl.run.report import INTERRUPTED, Cause, Report, Result, Verdict
from offerctl.state import Home
from offerctl.state.claims import LEAST_PREFIX

_TONES = {
    Verdict.FAILED: Tone.ERROR,
    Verdict.IN_DOUBT: Tone.WARNING,
    Verdict.NOT_STARTED: Tone.FAINT,
}
_MARGIN = 13
_MOST_WIDTH = 40


def text(report: Report, home: Home, style: Style = PLAIN, *, variables: Sequence[str] = ()) -> str:
    """The end of an apply: what was done, or also what was not and the way on.

    `variables` are the names of those that the credentials came from.
    """
    parts = [_headline(report, style), *_notes(report)]
    rows = [*_rows(report, style)]
    if rows:
        parts.append("\n".join(rows))
    parts += _ending(report, home, style, variables)
    if home.is_local:
        parts.append("See the page: offerctl marketplace")
    return "\n\n".join(parts)


def _headline(report: Report, style: Style) -> str:
    done = _done(report)
    if report.complete:
        if report.interrupted:
            return style(f"Apply interrupted, after everything was done: {done}", Tone.WARNING)
        return style(f"Apply complete! {done}", Tone.GOOD)
    counts = {verdict: len(report.of(verdict)) for verdict in Verdict}
    counts[Verdict.FAILED] += len(report.contested)
    named = [f"{number} {verdict}" for verdict, number in counts.items() if number or verdict is Verdict.DONE]
    how = "interrupted" if report.interrupted else "incomplete"
    return style(f"Apply {how}: {', '.join(named)}.", Tone.ERROR)


def _done(report: Report) -> str:
    """`1 added, 1 changed, 1 settled, 1 deleted.` and so on."""
    counts = {action: report.done(action) for action in VERBS}
    named = [f"{counts[a]} {verb.done}" for a, verb in VERBS.items() if counts[a] or a in ALWAYS_COUNTED]
    noted = f" {counted(report.protections, 'protection')} noted." if report.protections else ""
    return f"{', '.join(named)}.{noted}"


def _notes(report: Report) -> Iterator[str]:
    """What is worth telling of changes that are done."""
    notes = [
        f"{sanitize(result.change.offering_id)} {sanitize(result.note)}"
        for result in report.of(Verdict.DONE)
        if result.note
    ]
    if notes:
        more = [f"+{len(notes) - MOST_IDS} more"] if len(notes) > MOST_IDS else []
        yield "\n".join([*notes[:MOST_IDS], *more])


def _rows(report: Report, style: Style) -> Iterator[str]:
    failed = [(result.change.offering_id, result.reason) for result in report.of(Verdict.FAILED)]
    failed += [(id_, CONTESTED) for id_ in report.contested]
    doubtful = [(result.change.offering_id, result.reason) for result in report.of(Verdict.IN_DOUBT)]
    shown = [(sanitize(id_), sanitize(reason)) for id_, reason in (*failed[:MOST_IDS], *doubtful[:MOST_IDS])]
    lines = columns(shown, widest=_MOST_WIDTH)
    for verdict, found in ((Verdict.FAILED, failed), (Verdict.IN_DOUBT, doubtful)):
        label = _label(verdict, style)
        yield from (f"  {label}{line}" for line in islice(lines, len(found[:MOST_IDS])))
        if len(found) > MOST_IDS:
            yield f"  {label}+{len(found) - MOST_IDS} more"
    yield from _not_started(report.of(Verdict.NOT_STARTED), style)


def _not_started(results: tuple[Result, ...], style: Style) -> Iterator[str]:
    """One row for all that were not started for the same reason."""
    reasons: dict[str, list[str]] = {}
    for result in results:
        reasons.setdefault(result.reason, []).append(result.change.offering_id)
    for reason, found in reasons.items():
        because = f": {sanitize(reason)}" if reason else ""
        yield f"  {_label(Verdict.NOT_STARTED, style)}{ids(found)}{because}"


def _label(verdict: Verdict, style: Style) -> str:
    return style(verdict.value, _TONES[verdict]) + " " * (_MARGIN - len(verdict.value))


def _ending(report: Report, home: Home, style: Style, variables: Sequence[str]) -> Iterator[str]:
    if report.out_of_time:
        yield sentence(f"Sending was stopped: {report.halted}")
    elif report.halted and report.halted != INTERRUPTED:  # the headline tells that
        yield f"{style('Sending was stopped:', Tone.ERROR)} {sentence(report.halted)}"
    if report.unrecorded:
        yield f"{style('Not recorded:', Tone.ERROR)} {sentence(report.unrecorded)}"
        yield from _after_unrecorded(report, home)
    elif not report.complete:
        yield " ".join([_recorded(report), *_way_on(report, home, variables)])
    contested = (*report.contested, *(result.change.offering_id for result in report.results if result.contested))
    if contested:
        yield f"{ids(contested)}: {contested_remediation(home.environment, contested)}"


def _after_unrecorded(report: Report, home: Home) -> Iterator[str]:
    """What to do about it, and why the next run may be told that this one is still at work."""
    lines = [sentence(report.remedy)] if report.remedy else []
    if report.held_until is not None:
        unlock = f"offerctl state unlock {sanitize(report.run[:LEAST_PREFIX])} -e {sanitize(home.environment)}"
        lines.append(
            f"The state shows this run at work until {report.held_until:%H:%M:%S} UTC, though it has ended. Where "
            f"the next one is refused until then: {unlock}"
        )
    if lines:
        yield "\n".join(lines)


def _recorded(report: Report) -> str:
    done = report.of(Verdict.DONE) or report.of(Verdict.IN_DOUBT)
    return "What was done is recorded." if done else "Nothing was done."


def _way_on(report: Report, home: Home, variables: Sequence[str]) -> Iterator[str]:
    """What to look at, that it is to be run again, and what that settles first; none where nothing is open."""
    undone = [result for result in report.results if result.verdict is not Verdict.DONE and not result.contested]
    if not undone:
        return
    steps = [*_checks(undone, home, variables)]
    if failed := [r.change.offering_id for r in undone if r.verdict is Verdict.FAILED and r.cause is None]:
        steps.append(f"correct {ids(failed)}")
    doubtful = [result.change.offering_id for result in report.of(Verdict.IN_DOUBT)]
    settles = f"; it settles {ids(doubtful)} first" if doubtful else ""
    again = f"run it again (from a saved plan: make a new one){settles}."
    yield capital(f"{', '.join(steps)}, then {again}" if steps else again)


def _checks(undone: Sequence[Result], home: Home, variables: Sequence[str]) -> Iterator[str]:
    """What to look at where no file is to blame."""
    causes = {result.cause for result in undone}
    if Cause.NETWORK in causes:
        yield f"the Marketplace could not be reached at {sanitize(home.base_url)}: check base_url and the network"
    if Cause.ADDRESS in causes:
        yield "check base_url, collection and network_key"
    if Cause.FORM in causes:
        yield "check base_url, collection and the table api (or what stands before the Marketplace)"
    if Cause.CREDENTIALS in causes:
        named = f" ({', '.join(variables)})" if variables else ""
        yield f"check the credentials{named}"
