"""What the answers of a probe teach: each setting confirmed, learned, or still not known, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from offerctl.api.answer import Kind, Outcome
from offerctl.api.apart import tell_apart
from offerctl.api.dialect import EXISTS, Dialect, PatchStyle, Signs
from offerctl.api.probing import Interview
from offerctl.api.questions import Topic, is_understood, why_not_let_in

NEVER = (
    "whether a Patch of one attribute leaves the others as they were: that takes a read",
    "what a second Add that is accepted does to the listing: that takes a read",
    "what is said of another provider's id: nobody else's listing is touched",
    "how long a request can be on its way before it takes effect (settle_window)",
)
"""What no answer can tell."""
_TAKEN = re.compile(r"already|exist|duplicate|taken|in use", re.IGNORECASE)


class Verdict(StrEnum):
    """How what was seen stands to what was assumed."""

    CONFIRMED = "as assumed"
    LEARNED = "learned"
    DIFFERS = "differs"
    """From what the user wrote, which stays."""
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One setting: what the documentation says of it, what was assumed, what was seen."""

    setting: str
    documented: str
    assumed: str
    seen: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a probe found out.

    `refused` says why it came to nothing: it was not let in (then there are no findings), or nothing was certainly
    added. `settings` are the keys of the `api` table that differ from the defaults, and that nobody had written.
    `dialect` has everything that worked, for clearing away what may be left.
    """

    refused: str | None
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    settings: Mapping[str, object]
    dialect: Dialect


def learn(interview: Interview) -> Learned:
    """What the answers teach. Pure."""
    refused = why_not_let_in(interview.outcomes(Topic.ABSENT_DELETE))
    if refused is not None:
        refused = f"not let in: {refused}"
        return Learned(refused=refused, findings=(), unknown=NEVER, settings={}, dialect=interview.dialect)
    findings, dialect = tuple(_findings(interview)), _dialect(interview)
    learned = {finding.setting for finding in findings if finding.verdict is Verdict.LEARNED}
    return Learned(
        refused=_not_added(interview),
        findings=findings,
        unknown=(*(f"{f.setting}: {f.seen}" for f in findings if f.verdict is Verdict.UNKNOWN), *NEVER),
        settings={name: value for name, value in _document(dialect).items() if name in learned},
        dialect=dialect,
    )


def _not_added(it: Interview) -> str | None:
    """Why nothing was listed, so that what is there could not be asked about; none where something was."""
    told = it.outcomes(Topic.ADD)
    if any(outcome.kind is Kind.OK for outcome in told):
        return None
    return f"no Add was certainly done{f': {words(told[-1])}' if told else ''}"


def _dialect(it: Interview) -> Dialect:
    """As it was assumed, with everything that was seen."""
    return replace(
        it.dialect,
        patch=_patch_style(it) or it.assumed.patch,
        absent=_absent(it) or it.assumed.absent,
        exists=_exists(it) or it.assumed.exists,
    )


def _document(dialect: Dialect) -> dict[str, object]:
    """The keys of the `api` table that can be learned, as it has them."""
    whole = dialect.document()
    places = whole["network_key_in"]
    assert isinstance(places, dict)
    if len(set(places.values())) == 1:
        whole["network_key_in"] = places["add"]
    return {name: whole[name] for name in ("scheme", "entity", "network_key_in", "patch", "absent", "exists")}


def _findings(it: Interview) -> Iterator[Finding]:
    seen, before = _document(_dialect(it)), _document(it.assumed)
    if it.assumed.auth == "bln":
        for name in ("scheme", "entity"):
            yield _finding(it, name, "not said", str(before[name]), str(seen[name]), known=True)
    yield _places(it, _said(before["network_key_in"]), _said(seen["network_key_in"]))
    style = _patch_style(it)
    words = "neither form of a Patch was taken" if style is None else f"{style}: {_patches(it)}"
    yield _finding(it, "patch", "not said", it.assumed.patch, words, known=style is not None, value=style)
    yield _sign(it, "absent", _absent(it), _absence(it), documented="404, notFound")
    yield _sign(it, "exists", _exists(it), _taken(it), documented="not said")
    for topic in (Topic.MISSING, Topic.STANDARD):
        if told := it.outcomes(topic):
            yield _refusal(topic, told[0])


def _finding(
    it: Interview, name: str, documented: str, assumed: str, seen: str, *, known: bool, value: str | None = None
) -> Finding:
    if not known:
        verdict = Verdict.UNKNOWN
    elif (value or seen) == assumed:
        verdict = Verdict.CONFIRMED
    else:
        verdict = Verdict.DIFFERS if name in it.written else Verdict.LEARNED
    return Finding(setting=name, documented=documented, assumed=assumed, seen=seen, verdict=verdict)


def _places(it: Interview, assumed: str, seen: str) -> Finding:
    """Where the networkKey may stand; known where each of the three requests was taken once."""
    done = [
        any(outcome.kind is Kind.OK for outcome in it.outcomes(*topics))
        for topics in ((Topic.ADD,), (Topic.PATCH_ALL, Topic.PATCH_ONE), (Topic.DELETE,))
    ]
    taken = seen if all(done) else "not all of Add, Patch and Delete were taken"
    return _finding(it, "network_key_in", "with every request", assumed, taken, known=all(done))


def _patch_style(it: Interview) -> PatchStyle | None:
    """How much a Patch must carry; none where neither was taken."""
    one, whole = it.outcomes(Topic.PATCH_ONE), it.outcomes(Topic.PATCH_ALL)
    if any(outcome.kind is Kind.OK for outcome in one):
        # What takes one attribute takes all of them; what the user wanted stays.
        return it.assumed.patch if any(outcome.kind is Kind.OK for outcome in whole) else "changed"
    return (
        "full"
        if any(outcome.kind is Kind.REJECTED for outcome in one)
        and any(outcome.kind is Kind.OK for outcome in whole)
        else None
    )


def _patches(it: Interview) -> str:
    one, whole = it.outcomes(Topic.PATCH_ONE), it.outcomes(Topic.PATCH_ALL)
    parts = [f"one attribute {words(one[-1])}"] if one else []
    taken = next((outcome for outcome in whole if outcome.kind is Kind.OK), whole[-1] if whole else None)
    return ", ".join([*parts, *([f"all {words(taken)}"] if taken else [])])


def _sign(it: Interview, name: str, seen: Signs | None, told: Sequence[Outcome], *, documented: str) -> Finding:
    """A setting of two lists and statuses; `seen` is what to look for, none where nothing tells it apart."""
    assumed = it.assumed.absent if name == "absent" else it.assumed.exists
    said = "; ".join(dict.fromkeys(map(words, told)))
    if seen is None and name == "exists" and any(outcome.kind is Kind.OK for outcome in told):
        said = f"a second Add is taken ({said})"
    elif seen is None:
        said = f"nothing tells it from other answers ({said})" if said else "no answer"
    if seen is None:
        verdict = Verdict.UNKNOWN
    elif seen == assumed:
        verdict = Verdict.CONFIRMED
    else:
        verdict = Verdict.DIFFERS if name in it.written else Verdict.LEARNED
    return Finding(setting=name, documented=documented, assumed=signs(assumed), seen=said, verdict=verdict)


def _refusal(topic: Topic, outcome: Outcome) -> Finding:
    refused = outcome.kind is Kind.REJECTED
    return Finding(
        setting=topic.value,
        documented="400" if topic is Topic.MISSING else "not said",
        assumed="refused",
        seen=words(outcome),
        verdict=Verdict.CONFIRMED if refused else Verdict.UNKNOWN,
    )


def _absence(it: Interview) -> list[Outcome]:
    """Answers about an id that was surely not there."""
    told = it.outcomes(Topic.ABSENT_DELETE, Topic.ABSENT_PATCH, Topic.DELETE_AGAIN)
    return [outcome for outcome in told if is_understood(outcome)]


def _absent(it: Interview) -> Signs | None:
    told = [outcome for outcome in _absence(it) if outcome.kind is not Kind.OK]
    elsewhere = it.outcomes(Topic.WRONG_DELETE, Topic.WRONG_PATCH)
    if any(outcome.kind is Kind.ABSENT for outcome in elsewhere) or not told:
        return None  # a wrong address says the same, or nothing is ever absent
    if all(outcome.kind is Kind.ABSENT for outcome in told):
        return it.assumed.absent
    contrast = [*elsewhere, *it.outcomes(Topic.AGAIN, Topic.MISSING, Topic.STANDARD), *_refused(it)]
    return tell_apart(told, contrast, it.offering.offering_id)


def _taken(it: Interview) -> list[Outcome]:
    """Answers to a second Add of an id, with the networkKey where it belongs."""
    place = it.dialect.network_key_in.add
    return [again.outcome for again in it.about(Topic.AGAIN) if again.question.place == place]


def _exists(it: Interview) -> Signs | None:
    told = _taken(it)
    if not told or any(outcome.kind is Kind.OK for outcome in told):
        return None
    if all(outcome.kind is Kind.EXISTS for outcome in told):
        return it.assumed.exists
    if any(outcome.kind is not Kind.REJECTED for outcome in told):
        return None
    contrast = [*_absence(it), *it.outcomes(Topic.MISSING, Topic.STANDARD), *_refused(it)]
    return tell_apart(told, contrast, it.offering.offering_id, prefer=_TAKEN)


def _refused(it: Interview) -> list[Outcome]:
    """Answers that are about the form of a request."""
    topics = (Topic.ABSENT_DELETE, Topic.ABSENT_PATCH, Topic.ADD, Topic.PATCH_ALL, Topic.PATCH_ONE, Topic.DELETE)
    return [o for o in it.outcomes(*topics) if o.kind is Kind.REJECTED and not is_understood(o)]


def words(outcome: Outcome) -> str:
    """An answer in short: status, code, and the words where there is no code."""
    parts = [str(outcome.status) if outcome.status is not None else outcome.kind.value]
    if outcome.code:
        parts.append(outcome.code)
    elif outcome.message and outcome.kind is not Kind.OK:
        parts.append(f'"{outcome.message}"')
    return " ".join(parts)


def signs(value: Signs) -> str:
    """Signs in short."""
    if value == EXISTS:
        return "409, or 400 general that says so"
    parts = [*map(str, value.status), *value.codes, *(f'"{part}"' for part in value.messages)]
    return ", ".join(parts) or "anything"


def _said(value: object) -> str:
    return ", ".join(f"{name} {place}" for name, place in value.items()) if isinstance(value, dict) else str(value)
