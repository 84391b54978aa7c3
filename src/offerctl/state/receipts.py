"""What a run's receipt says of an edit by hand: the words of its intents and outcomes."""

from __future__ import annotations

from enum import StrEnum

DONE = "done"
IN_DOUBT = "in doubt"


class EditKind(StrEnum):
    """What was done by hand: the intent in receipts."""

    FORGET = "forget"
    UNLOCK = "unlock"
    IMPORT = "import"
    RESTORE = "restore"
    PUSH = "push"
    REBUILD = "rebuild"
    MOVE = "move"
