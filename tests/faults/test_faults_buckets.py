"""The same deaths with the state in a bucket: a lost runner at any request, two runners, a zombie, a bucket away.

`FAULTS=all` runs every request on both clouds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from support.cloud import azure_environ, azure_server, s3_environ, s3_server
from support.inbucket import InBucket, in_bucket
from support.kills import Moment, killed
from support.scenario import AFTER, BEFORE, REQUESTS, Trial, finish, trial
from support.wire import always, answer

pytestmark = pytest.mark.deep
EVERYTHING = os.environ.get("FAULTS") == "all"
LEASE = 2.0
NUMBERS = [*range(1, REQUESTS + 1)] if EVERYTHING else [1, 6, 9]


@pytest.fixture(scope="module", params=["s3", pytest.param("az", marks=pytest.mark.node)])
def applied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A project whose first state was applied, at either cloud."""
    scheme: str = request.param
    folder = tmp_path_factory.mktemp("buckets")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(s3_server() if scheme == "s3" else azure_server(folder / "azurite"))
        for name, value in (s3_environ if scheme == "s3" else azure_environ)(server).items():
            patch.setenv(name, value)
        project = in_bucket(folder, scheme, server)
        yield stack.enter_context(trial(folder, BEFORE, project=project, lease=LEASE))


def elsewhere(it: Trial, folder: Path) -> Trial:
    """The same project on another machine, which has the files and nothing else."""
    assert isinstance(it.project, InBucket)
    project = InBucket(root=folder, location=it.project.location, cloud=it.project.cloud)
    (folder / "offerctl.toml").write_text((it.project.root / "offerctl.toml").read_text("utf-8"), "utf-8")
    return replace(it, project=project)


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
@pytest.mark.parametrize("number", NUMBERS)
def test_another_machine_recovers_from_a_runner_that_is_lost(
    applied: Trial, tmp_path: Path, number: int, moment: Moment
) -> None:
    """It waits for the lease, settles what the dead one left, and then all is quiet."""
    applied.begin_again()
    applied.want(*AFTER)
    killed(applied, number, moment)
    other = elsewhere(applied, tmp_path)
    other.want(*AFTER)
    other.wire.script = always(answer)
    done = other.apply("--lock-timeout", "60s")
    assert done.code == 0, done
    other.check_equal()
    other.check_quiet()


def test_two_machines_at_once_are_one_after_the_other(applied: Trial, tmp_path: Path) -> None:
    """Both end well, and nothing is sent twice."""
    applied.begin_again()
    applied.want(*AFTER)
    other = elsewhere(applied, tmp_path)
    other.want(*AFTER)
    runs = [one.start("--lock-timeout", "60s") for one in (applied, other)]
    done = [finish(run) for run in runs]
    assert {one.code for one in done} <= {0, 3}, done
    assert 0 in {one.code for one in done}
    applied.check_equal()
    assert len(applied.wire.seen) == REQUESTS
