"""Wherever reading begins, frames are as when the film is read from its beginning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from filmcolor.jobs.inspect import inspect
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.film import FilmInfo
from filmcolor.media.positions import frame_times
from filmcolor.media.source import FrameRange
from filmcolor.settings import Settings
from tests.clips import ffmpeg

KINDS = [
    ("mpeg4", "ts", ("-g", 1000, "-bf", 0)),
    ("mpeg4", "mpg", ("-g", 1000, "-bf", 2)),
    ("mpeg4", "ts", ("-g", 100, "-bf", 2)),
    ("mpeg2video", "ts", ("-g", 90, "-bf", 2)),
    ("mpeg2video", "vob", ("-g", 90, "-bf", 2)),
    ("libx264", "ts", ("-g", 100, "-preset", "ultrafast", "-bf", 2, "-x264-params", "open-gop=1")),
    ("libx264", "ts", ("-preset", "ultrafast", "-x264-params", "intra-refresh=1:keyint=50")),
    ("libx265", "ts", ("-preset", "ultrafast", "-x265-params", "keyint=60:log-level=error")),
    ("mpeg4", "avi", ("-g", 100, "-bf", 2)),
]


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}-{kind[2][-1]}")
def film(request: pytest.FixtureRequest, tmp_path: Path) -> FilmInfo:
    """Eight seconds with few keyframes."""
    codec, suffix, options = request.param
    path = tmp_path / f"film.{suffix}"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=8,format=gray,noise=alls=20:allf=t"),
        *("-c:v", codec, "-pix_fmt", "yuv420p", "-threads", 1, *options, path),
    )
    return probe(path)


def test_parts_are_as_read_from_the_beginning(film: FilmInfo) -> None:
    reader = FilmReader(film)
    whole = list(reader.frames())
    assert len(whole) == 200
    for start, end in ((20, 30), (97, 103), (133, 140), (195, 200)):
        until = whole[end].time if end < 200 else None
        for first_pts in (None, whole[start].pts):
            found = list(reader.frames(FrameRange(whole[start].time, until, first_pts)))
            assert [frame.pts for frame in found] == [f.pts for f in whole[start:end]]
            for frame, wanted in zip(found, whole[start:end], strict=True):
                np.testing.assert_array_equal(frame.luma, wanted.luma)


def test_times_are_those_of_the_frames(film: FilmInfo) -> None:
    """Also where seeking, without an index, leads beyond the frame that is looked for."""
    whole = list(FilmReader(film).frames())
    for start in (0, 20, 133, 199):
        found = frame_times(film, 5, whole[start].time)
        assert found == [frame.pts for frame in whole[start : start + 5]]


def test_the_last_frame_is_shown_whatever_the_container_says(film: FilmInfo) -> None:
    *_, last = FilmReader(film).frames()
    cut = replace(film, duration=last.time - film.start)
    assert cut.end_time == last.time
    found = FilmReader(cut).frame_at(last.time)
    assert found is not None
    assert found.pts == last.pts
    assert FilmReader(cut).frame_at(last.time + 1) is None


def test_previews_are_frames_of_the_film(film: FilmInfo) -> None:
    whole = {frame.pts: frame for frame in FilmReader(film).frames()}
    for number in (60, 133, 190):
        time = list(whole.values())[number].time
        found = FilmReader(film).frame_at(time)
        assert found is not None
        assert found.time == time
        np.testing.assert_array_equal(found.luma, whole[found.pts].luma)


def test_films_without_a_marked_keyframe(tmp_path: Path) -> None:
    """What is coloured can be looked into, too."""
    plain, stripped = tmp_path / "plain.avi", tmp_path / "film.avi"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2,format=gray"),
        *("-c:v", "mpeg4", "-pix_fmt", "yuv420p", "-g", 1000, plain),
    )
    data = bytearray(plain.read_bytes())
    index = data.rfind(b"idx1")
    for place in range(index + 8, len(data) - 15, 16):
        data[place + 4 : place + 8] = bytes(4)  # flags: no keyframe
    stripped.write_bytes(data)
    info = probe(stripped)
    assert len(list(FilmReader(info).frames())) == 50
    assert inspect(stripped, Settings())["timing"]["frames"] == 50
    assert FilmReader(info).frame_at(info.first_time) is not None
    assert FilmReader(info).frame_at(info.first_time + 1) is not None
