"""Pictures of scanners and cameras: DPX, EXR, Netpbm, JPEG 2000; depths and transfer curves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import filmcolor
from filmcolor import InputError, Network
from filmcolor.media.pictures.read import read_picture
from filmcolor.settings import Transfer
from tests.clips import read_luma

WIDTH, HEIGHT = 64, 48
SLOPE = np.tile(np.linspace(0, 65535, WIDTH).astype(np.uint16), (HEIGHT, 1))


def encoded(codec: str, frame: av.VideoFrame, **options: str) -> bytes:
    context = av.CodecContext.create(codec, "w")
    context.width, context.height = frame.width, frame.height
    context.pix_fmt, context.time_base = frame.format.name, Fraction(1, 24)
    context.options = options
    return b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)])


def write_dpx(path: Path, pix_fmt: str = "gbrp10be", transfer: int = 6, turn: int = 0) -> None:
    """A grey slope from black to white; `transfer` is a number of SMPTE 268M, table 5A."""
    pixels = np.roll(SLOPE, turn, axis=1)
    data = bytearray(
        encoded("dpx", av.VideoFrame.from_ndarray(pixels, "gray16le").reformat(format=pix_fmt))
    )
    data[801] = transfer
    path.write_bytes(data)


def write_exr(
    path: Path,
    light: np.ndarray,
    colors: int = 3,
    alpha: np.ndarray | None = None,
    sample: str = "float",
) -> None:
    """Light as floating-point numbers, the same in all channels; `sample`: float or half."""
    form = "grayf32le" if colors == 1 else "gbrpf32le" if alpha is None else "gbrapf32le"
    frame = av.VideoFrame(light.shape[1], light.shape[0], form)
    for number, plane in enumerate(frame.planes):
        rows = np.zeros((frame.height, plane.line_size // 4), np.float32)
        rows[:, : frame.width] = light if number < 3 else alpha
        plane.update(rows.tobytes())
    path.write_bytes(encoded("exr", frame, format=sample))


@pytest.mark.parametrize(
    ("pix_fmt", "depth"),
    [
        ("gbrp10be", 10),
        ("gbrp10le", 10),
        ("gbrp12be", 12),
        ("rgb24", 8),
        ("gray", 8),
        ("rgb48be", 16),
        ("rgb48le", 16),
        ("gray16be", 16),
    ],
)
def test_dpx_keeps_its_codes(tmp_path: Path, pix_fmt: str, depth: int) -> None:
    write_dpx(tmp_path / "a.dpx", pix_fmt)
    picture = read_picture(tmp_path / "a.dpx")
    assert (picture.depth, picture.colored, picture.notes) == (depth, False, ())
    assert np.abs(picture.luma / ((1 << depth) - 1) - SLOPE / 65535).max() <= 1.6 / (1 << depth)


def srgb(light: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def test_linear_dpx(tmp_path: Path) -> None:
    write_dpx(tmp_path / "a.dpx", transfer=2)
    picture = read_picture(tmp_path / "a.dpx")
    assert np.abs(picture.luma / 1023 - srgb(SLOPE / 65535)).max() < 0.02
    assert "linear" in picture.notes[0]
    as_it_is = read_picture(tmp_path / "a.dpx", "video")
    assert np.abs(as_it_is.luma / 1023 - SLOPE / 65535).max() < 0.002
    assert as_it_is.notes == ()


@pytest.mark.parametrize("transfer", [1, 3])
def test_logarithmic_dpx(tmp_path: Path, transfer: int) -> None:
    """Of the codes of 10 bits, 95 is black, 685 white, and 90 below are half a decade of light."""
    write_dpx(tmp_path / "a.dpx", transfer=transfer)
    picture = read_picture(tmp_path / "a.dpx")
    codes = read_picture(tmp_path / "a.dpx", "video").luma
    assert picture.luma[codes <= 95].max() == 0
    assert picture.luma[codes >= 685].min() == 1023
    light = 10 ** ((codes - 685.0) * 0.002 / 0.6)
    black = 10 ** ((95 - 685) * 0.002 / 0.6)
    wanted = srgb(np.clip((light - black) / (1 - black), 0, 1))
    assert np.abs(picture.luma / 1023 - wanted).max() < 0.002
    assert "logarithmic" in picture.notes[0]


def test_dpx_sequence(tmp_path: Path, network: Network) -> None:
    folder = tmp_path / "scan"
    folder.mkdir()
    for number in range(3):
        write_dpx(folder / f"scan_{86400 + number:07}.dpx", turn=5 * number)
    result = tmp_path / "r.mkv"
    summary = filmcolor.colorize(folder, result, network=network, codec="ffv1")
    assert (summary.frames, summary.pix_fmt) == (3, "yuv420p10le")
    for number, (_, luma) in enumerate(read_luma(result)):
        wanted = read_picture(folder / f"scan_{86400 + number:07}.dpx").luma
        np.testing.assert_array_equal(luma, wanted)


def test_notes_of_a_sequence_come_once(tmp_path: Path, network: Network) -> None:
    folder = tmp_path / "scan"
    folder.mkdir()
    for number in range(3):
        write_dpx(folder / f"{number}.dpx", transfer=3)
    warnings = filmcolor.colorize(folder, tmp_path / "r.mkv", network=network).warnings
    assert sum("logarithmic" in warning for warning in warnings) == 1
    warnings = filmcolor.colorize(
        folder, tmp_path / "s.mkv", network=network, transfer="video"
    ).warnings
    assert not any("logarithmic" in warning for warning in warnings)


@pytest.mark.parametrize("colors", [1, 3])
def test_exr_is_light(tmp_path: Path, network: Network, colors: int) -> None:
    light = np.tile(np.linspace(0, 2, WIDTH, dtype=np.float32), (HEIGHT, 1))
    light[0, 0], light[0, 1] = np.nan, np.inf
    write_exr(tmp_path / "a.exr", light, colors)
    picture = read_picture(tmp_path / "a.exr")
    assert picture.depth == 16
    assert (picture.luma[0, 0], picture.luma[0, 1]) == (0, 65535)
    wanted = srgb(np.clip(light[1:], 0, 1))
    assert np.abs(picture.luma[1:] / 65535 - wanted).max() < 1e-4
    summary = filmcolor.colorize(tmp_path / "a.exr", network=network)
    assert summary.output.name == "a.color.tif"
    assert any("linear light" in w and "sRGB" in w for w in summary.warnings)


@pytest.mark.parametrize("sample", ["float", "half"])
@pytest.mark.parametrize("kind", ["grey", "colour", "alpha"])
@pytest.mark.parametrize("width", [50, 33, 64])
def test_exr_of_any_width_and_sample(tmp_path: Path, sample: str, kind: str, width: int) -> None:
    light = np.random.default_rng(1).random((38, width), np.float32)
    alpha = np.full_like(light, 0.5) if kind == "alpha" else None
    stored = light if alpha is None else light * alpha
    write_exr(tmp_path / "a.exr", stored, 1 if kind == "grey" else 3, alpha, sample)
    picture = read_picture(tmp_path / "a.exr")
    assert picture.luma.shape == (38, width)
    assert np.abs(picture.luma / 65535 - srgb(light)).max() < (1e-4 if sample == "float" else 1e-3)
    if alpha is not None:
        assert picture.alpha is not None
        assert np.abs(picture.alpha.astype(int) - 32768).max() <= 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("transfer", ["linear", "log", "video"])
def test_exr_with_numbers_of_any_size(tmp_path: Path, transfer: Transfer) -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40, 0, 1], np.float32)
    for name, alpha in (("a.exr", None), ("b.exr", odd[::-1, None].repeat(8, axis=1))):
        write_exr(tmp_path / name, np.tile(odd, (8, 1)), alpha=alpha)
        luma = read_picture(tmp_path / name, transfer).luma
        assert luma[0, [0, 1, 2, 3, 4, 6]].tolist() == [0, 65535, 0, 65535, 0, 0]


@pytest.mark.parametrize("maxval", [1, 3, 100, 255, 256, 1000, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", ["P5", "P6", "P2", "P3", "P7"])
def test_netpbm_of_any_maximum(tmp_path: Path, kind: str, maxval: int) -> None:
    grey = np.random.default_rng(3).integers(0, maxval + 1, (5, 11))
    grey[0, :2] = 0, maxval
    channels = 3 if kind in ("P3", "P6") else 1
    values = np.repeat(grey[..., None], channels, axis=2)
    head = f"{kind}\n# a comment\n11 5\n{maxval}\n"
    if kind == "P7":
        head = f"P7\nWIDTH 11\nHEIGHT 5\nDEPTH 1\nMAXVAL {maxval}\nTUPLTYPE GRAYSCALE\nENDHDR\n"
    body = values.astype("u1" if maxval < 256 else ">u2").tobytes()
    if kind in ("P2", "P3"):
        body = " ".join(str(value) for value in values.reshape(-1)).encode() + b"\n"
    path = tmp_path / "a.pnm"
    path.write_bytes(head.encode() + body)
    picture = read_picture(path)
    top = 255 if maxval < 256 else 65535
    assert (1 << picture.depth) - 1 == top
    error = np.abs(picture.luma - grey * (top / maxval))
    assert error.max() <= 0.9  # FFmpeg rounds twice
    assert error[0, :2].max() < 1e-6
    assert not picture.colored


def test_color_version_of_a_pgm(tmp_path: Path, network: Network) -> None:
    source = tmp_path / "a.pgm"
    source.write_bytes(b"P5 64 48 4095\n" + (SLOPE >> 4).astype(">u2").tobytes())
    output = filmcolor.colorize(source, network=network).output
    assert output.name == "a.color.ppm"
    found = cv2.imread(str(output), cv2.IMREAD_UNCHANGED)
    assert (found.dtype, found.shape) == (np.uint16, (HEIGHT, WIDTH, 3))
    assert found[:, -1].min() == 65535


def jpeg_2000(pixels: np.ndarray, bits: int) -> bytes:
    """A lossless JPEG 2000 file that says of itself that its samples have so many bits."""
    full = 8 * pixels.dtype.itemsize
    # Samples are coded as differences from half their range, which is another one then.
    moved = (pixels + ((1 << (full - 1)) - (1 << (bits - 1)))).astype(pixels.dtype)
    done, data = cv2.imencode(".jp2", moved, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    assert done
    content = bytearray(data.tobytes())
    content[content.index(b"ihdr") + 14] = bits - 1
    size = content.index(b"\xff\x4f\xff\x51") + 42
    for channel in range(1 if pixels.ndim == 2 else 3):
        assert content[size + 3 * channel] == full - 1
        content[size + 3 * channel] = bits - 1
    return bytes(content)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_2000(tmp_path: Path, network: Network, bits: int, channels: int) -> None:
    grey = (SLOPE >> (16 - bits)).astype(np.uint8 if bits == 8 else np.uint16)
    pixels = grey if channels == 1 else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    (tmp_path / "a.jp2").write_bytes(jpeg_2000(pixels, bits))
    picture = read_picture(tmp_path / "a.jp2")
    assert picture.depth == bits
    np.testing.assert_array_equal(picture.luma, grey)
    output = filmcolor.colorize(tmp_path / "a.jp2", network=network).output
    found = cv2.imread(str(output), cv2.IMREAD_UNCHANGED)
    assert output.suffix == ".jp2"
    assert found.dtype == grey.dtype
    assert found[:, -1].min() >= (254 if bits == 8 else 65000)


@pytest.mark.parametrize("name", ["a.dpx", "a.exr", "a.pgm", "a.jp2"])
def test_damage(tmp_path: Path, network: Network, name: str) -> None:
    path = tmp_path / name
    if name == "a.dpx":
        write_dpx(path)
    elif name == "a.exr":
        write_exr(path, SLOPE / np.float32(65535))
    elif name == "a.pgm":
        path.write_bytes(b"P5 64 48 255\n" + bytes(64 * 48))
    else:
        cv2.imwrite(str(path), SLOPE)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=name):
        filmcolor.colorize(path, network=network)


@pytest.mark.parametrize("name", ["a.dpx", "a.exr"])
def test_pictures_too_large(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("FILMCOLOR_MAX_PIXELS", "3000")
    if name == "a.dpx":
        write_dpx(tmp_path / name)
    else:
        write_exr(tmp_path / name, SLOPE / np.float32(65535))
    with pytest.raises(InputError, match="64x48 pixels are more"):
        filmcolor.colorize(tmp_path / name, network=network)
