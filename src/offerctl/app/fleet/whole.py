"""What `plan --all`, `apply --all` and `state status --all` do: the command for each, then one table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offerctl import canon
from offerctl.app import plan_file
from offerctl.app.confirm import check_can_ask, check_is_read_by_people, said_yes
from offerctl.app.fleet.calls import Call, Ended, run_each
from offerctl.app.holding import NOTHING_SENT
from offerctl.app.plan import UNPROBED
from offerctl.app.session import Session
from offerctl.console import Console
from offerctl.errors import Exit, UsageError
from offerctl.plan import Options, Plan
from offerctl.render import fleet as render
from offerctl.render.style import Tone, sanitize_lines
from offerctl.wording import counted

WORST = (Exit.OK, Exit.CHANGES, Exit.TRY_AGAIN, Exit.ERROR, Exit.INCOMPLETE, Exit.INTERRUPTED)
"""Exit codes from the best one to the worst: 1 says that nothing is in doubt, so that a 4 must show before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked of `apply --all` beside plan's options. Times are in seconds; `max_time` is that of all."""

    auto_approve: bool
    as_json: bool
    parallelism: int | None
    patience: float
    max_time: float | None

    @property
    def words(self) -> tuple[str, ...]:
        """The options of each environment's own apply."""
        found = ["--lock-timeout", f"{self.patience:g}s"]
        return (*found, "--parallelism", str(self.parallelism)) if self.parallelism else tuple(found)


def plan_all(session: Session, options: Options, *, format_: str, detailed_exitcode: bool) -> Exit:
    """Print every plan that has changes, then the table of all; with `detailed_exitcode` changes are exit 2.

    Raises:
        UsageError: there is no environment but the embedded Marketplace, or all would have one network key.
    """
    console = session.console
    words = ("--format", format_, "--detailed-exitcode", *_option_words(options))
    calls = _calls(session, lambda name: ("plan", "-e", name, *words))
    if format_ == "text":
        _tell_unprobed(session)
    ended = run_each(session, calls, (lambda _: None) if format_ == "json" else _teller(console))
    code = _worst(ended)
    if code is Exit.CHANGES and not detailed_exitcode:
        code = Exit.OK
    match format_:
        case "json":
            found = [(one.environment, one.code, _parsed(one), _errors(one)) for one in ended]
            console.document(render.results_json(found, "plan", code))
        case "markdown":
            console.out(render.markdown_table(_rows(ended), render.PLANNED))
        case _:
            console.out(render.table(_rows(ended), render.PLANNED, console.style))
    return code


def apply_all(session: Session, options: Options, wishes: Wishes) -> Exit:
    """Apply to every environment; one that fails stops no other.

    With approval each is planned and applied by itself. Without it all are planned first, one question is asked,
    and exactly these plans are applied.

    Raises:
        UsageError: nobody could be asked, or as `plan_all`.
    """
    if not wishes.auto_approve:
        check_is_read_by_people(as_json=wishes.as_json)
        check_can_ask(session.console, of_all=True)
        return _asked(session, options, wishes)
    console, given = session.console, _option_words(options)
    json = ("--json",) if wishes.as_json else ()
    calls = _calls(session, lambda name: ("apply", "-e", name, "--auto-approve", *json, *wishes.words, *given))
    tell = _event_teller(console) if wishes.as_json else _teller(console)
    ended = run_each(session, calls, tell, seconds=wishes.max_time)
    code = _worst(ended)
    if wishes.as_json:
        console.document(render.last_line([(one.environment, one.code, _errors(one)) for one in ended], code))
    else:
        console.out(render.table(_rows(ended), render.APPLIED, console.style))
    return code


def status_all(session: Session, *, as_json: bool) -> Exit:
    """Tell of every state who holds it and what is open in it, one line each; before, what went wrong with any.

    Raises:
        UsageError: as `plan_all`.
    """
    console = session.console
    calls = _calls(session, lambda name: ("state", "status", "-e", name, "--json"))
    tell = _teller(console)
    ended = run_each(session, calls, lambda one: None if as_json else tell(replace(one, out=b"")))
    found, code = [(one, _parsed(one)) for one in ended], _worst(ended)
    if as_json:
        results = [(one.environment, one.code, status, _errors(one)) for one, status in found]
        console.document(render.results_json(results, "status", code))
    else:
        rows = [(one.environment, status, one.why or render.headline("", one.errors)) for one, status in found]
        console.out(render.statuses(rows, now=datetime.now(UTC), style=console.style))
    return code


def _asked(session: Session, options: Options, wishes: Wishes) -> Exit:
    """Plan all, ask once, apply what was shown."""
    console = session.console
    with tempfile.TemporaryDirectory(prefix="offerctl-fleet-") as folder:
        files = {name: Path(folder) / f"{name}.plan.json" for name in _names(session)}
        given = ("--detailed-exitcode", *_option_words(options))
        calls = [
            Call(environment=name, words=("plan", "-e", name, "--out", str(file), *given))
            for name, file in files.items()
        ]
        _tell_unprobed(session)
        planned = run_each(session, calls, _teller(console))
        console.out(render.table(_rows(planned), render.PLANNED, console.style))
        code = _worst(planned)
        plans = {
            one.environment: plan_file.load(session, files[one.environment])
            for one in planned
            if one.code is Exit.CHANGES
        }
        runs = {name: plan for name, plan in plans.items() if not plan.empty}
        if code is Exit.INTERRUPTED or not runs:
            return _of_runs(code)
        if not said_yes(console, f"\n{_question(runs)}", nothing=NOTHING_SENT):
            console.info(f"Nothing was approved, {NOTHING_SENT.lower()}")
            return Exit.ERROR
        console.info()
        brief = () if console.verbose else ("-q",)  # the plans were shown
        calls = [
            Call(environment=name, words=(*brief, "apply", "-e", name, str(files[name]), *wishes.words))
            for name in runs
        ]
        applied = run_each(session, calls, _teller(console, of_all=True), seconds=wishes.max_time)
    ended = {one.environment: one for one in (*planned, *applied)}
    console.out(render.table(_rows([*ended.values()]), render.APPLIED, console.style))
    return _of_runs(_worst([*ended.values()]))


def _of_runs(code: Exit) -> Exit:
    """What planning calls changes, and no run can make: they are contested."""
    return Exit.ERROR if code is Exit.CHANGES else code


def _question(runs: dict[str, Plan]) -> str:
    gone = sum(len(plan.disappearing) for plan in runs.values())
    return render.question({name: len(plan.changes) for name, plan in runs.items()}, gone)


def _calls(session: Session, words: Callable[[str], tuple[str, ...]]) -> list[Call]:
    return [Call(environment=name, words=words(name)) for name in _names(session)]


def _names(session: Session) -> tuple[str, ...]:
    fleet = session.config.fleet
    if not fleet:
        raise UsageError("there is no environment but the embedded Marketplace, so --all has nothing to do.")
    if len(fleet) > 1 and session.environ.get("OFFERCTL_NETWORK_KEY"):
        raise UsageError(
            f"OFFERCTL_NETWORK_KEY would give one network's key to {len(fleet)} environments. {NOTHING_SENT}",
            hint='Unset it, and give each its own: network_key, or network_key = "{environment}" in a pattern.',
        )
    return tuple(environment.name for environment in fleet)


def _tell_unprobed(session: Session) -> None:
    """One warning instead of each one's own, which `_teller` leaves out."""
    if number := sum(environment.api_keys is None for environment in session.config.fleet):
        session.console.warn(
            f"nobody has found out yet how the Marketplace of {counted(number, 'environment')} speaks "
            "(there is no [environments.NAME.api]): offerctl probe -e NAME, on its sandbox, writes that table"
        )


def _teller(console: Console, *, of_all: bool = False) -> Callable[[Ended], None]:
    """Tells what one environment's command said. What never began, or is well, is in the table alone."""

    def tell(ended: Ended) -> None:
        if not ended.started:
            return
        out = ended.out.decode("utf-8", "replace").rstrip()
        if out and not console.quiet and (of_all or not _is_calm(ended)):
            console.out(f"{console.style(f'{ended.environment}:', Tone.STRONG)}\n{out}\n")
        lines = ended.errors.splitlines(keepends=True)
        own = "".join(line for line in lines if UNPROBED not in line)
        said = f"{own}{f'Error: {ended.why}' if ended.why else ''}".strip()
        if said:
            console.status(f"{ended.environment}:\n{said}\n\n")

    return tell


def _is_calm(ended: Ended) -> bool:
    """Whether there was nothing to do."""
    return ended.code is Exit.OK and render.headline(ended.out.decode("utf-8", "replace"), "") in {
        "",
        "No changes.",
    }


def _event_teller(console: Console) -> Callable[[Ended], None]:
    def tell(ended: Ended) -> None:
        if lines := render.event_lines(ended.environment, ended.out):
            console.document(lines)

    return tell


def _rows(ended: Sequence[Ended]) -> list[tuple[str, Exit, str]]:
    return [
        (one.environment, one.code, one.why or render.headline(one.out.decode("utf-8", "replace"), one.errors))
        for one in ended
    ]


def _parsed(ended: Ended) -> Any:
    """The document that it printed; none where it failed before."""
    return canon.parse(ended.out) if ended.out.strip() and not ended.why else None


def _errors(ended: Ended) -> str:
    return sanitize_lines(f"{ended.errors}{ended.why}".strip())


def _worst(ended: Sequence[Ended]) -> Exit:
    return max((one.code for one in ended), key=WORST.index, default=Exit.OK)


def _option_words(options: Options) -> tuple[str, ...]:
    """Plan's options as they are typed."""
    flags = {
        "--reassert": options.reassert,
        "--allow-replace": options.allow_replace,
        "--allow-older": options.allow_older,
    }
    words = [flag for flag, given in flags.items() if given]
    for name, values in (
        ("--target", options.target),
        ("--exclude", options.exclude),
        ("--allow-policy", options.allow_policy),
    ):
        words += [f"{name}={value}" for value in values]
    if options.allow_deletes is not None:
        words.append(f"--allow-deletes={options.allow_deletes}")
    return tuple(words)
