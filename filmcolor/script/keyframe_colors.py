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
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats, Plane
from filmcolor.color.shrink import shrink
from filmcolor.events import check_cancelled
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import FrameRange, FrameSource, with_first
from filmcolor.motion.flow import Expected, FlowPicture, Motion, MotionChain, MotionEstimator
from filmcolor.networks.look import Look
from filmcolor.planning.detection.titles import kind_of_shot
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import (
    Passed,
    PlannedFrame,
    ShotChoices,
    planned_frames,
    shot_choices,
)
from filmcolor.planning.shot import Shot, ShotKind
from filmcolor.planning.thumbnails import thumbnail_size
from filmcolor.script.color_script import ColorScript, ShotLooks
from filmcolor.script.consensus import Agreed, Opinion, ShotConsensus
from filmcolor.script.given import Given, ShotKeyframe
from filmcolor.script.given_layers import keyframe_wishes, lightness_for_hints
from filmcolor.script.network_colors import FilmNetworks, NetworkColors, features_of
from filmcolor.script.reference import (
    Reference,
    lab_of_reference,
    lend_colors,
    read_reference,
)
from filmcolor.script.standing_keyframes import a_few, representative
from filmcolor.script.stretches import Stretch
from filmcolor.script.wished_shot import SeenClosely, WishedShot
from filmcolor.settings import ColorSettings
from filmcolor.system.cpu import one_opencv_thread
from filmcolor.system.prefetch import Prefetch
from filmcolor.system.stages import StageTimes

_WAITING = 16
"""Keyframes that may wait for the network's answer."""


@dataclass
class _Pending:
    """A keyframe for which the network is asked."""

    stretch: Stretch
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
        wished_shot: Callable[[int, WishedShot], None] = lambda number, shot: None,
    ) -> None:
        """Prepare for a film; `wished_shot` gets each shot of which something is wanted."""
        self._wished_shot = wished_shot
        self._wishes = keyframe_wishes(plan, given)
        self._source = source
        self._plan = plan
        self._settings = settings
        self._networks = networks
        self._stages = stages
        self._estimator = MotionEstimator(source.info.height, source.info.width)
        self._colors: dict[str | None, NetworkColors] = {}
        self._references: dict[tuple[str, str | None], Reference] = {}
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
        self,
        stretches: Iterable[Stretch],
        script: ColorScript,
        frame_done: Callable[[], None] = lambda: None,
    ) -> None:
        """Find the colours of the keyframes in `stretches`, in order, each shot on its own.

        `frame_done` is called after each frame that is read, and raises to stop.
        """
        with Prefetch(self._keyframes(stretches, frame_done), _WAITING) as pending:
            for shot, keyframes in groupby(pending, key=lambda each: each.shot):
                looks = ShotLooks()
                script.draft.keep(shot, self._agreed(keyframes, shot, script, looks), looks)

    def looks(self, shots: Iterable[Shot]) -> Iterator[ShotLooks]:
        """Yield what is noted of each shot, but for its kind; one keyframe of each is read."""
        return self._pool.map(self._looks, shots)

    def _looks(self, shot: Shot) -> ShotLooks:
        pts = representative(shot)
        luma = self._keyframe_at(shot, pts)
        if luma is None:
            return ShotLooks()
        colors = self._colors_of(shot_choices(shot, self._settings).network)
        with self._stages.of("network"):
            return ShotLooks(colors.look(colors.lightness(luma)).features, pts)

    def kind(self, shot: Shot) -> ShotKind:
        """Return what a shot shows; no more than a few keyframes are read."""
        return kind_of_shot(self._a_few_lumas(shot))

    def _a_few_lumas(self, shot: Shot) -> Iterator[NDArray[np.uint8]]:
        colors = self._colors_of(shot_choices(shot, self._settings).network)
        depth = self._source.info.encoding.depth
        for pts in a_few(shot):
            check_cancelled()
            luma = self._keyframe_at(shot, pts)
            if luma is not None:
                yield shrink(luma, depth, *colors.lightness(luma).shape[:2])

    def _keyframe_at(self, shot: Shot, pts: int) -> Plane | None:
        """Return the luma of a keyframe; None where none is shown at exactly this time."""
        plan = self._plan
        first = plan.covered.start if shot is plan.shots[0] else shot.pts * plan.film.time_base
        start = first if pts == shot.pts else pts * plan.film.time_base
        only = plan.model_copy(update={"shots": (shot,)})
        passed = None if pts == shot.pts else Passed(0, pts - 1)
        with closing(self._source.frames(FrameRange(start, plan.covered.end))) as source:
            planned = next(planned_frames(source, only, self._settings, passed), None)
        if planned is None or not planned.keyframe or planned.frame.pts != pts:
            return None
        return planned.frame.luma

    def _agreed(
        self, keyframes: Iterable[_Pending], shot: int, script: ColorScript, looks: ShotLooks
    ) -> Iterator[Agreed]:
        """Yield the colours on which the keyframes of a shot agree; of those that are found."""
        wishes = self._wishes.get(shot, {})
        seen: dict[int, SeenClosely] = {}
        lumas: list[NDArray[np.uint8]] = []
        whole: list[ShotKeyframe] = []
        for stretch, together in groupby(keyframes, key=lambda each: each.stretch):
            consensus, before = ShotConsensus(), None
            for keyframe in together:
                opinion = self._opinion(keyframe, before)
                before = keyframe
                if keyframe.luma is not None:
                    lumas.append(keyframe.luma)
                look = keyframe.seen.result()
                if keyframe.stands_for_shot:
                    looks.features, looks.pts = look.features, keyframe.pts
                if keyframe.pts in wishes:
                    seen[keyframe.pts] = SeenClosely(keyframe.hint_lightness, look)
                if wishes:
                    whole.append(
                        ShotKeyframe(
                            keyframe.pts,
                            keyframe.picture,
                            opinion.L,
                            # Of a long shot there are many: half precision is enough.
                            tuple(
                                grid.astype(np.float16) for grid in (*look.features, *look.details)
                            ),
                            opinion.motion,
                        )
                    )
                with self._stages.of("agree"):
                    agreed = consensus.add(opinion)
                yield from filter(stretch.holds, agreed)
            with self._stages.of("agree"):
                agreed = consensus.finish()
            yield from filter(stretch.holds, agreed)
        with self._stages.of("agree"):
            if wishes:
                wished = WishedShot(whole, seen)
                for pts, colors in wished.carried(wishes, shot, self._source.info) or ():
                    script.give(shot, pts, colors)
                self._wished_shot(shot, wished)
            looks.kind = kind_of_shot(lumas)

    def _opinion(self, keyframe: _Pending, before: _Pending | None) -> Opinion:
        motion = None
        with self._stages.of("agree"):
            if before is not None:
                motion = self._estimator.motion(
                    before.picture, keyframe.picture, keyframe.since_before
                )
        return keyframe.opinion(motion)

    def _keyframes(
        self, stretches: Iterable[Stretch], frame_done: Callable[[], None]
    ) -> Generator[_Pending]:
        for stretch in stretches:
            yield from self._keyframes_of(stretch, frame_done)

    def _keyframes_of(self, stretch: Stretch, frame_done: Callable[[], None]) -> Iterator[_Pending]:
        plan = self._plan
        read = plan.model_copy(update={"shots": stretch.shots})
        with closing(self._source.frames(stretch.part(plan))) as source:
            frames = source
            if stretch.first is not None:
                opening = next(source, None)
                if opening is None or opening.pts != stretch.first.pts:
                    # An edited plan: only from the shot's beginning can its frames be counted.
                    yield from self._keyframes_of(stretch.from_beginning, frame_done)
                    return
                frames = with_first(opening, source)
            settings = self._settings
            with closing(planned_frames(frames, read, settings, stretch.passed)) as planned:
                yield from self._keyframes_among(planned, stretch, frame_done)

    def _keyframes_among(
        self, frames: Iterable[PlannedFrame], stretch: Stretch, frame_done: Callable[[], None]
    ) -> Iterator[_Pending]:
        """Yield the keyframes among the frames of a stretch."""
        stand_for_shots = {representative(shot) for shot in stretch.shots}
        tell_the_kind = {pts for shot in stretch.shots for pts in a_few(shot)}
        last = stretch.last
        seen = stretch.begins  # keyframes of the shot
        way = _Way(self._source.info)
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
                pending = self._ask(stretch, planned, way.turn(), standing, seen % 2 == 1)
                if planned.frame.pts in tell_the_kind or not seen:
                    pending.luma = shrink(planned.frame.luma, way.depth, *pending.L.shape[:2])
                yield pending
                seen += 1
                if last is not None and planned.frame.pts >= last.pts:
                    return

    def _ask(
        self,
        stretch: Stretch,
        planned: PlannedFrame,
        since_before: Expected | None,
        standing: bool,
        odd: bool,
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
        lenders = self._lenders(planned.choices)
        if lenders:
            strength = planned.choices.settings.reference_strength
            seen = self._pool.submit(self._lent, colors, L, lenders, strength)
        else:
            closely = standing or planned.shot in self._wishes
            seen = self._pool.submit(self._answer, colors, L, closely, odd)
        return _Pending(
            stretch=stretch,
            shot=planned.shot,
            pts=frame.pts,
            picture=self._estimator.picture(frame.luma, info.encoding.depth),
            L=L,
            luma=None,
            since_before=since_before,
            stands_for_shot=standing,
            hint_lightness=lightness_for_hints(frame.luma, info) if hinted else None,
            seen=seen,
        )

    def _answer(self, colors: NetworkColors, L: Floats, closely: bool, mirrored: bool) -> Look:
        with self._stages.of("network"):
            if closely:
                return colors.look(L)
            return Look(colors.ask(L, mirrored=mirrored), None, ())

    def _lent(
        self, colors: NetworkColors, L: Floats, lenders: Sequence[Reference], strength: float
    ) -> Look:
        """Return what the network sees in the colours that photographs lend."""
        with self._stages.of("network"):
            look = colors.look(L)
            ab = lend_colors(L, look.ab, lenders, features=look.features, strength=strength)
            return replace(look, ab=ab)

    def _lenders(self, choices: ShotChoices) -> tuple[Reference, ...]:
        """Return the photographs that lend a shot their colours, each looked at once."""
        if choices.settings.reference_strength == 0:
            return ()
        return tuple(self._lender(path, choices.network) for path in choices.settings.references)

    def _lender(self, path: str, name: str | None) -> Reference:
        if (path, name) not in self._references:
            network = self._networks.main if name is None else self._networks.shots[name]
            L, ab = lab_of_reference(read_reference(Path(path)))
            self._references[path, name] = Reference(L, ab, features_of(network, L))
        return self._references[path, name]

    def _colors_of(self, name: str | None) -> NetworkColors:
        if name not in self._colors:
            network = self._networks.main if name is None else self._networks.shots[name]
            self._colors[name] = NetworkColors.of_film(network, self._source.info)
        return self._colors[name]
