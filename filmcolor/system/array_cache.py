"""Keeps arrays that take long to work out, from one run to the next."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from filmcolor.system.atomic_output import atomic_output
from filmcolor.system.user_cache import user_cache

D = TypeVar("D", np.float32, np.uint8)


def cached_array(
    name: str, shape: tuple[int, ...], dtype: type[D], make: Callable[[], NDArray[D]]
) -> NDArray[D]:
    """Return the array called `name` from the user's cache, or what `make` returns.

    Of `dtype` and `shape`, read-only. Several processes share its memory. A cache that cannot be
    read or written, or holds something else under the name, is as good as none.
    """
    path = user_cache("tables") / f"{name}.npy"
    kept = _kept(path, shape, dtype)
    if kept is not None:
        return kept
    made = make()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_output(path) as unfinished:
            np.save(unfinished, made, allow_pickle=False)
    # Of the file only those parts lie in memory that somebody looks at.
    kept = _kept(path, shape, dtype)
    if kept is not None:
        return kept
    made.setflags(write=False)
    return made


def _kept(path: Path, shape: tuple[int, ...], dtype: type[D]) -> NDArray[D] | None:
    # Damaged files make NumPy raise errors of many classes; and Python 3.11's parser, which it
    # uses on the header, fails now and then when another thread uses it, too (SystemError).
    with contextlib.suppress(Exception):
        found = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        if found.dtype == dtype and found.shape == shape and _is_sound(found):
            return found
    return None


def _is_sound(array: NDArray[Any]) -> bool:
    return array.dtype == np.uint8 or bool(np.isfinite(array).all())
