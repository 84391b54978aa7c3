"""A plan for a pull request: plain words, a folded plan, hostile names, a budget."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.offering import Desired
from offerctl.plan import Guards, Plan, Policy, Rule
from offerctl.render import plan_markdown
from offerctl.state import Belief
from support.plans import CONTESTED, FRENCH, NOW, gone, live, maybe, offering, planned, wanted, worlds

FRENCH_COURSE = offering("jhsc-fr-01", training_standard_key=FRENCH, course_name="CMSST, certification partie 1")


def text(plan: Plan, budget: int = plan_markdown.BUDGET) -> str:
    return plan_markdown.text(plan, now=NOW, budget=budget)


def plain(plan: Plan) -> str:
    """What stands before the folded plan."""
    return text(plan).partition("\n\n<details>")[0]


def test_one_change_is_one_sentence() -> None:
    """With the course's name, its language and both prices; then the plan as at a terminal."""
    dearer = offering(
        "jhsc-fr-01", training_standard_key=FRENCH, course_name=FRENCH_COURSE.course_name, price=Decimal(249),
        external_registration_url=FRENCH_COURSE.external_registration_url,
    )  # fmt: skip
    assert (
        text(planned(wanted(dearer), {"jhsc-fr-01": live(FRENCH_COURSE)}))
        == """\
**Merging this will** change the price of *CMSST, certification partie 1* (French) from $199.00 to $249.00 \
(`jhsc-fr-01`). Nothing else changes.

<details><summary>Plan: 0 to add, 1 to change, 0 to delete; 0 unchanged</summary>

```text
Plan for prod (https://marketplace.example, network pro-34616)
Last applied 2026-09-02 14:03 UTC, from commit 3f2a9c1

  # jhsc-fr-01 will be changed (offerings/jhsc-fr-01.yaml)
  ~ offering "jhsc-fr-01" {
        courseName              = "CMSST, certification partie 1"
      ~ price                   = 199.00 -> 249.00   # CAD, +25%
        # 3 attributes unchanged
    }

Plan: 0 to add, 1 to change, 0 to delete; 0 unchanged.
```

</details>"""
    )


def test_no_diff_is_made_that_nobody_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of changes are planned and counted; what a comment shows of a few, it compares by itself."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a diff was made")

    monkeypatch.setattr("deepdiff.DeepDiff", refuse)
    old, new = offering(), offering(price=Decimal(249))
    plan = planned(wanted(new), {"jhsc-en-01": live(old)})
    assert "from $199.00 to $249.00" in text(plan)
    with pytest.raises(AssertionError, match="a diff was made"):
        assert plan.changes[0].changed


def test_a_name_that_only_looks_the_same_is_spelled() -> None:
    """Otherwise a reviewer would approve what nobody sees."""
    old, new = offering(course_name="CMSST, sant\u00e9"), offering(course_name="CMSST, sante\u0301")
    said = plain(planned(wanted(new), {"jhsc-en-01": live(old)}))
    assert "(U+00E9 -> U+0065 U+0301, which look alike)" in said


def test_several_changes_are_a_list() -> None:
    """What disappears comes first."""
    desired = wanted(
        offering("new", price=Decimal("1199.5")),
        offering("moved", external_registration_url="https://elsewhere.example/x"),
        offering("both", course_duration=Decimal(20), course_name="JHSC"),
        offering("doubt"),
        offering("swap", training_standard_key=FRENCH),
        offering("kept"),
    )
    beliefs = {
        **{id_: live(offering(id_)) for id_ in ("moved", "both", "kept", "old", "swap")},
        "doubt": maybe(None, None),
    }
    beliefs["doubt"] = maybe(None, offering("doubt"))
    plan = planned(desired, beliefs, allow_replace=True)
    assert (
        plain(plan)
        == """\
**Merging this will**

- remove *JHSC Certification Part One* (English) from the Marketplace (`old`)
- take *JHSC Certification Part One* (English) down and then list *JHSC Certification Part One* (French) at \
$199.00 (`swap`, standard `JHSC-2014-1-F-O`, 19.5 hours, registration at \
https\\:<!-- -->//safety-training.example/swap) in its place
- write *JHSC Certification Part One* (English) again at $199.00 \
(`doubt`, standard `JHSC-2014-1-E-O`, 19.5 hours, registration at \
https\\:<!-- -->//safety-training.example/doubt), as it is not certain what is listed
- change *JHSC Certification Part One* (English): its name from *JHSC Certification Part One* to \
*JHSC*; its duration from 19.5 to 20 hours (`both`)
- change the registration page of *JHSC Certification Part One* (English) from \
https\\:<!-- -->//safety-training.example/moved to https\\:<!-- -->//elsewhere.example/x (`moved`)
- list *JHSC Certification Part One* (English) at $1,199.50 (`new`, standard `JHSC-2014-1-E-O`, \
19.5 hours, registration at https\\:<!-- -->//safety-training.example/new)

1 other listing stays as it is."""
    )


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            planned(wanted(offering()), {"jhsc-en-01": live(offering())}),
            "**Merging this changes nothing in the Marketplace.**",
        ),
        (
            planned(wanted(offering()), {"jhsc-en-01": live(offering()), "x": gone(offering("x"))}, reassert=True),
            (
                "**Merging this will**\n\n- write 1 listing again exactly as confirmed\n"
                "- make sure that 1 deleted listing cannot come back\n\nNothing else changes."
            ),
        ),
        (
            planned(wanted(offering(), protect=True), {"jhsc-en-01": live(offering())}),
            "**Merging this will** protect jhsc-en-01 against deletion. Nothing else changes.",
        ),
        (
            planned(wanted(offering("kept")), {"x": maybe(None, None), "kept": live(offering("kept"))}),
            "**Merging this will** remove `x` from the Marketplace. Nothing else changes.",
        ),
    ],
)
def test_other_plans_in_plain_words(plan: Plan, said: str) -> None:
    """Nothing, everything again, protections, and listings of which no name is known."""
    assert plain(plan) == said


def test_a_refused_plan_says_so_first() -> None:
    """And still what it would do."""
    plan = planned({}, {"jhsc-en-01": live(offering())})
    assert (
        plain(plan)
        == """\
**This plan is refused: merging it changes nothing in the Marketplace.**

- There is no offering file, so every listing would be deleted. If that is what you want: \
--allow-deletes all

**Without that it would** remove *JHSC Certification Part One* (English) from the Marketplace \
(`jhsc-en-01`). Nothing else changes."""
    )


def test_a_contested_listing_is_not_done() -> None:
    """With the ways on."""
    said = plain(planned(wanted(offering()), {"jhsc-en-01": CONTESTED}))
    assert "**Not done:** jhsc-en-01 exists in the Marketplace though nobody here added it." in said
    assert "offerctl import FILE" in said


# Hostile names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("**bold** _it_ `code`", r"\*\*bold\*\* \_it\_ \`code\`"),
        ("[x](https://evil.example)", r"\[x\]\(https\:<!-- -->//evil.example\)"),
        ("<img src=x onerror=alert(1)>", r"&lt;img src=x onerror=alert\(1\)&gt;"),
        ("</details><!-- -->", r"&lt;/details&gt;&lt;\!-- --&gt;"),
        ("@octocat fixes #1", r"\@<!-- -->octocat fixes \#<!-- -->1"),
        ("GH-12 www.evil.example", "GH<!-- -->-12 www<!-- -->.evil.example"),
        ("JHSC _www.evil.example/pay _GH-1", r"JHSC \_www<!-- -->.evil.example/pay \_GH<!-- -->-1"),
        ("*WWW.evil.example, éwww.evil.example", r"\*WWW<!-- -->.evil.example, éwww<!-- -->.evil.example"),
        ("a\nb\n\n# c", r"a\\nb\\n\\n\#<!-- --> c"),
        ("&lt; $x$ :tada:", r"&amp;lt; \$x\$ \:<!-- -->tada:"),
        ("a\u202eb\u200b", r"a\\u202eb\\u200b"),
        ("Course: Part One, 2024", "Course: Part One, 2024"),
        ("  padded   name ", "padded name"),
    ],
)
def test_a_name_is_only_shown(name: str, shown: str) -> None:
    """It formats nothing, links nowhere, mentions nobody and closes no element."""
    assert plain(planned(wanted(offering(course_name=name)), None)).startswith(
        f"**Merging this will** list *{shown}* (English) at"
    )


def test_a_name_without_anything_to_show_is_its_id() -> None:
    """An emphasis of nothing would be asterisks."""
    assert "list `jhsc-en-01` (English)" in text(planned(wanted(offering(course_name=" ")), None))


def test_the_fence_is_longer_than_any_in_it() -> None:
    """A name of backticks cannot end it."""
    body = text(planned(wanted(offering(course_name="````` </details>")), None))
    assert "\n``````text\n" in body
    assert body.endswith("\n``````\n\n</details>")
    assert len(re.findall(r"(?m)^`{3,}", body)) == 2


# The budget


def test_deletions_come_first_and_the_rest_is_counted() -> None:
    """What cannot be undone is what must be seen."""
    old = [offering(f"old-{i}") for i in range(3)]
    new = [offering(f"new-{i:04}") for i in range(3000)]
    beliefs = {body.offering_id: live(body) for body in old}
    body = text(planned(wanted(*new), beliefs, allow_deletes="all"))
    assert len(body) <= plan_markdown.BUDGET
    assert body.index("remove *JHSC") < body.index("list *JHSC")
    assert body.index('- offering "old-2"') < body.index('+ offering "new-0000"')
    shown = body.count("\n  + offering")
    assert 30 < shown < 3000
    assert f"  # {3000 - shown:,} more changes not shown here for want of room" in body
    listed = body.count("\n- list")
    assert f"- and make {3000 - listed:,} more changes, listed or counted below" in body
    assert "\nPlan: 3000 to add, 0 to change, 3 to delete; 0 unchanged.\n" in body


@pytest.mark.parametrize("policy", [Policy(), Policy(free_allowed=False)], ids=["without a policy", "with one"])
def test_a_free_course_is_never_silent(policy: Policy) -> None:
    """Whatever else of it changes, and whether or not the policy speaks of it: once, in one of both ways."""
    free = offering(price=Decimal(0), course_name="Another name")
    plan = planned(wanted(free), {"jhsc-en-01": live(offering(price=Decimal(0)))}, guards=Guards(policy=policy))
    said = plain(plan)
    if policy.free_allowed:
        assert said.endswith("\n\n**Free of charge:** *Another name* (English): the price is $0.00.")
    else:
        assert "Free of charge" not in said
        assert said.endswith("- jhsc-en-01 is listed at 0.00, and free\\_allowed is false.")


def test_breaches_of_the_policy_are_told_beside_the_changes() -> None:
    """Warnings behind them, refusals first; of many the first ten."""
    free = [offering(f"id-{number:02}", price=Decimal(0)) for number in range(12)]
    warned = Policy(free_allowed=False)
    said = plain(planned(wanted(*free), None, guards=Guards(policy=warned)))
    assert "\n\n**Look twice: this breaks the policy of this repository.**\n\n- id-00 is listed" in said
    assert said.endswith(
        "\n- id-09 is listed at 0.00, and free\\_allowed is false.\n- and 2 more: `offerctl plan` has them"
    )
    refusing = Policy(free_allowed=False, refuse=frozenset({Rule.FREE_ALLOWED}))
    said = plain(planned(wanted(*free), None, guards=Guards(policy=refusing)))
    assert said.startswith(
        "**This plan is refused: merging it changes nothing in the Marketplace.**\n\n- id-00 is"
    )
    assert "Look twice" not in said
    assert "Free of charge" not in said


@given(worlds(), st.integers(2000, 4000))
def test_the_budget_is_kept(world: tuple[dict[str, Desired], dict[str, Belief]], budget: int) -> None:
    """Whatever the plan, and with every element closed."""
    desired, beliefs = world
    policy = Policy(max_price_change=Decimal(0), allowed_hosts=frozenset({"a.example"}), keep_language=True)
    body = text(planned(desired, beliefs, guards=Guards(policy=policy)), budget)
    assert len(body) <= budget
    assert body.count("<details>") == body.count("</details>") == 1
    assert len(re.findall(r"(?m)^`{3,}", body)) == 2


def test_the_longest_names_keep_the_budget() -> None:
    """Those that grow when they are escaped, too."""
    for name in ("@x" * 127, "\u202e" * 255, "`" * 255):
        plan = planned(wanted(*(offering(f"id-{i}", course_name=name) for i in range(500))), None)
        assert len(text(plan)) <= plan_markdown.BUDGET
        assert len(text(plan, 5000)) <= 5000


def test_a_likely_rename_is_said_before_the_folded_plan() -> None:
    """And ids that differ by case alone, which a reviewer takes for the same."""
    page = "https://provider.example/register"
    old, new = (offering(id_, external_registration_url=page) for id_ in ("JHSC", "jhsc"))
    said = plain(planned(wanted(new), {"JHSC": live(old)}))
    assert "JHSC -&gt; jhsc: this looks like a new offeringId, and nothing else differs" in said
    assert "JHSC -&gt; jhsc: only capital letters differ" in said
    assert "offeringId" not in plain(planned(wanted(offering("b")), {}))
