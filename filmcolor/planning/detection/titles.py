"""Which shots hold no picture of the world: title cards, colour bars, leaders, black.

They stay grey unless someone asks for their colours, so a real shot must never be taken for one of
them; a card that is missed is coloured as before. What is looked for is what nothing else has:

- a title or an insert of text: a plain ground, and on it rows of thin strokes that stand as close
  as those of letters, and hardly anything else;
- colour bars: columns of one luma each, all down the upper part of the picture;
- a countdown leader: a ring around the middle, and lines through it from edge to edge;
- black or white: nothing at all.

A shot is one only if all its keyframes are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.planning.shot import ShotKind

_LONG_SIDE, _LEAST_SIDE = 256, 64
_EMPTY_RANGE = 10.0
_BLACK, _WHITE = 40.0, 215.0


def kind_of_shot(keyframes: Iterable[NDArray[np.uint8] | Floats]) -> ShotKind:
    """Say what a shot holds.

    Where letters are only there for a part of the shot, and nothing before and after, it is a
    title. Text over a picture is a shot.

    Args:
        keyframes: luma of a few frames from all over the shot, at least one, each (height, width),
            as 8-bit codes 0..255, about 256 pixels wide (others are resized). Asked for no further
            than to the first one that shows the world.

    Example:
        >>> kind_of_shot([np.full((192, 256), 16, np.uint8)] * 3)
        'black'
    """
    frames: list[Floats] = []
    kinds: list[ShotKind] = []
    for keyframe in keyframes:
        frames.append(_prepared(keyframe))
        kinds.append(_kind_of_frame(frames[-1]))
        if kinds[-1] == "shot":
            return "shot"  # whatever the others are
    different = set(kinds)
    if len(different) > 1:
        different -= {"black"}  # a card that fades in and out
    if len(different) != 1:
        return "shot"
    if different == {"title"}:
        pages = [frame for frame, kind in zip(frames, kinds, strict=True) if kind == "title"]
        return "title" if _stay_or_say_much(pages) else "shot"
    return different.pop()


def _prepared(luma: NDArray[np.uint8] | Floats) -> Floats:
    scale = _LONG_SIDE / max(luma.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    height, width = (max(8, round(side * scale)) for side in luma.shape)
    resized = cv2.resize(np.asarray(luma, np.float32), (width, height), interpolation=how)
    return np.asarray(resized, np.float32)


def _kind_of_frame(luma: Floats) -> ShotKind:
    smooth = np.asarray(cv2.GaussianBlur(luma, (0, 0), 2), np.float32)
    low, high = np.percentile(smooth, [0.5, 99.5])
    if high - low < _EMPTY_RANGE:
        return "black" if high < _BLACK or low > _WHITE else "shot"
    if min(luma.shape) < _LEAST_SIDE:
        return "shot"  # there is no room for rows of letters, or a ring
    if _is_bars(smooth):
        return "bars"
    if _is_leader(luma):
        return "leader"
    return "title" if text_of(luma).is_title else "shot"


# --- text --------------------------------------------------------------------------------------

_GROUND = 25
"""Side of the median that takes letters away, in pixels."""
_LEAST_CONTRAST = 12.0
_LETTER_GAP = 17
"""Pixels between letters and words of one row, at most."""
_FEWEST_LETTERS, _MANY_LETTERS = 5, 30
_STANDS_STILL = 0.5
_STROKE_SHARE = 0.45
"""Of the contrast of the strongest strokes, from which a pixel belongs to one."""
_RULE_SHARE, _RULE_LENGTH, _RULE_WIDTH = 0.15, 25, 4
"""Of the contrast of letters, what a rule has at least; its length at least and width at most."""


@dataclass(frozen=True)
class Text:
    """How much a frame is like a page of text."""

    strokes: Floats
    """How much each pixel differs from the ground in the direction of the letters."""
    letters: float
    """How many strokes stand beside each other in the rows, of all rows together."""

    contrast: float
    """Between strokes and ground, in codes."""
    in_lines: float
    """Share of the strokes that stand in rows like letters."""
    width: float
    """Of all those rows together, in widths of the picture."""
    unrest: float
    """Share of the ground, away from the strokes, that is not plain."""
    coverage: float
    """Share of the picture that is strokes."""
    other_side: float
    """How far the ground goes to the other side of its own middle, in contrasts: foliage and other
    textures go as far to both, letters to one."""

    @property
    def is_title(self) -> bool:
        """Whether it is text on a plain ground and little else."""
        return (
            self.contrast >= _LEAST_CONTRAST
            and self.in_lines > 0.3
            and self.width > 0.2
            and self.letters >= _FEWEST_LETTERS
            and self.unrest < 0.012
            and self.coverage < 0.25
            and self.other_side < 0.3
        )


def text_of(luma: Floats) -> Text:
    """Measure a frame of about 256 pixels; luma in 0..255."""
    soft = np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.8), np.float32)
    ground = np.asarray(cv2.medianBlur(np.clip(soft, 0, 255).astype(np.uint8), _GROUND), np.float32)
    ground = np.asarray(cv2.GaussianBlur(ground, (0, 0), 2), np.float32)
    both = (_measured(soft, ground, sign * (soft - ground)) for sign in (1, -1))
    return max(both, key=lambda text: (text.is_title, -text.other_side))


def _measured(soft: Floats, ground: Floats, strokes: Floats) -> Text:
    contrast = float(np.percentile(strokes, 99.5))
    if contrast < _LEAST_CONTRAST:
        return Text(strokes, 0, contrast, 0, 0, 1, 0, np.inf)
    mask = (strokes > _STROKE_SHARE * contrast).astype(np.uint8)
    edges = _straight_edges(soft, contrast)
    mask[edges] = 0
    rules = _rules(strokes, contrast)
    drawn = mask | rules
    mask[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
    rows = _rows_of_letters(mask)
    near = cv2.dilate(drawn, np.ones((9, 9), np.uint8)) > 0
    away = ~near & ~edges
    mean = cv2.blur(soft, (7, 7))
    deviation = np.sqrt(np.maximum(cv2.blur(soft * soft, (7, 7)) - mean * mean, 0))
    restless = (deviation > max(4.0, 0.1 * contrast)) & away
    unrest = float(restless.sum() / mask.size)
    other_side = (
        float(np.percentile(-strokes[~edges], 99)) / contrast if not edges.all() else np.inf
    )
    share = rows.strokes / max(int(mask.sum()), 1)
    return Text(
        strokes, rows.letters, contrast, share, rows.width, unrest, float(mask.mean()), other_side
    )


@dataclass
class _Rows:
    """Rows of letters of a frame, added up."""

    strokes: int = 0
    """Pixels."""
    width: float = 0
    """In widths of the picture."""
    letters: float = 0


def _rows_of_letters(mask: NDArray[np.uint8]) -> _Rows:
    height, width = mask.shape
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, _LETTER_GAP), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    rows = _Rows()
    for label in range(1, count):
        x, y, w, h = (int(value) for value in stats[label, :4])
        if not 4 <= h <= 0.25 * height or w < 1.5 * h:
            continue
        box = np.s_[y : y + h, x : x + w]
        part = mask[box] * (labels[box] == label)
        starts = np.sort((np.diff(part, axis=1, prepend=0) == 1).sum(1))
        beside = float(starts[-max(1, h // 2) :].mean())
        if beside < 3 or beside * h < 0.35 * w:
            continue
        rows.strokes += int(part.sum())
        rows.width += w / width
        rows.letters += beside
    return rows


def _stay_or_say_much(pages: Sequence[Floats]) -> bool:
    """Whether letters stand still, or are so many that they can be nothing else (as in credits).

    Few and moving they might be birds, or people on a horizon.
    """
    texts = [text_of(page) for page in pages]
    if min(text.letters for text in texts) >= _MANY_LETTERS:
        return True
    pairs = pairwise(texts)
    alike = [_likeness(one.strokes, other.strokes) for one, other in pairs]
    return bool(alike) and min(alike) > _STANDS_STILL


def _likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two pictures where one weaves a little, -1..1."""
    margin = 6
    inner = one[margin:-margin, margin:-margin]
    return float(cv2.matchTemplate(other, inner, cv2.TM_CCOEFF_NORMED).max())


def _rules(strokes: Floats, contrast: float) -> NDArray[np.uint8]:
    """Return where level and plumb lines are drawn beside the letters, or around them."""
    drawn = (strokes > _RULE_SHARE * contrast).astype(np.uint8)
    found = np.zeros_like(drawn)
    for along, across in (
        ((1, _RULE_LENGTH), (_RULE_WIDTH + 1, 1)),
        ((_RULE_LENGTH, 1), (1, _RULE_WIDTH + 1)),
    ):
        lines = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones(along, np.uint8))
        thick = cv2.morphologyEx(lines, cv2.MORPH_OPEN, np.ones(across, np.uint8))
        found[(lines > 0) & (thick == 0)] = 1
    return found


def _straight_edges(soft: Floats, contrast: float) -> NDArray[np.bool_]:
    """Return where level edges and plumb ones cross most of the picture: borders of a page."""
    found = np.zeros(soft.shape, bool)
    for axis in (0, 1):
        step = np.abs(np.gradient(soft, axis=axis)) > 0.1 * contrast
        kernel = np.ones((5, 1) if axis == 0 else (1, 5), np.uint8)
        wide = cv2.dilate(step.astype(np.uint8), kernel)
        lines = np.flatnonzero(wide.mean(1 - axis) > 0.7)
        for line in lines:
            span = slice(max(0, line - 4), line + 5)
            found[(span, slice(None)) if axis == 0 else (slice(None), span)] = True
    return found


# --- bars and leaders --------------------------------------------------------------------------

_OFF_MIDDLE = 8
"""Pixels by which a ring may stand beside the middle, to each side."""


def _is_bars(smooth: Floats) -> bool:
    """Whether columns of one luma each fill the upper part of the picture."""
    height, width = smooth.shape
    upper = smooth[height // 12 : height * 6 // 10]
    profile = np.median(upper, axis=0)
    spread = float(profile.std())
    if spread < 8 or float(np.abs(upper - profile).mean()) > 0.08 * spread + 1:
        return False
    slope = np.abs(np.gradient(profile))
    flat = slope < 0.02 * (profile.max() - profile.min()) + 0.2
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], flat, [0]]))))[::2]
    bars = runs[runs > width // 24]
    return len(bars) >= 5 and float(bars.sum()) > 0.5 * width


def _is_leader(luma: Floats) -> bool:
    """Whether there is a ring around the middle, and a cross through it."""
    soft = np.asarray(cv2.GaussianBlur(luma, (0, 0), 1), np.float32)
    contrast = float(np.subtract(*np.percentile(soft, [97, 3])))
    if contrast < 3 * _EMPTY_RANGE:
        return False
    return all(_has_line(soft, axis, contrast) for axis in (0, 1)) and _has_ring(soft, contrast)


def _has_line(soft: Floats, axis: int, contrast: float) -> bool:
    """Whether a line goes through the middle, from edge to edge (nearly)."""
    across = soft if axis == 0 else soft.T
    middle, reach = across.shape[0] // 2, max(4, across.shape[0] // 20)
    band = across[middle - reach - 6 : middle + reach + 7]
    beside = (np.roll(band, 6, axis=0) + np.roll(band, -6, axis=0)) / 2
    off = np.abs(band - beside)[6:-6] > 0.08 * contrast
    share = cv2.dilate(off.astype(np.uint8), np.ones((3, 1), np.uint8)).mean(1)
    return bool(share.max() > 0.6)


def _has_ring(soft: Floats, contrast: float) -> bool:
    height, width = soft.shape
    angles = 180
    most = min(height, width) // 2
    # A circle around another middle leaves the picture; OpenCV leaves there what memory holds.
    border = _OFF_MIDDLE + 2
    wide_soft = cv2.copyMakeBorder(soft, border, border, border, border, cv2.BORDER_REPLICATE)
    for y in range(-_OFF_MIDDLE, _OFF_MIDDLE + 1, 4):
        for x in range(-_OFF_MIDDLE, _OFF_MIDDLE + 1, 4):
            center = (width / 2 + x + border, height / 2 + y + border)
            polar = cv2.warpPolar(wide_soft, (most, angles), center, most, cv2.WARP_POLAR_LINEAR)
            step = np.abs(np.gradient(polar, axis=1)) > 0.05 * contrast
            wide = cv2.dilate(step.astype(np.uint8), np.ones((1, 3), np.uint8))
            if wide[:, most // 2 : most - 2].mean(0).max() > 0.85:
                return True
    return False
