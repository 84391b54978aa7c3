"""Where a plan breaks the policy: each breach as a warning, and as a refusal where the policy says so.

Only what a plan writes anew is looked at: a listing that is written again as confirmed breaks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from offerctl import canon
from offerctl.offering import Offering
from offerctl.plan.model import Breach, Change, Options, Refusal
from offerctl.plan.policy import ALL_RULES, Policy, Rule, host_of
from offerctl.standards import StandardKey, Standards
from offerctl.state import LISTED
from offerctl.state.listings import Listings


def breaches(
    changes: Sequence[Change], beliefs: Listings, *, policy: Policy, standards: Standards
) -> tuple[Breach, ...]:
    """Every breach of the policy by these changes, rule by rule, in the order of the changes."""
    bounding = policy.rules
    found = [breach for rule in _RULES if rule in bounding for breach in _of_each(rule, changes, policy)]
    if Rule.KEEP_LANGUAGE in bounding:
        found += _last_of_languages(changes, beliefs, standards)
    return tuple(found)


def refusals_of(found: Iterable[Breach], *, policy: Policy, options: Options) -> Iterator[Refusal]:
    """The breaches that refuse the plan: of rules that the policy refuses and nobody allowed to be broken."""
    if ALL_RULES in options.allow_policy:
        return
    for breach in found:
        if breach.rule in policy.refuse and breach.rule not in options.allow_policy:
            yield Refusal(
                code="policy",
                offering_ids=breach.offering_ids,
                message=breach.message,
                hint=f"If that is what you want: --allow-policy {breach.rule}",
            )


def _of_each(rule: Rule, changes: Sequence[Change], policy: Policy) -> Iterator[Breach]:
    for change in changes:
        if change.after is None or change.after == change.before:
            continue
        if message := _RULES[rule](change, change.after, policy):
            yield Breach(rule=rule, offering_ids=(change.offering_id,), message=message)


def _price_change(change: Change, after: Offering, policy: Policy) -> str | None:
    """Against what was last confirmed: nothing else is certain. Exactly the bound is within it."""
    most, before = policy.max_price_change, change.before
    if most is None or before is None or abs(after.price - before.price) * 100 <= most * before.price:
        return None
    how = f"from {before.price:.2f} to {after.price:.2f}"
    if before.price:
        share = (after.price - before.price) / before.price * 100
        shown = f"{share:+.0f}" if abs(share) >= most + 1 else f"{share:+.2f}"
        how = f"{how} ({'just over ' if abs(Decimal(shown)) == most else ''}{shown}%)"
    return f"The price of {change.offering_id} changes {how}; max_price_change is {canon.text(most)}%."


def _host(change: Change, after: Offering, policy: Policy) -> str | None:
    host = host_of(after.external_registration_url)
    if not policy.allowed_hosts or host in policy.allowed_hosts:
        return None
    return (
        f"The registration page of {change.offering_id} is on {host or 'a host that is not certain'}, which is "
        "none of allowed_hosts."
    )


def _free(change: Change, after: Offering, policy: Policy) -> str | None:
    if policy.free_allowed or after.price:
        return None
    return f"{change.offering_id} is listed at 0.00, and free_allowed is false."


_RULES: Mapping[Rule, Callable[[Change, Offering, Policy], str | None]] = {
    Rule.MAX_PRICE_CHANGE: _price_change,
    Rule.ALLOWED_HOSTS: _host,
    Rule.FREE_ALLOWED: _free,
}


def _last_of_languages(changes: Sequence[Change], beliefs: Listings, standards: Standards) -> Iterator[Breach]:
    """Languages of which a listing goes, though it is the last one that there is or may be.

    Of the others only so many are read as it takes to find one of each such language.
    """
    going: dict[str, StandardKey | None] = {}
    staying: dict[str, StandardKey | None] = {}
    for change in changes:
        id_, key = change.offering_id, change.after.training_standard_key if change.after else None
        if beliefs.status(id_) in LISTED and (key is None or key != beliefs[id_].key):
            going[id_] = beliefs[id_].key
        if key is not None:
            staying[id_] = key
    leaving, left = _languages(going, standards), {*_languages(staying, standards)}
    others = beliefs.listed() - {change.offering_id for change in changes} if leaving else ()
    for id_ in others:
        if leaving.keys() <= left:
            return
        left |= {*_languages({id_: beliefs[id_].key}, standards)}
    for language in sorted(leaving.keys() - left):
        yield Breach(
            rule=Rule.KEEP_LANGUAGE,
            offering_ids=tuple(sorted(leaving[language])),
            message=f"This leaves no {language} listing, and keep_language is true.",
        )


def _languages(keys: Mapping[str, StandardKey | None], standards: Standards) -> dict[str, list[str]]:
    """The ids of each language; listings of which none is known count for none."""
    found: dict[str, list[str]] = {}
    for id_, key in keys.items():
        if key is not None and (language := standards.language(key)):
            found.setdefault(language, []).append(id_)
    return found
