"""Git over a hostile working copy: what a pull request writes into it starts nothing, and learns nothing.

Each test first shows that git by itself would have obeyed.
"""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

import offerctl
from offerctl.config import load
from offerctl.git import (
    Git,
    GitDirectory,
    NoRepository,
    is_ignored,
    refuse_git_directories,
    top_of,
    working_copy,
)
from support.checkout import ONE, THREE, TWO, Program, WatchedGit, commit, named, repository
from support.cli import environ
from support.desk import Desk
from support.gitops import Loop
from support.homes import git
from support.ingit import in_git
from support.scenario import SECRETS
from support.strangers import disown, give_away

COMMANDS = [
    ("plan",),
    ("plan", "--why", "en-01"),
    ("apply", "--auto-approve"),
    ("validate",),
    ("validate", "--fix"),
    ("import", "offerings/en-01.yaml"),
    ("state", "rebuild", "--yes"),
]


CONFIG = """\
[core]
    repositoryFormatVersion = 0
    worktree = .
    fsmonitor = PROGRAM
    sshCommand = PROGRAM
[remote "origin"]
    url = ssh://host.example/repository.git
"""


def make_up(folder: Path, program: Program, *, common: bool = False) -> None:
    """What a pull request needs to make a folder a repository: four text files, or these and a `commondir`."""
    inside = folder / "_common" if common else folder
    for name, text in {
        "config": CONFIG.replace("PROGRAM", str(program.path)),
        "refs/heads/.keep": "",
        "objects/pack/.keep": "",
    }.items():
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text(text, "utf-8")
    (folder / "HEAD").write_text("ref: refs/heads/main\n", "utf-8")
    if common:
        (folder / "commondir").write_text("_common\n", "utf-8")


def git_obeys(folder: Path) -> None:
    """Run git as anybody would: to look at the files, and to ask the remote."""
    env = {**environ(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    for command in ("status", "ls-remote"):
        subprocess.run(["git", "-C", folder, command], env=env, capture_output=True, check=False)


def at_a_terminal(command: list[str], env: dict[str, str]) -> None:
    """A command to its end; git starts pagers nowhere else."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs)
    process.wait(timeout=60)
    os.close(theirs)
    os.close(ours)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return repository(tmp_path / "repository", ONE, TWO)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.mark.parametrize("common", [False, True], ids=["four files", "commondir"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_offerings_folder_that_is_a_repository_is_refused(
    desk: Desk, program: Program, command: tuple[str, ...], *, common: bool
) -> None:
    """Its `config` names a program for git to run; every command that reads the files refuses the folder."""
    folder = desk.root / "offerings"
    make_up(folder, program, common=common)
    commit(desk.root)
    git_obeys(folder)
    assert program.ran(), "git itself obeys, or this test shows nothing"
    done = desk.run(*command, **SECRETS)
    assert done.code == 1, str(done)
    assert "made up as a git directory" in done.err
    assert "Take HEAD, objects and refs out of it" in done.err
    assert not program.ran()


def test_a_folder_on_the_way_that_is_a_repository_is_refused(tmp_path: Path, program: Program) -> None:
    """The project lies deeper in its repository, and the folder around it is made up."""
    top = tmp_path / "top"
    around = top / "catalogue"
    desk = repository(top, ONE)
    around.mkdir()
    for name in ("offerctl.toml", "offerings"):
        (top / name).rename(around / name)
    make_up(around, program)
    commit(top)
    git_obeys(around)
    assert program.ran()
    done = Desk(root=around).run("plan")
    assert (done.code, done.out) == (1, "")
    assert "made up as a git directory" in done.err
    assert not program.ran()
    assert desk.root == top


def test_a_repository_below_the_offerings_starts_nothing(desk: Desk, program: Program) -> None:
    """Git is never started in there, nor told to look; the files count as any others."""
    folder = desk.root / "offerings" / "more"
    folder.mkdir()
    (desk.root / "offerings" / "en-02.yaml").rename(folder / "en-02.yaml")
    make_up(folder, program)
    made = commit(desk.root)
    git_obeys(folder)
    assert program.ran()
    assert named(desk) == (made, False)
    assert not program.ran()


def test_a_folder_that_only_holds_such_names_is_no_repository(tmp_path: Path) -> None:
    """HEAD alone, or folders called objects and refs, are anybody's."""
    (tmp_path / ".git").mkdir()
    for names in (["HEAD"], ["objects", "refs"], ["HEAD", "objects"]):
        folder = tmp_path / "-".join(names)
        for name in names:
            (folder / name).mkdir(parents=True)
        refuse_git_directories(folder)
    (tmp_path / "HEAD-objects" / "refs").mkdir()
    with pytest.raises(GitDirectory):
        refuse_git_directories(tmp_path / "HEAD-objects" / "deeper")


def test_a_repository_made_up_above_a_project_stops_and_starts_nothing(tmp_path: Path, program: Program) -> None:
    """In a folder like /tmp any user can do so; git, which would obey it, is not started below it."""
    shared = tmp_path / "shared"
    desk = Desk(root=shared / "work")
    desk.root.mkdir(parents=True)
    desk.configure()
    desk.want(ONE)
    shared.chmod(0o1777)
    make_up(shared, program)
    git_obeys(desk.root)
    assert program.ran()
    assert named(desk) == (None, False)
    for command in (("apply", "--auto-approve"), ("state", "list"), ("validate",)):
        done = desk.run(*command)
        assert (done.code, done.err) == (0, ""), str(done)
    assert not program.ran()


@pytest.mark.parametrize("kind", ["repository", "empty folder", "file", "link"])
def test_a_strangers_git_above_a_project_makes_it_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As anybody can make one in /tmp: git would refuse every command, and their configuration would stop each."""
    shared, work = tmp_path / "shared", tmp_path / "shared" / "work"
    work.mkdir(parents=True)
    shared.chmod(0o1777)
    theirs = shared / ".git"
    match kind:
        case "repository":
            git(shared, "init", "-q")
        case "empty folder":
            theirs.mkdir()
        case "file":
            theirs.write_text("gitdir: /nonexistent\n", "utf-8")
        case _:
            git(tmp_path, "init", "-q")
            theirs.symlink_to(tmp_path / ".git")
    (shared / "offerctl.toml").write_text("no toml", "utf-8")
    disown(shared / "offerctl.toml", monkeypatch)
    disown(theirs, monkeypatch)
    assert working_copy(work) is None
    assert load(cwd=work, environ={}).source is None
    assert not is_ignored(work, "any")
    with pytest.raises(NoRepository):
        _ = Git(work / "deeper").place
    assert top_of((shared,)) is None, "nor in the folder itself, where others may write"
    make_up(work, Program(tmp_path))
    refuse_git_directories(work)


def test_a_strangers_folder_is_no_top_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns a folder decides what stands in it; where all is theirs, as in a container, git decides."""
    work = tmp_path / "theirs" / "work"
    work.mkdir(parents=True)
    for folder in (tmp_path / "theirs", tmp_path / "theirs" / ".git"):
        folder.mkdir(exist_ok=True)
    assert top_of((work, work.parent)) == work.parent
    give_away(work.parent, monkeypatch)
    if os.getuid() == 0:
        assert top_of((work, work.parent)) is None
        os.chown(work, work.parent.stat().st_uid, -1)
    assert top_of((work, work.parent)) == work.parent


def test_filters_and_diff_drivers_of_a_gitattributes_are_not_started(
    desk: Desk, program: Program, tmp_path: Path
) -> None:
    """The user has some, for other files; a pull request's `.gitattributes` would have them run over offerings."""
    home = tmp_path / "home"
    home.mkdir()
    kinds = {"filter": ("clean", "smudge", "process"), "diff": ("command", "textconv")}
    for kind, names in kinds.items():
        for name in names[:2]:
            git(tmp_path, "config", "--file", str(home / ".gitconfig"), f"{kind}.mark.{name}", str(program.path))
    (desk.root / ".gitattributes").write_text("*.yaml filter=mark diff=mark\n", "utf-8")
    made = commit(desk.root)
    desk.want(ONE, TWO)  # the same bytes, but newer than git's index: it would look into them
    subprocess.run(["git", "-C", desk.root, "status"], env=environ(home), capture_output=True, check=True)
    assert program.ran()
    desk.want(ONE, TWO)
    assert named(desk, HOME=str(home)) == (made, False)
    for command in COMMANDS:
        desk.run(*command, HOME=str(home))
    assert not program.ran()


@pytest.mark.parametrize(
    ("variables", "control"),
    [
        ({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "{}"}, ["status"]),
        ({"GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='{}'"}, ["status"]),
        ({"GIT_EXTERNAL_DIFF": "{}"}, ["diff", "HEAD~1"]),
        ({"GIT_PAGER": "{}"}, ["--paginate", "log"]),
        ({"GIT_TRACE": "{}"}, []),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_variables_that_reconfigure_git_reach_no_command(
    desk: Desk, program: Program, variables: dict[str, str], control: list[str]
) -> None:
    """Those of a hook, of a careless profile: none of them has a say."""
    desk.want(THREE)
    made = commit(desk.root)
    given = {name: value.format(program.path) for name, value in variables.items()}
    if control:
        command, env = ["git", "-C", str(desk.root), *control], {**environ(desk.root), **given}
        if "--paginate" in control:
            at_a_terminal(command, env)
        else:
            subprocess.run(command, env=env, capture_output=True, check=False)
        assert program.ran()
    assert named(desk, **given) == (made, False)
    for command_ in COMMANDS:
        desk.run(*command_, **given)
    assert not program.ran()


def test_a_pull_request_that_makes_its_folder_a_repository_is_told_and_runs_nothing(
    it: Loop, program: Program
) -> None:
    """`ci plan` says so in the comment; after a merge all the same, `ci apply` sends nothing."""
    made_up = it.project.root / "offerings"
    it.propose(7, ONE)
    make_up(made_up, program)
    head = it.push("pull-7")
    it.api.pulls[7].head = head
    job = it.plan(7)
    assert job.code == 1, job
    assert "made up as a git directory" in job.log
    assert "made up as a git directory" in it.api.ours(7)[0]
    git_obeys(job.folder / "offerings")
    assert program.ran()
    it.merge(7)
    applied = it.apply()
    assert applied.code == 1, applied
    assert it.wire.seen == []
    assert not program.ran()


def test_no_git_is_given_a_credential_of_the_api(tmp_path: Path) -> None:
    """Not one of all that an apply starts, with the state on a branch; nor any other variable of offerctl's."""
    project = in_git(tmp_path)
    desk = Desk(root=project.root, location="git")
    desk.configure()
    desk.want(ONE, TWO)
    commit(project.root)
    watched = WatchedGit(tmp_path / "bin")
    secrets = {
        **SECRETS,
        "OFFERCTL_BEARER_TOKEN": "bearer-1c0de5",
        "OFFERCTL_CLIENT_ID": "client-77aa01",
        "OFFERCTL_CLIENT_SECRET": "client-secret-5b2f",
    }
    done = desk.run("apply", "--auto-approve", **secrets, PATH=watched.search_path)
    assert done.code == 0, str(done)
    calls = watched.calls()
    assert len(calls) > 10
    for arguments, environment in calls:
        assert not [value for value in secrets.values() if value in environment], arguments
        assert "OFFERCTL_" not in environment
        assert "-c safe.bareRepository=explicit" in arguments
        assert "-c core.fsmonitor=false" in arguments
        assert "-c core.hooksPath=/dev/null" in arguments
        assert "-c protocol.ext.allow=never" in arguments
        assert "--no-pager" in arguments
    tops = {arguments.split()[1] for arguments, _ in calls}
    assert tops == {str(project.root)}


def test_git_is_started_in_one_place_alone() -> None:
    """By six modules: git, macOS's sysctl, offerctl for drills and fleets, pip, and a reader of workbooks."""
    starts = re.compile(
        r"(^|\.)(Popen|check_output|check_call|getoutput|create_subprocess_\w+|exec[lv]\w*|spawn\w*|posix_spawnp?|fork"
        r"|forkpty)$|^subprocess\.|^os\.(system|popen)$|^pty\.spawn$"
    )
    package = Path(offerctl.__file__).parent
    started: dict[str, set[str]] = {}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and starts.search(ast.unparse(node.func)):
                first = ast.unparse(node.args[0]) if node.args else ""
                started.setdefault(path.relative_to(package).as_posix(), set()).add(first)
    ours = {"app/host.py", "app/drill/trial.py", "app/fleet/calls.py", "app/own_wheel.py"}
    assert started.keys() == {*ours, "git/command.py", "sheets/workbook.py"}
    assert started["app/own_wheel.py"] == {
        "[sys.executable, *command, '--wheel-dir', folder, str(sources)]",
    }
    assert started["app/host.py"] == {"['/usr/sbin/sysctl', '-n', name]"}
    assert started["app/drill/trial.py"] == {"sys.executable"}
    assert started["git/command.py"] == {"['git', '-C', str(folder), *_ALWAYS, *arguments]"}


def test_subprocess_is_imported_nowhere_else() -> None:
    """Not under another name either."""
    package = Path(offerctl.__file__).parent
    importing = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {"subprocess", "pty", "multiprocessing"} & {name.split(".")[0] for name in names}:
                importing.add(path.relative_to(package).as_posix())
    assert importing == {
        "app/fleet/calls.py",
        "app/host.py",
        "app/own_wheel.py",
        "git/command.py",
        "sheets/workbook.py",
    }
