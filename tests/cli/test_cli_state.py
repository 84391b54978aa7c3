"""`offerctl state`: processes of their own, in folders of their own, on states in files and on a git branch."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from offerctl.app import host
from offerctl.offering import Offering
from offerctl.state import Claim, RunRecord, State, Status
from offerctl.state.document import FORMAT_VERSION, encode
from support.desk import LOCAL, Desk
from support.homes import git
from support.plans import CONTESTED, ENGLISH, FRENCH, gone, live, maybe, offering, state

A, B, C = offering("a"), offering("b"), offering("c", training_standard_key=FRENCH)
SOON = timedelta(seconds=60)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A configured folder without a state."""
    it = Desk(root=tmp_path)
    it.configure()
    return it


def claim(*, left: timedelta = SOON, boot_id: str | None = "another boot") -> Claim:
    return Claim(id="7f3c21aa", who="GitHub run 1234", boot_id=boot_id, lease_until=datetime.now(UTC) + left)


# Looking


def test_list_shows_every_belief(desk: Desk) -> None:
    """Deleted ones too; as JSON with the fields of the document."""
    desk.keep({"a": live(A), "b": gone(B), "c": maybe(C, C), "d": CONTESTED})
    assert "4 listings: 1 live, 1 in doubt, 1 deleted, 1 contested." in desk.ok("state", "list")
    found = desk.json("state", "list")
    assert (found["environment"], found["serial"]) == ("local", 7)
    assert [(one["offering_id"], one["status"]) for one in found["listings"]] == [
        ("a", "live"), ("b", "gone"), ("c", "maybe"), ("d", "contested"),
    ]  # fmt: skip


def test_without_a_state_there_is_nothing_to_list(desk: Desk) -> None:
    """That is no error: nothing was applied yet."""
    assert desk.ok("state", "list") == "There is no state of local yet: nothing was applied.\n"
    assert desk.json("state", "list")["listings"] == []


def test_status_tells_who_holds_it_and_what_is_open(desk: Desk) -> None:
    """In ten lines; exit 3 while a run may live."""
    quiet = datetime(2061, 1, 1, tzinfo=UTC)
    beliefs = {"a": live(A, protect=True), "b": gone(B), "c": maybe(C, C, quiet_until=quiet), "d": CONTESTED}
    held = claim()
    record = RunRecord(id=held.id, who=held.who, started=datetime(2026, 9, 2, 14, 3, tzinfo=UTC))
    desk.keep(beliefs, run=held, last_run=record)
    done = desk.run("state", "status")
    assert (done.code, done.err) == (3, "")
    lines = done.out.splitlines()
    assert len(lines) == 10
    assert lines[0] == "State of local (the embedded Marketplace)"
    assert lines[1] == "Kept at:        file:.offerctl/local.state.json, serial 7"
    assert re.fullmatch(
        r"Held by:        GitHub run 1234, run 7f3c21aa, since 2026-09-02 14:03 UTC; "
        r"lease until .+ UTC: it may live",
        lines[2],
    )
    assert lines[3] == "Last run:       7f3c21aa by GitHub run 1234, has no end"
    assert lines[4].startswith("Last confirmed: 2026-09-02 14:03 UTC, commit 3f2a9c1")
    assert re.fullmatch(r"In doubt:       1 \(c\); quiet until \d\d:\d\d:\d\d UTC", lines.pop(7))
    assert lines[6:] == [
        "Listings:       3, and 1 deleted one",
        "Contested:      1 (d)",
        "Protected:      1 (a)",
    ]


def test_one_moment_is_told_until_which_apply_waits(desk: Desk) -> None:
    """After a run of this machine that was killed it waits for the settle window alone, and nothing says more."""
    desk.configure(lease=600.0, settle_window=100.0)
    desk.want(A, C)
    began = datetime.now(UTC)
    dead = claim(boot_id=host.boot_id())
    desk.keep({"a": live(A), "c": maybe(None, C, quiet_until=began + timedelta(seconds=700))}, run=dead)
    told = {
        "status": re.search(r"quiet until (?:\S+ )?(\S+) UTC", desk.ok("state", "status")),
        "list": re.search(r"quiet until (?:\S+ )?(\S+) UTC", desk.ok("state", "list")),
        "show": re.search(r"quiet until (?:\S+ )?(\S+) UTC", desk.ok("state", "show", "c")),
        "plan": re.search(r"apply will wait until (?:\S+ )?(\S+) for", desk.ok("plan")),
    }
    ended = datetime.now(UTC)
    for name, found in told.items():
        assert found is not None, name
        at = datetime.combine(began.date(), time.fromisoformat(found[1]), UTC)
        at += timedelta(days=1) if at < began - timedelta(hours=1) else timedelta()
        assert began + timedelta(seconds=99) <= at <= ended + timedelta(seconds=101), name
    assert desk.json("state", "show", "c")["quiet_until"] > f"{began + timedelta(seconds=699):%Y-%m-%dT%H:%M:%S}"


def test_status_as_json(desk: Desk) -> None:
    """The same facts, and what became of the run at work; the exit code is the same."""
    desk.keep({"a": live(A), "c": maybe(C, C)}, run=claim())
    done = desk.run("state", "status", "--json")
    found = json.loads(done.out)
    assert (done.code, found["environment"], found["serial"]) == (3, "local", 7)
    assert (found["run"]["id"], found["run"]["who"], found["run"]["liveness"]) == (
        "7f3c21aa", "GitHub run 1234", "unknown",
    )  # fmt: skip
    assert (found["in_doubt"], found["contested"], found["protected"]) == (["c"], [], [])
    assert found["counts"] == {"live": 1, "maybe": 1, "gone": 0, "contested": 0}


def test_status_of_a_state_that_nobody_holds(desk: Desk) -> None:
    """Exit 0, also before there is one, and where the run that held it is dead."""
    assert desk.ok("state", "status") == "There is no state of local yet: nothing was applied.\n"
    empty = json.loads(desk.ok("state", "status", "--json"))
    assert (empty["serial"], empty["run"], empty["last_applied"]) == (None, None, None)
    desk.keep({"a": live(A)})
    assert "Held by:        nobody\n" in desk.ok("state", "status")
    desk.keep({"a": live(A)}, serial=8, run=claim(boot_id=host.boot_id()))
    assert "UTC: it is dead\n" in desk.ok("state", "status")


def test_show_tells_all_of_one(desk: Desk) -> None:
    """And an id that nobody knows names the nearest."""
    desk.keep({"jhsc-en-01": live(offering())})
    assert desk.ok("state", "show", "jhsc-en-01").startswith("jhsc-en-01: live\n")
    assert desk.json("state", "show", "jhsc-en-01")["body"]["price"] == 199
    assert "Did you mean jhsc-en-01?" in desk.refused("state", "show", "jhsc-en-1")


def test_pull_prints_the_document_byte_for_byte(desk: Desk) -> None:
    """So that it can be kept and pushed."""
    kept = desk.keep({"a": live(offering("a", course_name="Première partie"))})
    assert desk.ok("state", "pull") == encode(replace(kept, checksum=None)).decode()


def test_pull_does_not_pass_damage_on(desk: Desk) -> None:
    """Nor does it print nothing, where there is no state."""
    assert "there is no state of local yet" in desk.refused("state", "pull")
    desk.keep({"a": live(A)})
    desk.state_file.write_bytes(desk.state_file.read_bytes().replace(b"199", b"1"))
    assert "edited or damaged" in desk.refused("state", "pull")


# Forgetting


def test_forget_asks_and_takes_no_for_an_answer(desk: Desk) -> None:
    """Only yes goes ahead; without a terminal it names --yes."""
    desk.keep({"a": live(A), "b": CONTESTED})
    before = desk.files()
    code, shown = desk.typed("state", "forget", "a", answer="y")
    assert (code, desk.files()) == (1, before)
    assert "a is listed, and stays listed" in shown
    assert "Nothing was changed." in shown
    assert "If that is what you want: --yes" in desk.refused("state", "forget", "b")
    code, shown = desk.typed("state", "forget", "b", answer="yes")
    assert code == 0, shown
    assert "Forgotten: b. The Marketplace was not called." in shown
    assert desk.state().listings.keys() == {"a"}


def test_a_file_that_still_wants_what_is_forgotten_is_named(desk: Desk) -> None:
    """The next apply would add it again; a folder that cannot be read hinders nobody."""
    desk.keep({"a": live(A), "b": live(B), "c": CONTESTED})
    desk.want(A)
    told = desk.run("state", "forget", "a", "--yes").err
    assert "offerings/a.yaml still wants a: the next apply would add it again. Delete the file, or" in told
    assert "still wants" not in desk.run("state", "forget", "b", "--yes").err
    shutil.rmtree(desk.root / "offerings")
    assert desk.run("state", "forget", "c", "--yes").code == 0


def test_a_state_that_was_only_laid_out_anew_is_pushed_back(desk: Desk) -> None:
    """It is refused, with what happened and the way on; after the way every listing is known, in doubt."""
    desk.keep({"a": live(A)})
    for form in ({"indent": 8}, {"separators": (",", ":")}):
        desk.state_file.write_text(json.dumps(json.loads(desk.state_file.read_text("utf-8")), **form), "utf-8")
        said = desk.refused("state", "list")
        assert "was laid out anew, as editors and formatters do: every value is whole" in said
        assert "offerctl state push .offerctl/local.state.json -e local" in said
        desk.ok("state", "push", ".offerctl/local.state.json")
        assert desk.state().listings["a"].status is Status.MAYBE
    value = json.loads(desk.state_file.read_text("utf-8"))
    value["listings"]["a"]["key"] = "JHSC-2014-1-F-O"
    desk.state_file.write_text(json.dumps(value, indent=8), "utf-8")
    assert "laid out anew" not in desk.refused("state", "list")
    assert "no checksum" in desk.refused("state", "push", ".offerctl/local.state.json")


def test_forgetting_what_may_still_arrive_is_warned_of(desk: Desk) -> None:
    """A listing in doubt, and one that is quiet; not one that nobody asked anything of."""
    quiet = datetime.now(UTC) + SOON
    desk.keep({"a": maybe(A, A), "b": gone(B, quiet_until=quiet), "c": gone(C)})
    assert "A request for a may still take effect: forgotten" in desk.run("state", "forget", "a", "--yes").err
    told = desk.run("state", "forget", "b", "--yes").err
    assert f"may still take effect (at the latest until {quiet:%H:%M:%S} UTC)" in told
    assert desk.run("state", "forget", "c", "--yes").err == ""
    assert not desk.state().listings


# Beside another run

WRITES = [
    ("state", "forget", "a", "--yes"),
    ("state", "restore", "7"),
    ("state", "push", "copy.json"),
    ("state", "rebuild", "--yes"),
    ("import", "offerings/b.yaml"),
]


@pytest.mark.parametrize("command", WRITES, ids=" ".join)
def test_nothing_is_written_beside_a_live_run(desk: Desk, command: tuple[str, ...]) -> None:
    """Every command that writes says who holds the state, until when, and how it is unlocked."""
    desk.want(B)
    desk.keep({"a": live(A)})
    (desk.root / "copy.json").write_text(desk.ok("state", "pull"), "utf-8")
    desk.keep({"a": maybe(A, A)}, run=claim(), serial=8)
    told = desk.refused(*command, code=3)
    assert "Error: another run is applying to local (GitHub run 1234, lease until " in told
    assert "s). Nothing was written." in told
    assert "if that run is surely dead: offerctl state unlock 7f3c -e local" in told


@pytest.mark.parametrize(
    "over", [claim(left=-SOON), claim(boot_id=host.boot_id())], ids=["past its lease", "dead on this machine"]
)
def test_a_run_that_has_surely_ended_holds_nobody_up(desk: Desk, over: Claim) -> None:
    """Its lease and the clocks' margin are past, or the system freed its lock on this boot of this machine."""
    if over.boot_id is None:
        pytest.skip("this system does not tell its boots apart")
    desk.keep({"a": live(A)}, run=over)
    desk.ok("state", "forget", "a", "--yes")
    assert desk.state().run is None


@pytest.mark.parametrize("run", ["7f3c", "7f3c21aa"])
def test_unlock_ends_the_lease_and_no_doubt(desk: Desk, run: str) -> None:
    """What was quiet stays quiet; then others may write."""
    quiet = datetime.now(UTC) + SOON
    doubtful = maybe(A, A, quiet_until=quiet)
    attempt = doubtful.last_attempt
    assert attempt is not None
    doubtful = replace(doubtful, last_attempt=attempt._replace(run="7f3c21aa"))
    desk.keep({"a": doubtful, "b": live(B)}, run=claim())
    told = desk.ok("state", "unlock", run)
    assert told == (
        "Unlocked: the lease of run 7f3c21aa (GitHub run 1234) has ended.\n"
        "It left 1 listing in doubt, to be settled by the next apply.\n"
        "To see what apply will do: offerctl plan -e local\n"
        f"Apply will wait until {quiet:%H:%M:%S} UTC for a: a request of unknown fate may still arrive.\n"
    )
    after = desk.state()
    assert (after.run, dict(after.listings)) == (None, {"a": doubtful, "b": live(B)})
    desk.ok("state", "forget", "b", "--yes")


def test_only_what_was_meant_is_unlocked(desk: Desk) -> None:
    """Another run's id is refused, and so is a state that nobody holds."""
    desk.keep({"a": live(A)})
    assert "no run holds the state of local" in desk.refused("state", "unlock", "7f3c")
    desk.keep({"a": maybe(A, A)}, run=claim(), serial=8)
    assert "is held by run 7f3c21aa (GitHub run 1234), not by 9999" in desk.refused("state", "unlock", "9999")


@pytest.mark.parametrize("command", [*WRITES, ("state", "unlock", "7f3c")], ids=" ".join)
def test_a_process_of_this_machine_that_lives_is_not_written_beside(desk: Desk, command: tuple[str, ...]) -> None:
    """Not even unlocked: the system says that it lives."""
    desk.want(B)
    desk.keep({"a": live(A)})
    (desk.root / "copy.json").write_text(desk.ok("state", "pull"), "utf-8")
    desk.keep({"a": maybe(A, A)}, run=claim(boot_id=host.boot_id()), serial=8)
    with desk.backend.hold():
        told = desk.refused(*command, code=3)
    assert "It lives: a process of this machine has the state locked. Nothing was written." in told


# Bringing back


def test_restore_brings_back_beliefs_not_facts(desk: Desk) -> None:
    """The union with what is known now, all in doubt but what is contested; quiet as long as any of them."""
    quiet = datetime.now(UTC) + SOON
    desk.keep({"a": live(A), "b": live(B), "c": live(C)})
    english = offering("c")
    desk.keep({"a": gone(A, quiet_until=quiet), "c": live(english), "d": CONTESTED}, serial=8)
    told = desk.ok("state", "restore", "7")
    assert told == (
        "Brought back from the version with serial 7: 4 listings, now serial 9.\n"
        "Known again: b\n"
        "Contested as before, so that nothing is sent for them: d\n"
        "The others are in doubt, and the next apply settles them.\n"
        "To see what apply will do: offerctl plan -e local\n"
        f"Apply will wait until {quiet:%H:%M:%S} UTC for a: a request of unknown fate may still arrive.\n"
    )
    after = desk.state()
    assert {id_: (b.status.value, b.key, b.quiet_until) for id_, b in after.listings.items()} == {
        "a": ("maybe", ENGLISH, quiet),
        "b": ("maybe", ENGLISH, None),
        "c": ("maybe", None, None),
        "d": ("contested", None, None),
    }


def _gone(desk: Desk) -> None:
    desk.state_file.unlink()


def _older(desk: Desk) -> None:
    versions = desk.state_file.with_name(f"{desk.state_file.name}.versions")
    desk.state_file.write_bytes((versions / "00000007.json").read_bytes())


def _torn(desk: Desk) -> None:
    desk.state_file.write_bytes(desk.state_file.read_bytes()[:200])


def _empty(desk: Desk) -> None:
    desk.state_file.write_bytes(b"")


def _edited(desk: Desk) -> None:
    desk.state_file.write_bytes(desk.state_file.read_bytes().replace(b"199", b"1"))


@pytest.mark.parametrize("harm", [_gone, _older, _torn, _empty, _edited])
@pytest.mark.parametrize("serial", [7, 8])
def test_restore_mends_what_cannot_be_read(desk: Desk, harm: Callable[[Desk], None], serial: int) -> None:
    """With what the newest kept version knows besides; everything waits, as nobody knows what is on its way."""
    desk.keep({"a": live(A)})
    desk.keep({"a": live(A), "b": live(B)}, serial=8)
    harm(desk)
    assert desk.run("state", "list").code == 1
    before = datetime.now(UTC)
    told = desk.ok("state", "restore", str(serial))
    assert "It takes the place of a state that cannot be used: the state" in told
    after = desk.state()
    assert {id_: b.status for id_, b in after.listings.items()} == {"a": Status.MAYBE, "b": Status.MAYBE}
    assert all(b.quiet_until and b.quiet_until >= before + 2 * SOON for b in after.listings.values())
    assert after.serial == 9


def test_restore_goes_beyond_versions_that_cannot_be_read(desk: Desk) -> None:
    """Their serials were in use: a plan saved then must not fit now."""
    desk.keep({"a": live(A)})
    desk.keep({"a": live(A), "b": live(B)}, serial=8)
    _gone(desk)
    (desk.state_file.with_name(f"{desk.state_file.name}.versions") / "00000008.json").write_bytes(b"{")
    desk.ok("state", "restore", "7")
    assert (desk.state().serial, desk.state().listings.keys()) == (9, {"a": None}.keys())


def test_a_restored_state_is_settled_by_one_apply(desk: Desk) -> None:
    """From first to last: applied, lost, restored, applied, and then there is nothing to do."""
    desk.configure(lease=0.2, settle_window=0.0)
    desk.want(A, B)
    desk.ok("apply", "--auto-approve")
    _torn(desk)
    desk.ok("state", "restore", "2")
    assert "2 settled" in desk.ok("apply", "--auto-approve")
    assert {b.status for b in desk.state().listings.values()} == {Status.LIVE}
    assert desk.ok("plan").startswith("No changes.")


def test_restore_needs_a_version_that_is_kept_and_whole(desk: Desk) -> None:
    """It names those that are kept; a damaged one is no use; the present one is no step back."""
    assert "None is kept." in desk.refused("state", "restore", "3")
    desk.keep({"a": live(A)})
    desk.keep({"b": live(B)}, serial=8)
    told = desk.refused("state", "restore", "3")
    assert "there is no kept version with serial 3 of the state of local" in told
    assert "The newest kept ones: 8, 7. To see all: offerctl history -e local" in told
    assert "serial 8 is the state as it is" in desk.refused("state", "restore", "8")
    kept = desk.state_file.with_name(f"{desk.state_file.name}.versions") / "00000007.json"
    kept.write_bytes(kept.read_bytes()[:100])
    assert "the version with serial 7 is no use: " in desk.refused("state", "restore", "7")


def test_a_document_of_a_newer_offerctl_is_not_written_over(desk: Desk) -> None:
    """It is whole, and only this program is too old for it."""
    desk.keep({"a": live(A)})
    data = desk.state_file.read_bytes()
    desk.state_file.write_bytes(
        data.replace(f'"format_version": "{FORMAT_VERSION}"'.encode(), b'"format_version": "3.0"')
    )
    assert f"has format 3.0; this offerctl reads {FORMAT_VERSION} and 2.0" in desk.refused("state", "restore", "7")


def test_a_lost_state_does_not_hide_a_live_run(desk: Desk) -> None:
    """The newest kept version still tells of it."""
    desk.keep({"a": maybe(A, A)}, run=claim())
    _gone(desk)
    assert "another run is applying to local" in desk.refused("state", "restore", "7", code=3)


def test_push_brings_back_a_copy(desk: Desk) -> None:
    """On another machine, too, where there is no state yet: under the lineage of the copy."""
    desk.keep({"a": live(A)})
    (desk.root / "copy.json").write_text(desk.ok("state", "pull"), "utf-8")
    desk.keep({"b": live(B)}, serial=8)
    assert desk.ok("state", "push", "copy.json").startswith(
        "Brought back from copy.json: 2 listings, now serial 9.\n"
    )
    lineage = desk.state().lineage
    other = Desk(root=desk.root / "other")
    other.root.mkdir()
    other.configure()
    other.ok("state", "push", desk.root / "copy.json")
    after = other.state()
    assert (after.lineage, after.serial) == (lineage, 8)
    [belief] = after.listings.values()
    assert belief.status is Status.MAYBE
    assert belief.quiet_until is not None
    assert not belief.is_vouched_for
    assert not desk.state().listings["a"].is_vouched_for
    assert desk.state().listings["b"].is_vouched_for
    desk.ok("state", "restore", "7")
    assert desk.state().listings["a"].is_vouched_for, "a kept version is what our own runs wrote"


@pytest.mark.parametrize(
    ("foreign", "name"),
    [
        (state({}, home=LOCAL, lineage="another"), "lineage"),
        (state({}, home=LOCAL._replace(environment="prod")), "environment"),
        (state({}, home=LOCAL._replace(base_url="https://marketplace.example")), "base_url"),
        (state({}, home=LOCAL._replace(network_key="pro-2")), "network_key"),
    ],
)
def test_push_refuses_what_is_foreign(desk: Desk, foreign: State, name: str) -> None:
    """Another lineage, environment, Marketplace or provider."""
    desk.keep({"a": live(A)})
    (desk.root / "copy.json").write_bytes(encode(foreign))
    assert f"copy.json belongs to {name} " in desk.refused("state", "push", "copy.json")


@pytest.mark.parametrize("data", [b"", b"{", b"[]"])
def test_push_refuses_what_is_no_state(desk: Desk, data: bytes) -> None:
    """And a file that is not there."""
    desk.keep({"a": live(A)})
    (desk.root / "copy.json").write_bytes(data)
    assert desk.refused("state", "push", "copy.json").startswith("Error: copy.json: ")
    assert "No such file" in desk.refused("state", "push", "nowhere.json")


# Rebuilding


@pytest.fixture
def repository(desk: Desk) -> Desk:
    """A past: b went, c changed its key, d and g stayed aside, e came by a merge, f was never committed.

    Merging g's branch changed nothing in the end, so git would leave it out of a simplified history.
    """
    git(desk.root, "init", "-q", "-b", "main")
    _commit(desk, A, B, offering("c"))
    (desk.root / "offerings" / "b.yaml").unlink()
    _commit(desk, C)
    git(desk.root, "checkout", "-q", "-b", "side", "HEAD~1")
    _commit(desk, offering("d"))
    (desk.root / "offerings" / "d.yaml").unlink()
    _commit(desk)
    git(desk.root, "checkout", "-q", "main")
    git(desk.root, "merge", "-q", "--no-ff", "--no-commit", "-s", "ours", "side")
    _commit(desk, offering("e"))
    (desk.root / "offerings" / "e.yaml").unlink()
    _commit(desk)
    git(desk.root, "checkout", "-q", "-b", "idle")
    _commit(desk, offering("g"))
    (desk.root / "offerings" / "g.yaml").unlink()
    _commit(desk)
    git(desk.root, "checkout", "-q", "main")
    git(desk.root, "merge", "-q", "--no-ff", "-m", "nothing in the end", "idle")
    (desk.root / "offerings" / "_draft.yaml").write_text("offeringId: draft\n")
    (desk.root / "offerings" / "notes.txt").write_text("offeringId: notes\n")
    (desk.root / "elsewhere.yaml").write_text("offeringId: elsewhere\n")
    (desk.root / "offerings" / "odd.yaml").write_text("offeringId: odd\n\tprice: {\n")
    (desk.root / "offerings" / "none.yaml").write_text("courseName: none\n")
    _commit(desk)
    for name in ("odd", "none"):
        (desk.root / "offerings" / f"{name}.yaml").unlink()
    _commit(desk)
    desk.want(offering("f"))
    return desk


def _commit(desk: Desk, *offerings: Offering) -> None:
    desk.want(*offerings)
    git(desk.root, "add", "--all")
    git(desk.root, "commit", "-q", "--allow-empty", "-m", "files")


def test_rebuild_finds_every_id_that_was_ever_wanted(repository: Desk) -> None:
    """Under its key, unless it had several; deleted, merged, unreadable and uncommitted ones too."""
    before = datetime.now(UTC)
    done = repository.run("state", "rebuild")
    assert done.code == 0, str(done)
    assert "No offeringId was found in 1 version of a file of the history." in done.err
    after = repository.state()
    assert {id_: belief.key for id_, belief in after.listings.items()} == {
        "a": ENGLISH, "b": ENGLISH, "c": None, "d": ENGLISH, "e": ENGLISH, "f": ENGLISH, "g": ENGLISH,
        "odd": None,
    }  # fmt: skip
    assert {belief.status for belief in after.listings.values()} == {Status.MAYBE}
    assert all(b.quiet_until and b.quiet_until >= before + 2 * SOON for b in after.listings.values())
    assert after.serial == 1


def test_rebuild_asks_where_there_is_a_state(repository: Desk) -> None:
    """It is the union then; what is contested stays so."""
    repository.keep({"a": CONTESTED, "z": live(offering("z"))})
    told = repository.refused("state", "rebuild")
    assert "There is a state of local, and it can be read." in told
    repository.run("state", "rebuild", "--yes")
    after = repository.state()
    assert (after.listings["a"].status, after.listings["z"].status) == (Status.CONTESTED, Status.MAYBE)
    assert after.serial == 8


def test_rebuild_joins_what_kept_versions_know(repository: Desk) -> None:
    """Where the state itself is lost, in the same lineage."""
    lineage = repository.keep({"z": live(offering("z"))}).lineage
    _gone(repository)
    repository.ok("state", "rebuild")
    after = repository.state()
    assert "z" in after.listings
    assert (after.lineage, after.serial) == (lineage, 8)


def test_rebuild_refuses_half_a_history(repository: Desk) -> None:
    """A shallow clone lacks ids, and a folder outside git has none."""
    shallow = Desk(root=repository.root / "shallow")
    git(repository.root, "clone", "-q", "--depth=1", repository.root.as_uri(), str(shallow.root))
    told = shallow.refused("state", "rebuild")
    assert "this clone is shallow" in told
    assert "git fetch --unshallow" in told


def test_rebuild_needs_git(desk: Desk) -> None:
    """Without a repository there is no history."""
    desk.want(A)
    told = desk.refused("state", "rebuild")
    assert "git's history of offerings cannot be read" in told


# On a git branch


@pytest.fixture
def branch(tmp_path: Path) -> Desk:
    """A state on a branch of a real bare repository."""
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "work")
    it = Desk(root=tmp_path / "work", location="git")
    it.configure()
    return it


@pytest.mark.deep
def test_a_state_on_a_git_branch_is_mended_alike(branch: Desk) -> None:
    """Restored from its commits, also where the branch is gone or holds rubbish."""
    branch.keep({"a": live(A)})
    branch.keep({"a": live(A), "b": live(B)}, serial=8)
    branch.ok("state", "forget", "b", "--yes")
    assert branch.ok("state", "restore", "8").startswith(
        "Brought back from the version with serial 8: 2 listings, "
    )
    assert branch.state().serial == 10
    git(branch.root, "push", "-q", "origin", "--delete", "offerctl-state")
    assert branch.run("state", "list").code == 1
    assert "serial 11" in branch.ok("state", "restore", "7")
    assert branch.state().listings.keys() == {"a", "b"}
    _rubbish(branch)
    told = branch.refused("state", "list")
    assert "the state of local on git branch offerctl-state cannot be used: the state document is cut off" in told
    assert "offerctl state restore 11 -e local" in told
    assert "offerctl state restore 11 -e local" in branch.refused("state", "pull")
    assert "serial 12" in branch.ok("state", "restore", "11")
    assert json.loads(branch.ok("state", "pull"))["serial"] == 12


def _rubbish(branch: Desk) -> None:
    """A commit of somebody else upon the branch, in which the document is torn."""
    git(branch.root, "fetch", "-q", "origin", "offerctl-state")
    blob = git(branch.root, "hash-object", "-w", "--stdin", data=b'{"format')
    tree = git(branch.root, "mktree", data=f"100644 blob {blob}\tlocal.state.json\n".encode())
    commit = git(branch.root, "commit-tree", tree, "-p", "FETCH_HEAD", "-m", "oops")
    git(branch.root, "push", "-q", "origin", f"{commit}:refs/heads/offerctl-state")


def test_the_group_shows_its_help(desk: Desk) -> None:
    """Alone; and a mistyped command names the nearest."""
    assert desk.ok("state").startswith("Usage: offerctl state [OPTIONS] COMMAND")
    assert "Did you mean restore?" in desk.refused("state", "restor", "7")


def test_text_of_others_does_a_terminal_no_harm(desk: Desk) -> None:
    """Names in claims are shown spelled out, and there is no colour without a terminal."""
    hostile = claim()._replace(who="evil\x1b[2J\u202e")
    desk.keep({"a": maybe(A, A)}, run=hostile)
    told = desk.refused("state", "forget", "a", "--yes", code=3)
    assert r"evil\x1b[2J\u202e" in told
    assert "\x1b" not in told
    assert "\x1b" not in desk.ok("state", "unlock", "7f3c")
