"""Many networks in one folder, an environment each, and one small Marketplace that keeps them apart.

Real are the executable, its processes, HTTP, files and git; the Marketplace is a dictionary behind `support.wire`.
`write_states` is the same for homes of states alone: many runners that write at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offerctl.backends import DEFAULT_BRANCH
from offerctl.errors import StateError
from offerctl.offering import Offering
from support.cli import Done, environ, offerctl
from support.homes import Home, opened
from support.scenario import SECRETS
from support.states import document, sealed
from support.wire import Script, WireServer, error

WRITES = 3
"""Of each environment's run: its intent, a renewal or what came of a replacement, its end."""

CONFIGURATION = """\
include = "environments"

[environments."pro-*"]
base_url = "{url}"
network_key = "{{environment}}"
offerings = "offerings/{{environment}}"
state = "{state}"
lease = 5.0
timeout = 2.0
settle_window = 0.3

[environments."pro-*".api]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A provider's folder, and what is listed by network and id."""

    root: Path
    server: WireServer
    listed: dict[tuple[str, str], dict[str, Any]]

    def configure(self, names: Sequence[str], *, state: str = "file:.offerctl/") -> None:
        """Writes `offerctl.toml`, and an empty file for each network."""
        text = CONFIGURATION.format(url=self.server.url, state=state)
        (self.root / "offerctl.toml").write_text(text, "utf-8")
        (self.root / "environments").mkdir(exist_ok=True)
        for name in names:
            (self.root / "environments" / f"{name}.toml").touch()
            (self.root / "offerings" / name).mkdir(parents=True, exist_ok=True)

    def want(self, name: str, *offerings: Offering) -> None:
        """Makes these the files of a network, and no others."""
        folder = self.root / "offerings" / name
        for path in folder.iterdir():
            path.unlink()
        for wanted in offerings:
            lines = [f"{key}: {value}" for key, value in wanted.attributes().items()]
            (folder / f"{wanted.offering_id}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def run(self, *args: str | Path, **more: str) -> Done:
        """`offerctl ARGS` with credentials, to its end."""
        return offerctl(*args, cwd=self.root, env={**SECRETS, **more})

    def environ(self, **more: str) -> dict[str, str]:
        """The whole environment of a process that a test starts itself."""
        return environ(self.root, **SECRETS, **more)


class _Marketplace:
    """Adds, patches and deletes, for each network by itself."""

    def __init__(self) -> None:
        self.listed: dict[tuple[str, str], dict[str, Any]] = {}

    def execute(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """The answer to a request."""
        values = json.loads(body)
        network = values.pop("networkKey")
        key = (network, values["offeringId"] if method == "POST" else path.rpartition("/")[2])
        if method == "POST":
            if key in self.listed:
                return 409, error("general", "it exists already")
            self.listed[key] = values
        elif key not in self.listed:
            return 404, error("notFound", "there is none")
        elif method == "PATCH":
            self.listed[key] |= values
        else:
            del self.listed[key]
        return 204, b""


@contextmanager
def fleet(root: Path, names: Sequence[str], *, script: Script | None = None, **more: str) -> Iterator[Fleet]:
    """A folder with these networks while its Marketplace is served."""
    marketplace = _Marketplace()
    with WireServer(script, marketplace.execute) as server:
        made = Fleet(root=root, server=server, listed=marketplace.listed)
        made.configure(names, **more)
        yield made


def branch_of(name: str, *, own: bool) -> str:
    """Where an environment's state is: the branch of all, or its own one."""
    return f"{DEFAULT_BRANCH}-{name}" if own else DEFAULT_BRANCH


def write_states(
    home: Home,
    names: Sequence[str],
    *,
    at_once: int,
    own_branches: bool = False,
    tell: Callable[[float], None] = lambda _: None,
) -> Mapping[str, str]:
    """Each environment writes, from a place of its own, so many of them at once; what went wrong in each.

    What is written must be there afterwards, in its order, for whoever looks: no update is lost. `tell` is told of
    each write how many seconds it took.
    """

    def run(number: int) -> str:
        name = names[number]
        in_git = home.location.startswith("git")
        location = f"git:{branch_of(name, own=own_branches)}" if in_git else home.location
        mine = opened(home.root(number), location, name)
        version = None
        try:
            for serial in range(1, WRITES + 1):
                began = time.perf_counter()
                version = mine.write(sealed(serial, f"run-{name}-{serial}", environment=name), version)
                tell(time.perf_counter() - began)
            stored = mine.read()
        except StateError as error:
            return error.message
        wanted = document(WRITES, f"run-{name}-{WRITES}", environment=name)
        if stored is None or stored[0] != wanted:
            return "another document is there"
        kept = [one.serial for one in mine.history()]
        return "" if kept == [*range(WRITES, 0, -1)] else f"kept are {kept}"

    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip(names, pool.map(run, range(len(names))), strict=True))
