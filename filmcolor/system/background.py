"""Work in a thread of its own, for which one can stop waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from filmcolor.events import check_cancelled

T = TypeVar("T")

_LOOK_EVERY = 0.2
"""Seconds between looks whether the run is to stop."""
_TO_END = 1.0
"""Seconds that work gets to end when nobody wants its result any more."""


_left_behind: list[threading.Event] = []
"""Set when work has ended for which nobody has waited."""


def is_left_behind() -> bool:
    """Return whether work goes on that nobody waits for.

    A library at work may abort a process that ends in good order, as it takes apart what it uses.
    """
    return not all(ended.is_set() for ended in _left_behind)


class Background(Generic[T]):
    """Does `work` while the calling thread does something else; use as a context manager.

    When the block is left by an exception, and the work does not end soon, it is left behind: it
    may be in a library, which cannot be stopped.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        """Begin with `work`; what it waits for ends when this thread is cancelled."""
        self._ended = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None
        # Not a pool of threads: Python waits for these before it ends.
        threading.Thread(
            target=copy_context().run, args=(self._run, work), name="filmcolor-work", daemon=True
        ).start()

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._results.append(work())
        except BaseException as error:
            self._error = error
        finally:
            self._ended.set()

    def ends_within(self, seconds: float) -> bool:
        """Wait for so many seconds at most; return whether the work has ended."""
        return self._ended.wait(seconds)

    def raise_failure(self) -> None:
        """Raise what the work has failed with, if it has."""
        if self._error is not None:
            raise self._error

    def result(self) -> T:
        """Wait for the work and return what came of it, or raise what it failed with.

        Raises `CancelledError` as soon as this thread is cancelled.
        """
        check_cancelled()
        while not self.ends_within(_LOOK_EVERY):
            check_cancelled()
        self.raise_failure()
        return self._results[0]

    def __enter__(self) -> Background[T]:
        """Return the object itself."""
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait for the work, but not for long where something has failed."""
        if not self._ended.wait(None if kind is None else _TO_END):
            _left_behind.append(self._ended)


def waiting_for(work: Callable[[], T]) -> T:
    """Return `work()`, done in another thread; raises `CancelledError` without waiting for it."""
    with Background(work) as background:
        return background.result()
