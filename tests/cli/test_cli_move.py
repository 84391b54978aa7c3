"""`offerctl state move`, and the refusals that name it: nothing is orphaned by a hint."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offerctl.backends import open_backend
from offerctl.state import Belief, Claim, Home, Place, State, Status
from offerctl.state.document import parse, seal
from support.cli import Done, offerctl
from support.cloud import make_bucket, s3_environ, s3_server
from support.homes import git
from support.plans import CONTESTED, gone, live, offering, state
from support.states import NOON
from support.tiers import mostly_deep

A, B = offering("a"), offering("b")
FILE = "file:.offerctl/prod.state.json"
URL, KEY = "https://marketplace.example", "pro-1"
NEW_URL = "https://moved.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A repository of offering files with a remote, whose configuration names one environment."""

    root: Path
    cloud: Mapping[str, str] = field(default_factory=dict)

    def configure(
        self, location: str, *, env: str = "prod", url: str = URL, key: str = KEY, more: str = ""
    ) -> None:
        """Writes `offerctl.toml`."""
        text = f'default_environment = "{env}"\n[environments.{env}]\nbase_url = "{url}"\nnetwork_key = "{key}"\n'
        (self.root / "offerctl.toml").write_text(f'{text}state = "{location}"\n{more}', "utf-8")

    def want(self, *ids: str) -> None:
        """Makes these the offering files."""
        for old in (self.root / "offerings").glob("*.yaml"):
            old.unlink()
        for id_ in ids:
            lines = [f"{name}: {value}" for name, value in offering(id_).attributes().items()]
            (self.root / "offerings" / f"{id_}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def keep(self, location: str, beliefs: dict[str, Belief], *, home: Home | None = None, **more: Any) -> State:
        """A state of these beliefs there, as runs leave it."""
        home = home or Home("prod", URL, KEY)
        backend = open_backend(location, root=self.root, environment=home.environment)
        found = backend.read()
        backend.write(seal(state(beliefs, home=home, **more)), found[1] if found else None)
        return self.state(location, home.environment)

    def state(self, location: str, env: str = "prod") -> State:
        """What stands there."""
        found = open_backend(location, root=self.root, environment=env).read()
        assert found is not None
        return parse(found[0])

    def run(self, *args: str) -> Done:
        """`offerctl ARGS`."""
        return offerctl(*args, cwd=self.root, env=self.cloud)

    def ok(self, *args: str) -> str:
        """What a command prints that goes well."""
        done = self.run(*args)
        assert done.code == 0, str(done)
        return done.out

    def refused(self, *args: str) -> str:
        """What a command says that refuses and prints nothing else."""
        done = self.run(*args)
        assert (done.code, done.out) == (1, ""), str(done)
        return done.err

    def clone(self, name: str, *options: str) -> Provider:
        """A colleague's clone, with this configuration."""
        folder = self.root.parent / name
        git(self.root.parent, "clone", "-q", *options, (self.root.parent / "repo.git").as_uri(), str(folder))
        (folder / "offerings").mkdir(exist_ok=True)
        (folder / "offerctl.toml").write_bytes((self.root / "offerctl.toml").read_bytes())
        return Provider(root=folder)


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    git(tmp_path, "init", "-q", "--bare", "--initial-branch=main", "repo.git")
    root = tmp_path / "provider"
    (root / "offerings").mkdir(parents=True)
    git(root, "init", "-q", "--initial-branch=main")
    git(root, "remote", "add", "origin", str(tmp_path / "repo.git"))
    it = Provider(root=root)
    it.configure(FILE)
    it.want("a")
    return it


def command(told: str) -> list[str]:
    """The command that a refusal names, as a shell reads it."""
    found = re.search(r"offerctl (state move --from .*)$", told, re.MULTILINE)
    assert found is not None, told
    return shlex.split(found[1])


EVERY = (
    ("plan",),
    ("apply", "--auto-approve"),
    ("import", "offerings/a.yaml"),
    ("state", "list"),
    ("state", "show", "a"),
    ("state", "status"),
    ("state", "pull"),
    ("state", "forget", "a", "--yes"),
    ("state", "unlock", "abcd"),
    ("state", "restore", "7"),
    ("state", "rebuild", "--yes"),
    ("state", "retire", "--auto-approve"),
)
NOT_FOREIGN = [" ".join(words) for words in EVERY if words != ("state", "pull")]  # a copy is only looked at
FAST = ("apply --auto-approve", "state restore 7")


@pytest.mark.parametrize("words", mostly_deep(NOT_FOREIGN, FAST))
def test_a_changed_address_is_refused_with_the_command_that_takes_the_state_along(
    provider: Provider, words: str
) -> None:
    """By everything that reads the state; the command stands there whole, and then all goes on."""
    provider.keep(FILE, {"a": live(A)})
    provider.configure(FILE, url=NEW_URL)
    told = provider.refused(*words.split())
    assert f"belongs to base_url '{URL}', not to '{NEW_URL}'" in told
    assert command(told) == ["state", "move", "--from", FILE, "-e", "prod"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"url": NEW_URL}, ["--from", FILE, "-e", "prod"]),
        ({"key": "pro-2"}, ["--from", FILE, "-e", "prod"]),
        ({"env": "live"}, ["--from", FILE, "--from-env", "prod", "-e", "live"]),
    ],
    ids=["address", "provider", "name"],
)
def test_in_one_home_it_happens_in_place(provider: Provider, changed: dict[str, str], named: list[str]) -> None:
    """What the refusal names is what is run: without a question and without a terminal."""
    before = provider.keep(
        FILE, {"a": live(A), "b": live(B, protect=True), "x": gone(offering("x")), "y": CONTESTED}
    )
    provider.configure(FILE, **changed)
    name = changed.get("env", "prod")
    args = command(provider.refused("plan"))
    assert args == ["state", "move", *named]
    told = provider.ok(*args)
    assert f"Moved the state of {name} to {FILE}: 4 listings, now serial {before.serial + 1}." in told
    after = provider.state(FILE)
    assert (after.lineage, after.serial, after.moved_to) == (before.lineage, before.serial + 1, None)
    assert after.home == Home(name, changed.get("url", URL), changed.get("key", KEY))
    assert {id_: b.status for id_, b in after.listings.items()} == {
        "a": Status.MAYBE, "b": Status.MAYBE, "x": Status.MAYBE, "y": Status.CONTESTED,
    }  # fmt: skip
    assert "there is nothing to move" in provider.ok(*args)
    assert provider.state(FILE) == after, "a second run writes nothing"


@pytest.mark.deep
def test_another_collection_of_the_same_marketplace_is_moved_to_in_place(provider: Provider) -> None:
    """What the refusal names is what is run."""
    provider.ok("import", "offerings")
    provider.configure(FILE, more='collection = "/api-v9/online-offerings"\n')
    told = provider.refused("plan")
    assert "were written with collection" in told
    assert command(told) == ["state", "move", "--from", FILE, "-e", "prod"]
    assert "Moved the state of prod" in provider.ok(*command(told))
    assert "1 to settle" in provider.ok("plan")
    assert "there is nothing to move" in provider.ok(*command(told))


def test_a_plan_after_it_asserts_every_listing(provider: Provider) -> None:
    """What has a file is settled, what has none deleted, and what was deleted is deleted again, uncounted."""
    tombs = {f"x{n}": gone(offering(f"x{n}")) for n in range(5)}
    provider.keep(FILE, {"a": live(A), "b": live(B), **tombs})
    provider.configure("git")
    provider.ok("state", "move", "--from", FILE)
    plan = provider.ok("plan")
    assert "a will be settled: its state was moved; not confirmed by a run yet" in plan
    assert "b will be deleted (its file is gone)" in plan
    assert "x0 will be re-asserted (deleted again as confirmed)" in plan
    assert "1 to settle, 5 to re-assert, 1 to delete" in plan
    assert "Will disappear from the Marketplace: b\n" in plan


@pytest.mark.deep
@pytest.mark.parametrize(
    ("source", "target"), [(FILE, "git"), ("git", "git:other"), ("git", FILE), (FILE, "file:states/prod.json")]
)
def test_from_one_home_to_another(provider: Provider, source: str, target: str) -> None:
    """The old home refuses every command and names the new one, which has it all; a second run does nothing."""
    before = provider.keep(source, {"a": live(A), "b": gone(B)})
    provider.configure(target)
    move = ("state", "move", "--from", source)
    assert "Moved the state of prod" in provider.ok(*move)
    after = provider.state(target)
    assert (after.lineage, after.serial) == (before.lineage, before.serial + 2)
    assert after.listings.keys() == before.listings.keys()
    assert provider.state(source).moved_to == Place("prod", "git:offerctl-state" if target == "git" else target)
    assert "there is nothing to move" in provider.ok(*move)
    assert provider.state(target) == after
    provider.ok("plan")
    provider.configure(source)
    for args in EVERY if source == FILE else EVERY[1:2]:
        assert "it is kept at" in provider.refused(*args)
    told = provider.refused("plan")
    # ... and it can come back, which is what the last line says
    assert "Moved" in provider.ok(*command(told))
    assert provider.state(source).listings.keys() == before.listings.keys()
    provider.ok("plan")


@pytest.mark.deep
def test_a_state_goes_to_a_bucket_and_comes_back(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """As between any two homes; a key that is a folder, and the object in it, are one place."""
    with s3_server() as server:
        for name, value in s3_environ(server).items():
            monkeypatch.setenv(name, value)
        it, bucket = replace(provider, cloud=s3_environ(server)), f"s3://{make_bucket(server)}/offerctl/"
        before = it.keep(FILE, {"a": live(A), "b": gone(B)})
        it.configure(bucket)
        assert command(it.refused("plan")) == ["state", "move", "--from", FILE, "-e", "prod"]
        assert "Moved the state of prod" in it.ok("state", "move", "--from", FILE)
        assert "there is nothing to move" in it.ok("state", "move", "--from", FILE)
        assert it.state(bucket).listings.keys() == before.listings.keys()
        it.configure(bucket, url=NEW_URL)
        assert "Moved" in it.ok(*command(it.refused("plan")))
        it.configure(f"{bucket}prod.state.json", url=NEW_URL)
        it.ok("plan")
        it.configure(FILE, url=NEW_URL)
        assert "Moved" in it.ok(*command(it.refused("plan")))
        assert it.state(FILE).listings.keys() == before.listings.keys()
        it.configure(bucket, url=NEW_URL)
        assert f"it is kept at {FILE}" in it.refused("apply", "--auto-approve")


@pytest.mark.deep
def test_a_file_that_goes_to_git_is_found_before_a_first_run(provider: Provider) -> None:
    """Nothing orphans: neither plan, apply nor import begins a second state, and the way is named."""
    provider.keep(FILE, {"a": live(A)})
    provider.configure("git")
    for args in EVERY[:3]:
        told = provider.refused(*args)
        assert f"there is no state of prod at git:offerctl-state, but one at {FILE} (serial 7, 1 listing)" in told
        assert command(told) == ["state", "move", "--from", FILE, "-e", "prod"]
    provider.ok("state", "move", "--from", FILE, "-e", "prod")
    assert "1 to settle" in provider.ok("plan")


@pytest.mark.deep
def test_a_branch_that_goes_to_a_file_or_another_branch_is_found_in_this_clone(provider: Provider) -> None:
    """By what offerctl last saw of it here, or git fetched."""
    provider.configure("git:states")
    provider.keep("git:states", {"a": live(A)})
    for location in (FILE, "git:other"):
        provider.configure(location)
        assert command(provider.refused("plan")) == ["state", "move", "--from", "git:states", "-e", "prod"]
    provider.configure("git")
    provider.keep("git", {"a": live(A)}, serial=9)
    colleague = provider.clone("colleague")
    colleague.configure(FILE)
    assert command(colleague.refused("plan")) == ["state", "move", "--from", "git:offerctl-state", "-e", "prod"]


@pytest.mark.deep
def test_the_clone_of_a_job_finds_the_usual_branch(provider: Provider) -> None:
    """Though it has fetched no branch but main."""
    git(provider.root, "add", "offerings")
    git(provider.root, "commit", "-q", "-m", "offerings")
    git(provider.root, "push", "-q", "origin", "main")
    provider.configure("git")
    provider.keep("git", {"a": live(A)})
    provider.configure("git:other")
    job = provider.clone("job", "--depth=1", "--single-branch", "--branch=main")
    assert command(job.refused("plan")) == ["state", "move", "--from", "git:offerctl-state", "-e", "prod"]


@pytest.mark.deep
def test_a_renamed_environment_is_found_by_address_and_provider(provider: Provider) -> None:
    """Its neighbour on the branch has the same listings; one of another Marketplace is none of ours."""
    provider.keep("git", {"a": live(A)}, home=Home("prod", URL, KEY))
    provider.keep("git", {"a": live(A)}, home=Home("sandbox", "https://sandbox.example", KEY))
    provider.configure("git", env="live")
    told = provider.refused("plan")
    assert "one of the same Marketplace and provider at git:offerctl-state, of environment prod" in told
    assert command(told) == ["state", "move", "--from", "git:offerctl-state", "--from-env", "prod", "-e", "live"]
    provider.ok(*command(told))
    provider.ok("plan")
    provider.configure("git", env="prod")
    assert "it is kept at git:offerctl-state, of environment live" in provider.refused("plan")


@pytest.mark.deep
def test_one_of_the_same_name_on_a_branch_may_be_anothers(provider: Provider) -> None:
    """Where address or provider is the same it may be ours, too: both ways on are told."""
    provider.keep("git", {"a": live(A)})
    provider.configure("git:other", url=NEW_URL)
    told = provider.refused("plan")
    assert "If it is another environment's, give this one a name of its own." in told
    assert command(told) == ["state", "move", "--from", "git:offerctl-state", "-e", "prod"]
    provider.configure("git:other", url=NEW_URL, key="pro-2")
    assert "this is the first run" in provider.ok("plan")


@pytest.mark.deep
def test_what_is_no_neighbour_does_not_stop_a_first_run(provider: Provider) -> None:
    """Another Marketplace or provider, another collection, nothing believed, or retired."""
    provider.keep("file:.offerctl/other.state.json", {"a": live(A)}, home=Home("other", NEW_URL, KEY))
    provider.keep("file:.offerctl/theirs.state.json", {"a": live(A)}, home=Home("theirs", URL, "pro-2"))
    provider.keep("file:.offerctl/vacant.state.json", {}, home=Home("vacant", URL, KEY))
    provider.keep("file:.offerctl/over.state.json", {"a": gone(A)}, home=Home("over", URL, KEY), closed=NOON)
    provider.keep("file:.offerctl/v1.state.json", {"a": live(A)}, home=Home("v1", URL, KEY))
    v1 = f'[environments.v1]\nbase_url = "{URL}"\nnetwork_key = "{KEY}"\ncollection = "/v1"\n'
    provider.configure("git", more=v1)
    assert "this is the first run" in provider.ok("plan")


@pytest.mark.deep
def test_an_older_clone_is_refused_and_can_restore_nothing(provider: Provider) -> None:
    """It never saw that the state moved: the branch tells it, and what it saw of the branch once that is gone."""
    provider.configure("git")
    provider.keep("git", {"a": live(A)})
    colleague = provider.clone("colleague")
    colleague.want("a")
    assert "No changes." in colleague.ok("plan")
    provider.configure("git:other")
    provider.ok("state", "move", "--from", "git")
    for args in (("plan",), ("apply", "--auto-approve"), ("state", "restore", "7"), ("state", "rebuild", "--yes")):
        assert "it is kept at git:other" in colleague.refused(*args)
    git(provider.root.parent / "repo.git", "update-ref", "-d", "refs/heads/offerctl-state")
    assert "it is kept at git:other" in colleague.refused("state", "restore", "8"), "what it saw last says so"


@pytest.mark.parametrize("target", [FILE, "git"])
def test_a_state_is_not_moved_away_from_a_run_that_may_live(provider: Provider, target: str) -> None:
    """Its lease is waited out: exit 3, and nothing is written, neither there nor here."""
    until = datetime.now(UTC) + timedelta(minutes=2)
    claim = Claim(id="7f3c21aa", who="GitHub run 1234", boot_id="another boot", lease_until=until)
    before = provider.keep(FILE, {"a": live(A)}, run=claim)
    provider.configure(target, url=NEW_URL)
    done = provider.run("state", "move", "--from", FILE)
    assert (done.code, done.out) == (3, "")
    assert "another run is applying to prod (GitHub run 1234" in done.err
    assert "state unlock" not in done.err or target == FILE, "that works where the configuration says"
    assert provider.state(FILE) == before
    assert target == FILE or open_backend(target, root=provider.root, environment="prod").read() is None
    provider.keep(FILE, {"a": live(A)}, serial=before.serial + 1)
    assert "Moved" in provider.ok("state", "move", "--from", FILE)


@pytest.mark.deep
def test_a_move_of_nothing_or_of_anothers_is_refused(provider: Provider) -> None:
    """Nothing is there, that is no home, the name is another's, or that environment is another Marketplace's."""
    provider.keep(FILE, {"a": live(A)})
    provider.configure("git")
    told = provider.refused("state", "move", "--from", "file:elsewhere.json")
    assert command(told) == ["state", "move", "--from", FILE, "-e", "prod"]
    assert not [*provider.root.glob("elsewhere*")], "not even a lock is left there"
    assert "--from s3://x: a state in a bucket" in provider.refused("state", "move", "--from", "s3://x")
    assert "--from x: must be file:PATH" in provider.refused("state", "move", "--from", "x")
    provider.configure("git", env="live")
    told = provider.refused("state", "move", "--from", FILE)
    assert "is of environment prod, not of live" in told
    assert command(told) == ["state", "move", "--from", FILE, "--from-env", "prod", "-e", "live"]
    other = f'[environments.prod]\nbase_url = "{NEW_URL}"\nnetwork_key = "{KEY}"\n'
    provider.configure("git", env="live", more=other)
    assert "prod is an environment of its own" in provider.refused(*command(told))
    assert provider.state(FILE).moved_to is None


@pytest.mark.deep
def test_two_states_are_never_mixed(provider: Provider) -> None:
    """A home that has another state, or a copy of this one, is not written over; the old one is not marked."""
    before = provider.keep(FILE, {"a": live(A)})
    provider.keep("git", {"b": live(B)}, lineage="another", serial=3)
    provider.configure("git")
    told = provider.refused("state", "move", "--from", FILE)
    assert "there is a state of prod at git:offerctl-state already (serial 3, 1 listing)" in told
    provider.keep("git:copy", {"a": live(A)}, serial=3)
    provider.configure("git:copy")
    assert "already (serial 3" in provider.refused("state", "move", "--from", FILE)
    assert provider.state(FILE) == before


@pytest.mark.deep
def test_a_home_that_lost_what_was_moved_there_is_no_first_run(provider: Provider) -> None:
    """The old one still tells that there was a state; a rebuild is the way where nobody has it."""
    provider.keep(FILE, {"a": live(A)})
    provider.configure("git")
    provider.ok("state", "move", "--from", FILE)
    git(provider.root.parent / "repo.git", "update-ref", "-d", "refs/heads/offerctl-state")
    git(provider.root, "update-ref", "-d", "refs/offerctl/prod/origin/offerctl-state")
    for args in (("plan",), ("apply", "--auto-approve"), ("state", "move", "--from", FILE)):
        told = provider.refused(*args)
        assert f"was moved from {FILE} to git:offerctl-state, and none is there" in told
        assert "offerctl state rebuild -e prod" in told
    git(provider.root, "add", "offerings")
    git(provider.root, "commit", "-q", "-m", "offerings")
    provider.ok("state", "rebuild")
    provider.ok("plan")


def test_a_damaged_state_is_mended_before_it_moves(provider: Provider) -> None:
    """Where its home is no longer configured, the way names that."""
    provider.keep(FILE, {"a": live(A)})
    (provider.root / ".offerctl" / "prod.state.json").write_text("{")
    provider.configure("git")
    told = provider.refused("state", "move", "--from", FILE)
    assert f'Mend it first, with state = "{FILE}" in the configuration; then move it.' in told


@pytest.mark.deep
def test_a_version_of_before_a_move_can_be_brought_back(provider: Provider) -> None:
    """It has the same lineage: what it knew comes back in doubt, under the address of today."""
    provider.keep(FILE, {"a": live(A)})
    provider.configure(FILE, url=NEW_URL)
    provider.ok("state", "move", "--from", FILE)
    provider.ok("state", "restore", "7")
    assert provider.state(FILE).home.base_url == NEW_URL
    provider.ok("plan")


def test_where_a_state_says_it_went_is_a_word_of_a_shell_and_no_more(provider: Provider) -> None:
    """Whoever may write the branch can say anything there: a person who copies the command runs nothing else."""
    location = "git:x; touch owned $(touch owned) `touch owned` 'a' \"b\"\n\x1b[2J"
    provider.keep(FILE, {"a": live(A)}, moved_to=Place("prod", location))
    told = provider.refused("plan")
    assert "\x1b" not in told
    words = command(told)
    assert words[:3] == ["state", "move", "--from"]
    assert words[3].startswith("git:x; touch owned $(touch owned) `touch owned` 'a' \"b\"")
    assert words[4:] == ["-e", "prod"]
