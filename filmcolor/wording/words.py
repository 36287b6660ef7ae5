"""Pieces of sentences: numbers with their nouns, commands that can be pasted."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "frame"), counted(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def with_article(name: str) -> str:
    """Return a name behind `a` or `an`, as it is spoken.

    >>> with_article("MP4"), with_article("Matroska"), with_article("AVI")
    ('an MP4', 'a Matroska', 'an AVI')
    """
    spelled_out = name[:2].isupper()
    vowel = name[0] in "AEFHILMNORSX" if spelled_out else name[0].lower() in "aeiou"
    return f"{'an' if vowel else 'a'} {name}"


def command(*words: str | Path) -> str:
    """Return a `filmcolor` command in backquotes, as it can be pasted into a shell.

    >>> command("resume", Path("my film.mp4"))  # doctest: +SKIP
    "`filmcolor resume 'my film.mp4'`"
    """
    return f"`{' '.join(['filmcolor', *map(_quoted, words)])}`"


def _quoted(word: str | Path) -> str:
    text = str(word)
    if isinstance(word, Path) and text.startswith("-"):
        text = f"{os.curdir}{os.sep}{text}"  # or it would be an option
    if os.name != "posix":
        return subprocess.list2cmdline([text])
    if _CONTROL.search(text):
        escaped = text.replace("\\", "\\\\").replace("'", "\\'")
        return "$'" + _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + "'"
    return shlex.quote(text)
