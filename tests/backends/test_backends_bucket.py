"""States in buckets: servers that are away, lose an answer or keep to no condition; writers that race or die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from offerctl.backends import open_backend
from offerctl.backends.places import place_of
from offerctl.errors import ConfigError, StateMoved, StateUnavailable
from offerctl.state.backend import Version
from offerctl.state.document import heading
from support.cloud import Asked, Relay, make_bucket, relay, s3_environ
from support.homes import BucketHome
from support.processes import all_ended, ended, writer
from support.states import document, sealed

RACERS, ROUNDS = 8, int(os.environ.get("ROUNDS", "10"))
"""Rounds of the race; by hand: ROUNDS=50."""
SECRET = "a-secret-of-the-test"


@pytest.fixture
def between(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay before the server, to which this process's environment leads."""
    with relay(s3) as one:
        for name, value in {**s3_environ(one.url), "AWS_SECRET_ACCESS_KEY": SECRET}.items():
            monkeypatch.setenv(name, value)
        yield one


@pytest.fixture
def home(between: Relay, tmp_path: Path) -> BucketHome:
    """A bucket behind the relay."""
    return BucketHome(tmp_path, "s3", make_bucket(between.server))


@pytest.mark.deep
def test_racing_writers_have_one_winner_a_round(cloud_home: BucketHome) -> None:
    """Eight processes, the same serial upon the same version: one wins, and the others are told that it moved."""
    racers = [writer("race", cloud_home.location, cloud_home.root(n), "prod", f"racer-{n}") for n in range(RACERS)]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        expected = previous = "-"
        for serial in range(1, ROUNDS + 1):
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"{serial} {expected} {previous}\n")
                racer.stdin.flush()
            answers = [racer.stdout.readline().split(" ", 1) for racer in racers if racer.stdout]
            winners = [answer for answer in answers if answer[0] == "won"]
            assert len(winners) == 1, answers
            assert {answer[0] for answer in answers} == {"won", "StateMoved"}
            expected = winners[0][1].strip()
            found = cloud_home.backend().read()
            assert found is not None
            previous = heading(found[0]).checksum
    finally:
        codes = all_ended(racers)
    assert codes == [0] * RACERS


@pytest.mark.deep
def test_a_server_that_keeps_to_no_condition_is_found_out_at_first_use(home: BucketHome, between: Relay) -> None:
    """Two runs could each believe to hold a state there: it is refused before any state is written."""

    def ignoring(asked: Asked) -> bool:
        asked.headers = {n: v for n, v in asked.headers.items() if n.lower() not in {"if-match", "if-none-match"}}
        return True

    between.before = ignoring
    with pytest.raises(StateUnavailable, match="does not keep to the conditions of a write") as caught:
        home.backend().write(sealed(1), None)
    assert "Nothing was written." in caught.value.message
    assert home.backend().read() is None
    assert [*home.objects().names("offerctl")] == [], "the trial is taken away again"
    between.before = lambda _: True
    home.backend().write(sealed(1), None)
    assert home.backend().read() is not None


@pytest.mark.deep
@pytest.mark.parametrize("number", [1, 2])
def test_a_lost_answer_is_settled_by_reading_back(home: BucketHome, between: Relay, number: int) -> None:
    """Of the write itself, and of the copy that is kept."""
    first = home.backend().write(sealed(1), None)
    before = sum(1 for one in between.seen if one.method == "PUT")
    between.after = lambda asked: (asked.method, asked.number) != ("PUT", before + number)
    second = home.backend().write(sealed(2), first)
    found = home.backend().read()
    assert found == (document(2), second)
    between.after = lambda _: True
    home.backend().write(sealed(3), second)
    assert [kept.serial for kept in home.backend().history()] == [3, 2, 1]


@pytest.mark.deep
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_writer_that_is_killed_leaves_a_state(
    home: BucketHome, between: Relay, number: int, moment: str
) -> None:
    """At the swap or at the copy, before or after the server has it: the next write goes on."""
    home.backend().write(sealed(1), None)
    before = sum(1 for one in between.seen if one.method == "PUT")
    process = writer("write", home.location, home.root(1), "2")

    def kill(asked: Asked) -> bool:
        if (asked.method, asked.number) != ("PUT", before + number):
            return True
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False

    setattr(between, moment, kill)
    assert ended(process)[0] == -signal.SIGKILL
    between.before = between.after = lambda _: True
    found = home.backend().read()
    assert found is not None
    data, version = found
    arrived = (number, moment) != (1, "before")
    assert data == (document(2, "run-2") if arrived else document(1))
    home.backend().write(sealed(3, "next"), version)
    assert [kept.serial for kept in home.backend().history()] == ([3, 2, 1] if arrived else [3, 1])


@pytest.mark.deep
def test_a_bucket_that_is_away_is_told_and_nothing_of_the_credentials(home: BucketHome, between: Relay) -> None:
    """Before, during and after a write; afterwards everything goes on."""
    version = home.backend().write(sealed(1), None)
    between.before = lambda _: False
    for attempt in (home.backend().read, lambda: home.backend().write(sealed(2), version)):
        with pytest.raises(StateUnavailable) as caught:
            attempt()
        told = f"{caught.value.message} {caught.value.hint}"
        assert "could not be reached" in told
        assert SECRET not in told
        assert "Signature" not in told
    between.before = lambda asked: asked.method != "PUT"
    with pytest.raises(StateUnavailable):
        home.backend().write(sealed(2), version)
    between.before = lambda _: True
    home.backend().write(sealed(2), version)


@pytest.mark.deep
def test_a_bucket_that_is_not_there_is_no_first_run(home: BucketHome) -> None:
    """Otherwise a mistyped name would plan to add everything again."""
    mistyped = open_backend("s3://no-such-bucket/offerctl/", root=home.root(), environment="prod")
    with pytest.raises(StateUnavailable, match="there is no bucket no-such-bucket"):
        mistyped.read()


@pytest.mark.deep
def test_a_swap_is_refused_though_the_tag_is_right_when_the_serial_is_not(home: BucketHome) -> None:
    """An entity tag may be a hash of the content: the serial in the document rules its return out."""
    first = home.backend().write(sealed(1), None)
    second = home.backend().write(sealed(2), first)
    with pytest.raises(StateMoved):
        home.backend().write(sealed(2, "other"), second)
    with pytest.raises(StateMoved):
        home.backend().write(sealed(3), Version('"0000"'))


@pytest.mark.parametrize(
    ("location", "key"),
    [
        ("s3://my-states/offerctl/", "offerctl/prod.state.json"),
        ("s3://my-states/deep/er/prod.json", "deep/er/prod.json"),
        ("az://my-states/x.json", "x.json"),
    ],
)
def test_a_key_names_the_object_or_its_folder(location: str, key: str) -> None:
    """With `/` at its end it is a folder, so that many environments can share a setting."""
    assert place_of(location, "prod").key == key


@pytest.mark.parametrize(
    "location",
    ["s3://", "s3://my-states", "s3://my-states/", "s3://my-states/../x", "s3://my-states//x", "s3://UPPER/x",
     "s3://user:pa55@my-states/x", "az://my-states/x?sig=abc", "s3://my-states/a b", "s3://my-states/./x"],
)  # fmt: skip
def test_what_is_no_place_in_a_bucket_is_refused(location: str) -> None:
    """And not quoted: there may be a password in it."""
    with pytest.raises(ConfigError) as caught:
        place_of(location, "prod")
    assert "pa55" not in f"{caught.value.message} {caught.value.hint}"
    assert "sig=abc" not in f"{caught.value.message} {caught.value.hint}"
