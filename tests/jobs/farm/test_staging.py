"""Films on a farm whose computers share no folder."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

pytest.importorskip("fsspec")

import filmcolor
from benchmarks.farm.local import LocalFarm
from filmcolor.errors import CancelledError, FilmcolorError, InputError, UsageError
from filmcolor.events import Events
from filmcolor.jobs.farm.film_on_farm import Exchange, FilmOnFarm
from filmcolor.jobs.farm.hands import Hand
from filmcolor.jobs.farm.path_map import PathMap
from filmcolor.jobs.farm.storage import FarmStorage
from filmcolor.jobs.farm.task import FarmTask
from filmcolor.jobs.farm.versions import versions
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.work import work_place
from filmcolor.media.opening import open_source
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.script.changes import Changes
from filmcolor.settings import make_film_settings
from tests.jobs.films import assert_same_film, film_with_streams, hidden, shots_film
from tests.jobs.processes import finished, run, start, wait_for

posix = pytest.mark.skipif(os.name != "posix", reason="processes are killed otherwise there")


class Node:
    """A computer with a folder of its own: the process that does tasks, without Dask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        before = os.environ.get("FILMCOLOR_STAGING")
        os.environ["FILMCOLOR_STAGING"] = str(folder)
        try:
            self._hand = Hand()
        finally:
            del os.environ["FILMCOLOR_STAGING"]
            if before is not None:
                os.environ["FILMCOLOR_STAGING"] = before

    def do(self, task: FarmTask) -> dict[str, Any]:
        """Do a task, as it comes by way of Dask; return the answer."""
        task = FarmTask.of(json.loads(json.dumps(task.as_json())))
        return self._hand.do(task, 1, lambda _: None, threading.Event(), 60)

    @property
    def films(self) -> list[str]:
        """Names of the films that it has fetched."""
        return sorted(path.name for path in self.folder.iterdir() if path.name != "network")

    def end(self) -> None:
        self._hand.end()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    found = [Node(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    yield found
    for node in found:
        node.end()


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with ThreadPoolExecutor(1) as pool:
        yield Exchange(FarmStorage((tmp_path / "store").as_uri()), pool)


def opened(
    source: Path,
    output: Path,
    exchange: Exchange,
    options: dict[str, Any],
    changes: Changes | None = None,
    plan: Plan | None = None,
) -> FilmOnFarm:
    settings, running = make_film_settings(**options)
    request = FilmRequest(
        open_source(source, settings),
        output,
        settings,
        plan=plan,
        changes=changes or Changes(),
        run=running,
    )
    film = FilmOnFarm(0, request, PathMap(), versions(), Events(), exchange=exchange)
    try:
        film.open()
    except FilmcolorError as error:
        raise film.end(error) or error from error
    return film


def taken(film: FilmOnFarm, number: int) -> bool:
    """Whether what was done of a piece is here once all that is on its way has come."""
    until = time.monotonic() + 30
    while not (film.take_over(number) if number else film.take_over_look()):
        if not film.is_coming(number):
            return False
        assert time.monotonic() < until
        time.sleep(0.02)
    return True


def stills(folder: Path) -> Path:
    """Pictures that follow each other, in a folder."""
    scans = folder / "scans"
    scans.mkdir(parents=True)
    film = shots_film(folder / "film.mkv", (26,))
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            frame.to_image().save(scans / f"scan {number}.png")
    film.unlink()
    return scans


@posix
@pytest.mark.parametrize("kind", ["film", "pictures"])
def test_nodes_see_neither_film_nor_work_folder(
    nodes: list[Node], tmp_path: Path, exchange: Exchange, options: dict[str, Any], kind: str
) -> None:
    """The film lies elsewhere while they work, and nobody tells them where the result goes."""
    own = tmp_path / "own"
    (own / "film").mkdir(parents=True)
    options = {**options, "method": "propagate"}
    photos = [str(own / name) for name in ("photo.png", "of a shot.png")]
    for channel, photo in enumerate(photos):
        colored = np.zeros((48, 64, 3), np.uint8)
        colored[..., channel] = np.arange(64) * 3
        av.VideoFrame.from_ndarray(colored, "rgb24").to_image().save(photo)
    options["references"] = photos[:1]
    own_photo = {1: ShotSettings(references=(photos[1],))}
    if kind == "film":
        source = film_with_streams(own / "film", (30, 12, 20)).rename(own / "a: b.mkv")
        plan, shots, given = None, own_photo, []
    else:
        source = stills(own)
        plan, shots = filmcolor.find_shots(source).with_settings(own_photo), {}
        green = np.full((48, 64, 2), (-40, 30), np.float32)
        green = filmcolor.GivenColors(green, np.ones((48, 64), np.float32))
        given = [filmcolor.Given(1, plan.shots[0].keyframes[1].pts, green)]
    alone = tmp_path / "alone.mkv"
    filmcolor.colorize(
        source, alone, plan=plan, shots=shots, keyframes=given or None, workers=1, **options
    )
    output = tmp_path / "mine" / "r.mkv"
    film = opened(source, output, exchange, options, Changes(shots, tuple(given)), plan)
    own.rename(tmp_path / "away")
    look = film.task(0)
    assert str(output.parent) not in json.dumps(look.as_json())
    assert nodes[0].do(look) == {"done": 0, "cpu": pytest.approx(0, abs=60)}
    assert taken(film, 0)
    assert len(film.waiting) >= 1
    frames = 0
    for turn, number in enumerate(film.waiting):
        answer = nodes[turn % 2].do(film.task(number))
        assert "trouble" not in answer, answer
        frames += answer["done"]
        assert taken(film, number)
    assert film.is_colored
    (tmp_path / "away").rename(own)
    summary = film.join()
    assert summary.frames == frames
    assert_same_film(alone, output)
    assert hidden(output.parent) == []
    left = [path.name for path in (tmp_path / "store").iterdir()]
    assert left == ["networks"]


def test_what_is_damaged_in_storage_is_brought_again(
    nodes: list[Node], tmp_path: Path, exchange: Exchange, options: dict[str, Any]
) -> None:
    """A segment by the node that has it; the film itself by the same command."""
    node = nodes[0]
    source, output = shots_film(tmp_path / "film.mkv", (20,)), tmp_path / "r.mkv"
    film = opened(source, output, exchange, options)
    key = film.task(0).folder
    (of_film,) = [p for p in (tmp_path / "store" / key / "files").iterdir() if _is_film(p)]
    whole = of_film.read_bytes()
    of_film.write_bytes(whole[:-1] + b"!")
    answer = node.do(film.task(0))
    assert answer["trouble"] == "film"
    assert answer["message"].endswith("is not what was put there.")
    film.end(FilmcolorError("it is set aside"))
    film = opened(source, output, exchange, options)
    assert "done" in node.do(film.task(0))
    assert taken(film, 0)
    assert node.do(film.task(1))["done"] == 20
    folder = tmp_path / "store" / film.task(0).folder
    record = json.loads((folder / "segments" / "segment-00000.json").read_text())
    (folder / "files" / record["sha256"]).write_bytes(b"half")
    assert not taken(film, 1)
    assert film.is_open(1)
    assert node.do(film.task(1))["done"] == 0  # it has them still
    assert taken(film, 1)
    assert film.join().frames == 20


def _is_film(path: Path) -> bool:
    return path.read_bytes()[:4] == b"\x1a\x45\xdf\xa3"


def test_what_another_node_has_done_is_not_done_again(
    nodes: list[Node], tmp_path: Path, exchange: Exchange, options: dict[str, Any]
) -> None:
    """And a film that is done goes from the nodes when the next one comes."""
    films = []
    for name in ("a", "b"):
        source = shots_film(tmp_path / f"{name}.mkv", (20,))
        films.append(opened(source, tmp_path / f"{name}.color.mkv", exchange, options))
        assert "done" in nodes[0].do(films[-1].task(0))
        assert taken(films[-1], 0)
        assert nodes[0].do(films[-1].task(1))["done"] == 20
        assert nodes[1].do(films[-1].task(1))["done"] == 0
        for node in nodes:
            assert films[-1].task(1).folder in node.films
            assert films[0].task(1).folder not in node.films or name == "a"
        assert taken(films[-1], 1)
        films[-1].join()


def test_a_film_that_is_begun_again(
    nodes: list[Node], tmp_path: Path, exchange: Exchange, options: dict[str, Any]
) -> None:
    """What is in storage is used again, what is missing there is brought; not with `restart`."""
    options = {**options, "method": "propagate"}
    source, output = shots_film(tmp_path / "film.mkv", (20,)), tmp_path / "r.mkv"
    film = opened(source, output, exchange, options)
    assert film.waiting == [0]
    assert "done" in nodes[0].do(film.task(0))
    film.end(CancelledError("after the node, before anybody has heard of it"))
    assert film.folder.exists() is False  # nothing was done here
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["networks"]
    film = opened(source, output, exchange, options)
    assert "done" in nodes[0].do(film.task(0))
    assert taken(film, 0)
    assert nodes[0].do(film.task(1))["done"] == 20
    film.end(CancelledError("after the piece"))
    key = film.task(0).folder
    for path in (tmp_path / "store" / key / "files").iterdir():
        if _is_film(path):
            path.unlink()
            lost = path
    film = opened(source, output, exchange, options)
    assert film.task(0).folder == key
    assert film.is_colored
    assert lost.exists()
    film.end(CancelledError("once more"))
    film = opened(source, output, exchange, {**options, "restart": True})
    assert film.waiting == [0]
    assert film.task(0).folder != key
    assert not (tmp_path / "store" / key).exists()
    film.end(CancelledError("at last"))


def test_storage_that_a_node_does_not_see(
    nodes: list[Node], tmp_path: Path, exchange: Exchange, options: dict[str, Any]
) -> None:
    film = opened(shots_film(tmp_path / "film.mkv", (5,)), tmp_path / "r.mkv", exchange, options)
    shutil.move(tmp_path / "store", tmp_path / "elsewhere")
    answer = nodes[0].do(film.task(0))
    assert answer["trouble"] == "unfit"
    assert answer["message"].startswith("does not see file://")
    film.end(FilmcolorError("no node"))
    assert hidden(tmp_path) == []


def test_what_cannot_be_brought_is_refused(
    tmp_path: Path, exchange: Exchange, options: dict[str, Any]
) -> None:
    """Before anything is brought."""
    scans = stills(tmp_path)
    own = Changes({1: ShotSettings(network="lite")})
    with pytest.raises(UsageError, match=r"scans: shot 1 has a network of its own"):
        opened(scans, tmp_path / "r.mkv", exchange, options, own)
    (scans / "scan 0.png").rename(scans / "scan:0.png")
    with pytest.raises(InputError, match=r"scan:0\.png: has a name that not all .* rename it"):
        opened(scans, tmp_path / "r.mkv", exchange, options)
    assert not (tmp_path / "store").exists()
    assert hidden(tmp_path) == []


@posix
def test_a_coordinator_that_is_killed(
    farm: LocalFarm, tmp_path: Path, options: dict[str, Any]
) -> None:
    """What nodes have done meanwhile is found when the film is resumed."""
    film = shots_film(tmp_path / "film.mkv", (60, 60))
    filmcolor.colorize(film, tmp_path / "alone.mkv", workers=1, **options)
    output, store = tmp_path / "r.mkv", tmp_path / "store"
    flags = [part for n, value in options.items() for part in (f"--{n.replace('_', '-')}", value)]
    where = ["--farm", farm.address, "--farm-storage", store.as_uri()]
    process = start("colorize", film, "-o", output, *flags, *where)
    records = lambda: list(store.glob("*/segments/*.json"))  # noqa: E731
    assert wait_for(lambda: len(records()) >= 3, process, "three segments")
    process.send_signal(signal.SIGKILL)
    finished(process)
    assert work_place(output).is_dir()
    code, said = run("resume", output, *where, "--json")
    assert code == 0, said
    assert_same_film(tmp_path / "alone.mkv", output)
    assert [path.name for path in store.iterdir()] == ["networks"]
    assert hidden(tmp_path) == []


def test_check(farm: LocalFarm, tmp_path: Path, network_file: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    check = ["farm", "check", farm.address, "--model", network_file, "--engine", "onnxruntime"]
    process = start(*check, "--farm-storage", (tmp_path / "store").as_uri())
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert len(list((tmp_path / "store" / "networks").iterdir())) == 1
    assert out.count(f"good: {platform.node()}") == out.count("can write and read the storage") == 2
    process = start(*check, "--farm-storage", (tmp_path / "file").as_uri())
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be written (" in said
    assert said.count("\n") == 1
