"""The folder `.offerctl`: what is in it is of this machine alone, and git is told so when it is made."""

from __future__ import annotations

from contextlib import suppress

from offerctl.disk.folder import Folder

OWN_FOLDER = ".offerctl"
"""Below the project's root: states in files, and the embedded Marketplace's listings."""
_IGNORED = ".gitignore"


def make_private(folder: Folder) -> None:
    """Make a folder for this user alone. Where it is in `.offerctl`, that gets a `.gitignore` that ignores it all.

    Raises:
        OSError: it cannot be made; that git is not told is no reason to stop.
    """
    folder.make()
    own = next((path for path in (folder.path, *folder.path.parents) if path.name == OWN_FOLDER), None)
    if own is not None:
        with suppress(OSError):
            place = Folder(own)
            if not place.has(_IGNORED):
                place.create(_IGNORED, b"*\n")
