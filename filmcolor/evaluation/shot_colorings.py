"""Ways to colour a shot of which the first frame's colours are known: what others are to beat.

Each is a `filmcolor.evaluation.given_shot.ShotColoring`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.evaluation.film_drift import new_colors
from filmcolor.evaluation.given_shot import GivenShot, ShotColoring
from filmcolor.evaluation.truth import grey_from_luma
from filmcolor.media.source import Frame
from filmcolor.motion.flow import FlowPicture, MotionEstimator, grid, warp
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import Keyframe, Transition
from filmcolor.script.given import Given, GivenColors
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import ColorSettings


def grey(shot: GivenShot) -> Generator[Floats]:
    """Yield no colour, but in the first frame."""
    yield from _after_first(shot, lambda: np.zeros_like(shot.ab))


def held(shot: GivenShot) -> Generator[Floats]:
    """Yield the colours of the first frame, in each."""
    yield from _after_first(shot, lambda: shot.ab)


def _after_first(shot: GivenShot, colors: Callable[[], Floats]) -> Generator[Floats]:
    with closing(shot.frames()) as frames:
        for number, _ in enumerate(frames):
            yield colors() if number else shot.ab


@dataclass(frozen=True)
class NetworkAlone:
    """Lets the network colour each frame, which knows nothing of the first one's colours."""

    network: ColorNetwork
    settings: ColorSettings

    def __call__(self, shot: GivenShot) -> Generator[Floats]:
        """Yield its colours, but in the first frame."""
        settings = self.settings.model_copy(update={"method": "frame"})
        with closing(
            new_colors(shot.source, settings, self.network, part=shot.part, size=shot.size)
        ) as colors:
            for number, ab in enumerate(colors):
                yield ab if number else shot.ab


@dataclass(frozen=True)
class Carried:
    """Colours the shot as a film is coloured of which this keyframe was painted."""

    network: ColorNetwork
    settings: ColorSettings

    def __call__(self, shot: GivenShot) -> Generator[Floats]:
        """Yield the colours of all frames, but in the first one those that are known."""
        plan = _one_shot(plan_film(shot.source, shot.part))
        settings = self.settings.model_copy(update={"method": "propagate", "titles": "coloured"})
        everywhere = np.ones(shot.size, np.float32)
        given = Given(1, plan.shots[0].pts, GivenColors(shot.ab, everywhere))
        networks, script = FilmNetworks(self.network), ScriptInMemory()
        write_script(ScriptTask(shot.source, plan, settings, script, (given,)), networks)
        with closing(
            new_colors(
                shot.source,
                settings,
                self.network,
                part=shot.part,
                size=shot.size,
                plan=plan,
                script=script,
            )
        ) as colors:
            for number, ab in enumerate(colors):
                yield ab if number else shot.ab


def _one_shot(plan: Plan) -> Plan:
    """Return the plan with all its frames in one shot, the first of which is a keyframe."""
    first, last = plan.shots[0], plan.shots[-1]
    begin = Keyframe(frame=first.first_frame, pts=first.pts)
    keyframes = [keyframe for shot in plan.shots for keyframe in shot.keyframes]
    others = [keyframe for keyframe in keyframes if keyframe.pts > first.pts]
    shot = first.model_copy(
        update={
            "end_frame": last.end_frame,
            "end_pts": last.end_pts,
            "opens": Transition(kind="start"),
            "closes": Transition(kind="end"),
            "keyframes": (begin, *others),
        }
    )
    return plan.model_copy(update={"shots": (shot,)})


def chain(shot: GivenShot) -> Generator[Floats]:
    """Warp the colours from frame to frame, along the motion that filmcolor itself goes by."""
    info = shot.source.info
    estimator = MotionEstimator(info.height, info.width)

    def picture(frame: Frame) -> FlowPicture:
        return estimator.picture(frame.luma, info.encoding.depth)

    yield from _chained(shot, picture, lambda one, two: estimator.motion(one, two).to_before)


def fine_chain(shot: GivenShot) -> Generator[Floats]:
    """Warp the colours from frame to frame, along DIS flow at half the size of the comparison.

    OpenCV's preset fast, from each frame to the one before.
    """
    height, width = shot.size
    size = max(16, height // 2), max(16, width // 2)
    # OpenCV's types do not know that the third argument of `calc` may be None.
    dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def picture(frame: Frame) -> FlowPicture:
        return grey_from_luma(frame.luma, shot.source.info.encoding, size)

    yield from _chained(shot, picture, lambda one, two: np.array(dis.calc(two, one, None)))


def _chained(
    shot: GivenShot,
    picture: Callable[[Frame], FlowPicture],
    to_before: Callable[[FlowPicture, FlowPicture], Floats],
) -> Generator[Floats]:
    """Yield colours warped from frame to frame; `to_before`: the flow to the first picture, at
    the places of the second."""
    ab, before = shot.ab, None
    height, width = shot.size
    with closing(shot.frames()) as frames:
        for frame in frames:
            now = picture(frame)
            if before is not None:
                flow = to_before(before, now)
                scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
                full = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) * scale
                ab = warp(ab, grid(height, width) + np.asarray(full, np.float32))
            before = now
            yield ab


def baselines(network: ColorNetwork, settings: ColorSettings) -> dict[str, ShotColoring]:
    """Return the ways that are measured, by name."""
    return {
        "grey": grey,
        "held": held,
        "network": NetworkAlone(network, settings),
        "chain": chain,
        "fine chain": fine_chain,
        "carried": Carried(network, settings),
    }
