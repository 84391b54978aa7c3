"""A provider's folder with offering files and a state in a file, mended by the real executable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offerctl.backends import open_backend
from offerctl.offering import Offering
from offerctl.state import Belief, Home, State
from offerctl.state.backend import StateBackend
from offerctl.state.document import heading, parse, seal
from support import plans
from support.cli import Done, environ, offerctl
from support.terminal import typed

LOCAL = Home("local", "local:", "local")
CONFIGURATION = """\
[environments.local]
lease = {lease}
settle_window = {settle_window}
state = "{state}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder whose environment is the embedded Marketplace, so that an apply needs nothing else."""

    root: Path
    location: str = "file:.offerctl/local.state.json"

    def configure(self, *, lease: float = 60.0, settle_window: float = 60.0) -> None:
        """Writes `offerctl.toml`."""
        text = CONFIGURATION.format(lease=lease, settle_window=settle_window, state=self.location)
        (self.root / "offerctl.toml").write_text(text, "utf-8")

    @property
    def backend(self) -> StateBackend:
        """The state's home, as a new process has it."""
        return open_backend(self.location, root=self.root, environment="local")

    @property
    def state_file(self) -> Path:
        """Where the state is, in a file home."""
        return self.root / ".offerctl" / "local.state.json"

    def want(self, *offerings: Offering) -> None:
        """Makes these offering files, beside those that there are."""
        folder = self.root / "offerings"
        folder.mkdir(exist_ok=True)
        for wanted in offerings:
            lines = [f"{name}: {value}" for name, value in wanted.attributes().items()]
            (folder / f"{wanted.offering_id}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def keep(self, beliefs: Mapping[str, Belief], **more: Any) -> State:
        """Writes a state of these beliefs, as a run does; it is kept as a version."""
        found = self.backend.read()
        chain = {"previous": heading(found[0]).checksum} if found else {}
        written = plans.state(beliefs, **{"home": LOCAL, **chain, **more})
        self.backend.write(seal(written), found[1] if found else None)
        return self.state()

    def state(self) -> State:
        """The state as it stands."""
        found = self.backend.read()
        assert found is not None
        return parse(found[0])

    def files(self) -> dict[str, bytes]:
        """Everything below the state's folder, but the locks and what keeps git away from it."""
        folder = self.state_file.parent
        found = (
            path
            for path in folder.rglob("*")
            if path.is_file() and "lock" not in path.name and path.name != ".gitignore"
        )
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}

    def run(self, *args: str | Path, **more: str) -> Done:
        """`offerctl ARGS`, to its end."""
        return offerctl(*args, cwd=self.root, env=more)

    def ok(self, *args: str | Path) -> str:
        """What a command that goes well prints."""
        done = self.run(*args)
        assert done.code == 0, str(done)
        return done.out

    def json(self, *args: str | Path) -> Any:
        """The same, as JSON."""
        return json.loads(self.ok(*args, "--format", "json"))

    def refused(self, *args: str | Path, code: int = 1) -> str:
        """What a command says that refuses, after which the state is as before."""
        before = self.files()
        done = self.run(*args)
        assert (done.code, done.out) == (code, ""), str(done)
        assert self.files() == before
        return done.err

    def typed(self, *args: str, answer: str) -> tuple[int, str]:
        """Exit code and terminal of a command at a terminal where somebody types an answer."""
        return typed(*args, answer=answer, cwd=self.root, env=environ(self.root, TERM="dumb"))
