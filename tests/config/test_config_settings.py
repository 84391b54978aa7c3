"""What of the configuration a review approves: all that decides where offerctl writes or what it refuses."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from offerctl.api import Dialect, Header, KeyPlaces, Signs
from offerctl.app.ci.base import shows_all
from offerctl.config import Config, Environment, load
from offerctl.config.settings import Placed, digest, moves, settings
from offerctl.plan.moves import Kind, Move, Moves
from offerctl.render.moves import BUDGET, lines, markdown

TOML = """\
[environments.prod]
base_url = "https://marketplace.example"
network_key = "k"
state = "git"
"""
HARMLESS = {"state_is_default", "api_keys", "included", "parallelism"}
"""How many requests run at once, and three notes of how the configuration was written."""
MOVED: dict[str, Any] = {
    "name": "other",
    "base_url": "https://other.example",
    "network_key": "other",
    "state": "git:other",
    "offerings": "other",
    "endpoint": "https://other.example",
    "allow_http": True,
    "dialect": Dialect(patch="full"),
    "timeout": 1.0,
    "lease": 1.0,
    "settle_window": 1.0,
    "ephemeral": True,
    "allow_replace": True,
    "max_deletes": 9,
}
SPOKEN: dict[str, Any] = {
    "collection": "/other",
    "auth": "bearer",
    "scheme": "other",
    "entity": "other",
    "token_url": "https://login.example",
    "token_scope": "other",
    "token_audience": "other",
    "headers": (Header(name="X-Other", value="y"),),
    "network_key_in": KeyPlaces(delete="query"),
    "patch": "full",
    "absent": Signs(status=(410,)),
    "exists": Signs(status=(422,)),
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "offerctl.toml").write_text(TOML, "utf-8")
    return load(cwd=tmp_path, environ={})


def with_environment(config: Config, environment: Environment) -> Placed:
    """The same configuration with another table in the place of `prod`."""
    return Placed(replace(config, environments={**config.environments, "prod": environment}), "")


def test_every_setting_is_shown_or_harmless() -> None:
    """Whoever adds one decides what it is, here."""
    assert {field.name for field in fields(Environment)} == MOVED.keys() | HARMLESS
    assert {field.name for field in fields(Dialect)} == SPOKEN.keys()
    assert {field.name for field in fields(Config)} == {
        "root", "source", "offerings", "schema", "default_environment", "environments", "silence", "standards",
        "policy", "include",  # whose files are compared as the environments that they are
    }  # fmt: skip


@pytest.mark.parametrize("name", MOVED)
def test_each_setting_is_told_and_part_of_the_digest(config: Config, name: str) -> None:
    """One that moves moves both."""
    before = Placed(config, "")
    value = config.root / MOVED[name] if name == "offerings" else MOVED[name]
    after = with_environment(config, replace(config.environments["prod"], **{name: value}))
    found = moves(before, after, was="prod", now="prod")
    assert [move.setting.removeprefix("api.") for move in found.moves] == [
        {"name": "environment", "dialect": "patch"}.get(name, name)
    ]
    assert digest(before, before.config.environments["prod"]) != digest(after, after.config.environments["prod"])


@pytest.mark.parametrize("name", SPOKEN)
def test_each_setting_of_the_dialect_is_told_and_part_of_the_digest(config: Config, name: str) -> None:
    """What decides where a listing lives moves where offerctl writes; the others change how it speaks."""
    before = Placed(config, "")
    there = config.environments["prod"]
    after = with_environment(config, replace(there, dialect=replace(there.dialect, **{name: SPOKEN[name]})))
    [move] = moves(before, after, was="prod", now="prod").moves
    assert move.setting.removeprefix("api.") == name
    is_how = name in {"auth", "scheme", "token_scope", "token_audience", "patch", "absent", "exists"}
    assert move.kind is (Kind.HOW if is_how else Kind.WHERE)
    assert digest(before, there) != digest(after, after.config.environments["prod"])


def test_another_environments_own_folder_is_told(config: Config) -> None:
    """As every setting that is not of all: by the environment's name."""
    before = Placed(config, "")
    after = with_environment(config, replace(config.environments["prod"], offerings=config.root / "other"))
    assert moves(before, after, was="local", now="local").others == ("prod",)


def loaded(folder: Path, text: str) -> Placed:
    """A configuration of its own."""
    folder.mkdir()
    (folder / "offerctl.toml").write_text(text, "utf-8")
    return Placed(load(cwd=folder, environ={}), "")


def test_another_environment_is_told(tmp_path: Path) -> None:
    """One that is new with all that is no default, one beside it that moves; what they share is left out."""
    beside = '[environments.beside]\nbase_url = "https://a.example"\nnetwork_key = "k"\n'
    before = loaded(tmp_path / "before", beside)
    new = TOML + 'max_deletes = 9\napi = { patch = "full" }\n'
    after = loaded(tmp_path / "after", beside.replace("a.ex", "c.ex") + new)
    found = moves(before, after, was="local", now="prod")
    assert markdown(found).split("\n\n") == [
        "**This is a new environment**: `prod`.",
        (
            "**This moves where offerctl writes**: `environment` is `prod`; `base_url` is "
            "`https://marketplace.example`; `network_key` is `k`; `state` is `git`."
        ),
        "**This changes how offerctl speaks to the Marketplace**: `api.patch` from `changed` to `full`.",
        "**This changes what is refused**: `max_deletes` from `3` to `9`.",
        "**1 other environment changes too**: `beside`.",
    ]


def test_another_default_environment_is_told(tmp_path: Path) -> None:
    """It is what is applied from then on, and where."""
    before, after = loaded(tmp_path / "before", TOML), loaded(tmp_path / "after", TOML)
    text = markdown(moves(before, after, was="local", now="prod"))
    assert text.startswith(
        "**This moves where offerctl writes**: `environment` from `local` to `prod`; `base_url`"
    )


def test_values_are_shown_as_code(tmp_path: Path) -> None:
    """Whatever they hold."""
    before = loaded(tmp_path / "before", TOML)
    after = loaded(tmp_path / "after", TOML + 'api = { headers = { X-Tenant = "`b` **c**" } }\n')
    assert markdown(moves(before, after, was="prod", now="prod")) == (
        '**This moves where offerctl writes**: `api.headers` from `{}` to `` {"X-Tenant":"`b` **c**"} ``.'
    )


def test_a_policy_is_a_bound_too(tmp_path: Path) -> None:
    """Of all environments; a long list shows what changes of it."""
    hosts = [f'"host-{n}.example"' for n in range(60)]
    policy = '[policy]\nfree_allowed = false\nrefuse = ["free_allowed"]\nallowed_hosts = [{}]\n'
    before = loaded(tmp_path / "before", TOML + policy.format(", ".join(hosts)))
    after = loaded(tmp_path / "after", TOML + policy.format(", ".join([*hosts[1:], '"evil.example"'])))
    found = moves(before, after, was="prod", now="prod")
    assert markdown(found) == (
        '**This changes the bounds on what is listed**: `policy.allowed_hosts` from `["host-0.example", …]` '
        'to `["evil.example", …]`.'
    )
    assert shows_all(found)
    assert digest(before, before.config.environments["prod"]) != digest(after, after.config.environments["prod"])
    bounded = moves(before, loaded(tmp_path / "none", TOML), was="prod", now="prod")
    assert [move.setting for move in bounded.moves] == [
        "policy.allowed_hosts", "policy.free_allowed", "policy.refuse",
    ]  # fmt: skip


def test_a_standard_is_a_bound_too(tmp_path: Path) -> None:
    """It says in which language a course is, which `keep_language` counts by: one that is new, gone or changed."""
    standard = '[standards.OTHER-2020-E]\nname = "Other"\nlanguage = "{}"\n'
    none, english, french = (
        loaded(tmp_path / name, TOML + text)
        for name, text in (("0", ""), ("1", standard.format("en")), ("2", standard.format("fr")))
    )
    digests = {digest(placed, placed.config.environments["prod"]) for placed in (none, english, french)}
    assert len(digests) == 3
    shown = '[{{"key":"OTHER-2020-E","language":"{}","name":"Other"}}]'
    for before, after, texts in (
        (none, english, ("[]", shown.format("en"))),
        (english, french, (shown.format("en"), shown.format("fr"))),
        (french, none, (shown.format("fr"), "[]")),
    ):
        found = moves(before, after, was="prod", now="prod")
        assert [(move.kind, move.setting, move.before, move.after) for move in found.moves] == [
            (Kind.POLICY, "standards", *texts)
        ]


def test_folders_are_named_from_the_repositorys_top(config: Config) -> None:
    """A configuration that moves to another folder reads other files."""
    there = config.environments["prod"]
    assert settings(Placed(config, ""), there)["offerings"] == (Kind.FILES, "offerings")
    assert settings(Placed(config, "a/"), there)["offerings"] == (Kind.FILES, "a/offerings")
    assert [
        move.setting for move in moves(Placed(config, ""), Placed(config, "a/"), was="prod", now="prod").moves
    ] == [
        "offerings",
        "schema",
    ]


def test_the_same_is_no_move(config: Config) -> None:
    """Nothing is said of it."""
    found = moves(Placed(config, ""), Placed(config, ""), was="prod", now="prod")
    assert (markdown(found), [*lines(found)], shows_all(found)) == ("", [], True)


def test_what_is_shown_does_nothing_and_fits() -> None:
    """Names and values of others, in whatever number; what was cut is not said to be shown."""
    hostile = "`](x) **b** <img src=x> @all \u202e\x1b[2J"
    many = tuple(Move(kind=Kind.WHERE, setting=f"s{n}", before=hostile, after="y" * 250) for n in range(60))
    found = Moves(environment="prod", moves=many, others=(hostile,) * 30, unknown=hostile)
    text = markdown(found)
    assert len(text) <= BUDGET + 200
    assert "More of the configuration changes than there is room for here" in text
    assert not shows_all(found)
    for harm in ("\u202e", "\x1b", "@all \\u", "<img src=x> @all,"):
        assert harm not in markdown(Moves(environment="prod", unknown=hostile))
    assert all("\x1b" not in line and "\n" not in line for line in lines(found))


@pytest.mark.parametrize(
    ("found", "is_shown"),
    [
        (Moves(environment="prod", moves=(Move(kind=Kind.GUARD, setting="s", before="1", after="2"),)), True),
        (
            Moves(environment="prod", moves=(Move(kind=Kind.GUARD, setting="s", before="1", after="2" * 301),)),
            False,
        ),
        (Moves(environment="prod", unknown="git says no"), False),
    ],
)
def test_only_what_was_shown_whole_counts_as_shown(found: Moves, is_shown: bool) -> None:  # noqa: FBT001
    """A reader cannot approve the rest."""
    assert shows_all(found) is is_shown
