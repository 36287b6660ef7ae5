"""One picture, in memory or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from typing_extensions import Unpack

from filmcolor.jobs.picture import (
    check_image,
    colorize_array,
    colorize_file,
    refuse_references,
)
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.settings import SettingsOptions, make_settings
from filmcolor.system.memory_errors import memory_told


def colorize_image(
    image: NDArray[Any] | str | Path,
    *,
    network: Network | None = None,
    **options: Unpack[SettingsOptions],
) -> NDArray[Any]:
    """Return the colour version of one image.

    Args:
        image: an array of the shape (height, width), (height, width, 1), or (height, width, 3)
            in R, G, B order, with or without opacity as a fourth channel (its colour and opacity
            are dropped); uint8, uint16, or floating point in 0..1. Or the path of a picture file.
        network: a network loaded before, instead of the option `model`.
        **options: the fields of `filmcolor.Settings` that concern colour.

    Returns:
        R, G, B; shape (height, width, 3), in the type of `image`; of files with more than 8 bits,
        uint16 up to white 65535.

    Raises:
        UsageError: the array is no image, or an option makes no sense.
        InputError: the file cannot be read.
        NetworkError: the network is missing or damaged.
    """
    settings = make_settings(**options)
    refuse_references(settings, "the image")
    if isinstance(image, str | Path):
        path = Path(image)
        with memory_told(path):
            return colorize_file(path, settings, network or load_chosen_network(settings))
    checked = check_image(image)
    with memory_told("the image"):
        return colorize_array(checked, settings, network or load_chosen_network(settings))
