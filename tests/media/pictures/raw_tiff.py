"""Writes TIFF files tag by tag, of kinds that no library at hand writes."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np


def packed(samples: np.ndarray, bits: int) -> bytes:
    """Rows of samples of `bits` bits each, the first in the highest bits; rows end with a byte."""
    places = (samples[..., None] >> np.arange(bits)[::-1]) & 1
    return np.packbits(places.reshape(len(samples), -1).astype(np.uint8), axis=1).tobytes()


def write_tiff(path: Path, data: bytes, tags: dict[int, int]) -> Path:
    """Write one strip of bytes with these tags (each one number) besides the usual ones."""
    known: dict[int, Any] = {258: 8, 259: 1, 262: 1, 277: 1, 278: tags[257], 279: len(data)} | tags
    known[273] = 8 + 2 + 12 * (len(known) + 1) + 4
    head = b"II*\0" + struct.pack("<IH", 8, len(known))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, known[tag]) for tag in sorted(known))
    path.write_bytes(head + entries + bytes(4) + data)
    return path
