"""All that is given to one keyframe, as one layer of colours: hints below, paint above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats, Plane, lightness_table
from filmcolor.media.film import FilmInfo
from filmcolor.media.upright import stored_place
from filmcolor.networks.look import Look
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import Hint
from filmcolor.script.given import Given, GivenColors
from filmcolor.script.hints import CELLS, HintPoint, Hints, apply_hints, hints_from_points

_LINES = 540
"""Height at which hints are spread: finer does not show, as chroma is coarser than luma."""
_NEUTRAL = "#808080"


@dataclass(frozen=True)
class KeyframeWishes:
    """What people want of one keyframe."""

    given: tuple[Given, ...] = ()
    points: tuple[Hint, ...] = ()
    """In pixels of the film as it is shown; see `filmcolor.media.upright.full_size`."""

    @property
    def has_hints(self) -> bool:
        """Whether something is to be spread over what belongs together."""
        return bool(self.points) or any(each.hint for each in self.given)

    def colors(
        self, L: Floats | None, look: Look, info: FilmInfo, *, cells: int = CELLS
    ) -> GivenColors:
        """Return them as colours that count more than the network's.

        `L`: of the keyframe, as `lightness_for_hints` gives it; needed where there are hints.
        `look`: what the network says of the keyframe. `cells`: see `apply_hints`.
        """
        layers: list[GivenColors] = []
        if self.has_hints:
            assert L is not None
            layers.append(self._spread(L, look, info, cells))
        layers += [each.colors.load() for each in self.given if not each.hint]
        colors = layers[0]
        for above in layers[1:]:
            colors = _over(above, colors)
        return colors

    def _spread(self, L: Floats, look: Look, info: FilmInfo, cells: int) -> GivenColors:
        strokes = [each.colors.load() for each in self.given if each.hint]
        if self.points:
            found = hints_from_points([_point(each, L, info) for each in self.points], L)
            strokes.append(GivenColors(found.ab, found.weight))
        hints = _at_size(strokes[0], L.shape)
        for above in strokes[1:]:
            hints = _over(_at_size(above, L.shape), hints)
        colors = Hints(hints.ab, hints.weight)
        hinted = apply_hints(L, look.ab, colors, look.features, cells=cells)
        return GivenColors(hinted.ab, hinted.influence)


def lightness_for_hints(luma: Plane, info: FilmInfo) -> Floats:
    """Return L of a frame in 0..100 at a size at which hints are spread; float32, (h, w)."""
    height, width = luma.shape
    if height > _LINES:
        size = max(1, round(width * _LINES / height)), _LINES
        luma = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA))
    return np.asarray(lightness_table(info.encoding)[luma], np.float32)


def _point(hint: Hint, L: Floats, info: FilmInfo) -> HintPoint:
    across, down = stored_place(hint.x, hint.y, info)
    height, width = L.shape
    x, y = min(int(across * width), width - 1), min(int(down * height), height - 1)
    return HintPoint(x, y, _NEUTRAL if hint.colour == "neutral" else hint.colour)


def _at_size(colors: GivenColors, size: tuple[int, ...]) -> GivenColors:
    if colors.weight.shape == size:
        return colors
    height, width = size
    how = cv2.INTER_AREA if height < colors.weight.shape[0] else cv2.INTER_LINEAR
    layer = np.dstack([colors.ab * colors.weight[..., None], colors.weight])
    layer = np.asarray(cv2.resize(layer, (width, height), interpolation=how), np.float32)
    weight = layer[..., 2]
    ab = layer[..., :2] / np.maximum(weight, np.float32(1e-6))[..., None]
    return GivenColors(np.asarray(ab, np.float32), weight)


def _over(above: GivenColors, below: GivenColors) -> GivenColors:
    """Return one layer over another, at the size of the finer one."""
    size = max(above.weight.shape, below.weight.shape)
    above, below = _at_size(above, size), _at_size(below, size)
    left = (1 - above.weight) * below.weight
    weight = above.weight + left
    ab = above.ab * above.weight[..., None] + below.ab * left[..., None]
    ab = ab / np.maximum(weight, np.float32(1e-6))[..., None]
    return GivenColors(np.asarray(ab, np.float32), np.asarray(weight, np.float32))


def keyframe_wishes(plan: Plan, given: Sequence[Given]) -> dict[int, dict[int, KeyframeWishes]]:
    """Return what people want of keyframes, by number of the shot and timestamp."""
    found: dict[int, dict[int, KeyframeWishes]] = {}
    for each in given:
        shot = found.setdefault(each.shot, {})
        known = shot.get(each.pts, KeyframeWishes())
        shot[each.pts] = replace(known, given=(*known.given, each))
    for each_shot in plan.shots:
        for keyframe in each_shot.keyframes if each_shot.hints else ():
            points = tuple(p for p in each_shot.hints or () if p.frame == keyframe.frame)
            if points:
                shot = found.setdefault(each_shot.number or 1, {})
                known = shot.get(keyframe.pts, KeyframeWishes())
                shot[keyframe.pts] = replace(known, points=points)
    return found
