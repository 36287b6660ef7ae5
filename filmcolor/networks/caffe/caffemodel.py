"""A reader of Caffe's binary weights (`.caffemodel`).

The file is one NetParameter message. Only what the conversion needs is read: each layer's name
and its blobs. Field numbers are those of caffe.proto: NetParameter.layer = 100 and, before 2015,
NetParameter.layers = 2; blobs in field 7 and 6; names in field 1 and 4.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from filmcolor.errors import NetworkError
from filmcolor.networks.onnx.wire import (
    LENGTH_DELIMITED,
    VARINT,
    WireError,
    read_fields,
    read_packed_varints,
)
from filmcolor.networks.weights.weights_file import GET_AGAIN, refuse_wrong_file
from filmcolor.wording.reasons import reason_of

Array = NDArray[np.floating]

_LAYER, _OLD_LAYER = 100, 2
_NAME, _BLOBS = {_LAYER: 1, _OLD_LAYER: 4}, {_LAYER: 7, _OLD_LAYER: 6}
_SHAPE, _DATA, _DOUBLE_DATA = 7, 5, 8
_MOST_DIMS = 32
_LEGACY_DIMS = {1: 0, 2: 1, 3: 2, 4: 3}  # num, channels, height, width


def read_caffemodel(path: Path) -> dict[str, list[Array]]:
    """Return each layer's blobs by the layer's name; layers without blobs are left out.

    The arrays are read-only views of the mapped file (float32, or float64 where the file says
    so), so reading takes no memory for the numbers.

    Raises:
        NetworkError: the file is missing, empty, cut short, or no Caffe weights at all.
    """
    refuse_wrong_file(path)
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise NetworkError(f"Cannot read {path}: {reason_of(error)}.") from error
    try:
        weights = _read_layers(memoryview(mapped))
    except (WireError, UnicodeDecodeError) as error:
        raise NetworkError(
            f"{path} is no whole Caffe weights file: {error}. {GET_AGAIN}"
        ) from error
    if not weights:
        raise NetworkError(f"{path} holds no layers with weights. {GET_AGAIN}")
    return weights


def _read_layers(buffer: memoryview) -> dict[str, list[Array]]:
    weights: dict[str, list[Array]] = {}
    for number, wire_type, _, payload in read_fields(buffer):
        if number in _NAME and wire_type == LENGTH_DELIMITED:
            name, blobs = _read_layer(payload, _NAME[number], _BLOBS[number])
            if blobs:
                weights[name] = blobs
    return weights


def _read_layer(message: memoryview, name_field: int, blob_field: int) -> tuple[str, list[Array]]:
    name = ""
    blobs: list[memoryview] = []
    for number, wire_type, _, payload in read_fields(message):
        if wire_type != LENGTH_DELIMITED:
            continue
        if number == name_field:
            name = bytes(payload).decode("utf-8")
        elif number == blob_field:
            blobs.append(payload)
    try:
        return name, [_read_blob(blob) for blob in blobs]
    except WireError as error:
        raise WireError(f"layer '{name}': {error}") from None


def _read_blob(message: memoryview) -> Array:
    shape: list[int] | None = None
    legacy: list[int] = [1, 1, 1, 1]
    is_legacy = False
    parts: list[Array] = []
    singles: list[float] = []
    for number, wire_type, value, payload in read_fields(message):
        if number == _SHAPE and wire_type == LENGTH_DELIMITED:
            shape = _read_shape(payload)
        elif number in _LEGACY_DIMS and wire_type == VARINT:
            legacy[_LEGACY_DIMS[number]] = value
            is_legacy = True
        elif number in (_DATA, _DOUBLE_DATA):
            dtype = np.dtype("<f4" if number == _DATA else "<f8")
            if wire_type == LENGTH_DELIMITED:
                if len(payload) % dtype.itemsize:
                    raise WireError("a blob's length is no whole number of values")
                parts.append(np.frombuffer(payload, dtype))
            elif len(payload) == dtype.itemsize:  # written without packing
                singles.append(float(np.frombuffer(payload, dtype)[0]))
            else:
                raise WireError("a blob's values have the wrong width")
    if singles:
        parts.append(np.array(singles, np.float32))
    data: Array = parts[0] if len(parts) == 1 else np.concatenate(parts or [np.empty(0, "<f4")])
    if shape is None:
        shape = legacy if is_legacy else [data.size]
    count = 1
    for dim in shape:
        count *= dim
    if count != data.size or len(shape) > _MOST_DIMS or max(shape, default=0) > data.size:
        raise WireError(f"a blob of shape {tuple(shape)} holds {data.size:,} values, not {count:,}")
    return data.reshape(shape)


def _read_shape(message: memoryview) -> list[int]:
    dims: list[int] = []
    for number, wire_type, value, payload in read_fields(message):
        if number == 1 and wire_type == LENGTH_DELIMITED:
            dims += read_packed_varints(payload)
        elif number == 1 and wire_type == VARINT:
            dims.append(value)
    return dims
