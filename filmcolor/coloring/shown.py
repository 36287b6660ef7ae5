"""The frames of a film in colour, one after the other."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from filmcolor.color.colorspace import YUVEncoding
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.coloring.network_colors import ColorNetwork
from filmcolor.coloring.shot_state import ShotState
from filmcolor.coloring.stages import StageTimes
from filmcolor.media.decode.reader import WHOLE_FILM, FilmReader, Frame, FrameRange
from filmcolor.media.source import FrameSource
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.settings import Settings
from filmcolor.system.prefetch import Prefetch

_DECODED_AHEAD = 2


def needs_plan(settings: Settings) -> bool:
    """Return whether the method of `settings` needs to know the film's shots."""
    return settings.method != "frame"


def colored_film(
    source: FrameSource,
    settings: Settings,
    network: ColorNetwork,
    part: FrameRange = WHOLE_FILM,
    *,
    plan: Plan | None = None,
    encoding: YUVEncoding | None = None,
    chroma_size: tuple[int, int] | None = None,
    stages: StageTimes | None = None,
    state: ShotState | None = None,
    first_pts: int | None = None,
    shot_networks: Mapping[str, ColorNetwork] | None = None,
) -> Generator[ColoredFrame]:
    """Yield the frames of a film, or a part of it, with their new U and V planes.

    Planes are in `encoding` (the film's own by default); `chroma_size` (height, width) is that of
    4:2:0 by default. Without `plan`, one is made first where the method needs it. With `state`,
    that of the frame before `part`, its shot goes on; `first_pts` is the timestamp that the first
    frame is known to have. `shot_networks` are those that the plan names, by name; they are loaded
    where they are missing. Raises as `filmcolor.colorize` does.
    """
    info = source.info
    if plan is None and needs_plan(settings):
        plan = plan_film(source, part)
    if shot_networks is None:
        shot_networks = load_shot_networks(plan, settings)
    encoding = encoding or info.encoding
    size = chroma_size or ((info.height + 1) // 2, (info.width + 1) // 2)
    stages = stages or StageTimes()
    with (
        FilmColorizer(info, settings, network, encoding, size, stages, shot_networks) as colorizer,
        Prefetch(
            stages.reading("decode", _frames(source, part, first_pts)), _DECODED_AHEAD
        ) as decoded,
    ):
        yield from colorizer.frames(iter(decoded), plan, state)


def _frames(source: FrameSource, part: FrameRange, first_pts: int | None) -> Generator[Frame]:
    if first_pts is not None and isinstance(source, FilmReader):
        return source.frames(part, first_pts=first_pts)
    return source.frames(part)
