"""Reads TIFF files: samples of any depth, strips and tiles, planes, white-is-zero, pages.

tifffile tells how a file lies; codecs that need neither it nor Python's own are libtiff's, which
Pillow brings. OpenCV turns such pictures twice, takes white for black, and mixes planes up; Pillow
has no colour of 16 bits.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import InputError
from filmcolor.media.decode.picture_header import open_picture, picture_header
from filmcolor.media.pictures.picture import Decoded, Pixels, strips
from filmcolor.system.environment import max_pixels

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

# Without a handler, what tifffile has to say about damaged files goes to standard error.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_UNCOMPRESSED, _DEFLATE = 1, (8, 32946)
_BYTES_BY_LIBTIFF = (5, 32773, 34925, 50000)
"""LZW, PackBits, LZMA and Zstandard: any bytes can be packed so, whatever they stand for."""
_REDUCED, _MASK = 1, 4
_ASSOCIATED = 1
_MOST_BITS, _MOST_SAMPLES = 16, 8
_MOST_BYTES_A_PIXEL = 2 * _MOST_SAMPLES
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def page_sizes(path: Path, content: bytes) -> list[tuple[int, int]]:
    """Return height and width of the pictures in a TIFF file, without small copies and masks."""
    with _opened(path, content) as file:
        sizes = [(page.imagelength, page.imagewidth) for page in _pages(file)]
        if not sizes or min(min(size) for size in sizes) < 1:
            raise ValueError("it has no pixels")
        return sizes


def lacks_pages(path: Path, content: bytes) -> bool:
    """Return whether the file says that another page lies behind its end (TIFF 6.0, section 2)."""
    with _opened(path, content) as file:
        _pages(file)  # only then it is known which one is the last
        size, at = file.tiff.offsetsize, file.pages.next_page_offset
        if at is None:
            return False
        order: Literal["little", "big"] = "little" if file.byteorder == "<" else "big"
        return int.from_bytes(content[at : at + size], order) >= len(content)


def read_page(path: Path, content: bytes, number: int) -> Decoded:
    """Return one picture of a TIFF file; raises `InputError` when it cannot be read."""
    with _opened(path, content) as file:
        page = _pages(file)[number]
        return _plain(page, content) if _is_plain(page) else _by_pillow(content, page.index)


def page_index(path: Path, content: bytes, number: int) -> int:
    """Return which entry of the file the picture `number` is: small copies count there."""
    with _opened(path, content) as file:
        return int(_pages(file)[number].index)


@contextmanager
def _opened(path: Path, content: bytes) -> Iterator[TiffFile]:
    from tifffile import TiffFile  # slow to import, and few read such files

    try:
        with TiffFile(BytesIO(content)) as file:
            yield file
    except (InputError, MemoryError):
        raise
    except Exception as error:  # damaged files make the libraries raise errors of many classes
        why = " ".join(str(error).split())
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged, or of a kind of TIFF that is "
            f"not known ({why or type(error).__name__})."
        ) from error


def _pages(file: TiffFile) -> list[TiffPage]:
    found = [page.aspage() for page in file.pages]
    whole = [page for page in found if not page.subfiletype & (_REDUCED | _MASK)]
    return whole or found[:1]


def _is_plain(page: TiffPage) -> bool:
    """Return whether the samples are grey or R, G, B, and are packed as bytes of any kind."""
    bits = page.bitspersample
    return (
        page.photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB)
        and isinstance(bits, int)
        and 1 <= bits <= _MOST_BITS
        and page.sampleformat == 1
        and 1 <= page.samplesperpixel <= _MOST_SAMPLES
        and page.predictor in (1, 2)
        and (page.predictor == 1 or bits in (8, 16))
        and page.compression in (_UNCOMPRESSED, *_DEFLATE, *_BYTES_BY_LIBTIFF)
    )


def _plain(page: TiffPage, content: bytes) -> Decoded:
    colors = 3 if page.photometric == _RGB else 1
    samples = _samples(page, content)
    top = (1 << page.bitspersample) - 1
    if page.photometric == _WHITE_IS_ZERO:
        np.subtract(top, samples[..., 0], out=samples[..., 0])
    pixels = samples[..., :3] if colors == 3 else samples[..., 0]
    alpha = samples[..., colors] if samples.shape[2] > colors else None
    kind = page.extrasamples[0] if page.extrasamples else 0
    if alpha is not None and kind == _ASSOCIATED:
        _divide_by_opacity(samples[..., :colors], alpha, top)
    orientation = page.tags.get(274)
    return Decoded(pixels, top, alpha, int(orientation.value) if orientation else 1)


def _divide_by_opacity(pixels: Pixels, alpha: Pixels, top: int) -> None:
    for strip in strips(*alpha.shape):
        part = pixels[strip].astype(np.float64)
        part *= top / np.maximum(alpha[strip], 1)[..., None]
        pixels[strip] = np.minimum(part + 0.5, top)


def _samples(page: TiffPage, content: bytes) -> NDArray[Any]:
    """Return all samples; uint8 or uint16, shape (height, width, samples)."""
    height, width, count = page.imagelength, page.imagewidth, page.samplesperpixel
    dtype = np.dtype(np.uint8 if page.bitspersample <= 8 else np.uint16)
    samples = np.zeros((height, width, count), dtype)
    for plane, row, column, rows, data in _segments(page, content):
        across = page.tilewidth if page.is_tiled else width
        per_pixel = count if page.planarconfig == 1 else 1
        found = _unpacked(page, data, rows, across * per_pixel)
        part = found.reshape(-1, across, per_pixel)
        if page.predictor == 2:
            part = np.cumsum(part, axis=1, dtype=dtype)
        part = part[: height - row, : width - column]
        place = samples[row : row + len(part), column : column + part.shape[1]]
        if page.planarconfig == 1:
            place[:] = part
        else:
            place[..., plane] = part[..., 0]
    return samples


def _segments(page: TiffPage, content: bytes) -> Iterator[tuple[int, int, int, int, memoryview]]:
    """Yield plane, first row, first column, rows and packed bytes of all strips or tiles."""
    height, width = page.imagelength, page.imagewidth
    rows = page.tilelength if page.is_tiled else min(page.rowsperstrip or height, height)
    across = -(-width // page.tilewidth) if page.is_tiled else 1
    down = -(-height // rows)
    view = memoryview(content)
    for index, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        plane, place = divmod(index, across * down)
        row, column = (place // across) * rows, (place % across) * (page.tilewidth or 0)
        data = view[offset : offset + size]
        if not size and page.compression != _UNCOMPRESSED:
            continue  # sparse: nothing is there, which stands for zeros
        if page.is_tiled:
            yield plane, row, column, rows, data
        elif page.compression != _UNCOMPRESSED:
            yield plane, row, column, min(rows, height - row), data
        else:  # one strip may be the whole of a large picture
            size_of_row = _bytes_of_row(page, width)
            for part in strips(min(rows, height - row), width):
                bytes_of_part = data[part.start * size_of_row : part.stop * size_of_row]
                yield plane, row + part.start, column, part.stop - part.start, bytes_of_part


def _bytes_of_row(page: TiffPage, across: int) -> int:
    per_pixel = page.samplesperpixel if page.planarconfig == 1 else 1
    return int(-(-across * per_pixel * page.bitspersample // 8))


def _unpacked(page: TiffPage, data: memoryview, rows: int, count: int) -> NDArray[Any]:
    """Return `rows` rows of `count` samples each, native byte order."""
    bits = page.bitspersample
    size_of_row = -(-count * bits // 8)
    if rows * size_of_row > _MOST_BYTES_A_PIXEL * max_pixels():
        raise ValueError("its tiles are too large")
    raw: bytes | memoryview = data
    if page.fillorder == 2:
        raw = bytes(raw).translate(_REVERSED)
    if page.compression in _DEFLATE:
        raw = zlib.decompressobj().decompress(raw, rows * size_of_row)
    elif page.compression != _UNCOMPRESSED:
        raw = _unpacked_by_libtiff(raw, page.compression, rows, size_of_row)
    if len(raw) < rows * size_of_row:
        raise ValueError("some of its pixels are missing")
    found = np.frombuffer(raw, np.uint8, rows * size_of_row).reshape(rows, size_of_row)
    if bits == 8:
        return found
    if bits == 16:
        return found.view(f"{page.parent.byteorder}u2")
    places = np.unpackbits(found, axis=1)[:, : count * bits].reshape(rows, count, bits)
    dtype = np.uint8 if bits <= 8 else np.uint16
    weights = (1 << np.arange(bits)[::-1]).astype(dtype)
    samples = np.zeros((rows, count), dtype)
    for number, weight in enumerate(weights):
        samples += places[..., number] * weight
    return samples


def _unpacked_by_libtiff(
    data: bytes | memoryview, compression: int, rows: int, size_of_row: int
) -> memoryview:
    """Return the bytes behind packed ones, read as the pixels of a grey TIFF."""
    head = BytesIO()
    tags = {256: size_of_row, 257: rows, 258: 8, 259: compression, 262: 1, 277: 1, 278: rows}
    tags |= {273: 0, 279: len(data)}
    first = 8 + 2 + 12 * len(tags) + 4
    tags[273] = first
    head.write(b"II*\0" + (8).to_bytes(4, "little") + len(tags).to_bytes(2, "little"))
    for tag, value in sorted(tags.items()):
        head.write(tag.to_bytes(2, "little") + (4).to_bytes(2, "little"))
        head.write((1).to_bytes(4, "little") + value.to_bytes(4, "little"))
    head.write(bytes(4) + data)
    with open_picture(head.getvalue()) as image:
        return memoryview(image.tobytes())


def _by_pillow(content: bytes, index: int) -> Decoded:
    """Decode what is packed as a picture: JPEG, fax, palettes, CMYK, YCbCr, Lab."""
    with picture_header(content) as image:
        image.seek(index)
        image.load()
        # Pillow turns the pictures of TIFF files itself, and then says that they are upright.
        orientation = int(image.getexif().get(274, 1))
        if image.mode in ("I", "F"):
            raise ValueError("its samples are numbers of 32 bits")
        pixels = image
        if image.mode in ("1", "I;16", "I;16B", "I;16L"):
            pixels = image.convert("L") if image.mode == "1" else image
        elif image.mode not in ("L", "RGB", "RGBA"):
            has_alpha = image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info
            pixels = image.convert("RGBA" if has_alpha else "RGB")
        found = np.asarray(pixels)
    top = 255 if found.dtype == np.uint8 else 65535
    return Decoded.of_channels(found, top, orientation)
