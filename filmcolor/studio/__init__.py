"""The studio: films seen, mended and coloured in a web page; needs the extra `studio`.

A face on the public interface: each route is one call of it (`docs/studio.md` lists them).
"""

from __future__ import annotations

from importlib.util import find_spec

from filmcolor.errors import UsageError


def require_studio() -> None:
    """Raise `UsageError` that says what to install, unless the extra `studio` is there."""
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the studio needs {' and '.join(missing)}; to install what is missing, run "
            '`pip install ".[studio]"` in the folder of filmcolor\'s source.'
        )
