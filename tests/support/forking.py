"""Starts `offerctl` as a process of its own without a start of Python: a fork of one that has imported all of it.

Python and offerctl's imports take two thirds of what a short command takes, and the tests start two thousand. So
each worker of pytest keeps one process that imports once, does nothing, and forks for every call. What it forks is
as real as any: arguments, environment, folder, streams, signals and exit code are its own, and it ends as Python
ends. What a start itself does (the interpreter's settings, which module imports which) is tested by real ones:
whatever a test calls as `sys.executable -m offerctl`, all steps of workflows, and the wheel's smoke test.

Run as a script it is that process.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import inspect
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import offerctl as package

TESTS = Path(__file__).parents[1]
SOURCES = Path(package.__file__).parents[1]
HEAVY = ("asyncio", "deepdiff", "httpx", "jsonschema", "referencing", "sniffio", "yaml")
"""What offerctl imports inside of functions."""
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_STARTUP = ("PYTHON", "LC_", "LANG", "TZ")
"""Variables that the interpreter reads when it starts."""


def can_fork(env: Mapping[str, str]) -> bool:
    """Whether a fork is what a start would be: on Linux, and with nothing set that only a start would see."""
    usual = {**os.environ, "PYTHONPATH": str(SOURCES)}
    given = {name: value for name, value in env.items() if name.startswith(_STARTUP)}
    return sys.platform == "linux" and given.items() <= usual.items()


class Fork(subprocess.Popen[str]):
    """As `Popen`, for the arguments of `offerctl` or, after `driver`, those of `support.driver`.

    The process is a child of this one: it is waited for, killed and read from as any other. Popen's own way to
    start a child is replaced; its parameters are found by their names.
    """

    def _execute_child(self, *values: Any) -> None:
        parameters = inspect.signature(getattr(subprocess.Popen, "_execute_child")).parameters  # noqa: B009
        given = dict(zip(list(parameters)[1:], values, strict=True))
        ours = [given[name] for name in ("p2cwrite", "c2pread", "errread")]
        theirs = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        try:
            self.pid = _preloaded().fork(given["args"], str(given["cwd"]), given["env"], theirs)
        finally:
            for descriptor in {*theirs} - {-1, *ours}:
                os.close(descriptor)
        self._child_created = True


class _Preloaded:
    """The process that has imported everything, seen from here."""

    def __init__(self) -> None:
        # What it forks loses its parent at once, and comes to us.
        ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)
        self._lock = threading.Lock()
        self._channel, other = socket.socketpair()
        with other:
            paths = os.pathsep.join([str(TESTS), str(SOURCES)])
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())],
                env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
            )
        atexit.register(self._end)

    def fork(self, args: Sequence[str], folder: str, env: Mapping[str, str], streams: Sequence[int]) -> int:
        """The id of a new process with these three streams."""
        message = json.dumps([list(args), folder, dict(env)]).encode()
        with self._lock:
            socket.send_fds(self._channel, [len(message).to_bytes(4)], streams)
            self._channel.sendall(message)
            return int.from_bytes(_whole(self._channel, 4))

    def _end(self) -> None:
        self._channel.close()
        self._process.wait()


@cache
def _preloaded() -> _Preloaded:
    return _Preloaded()


def _whole(channel: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        more = channel.recv(length - len(found))
        if not more:
            raise EOFError
        found += more
    return found


# The process that has imported everything


def _serve(channel: socket.socket) -> list[str]:
    """Forks for each call; comes back in the forks alone, with their arguments."""
    while True:
        length, streams, _, _ = socket.recv_fds(channel, 4, 3)
        if not length:
            os._exit(0)
        args, folder, env = json.loads(_whole(channel, int.from_bytes(length)))
        ours, theirs = os.pipe()
        if (child := os.fork()) == 0:
            # Whoever asked is to be the parent, so this one steps aside before it says who it made.
            if (pid := os.fork()) == 0:
                os.close(ours)
                os.close(theirs)
                channel.close()
                _become(folder, env, streams)
                return list(args)
            os.write(theirs, pid.to_bytes(4))
            os._exit(0)
        os.waitpid(child, 0)
        channel.sendall(os.read(ours, 4))
        for descriptor in (ours, theirs, *streams):
            os.close(descriptor)


def _become(folder: str, env: Mapping[str, str], streams: Sequence[int]) -> None:
    """What a start of Python sees of its surroundings."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        former = getattr(sys, name)
        stream = open(  # noqa: SIM115 - it stays open to the end of the process
            number,
            "w" if number else "r",
            buffering=1 if name == "stderr" else -1,
            encoding=former.encoding,
            errors=former.errors,
            closefd=False,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for those who were started
    from offerctl.cli import main  # noqa: PLC0415 - all of this is for that process alone
    from support import driver  # noqa: PLC0415

    for name in HEAVY:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, "offerctl."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()
    with contextlib.suppress(EOFError):
        args = _serve(socket.socket(fileno=int(sys.argv[1])))
        sys.argv = ["offerctl", *args]
        if args[:1] == ["driver"]:
            return driver.run(json.loads(args[1]), args[2:])
        return main(args)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
