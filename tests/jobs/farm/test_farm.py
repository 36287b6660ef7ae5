"""Films on a farm: real workers of Dask in processes of their own, on this computer."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import filmcolor
from benchmarks.farm.local import LocalFarm, hands_of, kill
from filmcolor.errors import CancelledError, FilmcolorError
from filmcolor.events import CancelToken, Event, Events, FrameDone, Note, SegmentDone
from filmcolor.jobs.farm.check import check_farm
from filmcolor.jobs.farm.connection import Farm, FarmAddress
from filmcolor.jobs.farm.coordinator import Coordinator
from filmcolor.jobs.farm.film_on_farm import FilmOnFarm
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.versions import versions
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.work import work_place
from filmcolor.media.opening import open_source
from filmcolor.settings import Settings, make_film_settings
from filmcolor.summary import Summary
from tests.jobs.films import assert_same_film, film_with_streams, hidden, shots_film
from tests.jobs.processes import finished, start, wait_for

NODE = platform.node()
posix = pytest.mark.skipif(os.name != "posix", reason="processes are stopped otherwise there")


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen seconds, in many pieces."""
    return shots_film(tmp_path_factory.mktemp("long") / "long.mkv", (200, 200))


@pytest.fixture(scope="module")
def alone(long_film: Path, tmp_path_factory: pytest.TempPathFactory, network_file: Path) -> Path:
    """The same, as one computer makes it."""
    output = tmp_path_factory.mktemp("alone") / "long.mkv"
    filmcolor.colorize(
        long_film,
        output,
        model=str(network_file),
        engine="onnxruntime",
        codec="x264",
        preset="ultrafast",
        method="frame",
        segment_seconds=0.4,
    )
    return output


class Faulty:
    """Listens, and does something bad as soon as a few segments are done."""

    def __init__(self, fault: Callable[[], None], after: int = 3) -> None:
        self.notes: list[str] = []
        self._fault = fault
        self._after = after

    def __call__(self, event: Event) -> None:
        if isinstance(event, Note):
            self.notes.append(event.text)
        if isinstance(event, SegmentDone):
            self._after -= 1
            if self._after == 0:
                self._fault()


def test_batch(farm: LocalFarm, tmp_path: Path, options: dict[str, Any]) -> None:
    """The same films as without a farm; what is no film, or broken, stops nothing."""
    reels = tmp_path / "reels"
    reels.mkdir()
    options = {**options, "method": "propagate"}
    film_with_streams(reels, (30, 40))
    (reels / "1931").mkdir()
    shutil.move(reels / "film.mkv", reels / "a.mkv")
    shots_film(reels / "1931" / "b.mp4", (25, 12))
    (reels / "broken.mp4").write_bytes(b"no film")
    once, many = tmp_path / "once", tmp_path / "many"
    filmcolor.batch(reels, once, recursive=True, workers=1, **options)
    events: list[Event] = []
    results = filmcolor.batch(
        reels, many, recursive=True, farm=farm.address, listeners=[events.append], **options
    )
    assert {r.input.name: r.status for r in results} == {
        "a.mkv": "done",
        "b.mp4": "done",
        "broken.mp4": "failed",
    }
    for name in ("a.color.mkv", "1931/b.color.mp4"):
        assert_same_film(once / name, many / name)
        assert hidden((many / name).parent) == []
    report = json.loads((many / "report.json").read_text(encoding="utf-8"))
    nodes = {Path(entry["input"]).name: entry["nodes"] for entry in report["files"]}
    assert nodes["broken.mp4"] == {}
    assert [*nodes["a.mkv"]] == [NODE]
    assert nodes["a.mkv"][NODE] > 0
    assert any(isinstance(event, FrameDone) for event in events)
    again = filmcolor.batch(reels, many, recursive=True, farm=farm.address, **options)
    assert {r.status for r in again} == {"skipped", "failed"}


@posix
def test_a_process_that_is_killed(
    farm: LocalFarm, long_film: Path, alone: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """As the system does when memory runs out: told with the node's name, and done again."""
    output = tmp_path / "r.mkv"

    def fault() -> None:
        for worker in farm.workers:
            for hand in hands_of(worker):
                hand.kill()

    listener = Faulty(fault)
    filmcolor.colorize(long_film, output, farm=farm.address, listeners=[listener], **options)
    assert_same_film(alone, output)
    assert listener.notes
    for note in listener.notes:
        assert note.startswith(f"{NODE}: long.mkv, part ")
        assert "most likely because memory ran out; it is done again." in note


@posix
def test_a_lost_worker_and_a_lost_scheduler(
    tmp_path: Path, long_film: Path, alone: Path, options: dict[str, Any]
) -> None:
    """All are killed; the scheduler comes back, with one worker."""
    output = tmp_path / "r.mkv"
    with LocalFarm(tmp_path, 2) as own:

        def fault() -> None:
            assert own.scheduler is not None
            kill(own.workers[0])
            kill(own.scheduler)
            kill(own.workers[1])
            threading.Thread(target=restart).start()

        def restart() -> None:
            own.start_scheduler()
            own.start_worker()

        listener = Faulty(fault)
        summary = filmcolor.colorize(
            long_film, output, farm=own.address, listeners=[listener], **options
        )
    assert_same_film(alone, output)
    assert summary.frames == 400
    said = " ".join(listener.notes)
    assert "the scheduler of the farm is gone" in said
    assert "the scheduler of the farm is back." in said
    assert hidden(tmp_path) == []


@posix
def test_a_worker_that_hangs(
    farm: LocalFarm, long_film: Path, alone: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """In the end, others do what it was at."""
    output = tmp_path / "r.mkv"
    settings, running = make_film_settings(**options)
    request = FilmRequest(open_source(long_film, settings), output, settings, run=running)
    stopped: list[int] = []

    def fault() -> None:
        worker = farm.workers[0]
        stopped.extend([worker.pid, *(hand.pid for hand in hands_of(worker))])
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

    listener = Faulty(fault)
    events = Events([listener])
    ended: list[object] = []
    films = [FilmOnFarm(0, request, PathMap(), versions(), events)]
    try:
        with Farm(FarmAddress(farm.address)) as connection:
            Coordinator(
                connection,
                iter(films),
                lambda _, result: ended.append(result),
                events,
                least_late=1.0,
            ).run()
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert isinstance(ended[0], Summary)
    assert_same_film(alone, output)
    assert any("takes long with long.mkv, part " in note for note in listener.notes)


@posix
def test_a_coordinator_that_is_killed(
    farm: LocalFarm, long_film: Path, alone: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """What the farm has finished is not done again, by the farm or by this computer."""
    output = tmp_path / "r.mkv"
    flags = [part for name, value in options.items() for part in (_flag(name), value)]
    command = ["colorize", long_film, "-o", output, *flags, "--farm", farm.address]
    process = start(*command)
    folder = work_place(output)
    records = lambda: list(folder.glob("segment-*.json"))  # noqa: E731
    assert wait_for(lambda: len(records()) >= 2, process, "two segments")
    process.send_signal(signal.SIGKILL)
    finished(process)
    summary = filmcolor.colorize(long_film, output, farm=farm.address, **options)
    assert summary.frames_before >= 20
    assert_same_film(alone, output)


def test_a_run_that_is_stopped(
    farm: LocalFarm, long_film: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Nodes stop, too; and this computer finishes what they have begun."""
    output = tmp_path / "r.mkv"
    stop = CancelToken()
    with pytest.raises(CancelledError, match="carries on"):
        filmcolor.colorize(
            long_film,
            output,
            farm=farm.address,
            listeners=[Faulty(stop.cancel)],
            cancel=stop,
            **options,
        )
    until = time.monotonic() + 20
    while list(work_place(output).glob("piece-*")):
        assert time.monotonic() < until, "a node goes on"
        time.sleep(0.05)
    summary = filmcolor.colorize(long_film, output, **options)
    assert summary.frames_before > 0
    assert summary.nodes == {}


def test_a_film_that_fails_everywhere_is_set_aside(
    farm: LocalFarm, tmp_path: Path, options: dict[str, Any]
) -> None:
    reels = tmp_path / "reels"
    reels.mkdir()
    damaged = shots_film(reels / "damaged.mkv", (120,))
    data = bytearray(damaged.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    damaged.write_bytes(data)
    shots_film(reels / "good.mkv", (30,))
    results = filmcolor.batch(reels, tmp_path / "out", farm=farm.address, strict=True, **options)
    assert [result.status for result in results] == ["failed", "done"]
    assert "damaged.mkv" in results[0].message
    assert f"(tried 3 times, on {NODE})" in results[0].message


def test_storage_that_nodes_do_not_see(
    farm: LocalFarm, long_film: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(FilmcolorError, match=rf"no node .* {NODE} does not see .*nowhere"):
        filmcolor.colorize(
            long_film,
            tmp_path / "r.mkv",
            farm=farm.address,
            path_map=[f"{tmp_path}={tmp_path}/nowhere"],
            **options,
        )


@posix
def test_storage_that_nodes_see_elsewhere(
    farm: LocalFarm, tmp_path: Path, options: dict[str, Any]
) -> None:
    """Under another name of the same folder."""
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    here.symlink_to(there)
    shots_film(there / "film.mkv", (20, 20))
    summary = filmcolor.colorize(
        here / "film.mkv",
        here / "r.mkv",
        farm=farm.address,
        path_map=[f"{here}={there}"],
        **options,
    )
    assert summary.frames == 40
    assert hidden(there) == []


def test_no_farm_there(
    long_film: Path, tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filmcolor.jobs.farm.connection._TO_CONNECT", 0.5)
    with pytest.raises(FilmcolorError, match=r"tcp://127\.0\.0\.1:9: no scheduler .* answers"):
        filmcolor.colorize(long_film, tmp_path / "r.mkv", farm="tcp://127.0.0.1:9", **options)
    assert list(tmp_path.iterdir()) == []


def test_check(farm: LocalFarm, tmp_path: Path, network_file: Path) -> None:
    check = ["farm", "check", farm.address, "--model", network_file, "--engine", "onnxruntime"]
    process = start(*check, "--folder", tmp_path, "--json")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    workers = json.loads(out)
    assert [worker["node"] for worker in workers] == [NODE, NODE]
    assert all(worker["usable"] and worker["threads"] == 1 for worker in workers)
    settings = Settings(model=str(network_file), engine="onnxruntime")
    found = check_farm(FarmAddress(farm.address), [tmp_path / "gone"], settings=settings)
    for worker in found:
        assert worker.words.startswith(f"not usable: {NODE} (tcp://127.0.0.1:")
        assert f"cannot write into {tmp_path / 'gone'}" in worker.words
    assert len(found) == 2


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@pytest.mark.skipif(sys.platform == "win32", reason="one system is enough for that")
def test_certificates(tmp_path: Path, options: dict[str, Any]) -> None:
    """A farm with TLS takes those alone who have a certificate of its own authority."""
    trustme = pytest.importorskip("trustme")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate = authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    film = shots_film(tmp_path / "film.mkv", (20, 20))
    with LocalFarm(tmp_path, 1, tls=ours) as own:
        with pytest.raises(FilmcolorError, match="no scheduler of a farm answers"):
            filmcolor.colorize(
                film, tmp_path / "r.mkv", farm=own.address, farm_tls=str(theirs), **options
            )
        summary = filmcolor.colorize(
            film, tmp_path / "r.mkv", farm=own.address, farm_tls=str(ours), **options
        )
    assert summary.frames == 40
    with pytest.raises(FilmcolorError, match=r"`farm_tls`: .*ca\.pem is missing"):
        filmcolor.colorize(film, farm="tls://127.0.0.1:9", farm_tls=str(tmp_path), **options)
