"""A plan as a value: what apply would do, in the order in which it would start it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from offerctl import canon
from offerctl.diff import changed_attributes
from offerctl.offering import ATTRIBUTES, Offering
from offerctl.plan.policy import Policy, Rule
from offerctl.standards import BUILT_IN, Standards
from offerctl.state import Home, Intent, change_digest


class Action(StrEnum):
    """What a change is called in plans and summaries."""

    ADD = "add"
    CHANGE = "change"
    SETTLE = "settle"
    REPLACE = "replace"
    REASSERT = "reassert"
    DELETE = "delete"


Allowance = int | Literal["all"] | None
"""What `--allow-deletes` said: a number, all of them, or nothing."""


class Options(NamedTuple):
    """What was asked of plan or apply; a saved plan carries it."""

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reassert: bool = False
    allow_replace: bool = False
    allow_deletes: Allowance = None
    allow_older: bool = False
    allow_policy: tuple[str, ...] = ()
    """Rules of the policy that may be broken, or `all`."""

    def selects(self, offering_id: str) -> bool:
        """Whether the plan looks at this id."""
        return (not self.target or offering_id in self.target) and offering_id not in self.exclude


class Guards(NamedTuple):
    """What is permitted: deletions in one plan, replacements, the policy; and whether it is wiped under us."""

    max_deletes: int = 3
    allow_replace: bool = False
    ephemeral: bool = False
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One listing's change.

    `before` is what was last confirmed and `attempted` what an unfinished run wanted: for display, never digested.
    Nothing is sent before `quiet_until`.
    """

    offering_id: str
    action: Action
    intent: Intent
    before: Offering | None
    after: Offering | None
    attempted: Offering | None = None
    attempted_at: datetime | None = None
    reason: str
    file: str | None = None
    quiet_until: datetime | None = None
    counts_as_delete: bool = False
    """Whether the guards count it: a listing that is or may be there disappears."""
    vouched: bool = field(default=False, compare=False)
    """Whether a run of this environment had `before` confirmed, and nobody brought it by hand.

    It is of the state at hand, so a saved plan does not keep it.
    """

    @property
    def digest(self) -> str:
        """What a reviewer approves: intent, id and the body afterwards, whatever was believed before."""
        return change_digest(self.intent, self.offering_id, self.after)

    @property
    def changed(self) -> tuple[str, ...]:
        """The API names of the attributes that differ from `before`: all, where nothing is known of that.

        Looked for when it is asked for: of thousands of changes a comment shows few.
        """
        if self.before is None or self.after is None:
            return () if self.after is None else ATTRIBUTES
        return changed_attributes(self.before, self.after)

    @property
    def actions(self) -> tuple[str, ...]:
        """The calls in words, as the JSON plan has them."""
        if self.intent is Intent.REPLACE:
            return ("delete", "add")
        if self.intent is Intent.DELETE:
            return ("delete",)
        return {Action.ADD: ("add",), Action.SETTLE: ("settle",)}.get(self.action, ("patch",))


class Breach(NamedTuple):
    """A rule of the policy that a plan breaks, and for which listings: a warning, where it is no refusal."""

    rule: Rule
    offering_ids: tuple[str, ...]
    message: str


class Refusal(NamedTuple):
    """Why this plan may not run, and the way on."""

    code: Literal["replace", "protected", "deletes", "empty", "checkout", "older", "policy"]
    offering_ids: tuple[str, ...]
    message: str
    hint: str | None = None


class Origin(NamedTuple):
    """Where a plan comes from: the commit of the files (none outside git) and whether they differ from it."""

    commit: str | None = None
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What apply would do to one environment.

    `lineage` and `serial` name the state it was made from (none: there is none yet). `protections` are listings
    whose `protect` changes, alone or beside the rest. `contested` maps ids that exist though nobody here added
    them to whether a file wants them; nothing is sent for these. `breaches` are of the policy; those that it
    refuses are `refusals` too, the others `warnings`.

    `applied_at` and `confirmed_commit` are of what was confirmed last (no commit: of files that were in none), for
    people. `applied_commit` is the newest commit that was applied as a whole or that a workflow took up,
    `unfinished` that the state has a run without an end, `reasserting` that every attribute is sent, whatever was
    confirmed (it was asked for, or the environment is ephemeral), and `standards`, for words, what is configured.
    `longest_wait` is how long apply waits at most for what is quiet, and `parallelism` how many requests it has
    under way at once (none: nobody said, or they take no time to speak of). These six are of the
    state and configuration at hand, so a saved plan does not keep them: it is made again before it runs. `api`
    says how the Marketplace speaks (`Dialect.document`); none in a saved plan that is not sealed, as older ones.
    """

    home: Home
    lineage: str | None
    serial: int | None
    origin: Origin
    options: Options
    desired_digest: str
    changes: tuple[Change, ...]
    unchanged: int
    files: int
    protections: Mapping[str, bool] = field(default_factory=dict)
    contested: Mapping[str, bool] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    breaches: tuple[Breach, ...] = ()
    applied_at: datetime | None = None
    confirmed_commit: str | None = None
    api: Mapping[str, object] | None = None
    standards: Standards = field(default=BUILT_IN, compare=False)
    applied_commit: str | None = field(default=None, compare=False)
    unfinished: bool = field(default=False, compare=False)
    reasserting: bool = field(default=False, compare=False)
    longest_wait: timedelta | None = field(default=None, compare=False)
    parallelism: int | None = field(default=None, compare=False)

    @property
    def empty(self) -> bool:
        """Nothing to send and nothing to write."""
        return not self.changes and not self.protections

    @property
    def as_wanted(self) -> bool:
        """Everything is as the files say, as far as anybody here knows: what a file wants is nobody else's."""
        return self.empty and not any(self.contested.values())

    @property
    def digest(self) -> str:
        """Covers the digest of every change, and the protections."""
        covered: dict[str, object] = {"changes": [change.digest for change in self.changes]}
        if self.protections:
            covered["protections"] = dict(self.protections)
        return canon.digest(covered)

    @property
    def refused_alone(self) -> frozenset[str]:
        """Ids that are refused for what they are: a replacement that nobody allowed, what is protected."""
        alone = (r.offering_ids for r in self.refusals if r.code in {"replace", "protected"})
        return frozenset(id_ for ids in alone for id_ in ids)

    @property
    def warnings(self) -> tuple[Breach, ...]:
        """The breaches of the policy that do not refuse the plan, allowed ones among them."""
        refused = {refusal.message for refusal in self.refusals if refusal.code == "policy"}
        return tuple(breach for breach in self.breaches if breach.message not in refused)

    @property
    def shown(self) -> tuple[Change, ...]:
        """The changes that a plan shows: one that is refused for itself is no change but an error."""
        refused = self.refused_alone
        return tuple(change for change in self.changes if change.offering_id not in refused)

    @property
    def requests(self) -> int:
        """How many requests apply sends when each has a clean answer."""
        return sum(len(change.actions) for change in self.changes)

    def waited_until(self, quiet: datetime | None, now: datetime) -> datetime | None:
        """*Quiet*: until when apply, begun now, waits for a period that was found; none where it does not."""
        if quiet is None or quiet <= now:
            return None
        return quiet if self.longest_wait is None else min(quiet, now + self.longest_wait)

    def count(self, action: Action) -> int:
        """How many changes are of this kind."""
        return Counter(change.action for change in self.changes)[action]

    @property
    def disappearing(self) -> tuple[str, ...]:
        """Listings that will no longer be in the Marketplace."""
        return tuple(change.offering_id for change in self.shown if change.counts_as_delete)
