"""Still pictures as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import filmcolor
from filmcolor import InputError, Network, UsageError
from filmcolor.color.colorspace import BT601, YUVEncoding
from tests.clips import make_clip, read_frames
from tests.color.decode import rgb_of_codes
from tests.pictures import luma_of, save

FULL_RANGE = YUVEncoding(BT601, full_range=True, depth=8)


@pytest.fixture(scope="module")
def network(packaged_network: Network) -> Network:
    """What is tested here depends on the colours."""
    return packaged_network


@pytest.mark.parametrize("channels", [0, 1, 3, 4])
@pytest.mark.parametrize(
    ("dtype", "top", "rounding"),
    [(np.uint8, 255, 1.0), (np.uint16, 65535, 1.0), (np.float32, 1, 2e-5), (np.float64, 1, 2e-5)],
)
def test_arrays_keep_type_size_and_luma(
    network: Network, astronaut: np.ndarray, dtype: Any, top: int, rounding: float, channels: int
) -> None:
    grey = (astronaut / 255 * top).astype(dtype)
    image = np.repeat(grey[..., None], channels, axis=2) if channels else grey

    rgb = filmcolor.colorize_image(image, network=network)

    assert rgb.dtype == dtype
    assert rgb.shape == (*grey.shape, 3)
    error = np.abs(luma_of(rgb) - grey)
    # Colours that RGB does not quite hold are clipped there; that moves a few pixels' luma.
    assert np.percentile(error, 99) <= rounding
    assert error.max() <= max(rounding, 0.008 * top)
    assert (np.ptp(rgb.astype(float), axis=2) > 0.05 * top).mean() > 0.2, "hardly any colour"


def test_depths_agree(network: Network, astronaut: np.ndarray) -> None:
    eight = filmcolor.colorize_image(astronaut, network=network)
    sixteen = filmcolor.colorize_image(astronaut.astype(np.uint16) * 257, network=network)
    real = filmcolor.colorize_image(astronaut / 255, network=network)
    assert np.abs(sixteen / 257 - eight).max() <= 3
    assert np.abs(real * 65535 - sixteen).max() <= 2


def test_color_of_the_image_is_dropped(network: Network, astronaut: np.ndarray) -> None:
    grey = astronaut // 2 + 50
    shift = np.array([0.114, 0.0, -0.299]) * 150  # leaves luma as it is
    tinted = np.rint(grey[..., None] + shift).astype(np.uint8)
    from_grey = filmcolor.colorize_image(grey, network=network)
    from_tinted = filmcolor.colorize_image(tinted, network=network)
    assert np.abs(from_grey.astype(int) - from_tinted).mean() < 2


def test_array_that_is_not_contiguous(network: Network, astronaut: np.ndarray) -> None:
    turned = astronaut[::-1, ::-1].T
    expected = filmcolor.colorize_image(np.ascontiguousarray(turned), network=network)
    np.testing.assert_array_equal(filmcolor.colorize_image(turned, network=network), expected)


@pytest.mark.parametrize("kind", [">u2", "<u2", "f2", ">f4"])
def test_arrays_of_other_layouts(network: Network, astronaut: np.ndarray, kind: str) -> None:
    """Numbers of the other byte order, and of half precision, which holds no 65535."""
    top = 65535 if "u2" in kind else 1
    image = (astronaut / 255 * top).astype(kind)
    rgb = filmcolor.colorize_image(image, network=network)
    assert rgb.dtype == image.dtype
    error = np.abs(luma_of(rgb.astype(np.float64) / top) - astronaut / 255)
    assert np.percentile(error, 99) <= 0.002


def test_an_image_may_be_a_file(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    path = save(tmp_path / "photo.png", astronaut)
    expected = filmcolor.colorize_image(astronaut, network=network)
    for source in (path, str(path)):
        found = filmcolor.colorize_image(source, network=network)
        np.testing.assert_array_equal(found, expected)
    deep = save(tmp_path / "deep.png", astronaut.astype(np.uint16) * 257)
    assert filmcolor.colorize_image(deep, network=network).dtype == np.uint16
    with pytest.raises(InputError, match=r"none\.png"):
        filmcolor.colorize_image(tmp_path / "none.png", network=network)


def test_no_image_is_refused_before_a_network_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        filmcolor.colorize_image(np.zeros(9), model=str(tmp_path / "none.onnx"))


def test_given_array_is_left_alone(network: Network, astronaut: np.ndarray) -> None:
    before = astronaut.copy()
    filmcolor.colorize_image(astronaut, network=network)
    np.testing.assert_array_equal(astronaut, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (2, 3), (7, 900)])
def test_odd_shapes(network: Network, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert filmcolor.colorize_image(image, network=network).shape == (*shape, 3)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 2), np.uint8),
        np.zeros(9, np.uint8),
        np.zeros((2, 4, 4, 3), np.uint8),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4), np.int32),
        np.zeros((4, 4), bool),
        np.full((4, 4), 1.5),
        np.full((4, 4), np.nan),
        np.full((4, 4), -0.2, np.float32),
        np.zeros((4, 4), complex),
        np.zeros((4, 4), object),
        [[0, 128], [255, 0]],
        None,
    ],
    ids=lambda image: f"{getattr(image, 'dtype', type(image))}",
)
def test_arrays_that_are_no_images_are_refused(network: Network, image: Any) -> None:
    with pytest.raises(UsageError):
        filmcolor.colorize_image(image, network=network)


def test_black_and_white_stay_black_and_white(network: Network) -> None:
    image = np.zeros((32, 48), np.uint8)
    image[:, 24:] = 255
    rgb = filmcolor.colorize_image(image, network=network).astype(int)
    assert rgb[:, :24].max() <= 2
    assert rgb[:, 24:].min() >= 253


@pytest.mark.parametrize(
    ("options", "luma_error", "most", "mean"),
    [
        # Chroma rounded to 8 bits is worth up to 0.9 in blue and 0.7 in red; the steps of the table
        # for films are worth up to 3 where it is dark or bright. Method `propagate` keeps colours
        # as straight lines of the luma at the size of the flows: up to 5 in single pixels of a hard
        # edge.
        ({"codec": "ffv1", "pix_fmt": "yuv444p"}, 0, 7, 0.6),
        ({"codec": "ffv1", "pix_fmt": "yuv444p", "method": "frame"}, 0, 4.5, 0.6),
        ({"crf": 1, "pix_fmt": "yuv444p"}, 4, 12, 1.2),
    ],
    ids=["ffv1", "ffv1-frame", "x264"],
)
def test_image_and_film_get_the_same_colors(
    tmp_path: Path,
    network: Network,
    astronaut: np.ndarray,
    options: Any,
    luma_error: int,
    most: float,
    mean: float,
) -> None:
    film = make_clip(
        tmp_path / "film.mkv",
        frames=2,
        size=(96, 96),
        codec="ffv1",
        pix_fmt="gray",
        picture=lambda _: astronaut,
    )
    output = tmp_path / "color.mkv"

    filmcolor.colorize(film, output, network=network, **options)

    from_image = filmcolor.colorize_image(astronaut, network=network).astype(float)
    for frame in read_frames(output):
        assert np.abs(frame.y.astype(int) - astronaut).max() <= luma_error
        from_film = 255 * np.clip(rgb_of_codes(frame.y, frame.u, frame.v, FULL_RANGE), 0, 1)
        error = np.abs(from_film - from_image)
        assert error.max() <= most
        assert error.mean() < mean
