"""What of the configuration decides where offerctl writes and what it refuses, as one value.

It is part of what a reviewer approves: `moves` tells a proposal's comment what changes of it, and its `digest`
stands in the review's record, so that a merge which says something else is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from offerctl import canon
from offerctl.config.model import Config, Environment
from offerctl.plan.moves import LONGEST, Kind, Move, Moves
from offerctl.plan.policy import Policy
from offerctl.standards import BUILT_IN, Standards

GUARDS: tuple[str, ...] = ("max_deletes", "allow_replace", "ephemeral")
TIMES: tuple[str, ...] = ("timeout", "lease", "settle_window")
_WHERE: tuple[str, ...] = ("base_url", "network_key", "state", "endpoint", "allow_http")
_ALWAYS_TOLD = ("environment", "base_url", "network_key", "state")
"""Of a new environment, whose defaults are no news."""
_OF_DIALECT: dict[Kind, tuple[str, ...]] = {
    Kind.WHERE: ("collection", "entity", "token_url", "headers", "network_key_in"),
    Kind.HOW: ("auth", "scheme", "token_scope", "token_audience", "patch", "absent", "exists"),
}
"""The fields of `Dialect.document`; a header can say whose listings they are."""
_BESIDE_THE_TABLE = ("collection", "auth")
_OFFERINGS, _SCHEMA = "offerings", "schema/offering.schema.json"
"""What is read where the configuration does not say it."""
_OF_ALL = (Kind.POLICY, Kind.FILES)
_UNKNOWN = Environment(name="", base_url="", network_key="", state="", state_is_default=True)


class Placed(NamedTuple):
    """A configuration, and the way from the repository's top to its folder: empty, or with `/` at its end."""

    config: Config
    prefix: str


def settings(placed: Placed, environment: Environment) -> dict[str, tuple[Kind, object]]:
    """Every setting of one environment by its name in the file, as JSON has it."""
    return dict(_settings(placed, environment))


def digest(placed: Placed, environment: Environment) -> str:
    """Equal where offerctl writes to the same place, speaks the same way and refuses the same."""
    return canon.digest({name: value for name, (_, value) in settings(placed, environment).items()})


def moves(before: Placed, after: Placed, *, was: str, now: str) -> Moves:
    """What changes from one configuration to another: `was` and `now` name the environments that are planned."""
    there = before.config.environments
    is_new = now not in there
    old = _UNKNOWN if is_new else there.get(was, _UNKNOWN)
    former = settings(before, old)
    if old is _UNKNOWN:
        former = {name: value for name, value in former.items() if name not in _ALWAYS_TOLD}
    return Moves(
        environment=now,
        moves=tuple(_moves(former, settings(after, after.config.environments[now]))),
        is_new=is_new,
        others=tuple(_others(before, after, but={was, now})),
    )


def whole(placed: Placed, environment: Environment) -> tuple[Move, ...]:
    """All that is said of an environment: where it writes, and whatever is not the default."""
    config = placed.config
    plain = replace(
        config,
        offerings=config.root / _OFFERINGS,
        schema=config.root / _SCHEMA,
        policy=Policy(),
        standards=BUILT_IN,
    )
    former = settings(Placed(plain, placed.prefix), _UNKNOWN)
    before = {name: value for name, value in former.items() if name not in _ALWAYS_TOLD}
    return tuple(_moves(before, settings(placed, environment)))


def _settings(placed: Placed, environment: Environment) -> Iterator[tuple[str, tuple[Kind, object]]]:
    config, prefix = placed
    yield "environment", (Kind.WHERE, environment.name)
    for name in _WHERE:
        yield name, (Kind.WHERE, getattr(environment, name))
    spoken = environment.dialect.document()
    for kind, names in _OF_DIALECT.items():
        for name in names:
            yield name if name in _BESIDE_THE_TABLE else f"api.{name}", (kind, spoken[name])
    for kind, names in ((Kind.GUARD, GUARDS), (Kind.TIME, TIMES)):
        for name in names:
            yield name, (kind, getattr(environment, name))
    for name, value in config.policy.document().items():
        yield f"policy.{name}", (Kind.POLICY, value)
    yield "standards", (Kind.POLICY, _own_standards(config.standards))
    for name, path in (("offerings", config.folder_of(environment)), ("schema", config.schema)):
        yield name, (Kind.FILES, f"{prefix}{path.relative_to(config.root).as_posix()}")


def _own_standards(standards: Standards) -> list[object]:
    """Those beside the built-in ones: which language a course is in decides what `keep_language` says of it."""
    own = (standards.by_key[key] for key in sorted(standards) if key not in BUILT_IN)
    return [{"key": one.key, "language": one.language, "name": one.name} for one in own]


def _moves(
    former: Mapping[str, tuple[Kind, object]], present: Mapping[str, tuple[Kind, object]]
) -> Iterator[Move]:
    for name, (kind, value) in present.items():
        before, after = former.get(name, (kind, None))[1], value
        if before != after:
            old, new = _texts(before, after)
            yield Move(kind=kind, setting=name, before=old, after=new)


def _others(before: Placed, after: Placed, *, but: set[str]) -> Iterator[str]:
    old, new = before.config.environments, after.config.environments
    for name in sorted((old.keys() | new.keys()) - but):
        there = (_of(before, old.get(name)), _of(after, new.get(name)))
        if there[0] != there[1]:
            yield name


def _of(placed: Placed, environment: Environment | None) -> str | None:
    """Without what is of all environments."""
    if environment is None:
        return None
    found = settings(placed, environment)
    own = {"offerings": found["offerings"][1]} if environment.offerings else {}
    return canon.digest({name: value for name, (kind, value) in found.items() if kind not in _OF_ALL} | own)


def _texts(before: object, after: object) -> tuple[str | None, str | None]:
    """Both values; of long lists what they do not have in common."""
    both = _text(before), _text(after)
    if (
        not isinstance(before, list)
        or not isinstance(after, list)
        or max(len(text or "") for text in both) <= LONGEST
    ):
        return both
    return _rest(before, after), _rest(after, before)


def _rest(values: list[object], others: list[object]) -> str:
    shown = canon.line([value for value in values if value not in others]).decode()
    return shown if not any(value in others for value in values) else f"{shown[:-1]}, …]".replace("[, ", "[")


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return canon.line(value).decode()
