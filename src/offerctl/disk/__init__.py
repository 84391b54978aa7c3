"""The one way to open, read within bounds, write atomically, create, append to and lock files.

What the repository, the state or the configuration names is reached by a `Folder`: no part of the path below the
project's root may be a link, and nothing but ordinary files is opened. What the user names on the command line is
the user's word: `read` follows links there, and `save` one to a pipe or a device; neither reads without an end.

What is refused is an `OSError` with a reason for people; `translate_os_errors` makes it an error of the state.
SQLite's door is `disk.sqlite`, which only the embedded Marketplace has to pay for.
"""

from offerctl.disk.folder import Folder
from offerctl.disk.named import append, keep_report, read, save
from offerctl.disk.own import OWN_FOLDER, make_private
from offerctl.disk.refusal import (
    Refused,
    TooLarge,
    may_be_written_by_others,
    translate_os_errors,
    trusted_users,
)
from offerctl.disk.system import leave_note

__all__ = [
    "OWN_FOLDER",
    "Folder",
    "Refused",
    "TooLarge",
    "append",
    "keep_report",
    "leave_note",
    "make_private",
    "may_be_written_by_others",
    "read",
    "save",
    "translate_os_errors",
    "trusted_users",
]
