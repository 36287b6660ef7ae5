"""Colouring: the luma of a film's frames in, their U and V planes out.

`network_colors` asks the network, `propagation` carries colours from keyframes to the frames
between, along what `filmcolor.motion` found, `guided` brings them to full size along the edges of
the luma, and `film` runs it all over a film.
"""

from filmcolor.coloring.adjustments import adjust
from filmcolor.coloring.network_colors import FrameColorizer

__all__ = ["FrameColorizer", "adjust"]
