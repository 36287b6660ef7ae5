"""What people have changed in a folder of keyframes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from filmcolor.errors import InputError
from filmcolor.events import check_cancelled
from filmcolor.keyframes.index import NAME, ORIGINALS, Index, KeyframePicture, read_index
from filmcolor.keyframes.painted import HintStrokes, PaintedKeyframe, check_shape, read_content
from filmcolor.media.film import FilmInfo
from filmcolor.script.given import Given, GivenSource, Spread

_HINTS = ".hints"
"""What stands behind the name of a picture of strokes, before its suffix."""
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".tga", ".avif"})


@dataclass(frozen=True)
class ChangedPicture:
    """A picture in which something was painted."""

    path: Path
    entry: KeyframePicture
    hint: bool
    """Whether it holds strokes, to be spread over what belongs together."""
    share: float
    """Of the picture that was painted, 0 to 1."""
    colors: GivenSource


@dataclass(frozen=True)
class KeyframeFolder:
    """A folder of keyframes, compared with what was exported."""

    index: Index
    changed: tuple[ChangedPicture, ...]
    unchanged: int
    """Pictures that are as they were exported."""
    missing: int
    """Pictures that are not there any more."""
    unknown: tuple[str, ...]
    """Names of pictures that belong to no keyframe."""

    def as_json(self) -> dict[str, Any]:
        """Return the findings as plain values for `json.dumps`."""
        return {
            "changed": [
                {
                    "file": each.path.name,
                    "shot": each.entry.shot,
                    "frame": each.entry.frame,
                    "pts": each.entry.pts,
                    "hint": each.hint,
                    "share": round(each.share, 6),
                }
                for each in self.changed
            ],
            "unchanged": self.unchanged,
            "missing": self.missing,
            "unknown": list(self.unknown),
        }

    def given(self, spread: Spread) -> tuple[Given, ...]:
        """Return what was painted as colours of keyframes."""
        return tuple(
            Given(each.entry.shot, each.entry.pts, each.colors, spread, each.hint)
            for each in self.changed
        )


@dataclass
class Looked:
    """What an earlier look at a folder has found; what is the same still is not read again."""

    pictures: dict[Path, tuple[object, list[ChangedPicture]]] = field(default_factory=dict)
    _index: tuple[object, Index] | None = None

    def index(self, folder: Path, info: FilmInfo) -> Index:
        """Return the folder's index; see `read_index`."""
        path = folder / NAME
        try:
            stamp = _stamp(path)
        except OSError:
            return read_index(folder, info)  # it says what is wrong
        if self._index is None or self._index[0] != stamp:
            self._index = stamp, read_index(folder, info)
        return self._index[1]


def read_folder(folder: Path, info: FilmInfo, looked: Looked | None = None) -> KeyframeFolder:
    """Compare a folder with what was exported; one picture is in memory at a time.

    `looked`: what an earlier call has found, for pictures that are as they were then; it is
    brought up to date.

    Raises `InputError` when it is no folder of keyframes of this film, or holds a picture that
    cannot be read or has another shape.
    """
    looked = looked or Looked()
    index, files = looked.index(folder, info), _pictures(folder)
    changed: list[ChangedPicture] = []
    unchanged = missing = 0
    known: set[Path] = set()
    for entry in index.pictures:
        own = files.get(entry.stem.casefold(), [])
        strokes = files.get(f"{entry.stem}{_HINTS}".casefold(), [])
        known.update(own, strokes)
        painted = [
            each
            for path in own
            for each in _known(looked, path, entry, partial(_painted, path, folder, entry, info))
        ]
        hints = [
            each
            for path in strokes
            for each in _known(looked, path, entry, partial(_strokes, path, entry, info))
        ]
        for found in (painted, hints):
            if len(found) > 1:
                raise InputError(
                    f"{found[0].path}: and {found[1].path.name} are both changed pictures of one "
                    "keyframe; keep the one that counts.",
                    file=found[0].path,
                )
        changed += painted + hints
        unchanged += bool(own) and not painted
        missing += not own
    everything = {path for paths in files.values() for path in paths}
    unknown = tuple(sorted(path.name for path in everything - known))
    return KeyframeFolder(index, tuple(changed), unchanged, missing, unknown)


def _pictures(folder: Path) -> dict[str, list[Path]]:
    """Return the pictures of a folder by their names without suffix, in lower case."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file():
            found.setdefault(path.stem.casefold(), []).append(path)
    return found


def _known(
    looked: Looked,
    path: Path,
    entry: KeyframePicture,
    look: Callable[[], Iterable[ChangedPicture]],
) -> list[ChangedPicture]:
    """Return what is found in a picture, looked at anew if it is another than before."""
    try:
        stamp = *_stamp(path), entry
    except FileNotFoundError:  # taken away a moment ago
        return []
    known = looked.pictures.get(path)
    if known is None or known[0] != stamp:
        known = looked.pictures[path] = stamp, list(look())
    return known[1]


def _stamp(path: Path) -> tuple[int, int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _painted(
    path: Path, folder: Path, entry: KeyframePicture, info: FilmInfo
) -> Iterator[ChangedPicture]:
    original = folder / ORIGINALS / entry.file
    if not original.is_file():
        raise InputError(
            f"{original}: is missing, but {path.name} is compared with it; take {path.name} out of "
            f"the folder, or put it back (see {NAME}).",
            file=original,
        )
    if _same(path, original):
        return
    check_shape(path, entry)
    yield from _changed(path, entry, PaintedKeyframe(path, original, info), hint=False)


def _strokes(path: Path, entry: KeyframePicture, info: FilmInfo) -> Iterator[ChangedPicture]:
    content = read_content(path)
    check_shape(path, entry, content)
    strokes = HintStrokes(path, content, (entry.height, entry.width), info)
    for found in _changed(path, entry, strokes, hint=True):
        if found.share > 0.99:
            raise InputError(
                f"{path}: is nowhere transparent; a picture of hints holds strokes of colour on a "
                "transparent ground.",
                file=path,
            )
        yield found


def _changed(
    path: Path, entry: KeyframePicture, colors: PaintedKeyframe | HintStrokes, *, hint: bool
) -> Iterator[ChangedPicture]:
    check_cancelled()
    share = colors.share()
    if share > 0:
        yield ChangedPicture(path, entry, hint, share, colors)


def _same(one: Path, other: Path) -> bool:
    """Return whether two files are the same; saves decoding them."""
    try:
        if one.stat().st_size != other.stat().st_size:
            return False
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False
