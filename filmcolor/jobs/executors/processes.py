"""Colours several runs of segments at once, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import numpy as np

from filmcolor.errors import FilmcolorError
from filmcolor.events import check_cancelled
from filmcolor.jobs.color_run import RunReport, RunResult, color_run
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.network_identity import load_identified
from filmcolor.jobs.runs import Run
from filmcolor.media.faults.watchdog import sign_of_life
from filmcolor.media.film import FilmInfo
from filmcolor.system.cpu import available_cores, share_of_cores
from filmcolor.system.memory_errors import memory_told
from filmcolor.system.memory_settings import use_memory_sparingly
from filmcolor.system.stages import StageTimes

_CORES_EACH = 4
_PROCESS_BYTES = 400 << 20
"""What a process needs besides frames: the network, the libraries."""
_FRAMES_EACH = 200
"""Frames on their way through a process, those in the encoder included."""
_WAIT = 0.5


@dataclass(frozen=True)
class _FrameDone:
    """One more frame is encoded."""


@dataclass(frozen=True)
class _Failed:
    error: Exception
    cause: str = ""
    """The traceback of an error that was not expected."""


_Message = _FrameDone | RunResult | _Failed | SegmentRecord


def usual_workers(info: FilmInfo) -> int:
    """Return how many processes suit this computer and this film: four cores for each.

    With fewer cores one process keeps them busy.
    """
    workers = available_cores() // _CORES_EACH
    memory = _available_memory()
    if memory is not None:
        workers = min(workers, memory // 2 // process_bytes(info))
    return max(1, workers)


def process_bytes(info: FilmInfo) -> int:
    """Return how much memory a process needs that colours a part of a film; about."""
    frame = info.width * info.height * np.dtype(info.encoding.dtype).itemsize * 3 // 2
    return _PROCESS_BYTES + _FRAMES_EACH * frame


def _available_memory() -> int | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def color_in_processes(
    job: FilmJob, runs: Sequence[Run], report: RunReport, workers: int, stages: StageTimes
) -> float:
    """Colour and encode `runs`, at most `workers` of them at a time; return CPU seconds used.

    Each process loads the job's networks itself. The report is made from this thread. Raises as
    `filmcolor.colorize` does, and `FilmcolorError` when a process is killed.
    """
    waiting = list(reversed(runs))
    context = multiprocessing.get_context("spawn")
    share = max(1, available_cores() // workers)
    cpu_seconds = 0.0
    processes: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(min(workers, len(runs))):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_color_runs,
                args=(theirs, job, share),
                daemon=True,
            )
            process.start()
            theirs.close()
            processes[ours] = process
            ours.send(waiting.pop())
        while processes:
            check_cancelled()
            for connection in wait(list(processes), _WAIT):
                assert isinstance(connection, Connection)
                message = _receive(connection, processes[connection])
                sign_of_life()
                if isinstance(message, _FrameDone):
                    report.frame_done()
                elif isinstance(message, SegmentRecord):
                    report.segment_done(message)
                elif isinstance(message, _Failed):
                    raise message.error from (
                        RuntimeError(message.cause) if message.cause else None
                    )
                else:
                    cpu_seconds += message.cpu_seconds
                    stages.add_all(message.stage_seconds)
                    if waiting:
                        connection.send(waiting.pop())
                    else:
                        processes.pop(connection).join(_WAIT)
                        connection.close()
        return cpu_seconds
    finally:
        for left in processes.values():
            left.kill()
        for connection, left in processes.items():
            left.join()
            connection.close()


def _receive(connection: Connection, process: BaseProcess) -> _Message:
    try:
        message: _Message = connection.recv()
    except (EOFError, OSError):
        process.join(5)
        raise FilmcolorError(
            f"a worker process was killed (exit code {process.exitcode}), most likely because "
            "memory ran out; fewer `workers` need less"
        ) from None
    return message


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _color_runs(connection: Connection, job: FilmJob, cores: int) -> None:
    """Colour one run after the other, as the parent process sends them.

    This process ends with its parent, whatever it is doing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to deal with
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_memory_sparingly()
    with share_of_cores(cores):
        _color_what_comes(connection, job)


def _color_what_comes(connection: Connection, job: FilmJob) -> None:
    sending = threading.Lock()

    def send(message: _Message) -> None:
        with sending:
            connection.send(message)

    report = RunReport(lambda: send(_FrameDone()), send)
    try:
        try:
            with memory_told(job.info.path):
                networks = load_identified(job.networks)
                while True:
                    run: Run = connection.recv()
                    send(color_run(job, run, networks, report))
        except (EOFError, BrokenPipeError):
            raise
        except FilmcolorError as error:
            send(_Failed(error))
        except Exception as error:
            told = FilmcolorError(f"unexpected error ({type(error).__name__})")
            send(_Failed(told, traceback.format_exc()))
    except (EOFError, OSError):  # the parent has ended
        return
