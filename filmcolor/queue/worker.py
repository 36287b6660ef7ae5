"""The program that colours one film of a queue.

It is told which in a line on its standard input, and tells what happens in lines on its standard
output. When its input ends, it stops, and what is done is kept: so it does when whoever has
started it was killed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from filmcolor.errors import CancelledError, FilmcolorError
from filmcolor.events import CancelToken, Event, FrameDone, Joining
from filmcolor.planning.plan import Plan
from filmcolor.queue.messages import message_of, received, send
from filmcolor.system.memory_settings import use_memory_sparingly
from filmcolor.system.outputs import write_durably

_EVERY = 0.1
"""Seconds between two messages about frames."""
_TO_STOP = 20.0
"""Seconds that a run gets to stop in good order; at every moment what is done is on the disk."""


class _Teller:
    """Passes events on, but not each frame."""

    def __init__(self, pipe: BinaryIO, mark: Path) -> None:
        self._pipe = pipe
        self._mark = mark
        self._lock = threading.Lock()
        self._told = 0.0

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, FrameDone):
            if now - self._told < _EVERY and event.done != event.total:
                return
            self._told = now
        elif isinstance(event, Joining):
            # Should nobody hear that it is done, it is found out by this.
            write_durably(self._mark, str(event.output).encode("utf-8", "surrogateescape"))
        message = message_of(event)
        if message is not None:
            self.tell(message)

    def tell(self, message: dict[str, Any]) -> None:
        """Write a message; when nobody reads any more, the run is stopped by its input's end."""
        with self._lock, suppress(OSError):
            send(self._pipe, message)


def main() -> int:
    """Colour the film that the first line of standard input tells of."""
    use_memory_sparingly()
    # Libraries may print; what they print is not to come among the messages.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = received(sys.stdin.buffer.readline())
    if not job:
        return 1
    teller, stop = _Teller(pipe, Path(job["mark"])), CancelToken()
    threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    try:
        _colorize(job, teller, stop)
    except CancelledError:
        teller.tell({"kind": "stopped"})
    except FilmcolorError as error:
        teller.tell({"kind": "failed", "reason": str(error)})
        return 1
    except MemoryError:
        teller.tell({"kind": "failed", "reason": f"{job['source']}: there is too little memory."})
        return 1
    return 0


def _colorize(job: dict[str, Any], teller: _Teller, stop: CancelToken) -> None:
    from filmcolor.api import colorize

    options = {name: value for name, value in job["options"].items() if value is not None}
    if "plan" in options:
        options["plan"] = _open_rooms(Path(options["plan"]))
    colorize(job["source"], job["output"], listeners=[teller], cancel=stop, **options)


def _open_rooms(path: Path) -> Path | Plan:
    """Return a film's plan, to be followed with rooms: also where they are unsought until now."""
    from filmcolor.api.wishes import anchored
    from filmcolor.planning.plan_file import read_plan

    plan = read_plan(path)
    if plan.rooms is None:
        return path
    return anchored(plan.model_copy(update={"rooms": None}), path.parent)


def _wait_for_end(stop: CancelToken) -> None:
    while os.read(0, 1 << 10):
        pass
    stop.cancel()
    time.sleep(_TO_STOP)
    import multiprocessing

    for child in multiprocessing.active_children():
        child.kill()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
