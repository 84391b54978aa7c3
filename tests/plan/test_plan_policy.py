"""The policy: the provider's own bounds on prices, addresses, languages and free courses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from offerctl import canon
from offerctl.offering import Desired, normal_host
from offerctl.plan import Guards, Plan, Policy, Rule, document
from offerctl.plan.policy import host_of
from offerctl.render import plan_text
from offerctl.state import Belief
from support.plans import FRENCH, NOW, gone, live, maybe, offering, planned, wanted, worlds

STRICT = Policy(
    max_price_change=Decimal(30),
    allowed_hosts=frozenset({"provider.example"}),
    keep_language=True,
    free_allowed=False,
    refuse=frozenset(Rule),
)
ENGLISH_COURSE, FRENCH_COURSE = offering("en"), offering("fr", training_standard_key=FRENCH)


def with_policy(
    desired: dict[str, Desired],
    beliefs: dict[str, Belief] | None,
    *,
    options: dict[str, Any] | None = None,
    **rules: Any,
) -> Plan:
    return planned(desired, beliefs, guards=Guards(max_deletes=1000, policy=Policy(**rules)), **(options or {}))


def repriced(before: str, after: str, **rules: Any) -> Plan:
    """The plan of one listing's new price."""
    old, new = (offering(price=Decimal(price)) for price in (before, after))
    return with_policy(wanted(new), {"jhsc-en-01": live(old)}, **{"max_price_change": Decimal(30), **rules})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("100", "130", None),
        ("100", "70", None),
        ("199.99", "259.98", None),
        ("100", "130.01", "from 100.00 to 130.01 (+30.01%)"),
        ("100000", "130000.01", "from 100000.00 to 130000.01 (just over +30.00%)"),
        ("100", "69.99", "from 100.00 to 69.99 (-30.01%)"),
        ("199", "1990", "from 199.00 to 1990.00 (+900%)"),
        ("199", "0", "from 199.00 to 0.00 (-100%)"),
        ("0", "199", "from 0.00 to 199.00"),
        ("0", "0", None),
    ],
)
def test_a_price_may_change_by_so_much(before: str, after: str, said: str | None) -> None:
    """Up or down, and exactly so much is within it; from nothing to something is beyond any share."""
    breaches = repriced(before, after).breaches
    messages = [f"The price of jhsc-en-01 changes {said}; max_price_change is 30%."] if said else []
    assert [breach.message for breach in breaches] == messages


def test_no_change_at_all_can_be_asked_for() -> None:
    """0 per cent is a bound too, and 12.5 is one."""
    assert repriced("100", "100.01", max_price_change=Decimal(0)).breaches
    assert not repriced("100", "112.50", max_price_change=Decimal("12.5")).breaches
    assert repriced("100", "112.51", max_price_change=Decimal("12.5")).breaches[0].message.endswith("is 12.5%.")


def test_the_price_of_what_is_new_or_in_doubt() -> None:
    """What was never confirmed has no price to compare with; else the confirmed one counts, not what was tried."""
    dear = wanted(offering(price=Decimal(1990)))
    bound: dict[str, Any] = {"max_price_change": Decimal(30)}
    assert with_policy(dear, None, **bound).breaches == ()
    assert with_policy(dear, {"jhsc-en-01": gone(offering())}, **bound).breaches == ()
    assert with_policy(dear, {"jhsc-en-01": maybe(None, offering())}, **bound).breaches == ()
    tried = maybe(offering(), offering(price=Decimal(1990)))
    assert len(with_policy(dear, {"jhsc-en-01": tried}, **bound).breaches) == 1
    assert with_policy(wanted(offering()), {"jhsc-en-01": tried}, **bound).breaches == ()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://provider.example/a", True),
        ("https://PROVIDER.Example:8443/a", True),
        ("https://provider.example./a", True),
        ("https://www.provider.example/a", False),
        ("https://provider.example.evil.example/a", False),
        ("https://evilprovider.example/a", False),
        ("https://provider.example@evil.example/a", False),
        ("https://evil.example/provider.example", False),
        ("https://evil.example\\@provider.example/a", False),
    ],
)
def test_hosts_are_compared_whole(url: str, *, allowed: bool) -> None:
    """Without case, port and the root's dot; new courses count, and a part of a host is no host."""
    course = offering(external_registration_url=url)
    plan = with_policy(wanted(course), None, allowed_hosts=frozenset({"provider.example"}))
    assert [breach.rule for breach in plan.breaches] == ([] if allowed else [Rule.ALLOWED_HOSTS])


def test_a_host_with_accents_is_the_same_in_dns() -> None:
    """However it is written."""
    assert normal_host("École.Example") == normal_host("xn--cole-9oa.example") == "xn--cole-9oa.example"
    assert normal_host("a..b") == "a..b"
    assert host_of("https://[::1/a") is None


@pytest.mark.parametrize(
    "host",
    [
        "claß.example",
        "CLAẞ.example",
        "cla\u017fs.example",
        "\uff43lass.example",
        "cl\u200dass.example",
        "class\u3002example",
    ],
)
def test_a_host_of_two_readings_is_none_of_those_allowed(host: str) -> None:
    """IDNA 2003 makes `class.example` of each; a browser, which has IDNA 2008, goes elsewhere with `ß`."""
    assert host.lower().encode("idna") == b"class.example"
    assert normal_host(host) is None
    course = offering(external_registration_url=f"https://{host}/a")
    plan = with_policy(wanted(course), None, allowed_hosts=frozenset({"class.example"}))
    assert [breach.rule for breach in plan.breaches] == [Rule.ALLOWED_HOSTS]
    assert "a host that is not certain" in plan.breaches[0].message
    assert normal_host("οδος.example") is None


def test_a_listing_that_stays_as_it_is_breaks_nothing() -> None:
    """A policy that comes later refuses no plan that writes again what was confirmed."""
    free = offering(price=Decimal(0))
    for reassert in (False, True):
        plan = planned(wanted(free), {"jhsc-en-01": live(free)}, guards=Guards(policy=STRICT), reassert=reassert)
        assert (plan.breaches, plan.refusals) == ((), ())


def test_the_last_listing_of_a_language() -> None:
    """By a deletion or a replacement; not while another one of it stays, comes, or may be there."""
    both = {"en": live(ENGLISH_COURSE), "fr": live(FRENCH_COURSE)}
    keep: dict[str, Any] = {"keep_language": True}
    [breach] = with_policy(wanted(ENGLISH_COURSE), both, **keep).breaches
    assert (breach.message, breach.offering_ids) == (
        "This leaves no French listing, and keep_language is true.",
        ("fr",),
    )
    replaced = wanted(ENGLISH_COURSE, offering("fr"))
    [breach] = with_policy(replaced, both, options={"allow_replace": True}, **keep).breaches
    assert breach.offering_ids == ("fr",)
    moved = offering("fr-2", training_standard_key=FRENCH)
    assert with_policy(wanted(ENGLISH_COURSE, moved), both, **keep).breaches == ()
    assert with_policy(wanted(ENGLISH_COURSE), {**both, "fr": gone(FRENCH_COURSE)}, **keep).breaches == ()
    assert with_policy(wanted(ENGLISH_COURSE), {"en": live(ENGLISH_COURSE)}, **keep).breaches == ()
    assert with_policy(wanted(ENGLISH_COURSE), both, options={"exclude": ("fr",)}, **keep).breaches == ()


def test_free_courses() -> None:
    """Only where the policy says that there are none; a new course counts."""
    free = wanted(offering(price=Decimal(0)))
    assert with_policy(free, None).breaches == ()
    [breach] = with_policy(free, None, free_allowed=False).breaches
    assert breach.message == "jhsc-en-01 is listed at 0.00, and free_allowed is false."


def test_a_breach_is_a_warning_unless_the_policy_refuses_it() -> None:
    """And then the plan says which option permits it."""
    assert [len(warned.warnings) for warned in (repriced("100", "200"),)] == [1]
    assert repriced("100", "200").refusals == ()
    plan = repriced("100", "200", refuse=frozenset({Rule.MAX_PRICE_CHANGE}))
    [refusal] = plan.refusals
    assert plan.warnings == ()
    assert (refusal.code, refusal.offering_ids) == ("policy", ("jhsc-en-01",))
    assert refusal.hint == "If that is what you want: --allow-policy max_price_change"


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ((), {"max_price_change", "free_allowed"}),
        (("max_price_change",), {"free_allowed"}),
        (("max_price_change", "free_allowed"), set()),
        (("allowed_hosts",), {"max_price_change", "free_allowed"}),
        (("all",), set()),
    ],
)
def test_each_rule_is_allowed_by_name(allowed: tuple[str, ...], refused: set[str]) -> None:
    """What is permitted stays a warning."""
    rules = {"free_allowed": False, "refuse": frozenset({Rule.MAX_PRICE_CHANGE, Rule.FREE_ALLOWED})}
    plan = repriced("199", "0", options={"allow_policy": allowed}, **rules)
    assert {(refusal.hint or "").rpartition(" ")[2] for refusal in plan.refusals} == refused
    assert {breach.rule.value for breach in plan.warnings} == {"max_price_change", "free_allowed"} - refused


def test_warnings_stand_below_the_plan() -> None:
    """Twenty of them; the rest is counted."""
    free = [offering(f"id-{number:02}", price=Decimal(0)) for number in range(25)]
    told = plan_text.text(with_policy(wanted(*free), None, free_allowed=False), now=NOW)
    assert told.count("\nWarning: id-") == 20
    assert told.endswith("\nWarning: 5 more breaches of [policy]: --format json has all")


@given(worlds())
def test_a_plan_with_breaches_comes_back_from_its_document(
    world: tuple[dict[str, Desired], dict[str, Belief]],
) -> None:
    """With the options that permitted them; a plan from before there were policies has none."""
    desired, beliefs = world
    plan = planned(desired, beliefs, guards=Guards(policy=STRICT), allow_policy=("free_allowed",))
    assert document.load(document.encode(plan)) == plan
    old = {**document.as_json(plan), "format_version": "1.2"}
    del old["policy"]
    assert document.load(canon.document(old)).breaches == ()


def test_an_unknown_rule_in_a_saved_plan_is_damage() -> None:
    """It would permit who knows what."""
    data = document.encode(planned(wanted(offering()), None, allow_policy=("all",)))
    with pytest.raises(Exception, match="damaged or was edited"):
        document.load(data.replace(b'"all"', b'"any"'))


def test_a_policy_as_plain_values() -> None:
    """Equal policies are equal bytes, whatever the order of their hosts."""
    assert Policy().document() == {
        "max_price_change": None,
        "allowed_hosts": [],
        "keep_language": False,
        "free_allowed": True,
        "refuse": [],
    }
    hosts = ("a.example", "b.example", "c.example")
    one, other = (Policy(allowed_hosts=frozenset(order)) for order in (hosts, reversed(hosts)))
    assert canon.compact(one.document()) == canon.compact(other.document())
    assert canon.parse(canon.compact(STRICT.document()))["refuse"] == sorted(Rule)
