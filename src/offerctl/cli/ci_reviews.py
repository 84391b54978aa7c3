"""Finds the reviews of what came into the main branch since the last run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain

from offerctl.github.rest import GitHub
from offerctl.github.review import Review


def find(
    api: GitHub,
    since: Sequence[str],
    *,
    branch: str,
    environment: str,
    wanting: Callable[[Sequence[Review]], bool],
) -> tuple[Review, ...]:
    """The pull requests that came in with these commits, the newest first, each with the bot's comment.

    GitHub joins a commit to its pull request only some seconds after the merge. Where reviews are `wanting`, those
    that it has not joined yet are found by their merge commit.
    """
    numbers = {commit: api.merged_with(commit, branch) for commit in since}

    @cache
    def review(number: int) -> Review:
        return Review(number=number, comment=api.comment(number, environment))

    def reviews() -> tuple[Review, ...]:
        return tuple(review(number) for number in dict.fromkeys(chain.from_iterable(numbers.values())))

    found = reviews()
    if all(numbers.values()) or not wanting(found):
        return found
    late = api.merged_lately(branch)
    numbers |= {commit: (late[commit],) for commit, known in numbers.items() if not known and commit in late}
    return reviews()


def lost(reviews: Sequence[Review], serial: int | None) -> str | None:
    """Why the state (none: there is none) cannot be the one that was reviewed against, where it is older."""
    for review in reviews:
        known = review.comment.marker.serial if review.comment else None
        if known is not None and (serial is None or serial < known):
            is_now = "there is none now" if serial is None else f"now it is {serial}"
            return (
                f"the state is older than its plan in #{review.number}, which knew serial {known} ({is_now}): "
                "bring it back with offerctl state restore or rebuild, and look at what is then left to do"
            )
    return None
