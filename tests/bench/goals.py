"""What is measured: each goal with its yardstick, at each size. It asserts nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.measure import Command, Figures, environment, in_turn

PYTHON = sys.executable
OFFERCTL = (PYTHON, "-m", "offerctl")
GIT_STATUS = ("git", "status", "--porcelain")
CHANGES = frozenset({0, 2})
AGAINST = "no-op plan, against a peer"
_LARGE = 5_000
"""Files from which on a peer is to be beaten by more than a little."""
BARE = """
import os, yaml
from jsonschema import Draft202012Validator
from offerctl import canon, schemas
validator = Draft202012Validator(canon.parse(schemas.read("offering.schema.json")))
for name in sorted(os.listdir("offerings")):
    with open(f"offerings/{name}", "rb") as file:
        data = file.read()
    values = {}
    events = [e.value for e in yaml.parse(data, yaml.CSafeLoader) if isinstance(e, yaml.ScalarEvent)]
    for key, value in zip(events[::2], events[1::2]):
        values[key] = float(value) if key in ("price", "courseDuration") else value
    list(validator.iter_errors(values))
"""
"""Read, events and `iter_errors` alone: what nobody who checks these files can do without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement: ours beside its yardstick, and the goal for their ratio.

    `start_up`, the same command over two files, is taken off ours where the goal is "plus start-up".
    """

    what: str
    size: int
    ours: Figures
    yardstick: str = ""
    theirs: Figures | None = None
    limit: float | None = None
    start_up: Figures | None = None
    note: str = ""

    def ratio(self, clock: str = "wall") -> float | None:
        """Ours over the yardstick, by `wall` or `cpu` seconds."""
        theirs: float = getattr(self.theirs, clock) if self.theirs else 0.0
        if theirs <= 0:  # none, or the start-up that was taken off was all there was
            return None
        started = getattr(self.start_up, clock) if self.start_up else 0.0
        return float(max(0.0, getattr(self.ours, clock) - started) / theirs)

    @property
    def met(self) -> bool | None:
        """Whether the goal is; none where there is none."""
        ratio = self.ratio()
        return None if ratio is None or self.limit is None else ratio <= self.limit


class Settings(NamedTuple):
    """How often, how long at most for one process (seconds), and where the catalogues are made."""

    runs: int
    most: float
    place: Path
    seed: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue of one size with its state, made once and put back as it was after each use."""

    size: int
    settings: Settings
    _made: list[Path] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where it is."""
        if not self._made:
            folder = self.settings.place / f"catalogue-{self.size}"
            if not folder.exists():  # another measurement of this size may have made it
                make = [PYTHON, str(Path(__file__).with_name("catalogues.py")), str(folder), "--sealed"]
                subprocess.run(
                    [*make, f"--files={self.size}", f"--seed={self.settings.seed}"], check=True, env=environment()
                )
                shutil.copytree(folder / ".offerctl", folder / ".git" / "sealed")
            self._made.append(folder)
        return self._made[0]

    def sealed(self) -> None:
        """Everything is applied, and no file is changed."""
        subprocess.run(["git", "checkout", "--quiet", "--", "offerings"], cwd=self.folder, check=True)
        self.empty()
        shutil.copytree(self.folder / ".git" / "sealed", self.folder / ".offerctl")

    def empty(self) -> None:
        """Nothing was ever applied."""
        shutil.rmtree(self.folder / ".offerctl", ignore_errors=True)

    def changed(self, files: int) -> None:
        """So many files have another price than was applied."""
        self.sealed()
        for path in sorted((self.folder / "offerings").iterdir())[:files]:
            path.write_text(path.read_text("utf-8").replace("price: ", "price: 1"), "utf-8")

    def run(self, *arguments: str, before: Callable[[], object] = lambda: None) -> Command:
        """A command in it."""
        return Command(arguments=arguments, folder=self.folder, before=before, codes=CHANGES)

    def measured(self, **commands: Command) -> dict[str, Figures]:
        """These in turn."""
        return in_turn(commands, self.settings.runs, self.settings.most)


def start_up(smallest: Catalogue) -> Iterator[Row]:
    """What a command costs before it does anything, against `import click`."""
    smallest.sealed()
    for what, arguments, limit in (
        ("--version", ("--version",), 1.5),
        ("--help", ("--help",), 1.5),
        (f"no-op plan of {smallest.size} files", ("plan",), 2.5),
    ):
        found = smallest.measured(
            ours=smallest.run(*OFFERCTL, *arguments), click=smallest.run(PYTHON, "-c", "import click")
        )
        if found.keys() >= {"ours", "click"}:
            yield Row(
                what=what,
                size=smallest.size,
                ours=found["ours"],
                yardstick="import click",
                theirs=found["click"],
                limit=limit,
            )


def plans(catalogue: Catalogue, smallest: Catalogue) -> Iterator[Row]:
    """The plan with nothing to do, and of one and ten changed files, against `git status`; start-up aside."""
    limit = 7.0 if catalogue.size > 10_000 else 5.0
    for changed in (0, 1, 10):
        if changed > catalogue.size // 2:
            continue
        catalogue.changed(changed)
        smallest.changed(min(changed, 1))
        found = catalogue.measured(
            ours=catalogue.run(*OFFERCTL, "plan"),
            status=catalogue.run(*GIT_STATUS),
            start=smallest.run(*OFFERCTL, "plan"),
        )
        if found.keys() >= {"ours", "status", "start"}:
            yield Row(
                what=f"plan, {changed} changed" if changed else "plan, nothing changed",
                size=catalogue.size,
                ours=found["ours"],
                yardstick="git status",
                theirs=found["status"],
                limit=limit,
                start_up=found["start"],
            )
    catalogue.sealed()


def cold(catalogue: Catalogue, smallest: Catalogue) -> Iterator[Row]:
    """The first plan, and validate, against reading, parsing and validating alone; all without their start-up."""
    smallest.sealed()
    commands = {**_cold(catalogue, ""), **_cold(smallest, "start ")}
    found = in_turn(commands, catalogue.settings.runs, catalogue.settings.most)
    catalogue.sealed()
    smallest.sealed()
    if not found.keys() >= {"bare", "start bare"}:
        return
    bare, start = found["bare"], found["start bare"]
    work = Figures(wall=bare.wall - start.wall, cpu=bare.cpu - start.cpu, peak=bare.peak, runs=bare.runs)
    for name, what, limit in (("plan", "plan, cold", 1.3), ("validate", "validate", None)):
        if found.keys() >= {name, f"start {name}"}:
            yield Row(
                what=what,
                size=catalogue.size,
                ours=found[name],
                yardstick="bare read, events, check",
                theirs=work,
                limit=limit,
                start_up=found[f"start {name}"],
            )


def _cold(catalogue: Catalogue, prefix: str) -> dict[str, Command]:
    return {
        f"{prefix}plan": catalogue.run(*OFFERCTL, "plan", before=catalogue.empty),
        f"{prefix}validate": catalogue.run(*OFFERCTL, "validate"),
        f"{prefix}bare": catalogue.run(PYTHON, "-c", BARE),
    }


def at_scale(catalogue: Catalogue) -> Iterator[Row]:
    """The commands that look at everything; they have no yardstick but their growth."""
    catalogue.sealed()
    for what, arguments, changed in (
        ("state list", ("state", "list"), 0),
        ("history", ("history",), 0),
        ("plan --format markdown, all changed", ("plan", "--format", "markdown"), catalogue.size),
    ):
        catalogue.changed(changed)
        found = catalogue.measured(ours=catalogue.run(*OFFERCTL, *arguments))
        if "ours" in found:
            yield Row(what=what, size=catalogue.size, ours=found["ours"])
    catalogue.sealed()


class Applying(NamedTuple):
    """A cold apply: how many files, how many requests at once, and the seconds that the server takes for each."""

    files: int
    parallelism: int
    latency: float
    limit: float

    @property
    def ideal(self) -> float:
        """Seconds that no client can beat."""
        return self.files * self.latency / self.parallelism


APPLIES = (
    Applying(1000, 4, 0.05, 1 / 0.95),
    Applying(40, 4, 4.0, 1 / 0.95),
    Applying(5000, 10, 0.05, 1.05),
    Applying(5000, 20, 0.05, 1.15),
)


def applies(settings: Settings, wanted: Sequence[Applying] = APPLIES) -> Iterator[Row]:
    """Cold applies over HTTP to a server in its own process, start-up included, against latency alone."""
    for one in wanted:
        catalogue = Catalogue(one.files, settings)
        with _Marketplace(one.latency) as url:
            (catalogue.folder / "offerctl.toml").write_text(
                'default_environment = "bench"\n[environments.bench]\nauth = "bearer"\nnetwork_key = "pro-1"\n'
                f'base_url = "{url}"\nparallelism = {one.parallelism}\n',
                "utf-8",
            )
            command = Command(
                arguments=(*OFFERCTL, "-q", "apply", "--auto-approve"),
                folder=catalogue.folder,
                before=catalogue.empty,
                environ={"OFFERCTL_BEARER_TOKEN": "bench"},
            )
            found = in_turn({"ours": command}, min(3, settings.runs), max(settings.most, 3 * one.ideal))
            state = json.loads((catalogue.folder / ".offerctl" / "bench.state.json").read_bytes())
            writes = state["serial"]  # it grows by one with each, from nothing
            (catalogue.folder / "offerctl.toml").unlink()
        catalogue.sealed()
        if "ours" in found:
            yield Row(
                what=f"apply, {one.parallelism} at once, {one.latency * 1000:.0f} ms each",
                size=one.files,
                ours=found["ours"],
                yardstick="the ideal",
                theirs=Figures(wall=one.ideal, cpu=one.ideal, peak=0.0, runs=1),
                limit=one.limit,
                note=f"{found['ours'].cpu / one.files * 1000:.2f} ms of CPU a request, {writes} writes",
            )


class _Marketplace:
    def __init__(self, latency: float) -> None:
        program = str(Path(__file__).with_name("marketplace.py"))
        self._process = subprocess.Popen(
            [PYTHON, program, str(latency * 1000)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: object) -> None:
        self._process.communicate("", timeout=10)


def against_peers(
    catalogue: Catalogue, peers: Mapping[str, Command], limits: Mapping[str, float]
) -> Iterator[Row]:
    """The no-op plan beside each peer's own way to say that nothing is to be done, or that all is right."""
    catalogue.sealed()
    found = in_turn(
        {"ours": catalogue.run(*OFFERCTL, "plan"), **peers}, catalogue.settings.runs, catalogue.settings.most
    )
    for name in peers:
        theirs = found.get(name)
        yield Row(
            what=AGAINST,
            size=catalogue.size,
            ours=found["ours"],
            yardstick=name if theirs else f"{name} (> {catalogue.settings.most:.0f} s)",
            theirs=theirs,
            limit=None if theirs is None else limits.get(name, 1.0) if catalogue.size >= _LARGE else 1.0,
        )
