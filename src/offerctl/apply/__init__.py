"""Drives a run: clock, client, state, signals; one event for everything worth telling."""

from offerctl.apply.clock import SystemClock
from offerctl.apply.driver import Controls, run

__all__ = ["Controls", "SystemClock", "run"]
