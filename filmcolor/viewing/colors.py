"""The colours of single frames, as the whole film will have them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from filmcolor.color.chroma import ChromaTable
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.excerpt import colored_between, colored_moments
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import InputError
from filmcolor.events import check_cancelled
from filmcolor.jobs.manifest import content_of
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.encode.video_format import choose_encoder, video_format
from filmcolor.media.source import WHOLE_FILM, FrameSource
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.networks.look import Look
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import PlannedFrame, shot_choices
from filmcolor.planning.shot import Shot
from filmcolor.script.changes import Changes
from filmcolor.script.color_script import ShotLooks
from filmcolor.script.given import Given, placed
from filmcolor.script.given_layers import keyframe_wishes, lightness_for_hints
from filmcolor.script.network_colors import NetworkColors
from filmcolor.settings import Settings
from filmcolor.system.cpu import one_opencv_thread
from filmcolor.viewing.drafts import DraftStore
from filmcolor.viewing.found_colors import Decided, FoundColors
from filmcolor.viewing.recent_frames import RecentFrames
from filmcolor.viewing.screen import at_most
from filmcolor.viewing.view_script import ViewScript

_SHOWN_KEPT = 8
"""Frames that were asked for last, with their planes."""
_SCRIPTS_KEPT = 4

_LOOKED_THROUGH = 250
"""Frames, about, of shots of which it is found out together what they show, to play them."""

_AT_ONCE_LINES = 270
"""Height at which strokes are spread to be seen at once; half the full one, in a fourth of its
time."""

_AT_ONCE_CELLS = 2000

_READ_TOGETHER = 1500
"""Frames of shots whose keyframes are found in one go, ahead of need."""


def decided(plan: Plan, given: Sequence[Given]) -> Decided:
    """Return what is followed, as `filmcolor.colorize` would, of a plan and given colours."""
    followed = Changes(given=tuple(given)).followed(plan, WHOLE_FILM)
    return Decided(followed, tuple(placed(given, followed)))


class Colors:
    """Colours frames of one film; may be used by several threads."""

    def __init__(
        self, source: FrameSource, settings: Settings, network: Network, cache: Path | None
    ) -> None:
        """Prepare for a film; `cache`: where what is found is kept, if not as usual."""
        self._source = source
        quick = source.hurried() if isinstance(source, FilmReader) else source.reopen()
        self._recent = RecentFrames(quick)
        self._settings = settings
        self._network = network
        self._networks: dict[str, Network] = {}
        video = video_format(source.info, settings, choose_encoder(settings, source.info, None))
        self.encoding = video.encoding
        self._chroma_size = video.chroma_size
        self._store = DraftStore(content_of(source.info.path), cache)
        self._found = FoundColors(source, settings, network, self._store)
        self._one_at_a_time = threading.RLock()
        self._asked = threading.Condition()
        self._asking = 0
        """Frames that are asked for: what is found ahead of need waits for them."""
        self._scripts: OrderedDict[int, tuple[Decided, ViewScript]] = OrderedDict()
        self._shown: OrderedDict[tuple[int, int], tuple[Decided, ColoredFrame]] = OrderedDict()
        self._last_shown: OrderedDict[int, ColoredFrame] = OrderedDict()
        self._looks: OrderedDict[tuple[int, str | None], Look] = OrderedDict()
        self._table = ChromaTable(self.encoding)

    def close(self) -> None:
        """Let go of files."""
        self._recent.close()
        self._store.close()

    def at(self, wanted: Decided, pts: int) -> ColoredFrame:
        """Return a frame with its planes; raises as `filmcolor.colorize` does."""
        with self._first(), self._one_at_a_time:
            known = self._shown.get((id(wanted), pts))
            if known is not None:
                return known[1]
            script = self._script_of(wanted)
            script.find(pts)
            moments = [Fraction(pts)]
            task = self._task(script)
            networks = script.film_networks
            with closing(colored_moments(self._recent, task, networks, moments)) as colored:
                found = next(colored, None)
            if found is None:
                info = self._source.info
                raise InputError(f"{info.path}: a frame could not be decoded.", file=info.path)
            self._last_shown[pts] = found
            if len(self._last_shown) > _SHOWN_KEPT:
                self._last_shown.popitem(last=False)
            # What was wanted is kept with it, so that nothing else gets its identity.
            self._shown[id(wanted), pts] = wanted, found
            if len(self._shown) > _SHOWN_KEPT:
                self._shown.popitem(last=False)
            return found

    def between(self, wanted: Decided, first: int, last: int) -> Generator[ColoredFrame]:
        """Yield all frames from one time in ticks to another, coloured ahead."""
        script = self._new_script(wanted)
        script.look()
        ends = [(first, last)]
        if wanted.plan.rooms == "unsought":  # and what shots show is not known far ahead
            ends = _in_parts(wanted.plan, first, last)
        for begin, end in ends:
            script.find_kinds(begin, end)
            yield from self._between(script, begin, end)

    def _between(self, script: ViewScript, first: int, last: int) -> Generator[ColoredFrame]:
        task = self._task(script)
        known: set[int] = set()

        def coming(planned: PlannedFrame) -> None:
            if planned.shot not in known:
                known.add(planned.shot)
                script.find_shot(planned.shot)

        ends = Fraction(first), Fraction(last)
        with closing(
            colored_between(self._source, task, script.film_networks, ends, coming)
        ) as colored:
            yield from colored

    def _task(self, script: ViewScript) -> ColorTask:
        return ColorTask(
            self._settings, WHOLE_FILM, script.plan, script, self.encoding, self._chroma_size
        )

    def last_shown(self, pts: int) -> ColoredFrame | None:
        """Return a frame as it was shown last, if that was lately; whatever was decided then."""
        return self._last_shown.get(pts)

    def at_once(self, shown: ColoredFrame, wanted: Decided) -> ColoredFrame:
        """Return a frame with what is painted on it, before its shot is looked at.

        `shown`: as it was before. Where strokes rule, it gets their colours.
        """
        pts = shown.frame.pts
        shot = wanted.plan.shots[wanted.plan.place_at(pts)]
        wishes = keyframe_wishes(wanted.plan, wanted.given).get(shot.number or 1, {}).get(pts)
        if wishes is None:
            return shown
        info = self._source.info
        with self._first(), one_opencv_thread():
            height, width = shown.u.shape
            scale = min(1.0, _AT_ONCE_LINES / height)
            size = max(1, round(scale * height)), max(1, round(scale * width))
            L = lightness_for_hints(at_most(shown.frame.luma, *size), info)
            given = wishes.colors(L, self._look(shown, shot), info, cells=_AT_ONCE_CELLS)
            layer = np.dstack([given.ab * given.weight[..., None], given.weight])
            how = cv2.INTER_AREA if height < layer.shape[0] else cv2.INTER_LINEAR
            layer = np.asarray(cv2.resize(layer, (width, height), interpolation=how), np.float32)
            weight = layer[..., 2]
            ab = layer[..., :2] / np.maximum(weight, np.float32(1e-6))[..., None]
            painted = self._table.planes(shown.luma, np.ascontiguousarray(ab))
            planes = (
                np.rint(own + weight * (new.astype(np.float32) - own)).astype(own.dtype)
                for own, new in zip((shown.u, shown.v), painted, strict=True)
            )
            u, v = planes
        return replace(shown, u=u, v=v)

    def _look(self, shown: ColoredFrame, shot: Shot) -> Look:
        """Return what the network sees in a frame; that of the last frames is known."""
        name = shot_choices(shot, self._settings).network
        key = shown.frame.pts, name
        if key not in self._looks:
            network = self._network if name is None else self._networks[name]
            colors = NetworkColors.of_film(network, self._source.info)
            self._looks[key] = colors.look(colors.lightness(shown.frame.luma))
            if len(self._looks) > _SHOWN_KEPT:
                self._looks.popitem(last=False)
        return self._looks[key]

    def look(self, wanted: Decided) -> None:
        """Look at one keyframe of each shot, where that was not done yet."""
        self._new_script(wanted).look(check_cancelled)

    def keep_looks(self, wanted: Decided) -> Callable[..., None]:
        """Return what takes what a network makes of each shot of a plan.

        It waits while a frame is asked for.
        """
        script = self._new_script(wanted)

        def keep(shot: Shot, looks: ShotLooks) -> None:
            self._wait_for_asked()
            self._store.keep_looks(script.looks_key(shot.number or 1), looks)

        return keep

    def find_ahead(
        self,
        wanted: Decided,
        near: int,
        done: Callable[[int], None],
        is_wanted: Callable[[], bool],
    ) -> bool:
        """Find the colours of some shots that are not known yet; return whether there were any.

        Those behind the time `near` first, in ticks. Waits while a frame is asked for. `done` is
        called after each frame that is read with how many frames the missing shots have;
        `is_wanted` says whether `wanted` is what is followed still.
        """
        script = self._new_script(wanted)
        missing = script.missing
        if not missing:
            return False
        place = next((at for at, shot in enumerate(missing) if shot.end_pts > near), 0)
        left = sum(shot.frames for shot in missing)

        def read() -> None:
            self._wait_for_asked()
            done(left)

        def carry() -> bool:
            self._wait_for_asked()
            return is_wanted()

        script.find_whole(_together(missing[place:]), read, carry)
        return True

    def _wait_for_asked(self) -> None:
        with self._asked:
            while self._asking:
                self._asked.wait(0.5)
                check_cancelled()
        check_cancelled()

    @contextmanager
    def _first(self) -> Iterator[None]:
        """Have what is found ahead of need wait within the block."""
        with self._asked:
            self._asking += 1
        try:
            yield
        finally:
            with self._asked:
                self._asking -= 1
                self._asked.notify_all()

    def _script_of(self, wanted: Decided) -> ViewScript:
        if id(wanted) not in self._scripts:
            self._scripts[id(wanted)] = wanted, self._new_script(wanted)
            if len(self._scripts) > _SCRIPTS_KEPT:
                self._scripts.popitem(last=False)
        return self._scripts[id(wanted)][1]

    def _new_script(self, wanted: Decided) -> ViewScript:
        for shot in wanted.plan.shots:
            name = shot.settings.network
            if name is not None and name not in self._networks:
                own = {shot.number or 1: shot.settings}
                self._networks |= load_shot_networks(None, self._settings, None, own)
        return ViewScript(self._found, wanted, self._networks)


def _in_parts(plan: Plan, first: int, last: int) -> list[tuple[int, int]]:
    """Return the parts of a film in which some shots are shown, from one time to another."""
    parts = []
    begin, frames = first, 0
    for shot in plan.shots[plan.place_at(first) : plan.place_at(last) + 1]:
        frames += shot.frames
        if frames >= _LOOKED_THROUGH and shot.end_pts <= last:
            parts.append((begin, shot.end_pts - 1))
            begin, frames = shot.end_pts, 0
    return [*parts, (begin, last)]


def _together(shots: Sequence[Shot]) -> list[Shot]:
    """Return the first of some shots: those that follow each other, and are not too long."""
    chosen = [shots[0]]
    for shot in shots[1:]:
        apart = shot.pts != chosen[-1].end_pts
        if apart or sum(each.frames for each in chosen) > _READ_TOGETHER:
            break
        chosen.append(shot)
    return chosen
