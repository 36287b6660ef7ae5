"""What an evaluation found, and how it is told to programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filmcolor.evaluation.drift import DriftFigures
from filmcolor.evaluation.pictures import LONGEST_SIDE, PictureFigures
from filmcolor.evaluation.returns import ReturnFigures
from filmcolor.evaluation.temporal import TemporalFigures

Figures = dict[str, float | int | None]

DEFINITIONS = {
    "pictures": f"at the film's or photo's own size, averaged down to a long side of "
    f"{LONGEST_SIDE} pixels; each figure is the mean over frames or photos",
    "psnr": "mean over frames of the PSNR of 8-bit RGB, in dB; at most 60 for one frame",
    "ssim": "scikit-image structural_similarity, channel_axis, uniform 7x7 window, data range 255",
    "ciede2000": "mean colour difference over pixels, Lab for D65 from 8-bit sRGB",
    "colorfulness": "Hasler and Suesstrunk 2003, signed opponent colours, as in the paper",
    "colorfulness_abs": "the same with absolute opponent colours, as DDColor and ColorMNet publish",
    "chroma": "mean of sqrt(a^2 + b^2) in Lab",
    "warp_error_rgb": "Lai et al. 2018, RGB in 0..1, pixels that are not occluded; flow is OpenCV "
    "DIS (preset medium) on luma: compare only with other runs of this command",
    "warp_distance_ab": "mean of sqrt(da^2 + db^2) in Lab along the same flow, pixels that are not "
    "occluded, before rounding to 8 bits: compare only with other runs of this command",
    "cdc": "colour distribution consistency (TCVC): Jensen-Shannon divergence in nats of RGB "
    "histograms, distances 1, 2, 4; cdc_gap is |cdc - cdc_truth|",
    "flicker_ab": "mean distance in ab between neighbouring frames where nothing moves and the "
    "luma stands still, before rounding to 8 bits",
    "drift_30": "mean distance in ab, before rounding to 8 bits, between the colours of a point in "
    "one frame and 30 frames later; points of a grid, begun every 15 frames of a shot, are "
    "followed from frame to frame along OpenCV's DIS at a long side of 480 pixels, as long as "
    "there and back agree and the luma stays the same: compare only with runs of this command",
    "drift_90": "the same for 90 frames",
    "drift_30_relative": "drift_30 divided by the mean chroma of the same colours",
    "drift_90_relative": "drift_90 divided by the mean chroma of the same colours",
    "drift_30_points": "how many points were followed for 30 frames, in all",
    "drift_90_points": "how many points were followed for 90 frames, in all",
    "return_ab": "mean distance in ab, before rounding to 8 bits, between colours of a place in "
    "one shot and in the next shot of the same room; places are found again by the network's "
    "features, in the frame in the middle of each shot, where they are sure to be the same",
    "returns": "how many pairs of such shots were compared",
    "rooms": "how many places several shots show, as far as filmcolor finds out",
    "_truth": "the same figure of the true colours",
    "_grey": "the same figure of the picture without colour",
    "coloring_fps": "frames or photos coloured in a second of wall-clock time: reading and "
    "colouring, without encoding and without the evaluation itself",
    "network_passes": "pictures that the network was given",
}


@dataclass(frozen=True)
class FilmEvaluation:
    """What was found about one film."""

    input: Path
    frames: int
    width: int
    """Of the comparison, in pixels."""
    height: int
    pictures: PictureFigures
    temporal: TemporalFigures
    drift: DriftFigures
    returns: ReturnFigures
    coloring_seconds: float
    """Wall-clock time of reading and colouring, without the evaluation itself."""
    network_passes: int
    """Pictures that the network was given."""
    notes: list[str] = field(default_factory=list)

    @property
    def figures(self) -> Figures:
        """All figures by name."""
        return {
            **asdict(self.pictures),
            **asdict(self.temporal),
            **asdict(self.drift),
            **asdict(self.returns),
            **_speed(self.frames, self.coloring_seconds, self.network_passes),
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "input": str(self.input),
            "frames": self.frames,
            "width": self.width,
            "height": self.height,
            **plain(self.figures),
            "notes": self.notes,
        }


@dataclass(frozen=True)
class PhotosEvaluation:
    """What was found about one photo, or the photos of one folder or archive."""

    input: Path
    photos: int
    pictures: PictureFigures
    coloring_seconds: float
    network_passes: int
    notes: list[str] = field(default_factory=list)

    @property
    def figures(self) -> Figures:
        """All figures by name."""
        return {
            **asdict(self.pictures),
            **_speed(self.photos, self.coloring_seconds, self.network_passes),
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "input": str(self.input),
            "photos": self.photos,
            **plain(self.figures),
            "notes": self.notes,
        }


@dataclass(frozen=True)
class Evaluation:
    """What was found about all inputs."""

    films: list[FilmEvaluation]
    photos: list[PhotosEvaluation]
    network: str
    engine: str
    """Engine and precision, such as `onnxruntime f32`."""
    method: str

    @property
    def films_mean(self) -> Figures:
        """The mean of each figure over the films that have it; empty without films."""
        return mean_figures(film.figures for film in self.films)

    @property
    def photos_mean(self) -> Figures:
        """The mean of each figure over the inputs of photos; empty without photos."""
        return mean_figures(photos.figures for photos in self.photos)

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `json.dumps`."""
        return {
            "network": self.network,
            "engine": self.engine,
            "method": self.method,
            "films": [film.as_json() for film in self.films],
            "films_mean": plain(self.films_mean),
            "photos": [photos.as_json() for photos in self.photos],
            "photos_mean": plain(self.photos_mean),
            "definitions": DEFINITIONS,
        }


def mean_figures(rows: Iterable[Mapping[str, float | int | None]]) -> Figures:
    """Return the mean of each figure over the rows that have it; None where no row does."""
    columns: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            known = columns.setdefault(name, [])
            if value is not None:
                known.append(value)
    return {name: _mean(values) for name, values in columns.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _speed(pictures: int, seconds: float, passes: int) -> Figures:
    return {
        "coloring_fps": pictures / seconds if seconds > 0 else None,
        "network_passes": passes,
    }


def plain(figures: Figures) -> Figures:
    """Return figures with six digits each."""
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in figures.items()
    }
