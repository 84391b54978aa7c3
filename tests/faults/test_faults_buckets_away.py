"""A bucket that is away before, during and at the end of an apply; a run that wakes up when another is over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.state import Status
from support.cloud import Asked, Relay, relay, s3_environ, s3_server
from support.driver import command
from support.inbucket import InBucket, in_bucket
from support.plans import offering
from support.scenario import Trial, finish, sent, trial
from support.wire import Call, always, answer

pytestmark = pytest.mark.deep
LEASE = 1.5
ONE, TWO = offering("en-01"), offering("en-02")
CHEAP, DEAR = offering("en-01", price=Decimal(149)), offering("en-01", price=Decimal(249))
TWO_DEARER = offering("en-02", price=Decimal(249))


@dataclass(slots=True, kw_only=True)
class Away:
    """A project with two listings, and the relay before its bucket."""

    trial: Trial
    between: Relay

    def refuse(self, *methods: str) -> None:
        """Requests of these methods get no answer and never arrive; without any, none does."""
        self.between.before = lambda asked: bool(methods) and asked.method not in methods

    def let_through(self) -> None:
        """It is back."""
        self.between.before = lambda _: True


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def it(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Away]:
    with relay(server) as between:
        for name, value in s3_environ(between.url).items():
            monkeypatch.setenv(name, value)
        project = in_bucket(tmp_path, "s3", between.url)
        with trial(tmp_path, (ONE, TWO), project=project, lease=LEASE, timeout=60.0) as found:
            found.wire.seen.clear()
            yield Away(trial=found, between=between)


def recover(it: Away) -> None:
    """The next run waits for the lease, settles all of it, and then all is quiet."""
    it.let_through()
    it.trial.wire.script = always(answer)
    done = it.trial.apply("--lock-timeout", "60s")
    assert done.code == 0, done
    it.trial.check_equal()
    it.trial.check_quiet()


@pytest.mark.parametrize("methods", [(), ("PUT",)], ids=["all", "writes"])
def test_a_bucket_that_is_away_before_the_intent_ends_it(it: Away, methods: tuple[str, ...]) -> None:
    """Whether it can be read or not: exit 1, nothing sent, and the state as it was."""
    it.trial.want(DEAR, TWO)
    before = it.trial.project.files()
    it.refuse(*methods)
    done = it.trial.apply()
    it.let_through()
    assert done.code == 1, done
    assert f"cannot be {'written' if methods else 'read'}: 127.0.0.1:" in done.err
    assert "could not be reached" in done.err
    assert it.trial.wire.seen == []
    assert it.trial.project.files() == before
    recover(it)


def test_a_bucket_that_is_away_at_renewals_stops_the_run(it: Away) -> None:
    """No request is sent without a lease; what was answered too late is in doubt, and that is recorded."""
    it.trial.want(DEAR, TWO_DEARER)

    def outlast(call: Call) -> None:
        it.refuse()
        call.pause(2 * LEASE)
        it.let_through()
        answer(call)

    it.trial.wire.script = lambda seen: outlast if seen.number == 1 else answer
    done = it.trial.apply()
    assert done.code == 4, done
    assert "the lease on the state could not be renewed in time" in done.out
    assert sent(it.trial.wire.seen) == [("PATCH", "en-01")]
    state = it.trial.project.state()
    assert state is not None
    assert (state.run, state.listings["en-01"].status) == (None, Status.MAYBE)
    recover(it)


def test_a_bucket_that_is_away_at_the_final_write_is_told(it: Away) -> None:
    """What was done is not recorded: exit 4, the intent stands, and the next run settles all of it."""
    it.trial.want(DEAR, TWO)

    def leave(call: Call) -> None:
        status, body = call.execute()
        it.refuse()
        call.answer(status, body)

    it.trial.wire.script = always(leave)
    done = it.trial.apply()
    it.let_through()
    assert done.code == 4, done
    assert "Not recorded:" in done.out
    assert "The next run settles all of it." in done.out
    assert "Apply complete" not in done.out
    state = it.trial.project.state()
    assert state is not None
    assert state.run is not None, "the intent is what stands there"
    it.trial.check_known()
    recover(it)


def test_a_write_whose_answer_is_lost_is_no_failure(it: Away) -> None:
    """Each write once, from the intent to the last: it is read back, and the run ends as any other."""
    writes = 0

    def lose(asked: Asked) -> bool:
        """The first answer to each is lost: a second try, or a look at what is there, tells."""
        nonlocal writes
        writes += asked.method == "PUT"
        return asked.method != "PUT" or writes % 2 == 0

    it.between.after = lose
    it.trial.want(DEAR, TWO)
    done = it.trial.apply()
    it.between.after = lambda _: True
    assert done.code == 0, done
    assert writes >= 4
    assert sent(it.trial.wire.seen) == [("PATCH", "en-01")]
    it.trial.check_equal()
    it.trial.check_quiet()


def test_a_zombie_marks_what_it_sent_too_late(it: Away) -> None:
    """It stopped between its check of the lease and its request, and another machine took over meanwhile.

    One request at most, its write is refused, its listing is in doubt, exit 4; the next run mends it.
    """
    one = it.trial
    assert isinstance(one.project, InBucket)
    other = Trial(project=one.project.elsewhere(), marketplace=one.marketplace, wire=one.wire)
    one.want(CHEAP, TWO)
    zombie = one.start(command=command(elsewhere=True, stop=1))
    try:
        _, status = os.waitpid(zombie.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        other.want(DEAR, TWO)
        taken_over = other.apply("--lock-timeout", "60s")
        assert taken_over.code == 0, taken_over
        other.check_equal()
        number = len(one.wire.seen)
        zombie.send_signal(signal.SIGCONT)
        done = finish(zombie)
    finally:
        zombie.kill()
        zombie.wait()
    assert done.code == 4, done
    assert sent(one.wire.seen[number:]) == [("PATCH", "en-01")]
    state = one.project.state()
    assert state is not None
    assert state.listings["en-01"].status is Status.MAYBE
    assert one.marketplace.listings()["en-01"] == CHEAP
    one.want(DEAR, TWO)
    recover(it)
