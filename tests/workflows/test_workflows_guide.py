"""GITOPS.md, which `init` writes into every repository: each of its blocks is run as it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import textwrap
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from offerctl.backends import open_backend
from offerctl.backends.keeping import KEPT
from offerctl.errors import StateUnavailable
from offerctl.scaffold import documents
from offerctl.scaffold.wheels import LOCK
from offerctl.state import document
from offerctl.state.backend import StateBackend
from support.cloud import make_bucket, s3_environ, s3_server
from support.github import READ
from support.gitserver import PASSWORD, USER
from support.homes import BRANCH, git
from support.hosting import Hosting, hosting
from support.plans import offering
from support.scenario import ENVIRONMENT, SECRETS, sent
from support.states import sealed
from support.wheels import Shop
from support.workflows import CLOUDS, LOCKED, TOKENS, WHEEL

GUIDE = (Path(__file__).parents[2] / ".github" / "GITOPS.md").read_text("utf-8")
PATH = os.environ["PATH"]


def blocks() -> list[tuple[str, str]]:
    """Each fenced block of the guide: its language and its text."""
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", GUIDE, re.MULTILINE | re.DOTALL)
    return [(language, textwrap.dedent(text)) for _, language, text in found]


def block(language: str, words: str) -> str:
    """The one that has these words."""
    [found] = [text for kind, text in blocks() if kind == language and words in text]
    return found


INIT, IMPORT, MOVES, MOVE, UPGRADE = (
    block("sh", words)
    for words in (
        "offerctl init\n",
        "offerctl import",
        "moves to a bucket",
        "state move --from",
        "A newer offerctl",
    )
)
TRUST, RIGHTS = (block("json", words) for words in ("sts:", "s3:"))
FLEET_PLAN, FLEET_APPLY = block("yaml", "  network:\n"), block("yaml", "  apply:\n")
GITLAB, CRON = block("yaml", "script:"), block("crontab", "* * * *")


def test_every_block_is_run() -> None:
    """By the tests of this file, the fleet's by `test_workflows_fleet.py`; a new one needs a test of its own."""
    assert [text for _, text in blocks()] == [
        INIT,
        IMPORT,
        TRUST,
        RIGHTS,
        MOVES,
        MOVE,
        UPGRADE,
        FLEET_PLAN,
        FLEET_APPLY,
        GITLAB,
        CRON,
    ]


def test_the_steps_are_those_that_the_guide_speaks_of() -> None:
    """Ten, and each number in the table of GitHub's plans is that of a step that has it."""
    assert re.findall(r"^(\d+)\. \*\*", GUIDE, re.MULTILINE) == [str(number) for number in range(1, 11)]
    steps = dict(re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^Not every)", GUIDE, re.MULTILINE | re.DOTALL))
    rows = {
        "Code owners": "CODEOWNERS|Code Owners|ruleset",
        "An environment": "environment",
        "*Required reviewers*": "Required reviewers",
        "A merge queue": "merge queue",
        "An organization's": "organization's own\\s+ruleset",
    }
    for row, words in rows.items():
        [numbers] = re.findall(rf"^\| {re.escape(row)}[^|]*\((\d[\d, ]*)\) \|", GUIDE, re.MULTILINE)
        assert all(re.search(words, steps[number]) for number in numbers.split(", ")), row
    order = [number for number, text in steps.items() if "offerctl import" in text or "`offerctl-state`" in text]
    assert order == ["8", "9"], "the state's branch is protected after the import, which pushes to it"
    assert "**Active**" in steps["7"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's home, with a name for commits."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text("[user]\nname = A person\nemail = person@provider.example\n")
    return folder


def sh(
    script: str,
    folder: Path,
    env: Mapping[str, str],
    *,
    shell: tuple[str, ...] = ("bash", "-eo", "pipefail", "-c"),
) -> subprocess.CompletedProcess[str]:
    """A script with exactly this environment."""
    return subprocess.run(
        [*shell, script], cwd=folder, env=dict(env), capture_output=True, text=True, check=False, timeout=120
    )


def there(text: str) -> str:
    """The guide's environment has another name in the tests' repository."""
    return text.replace("prod", ENVIRONMENT)


@pytest.fixture
def it(tmp_path: Path, shop: Shop) -> Iterator[Hosting]:
    """A repository as `init` leaves it, with two courses that are listed."""
    with hosting(tmp_path) as host:
        shop.init(host.work)
        host.begin(offering("en-01"), offering("en-02"))
        yield host


@pytest.mark.deep
def test_a_repository_is_begun_and_brought_up_to_date(tmp_path: Path, home: Path, shop: Shop) -> None:
    """Step 1, and what a newer version is taken by: both end with a commit that has all."""
    bare, work = tmp_path / "origin.git", tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(bare))
    git(tmp_path, "clone", "--quiet", str(bare), str(work))
    env = {"PATH": f"{shop.user.programs}{os.pathsep}{PATH}", "HOME": str(home)}
    done = sh(INIT, work, env)
    assert done.returncode == 0, done.stderr
    names = git(bare, "ls-tree", "-r", "--name-only", "main").splitlines()
    assert {".github/workflows/apply.yml", ".github/wheels/offerctl.txt", "offerctl.toml"} <= set(names)

    plan = work / ".github" / "workflows" / "plan.yml"
    newest = plan.read_text("utf-8")
    plan.write_text("# Mine\n" + newest, "utf-8")
    (work / ".github" / "dependabot.yml").unlink()
    done = sh(UPGRADE, work, env)
    assert done.returncode == 0, done.stderr
    assert git(work, "status", "--porcelain") == ""
    assert plan.read_text("utf-8").startswith("# Mine\n")
    assert (work / ".github" / "dependabot.yml").exists()


@pytest.mark.deep
def test_what_is_listed_already_is_taken_over(tmp_path: Path, home: Path, shop: Shop) -> None:
    """Step 8, by a person whose push makes the state's branch; it sends nothing."""
    with hosting(tmp_path) as it:
        shop.init(it.work)
        it.write(offering("en-01"), offering("en-02"))
        env = {"PATH": f"{shop.user.programs}{os.pathsep}{PATH}", "HOME": str(home), **SECRETS}
        done = sh(there(IMPORT), it.work, env)
        assert done.returncode == 0, done.stderr
        assert set(it.state().listings) == {"en-01", "en-02"}
        assert "2 to settle" in done.stdout
        assert it.wire.seen == []


# A bucket


def test_the_role_trusts_the_environment_alone() -> None:
    """Of one repository, for the audience that the workflows ask for; and the guide has the other subjects."""
    [statement] = json.loads(TRUST)["Statement"]
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": TOKENS["s3"][0],
            f"{issuer}:sub": "repo:OWNER/REPOSITORY:environment:marketplace",
        }
    }
    assert statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    prose = GUIDE.partition("## A state in a bucket")[2].partition("## A newer offerctl")[0]
    assert "repo:OWNER/REPOSITORY:pull_request" in prose
    assert f"`{TOKENS['az'][0]}`" in prose
    variables = {name for cloud in CLOUDS.values() for name, value in cloud.items() if "vars." in value}
    assert {name for name in variables if f"`{name}`" not in prose} == set()


def asked(server: str, service: str, **query: str) -> str:
    """What AWS's own services answer, of the server's account."""
    signed = (
        f"AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=x"
    )
    url = f"{server}/?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, data=b"", headers={"Authorization": signed}, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return cast("bytes", answer.read()).decode()


def role(server: str, name: str, rights: str) -> dict[str, str]:
    """The variables of a session of a new role, which has these rights and the guide's trust."""
    asked(server, "iam", Action="CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    asked(server, "iam", Action="PutRolePolicy", RoleName=name, PolicyName="states", PolicyDocument=rights)
    arn = f"arn:aws:iam::123456789012:role/{name}"
    who = {"RoleArn": arn, "RoleSessionName": "a-job", "WebIdentityToken": "a.b.c"}
    answer = asked(server, "sts", Action="AssumeRoleWithWebIdentity", **who)
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    key, secret, token = (re.findall(f"<{part}>(.*?)</{part}>", answer)[0] for part in names)
    return {
        **s3_environ(server),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }


@pytest.mark.deep
def test_the_rights_are_enough_and_a_readers_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server that keeps to them: one role has a state's whole life, the other reads it and is refused."""
    with s3_server() as server:
        bucket = make_bucket(server)
        granted = json.loads(RIGHTS.replace("BUCKET", bucket))
        granted["Statement"][1]["Resource"] = ["arn:aws:s3:::" + name for name in (bucket, f"{bucket}/*")]
        # Both, as moto asks for the bucket's where S3 asks for each object's, when several are deleted at once.
        writer = role(server, "writer", json.dumps(granted))
        granted["Statement"][1]["Action"].remove("s3:PutObject")
        granted["Statement"][1]["Action"].remove("s3:DeleteObject")
        reader = role(server, "reader", json.dumps(granted))
        rights = {"Content-Type": "text/plain"}
        strict = urllib.request.Request(f"{server}/moto-api/reset-auth", data=b"0", headers=rights, method="POST")
        urllib.request.urlopen(strict, timeout=30).close()

        def backend(who: Mapping[str, str]) -> StateBackend:
            for name, value in who.items():
                monkeypatch.setenv(name, value)
            return open_backend(f"s3://{bucket}/offerctl/", root=tmp_path, environment="prod")

        home = backend(writer)
        assert home.read() is None
        version = None
        for serial in range(1, 24):  # beyond what is kept, so that the oldest is deleted
            version = home.write(sealed(serial, f"run-{serial}"), version)
        home = backend(reader)
        found = home.read()
        assert found is not None
        assert len([*home.history()]) == KEPT
        with pytest.raises(StateUnavailable, match="access was denied"):
            home.write(sealed(24, "a-reader"), found[1])
        assert backend(writer).read() == found
        with pytest.raises(StateUnavailable, match="access was denied"):
            backend({**writer, "AWS_SESSION_TOKEN": "", "AWS_ACCESS_KEY_ID": "nobody"}).read()


@pytest.mark.deep
def test_a_state_moves_from_the_branch_to_a_bucket(
    it: Hosting, shop: Shop, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the guide has it: the upgrade in a commit, then the move by the repository's own offerctl."""
    with s3_server() as server:
        for name, value in s3_environ(server).items():
            monkeypatch.setenv(name, value)
        bucket = f"s3://{make_bucket(server)}/offerctl/"
        local = {"endpoint": server, "allow_http": True}
        it.configure(state=bucket, **local)
        env = {"PATH": f"{shop.user.programs}{os.pathsep}{PATH}", "HOME": str(home), **s3_environ(server)}
        done = sh(MOVES, it.work, env)
        assert done.returncode == 0, done.stderr
        assert git(it.work, "status", "--porcelain") == ""
        assert "AWS_ROLE_ARN" in (it.work / ".github" / "workflows" / "apply.yml").read_text("utf-8")
        # What offerctl.sh leaves, once it has installed the new lock.
        wanted = "".join((it.work / name).read_text("utf-8") for name in (documents.DEPENDENCIES, LOCK))
        assert "\nobstore==" in wanted
        (shop.user.folder / "installed").write_text(wanted, "utf-8")
        (it.work / ".git" / "offerctl").symlink_to(shop.user.folder)
        done = sh(there(MOVE), it.work, env)
        assert done.returncode == 0, done.stderr
        assert f"Moved the state of {ENVIRONMENT}" in done.stdout
        where = open_backend(bucket, root=it.work, environment=ENVIRONMENT, endpoint=server, allow_http=True)
        found = where.read()
        assert found is not None
        assert set(document.parse(found[0]).listings) == {"en-01", "en-02"}
        assert it.wire.seen == []


# GitLab


def test_gitlab_gives_a_merge_request_nothing() -> None:
    """The token that writes the state, and the way to use it, stand in the job of main alone."""
    jobs = yaml.safe_load(GITLAB)
    written = [str(job) for name, job in jobs.items() if name != "apply"]
    assert not any(re.search(r"STATE_TOKEN|set-url|OFFERCTL_(API|BEARER|CLIENT)", text) for text in written)
    assert jobs["apply"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "when": "manual"}]
    assert "${" not in GITLAB
    assert jobs["variables"]["GIT_DEPTH"] == "0"  # a shallow clone cannot tell what it would undo
    pip = [line for line in jobs["default"]["before_script"] if "pip" in line]
    assert pip == [f"{LOCKED}{documents.DEPENDENCIES}", WHEEL]
    prose = GUIDE.partition("## GitLab CI")[2].partition("```")[0]
    assert "*protected*" in prose
    assert "OFFERCTL_ALLOWED_BASE_URL" in prose


class Pipeline:
    """GitLab's runner in small: a clone for each job (GIT_DEPTH), whose script bash runs line by line."""

    def __init__(self, it: Hosting, shop: Shop, home: Path) -> None:
        self.jobs: Mapping[str, Any] = yaml.safe_load(GITLAB)
        self.it, self.shop, self.home = it, shop, home
        host = it.runner.server_url.removeprefix("http://")
        (home / ".gitconfig").write_text(
            f'[url "http://{USER}:{PASSWORD}@{host}/"]\ninsteadOf = https://state:the-token@gitlab.example/\n'
            f'[url "http://x-access-token:{READ}@{host}/"]\ninsteadOf = https://gitlab-ci-token:x@gitlab.example/\n'
        )

    def run(
        self, name: str, ref: str, *, artifacts: Path | None = None, **given: str
    ) -> tuple[subprocess.CompletedProcess[str], Path]:
        """A job on a branch: how it ended, and its folder."""
        job, folder = self.jobs[name], self.home.parent / f"{name}-{ref}"
        environment = {
            "PATH": f"{self.shop.machine.programs}{os.pathsep}{PATH}",
            "HOME": str(self.home),
            "CI": "true",
            "CI_SERVER_HOST": "gitlab.example",
            "CI_PROJECT_PATH": "provider/listings",
            **self.shop.house.pip,
            **self.jobs["variables"],
            "OFFERCTL_ENV": there(self.jobs["variables"]["OFFERCTL_ENV"]),
            **given,
        }
        url = "https://gitlab-ci-token:x@gitlab.example/provider/listings.git"
        depth = int(self.jobs["variables"].get("GIT_DEPTH", "20"))
        cut = f"--depth {depth} " if depth else ""
        clone = f"git clone --quiet {cut}--branch {ref} {url} {folder} && git -C {folder} checkout -q --detach"
        assert (done := sh(clone, self.home, environment)).returncode == 0, done.stderr
        for path in self.jobs["plan"]["artifacts"]["paths"] if artifacts is not None else ():
            shutil.copy(artifacts / path, folder)
        return sh("\n".join([*self.jobs["default"]["before_script"], *job["script"]]), folder, environment), folder


@pytest.mark.deep
def test_gitlabs_pipeline_plans_and_applies(it: Hosting, shop: Shop, home: Path) -> None:
    """A merge request is planned without any secret; on main the saved plan is applied, by the protected ones."""
    pipeline = Pipeline(it, shop, home)
    git(it.work, "checkout", "--quiet", "-b", "price")
    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    it.commit()
    git(it.work, "push", "--quiet", "origin", "price")
    planned, _ = pipeline.run("plan", "price")
    assert planned.returncode == 0, planned.stderr
    assert "$199.00" in planned.stdout
    git(it.work, "push", "--quiet", "origin", "price:main")
    saved, folder = pipeline.run("plan", "main")
    assert saved.returncode == 0, saved.stderr
    assert it.wire.seen == []
    protected = {**SECRETS, "STATE_TOKEN": "the-token", "OFFERCTL_ALLOWED_BASE_URL": it.wire.url}
    applied, _ = pipeline.run("apply", "main", artifacts=folder, **protected)
    assert applied.returncode == 0, applied.stderr
    assert sent(it.wire.seen) == [("PATCH", "en-01")]
    assert it.listings()["en-01"].price == Decimal(249)
    assert git(it.bare, "log", "-1", "--format=%s", BRANCH)


# Cron


def test_the_crontab_is_one() -> None:
    """Variables in front, one line each, and a schedule whose command cron takes whole: `%` would end it."""
    *variables, last = CRON.splitlines()
    assert all(re.fullmatch(r"[A-Z_]+=\S+", line) for line in variables)
    assert re.fullmatch(r"(\*/10|\*)( \*){4} [^%]+", last)


@pytest.mark.deep
def test_cron_applies_what_is_on_main_and_tells_failures_alone(it: Hosting, shop: Shop, home: Path) -> None:
    """With cron's own environment and shell: what the crontab gives and nothing else."""
    *lines, last = CRON.splitlines()
    given = dict(line.split("=", 1) for line in lines)
    given |= {"OFFERCTL_ALLOWED_BASE_URL": it.wire.url, **SECRETS}
    environment = {"HOME": str(home), "LOGNAME": "person", "SHELL": "/bin/sh", **given}
    command = there(last.split(" ", 5)[5])
    clone = home / "offers"
    git(home, "clone", "--quiet", str(it.bare), str(clone))
    # What the first run by hand leaves: the environment that offerctl.sh makes.
    wanted = (clone / documents.DEPENDENCIES).read_text("utf-8") + (clone / LOCK).read_text("utf-8")
    (shop.user.folder / "installed").write_text(wanted, "utf-8")
    (clone / ".git" / "offerctl").symlink_to(shop.user.folder)

    def run() -> subprocess.CompletedProcess[str]:
        return sh(command, home, environment, shell=("/bin/sh", "-c"))

    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    it.push_to_main()
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert it.listings()["en-01"].price == Decimal(249)
    assert sent(it.wire.seen) == [("PATCH", "en-01")]
    quiet = run()
    assert (quiet.stdout, quiet.stderr) == ("", "")

    it.file("offerings/en-01.yaml", "price: cheap\n")
    it.push_to_main()
    mailed = run()
    assert "offerings/en-01.yaml" in mailed.stdout
    assert len(it.wire.seen) == 1
