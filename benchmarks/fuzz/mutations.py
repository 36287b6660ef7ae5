"""Damages bytes in ways in which files are damaged, or made to be harmful."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Operation = Callable[[bytearray, Random], None]

_MAGIC = (b"\x00", b"\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\xff", b"\x01")
_NUMBERS = (b"0", b"-1", b"65536", b"4294967296", b"9" * 30, b"1e999", b"nan", b"", b'"x"', b"[]")
_HEAD = 4096


def _place(data: bytearray, rng: Random) -> int:
    """A place in the data: every other time near an end, where containers keep their tables."""
    near = min(len(data), _HEAD)
    where = rng.random()
    if where < 0.35:
        return rng.randrange(near)
    if where < 0.5:
        return len(data) - 1 - rng.randrange(near)
    return rng.randrange(len(data))


def _run(data: bytearray, rng: Random) -> tuple[int, int]:
    """A run of bytes, short ones more often: begin and end."""
    begin = _place(data, rng)
    length = min(int(2 ** rng.uniform(0, 14)), max(1, len(data) // 4))
    return begin, min(len(data), begin + length)


def flip_bits(data: bytearray, rng: Random) -> None:
    """Flip 1 to 64 bits, close to each other or anywhere."""
    begin, end = _run(data, rng) if rng.random() < 0.5 else (0, len(data))
    for _ in range(int(2 ** rng.uniform(0, 6))):
        data[rng.randrange(begin, end)] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: Random) -> None:
    """Cut the end off, or the beginning."""
    at = _place(data, rng)
    if rng.random() < 0.8:
        del data[at:]
    else:
        del data[:at]


def take_out(data: bytearray, rng: Random) -> None:
    """Take a run out."""
    begin, end = _run(data, rng)
    del data[begin:end]


def splice(data: bytearray, rng: Random) -> None:
    """Put a copy of a run in at another place, or over what is there."""
    begin, end = _run(data, rng)
    at, run = _place(data, rng), data[begin:end]
    data[at : at + (len(run) if rng.random() < 0.5 else 0)] = run


def zero(data: bytearray, rng: Random) -> None:
    """Fill a run with zeros, as a download with a hole has them."""
    begin, end = _run(data, rng)
    data[begin:end] = bytes(end - begin)


def swap(data: bytearray, rng: Random) -> None:
    """Swap two runs of the same length."""
    (begin, end), other = _run(data, rng), _place(data, rng)
    length = min(end - begin, len(data) - other, abs(other - begin))
    first, second = data[begin : begin + length], data[other : other + length]
    data[begin : begin + length], data[other : other + length] = second, first


def overwrite(data: bytearray, rng: Random) -> None:
    """Write numbers at which programs stumble: none, all, the largest, the smallest."""
    for _ in range(rng.randint(1, 4)):
        at, value = _place(data, rng), rng.choice(_MAGIC)
        data[at : at + len(value)] = value


def change_number(data: bytearray, rng: Random) -> None:
    """Replace a number that is written out in digits."""
    numbers = list(re.finditer(rb"-?\d+(\.\d+)?", bytes(data[: 1 << 16])))
    if numbers:
        found = rng.choice(numbers)
        data[found.start() : found.end()] = rng.choice(_NUMBERS)


def repeat_line(data: bytearray, rng: Random) -> None:
    """Repeat a line of text, up to some thousands of times."""
    lines = data[: 1 << 16].split(b"\n")
    line = rng.choice(lines) + b"\n"
    at = rng.choice([0, len(data), sum(len(one) + 1 for one in lines[: len(lines) // 2])])
    data[at:at] = line * int(2 ** rng.uniform(0, 12))


BINARY: tuple[Operation, ...] = (
    *(flip_bits, flip_bits, cut, take_out, splice, zero, swap, overwrite, overwrite),
)
TEXT: tuple[Operation, ...] = (*BINARY, *(change_number,) * 6, *(repeat_line,) * 2)


def mutated(content: bytes, rng: Random, *, text: bool = False) -> bytes:
    """Return the content, damaged by one to four operations; never empty, never much longer."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        if data:
            rng.choice(TEXT if text else BINARY)(data, rng)
    return bytes(data[: 2 * len(content) + (1 << 20)]) or b"\x00"
