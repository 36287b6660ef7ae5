"""Colours still pictures, with the same colours as the same picture inside a film."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.color.colorspace import Plane, YUVEncoding, default_matrix
from filmcolor.color.rgb import rgb_from_luma
from filmcolor.coloring.still import color_differences_in_strips
from filmcolor.errors import OutputError, UsageError
from filmcolor.events import Done, Events, FrameDone, check_cancelled
from filmcolor.jobs.output_names import color_name
from filmcolor.media.local_files import check_name
from filmcolor.media.pictures.kinds import color_suffix
from filmcolor.media.pictures.picture import STRIP_PIXELS, Picture, Pixels, luma_of_rgb
from filmcolor.media.pictures.read import PictureFile, read_picture
from filmcolor.media.pictures.write import (
    ColorPage,
    check_format,
    holds_16_bits,
    holds_alpha,
    holds_pages,
    write_pages,
)
from filmcolor.networks import Network
from filmcolor.script.network_colors import ColorNetwork
from filmcolor.settings import Settings
from filmcolor.summary import Summary
from filmcolor.system.outputs import check_output, output_file, place_of

_USUAL_SIZE = (1080, 1920)
"""Height and width that a picture is thought to have, where only decoding tells."""


def colorize_luma(
    luma: Plane,
    depth: int,
    settings: Settings,
    network: ColorNetwork,
    *,
    alpha: Plane | None = None,
    deep: bool | None = None,
    strip_pixels: int = STRIP_PIXELS,
) -> Pixels:
    """Return R, G, B (height, width, 3) of full-range luma; uint8 up to white 255, or uint16.

    `luma`: codes of `depth` bits. With `alpha`, of as many bits, opacity is the fourth channel.
    The result is of 16 bits where `deep` says so; by default, where the luma has more than 8.
    """
    height, width = luma.shape
    encoding = YUVEncoding(default_matrix(width, height), True, depth)
    deep = depth > 8 if deep is None else deep
    top = 65535 if deep else 255
    pixels: Pixels = np.empty(
        (height, width, 3 if alpha is None else 4), np.uint16 if deep else np.uint8
    )
    for strip, differences in color_differences_in_strips(
        luma, encoding, settings, network, strip_pixels=strip_pixels
    ):
        check_cancelled()
        rgb = rgb_from_luma(luma[strip], encoding, differences)
        rgb *= top
        rgb += 0.5
        pixels[strip, :, :3] = rgb
        if alpha is not None:
            codes = alpha[strip].astype(np.float32) * np.float32(top / ((1 << depth) - 1))
            pixels[strip, :, 3] = codes + 0.5
    return pixels


def colorize_array(image: NDArray[Any], settings: Settings, network: ColorNetwork) -> NDArray[Any]:
    """Return the colour version of an array that `check_image` has passed."""
    floating = np.issubdtype(image.dtype, np.floating)
    # Half precision has no 65535.
    pixels = (image * np.float64(65535) + 0.5).astype(np.uint16) if floating else image
    pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        luma: Plane = np.ascontiguousarray(pixels[..., 0])
    elif pixels.ndim == 3:
        luma = luma_of_rgb(pixels[..., :3])
    else:
        luma = np.ascontiguousarray(pixels)
    result = colorize_luma(luma, 8 * luma.dtype.itemsize, settings, network)
    return (result / 65535 if floating else result).astype(image.dtype, copy=False)


def check_image(image: Any) -> NDArray[Any]:
    """Return the array to colour; raises `UsageError` unless it is an image."""
    if not isinstance(image, np.ndarray):
        raise UsageError(
            f"an image is a NumPy array or the path of a picture, not {type(image).__name__}."
        )
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise UsageError(
            f"an image has the shape (height, width) or (height, width, 3), not {image.shape}."
        )
    if 0 in image.shape:
        raise UsageError(f"the image is empty: its shape is {image.shape}.")
    if np.issubdtype(image.dtype, np.floating):
        if not np.isfinite(image).all() or image.min() < 0 or image.max() > 1:
            raise UsageError("images of floating-point numbers must have values in 0..1.")
    elif image.dtype.newbyteorder("=") not in (np.uint8, np.uint16):
        raise UsageError(f"images of {image.dtype} are not supported; use uint8, uint16 or float.")
    return image


def refuse_references(settings: Settings, picture: str) -> None:
    """Raise `UsageError` for references: they lend their colours to the keyframes of films."""
    if settings.references:
        raise UsageError(
            f"{picture}: a picture has no keyframes to which others lend colours; leave out "
            "`references`.",
            what="references",
        )


def colorize_file(path: Path, settings: Settings, network: ColorNetwork) -> NDArray[Any]:
    """Return the colour version of a picture file as an array; see `filmcolor.colorize_image`."""
    picture = read_picture(path, settings.transfer)
    return colorize_luma(picture.luma, picture.depth, settings, network)


def colorize_picture(
    path: Path,
    output: Path | None,
    settings: Settings,
    network: Network,
    *,
    overwrite: bool = False,
    strict: bool = False,
    events: Events | None = None,
) -> Summary:
    """Colour one picture file; see `filmcolor.colorize`. `events` are told of each page.

    `strict`: raise `InputError` for one that is cut off.
    """
    began, events = time.perf_counter(), events or Events()
    check_name(path)
    refuse_references(settings, str(path))
    output = place_of(output, color_name(path, color_suffix(path)))
    check_output(output, path, overwrite)
    file = PictureFile(path, settings.transfer, strict=strict)
    for height, width in file.sizes or [_USUAL_SIZE]:
        check_format(output, height, width)
    if file.pages > 1 and not holds_pages(output):
        raise OutputError(
            f"{output}: {path.name} has {file.pages} pages, which {output.suffix} files cannot "
            "hold; name a .tif file."
        )
    notes: dict[str, None] = {}
    with output_file(output, path, overwrite) as unfinished:
        pages = _color_pages(file, output, settings, network, notes, events)
        total = sum(height * width for height, width in file.sizes)
        lost = write_pages(unfinished, pages, total_pixels=total)
    summary = Summary(
        input=path,
        output=output,
        frames=file.pages,
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method="frame",
        codec=output.suffix.lstrip(".").lower(),
        warnings=[*notes, *lost],
    )
    events.tell(Done(summary))
    return summary


def _color_pages(
    file: PictureFile,
    output: Path,
    settings: Settings,
    network: Network,
    notes: dict[str, None],
    events: Events,
) -> Iterator[ColorPage]:
    """Yield the colour versions of the pages of a file; adds to `notes` what is to be told."""
    for number in range(file.pages):
        picture = file.read(number)
        notes |= dict.fromkeys(_notes(picture, output))
        metadata = picture.metadata
        pixels = colorize_luma(
            picture.luma,
            picture.depth,
            settings,
            network,
            alpha=picture.alpha if holds_alpha(output) else None,
            deep=picture.depth > 8 and holds_16_bits(output),
        )
        del picture  # a large one would be in memory while the colour version is written
        yield ColorPage(pixels, metadata)
        events.tell(FrameDone(number + 1, file.pages))
        check_cancelled()


def _notes(picture: Picture, output: Path) -> Iterator[str]:
    yield from picture.notes
    if picture.colored:
        yield "the picture has colour or a tint of its own; it is replaced."
    if picture.metadata.other_profile:
        yield "its ICC profile is not for R, G and B, and is wrong for colours; it is left out."
    if picture.is_transparent and not holds_alpha(output):
        yield f"the picture is transparent in parts, which {output.suffix} files cannot hold."
    if picture.depth > 8 and not holds_16_bits(output):
        yield f"the picture has {picture.depth} bits, {output.suffix} files hold 8."
