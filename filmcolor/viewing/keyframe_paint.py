"""What is painted on frames, as files of a folder of keyframes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from filmcolor.errors import InputError
from filmcolor.keyframes.folder import Looked, read_folder
from filmcolor.keyframes.index import (
    NAME,
    ORIGINALS,
    Index,
    KeyframePicture,
    index_text,
    picture_name,
)
from filmcolor.media.film import FilmInfo
from filmcolor.media.timecode import format_timecode
from filmcolor.media.upright import full_size
from filmcolor.planning.plan import Plan
from filmcolor.script.given import Given
from filmcolor.viewing.document import Files
from filmcolor.viewing.moments import Moment
from filmcolor.viewing.pictures_given import (
    GivenPicture,
    picture_file,
    pixels_of,
    png_bytes,
    shape_of,
)
from filmcolor.viewing.strokes import Layer, drawn
from filmcolor.viewing.viewed import RGB, Stroke

_OTHER_SHAPE = 0.02
"""By which the ratio of the sides may differ."""
_STROKES = ".hints.png"


class KeyframePaint:
    """The pictures of a folder of keyframes, and how they would be otherwise."""

    def __init__(self, folder: Path, info: FilmInfo) -> None:
        """Look at nothing yet; the folder need not be there."""
        self._folder = folder
        self._info = info
        self._looked = Looked()
        self._read: tuple[object, tuple[Given, ...]] = (None, ())

    @property
    def stamp(self) -> object:
        """What is another when a picture is."""
        try:
            if not (self._folder / NAME).is_file():
                return None
            facts = [(path.name, path.stat()) for path in self._folder.iterdir()]
        except OSError:
            return None
        return tuple(sorted((name, f.st_size, f.st_mtime_ns, f.st_ino) for name, f in facts))

    def given(self) -> tuple[Given, ...]:
        """Return what is painted; raises `InputError` for pictures that will not do."""
        stamp = self.stamp
        if stamp is None:
            return ()
        if self._read[0] != stamp:
            folder = read_folder(self._folder, self._info, self._looked)
            self._read = stamp, folder.given("shot")
        return self._read[1]

    def painted(self) -> list[int]:
        """Return the timestamps of the frames on which something is painted, in order."""
        return sorted({each.pts for each in self.given()})

    def with_strokes(self, plan: Plan, moment: Moment, strokes: Iterable[Stroke]) -> Files:
        """Return the files in which there are more strokes on a frame.

        Raises `UsageError` for strokes that will not do.
        """
        entry, entries = self._entries(moment)
        path = self._folder / f"{entry.stem}{_STROKES}"
        layer = drawn(self._layer(path), strokes)
        data = png_bytes(layer) if layer[..., 3].any() else None
        return {path: data, **self._index(plan, entries)}

    def with_picture(self, plan: Plan, moment: Moment, picture: GivenPicture, shown: RGB) -> Files:
        """Return the files in which a frame is repainted; `shown`: the frame as it is, in full.

        Raises `InputError` for a picture that will not do.
        """
        data, suffix = picture_file(picture)
        height, width = full_size(self._info)
        rows, columns = shape_of(data)
        if abs(columns * height / (rows * width) - 1) > _OTHER_SHAPE:
            raise InputError(
                f"the picture has {columns}x{rows} pixels, but the frame is {width}x{height}; "
                "take one that is not cropped."
            )
        entry, entries = self._entries(moment)
        files: dict[Path, bytes | None] = dict.fromkeys(self._own(entry))
        files[self._folder / f"{entry.stem}{suffix}"] = data
        files[self._folder / ORIGINALS / entry.file] = png_bytes(shown)
        return files | dict(self._index(plan, entries))

    def without(self, plan: Plan, moment: Moment) -> Files:
        """Return the files in which nothing is painted on a frame."""
        entry, entries = self._entries(moment)
        files: dict[Path, bytes | None] = dict.fromkeys(self._own(entry))
        files[self._folder / f"{entry.stem}{_STROKES}"] = None
        files[self._folder / ORIGINALS / entry.file] = None
        left = [each for each in entries if each != entry]
        return files | dict(self._index(plan, left))

    def _layer(self, path: Path) -> Layer:
        try:
            return pixels_of(path.read_bytes())
        except FileNotFoundError:
            return np.zeros((*full_size(self._info), 4), np.uint8)

    def _own(self, entry: KeyframePicture) -> list[Path]:
        """Return the pictures of a frame that were repainted, whatever their format."""
        if not self._folder.is_dir():
            return []
        return [
            path
            for path in self._folder.iterdir()
            if path.is_file() and path.stem.casefold() == entry.stem.casefold()
        ]

    def _entries(self, moment: Moment) -> tuple[KeyframePicture, list[KeyframePicture]]:
        """Return what stands in the index of a frame, and of all frames."""
        known: Sequence[KeyframePicture] = ()
        if (self._folder / NAME).is_file():
            known = self._looked.index(self._folder, self._info).pictures
        for each in known:
            if each.pts == moment.pts:
                return each, list(known)
        info, shot = self._info, moment.shot
        at = max(Fraction(0), moment.pts * info.time_base - info.start)
        height, width = full_size(info)
        entry = KeyframePicture(
            file=picture_name(shot, at, moment.number),
            shot=shot.number or 1,
            pts=moment.pts,
            frame=moment.number,
            time=format_timecode(at),
            width=width,
            height=height,
        )
        return entry, sorted([*known, entry], key=lambda each: each.pts)

    def _index(self, plan: Plan, entries: Sequence[KeyframePicture]) -> Files:
        path = self._folder / NAME
        if not entries:
            return {path: None}
        index = Index(plan=plan, pictures=tuple(entries))
        if path.is_file() and self._looked.index(self._folder, self._info) == index:
            return {}
        return {path: index_text(index).encode()}
