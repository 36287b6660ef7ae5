"""The drift of films as a whole: points followed once, colours measured as often as is wanted."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from filmcolor.color.colorspace import Floats, Plane, YUVEncoding
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.shown import colored_film
from filmcolor.errors import InputError
from filmcolor.evaluation.drift import ColorDrift
from filmcolor.evaluation.followed_points import FollowedFrame, PointFollower
from filmcolor.evaluation.pictures import SHORTEST_SIDE, comparison_size, exact_ab
from filmcolor.evaluation.shot_frames import ShotFrames
from filmcolor.evaluation.truth import FINE_DEPTH, ColorReader, exact_rgb, grey_from_luma
from filmcolor.media.decode.luma import change_depth
from filmcolor.media.decode.probe import probe
from filmcolor.media.source import WHOLE_FILM, FrameRange, FrameSource
from filmcolor.planning.plan import Plan
from filmcolor.planning.planner import plan_film
from filmcolor.script.color_script import ColorScript
from filmcolor.script.network_colors import ColorNetwork, FilmNetworks
from filmcolor.settings import ColorSettings


@dataclass(frozen=True)
class FilmPoints:
    """Points of a film that were followed through it; some 30 kB for each grid of them."""

    size: tuple[int, int]
    """Height and width of the pictures that they are followed in, see `PointFollower`."""
    frames: list[FollowedFrame]
    """What each frame of the film means for them."""
    plan: Plan
    """By whose shots they were followed."""


def follow_film(source: FrameSource, part: FrameRange = WHOLE_FILM) -> FilmPoints:
    """Follow points through a film, or a part of it, by its luma.

    Raises `InputError` when it cannot be read, or is too small for optical flow.
    """
    info = source.info
    size = comparison_size(info.height, info.width)
    if min(size) < SHORTEST_SIDE:
        raise InputError(f"{info.path}: {info.width}x{info.height} is too small to follow points.")
    plan = plan_film(source, part)
    follower, shots = PointFollower(*size), ShotFrames(plan)
    found: list[FollowedFrame] = []
    with closing(source.frames(part)) as frames:
        for frame in frames:
            grey = grey_from_luma(frame.luma, info.encoding, size)
            found.append(follower.add(grey, shots.next(frame.pts)))
    return FilmPoints(follower.size, found, plan)


def measure(points: FilmPoints, colors: Iterable[Floats]) -> ColorDrift:
    """Return the drift of one version of the colours of a film whose points were followed.

    `colors`: a and b of each frame, as `own_colors` and `new_colors` yield them. Raises
    `ValueError` when these are not as many frames.
    """
    drift = ColorDrift(points.size)
    for ab, followed in zip(colors, points.frames, strict=True):
        drift.add(ab, followed)
    return drift


def drift_of(film: str | Path) -> ColorDrift:
    """Return the drift of the colours that a film has in its file, the result of `colorize`, say.

    >>> drift_of("old.color.mp4").relative(30)  # doctest: +SKIP

    Raises `InputError` when it cannot be read or is stored without colour.
    """
    reader = ColorReader(probe(Path(film)))
    return measure(follow_film(reader), own_colors(reader))


def own_colors(reader: ColorReader, part: FrameRange = WHOLE_FILM) -> Generator[Floats]:
    """Yield a and b of each frame, as the file has them, at the size of the comparison; float32,
    shape (height, width, 2). Raises `InputError` where there is no colour."""
    info = reader.info
    fine = info.encoding.with_depth(max(FINE_DEPTH, info.encoding.depth))
    with closing(reader.frames(part)) as frames, closing(reader.true_colors(part)) as colors:
        for frame, own in zip(frames, colors, strict=True):
            luma, u, v = (change_depth(x, info.encoding, fine) for x in (frame.luma, own.u, own.v))
            yield _ab(luma, u, v, fine)


def new_colors(
    source: FrameSource,
    settings: ColorSettings,
    network: ColorNetwork,
    plan: Plan | None = None,
    part: FrameRange = WHOLE_FILM,
    size: tuple[int, int] | None = None,
    script: ColorScript | None = None,
) -> Generator[Floats]:
    """Yield a and b of each frame as filmcolor colours it, before rounding to 8 bits; otherwise
    as `own_colors`. `size`: another height and width. Raises as `filmcolor.colorize` does."""
    encoding = source.info.encoding
    fine = encoding.with_depth(max(FINE_DEPTH, encoding.depth))
    task = ColorTask(settings, part, plan=plan, script=script, encoding=fine)
    with closing(colored_film(source, task, FilmNetworks(network))) as colored:
        for item in colored:
            yield _ab(item.luma, item.u, item.v, fine, size)


def _ab(
    luma: Plane,
    u: Plane,
    v: Plane,
    encoding: YUVEncoding,
    size: tuple[int, int] | None = None,
) -> Floats:
    return exact_ab(exact_rgb(luma, u, v, encoding, size or comparison_size(*luma.shape)))
