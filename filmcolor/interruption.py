"""A run that was interrupted, and what is kept of it."""

from __future__ import annotations


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with a sentence about what is kept."""
