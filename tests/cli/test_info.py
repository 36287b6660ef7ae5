"""`filmcolor info`."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Command
from tests.clips import Tags, make_clip


@pytest.fixture
def facts(command: Command) -> Any:
    """Runs `info --json`."""

    def run(*arguments: Any) -> Any:
        done = command("info", *arguments, "--json")
        assert done.code == 0, done.err
        assert done.err == ""
        assert done.out.count("\n") == 1
        return json.loads(done.out)

    return run


def test_film(facts: Any, grey_clip: Path) -> None:
    found = facts(grey_clip)

    assert found["path"] == str(grey_clip)
    assert found["kind"] == "film"
    assert (found["width"], found["height"]) == (64, 48)
    assert found["duration"] == pytest.approx(12 / 25, abs=0.01)
    assert found["timing"]["constant"] is True
    assert found["timing"]["frames"] == 12
    assert found["timing"]["frame_rate"] == "25"
    video = found["video"]
    assert (video["codec"], video["pixel_format"], video["depth"]) == ("h264", "yuv420p", 8)
    assert (video["matrix"], video["matrix_is_tagged"]) == ("smpte170m", False)
    assert (video["range"], video["interlaced"], video["colored"]) == ("limited", False, False)
    assert [stream["kind"] for stream in found["streams"]] == ["video"]


def test_what_colorize_would_do(facts: Any, grey_clip: Path) -> None:
    plan = facts(grey_clip)["colorize"]
    assert plan["output"] == str(grey_clip.with_name("film.color.mp4"))
    assert (plan["codec"], plan["pix_fmt"], plan["notes"]) == ("x264", "yuv420p", [])
    other = facts(grey_clip, "--codec", "ffv1", "--pix-fmt", "yuv444p")["colorize"]
    assert other["output"].endswith(".mkv")
    assert (other["codec"], other["pix_fmt"]) == ("ffv1", "yuv444p")
    assert [path.name for path in grey_clip.parent.iterdir()] == ["film.mp4"]


def test_sound_is_copied(facts: Any, sound_clip: Path) -> None:
    found = facts(sound_clip)
    assert [stream["codec"] for stream in found["streams"]] == ["h264", "aac"]
    assert found["colorize"]["copied_streams"] == [1]


def test_variable_frame_rate(facts: Any, tmp_path: Path) -> None:
    film = make_clip(
        tmp_path / "uneven.mkv",
        pts=[0, 40, 80, 200, 240, 500],
        time_base=Fraction(1, 1000),
    )
    timing = facts(film)["timing"]
    assert timing["constant"] is False
    assert timing["shortest_gap"] == pytest.approx(0.04)
    assert timing["longest_gap"] == pytest.approx(0.26)
    assert timing["frames"] == 6


def test_interlaced(facts: Any, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "fields.mkv", interlaced=True, size=(64, 64))
    found = facts(film)
    assert found["video"]["interlaced"] is True
    assert found["video"]["field_order"] == "top"
    assert any("interlaced" in note for note in found["colorize"]["notes"])


def test_tags_depth_and_pixel_shape(facts: Any, tmp_path: Path) -> None:
    film = make_clip(
        tmp_path / "tagged.mkv",
        frames=3,
        pix_fmt="yuv420p10le",
        sar=Fraction(4, 3),
        tags=Tags(matrix=1, full_range=True, primaries=1, transfer=1),
    )
    found = facts(film)
    video = found["video"]
    assert (video["matrix"], video["matrix_is_tagged"]) == ("bt709", True)
    assert (video["range"], video["depth"]) == ("full", 10)
    assert found["sample_aspect_ratio"] == "4/3"


def test_color_of_its_own(facts: Any, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "colour.mp4", frames=3, grey=False)
    assert facts(film)["video"]["colored"] is True


def test_picture(facts: Any, tmp_path: Path, astronaut: np.ndarray) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(astronaut[:64].astype(np.uint16) * 257).save(photo)
    found = facts(photo)
    assert (found["kind"], found["width"], found["height"]) == ("picture", 96, 64)
    assert (found["depth"], found["colored"]) == (16, False)
    assert found["colorize"]["output"] == str(tmp_path / "photo.color.png")


def test_folder_of_pictures(facts: Any, tmp_path: Path, astronaut: np.ndarray) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(astronaut).save(folder / f"{number}.png")
    found = facts(folder)
    assert found["kind"] == "stills"
    assert found["timing"]["frames"] == 3
    assert (found["width"], found["height"]) == (96, 96)


def test_text(command: Command, sound_clip: Path) -> None:
    done = command("info", sound_clip)
    assert done.code == 0
    assert done.err == ""
    for words in ("64x48", "12 frames", "constant", "h264 yuv420p", "aac", "sound.color.mp4"):
        assert words in done.out


def test_long_names_are_not_cut(command: Command, tmp_path: Path) -> None:
    film = make_clip(tmp_path / f"{'long ' * 30}.mp4", frames=2)
    done = command("info", film)
    assert str(film) in done.out.splitlines()[0]
    assert str(film.with_name(f"{film.stem}.color.mp4")) in done.out


def test_text_of_a_picture(command: Command, tmp_path: Path) -> None:
    photo = tmp_path / "[red].png"
    Image.new("RGB", (40, 30), (200, 90, 40)).save(photo)
    done = command("info", photo)
    assert done.code == 0
    for words in ("40x30", "8 bits", "has colour of its own", "[red].color.png"):
        assert words in done.out


def test_animated_picture(facts: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    images = [Image.new("L", (32, 32), 60 * n) for n in range(4)]
    images[0].save(source, save_all=True, append_images=images[1:], duration=[80, 120, 50, 100])
    found = facts(source)
    assert (found["kind"], found["timing"]["frames"]) == ("stills", 4)
    assert found["timing"]["constant"] is False
    assert found["duration"] == pytest.approx(0.35)
    assert found["colorize"]["output"] == str(tmp_path / "a.color.mp4")


def test_missing_numbers(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "scan").mkdir()
    for number in (1, 2, 4):
        Image.new("L", (32, 32)).save(tmp_path / "scan" / f"{number}.png")
    assert any("3.png" in note for note in facts(tmp_path / "scan")["colorize"]["notes"])
    held = facts(tmp_path / "scan", "--missing", "hold")
    assert held["timing"]["frames"] == 4
