"""Small films with known pictures, networks that answer as they are told, and plans for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats, YUVEncoding
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame
from filmcolor.coloring.shown import colored_film
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import identify
from filmcolor.planning.shot import Keyframe, Shot, ShotSettings, Transition
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.settings import make_settings
from tests.clips import make_clip
from tests.color.decode import ab_of_rgb, rgb_of_codes

RED, BLUE = (18.0, 10.0), (-6.0, -16.0)
"""So weak that they exist at all lightnesses but the darkest."""


class Seeing:
    """A network that colours what it sees: `colors` of lightness (h, w) in 0..100 are ab.

    Its output has half the height and width of its input, which has half of the film's.
    """

    passes_at_once = 2

    def __init__(self, colors: Callable[[Floats], Floats]) -> None:
        self._colors = colors
        self._lock = threading.Lock()
        self.passes = 0

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        return max(2, height // 2), max(2, width // 2)

    def predict(self, L: Floats) -> Floats:
        with self._lock:
            self.passes += 1
        count, height, width = L.shape
        assert count == 1
        small = cv2.resize(L[0], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return self._colors(small.reshape(height // 2, width // 2)).astype(np.float32)[None]


class Told(Seeing):
    """A network that gives one flat colour per call, whatever it sees."""

    passes_at_once = 1  # so that the first answer is the first frame's

    def __init__(self, colors: Sequence[tuple[float, float]]) -> None:
        following = iter(colors)
        super().__init__(lambda L: flat(next(following), L))


def flat(color: tuple[float, float], L: Floats) -> Floats:
    """One colour all over; shape of L and (2,)."""
    return np.full((*L.shape, 2), color, np.float32)


def by_brightness() -> Seeing:
    """A network for which what is bright is red, and what is dark blue."""
    return Seeing(lambda L: np.where(L[..., None] > 55, flat(RED, L), flat(BLUE, L)))


def by_mean() -> Seeing:
    """A network for which bright pictures are red all over, and dark ones blue."""
    return Seeing(lambda L: flat(RED if L.mean() > 55 else BLUE, L))


def by_lightness() -> Seeing:
    """A network with a colour of its own for each lightness."""
    return Seeing(lambda L: np.stack([0.5 * L - 20, 30 - 0.6 * L], axis=-1))


def texture(
    size: tuple[int, int], seed: int = 1, level: float = 110, contrast: float = 25
) -> np.ndarray:
    """Luma, uint8, of `size` (height, width), with large and small things to be followed."""
    rng = np.random.default_rng(seed)
    part = np.zeros(size, np.float32)
    for scale in (4, 16):
        rough = rng.normal(0, 1, [side // scale + 4 for side in size]).astype(np.float32)
        large = cv2.resize(rough, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        part += large[scale : scale + size[0], scale : scale + size[1]]
    part = (part - part.mean()) / part.std()
    codes: np.ndarray = np.rint(np.clip(level + contrast * part, 20, 230)).astype(np.uint8)
    return codes


def film_of(path: Path, pictures: Sequence[np.ndarray], **options: Any) -> Path:
    """A lossless film of these pictures, 25 a second."""
    height, width = pictures[0].shape
    given = {"codec": "ffv1", "pix_fmt": "yuv420p"} | options
    return make_clip(
        path, frames=len(pictures), size=(width, height), picture=pictures.__getitem__, **given
    )


def frame_pts(path: Path) -> list[int]:
    """The timestamps of all frames, and the end of the last one."""
    frames = list(FilmReader(probe(path)).frames())
    return [*(frame.pts for frame in frames), frames[-1].pts + frames[-1].duration]


def plan_of(path: Path, shots: Sequence[Shot]) -> Plan:
    return Plan(film=identify(probe(path)), shots=tuple(shots))


def shot_of(
    pts: Sequence[int],
    first: int,
    end: int,
    keyframes: Sequence[int] = (),
    opens: tuple[str, int] = ("cut", 0),
    closes: tuple[str, int] = ("cut", 0),
    **settings: Any,
) -> Shot:
    """The shot from frame `first` until just before `end`, of a film with timestamps `pts`."""
    return Shot(
        first_frame=first,
        end_frame=end,
        pts=pts[first],
        end_pts=pts[end],
        opens=Transition.model_validate({"kind": opens[0], "frames": opens[1]}),
        closes=Transition.model_validate({"kind": closes[0], "frames": closes[1]}),
        settings=ShotSettings.model_validate(settings),
        keyframes=tuple(Keyframe(frame=number, pts=pts[number]) for number in keyframes),
    )


def cut_at(path: Path, *cuts: int, every: int | None = None) -> Plan:
    """A plan with cuts before these frames; a keyframe in the middle of each shot.

    With `every`, a keyframe at the beginning of each shot and so many frames apart.
    """
    pts = frame_pts(path)
    bounds = [0, *cuts, len(pts) - 1]
    return plan_of(
        path,
        [
            shot_of(pts, a, b, [(a + b) // 2] if every is None else range(a, b, every))
            for a, b in pairwise(bounds)
        ],
    )


def coloring(
    source: FrameSource,
    network: ColorNetwork,
    plan: Plan | None = None,
    part: FrameRange = WHOLE_FILM,
    *,
    chroma_size: tuple[int, int] | None = None,
    **settings: Any,
) -> Generator[ColoredFrame]:
    """The frames of a part of a film with their new U and V planes, one by one."""
    choices = make_settings(**settings)
    networks = FilmNetworks(network, load_shot_networks(plan, choices))
    return colored_film(source, ColorTask(choices, part, plan, chroma_size=chroma_size), networks)


def colored(
    path: Path, network: ColorNetwork, plan: Plan | None = None, **settings: Any
) -> list[ColoredFrame]:
    """All frames of a film with their new U and V planes."""
    return list(coloring(FilmReader(probe(path)), network, plan, **settings))


def source_frames(path: Path) -> list[Frame]:
    """The frames as the film's reader gives them."""
    return list(FilmReader(probe(path)).frames())


def ab_of(item: ColoredFrame, encoding: YUVEncoding) -> np.ndarray:
    """The ab of the colours that a frame shows; shape of its chroma planes and (2,)."""
    height, width = item.u.shape
    luma = cv2.resize(item.luma, (width, height), interpolation=cv2.INTER_AREA)
    return ab_of_rgb(rgb_of_codes(luma.reshape(height, width), item.u, item.v, encoding))


def mean_ab(frames: Sequence[ColoredFrame], path: Path) -> np.ndarray:
    """The mean a and b of each frame of the film at `path`; shape (frames, 2)."""
    encoding = probe(path).encoding
    return np.array([ab_of(item, encoding).mean((0, 1)) for item in frames])
