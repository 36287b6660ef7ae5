"""Films with known shots for `detection.py`: labelled real ones, and ones put together.

A film is a list of thumbnails with their times. Films are put together from shots of real films,
with cuts, dissolves and fades at known places, and made old: flicker, shake, jumps in the gate,
grain, scratches, dust, flash frames.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import FilmcolorError
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.planning.thumbnails import thumbnails

LABELS = Path(__file__).with_name("labels.json")
WIDTH, HEIGHT = 96, 72

Luma = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Transition:
    """Where one shot follows another: the frames in which a detector may place the join."""

    kind: str
    """`cut`, `dissolve`, `fade` or `other` (wipes, irises: found or not, neither counts)."""
    first: int
    """The first frame that is not wholly of the shot before; of a cut, that of the new shot."""
    last: int


@dataclass
class LabelledFilm:
    """Thumbnails with what is known about them."""

    name: str
    frames: list[Luma]
    times: list[Fraction]
    transitions: list[Transition] = field(default_factory=list)


def read_films(folders: Sequence[Path]) -> Iterator[LabelledFilm]:
    """Yield the labelled films that are in `folders`."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["films"]
    paths = {path.name: path for folder in folders for path in sorted(folder.rglob("*"))}
    for name, known in labels.items():
        if name not in paths:
            continue
        try:
            small = list(thumbnails(FilmReader(probe(paths[name]))))
        except FilmcolorError:
            continue
        transitions = [Transition("cut", frame, frame) for frame in known.get("cuts", [])]
        transitions += [
            Transition(kind, first, last) for kind, first, last in known.get("gradual", [])
        ]
        transitions.sort(key=lambda transition: transition.first)
        yield LabelledFilm(name, [t.luma for t in small], [t.time for t in small], transitions)


def shots_of(film: LabelledFilm, shortest: int = 24) -> list[list[Luma]]:
    """Return the frames of the shots of a labelled film that are long enough and show something."""
    begins = [0, *(t.first if t.kind == "cut" else t.last + 1 for t in film.transitions)]
    ends = [*(t.first for t in film.transitions), len(film.frames)]
    shots = []
    for first, end in zip(begins, ends, strict=True):
        frames: list[Luma] = [
            np.asarray(cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
            for frame in film.frames[first:end]
        ]
        if len(frames) >= shortest and min(float(f.std()) for f in frames) > 8:
            shots.append(frames)
    return shots


class FilmMaker:
    """Puts films together from shots; the same seed gives the same films."""

    def __init__(self, shots: Sequence[list[Luma]], seed: int) -> None:
        """Use `shots`, frames of `HEIGHT` x `WIDTH`."""
        self._shots = list(shots)
        self._random = np.random.default_rng(seed)

    def film(self, name: str, age: int, count: int = 12) -> LabelledFilm:
        """Return a film of `count` shots; `age` 0 is clean, 1 worn, 2 in a bad state."""
        random = self._random
        rate = int(random.choice([12, 16, 18, 24, 25, 30]))
        frames: list[Floats] = []
        transitions: list[Transition] = []
        source: list[Luma] = []
        free = 0
        for number in range(count):
            cut_in = number > 0 and random.random() < 0.2
            shot, source = self._shot(rate, source if cut_in else None)
            if number == 0:
                frames = shot
                continue
            kind = (
                "cut"
                if cut_in
                else str(random.choice(["cut", "dissolve", "fade"], p=[0.5, 0.3, 0.2]))
            )
            frames, transition = self._join(frames, shot, kind, rate, free)
            transitions.append(transition)
            free = transition.last + 1
        if age:
            frames = self._aged(frames, transitions, rate, age)
        pictures = [np.clip(frame + 0.5, 0, 255).astype(np.uint8) for frame in frames]
        times = [Fraction(index, rate) for index in range(len(pictures))]
        return LabelledFilm(name, pictures, times, transitions)

    def _shot(self, rate: int, same: list[Luma] | None) -> tuple[list[Floats], list[Luma]]:
        """Return a shot of 1.2 to 4 seconds, and the frames that it is taken from.

        `same`: such frames of which it is to be a closer view.
        """
        random = self._random
        source = same or self._shots[int(random.integers(len(self._shots)))]
        length = min(len(source), round(rate * float(random.uniform(1.2, 4))))
        begin = int(random.integers(len(source) - length + 1))
        size = float(random.uniform(0.4, 0.65) if same else random.uniform(0.7, 1))
        height, width = round(HEIGHT * size), round(WIDTH * size)
        top, left = (
            int(random.integers(HEIGHT - height + 1)),
            int(random.integers(WIDTH - width + 1)),
        )
        mirrored = same is None and random.random() < 0.5
        contrast, light = float(random.uniform(0.6, 1.05)), float(random.uniform(-15, 15))
        frames = []
        for frame in source[begin : begin + length]:
            view = frame[top : top + height, left : left + width]
            part = cv2.resize(view, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
            part = part[:, ::-1] if mirrored else part
            frames.append(np.clip((part - 110.0) * contrast + 110 + light, 16, 235))
        return frames, source

    def _join(
        self, before: list[Floats], after: list[Floats], kind: str, rate: int, free: int
    ) -> tuple[list[Floats], Transition]:
        """Join two lists of frames; in the first, those from `free` on are of its last shot."""
        random, at = self._random, len(before)
        room = min(len(after) // 2, at - free) - 4
        if kind == "dissolve":
            length = min(max(3, round(rate * float(random.uniform(0.3, 2)))), room)
            mixed = [
                before[at - length + i] * (1 - w) + after[i] * w
                for i in range(length)
                for w in [(i + 1) / (length + 1)]
            ]
            joined = before[: at - length] + mixed + after[length:]
            return joined, Transition("dissolve", at - length, at - 1)
        if kind == "fade":
            level = 20.0 if random.random() < 0.85 else 232.0
            ramps = [min(round(rate * float(random.uniform(0.2, 1.2))), room) for _ in range(2)]
            blank = round(rate * float(random.uniform(0.05, 0.8)))
            out = [
                _toward(f, level, (i + 1) / (ramps[0] + 1))
                for i, f in enumerate(before[at - ramps[0] :])
            ]
            into = [
                _toward(f, level, 1 - (i + 1) / (ramps[1] + 1))
                for i, f in enumerate(after[: ramps[1]])
            ]
            black = [np.full((HEIGHT, WIDTH), level)] * max(1, blank)
            joined = before[: at - ramps[0]] + out + black + into + after[ramps[1] :]
            return joined, Transition("fade", at - ramps[0], at + len(black) + ramps[1] - 1)
        return before + after, Transition("cut", at, at)

    def _aged(
        self, frames: list[Floats], transitions: list[Transition], rate: int, age: int
    ) -> list[Floats]:
        random = self._random
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        slope_y, slope_x = (y / HEIGHT - 0.5), (x / WIDTH - 0.5)
        drift, jump, jump_left = 0.0, 0.0, 0
        scratches = [float(random.uniform(0, WIDTH)) for _ in range(2 * age)]
        aged = []
        for frame in frames:
            drift = 0.8 * drift + float(random.normal(0, 0.03 * age))
            gain = 1 + drift + float(random.normal(0, 0.025 * age))
            uneven = 1 + 0.06 * age * (random.normal() * slope_y + random.normal() * slope_x)
            if jump_left == 0 and random.random() < 0.12 * age / rate:
                jump, jump_left = (
                    float(random.uniform(-0.35, 0.35)) * HEIGHT,
                    int(random.integers(1, 4)),
                )
            jump, jump_left = (jump, jump_left - 1) if jump_left else (0.0, 0)
            shake = random.normal(0, 0.4 * age, 2)
            move = np.array([[1, 0, shake[0]], [0, 1, shake[1] + jump]], np.float32)
            moved = cv2.warpAffine(frame, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            picture = (moved - 16) * gain * uneven + 16
            picture += random.normal(0, 1.2 * age, picture.shape)
            for number, column in enumerate(scratches):
                scratches[number] = column = (column + float(random.normal(0, 0.5))) % WIDTH
                picture[:, int(column)] += 25
            for _ in range(int(random.poisson(1.5 * age))):
                spot = (int(random.integers(WIDTH)), int(random.integers(HEIGHT)))
                cv2.circle(
                    picture, spot, int(random.integers(1, 4)), float(random.choice([30, 225])), -1
                )
            aged.append(picture)
        for _ in range(age * len(frames) // (6 * rate)):
            at, length = int(random.integers(len(aged))), int(random.integers(1, 3))
            if any(t.first - rate // 3 <= at <= t.last + rate // 3 for t in transitions):
                continue
            bright = random.random() < 0.7
            for index in range(at, min(at + length, len(aged))):
                aged[index] = aged[index] * 0.3 + (165 if bright else 10)
        return aged


def _toward(frame: Floats, level: float, share: float) -> Floats:
    return frame * (1 - share) + level * share
