"""`filmcolor info`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from filmcolor.cli import options as o
from filmcolor.cli.console import put
from filmcolor.cli.pipes import ends_of
from filmcolor.settings import Settings
from filmcolor.wording.words import counted


@o.takes_settings("codec", "pix_fmt", "deinterlace", "video_stream", "fps", "missing", "transfer")
def info(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A film, a picture, or a folder of pictures.")
    ],
    as_json: o.Json = False,
    *,
    settings: Settings,
) -> None:
    """Show what a film holds, and what colorize would do with it.

    **Examples**

    `filmcolor info old.mkv`

    `filmcolor info old.mkv --codec ffv1 --json`
    """
    from filmcolor.jobs.inspect import inspect

    with ends_of(source) as ends:
        facts = inspect(ends.source, settings)
        if ends.is_piped:
            facts["path"] = ends.told(facts["path"])
            facts["colorize"]["output"] = Path(facts["colorize"]["output"]).name
    if as_json:
        put(json.dumps(facts, ensure_ascii=False))
    else:
        _print_facts(facts)


def _print_facts(facts: dict[str, Any]) -> None:
    rows = _rows(facts)
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        lines = text.splitlines() or [""]
        put(f"{typer.style(label.ljust(width), bold=True)}  {lines[0]}")
        for line in lines[1:]:
            put(" " * (width + 2) + line)


def _rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("file", facts["path"])]
    size = f"{facts['width']}x{facts['height']}"
    if facts["kind"] == "picture":
        own = ", has colour of its own" if facts["colored"] else ""
        rows.append(("picture", f"{size}, {facts['depth']} bits{own}"))
    else:
        rows += _film_rows(facts, size)
    plan = facts["colorize"]
    rows.append(("colorize writes", plan["output"]))
    if "codec" in plan:
        copied = ", ".join(str(index) for index in plan["copied_streams"]) or "none"
        rows.append(("", f"{plan['codec']} {plan['pix_fmt']}; streams copied: {copied}"))
    rows += [("", f"note: {note}") for note in plan["notes"]]
    return rows


def _frames(number: int | None) -> str:
    return "an unknown number of frames" if number is None else counted(number, "frame")


def _film_rows(facts: dict[str, Any], size: str) -> list[tuple[str, str]]:
    video, timing = facts["video"], facts["timing"]
    if facts["sample_aspect_ratio"] != "1":
        size += f", pixels {facts['sample_aspect_ratio']}"
    if facts["rotation"] or facts["mirrored"]:
        size += f", turned by {facts['rotation']} degrees" + (", mirrored" * facts["mirrored"])
    length = "unknown" if facts["duration"] is None else f"{facts['duration']:.3f} s"
    even = "constant" if timing["constant"] else "variable"
    if not timing["constant"]:
        even += f", {timing['shortest_gap']:.3f} to {timing['longest_gap']:.3f} s a frame"
    tagged = "" if video["matrix_is_tagged"] else " (guessed by the size)"
    fields = (
        f"interlaced, {video['field_order']} field first" if video["interlaced"] else "progressive"
    )
    rows = [
        ("container", f"{facts['container']}, {length}, starts at {facts['start']:.3f} s"),
        ("picture", size),
        ("timing", f"{_frames(timing['frames'])}, {timing['frame_rate']} a second, {even}"),
        (
            "video",
            f"{video['codec']} {video['pixel_format']}, {video['matrix']}{tagged}, "
            f"{video['range']} range, {fields}"
            + (", has colour of its own" if video["colored"] else ""),
        ),
    ]
    for stream in facts["streams"]:
        parts = [stream["codec"], stream["details"], stream["language"], stream["title"]]
        parts += stream["dispositions"]
        words = ", ".join(part for part in parts if part)
        rows.append((f"stream {stream['index']}", f"{stream['kind']}: {words}"))
    if facts["chapters"]:
        rows.append(("chapters", str(facts["chapters"])))
    rows += [(f"tag {key}", str(value)) for key, value in facts["metadata"].items()]
    return rows
