"""By which names films are known in folders."""

from __future__ import annotations

_NAMES = """
    mp4 m4v mov qt mkv webm avi divx wmv asf flv f4v mpg mpeg m2v vob ts mts m2ts 3gp 3g2 mxf dv
    ogv rm rmvb ivf gif y4m nut
"""
FILM_SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())
"""In lower case. Folders are searched for them; a file that is named may have any other."""
