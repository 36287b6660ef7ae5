"""How long the stages of a run take."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class StageTimes:
    """Adds up the wall-clock seconds that each stage works, over all its threads."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._lock = threading.Lock()
        self._seconds: dict[str, float] = {}
        self._counts: dict[str, int] = {}

    def add(self, stage: str, seconds: float) -> None:
        """Add to the time of a stage."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds
            self._counts[stage] = self._counts.get(stage, 0) + 1

    def add_all(self, seconds: Mapping[str, float]) -> None:
        """Add what another one has measured, by stage."""
        for stage, passed in seconds.items():
            self.add(stage, passed)

    def count(self, stage: str) -> int:
        """Return how often a stage worked."""
        with self._lock:
            return self._counts.get(stage, 0)

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Time what is done inside."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - began)

    def reading(self, stage: str, items: Iterable[T]) -> Generator[T]:
        """Pass `items` on; the time that it takes to get them counts."""
        source = iter(items)
        try:
            while True:
                began = time.perf_counter()
                try:
                    item = next(source)
                except StopIteration:
                    return
                finally:
                    self.add(stage, time.perf_counter() - began)
                yield item
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage, so far."""
        with self._lock:
            return dict(self._seconds)
