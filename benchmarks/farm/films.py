"""Films for a farm: made here, of shots that move, and read with a plain decoder."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def make_reel(path: Path, lengths: tuple[int, ...], size: tuple[int, int] = (64, 48)) -> Path:
    """Write a film of shots of so many frames each, 25 a second; `size`: width, height."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", 25, options={"preset": "ultrafast", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for shot, length in enumerate(lengths):
            for index in range(length):
                wave = np.sin((x + 3 * index) / (9 + shot)) + np.cos((y - index) / (7 + 2 * shot))
                luma = np.clip(125 + 40 * wave + (x * y) % (5 + shot) * 3, 16, 235)
                frame = av.VideoFrame.from_ndarray(luma.astype(np.uint8), format="gray")
                output.mux(stream.encode(frame.reformat(format="yuv420p")))
        output.mux(stream.encode(None))
    return path


def pictures(path: Path) -> list[tuple[Fraction, str]]:
    """Return the time and a checksum of each picture of a film."""
    found = []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            assert frame.pts is not None and frame.time_base is not None
            digest = hashlib.sha256()
            for plane in frame.planes:
                digest.update(bytes(plane))
            found.append((frame.pts * frame.time_base, digest.hexdigest()))
    return found
