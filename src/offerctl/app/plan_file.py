"""The file of a saved plan: `plan --out` writes it, `apply` and `show` read it.

Only what may be lost is written over, and whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from offerctl import disk
from offerctl.app.known_ids import known_ids
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.errors import OfferctlError, UsageError
from offerctl.plan import Options, Plan, document

_ELSEWHERE = "Save the plan to a file of its own: --out plan.json"


def check(workspace: Workspace, out: Path) -> None:
    """Refuse a file that holds something else than a plan, before anything is printed.

    Raises:
        UsageError: it lies in the offerings folder, is no saved plan, or there is no such folder.
    """
    path = workspace.session.directory / out
    with _translate_os_errors(out):
        if not path.parent.is_dir():
            raise UsageError(f"{out} cannot be written: there is no folder {out.parent}")
        if path.is_dir():
            raise UsageError(f"{out} cannot be written: it is a folder", hint=_ELSEWHERE)
        if path.resolve().is_relative_to(workspace.config.offerings.resolve()):
            raise UsageError(f"{out} lies in the offerings folder. Nothing was written.", hint=_ELSEWHERE)
        if path.is_file() and not _may_be_lost(path):
            raise UsageError(f"{out} exists and is no saved plan. Nothing was written.", hint=_ELSEWHERE)


def save(workspace: Workspace, out: Path, plan: Plan) -> None:
    """Write the plan.

    Raises:
        UsageError: the file cannot be written.
    """
    with _translate_os_errors(out):
        disk.save(workspace.session.directory / out, document.encode(plan))


def _may_be_lost(path: Path) -> bool:
    """Whether a file is empty or a saved plan."""
    try:
        there = disk.read(path, most=document.MAX_BYTES)
    except disk.TooLarge:
        return False
    return not there or document.is_plan(there)


def load(session: Session, file: Path, *, of_listing: str = "state show {}") -> Plan:
    """A saved plan, as it was made. `of_listing` does for a listing of that name what was asked of a plan.

    Raises:
        UsageError: the file holds none, or is no ordinary file.
    """
    try:
        data = disk.read(session.directory / file, most=document.MAX_BYTES)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}", hint=_way_on(session, file, of_listing)
        ) from error
    return document.load(data, str(file), session.config.standards)


def load_to_apply(session: Session, file: Path, *, env: str | None, options: Options) -> Plan:
    """A saved plan that is to be run: it carries its environment and its options.

    Raises:
        UsageError: the file holds none, or an option beside it disagrees.
    """
    if options != Options():
        raise UsageError(
            "A saved plan carries its own options: none of --target, --exclude, --reassert, --allow-replace, "
            "--allow-deletes, --allow-older and --allow-policy can stand beside it.",
            hint="Make a new plan with them: offerctl plan --out FILE …",
        )
    plan = load(session, file, of_listing="apply --target {}")
    if env is not None and env != plan.home.environment:
        raise UsageError(f"{file} is a plan for {plan.home.environment}, not for {env}.")
    return plan


def _way_on(session: Session, file: Path, of_listing: str) -> str | None:
    """What was meant by the id of a listing where a saved plan is read."""
    with suppress(OfferctlError):
        if str(file) in known_ids(session, None):
            return f"This takes the file of a saved plan. For that listing: offerctl {of_listing.format(file)}"
    return None


@contextmanager
def _translate_os_errors(out: Path) -> Iterator[None]:
    """The system's reason, with the name that was given: its own names a temporary file, or none."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror or error}") from error
