"""Colours the frames of a film, as its plan says.

Frames pass through four stages: each frame is prepared (small pictures of its luma), the motion to
the frame before it is estimated, its colours are gathered from keyframes, and its U and V planes
are made. All but the third work on several frames at once, in the threads of one pool; OpenCV,
NumPy and the network let go of Python's lock meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats, Plane, lightness_table
from filmcolor.coloring.carried_frame import CarriedFrame, TrackedFrame
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.guided import upsample_ab
from filmcolor.coloring.network_colors import FrameColorizer
from filmcolor.coloring.propagation import Propagation
from filmcolor.coloring.shot_state import ShotState
from filmcolor.coloring.smoothing import Smoother
from filmcolor.media.decode.luma import change_depth
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import Frame
from filmcolor.motion.flow import FlowPicture, Motion, MotionEstimator
from filmcolor.planning.keyframes import frames_that_wait
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import (
    Passed,
    PlannedFrame,
    every_frame_alone,
    planned_frames,
)
from filmcolor.script.color_script import ColorScript
from filmcolor.script.consensus import Light
from filmcolor.script.given import GivenColors
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.system.cpu import available_cores, one_opencv_thread
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes

_ROOM = 10 << 20, 4, 48
"""For frames that wait for the network's answer: bytes of luma, least and most frames."""
_BURST_ROOM = 8 << 20, 2, 48
"""For frames that are ready to be made."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class ColoredFrame:
    """A frame ready for the encoder."""

    frame: Frame
    luma: Plane
    u: Plane
    v: Plane
    state: ShotState | None = None
    """What colouring needs to go on behind this frame; None: it cannot stop here."""


@dataclass
class _Prepared:
    planned: PlannedFrame
    colorizer: FrameColorizer
    """What asks the network of the frame's shot."""
    luma: Plane
    """In the depth of the result."""
    small_luma: Plane
    """At the size of the chroma planes."""
    picture: FlowPicture | None
    """What the motion is estimated on."""
    lightness: float
    """Mean L."""
    contrast: float
    """Standard deviation of L."""
    network_ab: Future[Floats] | None = None
    """What the network says of this frame, where it is asked."""
    agreed_ab: Floats | None = None
    """What the colour script says of this keyframe."""
    given: GivenColors | None = None
    """Colours of this keyframe that count more."""

    def guide(self) -> Floats:
        """Return the luma in 0..1 at the size of the chroma planes, without most of its grain."""
        return self.colorizer.guide(self.small_luma)


class _Gathered(Protocol):
    """A frame whose colours are known, if not at full size."""

    def ab(self) -> Floats:
        """Return ab at the size of the chroma planes."""
        ...


@dataclass(frozen=True)
class _OwnColors:
    """A frame with the network's own colours."""

    small: Floats
    guide: Callable[[], Floats]

    def ab(self) -> Floats:
        return upsample_ab(self.small, self.guide())


class FilmColorizer:
    """Colours the frames of one film; use as a context manager."""

    def __init__(
        self,
        info: FilmInfo,
        task: ColorTask,
        networks: FilmNetworks,
        stages: StageTimes | None = None,
    ) -> None:
        """Prepare for the film `info`."""
        encoding = task.encoding or info.encoding
        self._info = info
        self._settings = task.settings
        self._script: ColorScript = task.script or ScriptInMemory()
        self._networks = networks
        self._encoding = encoding
        self._chroma_size = task.chroma_size or ((info.height + 1) // 2, (info.width + 1) // 2)
        self._frame_bytes = info.width * info.height * np.dtype(encoding.dtype).itemsize
        self._stages = stages or StageTimes()
        self._lightness = lightness_table(encoding)
        self._estimator = MotionEstimator(info.height, info.width)
        cores = available_cores()
        self._ahead = cores + 1
        self._pool = ThreadPoolExecutor(cores, "filmcolor")
        self._network_pool = ThreadPoolExecutor(networks.main.passes_at_once, "filmcolor-network")
        self._one_thread = one_opencv_thread()

    def __enter__(self) -> FilmColorizer:
        """Return the object itself; frames, not parts of them, share the cores from now on."""
        self._one_thread.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the threads."""
        self._pool.shutdown(cancel_futures=True)
        self._network_pool.shutdown(cancel_futures=True)
        self._one_thread.__exit__(None, None, None)

    def frames(
        self, frames: Generator[Frame], plan: Plan | None, state: ShotState | None = None
    ) -> Generator[ColoredFrame]:
        """Yield each of `frames` with its planes, in order; `plan` may be missing for `frame`.

        With `state`, the frames go on behind the frame that had this state.
        """
        passed = None if state is None else Passed(state.frames, state.pts)
        return self.colored(
            every_frame_alone(frames, self._settings, passed)
            if plan is None
            else planned_frames(frames, plan, self._settings, passed),
            state,
        )

    def colored(
        self,
        planned: Generator[PlannedFrame],
        state: ShotState | None = None,
        wanted: Container[int] | None = None,
    ) -> Generator[ColoredFrame]:
        """Yield each of `planned` with its planes, in order; `state` as for `frames`.

        With `wanted`, only those of its timestamps; it may be added to until a frame is planned.
        """
        first = None if state is None or state.keyframe is None else state.keyframe.picture
        # Room for frames that wait, so that bursts of work behind do not stop the work before:
        # for the network's answer, which takes as long as many frames, and for the second one of
        # two keyframes.
        room, burst = self._frames_in(*_ROOM), self._frames_in(*_BURST_ROOM)
        with (
            closing(planned),
            Prefetch(self._asked(self._prepared(planned)), room) as prepared,
        ):
            moving = self._in_order(self._estimate, _with_predecessor(iter(prepared), first))
            with Prefetch(self._gathered(moving, state), burst) as gathered:
                chosen = (
                    item
                    for item in gathered
                    if wanted is None or item[0].planned.frame.pts in wanted
                )
                yield from self._in_order(self._finish, chosen)

    def _prepared(self, planned: Iterable[PlannedFrame]) -> Iterator[_Prepared]:
        return self._in_order(self._prepare, self._with_colorizer(planned))

    def _frames_in(self, memory: int, least: int, most: int) -> int:
        return max(least, min(most, memory // self._frame_bytes))

    def _in_order(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield `work` of each item, in order, worked out ahead in the pool."""
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) > self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _with_colorizer(
        self, planned: Iterable[PlannedFrame]
    ) -> Iterator[tuple[PlannedFrame, FrameColorizer]]:
        colorizer: FrameColorizer | None = None
        info = self._info
        for item in planned:
            if colorizer is None or item.opens_shot:
                colorizer = FrameColorizer(
                    self._shot_network(item.choices.network),
                    item.choices.settings,
                    self._encoding,
                    (info.height, info.width),
                    aspect=info.sample_aspect_ratio,
                    orientation=info.orientation,
                )
            yield item, colorizer

    def _shot_network(self, name: str | None) -> ColorNetwork:
        return self._networks.main if name is None else self._networks.shots[name]

    def _submit(self, colorizer: FrameColorizer, luma: Plane) -> Future[Floats]:
        return self._network_pool.submit(self._ask, colorizer, luma)

    def _ask(self, colorizer: FrameColorizer, luma: Plane) -> Floats:
        with self._stages.of("network"):
            return colorizer.ab(luma)

    def _prepare(self, given: tuple[PlannedFrame, FrameColorizer]) -> _Prepared:
        planned, colorizer = given
        choices = planned.choices
        with self._stages.of("prepare"):
            luma = change_depth(planned.frame.luma, self._info.encoding, self._encoding)
            height, width = self._chroma_size
            small_luma: Plane = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
            propagated = choices.propagated
            depth = self._encoding.depth
            picture = self._estimator.picture(small_luma, depth) if propagated else None
            lightness = contrast = 0.0
            if propagated:
                L = self._lightness[small_luma[::4, ::4]]  # enough for a mean
                lightness, contrast = float(L.mean()), float(L.std())
        return _Prepared(planned, colorizer, luma, small_luma, picture, lightness, contrast)

    def _asked(self, prepared: Iterable[_Prepared]) -> Generator[_Prepared]:
        """Pass frames on, after sending those to the network, in order, that want its colours."""
        for item in prepared:
            planned = item.planned
            if item.picture is not None and planned.keyframe:
                ab = self._script.ab(planned.shot, planned.frame.pts)
                item.agreed_ab = None if ab is None else item.colorizer.adjusted(ab)
                item.given = self._script.given(planned.shot, planned.frame.pts)
            alone = item.picture is None or (planned.keyframe and item.agreed_ab is None)
            if alone and not planned.choices.grey:
                item.network_ab = self._submit(item.colorizer, item.luma)
            yield item

    def _estimate(
        self, pair: tuple[FlowPicture | None, _Prepared]
    ) -> tuple[_Prepared, Motion | None]:
        before, now = pair
        if before is None or now.picture is None:
            return now, None
        with self._stages.of("motion"):
            return now, self._estimator.motion(before, now.picture)

    def _gathered(
        self, moving: Iterable[tuple[_Prepared, Motion | None]], state: ShotState | None
    ) -> Generator[tuple[_Prepared, _Gathered | None]]:
        """Yield each frame with from where its colours come; None: it stays grey."""
        propagation = Propagation(
            frames_that_wait(self._frame_bytes), None if state is None else state.keyframe
        )
        on_the_way: deque[_Prepared] = deque()
        smoother: Smoother | None = None

        def ready(carried: Iterable[CarriedFrame]) -> Iterator[tuple[_Prepared, _Gathered]]:
            for item in self._stages.reading("propagate", carried):
                yield on_the_way.popleft(), item

        for prepared, motion in moving:
            choices = prepared.planned.choices
            if prepared.picture is not None:
                on_the_way.append(prepared)
                yield from ready(propagation.add(self._tracked(prepared, motion)))
                continue
            yield from ready(propagation.end_shot())
            if prepared.network_ab is None:
                yield prepared, None
                continue
            ab = prepared.network_ab.result()
            if choices.settings.method == "smooth":
                if smoother is None or prepared.planned.opens_shot:
                    smoother = Smoother(choices.settings.smooth_seconds)
                    if not prepared.planned.opens_shot and state and state.smoothed is not None:
                        smoother.smooth(state.smoothed, state.time)
                ab = smoother.smooth(ab, prepared.planned.frame.time)
            yield prepared, _OwnColors(ab, prepared.guide)
        yield from ready(propagation.end_shot())

    def _tracked(self, prepared: _Prepared, motion: Motion | None) -> TrackedFrame:
        assert prepared.picture is not None
        return TrackedFrame(
            planned=prepared.planned,
            picture=prepared.picture,
            motion=motion,
            lightness=prepared.lightness,
            contrast=prepared.contrast,
            guide=prepared.guide,
            agreed_ab=prepared.agreed_ab,
            given=prepared.given,
            network_ab=prepared.network_ab,
            ask=lambda: self._submit(prepared.colorizer, prepared.luma).result(),
            next_keyframe=lambda: self._next_keyframe(prepared),
        )

    def _next_keyframe(self, prepared: _Prepared) -> tuple[Floats, Light] | None:
        planned = prepared.planned
        if planned.next_keyframe is None:
            return None
        ab = self._script.ab(planned.shot, planned.next_keyframe)
        light = self._script.light(planned.shot, planned.next_keyframe)
        return None if ab is None or light is None else (prepared.colorizer.adjusted(ab), light)

    def _finish(self, given: tuple[_Prepared, _Gathered | None]) -> ColoredFrame:
        prepared, colors = given
        frame = prepared.planned.frame
        if colors is None:
            grey = np.full(self._chroma_size, self._encoding.chroma_zero, self._encoding.dtype)
            return ColoredFrame(frame, prepared.luma, grey, grey, _state(prepared, colors))
        with self._stages.of("carry"):
            ab = colors.ab()
        with self._stages.of("chroma"):
            u, v = prepared.colorizer.table.planes(prepared.small_luma, ab)
        return ColoredFrame(frame, prepared.luma, u, v, _state(prepared, colors))


def _state(prepared: _Prepared, colors: _Gathered | None) -> ShotState | None:
    """Return what is needed to go on behind this frame, or None where colouring cannot stop.

    Behind a planned keyframe, nothing but that keyframe matters to the frames that follow.
    """
    planned = prepared.planned
    keyframe = smoothed = None
    if isinstance(colors, CarriedFrame):
        if not planned.keyframe:
            return None
        keyframe = colors.contributions[0].keyframe
    elif isinstance(colors, _OwnColors) and planned.choices.settings.method == "smooth":
        smoothed = colors.small
    frame = planned.frame
    return ShotState(planned.number + 1, frame.pts, frame.time, keyframe, smoothed)


def _with_predecessor(
    prepared: Iterable[_Prepared], before: FlowPicture | None = None
) -> Iterator[tuple[FlowPicture | None, _Prepared]]:
    """Yield each frame with the picture before it, in the same shot; `before` the first one."""
    for now in prepared:
        yield (None if now.planned.opens_shot else before), now
        before = now.picture
