"""`filmcolor evaluate`."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.test_import_time import heavy_modules_after


def test_json(command: Command, color_clip: Path, photo_folder: Path) -> None:
    done = command("evaluate", color_clip, photo_folder, "--model", "small", "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert (report["network"], report["method"]) == ("small", "propagate")
    (film,), (photos,) = report["films"], report["photos"]
    assert film["input"] == str(color_clip)
    assert photos["input"] == str(photo_folder)
    assert (film["frames"], photos["photos"]) == (8, 3)
    counts = {"input", "frames", "photos", "width", "height", "notes"}
    for row, mean in ((film, report["films_mean"]), (photos, report["photos_mean"])):
        figures = {name: value for name, value in row.items() if name not in counts}
        assert figures == mean
        assert all(math.isfinite(value) for value in figures.values() if value is not None)
    assert {"psnr", "ssim", "ciede2000", "colorfulness", "colorfulness_abs"} <= photos.keys()
    assert {"warp_error_rgb", "cdc", "flicker_ab", "network_passes"} <= film.keys()
    assert "warp_error_rgb" not in photos
    for name in film:
        base = name.removesuffix("_truth").removesuffix("_grey").removesuffix("_gap")
        assert base in report["definitions"] or name in counts | SHARES
    assert "DIS" in report["definitions"]["warp_error_rgb"]


SHARES = {"pairs", "pairs_left_out", "visible_share", "still_share"}


def test_tables(
    command: Command, color_clip: Path, photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    done = command("evaluate", color_clip, photo_folder, "--model", "small", "--frames", "2")
    assert done.code == 0
    assert "note:" not in done.err
    tables = done.out
    for words in (
        "Films, frame by frame",
        "Films, over time",
        "drift",
        "Photos",
        "PSNR",
        "CIEDE",
        "CDC",
    ):
        assert words in tables
    assert tables.count(color_clip.name) == 4
    assert len(re.findall(r"(?m)^ *photos +2 ", tables)) == 2
    assert "mean" not in tables

    both = command("evaluate", color_clip, color_clip, "--model", "small", "--frames", "2")
    assert both.out.count("mean") == 4


def test_notes_and_quiet(command: Command, color_clip: Path, photo_folder: Path) -> None:
    (photo_folder / "broken.jpg").write_bytes(b"no picture")
    done = command("evaluate", photo_folder, "--model", "small")
    assert "note: left out: " in done.err
    quiet = command("evaluate", photo_folder, "--model", "small", "--quiet")
    assert quiet.err == ""
    assert "PSNR" in quiet.out


def test_errors(command: Command, tmp_path: Path, color_clip: Path) -> None:
    missing = command("evaluate", tmp_path / "missing.mp4")
    assert (missing.code, missing.out) == (1, "")
    assert "missing.mp4" in missing.error_line
    wrong = command("evaluate", color_clip, "--frames", "2", "--end", "5")
    assert wrong.code == 2
    assert "--frames" in wrong.error_line


def test_help_is_quick() -> None:
    code = """
import sys
sys.argv = ["filmcolor", "evaluate", "--help"]
from filmcolor.cli.app import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
assert "skimage" not in sys.modules
"""
    assert heavy_modules_after(code) == []
