"""`offerctl validate`: the offering files, without state and without network."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "concise", "json", "github"]),
    help="The form of the output; text, and on a GitHub runner github.",
)
@click.option("--fix", is_flag=True, help="Write what is certain into the files.")
@pass_session
def validate(session: Session, *, paths: tuple[Path, ...], format_: str | None, fix: bool) -> Exit:
    """Check the offering files, or only the files and folders PATH."""
    from offerctl import catalog  # noqa: PLC0415 - YAML and the schema are only for commands that read files
    from offerctl.catalog.discover import check_folder  # noqa: PLC0415 - see above
    from offerctl.catalog.fix import mend  # noqa: PLC0415 - see above
    from offerctl.render import problems as render  # noqa: PLC0415 - see above

    config, console = session.config, session.console
    places = tuple(session.directory / path for path in paths) or (config.offerings,)
    if not paths:
        check_folder(config.offerings)
    schema = catalog.read_schema(config.schema)
    format_ = format_ or ("github" if session.environ.get("GITHUB_ACTIONS") else "text")
    if fix and (done := tuple(mend(places, repo_root=config.root, schema=schema, silence=config.silence))):
        console.status(f"{render.fixed(done)}\n")
    found = catalog.load_paths(places, schema=schema, silence=config.silence, repo_root=config.root)
    match format_:
        case "json":
            console.out(render.json(found.problems))
        case "github":
            console.out(render.github(found.problems, found.files))
        case "concise":
            console.out(render.concise(found.problems, found.files))
        case _:
            console.out(render.text(found.problems, found.files, console.style))
    return Exit.ERROR if found.errors else Exit.OK
