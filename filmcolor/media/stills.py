"""Reads sequences of pictures as films: folders, numbered files, animated pictures."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Mapping, Sequence
from copy import copy
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Protocol

from filmcolor.errors import InputError
from filmcolor.media.decode.luma import fit_luma
from filmcolor.media.film import STILLS, FilmInfo, Orientation, StreamInfo
from filmcolor.media.findings import Findings
from filmcolor.media.numbering import gaps_in_words, missing_numbers, natural_key
from filmcolor.media.pictures.animation import TICKS, Animation
from filmcolor.media.pictures.kinds import NUMBER_PATTERN, is_named_like_picture
from filmcolor.media.pictures.picture import Picture
from filmcolor.media.pictures.read import read_picture
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.settings import Missing, Transfer
from filmcolor.system.special_files import refuse_special


def find_stills(path: Path) -> list[Path] | None:
    """Return the pictures that `path` names as a sequence, in order; None where it names none.

    `path` is a folder of pictures, or a pattern such as `scan_%04d.png`. Raises `InputError` for
    a folder without pictures and for a pattern that nothing fits.
    """
    if path.is_dir():
        files = [
            p for p in path.iterdir() if is_named_like_picture(p) and not p.name.startswith(".")
        ]
        if not files:
            raise InputError(f"{path}: there are no pictures in this folder.")
        return _in_order(files)
    match = NUMBER_PATTERN.search(path.name)
    if match is None or path.exists():
        return None
    digits = rf"\d{{{match[2]},}}" if match[1] and match[2] else r"\d+"
    before, after = path.name[: match.start()], path.name[match.end() :]
    wanted = re.compile(re.escape(before) + f"({digits})" + re.escape(after))
    folder = path.parent
    found = [p for p in folder.iterdir() if wanted.fullmatch(p.name)] if folder.is_dir() else []
    if not found:
        raise InputError(f"{path}: no file fits this pattern.")
    return _in_order(found)


def _in_order(files: list[Path]) -> list[Path]:
    for file in files:
        refuse_special(file)
    return sorted(files, key=natural_key)


class Pictures(Protocol):
    """Pictures that follow each other; a copy, and one in another process, reads for itself."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def read(self, number: int) -> Picture:
        """Return one of them, from 0; raises `InputError` when it cannot be read."""
        ...

    def name(self, number: int) -> str:
        """Return what to call it in messages."""
        ...

    def close(self) -> None:
        """Close what reading has left open; reading opens it again."""
        ...


class PictureFiles:
    """Files, each of which is a picture, some of them shown several times in a row."""

    def __init__(
        self,
        files: Sequence[Path],
        transfer: Transfer = "auto",
        held: Mapping[Path, int] | None = None,
    ) -> None:
        """Take `files` in this order; `held` says which are shown more than once, and how often."""
        self._files = list(files)
        self._transfer = transfer
        times = held or {}
        self._ends = list(accumulate(times.get(file, 1) for file in self._files))

    def __len__(self) -> int:
        """Return how many pictures are shown."""
        return self._ends[-1] if self._ends else 0

    def read(self, number: int) -> Picture:
        """Return one of them, from 0; raises `InputError` when it cannot be read."""
        return read_picture(self._file(number), self._transfer)

    def name(self, number: int) -> str:
        """Return what to call it in messages."""
        return str(self._file(number))

    def close(self) -> None:
        """Do nothing: each picture is closed when it has been read."""

    def _file(self, number: int) -> Path:
        return self._files[bisect_right(self._ends, number)]


class StillsReader(FrameSource):
    """Reads pictures that follow each other as a film."""

    def __init__(self, info: FilmInfo, pictures: Pictures, notes: tuple[str, ...] = ()) -> None:
        """Read `pictures`; `info` tells of them, as `stills_info` does.

        `notes` are sentences about what was found when they were looked for.
        """
        self.info = info
        self.notes = notes
        self._pictures = pictures

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the pictures of `part`; the others are not read."""
        pictures = copy(self._pictures)
        try:
            yield from self._frames(pictures, part)
        finally:
            pictures.close()

    def frame_at(self, time: Fraction) -> Frame | None:
        """Return the picture shown at `time`, or None where the film has ended by then."""
        info = self.info
        if info.duration is not None and time >= info.duration:
            return None
        number = max(0, bisect_right(info.stills_times, time / info.time_base) - 1)
        picture = self._read(self._pictures, number)
        return self._frame(picture, number, 0, Findings(self._notes(picture)))

    def has_color(self) -> bool:
        """Return whether the first picture has colour, or a tint, of its own."""
        try:
            return self._read(self._pictures, 0).colored
        finally:
            self.close()

    def reopen(self) -> StillsReader:
        """Return a new reader of the same pictures, in the same order and at the same times."""
        return StillsReader(self.info, copy(self._pictures), self.notes)

    def close(self) -> None:
        """Close what `frame_at` has left open, to be quick when it is called again."""
        self._pictures.close()

    def _frames(self, pictures: Pictures, part: FrameRange) -> Generator[Frame]:
        info = self.info
        index = 0
        said: set[str] = set()
        for number in range(len(pictures)):
            pts = info.stills_times[number]
            time = pts * info.time_base
            if part.start is not None and time < part.start:
                continue
            if part.end is not None and time >= part.end:
                break
            picture = self._read(pictures, number)
            new = tuple(note for note in self._notes(picture) if note not in said)
            said.update(new)
            yield self._frame(picture, number, index, Findings(new))
            index += 1

    def _notes(self, picture: Picture) -> tuple[str, ...]:
        info = self.info
        notes = list(picture.notes)
        if picture.colored:
            notes.append("the pictures have colour or a tint of their own; it is replaced.")
        if picture.luma.shape != (info.height, info.width):
            notes.append(f"all pictures were brought to {info.width}x{info.height}.")
        if picture.is_transparent:
            notes.append("parts of the pictures are transparent; in the film they are not.")
        return tuple(notes)

    def _read(self, pictures: Pictures, number: int) -> Picture:
        picture = pictures.read(number)
        if picture.depth != self.info.encoding.depth:
            raise InputError(
                f"{pictures.name(number)}: has {picture.depth} bits, the pictures before it "
                f"have {self.info.encoding.depth}."
            )
        return picture

    def _frame(self, picture: Picture, number: int, index: int, found: Findings) -> Frame:
        info = self.info
        pts, end = info.stills_times[number], _end_of(info, number)
        luma = fit_luma(picture.luma, info.height, info.width)
        return Frame(index, pts, end - pts, luma, pts * info.time_base, found)


def _end_of(info: FilmInfo, number: int) -> int:
    """Return when a picture ends: when the next one begins, or the film ends."""
    if number + 1 < len(info.stills_times):
        return info.stills_times[number + 1]
    assert info.duration is not None
    return int(info.duration / info.time_base)


def stills_info(
    path: Path, pictures: Pictures, times: Sequence[int], time_base: Fraction, codec: str
) -> FilmInfo:
    """Return the facts about pictures that `path` names; the first of them is read for its size.

    `times`: when each is shown and, at the end, when the last one ends, in units of
    `time_base`; `codec`: of which kind they are. Raises `InputError` when that one cannot be read.
    """
    try:
        first = pictures.read(0)
    finally:
        pictures.close()
    height, width = first.luma.shape
    depth = first.depth
    duration = times[-1] * time_base
    return FilmInfo(
        path=path,
        container=STILLS,
        video=StreamInfo(0, "video", codec),
        width=width,
        height=height,
        pixel_format="gray" if depth == 8 else f"gray{depth}le",
        encoding=first.encoding,
        tagged_matrix=False,
        time_base=time_base,
        start=Fraction(0),
        container_start=Fraction(0),
        frame_rate=len(pictures) / duration,
        frames=len(pictures),
        duration=duration,
        sample_aspect_ratio=Fraction(1),
        orientation=Orientation(),
        interlaced=False,
        top_field_first=True,
        stills_times=times[:-1],
    )


def numbered_stills(
    path: Path,
    files: Sequence[Path],
    frame_rate: Fraction,
    *,
    missing: Missing = "skip",
    transfer: Transfer = "auto",
) -> StillsReader:
    """Return what reads `files`, in order, at a constant frame rate.

    `path` is the folder or pattern that named them. Raises `InputError` when the first cannot be
    read, and when numbers are missing and `missing` is `stop`.
    """
    gaps = missing_numbers(files)
    if gaps and missing == "stop":
        raise InputError(
            f"{path}: {gaps_in_words(gaps)}; `missing` hold or skip colours what is there."
        )
    held = {gap.after: 1 + gap.count for gap in gaps} if missing == "hold" else {}
    pictures = PictureFiles(files, transfer, held)
    codec = files[0].suffix.lstrip(".").lower()
    times = range(len(pictures) + 1)
    info = stills_info(path, pictures, times, 1 / frame_rate, codec)
    done = {
        "hold": "the picture before stays in their place.",
        "skip": "the film goes on without them (`missing` hold keeps the picture before).",
    }
    notes = (f"{gaps_in_words(gaps)}; {done[missing]}",) if gaps else ()
    return StillsReader(info, pictures, notes)


def animation_reader(path: Path) -> StillsReader:
    """Return what reads an animated picture; raises `InputError` when that cannot be read."""
    animation = Animation(path)
    times = tuple(accumulate(animation.durations, initial=0))
    codec = path.suffix.lstrip(".").lower()
    info = stills_info(path, animation, times, Fraction(1, TICKS), codec)
    return StillsReader(info, animation)
