"""A page: a plan as a pull request shows it, and what of it whoever reads the page has seen in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from offerctl.render import plan_markdown
from offerctl.render.plan_markdown import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A plan as Markdown, and what of it a reader of its `plain` words has seen in full; `technical` is folded.

    `shown` are changes, `as_they_are` listings that nothing is changed of at present, and `unprotected` those that
    lose their protection. `left` counts the changes that are not shown.
    """

    plain: str = ""
    technical: str = ""
    shown: frozenset[str] = frozenset()
    as_they_are: frozenset[str] = frozenset()
    unprotected: frozenset[str] = frozenset()
    left: int = 0

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.plain}\n\n{self.technical}"


def page(sheet: Sheet, now: datetime) -> Page:
    """What is on the sheet."""
    words = plan_markdown.Words(sheet)
    plain = words.text
    return Page(
        plain=plain,
        technical=plan_markdown.technical(sheet.plan, now=now, budget=sheet.budget - len(plain) - 2),
        shown=frozenset(words.shown),
        as_they_are=frozenset(words.as_they_are),
        unprotected=frozenset(words.unprotected),
        left=len(words.left_out),
    )
