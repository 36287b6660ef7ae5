"""Finds out how a film is turned when it is shown."""

from __future__ import annotations

import av
import numpy as np

from filmcolor.media.decode.side_data import frame_side_data
from filmcolor.media.film import Orientation


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Return how a decoded frame is turned and mirrored, by the matrix that came with it."""
    degrees = int(frame.rotation)
    data = frame_side_data(frame, "DISPLAYMATRIX")
    if data is not None:
        matrix = np.frombuffer(data, dtype=np.int32).astype(np.float64)
        if matrix[0] * matrix[4] - matrix[1] * matrix[3] < 0:
            # Undo a left-right flip (negate the first row's effect on x), then read the angle.
            angle = float(np.degrees(np.arctan2(matrix[1], -matrix[0])))
            return Orientation(-round(angle) % 360, mirrored=True)
    return Orientation(degrees % 360)
