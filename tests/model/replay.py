"""The production machine as a graph: machines that decide alike are one node, and each step is taken once.

Generators cannot be copied, so a node is reached by replaying what its machine was started with and told since.
Two machines are one node when everything that decides their future is equal, their suspended generators included:
the code, the place in it, and the variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any, NamedTuple

from model.rules import Rules
from model.worlds import (
    HOME,
    IDS,
    KEYS,
    Held,
    Stored,
    Wants,
    at,
    desired,
    held_of,
    left,
    offer_of,
    sent_of,
    state_of,
    stored_of,
)
from offerctl import api
from offerctl.api import Action, Outcome, Reply, Request
from offerctl.apply import late
from offerctl.offering import Offering
from offerctl.plan import Guards, Options, Origin, Plan, make
from offerctl.run import Author, Run, RunSpec, Settings, Verdict
from offerctl.run.job import Job
from offerctl.run.protocol import Pause, Save, Send, Wait, _Talk
from offerctl.state import Belief, RunRecord, State, edits, moving
from offerctl.state.receipts import EditKind

_ERROR = b'{"error": {"code": "%s", "message": "it %s"}}'
REPLIES = {
    "ok": Reply(status=204, headers={}, body=b""),
    "absent": Reply(status=404, headers={}, body=_ERROR % (b"notFound", b"is not there")),
    "exists": Reply(status=400, headers={}, body=_ERROR % (b"general", b"already exists")),
    "refused": Reply(status=400, headers={}, body=_ERROR % (b"invalid", b"is wrong")),
    "denied": Reply(status=401, headers={}, body=b""),
    "500": Reply(status=500, headers={}, body=b""),
    "busy": Reply(status=503, headers={"Retry-After": "1"}, body=b""),
    "astray": Reply(status=404, headers={}, body=b'{"message": "Cannot reach this address"}'),
}
RECORD = RunRecord(id="mend", who="x", started=at(0))


class Start(NamedTuple):
    """What a run is started with. `dead`: the run that holds the lease surely is."""

    stored: Stored
    wants: Wants
    reassert: bool
    dead: bool
    commit: str = ""


class Seen(NamedTuple):
    """What its driver sees of a machine. `wake`: seconds until something may become due.

    `put`: whether every put of the run is done, and so deletions may go out.
    """

    over: bool
    halted: bool
    saving: tuple[str, ...]
    wake: int | None
    put: bool


@dataclass
class _Live:
    """A machine at work, the time, and the last state that it wrote."""

    run: Run
    last: State
    now: int = 0


Event = tuple[Any, ...]


@dataclass
class Machines:
    """Every machine that an exploration met."""

    rules: Rules
    seen: list[Seen] = field(default_factory=list)
    starts: dict[Start, int | str] = field(default_factory=dict)
    _origins: list[tuple[Start, tuple[Event, ...]]] = field(default_factory=list)
    _index: dict[object, int] = field(default_factory=dict)
    _told: dict[tuple[int, Event], tuple[int, Any]] = field(default_factory=dict)
    _live: dict[int, _Live] = field(default_factory=dict)

    @property
    def over(self) -> int:
        """At how many seconds, below zero, another machine may take a lease over (*foreign lease*)."""
        return -(self.rules.lease // 4) - 1

    @property
    def count(self) -> int:
        """How many machines there are."""
        return len(self._origins)

    def start(self, start: Start) -> int | str:
        """The node of a run that has read and planned; or why there is none."""
        found = self.starts.get(start)
        if found is None:
            plan = self._plan(start)
            usable = not plan.refusals and not plan.empty
            found = self._node(start, (), self._begin(start, plan)) if usable else "refused"
            self.starts[start] = found = "empty" if plan.empty else found
        return found

    def read(self, node: int) -> Stored:
        """The state that the run of a node had read."""
        return self._origins[node][0].stored

    def tell(self, node: int, *event: Any) -> tuple[int, Any]:
        """The node after an event, and what came of it."""
        found = self._told.get((node, event))
        if found is None:
            start, events = self._origins[node]
            live = self._live.pop(node, None)
            if live is None:
                live = self._begin(start, self._plan(start))
                for earlier in events:
                    self._do(live, earlier)
            result = self._do(live, event)
            found = self._told[node, event] = (self._node(start, (*events, event), live), result)
        return found

    def _plan(self, start: Start) -> Plan:
        return make(
            desired(start.wants),
            state_of(start.stored),
            home=HOME,
            options=Options(reassert=start.reassert, allow_deletes="all"),
            guards=Guards(allow_replace=self.rules.allow_replace),
            origin=Origin(),
        )

    def _begin(self, start: Start, plan: Plan) -> _Live:
        rules, state = self.rules, state_of(start.stored)
        spec = RunSpec(
            plan=plan,
            read=state,
            settings=Settings(lease=rules.lease, settle_window=rules.window, parallelism=rules.parallelism),
            author=Author(run="run", who="x", boot_id="b", commit=start.commit or None),
            started=at(0),
            former_dead=start.dead,
        )
        run = Run(spec, jitter=lambda: 0.0)  # attempts follow each other at once
        return _Live(run, state)

    def _node(self, start: Start, events: tuple[Event, ...], live: _Live) -> int:
        key = self._fingerprint(live)
        node = self._index.get(key)
        if node is None:
            node = self._index[key] = len(self._origins)
            self._origins.append((start, events))
            run, wake = live.run, live.run.wake_at(at(live.now))
            done = [
                job.ended and job.result("").verdict is Verdict.DONE for job in run._jobs.values() if job.is_put
            ]
            self.seen.append(
                Seen(run.over, bool(run.halted), run.to_save(), left(wake, live.now) or None, all(done))
            )
            self._live[node] = live
        return node

    def _do(self, live: _Live, event: Event) -> Any:
        """What the driver does with a machine; states that come of it are as seen now."""
        run, now = live.run, at(live.now)
        match event:
            case ("tick", seconds):
                live.now += seconds
            case ("claim",):
                live.last = run.writes.claim(live.last, now)
                return self._stored(live.last, live.now)
            case ("due",):
                return tuple(sent_of(due.request) for due in run.due(now))
            case ("answer", sent, answer):
                run.answered(IDS[sent.id], self._outcome(sent.action, answer), now)
            case ("halt",):
                run.halt("halted")
            case ("begin save", ids):
                run.begin_save(ids)
            case ("saved", ids):
                run.saved(ids, now)
            case ("end",):
                run.close()
                live.last = run.writes.final(live.last, now)
                return self._stored(live.last, live.now)
            case ("mark", stored, ids):
                state = state_of(stored)
                doubts = {
                    id_: late._doubtful(state.listings.get(id_), run.held(id_)) for id_ in (IDS[n] for n in ids)
                }
                marked = self._stored(state.with_beliefs(doubts), 0)
                held = (
                    h and h._replace(quiet=self.rules.window) if n in ids else h for n, h in enumerate(marked.held)
                )
                return marked._replace(claim=None, held=tuple(held))
            case _:
                raise AssertionError(event)
        return None

    def _outcome(self, action: Action, answer: str) -> Outcome:
        match answer:
            case "unsent":
                return api.not_sent("refused")
            case "unsure":
                return api.unsure("no answer")
            case _:
                return api.outcome(action, {**REPLIES, **dict(self.rules.says)}[answer], self.rules.dialect)

    def _stored(self, state: State, now: int) -> Stored:
        return stored_of(state, now, len(self.rules.offers), self.over)

    # The state, mended by hand

    def rebuilt(self, ever: tuple[str, ...]) -> Stored:
        """Nothing is left of it but the keys that each id ever had."""
        ids = {
            IDS[n]: edits.Remembered(key=KEYS[keys] if len(keys) == 1 else None)
            for n, keys in enumerate(ever)
            if keys
        }
        state = edits.merge_restored(
            edits.remembered(ids, home=HOME, lineage="l"),
            None,
            mend=EditKind.REBUILD,
            record=RECORD,
            unread_until=at(self.rules.lease + self.rules.window),
        )
        return self._stored(state, 0)

    def restored(self, kept: Stored, present: Stored) -> Stored:
        """An older version is brought back."""
        older, newest = state_of(kept, serial=1), state_of(present, serial=2)
        return self._stored(edits.merge_restored(older, newest, mend=EditKind.RESTORE, record=RECORD), 0)

    def moved(self, stored: Stored) -> Stored:
        """It is taken along, to another address or home."""
        return self._stored(moving.relabelled(state_of(stored), home=HOME, record=RECORD), 0)

    # What decides

    def _fingerprint(self, live: _Live) -> object:
        run, now = live.run, live.now
        return (
            tuple(self._job(job, now) for job in run._jobs.values()),
            *(_ids(job for _, job in queue.fresh) for queue in run._queues.values()),
            *(_ids(queue.waiting()) for queue in run._queues.values()),
            _ids(run._active),
            tuple(run._open.values()),
            tuple(run._unhappy),
            run._flying,
            max(0, left(run._paused_until, now)),
            bool(run.halted),
            run.spec.plan.reasserting,
            repr(run._breaker),
            self._stored(live.last, now)[1:],
            run.spec.author.commit,
        )

    def _job(self, job: Job, now: int) -> object:
        change = job.change
        what = (change.offering_id, change.action, change.intent, change.after, change.before)
        former, held = job.former and held_of(job.former, now), _belief(job.held)
        if job.ended:
            final = job.final(at(now), at(self.rules.window) - at(0), "r", None, protect=False)
            return (*what, former, held, final and held_of(final, now), job.result("").verdict)
        sent = tuple(job.kinds), frozenset(job.calls), tuple(job.calls[-1:]), job.in_flight, job.throttled_in_doubt
        steps = _frozen(job.step), _frozen(job._steps)
        return (*what, former, held, max(0, left(job.not_before, now)), job.full, *sent, *steps)


def _ids(jobs: Iterable[Job]) -> tuple[str, ...]:
    return tuple(job.offering_id for job in jobs)


def _belief(belief: Belief) -> Held:
    return held_of(belief, 0)._replace(quiet=0)


def _frozen(value: Any) -> object:
    """A value of a generator's by what decides, with equality."""
    if as_ := _DECIDES.get(type(value)):
        return as_(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(map(_frozen, value))
    decided = isinstance(value, str | float | bool | None | Wait | Pause | type)
    assert decided or callable(value), f"what decides in {value!r}?"
    return value if decided else repr(value)


_DECIDES: Mapping[type, Callable[[Any], object]] = {
    GeneratorType: lambda generator: tuple(_frames(generator)),
    _Talk: lambda talk: (talk.former and _belief(talk.former), talk.key, tuple(talk.kinds)),
    Belief: _belief,
    Offering: offer_of,
    Outcome: lambda outcome: outcome.kind,
    Request: sent_of,
    Send: lambda send: sent_of(send.request),
    Save: lambda save: _belief(save.belief),
    set: frozenset,
}


def _frames(generator: Any) -> Iterator[object]:
    while isinstance(generator, GeneratorType) and (frame := generator.gi_frame) is not None:
        variables = tuple(sorted((name, _frozen(value)) for name, value in frame.f_locals.items()))
        yield frame.f_code, frame.f_lasti, repr(variables)
        generator = generator.gi_yieldfrom
