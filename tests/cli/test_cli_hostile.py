"""What strangers wrote, from end to end: nothing of it acts on a terminal, in a file or in a workflow's log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offerctl import canon
from offerctl.backends.file import FileBackend
from offerctl.characters import first_harmful
from offerctl.console import Console
from offerctl.state import Claim, Home, RecordedChange, RunRecord, State
from offerctl.state.document import encode, parse, seal
from offerctl.state.listings import Listings
from support.cli import Done, offerctl
from support.plans import live, offering

WHO = "eve\x1b[2J\u202e\x9b\n::stop-commands::x\r##[add-mask]y\U000e0101"
RUNNER = {"GITHUB_ACTIONS": "true"}


def raw(state: State) -> bytes:
    """The document as offerctl wrote it when it escaped nothing."""
    value = canon.parse(encode(state)) | {"checksum": "0" * 64}
    body = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    return body.replace(b'"checksum": "' + b"0" * 64, b'"checksum": "' + canon.sha256(body).encode(), 1)


def keep(folder: Path, *, claimed: bool = False) -> bytes:
    """A state of `local` in which a stranger wrote whatever can be written."""
    now = datetime.now(UTC)
    change = RecordedChange(offering_id="a", intent=WHO, outcome=WHO, after=offering("a", course_name=f"x{WHO}"))
    record = RunRecord(id=WHO, who=WHO, started=now, finished=now, commit=WHO, changes=(change,))
    state = State(
        lineage="l",
        home=Home("local", "local:", "local"),
        last_run=record,
        listings=Listings({"a": live(offering("a", course_name=f"x{WHO}"))}),
    )
    if claimed:
        claim = Claim(id=WHO, who=WHO, boot_id=None, lease_until=now + timedelta(hours=1))
        state = replace(state, run=claim, last_run=record._replace(finished=None))
    data = raw(state)
    place = folder / ".offerctl" / "local.state.json"
    FileBackend(place, environment="local").write(seal(state)._replace(data=data), None)
    assert place.read_bytes() == data
    return data


def assert_harmless(done: Done) -> None:
    """Nothing acts or hides, on either stream; no line is a workflow command."""
    for said in (done.out, done.err):
        assert first_harmful(said) is None, str(done)
        assert "\r" not in said
        assert not [line for line in said.split("\n") if line.lstrip().startswith("::") or "##[" in line], str(
            done
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty offerings folder, and the state."""
    (tmp_path / "offerings").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "call",
    [
        ("state", "list", "--format", "json"), ("state", "show", "a"), ("state", "show", "a", "--format", "json"),
        ("history",), ("history", "--format", "json"), ("history", "a"), ("history", "a", "--format", "json"),
        ("plan",), ("plan", "--format", "json"), ("plan", "--format", "markdown"), ("plan", "--why", "a"),
        ("state", "pull"),
    ],
)  # fmt: skip
def test_nothing_in_a_state_acts(folder: Path, call: tuple[str, ...]) -> None:
    """Whoever may write to its home may write what he likes; the state of an older offerctl holds it raw."""
    keep(folder)
    done = offerctl(*call, cwd=folder, env=RUNNER)
    assert "eve" in done.out
    assert_harmless(done)


def test_a_copy_that_was_pulled_is_one_that_can_be_pushed(folder: Path) -> None:
    """Harmless and whole: its checksum is its own."""
    before = keep(folder)
    copy = offerctl("state", "pull", cwd=folder).out.encode()
    assert copy != before
    assert replace(parse(copy), checksum=None) == replace(parse(before), checksum=None)
    (folder / "copy.json").write_bytes(copy)
    assert offerctl("state", "push", "copy.json", cwd=folder).code == 0
    again = offerctl("state", "pull", cwd=folder).out.encode()
    assert again == (folder / ".offerctl" / "local.state.json").read_bytes()


def test_whom_apply_waits_for_is_said_and_nothing_else(folder: Path) -> None:
    """The claim's name is a stranger's; the refusal tells it too."""
    keep(folder, claimed=True)
    done = offerctl("apply", "--auto-approve", "--lock-timeout", "1s", cwd=folder, env=RUNNER)
    assert done.code == 3
    assert done.err.startswith(r"Waiting: another run is applying to local (eve\x1b[2J\u202e\x9b\n")
    assert_harmless(done)


@pytest.mark.parametrize(
    "key", [r"\n::stop-commands::x", r"\r\n  ::error::x", r"##[add-mask]x", r"\u2028::debug::x"]
)
def test_a_key_of_the_configuration_gives_the_runner_no_command(folder: Path, key: str) -> None:
    """Not even in a step that only validates; on any machine it stays on its line."""
    (folder / "offerctl.toml").write_text(f'"{key}" = 1\n', "utf-8")
    for env in (RUNNER, {}):
        done = offerctl("validate", cwd=folder, env=env)
        assert done.code == 1
        assert len(done.err.splitlines()) == 2
        assert done.err.startswith("Error: offerctl.toml:1:1: unknown key")
    assert_harmless(offerctl("validate", cwd=folder, env=RUNNER))


def test_validate_still_annotates_on_a_runner(folder: Path) -> None:
    """Its own commands take effect, one a line."""
    (folder / "offerings" / "a.yaml").write_text("prise: 1\n", "utf-8")
    done = offerctl("validate", cwd=folder, env=RUNNER)
    commands = [line for line in done.out.splitlines() if line.startswith("::")]
    assert commands
    assert all(
        line.startswith(("::error file=offerings/a.yaml,line=", "::error file=offerings/a.yaml,title="))
        for line in commands
    )


def test_the_console_of_a_runner_lets_no_line_be_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """By whichever way it is printed; elsewhere text is left alone, and what is meant as a command works."""
    text = "::stop-commands::x\n  ::error::y\nz ::fine\n##[add-mask]z"
    console = Console(environ=RUNNER, verbose=True)
    for say in (console.out, console.info, console.status, console.warn, console.error, console.detail):
        say(text)
        said = "".join(capsys.readouterr())
        assert "z ::fine" in said
        assert "##[" not in said
        assert not [line for line in said.splitlines() if line.lstrip().startswith("::")]
    console.command("::notice::ours")
    Console(environ={}).out("::here")
    assert capsys.readouterr().out == "::notice::ours\n::here\n"


def test_json_is_utf8_whatever_the_terminal_speaks(folder: Path) -> None:
    """A French name comes out whole, and a program can read it."""
    keep(folder)
    (folder / "offerings" / "a.yaml").write_text("é: 1\n", "utf-8")
    done = offerctl("validate", "--format", "json", cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert any("é" in problem["message"] for problem in json.loads(done.out)["problems"])
