"""Colours still pictures, with the same colours as the same picture inside a film."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from filmcolor.coloring import ColorNetwork, FrameColorizer
from filmcolor.colorspace import Floats, Matrix, Plane, YUVEncoding, default_matrix
from filmcolor.errors import UsageError
from filmcolor.media.stills import (
    Pixels,
    color_suffix,
    luma_of_rgb,
    read_picture,
    write_picture,
)
from filmcolor.networks import Network
from filmcolor.outputs import check_output, color_name, publish, work_folder
from filmcolor.settings import Settings
from filmcolor.summary import Summary


def rgb_from_luma(luma: Plane, encoding: YUVEncoding, differences: Floats) -> Floats:
    """Return R'G'B' in 0..1 of luma codes and Cb, Cr; float32, shape (height, width, 3).

    The inverse of BT.709 section 3.3 for the matrix of `encoding`.
    """
    values = encoding.luma_values().astype(np.float32)
    y = values[luma]
    matrix: Matrix = encoding.matrix
    red = y + 2 * (1 - matrix.kr) * differences[..., 1]
    blue = y + 2 * (1 - matrix.kb) * differences[..., 0]
    green = (y - matrix.kr * red - matrix.kb * blue) / (1 - matrix.kr - matrix.kb)
    rgb: Floats = np.clip(np.stack([red, green, blue], axis=-1), 0, 1).astype(np.float32)
    return rgb


def colorize_luma(luma: Plane, settings: Settings, network: ColorNetwork) -> Pixels:
    """Return R'G'B' pixels (height, width, 3) of full-range luma, in the same integer type."""
    height, width = luma.shape
    depth = 8 * luma.dtype.itemsize
    encoding = YUVEncoding(default_matrix(width, height), True, depth)
    colorizer = FrameColorizer(network, settings, encoding, (height, width))
    ab = colorizer.ab(luma)
    rgb = rgb_from_luma(luma, encoding, colorizer.color_differences(luma, ab))
    return (rgb * ((1 << depth) - 1) + 0.5).astype(luma.dtype)


def colorize_array(image: NDArray[Any], settings: Settings, network: ColorNetwork) -> NDArray[Any]:
    """Return the colour version of an image array; see `filmcolor.colorize_image`."""
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3, 4)):
        raise UsageError(
            f"an image has the shape (height, width) or (height, width, 3), not {image.shape}."
        )
    if 0 in image.shape:
        raise UsageError(f"the image is empty: its shape is {image.shape}.")
    floating = np.issubdtype(image.dtype, np.floating)
    if floating:
        if not np.isfinite(image).all() or image.min() < 0 or image.max() > 1:
            raise UsageError("images of floating-point numbers must have values in 0..1.")
        pixels = (image * 65535 + 0.5).astype(np.uint16)
    elif image.dtype in (np.uint8, np.uint16):
        pixels = image
    else:
        raise UsageError(f"images of {image.dtype} are not supported; use uint8, uint16 or float.")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        luma: Plane = np.ascontiguousarray(pixels[..., 0])
    elif pixels.ndim == 3:
        luma = luma_of_rgb(np.ascontiguousarray(pixels[..., :3]))
    else:
        luma = np.ascontiguousarray(pixels)
    result = colorize_luma(luma, settings, network)
    return (result / 65535).astype(image.dtype) if floating else result


def colorize_picture(
    path: Path,
    output: Path | None,
    settings: Settings,
    network: Network,
    *,
    overwrite: bool = False,
) -> Summary:
    """Colour one picture file; see `filmcolor.colorize`."""
    began = time.perf_counter()
    if output is None:
        output = color_name(path, color_suffix(path))
    check_output(output, path, overwrite)
    picture = read_picture(path)
    rgb = colorize_luma(picture.luma, settings, network)
    with work_folder(output) as folder:
        finished = folder / f"finished{output.suffix}"
        write_picture(finished, rgb, picture.alpha, path)
        publish(finished, output, path, overwrite)
    warnings = ["the picture has colour or a tint of its own; it is replaced."]
    return Summary(
        input=path,
        output=output,
        frames=1,
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method="frame",
        codec=output.suffix.lstrip(".").lower(),
        warnings=warnings if picture.colored else [],
    )
