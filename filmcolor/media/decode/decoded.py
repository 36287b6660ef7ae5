"""A decoded frame, with its time and what was found on the way to it."""

from __future__ import annotations

from dataclasses import dataclass

import av

from filmcolor.media.findings import Findings


@dataclass
class Decoded:
    """A frame as the decoder gives it."""

    pts: int
    """When it is shown, in units of the film's time base."""
    duration: int
    """How long it is shown, in the same units."""
    picture: av.VideoFrame
    found: Findings
    """What was found since the frame before."""
