"""All problem codes: the list, the document, and the page that `init` writes and comments link to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from offerctl.catalog.codes import Code
from offerctl.catalog.explanations import EXPLANATIONS
from offerctl.catalog.unread import holds_offering
from offerctl.render import codes

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_this_repository_is_current() -> None:
    """To make it anew: python -c 'from offerctl.render.codes import page; print(page(), end="")'."""
    assert (ROOT / "offerings" / codes.PAGE).read_text("utf-8") == codes.page()


@pytest.mark.parametrize("code", Code)
def test_each_code_is_an_anchor_with_all_that_explain_says(code: Code) -> None:
    """A heading of the code alone, so that its anchor is its number; in Markdown that shows what is written."""
    sections = dict(re.findall(r"^### (OFR\d{3})\n\n(.*?)(?=^##|\Z)", codes.page(), re.MULTILINE | re.DOTALL))
    section, about = sections[code], EXPLANATIONS[code]
    shown = re.sub(r"<!-- -->", "", section).replace("\\", "").replace("&lt;", "<").replace("&amp;", "&")
    assert about.meaning.replace("\\", "") in shown
    assert " ".join(about.text.split()).replace("\\", "") in shown.replace("&gt;", ">")
    for lines in (about.wrong, about.right):
        if lines is not None:
            assert f"yaml\n{lines.replace(chr(9), '<tab>')}\n```" in section
    assert (f'silence = ["{code.slug}"]' in section) is code.is_warning


def test_the_page_is_no_offering() -> None:
    """It lies among them, and its examples are lines of such."""
    assert not holds_offering(codes.page().encode())


def test_the_list_has_every_code_once_in_two_groups() -> None:
    """Errors first, a line each."""
    listed = codes.listed()
    errors, warnings, more = listed.split("\n\n")
    assert re.findall(r"^  (OFR1\d\d) ", errors, re.MULTILINE) == [c for c in Code if not c.is_warning]
    assert re.findall(r"^  (OFR2\d\d) ", warnings, re.MULTILINE) == [c for c in Code if c.is_warning]
    assert more == "One of them in full: offerctl explain 104"
    assert max(map(len, listed.splitlines())) <= 88


def test_the_document_has_what_the_page_has() -> None:
    """For programs."""
    document = json.loads(codes.json([Code.FREE, Code.TOO_BIG]))
    assert document["format_version"] == "1.0"
    free, big = document["codes"]
    assert (free["code"], free["name"], free["severity"]) == ("OFR203", "free", "warning")
    assert (big["severity"], big["wrong"], big["text"]) == ("error", None, EXPLANATIONS[Code.TOO_BIG].text)
