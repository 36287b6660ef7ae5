"""Points of colour in the plan, and strokes in the folder of keyframes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor.color.lab import lab_from_rgb
from filmcolor.errors import InputError
from filmcolor.media.decode.probe import probe
from filmcolor.media.upright import full_size, stored_place
from filmcolor.networks import Network
from tests.clips import make_clip
from tests.coloring.films import film_of
from tests.keyframes.test_repainted import rgb_frame

GREEN = "#2e7d32"
FRAMES = 24


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright thing on a dark ground, that stands still."""
    picture = np.full((96, 128), 70, np.uint8)
    picture[20:70, 30:90] = 130
    picture[::2, ::3] += 3
    return film_of(tmp_path_factory.mktemp("film") / "film.mkv", [picture] * FRAMES)


def plan_with(film: Path, path: Path, *hints: dict[str, Any]) -> Path:
    plan = filmcolor.find_shots(film, rooms=False).model_dump(mode="json", exclude_none=True)
    plan["shots"][0]["hints"] = list(hints)
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def ab_of_frame(path: Path, number: int) -> np.ndarray:
    return lab_from_rgb(rgb_frame(path, number))[..., 1:]


def test_a_point_colors_what_it_lies_on(film: Path, tmp_path: Path, network: Network) -> None:
    output = tmp_path / "result.mkv"
    # no keyframe before
    hints = [
        {"frame": 5, "x": 50, "y": 40, "colour": GREEN},
        {"frame": 5, "x": 8, "y": 8, "colour": "neutral"},
    ]
    plan = plan_with(film, tmp_path / "plan.json", *hints)
    filmcolor.colorize(film, output, network=network, codec="ffv1", plan=plan)
    for number in (5, 15):
        ab = ab_of_frame(output, number)
        assert ab[25:65, 35:85, 0].mean() < -25
        assert np.abs(ab[80:, 100:]).mean() < 6


def test_strokes_color_what_they_lie_on(film: Path, tmp_path: Path, network: Network) -> None:
    folder, output = tmp_path / "keyframes", tmp_path / "result.mkv"
    filmcolor.export_keyframes(film, folder, network=network, per_shot=1)
    (picture,) = folder.glob("*.png")
    strokes = np.zeros((96, 128, 4), np.uint8)
    strokes[40:44, 40:70] = (0x2E, 0x7D, 0x32, 255)
    Image.fromarray(strokes).save(picture.with_name(f"{picture.stem}.hints.png"))
    (found,) = filmcolor.check_keyframes(film, folder).changed
    assert found.hint
    filmcolor.colorize(film, output, network=network, codec="ffv1", keyframes=folder)
    ab = ab_of_frame(output, int(picture.stem.rpartition("_f")[2]))
    assert ab[25:65, 35:85, 0].mean() < -25
    assert ab[80:, 100:, 0].mean() > -15


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ({"frame": 5, "x": 500, "y": 4, "colour": GREEN}, "lies outside of the picture"),
        ({"frame": 99, "x": 5, "y": 4, "colour": GREEN}, "lies outside its shot"),
        (
            {"frame": 5, "x": 5, "y": 4, "colour": "greenish"},
            'should be a colour such as "#2e7d32"',
        ),
        (
            {"frame": 5, "x": 5, "y": 4, "color": GREEN},
            "color is not known there|colour is missing",
        ),
    ],
)
def test_hints_that_will_not_do(
    film: Path, tmp_path: Path, hint: dict[str, Any], said: str
) -> None:
    plan = plan_with(film, tmp_path / "plan.json", hint)
    with pytest.raises(InputError, match=said):
        filmcolor.colorize(film, tmp_path / "result.mkv", plan=plan)
    assert not (tmp_path / "result.mkv").exists()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_places_are_those_of_the_upright_picture(tmp_path: Path, rotation: int) -> None:
    from filmcolor.media.upright import show_upright

    info = probe(make_clip(tmp_path / "film.mp4", rotation=rotation))
    stored = np.zeros((info.height, info.width), np.uint8)
    stored[10, 50] = 255
    upright = show_upright(stored, info, *full_size(info))
    y, x = (int(each[0]) for each in np.nonzero(upright))
    across, down = stored_place(x, y, info)
    assert (int(across * info.width), int(down * info.height)) == (50, 10)
