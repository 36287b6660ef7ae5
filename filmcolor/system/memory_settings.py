"""How the C library of Linux divides memory among threads, and gives it back."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""Parameters of mallopt(3) in glibc."""

_LARGE_BLOCK = 4 << 20
"""Bytes: more than a frame's luma at 1920x1080, less than one of x264's frames at that size."""

_MOST_KEPT = 16 << 20
"""Bytes at the end of the heap that are kept though nobody uses them."""


def give_memory_back() -> None:
    """Give the system what nobody uses of this process's memory, where glibc is used.

    For processes that stay when work is done. Takes some milliseconds; safe in any thread.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def use_memory_sparingly() -> None:
    """Let this process take no more memory from the system than it needs, where glibc is used.

    All threads take theirs from one heap: glibc gives each an arena of its own, up to eight per
    core. Frames are made in one thread and freed in another, so that every arena grows to the
    most that its thread ever needed: 50 MB more at 1920x1080.

    Large blocks never lie in that heap, and go back to the system when they are freed. Left to
    itself, glibc puts blocks of up to 32 MB there once one of that size was freed, and what an
    encoder leaves when a segment ends is too scattered for the next one: 75 MB more at 1920x1080.

    These are settings of the whole process, for threads that have not begun yet, and glibc does
    not tell what they were before: so this is for processes that are filmcolor's own, from their
    beginning to their end, never for a library call. Does nothing on other systems.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
        mallopt(_M_TRIM_THRESHOLD, _MOST_KEPT)
