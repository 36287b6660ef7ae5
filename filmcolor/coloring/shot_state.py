"""What colouring needs to go on in the middle of a shot as if it had never stopped."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.coloring.propagation import Keyframe
from filmcolor.colorspace import Floats


@dataclass(frozen=True)
class ShotState:
    """Where a shot stands behind a frame at which it can be divided."""

    frames: int
    """How many frames of the shot are done."""
    pts: int
    """Timestamp of the last one, in units of the film's time base."""
    time: Fraction
    """The same in seconds."""
    keyframe: Keyframe | None = None
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
        arrays["lightness"] = np.array(keyframe.lightness)
        for name in ("lines", "full"):
            values = getattr(keyframe, name)
            if values is not None:
                arrays[name] = values
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_state(data: bytes) -> ShotState | None:
    """Return the state in the bytes of a NumPy archive, or None where they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = dict(archive)
        keyframe = None
        if "ab" in arrays:
            keyframe = Keyframe(
                ab=arrays["ab"],
                lines=arrays.get("lines"),
                full=arrays.get("full"),
                picture=arrays["picture"],
                lightness=float(arrays["lightness"]),
            )
        numerator, denominator = (int(part) for part in arrays["time"])
        return ShotState(
            frames=int(arrays["frames"]),
            pts=int(arrays["pts"]),
            time=Fraction(numerator, denominator),
            keyframe=keyframe,
            smoothed=arrays.get("smoothed"),
        )
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, ZeroDivisionError):
        return None
