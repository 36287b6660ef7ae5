"""Draws contact sheets: pictures with captions, in rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def draw_sheet(
    cells: Sequence[Cell], columns: int, title: str = "", note: str = ""
) -> NDArray[np.uint8]:
    """Return a contact sheet of `cells` (at least one); uint8, shape (height, width, 3).

    The `title` stands over the pictures, the `note` under them, in as many lines as it takes.
    """
    from PIL import Image, ImageDraw, ImageFont  # not needed, and slow to import, for films

    cell_width = max(
        sum(p.shape[1] for p in cell.pictures) + len(cell.pictures) - 1 for cell in cells
    )
    cell_height = max(cell.pictures[0].shape[0] for cell in cells) + _CAPTION
    columns = max(1, min(columns, len(cells)))
    rows = -(-len(cells) // columns)
    top = _MARGIN + (_CAPTION + 4 if title else 0)
    width = columns * (cell_width + _MARGIN) + _MARGIN
    bottom = top + rows * (cell_height + _MARGIN)
    font = ImageFont.load_default(size=14)
    lines = _lines(note, lambda text: font.getlength(text) <= width - 2 * _MARGIN)
    height = bottom + (len(lines) * _CAPTION + _MARGIN if lines else 0)
    sheet = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        draw.text((_MARGIN, bottom + number * _CAPTION), line, fill=_INK, font=font)
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


def _lines(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return a text in lines, each of which fits unless a word alone does not."""
    lines: list[str] = []
    for word in text.split():
        if lines and fits(f"{lines[-1]} {word}"):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
