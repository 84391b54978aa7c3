"""The configuration as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from offerctl.api import DEFAULT, Dialect
from offerctl.backends.variables import addresses
from offerctl.config.pin import check_allowed
from offerctl.errors import ConfigError
from offerctl.plan.policy import Policy
from offerctl.plan.reserved import is_nobodys, is_reserved
from offerctl.standards import BUILT_IN, Standards
from offerctl.state.model import LOCAL_URL
from offerctl.wording import one_of

if TYPE_CHECKING:
    from offerctl.config.credentials import Credentials

LOCAL = "local"
"""The environment that is always there: the embedded Marketplace."""
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One Marketplace and one provider in it. Defaults are those of a real environment; times are in seconds.

    `network_key` is empty while nothing gives one; `Config.environment` refuses to hand out such an environment.
    `state_is_default` tells that nobody chose where the state lives; `endpoint` and `allow_http` are of a server
    that keeps buckets as a cloud does. `api_keys` are the keys that the table `api` has; none where there is no
    such table, so that nobody has said how this Marketplace speaks. `offerings` is the folder of its own files,
    none where it takes those of all. `included` is the file in the folder `include` that holds its table, from the
    configuration's folder.
    """

    name: str
    base_url: str
    network_key: str
    state: str
    state_is_default: bool
    endpoint: str | None = None
    allow_http: bool = False
    dialect: Dialect = DEFAULT
    api_keys: frozenset[str] | None = None
    parallelism: int = 4
    timeout: float = 30.0
    lease: float = 120.0
    settle_window: float = 120.0
    ephemeral: bool = False
    allow_replace: bool = False
    max_deletes: int = 3
    offerings: Path | None = None
    included: str | None = None

    @property
    def placed(self) -> str:
        """Where its settings stand, as messages say it."""
        return f"in {self.included}" if self.included else f"under [environments.{self.name}]"

    @property
    def is_local(self) -> bool:
        """Whether this is the embedded Marketplace, which needs no credentials and no network."""
        return self.base_url == LOCAL_URL

    def check_allowed(self, environ: Mapping[str, str]) -> None:
        """Refuse to send anything to an address that OFFERCTL_ALLOWED_BASE_URL, if it is set, does not name.

        Raises:
            ConfigError: the Marketplace's address is another one, that of the access tokens, or that of a
                server of the state's bucket, which a cloud's own variable can name, too.
        """
        receivers = {} if self.is_local else {"base_url": self.base_url}
        if self.dialect.auth == "oauth2" and self.dialect.token_url is not None:
            receivers["token_url"] = self.dialect.token_url
        if self.endpoint is not None:
            receivers["endpoint"] = self.endpoint
        check_allowed(self.name, receivers, environ, variables=addresses(self.state, environ))

    def refuse_example(self) -> None:
        """Refuse what stands in examples for an address, or for a network key of one's own.

        Raises:
            ConfigError: it is the environment's.
        """
        below = f"below [environments.{self.name}]"
        if is_reserved(self.base_url):
            raise ConfigError(
                f"base_url {self.base_url} is an address for examples, which leads nowhere. Nothing was sent.",
                hint=f"Write the one that the vendor gave you {below}.",
            )
        if is_nobodys(self.network_key):
            raise ConfigError(
                f"network_key {self.network_key} stands for yours, and is nobody's. Nothing was sent.",
                hint=f"Write your own {below}, or set OFFERCTL_NETWORK_KEY: "
                "a listing is kept under the key that added it.",
            )

    def check_state_in_workflow(self) -> None:
        """Refuse to let a workflow's run believe a file of the checkout, or of a disk that is lost with the job.

        Raises:
            ConfigError: the state of a real environment is in a file, whoever chose that.
        """
        if self.state.startswith("file:") and not self.is_local:
            raise ConfigError(
                f"the state of {self.name} is {self.state}: in offerctl ci it must be in git or in a bucket, "
                "never in a file. Nothing was sent.",
                hint=f'Set state = "git" under [environments.{self.name}]. A file in a checkout is whatever the '
                "author of a pull request makes it, and on a runner it is lost with the job.",
            )

    def check_state_home(self, *, ci: bool) -> None:
        """Refuse to keep the state of a real environment on a disk that is lost after the job.

        Raises:
            ConfigError: `ci`, and `state` is the default file, which nobody chose.
        """
        if ci and self.state_is_default and not self.is_local:
            raise ConfigError(
                f"the state of {self.name} would be {self.state}, on a CI runner's disk, lost with the job",
                hint=f'Keep it in git: state = "git" {self.placed}. The state that a machine '
                f"may have in that file is brought there from it: offerctl state move --from {self.state} "
                f"-e {self.name}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that the configuration says. `source` is none without a file; `root` is what paths start from.

    `include` is the folder of environments' files, from the root, where there is one.
    """

    root: Path
    source: Path | None
    offerings: Path
    schema: Path
    default_environment: str
    environments: Mapping[str, Environment]
    silence: frozenset[str]
    include: str | None = None
    standards: Standards = BUILT_IN
    policy: Policy = field(default_factory=Policy)

    def environment(self, name: str | None = None) -> Environment:
        """The environment of that name, or the default one, ready to be used.

        Raises:
            ConfigError: there is none of that name, it has no network key, or no folder that is its own.
        """
        found = self._named(name)
        if not found.network_key:
            raise ConfigError(
                f"environment {found.name} has no network key",
                hint=f"Set network_key {found.placed}, or the variable OFFERCTL_NETWORK_KEY.",
            )
        self._check_folder(found)
        return found

    def of_environment(self, name: str | None = None) -> Config:
        """The configuration with the folder of that environment's offering files, or of the default one's.

        Raises:
            ConfigError: there is none of that name, or it has no folder that is its own.
        """
        found = self._named(name)
        self._check_folder(found)
        return self.seen_by(found)

    def seen_by(self, environment: Environment) -> Config:
        """The configuration with the folder of that environment's offering files."""
        return replace(self, offerings=self.folder_of(environment))

    def folder_of(self, environment: Environment) -> Path:
        """Where an environment has its offering files."""
        return environment.offerings or self.offerings

    def folders(self) -> tuple[Path, ...]:
        """Every folder of offering files that an environment can list, each once.

        That of the embedded Marketplace counts where it is there, or no other one is.
        """
        found = dict.fromkeys(map(self.folder_of, self.fleet))
        local = self.folder_of(self.environments[LOCAL])
        if not found or local.is_dir():
            found[local] = None
        return tuple(folder for folder in found if not self._inside(folder))

    def _named(self, name: str | None) -> Environment:
        name = self.default_environment if name is None else name
        found = self.environments.get(name)
        if found is None:
            raise ConfigError(
                f"there is no environment `{name}`",
                hint=one_of(name, self.environments, _known(self.environments)),
            )
        return found

    def _check_folder(self, environment: Environment) -> None:
        folder, name = self.folder_of(environment), environment.name
        if inside := self._inside(folder):
            more = f" and {len(inside) - 1} more" if inside[1:] else ""
            raise ConfigError(
                f"{folder.relative_to(self.root).as_posix()}, where {name} has its offering files, also holds "
                f"those of {inside[0]}{more}: {name} would list them as its own",
                hint=f"Name another environment with -e, or give {name} a folder for itself: offerings = "
                f'"offerings/{name}" {environment.placed}.',
            )

    def _inside(self, folder: Path) -> list[str]:
        """The environments whose folders lie within that one."""
        outer = f"{folder}/"
        places = ((other.name, f"{self.folder_of(other)}/") for other in self.environments.values())
        return [name for name, inner in places if inner != outer and inner.startswith(outer)]

    @property
    def fleet(self) -> tuple[Environment, ...]:
        """All environments but the embedded Marketplace, in the order in which they are configured."""
        return tuple(found for found in self.environments.values() if not found.is_local)

    def credentials(self, environment: Environment, environ: Mapping[str, str]) -> Credentials | None:
        """The credentials for an environment; none for the embedded Marketplace, which asks for none.

        Raises:
            ConfigError: variables that are missing or unusable, by name; or an address that is not allowed.
        """
        from offerctl.config.credentials import credentials  # noqa: PLC0415 - a plan sends nothing

        if environment.is_local:
            return None
        environment.check_allowed(environ)
        return credentials(environment.dialect, environ)


def _known(environments: Mapping[str, Environment]) -> str:
    """The names for a hint, which is one line."""
    names = list(environments)
    more = f" and {len(names) - _MOST_NAMED} more: offerctl environments" if names[_MOST_NAMED:] else ""
    return f"Known environments: {', '.join(names[:_MOST_NAMED])}{more}."
