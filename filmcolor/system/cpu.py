"""How many processor cores this process may really use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from filmcolor.system.shared_setting import shared_setting

_CGROUP_V2_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_CGROUP_V1_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
_CGROUP_V1_PERIOD = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def _cgroup_limit() -> float | None:
    """Return the container's limit in cores, or None where there is none."""
    try:
        quota, period = _CGROUP_V2_QUOTA.read_text().split()
    except (OSError, ValueError):
        try:
            quota, period = _CGROUP_V1_QUOTA.read_text(), _CGROUP_V1_PERIOD.read_text()
        except OSError:
            return None
    try:
        limit = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max": no limit
        return None
    return limit if limit > 0 else None


@shared_setting
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV from dividing single pictures among threads, for as long as this lasts.

    Where several pictures are worked on at once, that only makes the threads wait for each other.
    It is a setting of the whole process, which its last user restores.
    """
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


_shares: list[int] = []
"""Of the cores, for this process, where several processes work on one film."""


@contextmanager
def share_of_cores(cores: int) -> Iterator[None]:
    """Let `available_cores` return so many, for as long as this lasts: others use the rest.

    Where several shares are taken at once, the smallest counts.
    """
    share = max(1, cores)
    _shares.append(share)
    try:
        yield
    finally:
        _shares.remove(share)


def available_cores() -> int:
    """Return the number of cores that this process may use, at least 1.

    Respects the process's affinity mask and a container's CPU quota (cgroup v1 and v2), which
    `os.cpu_count` does not.
    """
    return min(_shares, default=0) or _all_cores()


@cache
def _all_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    limit = _cgroup_limit()
    if limit is not None:
        cores = min(cores, math.ceil(limit))
    return max(1, cores)
