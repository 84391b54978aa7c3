"""What is sent to GitHub again, what is not, and how long anybody waits; over HTTP, with a made-up clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from offerctl.errors import GitHubError
from offerctl.github.rest import GitHub
from offerctl.github.retry import MAX_WAIT, TRIES
from support import github
from support.github import BOT, REPOSITORY, WRITE, Hiccup

COMMIT = "5d1c0a" + "0" * 34


@dataclass(slots=True)
class Talk:
    """The API, its client, and the seconds that the client would have slept."""

    api: github.GitHub
    client: GitHub
    slept: list[float] = field(default_factory=list)

    def disturb(self, pattern: str, *hiccups: Hiccup) -> None:
        """These answers first."""
        self.api.hiccups[pattern] = list(hiccups)


@pytest.fixture
def talk() -> Iterator[Talk]:
    slept: list[float] = []
    with github.github() as api:
        api.open(7, COMMIT)
        client = GitHub(api.url, REPOSITORY, WRITE, sleep=slept.append)
        yield Talk(api, client, slept)
        client.close()


Ask = Callable[[GitHub], object]
READS: dict[str, Ask] = {
    "comment": lambda client: client.comment(7, "trial"),
    "pull_request": lambda client: client.pull_request(7),
    "merged_with": lambda client: client.merged_with(COMMIT, "main"),
    "merged_lately": lambda client: client.merged_lately("main"),
    "suggestions": lambda client: client.suggestions(7),
    "issue": lambda client: client.issue("opening"),
    "check_run": lambda client: client.check_run(COMMIT, "offerctl (trial)", "offerctl/plan/trial/7"),
}
WRITES: dict[str, Ask] = {
    "put_comment": lambda client: client.put_comment(7, None, "text"),
    "suggest": lambda client: client.suggest(7, COMMIT, "a.yaml", (1, 1), "text"),
    "put_issue": lambda client: client.put_issue(None, "title", "text"),
}


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("read", READS)
def test_a_read_is_sent_again_where_github_has_trouble(talk: Talk, read: str, status: int) -> None:
    """After one second, two and four."""
    talk.disturb("GET", *[Hiccup(status=status)] * (TRIES - 1))
    READS[read](talk.client)
    assert len(talk.api.seen) == TRIES
    assert talk.slept == [1, 2, 4]


def test_trouble_that_stays_is_told(talk: Talk) -> None:
    """After the last try nobody waits."""
    talk.disturb("GET", *[Hiccup(status=503)] * (TRIES + 1))
    with pytest.raises(GitHubError, match=r"GitHub refuses GET /repos/\S+/pulls/7 \(503\)"):
        talk.client.pull_request(7)
    assert (len(talk.api.seen), len(talk.slept)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("status", [403, 404, 422, 429, 500])
def test_other_refusals_of_a_read_are_final(talk: Talk, status: int) -> None:
    """A token that may not read will not be let in by asking twice."""
    talk.disturb("GET", Hiccup(status=status))
    with pytest.raises(GitHubError):
        talk.client.pull_request(7)
    assert (len(talk.api.seen), talk.slept) == (1, [])


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("ask", [*READS, *WRITES])
def test_a_limit_is_waited_for_as_long_as_github_asks(talk: Talk, ask: str, status: int) -> None:
    """Reads and writes: what a limit refused was not done."""
    talk.disturb("", Hiccup(status=status, retry_after="7"), Hiccup(status=status, retry_after="0"))
    (READS | WRITES)[ask](talk.client)
    assert len(talk.api.seen) == 3
    assert talk.slept == [7, 1]


def test_nobody_waits_longer_than_a_run_may(talk: Talk) -> None:
    """The seconds of all requests count together; what is asked for is told with the refusal."""
    for seconds in (MAX_WAIT - 20, 20):
        talk.disturb("GET", Hiccup(status=429, retry_after=f"{seconds:.0f}"))
        talk.client.pull_request(7)
    assert sum(talk.slept) == MAX_WAIT
    talk.disturb("GET", Hiccup(status=403, retry_after="30"))
    with pytest.raises(GitHubError, match="403") as refused:
        talk.client.pull_request(7)
    assert refused.value.hint == "GitHub asks for 30 seconds of patience. Run the job again after them."
    assert sum(talk.slept) == MAX_WAIT


@pytest.mark.parametrize("nonsense", ["soon", "-1", "1e9", "999999999", ""])
def test_a_limit_without_a_time_is_a_refusal(talk: Talk, nonsense: str) -> None:
    """Nobody guesses how long."""
    talk.disturb("GET", Hiccup(status=429, retry_after=nonsense))
    with pytest.raises(GitHubError, match="429"):
        talk.client.pull_request(7)
    assert talk.slept == []


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_may_have_been_done_is_not_sent_again(talk: Talk, write: str, status: int) -> None:
    """It was done here, and its answer lost: a second one would stand beside it for ever."""
    talk.disturb("POST", Hiccup(status=status, done=True))
    with pytest.raises(GitHubError, match=str(status)):
        WRITES[write](talk.client)
    assert len(talk.api.seen) == 1
    assert talk.slept == []
    assert len(talk.api.ours(7)) + len(talk.api.beside.get(7, [])) + len(talk.api.issues) == 1


def test_a_read_without_an_answer_is_sent_again() -> None:
    """Nobody listens there, and in the end that is told."""
    slept: list[float] = []
    with github.github() as api:
        client = GitHub(api.url, REPOSITORY, WRITE, sleep=slept.append)
    with pytest.raises(GitHubError, match="GitHub does not answer GET /repos/provider/listings/pulls/7"):
        client.pull_request(7)
    assert slept == [1, 2, 4]
    with pytest.raises(GitHubError, match="GitHub does not answer POST"):
        client.put_issue(None, "title", "text")
    assert len(slept) == 3
    client.close()


def test_what_github_may_leave_out_is_missed_by_nobody(talk: Talk) -> None:
    """The least that its description promises: no body, no user, no merge commit."""
    talk.api.say(7, "remark", BOT)
    talk.api.comments[7] = [{"id": 1}, {"id": 2, "user": BOT}]
    talk.api.issues = [{"number": 8, "state": "open"}, {"number": 9, "state": "open", "user": BOT}]
    talk.api.beside[7] = [{"id": 3}]
    assert talk.client.comment(7, "trial") is None
    assert talk.client.issue("opening") is None
    assert talk.client.suggestions(7) == ()
    assert talk.client.merged_lately("main") == {}
