"""The workflows of a repository whose state is in a bucket: what they must say, and that each guard is missed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offerctl.scaffold import documents
from offerctl.scaffold.reach import Reach, reaches, reaching
from support.tiers import mostly_deep
from support.workflows import text_of, tool, violations

HOMES = [("s3",), ("az",), ("s3", "az")]
NAMES = ("plan", "apply", "reassert")
VARIABLES = "          AWS_ROLE_ARN: ${{ vars.AWS_ROLE_ARN }}\n"
MUTATIONS = [
    ("contents: read", "contents: write"),
    ("      id-token: write # a token for the cloud that holds the state\n", ""),
    ("id-token: write", "id-token: read"),
    ("permissions: {}", "permissions:\n  id-token: write"),
    ("          umask 077\n", ""),
    ("--header @-", '--header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"'),
    ("audience=sts.amazonaws.com", "audience=everybody"),
    ('          rm "$RUNNER_TEMP/answer.json"\n', ""),
    ("${{ vars.AWS_ROLE_ARN }}", "${{ secrets.AWS_ROLE_ARN }}"),
    (VARIABLES, ""),
    (VARIABLES, f"{VARIABLES}          AWS_SECRET_ACCESS_KEY: ${{{{ vars.AWS_SECRET_ACCESS_KEY }}}}\n"),
    ("${{ runner.temp }}/aws.token", "aws.token"),
    ("    steps:\n", "    env:\n      AWS_REGION: ${{ vars.AWS_REGION }}\n    steps:\n"),
    (
        "      - name: Install offerctl\n",
        "      - name: Install offerctl\n        env:\n          AWS_REGION: ${{ vars.AWS_REGION }}\n",
    ),
    ("          AWS_REGION:", '          GIT_CONFIG_COUNT: "1"\n          AWS_REGION:'),
]
"""Each in every one of the three, at every place where it stands."""
OF_SOME = [
    ("apply", "timeout-minutes: 50", "timeout-minutes: 60"),
    ("reassert", "timeout-minutes: 50", "timeout-minutes: 60"),
    ("plan", "            exit 0\n", ""),
    ("apply", "as the first is over\n        if: always()\n", "as the first is over\n"),
]


def of(name: str, clouds: tuple[str, ...], *, git: bool = False) -> str:
    """A workflow as `init` writes it for these."""
    known = tuple(cloud for cloud in ("s3", "az") if cloud in clouds)
    written = documents.documents(offerings="o", schema="s/o.json", reach=Reach(clouds=known, git=git))
    return dict(written)[f".github/workflows/{name}.yml"]


@pytest.mark.parametrize("clouds", HOMES)
@pytest.mark.parametrize("name", NAMES)
def test_every_guard_stands(name: str, clouds: tuple[str, ...]) -> None:
    """The token where it is needed, by variables and no secret, and no right to write what nobody writes."""
    assert violations(name, of(name, clouds), clouds) == []


@pytest.mark.parametrize(("old", "new"), mostly_deep(MUTATIONS, MUTATIONS[:3]))
def test_a_guard_that_is_taken_out_is_missed(old: str, new: str) -> None:
    """In each workflow, wherever it stands."""
    for name in NAMES:
        check_missed(name, old, new)


@pytest.mark.parametrize(("name", "old", "new"), OF_SOME)
def test_a_guard_of_one_workflow_is_missed(name: str, old: str, new: str) -> None:
    """A token for the report, the end before the session's; and that a fork's run goes on without any."""
    check_missed(name, old, new)


def check_missed(name: str, old: str, new: str) -> None:
    """That this edit is noticed, at every place."""
    text = of(name, ("s3",))
    assert old in text, name
    for found in re.finditer(re.escape(old), text):
        assert violations(name, text[: found.start()] + new + text[found.end() :], ("s3",)), text[: found.start()][
            -80:
        ]


@pytest.mark.parametrize("name", NAMES)
def test_a_state_in_git_beside_it_keeps_what_it_needs(name: str) -> None:
    """Another environment of the same repository, say: git's rights stay, and the cloud's come to them."""
    both, alone = of(name, ("s3",), git=True), reaching(text_of(name), Reach())
    assert alone == text_of(name)
    for part in ("branch that holds the state", "GIT_CONFIG_COUNT", "GITHUB_TOKEN: ${{ github.token }}"):
        assert both.count(part) == alone.count(part) > 0
    assert reaches(both, Reach(clouds=("s3",)))
    assert not reaches(both, Reach(clouds=("az",)))


def test_they_fit_githubs_schema(tmp_path: Path) -> None:
    """Both clouds at once; zizmor and GitHub's language service see them in `test_workflows.py`."""
    for name in NAMES:
        (tmp_path / f"{name}.yml").write_text(of(name, ("s3", "az")), "utf-8")
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(tmp_path.iterdir()))
    assert done.returncode == 0, done.stdout + done.stderr
