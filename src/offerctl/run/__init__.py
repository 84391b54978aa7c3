"""The order of a run, as a machine without I/O: `Run`. Here stands the table of the protocol's rules, by name.

Code cites a rule by its name, *so*; `.github/PROTOCOL.md` has what is lost without it, under the same number.

    no  name                    in one sentence
    1   whole and ours          A state that is torn, foreign or held by another run is refused.
    2   plan by belief          What is believed of a listing and its key decide what is done; doubt is settled.
    3   nothing to do           Then there is no request and no write.
    4   intent first            Before any request one swap puts all planned ids in doubt and takes the lease.
    5   quiet                   What may still be on its way when the state is read is waited for.
    6   order                   Puts, adds, replacements, then deletions; each request under a lease that holds.
    7   put                     PATCH; absent: POST; exists meanwhile: PATCH with everything.
    8   add                     POST; unsure: ask by PATCH, never a blind POST again; exists: contested.
    9   delete                  Deleted or absent is a tombstone, which keeps its key.
    10  replace                 DELETE, wait, write the new key, POST.
    11  end                     One last write: the outcomes, the lease released, quiet where a doubt lingers.
    12  former belief           What certainly had no effect leaves what was believed before; all else is doubt.
    13  signals                 The first stops sending, the second the calls, the third the process.
    14  reassert                Everything confirmed is written again, and every tombstone deleted again.
    15  state lost              Every id that git's history knows comes back in doubt.
    16  brakes                  A run that meets only silence, refusals or absence stops by itself.
    17  foreign lease           Another machine's lease is over when every clock says so, or when it was watched.
    18  beliefs, never facts    What is brought back or imported is in doubt until a run settles it.
    19  unrecorded              A last write that fails is told, and the next run settles all of it.
    20  move                    A state that goes elsewhere is first reserved there, then marked here, then filled.
    21  printing                It is no part of a run: what cannot be told is dropped, the last write comes first.
"""

from offerctl.run.machine import Due, Run
from offerctl.run.report import (
    INTERRUPTED,
    OUT_OF_TIME,
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
    "OUT_OF_TIME",
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
