"""Converted Caffe networks, kept so that the conversion is done once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filmcolor.errors import NetworkError
from filmcolor.networks.weights.folders import cache_folder, package_data
from filmcolor.system.atomic_output import atomic_output

CONVERTED_SUFFIX = ".cache.onnx"
_ZHANG_DESCRIPTION = "zhang2016.prototxt"
# Part of the cached file's name: raise it when the same weights must be converted anew.
_CONVERTER_VERSION = 2


def description_of(weights: Path) -> Path:
    """Return the network description that belongs to a `.caffemodel`.

    That is the `.prototxt` of the same stem beside it, else the package's own of Zhang's release.
    """
    own = weights.with_suffix(".prototxt")
    return own if own.is_file() else package_data(_ZHANG_DESCRIPTION)


def converted(
    weights: Path, sha256: str, *, name: str, licence: str, folder: Path | None = None
) -> Path:
    """Return the ONNX file of a Caffe colour network, converting it where that was not done yet.

    The file lies beside the weights, or in the cache folder where it cannot be written there; its
    name holds a key made of the weights' and the description's checksums.

    Args:
        weights: the `.caffemodel`.
        sha256: its checksum.
        name: stored in the model as `filmcolor.name`.
        licence: stored as `filmcolor.licence`.
        folder: where the file goes instead of beside the weights.

    Raises:
        NetworkError: the files are damaged, do not fit each other, or nothing can be written.
    """
    # Slow to import; most networks need no converting.
    from filmcolor.networks.caffe.convert import convert_color_network
    from filmcolor.networks.caffe.description import read_network

    description = description_of(weights)
    network = read_network(description)
    key = hashlib.sha256(description.read_bytes())
    key.update(f"{sha256} {name} {licence} {_CONVERTER_VERSION}".encode())
    file_name = f"{weights.stem}.{key.hexdigest()[:16]}{CONVERTED_SUFFIX}"
    folders = [folder or weights.parent, cache_folder()]
    for candidate in folders:
        if (candidate / file_name).is_file():
            return candidate / file_name
    metadata = {
        "filmcolor.name": name,
        "filmcolor.sha256": sha256,
        "filmcolor.licence": licence,
    }

    def convert(target: Path) -> OSError | None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_output(target) as unfinished:
                convert_color_network(network, weights, unfinished, metadata=metadata)
        except NetworkError as error:
            raise NetworkError(_explained(weights, description, error)) from None
        except OSError as error:
            return error
        return None

    for candidate in folders:
        problem = convert(candidate / file_name)
        if problem is None:
            return candidate / file_name
    raise NetworkError(
        f"Cannot store the converted network in {folders[0]} nor in {folders[1]}: {problem}. "
        "Free some space or allow writing there."
    ) from problem


def _explained(weights: Path, description: Path, error: NetworkError) -> str:
    message = str(error)
    if str(weights) in message:
        return message
    advice = f"Put the matching description beside it as {weights.stem}.prototxt"
    if description.parent == weights.parent:
        advice = "Use the description that belongs to these weights"
    return f"{weights} does not fit the description {description.name}: {message}. {advice}."
