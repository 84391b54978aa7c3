"""The command line: parse, wire, print, exit codes. One small module a command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from offerctl import __version__
from offerctl.cli.failure import report
from offerctl.cli.group import Entry, LazyGroup
from offerctl.console import ColorChoice, Console, lost_output, prepare_streams
from offerctl.errors import Exit

COMMANDS = {
    "Work": {
        "validate": Entry("offerctl.cli.validate:validate", "Check the offering files."),
        "check-links": Entry("offerctl.cli.check_links:check_links", "Look at the registration pages."),
        "plan": Entry("offerctl.cli.plan:plan", "Show what apply would do."),
        "apply": Entry("offerctl.cli.apply:apply", "Bring the Marketplace to what the files say."),
        "show": Entry("offerctl.cli.show:show", "Show a saved plan."),
        "preview": Entry("offerctl.cli.preview:preview", "Write the page as it will be, what changes marked."),
    },
    "State": {
        "import": Entry("offerctl.cli.import_:import_", "Manage listings that already exist."),
        "history": Entry("offerctl.cli.history:history", "Show past runs, or one listing's life."),
        "state": Entry("offerctl.cli.state:state", "Look at and mend the state."),
    },
    "Marketplace": {
        "probe": Entry("offerctl.cli.probe:probe", "Find out how a Marketplace speaks."),
        "marketplace": Entry("offerctl.cli.marketplace:marketplace", "Serve the embedded Marketplace."),
        "drill": Entry("offerctl.cli.drill:drill", "Kill apply at every request, and see that it recovers."),
    },
    "Begin": {
        "init": Entry("offerctl.cli.init:init", "Make this folder a repository that plans and applies."),
        "new": Entry("offerctl.cli.new:new", "Write the file of a new offering."),
        "environments": Entry("offerctl.cli.environments:environments", "List what is configured."),
        "schema": Entry("offerctl.cli.schema:schema", "Write the schema that editors use."),
    },
    "Workflows": {
        "ci": Entry("offerctl.cli.ci:ci", "What the GitHub workflows run."),
    },
    "Help": {
        "explain": Entry("offerctl.cli.explain:explain", "Explain problem codes, or list them all."),
    },
}


class _Program(LazyGroup):
    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; failures are told in the colours that the options chose."""
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost frame
            return report(error, ctx.obj.console if ctx.obj else Console(color=ctx.params["color"]))


@click.group(
    cls=_Program,
    sections=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A command's own help: offerctl COMMAND --help",
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(),
    metavar="FILE",
    envvar="OFFERCTL_CONFIG",
    show_envvar=True,
    help="The configuration, instead of the nearest offerctl.toml upwards.",
)
@click.option(
    "--chdir",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Work in this folder.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    envvar="OFFERCTL_COLOR",
    show_envvar=True,
    help="When to use colour.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only errors and the summary.")
@click.option("-v", "--verbose", is_flag=True, help="Also each request, on standard error.")
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(
    ctx: click.Context,
    *,
    config_file: str | None,
    chdir: str | None,
    color: ColorChoice,
    quiet: bool,
    verbose: bool,
) -> None:
    """Marketplace listings as code."""
    from offerctl.app.session import Session  # noqa: PLC0415 - help and completion, which do not come here, are cheap

    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other.")
    if chdir is not None:
        os.chdir(chdir)
    kind = _job_console() if ctx.invoked_subcommand == "ci" else Console
    console = kind(color=color, quiet=quiet, verbose=verbose)
    ctx.obj = Session.open(console, config_file=config_file, environ=os.environ)


def _job_console() -> type[Console]:
    from offerctl.console.job import JobConsole  # noqa: PLC0415 - only in a workflow

    return JobConsole


def main(args: Sequence[str] | None = None) -> int:
    """The console entry point: runs a command and gives back its exit code.

    A command returns an `Exit`, or nothing when all is well; every failure is told here and in `_Program.invoke`.
    """
    prepare_streams()
    try:
        code = program.main(args, prog_name="offerctl", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost frame
        code = report(error, Console())
    return _unless_lost(int(code or Exit.OK))


def _unless_lost(code: int) -> int:
    """The exit code, which is no success where the result could not be written."""
    lost = lost_output()
    if lost is None or code not in {Exit.OK, Exit.CHANGES}:
        return code
    Console().error(f"standard output could not be written: {lost}. A part of it is lost; what was done stands.")
    return Exit.ERROR
