"""Colours films one after the other, and remembers how far it is."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from filmcolor.api.times import Time
from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.jobs.lock import FolderLock
from filmcolor.jobs.prepare import chosen_encoding
from filmcolor.media.local_files import check_name
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.timecode import parse_position
from filmcolor.queue.film_process import FilmProcess
from filmcolor.queue.left_behind import discard, is_finished, mark_of, unfinished_of
from filmcolor.queue.queue_file import FOLDER, Entry, read_queue, write_queue
from filmcolor.queue.queued_film import QueuedFilm, State
from filmcolor.queue.running_film import RunningFilm, as_it_stands
from filmcolor.settings import FilmOptions, Settings, make_film_settings
from filmcolor.system.outputs import cannot_write, check_output, is_folder

if TYPE_CHECKING:
    from typing_extensions import Self

QueueListener = Callable[[QueuedFilm], None]
"""Called with a film whenever something about it is new."""

_LOOKS_EVERY = 0.2
"""Seconds between looks whether an earlier process has let go of a film."""


class Queue:
    """Films to colour, one after the other; what is waiting and done stands in a folder.

    Each film is coloured as `filmcolor.colorize` does, by a process of its own, which stops with
    its work kept when this one ends, however it ends. Whoever opens the queue again goes on. Use
    it as a context manager, or `close` it; its methods may be called by several threads.

    Example:
        >>> with filmcolor.Queue("films") as queue:
        ...     film = queue.add("films/old.mp4", plan="films/old.plan.json", codec="x265")
        ...     while queue.film(film.id).state in ("waiting", "running"):
        ...         time.sleep(1)
    """

    def __init__(self, folder: str | Path, *, run: bool = True) -> None:
        """Open the queue of a folder, and go on with what it has left.

        `run`: whether films are coloured; without, they can only be looked at and put in order.
        Raises `OutputError` when another process has it open, or nothing can be written there.
        """
        self.folder = Path(folder)
        hidden = self.folder / FOLDER
        try:
            hidden.mkdir(mode=0o700, exist_ok=True)
            self._folder_lock = FolderLock(hidden)
            free = self._folder_lock.acquire()
        except OSError as error:
            raise cannot_write(hidden, error) from error
        if not free:
            raise OutputError(
                f"{self.folder}: its queue is open elsewhere; close it there.", file=self.folder
            )
        self._changed = threading.Condition(threading.RLock())
        self._listeners: list[QueueListener] = []
        self._closed = False
        self._running: dict[str, RunningFilm] = {}
        try:
            self._entries = read_queue(self.folder)
        except OutputError:
            self._folder_lock.release()
            raise
        for entry in self._entries:
            if entry.state == "running":  # whoever ran it was killed
                entry.state = "done" if is_finished(self._mark(entry), entry) else "waiting"
        self._runner = threading.Thread(target=self._run, name="filmcolor-queue", daemon=True)
        if run:
            self._runner.start()

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
        """Put a film behind the others; it begins when its turn comes.

        Args:
            source: a film or picture, as for `colorize`.
            output: where the result goes; by default beside the source, as `NAME.color.EXT`.
            plan: the file with the film's plan, which is read when the film begins.
            keyframes: the folder with keyframes that were painted on; likewise.
            start: where in the film to begin.
            end: where to stop.
            overwrite: replace an output that exists already.
            **options: as for `colorize`.

        Raises `InputError` when there is no such file, `OutputError` when the result may not be
        written, `UsageError` when an option makes no sense. A film that cannot be read is told when
        its turn comes.
        """
        settings, _ = make_film_settings(**options)
        film, target = Path(source), None if output is None else Path(output).absolute()
        check_name(film)
        wanted = {"plan": plan, "keyframes": keyframes}
        for path in (film, *(Path(each) for each in wanted.values() if each is not None)):
            if not path.exists() and not (path is film and "%" in film.name):
                raise InputError(f"{path}: there is no such file or folder.", file=path)
        if target is not None and not is_folder(target):
            check_output(target, film, overwrite)
        _check_encoding(film, settings, target)
        given: dict[str, Any] = {
            name: str(Path(each).absolute()) for name, each in wanted.items() if each is not None
        }
        for name, time_given in (("start", start), ("end", end)):
            if time_given is not None:
                parse_position(time_given)
                exact = isinstance(time_given, Fraction)
                given[name] = float(time_given) if exact else time_given
        if overwrite:
            given["overwrite"] = True
        entry = Entry(
            id=secrets.token_hex(6),
            source=str(film.absolute()),
            output=None if target is None else str(target),
            options=given | dict(options),
        )
        with self._changed:
            self._check_open()
            self._entries.append(entry)
            try:
                self._save()
            except OutputError:
                self._entries.remove(entry)
                raise
            self._tell(entry)
            return self._as_film(entry)

    def films(self) -> list[QueuedFilm]:
        """Return all films, in order."""
        with self._changed:
            return [self._as_film(entry) for entry in self._entries]

    def film(self, film: str) -> QueuedFilm:
        """Return a film by its id; raises `UsageError` where there is none."""
        with self._changed:
            return self._as_film(self._entry(film))

    def pause(self, film: str) -> None:
        """Stop a film by its id; what is done is kept. Raises as `film` does."""
        with self._changed:
            entry = self._entry(film)
            if entry.state in ("waiting", "running"):
                self._stop(entry, "paused")

    def start(self, film: str, *, restart: bool = False) -> None:
        """Have a film wait again that was paused or cancelled, or has failed; it goes on.

        `restart`: it begins anew. Raises as `film` does.
        """
        with self._changed:
            entry = self._entry(film)
            if entry.state == "running" and self._running[entry.id].ends_as is not None:
                self._running[entry.id].ends_as = "waiting"
            elif entry.state in ("paused", "cancelled", "failed"):
                entry.state, entry.reason = "waiting", ""
            if restart:
                discard(entry)
            self._save()
            self._tell(entry)

    def cancel(self, film: str) -> None:
        """Stop a film for good; what is done of it is thrown away. Raises as `film` does."""
        with self._changed:
            entry = self._entry(film)
            if entry.state not in ("done", "cancelled"):
                self._stop(entry, "cancelled")

    def move(self, film: str, place: int) -> None:
        """Put a film at another place in the order, from 0. Raises as `film` does."""
        with self._changed:
            entry = self._entry(film)
            self._entries.remove(entry)
            self._entries.insert(max(0, place), entry)
            self._save()
            self._tell(entry)

    def remove(self, film: str) -> None:
        """Take a film off the list; what is done is thrown away, but a finished film stays.

        Raises as `film` does.
        """
        with self._changed:
            entry = self._entry(film)
            if entry.state not in ("done", "cancelled"):
                self._stop(entry, "cancelled")
            self._entries.remove(entry)
            self._save()
            self._tell(entry)

    def listen(self, listener: QueueListener) -> Callable[[], None]:
        """Have `listener` called whenever something about a film is new; returns what ends that.

        It is called from other threads, and is to be quick.
        """
        self._listeners.append(listener)

        def end() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return end

    def close(self) -> None:
        """Stop the film that is running, with its work kept; the next queue here goes on."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            for entry in self._entries:
                if entry.state == "running":
                    self._stop(entry, self._running[entry.id].ends_as or "waiting")
            self._changed.notify_all()
        if self._runner.is_alive():
            self._runner.join()
        self._folder_lock.release()

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError(f"{self.folder}: its queue was closed.")

    def _entry(self, film: str) -> Entry:
        for entry in self._entries:
            if entry.id == film:
                return entry
        raise UsageError(f"{self.folder}: no film of its queue has the id {film!r}.", value=film)

    def _as_film(self, entry: Entry) -> QueuedFilm:
        return as_it_stands(entry, self._running.get(entry.id))

    def _tell(self, entry: Entry) -> None:
        film = self._as_film(entry)
        for listener in tuple(self._listeners):
            listener(film)
        self._changed.notify_all()

    def _save(self) -> None:
        write_queue(self.folder, self._entries)

    def _stop(self, entry: Entry, ends_as: State) -> None:
        """Have a film stop, or not begin."""
        running = self._running.get(entry.id)
        if entry.state == "running" and running is not None:
            running.stop(ends_as)
        else:
            entry.state = ends_as
            if ends_as == "cancelled":
                discard(entry)
        self._save()
        self._tell(entry)

    def _mark(self, entry: Entry) -> Path:
        return mark_of(self.folder, entry)

    # The thread that runs the films

    def _run(self) -> None:
        while True:
            with self._changed:
                entry = None
                while not self._closed and (entry := self._next()) is None:
                    self._changed.wait(_LOOKS_EVERY if self._waits else None)
                if self._closed or entry is None:
                    return
                entry.state, entry.reason, entry.notes = "running", "", []
                running = self._running[entry.id] = RunningFilm()
                with suppress(OutputError):
                    self._save()
                self._tell(entry)
            self._color(entry, running)

    @property
    def _waits(self) -> bool:
        """Whether a film would begin, if another process let go of it."""
        return any(entry.state == "waiting" for entry in self._entries)

    def _next(self) -> Entry | None:
        for entry in self._entries:
            if entry.state == "waiting" and not any(u.running for u in unfinished_of(entry)):
                return entry
        return None

    def _color(self, entry: Entry, running: RunningFilm) -> None:
        code, failure = 1, ""
        try:
            self._mark(entry).unlink(missing_ok=True)
            process = FilmProcess(entry, self._mark(entry))
        except OSError as error:
            failure = f"{entry.source}: no process could be started for it ({error})."
        else:
            with self._changed:
                running.process = process
                if running.ends_as is not None:
                    process.stop()
            code = process.follow(lambda message: self._told(entry, running, message))
        with self._changed:
            running.end(entry, code, failure)
            if entry.state == "cancelled":
                discard(entry)
            with suppress(OSError):
                self._mark(entry).unlink(missing_ok=True)
            del self._running[entry.id]
            with suppress(OutputError):
                self._save()
            self._tell(entry)

    def _told(self, entry: Entry, running: RunningFilm, message: dict[str, Any]) -> None:
        with self._changed:
            if running.take(entry, message):
                with suppress(OutputError):
                    self._save()
            self._tell(entry)


def _check_encoding(film: Path, settings: Settings, output: Path | None) -> None:
    if is_picture(film):
        return
    try:
        source = open_source(film, settings)
    except InputError:
        return
    with closing(source):
        named = None if output is None or is_folder(output) else output
        chosen_encoding(source.info, settings, named)
