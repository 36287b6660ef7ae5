"""Which stretches of a film are read for the colours of its keyframes, or of some of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from filmcolor.media.source import FrameRange
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import Passed
from filmcolor.planning.shot import Keyframe, Shot
from filmcolor.script.consensus import REACH, Agreed


@dataclass(frozen=True)
class Stretch:
    """Shots that follow each other, or a part of one, read in one go."""

    shots: tuple[Shot, ...]
    begins: int = 0
    """With which keyframe of its shot reading begins; 0: with the shot."""
    ends: int | None = None
    """Behind which keyframe of its shot reading ends; None: with the shot."""
    finds: tuple[int | None, int | None] = (None, None)
    """Timestamps between which colours of keyframes are found, the end excluded: so far from the
    ends of the stretch that they are what they are in the whole shot. None: from the first one on,
    to the last one."""

    @property
    def first(self) -> Keyframe | None:
        """With which keyframe reading begins; None: with the first shot."""
        return self.shots[0].keyframes[self.begins] if self.begins else None

    @property
    def last(self) -> Keyframe | None:
        """Behind which keyframe reading ends; None: with the last shot."""
        return None if self.ends is None else self.shots[-1].keyframes[self.ends]

    @property
    def is_part(self) -> bool:
        """Whether it is less than whole shots."""
        return self.begins > 0 or self.ends is not None

    @property
    def passed(self) -> Passed | None:
        """How far the first shot has come where reading begins."""
        first = self.first
        if first is None:
            return None
        return Passed(first.frame - self.shots[0].first_frame, first.pts - 1)

    @property
    def frames(self) -> int:
        """About how many frames are read."""
        first, last = self.first, self.last
        begin = self.shots[0].first_frame if first is None else first.frame
        end = self.shots[-1].end_frame if last is None else last.frame + 1
        return max(1, end - begin)

    def part(self, plan: Plan) -> FrameRange:
        """Return the part of the film in which it lies; reading may end earlier."""
        unit, covered, first = plan.film.time_base, plan.covered, self.first
        start = covered.start if self.shots[0] is plan.shots[0] else self.shots[0].pts * unit
        end = covered.end if self.shots[-1] is plan.shots[-1] else self.shots[-1].end_pts * unit
        return FrameRange(start if first is None else first.pts * unit, end)

    @property
    def from_beginning(self) -> Stretch:
        """The stretch that begins with the shot."""
        return replace(self, begins=0)

    def holds(self, keyframe: Agreed) -> bool:
        """Return whether the colours of this keyframe are found."""
        first, last = self.finds
        after_first = first is None or keyframe.pts >= first
        return after_first and (last is None or keyframe.pts < last)


def whole_shots(shots: Iterable[Shot]) -> list[Stretch]:
    """Return the stretches of whole shots, in order."""
    return _joined(Stretch((shot,)) for shot in shots)


def parts_of_shots(shots: Iterable[Shot], needed: Mapping[int, Collection[int]]) -> list[Stretch]:
    """Return the stretches of `shots` for the colours of some keyframes; long ones are in parts.

    `needed`: places of keyframes in their shot, by the shot's pts, as `keyframes_around` gives
    them.
    """
    return _joined(
        stretch for shot in shots for stretch in _parts(shot, sorted(needed.get(shot.pts, ())))
    )


def keyframes_around(plan: Plan, moments: Iterable[Fraction]) -> dict[int, set[int]]:
    """Return which keyframes of each shot, by its pts, frames at `moments` can depend on.

    `moments`: in units of the film's time base.

    -1 stands for the beginning of a shot, the number of its keyframes for its end: there the ends
    of dissolves become keyframes. A keyframe that an edited plan puts between two frames is the
    later one, so that the one before counts, too.
    """
    needed: dict[int, set[int]] = defaultdict(set)
    shots = plan.shots
    for moment in moments:
        place = plan.place_at(moment)
        before = sum(each.pts <= moment for each in shots[place].keyframes) - 1
        needed[shots[place].pts] |= {max(-1, before - 1), before, before + 1}
        earlier = place
        while before < 1 and earlier > 0 and shots[earlier - 1].dissolves_into(shots[earlier]):
            earlier -= 1
            before = len(shots[earlier].keyframes)
            needed[shots[earlier].pts] |= {max(-1, before - 1), before}
        if place + 1 < len(shots) and shots[place].dissolves_into(shots[place + 1]):
            needed[shots[place + 1].pts] |= {-1, 0}
    return needed


def _parts(shot: Shot, needed: Sequence[int]) -> Iterator[Stretch]:
    """Yield the stretches of a shot for some of its keyframes."""
    keyframes, begin = shot.keyframes, 0
    if needed and not _is_counted(shot):
        yield Stretch((shot,))
        return
    for place in range(1, len(needed) + 1):
        if place < len(needed) and needed[place] - needed[place - 1] <= 2 * REACH:
            continue
        first, last = needed[begin], needed[place - 1]
        begin = place
        begins, ends = first - REACH, last + REACH
        from_beginning = begins <= 0
        to_end = ends >= len(keyframes) - 1
        yield Stretch(
            (shot,),
            0 if from_beginning else begins,
            None if to_end else ends,
            (
                None if from_beginning else keyframes[first].pts,
                None if to_end else keyframes[last + 1].pts,
            ),
        )


def _is_counted(shot: Shot) -> bool:
    """Return whether each keyframe of the plan is one of the film, and there are no others before.

    A dissolve makes its end one; of two that an edited plan puts between the same frames, one is
    left. And it counts: every other one is seen in the mirror.
    """
    usual = (shot.end_pts - shot.pts) / shot.frames
    apart = (other.pts - one.pts >= usual for one, other in pairwise(shot.keyframes))
    return shot.opens.kind != "dissolve" and all(apart)


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches, in order, in which those of whole shots that follow each other are one."""
    joined: list[Stretch] = []
    for stretch in stretches:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.finds == stretch.finds == (None, None)
            and before.shots[-1].end_pts == stretch.shots[0].pts
        ):
            joined[-1] = Stretch(before.shots + stretch.shots)
        else:
            joined.append(stretch)
    return joined
