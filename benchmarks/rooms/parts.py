"""Parts of the shots of real films, each changed as if the film had come back to its place later.

The first, middle and last part of a shot are three shots of one place. Each gets another light,
another grain and, every second one, another framing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import lightness_table
from filmcolor.errors import FilmcolorError
from filmcolor.media.opening import open_source
from filmcolor.media.source import FrameSource
from filmcolor.networks import Network
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import Shot
from filmcolor.settings import SourceSettings

LABELS = Path(__file__).with_name("labels.json")
PARTS, KEYFRAMES = 3, 2
_PART = 0.28  # of its shot
_GAP = 0.08
_FEWEST_FRAMES = 12


@dataclass(frozen=True)
class Part:
    """One part of a shot: its keyframes' features as `Look` has them."""

    film: str
    shot: int
    number: int
    """Of the part, from 0."""
    place: str
    moving: bool
    keyframes: tuple[tuple[NDArray[np.float32], ...], ...]


class Labels:
    """What is known of shots; see `labels.json`."""

    def __init__(self) -> None:
        """Read them."""
        self._known = json.loads(LABELS.read_text(encoding="utf-8"))

    def place(self, film: str, shot: int) -> str:
        """Return a name that shots of one place share."""
        groups = self._known["same"].get(film, [])
        return f"{film} {min(next((group for group in groups if shot in group), [shot]))}"

    def has(self, kind: str, film: str, shot: int) -> bool:
        """Whether a shot is in one of the lists."""
        return shot in self._known[kind].get(film, [])

    def counts(self, one: Part, other: Part) -> bool:
        """Whether it is known if two parts show the same place."""
        if one.film != other.film:
            return True
        if one.place == other.place:
            return not (one.shot == other.shot and one.moving)
        return not all(self.has("unsure", one.film, part.shot) for part in (one, other))


def read_parts(
    files: Sequence[Path], network: Network, *, seed: int = 1, boxed: bool = False
) -> Iterator[Part]:
    """Yield the parts of all shots of films; `boxed` puts black bars beside each picture."""
    labels = Labels()
    rng = np.random.default_rng(seed)
    for path in files:
        try:
            opened = open_source(path, SourceSettings())
        except FilmcolorError:
            continue
        with closing(opened) as source:
            shots = plan_film(source.reopen()).shots
            yield from _parts_of_film(path.name, source, shots, network, labels, rng, boxed)


def _parts_of_film(
    film: str,
    source: FrameSource,
    shots: Sequence[Shot],
    network: Network,
    labels: Labels,
    rng: np.random.Generator,
    boxed: bool,
) -> Iterator[Part]:
    wanted: dict[int, tuple[int, int]] = {}
    for number, shot in enumerate(shots, 1):
        parts = [1] if labels.has("middle", film, number) else range(PARTS)
        if shot.frames < _FEWEST_FRAMES:
            continue
        for part in parts:
            for keyframe in range(KEYFRAMES):
                at = part * (_PART + _GAP) + _PART * (keyframe + 0.5) / KEYFRAMES
                wanted[shot.first_frame + int(at * shot.frames)] = number, part
    changes = {which: _Change(rng) for which in sorted(set(wanted.values()))}
    found: dict[tuple[int, int], list[tuple[NDArray[np.float32], ...]]] = {}
    table = lightness_table(source.info.encoding).astype(np.float32)
    for index, frame in enumerate(source.frames()):
        if index in wanted:
            L = changes[wanted[index]].of(_four_by_three(table[frame.luma]), rng)
            if boxed:
                L[:, : L.shape[1] // 8] = L[:, -L.shape[1] // 8 :] = rng.uniform(1, 3)
            found.setdefault(wanted[index], []).append(network.look(L).features)
    for (shot_number, part), keyframes in found.items():
        place = labels.place(film, shot_number)
        moving = labels.has("moving", film, shot_number)
        yield Part(film, shot_number, part, place, moving, tuple(keyframes))


def _four_by_three(L: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the middle of a picture: shots of different films come together in one."""
    height, width = L.shape
    height, width = min(height, width * 3 // 4), min(width, height * 4 // 3)
    top, left = (L.shape[0] - height) // 2, (L.shape[1] - width) // 2
    return L[top : top + height, left : left + width]


class _Change:
    """What is different when the film comes back: light, grain, framing."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.gamma, self.gain = rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.15)
        self.grain = rng.uniform(1, 5)
        self.zoom = rng.uniform(1, 1.12) if rng.random() < 0.5 else 1.0
        self.shift = rng.uniform(0, 1, 2)

    def of(self, L: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        height, width = (round(size / self.zoom) for size in L.shape)
        top, left = (
            round(self.shift[axis] * (L.shape[axis] - size))
            for axis, size in enumerate((height, width))
        )
        picture = L[top : top + height, left : left + width]
        scale = 288 / max(picture.shape)  # grain is seen at about the network's size
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        changed = 100 * (small / 100) ** self.gamma * self.gain
        noisy = changed + rng.normal(0, self.grain, changed.shape)
        return np.clip(noisy, 0, 100).astype(np.float32)
