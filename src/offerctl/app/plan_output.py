"""A plan as a command prints it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offerctl.console import Console
    from offerctl.plan import Plan
    from offerctl.state import State


def print_plan(
    plan: Plan, format_: str, console: Console, *, remediation: bool = True, at_work: frozenset[str] = frozenset()
) -> None:
    """A plan on standard output, as text (with `-q` its summary alone), Markdown or JSON.

    `remediation` and `at_work` are for the text, as `plan_text.text` has them.
    """
    now = datetime.now(UTC)
    match format_:
        case "json":
            from offerctl.plan import document  # noqa: PLC0415 - one form is printed

            console.data(document.encode(plan))
        case "markdown":
            from offerctl.render import plan_markdown  # noqa: PLC0415 - as above

            console.out(plan_markdown.text(plan, now=now))
        case _:
            from offerctl.render import plan_text  # noqa: PLC0415 - as above

            style = console.style
            if console.quiet:
                console.out(plan_text.brief(plan, style, remediation=remediation))
            else:
                console.out(plan_text.text(plan, now=now, style=style, remediation=remediation, at_work=at_work))


def tell_refusals(plan: Plan, console: Console) -> bool:
    """Tell why the plan may not run, and the ways on; whether there is any such reason."""
    from offerctl.render.plan_text import refusals  # noqa: PLC0415 - with the plan

    for message, hint in refusals(plan):
        console.error(message, hint)
    return bool(plan.refusals)


def warn_of_run(state: State | None, console: Console, *, dead: bool = False) -> None:
    """Tell that another run is at work, or `dead`: a plan goes on, but may be stale."""
    from offerctl.render.plan_text import under_way  # noqa: PLC0415 - with the plan

    if state is not None and (message := under_way(state, datetime.now(UTC), dead=dead)):
        console.warn(message)
