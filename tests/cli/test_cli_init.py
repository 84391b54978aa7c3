"""`init` and `new`: a repository that works at once, and nothing of the user's is touched."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from offerctl import __version__, catalog
from offerctl.backends.places import Scheme
from offerctl.catalog.codes import Code
from offerctl.catalog.unread import holds_offering
from offerctl.scaffold import documents
from offerctl.scaffold.reach import Reach
from offerctl.scaffold.record import RECORD
from support.cli import Done, offerctl
from support.wheels import own_wheel

ROOT = Path(__file__).parents[2]
WORKFLOWS = ("plan", "apply", "reassert")
WHEEL = f".github/wheels/offerctl-{__version__}-py3-none-any.whl"
WRITTEN = {
    *(WHEEL, ".github/wheels/offerctl.txt", RECORD, ".github/offerctl.sh"),
    *(f".github/workflows/{name}.yml" for name in WORKFLOWS),
    *(f".github/{name}" for name in ("CODEOWNERS", "GITOPS.md", "PULL_REQUEST_TEMPLATE.md", "dependabot.yml")),
    *(".github/requirements.txt", ".gitignore", ".pre-commit-config.yaml", "offerctl.toml"),
    *(".vscode/extensions.json", ".vscode/settings.json", "schema/offering.schema.json"),
    *("offerings/CODES.md", "offerings/README.md"),
}


def init(*args: str | Path, cwd: Path) -> Done:
    """`offerctl init` with a wheel that was built before, where none lies there yet: a build takes seconds."""
    there = (cwd / ".github" / "wheels" / "offerctl.txt").exists()
    wheel: list[str | Path] = [] if there else ["--wheel", own_wheel()]
    return offerctl("init", *wheel, *args, cwd=cwd)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, without git's and offerctl's own."""
    return {
        name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not (name := path.relative_to(folder).as_posix()).startswith((".git/", ".offerctl/"))
    }


def git_init(folder: Path, branch: str = "main") -> None:
    subprocess.run(["git", "init", "--quiet", "-b", branch, str(folder)], check=True, capture_output=True)


def fill_in(path: Path) -> None:
    """Gives every attribute that `new` left empty a value."""
    values = {
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "JHSC Certification Part One",
        "price": "199.00",
        "courseDuration": "19.5",
        "externalRegistrationUrl": "https://provider.example/register",
    }
    text = path.read_text("utf-8")
    for name, value in values.items():
        text = re.sub(rf"^{name}:$", f"{name}: {value}", text, flags=re.MULTILINE)
    path.write_text(text, "utf-8")


# init


def test_an_id_that_is_free_is_proposed(tmp_path: Path) -> None:
    """`new` alone: the next number after the files', or the first; nothing is written."""
    said = offerctl("new", cwd=tmp_path)
    assert (said.code, said.out) == (1, "")
    assert "such as jhsc-en-01. See:" in said.err
    assert list(tmp_path.iterdir()) == []
    for id_ in ("jhsc-fr-9", "about"):
        assert offerctl("new", id_, cwd=tmp_path).code == 0
    assert "such as jhsc-fr-10. See:" in offerctl("new", cwd=tmp_path).err


def test_init_writes_a_whole_repository_and_lists_it(tmp_path: Path) -> None:
    """Every file stands in the list, and every listed file is there; what to do next follows."""
    done = init(cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert set(tree(tmp_path)) == WRITTEN
    listed = re.findall(r"^  ([.a-z]\S+)$", done.out, re.MULTILINE)
    assert sorted(listed) == sorted(WRITTEN)
    assert f"Wrote {len(WRITTEN)} files:" in done.out
    assert "1. git init --initial-branch main" in done.out
    assert "offerctl new ID" in done.out


def test_init_then_plan_works_at_once(tmp_path: Path) -> None:
    """Without git, without a server, without any edit; and the first course goes all the way."""
    init(cwd=tmp_path)
    plan = offerctl("plan", cwd=tmp_path)
    assert (plan.code, plan.err) == (0, "")
    assert plan.out.startswith("No changes.")
    assert offerctl("new", "jhsc-en-01", cwd=tmp_path).code == 0
    fill_in(tmp_path / "offerings" / "jhsc-en-01.yaml")
    applied = offerctl("apply", "--auto-approve", cwd=tmp_path)
    assert (applied.code, applied.err) == (0, "")
    assert "Apply complete! 1 added" in applied.out


def test_the_real_environment_keeps_its_state_in_git(tmp_path: Path) -> None:
    """In a fresh repository with a remote, a plan for it works before the state's branch exists."""
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(origin)], check=True, capture_output=True)
    work = tmp_path / "work"
    git_init(work)
    subprocess.run(["git", "-C", str(work), "remote", "add", "origin", str(origin)], check=True)
    done = init(cwd=work)
    assert "git init" not in done.out
    settings = tomllib.loads((work / "offerctl.toml").read_text("utf-8"))
    assert settings["environments"]["prod"]["state"] == "git"
    plan = offerctl("plan", "-e", "prod", cwd=work, env={"CI": "true"})
    assert plan.code == 0
    assert plan.err.startswith("Warning: nobody has found out yet how this Marketplace speaks")
    assert plan.err.count("\n") == 1
    assert plan.out.startswith("No changes.")


@pytest.mark.parametrize("branch", ["master", "trunk"])
def test_init_says_that_the_workflows_run_on_main_alone(tmp_path: Path, branch: str) -> None:
    """In a repository whose branch has another name; else nothing would ever be applied, without a word."""
    git_init(tmp_path, branch)
    done = init(cwd=tmp_path)
    assert done.code == 0
    assert (
        f"1. git branch -m {branch} main, and rename it on GitHub if it is there: the workflows run on main"
        in done.out
    )


def test_init_on_a_branch_beside_main_says_where_it_takes_effect(tmp_path: Path) -> None:
    """A remote's main is one; and on main nothing is said."""
    git_init(tmp_path, "offerctl")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@provider.example"]
    for command in (
        ["commit", "--quiet", "--allow-empty", "-m", "x"],
        ["update-ref", "refs/remotes/origin/main", "@"],
    ):
        subprocess.run([*git, *command], check=True, capture_output=True)
    done = init(cwd=tmp_path)
    assert "1. merge this branch, offerctl, into main: the workflows run on main alone" in done.out
    other = tmp_path / "other"
    git_init(other)
    assert "the workflows run on main alone" not in init(cwd=other).out


def test_init_never_overwrites(tmp_path: Path) -> None:
    """What exists is left to the last byte, a dangling link too; the rest is written around it."""
    before = {"offerctl.toml": b"# mine\n", ".gitignore": b"*.log\n", ".github/CODEOWNERS": b"* @me\n"}
    for name, data in before.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / ".pre-commit-config.yaml").symlink_to("elsewhere.yaml")
    (tmp_path / ".github" / "dependabot.yml").symlink_to("/dev/zero")
    (tmp_path / "schema" / "offering.schema.json").mkdir(parents=True)
    done = init(cwd=tmp_path)
    after = tree(tmp_path)
    assert {name: after[name] for name in before} == before
    assert not (tmp_path / "elsewhere.yaml").exists()
    assert set(after) == WRITTEN - {
        ".pre-commit-config.yaml",
        ".github/dependabot.yml",
        "schema/offering.schema.json",
    }
    left = done.out.partition("Left as they are:\n")[2].partition("\n\n")[0].split()
    assert left == sorted(
        [*before, ".pre-commit-config.yaml", ".github/dependabot.yml", "schema/offering.schema.json"]
    )
    assert "add the line .offerctl/ to .gitignore" in done.out


@pytest.mark.deep
def test_init_says_that_a_workflow_of_somebody_else_stands_in_the_place_of_its_own(tmp_path: Path) -> None:
    """Under that name pull requests would never be planned, and nobody would see it."""
    place = tmp_path / ".github" / "workflows"
    place.mkdir(parents=True)
    (place / "plan.yml").write_text("name: capacity planning\n")
    done = init(cwd=tmp_path)
    assert ".github/workflows/plan.yml is not offerctl's, so pull requests are not planned" in done.out
    assert "apply.yml is not" not in done.out
    assert "is not offerctl's" in init(cwd=tmp_path).out
    (place / "plan.yml").unlink()
    assert "is not offerctl's" not in init(cwd=tmp_path).out
    (place / "plan.yml").write_text("run: pip install offerctl && offerctl ci plan\n")
    assert "1. .github/workflows/plan.yml does not install what lies in .github/wheels" in init(cwd=tmp_path).out


def test_init_can_be_run_again(tmp_path: Path) -> None:
    """The second time nothing is written, and that is no error."""
    init(cwd=tmp_path)
    before = tree(tmp_path)
    done = init(cwd=tmp_path)
    assert done.code == 0
    assert "Wrote" not in done.out
    assert "to .gitignore" not in done.out
    assert tree(tmp_path) == before


def test_init_keeps_to_the_configuration_that_is_there(tmp_path: Path) -> None:
    """A table of pyproject.toml is not overruled by an offerctl.toml, and its folders are used."""
    (tmp_path / "pyproject.toml").write_text('[tool.offerctl]\nofferings = "courses"\nschema = "s/o.json"\n')
    done = init(cwd=tmp_path)
    after = tree(tmp_path)
    assert "offerctl.toml" not in after
    assert {"courses/README.md", "s/o.json"} <= set(after)
    assert b'"./s/o.json": ["courses/**/*.yaml"' in after[".vscode/settings.json"]
    assert "  pyproject.toml" in done.out
    offerctl("new", "a-1", cwd=tmp_path)
    assert (
        (tmp_path / "courses" / "a-1.yaml").read_text().startswith("# yaml-language-server: $schema=../s/o.json\n")
    )


@pytest.mark.parametrize("marker", [".git", "offerctl.toml"])
def test_init_refuses_a_folder_inside_of_a_repository(tmp_path: Path, marker: str) -> None:
    """Workflows would not run there; the error names the top."""
    if marker == ".git":
        git_init(tmp_path)
    else:
        (tmp_path / marker).touch()
    inside = tmp_path / "inside"
    inside.mkdir()
    done = init(cwd=inside)
    assert done.code == 1
    assert f"offerctl --chdir {tmp_path} init" in done.err
    assert tree(inside) == {}


def test_init_tells_what_it_cannot_write(tmp_path: Path) -> None:
    """A file where a folder should be is named; nothing is replaced."""
    (tmp_path / ".github").write_text("a file\n")
    done = init(cwd=tmp_path)
    assert done.code == 1
    assert re.fullmatch(r"Error: \S*\.github\S*: .+\n", done.err)
    assert (tmp_path / ".github").read_text() == "a file\n"


# One source


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows_are_this_repositorys_own_but_for_what_they_install(name: str) -> None:
    """One line differs: here the sources, there the wheel that lies in the repository."""
    written = dict(documents.documents(offerings="offerings", schema="schema/offering.schema.json"))
    ours = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text("utf-8").splitlines()
    theirs = written[f".github/workflows/{name}.yml"].splitlines()
    differing = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    [(own, other)] = differing
    assert own.strip() == "python -I -m pip install --no-index --no-deps --no-build-isolation ."
    assert other.strip() == (
        "python -I -m pip install --require-hashes --no-index --no-deps --requirement .github/wheels/offerctl.txt"
    )


def test_no_placeholder_is_left() -> None:
    """Versions and folders are filled in everywhere."""
    for name, text in documents.documents(offerings="offerings", schema="schema/offering.schema.json"):
        assert not re.search(r"VERSION|OFFERINGS|SCHEMA", text), name


@pytest.mark.parametrize("owners", [(), ("@acme/courses",), ("@acme/courses", "@octocat")])
@pytest.mark.parametrize(
    ("schema", "line"),
    [("schema/offering.schema.json", "/schema/"), ("s/a/o.json", "/s/a/"), ("o.json", "/o.json")],
)
def test_code_owners_are_lines_that_github_takes(schema: str, line: str, owners: tuple[str, ...]) -> None:
    """They cover workflows, schema, hooks and the configuration; where nobody is named, each is a comment."""
    written = dict(documents.documents(offerings="offerings", schema=schema, owners=owners))[documents.CODEOWNERS]
    rules = [text.split() for text in written.splitlines() if not text.startswith("#")]
    covered = ["/.github/", line, "/offerctl.toml", "/pyproject.toml", "/.pre-commit-config.yaml"]
    assert rules == ([[path, *owners] for path in covered] if owners else [])
    assert documents.owners_in(written) == owners
    if not owners:
        ready = [text[1:].split() for text in written.splitlines() if text.startswith("#/")]
        assert ready == [[path, "@ORGANISATION/TEAM"] for path in covered]
        assert "offerctl init --owner @ORGANISATION/TEAM" in written


@pytest.mark.parametrize(
    ("include", "line"),
    [
        ("environments", "/environments/"),
        ("a/rather/long/folder/of/all", "/a/rather/long/folder/of/all/"),
        ("our own", "/our\\ own/"),  # otherwise its second word would be the owner
    ],
)
@pytest.mark.parametrize("owners", [(), ("@acme/courses",)])
def test_the_files_of_environments_have_the_owners_of_the_configuration(
    include: str, line: str, owners: tuple[str, ...]
) -> None:
    """They say where credentials go, too; a blank in a path is written as GitHub reads it."""
    without, written = (
        dict(
            documents.documents(
                offerings="offerings", schema="schema/offering.schema.json", owners=owners, include=given
            )
        )[documents.CODEOWNERS].splitlines()
        for given in (None, include)
    )
    wanted = f"{line:<25} @acme/courses" if owners else f"#{line:<25} @ORGANISATION/TEAM"
    at = written.index(wanted)
    assert written[at - 1].lstrip("#").startswith("/offerctl.toml ")
    assert [text for text in written if text != wanted] == without


@pytest.mark.deep
def test_a_folder_of_environments_that_comes_later_gets_its_owners(tmp_path: Path) -> None:
    """By `init --upgrade`, where nobody changed the file."""
    settings = '[environments."pro-*"]\nbase_url = "https://marketplace.example"\nstate = "git"\n'
    (tmp_path / "offerctl.toml").write_text(settings, "utf-8")
    assert offerctl("init", "--owner", "@acme/courses", cwd=tmp_path).code == 0
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "pro-1.toml").write_text('network_key = "pro-1"\n', "utf-8")
    (tmp_path / "offerctl.toml").write_text(f'include = "environments"\n\n{settings}', "utf-8")
    done = offerctl("init", "--upgrade", cwd=tmp_path)
    assert done.code == 0, str(done)
    assert "\n/environments/            @acme/courses\n" in (tmp_path / ".github" / "CODEOWNERS").read_text(
        "utf-8"
    )


def test_this_repository_names_no_owner_that_github_would_not_know() -> None:
    """A line with one owns nothing, and GitHub calls the file wrong."""
    ours = (ROOT / ".github" / "CODEOWNERS").read_text("utf-8")
    rules = [text.split() for text in ours.splitlines() if text.strip() and not text.startswith("#")]
    assert all(re.fullmatch(r"@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?", owner) for _, *who in rules for owner in who)
    assert "ORGANISATION" not in str(rules)


def test_the_page_for_administrators_speaks_of_no_example() -> None:
    """What is said of this repository's invented provider is left out elsewhere."""
    ours = (ROOT / "offerings" / "README.md").read_text("utf-8")
    written = dict(documents.documents(offerings="offerings", schema="schema/offering.schema.json"))
    assert ours == written["offerings/README.md"] + documents.EXAMPLES_NOTE


def test_a_fresh_repository_has_a_course_to_copy(tmp_path: Path) -> None:
    """It is right but for its address, so that nothing is published by a copy that nobody filled in."""
    pages = dict(documents.documents(offerings="offerings", schema="s"))
    [example] = re.findall(r"^```yaml\n(.*?)^```", pages["offerings/README.md"], re.MULTILINE | re.DOTALL)
    path = tmp_path / "jhsc-en-02.yaml"
    path.write_text(example, "utf-8")
    [left] = catalog.load_paths((path,), repo_root=tmp_path).problems
    assert (left.code, left.pointer) == (Code.PLACEHOLDER, "/externalRegistrationUrl")
    path.write_text(re.sub(r"https://\S+", "https://provider.example/register", example), "utf-8")
    assert catalog.load_paths((path,), repo_root=tmp_path).problems == ()
    assert not any(holds_offering(text.encode()) for name, text in pages.items() if name.startswith("offerings/"))
    assert "ends in `.yaml`" in pages["offerings/README.md"]


@pytest.mark.parametrize("clouds", [(), ("s3",)])
def test_what_others_install_is_hashed_and_is_what_is_locked_here(clouds: tuple[Scheme, ...]) -> None:
    """Every runtime dependency, at the version that the tests ran with; no tool of this repository."""
    pattern = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
    reach = Reach(clouds=clouds)
    text = dict(documents.documents(offerings="o", schema="s", reach=reach))[".github/requirements.txt"]
    theirs, ours = (
        dict(pattern.findall(text)),
        dict(pattern.findall((ROOT / ".github" / "requirements.txt").read_text("utf-8"))),
    )
    assert theirs.items() <= ours.items()
    assert text.startswith(documents.LOCK_MADE_THERE), "there is no .ci/lock elsewhere"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    extra = {canonicalize_name(Requirement(line).name) for line in project["optional-dependencies"]["cloud"]}
    assert needed | (extra if clouds else set()) <= set(theirs)
    tools = {canonicalize_name(Requirement(line).name) for line in project["optional-dependencies"]["dev"]}
    assert not (tools - (extra if clouds else set())) & set(theirs)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    assert all("--hash=sha256:" in line for line in lines)


def test_the_wheel_carries_what_is_shared() -> None:
    """Each of this repository's own files that `init` writes, at the place where it is looked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    wanted = {name: f"offerctl/scaffold/files/{name}" for name in (*documents.SHARED, "offerings/README.md")}
    assert {source: place for source, place in packed.items() if source != "schema"} == wanted


# new


def test_new_writes_one_file_that_says_what_is_missing(tmp_path: Path) -> None:
    """The schema line for the editor, the id, and nothing that could be listed by mistake."""
    done = offerctl("new", "jhsc-fr-02", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == "Wrote offerings/jhsc-fr-02.yaml. Fill it in, then: offerctl validate\n"
    path = tmp_path / "offerings" / "jhsc-fr-02.yaml"
    assert path.read_text().startswith("# yaml-language-server: $schema=../schema/offering.schema.json\n")
    assert yaml.safe_load(path.read_text()) == {
        "offeringId": "jhsc-fr-02",
        "trainingStandardKey": None,
        "courseName": None,
        "price": None,
        "courseDuration": None,
        "externalRegistrationUrl": None,
    }
    validated = offerctl("validate", "--format", "concise", cwd=tmp_path)
    assert validated.code == 1
    assert validated.out.count("has no value") == 5
    fill_in(path)
    assert offerctl("validate", cwd=tmp_path).code == 0


@pytest.mark.parametrize("id_", ["0123", "12", "1e3", "true", "null", "a.b_c-d"])
def test_new_writes_ids_that_are_read_back_as_they_are(tmp_path: Path, id_: str) -> None:
    """Those that look like numbers or words of YAML stand in quotes."""
    offerctl("new", id_, cwd=tmp_path)
    path = tmp_path / "offerings" / f"{id_}.yaml"
    fill_in(path)
    assert offerctl("validate", cwd=tmp_path).code == 0
    assert f"# {id_} will be added (offerings/{id_}.yaml)" in offerctl("plan", cwd=tmp_path).out


@pytest.mark.parametrize("name", ["jhsc-x.yaml", "jhsc-x.YML", "jhsc-x.yaml.yaml"])
def test_new_takes_the_name_of_a_file_for_its_id(tmp_path: Path, name: str) -> None:
    """It writes that file, not jhsc-x.yaml.yaml."""
    done = offerctl("new", name, cwd=tmp_path)
    assert done.out == "Wrote offerings/jhsc-x.yaml. Fill it in, then: offerctl validate\n"
    assert yaml.safe_load((tmp_path / "offerings" / "jhsc-x.yaml").read_text())["offeringId"] == "jhsc-x"


def test_new_uses_no_id_twice(tmp_path: Path) -> None:
    """Neither a file's name nor an id that a file of another name has."""
    offerctl("new", "a-1", cwd=tmp_path)
    path = tmp_path / "offerings" / "a-1.yaml"
    before = path.read_bytes()
    again = offerctl("new", "a-1", cwd=tmp_path)
    assert (again.code, path.read_bytes()) == (1, before)
    assert "offerings/a-1.yaml exists already" in again.err
    fill_in(path)
    path.rename(path.with_name("course.yaml"))
    taken = offerctl("new", "a-1", cwd=tmp_path)
    assert taken.code == 1
    assert "offerings/course.yaml has the offeringId a-1 already" in taken.err
    alike = offerctl("new", "A-1", cwd=tmp_path)
    assert (
        "offerings/course.yaml has the offeringId a-1, and ids that differ by capital letters alone" in alike.err
    )
    assert [file.name for file in path.parent.iterdir()] == ["course.yaml"]


@pytest.mark.parametrize("id_", ["../up", "a/b", "", ".hidden", "é", "x" * 65])
def test_new_refuses_what_can_be_no_id(tmp_path: Path, id_: str) -> None:
    """Nothing is written, inside of the folder or out of it."""
    work = tmp_path / "work"
    work.mkdir()
    done = offerctl("new", id_, cwd=work)
    assert done.code == 1
    assert tree(tmp_path) == {}
