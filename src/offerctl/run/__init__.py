"""The order of a run, as a machine without I/O: `Run`."""

from offerctl.run.machine import Due, Run
from offerctl.run.report import (
    INTERRUPTED,
    Cause,
    Ended,
    Event,
    Report,
    Result,
    Started,
    StillGoing,
    Verdict,
    Waiting,
)
from offerctl.run.spec import Author, RunSpec, Settings

__all__ = [
    "INTERRUPTED",
    "Author",
    "Cause",
    "Due",
    "Ended",
    "Event",
    "Report",
    "Result",
    "Run",
    "RunSpec",
    "Settings",
    "Started",
    "StillGoing",
    "Verdict",
    "Waiting",
]
