"""How well true colours are carried: keyframes get the film's own colours instead of a network's.

    python -m benchmarks.propagation CLIP...

For the first frames of each colour clip (72 by default), brought to a long side of 640, the plan
places keyframes as ever, a stand-in for the network answers with the true ab of whatever frame it
is shown, and the frames between are compared with the truth: PSNR over 8-bit RGB. Beside it:
the same for holding the last keyframe, and for no colour at all.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane, lightness_table
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.shown import colored_film
from filmcolor.evaluation.lab import lab_from_rgb
from filmcolor.evaluation.truth import ColorReader, exact_rgb, rounded
from filmcolor.media.decode.probe import probe
from filmcolor.media.film import Orientation
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.planning.planner import plan_film
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.settings import make_settings

LONG_SIDE = 640


class TrueFilm(FrameSource):
    """The first frames of a colour film at a smaller size, with and without their colours."""

    def __init__(self, path: Path, count: int) -> None:
        """Read `count` frames of the film at `path`."""
        reader = ColorReader(probe(path))
        info = reader.info
        scale = min(1.0, LONG_SIDE / max(info.height, info.width))
        height, width = (max(2, round(side * scale / 2) * 2) for side in (info.height, info.width))
        self.info = replace(
            info,
            height=height,
            width=width,
            sample_aspect_ratio=Fraction(1),
            orientation=Orientation(),
            frames=count,
        )
        self._frames: list[Frame] = []
        self.u: list[Plane] = []
        self.v: list[Plane] = []
        for frame, colors in islice(zip(reader.frames(), reader.true_colors(), strict=True), count):
            self._frames.append(replace(frame, luma=_area(frame.luma, (height, width))))
            self.u.append(_area(colors.u, (height // 2, width // 2)))
            self.v.append(_area(colors.v, (height // 2, width // 2)))

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the grey frames."""
        yield from self._frames

    def reopen(self) -> TrueFilm:
        """Read the same frames once more."""
        return TrueFilm(self.info.path, len(self._frames))

    def rgb(self, number: int) -> NDArray[np.uint8]:
        """Return a frame in its true colours."""
        return self.rgb_with(number, self.u[number], self.v[number])

    def rgb_with(self, number: int, u: Plane, v: Plane) -> NDArray[np.uint8]:
        """Return a frame with other colours."""
        info = self.info
        size = info.height, info.width
        return rounded(exact_rgb(self._frames[number].luma, u, v, info.encoding, size))


def _area(plane: Plane, size: tuple[int, int]) -> Plane:
    if plane.shape == size:
        return plane
    return np.asarray(cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA))


class Oracle:
    """Answers like a network, with the true ab of the frame that it recognises by its luma."""

    passes_at_once = 1

    def __init__(self, film: TrueFilm) -> None:
        """Know the frames of `film`."""
        self._film = film
        self._lightness = [
            lightness_table(film.info.encoding)[frame.luma] for frame in film.frames()
        ]
        self.asked: set[int] = set()

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the size of the film itself."""
        return height, width

    def predict(self, L: Floats) -> Floats:
        """Return the true ab of one picture; shape (1, h, w, 2), the size of the chroma planes."""
        plain, mirrored = (self._distances(picture) for picture in (L[0], L[0, :, ::-1]))
        if min(mirrored) < min(plain):
            return np.ascontiguousarray(self.predict(L[..., ::-1])[:, :, ::-1])
        number = int(np.argmin(plain))
        self.asked.add(number)
        film = self._film
        u, v = film.u[number], film.v[number]
        small = replace_luma(film, number)
        rgb = rounded(exact_rgb(small, u, v, film.info.encoding, u.shape))
        return np.ascontiguousarray(lab_from_rgb(rgb)[None, ..., 1:])

    def _distances(self, picture: Floats) -> list[float]:
        return [float(np.abs(picture - known).mean()) for known in self._lightness]


def replace_luma(film: TrueFilm, number: int) -> Plane:
    """Return the luma of a frame at the size of its chroma planes."""
    frame = next(islice(film.frames(), number, None))
    return _area(frame.luma, film.u[number].shape)


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the PSNR of two 8-bit pictures in dB, at most 60."""
    error = float(np.square(one.astype(np.float32) - other.astype(np.float32)).mean())
    return 60.0 if error <= 0.065025 else 10 * float(np.log10(255**2 / error))


@dataclass
class Row:
    """Figures of one clip."""

    name: str
    frames: int
    keyframes: int
    carried: list[float]
    held: list[float]
    grey: list[float]


def measure(path: Path, count: int) -> Row:
    """Carry the true colours of keyframes through a clip."""
    film = TrueFilm(path, count)
    oracle = Oracle(film)
    plan = plan_film(film)
    task = ColorTask(make_settings(), plan=plan)
    results = [(item.u, item.v) for item in colored_film(film, task, FilmNetworks(oracle))]
    row = Row(path.name, len(results), len(oracle.asked), [], [], [])
    own = sorted(oracle.asked)
    for number, planes in enumerate(results):
        if number in oracle.asked:
            continue
        truth = film.rgb(number)
        last = max((key for key in own if key <= number), default=own[0])
        neutral = np.full_like(planes[0], film.info.encoding.chroma_zero)
        row.carried.append(psnr(film.rgb_with(number, *planes), truth))
        row.held.append(psnr(film.rgb_with(number, film.u[last], film.v[last]), truth))
        row.grey.append(psnr(film.rgb_with(number, neutral, neutral), truth))
    return row


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.propagation", description=__doc__.split("\n")[0]
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=72)
    arguments = parser.parse_args()
    rows = []
    print("| clip | frames | keyframes | carried | last held | no colour |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for path in arguments.clips:
        row = measure(path, arguments.frames)
        rows.append(row)
        figures = " | ".join(f"{np.mean(x):.2f}" for x in (row.carried, row.held, row.grey))
        print(f"| {row.name} | {row.frames} | {row.keyframes} | {figures} |", flush=True)
    means = " | ".join(
        f"{np.mean([np.mean(getattr(row, kind)) for row in rows]):.2f}"
        for kind in ("carried", "held", "grey")
    )
    frames, keyframes = sum(r.frames for r in rows), sum(r.keyframes for r in rows)
    print(f"| mean of clips | {frames} | {keyframes} | {means} |")
    print(f"one keyframe in {frames / keyframes:.1f} frames")
