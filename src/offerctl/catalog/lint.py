"""Warnings about one offering: right by every rule, and yet probably not what its author means."""

from __future__ import annotations

import re
from collections.abc import Iterator

from offerctl.catalog.codes import Code
from offerctl.catalog.parse import Document
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.scalars import quoted
from offerctl.offering import Offering

_COMMENT = re.compile(r"[ \t]+#(?P<text>\s*\S.*)")
_BESIDE = re.compile(r"[^\s#][ \t]+#")  # not alone on its line
_TEXTS = ("offeringId", "courseName", "externalRegistrationUrl")


def lints(document: Document, offering: Offering) -> Iterator[Problem]:
    """The warnings of one file."""
    yield from _lost_text(document)
    source, nodes = document.source, document.nodes
    if offering.external_registration_url.lower().startswith("http:"):
        pointer = "/externalRegistrationUrl"
        message = "the registration page is not encrypted"
        yield source.problem(Code.HTTP_URL, nodes[pointer].span, message, pointer=pointer, hint="use https://")
    if offering.price == 0:
        message = "the price is 0: the course will be listed as free"
        yield source.problem(Code.FREE, nodes["/price"].span, message, pointer="/price")
    if offering.course_name != offering.course_name.strip():
        node = nodes["/courseName"]
        yield source.problem(
            Code.BLANKS,
            node.span,
            "`courseName` has blanks at its ends",
            pointer="/courseName",
            hint="they show in the Marketplace",
            fix=node.replaced(quoted(offering.course_name.strip())),
        )


def _lost_text(document: Document) -> Iterator[Problem]:
    """A comment after a text without quotes: in a name always, elsewhere when # touches what follows it."""
    if not _BESIDE.search(document.source.text):
        return
    for field in _TEXTS:
        node = document.nodes[f"/{field}"]
        end = node.span.end
        line = document.source.line(end.line)
        found = _COMMENT.match(line, end.column - 1)
        if node.is_plain and found and (field == "courseName" or not found["text"][0].isspace()):
            yield document.source.problem(
                Code.LOST_TEXT,
                Span(Position(end.line, found.start("text")), Position(end.line, len(line) + 1)),
                f"what stands after ` #` is a comment, not part of `{field}`",
                pointer=f"/{field}",
                hint="put the whole value in quotes, or the comment on a line of its own",
            )
