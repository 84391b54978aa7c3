"""What commands share: the session, and options that mean the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Literal, TypeVar

import click
from click.core import ParameterSource

from offerctl.app.session import Session
from offerctl.cli.completion import environments, offering_ids
from offerctl.plan import Options, Rule
from offerctl.plan.policy import ALL_RULES

Command = TypeVar("Command", bound=Callable[..., Any])


pass_session = click.make_pass_decorator(Session)


class Duration(click.ParamType[float]):
    """`90s`, `5m`, `1h`, or `0`: a time as the seconds it lasts."""

    name = "time"
    _UNITS: Mapping[str, float] = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds."""
        if isinstance(value, int | float):
            return float(value)
        text = value.strip()
        if text == "0":  # needs no unit
            return 0.0
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)", text)
        if found is None:
            self.fail(f"{value!r} is no time such as 90s or 5m.", param, ctx)
        return float(found[1]) * self._UNITS[found[2]]


class _Deletes(click.ParamType["int | Literal['all']"]):
    name = "deletes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | Literal["all"]:
        if value == "all":
            return "all"
        if not re.fullmatch(r"[0-9]{1,9}", str(value)):
            self.fail(f"{value!r} is neither a number nor 'all'.", param, ctx)
        return int(value)


TIME = Duration()


def environment_option(command: Command) -> Command:
    """`-e/--env`, as `env: str | None`; none means the default one: `session.config.environment(env)`."""
    return click.option(
        "-e",
        "--env",
        metavar="ENV",
        envvar="OFFERCTL_ENV",
        show_envvar=True,
        shell_complete=environments,
        help="The environment, instead of the configuration's default one.",
    )(command)


def all_option(command: Command) -> Command:
    """`--all`, as `all_: bool`: every environment but the embedded Marketplace. See `refuse_beside_all`."""
    return click.option("--all", "all_", is_flag=True, help="Every environment of the configuration.")(command)


def refuse_beside_all(**given: object) -> None:
    """Refuse what can only be meant for one environment; OFFERCTL_ENV is no word of this call.

    Raises:
        UsageError: `-e`, or one of these options is given.
    """
    named = click.get_current_context().get_parameter_source("env") is ParameterSource.COMMANDLINE
    asked = ["-e"] if named else []
    asked += [name for name, value in given.items() if value]
    if asked:
        raise click.UsageError(f"--all is for every environment: {' and '.join(asked)} cannot stand beside it.")


def format_option(*choices: str, default: str | None = None) -> Callable[[Command], Command]:
    """`--format`, as `format_: str`; the first choice is the default one where none is named."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(choices),
        default=default or choices[0],
        show_default=True,
        help="The form of the output.",
    )


def selecting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Plan's selecting and allowing options, as one `options: Options`. No variable sets any of them."""

    @wraps(command)
    def gathered(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in _SELECTING}
        return command(*args, options=Options(**given), **kwargs)

    for option in reversed(_SELECTING.values()):
        gathered = option(gathered)
    return gathered


auto_approve_option = click.option("--auto-approve", is_flag=True, help="Do not ask.")
lock_timeout_option = click.option(
    "--lock-timeout",
    type=TIME,
    default=0.0,
    envvar="OFFERCTL_LOCK_TIMEOUT",
    show_envvar=True,
    metavar="TIME",
    help="How long to wait for another run, such as 90s or 5m.",
)

_SELECTING = {
    "target": click.option(
        "--target",
        multiple=True,
        metavar="ID",
        shell_complete=offering_ids,
        help="Only this offering; again for more.",
    ),
    "exclude": click.option(
        "--exclude",
        multiple=True,
        metavar="ID",
        shell_complete=offering_ids,
        help="All but this one; again for more.",
    ),
    "reassert": click.option("--reassert", is_flag=True, help="Write every listing again, changed or not."),
    "allow_replace": click.option("--allow-replace", is_flag=True, help="Permit a delete and an add of one id."),
    "allow_deletes": click.option(
        "--allow-deletes", type=_Deletes(), metavar="N|all", help="Permit this plan so many deletions."
    ),
    "allow_older": click.option(
        "--allow-older", is_flag=True, help="Permit files of an older commit than the one applied last."
    ),
    "allow_policy": click.option(
        "--allow-policy",
        type=click.Choice([*map(str, Rule), ALL_RULES]),
        multiple=True,
        metavar="RULE",
        help="Permit what this rule of [policy] refuses, or all; again for more.",
    ),
}
