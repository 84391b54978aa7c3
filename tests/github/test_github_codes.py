"""Problem codes on GitHub: each leads to what it means, and stands beside the line that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog.codes import Code
from offerctl.github.pages import CodesPage
from offerctl.github.suggest import suggestions
from offerctl.github.texts import problems_text
from offerctl.render.codes import page
from support.github import REPOSITORY
from support.gitops import Loop
from support.plans import offering

WRONG = (
    "offeringId: en-03\ntrainingStandardKey: JHSC-2014-1-E-O\ncourseName: x\nprise: 199.00\ncourseDuration: 19.5\n"
    "externalRegistrationUrl: https://safety-training.example/en-03\n"
)
THERE = CodesPage.at("https://github.example/a/b", "c0ffee", "our courses/CODES.md")
ONE = offering("en-01")


def problems() -> tuple[catalog.Problem, ...]:
    """Those of one file with a field that nobody knows."""
    source = "prise: `199.00`  " + "x" * 200
    place = catalog.Span(catalog.Position(4, 1), catalog.Position(4, 6))
    return (
        catalog.Problem(code=Code.UNKNOWN_FIELD, file="offerings/a.yaml", message="no", span=place, source=source),
        catalog.Problem(code=Code.TOO_BIG, file="offerings/b.yaml", message="no"),
    )


def test_each_code_is_a_link_and_stands_above_its_line() -> None:
    """At the commit, so that it leads there from a comment; a long line is cut, and its backticks do nothing."""
    rows = problems_text(problems(), 2, codes=THERE).split("\n\n")[1].split("\n")
    url = "https://github.example/a/b/blob/c0ffee/our%20courses/CODES.md"
    assert rows[0] == f"- offerings/a.yaml\\:<!-- -->4 [OFR104]({url}#ofr104): no"
    assert rows[1].startswith("  prise: \\`199.00\\` x")
    assert rows[1].endswith("x…")
    assert len(rows[1]) < 120
    assert rows[2] == f"- offerings/b.yaml [OFR102]({url}#ofr102): no"


def test_without_the_page_the_command_is_named() -> None:
    """A repository from before there was one."""
    assert "OFR102 (`offerctl explain OFR102`): no" in problems_text(problems(), 2)


@pytest.mark.deep
def test_a_comment_links_to_the_page_where_it_is(it: Loop) -> None:
    """In the pull request's own commit; in the base when only that has it; and nowhere when nobody has it."""
    it.propose(6, ONE, files={"offerings/en-03.yaml": WRONG})
    assert it.plan(6).code == 1
    assert "OFR104 (`offerctl explain OFR104`)" in it.api.ours(6)[0]
    base = it.push_main(ONE, files={"offerings/CODES.md": page()})
    assert it.plan(6).code == 1
    assert f"/blob/{base}/offerings/CODES.md#ofr104)" in it.api.ours(6)[0]
    head = it.propose(7, ONE, files={"offerings/en-03.yaml": WRONG, "offerings/CODES.md": page()})
    job = it.plan(7)
    linked = f"[OFR104](https://github.example/{REPOSITORY}/blob/{head}/offerings/CODES.md#ofr104)"
    assert linked in job.summary
    assert f"{linked}: unknown field" in it.api.ours(7)[0]
    assert "\n  `prise: 199.00`" in it.api.ours(7)[0]
    assert linked in it.api.beside[7][0]["body"]


def test_a_suggestion_links_its_codes(tmp_path: Path) -> None:
    """It is read apart from the comment."""
    (tmp_path / "a.yaml").write_text(WRONG, "utf-8")
    [made] = suggestions(catalog.load_paths((tmp_path,), repo_root=tmp_path).problems, (), THERE)
    assert f"([OFR104]({THERE.url}#ofr104))\n\n```suggestion\nprice: 199.00\n```" in made.body
