"""HEIF pictures (AVIF, HEIC): put together from tiles, turned once, and what they carry kept."""

from __future__ import annotations

import struct
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

import filmcolor
from filmcolor import InputError, Network, OutputError
from filmcolor.media.decode.picture_header import knows_heif
from filmcolor.media.pictures.read import read_picture

needs_avif = pytest.mark.skipif(not features.check("avif"), reason="Pillow has no AVIF here")
needs_heif = pytest.mark.skipif(not knows_heif(), reason="pillow-heif is not installed")


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes that follow each other in ISO base media data, with their content."""
    found = []
    at = 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def avif_of_tiles(tile: np.ndarray, rows: int, columns: int) -> bytes:
    """An AVIF picture of tiles that are all alike (ISO 23008-12: a derived item `grid`)."""
    file = BytesIO()
    Image.fromarray(np.dstack([tile] * 3)).save(file, "AVIF", quality=100, subsampling="4:4:4")
    top = dict(boxes(file.getvalue()))
    meta = dict(boxes(top[b"meta"][4:]))
    properties = dict(boxes(meta[b"iprp"]))[b"ipco"]
    kept = [box(*one) for one in boxes(properties) if one[0] in (b"ispe", b"av1C", b"pixi")]
    kept.sort(key=lambda one: [b"ispe", b"av1C", b"pixi"].index(one[4:8]))
    height, width = tile.shape
    size = struct.pack(">III", 0, columns * width, rows * height)
    shared = b"".join([*kept, box(b"ispe", size)])
    count = rows * columns
    items = range(2, 2 + count)
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, columns * width, rows * height)
    coded = top[b"mdat"]

    def entry(number: int, kind: bytes, hidden: int) -> bytes:
        return box(b"infe", struct.pack(">BBHHH4sB", 2, 0, hidden, number, 0, kind, 0))

    infos = entry(1, b"grid", 0) + b"".join(entry(number, b"av01", 1) for number in items)
    links = struct.pack(">HH", 1, count) + b"".join(struct.pack(">H", n) for n in items)
    uses = struct.pack(">II", 0, 1 + count) + struct.pack(">HBBB", 1, 2, 4, 3)
    uses += b"".join(struct.pack(">HBBBB", n, 3, 1, 0x80 | 2, 3) for n in items)

    def whole(grid_at: int, tile_at: int) -> bytes:
        def place(number: int, at: int, length: int) -> bytes:
            return struct.pack(">HHHII", number, 0, 1, at, length)

        places = struct.pack(">IBBH", 0, 0x44, 0, 1 + count) + place(1, grid_at, len(grid))
        places += b"".join(place(n, tile_at, len(coded)) for n in items)
        content = bytes(4) + b"".join(
            [
                box(b"hdlr", bytes(8) + b"pict" + bytes(13)),
                box(b"pitm", struct.pack(">IH", 0, 1)),
                box(b"iloc", places),
                box(b"iinf", struct.pack(">IH", 0, 1 + count) + infos),
                box(b"iref", bytes(4) + box(b"dimg", links)),
                box(b"iprp", box(b"ipco", shared) + box(b"ipma", uses)),
            ]
        )
        head = box(b"ftyp", b"avif" + bytes(4) + b"avifmif1miaf")
        return head + box(b"meta", content)

    begin = len(whole(0, 0)) + 8
    return whole(begin, begin + len(grid)) + box(b"mdat", grid + coded)


@needs_avif
@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (1, 3)])
def test_tiles_are_one_picture(
    tmp_path: Path, network: Network, astronaut: np.ndarray, rows: int, columns: int
) -> None:
    source = tmp_path / "a.avif"
    source.write_bytes(avif_of_tiles(astronaut, rows, columns))
    picture = read_picture(source)
    assert np.abs(picture.luma.astype(int) - np.tile(astronaut, (rows, columns))).max() <= 2
    summary = filmcolor.colorize(source, network=network)
    assert summary.output.name == "a.color.avif"
    with Image.open(summary.output) as image:
        assert image.size == (96 * columns, 96 * rows)


@needs_avif
def test_avif_is_turned_once(tmp_path: Path, astronaut: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.ascontiguousarray(np.rot90(astronaut[:64], 1))
    Image.fromarray(stored).save(tmp_path / "a.avif", quality=100, exif=exif)
    assert np.abs(read_picture(tmp_path / "a.avif").luma.astype(int) - astronaut[:64]).max() <= 3


@needs_heif
@pytest.mark.parametrize("orientation", [1, 6])
def test_heic(tmp_path: Path, network: Network, astronaut: np.ndarray, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Kamera"
    stored = np.ascontiguousarray(np.rot90(astronaut[:64], 1 if orientation == 6 else 0))
    source = tmp_path / "a.heic"
    Image.fromarray(stored).convert("RGB").save(source, "HEIF", quality=95, exif=exif.tobytes())
    picture = read_picture(source)
    assert np.abs(picture.luma.astype(int) - astronaut[:64]).mean() < 3
    output = filmcolor.colorize(source, network=network).output
    assert output.name == "a.color.heic"
    with Image.open(output) as image:
        assert image.size == (96, 64)
        assert image.getexif()[0x010F] == "Kamera"
        assert image.getexif().get(0x0112, 1) == 1


def test_heic_without_what_it_needs(
    tmp_path: Path, network: Network, astronaut: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    from filmcolor.media.decode import picture_header

    picture_header._know_heif.cache_clear()
    source = tmp_path / "a.heic"
    source.write_bytes(box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + box(b"meta", bytes(4)))
    Image.fromarray(astronaut).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"a\.heic.*pip install pillow-heif"):
        filmcolor.colorize(source, network=network)
    with pytest.raises(OutputError, match=r"pip install pillow-heif"):
        filmcolor.colorize(tmp_path / "b.png", tmp_path / "b.heic", network=network)
    picture_header._know_heif.cache_clear()
