"""What `offerctl validate` does: the offering files, without state and without network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from offerctl import catalog
from offerctl.app.checkout import read_offerings
from offerctl.app.session import Session
from offerctl.catalog import Catalogue
from offerctl.catalog.fix import mend
from offerctl.errors import Exit
from offerctl.render import problems as render


def validate(session: Session, paths: Sequence[Path], *, format_: str | None, fix: bool) -> Exit:
    """Tell every problem of the files and folders at these paths, or of the offerings folder; an error is exit 1.

    `fix` first writes what is certain. Without a `format_` it is text, and on a GitHub runner github.

    Raises:
        CatalogError: there is nothing at a path, or it cannot be read as a whole.
        CheckoutError: files of the offerings folder that git knows are not there.
    """
    config, console = session.config, session.console
    places = tuple(session.directory / path for path in paths) or (config.offerings,)
    schema = catalog.read_schema(config.schema, repo_root=config.root)
    format_ = format_ or ("github" if session.environ.get("GITHUB_ACTIONS") else "text")
    rules: Mapping[str, Any] = {"schema": schema, "silence": config.silence, "standards": config.standards}
    if fix:
        if not paths:
            read_offerings(config)  # nothing is written where a part is missing
        for problem in mend(places, repo_root=config.root, **rules):  # told as it is written, whatever comes later
            console.status(f"{render.fixed((problem,))}\n")
    found: Catalogue
    if paths:
        found = catalog.load_paths(places, repo_root=config.root, **rules)
    else:
        found = files = read_offerings(config)
        if files.doubt is not None:
            console.warn(
                f"{files.doubt.message}. So it is not known whether files are missing. {files.doubt.hint}"
            )
    match format_:
        case "json":
            console.document(render.json(found.problems))
        case _ if not found.files:
            console.out(render.nothing(paths or (config.offerings.relative_to(config.root),)))
        case "github":
            console.command(render.github(found.problems, found.files))
        case "concise":
            console.out(render.concise(found.problems, found.files))
        case _:
            console.out(render.text(found.problems, found.files, console.style))
    return Exit.ERROR if found.errors else Exit.OK
