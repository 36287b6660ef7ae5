"""Keeps encoders from taking the computer for themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TASKS = Path("/proc/self/task")


@contextmanager
def kept_scheduling() -> Iterator[None]:
    """Leave the scheduling of all threads as it was; new ones get that of the calling one.

    SVT-AV1, when root opens it (as in most containers), makes its threads and the one that opens it
    real-time ones of the highest priority. Everything else on the computer then gets a twentieth of
    the time, and processes that are started later inherit it. Linux alone lets it.
    """
    if not (hasattr(os, "sched_setscheduler") and _TASKS.is_dir()):
        yield
        return
    before = dict(_scheduling())
    own = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for task, (policy, _) in _scheduling():
            wanted, parameters = before.get(task, own)
            if policy != wanted:
                with suppress(OSError):  # a thread that has ended in the meantime
                    os.sched_setscheduler(task, wanted, parameters)


def _scheduling() -> Iterator[tuple[int, tuple[int, os.sched_param]]]:
    for task in _TASKS.iterdir():
        number = int(task.name)
        with suppress(OSError):
            yield number, (os.sched_getscheduler(number), os.sched_getparam(number))
