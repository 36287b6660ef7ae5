"""The tasks that a coordinator has asked for, and which of them take long."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from statistics import median

from filmcolor.jobs.farm.connection import Worker
from filmcolor.jobs.farm.film_on_farm import FilmOnFarm
from filmcolor.jobs.farm.task import FarmTask

_LATE = 2.0
"""A task that takes so many times as long as usual is asked for again, when all else is done."""
LEAST_LATE = 20.0
_A_LOOK = 20
"""How many pieces' time it may take to look a whole film through."""


@dataclass(eq=False)
class Flight:
    """A task that was asked for. Times are of `time.monotonic`, in seconds."""

    task: FarmTask
    film: FilmOnFarm
    asked: float
    began: float | None = None
    worker: str = ""
    node: str = ""
    frames: int = 0
    """How many are done."""


class Flights:
    """All tasks that were asked for and not answered yet."""

    def __init__(self, least_late: float = LEAST_LATE) -> None:
        """No task takes long before `least_late` seconds."""
        self._least_late = least_late
        self._flying: dict[tuple[str, ...], Flight] = {}
        self._seconds: list[float] = []
        """What pieces took."""
        self.late: list[Flight] = []
        """Those that take long, as of the last `find_late`."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._flying)

    def __iter__(self) -> Iterator[Flight]:
        """Go through them; meanwhile some may be ended."""
        return iter(list(self._flying.values()))

    @property
    def in_time(self) -> int:
        """How many there are that do not take long."""
        return len(self._flying) - len(self.late)

    def begin(self, flight: Flight) -> None:
        """A task is asked for."""
        self._flying[flight.task.key] = flight

    def get(self, key: tuple[str, ...]) -> Flight | None:
        """Return the one of this task."""
        return self._flying.get(key)

    def end(self, key: tuple[str, ...]) -> Flight | None:
        """Forget the one of a task, and return it; None where it was forgotten before."""
        return self._flying.pop(key, None)

    def end_all(self) -> list[Flight]:
        """Forget all, and return them."""
        ended, self._flying, self.late = list(self._flying.values()), {}, []
        return ended

    def of_film(self, film: FilmOnFarm) -> list[Flight]:
        """Return those of a film."""
        return [flight for flight in self._flying.values() if flight.film is film]

    def of_piece(self, film: FilmOnFarm, number: int) -> list[Flight]:
        """Return those of one piece of a film; there are two when one of them takes long."""
        return [flight for flight in self.of_film(film) if flight.task.number == number]

    def without_workers(self, gone: Collection[str]) -> None:
        """Note that workers have gone: what they were at will begin anew elsewhere."""
        for flight in self._flying.values():
            if flight.worker in gone:
                flight.worker, flight.began, flight.frames = "", None, 0

    def frames(self) -> int:
        """Return how many frames are done of all; those that two are at count once."""
        doing: dict[tuple[str, int], int] = {}
        for flight in self._flying.values():
            piece = (flight.task.folder, flight.task.number)
            doing[piece] = max(doing.get(piece, 0), flight.frames)
        return sum(doing.values())

    def idle_threads(self, worker: Worker) -> int:
        """Return how many threads of a worker have nothing to do."""
        doing = [f for f in self._flying.values() if f.worker == worker.address]
        return max(0, worker.threads - len(doing))

    def took(self, seconds: float) -> None:
        """Note how long a piece took."""
        self._seconds.append(seconds)

    def find_late(self, now: float) -> None:
        """Find those that take long: they are no reason not to ask for others."""
        self.late = []
        if not self._seconds:
            return
        limit = max(self._least_late, _LATE * median(self._seconds[-100:]))
        for flight in self._flying.values():
            most = limit if flight.task.number else _A_LOOK * limit
            waited = now - flight.asked if flight.began is None else now - flight.began
            if waited > (2 * most if flight.began is None else most):
                self.late.append(flight)
