"""A picture that changes its size in the middle of the film, and of the work."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import filmcolor
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.networks import Network
from tests.clips import frame_times, make_clip, read_frames
from tests.jobs.films import assert_same_film

FRAMES = 110
CHANGE = 65


@pytest.fixture(scope="module", params=["mpeg2video", "libx264"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A broadcast that becomes larger behind frame 65, in the middle of a shot."""
    folder = tmp_path_factory.mktemp("film")
    parts = []
    for number, (size, frames) in enumerate(
        [((64, 48), range(CHANGE)), ((96, 64), range(CHANGE, FRAMES))]
    ):
        parts.append(
            make_clip(
                folder / f"{number}.ts",
                size=size,
                pts=frames,
                time_base=Fraction(1, 25),
                codec=request.param,
                options={"g": "12", "bf": "0"},
            )
        )
    film = folder / "film.ts"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    return film


@pytest.mark.parametrize("method", ["propagate", "frame"])
def test_segments_are_no_matter(film: Path, tmp_path: Path, network: Network, method: str) -> None:
    options = {"network": network, "codec": "ffv1", "method": method}
    one, many, two = (tmp_path / name for name in ("one.mkv", "many.mkv", "two.mkv"))
    whole = filmcolor.colorize(film, one, segment_seconds=60, **options)
    decoded = len(frame_times(film))  # FFmpeg's MPEG-2 decoder forgets one frame at the change
    assert decoded >= FRAMES - 1
    assert (whole.segments, whole.frames) == (1, decoded)
    for output, workers in ((many, 1), (two, 2)):
        summary = filmcolor.colorize(film, output, segment_seconds=0.6, workers=workers, **options)
        assert summary.segments > 4
        assert summary.frames == decoded
        (note,) = [note for note in summary.warnings if "size" in note]
        assert note.endswith("all frames were brought to 64x48.")
        assert_same_film(one, output)
    frames = read_frames(one)
    assert {frame.y.shape for frame in frames} == {(48, 64)}
    for frame in (frames[0], frames[CHANGE], frames[-1]):
        assert frame.u is not None
        assert np.abs(frame.u.astype(int) - 128).mean() > 1


def test_interrupted_behind_the_change(film: Path, tmp_path: Path, network: Network) -> None:
    options = {"network": network, "codec": "ffv1", "segment_seconds": 0.6}
    one, broken = tmp_path / "one.mkv", tmp_path / "broken.mkv"
    filmcolor.colorize(film, one, **options)

    def interrupt(progress: filmcolor.Progress) -> None:
        if progress.phase == "color" and progress.done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(film, broken, progress=interrupt, **options)
    assert find_unfinished([broken])[0].as_json()["frames"] > CHANGE
    summary = filmcolor.colorize(film, broken, **options)
    assert any("brought to 64x48" in note for note in summary.warnings)
    assert_same_film(one, broken)
