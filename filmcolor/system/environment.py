"""The environment variables by which filmcolor is set up: read here, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filmcolor.errors import UsageError

MODELS = "FILMCOLOR_MODELS"
MIRROR = "FILMCOLOR_MIRROR"
PATIENCE = "FILMCOLOR_PATIENCE"
MAX_PIXELS = "FILMCOLOR_MAX_PIXELS"
DEBUG = "FILMCOLOR_DEBUG"
STAGING = "FILMCOLOR_STAGING"
_PYTHON_PATH = "PYTHONPATH"

_DEFAULT_PATIENCE = 300.0

_DEFAULT_MAX_PIXELS = 1 << 28
"""16384x16384. Films in 8K have an eighth of that, the largest cameras two thirds."""


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """Have an environment variable set inside, unless it is already: for libraries that look."""
    if name in os.environ:
        yield
        return
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]


def one_thread_for_linear_algebra() -> None:
    """Have NumPy's OpenBLAS use one thread, unless the user says otherwise; before its import.

    Each of its other threads, when it has begun or has done something, looks for more in a loop
    for a tenth of a second, on a core that frames wait for; and there are no large matrices here.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def chosen_weights_folder() -> Path | None:
    """Return the folder of weights that the user names, absolute."""
    chosen = os.environ.get(MODELS)
    return Path(chosen).expanduser().absolute() if chosen else None


def mirror() -> str | None:
    """Return the base address from which weights are downloaded first, if there is one."""
    return os.environ.get(MIRROR) or None


def patience() -> float:
    """Return for how many seconds reading may be silent; raises `UsageError` for nonsense."""
    text = os.environ.get(PATIENCE, "")
    try:
        seconds = float(text) if text else _DEFAULT_PATIENCE
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise UsageError(f"{PATIENCE}={text}: should be a number of seconds above 0.")
    return seconds


def chosen_staging_folder() -> Path | None:
    """Return the folder that the user names for films that come from storage, absolute."""
    chosen = os.environ.get(STAGING)
    return Path(chosen).expanduser().absolute() if chosen else None


def max_pixels() -> int:
    """Return how many pixels a picture may have; raises `UsageError` for nonsense."""
    text = os.environ.get(MAX_PIXELS, "").strip()
    if not text:
        return _DEFAULT_MAX_PIXELS
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise UsageError(f"{MAX_PIXELS}={text}: should be a number of pixels above 0.")
    return int(text)


def wants_tracebacks() -> bool:
    """Return whether errors are shown with where in the program they come from."""
    return bool(os.environ.get(DEBUG))


def of_a_child() -> dict[str, str]:
    """Return the environment for a Python process that is to find the package that runs here."""
    package = str(Path(__file__).resolve().parents[2])
    known = os.environ.get(_PYTHON_PATH)
    return os.environ | {_PYTHON_PATH: os.pathsep.join([package, known] if known else [package])}
