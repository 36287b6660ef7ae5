"""Ends a run in which nothing moves any more.

Whoever reads a film is watched, see `filmcolor.media.faults.watchdog`. That takes a main thread
that runs; this is for one that waits in native code for something that never comes. A thread
watches it, and that thread is watched from outside: it cannot run while a library holds Python's
lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from filmcolor.cli.ending import end_at_once
from filmcolor.cli.onlooker import Onlooker
from filmcolor.media.faults.watchdog import signs_of_life
from filmcolor.system.environment import patience
from filmcolor.system.prefetch import TICK

_LEAST_WORK = 0.01
"""Processor time per second below which a process does nothing but wait."""
_TIMES = 3
"""How often patience must run out: whoever reads gives up first, and says what is wrong."""


_readers = [0]
"""How many waits for whoever reads what this process prints there are now."""


@contextmanager
def waiting_for_a_reader() -> Iterator[None]:
    """Do not count the time in which somebody else, `less` for one, has not read on."""
    _readers[0] += 1
    try:
        yield
    finally:
        _readers[0] -= 1


@cache
def end_when_nothing_moves() -> None:
    """From now on, end the process when it has done nothing for several times `patience`.

    Ticks are counted, not the time of day: a computer that sleeps, or a process that is stopped,
    does not count.
    """
    seconds = _TIMES * patience()
    said = (
        f"filmcolor: nothing has moved for {seconds:g} s: a library waits for something that never "
        "comes; what is done is kept, and the same command carries on."
    )
    onlooker: Onlooker | None = None
    with suppress(OSError):
        # Not in the thread, which the first library that is called might never let run.
        onlooker = Onlooker(seconds, said)
    threading.Thread(target=_watch, args=(seconds, said, onlooker), daemon=True).start()


def _watch(seconds: float, said: str, onlooker: Onlooker | None) -> None:
    still = 0.0
    work, life = time.process_time(), signs_of_life()
    while still < seconds:
        time.sleep(TICK)
        if onlooker is not None:
            with suppress(OSError):
                onlooker.alive()
        work_now, life_now = time.process_time(), signs_of_life()
        moves = work_now - work >= _LEAST_WORK * TICK or life_now != life or _readers[0] > 0
        still = 0.0 if moves else still + TICK
        work, life = work_now, life_now
    end_at_once(1, said)
