"""Has many films coloured by the nodes of a farm, and joins what they have done.

The coordinator has charge of the films' work folders; nodes lay what they have done into them.
Only a few tasks are asked for at a time, those of earlier films first. So whatever breaks, a node,
the scheduler or the coordinator itself, costs no more than what was going on: the work folders
tell the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty

from filmcolor.errors import CancelledError, FilmcolorError
from filmcolor.events import Events, FrameDone, Note, check_cancelled
from filmcolor.jobs.farm.connection import Answered, Farm, Lost, Told, Workers
from filmcolor.jobs.farm.film_on_farm import Failure, FilmOnFarm
from filmcolor.jobs.farm.flights import LEAST_LATE, Flight, Flights
from filmcolor.jobs.farm.nodes import Nodes
from filmcolor.jobs.farm.opened_films import Joined, Opened, OpenedFilms
from filmcolor.jobs.farm.task import FarmAnswer
from filmcolor.media.faults.watchdog import sign_of_life
from filmcolor.summary import Summary
from filmcolor.system.environment import PATIENCE, patience

_TICK = 0.25
_A_THREAD = 3
"""Tasks that are asked for at a time, for each thread of the farm.

Dask gives a thread one to do and one to come; of one more it knows what goes first when that comes.
"""
_TRIES = 3
"""A film is set aside when a piece of it has failed so often, each time on another node."""
_TIMES_GONE = 20
"""A film is set aside when a task of it was lost so often, and nobody knows why."""
_TO_APPEAR = 20.0
"""Seconds within which files that a node has written are seen here; network disks are late."""

Finished = Callable[[FilmOnFarm, Summary | FilmcolorError], None]


@dataclass(eq=False)
class _Unseen:
    """A piece that was said to be done, of which not all is seen here yet."""

    film: FilmOnFarm
    number: int
    answer: FarmAnswer
    until: float = field(default_factory=lambda: time.monotonic() + _TO_APPEAR)


class Coordinator:
    """Does a number of films on a farm."""

    def __init__(
        self,
        farm: Farm,
        films: Iterator[FilmOnFarm],
        finished: Finished,
        events: Events,
        *,
        at_once: int | None = None,
        least_late: float = LEAST_LATE,
    ) -> None:
        """Nothing is done yet.

        `films` is asked for the next one when there is room for it, in another thread; `finished`
        is called in the calling thread with what became of each. `at_once`: how many tasks may go
        on at a time, at most; None: as many as the farm has threads for. `least_late`: seconds
        before which no task is asked for a second time because it is slow.
        """
        self._farm = farm
        self._films = OpenedFilms(films)
        self._finished = finished
        self._events = events
        self._at_once = at_once
        self._at_work: list[FilmOnFarm] = []
        self._flights = Flights(least_late)
        self._unseen: list[_Unseen] = []
        self._nodes = Nodes(self._note)
        self._connected = True
        self._seen = time.monotonic()
        """When there was last somebody to do the work."""
        self._frames = 0
        """Of films that are finished."""
        self.most_held = 0
        """Tasks that were asked for at a time, at most."""

    def run(self) -> None:
        """Do all films; raises `FilmcolorError` when nobody does the work any more.

        Raises `KeyboardInterrupt` and `CancelledError` as `filmcolor.colorize` does; what is done
        is kept.
        """
        with self._films:
            try:
                while self._at_work or not self._films.is_at_rest:
                    check_cancelled()
                    self._ask()
                    self._take_messages()
                    self._look_after()
            except BaseException as error:
                self._leave(error)
                raise

    def _leave(self, error: BaseException) -> None:
        self._films.no_more()
        for flight in self._flights:
            self._farm.drop(flight.task, flight.worker)
        told = [film.end(error) for film in self._at_work]
        first = next((one for one in told if one is not None), None)
        if first is not None and first is not error:
            raise first from error

    # What is asked for

    def _ask(self) -> None:
        """Ask for tasks, and for films, as long as there is room."""
        threads = sum(worker.threads for worker in self._nodes.usable)
        most = self._at_once or _A_THREAD * max(threads, 1)
        while self._connected and self._flights.in_time < most:
            film = next((film for film in self._at_work if film.waiting), None)
            if film is None or not self._fly(film, film.waiting.pop()):
                break
        waiting = sum(len(film.waiting) for film in self._at_work)
        room = waiting + len(self._flights) < _A_THREAD * max(threads, 1)
        if room and self._films.more and not self._films.opening:
            self._films.open_next()

    def _fly(self, film: FilmOnFarm, number: int) -> bool:
        """Ask for a task; return whether there was somebody to ask."""
        bad = {failure.worker for each in film.failures.values() for failure in each}
        bad.update(flight.worker for flight in self._flights.late)
        usable = self._nodes.usable
        good = [w.address for w in usable if w.address not in bad]
        chosen = good or [w.address for w in usable]
        resources = None
        if any("MEMORY" in worker.resources for worker in usable):
            resources = {"MEMORY": float(film.bytes_needed)}
        task = film.task(number)
        self._flights.begin(Flight(task, film, time.monotonic()))
        asked = self._farm.submit(
            task,
            self._nodes.slots,
            priority=film.priority,
            workers=None if len(chosen) == len(self._nodes) else chosen,
            resources=resources,
        )
        if not asked:
            self._flights.end(task.key)
            film.waiting.append(number)
        self.most_held = max(self.most_held, len(self._flights))
        return asked

    # What is heard

    def _take_messages(self) -> None:
        """Take what has come, waiting for a moment."""
        try:
            messages = [self._farm.messages.get(timeout=_TICK)]
        except Empty:
            messages = []
        while not self._farm.messages.empty():
            messages.append(self._farm.messages.get())
        for message in messages:
            sign_of_life()
            if isinstance(message, Workers):
                self._take_workers(message)
            elif isinstance(message, Lost):
                self._take_loss(message)
            elif isinstance(message, Answered):
                self._take_answer(message)
            else:
                self._take_news(message)
        for done in self._films.done():
            self._take_film(done)

    def _take_workers(self, message: Workers) -> None:
        if not self._connected:
            self._connected = True
            self._note("the scheduler of the farm is back.")
        self._flights.without_workers(self._nodes.update(message.found))
        if message.found:
            self._seen = time.monotonic()

    def _take_loss(self, message: Lost) -> None:
        if self._connected:
            self._connected = False
            self._note(f"the scheduler of the farm is gone ({message.reason}); waiting for it.")
        for flight in self._flights.end_all():
            self._put_back(flight.film, flight.task.number)
        self._nodes.forget()

    def _take_news(self, message: Told) -> None:
        values = message.values
        flight = self._flights.get(tuple(values.get("key", ())))
        if flight is None:
            return
        flight.worker, flight.node = values["worker"], values["node"]
        self._nodes.is_called(flight.worker, flight.node)
        if values.get("begun"):
            flight.began, flight.frames = time.monotonic(), 0
        elif "frames" in values:
            phase = values.get("phase", "color")
            if phase == "color":
                flight.frames = values["frames"]
                self._tell_frames()
            elif len(self._at_work) == 1:
                self._events.tell(FrameDone(values["frames"], values.get("of"), phase))

    def _tell_frames(self) -> None:
        done = sum(film.frames_done for film in self._at_work)
        total = None
        if not self._films.more and len(self._at_work) == 1 and not self._frames:
            total = self._at_work[0].job.frame_total
        self._events.tell(FrameDone(self._frames + done + self._flights.frames(), total))

    def _take_answer(self, message: Answered) -> None:
        flight = self._flights.end(message.task.key)
        if flight is None:
            return
        film, number, answer = flight.film, message.task.number, message.answer
        if answer is None:
            if message.killed:
                node = self._nodes.name(message.killed)
                self._set_aside(
                    film,
                    f"{flight.task.words} has ended several workers, at last "
                    f"one on {node}; most likely the memory is not enough",
                )
            else:
                film.gone[number] += 1
                if film.gone[number] > _TIMES_GONE:
                    self._set_aside(film, f"{flight.task.words} was lost {_TIMES_GONE} times")
                self._put_back(film, number)
            return
        self._nodes.is_called(answer.worker, answer.node)
        film.nodes[answer.node] += answer.seconds
        film.cpu_seconds += answer.cpu_seconds
        if not film.is_open(number) or answer.trouble == "stopped":
            self._put_back(film, number)
        elif answer.trouble == "unfit":
            self._nodes.is_unfit(answer.worker, answer.message)
            self._put_back(film, number)
        elif answer.trouble is not None:
            self._take_failure(flight, answer)
        else:
            self._nodes.did_well(answer.worker)
            if number and answer.frames:
                self._flights.took(answer.seconds)
            self._take_done(_Unseen(film, number, answer))

    def _take_done(self, unseen: _Unseen) -> bool:
        """Take what a task has left in the work folder; return whether it was there."""
        film, number = unseen.film, unseen.number
        try:
            there = film.take_over(number) if number else film.take_over_look()
        except CancelledError:
            raise  # all is to end, not this film
        except FilmcolorError as error:
            self._set_aside(film, str(error))
            return True
        if not there:
            if unseen not in self._unseen:
                self._unseen.append(unseen)
            return False
        for other in self._flights.of_piece(film, number):
            self._flights.end(other.task.key)
            self._farm.drop(other.task, other.worker)
        if film.is_colored and film in self._at_work:
            self._join(film)
        return True

    def _take_failure(self, flight: Flight, answer: FarmAnswer) -> None:
        film, number = flight.film, flight.task.number
        failures = film.failures[number]
        failures.append(Failure(answer.node, answer.worker, answer.message))
        said = answer.message.rstrip(".")
        if len(failures) >= _TRIES:
            nodes = ", ".join(dict.fromkeys(failure.node for failure in failures))
            self._set_aside(film, f"{said} (tried {len(failures)} times, on {nodes})")
        else:
            self._note(f"{answer.node}: {flight.task.words}: {said}; it is done again.")
            self._put_back(film, number)
        self._nodes.failed(answer.worker, film.number, said)

    def _put_back(self, film: FilmOnFarm, number: int) -> None:
        """Have a task wait again, unless it is done, or somebody else is at it."""
        if film not in self._at_work or not film.is_open(number) or number in film.waiting:
            return
        if not self._flights.of_piece(film, number):
            film.waiting.append(number)

    def _set_aside(self, film: FilmOnFarm, reason: str) -> None:
        """Give a film up; the others go on."""
        if film not in self._at_work:
            return
        self._at_work.remove(film)
        for flight in self._flights.of_film(film):
            self._flights.end(flight.task.key)
            self._farm.drop(flight.task, flight.worker)
        self._unseen = [unseen for unseen in self._unseen if unseen.film is not film]
        path = str(film.job.info.path)
        said = reason if path in reason or str(film.job.output) in reason else f"{path}: {reason}"
        self._end(film, FilmcolorError(f"{said.rstrip('.')}.", file=film.job.info.path))

    def _end(self, film: FilmOnFarm, error: BaseException) -> None:
        told = film.end(error) or error
        if not isinstance(told, FilmcolorError):
            raise told
        self._finished(film, told)

    def _join(self, film: FilmOnFarm) -> None:
        self._at_work.remove(film)
        self._films.join(film)

    def _take_film(self, message: Opened | Joined) -> None:
        film, error = message.film, None
        if isinstance(message, Joined):
            if isinstance(message.result, Summary):
                self._frames += message.result.frames
                self._finished(message.film, message.result)
                return
            error = message.result
        else:
            error = message.error
        if error is not None:
            if film is None or not isinstance(error, FilmcolorError):
                raise error
            self._end(film, error)
        elif film is not None:
            self._at_work.append(film)
            if film.is_colored:
                self._join(film)

    # What nobody tells

    def _look_after(self) -> None:
        now = time.monotonic()
        for unseen in list(self._unseen):
            if unseen.film not in self._at_work or self._take_done(unseen):
                self._unseen = [other for other in self._unseen if other is not unseen]
            elif now > unseen.until and not unseen.film.is_coming(unseen.number):
                self._unseen.remove(unseen)
                answer = unseen.answer
                self._take_failure(
                    Flight(unseen.film.task(unseen.number), unseen.film, now),
                    FarmAnswer(
                        answer.node,
                        answer.worker,
                        0.0,
                        message=f"what it has written is not seen here, in {unseen.film.folder}",
                        trouble="film",
                    ),
                )
        self._flights.find_late(now)
        if self._flights.late and not self._films.more and not self._films.opening:
            self._ask_again_for_late_ones()
        waits = now - self._seen
        if waits > patience() and (self._at_work or not self._connected):
            raise FilmcolorError(
                f"the farm has had no worker for {waits:.0f} s; start some, and repeat the command "
                f"({PATIENCE}=SECONDS waits longer)."
            )

    def _ask_again_for_late_ones(self) -> None:
        """Near the end, when nodes have nothing to do, have them do what takes long elsewhere."""
        if any(film.waiting for film in self._at_work):
            return
        free = sum(self._flights.idle_threads(worker) for worker in self._nodes.usable)
        for flight in self._flights.late:
            film, number = flight.film, flight.task.number
            alone = len(self._flights.of_piece(film, number)) == 1
            if free <= 0:
                return
            if alone and self._fly(film, number):
                free -= 1
                name = flight.node or "a node"
                self._note(f"{name} takes long with {flight.task.words}; another does it, too.")

    def _note(self, text: str) -> None:
        self._events.tell(Note(text))
