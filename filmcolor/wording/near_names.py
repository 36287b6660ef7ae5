"""Names that are spelled like one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'a' or 'b'?)` with the nearest of the `known` names, if any is near.

    >>> did_you_mean("presett", ["preset", "tune"])
    " (did you mean 'preset'?)"
    """
    by_lower = {other.lower(): other for other in known}
    near = [by_lower[other] for other in get_close_matches(name.lower(), by_lower)]
    return f" (did you mean {' or '.join(map(repr, near))}?)" if near else ""
