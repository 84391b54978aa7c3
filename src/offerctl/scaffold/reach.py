"""How workflows reach states: the repository's own branch by the job's token, a bucket as a role, without a key.

GitHub signs a token that says which repository and which environment a job is of (OpenID Connect); the cloud gives
a session of a role for it. The token lives five minutes and the session an hour, so a job ends before that, and a
step that comes later asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from offerctl.backends.places import Scheme, is_bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a repository's workflows must reach: the clouds of its buckets; and whether states are in it, too."""

    clouds: tuple[Scheme, ...] = ()
    git: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cloud:
    """What a cloud asks for: who the token is for, and its tools' own variables."""

    name: str
    audience: str
    variables: tuple[tuple[str, str], ...]

    @property
    def token(self) -> str:
        """The token's file, below the runner's temporary folder."""
        return f"{self.name.lower()}.token"


_CLOUDS: Final[dict[Scheme, _Cloud]] = {
    "s3": _Cloud(
        name="AWS",
        audience="sts.amazonaws.com",
        variables=(
            ("AWS_REGION", "${{ vars.AWS_REGION }}"),
            ("AWS_ROLE_ARN", "${{ vars.AWS_ROLE_ARN }}"),
            ("AWS_ROLE_SESSION_NAME", "offerctl-${{ github.run_id }}"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "${{ runner.temp }}/aws.token"),
        ),
    ),
    "az": _Cloud(
        name="Azure",
        audience="api://AzureADTokenExchange",
        variables=(
            ("AZURE_STORAGE_ACCOUNT_NAME", "${{ vars.AZURE_STORAGE_ACCOUNT_NAME }}"),
            ("AZURE_TENANT_ID", "${{ vars.AZURE_TENANT_ID }}"),
            ("AZURE_CLIENT_ID", "${{ vars.AZURE_CLIENT_ID }}"),
            ("AZURE_FEDERATED_TOKEN_FILE", "${{ runner.temp }}/azure.token"),
        ),
    ),
}
_CONTENTS = re.compile(r"^( +)contents: (?:read|write) # .*branch that holds the state\n", re.MULTILINE)
_GIT = re.compile(
    r"(?: +# Git [^\n]*\n)? +GIT_CONFIG_COUNT:[^\n]*\n +GIT_CONFIG_KEY_0:[^\n]*\n +GIT_CONFIG_VALUE_0:[^\n]*\n"
)
"""How git gets the job's token."""
_READS_ONLY = "          GITHUB_TOKEN: ${{ github.token }}\n          GIT_CONFIG_COUNT"
"""In the step that only reads the state: there, git alone needs the token."""
_COMMAND = re.compile(r"^      - name: (?:Plan|Apply|Reassert)\n", re.MULTILINE)
_REPORT = "      - name: What the state holds\n"
_LIMIT = "timeout-minutes: 60\n"
_IN_TIME = "timeout-minutes: 50 # a session of the cloud's role lasts an hour\n"
_OF_A_FORK = """\
          if [ -z "$ACTIONS_ID_TOKEN_REQUEST_URL" ]; then
            echo "There is none for the pull request of a fork: it is validated, and not planned."
            exit 0
          fi
"""


def reach_of(states: Iterable[str]) -> Reach:
    """What these homes ask of workflows; a repository whose configuration names none keeps its state in git."""
    found = set(states)
    clouds: tuple[Scheme, ...] = tuple(
        cloud for cloud in _CLOUDS if any(state.startswith(f"{cloud}://") for state in found)
    )
    return Reach(clouds=clouds, git=not clouds or any(state.split(":")[0] == "git" for state in found))


def reaches(workflow: str, reach: Reach) -> bool:
    """Whether a workflow, as it stands in a repository, reaches these clouds; and git, if it was a cloud's."""
    without_git = "id-token: write" in workflow and "GIT_CONFIG_COUNT" not in workflow
    return all(_variables(_CLOUDS[cloud]) in workflow for cloud in reach.clouds) and not (
        reach.git and without_git
    )


def reaching(workflow: str, reach: Reach) -> str:
    """A workflow of this repository, whose state is in git, as it is where states are in buckets.

    A job gets `id-token: write`, which lets it ask for a token and nothing else, and each step that needs a state
    the cloud's variables. What git needed for the state's branch is taken out where no state is there.
    """
    if not reach.clouds:
        return workflow
    clouds = [_CLOUDS[cloud] for cloud in reach.clouds]
    is_plan = _LIMIT not in workflow
    text = _CONTENTS.sub(lambda found: _permissions(found, reach), workflow).replace(_LIMIT, _IN_TIME)
    first, later = (
        "".join(_asked(cloud, is_plan=is_plan, again=again) for cloud in clouds) for again in (False, True)
    )
    text = _COMMAND.sub(lambda found: first + found[0], text).replace(_REPORT, later + _REPORT)
    variables = "".join(map(_variables, clouds))
    if reach.git:
        return _GIT.sub(lambda found: found[0] + variables, text)
    text = text.replace(_READS_ONLY, "          GIT_CONFIG_COUNT")
    return _GIT.sub(lambda _: variables, text)


def state_setting(template: str, state: str) -> str:
    """The configuration that `init` writes, with that home of the state instead of the usual branch."""
    why = ".github/GITOPS.md, A state in a bucket" if is_bucket(state) else "on that branch of this repository"
    line = f'{f"""state = "{state}" """:<43}# {why}'
    return re.sub(r'^state = "git" +#.*$', lambda _: line, template, flags=re.MULTILINE)


def _permissions(found: re.Match[str], reach: Reach) -> str:
    contents = found[0] if reach.git else f"{found[1]}contents: read # the files\n"
    return f"{contents}{found[1]}id-token: write # a token for the cloud that holds the state\n"


def _variables(cloud: _Cloud) -> str:
    head = f"          # The state is in a bucket: by the token above, as who {cloud.name} is told here.\n"
    return head + "".join(f"          {name}: {value}\n" for name, value in cloud.variables)


def _asked(cloud: _Cloud, *, is_plan: bool, again: bool) -> str:
    """The step that asks GitHub for the job's token; the request's own secret stands on no command line."""
    condition = "        if: always()\n" if again else ""
    name = f"Another token for {cloud.name}, as the first is over" if again else f"Token for {cloud.name}"
    return f"""\
      - name: {name}
{condition}        run: |
{_OF_A_FORK if is_plan else ""}          umask 077
          curl --silent --show-error --fail --retry 3 --max-time 60 --header @- \\
            --output "$RUNNER_TEMP/answer.json" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience={cloud.audience}" \\
            <<<"Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"
          jq --join-output --exit-status .value "$RUNNER_TEMP/answer.json" >"$RUNNER_TEMP/{cloud.token}"
          rm "$RUNNER_TEMP/answer.json"
"""
