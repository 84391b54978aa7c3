"""`plan` and `show` as their users run them: processes of their own, in folders of their own."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from offerctl.plan.document import FORMAT_VERSION
from offerctl.state import Belief, Claim, Home, RunRecord
from offerctl.state.document import encode
from support.cli import Done, environ, offerctl
from support.desk import Desk
from support.plans import APPLIED, CONTESTED, FRENCH, live, maybe, offering, state

LOCAL = Home("local", "local:", "local")
SCAFFOLD = Path(__file__).parents[2] / "src" / "offerctl" / "scaffold" / "files"
ENGLISH_FILE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Certification Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/jhsc-en-01
"""
FRENCH_COURSE = offering("jhsc-fr-01", training_standard_key=FRENCH, course_name="Première partie: été")
FRENCH_FILE = """\
offeringId: jhsc-fr-01
trainingStandardKey: JHSC-2014-1-F-O
courseName: "Première partie: été"
price: 249
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/jhsc-fr-01
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one English course and no state."""
    write(tmp_path, "jhsc-en-01", ENGLISH_FILE)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "offerings" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def keep(folder: Path, beliefs: dict[str, Belief], **more: Any) -> Path:
    """Puts a state of `local` in its place."""
    path = folder / ".offerctl" / "local.state.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode(state(beliefs, **{"home": LOCAL, **more})))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ok(done: Done) -> Done:
    assert (done.code, done.err) == (0, ""), str(done)
    return done


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--out", "p.json"], "--out"),
        (["--format", "json"], "--format json"),
        (["--format", "markdown", "--detailed-exitcode"], "--format markdown and --detailed-exitcode"),
    ],
)
def test_why_drops_no_option_in_silence(folder: Path, args: list[str], named: str) -> None:
    """Whatever asks for the plan itself is refused beside it, and nothing is saved; text is what it is anyway."""
    refused = offerctl("plan", "--why", "jhsc-en-01", *args, cwd=folder)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "Error: --why explains one listing, as text, in the place of the plan: it cannot stand beside "
        f"{named}. See: offerctl plan --help\n"
    )
    assert not (folder / "p.json").exists()
    assert offerctl("plan", "--why", "jhsc-en-01", "--format", "text", cwd=folder).code == 0


def test_a_first_plan_writes_nothing(folder: Path) -> None:
    """No configuration, no state, no server, no terminal: what apply would do, and not a file more."""
    before = contents(folder)
    done = ok(offerctl("plan", cwd=folder))
    assert (
        done.out
        == """\
Plan for local (the embedded Marketplace)
There is no state of local yet: this is the first run.

  + add

  # jhsc-en-01 will be added (offerings/jhsc-en-01.yaml)
  + offering "jhsc-en-01" {
      + courseDuration          = 19.5
      + courseName              = "JHSC Certification Part One"
      + externalRegistrationUrl = "https://safety-training.example/jhsc-en-01"
      + price                   = 199.00   # CAD
      + trainingStandardKey     = "JHSC-2014-1-E-O"
    }

Plan: 1 to add, 0 to change, 0 to delete; 0 unchanged.
"""
    )
    assert contents(folder) == before


def test_a_plan_against_a_state(folder: Path) -> None:
    """A changed price, and nothing else."""
    write(folder, "jhsc-fr-01", FRENCH_FILE)
    keep(folder, {"jhsc-en-01": live(offering()), "jhsc-fr-01": live(FRENCH_COURSE)})
    done = ok(offerctl("plan", cwd=folder))
    assert '        courseName              = "Première partie: été"\n' in done.out
    assert "      ~ price                   = 199.00 -> 249.00   # CAD, +25%\n" in done.out
    assert done.out.endswith("\nPlan: 0 to add, 1 to change, 0 to delete; 1 unchanged.\n")


def test_nothing_to_do(folder: Path) -> None:
    """It says so, and exits 0 in detail, too."""
    keep(folder, {"jhsc-en-01": live(offering())})
    done = ok(offerctl("plan", "--detailed-exitcode", cwd=folder))
    assert done.out.startswith("No changes. The 1 file matches what offerctl last applied to local")


@pytest.mark.parametrize(
    "settings", [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"TERM": "dumb"}]
)
def test_french_in_any_locale(folder: Path, settings: dict[str, str]) -> None:
    """A stream that knows no é gets it spelled; no plan fails for that."""
    write(folder, "jhsc-fr-01", FRENCH_FILE)
    done = ok(offerctl("plan", cwd=folder, env=settings))
    spelled = r"Premi\xe8re partie: \xe9t\xe9" if "LC_ALL" in settings else "Première partie: été"
    assert f'"{spelled}"' in done.out


@pytest.mark.parametrize(
    ("options", "settings", "painted"),
    [
        ([], {}, False),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(folder: Path, options: list[str], settings: dict[str, str], painted: bool) -> None:  # noqa: FBT001
    """Only where it is wanted."""
    assert ("\x1b[32m+\x1b[0m" in ok(offerctl(*options, "plan", cwd=folder, env=settings)).out) is painted


def test_quiet_is_the_summary(folder: Path) -> None:
    """One line."""
    done = ok(offerctl("-q", "plan", cwd=folder))
    assert done.out == "Plan: 1 to add, 0 to change, 0 to delete; 0 unchanged.\n"


# Forms, and saved plans


def test_detailed_exit_codes(folder: Path) -> None:
    """2 with changes, and only when it was asked for."""
    assert offerctl("plan", "--detailed-exitcode", cwd=folder).code == 2
    assert offerctl("plan", cwd=folder).code == 0


def test_a_saved_plan_is_the_json(folder: Path) -> None:
    """The same bytes as on standard output, again and again; `show` gives them back in every form."""
    printed = ok(offerctl("plan", "--format", "json", cwd=folder)).out
    saved = ok(offerctl("plan", "--out", "plan.json", cwd=folder))
    assert saved.out.endswith("\n\nSaved to plan.json. To run exactly this: offerctl apply plan.json\n")
    assert (folder / "plan.json").read_text("utf-8") == printed
    assert json.loads(printed)["summary"]["add"] == 1
    assert ok(offerctl("show", "plan.json", "--format", "json", cwd=folder)).out == printed
    assert ok(offerctl("show", "plan.json", cwd=folder)).out == ok(offerctl("plan", cwd=folder)).out
    for form in ("markdown", "json"):
        shown = ok(offerctl("show", "plan.json", "--format", form, cwd=folder)).out
        assert shown == ok(offerctl("plan", "--format", form, cwd=folder)).out


def test_json_and_a_file_at_once(folder: Path) -> None:
    """Nothing but the document on standard output."""
    done = ok(offerctl("plan", "--format", "json", "--out", "plan.json", cwd=folder))
    assert done.out.encode() == (folder / "plan.json").read_bytes()


@pytest.mark.deep
def test_a_plan_that_cannot_be_saved(folder: Path) -> None:
    """The file and the reason, before the plan; nothing is left behind, and no other file is lost."""
    (folder / "notes.txt").write_text("mine")
    (folder / "notes.json").write_text('{"format_version": "1.0"}')
    (folder / "there").symlink_to("offerings")
    before = contents(folder)
    refused = {
        "/nope/plan.json": "/nope/plan.json cannot be written: there is no folder /nope",
        "nowhere/plan.json": "nowhere/plan.json cannot be written: there is no folder nowhere",
        "offerings": "offerings cannot be written: it is a folder",
        **{
            out: f"{out} lies in the offerings folder. Nothing was written."
            for out in ("offerings/jhsc-en-01.yaml", "offerings/new.json", "there/jhsc-en-01.yaml")
        },
        **{out: f"{out} exists and is no saved plan. Nothing was written." for out in ("notes.txt", "notes.json")},
        "n" * 300: f"{'n' * 300} cannot be written: File name too long",
    }
    for out, why in refused.items():
        done = offerctl("plan", "--out", out, cwd=folder)
        assert (done.code, done.err.splitlines()[0]) == (1, f"Error: {why}"), str(done)
    assert contents(folder) == before


def test_the_name_of_a_saved_plan_can_be_pasted(folder: Path) -> None:
    """As a shell needs it."""
    done = ok(offerctl("plan", "--out", "a b.json", cwd=folder))
    assert done.out.endswith("Saved to a b.json. To run exactly this: offerctl apply 'a b.json'\n")


def test_saving_over_a_plan_replaces_it_whole(folder: Path) -> None:
    """No other file remains beside it. An empty file, such as mktemp makes, is no loss, nor is a broken plan."""
    (folder / "plan.json").touch()
    ok(offerctl("plan", "--out", "plan.json", cwd=folder))
    edited = (folder / "plan.json").read_text("utf-8").replace("199", "1")
    (folder / "plan.json").write_text(edited + " " * 100_000, "utf-8")
    ok(offerctl("plan", "--out", "plan.json", cwd=folder))
    assert json.loads((folder / "plan.json").read_bytes())["environment"] == "local"
    assert sorted(path.name for path in folder.iterdir()) == ["offerings", "plan.json"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "Error: plan.json cannot be read: No such file or directory"),
        (b"", "Error: plan.json is no saved plan: it is not JSON"),
        (b'{"format_version": "9.0"}', f"Error: plan.json has format 9.0; this offerctl reads {FORMAT_VERSION}"),
    ],
)
def test_show_refuses_what_is_no_plan(tmp_path: Path, data: bytes | None, said: str) -> None:
    """By its name, in one line."""
    if data is not None:
        (tmp_path / "plan.json").write_bytes(data)
    done = offerctl("show", "plan.json", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.replace(str(tmp_path) + "/", "").startswith(said)


def test_an_edited_plan_is_refused(folder: Path) -> None:
    """Its digests do not cover what it says now."""
    ok(offerctl("plan", "--out", "plan.json", cwd=folder))
    saved = folder / "plan.json"
    saved.write_bytes(saved.read_bytes().replace(b'"price": 199', b'"price": 1'))
    done = offerctl("show", "plan.json", cwd=folder)
    assert (done.code, done.out) == (1, "")
    assert "plan.json is damaged or was edited: the change of jhsc-en-01" in done.err


# Refusals


def test_a_refusal_comes_after_the_plan(folder: Path) -> None:
    """The plan is seen, the way on is named, the exit code is 1, and nothing is saved."""
    write(folder, "new", ENGLISH_FILE.replace("jhsc-en-01", "new"))
    changed = offering(training_standard_key=FRENCH)
    keep(folder, {"jhsc-en-01": live(changed)})
    done = offerctl("plan", "--out", "plan.json", cwd=folder)
    assert done.code == 1
    assert '+ offering "new"' in done.out
    assert "-/+" not in done.out
    assert done.err.startswith("Error: jhsc-en-01 was last applied as JHSC-2014-1-F-O and cannot become")
    assert done.err.endswith("To run the rest: --exclude jhsc-en-01\n")
    assert not (folder / "plan.json").exists()
    assert ok(offerctl("plan", "--exclude", "jhsc-en-01", cwd=folder)).out.endswith(
        "Plan: 1 to add, 0 to change, 0 to delete; 0 unchanged.\n"
    )
    assert "-/+ offering" in ok(offerctl("plan", "--allow-replace", cwd=folder)).out


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_refused_plan_in_other_forms(folder: Path, form: str) -> None:
    """The document says it, and so does the exit code."""
    keep(folder, {"jhsc-en-01": live(offering(training_standard_key=FRENCH))})
    done = offerctl("plan", "--format", form, cwd=folder)
    assert done.code == 1
    if form == "json":
        assert json.loads(done.out)["refusals"][0]["code"] == "replace"
    else:
        assert done.out.startswith("**This plan is refused")


@pytest.mark.parametrize(
    ("command", "way"),
    [("show", "offerctl state show jhsc-en-01"), ("apply", "offerctl apply --target jhsc-en-01")],
)
def test_an_id_in_the_place_of_a_saved_plan_is_told(folder: Path, command: str, way: str) -> None:
    """What was meant; a file that is missing is just that."""
    done = offerctl(command, "jhsc-en-01", cwd=folder)
    assert done.code == 1
    assert done.err.endswith(f"This takes the file of a saved plan. For that listing: {way}\n")
    assert offerctl(command, "plan.json", cwd=folder).err.count("\n") == 1


def test_an_address_for_examples_is_never_written_to(tmp_path: Path) -> None:
    """The plan is shown; apply says what to write, before it asks for credentials or sends anything."""
    (tmp_path / "offerctl.toml").write_text(
        '[environments.prod]\nbase_url = "https://marketplace.example"\nnetwork_key = "pro-1"\n', "utf-8"
    )
    Desk(root=tmp_path).want(offering())
    assert offerctl("plan", "-e", "prod", cwd=tmp_path).code == 0
    done = offerctl("apply", "-e", "prod", "--auto-approve", cwd=tmp_path)
    assert done.code == 1
    assert (
        "Error: base_url https://marketplace.example is an address for examples, which leads nowhere." in done.err
    )
    assert "the one that the vendor gave you below [environments.prod]" in done.err
    assert not (tmp_path / ".offerctl" / "prod.state.json").exists()


def test_the_key_that_init_writes_is_nobodys(tmp_path: Path) -> None:
    """The plan is shown; apply says what to write, and lists nothing under a key that stands for another."""
    written = (SCAFFOLD / "offerctl.toml").read_text("utf-8").replace('"git"', '"file:state.json"')
    text = written.replace("https://marketplace.example", "https://127.0.0.1:9")
    (tmp_path / "offerctl.toml").write_text(text, "utf-8")
    Desk(root=tmp_path).want(offering())
    assert offerctl("plan", "-e", "prod", cwd=tmp_path).code == 0
    done = offerctl("apply", "-e", "prod", "--auto-approve", cwd=tmp_path)
    assert done.code == 1
    assert "Error: network_key your-network-key stands for yours, and is nobody's. Nothing was sent." in done.err
    assert "Write your own below [environments.prod], or set OFFERCTL_NETWORK_KEY" in done.err
    given = offerctl("apply", "-e", "prod", "--auto-approve", cwd=tmp_path, env={"OFFERCTL_NETWORK_KEY": "pro-1"})
    assert "OFFERCTL_API_KEY" in given.err


def test_an_empty_folder_deletes_nothing_by_itself(tmp_path: Path) -> None:
    """With listings it is refused; without any there is nothing to do; a missing one is an error."""
    missing = offerctl("plan", cwd=tmp_path)
    assert (missing.code, missing.out) == (1, "")
    (tmp_path / "offerings").mkdir()
    assert ok(offerctl("plan", cwd=tmp_path)).out.startswith("No changes. There is no offering file, and no state")
    keep(tmp_path, {"jhsc-en-01": live(offering())})
    done = offerctl("plan", cwd=tmp_path)
    assert done.code == 1
    assert done.out.endswith("\nWill disappear from the Marketplace: jhsc-en-01\n")
    assert done.err == (
        "Error: There is no offering file, so every listing would be deleted.\n"
        "If that is what you want: --allow-deletes all\n"
    )
    allowed = offerctl("plan", "--allow-deletes", "all", "--detailed-exitcode", cwd=tmp_path)
    assert (allowed.code, allowed.err) == (2, "")


def test_an_unknown_target(folder: Path) -> None:
    """An id that nobody knows selects nothing by accident."""
    done = offerctl("plan", "--target", "jhsc-en-02", cwd=folder)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "Error: --target jhsc-en-02: no offering file and no listing has this id\nDid you mean jhsc-en-01?\n"
    )


# Files and states that cannot be used


def test_problems_in_files_come_with_their_frame(folder: Path) -> None:
    """All of them, on standard error; there is no plan of half a folder."""
    write(folder, "bad", ENGLISH_FILE.replace("price: 199.00", "prise: 199.00").replace("en-01", "en-02"))
    done = offerctl("plan", "--format", "json", cwd=folder)
    assert (done.code, done.out) == (1, "")
    assert "offerings/bad.yaml:4:1" in done.err
    assert "did you mean `price`?" in done.err
    assert "1 error in 2 files" in done.err


def test_warnings_are_counted(folder: Path) -> None:
    """They do not stop a plan."""
    write(folder, "free", ENGLISH_FILE.replace("199.00", "0").replace("jhsc-en-01", "free"))
    done = offerctl("plan", cwd=folder)
    assert done.code == 0
    assert done.err == "Warning: 1 warning about the files; to see it: offerctl validate\n"
    assert offerctl("-q", "plan", cwd=folder).err == ""


@pytest.mark.parametrize(
    ("home", "said"),
    [
        (Home("prod", "local:", "local"), "belongs to environment 'prod', not to 'local'"),
        (
            Home("local", "https://marketplace.example", "local"),
            "belongs to base_url 'https://marketplace.example'",
        ),
        (Home("local", "local:", "pro-1"), "belongs to network_key 'pro-1', not to 'local'"),
    ],
)
def test_a_foreign_state_is_refused(folder: Path, home: Home, said: str) -> None:
    """It names what differs; the state is left as it is."""
    path = keep(folder, {"a": live(offering("a"))}, home=home)
    before = path.read_bytes()
    done = offerctl("plan", cwd=folder)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"{", b"[]"])
def test_a_torn_state_is_refused(folder: Path, damage: bytes) -> None:
    """And never taken for a first run. It says where, and the way on where no version is kept."""
    path = keep(folder, {})
    path.write_bytes(damage)
    done = offerctl("plan", cwd=folder)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: the state at .offerctl/local.state.json cannot be used: th")
    assert "No version of it is kept. Make it anew from git's history: offerctl state rebuild -e local" in done.err
    assert path.read_bytes() == damage


def test_another_run_is_only_told(folder: Path) -> None:
    """A plan sends nothing, so nobody holds it up."""
    until = datetime.now(UTC) + timedelta(hours=1)
    claim = Claim(id="run-2", who="GitHub run 1234", boot_id=None, lease_until=until)
    keep(folder, {}, run=claim, last_run=RunRecord(id="run-2", who="GitHub run 1234", started=APPLIED))
    done = offerctl("plan", cwd=folder)
    assert done.code == 0
    assert re.fullmatch(
        r"Warning: another run is applying to local \(GitHub run 1234, lease until .+ UTC, 3[56]\d\d s; "
        r"since 2026-09-02 14:03 UTC\); this plan may be stale.\n",
        done.err,
    )
    assert '+ offering "jhsc-en-01"' in done.out


def test_a_wait_is_announced_as_long_as_apply_waits(folder: Path) -> None:
    """A clock that was years ahead when the state was written holds nobody up for years, and no plan says so."""
    far = datetime(2061, 1, 1, tzinfo=UTC)
    keep(folder, {"jhsc-en-01": maybe(offering(), offering(), quiet_until=far)})
    assert "not before 2061" not in ok(offerctl("plan", "--why", "jhsc-en-01", cwd=folder)).out
    assert "(UTC; 10 s from now)" in ok(offerctl("plan", cwd=folder)).out, "lease 10 and settle_window 0"


def test_a_contested_listing_is_a_warning_in_the_plan(folder: Path) -> None:
    """There is nothing that apply would send, and it would fail all the same: so it is not as the files say."""
    keep(folder, {"jhsc-en-01": CONTESTED})
    warning = "Warning: jhsc-en-01 exists in the Marketplace though nobody here added it"
    done = offerctl("plan", "--detailed-exitcode", cwd=folder)
    assert (done.code, done.err) == (2, "")
    assert warning in done.out
    quiet = ok(offerctl("-q", "plan", cwd=folder))
    assert quiet.out.startswith(
        f"Plan: 0 to add, 0 to change, 0 to delete; 0 unchanged, 1 contested.\n\n{warning}"
    )
    refused = offerctl("-q", "apply", "--auto-approve", cwd=folder)
    assert refused.code == 1
    assert warning in refused.out
    keep(folder, {"jhsc-en-01": live(offering()), "theirs": CONTESTED})
    assert ok(offerctl("plan", "--detailed-exitcode", cwd=folder)).out.startswith("No changes.")


def test_a_state_on_a_runners_disk_is_refused(folder: Path) -> None:
    """The default one of a real environment, in CI."""
    (folder / "offerctl.toml").write_text(
        '[environments.prod]\nbase_url = "https://marketplace.example"\nnetwork_key = "pro-1"\n'
        "[environments.prod.api]\n"
    )
    assert ok(offerctl("plan", "-e", "prod", cwd=folder)).out.startswith(
        "Plan for prod (https://marketplace.example, network pro-1)\n"
    )
    done = offerctl("plan", "-e", "prod", cwd=folder, env={"CI": "true"})
    assert (done.code, done.out) == (1, "")
    assert "lost with the job" in done.err


def test_no_variable_allows_anything(folder: Path) -> None:
    """An inherited variable must not delete a listing."""
    keep(folder, {"old": live(offering("old"), protect=False), "jhsc-en-01": live(offering())})
    inherited = {
        f"OFFERCTL_{prefix}{name}": "1"
        for name in ("TARGET", "EXCLUDE", "REASSERT", "ALLOW_REPLACE", "ALLOW_DELETES", "OUT")
        for prefix in ("", "PLAN_")
    }
    plain = ok(offerctl("plan", cwd=folder))
    assert ok(offerctl("plan", cwd=folder, env=inherited)).out == plain.out


def test_a_plan_names_its_commit(folder: Path) -> None:
    """And whether the files differ from it; outside git there is none."""
    assert commit_of(folder) == (None, False)
    git(folder, "init", "-q")
    git(folder, "add", "offerings")
    git(folder, "commit", "-q", "-m", "Files")
    head = git(folder, "rev-parse", "HEAD").strip()
    assert commit_of(folder) == (head, False)
    write(folder, "jhsc-fr-01", FRENCH_FILE)
    assert commit_of(folder) == (head, True)


def commit_of(folder: Path) -> tuple[str | None, bool]:
    plan = json.loads(ok(offerctl("plan", "--format", "json", cwd=folder)).out)
    return plan["commit"], plan["dirty"]


def git(folder: Path, *args: str) -> str:
    names = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    who = {f"GIT_{role}_{part}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", *args], cwd=folder, env=environ(folder, **names, **who), capture_output=True, check=True
    )
    return done.stdout.decode()
