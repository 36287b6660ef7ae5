"""Ends this process when a library waits with Python's lock in its hands, and no thread can run.

What runs even then is the thread of `faulthandler`, which is written in C. When `alive` has not
been called for a while, it writes into a pipe, and again each time as much time has passed. At the
other end of the pipe a small process of its own counts that, says a line, and ends this one.

So what counts are waits of a thread of this process, not the time of day: a computer that sleeps,
or a process that is stopped, writes nothing.

This file is also the program of that process: it must not import anything of the package.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

_LOOKS = 5
"""How often it must be silent, one time after the other."""
_SHORTEST = 0.5
"""Seconds of silence that count, at the least: a library may take as long to load."""
_TO_END = 2.0
"""Seconds that a process gets to end after it was told to."""

_ALIVE = b"alive\n"
_SILENT = b"Timeout ("
"""What `faulthandler` begins with; the rest of what it writes is not looked at."""


class Onlooker:
    """The other process, which ends this one after `seconds` in which `alive` was not called."""

    def __init__(self, seconds: float, said: str) -> None:
        """Start it; `said` is the line that it ends this process with. Raises `OSError`."""
        import subprocess

        self._every = max(_SHORTEST, seconds / _LOOKS)
        reading, self._pipe = os.pipe()
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        else:
            flags = 0
            os.set_blocking(self._pipe, False)  # nothing here waits for the other process
        _end_with_1_on_hangup()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(os.getpid()), said],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is none of its business
                creationflags=flags,
            )
        finally:
            os.close(reading)
        self.alive()

    def alive(self) -> None:
        """Say that Python's threads run; raises `OSError` when the other process is gone."""
        import faulthandler

        # Another thread may get Python's lock at the write, and never give it back: the old alarm
        # goes on until the new one, in one step, takes its place. A line of the old one that this
        # cuts in two counts as none.
        with suppress(BlockingIOError):
            os.write(self._pipe, b"\n" + _ALIVE)
        faulthandler.dump_traceback_later(self._every, repeat=True, file=self._pipe)


def _end_with_1_on_hangup() -> None:
    """Have the system end this process with exit code 1, without Python, on SIGHUP.

    Its number is 1, and it is what a handler is called with. Where it is ignored, it stays so.
    """
    if sys.platform == "win32":
        return
    import ctypes
    import signal

    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            library.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
            library.signal.restype = ctypes.c_void_p
            library.signal(signal.SIGHUP, ctypes.cast(library._exit, ctypes.c_void_p))


def _look_on(process: int, said: str) -> None:
    silent = 0
    for line in sys.stdin.buffer:
        if line.startswith(_SILENT):
            silent += 1
        elif line == _ALIVE:
            silent = 0
        if silent == _LOOKS:
            with suppress(OSError):
                os.write(2, f"{said}\n".encode(errors="replace"))
            _end(process)
            return


def _end(process: int) -> None:
    import signal

    with suppress(OSError):
        if sys.platform == "win32":
            os.kill(process, 1)  # there that is the exit code
            return
        os.kill(process, signal.SIGHUP)
        until = time.monotonic() + _TO_END
        while time.monotonic() < until:
            time.sleep(0.05)
            os.kill(process, 0)  # until there is none
        os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    _look_on(int(sys.argv[1]), sys.argv[2])
