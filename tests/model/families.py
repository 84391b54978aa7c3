"""The families of worlds that are explored: what a run of CI sees, and the larger ones by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.rules import A11, A12, A21, ABSENT, B11, GONE, ONE_RUN, TWO_RUNS, WIRE, Fault, Rules, live, root, theirs
from offerctl.api import Dialect, Reply, Signs

BARE = Reply(status=404, headers={}, body=b'{"statusCode": 404, "error": "Not Found"}')
WORDS = Reply(status=404, headers={}, body=b'{"statusCode": 404, "message": "Offering not found"}')
TAKEN = Reply(status=422, headers={}, body=b'{"error": {"code": "general", "message": "it is in use"}}')
"""Dialects: absent as any wrong address is, absent in words alone, and a second Add of an id."""

NEW = root((A11, *ABSENT))
ONE = (NEW, root((A11, *live(A11))), root((None, *GONE)))
ONE_KEY = ((None, A11, A21),)
FOREIGN = (root((A11, *theirs(A21))), root((None, *theirs(A21))))
TWO_IDS = ((None, A11, B11), (None, A11))
TWO = (
    root((A11, *ABSENT), (A11, *ABSENT)),
    root((A11, *live(A11)), (A11, *live(A11))),
    root((A11, *live(A11)), (None, *live(A11))),
)

one = Rules(roots=ONE, faults=2, edits=2)
late = replace(one, bounded=False, allow_replace=False, reasserts=True)
two = replace(one, roots=TWO, offers=TWO_IDS, may=ONE_RUN | {Fault.RENEWED}, edits=1)
sleeping = replace(one, may=TWO_RUNS, edits=1, runs=2)

FAMILIES: Mapping[str, Rules] = {
    "one id": replace(one, offers=((None, A11, A21, A12, B11),)),
    "one id, more edits": replace(one, edits=3),
    "one id, a window shorter than the lease": replace(one, window=3),
    "one id, a lease much shorter than the window": replace(one, lease=4, window=20),
    "two ids": two,
    "two runs, one may sleep": sleeping,
    "two runs, a window shorter than the lease": replace(sleeping, window=3),
    "two runs of two ids": replace(sleeping, roots=TWO[::2], offers=TWO_IDS, faults=1),
    "late for ever, then --reassert": late,
    "late for ever, one key": replace(late, offers=ONE_KEY),
    "a wiped Marketplace": replace(one, may=ONE_RUN | {Fault.WIPED}, reasserts=True),
    "a state rebuilt or restored": replace(one, may=ONE_RUN | {Fault.REBUILT, Fault.RESTORED}),
    "unlock": replace(sleeping, may=ONE_RUN | {Fault.UNLOCKED}),
    "somebody else's listing, clean answers": replace(
        one, roots=FOREIGN, may=WIRE - {Fault.UNSURE, Fault.COPIED}, edits=3, reasserts=True, own=True
    ),
    "somebody else's listing": replace(one, roots=FOREIGN),
    "a busy Marketplace": replace(one, may=ONE_RUN | {Fault.BUSY}),
    "a busy Marketplace, late for ever": replace(late, may=ONE_RUN | {Fault.BUSY}, edits=1),
    "absent is indistinguishable from a wrong path": replace(
        one, dialect=Dialect(absent=Signs(status=(404,))), says=(("absent", BARE),)
    ),
    "absent in words alone, and requests go astray": replace(
        one,
        may=ONE_RUN | {Fault.ASTRAY},
        dialect=Dialect(absent=Signs(status=(404,), messages=("offering not found",))),
        says=(("absent", WORDS),),
    ),
    "a duplicate answers 422": replace(
        one,
        roots=(*ONE, *FOREIGN),
        dialect=Dialect(exists=Signs(status=(422,))),
        says=(("exists", TAKEN),),
    ),
}
moving = replace(
    sleeping, movers=1, faults=1, offers=((None, A11),), may=frozenset({Fault.KILLED, Fault.ASLEEP, Fault.UNSURE})
)
readdressed = replace(
    one, offers=ONE_KEY, allow_replace=False, may=ONE_RUN - {Fault.COPIED, Fault.STALLED} | {Fault.READDRESSED}
)
older = replace(one, faults=1, older=True)
MOVES: Mapping[str, Rules] = {
    "a state that is moved": moving,
    "a state that is moved, two ids": replace(
        moving, roots=TWO[1:], offers=TWO_IDS, runs=1, may=frozenset({Fault.KILLED, Fault.UNSURE})
    ),
    "a state that is moved by two at once, beside runs that live": replace(
        moving, movers=2, waits=False, runs=1, edits=0
    ),
    "another address, one key for life": readdressed,
    "an older clone": older,
    "an older clone, --allow-older": replace(older, allows=True),
}
LARGE: Mapping[str, Rules] = {
    "one id, three faults": replace(one, faults=3, edits=3),
    "two ids, two edits": replace(two, edits=2),
    "two runs, three faults": replace(sleeping, faults=3),
    "two runs, two edits": replace(sleeping, edits=2),
    "late for ever, two ids": replace(late, roots=TWO, offers=((None, A11, A21), (None, A11)), edits=1),
    "late for ever, two runs": replace(
        sleeping, offers=ONE_KEY, bounded=False, allow_replace=False, reasserts=True
    ),
    "late for ever, three faults": replace(late, faults=3),
    "wiped, three faults": replace(one, may=ONE_RUN | {Fault.WIPED}, reasserts=True, faults=3),
    "rebuilt or restored, three faults": replace(one, may=ONE_RUN | {Fault.REBUILT, Fault.RESTORED}, faults=3),
    "moved by two at once, two runs": replace(moving, movers=2),
    "moved, every fault": replace(moving, offers=ONE_KEY, may=TWO_RUNS),
    "another address, three faults": replace(readdressed, faults=3),
    "an older clone, two faults": replace(older, faults=2, allows=True),
}
