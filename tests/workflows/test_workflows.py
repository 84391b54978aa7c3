"""The workflows: schema, zizmor, GitHub's own language service, and the guards that none of them knows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from offerctl.scaffold import documents
from offerctl.scaffold.reach import Reach, reaching
from support.workflows import CREDENTIALS, FOLDER, WORKFLOWS, parsed, text_of, tool, violations

ROOT = FOLDER.parents[1]
HERE = Path(__file__).parent
PERSIST = "persist-credentials: false"
MUTATIONS = [
    ("plan", "  pull_request: #", "  pull_request_target: #"),
    ("plan", "    branches: [main]", "    branches: [main]\n    paths: [offerings/**]"),
    ("plan", ", edited]", "]"),
    ("plan", "  merge_group:\n", ""),
    ("plan", "permissions: {}", "permissions: read-all"),
    ("plan", "contents: read", "contents: write"),
    ("plan", "      pull-requests: write # the comment and its suggestions\n", ""),
    ("plan", "      checks: write # the record of what it showed, which alone is what a merge approves\n", ""),
    ("plan", PERSIST, "persist-credentials: true"),
    ("plan", "fetch-depth: 0 #", "fetch-depth: 2 #"),
    ("plan", "cancel-in-progress: true", "cancel-in-progress: false"),
    ("plan", "github.event.pull_request.number || ", ""),
    ("plan", "    timeout-minutes: 10\n", ""),
    ("plan", "exec offerctl ci", "offerctl ci"),
    ("plan", "path: ${{ steps.plan.outputs.preview }}", "path: ."),
    ("plan", "exec offerctl ci plan", 'exec offerctl ci plan "${{ github.event.pull_request.title }}"'),
    ("plan", " --require-hashes", ""),
    ("plan", "python -I -m pip", "python -m pip"),
    ("plan", "python -I -m pip", "pip"),
    ("plan", " --only-binary :all:", ""),
    ("plan", " --no-index", ""),
    ("apply", "python -I -m pip", "python -m pip"),
    (
        "apply",
        "          OFFERCTL_ALLOWED_BASE_URL: ${{ vars.OFFERCTL_ALLOWED_BASE_URL }} # where they may go\n",
        "",
    ),
    ("reassert", "vars.OFFERCTL_ALLOWED_BASE_URL", "vars.OFFERCTL_BASE_URL"),
    ("plan", "${{ vars.OFFERCTL_ENV }}", "${{ secrets.OFFERCTL_ENV }}"),
    ("plan", "jobs:\n", "env:\n  GITHUB_TOKEN: ${{ github.token }}\njobs:\n"),
    ("plan", "    steps:\n", "    env:\n      GITHUB_TOKEN: ${{ github.token }}\n    steps:\n"),
    ("plan", "    steps:\n", "    environment: marketplace\n    steps:\n"),
    ("plan", "@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0", "@v5.0.0"),
    ("plan", " # v5.6.0", ""),
    ("apply", "    if: github.ref == 'refs/heads/main'\n", ""),
    ("apply", "    environment: marketplace # keeps the credentials, and gives them to main alone\n", ""),
    ("apply", "    branches: [main]\n", "    branches: [main, next]\n"),
    ("apply", "      accept:\n", "      approve:\n"),
    ("apply", "  queue: max\n", ""),
    ("apply", "cancel-in-progress: false", "cancel-in-progress: true"),
    ("apply", "group: offerctl-state", "group: apply"),
    ("apply", "          fetch-depth: 0 # whether this commit was overtaken shows in its history\n", ""),
    ("apply", "        if: always() # also when the step above was cancelled or killed\n", ""),
    ("apply", "exec offerctl history", "offerctl history"),
    ("apply", "exec offerctl history 2>&1", "exec offerctl history"),
    ("reassert", "::stop-commands::", "::debug::"),
    ("apply", "exec offerctl ci apply", "offerctl ci apply"),
    ("apply", '${ACCEPT:+"--accept=$ACCEPT"}', "--accept=${{ inputs.accept }}"),
    ("apply", '${ACCEPT:+"--accept=$ACCEPT"}', '"--accept=$ACCEPT"'),
    ("apply", "issues: write", "issues: read"),
    ("apply", "checks: read", "checks: write"),
    ("apply", "      contents: write # the branch", "      id-token: write\n      contents: write # the branch"),
    ("apply", "secrets.OFFERCTL_API_TOKEN", "secrets.OFFERCTL_API_KEY"),
    ("apply", "    timeout-minutes: 60\n", ""),
    ("apply", PERSIST, "persist-credentials: true"),
    ("reassert", "    if: github.ref == 'refs/heads/main'\n", ""),
    ("reassert", "  queue: max\n", ""),
    ("reassert", "group: offerctl-state", "group: reassert"),
    ("reassert", "      issues: write", "      pull-requests: write\n      issues: write"),
    ("reassert", "        if: always() # also when the step above was cancelled or killed\n", ""),
    ("reassert", "exec offerctl ci reassert", "offerctl ci reassert"),
    ("ci", "permissions: {}", "permissions: write-all"),
    ("ci", "contents: read # the lock", "contents: write"),
    ("ci", "python -I -m pip", "python -m pip"),
    ("ci", " --require-hashes --only-binary", " --only-binary"),
    ("ci", PERSIST, "persist-credentials: true"),
    ("ci", "    timeout-minutes: 180\n", ""),
    ("ci", "  merge_group:\n", ""),
    (
        "ci",
        "        run: exec .ci/run\n",
        "        run: exec .ci/run\n        env:\n          X: ${{ secrets.X }}\n",
    ),
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as `init` writes it; beside its workflows, those of one whose states are in buckets."""
    root = tmp_path_factory.mktemp("elsewhere")
    for name, text in documents.documents(offerings="offerings", schema="schema/offering.schema.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    for name in ("plan", "apply", "reassert"):
        text = reaching(text_of(name), Reach(clouds=("s3", "az"), git=False))
        (root / ".github" / "workflows" / f"{name}-buckets.yml").write_text(text, "utf-8")
    return root


# What linters see


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("vendor.github-workflows", "workflows/*.yml"),
        ("custom.github-workflows-require-timeout", "workflows/*.yml"),
        ("vendor.dependabot", "dependabot.yml"),
        ("vendor.github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml"),
        ("vendor.github-issue-config", "ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_the_files_fit_their_schemas(schema: str, pattern: str) -> None:
    """Those that GitHub publishes, which check-jsonschema carries."""
    files = sorted((ROOT / ".github").glob(pattern))
    assert files
    done = tool("check-jsonschema", "--builtin-schema", schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_check_can_fail(tmp_path: Path) -> None:
    """A key that GitHub does not know is found."""
    (tmp_path / "x.yml").write_text(text_of("plan").replace("runs-on:", "run-on:"))
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", tmp_path / "x.yml").returncode


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_zizmor_finds_nothing(whose: str, request: pytest.FixtureRequest) -> None:
    """With its strictest persona, which counts false alarms too, here and in what `init` writes."""
    folder = ROOT if whose == "ours" else request.getfixturevalue("elsewhere")
    options = ("--offline", "--strict-collection", "--persona=auditor", "--no-progress", "--no-config")
    done = tool("zizmor", *options, folder / ".github")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr


@pytest.mark.node
def test_every_expression_is_one_that_github_can_evaluate(elsewhere: Path, tmp_path: Path) -> None:
    """By GitHub's own language service: contexts, functions, inputs; and it does see what is wrong."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    if not (ROOT / "node_modules" / "@actions" / "languageservice").is_dir():
        pytest.skip("the npm package @actions/languageservice is not installed (npm ci in .ci/node)")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text_of("apply").replace("inputs.accept", "inputs.acept").replace("always()", "alway()"))
    files = [*sorted(FOLDER.glob("*.yml")), *sorted(elsewhere.glob(".github/workflows/*.yml")), wrong]
    done = subprocess.run(
        [node, HERE / "expressions.mjs", *files], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert [message.partition(" ")[2] for message in told.pop(str(wrong))] == [
        "Context access might be invalid: acept",
        "Unrecognized function: 'alway'",
    ]
    assert len(told) == len(files) - 1
    assert all(messages == [] for messages in told.values()), told


def test_the_pipeline_for_gitlab_fits_its_schema(tmp_path: Path) -> None:
    """The one that GITOPS.md shows; `test_workflows_guide.py` runs it."""
    written = dict(documents.documents(offerings="offerings", schema="schema/offering.schema.json"))
    parts = [part.partition("\n```")[0] for part in written[".github/GITOPS.md"].split("```yaml\n")[1:]]
    [pipeline] = [part for part in parts if "script:" in part]
    (tmp_path / "gitlab.yml").write_text(pipeline, "utf-8")
    done = tool("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", tmp_path / "gitlab.yml")
    assert done.returncode == 0, done.stdout + done.stderr


# What linters do not see


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_guard_stands(name: str) -> None:
    """Triggers, permissions, concurrency, main alone, credentials, pins: as they were decided, to the letter."""
    assert violations(name, text_of(name)) == []


@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS)
def test_a_guard_that_is_taken_out_is_missed(name: str, old: str, new: str) -> None:
    """Each is noticed at every place where it stands."""
    text = text_of(name)
    places = text.count(old)
    assert places
    start = 0
    for _ in range(places):
        start = text.index(old, start)
        assert violations(name, text[:start] + new + text[start + len(old) :]) != [], text[:start][-80:]
        start += len(old)


def test_no_other_workflow_exists() -> None:
    """One that is not in the table would have no guard."""
    assert {path.stem for path in FOLDER.iterdir()} == set(WORKFLOWS)


def test_what_ci_starts_exists() -> None:
    """Scripts and modules are in the repository, and the one tool in the lock that is installed before it."""
    lock = (ROOT / ".ci" / "audit.txt").read_text("utf-8")
    started = []
    for job in parsed(text_of("ci"))["jobs"].values():
        for step in job["steps"]:
            if command := re.match(r"exec (?:python -m )?(\S+)", step.get("run", "")):
                started.append(command[1])
                places = (
                    ROOT / command[1],
                    ROOT / step.get("working-directory", ".") / command[1] / "__main__.py",
                )
                assert any(place.is_file() for place in places) or f"\n{command[1]}==" in lock, command[1]
    assert started == [".ci/run", "pip-audit", "model", "mutation"]


def test_plan_has_no_secret() -> None:
    """No secret of any name, no environment, and nothing that stands in a file after it."""
    text = text_of("plan")
    assert "secrets" not in text
    assert "environment:" not in text
    assert not any(name in text for name in CREDENTIALS)
    [job] = parsed(text)["jobs"].values()
    token = [step for step in job["steps"] if "github.token" in str(step)]
    assert [step["name"] for step in token] == ["Plan"]


def test_git_gets_the_token_of_its_step_and_writes_it_nowhere(tmp_path: Path) -> None:
    """The helper answers git's question for that host alone, from the environment."""
    [job] = parsed(text_of("plan"))["jobs"].values()
    [step] = [step for step in job["steps"] if "GITHUB_TOKEN" in step.get("env", {})]
    settings = {name: value for name, value in step["env"].items() if name.startswith("GIT_CONFIG")}
    settings["GIT_CONFIG_KEY_0"] = settings["GIT_CONFIG_KEY_0"].replace(
        "${{ github.server_url }}", "https://git.example"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0", **settings}

    def ask(host: str) -> str:
        return subprocess.run(
            ["git", "credential", "fill"],
            input=f"protocol=https\nhost={host}\n\n",
            env={**environment, "GITHUB_TOKEN": "t-%s-\\n'\"$(x)"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    assert "username=x-access-token\npassword=t-%s-\\n'\"$(x)\n" in ask("git.example")
    assert "password" not in ask("other.example")
    assert list(tmp_path.iterdir()) == []
