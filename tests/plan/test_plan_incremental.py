"""A plan that leaves files unread says what one says that reads them all, whatever happened to files and state."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offerctl import canon, catalog
from offerctl.catalog import Catalogue
from offerctl.plan import Guards, Options, Origin, Plan, make
from offerctl.standards import BUILT_IN, JHSC_ENGLISH, JHSC_FRENCH, Standards
from offerctl.state import Belief, Confirmed, Home, State, Status, layout
from offerctl.state.belief import ReadAs
from offerctl.state.checksum import ZEROS, sealed
from offerctl.state.document import parse, seal
from offerctl.state.listings import Listings
from offerctl.state.stored import laid_out
from support.plans import NOW
from support.tiers import mostly_deep

HOME = Home("prod", "https://marketplace.example", "pro-1")
HISTORIES = int(os.environ.get("HISTORIES", "90"))
"""Random ones; by hand: HISTORIES=20000 pytest tests/plan/test_plan_incremental.py."""
STEPS = 12
KEYS = (JHSC_ENGLISH, JHSC_FRENCH)
OWN_SCHEMA: Mapping[str, Any] = {"properties": {"price": {"maximum": 150}}}
FRENCH = BUILT_IN.extended([BUILT_IN.by_key[JHSC_ENGLISH]._replace(language="fr")])
"""Only what is warned of differs: the schema says nothing of languages."""


class Desk:
    """A folder, a schema, standards and a state, at which anything may happen."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder / "offerings"
        self.folder.mkdir()
        self.random = random.Random(seed)
        self.schema: Mapping[str, Any] | None = None
        self.standards: Standards = BUILT_IN
        self.document = seal(State(lineage="l", home=HOME)).data
        for number in range(4):
            self.write(f"c{number}.yaml", f"c{number}")
        self.confirm()

    def write(self, name: str, id_: str, **more: str) -> None:
        """An offering file."""
        values = {
            "offeringId": id_,
            "trainingStandardKey": self.random.choice(KEYS),
            "courseName": self.random.choice(("JHSC Part One", "CMSST, partie 1")),
            "price": str(self.random.choice((100, 149.5, 200))),
            "courseDuration": "13",
            "externalRegistrationUrl": f"https://provider.example/{id_}",
            **more,
        }
        (self.folder / name).write_text("".join(f"{key}: {value}\n" for key, value in values.items()), "utf-8")

    def file(self) -> Path | None:
        """One of those that are there."""
        return self.random.choice(found) if (found := sorted(self.folder.rglob("*.yaml"))) else None

    # What happens to files

    def edit(self) -> None:
        """A value changes, or a line that means nothing, or the whole becomes nonsense."""
        if path := self.file():
            text = path.read_text("utf-8")
            edits = ("price: 1", "price: 0", "# a comment", "protect: true", "nonsense: [", "courseName: Other")
            name, _, value = (edit := self.random.choice(edits)).partition(": ")
            kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{name}:"))
            path.write_text(f"{kept}{edit}\n" if value else f"{text}{edit}\n", "utf-8")

    def touch(self) -> None:
        """The same bytes, written again."""
        if path := self.file():
            path.write_bytes(path.read_bytes())

    def rename(self) -> None:
        """The same file by another name, maybe in a folder, maybe over another file."""
        if path := self.file():
            name = self.random.choice(("c0.yaml", "c9.yaml", "sub/c1.yaml"))
            (self.folder / "sub").mkdir(exist_ok=True)
            path.rename(self.folder / name)

    def exchange(self) -> None:
        """Two files take each other's place."""
        one, other = self.file(), self.file()
        if one and other:
            data = one.read_bytes()
            one.write_bytes(other.read_bytes())
            other.write_bytes(data)

    def duplicate(self) -> None:
        """A copy beside its original."""
        if path := self.file():
            path.with_name("copy.yaml").write_bytes(path.read_bytes())

    def delete(self) -> None:
        """A file goes."""
        if path := self.file():
            path.unlink()

    def add(self) -> None:
        """A file comes."""
        self.write("new.yaml", self.random.choice(("c0", "new")))

    # What happens to the rules

    def narrow(self) -> None:
        """The repository's schema changes."""
        self.schema = self.random.choice((None, OWN_SCHEMA))

    def change_language(self) -> None:
        """A standard's language changes, and with it what is warned of."""
        self.standards = self.random.choice((BUILT_IN, FRENCH))

    # What happens to the state

    def confirm(self) -> None:
        """An apply: what the files say is confirmed, all of it or a part."""
        state, found = parse(self.document), self.load({})
        if found.errors:
            return
        beliefs: dict[str, Belief | None] = {}
        for id_, want in found.desired.items():
            if self.random.random() < 0.8:
                confirmed = Confirmed(body=want.offering, at=NOW, run="r", file=want.file)
                digest = found.digests.get(id_)
                beliefs[id_] = Belief(
                    status=Status.LIVE,
                    key=want.offering.training_standard_key,
                    body=want.offering,
                    protect=want.protect,
                    last_confirmed=confirmed,
                    read_as=ReadAs(want.file, digest) if digest else None,
                )
        self.document = seal(replace(state.with_beliefs(beliefs), serial=state.serial + 1)).data

    def tamper(self) -> None:
        """Somebody edits the document by hand, and its checksum too."""
        document = canon.parse(self.document)
        entries = document["listings"]
        if not entries:
            return
        id_ = self.random.choice(sorted(entries))
        entry, other = entries[id_], entries[self.random.choice(sorted(entries))]
        match self.random.randrange(7):
            case 0 if entry["body"]:
                entry["body"]["price"] = self.random.choice((1, 100, 100.0, 149.5))
            case 1:
                entry["protect"] = not entry["protect"]
            case 2:
                entry["key"] = self.random.choice((None, *KEYS))
            case 3 if entry.get("read_as"):
                entry["read_as"]["file"] = "offerings/c0.yaml"
            case 4 if other.get("read_as"):
                entry["read_as"] = other["read_as"]
            case 5:
                entry.update(status="maybe", body=None)
            case _:
                entry["status"] = "contested"
        document["checksum"] = ZEROS
        as_written = layout.written(document, ((one, laid_out(values)) for one, values in sorted(entries.items())))
        self.document = sealed(self.random.choice((as_written, canon.document(document))))[0]

    # What comes of it

    def load(self, known: Mapping[str, Any]) -> Catalogue:
        """The files, by the rules of now."""
        return catalog.load(
            self.folder, schema=self.schema, standards=self.standards, repo_root=self.folder.parent, known=known
        )

    def plan(self, found: Catalogue, state: State, *, lazily: bool, reassert: bool) -> Plan:
        """What apply would do."""
        return make(
            found.desired,
            state,
            as_believed=found.remembered if lazily else frozenset(),
            home=HOME,
            options=Options(reassert=reassert, allow_deletes="all"),
            guards=Guards(),
            origin=Origin(),
        )

    def compare(self) -> int:
        """That both ways say the same; how many files were left unread."""
        lazy_state, state = parse(self.document), parse(self.document)
        known = lazy_state.listings.remembered()
        lazy, cold = self.load(known), self.load({})
        assert lazy.problems == cold.problems
        assert (lazy.files, dict(lazy.desired)) == (cold.files, dict(cold.desired))
        if not cold.errors:
            reassert = self.random.random() < 0.1
            ours = self.plan(self.load(known), lazy_state, lazily=True, reassert=reassert)
            theirs = self.plan(cold, State(**_eagerly(state)), lazily=False, reassert=reassert)
            assert ours == theirs
            assert ours.digest == theirs.digest
        return len(lazy.remembered)


def _eagerly(state: State) -> dict[str, Any]:
    values = {name: getattr(state, name) for name in State.__dataclass_fields__}
    return {**values, "listings": Listings(dict(state.listings))}


STEPS_OF = (
    Desk.edit, Desk.touch, Desk.rename, Desk.exchange, Desk.duplicate, Desk.delete, Desk.add,
    Desk.narrow, Desk.change_language, Desk.confirm, Desk.confirm, Desk.tamper,
)  # fmt: skip


@pytest.mark.parametrize("part", mostly_deep(range(3), [2]))
def test_what_is_left_unread_changes_nothing(tmp_path: Path, part: int) -> None:
    """Files edited, touched, renamed, exchanged, copied and deleted; other rules; beliefs edited by hand."""
    unread = 0
    for number in range(HISTORIES // 3):
        place = tmp_path / str(number)
        place.mkdir()
        desk = Desk(place, seed=number * 3 + part)
        for _ in range(STEPS):
            desk.random.choice(STEPS_OF)(desk)
            unread += desk.compare()
        shutil.rmtree(place)
    assert unread > HISTORIES  # otherwise nothing was compared
