"""Films of a farm's run that are opened, and joined when all is coloured: beside all the rest.

Both read and write files for a while, and the coordinator must hear its nodes meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from filmcolor.events import CancelToken, stopped_by
from filmcolor.jobs.farm.film_on_farm import FilmOnFarm
from filmcolor.summary import Summary

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Opened:
    """A film is open, or could not be."""

    film: FilmOnFarm | None
    """None: there are no more."""
    error: BaseException | None = None


@dataclass(frozen=True)
class Joined:
    """A film is joined, or could not be."""

    film: FilmOnFarm
    result: Summary | BaseException


class OpenedFilms:
    """Opens films and joins them, in threads of its own; a context manager that waits for those."""

    def __init__(self, films: Iterator[FilmOnFarm]) -> None:
        """Nothing is opened yet; `films` is asked for each in another thread."""
        self._films = films
        self._messages: SimpleQueue[Opened | Joined] = SimpleQueue()
        self._pool = ThreadPoolExecutor(2, "filmcolor-films")
        self._stop = CancelToken()
        self.opening = False
        """Whether one is being opened."""
        self.more = True
        """Whether there may be more."""
        self.joining: list[FilmOnFarm] = []
        """Those that are being joined."""

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """Wait for what is being done, and let go of films that nobody has asked for yet."""
        self._pool.shutdown()
        for message in self.done():
            if error is not None and isinstance(message, Opened) and message.film is not None:
                message.film.end(error)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is being done, and there is no film left."""
        return not (self.more or self.opening or self.joining)

    def open_next(self) -> None:
        """Have the next film opened."""
        self.opening = True

        def open_it() -> None:
            film = None
            try:
                with stopped_by(self._stop):
                    film = next(self._films, None)
                    if film is not None:
                        film.open()
                self._messages.put(Opened(film))
            except BaseException as error:
                self._messages.put(Opened(film, error))

        self._pool.submit(copy_context().run, open_it)

    def join(self, film: FilmOnFarm) -> None:
        """Have a film joined of which all is coloured."""
        self.joining.append(film)

        def join_it() -> None:
            try:
                self._messages.put(Joined(film, film.join()))
            except BaseException as error:
                self._messages.put(Joined(film, error))

        self._pool.submit(copy_context().run, join_it)

    def done(self) -> Iterator[Opened | Joined]:
        """Yield what was done meanwhile, in order."""
        while not self._messages.empty():
            message = self._messages.get()
            if isinstance(message, Joined):
                self.joining.remove(message.film)
            else:
                self.opening = False
                self.more = self.more and message.film is not None
            yield message

    def no_more(self) -> None:
        """Open no more films, nor the one that is being opened."""
        self._stop.cancel()
        self._films, self.more = iter(()), False
