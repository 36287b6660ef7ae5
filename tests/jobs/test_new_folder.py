"""Results go into a folder that is named as one, there or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from filmcolor import OutputError, colorize, preview
from filmcolor.networks import Network


def test_it_is_made(grey_clip: Path, tmp_path: Path, quick_network: Network) -> None:
    film = colorize(grey_clip, f"{tmp_path}/new/folder/", network=quick_network)
    assert film.output == tmp_path / "new" / "folder" / "film.color.mp4"
    sheet = preview(grey_clip, f"{tmp_path}/sheets/", network=quick_network)
    assert sheet.output == tmp_path / "sheets" / "film.preview.png"
    assert film.output.exists() and sheet.output.exists()


def test_it_cannot_be_made(grey_clip: Path, tmp_path: Path, quick_network: Network) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        colorize(grey_clip, f"{tmp_path}/file/folder/", network=quick_network)
