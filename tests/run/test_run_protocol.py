"""The protocol of one listing as a table: what was answered, what goes out next, what is believed in the end.

Read a row against the rules in `.github/PROTOCOL.md`, which are named beside it. Every way through every generator
is walked and must have its row, so nothing can happen that the table does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from offerctl import api
from offerctl.api import Kind, Outcome
from offerctl.offering import PATCHABLE, Offering
from offerctl.run import protocol
from offerctl.run.protocol import PAUSES, Pause, Save, Send, Step, Steps, Wait
from offerctl.state import Belief, Status
from support.plans import FREE, FRENCH, gone, live, maybe, offering, planned, wanted

OLD = offering("en-01")
NEW = offering("en-01", price=Decimal(249))
OTHER = offering("en-01", price=Decimal(249), training_standard_key=FRENCH)
LISTED = live(OLD)
WANTED = {"put": NEW, "add": NEW, "remove": OLD, "replace": OTHER}
GENERATORS: dict[str, Callable[[], Steps]] = {
    "put": lambda: protocol.put(LISTED, NEW, ("price",)),
    "add": lambda: protocol.add(NEW),
    "remove": lambda: protocol.remove(LISTED, "en-01"),
    "replace": lambda: protocol.replace(LISTED, OTHER),
}

# How to read it. PATCH sends what changed, PATCH* every attribute. What a request comes to:
#
#   ok, absent, exists, unsure    as the outcomes are called
#   refused, stop, unsent         certainly without effect
#   refused?, stop?, unsent?      the same, after an attempt that may have had one
#   odd                           an answer that this request never has; it proves nothing
#
# `wait` is one settle window, `save` one write of the state; `stopped`: the run was halted meanwhile.
WORDS = {
    "failed": "refused/stop/unsent",
    "doubtful": "unsure/refused?/stop?/unsent?/odd",
    "again": "POST unsure, PATCH* absent, wait, PATCH* absent",
    "any but remove": "put/add/replace",
}
BEGINNING = {"put": "PATCH absent, ", "add": "", "replace": "DELETE ok/absent, wait, save, "}
"""What `...` stands for: the way to the first POST."""
PATHS = """
    put            | PATCH ok                                                     | live           | Put
    put            | PATCH failed                                                 | as before      | Former belief
    put            | PATCH doubtful                                               | maybe          | Former belief
    put            | ... POST ok                                                  | live           | Put
    put            | ... POST failed/odd                                          | maybe          | Former belief
    put            | ... POST exists, PATCH* ok                                   | live           | Put
    put            | ... POST exists, PATCH* failed/doubtful/absent               | maybe          | Put

    add            | POST ok                                                      | live           | Add
    add            | POST failed                                                  | as before      | Former belief
    add            | POST odd                                                     | maybe          | Former belief
    add            | POST exists                                                  | contested      | Add

    remove         | DELETE ok/absent                                             | gone           | Delete
    remove         | DELETE failed                                                | as before      | Former belief
    remove         | DELETE doubtful                                              | maybe, old key | Former belief

    replace        | DELETE failed                                                | as before      | Former belief
    replace        | DELETE doubtful                                              | maybe, old key | Former belief
    replace        | DELETE ok/absent, wait stopped                               | maybe, old key | Replace
    replace        | DELETE ok/absent, wait, save stopped                         | maybe          | Replace
    replace        | ... POST ok                                                  | live           | Replace
    replace        | ... POST failed/odd                                          | maybe          | Replace
    replace        | ... POST exists                                              | maybe, no key  | Replace

    any but remove | ... POST unsure, PATCH* ok                                   | live           | Add
    any but remove | ... POST unsure, PATCH* failed/doubtful                      | maybe          | Add
    any but remove | ... POST unsure, PATCH* absent, wait stopped                 | maybe          | Add
    any but remove | ... POST unsure, PATCH* absent, wait, PATCH* ok              | live           | Put
    any but remove | ... POST unsure, PATCH* absent, wait, PATCH* failed/doubtful | maybe          | Put
    any but remove | ... again, POST ok                                           | live           | Put
    any but remove | ... again, POST failed/unsure/odd                            | maybe          | Add
    any but remove | ... again, POST exists, PATCH* ok                            | live           | Put
    any but remove | ... again, POST exists, PATCH* failed/doubtful/absent        | maybe          | Put
"""
BELIEFS: dict[str, Callable[[str], Belief | None]] = {
    "live": lambda name: Belief(status=Status.LIVE, key=WANTED[name].training_standard_key, body=WANTED[name]),
    "maybe": lambda name: Belief(status=Status.MAYBE, key=WANTED[name].training_standard_key),
    "maybe, old key": lambda _: Belief(status=Status.MAYBE, key=OLD.training_standard_key),
    "maybe, no key": lambda _: Belief(status=Status.MAYBE, key=None),
    "contested": lambda _: Belief(status=Status.CONTESTED, key=None),
    "gone": lambda _: Belief(status=Status.GONE, key=OLD.training_standard_key),
    "as before": lambda name: None if name == "add" else LISTED,
}

# What one request does before it comes to something: at most three attempts (Brakes), and never a POST again that
# may have been executed (Add). `final` is any other outcome; `stopped`: the run was halted in the pause.
ATTEMPTS = """
    PATCH/DELETE | final
    PATCH/DELETE | unsent/unsure, final/stopped
    PATCH/DELETE | unsent/unsure, unsent/unsure, final/stopped/unsent/unsure
    POST         | final/unsure
    POST         | unsent, final/stopped/unsure
    POST         | unsent, unsent, final/stopped/unsure/unsent
"""
FINAL = "ok/absent/exists/refused/stop/throttled"
KINDS = {
    "ok": Kind.OK,
    "absent": Kind.ABSENT,
    "exists": Kind.EXISTS,
    "refused": Kind.REJECTED,
    "stop": Kind.STOP,
    "throttled": Kind.THROTTLED,
    "unsent": Kind.NOT_SENT,
    "unsure": Kind.UNSURE,
}
HALTED = Outcome(kind=Kind.STOP, message="the run was halted")
REQUESTS = {
    name: {
        api.patch(want, ("price",)): "PATCH",
        api.patch(want, PATCHABLE): "PATCH*",
        api.add(want): "POST",
        api.delete("en-01"): "DELETE",
    }
    for name, want in WANTED.items()
}
PLAIN = {
    "unsent": ["unsent", "unsent", "unsent"],
    "unsure": ["unsure", "unsure", "unsure"],
    "refused?": ["unsure", "refused"],
    "stop?": ["unsure", "stop"],
    "unsent?": ["unsure", "unsent", "unsent"],
    "odd": ["throttled"],
}
"""The attempts by which a request comes most plainly to what takes more than one, or has no name of its own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, with every choice made."""

    name: str
    path: tuple[str, ...]
    belief: str


def table() -> list[tuple[str, ...]]:
    """Its lines in cells, with words for what they abbreviate."""
    text = PATHS
    for word, meaning in WORDS.items():
        text = text.replace(word, meaning)
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.splitlines() if line.strip()]


def rows(names: str, path: str, belief: str) -> Iterator[Row]:
    """A line of the table with every choice made."""
    for name in names.split("/"):
        steps = path.replace("... ", BEGINNING.get(name, "")).split(", ")
        for choice in product(*map(_choices, steps)):
            yield Row(name, choice, belief)


def _choices(step: str) -> list[str]:
    verb, _, outcomes = step.partition(" ")
    return [f"{verb} {outcome}".strip() for outcome in outcomes.split("/")]


def attempts() -> set[tuple[str, ...]]:
    """Every way in which one request can go: its method, and what came of each attempt."""
    found = set()
    for line in filter(str.strip, ATTEMPTS.splitlines()):
        methods, outcomes = (cell.strip() for cell in line.split("|"))
        choices = (part.replace("final", FINAL).split("/") for part in outcomes.split(", "))
        found |= set(product(methods.split("/"), *choices))
    return found


def comes_to(method: str, outcomes: Sequence[str]) -> str:
    """What a request comes to: what its last attempt did, with a `?` where an earlier one leaves a doubt."""
    last = "stop" if outcomes[-1] == "stopped" else outcomes[-1]
    if last in {"throttled", "absent" if method == "POST" else "exists"}:
        return "odd"
    return f"{last}?" if last in {"refused", "stop", "unsent"} and "unsure" in outcomes else last


# Walking


@dataclass
class Walk:
    """One way through a generator: what it was told, in words, and where it stands.

    `steps` are those that it took; with a request stands what came of its attempts.
    """

    name: str
    told: tuple[str, ...] = ()
    at: Step | None = None
    belief: Belief | None = None
    steps: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Generators cannot be copied: it is begun anew and told everything."""
        generator = GENERATORS[self.name]()
        try:
            self.at = next(generator)
            for word in self.told:
                self._note(self.at, word)
                self.at = generator.send(self._outcome(word))
        except StopIteration as end:
            self.at, self.belief = None, end.value

    def _outcome(self, word: str) -> Outcome | None:
        if word == "done":
            return None
        return HALTED if word == "stopped" else Outcome(kind=KINDS[word])

    def _note(self, step: Step, word: str) -> None:
        match step:
            case Send(request=request) if self.steps and self.steps[-1][1][-1] == "done":
                assert self.steps[-1][0] == REQUESTS[self.name][request], "what is sent again is the same request"
                self.steps[-1][1][-1] = word
            case Send(request=request):
                self.steps.append((REQUESTS[self.name][request], [word]))
            case Pause(seconds=seconds):
                assert seconds == PAUSES[len(self.steps[-1][1]) - 1]
                self.steps[-1][1].append(word)
            case Wait():
                self.steps.append(("wait" if word == "done" else "wait stopped", ["-"]))
            case Save(belief=belief):
                assert belief == BELIEFS["maybe"](self.name)
                self.steps.append(("save" if word == "done" else "save stopped", ["-"]))

    @property
    def path(self) -> tuple[str, ...]:
        """As the table writes it."""
        return tuple(
            verb if outcomes == ["-"] else f"{verb} {comes_to(verb, outcomes)}" for verb, outcomes in self.steps
        )

    @property
    def requests(self) -> list[tuple[str, ...]]:
        """The method of each request, and what came of its attempts."""
        return [(verb.rstrip("*"), *outcomes) for verb, outcomes in self.steps if outcomes != ["-"]]

    def further(self) -> Iterator[Walk]:
        """Every way on."""
        for word in KINDS if isinstance(self.at, Send) else ("done", "stopped"):
            yield Walk(self.name, (*self.told, word))


def usual(request: tuple[str, ...]) -> bool:
    """Whether it goes the plainest way to what it comes to."""
    _, *outcomes = request
    return outcomes in PLAIN.values() or len(outcomes) == 1


def walks(name: str, unusual: int) -> Iterator[Walk]:
    """Every way through a generator in which at most so many requests go another way than the plainest."""
    begun = [Walk(name)]
    while begun:
        walk = begun.pop()
        if walk.at is None:
            yield walk
        elif sum(not usual(request) for request in walk.requests[:-1]) <= unusual:
            begun += walk.further()


# The tests


RULES = (Path(__file__).parents[2] / ".github" / "PROTOCOL.md").read_text("utf-8")
LINES = [line.strip() for line in PATHS.splitlines() if line.strip()]


@pytest.mark.parametrize(("names", "path", "belief", "rule"), table(), ids=LINES)
def test_what_is_answered_decides_what_is_believed(names: str, path: str, belief: str, rule: str) -> None:
    """A line of the table, each of its choices by the plainest way."""
    assert f"**{rule}**" in RULES
    for row in rows(names, path, belief):
        told: list[str] = []
        for step in row.path:
            verb, _, outcome = step.partition(" ")
            attempts = PLAIN.get(outcome, [outcome or "done"])
            if verb == "POST" and outcome == "unsure":
                attempts = ["unsure"]
            told += [word for attempt in attempts for word in ("done", attempt)][1:]
        walk = Walk(row.name, tuple(told))
        assert (walk.at, walk.path) == (None, row.path)
        assert walk.belief == BELIEFS[belief](row.name)


def check(name: str, unusual: int) -> None:
    """Every such way has its row, each row is gone, and what is believed is what the row says."""
    believed = {row.path: row.belief for line in table() for row in rows(*line[:3]) if row.name == name}
    ways, gone = attempts(), set()
    for walk in walks(name, unusual):
        assert walk.path in believed, f"no row for {walk.told}"
        assert walk.belief == BELIEFS[believed[walk.path]](name), walk.told
        assert ways.issuperset(walk.requests), walk.told
        assert not {"stop", "stopped"} & set(walk.told[:-1]), "once stopped it goes no further"
        gone.add(walk.path)
    assert gone == set(believed)


@pytest.mark.parametrize("name", GENERATORS)
def test_every_way_through_a_generator_has_its_row(name: str) -> None:
    """Every outcome at every point; one request at a time takes every way through its attempts."""
    check(name, unusual=1)


@pytest.mark.deep
def test_every_way_of_an_addition_has_its_row_however_many_attempts_it_takes() -> None:
    """All its requests at once, some ten thousand ways; the others end as it does."""
    check("add", unusual=10)


def test_a_request_goes_every_way_that_is_written_down() -> None:
    """And no other: three attempts, and no second POST where the first may have been executed."""
    gone = {request for name in ("put", "add", "remove") for walk in walks(name, 0) for request in walk.requests}
    assert gone == attempts()


@pytest.mark.parametrize(
    ("want", "former", "full", "first"),
    [
        (NEW, None, False, api.add(NEW)),
        (NEW, LISTED, False, api.patch(NEW, ("price",))),
        (NEW, LISTED, True, api.patch(NEW, PATCHABLE)),
        (NEW, maybe(OLD, NEW), False, api.patch(NEW, PATCHABLE)),
        (NEW, gone(NEW), False, api.patch(NEW, PATCHABLE)),
        (OTHER, LISTED, False, api.delete("en-01")),
        (None, LISTED, False, api.delete("en-01")),
        (None, maybe(OLD, NEW), False, api.delete("en-01")),
    ],
    ids=[
        "new",
        "edited",
        "edited, reasserted",
        "in doubt",
        "deleted once",
        "another key",
        "unwanted",
        "unwanted?",
    ],
)
def test_a_change_begins_with_the_request_that_its_belief_asks_for(
    want: Offering | None, former: Belief | None, first: api.Request, *, full: bool
) -> None:
    """Only a confirmed listing is sent only what changed."""
    plan = planned(wanted(want) if want else {}, {"en-01": former} if former else {}, guards=FREE)
    [change] = plan.changes
    assert next(protocol.for_change(change, former, full=full)) == Send(first)
