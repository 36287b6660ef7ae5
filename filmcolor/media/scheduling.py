"""Keeps encoders from taking the computer for themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextmanager
def kept_scheduling() -> Iterator[None]:
    """Put all threads back to the scheduling that the calling one had, when this ends.

    SVT-AV1, when root opens it (as in most containers), makes its threads and the one that opens it
    real-time ones of the highest priority. Everything else on the computer then gets a twentieth of
    the time, and processes that are started later inherit it. Linux alone lets it.
    """
    if not (hasattr(os, "sched_setscheduler") and _TASKS.is_dir()):
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for task in _TASKS.iterdir():
            with suppress(OSError):  # a thread that has ended in the meantime
                if os.sched_getscheduler(int(task.name)) != policy:
                    os.sched_setscheduler(int(task.name), policy, parameters)
