"""Bridges the places where a stream's clock starts again, or jumps.

Cells of a DVD each begin at their own time, recordings are joined end to end, and the clock of MPEG
streams has 33 bits and is back at 0 after 26.5 hours. What comes behind such a place is moved so
that the film goes on one frame later; sound and other streams are moved by as much.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.film import FilmInfo, Jump
from filmcolor.media.places import places_in_words

MAY_JUMP = frozenset({"mpeg", "mpegts"})
"""FFmpeg's names of the containers whose clock may start again."""

_BACK, _AHEAD = Fraction(1, 10), Fraction(10)
"""Seconds by which decoding times have to go back, or ahead, to be those of another clock (as in
FFmpeg, which has the same limits)."""

_ALIKE = Fraction(5)
"""Seconds by which jumps of two streams at the same place may differ: joined recordings are not
cut at the same moment in all streams."""

_LONGEST_STILL = Fraction(600)
"""Seconds for which a silent film may show one picture."""

_TOLERANCE = Fraction(1, 2)
"""Seconds by which a jump between two blocks of decoded sound may differ from that of packets."""

_WRAP = Fraction(1 << 33, 90_000)
"""Seconds after which the clock of MPEG streams is back at 0."""


@dataclass(frozen=True)
class Scan:
    """What the packets of a film tell about its clock."""

    jumps: tuple[Jump, ...]
    end: Fraction
    """When the last packet of video ends, with all jumps bridged."""
    packets: int
    """How many of video there are."""
    begins: Mapping[int, Fraction]
    """When each stream begins, by its own clock."""


@dataclass
class _Seen:
    """A jump of one stream, as it was found."""

    position: int
    time: Fraction
    """What the clock shows behind it, in seconds."""
    by: Fraction
    """Seconds by which the clock has gone ahead of what was due; negative where it goes back."""


@dataclass
class _Clock:
    """The clock of one stream while its packets are read."""

    last: Fraction | None = None
    step: Fraction = Fraction(0)
    position: int = 0
    doubtful: tuple[Fraction, int] | None = None
    """Time and place of a packet that may be the first behind a jump, or be wrong alone."""

    def take(self, packet: Any) -> _Seen | None:
        """Look at the next packet; return the jump that it confirms, if it does."""
        if packet.pos is not None and packet.pos >= 0:
            self.position = packet.pos
        at = packet.pts if packet.dts is None else packet.dts
        unit = exact(packet.time_base)
        if at is None or unit is None or not packet.size:
            return None
        time = at * unit
        found = None
        if self.last is None or self._follows(self.last, time):
            self.doubtful = None
        elif self.doubtful is None or not self._follows(self.doubtful[0], time):
            self.doubtful = time, self.position
            return None
        else:
            first, position = self.doubtful
            found = _Seen(position, first, first - self.last - self.step)
            self.doubtful = None
        if packet.duration:
            self.step = packet.duration * unit
        elif found is None and self.last is not None and time > self.last:
            self.step = time - self.last
        self.last = time
        return found

    @staticmethod
    def _follows(before: Fraction, time: Fraction) -> bool:
        return -_BACK <= time - before <= _AHEAD


def scan(packets: Iterable[Any], video: int, sound: Sequence[int]) -> Scan:
    """Look through all packets of a film.

    `video`: index of its video stream, `sound`: those of its sound streams.
    """
    clocks: dict[int, _Clock] = {}
    seen: dict[int, list[_Seen]] = {}
    begins: dict[int, Fraction] = {}
    count = 0
    for packet in packets:
        unit = exact(packet.time_base)
        if packet.pts is not None and unit is not None:
            begins.setdefault(packet.stream_index, packet.pts * unit)
        found = clocks.setdefault(packet.stream_index, _Clock()).take(packet)
        if found is not None:
            seen.setdefault(packet.stream_index, []).append(found)
        count += packet.stream_index == video and bool(packet.size)
    others = {index: found for index, found in seen.items() if index in sound and index != video}
    heard = any(index in clocks for index in sound)
    true = [jump for jump in seen.get(video, []) if _is_true(jump, others if heard else None)]
    bridged = _bridged(video, true)
    jumps = list(bridged)
    for index in clocks.keys() - {video}:
        jumps += _alike(index, seen.get(index, []), bridged)
    clock = clocks.get(video, _Clock())
    offset = bridged[-1].offset if bridged else Fraction(0)
    return Scan(tuple(jumps), (clock.last or Fraction(0)) + clock.step + offset, count, begins)


def _is_true(jump: _Seen, sound: dict[int, list[_Seen]] | None) -> bool:
    """Whether the clock is another one: else a picture stays, or some are missing, for so long.

    `sound`: the jumps of the sound, if there is any, which jumps ahead as well.
    """
    if jump.by < 0:
        return True
    if sound is None:
        return jump.by > _LONGEST_STILL
    return any(abs(jump.by - other.by) <= _ALIKE for found in sound.values() for other in found)


def _bridged(stream: int, jumps: Sequence[_Seen]) -> list[Jump]:
    """Return the jumps of the video, with what is added to timestamps behind each."""
    found: list[Jump] = []
    offset = Fraction(0)
    for jump in jumps:
        offset += _WRAP if abs(jump.by + _WRAP) < _AHEAD else -jump.by
        found.append(Jump(stream, jump.position, jump.by, offset, jump.time + offset))
    return found


def _alike(stream: int, own: Sequence[_Seen], video: Sequence[Jump]) -> Iterator[Jump]:
    """Yield the jumps of another stream: where it jumps itself, by as much as the video."""
    left = list(own)
    for jump in video:
        places = [n for n, other in enumerate(left) if abs(other.by - jump.by) <= _ALIKE]
        if places:
            match = left[places[0]]
            del left[: places[0] + 1]
            yield replace(jump, stream=stream, position=match.position, by=match.by)
        else:
            yield replace(jump, stream=stream)


def bridge(info: FilmInfo, stream: int) -> Callable[[Any], bool]:
    """Return a function that moves packets of `stream`, in the order of the file, to the one clock.

    It returns whether it knows where the packet belongs; where a film is read from its middle, and
    the first packets do not tell their place, it does not.
    """
    jumps = [jump for jump in info.jumps if jump.stream == stream]
    if not jumps:
        return lambda packet: True
    places = [jump.position for jump in jumps]
    offsets = [Fraction(0), *(jump.offset for jump in jumps)]
    known = False
    place = 0

    def move(packet: Any) -> bool:
        nonlocal known, place
        unit = exact(packet.time_base)
        if packet.pos is not None and packet.pos >= 0:
            known = True
            place = bisect_right(places, packet.pos)
        if unit is not None:
            shown = place
            if packet.pts is not None and packet.dts is not None and place < len(jumps):
                shown += _spans(jumps[place], (packet.pts - packet.dts) * unit)
            if packet.pts is not None:
                packet.pts += round(offsets[shown] / unit)
            if packet.dts is not None:
                packet.dts += round(offsets[place] / unit)
        return known or not packet.size

    return move


_NEARLY = Fraction(1, 2), Fraction(3, 2)
"""How many times a jump a packet's delay is, at least and at most, when the jump is part of it."""


def _spans(jump: Jump, delay: Fraction) -> bool:
    """Whether a packet before `jump` is shown behind it, by the time from decoding it to showing.

    Where frames are reordered, some are decoded before a jump that they are shown behind.
    """
    least, most = _NEARLY
    return least <= delay / jump.by <= most


def bridged_packets(jumps: Sequence[Jump]) -> str:
    """Return FFmpeg's bitstream filter that moves the packets of a stream with these `jumps`.

    A packet that does not tell its place goes with the one before.
    """
    behind, across = [], []
    least, most = _NEARLY
    earlier = 0
    for jump, by in zip(jumps, _steps(jumps), strict=True):
        behind.append(rf"gte(POS\,{jump.position})*{by}")
        delay = rf"(PTS-DTS)*TB/({jump.by})"
        across.append(
            rf"between(POS\,{earlier}\,{jump.position - 1})"
            rf"*between({delay}\,{least}\,{most})*{by}"
        )
        earlier = jump.position
    moved = []
    for name, terms in (("PTS", behind + across), ("DTS", behind)):
        before = rf"if(isnan(PREV_IN{name})\,0\,PREV_OUT{name}-PREV_IN{name})"
        offset = rf"if(lt(POS\,0)\,{before}\,{_sum(terms)}/TB)"
        moved.append(rf"{name.lower()}=if(eq({name}\,NOPTS)\,NOPTS\,{name}+{offset})")
    return f"setts={':'.join(moved)}"


def bridged_frames(jumps: Sequence[Jump]) -> str:
    """Return FFmpeg's filter that moves decoded sound of a stream with these `jumps`.

    Decoded sound does not tell its place: the next jump is known by how far its clock goes.
    """
    due = _sum([rf"eq(ld(0)\,{number})*({jump.by})" for number, jump in enumerate(jumps)])
    offset = _sum([rf"gt(ld(0)\,{number})*{by}" for number, by in enumerate(_steps(jumps))])
    is_due = rf"lt(abs((PTS-PREV_INPTS)*TB-{due})\,{float(_TOLERANCE)})"
    is_next = rf"lt(ld(0)\,{len(jumps)})*{is_due}"
    return rf"asetpts=st(0\,ld(0)+if(isnan(PREV_INPTS)\,0\,{is_next}))*0+PTS+{offset}/TB"


def _steps(jumps: Sequence[Jump]) -> list[str]:
    """Return what each jump adds to the offset, in seconds, as FFmpeg reads it."""
    offsets = [Fraction(0), *(jump.offset for jump in jumps)]
    return [f"({after - before})" for before, after in pairwise(offsets)]


def _sum(terms: Sequence[str]) -> str:
    """Return the sum as FFmpeg reads it, which takes no expression that is 100 levels deep.

    `a+b+c` is one level deeper with each term, `(a+b)+(c+d)` with each doubling.
    """
    if len(terms) == 1:
        return terms[0]
    middle = len(terms) // 2
    return f"({_sum(terms[:middle])}+{_sum(terms[middle:])})"


def own_time(info: FilmInfo, time: Fraction) -> Fraction:
    """Return what the video's own clock shows at `time`, in seconds on the film's bridged clock."""
    offset = Fraction(0)
    for jump in video_jumps(info):
        if jump.begins <= time:
            offset = jump.offset
    return time - offset


def video_jumps(info: FilmInfo) -> tuple[Jump, ...]:
    """Return the jumps of the film's own video, in order."""
    return tuple(jump for jump in info.jumps if jump.stream == info.video.index)


def clock_notes(info: FilmInfo) -> list[str]:
    """Return sentences about where the film's clock jumps, and where its video ends early."""
    if info.goes_on is not None:
        place = places_in_words(info, [round(info.goes_on.at / info.time_base)])
        return [
            f"the video ends at {place}, where stream {info.goes_on.stream} begins: the film seems "
            "to go on in that one, which is coloured where it is chosen as the video stream."
        ]
    ticks = [round(jump.begins / info.time_base) for jump in video_jumps(info)]
    if not ticks:
        return []
    return [
        f"the film's clock starts again or jumps at {places_in_words(info, ticks)}; what follows "
        "is put right behind what came before, the sound with it."
    ]
