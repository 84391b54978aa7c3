"""`offerctl ci`: what the GitHub workflows run; one module a command."""

from __future__ import annotations

import click

from offerctl.cli.group import Entry, LazyGroup

COMMANDS = {
    "Commands": {
        "plan": Entry("offerctl.cli.ci.plan:plan", "Tell a pull request what merging it will do."),
        "apply": Entry("offerctl.cli.ci.apply:apply", "Apply what was reviewed, after the merge."),
        "reassert": Entry("offerctl.cli.ci.reassert:reassert", "Write again what was confirmed."),
    },
}


@click.group(cls=LazyGroup, sections=COMMANDS)
def ci() -> None:
    """What the GitHub workflows run.

    They read GITHUB_EVENT_PATH and the other variables of a workflow run, and need GITHUB_TOKEN. Elsewhere:
    offerctl plan --format markdown, and offerctl apply PLANFILE.
    """
