"""Hints that are no part of what was done: seldom, and on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from filmcolor.cli.console import say

if TYPE_CHECKING:
    from filmcolor.settings import Settings

_DAY = 24 * 3600


def hint_at_richer_network(settings: Settings) -> None:
    """Say, once a day at most, how to get richer colours than `auto` gives now.

    When it was said last is noted in the folder of cached files; where that cannot be, it is not
    said at all.
    """
    from filmcolor.networks import richer_network_hint
    from filmcolor.networks.weights.folders import cache_folder

    hint = richer_network_hint() if settings.model == "auto" else None
    if hint is None:
        return
    note = cache_folder().parent / "hint-at-richer-network"
    try:
        said = note.stat().st_mtime if note.exists() else 0.0
        if 0 <= time.time() - said < _DAY:
            return
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError:
        return
    say(f"hint: {hint}")
