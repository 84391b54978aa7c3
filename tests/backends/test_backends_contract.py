"""What every home of states promises, over real files and real git servers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from offerctl.errors import StateMissing, StateMoved, StateUnreadable
from offerctl.state.backend import StateBackend, Version
from offerctl.state.document import SealedState, heading, parse, seal
from support.homes import Home
from support.processes import all_ended, writer
from support.states import document, sealed

RACERS = 20


def serials(backend: StateBackend) -> list[int]:
    """The serials of the kept versions, in their order."""
    return [version.serial for version in backend.history()]


def present(backend: StateBackend) -> tuple[bytes, Version]:
    """What is there, where something must be."""
    found = backend.read()
    assert found is not None
    return found


def test_where_nothing_ever_was_nothing_is_found(home: Home) -> None:
    """A first run sees no state and no history, and looking leaves nothing behind."""
    assert home.backend().read() is None
    assert serials(home.backend()) == []
    assert home.backend().read() is None


def test_what_is_written_is_read_by_everybody(home: Home) -> None:
    """Byte for byte, with the version that the write returned, from another place too."""
    version = home.backend().write(sealed(1), None)
    assert home.backend(0).read() == home.backend(1).read() == (document(1), version)


def test_a_first_state_is_created_only_where_there_is_none(home: Home) -> None:
    """Of two first runs one wins; the other learns it and overwrites nothing."""
    home.backend(0).write(sealed(1, "first"), None)
    for place in (0, 1):
        with pytest.raises(StateMoved):
            home.backend(place).write(sealed(1, "second"), None)
        with pytest.raises(StateMoved):
            home.backend(place).write(sealed(2, "second"), None)
    assert present(home.backend())[0] == document(1, "first")


def test_a_swap_needs_the_present_version(home: Home) -> None:
    """Whoever read before the last write is refused, and so is a version that never was."""
    first = home.backend().write(sealed(1), None)
    second = home.backend(1).write(sealed(2), first)
    for stale in (first, Version("0" * 40)):
        with pytest.raises(StateMoved):
            home.backend().write(sealed(3), stale)
    assert present(home.backend()) == (document(2), second)


def test_a_swap_of_what_is_gone_is_refused(home: Home) -> None:
    """A version expected where there is no document at all."""
    with pytest.raises(StateMoved):
        home.backend().write(sealed(2), Version("0" * 40))
    assert home.backend().read() is None


def test_former_bytes_cannot_come_back(home: Home) -> None:
    """A, B, A: a document that was there before is refused, so an old version never fits again."""
    first = home.backend().write(sealed(1), None)
    second = home.backend().write(sealed(2, "other"), first)
    with pytest.raises(StateMoved):
        home.backend().write(sealed(1), second)
    with pytest.raises(StateMoved):
        home.backend().write(sealed(3), first)
    assert present(home.backend()) == (document(2, "other"), second)


@pytest.mark.deep
def test_twenty_racing_processes_have_one_winner_a_round(home: Home) -> None:
    """The swap is atomic across processes and machines, from the first write on; losers are told that it moved."""
    racers = [writer("race", home.location, home.root(n % 4), "prod", f"racer-{n}") for n in range(RACERS)]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        expected = previous = "-"
        for serial in range(1, 4):
            answers = []
            for racer in racers:
                assert racer.stdin is not None
                racer.stdin.write(f"{serial} {expected} {previous}\n")
                racer.stdin.flush()
            for racer in racers:
                assert racer.stdout is not None
                answers.append(racer.stdout.readline().split(" ", 1))
            winners = [number for number, answer in enumerate(answers) if answer[0] == "won"]
            assert len(winners) == 1, answers
            assert [answer for answer in answers if answer[0] not in {"won", "StateMoved"}] == []
            data, version = present(home.backend())
            assert (heading(data).run, heading(data).serial) == (f"racer-{winners[0]}", serial)
            expected, previous = answers[winners[0]][1].strip(), heading(data).checksum
            assert expected == version
    finally:
        codes = all_ended(racers)
    assert codes == [0] * RACERS
    assert serials(home.backend()) == [3, 2, 1]


def test_environments_live_side_by_side(home: Home) -> None:
    """Writing one never moves another, whatever they share."""
    prod = home.backend(environment="prod").write(sealed(1), None)
    trial = home.backend(1, environment="trial").write(sealed(1, environment="trial"), None)
    home.backend(environment="prod").write(sealed(2), prod)
    home.backend(1, environment="trial").write(sealed(2, environment="trial"), trial)
    assert present(home.backend(1))[0] == document(2)
    assert present(home.backend(environment="trial"))[0] == document(2, environment="trial")
    assert serials(home.backend(environment="trial")) == [2, 1]


def test_history_is_newest_first_with_the_bytes_that_were_written(home: Home) -> None:
    """Each kept version is whole and names its serial; the present one is among them."""
    version, written = None, [sealed(1)]
    for serial in range(1, 6):
        version = home.backend(serial % 2).write(written[-1], version)
        written.append(sealed(serial + 1, f"run-{serial + 1}", after=written[-1]))
    kept = list(home.backend().history())
    assert [(v.serial, v.data) for v in kept] == [(n, written[n - 1].data) for n in (5, 4, 3, 2, 1)]
    assert kept[0].version == version


def test_a_run_keeps_its_first_and_last_write_and_no_renewal(home: Home) -> None:
    """However long a run renews its lease, its versions are two."""
    first = sealed(1, "a", at_work=True)
    version = home.backend().write(first, None)
    for serial in (2, 3, 4):
        version = home.backend().write(sealed(serial, "a", at_work=True, after=first), version)
        assert present(home.backend(1)) == (document(serial, "a", at_work=True, after=first), version)
        assert serials(home.backend()) == [1]
    home.backend().write(sealed(5, "a", after=first), version)
    assert serials(home.backend()) == [5, 1]


def test_the_last_renewal_of_a_killed_run_is_kept_by_the_next(home: Home) -> None:
    """What the next run builds upon, and names as its predecessor, is there to be looked at."""
    first = sealed(1, "killed", at_work=True)
    version = home.backend().write(first, None)
    version = home.backend().write(sealed(2, "killed", at_work=True, after=first), version)
    last = sealed(3, "killed", at_work=True, after=first)
    version = home.backend().write(last, version)
    home.backend(1).write(sealed(4, "next", at_work=True, after=last), version)
    assert serials(home.backend()) == [4, 3, 1]


def test_the_chain_of_kept_versions_is_unbroken(home: Home) -> None:
    """Each kept document's `previous` is the checksum of the kept one before it, through renewals and kills."""
    version = before = None
    serial = 0
    for run, writes in (("a", 3), ("killed", 4), ("b", 1), ("killed-at-once", 1), ("c", 2)):
        first = before
        for number in range(writes):
            serial += 1
            at_work = run.startswith("killed") or number < writes - 1
            written = sealed(serial, run, at_work=at_work, previous=first)
            version = home.backend().write(written, version)
            before = written.heading.checksum
            if number == 0 and writes > 1:
                first = before
    kept = [parse(stored.data) for stored in home.backend(1).history()]
    assert len(kept) >= 8
    for newer, older in pairwise(kept):
        assert newer.previous == older.checksum
    assert kept[-1].previous is None


@pytest.mark.parametrize("harm", ["empty", "torn", "edited"])
def test_a_harmed_document_is_handed_over_to_be_refused(home: Home, harm: str) -> None:
    """The bytes come as they are, so that reading them says what is wrong; good ones can be swapped in."""
    first = sealed(1)
    home.backend().write(first, None)
    whole = document(2, "run-2")
    bad = {"empty": b"", "torn": whole[: len(whole) // 2], "edited": whole.replace(b"pro-1", b"pro-2")}[harm]
    home.put(bad)
    data, version = present(home.backend())
    assert data == bad
    with pytest.raises(StateUnreadable):
        parse(data)
    mended = home.backend().write(sealed(3, "mender", after=first), version)
    assert present(home.backend(1)) == (document(3, "mender", after=first), mended)


def test_a_state_that_is_gone_is_refused_and_can_be_restored(home: Home) -> None:
    """Where kept versions or a ref remember it, its absence is no first run; a restored one must be newer."""
    version = home.backend().write(sealed(1), None)
    home.backend().write(sealed(2, "other"), version)
    home.put(None)
    with pytest.raises(StateMissing, match="is gone") as caught:
        home.backend().read()
    assert "offerctl state restore 2 -e prod" in (caught.value.hint or "")
    assert serials(home.backend()) == [2, 1]
    for again in (1, 2):
        with pytest.raises(StateMoved):
            home.backend().write(sealed(again, "first run"), None)
    restored = home.backend().write(sealed(3, "restored"), None)
    assert present(home.backend()) == (document(3, "restored"), restored)
    assert serials(home.backend()) == [3, 2, 1]


def test_an_older_state_put_back_is_refused_and_can_be_restored(home: Home) -> None:
    """A backup put in its place by hand would forget what was done since."""
    version = home.backend().write(sealed(1), None)
    version = home.backend().write(sealed(2, "other"), version)
    home.put(document(1))
    with pytest.raises(StateMissing, match="older than it was"):
        home.backend().read()
    with pytest.raises(StateMoved):
        home.backend().write(sealed(3), version)
    restored = home.backend().write(sealed(3, "restored"), None)
    assert present(home.backend()) == (document(3, "restored"), restored)


def test_a_lock_is_certain_only_where_the_system_keeps_it(home: Home) -> None:
    """A file's lock proves that earlier runs are dead; a branch has none to prove it."""
    with home.backend().hold() as certain:
        assert certain is home.certain
    with home.backend().hold() as certain:
        assert certain is home.certain


# The chain


def broken(home: Home, harm: str) -> SealedState:
    """A document upon two versions of the home, as somebody would write it who changes more than beliefs."""
    second = sealed(2, "run-2")
    whole = parse(sealed(3, "run-3").data)
    version = home.backend().write(sealed(1), None)
    home.backend().write(second, version)
    return seal(
        {
            "lineage": replace(whole, lineage="11111111-2222-4333-8444-555555555555"),
            "previous": replace(whole, previous="a" * 64),
            "no previous": replace(whole, previous=None),
            "an older previous of another lineage": replace(
                whole, lineage="x", previous=sealed(1).heading.checksum
            ),
            "begun anew": replace(whole, lineage="x", serial=1, previous=None),
            "same serial": replace(whole, serial=2, applied_commit="another"),
        }[harm]
    )


HARMS = {
    "lineage": "is of another lineage",
    "previous": "follows none of the versions that are kept",
    "no previous": "",
    "an older previous of another lineage": "is of another lineage",
    "begun anew": "is of another lineage",
    "same serial": "is another one under the same serial",
}


@pytest.mark.parametrize(("harm", "words"), HARMS.items())
def test_a_document_that_does_not_follow_what_is_known_is_refused(home: Home, harm: str, words: str) -> None:
    """Whole, ours by its name, with the checksum that goes with it: and still not what the known state became."""
    home.put(broken(home, harm).data)
    for _ in range(2):
        with pytest.raises(StateMissing) as refused:
            home.backend().read()
        assert words in refused.value.message
        assert refused.value.hint == "Bring it back: offerctl state restore 2 -e prod"
    assert serials(home.backend()) == [2, 1]
    with pytest.raises(StateMoved):
        home.backend().write(sealed(9, after=sealed(2, "run-2")), Version("0" * 40))
    restored = sealed(9, "restore", after=sealed(2, "run-2"))
    version = home.backend().write(restored, None)
    assert present(home.backend()) == (restored.data, version)


def test_a_document_that_nothing_witnesses_may_begin_a_chain(home: Home) -> None:
    """As a state that was moved here, or pushed into an empty home: it names versions of another one."""
    first = sealed(7, previous="a" * 64)
    version = home.backend().write(first, None)
    assert present(home.backend(1)) == (first.data, version)
    assert serials(home.backend(1)) == [7]


def test_a_later_document_without_a_previous_one_is_refused_wherever_it_is(home: Home) -> None:
    """Only the first one follows none, and it has the serial 1."""
    home.put(seal(replace(parse(document(7)), previous=None)).data)
    with pytest.raises(StateMissing, match="names no version before it, and no version of it is kept"):
        home.backend().read()
