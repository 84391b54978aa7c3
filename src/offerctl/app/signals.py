"""Which signals stop what is under way in order, and which one ends the process."""

from __future__ import annotations

import signal

IMPATIENT = 3
"""The signal that ends the process on the spot."""


def obeyed() -> tuple[signal.Signals, ...]:
    """The signals that stop a run; that of a closed terminal not under `nohup`, which has it ignored."""
    always = (signal.SIGINT, signal.SIGTERM)
    return always if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*always, signal.SIGHUP)
