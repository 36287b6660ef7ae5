"""Still pictures: arrays, and files of each kind."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import InputError, Network, OutputError, UsageError
from filmcolor.color.colorspace import BT601, YUVEncoding
from tests.clips import make_clip, read_frames
from tests.color.decode import rgb_of_codes

FULL_RANGE = YUVEncoding(BT601, full_range=True, depth=8)


@pytest.fixture(scope="module")
def network(packaged_network: Network) -> Network:
    """What is tested here depends on the colours."""
    return packaged_network


def luma_of(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(np.float64) @ [0.299, 0.587, 0.114]


def save(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def load(path: Path) -> np.ndarray:
    """The pixels of a file in R, G, B order, of its own bit depth, not turned."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    assert found is not None
    return np.ascontiguousarray(found[..., 2::-1] if found.ndim == 3 else found)


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


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.bmp", "a.pgm"])
@pytest.mark.parametrize("shape", [(1, 1), (2, 600), (1, 2000), (900, 2), (3, 1)])
def test_files_of_extreme_shapes(
    tmp_path: Path, network: Network, name: str, shape: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    cv2.imwrite(str(tmp_path / name), pixels)
    output = filmcolor.colorize(tmp_path / name, network=network).output
    assert load(output).shape == (*shape, 3)


def test_jpeg_2000_files_have_a_least_size(tmp_path: Path, network: Network) -> None:
    source = save(tmp_path / "a.png", np.zeros((31, 200), np.uint8))
    with pytest.raises(OutputError, match="at least 32"):
        filmcolor.colorize(source, tmp_path / "a.jp2", network=network)
    source = save(tmp_path / "b.png", np.zeros((32, 200), np.uint8))
    filmcolor.colorize(source, tmp_path / "b.jp2", network=network)


def test_sides_that_a_format_cannot_hold(tmp_path: Path, network: Network) -> None:
    source = save(tmp_path / "a.png", np.zeros((2, 20_000), np.uint8))
    with pytest.raises(OutputError, match=r"16383.*20000x2"):
        filmcolor.colorize(source, tmp_path / "a.webp", network=network)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


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


@pytest.mark.parametrize(
    ("name", "deep", "error"),
    [
        ("photo.png", False, 1.0),
        ("photo.png", True, 1.0),
        ("photo.tif", True, 1.0),
        ("photo.tiff", False, 1.0),
        ("photo.jpg", False, 6.0),
        ("photo.JPEG", False, 6.0),
        ("photo.webp", False, 12.0),
        ("photo.bmp", False, 1.0),
    ],
)
def test_files_of_each_kind(
    tmp_path: Path, network: Network, astronaut: np.ndarray, name: str, deep: bool, error: float
) -> None:
    pixels = astronaut.astype(np.uint16) * 257 if deep else astronaut
    source = save(tmp_path / name, pixels)
    before = source.read_bytes()

    summary = filmcolor.colorize(source, network=network)

    stem, suffix = name.split(".")
    assert summary.output == tmp_path / f"{stem}.color.{suffix}"
    assert summary.frames == 1
    assert summary.warnings == []
    rgb = load(summary.output)
    assert rgb.dtype == pixels.dtype
    # What the file holds: JPEG and WebP have changed the pixels already.
    expected = filmcolor.colorize_image(load(source), network=network)
    scale = 257 if deep else 1
    assert np.abs(rgb.astype(float) - expected).mean() <= error * scale
    assert source.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, f"{stem}.color.{suffix}"])


def test_jpeg_keeps_exif_and_resolution_and_is_turned_upright(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    upright = astronaut[:64]
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Kamera", "1931:05:01 10:00:00"
    exif[0x0112] = 6  # to be turned clockwise
    stored = np.ascontiguousarray(np.rot90(upright, 1))
    source = save(tmp_path / "turned.jpg", stored, quality=98, exif=exif, dpi=(300, 300))

    output = filmcolor.colorize(source, network=network).output

    with Image.open(output) as image:
        assert image.size == (96, 64)
        found = image.getexif()
        assert (found[0x010F], found[0x0132]) == ("Kamera", "1931:05:01 10:00:00")
        assert found.get(0x0112, 1) == 1
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        pixels = np.asarray(image.convert("L")).astype(float)
    assert np.abs(pixels - upright).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(
    tmp_path: Path, network: Network, astronaut: np.ndarray, orientation: int
) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    source = save(tmp_path / "photo.jpg", astronaut[:48], quality=98, exif=exif)

    output = filmcolor.colorize(source, network=network).output

    with Image.open(source) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L")).astype(float)
    found = luma_of(load(output))
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 4


@pytest.mark.parametrize("deep", [False, True])
def test_png_keeps_alpha(
    tmp_path: Path, network: Network, astronaut: np.ndarray, deep: bool
) -> None:
    alpha = np.tile(np.arange(0, 96, dtype=np.uint8) * 2, (96, 1))
    pixels = np.dstack([astronaut] * 3 + [alpha])
    if deep:
        pixels = pixels.astype(np.uint16) * 257
    source = tmp_path / "cut-out.png"
    cv2.imwrite(str(source), pixels)

    output = filmcolor.colorize(source, network=network).output

    found = cv2.imread(str(output), cv2.IMREAD_UNCHANGED)
    assert found.shape == (96, 96, 4)
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found[..., 3], pixels[..., 3])
    assert np.ptp(found[..., :3].astype(int), axis=2).max() > 20


def test_colored_picture_gets_a_warning(tmp_path: Path, network: Network) -> None:
    pixels = np.zeros((32, 32, 3), np.uint8) + np.uint8([200, 120, 60])
    summary = filmcolor.colorize(save(tmp_path / "colour.png", pixels), network=network)
    assert [w for w in summary.warnings if "colour" in w]


def test_png_of_one_bit(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "line.png"
    Image.new("1", (20, 10), 1).save(source)
    assert load(filmcolor.colorize(source, network=network).output).min() >= 253


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.tif", "photo.webp"])
@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_damaged_pictures(tmp_path: Path, network: Network, name: str, content: bytes) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(InputError, match=name):
        filmcolor.colorize(source, network=network)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_existing_result_is_kept_unless_overwrite(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    output = tmp_path / "photo.color.png"
    output.write_bytes(b"mine")
    with pytest.raises(OutputError, match="`overwrite`"):
        filmcolor.colorize(source, network=network)
    assert output.read_bytes() == b"mine"
    filmcolor.colorize(source, network=network, overwrite=True)
    assert load(output).shape == (96, 96, 3)


def test_source_is_never_replaced(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    before = source.read_bytes()
    with pytest.raises(OutputError):
        filmcolor.colorize(source, source, network=network, overwrite=True)
    assert source.read_bytes() == before


def test_output_of_another_kind(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut.astype(np.uint16) * 257)
    output = tmp_path / "new" / "photo.jpg"
    filmcolor.colorize(source, output, network=network)
    expected = filmcolor.colorize_image(astronaut, network=network)
    assert np.abs(load(output).astype(float) - expected).mean() < 6


@pytest.mark.parametrize("suffix", [".xyz", "", ".txt"])
def test_output_of_no_kind(
    tmp_path: Path, network: Network, astronaut: np.ndarray, suffix: str
) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    with pytest.raises(OutputError):
        filmcolor.colorize(source, tmp_path / f"result{suffix}", network=network)
    assert [p.name for p in tmp_path.iterdir()] == ["photo.png"]


def test_picture_has_no_range(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    with pytest.raises(UsageError, match="`start`"):
        filmcolor.colorize(source, start=1, network=network)


def test_pictures_get_the_options(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    source = save(tmp_path / "photo.png", astronaut)
    output = filmcolor.colorize(source, network=network, strength=0).output
    rgb = load(output)
    np.testing.assert_array_equal(rgb, np.repeat(astronaut[..., None], 3, axis=2))


def test_folder_of_pictures_is_a_film(
    tmp_path: Path, network: Network, astronaut: np.ndarray
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(4):
        save(folder / f"scan_{number}.png", np.roll(astronaut, number * 5, axis=1))
    summary = filmcolor.colorize(folder, network=network, fps=8)
    assert summary.frames == 4
    times = [frame.time for frame in read_frames(summary.output)]
    assert times == [Fraction(n, 8) for n in range(4)]
