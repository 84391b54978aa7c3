"""Values as JSON text, harmless wherever it is shown: a document of many lines, or one line of many."""

from __future__ import annotations

from offerctl import canon
from offerctl.plan import Plan
from offerctl.plan.document import encode


def document(value: object) -> str:
    """The value laid out for people, without the last line's end."""
    return canon.document(value).decode().removesuffix("\n")


def line(value: object) -> str:
    """The value on one line."""
    return canon.line(value).decode()


def plan(made: Plan) -> str:
    """A plan: what `--out` writes."""
    return encode(made).decode().removesuffix("\n")
