"""Colour pictures that lend their colours to a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor.color.lab import lab_from_rgb
from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.jobs.resume import finish
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.networks import Network
from tests.clips import make_clip
from tests.coloring.films import film_of, texture
from tests.jobs.films import assert_same_film
from tests.keyframes.test_kept import stopping
from tests.keyframes.test_repainted import rgb_frame

SIZE = 48, 64


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of 20 frames."""
    pictures = [texture(SIZE, seed, 120) for seed in (1, 2) for _ in range(20)]
    return film_of(tmp_path_factory.mktemp("film") / "film.mkv", pictures)


def photo(path: Path, shares: tuple[float, float, float] = (0.3, 0.5, 1.0)) -> Path:
    """A picture of one hue: blue by default."""
    pixels = texture((60, 80), 7)[..., None] * np.array(shares)
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


def blueness(path: Path, number: int) -> float:
    return -float(lab_from_rgb(rgb_frame(path, number))[..., 2].mean())


def color(film: Path, output: Path, network: Network, **options: Any) -> Path:
    filmcolor.colorize(film, output, network=network, codec="ffv1", segment_seconds=0.4, **options)
    return output


def test_a_reference_lends_its_colors(film: Path, tmp_path: Path, network: Network) -> None:
    blue = str(photo(tmp_path / "blue.png"))
    plain = color(film, tmp_path / "plain.mkv", network)
    lent = color(film, tmp_path / "lent.mkv", network, references=[blue])
    half = {2: {"references": [blue], "reference_strength": 0.5}}
    one_shot = color(film, tmp_path / "one.mkv", network, shots=half)
    for number in (10, 30):
        assert blueness(lent, number) > blueness(plain, number) + 8
    assert blueness(one_shot, 10) == blueness(plain, 10)
    assert blueness(plain, 30) + 3 < blueness(one_shot, 30) < blueness(lent, 30) - 3


def test_a_run_goes_on_with_the_same_reference(
    film: Path, tmp_path: Path, quick_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    blue, output = photo(tmp_path / "blue.png"), tmp_path / "result.mkv"
    whole = color(film, tmp_path / "whole.mkv", quick_network, references=[str(blue)])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        color(film, output, quick_network, references=["blue.png"], progress=stopping(25))
    monkeypatch.chdir("/")
    photo(blue, (1.0, 0.5, 0.3))
    with pytest.raises(OutputError, match="another version of a reference"):
        color(film, output, quick_network, references=[str(blue)])
    with pytest.raises(OutputError, match="references"):
        color(film, output, quick_network)
    (unfinished,) = find_unfinished([output])
    blue.unlink()
    with pytest.raises(InputError, match=r"blue\.png: this reference cannot be read"):
        finish(unfinished)
    photo(blue)
    finish(unfinished)
    assert_same_film(whole, output)


def test_references_that_will_not_do(film: Path, tmp_path: Path, quick_network: Network) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture", encoding="utf-8")
    output = tmp_path / "result.mkv"
    for wanted in ({"references": [str(text)]}, {"shots": {2: {"references": [str(text)]}}}):
        with pytest.raises(InputError, match=r"text\.png: this reference is not a picture"):
            color(film, output, quick_network, **wanted)
    blue = str(photo(tmp_path / "blue.png"))
    with pytest.raises(UsageError, match="only method propagate"):
        color(film, output, quick_network, references=[blue], method="frame")
    with pytest.raises(UsageError, match="a picture has no keyframes"):
        filmcolor.colorize(blue, tmp_path / "r.png", network=quick_network, references=[blue])
    with pytest.raises(UsageError, match="a picture has no keyframes"):
        filmcolor.colorize_image(blue, network=quick_network, references=(blue,))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blue.png", "text.png"]


def test_paths_in_a_plan_are_beside_it(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "film.mkv")
    (tmp_path / "plans").mkdir()
    photo(tmp_path / "plans" / "blue.png")
    plan = filmcolor.find_shots(film, rooms=False)
    settings = plan.shots[0].settings.model_copy(update={"references": ("blue.png",)})
    shots = (plan.shots[0].model_copy(update={"settings": settings}),)
    path = tmp_path / "plans" / "plan.json"
    path.write_text(plan.model_copy(update={"shots": shots}).model_dump_json(), encoding="utf-8")
    lent = color(film, tmp_path / "lent.mkv", network, plan=path)
    plain = color(film, tmp_path / "plain.mkv", network)
    assert blueness(lent, 6) > blueness(plain, 6) + 8


def test_a_grey_one_is_refused(film: Path, network: Network, tmp_path: Path) -> None:
    grey = photo(tmp_path / "grey.png", (0.6, 0.6, 0.6))
    with pytest.raises(InputError, match=r"grey\.png: this reference has no colours to lend"):
        filmcolor.colorize(film, tmp_path / "r.mkv", network=network, references=[str(grey)])
    assert not (tmp_path / "r.mkv").exists()
