"""The program: `offerctl`, and `python -m offerctl`."""

from __future__ import annotations

import gc
import os
import sys

_INTERRUPTED = 130


def main() -> int:
    """The console entry point; Ctrl-C is no traceback, not even while the program itself is still being read."""
    gc.set_threshold(100_000, 50, 50)  # a catalogue is many small values that stay, and few circles
    try:
        from offerctl import cli  # noqa: PLC0415 - inside, so that an interrupt meanwhile is one
    except KeyboardInterrupt:
        os._exit(_INTERRUPTED)  # what is half imported is not worth tidying up
    code = cli.main()
    gc.freeze()  # what is left goes with the process: to look for circles in all of it costs an eighth of a plan
    return code


if __name__ == "__main__":
    sys.exit(main())
