"""Starts fresh processes in which several threads use a native library for the first time at once.

    python -m benchmarks.endurance.first_use [--runs 300] [--at-once 2] [--only KIND,...]

Such libraries make tables when they are first used. Where one thread makes a table and waits for
Python's lock, and the other holds that lock and waits for the table, both wait for ever: no time
limit inside the process and no signal helps. So each run is a process of its own with a time limit,
and in it Python passes its lock on as often as it can. The kinds:

    openvino, onnxruntime, opencv   the threads ask one network for their first pictures
    openvino-half, ...              the same with a network that takes float16
    openvino-load, ...              each thread loads a network of its own and asks it
    read, write, flow, pictures     reading and writing films, optical flow, pictures

Prints a line for each kind; the exit code is 1 when a run hung or failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

_THREADS = 4
_SIDE = 64
_SWITCH_SECONDS = 1e-6
_ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime", "opencv": "cv2"}
KINDS = (
    *(name for name, module in _ENGINES.items() if find_spec(module) is not None),
    *(f"{name}-half" for name in ("openvino", "onnxruntime") if find_spec(name) is not None),
    *(f"{name}-load" for name, module in _ENGINES.items() if find_spec(module) is not None),
    "read",
    "write",
    "flow",
    "pictures",
)


def main() -> int:
    """Run all kinds; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.endurance.first_use", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--runs", type=int, default=300, help="of each kind")
    parser.add_argument("--at-once", type=int, default=2, help="processes side by side")
    parser.add_argument("--limit", type=float, default=20, help="seconds for one run")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds, with commas")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        kind, folder = arguments.child
        first_uses(kind, Path(folder))
        return 0
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        make_files(Path(name))
        for kind in arguments.only.split(","):
            begun = time.monotonic()
            hung, failed = stress(
                kind, Path(name), arguments.runs, arguments.at_once, arguments.limit
            )
            took = time.monotonic() - begun
            print(
                f"{kind}: {hung} of {arguments.runs} hung, {failed} failed ({took:.0f} s)",
                flush=True,
            )
            bad += hung + failed
    return 1 if bad else 0


def stress(kind: str, folder: Path, runs: int, at_once: int, limit: float) -> tuple[int, int]:
    """Start `runs` processes of one kind; return how many hung and how many failed otherwise."""
    command = [sys.executable, __file__, "--child", kind, str(folder)]

    def run(_: int) -> int | None:
        try:
            return subprocess.run(command, timeout=limit).returncode
        except subprocess.TimeoutExpired:
            return None

    with ThreadPoolExecutor(at_once) as pool:
        codes = list(pool.map(run, range(runs)))
    return codes.count(None), sum(code not in (None, 0) for code in codes)


def make_files(folder: Path) -> None:
    """Write what the runs use: tiny networks, a film and a picture."""
    import cv2
    import numpy as np
    from onnx import TensorProto, helper, save_model

    for name, number in (("network", TensorProto.FLOAT), ("half", TensorProto.FLOAT16)):
        graph = helper.make_graph(
            [helper.make_node("Concat", ["L", "L"], ["ab"], axis=1)],
            name,
            [helper.make_tensor_value_info("L", number, [1, 1, "height", "width"])],
            [helper.make_tensor_value_info("ab", number, [1, 2, "height", "width"])],
        )
        opsets = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        save_model(model, folder / f"{name}.onnx")
    _write_film(folder / "film.mkv")
    cv2.imwrite(str(folder / "picture.png"), np.full((_SIDE, _SIDE, 3), 90, np.uint8))


def first_uses(kind: str, folder: Path) -> None:
    """Let several threads do the same thing for the first time in this process, at once."""
    do = _work(kind, folder)
    gate = threading.Barrier(_THREADS)
    failed: list[BaseException] = []

    def run(number: int) -> None:
        gate.wait()
        try:
            do(number)
        except BaseException as error:
            failed.append(error)

    sys.setswitchinterval(_SWITCH_SECONDS)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _work(kind: str, folder: Path) -> Callable[[int], object]:
    engine, _, how = kind.partition("-")
    if engine in _ENGINES:
        return _asking(engine, how, folder)
    works: dict[str, Callable[[int], object]] = {
        "read": lambda number: _read_film(folder / "film.mkv"),
        "write": lambda number: _write_film(folder / f"out{threading.get_native_id()}.mkv"),
        "flow": lambda number: _flow(),
        "pictures": lambda number: _pictures(folder / "picture.png"),
    }
    return works[kind]


def _asking(engine: str, how: str, folder: Path) -> Callable[[int], object]:
    import numpy as np

    from filmcolor.networks import load_network

    path = folder / ("half.onnx" if how == "half" else "network.onnx")
    L = np.full((1, _SIDE, _SIDE), 50, np.float32)
    if how == "load":
        return lambda number: load_network(path, engine=engine, threads=1).predict(L)
    network = load_network(path, engine=engine, threads=1)
    return lambda number: network.predict(L)


def _write_film(path: Path) -> None:
    import av
    import numpy as np

    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width = stream.height = _SIDE
        for number in range(3):
            picture = np.full((_SIDE, _SIDE, 3), 40 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())


def _read_film(path: Path) -> None:
    from filmcolor.media.decode.probe import probe
    from filmcolor.media.decode.reader import FilmReader

    frames = list(FilmReader(probe(path)).frames())
    if len(frames) != 3:
        raise SystemExit(f"{len(frames)} frames instead of 3")


def _flow() -> None:
    import cv2
    import numpy as np

    one = np.random.default_rng(0).integers(0, 255, (_SIDE, _SIDE), np.uint8)
    flow = np.zeros((_SIDE, _SIDE, 2), np.float32)
    cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(one, one[::-1], flow)
    cv2.remap(one, flow[..., 0], flow[..., 1], cv2.INTER_LINEAR)
    cv2.blur(cv2.resize(flow, (32, 32)), (3, 3))


def _pictures(path: Path) -> None:
    import cv2
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        np.asarray(image.convert("L").resize((9, 9)))
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path} cannot be read")
    cv2.cvtColor(picture, cv2.COLOR_BGR2Lab)


if __name__ == "__main__":
    sys.exit(main())
