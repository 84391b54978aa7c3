"""What `offerctl validate` does: the offering files, without state and without network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from offerctl import catalog
from offerctl.app.checkout import read_offerings
from offerctl.app.session import Session
from offerctl.catalog import Catalogue, discover
from offerctl.catalog.fix import mend
from offerctl.config import Config
from offerctl.console import Console
from offerctl.desired import Wanted
from offerctl.errors import CheckoutError, Exit
from offerctl.render import problems as render


def validate(session: Session, paths: Sequence[Path], *, format_: str | None, fix: bool) -> Exit:
    """Tell every problem of the files at these paths, or of every environment's folder; an error is exit 1.

    `fix` first writes what is certain. Without a `format_` it is text, and on a GitHub runner github.

    Raises:
        CatalogError: there is nothing at a path, or it cannot be read as a whole.
        CheckoutError: files of the offerings folder that git knows are not there.
    """
    config, console = session.config, session.console
    places = tuple(session.directory / path for path in paths) or config.folders()
    schema = catalog.read_schema(config.schema, repo_root=config.root)
    format_ = format_ or ("github" if session.environ.get("GITHUB_ACTIONS") else "text")
    rules: Mapping[str, Any] = {"schema": schema, "silence": config.silence, "standards": config.standards}
    if fix:
        if not paths:
            _read_all(config)  # nothing is written where a part is missing
        for problem in mend(places, repo_root=config.root, **rules):  # told as it is written, whatever comes later
            console.status(f"{render.fixed((problem,))}\n")
    found: Catalogue
    if paths:
        found = catalog.load_paths(places, repo_root=config.root, **rules)
    else:
        found, doubt = _read_all(config)
        if doubt is not None:
            console.warn(f"{doubt.message}. So it is not known whether files are missing. {doubt.hint}")
        _tell_strays(config, console)
    match format_:
        case "json":
            console.document(render.json(found.problems))
        case _ if not found.files:
            console.out(render.nothing(paths or [folder.relative_to(config.root) for folder in config.folders()]))
        case "github":
            console.command(render.github(found.problems, found.files))
        case "concise":
            console.out(render.concise(found.problems, found.files))
        case _:
            console.out(render.text(found.problems, found.files, console.style))
    return Exit.ERROR if found.errors else Exit.OK


def _read_all(config: Config) -> tuple[Catalogue, CheckoutError | None]:
    """The files of every folder, each folder judged by itself; and why git could not be asked, where it refused.

    Two environments may have files that are alike: they are of other providers.
    """
    found = [read_offerings(replace(config, offerings=folder)) for folder in config.folders()]
    if len(found) == 1:
        return found[0], found[0].doubt
    together = Catalogue(
        desired=Wanted(),
        problems=tuple(chain.from_iterable(files.problems for files in found)),
        files=sum(files.files for files in found),
    )
    return together, next((files.doubt for files in found if files.doubt), None)


def _tell_strays(config: Config, console: Console) -> None:
    """Tell of offering files beside the folders of all environments: those of one that went are left there."""
    folders = config.folders()
    own_folders = [found.offerings.parent for found in config.fleet if found.offerings]
    around = {config.offerings, *own_folders} - {config.root}
    outer = [folder for folder in around if folder not in folders and folder.is_dir()]
    own = tuple(f"{folder.relative_to(config.root).as_posix()}/" for folder in folders)
    found = discover.find(outer, config.root) if outer else []
    if strays := [one.file for one in found if not one.file.startswith(own)]:
        more = f" and {len(strays) - 1:,} more belong" if strays[1:] else " belongs"
        console.warn(f"{strays[0]}{more} to no environment: nothing lists what it says")
