"""A plan as a command prints it."""

from __future__ import annotations

from datetime import UTC, datetime

from offerctl.console import Console
from offerctl.plan import Plan, document
from offerctl.render import plan_markdown, plan_text
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
            console.data(document.encode(plan))
        case "markdown":
            console.out(plan_markdown.text(plan, now=now))
        case _:
            style = console.style
            if console.quiet:
                console.out(plan_text.brief(plan, style, remediation=remediation))
            else:
                console.out(plan_text.text(plan, now=now, style=style, remediation=remediation, at_work=at_work))


def tell_refusals(plan: Plan, console: Console) -> bool:
    """Tell why the plan may not run, and the ways on; whether there is any such reason."""
    for message, hint in plan_text.refusals(plan):
        console.error(message, hint)
    return bool(plan.refusals)


def warn_of_run(state: State | None, console: Console, *, dead: bool = False) -> None:
    """Tell that another run is at work, or `dead`: a plan goes on, but may be stale."""
    if state is not None and (message := plan_text.under_way(state, datetime.now(UTC), dead=dead)):
        console.warn(message)
