"""A plan as text, to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from offerctl.offering import Offering
from offerctl.plan import Origin, Plan, document
from offerctl.render import plan_text
from offerctl.render.style import COLOR, PLAIN, Style
from offerctl.state import Belief, Claim, Home, Intent, RunRecord, Status
from support.plans import (
    APPLIED,
    COMMIT,
    CONTESTED,
    FRENCH,
    HOME,
    NOW,
    confirmed,
    gone,
    live,
    maybe,
    offering,
    planned,
    state,
    wanted,
)

FRENCH_COURSE = offering("jhsc-fr-01", training_standard_key=FRENCH, course_name="CMSST, certification partie 1")


def text(plan: Plan, style: Style = PLAIN) -> str:
    return plan_text.text(plan, now=NOW, style=style)


def block_of(plan: Plan) -> str:
    """The only block of a plan, with its comment."""
    [block] = [part for part in text(plan).split("\n\n") if part.startswith("  # ")]
    return block


def test_the_whole_plan() -> None:
    """Heading, legend of the symbols in use, a block for each change, the counts and what disappears."""
    dearer = replace(FRENCH_COURSE, price=Decimal(249))
    third = offering("jhsc-en-03", price=Decimal(219))
    kept = [offering(f"kept-{i}") for i in range(7)]
    old = offering("jhsc-old", course_name="JHSC Part One, 2024")
    claim = Claim(id="run-2", who="a test", boot_id=None, lease_until=APPLIED)
    beliefs = {
        "jhsc-fr-01": live(FRENCH_COURSE),
        "jhsc-en-03": maybe(offering("jhsc-en-03"), third),
        "jhsc-old": live(old),
        **{body.offering_id: live(body) for body in kept},
    }
    plan = planned(wanted(offering(), dearer, third, *kept), state(beliefs, run=claim))
    assert (
        text(plan)
        == """\
Plan for prod (https://marketplace.example, network pro-34616)
Last applied 2026-09-02 14:03 UTC, from commit 3f2a9c1

  + add   ~ change   - delete   ? settle: what is listed is not certain

  # jhsc-en-03 will be settled: a run was cut off while changing it (14:09 UTC)
  ? offering "jhsc-en-03" {
      ? price                   = 199.00 or 219.00 -> 219.00
    }

  # jhsc-fr-01 will be changed (offerings/jhsc-fr-01.yaml)
  ~ offering "jhsc-fr-01" {
        courseName              = "CMSST, certification partie 1"
      ~ price                   = 199.00 -> 249.00   # CAD, +25%
        # 3 attributes unchanged
    }

  # jhsc-en-01 will be added (offerings/jhsc-en-01.yaml)
  + offering "jhsc-en-01" {
      + courseDuration          = 19.5
      + courseName              = "JHSC Certification Part One"
      + externalRegistrationUrl = "https://safety-training.example/jhsc-en-01"
      + price                   = 199.00   # CAD
      + trainingStandardKey     = "JHSC-2014-1-E-O"
    }

  # jhsc-old will be deleted (its file is gone)
  - offering "jhsc-old" {
      - courseName              = "JHSC Part One, 2024"
    }

Plan: 1 to add, 1 to change, 1 to settle, 1 to delete; 7 unchanged.
Will disappear from the Marketplace: jhsc-old"""
    )


def test_nothing_to_do() -> None:
    """It says with what the files agree, and what cannot be seen."""
    bodies = [offering(f"id-{i}") for i in range(8)]
    plan = planned(wanted(*bodies), {body.offering_id: live(body) for body in bodies})
    assert text(plan) == (
        "No changes. The 8 files match what offerctl last applied to prod (2026-09-02 14:03 UTC, from commit "
        "3f2a9c1).\n"
        "The Marketplace cannot be read, so changes made there by others do not show. To write everything again: "
        "offerctl apply -e prod --reassert"
    )


@pytest.mark.parametrize(
    ("plan", "first"),
    [
        (planned(wanted(offering()), {"jhsc-en-01": live(offering())}), "The 1 file matches what"),
        (
            planned(
                wanted(offering(), offering("b")),
                {"jhsc-en-01": live(offering()), "b": live(offering("b"))},
                target=("b",),
            ),
            "The 1 selected file matches what",
        ),
        (
            planned(wanted(offering()), {"jhsc-en-01": live(offering()), "b": gone(offering("b"))}, target=("b",)),
            "What is selected has no offering file, and is not listed in prod either (2026-09-02",
        ),
        (
            planned(wanted(offering(), offering("b")), {"jhsc-en-01": live(offering()), "b": CONTESTED}),
            "The 1 other file matches what",
        ),
        (
            planned(wanted(offering()), state({"jhsc-en-01": live(offering(), last_confirmed=None)})),
            "The 1 file matches what offerctl last applied to prod.",
        ),
    ],
)
def test_nothing_to_do_counts_what_was_looked_at(plan: Plan, first: str) -> None:
    """One file, a selection, what is left beside a contested one, nothing at all."""
    assert text(plan).startswith(f"No changes. {first}")


def test_nothing_at_all() -> None:
    """How to begin, and nothing about writing again what was never written."""
    assert text(planned({}, None)) == (
        "No changes. There is no offering file, and no state of prod yet: nothing was ever applied.\n"
        "Begin: offerctl new ID"
    )
    assert text(planned(wanted(offering()), None, exclude=("jhsc-en-01",))) == (
        "No changes. No offering file is selected, and no state of prod yet: nothing was ever applied."
    )


def test_a_first_run_says_so() -> None:
    """That there is no state is normal once, and a warning sign ever after."""
    plan = planned(wanted(offering()), None)
    assert text(plan).splitlines()[1] == "There is no state of prod yet: this is the first run."


@pytest.mark.parametrize(
    ("last_run", "run", "said"),
    [
        (RunRecord(id="run-2", who="a test", started=APPLIED), None, " The last run has not come to its end."),
        (
            None,
            Claim(id="r", who="w", boot_id=None, lease_until=APPLIED),
            " The last run has not come to its end.",
        ),
        (RunRecord(id="run-2", who="a test", started=APPLIED, finished=APPLIED), None, ""),
    ],
)
def test_where_nothing_was_ever_confirmed(last_run: RunRecord | None, run: Claim | None, said: str) -> None:
    """A run that ended without success has ended; the commit that it failed to apply was not applied."""
    plan = planned(wanted(offering()), state({}, last_run=last_run, run=run))
    assert text(plan).splitlines()[1] == f"Nothing has been confirmed yet.{said}"


@pytest.mark.parametrize(
    ("newest", "origin", "said"),
    [
        ("a" * 40, COMMIT, ", from commit aaaaaaa"),
        (None, COMMIT, ", from uncommitted files"),
        (None, None, ""),
    ],
)
def test_the_commit_is_that_of_what_was_confirmed_last(newest: str | None, origin: str | None, said: str) -> None:
    """Not that of a run which failed since, and none where the files were in none."""
    later = confirmed(offering())._replace(at=APPLIED + timedelta(minutes=5), commit=newest)
    beliefs = {"jhsc-en-01": live(offering(), last_confirmed=later), "b": live(offering("b"))}
    plan = planned(wanted(offering(price=Decimal(1)), offering("b")), state(beliefs, applied_commit="f" * 40))
    plan = replace(plan, origin=Origin(commit=origin))
    assert text(plan).splitlines()[1] == f"Last applied 2026-09-02 14:08 UTC{said}"
    assert document.as_json(plan)["last_applied"] == {"at": "2026-09-02T14:08:00Z", "commit": newest}
    assert plan.applied_commit == "f" * 40


def test_the_embedded_marketplace_has_no_address() -> None:
    """`local:` is nothing that anybody could look up."""
    plan = planned(wanted(offering()), None, home=Home("local", "local:", "local"))
    assert text(plan).startswith("Plan for local (the embedded Marketplace)\n")


# Blocks


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("199", "249", "199.00 -> 249.00   # CAD, +25%"),
        ("200", "150", "200.00 -> 150.00   # CAD, -25%"),
        ("199", "199.50", "199.00 -> 199.50   # CAD, +0.3%"),
        ("100000", "100000.01", "100000.00 -> 100000.01   # CAD"),
        ("0", "199", "0.00 -> 199.00   # CAD"),
        ("199", "0", "199.00 -> 0.00   # CAD, -100%"),
    ],
)
def test_a_price_says_by_how_much(before: str, after: str, line: str) -> None:
    """In per cent of the former one, where that can be said."""
    plan = planned(wanted(offering(price=Decimal(after))), {"jhsc-en-01": live(offering(price=Decimal(before)))})
    assert f"      ~ price                   = {line}\n" in text(plan)


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("CMSST, sant\u00e9", "CMSST, sante\u0301", "   # U+00E9 -> U+0065 U+0301, which look alike"),
        ("JHSC Part", "JHSC P\u0430rt", "   # U+0061 -> U+0430, which look alike"),
        ("JHSC-1", "JHSC\u20111", "   # U+002D -> U+2011, which look alike"),
        ("JHSC Part", "JHSC\u00a0Part", "   # U+0020 -> U+00A0, which look alike"),
        ("JHSC Part", "JHSC Part\u2003", "   # nothing -> U+2003, which look alike"),
        ("CMSST, sante", "CMSST, santé", ""),
        ("JHSC Part One", "JHSC Part Two", ""),
        ("JHSC", "\u041a\u043e\u043c\u0438\u0442\u0435\u0442", ""),
    ],
)
def test_a_change_that_nobody_would_see_is_spelled(before: str, after: str, note: str) -> None:
    """Two texts that look the same are told apart by the numbers of the characters that differ."""
    plan = planned(wanted(offering(course_name=after)), {"jhsc-en-01": live(offering(course_name=before))})
    [line] = [line for line in text(plan).splitlines() if "~ courseName" in line]
    assert line.endswith(f'"{after}"{note}')


def test_a_replacement_marks_its_reason() -> None:
    """It is no simple change: the listing disappears for a while."""
    french = offering(training_standard_key=FRENCH)
    plan = planned(wanted(french), {"jhsc-en-01": live(offering())}, allow_replace=True)
    assert (
        block_of(plan)
        == """\
  # jhsc-en-01 will be replaced: deleted, then added (offerings/jhsc-en-01.yaml)
-/+ offering "jhsc-en-01" {
        courseName              = "JHSC Certification Part One"
      ~ trainingStandardKey     = "JHSC-2014-1-E-O" -> "JHSC-2014-1-F-O"   # forces replacement
        # 3 attributes unchanged
    }"""
    )
    assert "\n\n  -/+ replace: delete, then add\n\n" in text(plan)
    assert "Plan: 0 to add, 0 to change, 1 to replace, 0 to delete; 0 unchanged." in text(plan)
    assert "Will disappear" not in text(plan)


def test_a_replacement_of_something_unknown() -> None:
    """After a rebuild the standard may be any."""
    belief = Belief(status=Status.MAYBE, key=None)
    block = block_of(planned(wanted(offering()), {"jhsc-en-01": belief}, allow_replace=True))
    assert '~ trainingStandardKey     = unknown -> "JHSC-2014-1-E-O"   # forces replacement' in block
    assert "~ price                   = unknown -> 199.00   # CAD\n" in block


@pytest.mark.parametrize(
    ("belief", "price"),
    [
        (maybe(None, offering()), "unknown or 199.00 -> 199.00"),
        (maybe(offering(), None, Intent.DELETE), "199.00 or not listed -> 199.00"),
        (maybe(offering(price=Decimal(99)), offering(price=Decimal(149))), "99.00 or 149.00 -> 199.00"),
        (maybe(offering(), offering(), last_attempt=None), "199.00 or unknown -> 199.00"),
        (maybe(None, offering(), last_attempt=None), "unknown -> 199.00"),
    ],
)
def test_a_settle_names_what_may_be_listed(belief: Belief, price: str) -> None:
    """What was confirmed, what was attempted since, or that it is not known."""
    block = block_of(planned(wanted(offering()), {"jhsc-en-01": belief}))
    assert f"      ? price                   = {price}\n" in block


def test_a_settle_that_can_only_confirm() -> None:
    """Everything known is as it should be, but not certain."""
    block = block_of(planned(wanted(offering()), {"jhsc-en-01": maybe(offering(), offering())}))
    assert "# all attributes are written again; none is known to differ" in block


def test_an_attempt_of_another_day_has_its_date() -> None:
    """A time alone would be today's."""
    plan = planned(wanted(offering()), {"jhsc-en-01": maybe(offering(), offering(price=Decimal(1)))})
    later = plan_text.text(plan, now=NOW + timedelta(days=1))
    assert "changing it had no clear answer (2026-09-02 14:09 UTC)" in later


def test_a_delete_of_something_unknown() -> None:
    """Nothing can be shown of it but that."""
    belief = Belief(status=Status.MAYBE, key=None)
    plan = planned(wanted(offering("kept")), {"jhsc-en-01": belief, "kept": live(offering("kept"))})
    assert "        # what is listed is not certain\n" in block_of(plan)


def test_reasserting() -> None:
    """Counted alone, in blocks that show no change."""
    beliefs = {"jhsc-en-01": live(offering()), "old": gone(offering("old"))}
    assert (
        text(planned(wanted(offering()), beliefs, reassert=True)).partition("\n\n")[2]
        == """\
  = re-assert: write again as confirmed

  # jhsc-en-01 will be re-asserted (offerings/jhsc-en-01.yaml)
  = offering "jhsc-en-01" {
        courseName              = "JHSC Certification Part One"
        # 4 attributes unchanged
    }

  # old will be re-asserted (deleted again as confirmed)
  = offering "old" {
    }

Plan: 0 to add, 0 to change, 2 to re-assert, 0 to delete; 0 unchanged."""
    )


def test_names_are_inert() -> None:
    """What a file holds cannot move the cursor, forge a line or end its quotes."""
    name = 'a"\x1b[2J\u202e\nPlan: 0 \\ to add'
    plan = planned(wanted(offering(course_name=name)), {})
    assert r'"a\"\x1b[2J\u202e\nPlan: 0 \\ to add"' in text(plan)
    assert "\x1b" not in text(plan)


def test_colour_changes_nothing_but_colour() -> None:
    """Without its escapes the painted plan is the plain one."""
    import re  # noqa: PLC0415 - only here

    old = offering("old")
    beliefs = {"jhsc-en-01": live(offering()), "old": live(old), "theirs": CONTESTED}
    plan = planned(wanted(offering(price=Decimal(1)), offering("new")), beliefs)
    painted = text(plan, COLOR)
    assert painted != text(plan)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == text(plan)


# What follows


def test_many_ids_are_counted() -> None:
    """A list ends at 20."""
    bodies = [offering(f"old-{i:04}") for i in range(1000)]
    beliefs = {body.offering_id: live(body) for body in bodies}
    last = text(planned(wanted(offering()), beliefs, allow_deletes="all")).splitlines()[-1]
    assert last.startswith("Will disappear from the Marketplace: old-0000, old-0001, ")
    assert last.endswith(", old-0019, +980 more")


def test_waits_are_told() -> None:
    """The latest time, and how many listings wait; a quiet period that is over holds nobody up."""
    quiet = [datetime(2026, 9, 2, 14, 42, 10, tzinfo=UTC), NOW + timedelta(seconds=1), NOW]
    bodies = [offering(f"id-{i}") for i in range(3)]
    beliefs = {
        body.offering_id: maybe(body, body, quiet_until=until) for body, until in zip(bodies, quiet, strict=True)
    }
    assert text(planned(wanted(*bodies), beliefs)).endswith(
        "\napply will wait until 14:42:10 for 2 listings: a request of unknown fate may still arrive "
        "(UTC; 730 s from now)"
    )
    capped = replace(planned(wanted(*bodies), beliefs), longest_wait=timedelta(seconds=240))
    assert text(capped).endswith(
        "wait until 14:34:00 for 2 listings: a request of unknown fate may still arrive (UTC; 240 s from now)"
    ), "as a run waits, whatever a clock that was wrong wrote"
    later = NOW + timedelta(hours=1)
    assert "will wait" not in plan_text.text(planned(wanted(*bodies), beliefs), now=later)


def test_a_long_apply_is_told_beforehand() -> None:
    """How many requests, and how long by the slowest answers that the vendor speaks of; a short one is not."""
    beliefs = {f"old-{i}": live(offering(f"old-{i}")) for i in range(7)}
    bodies = [offering(f"id-{i:03}") for i in range(100)]
    plan = planned(wanted(*bodies), beliefs)
    assert plan.requests == 107
    assert "requests" not in text(plan), "nobody said how many are under way at once"
    assert "\napply will send 107 requests: about 2 min at parallelism 4, if each takes 4 s" in text(
        replace(plan, parallelism=4)
    )
    many = planned(wanted(*(offering(f"x{i}") for i in range(2700))), {})
    assert "about 3.0 h at parallelism 1, " in text(replace(many, parallelism=1))
    assert "requests" not in text(replace(planned(wanted(*bodies[:50]), {}), parallelism=4))


def test_contested_listings_have_three_ways_on() -> None:
    """Taken over, forgotten, or left to their owner."""
    plan = planned(wanted(offering()), {"jhsc-en-01": CONTESTED, "a": CONTESTED, "b": CONTESTED})
    _, wanted_one, unwanted = text(plan).split("\n\n")
    assert wanted_one == (
        "Warning: jhsc-en-01 exists in the Marketplace though nobody here added it; nothing is sent.\n"
        "If it is yours, take it over: offerctl import FILE -e prod. If it was taken down since: "
        "offerctl state forget jhsc-en-01 -e prod. If it is somebody else's: give the offering a new offeringId."
    )
    assert unwanted.startswith(
        "Warning: a, b exist in the Marketplace though nobody here added them; no file wants that, and nothing is "
        "sent.\n"
    )
    assert "offerctl state forget ID -e prod" in unwanted


def test_where_all_is_contested_no_file_is_said_to_match() -> None:
    """Not even none of them."""
    for desired in (wanted(offering()), {}):
        said = text(planned(desired, {"jhsc-en-01": CONTESTED}))
        assert said.startswith("No changes: nothing else is looked at here than what is contested in prod.\n\n")


def test_a_file_with_a_new_id_is_not_gone() -> None:
    """The old listing is deleted because its file has another id: that is told, and the reason of no other."""
    body, other = offering("en-old"), offering("en-gone")
    beliefs = {id_: live(one) for id_, one in (("en-old", body), ("en-gone", other))}
    confirmed = beliefs["en-old"].last_confirmed
    assert confirmed is not None
    beliefs["en-old"] = replace(beliefs["en-old"], last_confirmed=confirmed._replace(file="offerings/en.yaml"))
    new = wanted(offering("en-new"))["en-new"]._replace(file="offerings/en.yaml")
    said = text(planned({"en-new": new}, beliefs))
    assert "# en-old will be deleted (its file now has the offeringId en-new)" in said
    assert "# en-gone will be deleted (its file is gone)" in said


def test_protections_are_told() -> None:
    """They need no request, and still a yes."""
    bodies = [offering("a"), offering("b")]
    beliefs = {"a": live(bodies[0]), "b": live(bodies[1], protect=True)}
    plan = planned({**wanted(bodies[0], protect=True), **wanted(bodies[1])}, beliefs)
    assert text(plan).partition("\n\n")[2] == (
        "Plan: 0 to add, 0 to change, 0 to delete; 2 unchanged.\n"
        "Protected from now on: a (noted in the state alone; nothing is sent for it)\n"
        "No longer protected: b (noted in the state alone; nothing is sent for it)"
    )
    assert plan_text.question(plan) == (
        'Record 2 changed protections in the state of prod?\nOnly "yes" goes ahead:'
    )


def test_a_refused_replacement_is_no_change_but_an_error() -> None:
    """It has no block and is not counted; the rest of the plan stands, and how to run it."""
    french = offering(training_standard_key=FRENCH)
    plan = planned(wanted(french, offering("new")), {"jhsc-en-01": live(offering())})
    assert "-/+" not in text(plan)
    assert text(plan).endswith("\n\nPlan: 1 to add, 0 to change, 0 to delete; 0 unchanged, 1 refused.")
    first, last = plan_text.refusals(plan)
    assert first[0].startswith("jhsc-en-01 was last applied as JHSC-2014-1-E-O and cannot become")
    assert last == ("this plan is refused; nothing is sent", "To run the rest: --exclude jhsc-en-01")


def test_a_refused_deletion_is_shown() -> None:
    """The rail comes after the plan; where nothing would be left there is no rest to run."""
    plan = planned({}, {"jhsc-en-01": live(offering())})
    assert "  - offering" in text(plan)
    assert [*plan_text.refusals(plan)] == [
        (
            "There is no offering file, so every listing would be deleted.",
            "If that is what you want: --allow-deletes all",
        )
    ]


@pytest.mark.parametrize(
    ("changes", "deleted", "asked"),
    [
        (3, 1, "Apply these 4 changes to prod? 1 listing will disappear."),
        (1, 0, "Apply this change to prod?"),
        (0, 2, "Apply these 2 changes to prod? 2 listings will disappear."),
    ],
)
def test_the_question(changes: int, deleted: int, asked: str) -> None:
    """How many changes, where, and what would be lost."""
    old = {f"old-{i}": live(offering(f"old-{i}")) for i in range(deleted)}
    new = [offering(f"new-{i}") for i in range(changes)]
    plan = planned(wanted(offering(), *new), {"jhsc-en-01": live(offering()), **old})
    assert plan_text.question(plan) == f'{asked}\nOnly "yes" goes ahead:'


def test_the_home_of_a_plan_is_inert() -> None:
    """An address is text from a file as well."""
    plan = planned(wanted(offering()), None, home=HOME._replace(base_url="https://x\x1b.example"))
    assert "\x1b" not in text(plan)


def course(offering_id: str, **changes: Any) -> Offering:
    """Offerings that are equal but for what is given."""
    page = "https://provider.example/register"
    return offering(offering_id, external_registration_url=page, **changes)


def test_a_likely_rename_is_said() -> None:
    """A deletion and an addition that are equal but for the id; not where one differs, or several are equal."""
    old, new = course("jhsc-old"), course("jhsc-new")
    said = text(planned(wanted(new), {"jhsc-old": live(old)}))
    assert (
        "jhsc-old -> jhsc-new: this looks like a new offeringId, and nothing else differs. A new id is a new "
        "listing, added before the old one is deleted." in said
    )
    for others in ([course("jhsc-new", price=Decimal(1))], [new, course("jhsc-other")], []):
        assert "looks like" not in text(planned(wanted(*others), {"jhsc-old": live(old)}))
    many = [course(f"b-{i}", price=Decimal(i)) for i in range(9)]
    before = {f"a-{i}": live(course(f"a-{i}", price=Decimal(i))) for i in range(9)}
    assert "a-4 -> b-4, +4 more: these look like" in text(planned(wanted(*many), before))


def test_ids_that_differ_by_case_alone_are_warned_of() -> None:
    """Whatever else changes: nobody knows whether the Marketplace tells them apart."""
    plan = planned(wanted(offering("jhsc", price=Decimal(1))), {"JHSC": live(offering("JHSC"))})
    assert "Warning: JHSC -> jhsc: only capital letters differ." in text(plan)
    assert "capital letters" not in text(planned(wanted(offering("b")), {"JHSC": live(offering("JHSC"))}))


@pytest.mark.parametrize(
    ("base_url", "page", "warned"),
    [
        ("https://192.0.2.1", "https://provider.example/a", True),
        ("https://192.0.2.1", "https://www.provider.TEST.:8443/a", True),
        ("https://192.0.2.1", "https://192.0.2.7/example.test", False),
        ("https://marketplace.example", "https://provider.example/a", False),
        ("http://127.0.0.1:8000", "https://provider.example/a", False),
        ("http://localhost:8000", "https://provider.example/a", False),
    ],
)
def test_a_page_that_nobody_can_reach_is_warned_of(base_url: str, page: str, *, warned: bool) -> None:
    """In a real Marketplace; what rehearses may have addresses of examples."""
    plan = planned(wanted(offering("a", external_registration_url=page)), None)
    plan = replace(plan, home=plan.home._replace(base_url=base_url))
    assert ("Warning: a: the registration page is an address for examples" in text(plan)) == warned


def test_a_protected_listing_is_not_counted_as_deleted() -> None:
    """It is refused, and does not disappear."""
    plan = planned(wanted(offering()), {"a": live(offering("a"), protect=True), "jhsc-en-01": live(offering())})
    said = text(plan)
    assert "Plan: 0 to add, 0 to change, 0 to delete; 1 unchanged, 1 refused." in said
    assert "will be deleted" not in said
    assert "Will disappear" not in said
    assert next(plan_text.refusals(plan))[0] == "a is protected and cannot be deleted."
