"""What comes with a frame besides its picture."""

from __future__ import annotations

from typing import Any

import av
from av.sidedata.sidedata import SideDataContainer

_side_data: Any = SideDataContainer  # PyAV's stubs do not know its argument


def frame_side_data(frame: av.VideoFrame, kind: str) -> bytes | None:
    """Return the side data of a kind, such as "DISPLAYMATRIX"; None where the frame has none.

    PyAV cannot list a frame's side data when one kind is newer than its own list of kinds. All of
    it is passed over then.
    """
    try:
        # `frame.side_data` would be held by the frame and hold it: none would leave memory until
        # Python looks for garbage.
        data: Any = _side_data(frame).get(kind)
    except (ValueError, KeyError):
        return None
    return None if data is None else bytes(data)
