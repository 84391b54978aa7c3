"""Warnings about single values: right by every rule, and yet probably not what their author means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document, Node
from offerctl.catalog.encodings import of_another_system
from offerctl.catalog.looks import (
    decoded_again,
    decomposed,
    looks_misread,
    lost_letter,
    markup,
    mixed_word,
    odd_quote,
    unescaped,
    within_quotes,
)
from offerctl.catalog.nearest import PROTECT, same_standard
from offerctl.catalog.odd_addresses import odd_address
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.scalars import quoted, written
from offerctl.catalog.several import run_on
from offerctl.catalog.shown import shortened, spelled
from offerctl.catalog.swallowed import swallowed
from offerctl.standards import Standards

NAME, URL, STANDARD = "courseName", "externalRegistrationUrl", "trainingStandardKey"
MOST_HOURS = 100
"""Longer courses are rare, and a number of minutes mostly is larger."""
_COMMENT = re.compile(r"[ \t]+#(?P<text>\s*\S.*)")
_BESIDE = re.compile(r"[^\s#][ \t]+#")  # not alone on its line
_TEXTS = ("offeringId", NAME, URL)
_ABBREVIATIONS = {"English": "JHSC", "French": "CMSST"}
"""What the course is called in each language: the only word that is taken for one."""
_LETTERS = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0152\u0153"
_PLAIN_NAME = re.compile(rf"[{_LETTERS}](?:[{_LETTERS} ,.()\-/:+']*[{_LETTERS}.)])?")
"""Names that nothing but their language can be said of: most."""


def lints(document: Document, broken: frozenset[str], standards: Standards) -> Iterator[Problem]:
    """The warnings of one file. `broken` are the pointers of values that are wrong: of them all is said."""
    values = document.values
    text = document.source.text
    if (" #" in text or "\t#" in text) and _BESIDE.search(text):
        yield from _lost_text(document, broken)
    if "\n " in text or "\r " in text:
        for line in swallowed(document):
            if line.meant in values or line.meant == PROTECT:  # what is missing is told where it should stand
                yield line.problem(document, Code.SWALLOWED, line.words)
    name, url = values.get(NAME), values.get(URL)
    if isinstance(url, str) and f"/{URL}" not in broken:
        yield from _address(document, url)
    yield from _numbers(document, broken)
    if isinstance(name, str):
        if ":" in name and f"/{NAME}" not in broken:
            yield from _run_on(document, name)
        if f"/{NAME}" not in broken and not _PLAIN_NAME.fullmatch(name):
            yield from _name(document, name)
        yield from _language(document, name, standards)


def _numbers(document: Document, broken: frozenset[str]) -> Iterator[Problem]:
    price, hours = document.values.get("price"), document.values.get("courseDuration")
    if isinstance(price, Decimal) and price == 0 and "/price" not in broken:
        message = "the price is 0: the course will be listed as free"
        yield document.source.problem(Code.FREE, document.nodes["/price"].span, message, pointer="/price")
    if isinstance(hours, Decimal) and hours > MOST_HOURS and "/courseDuration" not in broken:
        span = document.nodes["/courseDuration"].span
        message = f"the course takes more than {MOST_HOURS} hours"
        yield document.source.problem(
            Code.LONG_COURSE, span, message, pointer="/courseDuration", hint="hours, not minutes"
        )


def _address(document: Document, url: str) -> Iterator[Problem]:
    node, pointer = document.nodes[f"/{URL}"], f"/{URL}"
    source = document.source
    if url[:5].lower() == "http:":
        message = "the registration page is not encrypted"
        yield source.problem(Code.HTTP_URL, node.span, message, pointer=pointer, hint="use https://")
    if "&" in url and (meant := unescaped(url)) is not None:
        message = f"{markup(url)} is HTML, and part of the address as it stands here"
        fix = node.replaced(written(meant))
        hint = f"write {shortened(meant, 120)}"
        yield source.problem(Code.MARKUP, node.span, message, pointer=pointer, hint=hint, fix=fix)
    if odd := odd_address(url):
        yield source.problem(Code.ODD_URL, node.span, odd[0], pointer=pointer, hint=odd[1])
    if url[-1] in ",;":
        yield _line_end(document, node, pointer, url)


def _name(document: Document, name: str) -> Iterator[Problem]:
    """What a name shows that is not meant to be seen. Of several the first that explains the others."""
    for look in _LOOKS:
        if problem := look(document, document.nodes[f"/{NAME}"], name):
            yield problem
            return


def _run_on(document: Document, name: str) -> Iterator[Problem]:
    """`JHSC Part One protect:true`, which YAML takes for a name."""
    if field := run_on(name):
        message = f"`{field}` and its value are part of the name, and would be shown"
        node = document.nodes[f"/{NAME}"]
        hint = f"a line break is missing: write `{field}: …` in a line of its own"
        yield document.source.problem(Code.SWALLOWED, node.span, message, pointer=f"/{NAME}", hint=hint)


def _blanks(document: Document, node: Node, name: str) -> Problem | None:
    if name == name.strip():
        return None
    return document.source.problem(
        Code.BLANKS,
        node.span,
        "`courseName` has spaces at its ends",
        pointer=f"/{NAME}",
        hint="they show in the Marketplace",
        fix=node.replaced(quoted(name.strip())),
    )


def _misread(document: Document, node: Node, name: str) -> Problem | None:
    if not looks_misread(name):
        return _lost_letter(document, node, name)
    meant = decoded_again(name)
    return document.source.problem(
        Code.MISREAD,
        node.span,
        "`courseName` looks like text that was read in the wrong encoding",
        pointer=f"/{NAME}",
        hint=f"it was probably {shortened(meant, 80)}" if meant else "type the letters with accents again",
        fix=node.replaced(written(meant)) if meant else None,
    )


def _lost_letter(document: Document, node: Node, name: str) -> Problem | None:
    sign = lost_letter(name)
    if sign is None:
        return None
    meant = of_another_system(name)
    return document.source.problem(
        Code.MISREAD,
        node.span,
        f"`courseName` holds {sign} where a letter with an accent probably was",
        pointer=f"/{NAME}",
        hint=f"is {shortened(meant, 80)} meant?" if meant else "type the letters with accents again",
    )


def _markup(document: Document, node: Node, name: str) -> Problem | None:
    found, meant = markup(name), unescaped(name)
    if found is None:
        return None
    message = f"{shortened(found)} is HTML, and would be shown as it stands here"
    fix = node.replaced(written(meant)) if meant and markup(meant) is None else None
    hint = f"write {shortened(meant, 80)}" if fix and meant else "write the character itself, or nothing"
    return document.source.problem(Code.MARKUP, node.span, message, pointer=f"/{NAME}", hint=hint, fix=fix)


def _shown_quotes(document: Document, node: Node, name: str) -> Problem | None:
    inner = within_quotes(name)
    if inner is None:
        return _odd_quote(document, node, name)
    return document.source.problem(
        Code.SHOWN_QUOTES,
        node.span,
        f"the quotes {name[0]} and {name[-1]} are part of the name, and would be shown",
        pointer=f"/{NAME}",
        hint="take them out, or write straight ones",
        fix=node.replaced(written(inner)),
    )


def _odd_quote(document: Document, node: Node, name: str) -> Problem | None:
    sign = odd_quote(name)
    end = node.span.end
    if sign is None or _COMMENT.match(document.source.line(end.line), end.column - 1):  # the rest is a comment
        return None
    return document.source.problem(
        Code.SHOWN_QUOTES,
        node.span,
        f"the quote {sign} is part of the name, and would be shown",
        pointer=f"/{NAME}",
        hint="take it out, or write the one that is missing",
    )


def _comma(document: Document, node: Node, name: str) -> Problem | None:
    return _line_end(document, node, f"/{NAME}", name) if name[-1] in ",;" and len(name) > 1 else None


def _line_end(document: Document, node: Node, pointer: str, value: str) -> Problem:
    """A fix where the value stands in one line. In an address a comma can be meant, unless other lines have it."""
    message = f"the `{value[-1]}` at the end does not belong to the value"
    lines = sum(line.rstrip().endswith(value[-1]) for line in document.source.lines if line[:1] != "#")
    is_certain = node.is_plain and (pointer != f"/{URL}" or lines > 1)
    end = node.span.end
    start = Position(end.line, end.column - 1) if node.is_plain else node.span.start
    problem = document.source.problem(
        Code.LINE_END, Span(start, end), message, pointer=pointer, hint="delete it; a line ends without a sign"
    )
    return document.source.with_fix(problem, Fix(start=start, end=end, text="")) if is_certain else problem


def _mixed(document: Document, node: Node, name: str) -> Problem | None:
    found = mixed_word(name)
    if found is None:
        return None
    message = f"`courseName` holds {spelled(found[1])}, which only looks like {found[2]}"
    return document.source.problem(
        Code.LOOK_ALIKE, node.span, message, pointer=f"/{NAME}", hint=f"type it again: {found[2]}"
    )


def _decomposed(document: Document, node: Node, name: str) -> Problem | None:
    found = decomposed(name)
    if found is None:
        return None
    parts = " and ".join(spelled(part) for part in found[1])
    return document.source.problem(
        Code.LOOK_ALIKE,
        node.span,
        f"`courseName` holds {found[2]} written in parts ({parts}), which only looks like {spelled(found[2][0])}",
        pointer=f"/{NAME}",
        hint="type the letter again, as one",
        fix=node.replaced(written(unicodedata.normalize("NFC", name))),
    )


_LOOKS: tuple[Callable[[Document, Node, str], Problem | None], ...] = (
    *(_blanks, _misread, _markup, _shown_quotes, _comma, _mixed, _decomposed),
)


def _language(document: Document, name: str, standards: Standards) -> Iterator[Problem]:
    """Only the course's own abbreviation says its language; a name with both is fine, no other word is guessed."""
    folded = name.upper()
    said = [language for language, word in _ABBREVIATIONS.items() if word in folded]
    if len(said) != 1:
        return
    key = document.values.get(STANDARD)
    if not isinstance(key, str):
        return
    languages = {str(one): standards.language(one) for one in standards}
    meant = key if key in languages else same_standard(key, languages)
    language = languages[meant] if meant else None
    if language is None or language == said[0]:
        return
    found = re.search(rf"\b{_ABBREVIATIONS[said[0]]}\b", name, re.IGNORECASE)
    if found is None:
        return
    other = next((one for one in languages if languages[one] == said[0]), None)
    yield document.source.problem(
        Code.LANGUAGE,
        document.nodes[f"/{NAME}"].span,
        f"the name is that of the {said[0]} course ({found[0]}), and {meant} is the {language} one",
        pointer=f"/{NAME}",
        hint=f"the standard cannot be changed later: is it {other}?" if other else None,
    )


def _lost_text(document: Document, broken: frozenset[str]) -> Iterator[Problem]:
    """A comment after a text without quotes: in a name always, elsewhere when # touches what follows it."""
    for field in _TEXTS:
        node = document.nodes.get(f"/{field}")
        if node is None or not node.is_plain or not node.text or f"/{field}" in broken:
            continue
        end = node.span.end
        line = document.source.line(end.line)
        found = _COMMENT.match(line, end.column - 1)
        kind = "straight quotes, without the others" if odd_quote(node.text) else "quotes"
        if found and (field == NAME or not found["text"][0].isspace()):
            yield document.source.problem(
                Code.LOST_TEXT,
                Span(Position(end.line, found.start("text")), Position(end.line, len(line) + 1)),
                f"what stands after ` #` is a comment, not part of `{field}`",
                pointer=f"/{field}",
                hint=f"put the whole value in {kind}, or the comment on a line of its own",
            )
