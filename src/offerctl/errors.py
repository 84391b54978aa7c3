"""Every error that offerctl raises on purpose.

    OfferctlError                  exit 1
    ├── UsageError                 options that contradict each other, a command used wrongly
    ├── ConfigError                offerctl.toml
    ├── InvalidOffering            one value out of its bounds
    ├── CatalogError               the offerings folder as a whole; single files yield problems instead
    ├── CheckoutError              the working copy: a part of it is not there, or git refuses it
    ├── PlanStale                  exit 3: files or state moved on since the plan was saved
    ├── MarketplaceError           the Marketplace cannot be used as configured
    ├── Interrupted                exit 130: Ctrl-C, before anything was done
    ├── GitHubError                GitHub's API gives no usable answer; `status` is none where none came
    └── StateError
        ├── StateUnreadable        torn, empty, edited, of a newer version
        ├── StateForeign           of another environment, Marketplace or provider
        ├── StateElsewhere         it is, or was, kept in another home
        ├── StateClosed            its environment is retired
        ├── StateMissing           gone, though it is known to have existed
        ├── StateUnavailable       its home cannot be read or written
        ├── StateMoved             exit 3: somebody else wrote it since it was read
        └── StateLocked            exit 3: another run holds the lease

Callers branch on these classes and on their attributes, never on a message. A message says where, what and
what to do; `hint` holds the way on when it is worth a line of its own.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar

from offerctl.characters import sanitize


class Exit(IntEnum):
    """The exit codes of every command, tabled in the README."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    TRY_AGAIN = 3
    INCOMPLETE = 4
    INTERRUPTED = 130


class OfferctlError(Exception):
    """Something that the user can understand and mend.

    Message and hint have one line each, in which others' text is harmless already.
    """

    exit_code: ClassVar[Exit] = Exit.ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = sanitize(message)
        self.hint = hint and sanitize(hint)
        super().__init__(self.message)


class UsageError(OfferctlError):
    """Options that contradict each other, or a command used wrongly."""


class ConfigError(OfferctlError):
    """The configuration cannot be used."""


class InvalidOffering(OfferctlError):
    """A value that no offering may have; `field` names the attribute as the API spells it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class CatalogError(OfferctlError):
    """The offerings folder cannot be read as a whole."""


class CheckoutError(OfferctlError):
    """The working copy cannot be trusted to hold every offering file: a part is not there, or git refuses it."""


class PlanStale(OfferctlError):
    """Files or state moved on since the plan was saved."""

    exit_code = Exit.TRY_AGAIN


class MarketplaceError(OfferctlError):
    """The Marketplace cannot be used as configured."""


class Interrupted(OfferctlError):
    """Somebody pressed Ctrl-C before anything was done."""

    exit_code = Exit.INTERRUPTED


class GitHubError(OfferctlError):
    """GitHub's API gives no usable answer; `status` is the answer's, none where none came."""

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class StateError(OfferctlError):
    """The state cannot be used; nothing was sent and nothing overwritten."""


class StateUnreadable(StateError):
    """Torn, empty, edited by hand, or written by a newer offerctl."""


class StateForeign(StateError):
    """The state belongs to another environment, Marketplace or provider."""


class StateElsewhere(StateError):
    """The state is not here: it was moved, or another home holds what may be it."""


class StateClosed(StateError):
    """The environment of the state is retired: everything was, or is being, deleted."""


class StateMissing(StateError):
    """There is no state, though something shows that there was one."""


class StateUnavailable(StateError):
    """The home of the state cannot be read or written (disk, network, permission)."""


class StateMoved(StateError):
    """Somebody else wrote the state since it was read: the compare-and-swap was refused."""

    exit_code = Exit.TRY_AGAIN


class StateLocked(StateError):
    """Another run holds the lease."""

    exit_code = Exit.TRY_AGAIN
