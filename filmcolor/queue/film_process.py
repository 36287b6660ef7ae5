"""The process that colours one film of a queue, seen from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filmcolor.queue.messages import received, send
from filmcolor.queue.queue_file import Entry
from filmcolor.system.environment import of_a_child

_PATIENCE = 60.0
"""Seconds after which a process that was told to stop is ended."""


class FilmProcess:
    """A process that colours a film; it ends when this one does."""

    def __init__(self, entry: Entry, mark: Path) -> None:
        """Start it; raises `OSError` when that fails.

        `mark`: a file into which it writes where the result goes, once all frames are coloured.
        """
        command = [sys.executable, "-m", "filmcolor.queue.worker"]
        environment = of_a_child()
        if sys.platform == "win32":
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
            )
        else:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,  # Ctrl-C is none of its business
            )
        job = {
            "source": entry.source,
            "output": entry.output,
            "options": entry.options,
            "mark": str(mark),
        }
        assert self._process.stdin is not None
        with suppress(OSError):  # then it has ended already, which is noticed
            send(self._process.stdin, job)

    def follow(self, tell: Callable[[dict[str, Any]], None]) -> int:
        """Pass on what it tells until it ends; return its exit code."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                message = received(line)
                if message:
                    tell(message)
        return self._process.wait()

    def stop(self) -> None:
        """Have it stop, with its work kept; `follow` returns when it has."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def end(self) -> None:
        """Wait for it after `stop`, and end it if that takes too long."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
