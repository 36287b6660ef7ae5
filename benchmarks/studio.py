"""How quick the studio answers, and how much memory it takes.

    python -m benchmarks.studio FILM [--model lite] [--frames 0]

A server of its own is started on a copy of the film and asked over HTTP as the
page does, and every kind of question is asked 20 times at random places of the film; medians are
printed. `--frames 1000` looks at so many frames more and says how memory has grown.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from PIL import Image

from benchmarks.machine import machine

TIMES = 20


class Studio:
    """A studio in a process of its own, and questions to it over one connection."""

    def __init__(self, folder: Path, model: str, cache: Path) -> None:
        """Start it, and wait until it shows its first page; `cache`: what it knows of films."""
        began = time.monotonic()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "filmcolor", "studio", str(folder)),
                *("--port", "0", "--no-browser", "--model", model),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        )
        assert self._process.stdout is not None
        found = re.search(r":(\d+)/\?token=(\S+)", self._process.stdout.readline())
        assert found is not None
        self.address = f"http://127.0.0.1:{found[1]}/?token={found[2]}"
        self._line = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=600)
        self._cookie = ""
        _, headers = self._ask("GET", f"/?token={found[2]}")
        self._cookie = (headers.get("set-cookie") or "").partition(";")[0]
        self.get("/")
        self.seconds_to_first_page = time.monotonic() - began

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if kind:
            headers["Content-Type"] = kind
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:200]!r}")
        return data, {name.lower(): value for name, value in answer.getheaders()}

    def get(self, path: str, **parameters: object) -> bytes:
        """Ask for something."""
        data: bytes = self._ask("GET", f"{path}?{urlencode(parameters)}")[0]
        return data

    def post(self, path: str, body: object) -> bytes:
        """Tell something: JSON, or bytes as they are."""
        raw = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/octet-stream" if raw else "application/json"
        answer: bytes = self._ask("POST", path, data, kind)[0]
        return answer

    def planned(self, name: str) -> tuple[str, Any]:
        """Find the shots of a film; return where questions about it go, and its facts."""
        films = json.loads(self.get("/api/folder"))["films"]
        film = f"/api/films/{next(film['id'] for film in films if film['name'] == name)}"
        self.post(f"{film}/plan", {})
        while not (facts := json.loads(self.get(film)))["planned"]:
            time.sleep(0.1)
        return film, facts

    def first_bytes(self, path: str, count: int) -> None:
        """Ask for something that does not end, and read its beginning."""
        self._line.request("GET", path, headers={"Cookie": self._cookie})
        self._line.getresponse().read(count)
        self._line.close()

    def memory(self) -> float:
        """Return the MB that it holds now; 0 where the system does not tell."""
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else 0.0

    def end(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(30)


def median_of(act: Callable[[int], object]) -> float:
    """Return the median milliseconds that something takes."""
    times = []
    for number in range(TIMES):
        began = time.perf_counter()
        act(number)
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def camera_picture(number: int) -> bytes:
    """Return a JPEG of 320x240 pixels, as a camera would send it."""
    y, x = np.mgrid[:240, :320]
    grey = 128 + 80 * np.sin((x + 7 * number) / 30) * np.cos(y / 25)
    data = io.BytesIO()
    Image.fromarray(grey.astype(np.uint8)).save(data, "JPEG", quality=90)
    return data.getvalue()


def measure(studio: Studio, name: str, looked_at: int) -> None:
    """Ask everything, and print what it took."""
    began = time.monotonic()
    film, facts = studio.planned(name)
    print(f"{facts['width']}x{facts['height']}, {len(facts['shots'])} shots")
    print(f"first page after {studio.seconds_to_first_page:.1f} s")
    print(f"shots found in {time.monotonic() - began:.1f} s")
    count = facts["shots"][-1][2]
    chance = random.Random(1)
    places = [chance.randrange(count) for _ in range(TIMES)]

    def frame(number: int, **parameters: object) -> bytes:
        return studio.get(f"{film}/frames/{number}", **parameters)

    print(f"machine's load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    print(f"first click: {_once(lambda: frame(places[0])):.0f} ms")
    print(f"click, the first on each place: {median_of(lambda n: frame(places[n])):.0f} ms")
    print(f"click, once all colours are found: {_settled(lambda n: frame(places[n])):.0f} ms")
    print(f"next frame: {median_of(lambda n: frame(min(count - 1, places[1] + n))):.0f} ms")

    def trial(number: int) -> bytes:
        change = {"saturation": 0.5 + number / TIMES}
        shot = next(row[0] for row in facts["shots"] if row[1] <= places[2] < row[2])
        return frame(places[2], trial=json.dumps({"shot": shot, "change": change}))

    frame(places[2])
    print(f"slider, a step: {median_of(trial):.0f} ms")

    def stroke(number: int) -> bytes:
        x, y = facts["width"] * (0.2 + 0.03 * number), facts["height"] / 2
        line = {"points": [[x, y], [x + 10, y + 5]], "color": "#8c2f39", "radius": 5}
        return studio.post(f"{film}/frames/{places[2]}/strokes", {"strokes": [line]})

    print(f"stroke: {median_of(stroke):.0f} ms")
    print(f"its exact picture: {_once(lambda: frame(places[2])):.0f} ms")
    stroke(TIMES)
    print(f"that of the next stroke: {_once(lambda: frame(places[2])):.0f} ms")
    print(f"thumbnail: {median_of(lambda n: studio.get(f'{film}/thumbnail', at=places[n])):.0f} ms")
    clip = f"{film}/clip?start={places[3]}&width=854"
    print(f"play, first picture after {_once(lambda: studio.first_bytes(clip, 20_000)):.0f} ms")
    time.sleep(3)
    print(f"memory: {studio.memory():.0f} MB")
    for done in range(looked_at):
        frame(chance.randrange(count))
        if (done + 1) % 200 == 0:
            print(f"memory after {done + 1} frames more: {studio.memory():.0f} MB")
    studio.post("/api/camera", camera_picture(0))
    camera = median_of(lambda n: studio.post("/api/camera", camera_picture(n)))
    print(f"camera, a picture of 320x240: {camera:.0f} ms, {1000 / camera:.0f} a second")
    print(f"memory with the camera: {studio.memory():.0f} MB")


def _once(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - began)


def _settled(act: Callable[[int], object]) -> float:
    time.sleep(5)
    return median_of(act)


def main() -> None:
    """Measure one film."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("film", type=Path)
    parser.add_argument("--model", default="lite")
    parser.add_argument("--frames", type=int, default=0, help="frames to look at besides")
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        # A copy: plans and strokes lie beside the film.
        film = Path(name) / given.film.name
        film.write_bytes(given.film.read_bytes())
        studio = Studio(Path(name), given.model, Path(name) / ".cache")
        try:
            measure(studio, film.name, given.frames)
        finally:
            studio.end()


if __name__ == "__main__":
    main()
