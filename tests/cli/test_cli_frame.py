"""The command line's frame: options, help, failures, exit codes."""

from __future__ import annotations

import errno
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from offerctl import __version__, cli, console
from offerctl.app import host
from offerctl.app.session import Session
from offerctl.cli import failure, options
from offerctl.cli.group import Entry, LazyGroup
from offerctl.cli.options import TIME, selecting_options
from offerctl.config.credentials import VARIABLES
from offerctl.console import Console, wants_color
from offerctl.console.job import JobConsole
from offerctl.errors import Exit, OfferctlError, PlanStale, StateLocked
from offerctl.plan import Options
from offerctl.render.style import COLOR, PLAIN, Tone, sanitize, sanitize_lines
from support.cli import environ, offerctl
from support.desk import Desk
from support.plans import gone, live, offering

ROOT = Path(__file__).resolve().parents[2]
SECRET = "tok-4f9a77c1e2"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], int]:
    """Runs the real entry point with one more command, which raises what it is given."""

    def run(error: BaseException) -> int:
        @click.command()
        def fail() -> None:
            raise error

        monkeypatch.setattr(sys.modules[__name__], "the_command", fail, raising=False)
        monkeypatch.setitem(cli.program.entries, "fail", Entry(f"{__name__}:the_command", "Fails."))
        return cli.main(["fail"])

    return run


# Help and usage


def test_alone_it_shows_its_help(tmp_path: Path) -> None:
    """`offerctl` is `offerctl --help`, and no error."""
    alone, asked = offerctl(cwd=tmp_path), offerctl("--help", cwd=tmp_path)
    assert (alone.code, alone.out, alone.err) == (0, asked.out, "")
    assert alone.out.startswith("Usage: offerctl [OPTIONS] COMMAND")


@pytest.mark.parametrize("args", [["--version"], ["--config", "nowhere.toml", "--version"]])
def test_the_version_needs_nothing_else(tmp_path: Path, args: list[str]) -> None:
    """`--version` answers before anything is read."""
    done = offerctl(*args, cwd=tmp_path)
    assert (done.code, done.out) == (0, f"offerctl {__version__}\n")


def test_help_lists_every_command_that_there_is() -> None:
    """A command of the table stands in the help with its line, under its heading."""
    context = click.Context(cli.program, info_name="offerctl")
    text = cli.program.get_help(context)
    for heading, entries in cli.program.sections.items():
        assert f"\n{heading}:\n" in text
        for name, entry in entries.items():
            assert any(line.split() == [name, *entry.help.split()] for line in text.splitlines())


@pytest.mark.parametrize("group", ["state", "ci"])
def test_a_group_alone_shows_its_help(tmp_path: Path, group: str) -> None:
    """As the program does; `-h` is `--help` everywhere, and a mistyped command of the group names the nearest."""
    alone = offerctl(group, cwd=tmp_path)
    assert (alone.code, alone.err) == (0, "")
    for flag in ("--help", "-h"):
        assert offerctl(group, flag, cwd=tmp_path) == alone
    first = {"state": "list", "ci": "plan"}[group]
    mistyped = offerctl(group, f"{first}x", cwd=tmp_path)
    assert mistyped.code == 1
    said = f"Error: No such command '{first}x'. Did you mean {first}? See: offerctl {group} --help\n"
    assert (mistyped.out + mistyped.err).endswith(said)


def test_every_entry_of_a_table_leads_to_its_command() -> None:
    """What help and completion promise can be called, by that name."""
    groups = [command for _, command in commands() if isinstance(command, LazyGroup)]
    assert {group.name for group in groups} == {"program", "state", "ci"}
    for group in groups:
        for name in group.entries:
            command = group.get_command(click.Context(group), name)
            assert isinstance(command, click.Command)
            assert command.name == name


def test_every_command_explains_itself_and_each_option() -> None:
    """No command and no option without a text of help; short lines end with a full stop."""
    for path, command in commands():
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.opts}"


def test_the_first_line_of_a_command_is_a_sentence() -> None:
    """Both in the table and in the command itself."""
    for entry in cli.program.entries.values():
        assert entry.help.endswith("."), entry
    for path, command in commands():
        assert (command.help or "").strip().splitlines()[0].endswith("."), path


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--colour", "never"], "No such option '--colour'. Did you mean '--color'? See: offerctl --help"),
        (["--color", "pink"], "Invalid value for '--color'"),
        (["-q", "-v", "explain"], "--quiet and --verbose contradict each other."),
        (["--chdir", "nowhere", "explain"], "Directory 'nowhere' does not exist."),
        (["zzz"], "No such command 'zzz'. See: offerctl --help"),
    ],
)
def test_bad_usage_is_one_clear_line_and_exit_1(tmp_path: Path, args: list[str], said: str) -> None:
    """Click's 2 would mean "there are changes" here."""
    done = offerctl(*args, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_mistyped_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """`aplly` is told of `apply`, without importing either."""
    sections = {"Work": {"apply": Entry("offerctl.cli.group:LazyGroup", "Applies.")}}
    group = LazyGroup("offerctl", sections=sections)
    with pytest.raises(click.UsageError, match=r"No such command 'aplly'\. Did you mean apply\?"):
        group.main(["aplly"], standalone_mode=False)
    assert capsys.readouterr().out == ""


# Failures


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OfferctlError("no"), Exit.ERROR),
        (PlanStale("files moved on"), Exit.TRY_AGAIN),
        (StateLocked("another run"), Exit.TRY_AGAIN),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (click.UsageError("bad"), Exit.ERROR),
        (EOFError(), Exit.ERROR),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), Exit.ERROR),
        (PermissionError(errno.EACCES, "Permission denied", "state.json"), Exit.ERROR),
        (ZeroDivisionError("oh"), Exit.ERROR),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_each_failure_has_its_exit_code(
    failing: Callable[[BaseException], int],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
) -> None:
    """And none shows a traceback."""
    assert failing(error) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err


def test_an_error_is_told_with_its_way_on(
    failing: Callable[[BaseException], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Message behind `Error:`, hint on a line of its own, both on standard error."""
    failing(OfferctlError("jhsc-en-01 is gone", hint="offerctl plan shows it"))
    assert capsys.readouterr().err == "Error: jhsc-en-01 is gone\nofferctl plan shows it\n"


def test_error_text_is_inert(failing: Callable[[BaseException], int], capsys: pytest.CaptureFixture[str]) -> None:
    """What a server or a file name smuggles into a message does not reach the terminal."""
    failing(OfferctlError("refused: \x1b[2J\u202e\rok", hint="\x07"))
    assert capsys.readouterr().err == "Error: refused: \\x1b[2J\\u202e\\rok\n\\x07\n"


def test_a_missing_file_is_named(
    failing: Callable[[BaseException], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The system's own errors are told as file and reason."""
    failing(FileNotFoundError(errno.ENOENT, "No such file or directory", "plan.json"))
    assert capsys.readouterr().err == "Error: plan.json: No such file or directory\n"


def test_a_bug_leaves_a_private_report_without_secrets(
    failing: Callable[[BaseException], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """One line with the place of the details, which hold the traceback, but no credential and no local value."""
    monkeypatch.setenv("OFFERCTL_API_SECRET", SECRET)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert failing(TypeError(f"header BLN secret={SECRET}")) == Exit.ERROR
    said = capsys.readouterr().err
    [details] = tmp_path.iterdir()
    assert said.startswith(f"Error: offerctl failed in a way it should not (TypeError). Details: {details}\n")
    text = details.read_text("utf-8")
    assert "Traceback" in text
    assert "header BLN secret=[hidden]" in text
    assert SECRET not in text + said
    assert details.stat().st_mode & 0o777 == 0o600


def test_a_bug_is_told_even_where_no_report_can_be_written(
    failing: Callable[[BaseException], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A temporary folder that is gone does not hide the failure."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    failing(TypeError("x"))
    assert capsys.readouterr().err == "Error: offerctl failed in a way it should not (TypeError).\n"


def test_longer_secrets_are_hidden_before_their_parts() -> None:
    """One secret may begin with another."""
    environ = {"OFFERCTL_API_KEY": "abc", "OFFERCTL_API_TOKEN": "abcdef"}
    assert failure.scrubbed("abcdef abc", environ) == "[hidden] [hidden]"


@pytest.mark.parametrize("name", sorted({*chain.from_iterable(VARIABLES.values()), "GITHUB_TOKEN"}))
def test_every_credential_is_hidden(name: str) -> None:
    """Whatever the configuration knows as a way to authenticate, and the token of the workflows."""
    assert failure.scrubbed(f"header {SECRET}", {name: f" {SECRET}\n"}) == "header [hidden]"


def test_a_bug_is_told_even_where_the_installation_is_broken(
    failing: Callable[[BaseException], int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where not even the names of the credentials can be had, no details are written."""
    monkeypatch.setitem(sys.modules, "offerctl.config.credentials", None)
    failing(ImportError("x"))
    assert capsys.readouterr().err == "Error: offerctl failed in a way it should not (ImportError).\n"


# Streams and colour


def test_a_reader_that_leaves_does_not_disturb(tmp_path: Path) -> None:
    """After `| head` has gone the command goes on, says nothing and keeps its exit code."""
    script = (
        "from offerctl.console import Console\n"
        "import sys\n"
        "for _ in range(20000): Console().out('x' * 80)\n"
        "Console().data(b'y' * 200000)\n"
        "sys.exit(4)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environ(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.read(10)
    child.stdout.close()
    assert child.wait(60) == 4
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stderr.close()


@pytest.mark.parametrize("settings", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}])
def test_french_text_never_ends_a_command(tmp_path: Path, settings: dict[str, str]) -> None:
    """Where the stream cannot show é, it is spelled."""
    (tmp_path / "offerctl.toml").write_text("[environments.é]\n", "utf-8")
    script = (
        "from offerctl.console import Console, prepare_streams\n"
        "prepare_streams(); Console().out('Première'); Console().error('détruit')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ(tmp_path, **settings), capture_output=True, check=True
    )
    assert done.stdout in {"Première\n".encode(), b"Premi\\xe8re\n"}
    assert done.stderr in {"Error: détruit\n".encode(), b"Error: d\\xe9truit\n"}


def test_closed_streams_do_not_crash(tmp_path: Path) -> None:
    """`offerctl >&- 2>&-` is odd, and no error."""
    script = f'exec "{sys.executable}" -m offerctl --version >&- 2>&-'
    done = subprocess.run(["sh", "-c", script], env=environ(tmp_path), cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "color"),
    [
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"TERM": "xterm"}, True, True),
        ("auto", {}, False, False),
    ],
)
def test_who_decides_on_colour(
    *, choice: console.ColorChoice, environ: dict[str, str], terminal: bool, color: bool
) -> None:
    """`--color`, then NO_COLOR, FORCE_COLOR, TERM=dumb, then whether it is a terminal."""
    assert wants_color(choice, environ, terminal=terminal) is color


def test_a_terminal_gets_colour_and_a_pipe_does_not(tmp_path: Path) -> None:
    """The same failing command on a pseudo-terminal and on a pipe."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "offerctl", "zzz"]
    subprocess.run(
        command,
        env=environ(tmp_path, TERM="xterm"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    assert b"\x1b[1;31mError:\x1b[0m No such command" in os.read(ours, 4096)
    os.close(ours)
    assert "\x1b" not in offerctl("zzz", cwd=tmp_path).err


def test_quiet_keeps_results_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """`-q` drops commentary and warnings only; `-v` adds details."""
    for one in (Console(quiet=True), Console(verbose=True)):
        one.out("result")
        one.info("commentary")
        one.warn("careful")
        one.detail("GET /")
        one.error("broken")
    said = capsys.readouterr()
    assert said.out == "result\nresult\ncommentary\n"
    assert said.err == "Error: broken\nWarning: careful\nGET /\nError: broken\n"


def test_a_job_says_all_on_one_stream_and_obeys_nothing_but_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """The stop stands before the first word, our commands outside of it, and after an error it is not lifted."""
    job = JobConsole(verbose=True)
    with pytest.raises(TypeError), job.at_work():  # noqa: PT012 - what is said on the way to the error is the matter
        job.out("result")
        job.detail("GET /")
        job.command("::notice::ours", "::error::ours")
        job.warn("careful")
        raise TypeError
    assert failure.report(PlanStale("stale", hint="again"), job) is Exit.TRY_AGAIN
    failure.report(KeyboardInterrupt(), job)
    said = capsys.readouterr()
    assert said.err == ""
    stop, token = said.out.splitlines()[0], said.out.splitlines()[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    ours = [f"::{token}::", "::notice::ours", "::error::ours", stop]
    told = ["Warning: careful", "Error: stale", "again", "", "Error: interrupted"]
    assert said.out.splitlines() == [stop, "result", "GET /", *ours, *told]
    assert JobConsole()._guard.token != token


def test_a_job_that_ends_well_hears_again(capsys: pytest.CaptureFixture[str]) -> None:
    """And not what is said after that."""
    job = JobConsole()
    with job.at_work():
        pass
    job.error("late")
    stop, resume, again, late = capsys.readouterr().out.splitlines()
    assert (stop, late) == (again, "Error: late")
    assert resume == f"::{stop.removeprefix('::stop-commands::')}::"


def test_paint_and_plain() -> None:
    """A style without colour leaves text alone."""
    assert PLAIN("x", Tone.ADD) == "x"
    assert COLOR("x", Tone.ADD) == "\x1b[32mx\x1b[0m"
    assert COLOR("", Tone.ADD) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CMSST, première partie", "CMSST, première partie"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b]8;;x\x07", "\\x1b]8;;x\\x07"),
        ("abc\u202ecba\u2066", "abc\\u202ecba\\u2066"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\ud83d", "\\ud83d"),
        ("\x85\u2028", "\\x85\\u2028"),
    ],
)
def test_hostile_text_is_spelled_out(text: str, shown: str) -> None:
    """Control, direction and invisible characters show; French stays as it is."""
    assert sanitize(text) == shown
    assert sanitize_lines(f"{text}\nend").endswith("\nend")


# Options


def test_a_folder_and_a_configuration_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config` is read from the folder that `--chdir` names, as git's `-C` does."""
    seen: list[Session] = []

    @click.command()
    @options.pass_session
    def look(session: Session) -> Exit:
        seen.append(session)
        return Exit.CHANGES

    monkeypatch.setattr(sys.modules[__name__], "the_command", look, raising=False)
    monkeypatch.setitem(cli.program.entries, "look", Entry(f"{__name__}:the_command", "Looks."))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "other.toml").write_text('offerings = "elsewhere"\n')
    code = cli.main(["--chdir", "below", "--config", "other.toml", "--color", "never", "-v", "look"])
    assert code == Exit.CHANGES
    [session] = seen
    assert session.directory == tmp_path / "below"
    assert session.config.offerings == tmp_path / "below" / "elsewhere"
    assert session.config is session.config
    assert session.console.verbose


def test_a_broken_configuration_is_no_matter_until_it_is_needed(tmp_path: Path) -> None:
    """Help works beside a file that cannot be read."""
    (tmp_path / "offerctl.toml").write_text("]")
    assert offerctl("--help", cwd=tmp_path).code == 0


def test_variables_stand_for_options(tmp_path: Path) -> None:
    """OFFERCTL_COLOR, and its mistakes are told as the option's."""
    done = offerctl("zzz", cwd=tmp_path, env={"OFFERCTL_COLOR": "always"})
    assert done.err.startswith("\x1b[1;31mError:")
    assert "'--color'" in offerctl("zzz", cwd=tmp_path, env={"OFFERCTL_COLOR": "pink"}).err


def test_no_variable_lifts_a_safety(tmp_path: Path) -> None:
    """Only the documented options have a variable, and click invents none."""
    named = {
        (parameter.name, parameter.envvar)
        for _, command in commands()
        for parameter in command.params
        if parameter.envvar is not None
    }
    assert named <= {
        ("config_file", "OFFERCTL_CONFIG"),
        ("color", "OFFERCTL_COLOR"),
        ("env", "OFFERCTL_ENV"),
        ("parallelism", "OFFERCTL_PARALLELISM"),
        ("lock_timeout", "OFFERCTL_LOCK_TIMEOUT"),
    }
    assert cli.program.context_settings.get("auto_envvar_prefix") is None
    del tmp_path


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("5m", 300.0), ("1h", 3600.0), ("0.5s", 0.5), ("250ms", 0.25), ("0", 0.0)]
)
def test_a_time_has_a_unit(text: str, seconds: float) -> None:
    """`90s`, `5m`; none at all needs none."""
    assert TIME.convert(text, None, None) == seconds


@pytest.mark.parametrize("way", ["option", "variable"])
def test_the_default_lock_timeout_can_be_said(tmp_path: Path, way: str) -> None:
    """What help names as the default is understood: the next complaint is about something else."""
    args = ("--lock-timeout", "0") if way == "option" else ()
    (tmp_path / "offerings").mkdir()
    example = Path(__file__).parents[2] / "offerings" / "jhsc-en-01.yaml"
    (tmp_path / "offerings" / "jhsc-en-01.yaml").write_bytes(example.read_bytes())
    done = offerctl("apply", *args, cwd=tmp_path, env={"OFFERCTL_LOCK_TIMEOUT": "0"} if way == "variable" else {})
    assert (done.code, "There is no terminal to ask at" in done.err) == (1, True), done


@pytest.mark.parametrize("text", ["90", "s", "-1s", "1d", "", "1e3s", "nans", "00", "-0"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A number alone could be minutes."""
    with pytest.raises(click.BadParameter, match="is no time such as 90s or 5m"):
        TIME.convert(text, None, None)


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ([], Options()),
        (["--target", "a", "--target", "b"], Options(target=("a", "b"))),
        (["--exclude", "a", "--reassert"], Options(exclude=("a",), reassert=True)),
        (["--allow-replace", "--allow-deletes", "12"], Options(allow_replace=True, allow_deletes=12)),
        (["--allow-deletes", "all"], Options(allow_deletes="all")),
    ],
)
def test_selecting_options_come_as_one_value(args: list[str], options: Options) -> None:
    """The one that the plan itself carries."""

    @click.command()
    @selecting_options
    def command(options: Options) -> Options:
        return options

    assert command.main(args, standalone_mode=False) == options


def test_deletes_are_a_number_or_all() -> None:
    """`--allow-deletes many` is bad usage."""

    @click.command()
    @selecting_options
    def command(options: Options) -> None:
        del options

    with pytest.raises(click.BadParameter, match="'many' is neither a number nor 'all'"):
        command.main(["--allow-deletes", "many"], standalone_mode=False)


# Completion


def completed(*words: str) -> list[str]:
    """What a shell would offer for the last word."""
    shell = ShellComplete(cli.program, {}, "offerctl", "_OFFERCTL_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_completion_offers_commands_without_importing_them(tmp_path: Path) -> None:
    """As bash asks for it, in a process that is seen to import no command."""
    script = (
        "import sys\nfrom offerctl.cli import main, program\n"
        "try: main([])\n"
        "finally: assert not {e.target.partition(':')[0] for e in program.entries.values()} & set(sys.modules)"
    )
    env = environ(tmp_path, _OFFERCTL_COMPLETE="bash_complete", COMP_WORDS="offerctl ", COMP_CWORD="1")
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == list(cli.program.entries)
    assert (done.returncode, done.stderr) == (0, "")


def test_completion_offers_options() -> None:
    """Those that begin as the word does."""
    assert completed("--ch") == ["--chdir"]


CONFIGURED = '[environments.prod]\nbase_url = "https://marketplace.example"\nnetwork_key = "pro-1"\n'


def test_completion_offers_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration's, and none where it cannot be read."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "offerctl.toml"
    file.write_text(CONFIGURED)
    assert completed("plan", "-e", "p") == ["prod"]
    file.write_text("]")
    assert completed("plan", "-e", "") == []


def test_completion_offers_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the files, whatever else is wrong with them, and of what the state believes to be listed."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(root=tmp_path)
    desk.want(offering("jhsc-en"))
    (tmp_path / "offerings" / "other.yaml").write_text('price: [\n"offeringId": "jhsc-broken"\n', "utf-8")
    desk.keep({"jhsc-old": live(offering("jhsc-old")), "jhsc-gone": gone(offering("jhsc-gone"))})
    ids = ["jhsc-broken", "jhsc-en", "jhsc-old"]
    for words in (["plan", "--why"], ["apply", "--target"], ["plan", "--exclude"], ["history"], ["state", "show"]):
        assert completed(*words, "j") == ids
    assert completed("state", "forget", "jhsc-o") == ["jhsc-old"]
    (tmp_path / ".offerctl" / "local.state.json").write_text("torn", "utf-8")
    assert completed("history", "j") == ["jhsc-broken", "jhsc-en"]
    (tmp_path / "offerctl.toml").write_text("]")
    assert completed("history", "j") == []


def test_completion_offers_codes() -> None:
    """By number, and by name where one is begun."""
    assert "OFR104" in completed("explain", "OFR1")
    assert completed("explain", "ofr104") == ["OFR104"]
    assert completed("explain", "unknown-f") == ["unknown-field"]
    assert {"101", "109"} <= {*completed("explain", "10")} <= {str(number) for number in range(100, 110)}


@pytest.mark.parametrize("command", ["marketplace", "drill"])
def test_completion_offers_dialects(command: str) -> None:
    """By their names."""
    assert completed(command, "--dialect", "d1") == ["D1", "D10", "D11", "D12"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_served(tmp_path: Path, shell: str) -> None:
    """The README's lines for each, and what its script then asks for."""
    assert f"_OFFERCTL_COMPLETE={shell}_source offerctl" in (ROOT / "README.md").read_text("utf-8")
    script = offerctl(cwd=tmp_path, env={"_OFFERCTL_COMPLETE": f"{shell}_source"})
    assert f"_OFFERCTL_COMPLETE={shell}_complete" in script.out
    asked = {"COMP_WORDS": "offerctl explain OFR10", "COMP_CWORD": "OFR10" if shell == "fish" else "2"}
    done = offerctl(cwd=tmp_path, env={"_OFFERCTL_COMPLETE": f"{shell}_complete", **asked})
    assert "OFR104" in done.out


# Facts


def test_who_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The GitHub run, or user@host."""
    assert host.who({"GITHUB_RUN_ID": "1234"}) == "GitHub run 1234"
    monkeypatch.setenv("LOGNAME", "someone")
    assert host.who({}) == f"someone@{os.uname().nodename}"


def test_the_boot_has_one_name() -> None:
    """The same whenever it is asked."""
    first = host.boot_id()
    assert first
    assert host.boot_id() == first


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that there is, with its path."""
    waiting: list[tuple[str, Any]] = [("offerctl", cli.program)]
    while waiting:
        path, command = waiting.pop()
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            waiting += [
                (f"{path} {name}", command.get_command(context, name)) for name in command.list_commands(context)
            ]


def test_an_interrupt_while_the_program_is_being_read_is_no_traceback(tmp_path: Path) -> None:
    """Ctrl-C in the first moments, before anything of ours could catch it."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    env = environ(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "offerctl", "--version"],
        env={**env, "PYTHONPATH": os.pathsep.join([str(tmp_path), env["PYTHONPATH"]])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
