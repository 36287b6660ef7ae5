"""Training of the compact colour network; needs the extra `train` (PyTorch)."""

from __future__ import annotations

from importlib.util import find_spec

from filmcolor.errors import UsageError


def require_torch() -> None:
    """Raise `UsageError` that says what to install, unless the extra `train` is there."""
    missing = [name for name in ("torch", "matplotlib") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"training needs {' and '.join(missing)}; to install what is missing, run "
            '`pip install ".[train]"` in the folder of filmcolor\'s source.'
        )
