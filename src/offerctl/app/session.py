"""One call of offerctl: where it works, with which configuration, and where it prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from offerctl.config import Config, load
from offerctl.console import Console


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: `config` is kept once it is loaded
class Session:
    """One call of the command line; commands get it by `@pass_session`."""

    console: Console
    directory: Path
    config_file: Path | None
    environ: Mapping[str, str]

    @classmethod
    def open(cls, console: Console, *, config_file: str | None, environ: Mapping[str, str]) -> Session:
        """A call in the working directory; a `config_file` is looked for from there."""
        return cls(
            console=console,
            directory=Path.cwd(),
            config_file=Path(config_file) if config_file else None,
            environ=environ,
        )

    @cached_property
    def config(self) -> Config:
        """The configuration, read when it is first asked for.

        Raises:
            ConfigError: it cannot be used.
        """
        return load(cwd=self.directory, environ=self.environ, file=self.config_file)

    @property
    def in_ci(self) -> bool:
        """Whether this runs on a CI runner, whose disk is lost."""
        return self.environ.get("CI", "").lower() not in {"", "0", "false"}
