"""Previews: sheets of before/after pictures, and side-by-side clips."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor
from filmcolor import InputError, Network, NetworkError, OutputError, Progress, UsageError
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import write_plan
from filmcolor.planning.shot import Shot, ShotSettings
from tests.clips import make_clip, read_frames


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def flat_clip(tmp_path: Path, astronaut: np.ndarray) -> Path:
    """A film of one photograph, 64x64, 30 frames."""
    picture = np.ascontiguousarray(astronaut[:64, :64] // 2 + 60)
    return make_clip(tmp_path / "film.mp4", frames=30, size=(64, 64), picture=lambda _: picture)


def pairs_in(sheet: np.ndarray, height: int, width: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The before/after pictures of a sheet, found by their size: rows of light pixels."""
    light = sheet.max(axis=2) > 45
    rows = np.flatnonzero(_runs(light.mean(axis=1) > 0.3, height))
    found = []
    for top in rows:
        band = light[top : top + height].mean(axis=0) > 0.9
        found += [
            sheet[top : top + height, left : left + width]
            for left in np.flatnonzero(_runs(band, width))
        ]
    return list(zip(found[::2], found[1::2], strict=True))


def _runs(flags: np.ndarray, length: int) -> np.ndarray:
    """Where a run of exactly `length` begins."""
    padded = np.concatenate([[False], flags, [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    marks = np.zeros(len(flags), bool)
    marks[starts[ends - starts == length]] = True
    return marks


def test_default_name_and_numbers(flat_clip: Path, network: Network) -> None:
    names = [filmcolor.preview(flat_clip, network=network).output.name for _ in range(3)]
    assert names == ["film.preview.png", "film.preview-2.png", "film.preview-3.png"]
    again = filmcolor.preview(flat_clip, network=network, overwrite=True)
    assert again.output.name == "film.preview.png"
    assert len(list(flat_clip.parent.iterdir())) == 4


def test_sheet_shows_grey_and_color_side_by_side(flat_clip: Path, network: Network) -> None:
    summary = filmcolor.preview(flat_clip, network=network)

    pairs = pairs_in(pixels(summary.output), 64, 64)

    assert summary.frames == len(pairs) == 6
    for before, after in pairs:
        assert np.ptp(before, axis=2).max() == 0
        assert np.ptp(after, axis=2).mean() > 8
        luma = after @ [0.299, 0.587, 0.114]
        assert np.abs(luma - before[..., 0]).mean() < 1.5


@pytest.mark.parametrize(("frames", "pictures"), [(1, 1), (5, 5), (12, 12), (30, 6)])
def test_number_of_pairs(flat_clip: Path, network: Network, frames: int, pictures: int) -> None:
    """Of a few frames each is shown, of a long shot some."""
    seen: list[Progress] = []
    summary = filmcolor.preview(flat_clip, network=network, frames=frames, progress=seen.append)
    assert summary.frames == pictures
    assert len(pairs_in(pixels(summary.output), 64, 64)) == pictures
    assert [p.done for p in seen if p.phase == "color"] == list(range(1, pictures + 1))


def test_short_film_has_few_pairs(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "short.mp4", frames=3)
    assert 1 <= filmcolor.preview(film, network=network).frames <= 3


def test_range_of_a_sheet(tmp_path: Path, network: Network) -> None:
    def step(index: int) -> np.ndarray:
        return np.full((64, 64), 80 + 5 * index, np.uint8)

    film = make_clip(tmp_path / "steps.mp4", frames=24, size=(64, 64), picture=step)
    summary = filmcolor.preview(film, network=network, start="6f", end="10f")

    pairs = pairs_in(pixels(summary.output), 64, 64)
    shown = [round(before.mean()) for before, _ in pairs]
    expected = [round((80 + 5 * index - 16) * 255 / 219) for index in range(6, 10)]
    assert len(shown) == 4
    np.testing.assert_allclose(shown, expected, atol=2)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".PNG"])
def test_sheets_of_other_kinds(flat_clip: Path, network: Network, suffix: str) -> None:
    output = flat_clip.with_name(f"look{suffix}")
    summary = filmcolor.preview(flat_clip, output, network=network, frames=2)
    assert summary.output == output
    picture = pixels(output)
    assert picture.shape[1] > 2 * 2 * 64
    assert np.ptp(picture, axis=2).max() > 20


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_side_by_side_clip(flat_clip: Path, network: Network, suffix: str) -> None:
    output = flat_clip.with_name(f"look{suffix}")

    summary = filmcolor.preview(flat_clip, output, network=network, frames=7)

    shown = read_frames(output)
    original = read_frames(flat_clip)
    assert summary.frames == len(shown) == 7
    for frame, before in zip(shown, original, strict=False):
        assert frame.y.shape == (64, 128)
        left, right = frame.y[:, :64].astype(int), frame.y[:, 64:].astype(int)
        assert np.abs(left - right).mean() < 2
        assert np.abs(left - before.y.astype(int)).mean() < 4
        neutral = [np.abs(plane[:, :30].astype(int) - 128).max() for plane in (frame.u, frame.v)]
        colored = [np.abs(plane[:, 33:].astype(int) - 128).mean() for plane in (frame.u, frame.v)]
        assert max(neutral) <= 3
        assert max(colored) > 5


def test_range_of_a_clip(flat_clip: Path, network: Network) -> None:
    output = flat_clip.with_name("look.mp4")
    summary = filmcolor.preview(flat_clip, output, network=network, start="10f", end="0.6")
    assert summary.frames == len(read_frames(output)) == 5


def test_clip_of_a_long_film_lasts_5_seconds(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "long.mkv", frames=24, rate=4, size=(32, 32))
    output = tmp_path / "look.mkv"
    assert filmcolor.preview(film, output, network=network).frames == 20


@pytest.mark.parametrize("output", ["look.png", "look.mp4"])
def test_turned_film_is_shown_upright(tmp_path: Path, network: Network, output: str) -> None:
    film = make_clip(tmp_path / "turned.mp4", frames=3, size=(64, 32), rotation=90)
    path = tmp_path / output
    filmcolor.preview(film, path, network=network, frames=2)
    if output.endswith(".mp4"):
        assert read_frames(path)[0].y.shape == (64, 2 * 32)
    else:
        stored = read_frames(film)[0].y.astype(int)
        # The first picture lies at the left margin, below the title.
        before = pixels(path)[36 : 36 + 64, 10 : 10 + 32]
        expected = np.clip((np.rot90(stored) - 16) * 255 / 219, 0, 255)
        assert np.abs(before[..., 0] - expected).mean() < 4


def test_wide_pixels_are_shown_in_their_shape(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "wide.mkv", frames=2, size=(32, 32), sar=Fraction(2))
    output = tmp_path / "look.mkv"
    filmcolor.preview(film, output, network=network)
    assert read_frames(output)[0].y.shape == (32, 2 * 64)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"frames": 5, "end": 1}, "`frames`"),
        ({"frames": 0}, "`frames`"),
        ({"frames": -3}, "`frames`"),
        ({"saturation": 9}, "`saturation`"),
        ({"start": "soon"}, "soon"),
    ],
)
def test_bad_options(flat_clip: Path, network: Network, options: Any, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        filmcolor.preview(flat_clip, network=network, **options)
    assert [path.name for path in flat_clip.parent.iterdir()] == ["film.mp4"]


def test_range_behind_the_end(flat_clip: Path, network: Network) -> None:
    with pytest.raises(InputError, match="after the end"):
        filmcolor.preview(flat_clip, network=network, start=50)


def test_existing_result_is_kept_unless_overwrite(flat_clip: Path, network: Network) -> None:
    output = flat_clip.with_name("look.jpg")
    output.write_bytes(b"mine")
    with pytest.raises(OutputError, match="`overwrite`"):
        filmcolor.preview(flat_clip, output, network=network)
    assert output.read_bytes() == b"mine"


def test_picture_needs_no_preview(tmp_path: Path, network: Network, astronaut: np.ndarray) -> None:
    photo = tmp_path / "photo.png"
    Image.fromarray(astronaut).save(photo)
    with pytest.raises(UsageError, match="colorize"):
        filmcolor.preview(photo, network=network)


@pytest.mark.parametrize("output", ["look.png", "look.mp4"])
def test_folder_of_pictures(
    tmp_path: Path, network: Network, astronaut: np.ndarray, output: str
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.roll(astronaut, 9 * number, axis=1)).save(folder / f"{number}.png")
    summary = filmcolor.preview(folder, tmp_path / output, network=network)
    assert 1 <= summary.frames <= 3
    assert filmcolor.preview(folder, network=network).output == tmp_path / "scans.preview.png"


def test_saturation_shows_in_the_sheet(flat_clip: Path, network: Network) -> None:
    pale = filmcolor.preview(flat_clip, network=network, frames=1, saturation=0)
    (pair,) = pairs_in(pixels(pale.output), 64, 64)
    assert np.ptp(pair[1], axis=2).max() <= 1


def levels_film(path: Path, lengths: Sequence[int]) -> Path:
    """A film of shots that are so many frames long, each with a level of grey of its own."""
    starts = np.cumsum([0, *lengths])
    noise = np.random.default_rng(5).integers(-12, 12, (len(lengths), 64, 64))

    def picture(index: int) -> np.ndarray:
        shot = int(np.searchsorted(starts, index, side="right")) - 1
        return (85 + 9 * (7 * shot % 16) + noise[shot]).astype(np.uint8)

    return make_clip(path, frames=sum(lengths), size=(64, 64), picture=picture)


def plan_with(film: Path, lengths: Sequence[int]) -> Plan:
    """A plan of the film with shots that are so many frames long."""
    plan = filmcolor.find_shots(film)
    tick = plan.shots[-1].end_pts // sum(lengths)
    bounds = pairwise([0, *(int(end) for end in np.cumsum(lengths))])
    shots = tuple(
        Shot(first_frame=a, end_frame=b, pts=a * tick, end_pts=b * tick) for a, b in bounds
    )
    return Plan(film=plan.film, shots=shots)


def levels_in(sheet: Path) -> list[int]:
    pairs = pairs_in(pixels(sheet), 64, 64)
    return [round(float(before.mean()) * 219 / 255 + 16) for before, _ in pairs]


def test_every_shot_has_a_picture(tmp_path: Path, network: Network) -> None:
    """Also one that is so short that no even step of time would meet it."""
    film = levels_film(tmp_path / "film.mp4", (150, 5, 200))
    plan = plan_with(film, (150, 5, 200))
    levels = levels_in(filmcolor.preview(film, network=network, plan=plan).output)
    assert len(levels) == 6
    assert levels == sorted(levels, key=lambda level: level)
    for shot in range(3):
        count = sum(abs(level - (85 + shot * 63)) <= 3 for level in levels)
        assert count == 1 if shot == 1 else count >= 2


@pytest.mark.parametrize(("shots", "pictures"), [(16, 16), (70, 60)])
def test_each_of_many_shots_has_a_picture(
    tmp_path: Path, quick_network: Network, shots: int, pictures: int
) -> None:
    lengths = (9, *(3,) * (shots - 1))
    film = levels_film(tmp_path / "film.mp4", lengths)
    plan = plan_with(film, lengths)
    sheet = filmcolor.preview(film, network=quick_network, plan=plan, method="frame").output
    levels = levels_in(sheet)
    assert len(levels) == pictures
    assert np.count_nonzero(np.abs(np.diff(levels)) > 4) >= pictures - 3
    height, width, _ = pixels(sheet).shape
    assert height < 3 * width


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"codec": "x265", "crf": 20}, "`crf`"),
        ({"preset": "slow"}, "`preset`"),
        ({"crf": 30, "encoder_options": {"g": "5"}}, "`crf`, `encoder_options`"),
    ],
)
def test_what_would_be_ignored_is_refused(
    flat_clip: Path, network: Network, options: Any, words: str
) -> None:
    with pytest.raises(UsageError, match=f"{words} would change nothing"):
        filmcolor.preview(flat_clip, network=network, **options)
    clip = flat_clip.with_name("look.mp4")
    assert filmcolor.preview(flat_clip, clip, network=network, frames=2, **options).frames == 2


@pytest.mark.parametrize("output", ["look.png", "look.mp4"])
def test_a_plan_is_followed(tmp_path: Path, network: Network, output: str) -> None:
    film = levels_film(tmp_path / "film.mp4", (30, 30))
    plan = filmcolor.find_shots(film)
    shots = [
        shot.model_copy(update={"settings": ShotSettings(skip=True) if n else ShotSettings()})
        for n, shot in enumerate(plan.shots)
    ]
    assert len(shots) == 2
    path = tmp_path / "plan.json"
    write_plan(plan.model_copy(update={"shots": tuple(shots)}), path)
    result = filmcolor.preview(
        film, tmp_path / output, network=network, plan=path, frames=None if "png" in output else 60
    ).output
    if output.endswith(".png"):
        pairs = pairs_in(pixels(result), 64, 64)
        chroma = [float(np.ptp(after, axis=2).mean()) for _, after in pairs]
        colored, grey = chroma[:3], chroma[3:]
        assert max(grey) == 0
    else:
        frames = read_frames(result)
        u = [float(np.abs(f.u[:, 33:].astype(int) - 128).mean()) for f in frames if f.u is not None]
        colored, grey = u[2:28], u[32:]
        assert max(grey) <= 1
    assert min(colored) > 2


def test_a_plan_with_a_missing_network(flat_clip: Path, network: Network) -> None:
    plan = filmcolor.find_shots(flat_clip)
    shot = plan.shots[0].model_copy(update={"settings": ShotSettings(network="nope")})
    plan = plan.model_copy(update={"shots": (shot,)})
    with pytest.raises(NetworkError, match=r"shot 1 of the plan: .*nope"):
        filmcolor.preview(flat_clip, network=network, plan=plan)
