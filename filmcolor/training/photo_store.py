"""Decoded pictures on disk, mapped into memory: decoding is paid for once, not in every epoch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import InputError
from filmcolor.system.atomic_output import atomic_output
from filmcolor.training.photo_sources import RGB, read_pictures

SHORT_SIDE = 192
"""Larger pictures are reduced to this before they are stored, in pixels."""

_SMALLEST_SIDE = 32
_PIXELS, _INDEX, _FACTS = "pictures.u8", "pictures.npy", "pictures.json"


@dataclass(frozen=True)
class PhotoStore:
    """Pictures of many sizes, one after another in one file.

    Attributes:
        folder: where the store lies.
        digest: SHA-256, lower-case hex, over all pixels and sizes, in order.
    """

    folder: Path
    digest: str
    _index: NDArray[np.int64] = field(repr=False)  # rows of offset, height, width
    _pixels: NDArray[np.uint8] = field(repr=False)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._index)

    def __reduce__(self) -> tuple[Callable[[Path], PhotoStore], tuple[Path]]:
        """Travel to another process as the name of the folder, not as gigabytes of pixels."""
        return open_store, (self.folder,)

    def __getitem__(self, number: int) -> RGB:
        """Return a picture, read-only; sRGB, uint8 (height, width, 3)."""
        offset, height, width = map(int, self._index[number])
        return self._pixels[offset : offset + height * width * 3].reshape(height, width, 3)


def open_store(folder: Path) -> PhotoStore:
    """Open a store that `build_store` has made.

    Raises:
        InputError: it is missing or cut off.
    """
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        index = np.load(folder / _INDEX)
        pixels = np.memmap(folder / _PIXELS, np.uint8, mode="r")
        whole = len(pixels) == facts["bytes"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder}: no whole store of pictures ({error}).") from error
    if not whole:
        raise InputError(f"{folder}: the store of pictures is cut off; delete the folder.")
    return PhotoStore(folder, facts["digest"], index, pixels)


def build_store(
    folder: Path, sources: Sequence[Path], progress: Callable[[int], None] | None = None
) -> PhotoStore:
    """Decode all pictures of `sources` into `folder`, unless that has been done already.

    Args:
        folder: is made; a store that was not finished is begun anew.
        sources: see `read_pictures`.
        progress: called with the number of pictures so far.

    Raises:
        InputError: a source cannot be read, there is no colour picture in all of them, or
            `folder` holds the pictures of other sources.
    """
    wanted = [str(source.resolve()) for source in sources]
    if (folder / _FACTS).exists():
        held = json.loads((folder / _FACTS).read_text(encoding="utf-8"))["sources"]
        if held != wanted:
            raise InputError(
                f"{folder}: holds the pictures of other sources ({', '.join(held)}); "
                "name another run or delete this folder."
            )
        return open_store(folder)
    folder.mkdir(parents=True, exist_ok=True)
    digest, rows, offset = hashlib.sha256(), [], 0
    with (folder / _PIXELS).open("wb") as file:
        for _, picture in read_pictures(sources):
            fitted = _reduced(picture)
            if min(fitted.shape[:2]) < _SMALLEST_SIDE:
                continue
            data = fitted.tobytes()
            file.write(data)
            digest.update(repr(fitted.shape).encode() + data)
            rows.append((offset, *fitted.shape[:2]))
            offset += len(data)
            if progress is not None:
                progress(len(rows))
    if not rows:
        raise InputError(f"{', '.join(map(str, sources))}: no colour pictures to train on.")
    np.save(folder / _INDEX, np.array(rows, np.int64))
    facts = {"sources": wanted, "digest": digest.hexdigest(), "bytes": offset, "count": len(rows)}
    # Written last: its presence says that the store is whole.
    with atomic_output(folder / _FACTS) as unfinished:
        unfinished.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return open_store(folder)


def _reduced(picture: RGB) -> RGB:
    height, width = picture.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
