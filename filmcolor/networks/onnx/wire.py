"""A strict reader of the protocol buffers wire format.

Caffe's weights and ONNX models are both such messages. Reading the wire format directly needs no
generated classes for Caffe and leaves large arrays where they are: length-delimited fields come
back as views of the buffer, not as copies.

Format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
_VARINT_BITS = 64


class WireError(ValueError):
    """The bytes are not a whole protocol buffers message."""


def read_varint(buffer: memoryview, position: int) -> tuple[int, int]:
    """Return the unsigned varint at `position` and the position after it."""
    value = 0
    end = len(buffer)
    for shift in range(0, _VARINT_BITS + 6, 7):
        if position >= end:
            raise WireError("the file ends in the middle of a number")
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise WireError("a number is longer than 64 bits")


def read_fields(buffer: memoryview) -> Iterator[tuple[int, int, int, memoryview]]:
    """Yield (field number, wire type, value, payload) for each field of a message.

    `value` is the integer of a VARINT field, else 0. `payload` is the view of the bytes of the
    other wire types, else empty.

    Raises:
        WireError: the message is cut short or uses a wire type that Caffe and ONNX never write.
    """
    position, end = 0, len(buffer)
    nothing = buffer[:0]
    while position < end:
        tag, position = read_varint(buffer, position)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise WireError("a field has the number 0")
        if wire_type == VARINT:
            value, position = read_varint(buffer, position)
            yield number, wire_type, value, nothing
            continue
        if wire_type == LENGTH_DELIMITED:
            length, position = read_varint(buffer, position)
        elif wire_type == FIXED32:
            length = 4
        elif wire_type == FIXED64:
            length = 8
        else:
            raise WireError(f"a field has the unknown wire type {wire_type}")
        if length > end - position:
            missing = length - (end - position)
            raise WireError(f"the file is cut short: at least {missing:,} bytes are missing")
        yield number, wire_type, 0, buffer[position : position + length]
        position += length


def read_messages(buffer: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield (field number, payload) for each field that is a message, a string or bytes.

    Raises `WireError` as `read_fields` does.
    """
    for number, wire_type, _, payload in read_fields(buffer):
        if wire_type == LENGTH_DELIMITED:
            yield number, payload


def read_packed_varints(payload: memoryview) -> list[int]:
    """Return all varints of a packed repeated field."""
    values = []
    position = 0
    while position < len(payload):
        value, position = read_varint(payload, position)
        values.append(value)
    return values


def encode_varint(value: int) -> bytes:
    """Return a non-negative integer as a varint."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_tag(number: int, wire_type: int) -> bytes:
    """Return the key that starts a field."""
    return encode_varint(number << 3 | wire_type)
