"""What `offerctl schema` does: the schema that editors use, with the standard courses of the configuration."""

from __future__ import annotations

import os

from offerctl import catalog, disk
from offerctl.app.session import Session
from offerctl.catalog.json_schema import OFFERING, Rules, offering_schema, parse
from offerctl.catalog.load import MAX_SCHEMA_BYTES
from offerctl.errors import Exit, UsageError


def write_schema(session: Session) -> Exit:
    """Write the schema's file anew, unless it asks for more than offerctl itself does.

    Raises:
        UsageError: it does, so it is somebody's own work; or it cannot be written.
        CatalogError: what stands there is no schema.
    """
    config = session.config
    shown = os.path.relpath(config.schema, session.directory)
    wanted = offering_schema(config.standards)
    present = catalog.read_schema(config.schema, repo_root=config.root)
    if Rules(parse(wanted, OFFERING), present, config.standards).narrows:
        keys = ", ".join(config.standards)
        raise UsageError(
            f"{shown} says more than offerctl's own schema, and was left as it is",
            hint=f"Name the standard courses in it yourself: {keys}. Or move it away and run this again.",
        )
    folder, name = disk.Folder(config.schema.parent, below=config.root), config.schema.name
    if folder.find(name, most=MAX_SCHEMA_BYTES) == wanted:
        session.console.out(f"{shown} is up to date.")
        return Exit.OK
    try:
        folder.make(private=False)
        folder.replace(name, wanted, private=False)
    except OSError as error:
        raise UsageError(f"{shown} cannot be written: {error.strerror or error}") from error
    session.console.out(f"Wrote {shown}, with the standard courses {', '.join(config.standards)}.")
    return Exit.OK
