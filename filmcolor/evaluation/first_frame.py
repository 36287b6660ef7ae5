"""The protocol first-frame: the true colours of the first frame of each shot are known, and the
rest of it is to be coloured."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from typing_extensions import Unpack

from filmcolor.color.chroma import ChromaTable
from filmcolor.color.colorspace import Floats, Plane, YUVEncoding
from filmcolor.errors import InputError, UsageError
from filmcolor.evaluation.color_distribution import ColorDistribution
from filmcolor.evaluation.evaluate import EvaluatedPart, Time, make_part
from filmcolor.evaluation.given_shot import GivenShot, ShotColoring, ShotPart, clear_parts
from filmcolor.evaluation.inputs import Film, find_inputs
from filmcolor.evaluation.lab import RGB8, ciede2000, lab_from_rgb
from filmcolor.evaluation.pictures import SHORTEST_SIDE, comparison_size, exact_ab, psnr
from filmcolor.evaluation.report import Figures, mean_figures, plain
from filmcolor.evaluation.shot_colorings import baselines
from filmcolor.evaluation.truth import FINE_DEPTH, ColorReader, exact_rgb, resized, rounded
from filmcolor.evaluation.wrapped_psnr import wrapped_psnr
from filmcolor.events import (
    CancelToken,
    Events,
    FilmBegun,
    FilmDone,
    FrameDone,
    Listener,
    check_cancelled,
    stopped_by,
)
from filmcolor.media.decode.luma import change_depth
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.positions import resolve_range
from filmcolor.media.source import FrameRange
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.planner import plan_film
from filmcolor.settings import Settings, SettingsOptions, make_settings

LONGEST_SIDE = 960
"""Pixels; larger films are averaged down before they are compared."""

DEFINITIONS = {
    "protocol": "first-frame: the true colours of the first frame of each shot are known; fades "
    "and dissolves are left out, and shots of one frame",
    "frames": "those that are compared: all but the first of each shot",
    "pictures": "8-bit RGB of the film's own luma and the colours of each way, at the film's own "
    f"size, averaged down to a long side of {LONGEST_SIDE} pixels",
    "psnr": "mean over frames of the PSNR of 8-bit RGB, in dB; at most 60 for one frame",
    "psnr_wrapped": "the same by the WRONG formula of ColorMNet's published evaluation, in which "
    "differences and squares wrap around in uint8: to be compared with such figures alone",
    "ciede2000": "mean colour difference over pixels, Lab for D65 from 8-bit sRGB",
    "cdc": "colour distribution consistency (TCVC): Jensen-Shannon divergence in nats of RGB "
    "histograms, distances 1, 2, 4; over all frames of the shots",
    "cdc_truth": "the same of the true colours",
    "grey": "no colour",
    "carried": "filmcolor's own: the first frame's colours given to a keyframe, see "
    "`filmcolor.Given`, and carried through the shot as when a film is coloured",
    "held": "the colours of the first frame, in each",
    "network": "the network alone, frame by frame",
    "chain": "colours warped from frame to frame along the motion that filmcolor goes by",
    "fine chain": "colours warped from frame to frame along DIS flow (preset fast) at half the "
    "size of the comparison",
}


@dataclass(frozen=True)
class FirstFrameFilm:
    """What was found about one film."""

    input: Path
    frames: int
    """That were compared."""
    shots: int
    width: int
    """Of the comparison, in pixels."""
    height: int
    cdc_truth: float | None
    ways: dict[str, Figures]
    """By the name of each way: `psnr`, `psnr_wrapped`, `ciede2000`, `cdc`, see `DEFINITIONS`."""

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "input": str(self.input),
            "frames": self.frames,
            "shots": self.shots,
            "width": self.width,
            "height": self.height,
            **plain({"cdc_truth": self.cdc_truth}),
            "ways": {name: plain(figures) for name, figures in self.ways.items()},
        }


@dataclass(frozen=True)
class FirstFrameEvaluation:
    """What was found about all films."""

    films: list[FirstFrameFilm]
    network: str
    engine: str
    """Engine and precision, such as `onnxruntime f32`."""

    @property
    def mean(self) -> dict[str, Figures]:
        """For each way, the mean of its figures over the films."""
        names = dict.fromkeys(name for film in self.films for name in film.ways)
        return {name: mean_figures(film.ways[name] for film in self.films) for name in names}

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "protocol": "first-frame",
            "network": self.network,
            "engine": self.engine,
            "films": [film.as_json() for film in self.films],
            "mean": {name: plain(figures) for name, figures in self.mean.items()},
            "definitions": DEFINITIONS,
        }


def evaluate_first_frame(
    sources: str | Path | Sequence[str | Path],
    *,
    start: Time | None = None,
    end: Time | None = None,
    frames: int | None = None,
    network: Network | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> FirstFrameEvaluation:
    """Colour films of which the first frame of each shot is known, in several ways.

    Arguments and errors are those of `evaluate`, but for photos, which have no first frame:
    `UsageError`. Memory does not depend on the films' length.
    """
    settings = make_settings(**options)
    part = make_part(start, end, frames)
    films = first_frame_inputs(sources)
    network = network or load_chosen_network(settings)
    ways = baselines(network, settings)
    rows, events = [], Events(listeners)
    with stopped_by(cancel):
        for number, item in enumerate(films, 1):
            events.tell(FilmBegun(item.path, number, len(films)))
            rows.append(color_from_first_frames(item, ways, settings, part, events))
            events.tell(FilmDone(item.path))
    return as_first_frame_evaluation(rows, network)


def first_frame_inputs(sources: str | Path | Sequence[str | Path]) -> list[Film]:
    """Return the films that `sources` name; raises `InputError` and, for photos, `UsageError`."""
    inputs = find_inputs([sources] if isinstance(sources, str | Path) else sources)
    films = [item for item in inputs if isinstance(item, Film)]
    for item in inputs:
        if not isinstance(item, Film):
            raise UsageError(
                f"{item.path}: photos have no first frame; first-frame is for films.",
                what="protocol",
                file=item.path,
            )
    return films


def color_from_first_frames(
    film: Film,
    ways: Mapping[str, ShotColoring],
    settings: Settings,
    part: EvaluatedPart,
    events: Events | None = None,
) -> FirstFrameFilm:
    """Measure several ways on one film; raises as `evaluate` does."""
    info = probe(film.path)
    size = comparison_size(info.height, info.width, LONGEST_SIDE)
    if min(size) < SHORTEST_SIDE:
        raise InputError(
            f"{film.path}: {info.width}x{info.height} is too small or too narrow to evaluate."
        )
    wanted = resolve_range(info, part.start, part.end, part.frames)
    total = part.frames or (info.frames if wanted.is_whole else None)
    source = FilmReader(info, settings.deinterlace)
    truth = _Truth(ColorReader(info, settings.deinterlace), size)
    scores = {name: _Score() for name in ways}
    cdc_truth = ColorDistribution()
    read = compared = shots = 0
    with closing(clear_parts(source, plan_film(source, wanted), wanted)) as parts:
        for clear in parts:
            if clear.frames > 1:
                shots += 1
                for number, (true, results) in enumerate(_colored(source, truth, clear, ways)):
                    cdc_truth.add(true)
                    true_lab = lab_from_rgb(true) if number else None
                    for name, rgb in results.items():
                        scores[name].add(rgb, true, true_lab)
                    compared += number > 0
                    check_cancelled()
                    if events is not None:
                        events.tell(FrameDone(read + number + 1, total))
            read += clear.frames
    if compared == 0:
        raise InputError(f"{film.path}: there is no shot of two frames in this range.")
    return FirstFrameFilm(
        input=film.path,
        frames=compared,
        shots=shots,
        width=size[1],
        height=size[0],
        cdc_truth=cdc_truth.value,
        ways={name: score.figures() for name, score in scores.items()},
    )


def _colored(
    source: FilmReader, truth: _Truth, clear: ShotPart, ways: Mapping[str, ShotColoring]
) -> Generator[tuple[RGB8, dict[str, RGB8]]]:
    """Yield the true picture of each frame of a shot, and those that each way makes of it."""
    given = GivenShot(source, clear.part, truth.first_ab(clear.part))
    with ExitStack() as stack:
        true_frames = stack.enter_context(closing(truth.frames(clear.part)))
        colors = [stack.enter_context(closing(way(given))) for way in ways.values()]
        for true, *answers in zip(true_frames, *colors, strict=True):
            results = (truth.colored(true.luma, ab) for ab in answers)
            yield true.rgb, dict(zip(ways, results, strict=True))


class _TrueFrame(NamedTuple):
    luma: Plane
    """At the size of the comparison, in 12 bits."""
    exact: Floats
    rgb: RGB8


class _Truth:
    """The true pictures of a film, and those of its luma in other colours."""

    def __init__(self, reader: ColorReader, size: tuple[int, int]) -> None:
        self._reader, self._size = reader, size
        encoding = reader.info.encoding
        self._fine: YUVEncoding = encoding.with_depth(max(FINE_DEPTH, encoding.depth))
        self._chroma = ChromaTable(self._fine)

    def frames(self, part: FrameRange) -> Generator[_TrueFrame]:
        reader, fine = self._reader, self._fine
        with closing(reader.frames(part)) as frames, closing(reader.true_colors(part)) as colors:
            for frame, own in zip(frames, colors, strict=True):
                luma, u, v = (
                    change_depth(plane, reader.info.encoding, fine)
                    for plane in (frame.luma, own.u, own.v)
                )
                luma = np.rint(resized(luma, self._size)).astype(fine.dtype)
                exact = exact_rgb(luma, u, v, fine, self._size)
                yield _TrueFrame(luma, exact, rounded(exact))

    def first_ab(self, part: FrameRange) -> Floats:
        with closing(self.frames(part)) as frames:
            return exact_ab(next(frames).exact)

    def colored(self, luma: Plane, ab: Floats) -> RGB8:
        """Return the picture with this luma and these colours."""
        fine = self._fine
        codes = self._chroma.color_differences(luma, ab) * np.float32(fine.chroma_span)
        codes += np.float32(fine.chroma_zero)
        return rounded(exact_rgb(luma, codes[..., 0], codes[..., 1], fine, self._size))


@dataclass
class _Score:
    """The figures of one way, frame by frame."""

    count: int = 0
    sums: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("psnr", "psnr_wrapped", "ciede2000"), 0.0)
    )
    cdc: ColorDistribution = field(default_factory=ColorDistribution)

    def add(self, rgb: RGB8, true: RGB8, true_lab: Floats | None) -> None:
        """Take in the next frame; without `true_lab`, it was given and is not compared."""
        self.cdc.add(rgb)
        if true_lab is None:
            return
        self.count += 1
        self.sums["psnr"] += psnr(rgb, true)
        self.sums["psnr_wrapped"] += wrapped_psnr(rgb, true)
        self.sums["ciede2000"] += float(ciede2000(lab_from_rgb(rgb), true_lab).mean())

    def figures(self) -> Figures:
        means: Figures = {name: total / self.count for name, total in self.sums.items()}
        return means | {"cdc": self.cdc.value}


def as_first_frame_evaluation(
    films: Iterable[FirstFrameFilm], network: Network
) -> FirstFrameEvaluation:
    """Return what was found about several films as one report."""
    return FirstFrameEvaluation(list(films), network.name, f"{network.engine} {network.precision}")
