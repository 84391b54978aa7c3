"""The one way to open, read within bounds, write atomically, create, append to and lock files.

What the repository, the state or the configuration names is reached by a `Folder`: no part of the path below the
project's root may be a link, and nothing but ordinary files is opened. What the user names on the command line is
the user's word: `read` and `save` follow links there, and still neither wait for a pipe nor read without an end.

What is refused is an `OSError` with a reason for people; `translate_os_errors` makes it an error of the state.
"""

from offerctl.disk.folder import Folder
from offerctl.disk.named import append, keep_report, read, save
from offerctl.disk.refusal import Refused, TooLarge, may_be_written_by_others, translate_os_errors
from offerctl.disk.sqlite import database, scratch_database

__all__ = [
    "Folder",
    "Refused",
    "TooLarge",
    "append",
    "database",
    "keep_report",
    "may_be_written_by_others",
    "read",
    "save",
    "scratch_database",
    "translate_os_errors",
]
