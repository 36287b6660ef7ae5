"""Looking for the shots of films, in the background, told to all pages."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from filmcolor.errors import CancelledError
from filmcolor.events import CancelToken, Event, FrameDone
from filmcolor.studio.answers import said

if TYPE_CHECKING:
    from filmcolor.studio.desk import Desk

_LAST_WAIT = 5.0


@dataclass
class _State:
    state: str = "running"
    done: int = 0
    total: int | None = None
    phase: str = "plan"
    reason: str = ""


class Planning:
    """One look at each film at a time; thread-safe."""

    def __init__(self, desk: Desk) -> None:
        """Nothing is looked for yet."""
        self._desk = desk
        self._work: dict[str, tuple[CancelToken, threading.Thread, _State]] = {}
        self._lock = threading.Lock()

    def begin(self, key: str) -> None:
        """Look for the shots of a film, unless that goes on already."""
        with self._lock:
            if key in self._work:
                return
            cancel, state = CancelToken(), _State()
            thread = threading.Thread(
                target=self._plan, args=(key, cancel, state), name="planning", daemon=True
            )
            self._work[key] = (cancel, thread, state)
            thread.start()

    def stop(self, key: str) -> None:
        """Stop looking."""
        with self._lock:
            found = self._work.get(key)
        if found is not None:
            found[0].cancel()

    def state(self, key: str) -> dict[str, Any] | None:
        """Return how far it is; None where nothing is looked for."""
        with self._lock:
            found = self._work.get(key)
            return asdict(found[2]) if found is not None else None

    def close(self) -> None:
        """Stop all."""
        with self._lock:
            work = list(self._work.values())
        for cancel, _, _ in work:
            cancel.cancel()
        for _, thread, _ in work:
            thread.join(_LAST_WAIT)

    def _plan(self, key: str, cancel: CancelToken, state: _State) -> None:
        def listen(event: Event) -> None:
            if isinstance(event, FrameDone):
                state.done, state.total, state.phase = event.done, event.total, event.phase
                self._desk.hub.tell("planning", key, **asdict(state))

        try:
            with self._desk.film(key) as film:
                film.view.make_plan(listeners=[listen], cancel=cancel)
            state.state = "done"
        except CancelledError:
            state.state = "stopped"
        except Exception as error:  # told, whatever it is: nobody else would
            state.state, state.reason = "failed", said(error)
        with self._lock:
            self._work.pop(key, None)
        self._desk.hub.tell("planning", key, **asdict(state))
        self._desk.hub.tell("folder")
