"""Ends the process from any thread, whatever the others are waiting for."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn


def end_at_once(code: int, said: str) -> None:
    """Say a line on standard error, and end this process and its workers."""
    with suppress(OSError):
        # Not by way of `sys.stderr`: whoever is stuck may hold its lock.
        os.write(2, f"{said}\n".encode(errors="replace"))
    leave(code)


def leave(code: int) -> NoReturn:
    """End this process and its workers, without taking anything apart."""
    if "multiprocessing" in sys.modules:
        import multiprocessing

        for child in multiprocessing.active_children():
            child.kill()
    os._exit(code)
