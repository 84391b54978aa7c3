"""Texts for GitHub as values: what fits, how runs end, and that text of others does nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog import Problem
from offerctl.catalog.fix import applied
from offerctl.catalog.load import Examiner
from offerctl.catalog.nearest import EXAMPLES, FIELDS
from offerctl.errors import Exit, UsageError
from offerctl.github import marker as markers
from offerctl.github import texts
from offerctl.github.event import event
from offerctl.github.page import Page
from offerctl.github.result import BUDGET, JobResult, UnapprovedChange, headline, markdown
from offerctl.github.suggest import Suggestion, lines_in, suggestions
from offerctl.github.texts import Around
from offerctl.plan import Plan
from offerctl.run import Report, Result, Verdict
from support.plans import FREE, FRENCH, NOW, live, offering, planned, wanted

GUIDE = Path(__file__).parents[2] / ".github" / "GITOPS.md"
COMMENT = 65_536
SUMMARY = 1024 * 1024
ANNOTATIONS = 10
HOSTILE = (
    "::error::forged",
    "x ##[error]forged",
    "`</summary></details><!-- -->",
    "````` ```suggestion",
    "@everyone #1 GH-1 www.evil.example https://evil.example",
    "_www.evil.example/pay *www.evil.example ~www.evil.example (www.evil.example",
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


# The marker


@pytest.mark.parametrize("environment", ["prod", "x", "A-b_9"])
def test_a_marker_is_one_line_that_is_read_as_it_was_written(environment: str) -> None:
    """At the beginning of a comment, alone in its line."""
    line = markers.write(environment)
    assert markers.read(f"{line}\nMore.") == markers.read(f"{line}\r\nMore.") == markers.read(line) == environment
    assert markers.read(f"\n{line}") is None
    assert markers.read(f"{line} and more") is None
    assert markers.read(line.replace(environment, "a b")) is None


# Budgets


def many() -> Plan:
    """5,000 changes, deletions among them, with the longest names."""
    old = {f"old-{n}": live(offering(f"old-{n}", course_name="A course of old")) for n in range(1000)}
    files = wanted(*(offering(f"en-{n:05}", course_name="@" * 255) for n in range(4000)))
    return planned(files, old, allow_deletes="all")


@pytest.mark.deep
def test_a_comment_and_a_summary_hold_5000_changes() -> None:
    """Deletions first, the rest counted; after the merge too."""
    plan = many()
    body = texts.comment("prod", texts.plan_page(plan, NOW, Around()).text)
    assert COMMENT // 2 < len(body) <= texts.COMMENT_BUDGET
    assert body.index("remove *") < body.index("more change")
    assert len(texts.plan_summary(plan, NOW, Page()).encode()) <= SUMMARY
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
        assert len(texts.after(body, "prod", job_result)) <= COMMENT
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
    assert len(texts.comment("prod", texts.problems_text(found, 400))) <= COMMENT
    assert len(texts.problems_text(found, 400, texts.SUMMARY_BUDGET).encode()) <= SUMMARY
    assert "more problem" in texts.problems_text(found, 400)


def test_after_the_merge_what_was_reviewed_stays_below(tmp_path: Path) -> None:
    """However often it is told again, and whatever the reviewed text holds."""
    plan = planned(wanted(offering(course_name="<!-- offerctl:reviewed -->")), {})
    body = texts.comment("prod", texts.plan_page(plan, NOW, Around()).text)
    job_result = JobResult(environment="prod", report=Report(run="x", results=()))
    once = texts.after(body, "prod", job_result)
    assert texts.after(once, "prod", job_result) == once
    assert once.endswith(body.split("\n", 2)[2])
    assert texts.shown(once) == texts.shown(body)


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
    body = texts.comment("prod", texts.plan_page(plan, NOW, Around()).text)
    results = tuple(Result(change=change, verdict=Verdict.DONE) for change in plan.changes)
    job_result = JobResult(environment="prod", report=Report(run="x", results=results))
    seen = re.sub(r"<!--.*-->\n|\n\n<details>(?s:.*)", "", texts.after(body, "prod", job_result))
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
    return re.sub(r"\A<!-- offerctl:plan \w+ -->\n", "", text).replace("<!-- offerctl:reviewed -->", "", 1)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_nothing_in_comments_and_summaries(name: str) -> None:
    """They neither close an element, nor mention, link, format, hide or forge anything."""
    plan = hostile_plan(name)
    body = texts.comment("prod", texts.plan_page(plan, NOW, Around()).text)
    results = tuple(
        Result(change=c, verdict=Verdict.FAILED, reason=name, code=name, status=400) for c in plan.changes
    )
    report = Report(run="x", results=results, contested=(name,), halted=name)
    job_result = JobResult(environment="prod", report=report, reasons=(name,), held=HELD, total=4)
    after = texts.after(body, "prod", job_result)
    for text in (body, after, texts.plan_summary(plan, NOW, Page()), texts.issue(job_result)):
        shown = outside(text.removeprefix("<!-- offerctl:not-in-sync prod -->"))
        left = re.sub(r"</?(?:details|summary)>", "", shown)
        assert not re.search(r"(?<!\\)[<>]", left.replace("<!-- -->", "")), left
        assert not re.search(r"@\w|\bGH-\d|www\.|\w:/", left), left
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\r]", text)
    assert markers.read(body) == "prod"
    assert markers.read(after) == "prod"
    assert texts.shown(after) == texts.shown(body)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_do_nothing_in_problem_lists_suggestions_and_annotations(tmp_path: Path, name: str) -> None:
    """Whatever stands in the file and in its name."""
    text = f"courseName: {name!r}\nprice: 199 $ # {name.splitlines()[0][:40]}\n"
    stem = "".join(c for c in name[:40] if c.isprintable() and c != "/")
    found = problems_of(tmp_path, (f"{stem}.yaml", text))
    body = texts.comment("prod", texts.problems_text(found, 1))
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
