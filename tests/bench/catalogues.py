"""Catalogues to measure: so many offering files in a git repository, the same for the same seed, and their state.

    python -m bench.catalogues FOLDER --files 10000 [--seed 1] [--sealed]

With `--sealed` the state is made by offerctl's own code, as the apply that adds every file would leave it: the
files are read, each is believed live with how it was read (`read_as`), the run's receipt names every one, and the
document is sealed and written by the file backend, as the second of two writes. No request is sent. This is a
process of its own, so that what it holds in memory is not counted for what is measured afterwards.
"""

from __future__ import annotations

import argparse
import random
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.console import Console
from offerctl.state import Attempt, Belief, Confirmed, Intent, RecordedChange, RunRecord, Status, document

_STANDARDS = {
    "JHSC-2014-1-E-O": "JHSC Certification Part One",
    "JHSC-2014-1-F-O": "CMSST, certification partie 1",
}
_GIT = ("-c", "user.name=bench", "-c", "user.email=bench@offerctl.example", "-c", "commit.gpgsign=false")


def write_catalogue(folder: Path, files: int, seed: int = 1) -> None:
    """So many offerings of about 300 bytes in a git repository, as a provider would have them."""
    chance = random.Random(seed)
    offerings = folder / "offerings"
    offerings.mkdir(parents=True)
    for number in range(files):
        key, name = chance.choice([*_STANDARDS.items()])
        (offerings / f"jhsc-{number:06d}.yaml").write_text(
            "# yaml-language-server: $schema=../schema/offering.schema.json\n"
            f"offeringId: jhsc-{number:06d}\n"
            f"trainingStandardKey: {key}\n"
            f"courseName: {name} {chance.randrange(10**6)}\n"
            f"price: {chance.randrange(100, 400)}.{chance.choice(('00', '50'))}\n"
            f"courseDuration: {chance.choice(('13', '19.5'))}\n"
            f"externalRegistrationUrl: https://safety-training.example/register/{number}\n",
            "utf-8",
        )
    (folder / ".gitignore").write_text(".offerctl/\n", "utf-8")
    for command in (("init", "--quiet"), ("add", "--all"), (*_GIT, "commit", "--quiet", "--message=all")):
        subprocess.run(["git", *command], cwd=folder, check=True)


def seal_state(folder: Path) -> None:
    """The state of the local environment after an apply that added every file."""
    session = Session(console=Console(quiet=True), directory=folder, config_file=None, environ={})
    workspace = Workspace.open(session, None)
    found = workspace.catalogue()
    at, run, commit, read_as = datetime.now(UTC), "1cde8497", found.origin.commit, found.read_as
    beliefs, changes = {}, []
    for id_, want in found.desired.items():
        body = want.offering
        beliefs[id_] = Belief(
            status=Status.LIVE,
            key=body.training_standard_key,
            body=body,
            protect=want.protect,
            last_confirmed=Confirmed(body=body, at=at, run=run, commit=commit, file=want.file),
            last_attempt=Attempt(intent=Intent.PUT, body=body, at=at, run=run),
            read_as=read_as[id_],
        )
        changes.append(RecordedChange(offering_id=id_, intent="put", outcome="done", after=body))
    record = RunRecord(
        id=run, who="bench", started=at, finished=at + timedelta(seconds=1), commit=commit, changes=tuple(changes)
    )
    first = document.seal(workspace.new_state().successor(record._replace(finished=None, changes=())))
    version = workspace.backend.write(first, None)
    last = replace(first.state, applied_commit=commit).with_beliefs(beliefs).successor(record)
    workspace.backend.write(document.seal(last), version)


def main() -> None:
    """Make one catalogue, or the state of one that is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sealed", action="store_true")
    options = parser.parse_args()
    if not (options.folder / "offerings").exists():
        write_catalogue(options.folder, options.files, options.seed)
    if options.sealed:
        seal_state(options.folder)


if __name__ == "__main__":
    main()
