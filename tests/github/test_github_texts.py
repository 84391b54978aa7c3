"""Markers, approvals and texts as values: what is approved, what fits, and that text of others does nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import catalog
from offerctl.catalog import Problem
from offerctl.catalog.fix import applied
from offerctl.catalog.load import Examiner
from offerctl.catalog.nearest import EXAMPLES, FIELDS
from offerctl.errors import Exit, UsageError
from offerctl.github import marker as markers
from offerctl.github import texts
from offerctl.github.approvals import Approvals, approvals_of, group_of
from offerctl.github.event import event
from offerctl.github.marker import Marker
from offerctl.github.result import BUDGET, JobResult, UnapprovedChange, headline, markdown
from offerctl.github.review import Comment, Review, approved, speaks
from offerctl.github.suggest import Suggestion, lines_in, suggestions
from offerctl.plan import Plan, split
from offerctl.run import Report, Result, Verdict
from support.plans import FREE, FRENCH, NOW, live, offering, planned, wanted

GUIDE = Path(__file__).parents[2] / ".github" / "GITOPS.md"
COMMENT = 60_000
SUMMARY = 1024 * 1024
ANNOTATIONS = 10
HOSTILE = (
    "::error::forged",
    "x ##[error]forged",
    "`</summary></details><!-- -->",
    "````` ```suggestion",
    "@everyone #1 GH-1 www.evil.example https://evil.example",
    "<script>alert(1)</script>",
    "safe\u202egnp.exe\u2066\u200b",
    "line\nline\r\n::warning::forged",
    '<!-- offerctl:plan {"environment":"prod","digests":{}} -->',
    "<!-- offerctl:reviewed -->",
    "é" * 60 * 1024,
)


def plan_of(number: int, **more: object) -> Plan:
    """A plan that adds so many listings."""
    return planned(wanted(*(offering(f"en-{n:05}", **more) for n in range(number))), {}, guards=FREE)


def review(plan: Plan, touched: Mapping[str, str] | None = None) -> Approvals:
    """What a pull request's comment approves that shows that plan, as it is read back."""
    head = "a" * 40
    marker = Marker(environment="prod", commit=head, approvals=approvals_of(plan, touched))
    body = texts.comment(marker, "…")
    read = markers.read(body)
    assert read is not None
    return Review(number=7, head=head, merged=head, comment=Comment(id=1, body=body, marker=read)).approvals


# Markers

_IDS = st.text("aZ9._-", min_size=1, max_size=20).map("x".__add__)
_DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(
    st.builds(
        Marker,
        environment=st.text(),
        serial=st.none() | st.integers(0, 10**6),
        commit=st.none() | st.text("0123456789abcdef", min_size=40, max_size=40),
        approvals=st.builds(
            Approvals,
            listings=st.dictionaries(_IDS, _DIGESTS),
            beside=st.dictionaries(_IDS, _DIGESTS),
            groups=st.dictionaries(st.text("0123456789abcdef", min_size=2, max_size=2), _DIGESTS),
            unprotected=st.frozensets(_IDS),
            all_unprotected=st.none() | _DIGESTS,
        ),
    )
)
def test_a_marker_is_one_line_that_is_read_as_it_was_written(marker: Marker) -> None:
    """Whatever the environment is called; and nothing in it ends the comment early."""
    line = markers.write(marker)
    assert line.isprintable() or "\n" not in line
    assert line.index("-->") == len(line) - 3
    assert markers.read(f"{line}\nMore.") == marker
    assert markers.read(f"\n{line}") is None
    assert markers.read(f"{line} and more") is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "[]",
        '{"environment":"x"}',
        '{"environment":"x","serial":1,"commit":null,"digests":{"a":1}}',
    ],
)
def test_a_marker_that_makes_no_sense_is_none(body: str) -> None:
    """It approves nothing, and stops nobody."""
    assert markers.read(f"<!-- offerctl:plan {body} -->") is None


@pytest.mark.parametrize("key", ["..", "", "?a", "#xyz", "#", "+", "+..", "!a", "!.."])
def test_what_means_nothing_in_a_marker_approves_nothing(key: str) -> None:
    """No id, no group, a protection under the digest of another one; the rest holds."""
    line = markers.write(Marker(environment="x", approvals=Approvals(listings={"b": "0" * 64})))
    spoiled = line.replace('"digests":{', f'"digests":{{"{key}":"AA==",')
    read = markers.read(spoiled)
    assert read is not None
    assert read.approvals == Approvals(listings={"b": "0" * 64})


# Approvals


@pytest.mark.parametrize("number", [1, 5, 200, 5000])
def test_what_was_sealed_is_approved(number: int) -> None:
    """Every change of any number, within one comment."""
    plan = plan_of(number)
    found = approved(plan.changes, [review(plan)])
    assert split(plan, found)[1] == ()
    assert len(texts.comment(Marker(environment="prod", approvals=approvals_of(plan)), "")) < COMMENT // 2


@pytest.mark.parametrize("number", [5, 5000])
def test_a_change_that_differs_is_not_approved(number: int) -> None:
    """In a very large plan its group is not, and all other groups are."""
    plan = plan_of(number)
    changes = [*plan.changes]
    after = changes[3].after
    assert after is not None
    changes[3] = replace(changes[3], after=replace(after, price=Decimal(1)))
    found = approved(changes, [review(plan)])
    assert changes[3].offering_id not in found
    assert len(found) > number * 0.98 if number > 100 else len(found) == number - 1


@pytest.mark.deep
def test_changes_that_came_with_another_pull_request_do_not_spoil_a_group() -> None:
    """They are approved by their own comment."""
    large, small = plan_of(5000), plan_of(5002)
    others = tuple(change for change in small.changes if change not in large.changes)
    both = [review(large), review(replace(small, changes=others))]
    assert len(approved(small.changes, both)) == 5002
    assert not {change.offering_id for change in others} & approved(small.changes, both[:1]).keys()


def test_a_state_keeps_approving_what_a_crash_left() -> None:
    """By id and digest, without any comment; a replacement covers the put that is left of it."""
    plan = planned(wanted(offering("a", training_standard_key=FRENCH)), {"a": live(offering("a"))}, guards=FREE)
    [change] = plan.changes
    assert approved([change], [Approvals(listings={"a": change.digest})]) == {"a": change.digest}
    [left] = planned(wanted(offering("a", training_standard_key=FRENCH)), {}, guards=FREE).changes
    assert left.digest != change.digest
    assert approved([left], [Approvals(listings={"a": change.digest})]) == {"a": change.digest}
    assert approved([left], [Approvals(listings={"a": "0" * 64})]) == {}


def test_what_was_reviewed_instead_is_told() -> None:
    """The newest review of the id, else what the state still holds."""
    plan = plan_of(1)
    [change] = plan.changes
    older = Approvals(listings={"en-00000": "a"})
    assert speaks("en-00000", [review(plan), older]) == change.digest
    assert speaks("en-00000", [older]) == "a"
    assert speaks("en-00000", [Approvals()]) is None


def test_what_a_pull_request_touches_decides_and_what_it_shows_beside_approves() -> None:
    """A newer review of other files neither replaces nor takes back what an older one said of these."""
    plan = plan_of(3)
    ids = [change.offering_id for change in plan.changes]
    digests = [change.digest for change in plan.changes]
    beside = review(plan, touched={ids[0]: digests[0]})
    assert beside == Approvals(listings={ids[0]: digests[0]}, beside={ids[1]: digests[1], ids[2]: digests[2]})
    instead = Approvals(listings={ids[1]: "0" * 64})
    assert approved(plan.changes, [beside, instead]).keys() == {*ids}
    assert approved(plan.changes, [instead, beside]).keys() == {ids[0], ids[2]}
    other = Approvals(beside={ids[1]: "0" * 64})
    assert approved(plan.changes, [other, Approvals(listings={ids[1]: digests[1]})]).keys() == {ids[1]}
    unchanged = review(plan_of(0), touched={ids[1]: "0" * 64})
    assert approved(plan.changes, [unchanged, review(plan)]).keys() == {ids[0], ids[2]}


@pytest.mark.parametrize("changed", [False, True])
def test_a_large_review_speaks_for_its_groups(*, changed: bool) -> None:
    """Of an id that was approved before, too: what it says instead is not known, so that waits for a human."""
    plan = plan_of(5000)
    first = plan.changes[0]
    assert first.after is not None
    other = replace(first, after=replace(first.after, price=Decimal(1)))
    large = review(replace(plan, changes=(other, *plan.changes[1:])) if changed else plan)
    pending = Approvals(listings={first.offering_id: first.digest})
    found = approved(plan.changes, [large, pending])
    assert (first.offering_id in found) is not changed
    without = review(plan, {change.offering_id: change.digest for change in plan.changes[1:]})
    assert len(approved(plan.changes, [without, pending])) == 5000


def test_a_large_review_takes_back_what_it_makes_of_a_listing_without_a_change() -> None:
    """By itself where there is room, else with its group: an older approval of it waits for a human."""
    plan = plan_of(400)
    touched = {change.offering_id: "0" * 64 for change in plan.changes}
    large = review(replace(plan, changes=()), touched)
    assert len(large.listings) + len(large.groups) < 400
    assert group_of(plan.changes[-1].offering_id) in large.groups
    assert approved(plan.changes, [large, review(plan)]) == {}
    assert len(texts.comment(Marker(environment="prod", approvals=large), "")) < COMMENT // 2


def test_a_comment_of_an_older_push_approves_nothing() -> None:
    """What was pushed after it was never shown."""
    marker = Marker(environment="prod", commit="a" * 40, approvals=approvals_of(plan_of(1)))
    comment = Comment(id=1, body="", marker=marker)
    assert Review(number=7, head="b" * 40, merged="c" * 40, comment=comment).approvals == Approvals()


# Budgets


def many() -> Plan:
    """5,000 changes, deletions among them, with the longest names."""
    old = {f"old-{n}": live(offering(f"old-{n}", course_name="A course of old")) for n in range(1000)}
    files = wanted(*(offering(f"en-{n:05}", course_name="@" * 255) for n in range(4000)))
    return planned(files, old, allow_deletes="all")


def test_a_comment_and_a_summary_hold_5000_changes() -> None:
    """Deletions first, the rest counted; after the merge too."""
    plan = many()
    marker = Marker(environment="prod", approvals=approvals_of(plan))
    body = texts.comment(marker, texts.plan_text(plan, marker, NOW))
    assert COMMENT // 2 < len(body) <= COMMENT
    assert body.index("remove *") < body.index("more change")
    assert len(texts.plan_summary(plan, NOW).encode()) <= SUMMARY
    every = tuple(Result(change=c, verdict=Verdict.FAILED, reason="é" * 9000, status=403) for c in plan.changes)
    failed = JobResult(environment="prod", report=Report(run="x", results=every), total=5000)
    held = JobResult(
        environment="prod",
        held=tuple(UnapprovedChange.change(change, None) for change in plan.changes),
        total=5000,
        accept=plan.digest,
    )
    for job_result in (failed, held):
        assert len(markdown(job_result)) <= BUDGET
        assert len(texts.after(body, marker, job_result)) <= COMMENT
        assert len(texts.issue(job_result)) <= COMMENT
        assert len(texts.result_summary(job_result, plan, NOW).encode()) <= SUMMARY


def problems_of(folder: Path, *files: tuple[str, str]) -> tuple[Problem, ...]:
    """What is wrong with these files."""
    (folder / "offerings").mkdir()
    for name, text in files:
        (folder / "offerings" / name).write_text(text, "utf-8")
    return catalog.load(folder / "offerings").problems


def test_any_number_of_problems_fits(tmp_path: Path) -> None:
    """Into the comment and the summary."""
    found = problems_of(tmp_path, *((f"{n}.yaml", f"courseName: {'x' * 300}\n") for n in range(400)))
    assert len(found) > 1000
    assert len(texts.comment(Marker(environment="prod"), texts.problems_text(found, 400))) <= COMMENT
    assert len(texts.problems_text(found, 400, texts.SUMMARY_BUDGET).encode()) <= SUMMARY
    assert "more problem" in texts.problems_text(found, 400)


def test_after_the_merge_what_was_reviewed_stays_below(tmp_path: Path) -> None:
    """However often it is told again, and whatever the reviewed text holds."""
    plan = planned(wanted(offering(course_name="<!-- offerctl:reviewed -->")), {})
    marker = Marker(environment="prod", approvals=approvals_of(plan))
    body = texts.comment(marker, texts.plan_text(plan, marker, NOW))
    job_result = JobResult(environment="prod", report=Report(run="x", results=()))
    once = texts.after(body, marker, job_result)
    assert texts.after(once, marker, job_result) == once
    assert once.endswith(body.split("\n", 2)[2])
    assert markers.read(once) == marker


# Endings


def ended(*verdicts: Verdict, **more: object) -> Report:
    """A report with a change for each verdict."""
    changes = plan_of(len(verdicts)).changes
    results = [Result(change=c, verdict=v, reason="because") for c, v in zip(changes, verdicts, strict=True)]
    return replace(Report(run="x", results=tuple(results)), **more)  # type: ignore[arg-type]


def test_the_comment_that_the_guide_shows_is_the_comment() -> None:
    """GITOPS.md quotes it, before and after the merge, as far as a reader sees it without unfolding."""
    was = offering("cmsst-fr-01", training_standard_key=FRENCH, course_name="CMSST, certification partie 1")
    now, same = replace(was, price=Decimal(249)), offering("jhsc-en-01")
    old = offering("jhsc-en-02", course_name="JHSC Certification Refresher")
    beliefs = {listed.offering_id: live(listed) for listed in (was, same, old)}
    plan = planned(wanted(now, same), beliefs)
    marker = Marker(environment="prod", approvals=approvals_of(plan))
    body = texts.comment(marker, texts.plan_text(plan, marker, NOW))
    results = tuple(Result(change=change, verdict=Verdict.DONE) for change in plan.changes)
    job_result = JobResult(environment="prod", report=Report(run="x", results=results))
    seen = re.sub(r"<!--.*-->\n|\n\n<details>(?s:.*)", "", texts.after(body, marker, job_result))
    shown = re.findall(r"(?:^>.*\n)+", GUIDE.read_text("utf-8"), re.MULTILINE)
    before, after = (re.sub("^> ?", "", block, flags=re.MULTILINE).strip() for block in shown)
    assert seen.strip() == f"{after}\n\n---\n\nReviewed before the merge:\n\n{before}"


def test_a_headline_counts_everything() -> None:
    """`3 done, 1 failed: 403 forbidden, 1 not tried`."""
    report = ended(*[Verdict.DONE] * 3, Verdict.FAILED, Verdict.NOT_STARTED)
    failed = replace(report.results[3], status=403, code="forbidden")
    report = replace(report, results=(*report.results[:3], failed, *report.results[4:]))
    said = headline(JobResult(environment="prod", report=report))
    assert said == "Applied to prod: 3 done, 1 failed: 403 forbidden, 1 not tried."
    assert headline(JobResult(environment="prod", report=ended())) == "Nothing to do in prod."
    assert headline(JobResult(environment="prod")) == "Nothing was applied to prod."
    doubtful = ended(Verdict.IN_DOUBT, interrupted=True, contested=("x",))
    assert headline(JobResult(environment="prod", report=doubtful)) == (
        "Applied to prod (interrupted): 0 done, 1 in doubt, 1 contested."
    )


HELD = (UnapprovedChange.change(plan_of(1).changes[0], None),)


@pytest.mark.parametrize(
    ("job_result", "ran", "code"),
    [
        (JobResult(environment="p", report=ended(Verdict.DONE)), Exit.OK, Exit.OK),
        (JobResult(environment="p", report=ended(Verdict.DONE), held=HELD), Exit.OK, Exit.INCOMPLETE),
        (JobResult(environment="p", report=ended(), held=HELD), Exit.OK, Exit.ERROR),
        (JobResult(environment="p", held=HELD), Exit.ERROR, Exit.ERROR),
        (JobResult(environment="p", reasons=("x",)), Exit.ERROR, Exit.ERROR),
        (JobResult(environment="p", report=ended(Verdict.FAILED), held=HELD), Exit.ERROR, Exit.ERROR),
        (JobResult(environment="p", report=ended(Verdict.DONE), held=HELD), Exit.INTERRUPTED, Exit.INTERRUPTED),
        (JobResult(environment="p", report=ended(Verdict.IN_DOUBT), held=HELD), Exit.INCOMPLETE, Exit.INCOMPLETE),
        (JobResult(environment="p", report=ended(Verdict.DONE), held=HELD), Exit.TRY_AGAIN, Exit.TRY_AGAIN),
    ],
)
def test_held_changes_show_in_the_exit_code(job_result: JobResult, ran: Exit, code: Exit) -> None:
    """4 when something ran, 1 when nothing did; what is worse stays."""
    assert job_result.exit_code(ran) is code
    assert job_result.confirmed is (code is Exit.OK)


# Text of strangers


def hostile_plan(name: str) -> Plan:
    """Every kind of change with that name, as far as an offering can have it."""
    name = name[:255]
    beliefs = {
        "changed": live(offering("changed", course_name=name)),
        "gone": live(offering("gone", course_name=name)),
    }
    files = wanted(offering("added", course_name=name), offering("changed", course_name=f"{name[:254]}!"))
    return planned(files, beliefs, guards=FREE)


def outside(markdown_: str) -> str:
    """A text without its fenced blocks and our own hidden lines."""
    text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", markdown_, flags=re.MULTILINE | re.DOTALL)
    assert "```" not in text.replace(r"\`", "")
    return re.sub(r"\A<!-- offerctl:plan \{[^>]*\} -->\n", "", text).replace("<!-- offerctl:reviewed -->", "", 1)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_nothing_in_comments_and_summaries(name: str) -> None:
    """They neither close an element, nor mention, link, format, hide or forge anything."""
    plan = hostile_plan(name)
    marker = Marker(environment="prod", approvals=approvals_of(plan))
    body = texts.comment(marker, texts.plan_text(plan, marker, NOW))
    results = tuple(
        Result(change=c, verdict=Verdict.FAILED, reason=name, code=name, status=400) for c in plan.changes
    )
    report = Report(run="x", results=results, contested=(name,), halted=name)
    job_result = JobResult(environment="prod", report=report, reasons=(name,), held=HELD, total=4)
    after = texts.after(body, marker, job_result)
    for text in (body, after, texts.plan_summary(plan, NOW), texts.issue(job_result)):
        shown = outside(text.removeprefix("<!-- offerctl:not-in-sync prod -->"))
        left = re.sub(r"</?(?:details|summary)>", "", shown)
        assert not re.search(r"(?<!\\)[<>]", left.replace("<!-- -->", "")), left
        assert not re.search(r"@\w|\bGH-\d|www\.|\w:/", left), left
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\r]", text)
    assert markers.read(body) == marker
    assert markers.read(after) == marker


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_do_nothing_in_problem_lists_suggestions_and_annotations(tmp_path: Path, name: str) -> None:
    """Whatever stands in the file and in its name."""
    text = f"courseName: {name!r}\nprice: 199 $ # {name.splitlines()[0][:40]}\n"
    stem = "".join(c for c in name[:40] if c.isprintable() and c != "/")
    found = problems_of(tmp_path, (f"{stem}.yaml", text))
    body = texts.comment(Marker(environment="prod"), texts.problems_text(found, 1))
    left = outside(body)
    assert left.count("\n  ") == sum(bool(problem.source) for problem in found)
    left = re.sub(r"^  `[^`\n]+`$", "", left, flags=re.MULTILINE)  # a line of the file, as code
    assert not re.search(r"(?<!\\)[<>]", left.replace("<!-- -->", "")), left
    assert not re.search(r"@\w", left), left
    for suggestion in suggestions(found, ()):
        fence = re.findall(r"^(`{3,})suggestion\n(.*)\n\1$", suggestion.body, re.MULTILINE)
        assert len(fence) == 1
        assert suggestion.body.count("\n") <= 5
    commands = texts.annotation("error", name).splitlines()
    assert len(commands) == 1
    assert commands[0].startswith("::error::")


def test_a_plan_of_many_wrong_files_has_ten_annotations_and_ten_suggestions(tmp_path: Path) -> None:
    """More are not shown, or are mails that nobody reads."""
    from offerctl.render import problems  # noqa: PLC0415 - beside what it is compared with

    found = problems_of(tmp_path, *((f"{n:02}.yaml", f"price: {n} $\n") for n in range(30)))
    lines = problems.github(found, 30).splitlines()
    assert sum(line.startswith("::") for line in lines) == ANNOTATIONS
    assert len(suggestions(found, ())) == ANNOTATIONS
    posted = [one.body for one in suggestions(found, ())]
    assert not {one.opening for one in suggestions(found, posted)} & {body.split("\n")[0] for body in posted}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nprice: 1 $\n", 2),
        (b"price: 1 $\r\nprice: 1 $\r\n", 2),
        (b"\xef\xbb\xbfprice: 1 $\na: 1\n", 1),
        (b"# above\n\na: 1\nprice: 1 $", 4),
        (b"price: 1 $\na: 1\nprice: 1 $\n", None),
        (b"a: 1\nprice: 2 $\n", None),
        (b"a: 1\r\rprice: 1 $\n", None),
        (b"\xff\nprice: 1 $\n", None),
        (b"", None),
    ],
)
def test_a_suggestion_stands_where_its_line_does_in_the_pull_request(data: bytes, line: int | None) -> None:
    """At the same number, else at the only one; lines are counted as GitHub does. Nowhere rather than wrong."""
    made = Suggestion(file="a.yaml", first=2, before=("price: 1 $",), opening="", body="")
    assert lines_in(data, made) == (line and (line, line))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a: 1\nprice:\n199\n", (2, 3)),
        (b"# above\na: 1\nprice:\r\n199", (3, 4)),
        (b"price:\n200\nprice:\n199\n", (3, 4)),
        (b"price:\n199\na: 1\nprice:\n199\n", None),
        (b"a: 1\nprice:\n", None),
    ],
)
def test_a_suggestion_of_several_lines_stands_where_all_of_them_do(
    data: bytes, lines: tuple[int, int] | None
) -> None:
    """Not where only the first does."""
    made = Suggestion(file="a.yaml", first=2, before=("price:", "199"), opening="", body="")
    assert lines_in(data, made) == lines


GOOD = "".join(f"{field}: {EXAMPLES[field]}\n" for field in FIELDS)


@pytest.mark.parametrize(
    ("wrong", "block"),
    [
        ("price:\n199.00\n", "```suggestion\nprice: 199.00\n```"),
        ("```\nprice: 199.00\n", "```suggestion\n```"),
        ("price: $199 # CAD\n", "```suggestion\nprice: 199 # CAD\n```"),
        ("cost = 199,00\n", "```suggestion\nprice: 199.00\n```"),
    ],
)
def test_a_suggestion_is_what_fix_writes(tmp_path: Path, wrong: str, block: str) -> None:
    """One for all fixes of the same lines: of several, of none in their place, and of two in one line."""
    rest = GOOD.replace("price: 199.00\n", "")
    [made] = suggestions(problems_of(tmp_path, ("a.yaml", rest + wrong)), ())
    assert made.body.endswith(block)
    assert tuple(wrong.splitlines()[: len(made.before)]) == made.before
    written, _ = applied((rest + wrong).encode(), Examiner(None, frozenset())("a.yaml", (rest + wrong).encode()))
    lines = (rest + wrong).splitlines()
    new = block.split("\n")[1:-1]
    lines[made.first - 1 : made.first - 1 + len(made.before)] = new
    assert written.decode().splitlines() == lines


# Events


def test_an_event_that_is_not_as_documented_is_refused() -> None:
    """Rather than taken for something else."""
    pulls: list[object] = [{"number": 7}, {"number": "x", "head": {"sha": "a", "repo": None}}, []]
    for pull in pulls:
        with pytest.raises(UsageError, match="not as GitHub documents it"):
            event({"GITHUB_REPOSITORY": "a/b"}, {"pull_request": pull})


def test_a_fork_that_was_deleted_is_still_one() -> None:
    """Its repository is none then."""
    pull = {"number": 7, "head": {"sha": "a" * 40, "repo": None}}
    assert event({"GITHUB_REPOSITORY": "a/b"}, {"pull_request": pull}).from_fork


def test_nothing_that_goes_to_github_holds_a_word_of_the_marketplace() -> None:
    """There nobody hides what an answer repeats: status and code, and where the words are."""
    plan = plan_of(2)
    first, second = plan.changes
    said = Result(change=first, verdict=Verdict.FAILED, reason="refused: theirs", status=400, code="invalid")
    ours = Result(change=second, verdict=Verdict.IN_DOUBT, reason="no answer in 30 s")
    told = JobResult(environment="prod", report=Report(run="x", results=(said, ours)), total=2)
    for text in (markdown(told), texts.issue(told), texts.result_summary(told, plan, NOW)):
        assert "theirs" not in text
        assert "the Marketplace answered 400 invalid; its words are in the job's log" in text
        assert "no answer in 30 s" in text
