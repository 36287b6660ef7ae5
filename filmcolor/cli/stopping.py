"""Ends the process on Ctrl-C and SIGTERM, even while its main thread waits in native code.

What is done is on the disk at every moment, so that a process may end anywhere. It ends in good
order if it can: Python raises `KeyboardInterrupt` in the main thread. That thread may be stuck in
a library, though, and then no handler in Python ever runs. So another thread, which the system
wakes, ends the process after a while; and the second signal of a kind is left to the system itself,
because a library may be stuck with Python's lock in its hands, and then no thread runs either.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from filmcolor.cli.ending import end_at_once
from filmcolor.errors import UsageError
from filmcolor.system.environment import patience

_GRACE = 10.0
"""Seconds that the main thread gets to end in good order, if `patience` is not less."""

_received: list[int] = []
"""All signals, in order, those included that a command deals with itself."""
_seen: list[int] = []
"""Those that the main thread was interrupted by."""


def stop_on_signals() -> None:
    """Deal with SIGTERM and, unless it is ignored, with Ctrl-C; call it in the main thread."""
    reading, writing = os.pipe()
    if sys.platform != "win32":
        os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_signals, args=(reading,), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:  # in the background Ctrl-C may be
            signal.signal(number, _interrupt)
            _leave_the_second_to_the_system(number)


def exit_code() -> int:
    """Return the exit code of a run that was interrupted, as shells have it."""
    return 128 + next(iter(_seen or _received), signal.SIGINT)


def is_interrupted() -> bool:
    """Return whether a signal has ended what the main thread was at."""
    return bool(_seen)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _seen.append(number)
    if len(_seen) > 1:
        os._exit(exit_code())
    raise KeyboardInterrupt


def _wait_for_signals(reading: int) -> None:
    signals = 0
    while received := os.read(reading, 1):
        number = received[0]
        _received.append(number)
        if signal.getsignal(number) is not _interrupt and not signals:
            continue  # a command that deals with signals itself
        signals += 1
        code = 128 + number
        if signals > 1:
            os._exit(code)
        said = "filmcolor: interrupted; what is done is kept."
        timer = threading.Timer(_grace(), end_at_once, args=(code, said))
        timer.daemon = True
        timer.start()


def _grace() -> float:
    try:
        return min(_GRACE, patience())
    except UsageError:
        return _GRACE


def _leave_the_second_to_the_system(number: int) -> None:
    """Have the handler of a signal forgotten when it is called, so that the next one kills.

    Python has no name for that (SA_RESETHAND). Where the system's structure is not as known here,
    nothing is changed.
    """
    import ctypes

    pointer = ctypes.sizeof(ctypes.c_void_p)
    if sys.platform == "linux":
        offset, on_stack, reset, others = pointer + 128, 0x08000000, 0x80000000, 0x04000000
    elif sys.platform == "darwin":
        offset, on_stack, reset, others = pointer + 4, 0x0001, 0x0004, 0
    else:
        return
    action = ctypes.create_string_buffer(512)
    flags = ctypes.c_uint32.from_buffer(action, offset)
    try:
        sigaction = ctypes.CDLL(None, use_errno=True).sigaction
    except (OSError, AttributeError):
        return
    if sigaction(int(number), None, action) == 0 and flags.value & ~others == on_stack:
        flags.value |= reset
        sigaction(int(number), action, None)
