"""Where other computers see the storage: files that are the same have other paths there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from filmcolor.errors import UsageError

_WINDOWS = re.compile(r"[A-Za-z]:|.*\\")


@dataclass(frozen=True)
class PathMap:
    """Beginnings of paths, as seen from here, and what stands in their place elsewhere."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> PathMap:
        """Read pairs `FROM=TO`; raises `UsageError` for what is none.

        Example:
            PathMap.parse(["/mnt/archive=Z:\\\\archive"]).there("/mnt/archive/a.mkv")
        """
        pairs = []
        for text in texts:
            here, equals, there = text.partition("=")
            if not (equals and here and there):
                raise UsageError(
                    f"`path_map`: {text!r} is not of the form FROM=TO, such as "
                    "/mnt/archive=/srv/archive.",
                    what="path_map",
                    value=text,
                )
            pairs.append((here, there))
        return cls(tuple(sorted(pairs, key=lambda pair: -len(pair[0]))))

    def there(self, path: str) -> str:
        """Return the path by which other computers know a file; the longest beginning counts."""
        for here, there in self.pairs:
            begin = here.rstrip("/\\") or here
            rest = path[len(begin) :]
            if path.startswith(begin) and (not rest or rest[0] in "/\\" or begin[-1] in "/\\"):
                windows = bool(_WINDOWS.match(there))
                rest = rest.replace("/", "\\") if windows else rest.replace("\\", "/")
                return there.rstrip("/\\") + ("" if not rest or rest[0] in "/\\" else "/") + rest
        return path


NO_MAP = PathMap()
