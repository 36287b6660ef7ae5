"""One damaged file, taken through the library; runs in a process of its own."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.mutations import mutated
from benchmarks.networks.tiny import write_caffe, write_network

FRAMES = 6
"""This many frames of a film are coloured."""

CARRIES_ON = "carries on"
"""Stands in the message when work is kept for later on purpose."""

_TEXTS = (".prototxt", ".json")
_NETWORKS = (".onnx", ".caffemodel", ".prototxt")


@dataclass(frozen=True)
class Case:
    """A file to damage: what comes out depends on these and nothing else."""

    number: int
    source: Path
    seed: int
    film: Path
    """A whole film, for plans."""

    def content(self) -> tuple[bytes, Random]:
        """Return the damaged file, and the dice for further choices."""
        rng = Random(f"{self.seed}:{self.number}:{self.source.name}")
        text = self.source.suffix in _TEXTS
        return mutated(self.source.read_bytes(), rng, text=text), rng


@dataclass(frozen=True)
class Result:
    """What became of a case."""

    verdict: str
    """kept, refused, traceback, leftovers, memory; from outside also hang and crash."""
    remark: str = ""
    peak_bytes: int = 0


def run_case(case: Case, folder: Path) -> Result:
    """Work on the damaged file in `folder`, which must be empty."""
    import filmcolor
    from filmcolor.errors import FilmcolorError

    content, rng = case.content()
    path = folder / case.source.name
    path.write_bytes(content)
    shown: list[str] = []
    expected = {path.name}
    with _tracebacks_of_threads(shown):
        try:
            if path.suffix in _NETWORKS:
                expected |= _try_network(path, folder)
            elif path.suffix == ".json":
                expected |= _try_plan(path, case.film, folder)
            else:
                expected |= _try_film(path, folder, rng)
            verdict, remark = "kept", ""
        except FilmcolorError as error:
            verdict, remark = "refused", str(error)
            if "\n" in remark or not remark.strip():
                verdict = "traceback"
            if CARRIES_ON in remark:
                expected.add(f".{_OUTPUT}.filmcolor")
        except MemoryError:
            verdict, remark = "memory", traceback.format_exc()
        except Exception:
            verdict, remark = "traceback", traceback.format_exc()
    del filmcolor
    left = sorted(entry.name for entry in folder.iterdir() if entry.name not in expected)
    if verdict in ("kept", "refused") and shown:
        verdict, remark = "traceback", "\n".join(shown)
    elif verdict in ("kept", "refused") and left:
        verdict, remark = "leftovers", f"{left} ({verdict}: {remark})"
    return Result(verdict, remark, _peak_bytes())


_OUTPUT = "result.mkv"


@cache
def _network() -> Any:
    from filmcolor.networks import load_network

    folder = Path(os.environ["FILMCOLOR_MODELS"])
    return load_network(write_network(folder / "tiny.onnx"), engine="onnxruntime", threads=1)


def _try_film(path: Path, folder: Path, rng: Random) -> set[str]:
    import filmcolor
    from filmcolor.errors import FilmcolorError
    from filmcolor.jobs.inspect import inspect
    from filmcolor.media.pictures.kinds import is_picture
    from filmcolor.settings import make_settings

    _refused_in_one_line(lambda: inspect(path, make_settings()))
    sheet = folder / "preview.png"
    _refused_in_one_line(lambda: filmcolor.preview(path, sheet, network=_network()))
    sheet.unlink(missing_ok=True)
    if is_picture(path):
        output = folder / f"result{path.suffix}"
        filmcolor.colorize(path, output, network=_network())
        return {output.name}
    options: dict[str, Any] = {
        "network": _network(),
        "method": "propagate" if rng.random() < 0.4 else "frame",
        "preset": "ultrafast",
        "strict": rng.random() < 0.1,
    }
    try:
        summary = filmcolor.colorize(path, folder / _OUTPUT, end=f"{FRAMES}f", **options)
    except FilmcolorError as error:
        if "there is no frame" not in str(error):
            raise
        summary = filmcolor.colorize(path, folder / _OUTPUT, **options)  # so it is a short film
    _check_result(summary.output, summary.frames)
    return {summary.output.name}


def _refused_in_one_line(look: Callable[[], object]) -> None:
    """Do something that is not the case itself; it may be refused as well, but in one line."""
    from filmcolor.errors import FilmcolorError

    try:
        look()
    except FilmcolorError as error:
        if "\n" in str(error) or not str(error).strip():
            raise AssertionError(f"refused in other than one line: {error!r}") from error


def _check_result(path: Path, frames: int) -> None:
    from benchmarks.fidelity.streams import read_film

    film = read_film(path, kept_frames=0)
    times = [] if film.video is None else film.video.times
    known = [time for time in times if time is not None]
    if len(times) != frames or sorted(known) != times:
        raise AssertionError(f"the result has {len(times)} frames at {known}, not {frames}")


def _try_network(path: Path, folder: Path) -> set[str]:
    import numpy as np

    from filmcolor.networks.network import open_network

    weights = path
    expected: set[str] = set()
    if path.suffix == ".prototxt":
        scratch = folder / "whole"
        scratch.mkdir()
        weights = folder / write_caffe(scratch)[0].name
        shutil.move(scratch / weights.name, weights)
        shutil.rmtree(scratch)
        expected = {weights.name}
    if path.suffix == ".caffemodel":
        scratch = folder / "whole"
        scratch.mkdir()
        description = write_caffe(scratch)[1]
        shutil.move(description, folder / description.name)
        shutil.rmtree(scratch)
        expected = {description.name}
    for name in expected:  # they were there before: not left behind
        assert (folder / name).is_file()
    converted = Path(os.environ["FILMCOLOR_MODELS"]) / "converted"
    shutil.rmtree(converted, ignore_errors=True)
    try:
        network = open_network(weights, engine="onnxruntime", threads=1, converted_folder=converted)
        network.predict(np.full((1, 48, 64), 50, np.float32))
    finally:
        for name in expected:
            (folder / name).unlink()
        hidden = [p.name for p in converted.glob(".*")] if converted.is_dir() else []
        if hidden:
            (folder / hidden[0]).write_text("left in the folder of converted networks")
    return set()


def _try_plan(path: Path, film: Path, folder: Path) -> set[str]:
    import filmcolor

    filmcolor.colorize(
        film,
        folder / _OUTPUT,
        plan=path,
        network=_network(),
        end=f"{FRAMES}f",
        preset="ultrafast",
    )
    return {_OUTPUT}


@contextmanager
def _tracebacks_of_threads(shown: list[str]) -> Iterator[None]:
    """Collect what would go to standard error from threads and finalizers."""

    def failed(arguments: Any) -> None:
        lines = traceback.format_exception(arguments.exc_value)
        shown.append("".join(lines))

    hooks = threading.excepthook, sys.unraisablehook
    threading.excepthook = sys.unraisablehook = failed
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks


def _peak_bytes() -> int:
    with suppress(ImportError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return 0


def _limit_memory(extra_bytes: int) -> None:
    """Allow this process `extra_bytes` of addresses more than it has; where the system can."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return
    import resource

    has = int(status.read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (has + extra_bytes, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def work(connection: Connection, folder: Path, extra_bytes: int) -> None:
    """Take cases from `connection` and answer each with a result, until None comes."""
    import av
    import cv2

    os.environ["FILMCOLOR_MODELS"] = str(folder / "models")
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    (folder / "models").mkdir(parents=True, exist_ok=True)
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 2)  # libraries talk to it of their own accord
    av.logging.set_level(None)
    cv2.setNumThreads(1)
    _network()
    _limit_memory(extra_bytes)
    while (case := connection.recv()) is not None:
        place = folder / "case"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        connection.send(run_case(case, place))
