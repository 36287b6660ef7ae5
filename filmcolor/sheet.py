"""Draws contact sheets: pictures with captions, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MARGIN = 10
_CAPTION = 22
_BACKGROUND = (24, 24, 26)
_INK = (215, 215, 210)


@dataclass(frozen=True)
class Cell:
    """Pictures that stand side by side, touching, over one caption.

    The pictures are uint8, shape (height, width, 3), all of one height.
    """

    pictures: Sequence[NDArray[np.uint8]]
    caption: str


def draw_sheet(cells: Sequence[Cell], columns: int, title: str = "") -> NDArray[np.uint8]:
    """Return a contact sheet of `cells` (at least one); uint8, shape (height, width, 3)."""
    from PIL import Image, ImageDraw, ImageFont  # not needed, and slow to import, for films

    cell_width = max(
        sum(p.shape[1] for p in cell.pictures) + len(cell.pictures) - 1 for cell in cells
    )
    cell_height = max(cell.pictures[0].shape[0] for cell in cells) + _CAPTION
    columns = max(1, min(columns, len(cells)))
    rows = -(-len(cells) // columns)
    top = _MARGIN + (_CAPTION + 4 if title else 0)
    width = columns * (cell_width + _MARGIN) + _MARGIN
    height = top + rows * (cell_height + _MARGIN)
    sheet = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=14)
    if title:
        draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=font)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        x = _MARGIN + column * (cell_width + _MARGIN)
        y = top + row * (cell_height + _MARGIN)
        for picture in cell.pictures:
            sheet.paste(Image.fromarray(picture), (x, y))
            x += picture.shape[1] + 1
        left = _MARGIN + column * (cell_width + _MARGIN)
        draw.text((left, y + cell_height - _CAPTION + 4), cell.caption, fill=_INK, font=font)
    return np.asarray(sheet)
