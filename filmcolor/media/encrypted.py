"""Tells films that are encrypted from such that are damaged."""

from __future__ import annotations

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
_MATROSKA_ENCRYPTION = b"\x50\x35"
"""Element ContentEncryption."""


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
    return container == "matroska" and _MATROSKA_ENCRYPTION in head[: 1 << 16]


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
    """Whether any picture packet of a program stream has its scrambling bits set."""
    place = head.find(b"\0\0\1\xe0")
    while 0 <= place < len(head) - 6:
        if head[place + 6] & 0xF0 in (0x90, 0xA0, 0xB0):
            return True
        place = head.find(b"\0\0\1\xe0", place + 4)
    return False
