"""The command line that does what a call does, to be copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filmcolor.wording.words import command


def colorize_command(
    source: Path, output: Path | None = None, options: Mapping[str, Any] | None = None
) -> str:
    """Return the command that colours a film just so.

    `options`: keyword arguments of `filmcolor.colorize`, by name; None stands for no option.

    Example:
        >>> colorize_command(Path("old.mp4"), Path("new.mkv"), {"codec": "x265", "strict": True})
        'filmcolor colorize old.mp4 -o new.mkv --codec x265 --strict'
    """
    words: list[str | Path] = [source]
    if output is not None:
        words += ["-o", output]
    for name, value in (options or {}).items():
        words += _option(name, value)
    return command("colorize", *words).strip("`")


def _option(name: str, value: Any) -> Iterator[str | Path]:
    flag = f"--{name.replace('_', '-')}"
    if value is None:
        return
    if isinstance(value, bool):
        yield flag if value else f"--no-{flag[2:]}"
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield flag.removesuffix("s")
            yield f"{key}={each}"
    elif isinstance(value, tuple | list):
        for each in value:
            yield flag.removesuffix("s")
            yield str(each)
    else:
        yield flag
        yield value if isinstance(value, Path) else str(value)
