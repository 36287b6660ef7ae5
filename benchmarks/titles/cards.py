"""Frames of title cards, letters, credits, leaders and colour bars, as old films have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.float32]
HEIGHT, WIDTH = 384, 512
"""Cards are drawn at this size, and brought to half of it as a film's keyframes are."""

_TEXT = (
    "the mosquitoes are a terrible nuisance come back soon my dear and do not let that frighten "
    "you when night had fallen he reached the castle directed by with music produced in one "
    "thousand years of silence meanwhile at the harbour nobody knew what had happened"
)
_HERSHEY = tuple(range(8))


def text_card(
    rng: np.random.Generator, *, fonts: Sequence[Path] = (), lines: int | None = None
) -> Picture:
    """Return a card: rows of text on a plain ground, or a paper before a dark one."""
    light_paper = rng.random() < 0.4
    ground, ink = (rng.uniform(130, 225), rng.uniform(16, 60))
    if not light_paper:
        ground, ink = rng.uniform(16, 45), rng.uniform(140, 235)
    picture = np.full((HEIGHT, WIDTH), ground, np.float32)
    lines = int(rng.integers(1, 9)) if lines is None else lines
    size = min(rng.uniform(26, 46), 0.75 * HEIGHT / (1.7 * lines))
    draw = _writer(rng, fonts, size)
    top = (HEIGHT - lines * size * 1.7) / 2 + size * 1.2
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    left = WIDTH * rng.uniform(0.12, 0.2)
    for line in range(lines):
        words = rng.integers(2, 7)
        text = " ".join(rng.choice(_TEXT.split(), words))
        if rng.random() < 0.3:
            text = text.upper()
        draw(mask, text, left, top + line * size * 1.7, WIDTH - 2 * left)
    kind = rng.random()
    if kind < 0.25:  # a drawn frame
        edge = int(rng.integers(12, 30))
        cv2.rectangle(mask, (edge, edge), (WIDTH - edge, HEIGHT - edge), 255, 2, cv2.LINE_AA)
    elif kind < 0.45:  # rules above and below the text, fainter than it
        half, room = rng.uniform(0.15, 0.4) * WIDTH, rng.uniform(0.3, 0.9) * size
        for y in (top - 1.2 * size - room, top + (lines - 1) * 1.7 * size + 0.3 * size + room):
            left_end, right_end = ((round(WIDTH / 2 + side), round(y)) for side in (-half, half))
            cv2.line(mask, left_end, right_end, int(rng.uniform(90, 256)), int(rng.integers(1, 4)))
    share = mask.astype(np.float32) / 255
    picture = (picture * (1 - share) + ink * share).astype(np.float32)
    if light_paper and kind > 0.6:  # a letter that does not fill the picture
        side = int(rng.uniform(0.02, 0.1) * WIDTH)
        picture[:, :side] = picture[:, -side:] = 18
    return picture


def leader(rng: np.random.Generator, number: int) -> Picture:
    """Return a frame of a countdown: rings, a cross, a numeral, a hand that goes round."""
    ground, ink = (120, 20) if rng.random() < 0.6 else (25, 210)
    picture = np.full((HEIGHT, WIDTH), ground, np.uint8)
    middle = (WIDTH // 2, HEIGHT // 2)
    angle = rng.uniform(0, 360)
    cv2.ellipse(picture, middle, (600, 600), -90, 0, angle, ground * 0.75 + ink * 0.25, -1)
    cv2.line(picture, (0, middle[1]), (WIDTH, middle[1]), ink, 3)
    cv2.line(picture, (middle[0], 0), (middle[0], HEIGHT), ink, 3)
    for radius in (0.43, 0.37)[: int(rng.integers(1, 3))]:
        cv2.circle(picture, middle, int(radius * HEIGHT), ink, int(rng.integers(3, 7)), cv2.LINE_AA)
    text = str(number)
    (w, h), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, 6, 12)
    cv2.putText(
        picture, text, (middle[0] - w // 2, middle[1] + h // 2), cv2.FONT_HERSHEY_DUPLEX, 6, ink, 12
    )
    return picture.astype(np.float32)


def bars(rng: np.random.Generator) -> Picture:
    """Return colour bars in grey: seven of them, in half of the cases with others below."""
    values = [180, 162, 131, 112, 84, 65, 35] if rng.random() < 0.7 else [235, 210, 170, 145, 106]
    picture = np.empty((HEIGHT, WIDTH), np.float32)
    for i, value in enumerate(values):
        picture[:, i * WIDTH // len(values) : (i + 1) * WIDTH // len(values)] = value
    if rng.random() < 0.5:
        low = HEIGHT * 2 // 3
        picture[low : low + HEIGHT // 12] = picture[low : low + HEIGHT // 12, ::-1]
        picture[low + HEIGHT // 12 :] = 16
        picture[low + HEIGHT // 12 :, WIDTH // 6 : WIDTH // 3] = 235
    return picture


def aged(
    draw: Callable[[], Picture], rng: np.random.Generator, *, frames: int = 3, fade: bool = False
) -> list[NDArray[np.uint8]]:
    """Return a few frames as a worn print has them, half as large.

    `draw` is asked for each. Weave, flicker, vignette, dirt, grain and softness; with `fade` the
    first and last frame are darker.
    """
    grain, flicker, vignette = rng.uniform(1, 7), rng.uniform(0, 0.08), rng.uniform(0, 0.3)
    weave, softness = rng.uniform(0, 3), rng.uniform(0.3, 1.3)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    shade = (1 - vignette * (x * x + y * y) / 2).astype(np.float32)
    found = []
    for number in range(frames):
        picture = cv2.GaussianBlur(draw(), (0, 0), softness) * shade
        move = np.array([[1, 0, rng.normal(0, weave)], [0, 1, rng.normal(0, weave)]], np.float32)
        picture = cv2.warpAffine(picture, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        for _ in range(rng.integers(0, 4)):
            spot = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
            cv2.circle(picture, spot, int(rng.integers(1, 4)), float(rng.choice([20, 220])), -1)
        share = 0.45 if fade and number in (0, frames - 1) else 1.0
        picture = 16 + (picture - 16) * share * (1 + rng.normal(0, flicker))
        small = cv2.resize(picture, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)
        found.append(np.clip(small + rng.normal(0, grain, small.shape), 0, 255).astype(np.uint8))
    return found


def _writer(
    rng: np.random.Generator, fonts: Sequence[Path], size: float
) -> Callable[[NDArray[np.uint8], str, float, float, float], None]:
    """Return what writes a text into a mask: mask, text, left, baseline, most width."""
    if rng.random() < 0.5:
        face = int(rng.choice(_HERSHEY)) | (cv2.FONT_ITALIC if rng.random() < 0.3 else 0)
        scale, thick = size / 30, int(rng.integers(1, 4))

        def drawn(mask: NDArray[np.uint8], text: str, x: float, y: float, most: float) -> None:
            while len(text) > 3 and cv2.getTextSize(text, face, scale, thick)[0][0] > most:
                text = text[:-1]
            cv2.putText(mask, text, (int(x), int(y)), face, scale, 255, thick, cv2.LINE_AA)

        return drawn
    font = (
        ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), int(size))
        if fonts
        else ImageFont.load_default(size)
    )

    def set_in_type(mask: NDArray[np.uint8], text: str, x: float, y: float, most: float) -> None:
        while len(text) > 3 and font.getlength(text) > most:
            text = text[:-1]
        image = Image.fromarray(mask)
        ImageDraw.Draw(image).text((x, y), text, fill=255, font=font, anchor="ls")
        mask[:] = np.asarray(image)

    return set_in_type
