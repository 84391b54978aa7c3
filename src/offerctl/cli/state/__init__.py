"""`offerctl state`: one module a command."""

from __future__ import annotations

import click

from offerctl.cli.group import Entry, LazyGroup

COMMANDS = {
    "Look": {
        "status": Entry("offerctl.cli.state.status:status", "Show who holds the state, and what is open."),
        "list": Entry("offerctl.cli.state.list:list_", "List what is believed of every listing."),
        "show": Entry("offerctl.cli.state.show:show", "Show all that is believed of one listing."),
        "pull": Entry("offerctl.cli.state.pull:pull", "Print the state document."),
    },
    "Take along, and end": {
        "move": Entry("offerctl.cli.state.move:move", "Take it to another address, name or home."),
        "retire": Entry("offerctl.cli.state.retire:retire", "Delete every listing, and close the state."),
    },
    "Mend": {
        "forget": Entry("offerctl.cli.state.forget:forget", "Take one listing out of offerctl's hands."),
        "unlock": Entry("offerctl.cli.state.unlock:unlock", "End the lease of a run that is dead."),
        "restore": Entry("offerctl.cli.state.restore:restore", "Bring back what a kept version knew."),
        "push": Entry("offerctl.cli.state.push:push", "Bring back what a state document knew."),
        "rebuild": Entry("offerctl.cli.state.rebuild:rebuild", "Make a lost state anew from git's history."),
    },
}


@click.group(cls=LazyGroup, sections=COMMANDS)
def state() -> None:
    """Look at and mend the state.

    The state holds beliefs, because the Marketplace cannot be read. None of these commands but retire calls the
    Marketplace; what they put in doubt, the next apply settles.
    """
