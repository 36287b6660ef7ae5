"""Pictures in the order of the numbers in their names, and the numbers that are missing."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")
_LEAST_REGULAR = 0.5
"""Part of the steps that must be alike, for longer ones to mean that pictures are missing."""
_GAPS_NAMED = 5
_LONGEST_GAP = 1000
"""Pictures. Behind a longer gap, that is also longer than all there is, another series begins."""


def natural_key(path: Path) -> list[int | str]:
    """Return a key by which files are sorted as people count: 2 before 10."""
    parts = re.split(r"(\d+)", path.name)
    return [int(part) if part.isdecimal() else part.lower() for part in parts]


@dataclass(frozen=True)
class NumberGap:
    """Numbers that no picture has."""

    after: Path
    """The picture before the gap."""
    first: str
    """The name that the first missing picture should have."""
    last: str
    count: int


def missing_numbers(files: Sequence[Path]) -> list[NumberGap]:
    """Return the gaps in the numbers of files, which are in order.

    The last number in a name counts; files that differ in more than that are numbered each for
    themselves. Nothing is found where the numbers do not go in even steps (times, for example),
    nor where one goes ahead by more than 1000 pictures and by more than there are: what follows
    is then numbered in another way (`f_0004.png` and `f_20240101120000.png`).
    """
    series: dict[tuple[str, str], list[tuple[int, str, Path]]] = defaultdict(list)
    for file in files:
        match = _LAST_NUMBER.fullmatch(file.name.removesuffix(file.suffix))
        if match is not None:
            key = match[1], match[3] + file.suffix
            series[key].append((int(match[2]), match[2], file))
    gaps: list[NumberGap] = []
    for (before, behind), numbered in series.items():
        steps = Counter(b[0] - a[0] for a, b in pairwise(numbered))
        if not steps:
            continue
        usual, often = min(steps.items(), key=lambda item: (-item[1], item[0]))
        if usual <= 0 or often < _LEAST_REGULAR * steps.total():
            continue
        for (number, digits, file), (following, _, _) in pairwise(numbered):
            count = (following - number) // usual - 1
            if 0 < count <= max(_LONGEST_GAP, len(numbered)):
                names = [
                    f"{before}{str(n).zfill(len(digits))}{behind}"
                    for n in (number + usual, number + count * usual)
                ]
                gaps.append(NumberGap(file, names[0], names[1], count))
    return gaps


def gaps_in_words(gaps: Sequence[NumberGap]) -> str:
    """Return a clause that counts what is missing and names it; of many gaps the first ones."""
    count = sum(gap.count for gap in gaps)
    named = [
        gap.first if gap.count == 1 else f"{gap.first} to {gap.last}" for gap in gaps[:_GAPS_NAMED]
    ]
    more = f" and {len(gaps) - _GAPS_NAMED} more gaps" if len(gaps) > _GAPS_NAMED else ""
    what = "1 picture is" if count == 1 else f"{count} pictures are"
    return f"by the numbers, {what} missing: {', '.join(named)}{more}"
