"""Finds the reviews of what came into the main branch since the last run."""

from __future__ import annotations

from collections.abc import Sequence

from offerctl.github import record as records
from offerctl.github.rest import GitHub
from offerctl.github.review import Review


def find(api: GitHub, since: Sequence[str], *, branch: str, environment: str) -> tuple[Review, ...]:
    """The pull requests that came in with these commits, the newest first, each with its record and its comment.

    GitHub joins a commit to its pull request only some seconds after the merge; one that it has not joined yet is
    found by its merge commit.
    """
    pulls = {commit: api.merged_with(commit, branch) for commit in since}
    if not all(pulls.values()):
        late = api.merged_lately(branch)
        pulls |= {commit: (late[commit],) for commit, known in pulls.items() if not known and commit in late}
    found: dict[int, Review] = {}
    for commit, known in pulls.items():
        for number, head in known:
            if number not in found:
                found[number] = _review(api, number, head, commit, environment)
    return tuple(found.values())


def _review(api: GitHub, number: int, head: str, merged: str, environment: str) -> Review:
    run = api.check_run(head, records.name(environment), records.external_id(environment, number))
    record = records.read(run.text, environment=environment, pull_request=number, commit=head) if run else None
    comment = api.comment(number, environment)
    return Review(number=number, head=head, merged=merged, comment=comment, record=record)


def lost(reviews: Sequence[Review], serial: int | None) -> str | None:
    """Why the state (none: there is none) cannot be the one that was reviewed against, where it is older."""
    for review in reviews:
        known = review.record.serial if review.record else None
        if known is not None and (serial is None or serial < known):
            is_now = "there is none now" if serial is None else f"now it is {serial}"
            return (
                f"the state is older than its plan in #{review.number}, which knew serial {known} ({is_now}): "
                "if it was lost, bring it back with offerctl state restore; if it was rebuilt, look at the plan"
            )
    return None
