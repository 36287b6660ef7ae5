"""The luma of the film comes through unchanged, whatever its format."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import filmcolor
from filmcolor.media.decode.luma import encoding_of, luma_plane
from filmcolor.networks import Network
from tests.clips import (
    Tags,
    make_clip,
    make_frame,
    moving_pattern,
    pixel_depth,
    read_frames,
    read_luma,
)


def assert_same_luma(source: Path, result: Path) -> None:
    """Every decoded Y plane is the same, sample by sample."""
    before, after = read_luma(source), read_luma(result)
    assert len(before) == len(after) > 0
    for number, ((_, old), (_, new)) in enumerate(zip(before, after, strict=True)):
        assert old.dtype == new.dtype
        np.testing.assert_array_equal(old, new, err_msg=f"frame {number}")


FORMATS = [
    ("yuv420p", "ffv1", "film.mkv"),
    ("yuv422p", "ffv1", "film.mkv"),
    ("yuv444p", "ffv1", "film.mkv"),
    ("yuv410p", "ffv1", "film.mkv"),
    ("yuva420p", "ffv1", "film.mkv"),
    ("gray", "ffv1", "film.mkv"),
    ("yuvj420p", "libx264", "film.mp4"),
    ("yuvj422p", "mjpeg", "film.avi"),
    ("nv12", "rawvideo", "film.nut"),
    ("yuv420p9le", "ffv1", "film.mkv"),
    ("yuv420p10le", "ffv1", "film.mkv"),
    ("yuv420p10le", "libx264", "film.mp4"),
    ("yuv420p10be", "rawvideo", "film.nut"),
    ("yuv422p10le", "ffv1", "film.mkv"),
    ("yuv420p12le", "ffv1", "film.mkv"),
    ("gray10le", "ffv1", "film.mkv"),
    ("gray16le", "ffv1", "film.mkv"),
    ("gray16be", "rawvideo", "film.nut"),
]


@pytest.mark.parametrize(("pix_fmt", "codec", "name"), FORMATS)
def test_same_luma(tmp_path: Path, network: Network, pix_fmt: str, codec: str, name: str) -> None:
    source = make_clip(tmp_path / name, frames=3, pix_fmt=pix_fmt, codec=codec)
    result = tmp_path / "result.mkv"
    summary = filmcolor.colorize(source, result, network=network, codec="ffv1")
    assert summary.frames == 3
    assert_same_luma(source, result)


@pytest.mark.parametrize("pix_fmt", ["p010le", "p010be", "p012le", "p210le", "p410le", "p016le"])
def test_luma_of_samples_in_high_bits(pix_fmt: str) -> None:
    """P010 and its kin, which hardware decoders give, hold 10 bits at the upper end of 16."""
    luma = moving_pattern((20, 12), pixel_depth(pix_fmt))(0)
    frame = make_frame(luma, pix_fmt)
    encoding = encoding_of(frame, "h264")
    assert encoding.depth == int(pix_fmt[2:4])
    np.testing.assert_array_equal(luma_plane(frame, encoding), luma)


@pytest.mark.parametrize("pix_fmt", ["rgb24", "gbrp10le"])
def test_luma_of_formats_without_a_luma_plane(
    tmp_path: Path, network: Network, pix_fmt: str
) -> None:
    """Grey RGB becomes luma within rounding."""
    depth = 10 if pix_fmt == "gbrp10le" else 8
    slope = np.linspace(16, 235, 64).repeat(48).reshape(64, 48).T * (1 << (depth - 8))
    luma = np.rint(slope).astype(np.uint8 if depth == 8 else np.uint16)
    if pix_fmt == "gbrp10le":
        source = tmp_path / "film.mkv"
        _write_rgb10(source, luma)
    else:
        source = make_clip(
            tmp_path / "film.mov", frames=2, pix_fmt=pix_fmt, codec="png", picture=lambda _: luma
        )
    filmcolor.colorize(source, tmp_path / "result.mkv", network=network, codec="ffv1")
    allowed = 2 << (depth - 8)
    for _, new in read_luma(tmp_path / "result.mkv"):
        assert new.dtype == luma.dtype
        assert np.abs(new.astype(int) - luma).mean() <= allowed


def _write_rgb10(path: Path, luma: np.ndarray) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        height, width = luma.shape
        stream.width, stream.height, stream.pix_fmt = width, height, "gbrp10le"
        full = np.rint((luma.astype(float) - 64) / 876 * 1023).clip(0, 1023).astype(np.uint16)
        for _ in range(2):
            frame = av.VideoFrame(width, height, "gbrp10le")
            for plane in frame.planes:
                rows = np.frombuffer(memoryview(plane), np.uint16).reshape(height, -1)
                rows[:, :width] = full
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize("size", [(63, 47), (64, 47), (33, 64), (7, 5)])
def test_same_luma_at_odd_sizes(tmp_path: Path, network: Network, size: tuple[int, int]) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=2, size=size, codec="ffv1")
    filmcolor.colorize(source, tmp_path / "result.mkv", network=network, codec="ffv1")
    assert_same_luma(source, tmp_path / "result.mkv")


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    width=st.integers(16, 72),  # FFV1 of FFmpeg before 8.1 cannot cut narrower pictures up
    height=st.integers(8, 72),
    pix_fmt=st.sampled_from(["yuv420p", "gray", "yuv444p10le", "gray12le"]),
    seed=st.integers(0, 2**32 - 1),
    full=st.booleans(),
)
def test_same_luma_of_any_picture(
    tmp_path_factory: pytest.TempPathFactory,
    network: Network,
    width: int,
    height: int,
    pix_fmt: str,
    seed: int,
    full: bool,
) -> None:
    """Any size, any content (codes outside the legal range too), any depth."""
    folder = tmp_path_factory.mktemp("any")
    depth = 8 if pix_fmt in ("yuv420p", "gray") else 10 if pix_fmt == "yuv444p10le" else 12
    kind = np.uint8 if depth == 8 else np.uint16
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 1 << depth, (2, height, width)).astype(kind)
    source = make_clip(
        folder / "film.mkv",
        frames=2,
        size=(width, height),
        pix_fmt=pix_fmt,
        codec="ffv1",
        tags=Tags(full_range=full),
        picture=lambda index: pictures[index],
    )
    filmcolor.colorize(source, folder / "result.mkv", network=network, codec="ffv1")
    for (_, new), old in zip(read_luma(folder / "result.mkv"), pictures, strict=True):
        np.testing.assert_array_equal(new, old)


def test_odd_sizes_are_padded_where_the_codec_needs_it(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=2, size=(63, 47), codec="ffv1")
    result = tmp_path / "result.mp4"
    # crf 0 at 8 bits is lossless
    summary = filmcolor.colorize(source, result, network=network, codec="x264", crf=0)
    assert any("padded from 63x47 to 64x48" in warning for warning in summary.warnings)
    for (_, old), (_, new) in zip(read_luma(source), read_luma(result), strict=True):
        assert new.shape == (48, 64)
        np.testing.assert_array_equal(new[:47, :63], old)
        np.testing.assert_array_equal(new[47], new[46])
        np.testing.assert_array_equal(new[:, 63], new[:, 62])


def test_even_sizes_are_not_padded(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=2, codec="ffv1")
    summary = filmcolor.colorize(source, tmp_path / "r.mp4", network=network, codec="x264", crf=0)
    assert summary.warnings == []
    assert_same_luma(source, tmp_path / "r.mp4")


def _tags(path: Path) -> tuple[int, int, int, int]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return (
            int(frame.colorspace),
            int(frame.color_range),
            int(frame.color_primaries),
            int(frame.color_trc),
        )


@pytest.mark.parametrize(
    ("codec", "name"), [("ffv1", "r.mkv"), ("x264", "r.mp4"), ("x265", "r.mp4"), ("vp9", "r.webm")]
)
@pytest.mark.parametrize("full", [False, True])
def test_color_tags_are_kept(
    tmp_path: Path, network: Network, codec: str, name: str, full: bool
) -> None:
    tags = Tags(matrix=1, full_range=full, primaries=1, transfer=1)
    source = make_clip(tmp_path / "film.mp4", frames=1, tags=tags)
    assert _tags(source)[:2] == (1, 2 if full else 1)
    filmcolor.colorize(source, tmp_path / name, network=network, codec=codec)
    assert _tags(tmp_path / name) == _tags(source)


def test_untagged_films_get_the_matrix_that_players_assume(
    tmp_path: Path, network: Network
) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=1)
    assert _tags(source)[0] == 2
    filmcolor.colorize(source, tmp_path / "r.mp4", network=network)
    assert _tags(tmp_path / "r.mp4")[:2] == (6, 1)


def test_a_real_picture_gets_colour(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    source = make_clip(
        tmp_path / "film.mkv",
        frames=2,
        size=(96, 96),
        pix_fmt="gray",
        codec="ffv1",
        picture=lambda _: astronaut,
    )
    result = tmp_path / "result.mkv"
    filmcolor.colorize(source, result, network=network, codec="ffv1")
    for frame in read_frames(result):
        assert frame.u is not None
        assert frame.v is not None
        assert frame.u.shape == (48, 48)
        distance = np.hypot(frame.u.astype(float) - 128, frame.v.astype(float) - 128)
        assert distance.mean() > 4
        assert distance.std() > 1  # colours differ from place to place
    filmcolor.colorize(source, tmp_path / "grey.mkv", network=network, codec="ffv1", strength=0)
    for frame in read_frames(tmp_path / "grey.mkv"):
        assert frame.u is not None
        assert abs(frame.u.astype(int) - 128).max() <= 1


def test_colour_of_the_source_is_replaced_with_a_warning(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=2, grey=False)
    summary = filmcolor.colorize(source, tmp_path / "r.mp4", network=network)
    assert any("colour or a tint of its own" in warning for warning in summary.warnings)


@pytest.mark.parametrize(
    ("pix_fmt", "wanted", "depth"), [("yuv420p", "yuv420p10le", 10), ("yuv420p10le", "yuv420p", 8)]
)
def test_another_bit_depth(
    tmp_path: Path, network: Network, pix_fmt: str, wanted: str, depth: int
) -> None:
    source = make_clip(tmp_path / "film.mkv", frames=2, pix_fmt=pix_fmt, codec="ffv1")
    result = tmp_path / "result.mkv"
    summary = filmcolor.colorize(source, result, network=network, codec="ffv1", pix_fmt=wanted)
    assert any(f"to {depth}" in warning for warning in summary.warnings)
    for (_, old), (_, new) in zip(read_luma(source), read_luma(result), strict=True):
        if depth == 10:
            np.testing.assert_array_equal(old.astype(np.uint16) << 2, new)
        else:
            assert np.abs(old / 4 - new).max() <= 0.5


@pytest.mark.parametrize(
    ("source_format", "result_format"),
    [("gray10le", "yuv420p10le"), ("gray10le", "yuv420p"), ("gray", "yuv420p10le")],
)
def test_colours_do_not_depend_on_the_bit_depth(
    tmp_path: Path,
    network: Network,
    astronaut: np.ndarray,
    source_format: str,
    result_format: str,
) -> None:
    def chroma(name: str, pix_fmt: str, chosen: str) -> np.ndarray:
        up, down = (pixel_depth(fmt) - 8 for fmt in (pix_fmt, chosen))
        picture = astronaut.astype(np.uint16) << up if up else astronaut
        source = make_clip(
            tmp_path / f"{name}.mkv",
            frames=1,
            size=(96, 96),
            pix_fmt=pix_fmt,
            codec="ffv1",
            tags=Tags(full_range=False),
            picture=lambda _: picture,
        )
        result = tmp_path / f"{name}.r.mkv"
        filmcolor.colorize(source, result, network=network, codec="ffv1", pix_fmt=chosen)
        frame = read_frames(result)[0]
        assert frame.u is not None
        assert frame.v is not None
        return np.stack([frame.u, frame.v]).astype(float) / (1 << down)

    usual = chroma("usual", "gray", "yuv420p")
    other = chroma("other", source_format, result_format)
    assert np.abs(usual - 128).mean() > 2
    assert np.abs(other - usual).mean() < 0.75
