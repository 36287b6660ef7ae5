"""What a few hints gain over the network alone, with the true colours of small patches as hints.

    python -m benchmarks.hints PHOTOS

Each photo is seen in grey (its own CIE L). Patches of 7x7 pixels at random places, always the
same ones, give the mean of their true a and b. PSNR is over 8-bit R'G'B' of the photo; the figures
are means over photos.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8, lab_from_rgb
from filmcolor.evaluation.inputs import Photos, find_inputs
from filmcolor.evaluation.photos import PhotoReader
from filmcolor.evaluation.pictures import psnr
from filmcolor.networks.look import Look
from filmcolor.networks.network import Network, load_network
from filmcolor.script.hints import HintedColors, Hints, apply_hints

COUNTS = 1, 5, 10, 20, 50
_REACH = 3
_SEED = 7
_FILM = 480, 854


def sample(sources: list[Path], count: int, seed: int) -> list[RGB8]:
    """Return `count` photos of all, or all if there are fewer; with one seed always the same."""
    chosen: list[RGB8] = []
    draw = random.Random(seed)
    seen = 0
    for source in find_inputs(sources):
        if not isinstance(source, Photos):
            continue
        for photo in PhotoReader(source).pictures():
            seen += 1
            if min(photo.shape[:2]) <= 2 * _REACH:
                continue
            if len(chosen) < count:
                chosen.append(photo)
            elif (place := draw.randrange(seen)) < count:
                chosen[place] = photo
    return chosen


def true_hints(ab: Floats, count: int, random_places: np.random.Generator) -> Hints:
    """Return `count` patches of a photo's own colours as hints; `ab` is its own, (h, w, 2)."""
    height, width = ab.shape[:2]
    hints = Hints(np.zeros_like(ab), np.zeros((height, width), np.float32))
    rows = random_places.integers(_REACH, height - _REACH, count)
    columns = random_places.integers(_REACH, width - _REACH, count)
    for y, x in zip(rows, columns, strict=True):
        patch = np.s_[y - _REACH : y + _REACH + 1, x - _REACH : x + _REACH + 1]
        hints.ab[patch] = ab[patch].mean((0, 1))
        hints.weight[patch] = 1
    return hints


def rgb_of(L: Floats, ab: Floats) -> RGB8:
    """Return 8-bit R'G'B' of a picture; ab of any size."""
    if ab.shape[:2] != L.shape:
        ab = np.asarray(cv2.resize(ab, L.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
    rgb = cv2.cvtColor(np.dstack([L, ab]), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(np.rint(rgb * 255), 0, 255), np.uint8)


def measure(photos: list[RGB8], network: Network) -> dict[str, dict[int, list[float]]]:
    """Return the PSNR of every photo by method and number of hints."""
    found: dict[str, dict[int, list[float]]] = {}
    for number, photo in enumerate(photos):
        lab = lab_from_rgb(photo)
        L, ab = np.ascontiguousarray(lab[..., 0]), np.ascontiguousarray(lab[..., 1:])
        look = network.look(np.clip(L, 0, 100))

        def note(
            method: str, count: int, colors: Floats, *, photo: RGB8 = photo, L: Floats = L
        ) -> None:
            by_count = found.setdefault(method, {})
            by_count.setdefault(count, []).append(psnr(rgb_of(L, colors), photo))

        note("network alone", 0, look.ab)
        for count in COUNTS:
            hints = true_hints(ab, count, np.random.default_rng([_SEED, number, count]))
            note("hints", count, apply_hints(L, look.ab, hints).ab)
            note("hints, features", count, _hinted(L, look, hints).ab)
    return found


def _hinted(L: Floats, look: Look, hints: Hints) -> HintedColors:
    return apply_hints(L, look.ab, hints, look.features)


def milliseconds(photo: RGB8, network: Network) -> float:
    """Return the processor time that 10 hints take on a picture of 854x480, the median of nine."""
    lab = lab_from_rgb(cv2.resize(photo, _FILM[::-1]).astype(np.uint8))
    L, ab = np.ascontiguousarray(lab[..., 0]), np.ascontiguousarray(lab[..., 1:])
    hints = true_hints(ab, 10, np.random.default_rng(_SEED))
    look = network.look(np.clip(L, 0, 100))
    passed = []
    for _ in range(9):
        began = time.process_time()
        _hinted(L, look, hints)
        passed.append(time.process_time() - began)
    return 1000 * float(np.median(passed))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hints", description=__doc__.split("\n")[0]
    )
    parser.add_argument("photos", nargs="+", type=Path, help="photos, folders or archives")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=_SEED, help="which photos are drawn")
    parser.add_argument("--model", default="lite")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    network = load_network(arguments.model, threads=1)
    photos = sample(arguments.photos, arguments.count, arguments.seed)
    if not photos:
        parser.error("there is no photo with colours in them")
    found = measure(photos, network)
    alone = float(np.mean(found["network alone"][0]))
    print(f"{len(photos)} photos; network alone: {alone:.2f} dB\n")
    print("| hints | " + " | ".join(str(count) for count in COUNTS) + " |")
    print("| --- |" + " ---: |" * len(COUNTS))
    for method in ("hints", "hints, features"):
        means = [float(np.mean(found[method][count])) for count in COUNTS]
        print(f"| {method} | " + " | ".join(f"{x:.2f} ({x - alone:+.2f})" for x in means) + " |")
    print(f"\n10 hints on {_FILM[1]}x{_FILM[0]}: {milliseconds(photos[0], network):.0f} ms of CPU")
