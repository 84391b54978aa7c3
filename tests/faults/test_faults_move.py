"""`state move` and `state retire`, killed by SIGKILL at every write and every request; the same command goes on.

`FAULTS=all` in the environment kills at every step of every write in every pair of homes, and before every command
that git is given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from offerctl.backends import open_backend
from offerctl.embedded import Store
from offerctl.offering import Offering
from offerctl.state import State, Status, document
from support.cli import OFFERCTL, Done, environ, start
from support.cloud import Asked, Relay, make_bucket, relay, s3_environ, s3_server
from support.driver import STEPS, command
from support.homes import git
from support.kills import KILLED, Killer, Moment
from support.plans import offering
from support.scenario import BEFORE, Trial, finish, trial
from support.wire import answer

EVERYTHING = os.environ.get("FAULTS") == "all"
OLD, NEW = ("file:.offerctl/local.state.json", "git:old"), ("file:states/new.json", "git:new")
KEPT, GONE, PENDING, LATER = offering("kept"), offering("gone"), offering("pending"), offering("later")

Kill = tuple[str, object]


def _kills(source: str, target: str) -> list[Kill]:
    """Around each of the three writes: the new home's, the old home's, the new home's."""
    files = [n for n, home in enumerate((target, source, target)) if home.startswith("file")]
    pushes = 3 - len(files)
    found: list[Kill] = [("kill", [step, n + 1]) for n in range(len(files)) for step in STEPS]
    found += [
        ("git", [word, n + 1, when])
        for n in range(pushes)
        for word, when in (("push", "before"), ("push", "after"), ("update-ref", "after"))
    ]
    return found


TRIALS = [(source, target, kill) for source in OLD for target in NEW for kill in _kills(source, target)]
DEEP = [
    (OLD[0], NEW[1], ("kill", ["before-rename", 1])),
    (OLD[0], NEW[1], ("git", ["push", 1, "after"])),
    (OLD[0], NEW[1], ("git", ["push", 2, "before"])),
    (OLD[1], NEW[0], ("git", ["push", 1, "after"])),
    (OLD[0], NEW[0], ("kill", ["after-rename", 2])),
]
assert all(one in TRIALS for one in DEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A provider whose Marketplace is the embedded one, with a remote for states; `cloud` leads to buckets."""

    folder: Path
    cloud: Mapping[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Where offerctl is called."""
        return self.folder / "provider"

    def configure(self, location: str) -> None:
        """Where the state is said to be."""
        text = f'[environments.local]\nlease = 60.0\nstate = "{location}"\n'
        (self.root / "offerctl.toml").write_text(text, "utf-8")

    def want(self, *offerings: Offering) -> None:
        """Makes these the offering files."""
        shutil.rmtree(self.root / "offerings", ignore_errors=True)
        (self.root / "offerings").mkdir(parents=True)
        for wanted in offerings:
            lines = [f"{name}: {value}" for name, value in wanted.attributes().items()]
            (self.root / "offerings" / f"{wanted.offering_id}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def run(self, *args: str, **wrong: object) -> Done:
        """`offerctl ARGS`, with that wrong."""
        return finish(self.start(*args, **wrong))

    def start(self, *args: str, **wrong: object) -> subprocess.Popen[str]:
        """The same, under way."""
        how = command(**wrong) if wrong else OFFERCTL
        return start(*args, cwd=self.root, env=environ(self.root, **self.cloud), command=how)

    def apply(self) -> Done:
        """`offerctl apply`."""
        return self.run("apply", "--auto-approve", "--allow-deletes", "all")

    def state(self, location: str) -> State | None:
        """What stands there."""
        found = open_backend(location, root=self.root, environment="local").read()
        return document.parse(found[0]) if found else None

    def listed(self) -> dict[str, Offering]:
        """What is in the Marketplace."""
        with closing(Store(self.root / ".offerctl" / "local.marketplace.sqlite3")) as store:
            return {id_: listing.offering for id_, listing in store.listings().items()}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each old home: one listing of each kind, and a deletion that is pending."""
    found = {}
    for number, source in enumerate(OLD):
        it = Move(folder=tmp_path_factory.mktemp(f"moves-{number}"))
        git(it.folder, "init", "-q", "--bare", "--initial-branch=main", "repo.git")
        it.root.mkdir()
        git(it.root, "init", "-q", "--initial-branch=main")
        git(it.root, "remote", "add", "origin", "../repo.git")
        it.configure(source)
        for wants in ((KEPT, GONE, PENDING), (KEPT, PENDING)):
            it.want(*wants)
            done = it.apply()
            assert done.code == 0, done
        it.want(KEPT)
        found[source] = it.folder
    return found


def _begin(applied: dict[str, Path], source: str, folder: Path) -> Move:
    shutil.copytree(applied[source], folder, symlinks=True, dirs_exist_ok=True)
    return Move(folder=folder)


def _check(it: Move, source: str, target: str) -> None:
    """After a kill: at most one home begins a run, and the same command finishes what is left to do."""
    it.configure(source)
    it.want(KEPT, LATER)
    between = it.apply()
    it.configure(target)
    held = it.apply() if between.code else None
    moved = it.run("state", "move", "--from", source)
    assert moved.code == 0, moved
    if between.code == 0:  # not marked yet: what was done there is brought along
        assert "Moved the state of local" in moved.out
    else:
        assert "it is kept at" in between.err, between
        assert held is not None
        assert (held.code == 0) == ("there is nothing to move" in moved.out), (held, moved)
    new = it.state(target)
    assert new is not None
    assert set(it.listed()) <= set(new.listings)
    assert new.listings.keys() >= {"kept", "gone", "pending"}
    done = it.apply()
    assert done.code == 0, done
    assert it.listed() == {"kept": KEPT, "later": LATER}
    new = it.state(target)
    assert new is not None
    assert {id_: b.body for id_, b in new.listings.items() if b.status is Status.LIVE} == it.listed()
    assert {id_ for id_, b in new.listings.items() if b.status is Status.GONE} == {"gone", "pending"}
    assert "there is nothing to move" in it.run("state", "move", "--from", source).out
    it.configure(source)
    assert it.apply().code == 1


@pytest.mark.deep
@pytest.mark.parametrize("one", TRIALS if EVERYTHING else DEEP, ids=str)
def test_a_move_that_is_killed_is_finished_by_the_same_command(
    applied: dict[str, Path], one: tuple[str, str, Kill], tmp_path: Path, note: Callable[[str], None]
) -> None:
    """Nothing lost and nothing doubled; what a run did on the old home meanwhile comes along."""
    note("moves killed")
    source, target, (name, where) = one
    it = _begin(applied, source, tmp_path)
    it.configure(target)
    done = it.run("state", "move", "--from", source, **{name: where})
    assert (done.code, done.out) == (KILLED, ""), done
    _check(it, source, target)


PAIRS = [(OLD[0], NEW[1]), (OLD[1], NEW[0]), (OLD[1], NEW[1])]


@pytest.mark.deep
@pytest.mark.timeout(3600 if EVERYTHING else 300)
@pytest.mark.parametrize(("source", "target"), PAIRS if EVERYTHING else PAIRS[2:])
def test_a_move_can_be_killed_before_any_git_command(
    applied: dict[str, Path], source: str, target: str, tmp_path: Path, note: Callable[[str], None]
) -> None:
    """Also where no write is near."""
    note("moves killed anywhere")
    for number in count(1) if EVERYTHING else (17,):
        it = _begin(applied, source, tmp_path / str(number))
        it.configure(target)
        if it.run("state", "move", "--from", source, git=["*", number, "before"]).code != KILLED:
            assert number > 20
            print(f"{source} to {target}: {number - 1} git commands")
            break
        _check(it, source, target)


# Buckets


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay before S3, to which this process's environment leads."""
    with s3_server() as server, relay(server) as one:
        for name, value in s3_environ(one.url).items():
            monkeypatch.setenv(name, value)
        yield one


def _killed_at(it: Move, between: Relay, number: int, moment: str, *args: str) -> Done:
    """The command, which dies at its write of that number, before or after the bucket has it."""
    before = sum(asked.method == "PUT" for asked in between.seen)
    started = threading.Event()
    victim: list[subprocess.Popen[str]] = []

    def kill(asked: Asked) -> bool:
        if (asked.method, asked.number) != ("PUT", before + number):
            return True
        started.wait()
        victim[0].kill()
        victim[0].wait()
        return False

    setattr(between, moment, kill)
    victim.append(it.start(*args))
    started.set()
    done = finish(victim[0])
    between.before = between.after = lambda _: True
    return done


TO_BUCKET = [(4, "before"), (4, "after"), (6, "after")]
"""After the trial of conditions (3): the state itself, its kept copy, and both again once it has come."""
FROM_BUCKET = [(1, "before"), (1, "after")]


@pytest.mark.deep
@pytest.mark.timeout(3600 if EVERYTHING else 300)
@pytest.mark.parametrize("way", ["to", "from"])
def test_a_move_to_or_from_a_bucket_can_be_killed_at_any_write(
    applied: dict[str, Path], between: Relay, way: str, tmp_path: Path, note: Callable[[str], None]
) -> None:
    """Before the server has it, or after: the same command finishes it, as between any homes."""
    note("moves killed at a bucket")
    some = TO_BUCKET if way == "to" else FROM_BUCKET
    every = ((number, moment) for number in count(1) for moment in ("before", "after"))
    for number, moment in every if EVERYTHING else some:
        it = replace(_begin(applied, OLD[0], tmp_path / f"{number}-{moment}"), cloud=s3_environ(between.url))
        source, target = OLD[0], f"s3://{make_bucket(between.server)}/offerctl/"
        if way == "from":
            it.configure(target)
            assert it.run("state", "move", "--from", source).code == 0
            assert it.apply().code == 0
            source, target = target, NEW[0]
            it.want(KEPT)
        it.configure(target)
        if _killed_at(it, between, number, moment, "state", "move", "--from", source).code != KILLED:
            assert EVERYTHING
            assert number > some[-1][0], "there are fewer writes than were killed"
            break
        _check(it, source, target)


# An address that changes, and the end: over HTTP, at every request


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial(tmp_path_factory.mktemp("ends"), BEFORE, settle_window=0.2) as it:
        yield it


def _killed(it: Trial, number: int, moment: Moment, *args: str) -> Done:
    killer = Killer(number, moment)
    it.wire.script, it.wire.headers_read = killer, killer.headers_read
    done = killer.execute(it.project.start(*args))
    it.wire.script, it.wire.headers_read = (lambda _seen: answer), _nothing
    for call in killer.late:
        call.execute()
    return done


def _nothing() -> None:
    pass


MOMENTS = [Moment.BEFORE, Moment.MIDDLE, Moment.AFTER, Moment.LATE]
REQUESTS = range(1, len(BEFORE) + 1)
SPREAD = [(n, moment) for n in REQUESTS for moment in (MOMENTS if EVERYTHING else [MOMENTS[n // 2 % 4]])]


@pytest.mark.deep
@pytest.mark.parametrize(("number", "moment"), SPREAD[:: 1 if EVERYTHING else 2])
def test_a_retirement_that_is_killed_at_any_request_is_finished_by_the_same_command(
    listed: Trial, number: int, moment: Moment, note: Callable[[str], None]
) -> None:
    """Closed from its first write on, so that nothing is added again meanwhile; at last nothing is left."""
    note("retirements killed")
    listed.begin_again()
    assert _killed(listed, number, moment, "state", "retire", "--auto-approve").code == KILLED
    listed.check_known()
    between = listed.apply()
    assert (between.code, "is retired since" in between.err) == (1, True), between
    done = finish(listed.project.start("state", "retire", "--auto-approve"))
    assert done.code == 0, done
    assert "nothing of it is left" in done.out
    state = listed.project.state()
    assert state is not None
    assert state.closed is not None
    assert (listed.marketplace.listings(), listed.marketplace.unknown) == ({}, [])
    assert {belief.status for belief in state.listings.values()} == {Status.GONE}


@pytest.mark.deep
@pytest.mark.parametrize(("number", "moment"), SPREAD[:: 1 if EVERYTHING else 2])
def test_the_first_apply_after_a_move_can_be_killed_at_any_request(
    listed: Trial, number: int, moment: Moment, note: Callable[[str], None]
) -> None:
    """It asserts every listing; whatever is cut off is settled by the next one."""
    note("first applies killed")
    listed.begin_again()
    listed.project.configure(listed.wire.url, settle_window=0.2, state="file:away/there.json")
    home = "file:.offerctl/trial.state.json"
    for there, back in (("file:away/there.json", home), (home, "file:away/there.json")):
        listed.project.configure(listed.wire.url, settle_window=0.2, state=there)
        done = finish(listed.project.start("state", "move", "--from", back))
        assert done.code == 0, done
    assert _killed(listed, number, moment, "apply", "--auto-approve").code == KILLED
    listed.check_known()
    listed.settle()
    shutil.rmtree(listed.project.root / "away")


@pytest.mark.deep
@pytest.mark.parametrize("step", STEPS if EVERYTHING else STEPS[2:])
def test_a_change_of_address_is_one_write(listed: Trial, step: str, note: Callable[[str], None]) -> None:
    """Killed before it: as it was. After it: moved. There is nothing between."""
    note("moves killed")
    listed.begin_again()
    former = listed.project.state()
    listed.project.configure("https://moved.example", settle_window=0.2)
    move = ("state", "move", "--from", "file:.offerctl/trial.state.json")
    try:
        assert finish(listed.project.start(*move, command=command(kill=[step, 1]))).code == KILLED
        state = listed.project.state()
        assert (state == former) == (step != "after-rename")
        done = finish(listed.project.start(*move))
        assert done.code == 0, done
        assert ("there is nothing to move" in done.out) == (step == "after-rename")
    finally:
        listed.project.configure(listed.wire.url, settle_window=0.2)
