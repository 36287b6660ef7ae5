"""How moments of a film are given."""

from __future__ import annotations

from fractions import Fraction

Time = str | int | float | Fraction
"""A point in a film: a frame (`"120f"`), seconds (`12.5`) or a timecode (`"00:01:02.500"`)."""
