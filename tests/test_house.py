"""The house's habits, where no linter sees them."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import offerctl
from bench.catalogues import seal_state, write_catalogue
from offerctl import cli
from offerctl.api import DEFAULT
from offerctl.catalog.codes import Code
from offerctl.catalog.explanations import EXPLANATIONS
from offerctl.config import Environment, environment
from offerctl.config.model import LOCAL
from support.cli import environ

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "offerctl").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")

MOST_MODULE_LINES = 300
MOST_FUNCTION_LINES = 40
LONGER: dict[str, str] = {}
"""What may be longer, as `path` or `path::function`, and why."""

# Written in parts, so that this file does not name them.
_HOSTS = "py|pi.org python|hosted.org npm|js.org golang|.org crates|.io deb|ian.org"
HOSTS = _HOSTS.replace("|", "").split()
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`(=:])/(?:home|root|Users|work|opt|mnt)/[\w.]""", re.MULTILINE)
SLOW = {"deepdiff", "httpx", "jinja2", "jsonschema", "starlette", "uvicorn"}
"""Imported where they are needed, by the modules that are their doors."""
DOORS = {"offerctl.client", "offerctl.embedded.app", "offerctl.embedded.preview", "offerctl.embedded.server"}
"""What `app` and `cli` import inside functions: these open the slow ones."""
HEAVY = {
    *SLOW,
    "asyncio",
    "offerctl.app",
    "offerctl.catalog",
    "offerctl.config",
    "orjson",
    "pathlib",
    "tempfile",
    "yaml",
}
"""What the program's own help, version and completion do without: they import no command."""


RARE = {
    *SLOW,
    "asyncio",
    "getpass",
    "tomllib",
    "yaml",
    "offerctl.app.first_run",
    "offerctl.app.holding",
    "offerctl.app.older",
    "offerctl.app.plan_file",
    "offerctl.catalog.examine",
    "offerctl.catalog.source",
    "offerctl.config.credentials",
    "offerctl.console.job",
    "offerctl.git.blobs",
    "offerctl.run",
    "offerctl.state.edits",
}
"""What a plan does without where no file changed and there is no configuration: whoever needs one imports it."""


def files() -> Iterator[Path]:
    """Every file that git has or would take."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
    return (ROOT / name for name in sorted(names) if (ROOT / name).is_file())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones too."""
    tree = ast.parse(path.read_bytes())
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def shown(path: Path) -> str:
    """A path as it stands in the repository."""
    return path.relative_to(ROOT).as_posix()


# What stands in files


def test_no_file_names_a_package_host_or_a_machine_path() -> None:
    """The repository works anywhere, from any index."""
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{shown(path)}: {host}" for host in HOSTS if host in text]
        found += [f"{shown(path)}: {match[0].strip()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_modules_and_functions_stay_small() -> None:
    """300 lines a module, 40 a function (its docstring aside); longer ones have a reason, and need it."""
    longer = set()
    for path in SOURCES:
        if len(path.read_text("utf-8").splitlines()) > MOST_MODULE_LINES:
            longer.add(shown(path))
        for function in functions(path):
            first = function.body[1 if ast.get_docstring(function) is not None else 0 :]
            if first and (function.end_lineno or 0) - first[0].lineno + 1 > MOST_FUNCTION_LINES:
                longer.add(f"{shown(path)}::{function.name}")
    assert longer == set(LONGER)


def test_only_the_console_touches_the_standard_streams() -> None:
    """Everything else returns values, or prints by it; the reader of workbooks is a process of its own."""
    found = []
    for path in SOURCES:
        if shown(path.parent) == "src/offerctl/console" or shown(path) == "src/offerctl/sheets/worker.py":
            continue
        found += [
            f"{shown(path)}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr", "sys.stdin"}
        ]
    assert found == []


OPENERS = {
    *("open", "io.open", "os.open", "os.fdopen", "os.mkfifo", "os.rename", "os.replace", "os.unlink", "os.remove"),
    *("sqlite3.connect", "tempfile.mkstemp", "tempfile.NamedTemporaryFile", "tempfile.TemporaryFile"),
}
OPENING_METHODS = {"read_text", "read_bytes", "write_text", "write_bytes", "touch", "symlink_to", "hardlink_to"}
OPENED_ELSEWHERE = {
    "schemas.py": "the package's own resources",
    "scaffold/documents.py": "the package's own resources",
    "embedded/page.py": "the package's own resources",
    "embedded/preview.py": "the package's own resources",
    "console/__init__.py": "os.devnull, in the place of a stream that takes no more",
}
"""Modules beside `disk` that open files, and which."""
OPENS_NO_FILE = {"self._tokens.open"}
"""Methods of that name without an argument: of access tokens, which are made ready to be asked for."""


def opened_files(source: bytes | str) -> list[str]:
    """The calls that open, replace or remove files: functions by their names, methods of paths by theirs.

    `x.open(...)` is a method of paths where it is given a mode or nothing; other classes' own take something else.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        mode = node.args[0] if node.args else None
        is_open = method == "open" and (
            mode is None or (isinstance(mode, ast.Constant) and isinstance(mode.value, str))
        )
        if name in OPENERS or method in OPENING_METHODS or (is_open and name not in OPENS_NO_FILE):
            found.append(f"line {node.lineno}: {name}")
    return found


def test_only_disk_opens_files() -> None:
    """Bounded, without links, whole or not at all: there is one place where that is seen to."""
    package = ROOT / "src" / "offerctl"
    found: dict[str, list[str]] = {}
    for path in SOURCES:
        name = path.relative_to(package).as_posix()
        if not name.startswith("disk/") and (calls := opened_files(path.read_bytes())):
            found[name] = calls
    assert found.keys() == OPENED_ELSEWHERE.keys(), found


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        *((call, True) for call in ("open('a')", "os.open('a', 0)", "path.open()", "path.open('rb')")),
        *(
            (call, True)
            for call in ("path.read_text()", "(folder / 'a').write_bytes(b'')", "os.replace('a', 'b')")
        ),
        *((call, True) for call in ("sqlite3.connect('a')", "tempfile.mkstemp()")),
        *(
            (call, False)
            for call in ("Workspace.open(session, env)", "disk.read(path, most=9)", "text.replace('a', 'b')")
        ),
    ],
)
def test_what_opens_files_is_found(call: str, is_found: bool) -> None:  # noqa: FBT001 - a table
    """The scan sees each way there is, and takes no other class's method for one."""
    assert bool(opened_files(call)) is is_found


def test_scripts_can_be_run() -> None:
    """What CI starts is executable."""
    for name in ("run", "lock"):
        assert os.access(ROOT / ".ci" / name, os.X_OK), name


# Tests


def test_tests_use_real_parts() -> None:
    """No mock library is imported anywhere."""
    found = []
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            found += [f"{shown(path)}: {name}" for name in names if re.search(r"\bmock\b|pytest_mock", name)]
    assert found == []


def test_every_test_states_a_behaviour() -> None:
    """In its docstring."""
    silent = [
        f"{shown(path)}::{function.name}"
        for path in TESTS
        for function in functions(path)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_test_files_have_names_of_their_own() -> None:
    """Folders without __init__.py share one space of names."""
    counted = Counter(path.name for path in TESTS if path.name.startswith("test_"))
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_skips_turns_a_skip_into_a_failure(tmp_path: Path) -> None:
    """In tests and in whole modules; without the option they are skips, and an expected failure stays one."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text(
        "import pytest\n"
        "def test_skipped(): pytest.skip('needs node')\n"
        "@pytest.mark.xfail(reason='known')\ndef test_known(): assert False\n"
    )
    (tmp_path / "test_two.py").write_text(
        "import pytest\npytest.skip('needs Chromium', allow_module_level=True)\n"
    )
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
    usual = subprocess.run(run, cwd=tmp_path, env=environ(tmp_path), capture_output=True, text=True, check=False)
    assert "2 skipped, 1 xfailed" in usual.stdout
    strict = subprocess.run(
        [*run, "--no-skips", "--continue-on-collection-errors"],
        cwd=tmp_path,
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert strict.returncode == 1
    assert "1 failed, 1 xfailed, 1 error" in strict.stdout
    for reason in ("needs node", "needs Chromium"):
        assert f"skipped, which --no-skips forbids: Skipped: {reason}" in strict.stdout


# Dependencies and versions


def locked() -> dict[str, str]:
    """The versions of the lock by name."""
    lock = (ROOT / ".github" / "requirements.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))


def test_the_lock_fits_the_bounds() -> None:
    """Every dependency that pyproject.toml names is locked, at a version that it permits."""
    project = PROJECT["project"]
    wanted = map(Requirement, chain(project["dependencies"], *project["optional-dependencies"].values()))
    versions = locked()
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} is not locked: run .ci/lock"
        assert requirement.specifier.contains(versions[name]), f"{requirement} but locked at {versions[name]}"


def test_the_lock_is_hashed_and_nothing_else() -> None:
    """Each version has its hashes; there is no option, no address, no path."""
    lock = (ROOT / ".github" / "requirements.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) == len(locked())
    for line in lines:
        assert re.fullmatch(r"\S+==\S+( +; [^:@/]+?)?( +--hash=sha256:[0-9a-f]{64})+", line.rstrip()), line[:80]


def test_there_is_one_version() -> None:
    """pyproject.toml and the package agree; a released one stands in the changelog."""
    version = PROJECT["project"]["version"]
    assert version == offerctl.__version__
    changelog = (ROOT / ".github" / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [version])


# What is called


_CALLED_FROM_OUTSIDE = {
    "capture_signals": "uvicorn calls it",
    "format_commands": "click calls it",
    "get_command": "click calls it",
    "list_commands": "click calls it",
    "shell_complete": "click calls it",
    "put_foreign": "how tests let somebody else list something in the embedded Marketplace",
}


def test_nothing_stands_that_nothing_calls() -> None:
    """Whatever is defined is named elsewhere in production; what only a test would call goes, with its test."""
    named = Counter(chain.from_iterable(re.findall(r"\w+", path.read_text("utf-8")) for path in SOURCES))
    lonely = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_bytes())):
            name = _defined(node)
            if name and not name.startswith("__") and named[name] == 1:
                lonely[name] = shown(path)
    assert {name: path for name, path in lonely.items() if name not in _CALLED_FROM_OUTSIDE} == {}


def _defined(node: ast.AST) -> str | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None


def test_render_gives_text_and_nothing_else() -> None:
    """Each public function: a text, pieces of one, or none where there is nothing to say."""
    text = re.compile(
        r"(?:(?:Iterator|list|tuple)\[)*str(?: \| None)?(?:, (?:str(?: \| None)?|\.\.\.))*\]*(?: \| None)?"
    )
    other = [
        f"{shown(path)}::{function.name} -> {ast.unparse(function.returns) if function.returns else None}"
        for path in SOURCES
        if path.parent.name == "render"
        for function in functions(path)
        if not function.name.startswith("_")
        and not (function.returns and text.fullmatch(ast.unparse(function.returns)))
    ]
    assert other == []


def test_each_of_these_has_one_door() -> None:
    """Guesses at what was meant, workflow commands, and the list of characters that are not seen."""
    doors = {
        r"get_close_matches": {"wording.py"},
        r"%0A": {"render/commands.py"},
        r"(?i)u202e|0x202e|u200b|0x200b": {"characters.py"},
    }
    for pattern, allowed in doors.items():
        found = {
            path.relative_to(ROOT / "src" / "offerctl").as_posix()
            for path in SOURCES
            if re.search(pattern, path.read_text("utf-8"))
        }
        assert found == allowed, pattern


# What is drawn and documented


def test_the_layout_is_drawn_whole() -> None:
    """CONTRIBUTING.md has a row for every module of the package, and for no other."""
    rows = set(re.findall(r"^\| `([a-z_]+)/?` \|", CONTRIBUTING, re.MULTILINE))
    package = ROOT / "src" / "offerctl"
    there = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"__init__", "__main__"}
    assert rows == there


def test_the_import_directions_are_drawn_as_they_are_held() -> None:
    """The drawing and the contract have the same layers, but for those still to come."""
    [layers] = [c["layers"] for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "layers"]
    held = " > ".join(layers[1:]).replace("(", "").replace(")", "")
    assert held in " ".join(CONTRIBUTING.split())


def test_the_map_of_the_tests_is_drawn_whole() -> None:
    """tests/README.md names every harness."""
    drawn = (ROOT / "tests" / "README.md").read_text("utf-8")
    there = {path.stem for path in (ROOT / "tests" / "support").glob("*.py")} - {"__init__"}
    assert {name for name in there if f"support.{name}" not in drawn} == set()


def test_every_problem_code_is_explained() -> None:
    """With a meaning and a text; where there is an example, both what is wrong and what is right."""
    assert set(EXPLANATIONS) == set(Code)
    for code, explanation in EXPLANATIONS.items():
        assert explanation.meaning, code
        assert explanation.text, code
        assert (explanation.wrong is None) == (explanation.right is None), code


@pytest.mark.parametrize("name", ["README.md", ".github/CONTRIBUTING.md"])
def test_documents_name_only_codes_that_exist(name: str) -> None:
    """A code in the text is one that can be explained."""
    named = set(re.findall(r"\bOFR\d{3}\b", (ROOT / name).read_text("utf-8")))
    assert named <= {str(code) for code in Code}


def test_the_readme_tables_every_setting_with_its_default() -> None:
    """And no other; defaults as TOML has them."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    given = {field.name: field.default for field in dataclasses.fields(Environment)}
    required = {"base_url": "", "network_key": ""}
    general = {"default_environment": LOCAL, "offerings": "offerings", "schema": "schema/offering.schema.json"}
    given |= {"collection": DEFAULT.collection, "auth": DEFAULT.auth, "api": "{}", "offerings": "offerings"}
    wanted = {key: given[key] for key in environment.KEYS if key not in {*required, "state"}}
    assert rows.keys() == {*wanted, *required, *general, "state", "include", "silence", "standards", "policy"}
    assert all(rows[key] for key, default in wanted.items() if default is None), "in words"
    for key, default in {**general, **wanted}.items():
        if default is None:
            continue
        text = str(default).lower() if isinstance(default, bool) else str(default).removesuffix(".0")
        assert rows[key].startswith(f"`{text}`"), key


def test_the_readme_has_one_test_command() -> None:
    """The fenced line that ends in pytest: CI runs it to the letter."""
    fenced = re.findall(
        r"^```[^\n]*\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in fenced for line in block.splitlines() if re.search(r"(^|[ /])pytest$", line)]
    assert len(lines) == 1


# Start-up


def imported_by(calls: Sequence[Sequence[str]], folder: Path) -> set[str]:
    """The modules that a process has after these calls, all of which end well."""
    script = (
        "import sys\nfrom offerctl.cli import main\n"
        f"assert not any(main(call) for call in {calls!r})\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environ(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def all_commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The names of every command, those of groups in groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*path, name)
        if isinstance(command := group.get_command(context, name), click.Group):
            yield from all_commands(command, *path, name)


def test_the_programs_help_imports_no_command(tmp_path: Path) -> None:
    """Nor its version: both come from the table, and cost little more than click."""
    assert imported_by([["--help"], ["-h"], ["--version"], []], tmp_path) & HEAVY == set()


def test_no_help_imports_what_is_slow(tmp_path: Path) -> None:
    """A command's help imports the command, but no library that costs a tenth of a second."""
    calls = [[*path, "--help"] for path in all_commands(cli.program)]
    assert ["state", "rebuild", "--help"] in calls
    imported = imported_by(calls, tmp_path)
    assert "offerctl.app.rebuild" in imported
    assert imported & SLOW == set()


def test_a_plan_of_what_did_not_change_imports_nothing_else(tmp_path: Path) -> None:
    """Neither what reads files or a configuration, nor what tells of problems, sends, holds or mends a state."""
    write_catalogue(tmp_path, 2)
    seal_state(tmp_path)
    imported = imported_by([["plan"]], tmp_path)
    assert "offerctl.plan.make" in imported
    assert imported & RARE == set()


def test_imports_stand_at_the_top() -> None:
    """Of use cases and commands, but for what is slow, and what help or an empty plan must not pay for."""
    package = ROOT / "src" / "offerctl"
    inside = set()
    for path in SOURCES:
        if path.relative_to(package).parts[0] not in {"app", "cli"}:
            continue
        for node in chain.from_iterable(map(ast.walk, functions(path))):
            if isinstance(node, ast.ImportFrom):
                inside.add((shown(path), str(node.module)))
            elif isinstance(node, ast.Import):
                inside |= {(shown(path), alias.name) for alias in node.names}
    assert {(path, module) for path, module in inside if module not in DOORS} == {
        ("src/offerctl/app/host.py", "getpass"),
        ("src/offerctl/app/plan.py", "offerctl.app"),
        ("src/offerctl/app/plan.py", "offerctl.app.older"),
        ("src/offerctl/app/plan.py", "offerctl.render.why"),
        ("src/offerctl/app/plan_output.py", "offerctl.render"),
        ("src/offerctl/app/workspace.py", "offerctl.app.first_run"),
        ("src/offerctl/app/workspace.py", "offerctl.render"),
        ("src/offerctl/cli/__init__.py", "offerctl.app.session"),
        ("src/offerctl/cli/__init__.py", "offerctl.console.job"),
        ("src/offerctl/cli/completion.py", "click.shell_completion"),
        ("src/offerctl/cli/completion.py", "offerctl.app.known_ids"),
        ("src/offerctl/cli/plan.py", "offerctl.app.fleet.whole"),
        ("src/offerctl/cli/state/status.py", "offerctl.app.fleet.whole"),
        ("src/offerctl/cli/failure.py", "offerctl.catalog"),
        ("src/offerctl/cli/failure.py", "offerctl.config.credentials"),
        ("src/offerctl/cli/failure.py", "offerctl.render"),
        ("src/offerctl/cli/failure.py", "offerctl.disk"),
        ("src/offerctl/cli/failure.py", "traceback"),
        ("src/offerctl/cli/group.py", "click.shell_completion"),
    }


def test_every_claim_about_security_names_a_test_that_exists() -> None:
    """A row of SECURITY.md whose test went away would be a promise that nobody keeps."""
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (ROOT / ".github/SECURITY.md").read_text("utf-8"))
    assert named
    there = {path.name: {f.name for f in functions(path)} for path in TESTS}
    assert [f"{file}::{test}" for file, test in named if test not in there.get(file, ())] == []


def test_no_shell_is_ever_used() -> None:
    """Programs are started by their arguments; nothing is handed to a shell to be parsed."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert not re.search(r"shell\s*=\s*True|os\.system|os\.popen|getoutput|create_subprocess_shell", text), (
            path
        )
