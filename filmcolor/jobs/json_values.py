"""Fractions and paths as JSON has them, exactly."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo


def _read_seconds(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError("should be a text")
    numerator, slash, denominator = value.partition("/")
    digits = numerator.removeprefix("-"), denominator
    if not slash or not all(d.isascii() and d.isdigit() and len(d) < 20 for d in digits):
        raise ValueError('should be a fraction of a second such as "1/25"')
    if int(denominator) == 0:
        raise ValueError("should not be divided by zero")
    return Fraction(int(numerator), int(denominator))


Seconds = Annotated[
    Fraction,
    BeforeValidator(_read_seconds),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}"),
]


def _read_path(value: object, info: ValidationInfo) -> object:
    if info.mode != "json" or not isinstance(value, str):
        return value
    return re.sub("%([0-9A-F]{2})", lambda found: _BYTES[int(found[1], 16)], value)


_BYTES = [chr(code if code < 0x80 else 0xDC00 + code) for code in range(256)]
"""Characters for single bytes; from 128 on those by which Python stands for bytes that are no
UTF-8 (PEP 383), of which names of files may have some, but JSON none."""

PathText = Annotated[
    str,
    BeforeValidator(_read_path),
    PlainSerializer(
        lambda path: re.sub("[%\udc80-\udcff]", lambda found: f"%{ord(found[0]) & 0xFF:02X}", path)
    ),
]
