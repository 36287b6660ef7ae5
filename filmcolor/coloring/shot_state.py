"""What colouring needs to go on in the middle of a shot as if it had never stopped."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Floats
from filmcolor.coloring.carried_frame import ColoredKeyframe


@dataclass(frozen=True)
class ShotState:
    """Where a shot stands behind a frame at which it can be divided."""

    frames: int
    """How many frames of the shot are done."""
    pts: int
    """Timestamp of the last one, in units of the film's time base."""
    time: Fraction
    """The same in seconds."""
    keyframe: ColoredKeyframe | None = None
    """Method `propagate`: the last frame, which is a keyframe."""
    smoothed: Floats | None = None
    """Method `smooth`: the smoothed ab so far."""


def state_bytes(state: ShotState) -> bytes:
    """Return a state as the bytes of a NumPy archive."""
    arrays: dict[str, NDArray[Any]] = {
        "frames": np.array(state.frames, np.int64),
        "pts": np.array(state.pts, np.int64),
        "time": np.array([state.time.numerator, state.time.denominator], np.int64),
    }
    if state.smoothed is not None:
        arrays["smoothed"] = state.smoothed
    keyframe = state.keyframe
    if keyframe is not None:
        arrays |= {"ab": keyframe.ab, "picture": keyframe.picture}
        arrays["lightness"] = np.array([keyframe.lightness, keyframe.contrast])
        for name, values in (("lines", keyframe.coefficients), ("full", keyframe.full)):
            if values is not None:
                arrays[name] = values
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_state(data: bytes) -> ShotState | None:
    """Return the state in the bytes of a NumPy archive, or None where they are damaged.

    Nothing in them is unpickled or unpacked.
    """
    # Damaged archives make NumPy raise errors of many classes; and Python 3.11's parser, which it
    # uses on the headers, fails now and then when another thread uses it, too (SystemError).
    try:
        return _state_of(_arrays(data))
    except Exception:
        return None


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        if any(member.compress_type != zipfile.ZIP_STORED for member in file.infolist()):
            raise ValueError("states are not compressed")
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return dict(archive)


def _state_of(arrays: dict[str, NDArray[Any]]) -> ShotState:
    keyframe = smoothed = None
    if "ab" in arrays:
        picture = arrays["picture"]
        if picture.dtype != np.uint8 or picture.ndim != 2:
            raise ValueError("the picture is none")
        lightness, contrast = (float(number) for number in arrays["lightness"])
        if not (isfinite(lightness) and isfinite(contrast)):
            raise ValueError("there are no finite numbers")
        keyframe = ColoredKeyframe(
            ab=_floats(arrays["ab"], 2, picture.shape),
            coefficients=_floats(arrays["lines"], 4, picture.shape) if "lines" in arrays else None,
            full=_floats(arrays["full"], 2) if "full" in arrays else None,
            picture=picture,
            lightness=lightness,
            contrast=contrast,
        )
        if keyframe.coefficients is None and keyframe.full is None:
            raise ValueError("the keyframe is not whole")
    if "smoothed" in arrays:
        smoothed = _floats(arrays["smoothed"], 2)
    numerator, denominator = (int(part) for part in arrays["time"])
    return ShotState(
        frames=int(arrays["frames"]),
        pts=int(arrays["pts"]),
        time=Fraction(numerator, denominator),
        keyframe=keyframe,
        smoothed=smoothed,
    )


def _floats(array: NDArray[Any], channels: int, size: tuple[int, ...] | None = None) -> Floats:
    """Return an array if it holds finite numbers, shape (height, width, channels)."""
    if array.ndim != 3 or array.shape[2] != channels or array.size == 0:
        raise ValueError(f"the shape {array.shape} is wrong")
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError("there are no finite numbers")
    if size is not None and array.shape[:2] != size:
        raise ValueError(f"the size {array.shape[:2]} is not {size}")
    return array
