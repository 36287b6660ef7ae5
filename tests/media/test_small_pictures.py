"""Films of very few pixels, and samples above what their depth allows."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import filmcolor
from filmcolor.media.decode.luma import encoding_of, luma_plane
from filmcolor.networks import Network
from tests.clips import make_clip, make_frame
from tests.streams import list_streams


def test_x265_is_not_given_pictures_that_it_fails_on(tmp_path: Path, network: Network) -> None:
    """Below a width of 64 it writes beyond its memory."""
    source = make_clip(
        tmp_path / "film.mkv", size=(48, 80), pix_fmt="gray12le", codec="ffv1", frames=4
    )
    summary = filmcolor.colorize(source, network=network)
    assert summary.codec == "ffv1"
    assert list_streams(summary.output)[0].codec == "ffv1"
    with pytest.raises(filmcolor.OutputError, match=r"x265 fails on pictures .* 48 pixels wide"):
        filmcolor.colorize(source, tmp_path / "other.mkv", network=network, codec="x265")


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (34, 2), (1, 1)])
def test_few_pixels(tmp_path: Path, network: Network, size: tuple[int, int]) -> None:
    source = make_clip(tmp_path / "film.mkv", size=size, pix_fmt="gray", codec="ffv1", frames=3)
    summary = filmcolor.colorize(source, tmp_path / "r.mkv", network=network, codec="ffv1")
    assert summary.frames == 3


@pytest.mark.parametrize(("pixels", "top"), [("yuv420p10le", 1023), ("gray12le", 4095)])
def test_samples_above_their_depth(pixels: str, top: int) -> None:
    """Decoders give such where a film is damaged; they would lead beyond the colour tables."""
    frame = make_frame(np.full((8, 8), 50_000, np.uint16), pixels)
    luma = luma_plane(frame, encoding_of(frame, "h264"))
    assert luma.dtype == np.uint16
    assert np.unique(luma).tolist() == [top]


def test_a_film_whose_first_frames_come_before_its_beginning(tmp_path: Path) -> None:
    from filmcolor.media.decode.probe import probe

    source = make_clip(tmp_path / "film.ts", codec="mpeg2video", audio="mp2")
    with av.open(str(source)) as container:
        first = min(f.pts * f.time_base for f in container.decode(video=0))
    assert probe(source).start <= first
