"""A provider's project, a Marketplace behind a wire that does as it is told, and the real executable in between.

with trial(tmp_path, BEFORE) as it:      # applied once, cleanly
it.project.want(*AFTER)
it.wire.script = at({3: execute_and_close})
it.apply()
it.settle()                          # one clean run, and everything is equal
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import cast

import httpx

from offerctl.embedded import Store
from offerctl.embedded.app import create_app
from offerctl.offering import Offering
from offerctl.state import State, Status, document
from support.cli import OFFERCTL, Done, environ, start
from support.plans import FRENCH, offering
from support.wire import Fault, Script, Seen, WireServer, always, answer

ENVIRONMENT = "trial"
NETWORK_KEY = "pro-1"
SECRETS = {
    "OFFERCTL_API_KEY": "key-5e1f0c",
    "OFFERCTL_API_TOKEN": "token-8be12d",
    "OFFERCTL_API_SECRET": "secret-93acf7",
}
FOREVER = 120.0
"""Seconds after which a run hangs, which is a failure."""

BEFORE = (
    offering("en-01"),
    offering("en-02"),
    offering("en-03"),
    offering("en-04"),
    offering("old-05"),
    offering("old-06"),
)
AFTER = (
    offering("en-01"),
    offering("en-02", price=Decimal(249)),
    offering("en-03", course_name="JHSC Certification, Part One"),
    offering("en-04", training_standard_key=FRENCH, course_name="CMSST, certification partie 1"),
    offering("new-07"),
    offering("new-08", price=Decimal("249.5")),
    offering("new-09"),
)
REQUESTS = 9
"""What BEFORE to AFTER takes: 2 patches, 3 adds, a replacement (2), 2 deletes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with `offerctl.toml`, offering files and the state of the environment `trial`."""

    root: Path
    prefix: tuple[str, ...] = ()

    @property
    def state_file(self) -> Path:
        """Where the state is, in a file home."""
        return self.root / ".offerctl" / f"{ENVIRONMENT}.state.json"

    def configure(self, url: str, **settings: object) -> None:
        """Writes `offerctl.toml`: the Marketplace at `url`, and times that make a trial short."""
        usual = {
            "base_url": url,
            "network_key": NETWORK_KEY,
            "parallelism": 1,
            "timeout": 2.0,
            "lease": 5.0,
            "settle_window": 0.3,
            "allow_replace": True,
        }
        lines = [f"{name} = {_toml(value)}" for name, value in {**usual, **settings}.items()]
        text = "\n".join([f'default_environment = "{ENVIRONMENT}"', f"[environments.{ENVIRONMENT}]", *lines, ""])
        (self.root / "offerctl.toml").write_text(text, "utf-8")

    def want(self, *offerings: Offering) -> None:
        """Makes these the offering files, and no others."""
        folder = self.root / "offerings"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for wanted in offerings:
            lines = [f"{name}: {value}" for name, value in wanted.attributes().items()]
            (folder / f"{wanted.offering_id}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def start(self, *args: str, command: Sequence[str] = OFFERCTL) -> subprocess.Popen[str]:
        """`offerctl ARGS`, under way."""
        env = environ(self.root, **SECRETS)
        return start(*args, cwd=self.root, env=env, command=(*self.prefix, *command))

    def state(self) -> State | None:
        """The state as it stands in its file."""
        try:
            return document.parse(self.state_file.read_bytes())
        except FileNotFoundError:
            return None

    def put(self, data: bytes) -> None:
        """Writes a state behind offerctl's back."""
        self.state_file.write_bytes(data)

    def files(self) -> dict[str, bytes]:
        """Everything below the state's folder but the locks, to see whether anything was written."""
        folder = self.state_file.parent
        found = (path for path in folder.rglob("*") if path.is_file() and "lock" not in path.name)
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}

    def keep(self) -> None:
        """Remember the state as it is now."""
        kept = self.root / "kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.state_file.parent, kept)

    def begin_again(self) -> None:
        """The state is as it was kept."""
        folder = self.state_file.parent
        shutil.rmtree(folder)
        shutil.copytree(self.root / "kept", folder)


def finish(process: subprocess.Popen[str]) -> Done:
    """What a process said, once it has ended."""
    out, err = process.communicate(timeout=FOREVER)
    return Done(code=process.returncode, out=out, err=err)


class Marketplace:
    """The embedded Marketplace as an executor of requests, which notes what must never happen.

    `desired` is what the run at work wants; a deletion of a listing that is as desired is `needless`. A listing
    that comes up while no belief knows its id is `unknown`.
    """

    def __init__(self, path: Path, project: Project) -> None:
        self.store = Store(path)
        self.desired: Mapping[str, Offering] = {}
        self.needless: list[str] = []
        self.unknown: list[str] = []
        self._app = create_app(self.store, network_key=NETWORK_KEY)
        self._project = project

    def __call__(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Executes one request."""
        id_ = path.rpartition("/")[2]
        if method == "DELETE" and (found := self.store.get(id_)) and self._is_right(found.offering):
            self.needless.append(id_)
        response = asyncio.run(self._ask(method, path, body))
        state = self._project.state()
        known = state.listings if state else {}
        self.unknown += [id_ for id_ in self.store.listings() if id_ not in known]
        return response.status_code, response.content

    def _is_right(self, listed: Offering) -> bool:
        want = self.desired.get(listed.offering_id)
        return want is not None and want.training_standard_key is listed.training_standard_key

    async def _ask(self, method: str, path: str, body: bytes) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://marketplace.example") as client:
            headers = {"Content-Type": "application/json"}
            return await client.request(method, path, content=body, headers=headers)

    def listings(self) -> dict[str, Offering]:
        """What is listed."""
        return {id_: listing.offering for id_, listing in self.store.listings().items()}

    def reset(self, listings: Mapping[str, Offering]) -> None:
        """Lists exactly these."""
        self.store.clear()
        self.needless.clear()
        self.unknown.clear()
        for wanted in listings.values():
            self.store.put_foreign(wanted, NETWORK_KEY)


class Wire(WireServer):
    """A server whose script can be changed while it runs."""

    def __init__(self, marketplace: Marketplace) -> None:
        self.script: Script = always(answer)
        super().__init__(self._present, marketplace)

    def _present(self, seen: Seen) -> Fault:
        return self.script(seen)


@dataclass(slots=True, kw_only=True)
class Trial:
    """One project, its Marketplace, and the wire between them; `command` is what is called as `offerctl`."""

    project: Project
    marketplace: Marketplace
    wire: Wire
    command: Sequence[str] = OFFERCTL
    _listed: Mapping[str, Offering] = field(default_factory=dict)

    def want(self, *offerings: Offering) -> None:
        """Edits the files."""
        self.project.want(*offerings)
        self.marketplace.desired = {wanted.offering_id: wanted for wanted in offerings}

    def start(self, *args: str, command: Sequence[str] | None = None) -> subprocess.Popen[str]:
        """`offerctl apply`, under way."""
        usual = ("apply", "--auto-approve", "--allow-deletes", "all")
        return self.project.start(*usual, *args, command=command or self.command)

    def apply(self, *args: str, command: Sequence[str] | None = None) -> Done:
        """`offerctl apply`, to its end."""
        return finish(self.start(*args, command=command))

    def settle(self, *args: str, quiet: bool = True) -> None:
        """One clean run makes Marketplace, files and state equal; the next one sends and writes nothing.

        Without `quiet` there is no next one.
        """
        self.wire.script = always(answer)
        self.check_settled(self.apply(*args), quiet=quiet)

    def check_settled(self, done: Done, *, quiet: bool = True) -> None:
        """That this clean run did."""
        assert (done.code, done.err) == (0, ""), done
        assert "Apply complete!" in done.out or "No changes." in done.out, done
        self.check_equal()
        if quiet:
            self.check_quiet()

    def check_equal(self) -> None:
        """Marketplace == desired == state, and nothing happened that must not happen."""
        assert self.marketplace.listings() == self.marketplace.desired
        assert self.believed() == self.marketplace.desired
        assert (self.marketplace.needless, self.marketplace.unknown) == ([], [])

    def check_known(self) -> None:
        """No listing is unknown to the state (T1)."""
        state = self.project.state()
        assert set(self.marketplace.listings()) <= set(state.listings if state else {})

    def check_quiet(self) -> None:
        """The next run sends nothing and writes nothing."""
        seen, files = len(self.wire.seen), self.project.files()
        done = self.apply()
        assert (done.code, done.err) == (0, ""), done
        assert done.out.startswith("No changes."), done
        assert len(self.wire.seen) == seen
        assert self.project.files() == files

    def believed(self) -> dict[str, Offering]:
        """The bodies of a state without doubt: live ones; what is not there has a tombstone."""
        state = self.project.state()
        assert state is not None
        assert state.run is None
        assert {belief.status for belief in state.listings.values()} <= {Status.LIVE, Status.GONE}
        return {id_: belief.body for id_, belief in state.listings.items() if belief.body is not None}

    def keep(self) -> None:
        """Remember the state and the listings of this moment, to begin again from here."""
        self.project.keep()
        self._listed = self.marketplace.listings()

    def begin_again(self) -> None:
        """Everything is as it was when it was kept, with nothing in the way."""
        self.project.begin_again()
        self.marketplace.reset(self._listed)
        self.wire.script = always(answer)
        self.wire.seen.clear()
        self.wire.executed.clear()


@contextmanager
def trial(
    root: Path, before: Sequence[Offering] = (), *, project: Project | None = None, **settings: object
) -> Iterator[Trial]:
    """A project, by default in the folder `root` itself, with `before` already listed by a clean run."""
    project = project or Project(root=root)
    marketplace = Marketplace(root / "marketplace.sqlite3", project)
    try:
        with Wire(marketplace) as wire:
            project.configure(wire.url, **settings)
            it = Trial(project=project, marketplace=marketplace, wire=wire)
            it.want(*before)
            if before:
                done = it.apply()
                assert done.code == 0, done
                it.keep()
            yield it
    finally:
        marketplace.store.close()


def sent(seen: Sequence[Seen]) -> list[tuple[str, str]]:
    """Methods and ids of requests; an add's id stands in its body."""
    return [(one.method, id_of(one)) for one in seen]


def id_of(seen: Seen) -> str:
    """The listing that a request is about."""
    if seen.method != "POST":
        return seen.path.rpartition("/")[2]
    return cast("str", httpx.Response(200, content=seen.body).json()["offeringId"])


def for_ids(faults: Mapping[str, Fault], *, times: int = 10**6) -> Script:
    """A fault for the first requests about an id; the others are answered."""
    count: dict[str, int] = {}

    def script(seen: Seen) -> Fault:
        id_ = id_of(seen)
        count[id_] = count.get(id_, 0) + 1
        return faults.get(id_, answer) if count[id_] <= times else answer

    return script


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
