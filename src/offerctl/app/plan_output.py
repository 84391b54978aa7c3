"""A plan as a command prints it."""

from __future__ import annotations

from datetime import UTC, datetime

from offerctl.app.liveness import look
from offerctl.app.workspace import Workspace
from offerctl.console import Console
from offerctl.plan import Plan
from offerctl.render import plan_text
from offerctl.render.liveness import warning
from offerctl.state import State
from offerctl.state.claims import Liveness, in_doubt_by


def print_plan(
    plan: Plan, format_: str, console: Console, *, remediation: bool = True, at_work: frozenset[str] = frozenset()
) -> None:
    """A plan on standard output, as text (with `-q` its summary alone), Markdown or JSON.

    `remediation` and `at_work` are for the text, as `plan_text.text` has them.
    """
    now = datetime.now(UTC)
    match format_:
        case "json":
            from offerctl.render import documents  # noqa: PLC0415 - only for this form

            console.document(documents.plan(plan))
        case "markdown":
            from offerctl.render import plan_markdown  # noqa: PLC0415 - only for this form

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


def warn_of_run(workspace: Workspace, state: State | None) -> frozenset[str]:
    """Tell of the run that has a claim on the state: beside it a plan may be stale.

    The ids that it is changing now; none where it is not certain that it lives.
    """
    if state is None or state.run is None:
        return frozenset()
    found, lease = look(workspace, state), workspace.environment.lease
    if message := warning(state, found, datetime.now(UTC), lease=lease):
        workspace.console.warn(message)
    return frozenset(in_doubt_by(state, state.run.id)) if found is Liveness.LIVES else frozenset()
