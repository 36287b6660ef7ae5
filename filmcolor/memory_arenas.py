"""How the C library of Linux divides memory among threads."""

from __future__ import annotations

import ctypes
import sys

_M_ARENA_MAX = -8
"""Parameter of mallopt(3) in glibc."""


def use_one_arena() -> None:
    """Let all threads of this process take their memory from one heap, where glibc is used.

    glibc gives each thread an arena of its own, up to eight per core. Frames are made in one
    thread and freed in another, so that every arena grows to the most that its thread ever
    needed: 50 MB more at 1920x1080. It is a setting of the whole process, for threads that have
    not begun yet. Does nothing on other systems.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
