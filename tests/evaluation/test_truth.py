"""The true colours of films."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from filmcolor.color.colorspace import BT601, BT709, YUVEncoding
from filmcolor.errors import InputError
from filmcolor.evaluation.truth import ColorReader, exact_rgb, grey_from_luma, rounded
from filmcolor.media.decode.probe import probe
from filmcolor.media.source import FrameRange
from tests.clips import make_clip, read_frames


@pytest.mark.parametrize(
    ("pix_fmt", "codec"),
    [
        ("yuv420p", "ffv1"),
        ("yuv422p10le", "ffv1"),
        ("yuv444p", "libx264"),
        ("yuv411p", "ffv1"),
        ("nv12", "rawvideo"),
    ],
)
def test_planes_are_those_of_the_file(tmp_path: Path, pix_fmt: str, codec: str) -> None:
    film = make_clip(
        tmp_path / "film.nut", frames=4, size=(63, 48), pix_fmt=pix_fmt, codec=codec, grey=False
    )
    found = list(ColorReader(probe(film)).true_colors())
    assert len(found) == 4
    with av.open(str(film)) as container:
        for colors, frame in zip(found, container.decode(video=0), strict=True):
            if pix_fmt == "nv12":
                frame = frame.reformat(format="yuv420p")
            depth = frame.format.components[0].bits
            dtype = np.uint8 if depth == 8 else np.uint16
            for own, plane in zip((colors.u, colors.v), frame.planes[1:3], strict=True):
                rows = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)
                assert own.dtype == dtype
                assert np.array_equal(own, rows[:, : plane.width])
                assert own.std() > 0
    assert not np.array_equal(found[0].u, found[0].v)


def test_frames_are_those_of_the_luma(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", frames=20, grey=False)
    reader = ColorReader(probe(film))
    part = FrameRange(Fraction(7, 25), Fraction(13, 25))
    luma = [frame.pts for frame in reader.frames(part)]
    assert [colors.pts for colors in reader.true_colors(part)] == luma
    assert len(luma) == 6


def test_rgb_film(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", pix_fmt="bgr0", codec="ffv1", grey=False)
    reader = ColorReader(probe(film))
    frame, colors = next(reader.frames()), next(reader.true_colors())
    rgb = rounded(exact_rgb(frame.luma, colors.u, colors.v, reader.info.encoding, (48, 64)))
    with av.open(str(film)) as container:
        own = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(rgb.astype(int) - own).mean() < 2


def test_grey_film_is_refused(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "grey.mkv", pix_fmt="gray", codec="ffv1")
    with pytest.raises(InputError, match=r"grey\.mkv.*without colour"):
        next(ColorReader(probe(film)).true_colors())


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", [BT601, BT709], ids=lambda matrix: matrix.name)
def test_rgb_is_what_ffmpeg_shows(
    tmp_path: Path, matrix: object, full_range: bool, depth: int
) -> None:
    encoding = YUVEncoding(matrix, full_range, depth)  # type: ignore[arg-type]
    pix_fmt = "yuv444p" if depth == 8 else "yuv444p10le"
    film = make_clip(tmp_path / "film.mkv", frames=1, pix_fmt=pix_fmt, codec="ffv1", grey=False)
    (frame,) = read_frames(film)
    assert frame.u is not None
    assert frame.v is not None
    rgb = rounded(exact_rgb(frame.y, frame.u, frame.v, encoding, (48, 64)))
    with av.open(str(film)) as container:
        shown = next(container.decode(video=0)).reformat(
            format="rgb24",
            src_colorspace=1 if matrix is BT709 else 5,
            src_color_range=2 if full_range else 1,
            dst_color_range=2,
        )
    difference = np.abs(rgb.astype(int) - shown.to_ndarray())
    assert difference.max() <= 3
    assert difference.mean() < 1
    assert rgb.std() > 20


def test_grey_has_equal_channels() -> None:
    encoding = YUVEncoding(BT601, False, 10)
    luma = np.arange(64, 940, dtype=np.uint16).reshape(12, -1)
    neutral = np.full((6, 37), 512, np.uint16)
    rgb = rounded(exact_rgb(luma, neutral, neutral, encoding, luma.shape))
    grey = grey_from_luma(luma, encoding, luma.shape)
    assert (grey.min(), grey.max()) == (0, 255)
    assert np.ptp(rgb, axis=2).max() == 0
    assert np.abs(rgb[..., 1].astype(int) - grey).max() <= 1  # halves may go either way


def test_planes_meet_at_one_size() -> None:
    encoding = YUVEncoding(BT601, True, 8)
    luma = np.full((40, 60), 120, np.uint8)
    u, v = np.full((20, 15), 100, np.uint8), np.full((40, 60), 160, np.uint8)
    at_sizes = [rounded(exact_rgb(luma, u, v, encoding, size)) for size in ((40, 60), (17, 25))]
    assert [rgb.shape for rgb in at_sizes] == [(40, 60, 3), (17, 25, 3)]
    assert np.array_equal(np.unique(at_sizes[0]), np.unique(at_sizes[1]))
