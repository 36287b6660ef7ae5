"""Tells films that are encrypted from such that are damaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LOOKED_AT = 4 << 20
"""Bytes of a file's beginning."""

_TS_PACKET, _TS_SYNC = 188, 0x47
_MOV_MARKS = (b"encv", b"drmi", b"sinf")
"""Boxes of protected pictures in MP4 and QuickTime files."""
_ASF_MARKS = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)
"""Content Encryption Object and Extended Content Encryption Object."""
_WAY_TO_ENCRYPTION = (
    b"\x18\x53\x80\x67",
    b"\x16\x54\xae\x6b",
    b"\xae",
    b"\x6d\x80",
    b"\x62\x40",
    b"\x50\x35",
)
"""Matroska's elements Segment, Tracks, TrackEntry, ContentEncodings, ContentEncoding and
ContentEncryption, each inside the one before."""


def is_encrypted(path: Path, container: str, packets: list[Any]) -> bool:
    """Return whether the pictures in a file are encrypted, as far as it says so itself.

    `packets`: some of those that do not decode.
    """
    if any("ENCRYPTION" in _kind(data) for packet in packets for data in _side_data(packet)):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
    except OSError:
        return False
    if container == "mpegts":
        return _scrambled_transport(head)
    if container == "mpeg":
        return _scrambled_program(head)
    if container == "mov":
        return all(mark in head for mark in _MOV_MARKS[-1:]) and any(
            mark in head for mark in _MOV_MARKS[:-1]
        )
    if container == "asf":
        return any(mark in head for mark in _ASF_MARKS)
    return container == "matroska" and _has_element(head, _WAY_TO_ENCRYPTION)


def _side_data(packet: Any) -> list[Any]:
    try:
        return list(packet.iter_sidedata())
    except (AttributeError, ValueError):
        return []


def _kind(data: Any) -> str:
    return str(getattr(data, "data_type", "")).upper()


def _scrambled_transport(head: bytes) -> bool:
    """Whether most packets of a transport stream have their scrambling bits set."""
    begin = next(
        (
            place
            for place in range(min(len(head), 4 * _TS_PACKET))
            if head[place : place + 3 * _TS_PACKET : _TS_PACKET] == bytes([_TS_SYNC] * 3)
        ),
        None,
    )
    if begin is None:
        return False
    flags = head[begin + 3 :: _TS_PACKET]
    return 2 * sum(flag & 0xC0 != 0 for flag in flags) > len(flags)


def _scrambled_program(head: bytes) -> bool:
    """Whether most picture packets of a program stream have their scrambling bits set."""
    packets = scrambled = 0
    place = head.find(b"\0\0\1\xe0")
    while 0 <= place < len(head) - 6:
        packets += 1
        scrambled += head[place + 6] & 0xF0 in (0x90, 0xA0, 0xB0)
        place = head.find(b"\0\0\1\xe0", place + 4)
    return 2 * scrambled > packets


def _has_element(data: bytes, way: Sequence[bytes]) -> bool:
    """Whether Matroska elements in `data` have the first of `way` among them, with the next in it.

    Each is an identifier, its size and its content (RFC 8794).
    """
    if not way:
        return True
    place = 0
    while place < len(data):
        length = _vint_length(data[place])
        name = data[place : place + length]
        place += length
        if not length or place >= len(data):
            return False
        length = _vint_length(data[place])
        if not length:
            return False
        bits = 7 * length
        size = int.from_bytes(data[place : place + length], "big") & ((1 << bits) - 1)
        place += length
        ends = len(data) if size == (1 << bits) - 1 else place + size  # all ones: to the end
        if name == way[0] and _has_element(data[place:ends], way[1:]):
            return True
        place = ends
    return False


def _vint_length(first: int) -> int:
    """Return how many bytes a number of variable length has, by its first one; 0 if it is none."""
    return 9 - first.bit_length() if first else 0
