"""Where things are kept that can be found again, if it takes long."""

from __future__ import annotations

from pathlib import Path


def user_cache(name: str) -> Path:
    """Return the folder of the user's cache for things of one kind; it may not be there yet."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("filmcolor", appauthor=False)) / name
