"""Photographs turned into the frames of an old film: camera moves, grain, flicker, weave and dust.

Every random number comes from one seeded generator, so that the same photographs always give the
same frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH = 640
HEIGHT = 480
FRAME_RATE = 24

FloatArray = npt.NDArray[np.float32]

GRAIN = 5.4
"""Standard deviation of the grain in the middle tones, in 8-bit grey levels."""


@dataclass(frozen=True)
class View:
    """A 4:3 part of a photograph: its centre and width, in the photograph's pixels."""

    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Shot:
    """A photograph under a camera that moves from one view to another."""

    picture: Image.Image
    frames: int
    start: View
    end: View
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0


def title_card(text: str) -> Image.Image:
    """White letters on black between two thin rules, as films begin."""
    card = Image.new("L", (WIDTH, HEIGHT), 6)
    draw = ImageDraw.Draw(card)
    draw.text((WIDTH / 2, HEIGHT / 2), text, 232, ImageFont.load_default(44), anchor="mm")
    for y in (HEIGHT / 2 - 56, HEIGHT / 2 + 56):
        draw.line((WIDTH * 0.3, y, WIDTH * 0.7, y), 180, 2)
    return card


def render(shots: list[Shot], seed: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield every frame of the film as full-range 8-bit grey of HEIGHT x WIDTH."""
    random = np.random.default_rng(seed)
    vignette = _vignette()
    flicker = 0.0
    weave = np.zeros(2)
    for shot in shots:
        for index in range(shot.frames):
            weave = 0.82 * weave + random.normal(0.0, 0.28, 2)
            flicker = 0.6 * flicker + float(random.normal(0.0, 0.016))
            picture = _look_through(shot, index, weave)
            light = shot.gain * (1.0 + flicker) * _fade(shot, index)
            exposed = _tone(picture / 255.0 * np.float32(light)) * vignette
            frame = exposed * 255.0 + _grain(random, exposed)
            _add_scratch(random, frame, index)
            _add_dust(random, frame)
            yield np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def _look_through(shot: Shot, index: int, weave: npt.NDArray[np.float64]) -> FloatArray:
    """The part of the photograph that the camera sees in this frame."""
    position = index / max(1, shot.frames - 1)
    eased = position * position * (3 - 2 * position) * 0.5 + position * 0.5
    width = shot.start.width + (shot.end.width - shot.start.width) * eased
    x = shot.start.x + (shot.end.x - shot.start.x) * eased + weave[0] * width / WIDTH
    y = shot.start.y + (shot.end.y - shot.start.y) * eased + weave[1] * width / WIDTH
    height = width * HEIGHT / WIDTH
    # The view stays inside the photograph, whatever the weave adds.
    left = min(max(x - width / 2, 0.0), shot.picture.width - width)
    top = min(max(y - height / 2, 0.0), shot.picture.height - height)
    seen = shot.picture.transform(
        (WIDTH, HEIGHT),
        Image.Transform.EXTENT,
        (left, top, left + width, top + height),
        Image.Resampling.BICUBIC,
    )
    softened = seen.filter(ImageFilter.GaussianBlur(0.7))
    return np.asarray(softened, dtype=np.float32)


def _fade(shot: Shot, index: int) -> float:
    """How much light reaches the film: 0 to 1 over a fade."""
    light = 1.0
    if index < shot.fade_in:
        light = (index + 1) / (shot.fade_in + 1)
    left = shot.frames - 1 - index
    if left < shot.fade_out:
        light = min(light, left / shot.fade_out)
    return float(light**1.2)


def _tone(light: FloatArray) -> FloatArray:
    """The film's response: a gentle toe and shoulder, never quite black nor quite white."""
    light = np.clip(light, 0.0, 1.25)
    curve = light * light * (3 - 2 * light)
    mixed = 0.55 * light + 0.45 * np.where(light > 1.0, 1.0, curve)
    return np.asarray(0.035 + 0.905 * np.minimum(mixed, 1.03), dtype=np.float32)


def _vignette() -> FloatArray:
    """Less light towards the corners, as through a lens of the time."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    distance = ((x - WIDTH / 2) / (WIDTH / 2)) ** 2 + ((y - HEIGHT / 2) / (HEIGHT / 2)) ** 2
    light = 1.0 - 0.14 * distance**1.5 / 2**1.5 - 0.05 * distance / 2
    return np.asarray(light, dtype=np.float32)


def _grain(random: np.random.Generator, exposed: FloatArray) -> FloatArray:
    """Grain with soft clumps of about two pixels, strongest in the middle tones."""
    noise = random.standard_normal((HEIGHT + 2, WIDTH + 2), dtype=np.float32)
    rows = noise[:-2] + 2 * noise[1:-1] + noise[2:]
    soft = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    strength = 0.45 + 2.2 * exposed * (1.0 - exposed)
    return np.asarray(soft / 6.0 * GRAIN * strength, dtype=np.float32)


def _add_dust(random: np.random.Generator, frame: FloatArray) -> None:
    """Put a few specks and now and then a hair on this frame only."""
    specks = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(specks)
    for _ in range(int(random.poisson(0.9))):
        x, y = random.uniform(0, WIDTH), random.uniform(0, HEIGHT)
        radius = random.uniform(0.9, 2.4)
        corners = [
            (x + radius * r * np.cos(angle), y + radius * r * np.sin(angle))
            for angle, r in zip(
                np.linspace(0, 2 * np.pi, 7)[:-1], random.uniform(0.6, 1.5, 6), strict=True
            )
        ]
        draw.polygon(corners, fill=int(random.uniform(150, 235)))
    if random.random() < 0.035:
        points = np.cumsum(random.normal(0, 5, (9, 2)), axis=0)
        start = random.uniform((40, 40), (WIDTH - 40, HEIGHT - 40))
        draw.line([(float(x), float(y)) for x, y in points + start], fill=170, width=1)
    if specks.getbbox() is None:
        return
    amount = np.asarray(specks.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32) / 255.0
    towards = 245.0 if random.random() < 0.65 else 15.0
    frame += amount * (np.float32(towards) - frame)


def _add_scratch(random: np.random.Generator, frame: FloatArray, index: int) -> None:
    """Draw a faint vertical scratch that stays near one place for about half a second."""
    if (index // 12) % 3 != 1:
        return
    x = WIDTH * 0.78 + 3.0 * np.sin(index * 0.7) + random.normal(0, 0.4)
    columns = np.arange(WIDTH, dtype=np.float32)
    line = np.exp(-((columns - np.float32(x)) ** 2) / 0.6)
    frame += 16.0 * line[None, :]
