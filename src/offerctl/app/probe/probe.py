"""What `offerctl probe` does, one step after the other: ask, clear away, tell, write."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from offerctl import canon, disk
from offerctl.api.learning import Learned, learn
from offerctl.api.probing import Interview
from offerctl.app.apply import execute, specify
from offerctl.app.execute import exit_code
from offerctl.app.holding import NOTHING_SENT, Hold, Patience, holding
from offerctl.app.probe.ask import ask
from offerctl.app.workspace import Workspace
from offerctl.apply.conversation import Conversation
from offerctl.config.credentials import secret_values
from offerctl.config.load import MAX_BYTES, OWN_FILE, SHARED_FILE
from offerctl.config.write import lines, with_api
from offerctl.errors import (
    CatalogError,
    CheckoutError,
    ConfigError,
    Exit,
    MarketplaceError,
    StateError,
    UsageError,
)
from offerctl.offering import Offering
from offerctl.plan import Guards, Options, Origin, make
from offerctl.render import probe as words
from offerctl.render.style import sanitize, sanitize_lines
from offerctl.render.words import ids
from offerctl.standards import BUILT_IN, StandardKey
from offerctl.state import LISTED, State

PREFIX = "offerctl-probe-"
"""How the ids of its own listings begin."""
_SHORTEST_SECRET = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for: the file of the report, the table written, and a listing where none may be tried."""

    report: Path | None
    write: bool
    creates: bool


def probe(workspace: Workspace, wishes: Wishes) -> Exit:
    """Find out how a Marketplace speaks.

    Raises:
        UsageError: it is not there for trials, or a file cannot be written.
        StateLocked: another run is at work.
        OfferctlError: state, credentials or configuration cannot be used.
    """
    _check(workspace, wishes)
    workspace.credentials()
    with holding(workspace, Patience(nothing=NOTHING_SENT)) as hold:
        state, version = hold.await_end() or (None, None)
        interview = Interview(
            assumed=workspace.environment.dialect,
            written=workspace.environment.api_keys or frozenset(),
            offering=_offering(workspace),
        )
        talk = ask(
            workspace,
            hold,
            interview,
            read=state or workspace.new_state(),
            version=version,
            leftovers=leftovers(state),
        )
        learned = learn(interview)
        code = _clear_away(workspace, hold, learned, talk)
        left = _left(workspace)
    _tell(workspace, wishes, interview, learned)
    if learned.refused is None and talk.halted is None:
        _tell_settings(workspace, learned, write=wishes.write)
    return _ended(workspace, talk, learned, code, left)


def leftovers(state: State | None) -> tuple[str, ...]:
    """Listings of probes that may be there: this one's, or one's that was cut off."""
    if state is None:
        return ()
    return tuple(id_ for id_, b in state.listings.items() if id_.startswith(PREFIX) and b.status in LISTED)


def _left(workspace: Workspace) -> tuple[str, ...]:
    """What may be there yet of this probe and of earlier ones; nothing where the state cannot tell."""
    try:
        found = workspace.read_state()
    except StateError:
        return ()
    return leftovers(found[0] if found else None)


def _check(workspace: Workspace, wishes: Wishes) -> None:
    """Everything that can be wrong before anything is sent."""
    environment, name = workspace.environment, workspace.environment.name
    if environment.is_local:
        raise UsageError(
            "the environment local is the embedded Marketplace: how it speaks is known",
            hint="To try a probe: offerctl marketplace --dialect D8, and an environment of its own for it.",
        )
    if not environment.ephemeral and not wishes.creates:
        raise UsageError(
            f"a probe adds a listing and deletes it again, and {name} may be the real Marketplace. {NOTHING_SENT}",
            hint=f"Probe the sandbox: ephemeral = true under [environments.{name}] says that it is one. Or say "
            "--yes-this-creates-a-listing.",
        )
    if wishes.report is not None:
        _check_report(workspace, wishes.report)
    if wishes.write:
        _prepared(workspace, {})


def _check_report(workspace: Workspace, file: Path) -> None:
    path = workspace.session.directory / file
    if not path.parent.is_dir() or path.is_dir():
        raise UsageError(f"{file} cannot be written: it is a folder, or there is no folder for it")
    if path == workspace.config.source or path.resolve().is_relative_to(workspace.config.offerings.resolve()):
        raise UsageError(f"{file} cannot be written: it holds something else. Name a file of its own.")
    if path.is_file() and not _may_be_lost(path):
        raise UsageError(f"{file} exists and is no report of a probe. {NOTHING_SENT}")


def _may_be_lost(path: Path) -> bool:
    """Whether a file is empty or the report of a probe."""
    try:
        there = disk.read(path, most=MAX_BYTES)
        found = canon.parse(there) if there.strip() else {"answers": [], "findings": []}
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"answers", "findings"} <= found.keys()


def _offering(workspace: Workspace) -> Offering:
    """What is listed for the time being: nobody can take it for a course."""
    return Offering(
        offering_id=f"{PREFIX}{secrets.token_hex(4)}",
        training_standard_key=_standard(workspace),
        course_name="offerctl probe: no course, deleted at once",
        price=Decimal(1),
        course_duration=Decimal(1),
        external_registration_url="https://offerctl-probe.example/",
    )


def _standard(workspace: Workspace) -> StandardKey:
    """One that the files use, or else the configuration names, or else the documentation."""
    config = workspace.config
    try:
        wanted = workspace.read_files().desired.values()
        files = sorted(want.offering.training_standard_key for want in wanted)
    except (CatalogError, CheckoutError):  # what is wrong with them is for `validate`
        files = []
    further = [key for key in config.standards if key not in BUILT_IN]
    known = [*files, *further, *config.standards]
    return StandardKey(known[0])


def _clear_away(workspace: Workspace, hold: Hold, learned: Learned, talk: Conversation) -> Exit | None:
    """Delete what this probe or one that was cut off may have left, as an ordinary run; none where nothing is.

    It speaks as the Marketplace was found to speak, and waits out what may still be on its way. After Ctrl-C, or
    where another run has the state, nothing more is sent.
    """
    found = workspace.read_state()
    there = leftovers(found[0]) if found else ()
    stopped = not learned.findings or talk.interrupted or talk.unrecorded is not None
    if found is None or not there or stopped:
        # What earlier probes have left is no outcome of this one, which nobody let in.
        return Exit.INCOMPLETE if talk.interview.offering.offering_id in there else None
    state, version = found
    spoken = replace(workspace, environment=replace(workspace.environment, dialect=learned.dialect))
    plan = make(
        {},
        state,
        home=workspace.home,
        options=Options(target=there, allow_deletes="all"),
        guards=Guards(),
        origin=Origin(),
        api=learned.dialect.document(),
        standards=workspace.config.standards,
    )
    spec = specify(spoken, hold, plan, state, None)
    try:
        report = execute(spoken, spec, version, spoken.credentials())
    except MarketplaceError as error:
        workspace.console.error(error.message, error.hint)
        return Exit.INCOMPLETE
    code = exit_code(report)
    return Exit.OK if code is Exit.OK else Exit.INTERRUPTED if report.interrupted else Exit.INCOMPLETE


def _tell(workspace: Workspace, wishes: Wishes, interview: Interview, learned: Learned) -> None:
    console, environment, at = workspace.console, workspace.environment, datetime.now(UTC)
    if learned.findings:
        console.out(words.text(learned, interview.answers, console.style))
    if wishes.report is not None:
        hidden = {s for s in secret_values(workspace.session.environ) if len(s) >= _SHORTEST_SECRET}
        data = words.report(
            learned,
            interview.answers,
            environment=environment.name,
            base_url=environment.base_url,
            dialect=environment.dialect,
            at=at,
            hide=hidden,
        )
        try:
            disk.save(workspace.session.directory / wishes.report, data.encode())
        except OSError as error:
            raise UsageError(f"{wishes.report} cannot be written: {error.strerror or error}") from error
        console.info(f"\nThe report is in {sanitize(str(wishes.report))}. It holds no credentials.")


def _tell_settings(workspace: Workspace, learned: Learned, *, write: bool) -> None:
    """The table for the configuration, written or shown; a probe that did not come to its end has none."""
    console, environment, at = workspace.console, workspace.environment, datetime.now(UTC)
    if write:
        _write(workspace, learned)
    else:
        above = "" if environment.included else f"environments.{environment.name}"
        console.out(f"\nFor {environment.included or OWN_FILE} (--write puts it there):\n")
        console.out(sanitize_lines(lines(above, learned.settings, at.date().isoformat())))


def _prepared(workspace: Workspace, settings: dict[str, object]) -> tuple[Path, str, str]:
    """The configuration's file, its text, and the text that it is to have.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        ConfigError: it cannot be edited with certainty.
    """
    environment, source, day = workspace.environment, workspace.config.source, datetime.now(UTC).date().isoformat()
    if source is None:
        raise UsageError(f"there is no {OWN_FILE} to write into. {NOTHING_SENT}")
    if environment.included is not None:
        source = workspace.config.root / environment.included
    try:
        text = disk.read(source, most=MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{source.name} cannot be read: {error.strerror}") from error
    below = ("tool", "offerctl") if source.name == SHARED_FILE else ()
    is_own = environment.included is not None
    return (
        source,
        text,
        with_api(text, environment.name, settings, day, below=() if is_own else below, alone=is_own),
    )


def _write(workspace: Workspace, learned: Learned) -> None:
    source, text, wanted = _prepared(workspace, dict(learned.settings))
    shown = os.path.relpath(source, workspace.session.directory)
    if text == wanted:
        workspace.console.out(f"\n{shown} says all of it already.")
        return
    try:
        disk.Folder(source.parent).replace(source.name, wanted.encode(), private=False)
    except OSError as error:
        raise ConfigError(f"{shown} cannot be written: {error.strerror or error}") from error
    workspace.console.out(f"\nWrote {shown}:\n")
    for line in words.difference(text, wanted, shown):
        workspace.console.out(line)


def _ended(
    workspace: Workspace, talk: Conversation, learned: Learned, cleared: Exit | None, left: tuple[str, ...]
) -> Exit:
    """The exit code, and why it is not 0."""
    console, name = workspace.console, workspace.environment.name
    if learned.refused is not None:
        console.error(f"The probe came to nothing: {learned.refused}")
    elif talk.halted is not None and not talk.interrupted:
        console.error(f"The probe stopped before its end: {talk.halted}")
    if talk.unrecorded is not None:
        console.error(f"{talk.unrecorded.rstrip('.')}.")
    is_open = cleared is Exit.INCOMPLETE or talk.unrecorded is not None
    if is_open or left:
        what, them = (ids(left), "them" if len(left) > 1 else "it") if left else ("A listing of this probe", "it")
        console.error(
            f"{what} may be left in the Marketplace; the state knows {them}.",
            f"The next probe or apply deletes {them}: offerctl apply -e {name}",
        )
    if is_open:
        return Exit.INTERRUPTED if talk.interrupted else Exit.INCOMPLETE
    if talk.interrupted or cleared is Exit.INTERRUPTED:
        return Exit.INTERRUPTED
    return Exit.ERROR if learned.refused is not None or talk.halted is not None else Exit.OK
