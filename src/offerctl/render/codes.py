"""All problem codes: as a list at a terminal, as a document for programs, and as the page that comments link to.

One code in full is `problems.explained`; what each of them means stands in `catalog.explanations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from offerctl.catalog.codes import Code
from offerctl.catalog.explanations import EXPLANATIONS
from offerctl.render.documents import document
from offerctl.render.markdown import escaped, fenced
from offerctl.render.style import PLAIN, Style, Tone

FORMAT_VERSION = "1.0"
PAGE = "CODES.md"
"""The page's name, in the offerings folder."""
_KINDS = {False: "Errors: nothing is applied until they are mended", True: "Warnings: they let an apply go on"}
_CODE = re.compile(r"(`[^`\n]+`)")


def listed(style: Style = PLAIN) -> str:
    """Every code in a line of its own, errors before warnings, and how to read on."""
    width = max(len(code.slug) for code in Code)
    parts = []
    for is_warning, title in _KINDS.items():
        rows = [
            f"  {style(f'{code}', Tone.STRONG)}  {code.slug:<{width}}  {EXPLANATIONS[code].meaning}"
            for code in Code
            if code.is_warning is is_warning
        ]
        parts.append("\n".join([f"{title}.", *rows]))
    return "\n\n".join([*parts, "One of them in full: offerctl explain 104"])


def json(codes: Iterable[Code]) -> str:
    """The codes as a document that programs read."""
    return document({"format_version": FORMAT_VERSION, "codes": [_as_json(code) for code in codes]})


def page() -> str:
    """The page in Markdown that `init` writes: each code is a heading, and so an anchor (`#ofr104`)."""
    opening = (
        "# What the problem codes mean\n\n"
        "offerctl tells each problem of an offering file with a code; comments on pull requests link to it here. "
        "At a terminal: `offerctl explain 104`. This page is written by `offerctl init`."
    )
    return "\n\n".join([opening, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for is_warning, title in _KINDS.items():
        yield f"## {title}"
        yield from (_section(code) for code in Code if code.is_warning is is_warning)


def _section(code: Code) -> str:
    about = EXPLANATIONS[code]
    parts = [f"### {code}", f"**{_prose(about.meaning)}** (`{code.slug}`)", _prose(about.text)]
    for before, lines in (("Instead of", about.wrong), ("write", about.right)):
        if lines is not None:
            parts += [before, fenced(lines.replace("\t", "<tab>"), "yaml")]
    if code.is_warning:
        parts.append(f'To silence it, in `offerctl.toml` above the first `[table]`: `silence = ["{code.slug}"]`')
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    """A text of ours as Markdown: what stands between backticks is code, nothing else formats."""
    pieces = _CODE.split(text)
    return "".join(piece if number % 2 else _escaped_within(piece) for number, piece in enumerate(pieces))


def _escaped_within(text: str) -> str:
    """As `escaped`, with the blanks at both ends kept: they part a word from the code beside it."""
    inside = text.strip()
    if not inside:
        return text
    start = text.index(inside)
    return f"{text[:start]}{escaped(inside)}{text[start + len(inside) :]}"


def _as_json(code: Code) -> dict[str, object]:
    about = EXPLANATIONS[code]
    return {
        "code": code,
        "name": code.slug,
        "severity": "warning" if code.is_warning else "error",
        "meaning": about.meaning,
        "text": about.text,
        "wrong": about.wrong,
        "right": about.right,
    }
