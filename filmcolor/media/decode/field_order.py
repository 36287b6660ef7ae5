"""Which of an interlaced frame's two fields is shown first."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
from av.filter import Graph

from filmcolor.media.decode.exact_numbers import exact

_SIZE = 16
"""Pixels a side that are looked at: what is in them is painted over."""


def top_field_first(frames: Iterable[av.VideoFrame]) -> bool:
    """Return what most of the interlaced `frames` say themselves; containers often say it wrongly.

    PyAV does not hand that flag on. So the rows of a copy are painted, black and white in turn, and
    FFmpeg takes it apart: the field that comes first is of the one colour or of the other.
    """
    votes = [_top_first(frame) for frame in frames if frame.interlaced_frame]
    return 2 * sum(votes) >= len(votes)


def _top_first(frame: av.VideoFrame) -> bool:
    if frame.height < 2:
        return True
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=exact(frame.time_base) or Fraction(1, 1000),
    )
    width, height = min(_SIZE, frame.width), min(_SIZE, frame.height // 2 * 2)
    steps = [
        graph.add("crop", f"{width}:{height}:0:0:exact=1"),
        graph.add("format", "gray"),
        graph.add("geq", "lum='255*mod(Y,2)'"),
        graph.add("separatefields"),
        graph.add("buffersink"),
    ]
    source.link_to(steps[0])
    for before, after in pairwise(steps):
        before.link_to(after)
    graph.configure()
    graph.push(frame)
    graph.push(None)
    field = graph.pull()
    assert isinstance(field, av.VideoFrame)
    return bool(np.mean(field.to_ndarray()) < 128)
