"""Colours films one after the other, and remembers how far it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from typing_extensions import Unpack

from filmcolor.api.times import Time
from filmcolor.queue.queued_film import QueuedFilm
from filmcolor.settings import FilmOptions

if TYPE_CHECKING:
    from typing_extensions import Self

QueueListener = Callable[[QueuedFilm], None]
"""Called with a film whenever something about it is new."""


class Queue:
    """Films to colour, one after the other; what is waiting and done stands in a folder."""

    def __init__(self, folder: str | Path) -> None:
        """Open the queue of a folder, and go on with what it has left."""
        self.folder = Path(folder)

    def add(
        self,
        source: str | Path,
        *,
        output: str | Path | None = None,
        plan: str | Path | None = None,
        keyframes: str | Path | None = None,
        start: Time | None = None,
        end: Time | None = None,
        overwrite: bool = False,
        **options: Unpack[FilmOptions],
    ) -> QueuedFilm:
        """Put a film behind the others; all as for `colorize`."""
        raise NotImplementedError

    def films(self) -> list[QueuedFilm]:
        """Return all films, in order."""
        return []

    def pause(self, film: str) -> None:
        """Stop a film by its id; what is done is kept."""

    def start(self, film: str) -> None:
        """Have a film wait again that was paused, cancelled or has failed; it goes on."""

    def cancel(self, film: str) -> None:
        """Stop a film for good; what is done of it is thrown away."""

    def move(self, film: str, place: int) -> None:
        """Put a film at another place in the order, from 0."""

    def remove(self, film: str) -> None:
        """Take a film off the list, stopping it first; its result stays."""

    def listen(self, listener: QueueListener) -> Callable[[], None]:
        """Have `listener` called whenever something about a film is new; returns what ends that."""
        return lambda: None

    def close(self) -> None:
        """Stop the film that is running, with its work kept; the next queue here goes on."""

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
