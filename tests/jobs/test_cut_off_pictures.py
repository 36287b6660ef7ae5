"""Pictures whose files end too early: JPEG, and TIFF with several pages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from filmcolor import InputError, batch, colorize
from filmcolor.networks import Network


@pytest.fixture
def cut_off(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (80, 120), np.uint8)
    Image.fromarray(noise).save(path, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_are_coloured_and_told(cut_off: Path, quick_network: Network) -> None:
    summary = colorize(cut_off, network=quick_network)
    assert summary.output.exists()
    assert [note for note in summary.warnings if "cut off" in note]


def test_whole_ones_are_not(cut_off: Path, quick_network: Network) -> None:
    cut_off.write_bytes(cut_off.read_bytes() + b"\xff\xd9")  # their end, and what is behind it
    summary = colorize(cut_off, network=quick_network)
    assert not [note for note in summary.warnings if "cut off" in note]


def test_are_refused_by_who_wants_no_damage(
    cut_off: Path, tmp_path: Path, quick_network: Network
) -> None:
    with pytest.raises(InputError, match=r"photo\.jpg: the file is cut off"):
        colorize(cut_off, network=quick_network, strict=True)
    results = batch([cut_off], tmp_path / "out", network=quick_network, strict=True)
    assert [result.status for result in results] == ["failed"]


@pytest.mark.parametrize("big", [False, True])
def test_lost_pages_are_told(tmp_path: Path, quick_network: Network, big: bool) -> None:
    path, pages = tmp_path / "pages.tif", np.full((4, 40, 60), 90, np.uint8)
    with tifffile.TiffWriter(path, bigtiff=big) as file:
        for page in pages:
            file.write(page, metadata=None)
    with tifffile.TiffFile(path) as file:
        third = file.pages[2].offset
    summary = colorize(path, network=quick_network)
    assert not [note for note in summary.warnings if "cut off" in note]
    path.write_bytes(path.read_bytes()[:third])
    summary = colorize(path, network=quick_network, overwrite=True)
    assert [note for note in summary.warnings if "the file is cut off; it has lost pages" in note]
    with tifffile.TiffFile(summary.output) as file:
        assert len(file.pages) == 2
    with pytest.raises(InputError, match=r"pages\.tif: the file is cut off"):
        colorize(path, network=quick_network, overwrite=True, strict=True)
