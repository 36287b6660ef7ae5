"""From a film to its plan."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import filmcolor.api
from filmcolor.errors import InputError, OutputError, UsageError
from filmcolor.events import Events
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import read_plan
from filmcolor.planning.planner import plan_film
from tests.clips import frame_times, make_clip
from tests.planning.scenes import blank, dissolve, fade, scene, write_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shots at 24 frames a second: cut at 30, dissolve over 62..77, fade over 100..135."""
    frames = dissolve(scene(1, 30) + scene(2, 48), scene(3, 54), 16)
    frames = fade(frames, 16, 16, into=False) + blank(16, 8)
    frames += fade(scene(4, 50), 12, 16, into=True)
    return write_film(tmp_path_factory.mktemp("films") / "film.mp4", frames)


def plan(path: Path, part: FrameRange = WHOLE_FILM) -> Plan:
    return plan_film(FilmReader(probe(path)), part)


def test_plan_of_a_film(film: Path) -> None:
    found = plan(film)
    assert [shot.opens.kind for shot in found.shots] == ["start", "cut", "dissolve", "fade"]
    assert [shot.closes.kind for shot in found.shots] == ["cut", "dissolve", "fade", "end"]
    assert found.part is None
    assert found.film.name == "film.mp4"
    assert found.film.first_pts == found.shots[0].pts
    times = frame_times(film)
    assert found.film.frames == found.shots[-1].end_frame == len(times)
    for shot in found.shots:
        assert shot.pts * found.film.time_base == times[shot.first_frame]
        assert shot.keyframes
        for keyframe in shot.keyframes:
            assert keyframe.pts * found.film.time_base == times[keyframe.frame]
            assert shot.first_frame <= keyframe.frame < shot.end_frame
    for one, other in zip(found.shots, found.shots[1:], strict=False):
        assert (one.end_frame, one.end_pts) == (other.first_frame, other.pts)
    assert found.shots[1].time == "00:00:01.250"
    assert found.shots[0].seconds == pytest.approx(1.25)


def test_keyframes_keep_away_from_transitions(film: Path) -> None:
    for shot in plan(film).shots:
        first = shot.first_frame + shot.opens.frames
        end = shot.end_frame - shot.closes.frames
        assert all(first <= keyframe.frame < end for keyframe in shot.keyframes)


def test_plan_of_a_part(film: Path) -> None:
    """Frame numbers are those of the film."""
    whole, part = plan(film), plan(film, FrameRange(Fraction(1), Fraction(2)))
    assert [shot.first_frame for shot in part.shots] == [24, 30]
    assert part.shots[-1].end_frame == 48
    assert part.film == whole.film
    assert part.part is not None
    assert part.covered == FrameRange(Fraction(1), Fraction(2))
    assert part.shots[1].pts == whole.shots[1].pts


def test_uneven_times(tmp_path: Path) -> None:
    frames = scene(5, 30, (64, 48)) + scene(6, 30, (64, 48))
    ticks = [index * 40 + (index % 3) * 7 for index in range(60)]
    path = make_clip(
        tmp_path / "film.mkv", pts=ticks, time_base=Fraction(1, 1000), picture=lambda i: frames[i]
    )
    found = plan(path)
    assert [shot.pts for shot in found.shots] == [0, ticks[30]]


def test_stills(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    for number, frame in enumerate(scene(1, 12) + scene(2, 12)):
        Image.fromarray(frame).save(folder / f"{number:03}.png")
    found = filmcolor.api.find_shots(folder, tmp_path / "plan.json", fps=12)
    assert [shot.pts for shot in found.shots] == [0, 12]
    assert found.film.bytes == sum(file.stat().st_size for file in folder.iterdir())
    assert read_plan(tmp_path / "plan.json") == found


def test_progress(film: Path) -> None:
    seen: list[Any] = []
    plan_film(FilmReader(probe(film)), events=Events([seen.append]))
    assert [progress.done for progress in seen] == list(range(1, len(frame_times(film)) + 1))
    assert {progress.phase for progress in seen} == {"plan"}


def test_no_frames_in_the_part(film: Path) -> None:
    with pytest.raises(InputError, match="no frames"):
        plan(film, FrameRange(Fraction(1, 1000), Fraction(2, 1000)))


@pytest.mark.parametrize("name", ["plan.json", "shots.png", "shots.jpg", "shots.webp"])
def test_outputs(tmp_path: Path, film: Path, name: str) -> None:
    output = tmp_path / name
    found = filmcolor.api.find_shots(film, output, start="20f", end="40f")
    assert [shot.first_frame for shot in found.shots] == [20, 30]
    with pytest.raises(OutputError, match="exists already"):
        filmcolor.api.find_shots(film, output)
    if name == "plan.json":
        assert read_plan(output, probe(film)) == found
        return
    with Image.open(output) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert pixels.shape[1] > 2 * 96  # a picture for each of the two shots, side by side
    assert np.abs(np.diff(pixels, axis=2)).max() < 12  # grey


def test_the_sheet_shows_the_middle_keyframes(tmp_path: Path) -> None:
    """Shots of even grey: the sheet has a picture of each grey, in order."""
    greys = [60, 90, 130]
    random = np.random.default_rng(0)
    frames = [
        (grey + random.normal(0, 1, (48, 64)) + 30 * (index % 2)).clip(16, 235).astype(np.uint8)
        for index, grey in enumerate(greys)
        for _ in range(20)
    ]
    film = write_film(tmp_path / "film.mp4", frames)
    made = plan(film)
    base = made.shots[0]
    shots = [
        base.model_copy(
            update={
                "first_frame": 20 * n,
                "end_frame": 20 * n + 20,
                "pts": _pts(made, film, 20 * n),
                "end_pts": _pts(made, film, 20 * n + 20),
                "keyframes": (),
            }
        )
        for n in range(3)
    ]
    from filmcolor.previews.shot_sheet import shot_sheet

    sheet = shot_sheet(made.model_copy(update={"shots": tuple(shots)}), FilmReader(probe(film)))
    columns = sheet[60, :, 0].astype(int)
    shown = [int(columns[10 + 37 + n * 74]) for n in range(3)]
    limited = [(grey + 30 * (n % 2) - 16) * 255 / 219 for n, grey in enumerate(greys)]
    assert shown == pytest.approx(limited, abs=8)


def _pts(made: Plan, film: Path, frame: int) -> int:
    times = frame_times(film)
    last = times[-1] + Fraction(1, 24)
    return int((times[frame] if frame < len(times) else last) / made.film.time_base)


def test_wrong_usage(tmp_path: Path, film: Path) -> None:
    photo = tmp_path / "photo.png"
    Image.new("L", (40, 30)).save(photo)
    with pytest.raises(UsageError, match="no shots"):
        filmcolor.api.find_shots(photo)
    with pytest.raises(UsageError, match=r"\.json"):
        filmcolor.api.find_shots(film, tmp_path / "shots.txt")
    with pytest.raises(OutputError, match=r"own source|exists already"):
        filmcolor.api.find_shots(film, film.rename(film.with_suffix(".json")))
