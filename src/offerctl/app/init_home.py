"""Where the state of a repository that `init` writes lives: as was asked for, or as the configuration says."""

from __future__ import annotations

from offerctl.backends.places import is_bucket, place_of
from offerctl.config import Config
from offerctl.config.environment import state_home
from offerctl.errors import ConfigError, UsageError
from offerctl.render.style import sanitize
from offerctl.scaffold.reach import Reach, reach_of

REAL = "prod"
"""The environment that `init` writes."""
USUAL = "git"


def check_home(home: str | None, config: Config) -> str:
    """The home that a fresh configuration gets; `home` is what was asked for.

    Raises:
        UsageError: workflows cannot keep a state there, or the configuration says already where it lives.
        ConfigError: it is no such place in a bucket.
    """
    if home is None:
        return USUAL
    if is_bucket(home):
        place_of(home, REAL)
    elif not _is_in_git(home):
        lost = (
            "file:PATH is of one machine, and a workflow's is lost after each run. " if home[:5] == "file:" else ""
        )
        raise UsageError(
            f"{lost}--state is git, git:BRANCH, s3://BUCKET/KEY or az://CONTAINER/KEY. Nothing was written."
        )
    if config.source is not None and home not in _states(config):
        raise UsageError(
            f"{config.source.name} says already where states live. Nothing was written.",
            hint=f'Write state = "{sanitize(home)}" below its [environments.NAME], bring a state along '
            "(offerctl state move --from OLD -e NAME), and then: offerctl init --upgrade",
        )
    return home


def _is_in_git(home: str) -> bool:
    try:
        return state_home(home) == home and home.partition(":")[0] == "git"
    except ConfigError:
        return False


def reach(config: Config, home: str) -> Reach:
    """What workflows must reach: the homes of all real environments, or the one that is being written."""
    return reach_of([home] if config.source is None else _states(config))


def _states(config: Config) -> list[str]:
    return [one.state for one in config.environments.values() if not one.is_local and not one.state_is_default]
