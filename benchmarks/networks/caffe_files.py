"""Writes Caffe weights files, with a wire writer of its own: the importer is tested against it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

Blobs = Mapping[str, Sequence[np.ndarray]]


def varint(value: int) -> bytes:
    """Return a number as Protocol Buffers store it: seven bits a byte, lowest first."""
    out = b""
    while True:
        low, value = value % 128, value // 128
        out += struct.pack("B", low + (128 if value else 0))
        if not value:
            return out


def field(number: int, payload: bytes) -> bytes:
    """Return a field of bytes, with its number and length in front."""
    return varint(number * 8 + 2) + varint(len(payload)) + payload


def modern_blob(array: np.ndarray) -> bytes:
    """Return a BlobProto with a shape of any number of sides; float64 stays float64."""
    dims = b"".join(varint(n) for n in array.shape)
    number, dtype = (8, "<f8") if array.dtype == np.float64 else (5, "<f4")
    return field(7, field(1, dims)) + field(number, array.astype(dtype).tobytes())


def legacy_blob(array: np.ndarray) -> bytes:
    """Return a BlobProto as of before 2014: four sides (num, channels, height, width)."""
    shape = (1,) * (4 - array.ndim) + array.shape
    dims = b"".join(varint(8 * i) + varint(n) for i, n in enumerate(shape, 1))
    return dims + field(5, array.astype("<f4").tobytes())


def unpacked_blob(array: np.ndarray) -> bytes:
    """Return a BlobProto whose numbers each have a tag of their own."""
    values = b"".join(varint(5 * 8 + 5) + struct.pack("<f", v) for v in array.ravel())
    return field(7, b"".join(varint(8) + varint(n) for n in array.shape)) + values


def write_caffemodel(
    path: Path,
    blobs: Blobs,
    *,
    blob: Callable[[np.ndarray], bytes] = modern_blob,
    old_layers: bool = False,
) -> Path:
    """Write all layers; `old_layers` uses the V1LayerParameter form of before 2015."""
    layer_field, name_field, blob_field = (2, 4, 6) if old_layers else (100, 1, 7)
    with path.open("wb") as file:
        file.write(field(1, b"random"))
        file.write(field(layer_field, field(name_field, b"data without weights")))
        for name, arrays in blobs.items():
            content = field(name_field, name.encode())
            content += b"".join(field(blob_field, blob(array)) for array in arrays)
            file.write(field(layer_field, content))
    return path


def zhang_blobs(seed: int = 0, *, divide: int = 1) -> dict[str, list[np.ndarray]]:
    """Random weights in the exact layout of Zhang's release v2.

    `divide` shrinks the channels of all blocks; the 313 bins stay. The weights are scaled so that
    activations keep their size through the layers, as in a trained network.
    """
    rng = np.random.default_rng(seed)
    blocks = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3), (512, 3), (512, 3)]
    blobs: dict[str, list[np.ndarray]] = {}
    channels = 1

    def kernel(out: int, into: int, size: int) -> np.ndarray:
        spread = np.sqrt(2 / (into * size * size))
        values: np.ndarray = rng.standard_normal((out, into, size, size)) * spread
        return values.astype(np.float32)

    def bias(out: int) -> np.ndarray:
        return (rng.standard_normal(out) * 0.1).astype(np.float32)

    for block, (width, count) in enumerate(blocks, 1):
        width //= divide
        for i in range(1, count + 1):
            name = "bw_conv1_1" if (block, i) == (1, 1) else f"conv{block}_{i}"
            blobs[name] = [kernel(width, channels, 3), bias(width)]
            if name == "bw_conv1_1":
                blobs[name][0] /= 25  # L - 50 comes in tens
            channels = width
        factor = 1000.0
        mean = rng.uniform(0.2, 0.8, width) * factor
        variance = rng.uniform(0.3, 1.2, width) * factor
        blobs[f"conv{block}_{count}norm"] = [
            mean.astype(np.float32),
            variance.astype(np.float32),
            np.array([factor], np.float32),
        ]
    width = 256 // divide
    blobs["conv8_1"] = [kernel(channels, width, 4) * np.float32(2), bias(width)]
    blobs["conv8_2"] = [kernel(width, width, 3), bias(width)]
    blobs["conv8_3"] = [kernel(width, width, 3), bias(width)]
    blobs["conv8_313"] = [kernel(313, width, 1) * np.float32(0.12), bias(313)]
    return blobs


def small_description(text: str, divide: int) -> str:
    """The package's description with narrower blocks: num_output divided, 313 and 2 kept."""
    for width in (64, 128, 256, 512):
        text = text.replace(f"num_output: {width} ", f"num_output: {width // divide}  ")
    return text
