"""The configuration: `offerctl.toml`, or `[tool.offerctl]` in `pyproject.toml`, and the explicit variables."""

from offerctl.config.environment import state_home
from offerctl.config.load import load
from offerctl.config.model import LOCAL, Config, Environment

__all__ = ["LOCAL", "Config", "Environment", "load", "state_home"]
