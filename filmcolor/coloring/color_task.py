"""What is to be coloured of a film."""

from __future__ import annotations

from dataclasses import dataclass

from filmcolor.color.colorspace import YUVEncoding
from filmcolor.coloring.shot_state import ShotState
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.planning.plan import Plan
from filmcolor.script.color_script import ColorScript
from filmcolor.settings import ColorSettings


@dataclass(frozen=True)
class ColorTask:
    """What is to be coloured of a film, and how."""

    settings: ColorSettings
    part: FrameRange = WHOLE_FILM
    plan: Plan | None = None
    """Made first where it is missing and the method needs it."""
    script: ColorScript | None = None
    """Colours of the plan's keyframes; None: the network is asked for them first."""
    encoding: YUVEncoding | None = None
    """Of the planes; None: the film's own."""
    chroma_size: tuple[int, int] | None = None
    """Height and width of the chroma planes; None: that of 4:2:0."""
    state: ShotState | None = None
    """That of the frame before `part`, where its shot goes on."""
