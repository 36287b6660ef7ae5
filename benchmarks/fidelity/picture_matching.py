"""Compares how two films' pictures look and are shown: size, shape, rotation and luma."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from benchmarks.fidelity.streams import VideoInfo

UPRIGHT = (1.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class LumaDifference:
    """Mean absolute difference of the Y planes of a few frames, in 8-bit levels."""

    frames: int
    mean: float
    worst_frame: float


def luma_difference(source: VideoInfo, result: VideoInfo) -> LumaDifference | None:
    """Compare the luma of the kept frames that both films have."""
    if not same_size(source, result):
        return None
    differences = []
    for index in sorted(source.kept.keys() & result.kept.keys()):
        old, new = _luma_pair(source.kept[index], result.kept[index])
        height, width = min(old.shape[0], new.shape[0]), min(old.shape[1], new.shape[1])
        difference = np.abs(
            old[:height, :width].astype(np.int16) - new[:height, :width].astype(np.int16)
        )
        differences.append(float(difference.mean()))
    if not differences:
        return None
    return LumaDifference(len(differences), sum(differences) / len(differences), max(differences))


def same_size(source: VideoInfo, result: VideoInfo) -> bool:
    """Whether the sizes are equal, or odd sides padded to even ones."""
    widths = (source.width, source.width + source.width % 2)
    heights = (source.height, source.height + source.height % 2)
    return result.width in widths and result.height in heights


def picture_problems(source: VideoInfo, result: VideoInfo) -> tuple[list[str], list[str]]:
    """Return the problems and the notes on size, sample aspect ratio and rotation."""
    problems: list[str] = []
    notes: list[str] = []
    sizes = f"{source.width}x{source.height} became {result.width}x{result.height}"
    turned = not _close(source.matrix, UPRIGHT) and _close(result.matrix, UPRIGHT)
    swapped = VideoInfo(**{**vars(source), "width": source.height, "height": source.width})
    if turned and not same_size(source, result) and same_size(swapped, result):
        notes.append(f"the rotation was applied to the picture: {sizes}")
        return problems, notes
    if not same_size(source, result):
        problems.append(f"picture size: {sizes}")
    elif (source.width, source.height) != (result.width, result.height):
        notes.append(f"padded to even sides: {sizes}")
    if not _close(source.matrix, result.matrix):
        problems.append(f"display matrix {source.matrix} became {result.matrix}")
    old, new = source.sample_aspect_ratio, result.sample_aspect_ratio
    if abs(old - new) > old / 1000:
        problems.append(f"sample aspect ratio {old} became {new}")
    elif old != new:
        notes.append(f"sample aspect ratio {old} is stored as {new}")
    return problems, notes


def _close(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(abs(a - b) < 0.02 for a, b in zip(first, second, strict=True))


def _luma_pair(
    source: VideoFrame, result: VideoFrame
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Both Y planes as stored when their ranges are the same, else both in full range."""
    if _has_plain_luma(source) and _has_plain_luma(result) and _range(source) == _range(result):
        return _first_plane(source), _first_plane(result)
    return _first_plane(source.reformat(format="gray")), _first_plane(
        result.reformat(format="gray")
    )


def _has_plain_luma(frame: VideoFrame) -> bool:
    name = frame.format.name
    return name == "gray" or (name.startswith(("yuv4", "yuvj4")) and name.endswith("p"))


def _range(frame: VideoFrame) -> str:
    full = frame.format.name.startswith(("yuvj", "gray")) or int(frame.color_range) == 2
    return "full" if full else "limited"


def _first_plane(frame: VideoFrame) -> npt.NDArray[np.uint8]:
    plane = frame.planes[0]
    pixels = np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size)
    luma: npt.NDArray[np.uint8] = pixels[: frame.height, : frame.width]
    return luma
