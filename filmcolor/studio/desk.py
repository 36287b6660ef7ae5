"""What is open in the studio: films that are looked at, the queue, the network they share.

Films stay open while somebody looks at them, and the last few after that, so that memory is
bounded however many are looked at.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from filmcolor.errors import CancelledError, FilmcolorError, InputError
from filmcolor.events import CancelToken
from filmcolor.keyframes.beside import keyframes_of_plan, plan_beside, references_of_plan
from filmcolor.networks import Network, is_large_network, load_network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.queue.film_queue import Queue
from filmcolor.script.shot_facts import has_shots
from filmcolor.settings import FilmOptions, SettingsOptions, make_settings
from filmcolor.studio.folder import Folder
from filmcolor.studio.hub import Hub
from filmcolor.studio.planning import Planning
from filmcolor.studio.queue_news import QueueNews
from filmcolor.studio.shelf import Shelf
from filmcolor.system.memory_settings import give_memory_back
from filmcolor.viewing.film_view import FilmView
from filmcolor.viewing.opening import open_film

_KEPT_OPEN = 3
_QUICK = "lite"
_MEMORY_EVERY = 1.0
"""Seconds after which memory that nobody uses is given back."""
_LAST_WAIT = 5.0
"""Seconds that work in the background gets to end."""


@dataclass
class OpenFilm:
    """A film that is looked at."""

    key: str
    path: Path
    view: FilmView
    lookers: int = 0
    stale: bool = False
    """Whether the file has changed or gone: it is opened anew the next time."""
    by: str = ""
    """The window whose change is being made."""
    making: threading.RLock = field(default_factory=threading.RLock)
    """Held while a change is made, so that `by` is right."""


class Desk:
    """All that is open; thread-safe, but for `close`."""

    def __init__(self, shelf: Shelf, farm: FilmOptions | None = None, **options: object) -> None:
        """Open a shelf's folders.

        `farm`: the fields of `filmcolor.RunSettings` that name a farm, for films of the queue.
        `options`: fields of `filmcolor.Settings` for all films and photos, such as `model`.
        """
        self.shelf = shelf
        self.farm = farm or FilmOptions()
        self.options = SettingsOptions(**options)  # type: ignore[typeddict-item]
        self.settings = make_settings(**options)
        self.hub = Hub()
        self.closing = CancelToken()
        """Cancelled when all is to end, whatever somebody waits for."""
        self.queue = Queue(shelf.home)
        self.folder = Folder(shelf)
        self._ends = [self.queue.listen(QueueNews(self))]
        self.planning = Planning(self)
        self._films: OrderedDict[str, OpenFilm] = OrderedDict()
        self._lock = threading.Lock()
        self._opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._network: Network | None = None
        self._quick: Network | None = None
        self._loading = threading.Lock()
        self._scripts = _Scripts()
        self._used = threading.Event()
        """Set when a film was looked at."""
        threading.Thread(target=self._tidy, name="memory", daemon=True).start()

    def network(self) -> Network:
        """Return the network that colours everything here; loads it when it is first used."""
        with self._loading:
            if self._network is None:
                self._network = load_chosen_network(self.settings)
            return self._network

    def quick_network(self) -> Network:
        """Return a small network on the engine that is quickest at many pictures.

        That is another one than for films, where a network sees nothing but keyframes.
        """
        with self._loading:
            if self._quick is None:
                model = self.settings.model
                small = model != "auto" and not is_large_network(model)
                self._quick = load_network(model if small else _QUICK)
            return self._quick

    @contextmanager
    def film(self, key: str) -> Iterator[OpenFilm]:
        """Keep a film open within the block; raises as `filmcolor.open_film` does."""
        film = self._taken(key)
        try:
            yield film
        except InputError:
            film.stale = True
            raise
        finally:
            self._put_back(film)

    def plan_path(self, path: Path) -> Path:
        """Return where the plan of a film lies: beside it, or in the opened folder.

        Raises `UsageError` where a link there leads elsewhere.
        """
        beside = plan_beside(path)
        if not self.shelf.is_below(beside):
            beside = self.shelf.home / beside.name
        for place in (beside, keyframes_of_plan(beside), references_of_plan(beside)):
            self.shelf.check(place)
        return beside

    def target(self, path: Path) -> Path:
        """Return where the result of a film or photo goes, unless somewhere else is asked for."""
        name = f"{path.stem if path.suffix else path.name}.color{path.suffix}"
        folder = path.parent if self.shelf.is_below(path) else self.shelf.home
        return folder / name

    def output_of(self, path: Path) -> Path | None:
        """Return the finished result of a film, or None."""
        done = [f.output for f in self.queue.films() if f.source == path and f.state == "done"]
        for output in reversed(done):
            if output is not None and output.is_file():
                return output
        entry = self.folder.entry(path)
        finished = entry is not None and entry.state == "coloured"
        return entry.output if entry is not None and finished else None

    def _taken(self, key: str) -> OpenFilm:
        path = self.shelf.path(key)
        with self._opening[key]:  # of one film only: another may be slow to open
            with self._lock:
                film = self._films.get(key)
                if film is not None and not film.stale:
                    self._films.move_to_end(key)
                    film.lookers += 1
                    return film
                if film is not None:
                    del self._films[key]
            view = open_film(
                path, plan=self.plan_path(path), network=self.network(), **self.options
            )
            film = OpenFilm(key, path, view, lookers=1)
            view.listen(partial(self._changed, film))
            with self._lock:
                self._films[key] = film
        if has_shots(view.plan):
            self._scripts.begin(film)
        return film

    def _put_back(self, film: OpenFilm) -> None:
        closing = []
        with self._lock:
            film.lookers -= 1
            if film.lookers == 0 and (film.stale or self._films.get(film.key) is not film):
                closing.append(film)
                if self._films.get(film.key) is film:
                    del self._films[film.key]
            idle = [other for other in self._films.values() if other.lookers == 0]
            for other in idle[: max(0, len(self._films) - _KEPT_OPEN)]:
                del self._films[other.key]
                closing.append(other)
        for other in closing:
            self._scripts.end(other)
            other.view.close()
        self._used.set()

    def _tidy(self) -> None:
        while not self.closing.is_cancelled:
            if self._used.wait(_MEMORY_EVERY):
                time.sleep(_MEMORY_EVERY)
                self._used.clear()
                give_memory_back()

    def _changed(self, film: OpenFilm, revision: int, what: str) -> None:
        self.hub.tell(
            "film",
            film.key,
            revision=revision,
            what=what,
            window=film.by,
            outside=what == "the plan's file",
        )
        self._scripts.begin(film)

    def close(self) -> None:
        """Stop all work, with what is done kept, and let go of all films."""
        self.closing.cancel()
        for end in self._ends:
            end()
        self.planning.close()
        self.queue.close()
        self._scripts.close()
        with self._lock:
            films, self._films = list(self._films.values()), OrderedDict()
        for film in films:
            film.view.close()


class _Scripts:
    """Finds colours of keyframes ahead of need, of one film after the other."""

    def __init__(self) -> None:
        self._work: dict[str, tuple[CancelToken, threading.Thread, threading.Event]] = {}
        self._lock = threading.Lock()

    def begin(self, film: OpenFilm) -> None:
        """Find them, or what a change has made of them."""
        with self._lock:
            if film.key in self._work and self._work[film.key][1].is_alive():
                self._work[film.key][2].set()
                return
            again = threading.Event()
            cancel = CancelToken()
            thread = threading.Thread(
                target=self._write, args=(film, cancel, again), name="script", daemon=True
            )
            self._work[film.key] = (cancel, thread, again)
            thread.start()

    def _write(self, film: OpenFilm, cancel: CancelToken, again: threading.Event) -> None:
        # What is wrong will be told when a frame is asked for.
        with suppress(CancelledError, FilmcolorError, OSError):
            again.set()
            while again.is_set() and not cancel.is_cancelled:
                again.clear()
                film.view.write_script(cancel=cancel)

    def end(self, film: OpenFilm) -> None:
        """Stop finding them."""
        with self._lock:
            found = self._work.pop(film.key, None)
        if found is not None:
            found[0].cancel()
            found[1].join(_LAST_WAIT)

    def close(self) -> None:
        """Stop all."""
        with self._lock:
            work, self._work = list(self._work.values()), {}
        for cancel, _, _ in work:
            cancel.cancel()
        for _, thread, _ in work:
            thread.join(_LAST_WAIT)
