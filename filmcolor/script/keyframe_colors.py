"""Finds the colours of keyframes: what the network says of each, made to agree within its shot.

A film is read for that as carefully as for colouring: without the decoder's loop filter, blocks
show in films of few bits, and networks colour them paler. The network runs beside the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.color.shrink import shrink
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import FrameRange, FrameSource
from filmcolor.motion.flow import Expected, FlowPicture, Motion, MotionChain, MotionEstimator
from filmcolor.networks.look import Look
from filmcolor.planning.detection.titles import kind_of_shot
from filmcolor.planning.plan import Plan, Shot
from filmcolor.planning.planned_frames import PlannedFrame, planned_frames
from filmcolor.planning.thumbnails import thumbnail_size
from filmcolor.script.color_script import ColorScript, ShotLooks
from filmcolor.script.consensus import Agreed, Opinion, ShotConsensus
from filmcolor.script.given import Given, ShotKeyframe, carry_given
from filmcolor.script.given_layers import KeyframeWishes, lightness_for_hints
from filmcolor.script.network_colors import FilmNetworks, NetworkColors
from filmcolor.settings import ColorSettings
from filmcolor.system.cpu import one_opencv_thread
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes

_A_FEW = 5
"""Keyframes by which it is told what a shot shows."""

_WAITING = 16
"""Keyframes that may wait for the network's answer."""


def representative(shot: Shot) -> int:
    """Return the timestamp of the keyframe that stands for a shot: the one in its middle."""
    keyframes = shot.keyframes
    return keyframes[len(keyframes) // 2].pts if keyframes else shot.pts


def a_few(shot: Shot) -> list[int]:
    """Return the timestamps of a few keyframes from all over a shot."""
    pts = [keyframe.pts for keyframe in shot.keyframes]
    picked = np.linspace(0, len(pts) - 1, min(len(pts), _A_FEW)).round().astype(int)
    return [pts[place] for place in picked]


def _wishes(plan: Plan, given: Sequence[Given]) -> dict[int, dict[int, KeyframeWishes]]:
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


@dataclass
class _Pending:
    """A keyframe for which the network is asked."""

    shot: int
    pts: int
    picture: FlowPicture
    L: Floats
    """At the network's input size."""
    luma: NDArray[np.uint8] | None
    """At the same size, of a few keyframes of the shot."""
    since_before: Expected | None
    stands_for_shot: bool
    seen: Future[Look]
    hint_lightness: Floats | None = None
    """At the size at which hints are spread, where there are some."""

    def opinion(self, motion: Motion | None) -> Opinion:
        ab = self.seen.result().ab
        height, width = ab.shape[:2]
        L = cv2.resize(self.L, (width, height), interpolation=cv2.INTER_AREA)
        L = np.asarray(L, np.float32).reshape(height, width)
        return Opinion(self.pts, ab, self.picture, L, motion)


class _Way:
    """Follows the picture from one keyframe to the next, on thumbnails."""

    def __init__(self, info: FilmInfo) -> None:
        self.depth = info.encoding.depth
        self._size = thumbnail_size(info.height, info.width)
        self._estimator = MotionEstimator(*self._size)
        self._before: FlowPicture | None = None
        self._chain: MotionChain | None = None
        """From the last keyframe on."""

    def end(self) -> None:
        """A shot has ended."""
        self._before = self._chain = None

    def add(self, luma: Plane) -> None:
        """Look at the next frame of the shot."""
        now = self._estimator.picture(shrink(luma, self.depth, *self._size), 8)
        if self._before is not None and self._chain is not None:
            self._chain.add(self._estimator.motion(self._before, now))
        self._before = now

    def turn(self) -> Expected | None:
        """Return the motion since the last keyframe, if there is one; the next begins here."""
        chain, self._chain = self._chain, MotionChain(self._estimator.size)
        return None if chain is None else chain.motion


class KeyframeColors:
    """Asks the networks about the keyframes of a film; use as a context manager."""

    def __init__(
        self,
        source: FrameSource,
        plan: Plan,
        settings: ColorSettings,
        networks: FilmNetworks,
        stages: StageTimes,
        given: Sequence[Given] = (),
    ) -> None:
        """Prepare for a film."""
        self._wishes = _wishes(plan, given)
        self._source = source
        self._plan = plan
        self._settings = settings
        self._networks = networks
        self._stages = stages
        self._estimator = MotionEstimator(source.info.height, source.info.width)
        self._colors: dict[str | None, NetworkColors] = {}
        self._pool = ThreadPoolExecutor(networks.main.passes_at_once, "filmcolor-keyframes")
        self._one_thread = one_opencv_thread()

    def __enter__(self) -> KeyframeColors:
        """Return the object itself."""
        self._one_thread.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the threads."""
        self._pool.shutdown(cancel_futures=True)
        self._one_thread.__exit__(None, None, None)

    def draft(
        self, shots: Sequence[Shot], script: ColorScript, frame_done: Callable[[], None]
    ) -> None:
        """Find the colours of shots that follow each other, each shot on its own.

        `frame_done` is called after each frame that is read, and raises to stop.
        """
        stretch = self._plan.model_copy(update={"shots": tuple(shots)})
        with Prefetch(self._keyframes(stretch, frame_done), _WAITING) as pending:
            for shot, keyframes in groupby(pending, key=lambda each: each.shot):
                looks = ShotLooks()
                script.draft.keep(shot, self._agreed(keyframes, shot, script, looks), looks)

    def _agreed(
        self, keyframes: Iterable[_Pending], shot: int, script: ColorScript, looks: ShotLooks
    ) -> Iterator[Agreed]:
        wishes, given = self._wishes.get(shot, {}), []
        lumas: list[NDArray[np.uint8]] = []
        consensus, whole = ShotConsensus(), []
        before: _Pending | None = None
        for keyframe in keyframes:
            motion = None
            with self._stages.of("agree"):
                if before is not None:
                    motion = self._estimator.motion(
                        before.picture, keyframe.picture, keyframe.since_before
                    )
            before = keyframe
            if keyframe.luma is not None:
                lumas.append(keyframe.luma)
            opinion = keyframe.opinion(motion)
            look = keyframe.seen.result()
            features = look.features
            if keyframe.stands_for_shot:
                looks.features, looks.pts = features, keyframe.pts
            if keyframe.pts in wishes:
                colors = wishes[keyframe.pts].colors(
                    keyframe.hint_lightness, look, self._source.info
                )
                given.append(Given(shot, keyframe.pts, colors))
            if wishes:
                whole.append(
                    ShotKeyframe(keyframe.pts, keyframe.picture, opinion.L, features, motion)
                )
            with self._stages.of("agree"):
                agreed = consensus.add(opinion)
            yield from agreed
        with self._stages.of("agree"):
            agreed = consensus.finish()
            for pts, carried in carry_given(whole, given):
                script.give(shot, pts, carried)
            looks.kind = kind_of_shot(lumas)
        yield from agreed

    def _keyframes(self, stretch: Plan, frame_done: Callable[[], None]) -> Generator[_Pending]:
        plan = self._plan
        first, last = stretch.shots[0], stretch.shots[-1]
        unit, covered = plan.film.time_base, plan.covered
        stand_for_shots = {representative(shot) for shot in stretch.shots}
        tell_the_kind = {pts for shot in stretch.shots for pts in a_few(shot)}
        part = FrameRange(
            covered.start if first is plan.shots[0] else first.pts * unit,
            covered.end if last is plan.shots[-1] else last.end_pts * unit,
        )
        seen = 0  # keyframes of the shot
        way = _Way(self._source.info)
        source = self._source.frames(part)
        with closing(planned_frames(source, stretch, self._settings)) as frames:
            for planned in frames:
                frame_done()
                if planned.opens_shot:
                    seen = 0
                    way.end()
                wanted = planned.choices.propagated
                if wanted:
                    way.add(planned.frame.luma)
                if planned.keyframe and wanted:
                    standing = planned.frame.pts in stand_for_shots
                    pending = self._ask(planned, way.turn(), standing, seen % 2 == 1)
                    if planned.frame.pts in tell_the_kind or not seen:
                        pending.luma = shrink(planned.frame.luma, way.depth, *pending.L.shape[:2])
                    yield pending
                    seen += 1

    def _ask(
        self, planned: PlannedFrame, since_before: Expected | None, standing: bool, odd: bool
    ) -> _Pending:
        """Ask for the colours of a frame.

        Every other one the network sees in the mirror, where its errors are others: the mean of
        several keyframes gains by it what a second pass brings to pictures.
        """
        info, frame = self._source.info, planned.frame
        colors = self._colors_of(planned.choices.network)
        L = colors.lightness(frame.luma)
        wished = self._wishes.get(planned.shot, {}).get(frame.pts)
        hinted = wished is not None and wished.has_hints
        return _Pending(
            shot=planned.shot,
            pts=frame.pts,
            picture=self._estimator.picture(frame.luma, info.encoding.depth),
            L=L,
            luma=None,
            since_before=since_before,
            stands_for_shot=standing,
            hint_lightness=lightness_for_hints(frame.luma, info) if hinted else None,
            seen=self._pool.submit(
                self._answer, colors, L, standing or planned.shot in self._wishes, odd
            ),
        )

    def _answer(self, colors: NetworkColors, L: Floats, closely: bool, mirrored: bool) -> Look:
        with self._stages.of("network"):
            if closely:
                return colors.look(L)
            return Look(colors.ask(L, mirrored=mirrored), None, ())

    def _colors_of(self, name: str | None) -> NetworkColors:
        if name not in self._colors:
            network = self._networks.main if name is None else self._networks.shots[name]
            self._colors[name] = NetworkColors.of_film(network, self._source.info)
        return self._colors[name]
