"""What `offerctl preview` does: the Marketplace's page as a plan will leave it, as files for a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from offerctl import disk
from offerctl.app.checkout import OfferingFiles
from offerctl.app.plan import read_and_plan
from offerctl.app.plan_output import tell_refusals
from offerctl.app.workspace import Workspace
from offerctl.disk import OWN_FOLDER, Folder
from offerctl.errors import Exit, UsageError
from offerctl.plan import Options, Plan
from offerctl.render.style import sanitize

_MOST_BYTES = 64 * 1024 * 1024
"""Bytes of a page that is written over; one of 2,000 courses has a tenth of it."""
_ELSEWHERE = "Name a folder of its own: -o DIR"


def write_preview(workspace: Workspace, output: Path | None) -> Exit:
    """Write the pages to the folder `output`, by default one below `.offerctl`; tell the counts and the files.

    A plan that is refused has its pages too, which say why; then the exit code is 1, as `plan` has it.

    Raises:
        UsageError: the folder cannot be written, or something else than a preview stands in it by these names.
        OfferctlError: files, state or configuration cannot be used.
    """
    made = read_and_plan(workspace, Options())
    plan, files = made.plan, made.files
    folder = output or Path(os.path.relpath(_own_folder(workspace), workspace.session.directory))
    written = write_pages(workspace, plan, files, folder)
    console = workspace.console
    console.out(_counted(plan, files))
    for name in written:
        console.out(sanitize(str(folder / name)))
    return Exit.ERROR if tell_refusals(plan, console) else Exit.OK


def write_pages(workspace: Workspace, plan: Plan, files: OfferingFiles, output: Path) -> tuple[str, ...]:
    """Write a plan's pages into a folder, which is made where it is missing; the names of the files.

    No link is followed below the project's root, and elsewhere none in the place of the folder itself.

    Raises:
        UsageError: as `write_preview`.
    """
    from offerctl.embedded.preview import pages  # noqa: PLC0415 - Jinja2 is slow to import

    root = workspace.config.root
    path = Path(os.path.abspath(workspace.session.directory / output))  # noqa: PTH100 - resolve() follows links
    if path.is_relative_to(workspace.config.offerings):
        raise UsageError(
            f"{output} lies in the offerings folder. Nothing was written.",
            hint=_ELSEWHERE,
        )
    folder = Folder(path, below=root if path.is_relative_to(root) else path.parent)
    private = path.is_relative_to(root / OWN_FOLDER)
    made = {name: html.encode() for name, html in pages(plan, files.desired).items()}
    with _translate_os_errors(output):
        folder.make(private=private)
        _check(folder, output, made)
        for name, data in made.items():
            folder.replace(name, data, private=private)
    return tuple(made)


def _own_folder(workspace: Workspace) -> Path:
    return workspace.config.root / OWN_FOLDER / f"{workspace.environment.name}.preview"


def _check(folder: Folder, output: Path, made: Mapping[str, bytes]) -> None:
    """Refuse to write over what is no preview, before anything is written.

    Raises:
        UsageError: with the file.
    """
    from offerctl.embedded.preview import GENERATOR  # noqa: PLC0415 - Jinja2 is slow to import

    mark = f'<meta name="generator" content="{GENERATOR}">'.encode()
    for name in made:
        there = folder.find(name, most=_MOST_BYTES)
        if there and mark not in there:
            raise UsageError(
                f"{output / name} exists and is no preview of offerctl's. Nothing was written.", hint=_ELSEWHERE
            )


def _counted(plan: Plan, files: OfferingFiles) -> str:
    """How many will be new, changed, going and not certain: `Preview of prod: 1 new, 2 changed; 7 unchanged.`."""
    from offerctl.embedded.preview import counts, listings  # noqa: PLC0415 - Jinja2 is slow to import

    number = counts(listings(plan, files.desired))
    words = {"new": "new", "changed": "changed", "goes": "going", "doubt": "not certain"}
    told = [f"{count} {words[mark]}" for mark, count in number.items() if mark is not None and count]
    changing = ", ".join(told) or "nothing changes"
    return f"Preview of {sanitize(plan.home.environment)}: {changing}; {number[None]} unchanged."


@contextmanager
def _translate_os_errors(output: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = error.hint if isinstance(error, disk.Refused) else None
        raise UsageError(f"{output} cannot be written: {error.strerror or error}", hint=hint) from error
