"""Keeps arrays that take long to work out, from one run to the next."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from filmcolor.colorspace import Floats


def cached_array(name: str, shape: tuple[int, ...], make: Callable[[], Floats]) -> Floats:
    """Return the array called `name` from the user's cache, or what `make` returns.

    float32, of `shape`. A cache that cannot be read or written, or holds something else under the
    name, is as good as none.
    """
    path = _folder() / f"{name}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        found = np.load(path, allow_pickle=False)
        if found.dtype == np.float32 and found.shape == shape and np.isfinite(found).all():
            return np.asarray(found, np.float32)
    made = make()
    with contextlib.suppress(OSError):
        _keep(made, path)
    return made


def _folder() -> Path:
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("filmcolor", appauthor=False)) / "tables"


def _keep(array: Floats, path: Path) -> None:
    """Write an array in one step: several runs may do so at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        unfinished = Path(file.name)
        try:
            np.save(file, array, allow_pickle=False)
        except OSError:
            file.close()
            unfinished.unlink(missing_ok=True)
            raise
    try:
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
