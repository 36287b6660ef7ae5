"""Colours that drift along the points of a film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from filmcolor.errors import InputError
from filmcolor.evaluation.drift import ColorDrift
from filmcolor.evaluation.evaluate import evaluate
from filmcolor.evaluation.film_drift import drift_of, follow_film, measure, new_colors, own_colors
from filmcolor.evaluation.followed_points import FollowedFrame, PointFollower
from filmcolor.evaluation.shot_frames import ShotPlace
from filmcolor.evaluation.truth import ColorReader
from filmcolor.media.decode.probe import probe
from filmcolor.networks import Network
from filmcolor.settings import make_settings
from tests.clips import make_clip
from tests.evaluation.test_optical_flow import texture

SIZE = (96, 128)
Frames = list[np.ndarray]


def follow(lumas: Frames, places: list[ShotPlace] | None = None) -> tuple[np.ndarray, Frames]:
    """The grid, and what each frame means for its points; one shot unless `places` says more."""
    follower = PointFollower(*SIZE)
    places = places or [ShotPlace.FIRST] + [ShotPlace.WITHIN] * (len(lumas) - 1)
    followed = [follower.add(luma, place) for luma, place in zip(lumas, places, strict=True)]
    return follower.grid, followed


def drift(followed: list[FollowedFrame], colors: Frames) -> ColorDrift:
    found = ColorDrift(SIZE)
    for frame, ab in zip(followed, colors, strict=True):
        found.add(ab, frame)
    return found


def plain(a: float, b: float = 0) -> np.ndarray:
    """ab that are the same in the whole picture."""
    return np.full((*SIZE, 2), (a, b), np.float32)


def square(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Luma of a square that goes right over a still ground, 1 pixel a frame, and its mask."""
    luma, mask = texture(SIZE).copy() // 3 + 20, np.zeros(SIZE, bool)
    inside = np.s_[30:70, 10 + number : 50 + number]
    luma[inside] = texture((40, 40))[::-1] // 3 + 140
    mask[inside] = True
    return luma, mask


def test_a_still_picture_does_not_drift() -> None:
    colors = np.dstack([texture(SIZE), texture(SIZE)[::-1]]).astype(np.float32) / 8
    grid, followed = follow([texture(SIZE)] * 91)
    found = drift(followed, [colors] * 91)
    assert (found.mean(30), found.mean(90), found.relative(30), found.relative(90)) == (0, 0, 0, 0)
    assert found.points(90) == len(grid)  # begun with the first frame
    assert found.points(30) == 5 * len(grid)  # and with the 15th, 30th, 45th and 60th


def test_a_drift_over_time_is_what_it_is() -> None:
    grid, followed = follow([texture(SIZE)] * 106)
    colors = [plain(20 + 0.06 * n, 0.08 * n) for n in range(106)]
    found = drift(followed, colors)
    assert found.mean(30) == pytest.approx(3.0, abs=1e-3)
    assert found.mean(90) == pytest.approx(9.0, abs=1e-3)
    assert found.points(90) == 2 * len(grid)
    chroma = np.mean([np.hypot(20 + 0.06 * n, 0.08 * n) for n in range(106)])
    assert found.chroma == pytest.approx(chroma)
    assert found.relative(90) == pytest.approx(9 / chroma)


def test_paler_colors_do_not_win() -> None:
    _, followed = follow([texture(SIZE)] * 31)
    strong, pale, grey = (
        drift(followed, [plain(factor * (20 + n)) for n in range(31)]) for factor in (1, 0.1, 0.001)
    )
    assert pale.mean(30) == pytest.approx(0.1 * strong.mean(30))  # type: ignore[operator]
    assert pale.relative(30) == pytest.approx(strong.relative(30))
    assert grey.mean(30) is not None
    assert grey.relative(30) is None


def test_a_square_is_followed() -> None:
    lumas, masks = zip(*map(square, range(31)), strict=True)
    grid, followed = follow(list(lumas))
    (span,) = followed[30].ended
    x, y = grid[span.points].T
    inside = (x > 18) & (x < 42) & (y > 38) & (y < 62)
    far = (x > 84) | (y < 22) | (y > 78)
    assert inside.sum() > 100
    moved = span.places - grid[span.points]
    off = np.hypot(*(moved[inside] - [30, 0]).T)
    assert np.median(off) < 0.1
    assert np.mean(off < 1.5) > 0.9
    assert np.abs(moved[far]).max() < 0.2
    covered = (x > 56) & (x < 74) & (y > 36) & (y < 64)
    assert not covered.any()  # the square has come over these

    moving = [plain(10) + 30 * mask[..., None].astype(np.float32) for mask in masks]
    with_it = drift(followed, moving).mean(30)
    left_behind = drift(followed, [moving[0]] * 31).mean(30)
    assert with_it is not None
    assert left_behind is not None
    assert with_it < 1 < 4 < left_behind


def test_shots_are_measured_apart() -> None:
    same, other = texture(SIZE), texture(SIZE)[::-1].copy()
    colors = [plain(30)] * 40 + [plain(-30)] * 40
    cut = [ShotPlace.FIRST] + [ShotPlace.WITHIN] * 39
    grid, followed = follow([same] * 80, cut * 2)  # only the plan knows
    found = drift(followed, colors)
    assert (found.mean(30), found.points(30), found.mean(90)) == (0, 2 * len(grid), None)
    _, followed = follow([same] * 40 + [other] * 40)  # only the picture knows
    found = drift(followed, colors)
    assert (found.mean(30), found.points(30)) == (0, 2 * len(grid))
    fading = [ShotPlace.TRANSITION] * 10 + cut[:30] + [ShotPlace.TRANSITION] * 40
    _, followed = follow([same] * 80, fading)  # too few clear frames
    assert drift(followed, colors).points(30) == 0


def test_other_light_is_followed_and_other_things_are_not() -> None:
    luma = texture(SIZE) // 2 + 20
    brighter = [(luma + n).astype(np.uint8) for n in range(31)]
    grid, followed = follow(brighter)
    assert len(followed[30].ended[0].points) > 0.9 * len(grid)
    lit = [luma.copy() for _ in range(31)]
    for number, frame in enumerate(lit):
        frame[:48, :64] += np.uint8(number)
    (span,) = follow(lit)[1][30].ended
    x, y = grid[span.points].T
    assert not ((x < 56) & (y < 40)).any()
    assert ((x > 72) | (y > 56)).sum() > 0.6 * len(grid)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose luma pans over colours that stand still."""
    wide = texture((96, 164)) // 2 + 60
    return make_clip(
        tmp_path_factory.mktemp("drift") / "film.mkv",
        frames=34,
        codec="ffv1",
        grey=False,
        size=(128, 96),
        picture=lambda n: np.ascontiguousarray(wide[:, n : n + 128]),
    )


@pytest.fixture(scope="module")
def own(film: Path) -> ColorDrift:
    """How its own colours drift."""
    return drift_of(film)


def test_evaluate_tells_of_it(film: Path, own: ColorDrift, network: Network) -> None:
    (found,) = evaluate(film, network=network, strength=0).films
    figures = found.figures
    assert figures["drift_30"] == pytest.approx(0, abs=0.05)
    assert figures["drift_30_relative"] is None  # no colour at all
    assert figures["drift_30_truth"] > 3  # type: ignore[operator]
    assert figures["drift_30_relative_truth"] == pytest.approx(
        found.drift.drift_30_truth / found.pictures.chroma_truth,  # type: ignore[operator]
        rel=0.02,
    )
    assert (figures["drift_90"], figures["drift_90_points"]) == (None, 0)
    assert own.mean(30) == pytest.approx(figures["drift_30_truth"])
    assert own.points(30) == figures["drift_30_points"]


def test_points_are_followed_once_for_all_versions(
    film: Path, own: ColorDrift, network: Network
) -> None:
    reader = ColorReader(probe(film))
    points = follow_film(reader)
    assert measure(points, own_colors(reader)).mean(30) == own.mean(30)
    (found,) = evaluate(film, network=network, method="frame").films
    colored = measure(points, new_colors(reader, make_settings(method="frame"), network))
    assert colored.mean(30) == found.drift.drift_30
    with pytest.raises(ValueError, match="zip"):
        measure(points, list(own_colors(reader))[:-1])


def test_films_that_cannot_be_followed(tmp_path: Path) -> None:
    grey = make_clip(tmp_path / "grey.mkv", frames=3, pix_fmt="gray", codec="ffv1")
    with pytest.raises(InputError, match="without colour"):
        drift_of(grey)
    tiny = make_clip(tmp_path / "tiny.mp4", frames=3, size=(16, 12), grey=False)
    with pytest.raises(InputError, match="too small"):
        drift_of(tiny)
