"""Runs the stages of a pipeline side by side."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator
from contextlib import closing
from contextvars import copy_context
from typing import Generic, TypeVar

from filmcolor.events import check_cancelled

T = TypeVar("T")

TICK = 0.5
"""Seconds that a reader waits for an item at a time."""


class _Failure:
    """What a source ended with, in the place of an item."""

    def __init__(self, error: BaseException) -> None:
        """Keep the error, to be raised where the item was wanted."""
        self.error = error


class _End:
    """Stands behind the last item."""


class Prefetch(Generic[T]):
    """Iterates over `source` in a thread of its own, a few items ahead of whoever reads.

    An exception of the source is raised to the reader in its place, and `CancelledError` when it
    is cancelled. `close` stops the thread and closes the source; use as a context manager.
    """

    def __init__(self, source: Generator[T], ahead: int) -> None:
        """Start reading `source`; at most `ahead` items wait to be taken."""
        self._items: queue.Queue[T | _Failure | _End] = queue.Queue(maxsize=ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run, source), daemon=True
        )
        self._thread.start()

    def _run(self, source: Generator[T]) -> None:
        last: _Failure | _End = _End()
        try:
            with closing(source) as items:
                for item in items:
                    if not self._put(item):
                        return
        except BaseException as error:
            last = _Failure(error)
        self._put(last)

    def _put(self, item: T | _Failure | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._items.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Generator[T]:
        """Yield the items in order."""
        while True:
            check_cancelled()
            # A wait without end could not be interrupted with Ctrl-C on Windows.
            try:
                item = self._items.get(timeout=TICK)
            except queue.Empty:
                self._waited()
                continue
            self._came()
            if isinstance(item, _End):
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item

    def _waited(self) -> None:
        """Take notice that no item has come for `TICK` seconds."""

    def _came(self) -> None:
        """Take notice that an item has come."""

    def close(self) -> None:
        """Stop reading and wait for the thread."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Prefetch[T]:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop reading."""
        self.close()
