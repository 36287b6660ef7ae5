"""What a preview shows is the film: the very pixels that a run makes of the same part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import Network
from filmcolor.color.rgb import rgb_of_planes
from filmcolor.media.decode.probe import probe
from filmcolor.media.upright import show_upright, shown_size
from filmcolor.planning.shot import ShotSettings
from tests.clips import make_clip, read_frames
from tests.coloring.films import texture

SIZE = 400, 240


def turning_film(path: Path, **options: Any) -> Path:
    """Two places by turns, 28 frames; lossless, and too large for a sheet."""
    wide = [texture((SIZE[1], 600), seed, level) for seed, level in ((3, 90), (4, 150))]

    def picture(index: int) -> np.ndarray:
        return wide[10 <= index < 20][:, 6 * index : 6 * index + SIZE[0]]

    given = {"codec": "ffv1"} | options
    return make_clip(path, frames=28, size=SIZE, picture=picture, **given)


def shown_in(sheet: Path, size: tuple[int, int]) -> list[np.ndarray]:
    """The pictures with colour of a sheet of six pairs: two a row, three where they are high."""
    height, width = size
    with Image.open(sheet) as image:
        pixels = np.asarray(image.convert("RGB"))
    lefts = [
        10 + column * (2 * width + 1 + 10) + width + 1
        for column in range(2 if width > height else 3)
    ]
    tops = range(10 + 26, pixels.shape[0] - height, height + 22 + 10)
    return [pixels[top : top + height, left : left + width] for top in tops for left in lefts]


@pytest.mark.parametrize(
    ("film_options", "options"),
    [
        ({}, {}),
        ({}, {"method": "smooth", "smooth_seconds": 0.05}),
        ({}, {"method": "frame", "saturation": 1.4, "warmth": 8}),
        ({"codec": "libx264", "rotation": 90}, {"pix_fmt": "yuv444p10le"}),
        ({}, {"plan": True, "tint": -9}),
    ],
)
def test_pictures_of_a_sheet(
    tmp_path: Path, network: Network, film_options: Any, options: dict[str, Any]
) -> None:
    film = turning_film(tmp_path / ("film.mp4" if film_options else "film.mkv"), **film_options)
    if options.get("plan"):
        plan = filmcolor.find_shots(film)
        kept, changed, again = plan.shots
        changed = changed.model_copy(update={"settings": ShotSettings(method="smooth", warmth=20)})
        options = options | {"plan": plan.model_copy(update={"shots": (kept, changed, again)})}

    made = filmcolor.preview(film, network=network, start="2f", end="26f", **options)

    whole = filmcolor.colorize(
        film,
        tmp_path / "whole.mkv",
        network=network,
        start="2f",
        end="26f",
        codec="ffv1",
        **options,
    )
    info = probe(film)
    encoding = probe(whole.output).encoding
    size = shown_size(info, area=320 * 240)
    assert size[0] * size[1] < 0.9 * SIZE[0] * SIZE[1]
    frames = [
        show_upright(rgb_of_planes(frame.y, frame.u, frame.v, encoding), info, *size)
        for frame in read_frames(whole.output)
        if frame.u is not None and frame.v is not None
    ]
    assert len(frames) == 24
    found = []
    for picture in shown_in(made.output, size):
        same = [number for number, frame in enumerate(frames) if (frame == picture).all()]
        assert len(same) == 1
        found += same
    assert len(found) == made.frames == 6
    assert found == sorted(set(found))


@pytest.mark.parametrize("options", [{}, {"method": "smooth"}, {"pix_fmt": "yuv422p10le"}])
def test_a_clip(tmp_path: Path, network: Network, options: dict[str, Any]) -> None:
    film = turning_film(tmp_path / "film.mkv")
    same: dict[str, Any] = {"network": network, "start": "9f", "codec": "ffv1", **options}
    whole = filmcolor.colorize(film, tmp_path / "whole.mkv", end="24f", **same)
    clip = filmcolor.preview(film, tmp_path / "clip.mkv", frames=15, **same)

    expected, found = read_frames(whole.output), read_frames(clip.output)
    assert len(expected) == len(found) == 15
    for one, other in zip(expected, found, strict=True):
        assert one.time == other.time
        assert one.u is not None and one.v is not None
        assert other.u is not None and other.v is not None
        np.testing.assert_array_equal(other.y, np.hstack([one.y, one.y]))
        for film_plane, clip_plane in ((one.u, other.u), (one.v, other.v)):
            np.testing.assert_array_equal(clip_plane[:, film_plane.shape[1] :], film_plane)


def test_a_small_clip_of_a_large_film(tmp_path: Path, network: Network) -> None:
    """The film is coloured at its own size and turned and scaled then, not the other way round."""
    wide = texture((360, 1300), 3)
    film = make_clip(
        tmp_path / "film.mp4",
        frames=6,
        size=(1200, 360),
        rotation=180,
        picture=lambda index: wide[:, 9 * index : 9 * index + 1200],
    )
    same: dict[str, Any] = {"network": network, "codec": "ffv1"}
    whole = filmcolor.colorize(film, tmp_path / "whole.mkv", **same)
    clip = filmcolor.preview(film, tmp_path / "clip.mkv", **same)
    for one, other in zip(read_frames(whole.output), read_frames(clip.output), strict=True):
        assert one.u is not None and other.u is not None
        assert other.y.shape == (288, 2 * 960)
        np.testing.assert_array_equal(other.u[:, 480:], show_upright(one.u, probe(film), 144, 480))
        np.testing.assert_array_equal(other.y[:, 960:], show_upright(one.y, probe(film), 288, 960))
