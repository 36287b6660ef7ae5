"""What newer versions of FFmpeg and of PyAV bring is read like what they have today."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

import filmcolor
from benchmarks.fidelity.check import compare
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.decode.frame_timing import in_order
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network


@dataclass(frozen=True)
class _Rational:
    """As PyAV's own type: a number that may have no value, and that is no `Fraction`."""

    numerator: int
    denominator: int

    def __bool__(self) -> bool:
        return self.numerator != 0 and self.denominator != 0


_TYPES: list[Callable[[int, int], Any]] = [Fraction, _Rational]
if hasattr(av, "AVRational"):
    _TYPES.append(av.AVRational)


@pytest.mark.parametrize("make", _TYPES)
def test_rates_and_time_bases(make: Callable[[int, int], Any]) -> None:
    value = exact(make(30000, 1001))
    assert type(value) is Fraction
    assert value == Fraction(30000, 1001)
    assert exact(make(0, 1)) is None


@pytest.mark.parametrize("make", _TYPES[1:])
def test_numbers_without_a_value(make: Callable[[int, int], Any]) -> None:
    assert exact(make(1, 0)) is None
    assert exact(make(0, 0)) is None
    assert exact(None) is None


@pytest.mark.parametrize("make", _TYPES)
def test_times_of_frames(make: Callable[[int, int], Any], grey_clip: Path) -> None:
    """Of a decoder that counts in other units than the film."""
    info = probe(grey_clip)
    unit = info.time_base / 2
    frames: Any = [
        SimpleNamespace(pts=pts, duration=1024, time_base=make(unit.numerator, unit.denominator))
        for pts in (0, 1024, 2048)
    ]
    assert [pts for pts, _ in in_order(frames, info)] == [0, 512, 1024]


@pytest.mark.parametrize(("orientation", "shown"), [(1, (48, 32)), (6, (32, 48))])
def test_side_data_of_a_new_kind(
    tmp_path: Path, network: Network, orientation: int, shown: tuple[int, int]
) -> None:
    """JPEG frames with EXIF: PyAV has no name for that kind of side data yet."""
    film = tmp_path / "camera.avi"
    _write_exif_film(film, orientation)
    info = probe(film)
    turned = info.orientation.quarter_turns % 2
    assert ((info.height, info.width) if turned else (info.width, info.height)) == shown
    filmcolor.preview(film, tmp_path / "p.png", network=network)
    summary = filmcolor.colorize(film, tmp_path / "r.mkv", network=network)
    assert summary.frames == 6
    assert compare(film, tmp_path / "r.mkv").problems == []


def _write_exif_film(path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera"
    with av.open(path, "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuvj420p"
        for number in range(6):
            jpeg = io.BytesIO()
            pixels = np.add.outer(np.arange(32), 4 * np.arange(48)) + 5 * number
            Image.fromarray(pixels.astype(np.uint8)).convert("RGB").save(
                jpeg, "JPEG", exif=exif, subsampling="4:2:0"
            )
            packet = av.Packet(jpeg.getvalue())
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.time_base, packet.is_keyframe = Fraction(1, 25), True
            container.mux(packet)
