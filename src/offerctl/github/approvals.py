"""What a review approves, as a value: the digests of the changes that its comment showed in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offerctl.github.page import Page
from offerctl.plan import Action, Change, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What one review, or the state, approves.

    `listings` is, by id, the digest of what the files make of a listing: it decides for that listing, whatever
    older approvals say. `beside` has changes that were shown though the pull request does not touch their files:
    they are approved, and decide nothing else. `unshown` are listings whose files it changes though nobody was
    shown how: nothing is approved for them, by older approvals neither. Where there are more of these than a
    record has room for, `more_unshown` makes every listing that it does not name one of them. `unprotected` are
    listings that may lose their protection.
    """

    listings: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    unshown: frozenset[str] = frozenset()
    more_unshown: bool = False
    unprotected: frozenset[str] = frozenset()

    def withholds(self, offering_id: str) -> bool:
        """Whether it speaks of this listing without approving anything of it."""
        if offering_id in self.listings or offering_id in self.beside:
            return False
        return self.more_unshown or offering_id in self.unshown

    def unprotects(self, offering_id: str) -> bool | None:
        """Whether that listing may lose its protection; none where nothing is said of it."""
        if offering_id in self.unprotected:
            return True
        return False if offering_id in self.listings or self.withholds(offering_id) else None


def approvals_of(plan: Plan, page: Page, touched: Mapping[str, str] | None = None) -> Approvals:
    """What a comment approves that shows this page of the plan.

    `touched` are the listings whose files the pull request changes, with the digest of what it makes of them
    (none: nobody knows). What others' files say is approved too where it is shown, but it does not speak for these
    listings.
    """
    changes = {change.offering_id: change for change in plan.changes}
    own = changes.keys() if touched is None else touched.keys()
    listings = {id_: touched[id_] for id_ in page.as_they_are if touched and id_ in touched}
    listings |= {id_: changes[id_].digest for id_ in page.shown if id_ in own}
    beside = {id_: changes[id_].digest for id_ in page.shown if id_ not in own}
    return Approvals(
        listings=listings, beside=beside, unshown=frozenset(own - listings.keys()), unprotected=page.unprotected
    )


def needs_no_review(change: Change) -> bool:
    """Whether it only makes sure of what runs of this environment had confirmed."""
    return change.action is Action.REASSERT or (
        change.action is Action.SETTLE
        and change.vouched
        and change.after is not None
        and change.after == change.before
    )


def losing_protection(plan: Plan) -> list[str]:
    """The listings that would no longer be protected."""
    return sorted(id_ for id_, protect in plan.protections.items() if not protect)
