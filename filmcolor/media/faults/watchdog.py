"""Sees to it that a decoder, or a disk, that never comes back does not hang a run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

from filmcolor.errors import FilmcolorError, InputError
from filmcolor.events import check_cancelled, is_cancelled
from filmcolor.system.background import Background
from filmcolor.system.environment import PATIENCE, patience
from filmcolor.system.prefetch import TICK, Prefetch

T = TypeVar("T")


def never_came_back(path: Path, seconds: float, where: str = "") -> InputError:
    """Return the error for a film of which nothing has come for so many seconds.

    `where`: the place in the film in words, if it is known, such as `at 00:01:00.000`.
    """
    place = f", {where}" if where else ""
    return InputError(
        f"{path}: nothing has come from it for {seconds:g} s{place}; it is damaged there, or its "
        f"disk is very slow ({PATIENCE}=SECONDS waits longer)."
    )


_life = 0


def sign_of_life() -> None:
    """Take notice that something has moved which needs none of this process's processor time."""
    global _life
    _life += 1


def signs_of_life() -> int:
    """Return a number that changes with each `sign_of_life`."""
    return _life


class Watched(Prefetch[T]):
    """A `Prefetch` that gives its source up when that has not moved for too long.

    What is counted are the reader's own waits, not the time of day: a computer that sleeps in
    between does not wait, so it does not count.
    """

    def __init__(
        self,
        source: Generator[T],
        ahead: int,
        moves: Callable[[], int],
        stuck: Callable[[float], Exception],
    ) -> None:
        """Start reading `source`; at most `ahead` items wait to be taken.

        `moves` returns a number that changes as long as the source works on; `stuck` the error to
        raise when it has not for so many seconds.
        """
        self._patience = patience()
        self._moves = moves
        self._stuck = stuck
        self._given_up = False
        super().__init__(source, ahead)

    def __iter__(self) -> Generator[T]:
        """Yield the items in order."""
        self._waits = Waits(self._moves, self._patience)
        yield from super().__iter__()

    def _waited(self) -> None:
        if self._waits.are_too_many():
            self._given_up = True
            raise self._stuck(self._patience) from None

    def _came(self) -> None:
        self._waits.begin()

    def close(self) -> None:
        """Stop reading and wait for the thread, unless it is stuck; then it is left behind."""
        self._stop.set()
        waits = Waits(self._moves, self._patience)
        while self._thread.is_alive() and not self._given_up:
            self._thread.join(TICK)
            self._given_up = self._thread.is_alive() and (is_cancelled() or waits.are_too_many())


class Waits:
    """Counts waits of `TICK` seconds during which nothing moves."""

    def __init__(self, moves: Callable[[], object], most: float) -> None:
        """Begin with none; `moves` returns something that changes as long as things move.

        `most`: seconds after which it has been too long.
        """
        self._moves = moves
        self._most = most
        self._last = moves()
        self._waited = 0.0

    def begin(self) -> None:
        """Begin again with none."""
        self._waited = 0.0

    def are_too_many(self) -> bool:
        """Take notice of one more wait; return whether that is too much."""
        now = self._moves()
        if now == self._last:
            self._waited += TICK
        else:
            self._waited = 0.0
            sign_of_life()
        self._last = now
        return self._waited >= self._most


def watched_reading(
    path: Path,
    work: Callable[[], T],
    where: str = "",
    moves: Callable[[], object] = lambda: None,
) -> T:
    """Return `work()`, which reads the film `path` in another thread.

    Raises `InputError`, with `where` in the film that is, when it does not come back for too long;
    as long as what `moves` returns changes, it is not given up. Raises `CancelledError` as soon as
    this thread is cancelled.
    """
    return watched(work, moves, lambda seconds: never_came_back(path, seconds, where))


def watched(
    work: Callable[[], T],
    moves: Callable[[], object],
    too_long: Callable[[float], FilmcolorError],
) -> T:
    """Return `work()`, done in another thread.

    It is given up with the error `too_long(seconds)` when it does not come back for the `patience`
    in seconds, in which `moves` returns the same all the time. Raises `CancelledError` as soon as
    this thread is cancelled.
    """
    seconds = patience()
    waits = Waits(moves, seconds)
    doing = Background(work)
    while not doing.ends_within(TICK):
        check_cancelled()
        if waits.are_too_many():
            raise too_long(seconds)
    return doing.result()
