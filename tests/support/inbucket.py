"""A project whose state is in a bucket at a real server; any folder with its files is another machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from offerctl.backends.objects import Objects
from offerctl.backends.places import place_of
from offerctl.state import State, document
from support.cli import OFFERCTL, environ, start
from support.cloud import azure_environ, make_bucket, make_container, s3_environ
from support.scenario import ENVIRONMENT, SECRETS, Project

MOST = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class InBucket(Project):
    """A folder in which somebody edits. `cloud` is the environment that leads to the bucket."""

    location: str
    cloud: Mapping[str, str]
    kept: dict[str, bytes] = field(default_factory=dict)

    def configure(self, url: str, **settings: object) -> None:
        """As `Project.configure`, with the state in the bucket."""
        Project.configure(self, url, **{"state": self.location, **settings})

    def start(self, *args: str, command: Sequence[str] = OFFERCTL) -> subprocess.Popen[str]:
        """As `Project.start`, with the cloud's variables."""
        env = environ(self.root, **SECRETS, **self.cloud)
        return start(*args, cwd=self.root, env=env, command=(*self.prefix, *command))

    def state(self) -> State | None:
        """The state as it was written last."""
        found = self._objects().read(self._key, most=MOST)
        return document.parse(found.data) if found else None

    def put(self, data: bytes) -> None:
        """Writes a state behind offerctl's back."""
        objects = self._objects()
        objects.remove(self._key)
        objects.create(self._key, data)

    def files(self) -> dict[str, bytes]:
        """All that is in the bucket."""
        objects = self._objects()
        names = [self._key, *(f"{self._key}.versions/{name}" for name in objects.names(f"{self._key}.versions"))]
        found = ((name, objects.read(name, most=MOST)) for name in names)
        return {name: one.data for name, one in found if one}

    def keep(self) -> None:
        """Remember the state as it is now."""
        self.kept.clear()
        self.kept.update(self.files())

    def begin_again(self) -> None:
        """The state is as it was kept."""
        objects = self._objects()
        for name in self.files():
            objects.remove(name)
        for name, data in self.kept.items():
            objects.create(name, data)

    def elsewhere(self) -> InBucket:
        """The same project on a machine that has nothing but its files."""
        root = self.root.with_name(f"{self.root.name}-elsewhere")
        root.mkdir()
        shutil.copy(self.root / "offerctl.toml", root)
        return InBucket(root=root, location=self.location, cloud=self.cloud)

    @property
    def _key(self) -> str:
        return place_of(self.location, ENVIRONMENT).key

    def _objects(self) -> Objects:
        return Objects(place_of(self.location, ENVIRONMENT))


def in_bucket(folder: Path, scheme: str, server: str) -> InBucket:
    """A new bucket at that server. This process's own environment must lead there, too."""
    root = folder / "author"
    root.mkdir()
    name = (make_bucket if scheme == "s3" else make_container)(server)
    cloud = (s3_environ if scheme == "s3" else azure_environ)(server)
    return InBucket(root=root, location=f"{scheme}://{name}/offerctl/", cloud=cloud)
