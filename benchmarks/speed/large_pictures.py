"""Measures how much memory large pictures take, and for how long.

    python -m benchmarks.speed.large_pictures --size 12000x9000 grey8.jpg rgb8.tif rgb16.png

Each picture is made in a temporary folder and coloured by the command line. What is told is by how
much the peak of that process (its resident set) is above that for a small picture of the same kind,
in bytes for each pixel.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.process_cost import ProcessCost, measure

KINDS = ("grey8.jpg", "rgb8.jpg", "grey8.tif", "rgb16.tif", "grey16.png", "rgb16.png", "rgba16.png")


def make_picture(path: Path, kind: str, height: int, width: int) -> None:
    """Write a picture of slopes and noise; `kind` is like `rgb16.tif`."""
    import cv2

    channels = 4 if kind.startswith("rgba") else 3 if kind.startswith("rgb") else 1
    deep = "16" in kind
    pixels = np.empty((height, width, channels), np.uint16 if deep else np.uint8)
    noise = np.random.default_rng(0).integers(0, 8, (256, width, channels))
    across = np.arange(width)[None, :, None]
    for top in range(0, height, 256):
        part = pixels[top : top + 256]
        down = np.arange(top, top + len(part))[:, None, None]
        values = across * 120 // width + down * 120 // height + noise[: len(part)]
        part[:] = values * 257 if deep else values
    assert cv2.imwrite(str(path), pixels)


def colored(path: Path, height: int, width: int) -> ProcessCost:
    """Make a picture and colour it by the command line; return what that takes."""
    path.parent.mkdir()
    make_picture(path, path.name, height, width)
    command = [sys.executable, "-m", "filmcolor", "colorize", str(path), "--quiet"]
    return measure(command)[0]


def main() -> None:
    """Measure the kinds of pictures that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.large_pictures",
        description=(__doc__ or "").splitlines()[0],
    )
    parser.add_argument("kinds", nargs="*", default=KINDS, help=f"such as {', '.join(KINDS)}")
    parser.add_argument("--size", default="12000x9000")
    chosen = parser.parse_args()
    width, height = (int(side) for side in chosen.size.split("x"))
    print(f"{'picture':<12} bytes/pixel  seconds   ({width}x{height})")
    for kind in chosen.kinds:
        with tempfile.TemporaryDirectory() as folder:
            small = colored(Path(folder, "small", kind), 300, 400)
            large = colored(Path(folder, "large", kind), height, width)
            assert small.peak_mb is not None and large.peak_mb is not None
            more = (large.peak_mb - small.peak_mb) * 1e6 / (width * height)
            print(f"{kind:<12} {more:>11.1f} {large.seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
