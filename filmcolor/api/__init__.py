"""The Python interface: everything that the command line can do, as functions."""

from __future__ import annotations

from filmcolor.system.quick_imports import nothing_collected

with nothing_collected():
    from filmcolor.api.films import batch, colorize, preview
    from filmcolor.api.images import colorize_image
    from filmcolor.api.keyframes import check_keyframes, export_keyframes
    from filmcolor.api.shots import color_script, find_shots

__all__ = [
    "batch",
    "check_keyframes",
    "color_script",
    "colorize",
    "colorize_image",
    "export_keyframes",
    "find_shots",
    "preview",
]
