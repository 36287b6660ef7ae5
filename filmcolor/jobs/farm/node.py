"""What runs in the workers of a farm: hands its tasks to processes of their own."""

from __future__ import annotations

import asyncio
import platform
import threading
import time
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from filmcolor.jobs.farm.hands import Hand, HandGoneError
from filmcolor.jobs.farm.task import FarmAnswer, FarmTask
from filmcolor.system.cpu import available_cores
from filmcolor.system.environment import patience

_idle: list[Hand] = []
_stops: dict[tuple[str, str], threading.Event] = {}
"""For each task that is going on, by the run that wants it and its checksum: asks it to stop."""
_lock = threading.Lock()


def do_task(values: dict[str, Any], run: str, slots: dict[str, int]) -> FarmAnswer:
    """Do a task; called by Dask, on a worker.

    `run` is the coordinator's, and the topic under which progress is told; `slots` is how many
    tasks a computer does at once, by host ("": all that are not named). Errors come back as
    answers: plain values, of which the coordinator makes what it wants.
    """
    import distributed

    task, worker = FarmTask.of(values), distributed.get_worker()
    began = time.monotonic()
    stop = threading.Event()
    mine = (run, task.key[3])
    told = {"key": list(task.key), "worker": worker.address, "node": platform.node()}

    def tell(line: dict[str, Any]) -> None:
        worker.log_event(run, {**told, **line})

    def answer(**known: Any) -> FarmAnswer:
        seconds = round(time.monotonic() - began, 3)
        given = FarmAnswer(platform.node(), worker.address, seconds, **known)
        # Told, too: so it need not be fetched, by way of the scheduler, from here.
        tell({"answer": asdict(given)})
        return given

    with _lock:
        _stops[mine] = stop
    hand = None
    try:
        tell({"begun": True})
        hand = _take()
        at_once = slots.get(urlsplit(worker.address).hostname or "", slots[""])
        cores = max(1, available_cores() // at_once)
        line = hand.do(task, cores, tell, stop, 3 * patience())
        with _lock:
            _idle.append(hand)
    except HandGoneError as error:
        return answer(trouble="killed", message=str(error))
    finally:
        with _lock:
            _stops.pop(mine, None)
    return answer(
        cpu_seconds=line.get("cpu", 0.0),
        frames=line.get("done", 0),
        trouble=line.get("trouble"),
        message=line.get("message", ""),
    )


def _take() -> Hand:
    with _lock:
        while _idle:
            hand = _idle.pop()
            if hand.is_there:
                return hand
    return Hand()


def stop_tasks(run: str, keys: list[str] | None = None) -> int:
    """Stop tasks of a run, by their checksums; None: all. Returns how many that were."""
    with _lock:
        found = [
            stop
            for (of, key), stop in _stops.items()
            if of == run and (keys is None or key in keys)
        ]
    for stop in found:
        stop.set()
    return len(found)


async def node_facts(question: dict[str, Any]) -> dict[str, Any]:
    """Return what a coordinator wants to know about this computer, in plain values.

    `question`: `folders`, `paths` as in tasks, and `model` and `engine` of a network.
    """
    return await asyncio.to_thread(_facts, question)


def _facts(question: dict[str, Any]) -> dict[str, Any]:
    try:
        hand = _take()
        facts: dict[str, Any] = hand.check(question, patience())["done"]
    except HandGoneError as error:
        return {"node": platform.node(), "gone": str(error)}
    with _lock:
        _idle.append(hand)
    return {"node": platform.node(), **facts}
