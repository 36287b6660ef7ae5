"""Which films a farm does first: workers that sleep, and all else as it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from benchmarks.farm.local import LocalFarm
from benchmarks.farm.scale import SleepingFilm, sleep
from filmcolor.errors import CancelledError
from filmcolor.events import CancelToken, Events, stopped_by
from filmcolor.jobs.farm.connection import Farm, FarmAddress
from filmcolor.jobs.farm.coordinator import Coordinator
from filmcolor.jobs.farm.versions import versions

_PIECES = 30


def _films(count: int) -> list[Any]:
    return [SleepingFilm(number, _PIECES, 0.05, versions()) for number in range(count)]


def _do(farm: LocalFarm, films: Sequence[Any], finished: Any = lambda *_: None) -> None:
    def in_turn() -> Iterator[Any]:
        yield from films

    with Farm(FarmAddress(farm.address), sleep) as connection:
        Coordinator(connection, in_turn(), finished, Events()).run()


def test_films_are_finished_one_by_one(farm: LocalFarm) -> None:
    """Not all of them at the end: a farm of two threads begins the next one for want of work."""
    films, done = _films(4), list[int]()

    def finished(film: Any, _: object) -> None:
        done.append(film.number)
        ahead = sum(other.frames_done for other in films[len(done) :])
        assert ahead <= 12  # three tasks for each thread, and as many that came meanwhile

    _do(farm, films, finished)
    assert done == [0, 1, 2, 3]


def test_what_has_priority_goes_first(farm: LocalFarm) -> None:
    """Of two commands on one farm, the one that began later, with priority, has its way."""
    usual: Any = SleepingFilm(0, 10_000, 0.3, versions())
    seen: list[int] = []

    class Urgent(SleepingFilm):
        def take_over(self, number: int) -> bool:
            seen.append(usual.frames_done)
            return super().take_over(number)

    stop = CancelToken()

    def do_usual() -> None:
        with suppress(CancelledError), stopped_by(stop):
            _do(farm, [usual])

    first = threading.Thread(target=do_usual)
    first.start()
    try:
        until = time.monotonic() + 30
        while usual.frames_done < 2 and time.monotonic() < until:
            time.sleep(0.01)
        _do(farm, [Urgent(0, 14, 0.3, versions(), priority=1)])
    finally:
        stop.cancel()
        first.join(30)
    assert len(seen) == 14
    assert seen[-1] - seen[0] <= 7  # 13 where both have the same right
