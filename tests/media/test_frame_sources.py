"""Whatever frames come from keeps the same promises; a new kind of source is added to `KINDS`."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from filmcolor.media.noted import Noted
from filmcolor.media.opening import open_source
from filmcolor.media.source import WHOLE_FILM, Frame, FrameRange, FrameSource
from filmcolor.settings import make_settings
from tests.clips import make_clip, moving_pattern

COUNT = 30
SIZE = (48, 32)
UNEVEN = [0, 40, 45, 200, 240, 250, 400, 900, 940, 1000, *range(1040, 1840, 40)]


class Mirrored(FrameSource):
    """The least that a source has to bring with it."""

    def __init__(self, source: FrameSource) -> None:
        self.info = source.info
        self._source = source

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        with closing(self._source.frames(part)) as frames:
            for frame in frames:
                frame.luma = np.ascontiguousarray(frame.luma[:, ::-1])
                yield frame

    def reopen(self) -> Mirrored:
        return Mirrored(self._source.reopen())


def film(path: Path, **options: object) -> Path:
    few_keyframes = {"g": "10", "bf": "2"}
    return make_clip(path, size=SIZE, **({"frames": COUNT, "options": few_keyframes} | options))  # type: ignore[arg-type]


def late(folder: Path) -> Path:
    pts = [3000 + 40 * number for number in range(COUNT)]
    return film(folder / "late.mkv", pts=pts, time_base=Fraction(1, 1000))


def stills(folder: Path) -> Path:
    scans = folder / "scans"
    scans.mkdir()
    picture = moving_pattern(SIZE, full=True)
    for number in range(COUNT):
        assert cv2.imwrite(str(scans / f"scan_{number:04}.png"), picture(number))
    return scans


def animation(folder: Path) -> Path:
    picture = moving_pattern(SIZE, full=True)
    images = [Image.fromarray(picture(number)).convert("RGB") for number in range(COUNT)]
    durations = [20 + 10 * (number % 5) for number in range(COUNT)]
    path = folder / "a.png"
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations)
    return path


def opened(path: Path) -> FrameSource:
    return open_source(path, make_settings())


KINDS: dict[str, Callable[[Path], FrameSource]] = {
    "film": lambda folder: opened(film(folder / "film.mp4")),
    "film-uneven": lambda folder: opened(
        film(folder / "film.mkv", pts=UNEVEN, time_base=Fraction(1, 1000))
    ),
    "film-late": lambda folder: opened(late(folder)),
    "film-ts": lambda folder: opened(film(folder / "film.ts", codec="mpeg2video")),
    "film-10-bit": lambda folder: opened(
        film(folder / "f.mkv", codec="ffv1", pix_fmt="yuv420p10le", options={})
    ),
    "film-interlaced": lambda folder: opened(film(folder / "fields.mkv", interlaced=True)),
    "folder": lambda folder: opened(stills(folder)),
    "pattern": lambda folder: opened(stills(folder) / "scan_%04d.png"),
    "animation": lambda folder: opened(animation(folder)),
    "wrapped": lambda folder: Mirrored(opened(film(folder / "film.mp4"))),
    "noted": lambda folder: Noted(opened(film(folder / "film.mp4"))),
}


@pytest.fixture(scope="module", params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FrameSource:
    return KINDS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def whole(source: FrameSource) -> list[Frame]:
    frames = list(source.frames())
    assert len(frames) == COUNT
    return frames


def assert_same(found: Sequence[Frame], wanted: Sequence[Frame]) -> None:
    assert [facts(frame) for frame in found] == [facts(frame) for frame in wanted]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)


def facts(frame: Frame) -> tuple[int, int, Fraction]:
    return frame.pts, frame.duration, frame.time


def test_frames_follow_each_other(source: FrameSource, whole: list[Frame]) -> None:
    info = source.info
    assert [frame.index for frame in whole] == list(range(COUNT))
    for frame in whole:
        assert frame.time == frame.pts * info.time_base
        assert frame.duration > 0
        assert frame.luma.shape == (info.height, info.width)
        assert frame.luma.dtype == info.encoding.dtype
    for one, following in pairwise(whole):
        assert one.pts + one.duration == following.pts
    assert len({frame.luma.tobytes() for frame in whole}) == COUNT


@pytest.mark.parametrize(("begin", "end"), [(0, 7), (7, 8), (8, 20), (20, None)])
def test_a_part_is_as_in_the_whole(
    source: FrameSource, whole: list[Frame], begin: int, end: int | None
) -> None:
    until = None if end is None else whole[end].time
    for first_pts in (None, whole[begin].pts):
        part = list(source.frames(FrameRange(whole[begin].time, until, first_pts)))
        assert_same(part, whole[begin:end])
        assert [frame.index for frame in part] == list(range(len(part)))


def test_a_part_may_begin_and_end_between_frames(source: FrameSource, whole: list[Frame]) -> None:
    tick = source.info.time_base / 2
    part = source.frames(FrameRange(whole[4].time - tick, whole[9].time + tick))
    assert_same(list(part), whole[4:10])
    assert list(source.frames(FrameRange(whole[-1].time + tick))) == []


@pytest.mark.parametrize("bounds", [(None, None), (6, 14), (13, None)])
def test_rough_frames_come_at_the_same_times(
    source: FrameSource, whole: list[Frame], bounds: tuple[int | None, int | None]
) -> None:
    part = FrameRange(*(None if at is None else whole[at].time for at in bounds))
    rough = list(source.rough_frames(part))
    wanted = whole[slice(*bounds)]
    assert [facts(frame) for frame in rough] == [facts(frame) for frame in wanted]
    assert [frame.index for frame in rough] == list(range(len(wanted)))
    for one, other in zip(rough, wanted, strict=True):
        unlike = np.abs(one.luma.astype(int) - other.luma) >> (source.info.encoding.depth - 8)
        assert unlike.mean() < 8


@pytest.mark.parametrize("number", [0, 1, 10, 12, 20, 29])
def test_the_frame_at_a_time(source: FrameSource, whole: list[Frame], number: int) -> None:
    wanted = whole[number]
    last_moment = wanted.time + (wanted.duration - Fraction(1, 10)) * source.info.time_base
    with closing(source):
        for time in (wanted.time, last_moment):
            found = source.frame_at(time)
            assert found is not None
            assert_same([found], [wanted])


def test_before_the_beginning_and_behind_the_end(source: FrameSource, whole: list[Frame]) -> None:
    with closing(source):
        first = source.frame_at(whole[0].time - source.info.time_base)
        assert first is not None
        assert_same([first], whole[:1])
        assert source.frame_at(whole[-1].time + 60) is None


def test_iterations_do_not_disturb_each_other(source: FrameSource, whole: list[Frame]) -> None:
    found: dict[str, list[Frame]] = {"first": [], "second": []}
    later = FrameRange(whole[20].time)
    with closing(source.frames()) as first, closing(source.frames(later)) as second:
        for one, other in zip(islice(first, 10), second, strict=True):
            found["first"].append(one)
            found["second"].append(other)
            if len(found["first"]) == 5:
                source.frame_at(whole[2].time)
        assert_same(list(first), whole[10:])
    source.close()
    assert_same(found["first"], whole[:10])
    assert_same(found["second"], whole[20:])


def test_threads_do_not_disturb_each_other(source: FrameSource, whole: list[Frame]) -> None:
    parts = [FrameRange(whole[number].time) for number in (0, 5, 10)]
    with ThreadPoolExecutor(len(parts)) as pool:
        first, second, third = pool.map(lambda part: list(source.frames(part)), parts)
    assert_same(first, whole)
    assert_same(second, whole[5:])
    assert_same(third, whole[10:])


def test_opened_again_it_is_the_same(source: FrameSource, whole: list[Frame]) -> None:
    again = source.reopen()
    assert again is not source
    assert (again.info, again.notes) == (source.info, source.notes)
    assert_same(list(again.frames()), whole)
    sent = pickle.loads(pickle.dumps(source))
    assert_same(list(sent.frames(FrameRange(whole[11].time))), whole[11:])


def _read_elsewhere(source: FrameSource, start: Fraction) -> list[tuple[int, bytes]]:
    part = source.reopen().frames(FrameRange(start))
    return [(frame.pts, frame.luma.tobytes()) for frame in part]


def test_other_processes_read_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for kind in ("film", "folder", "animation"):
            (tmp_path / kind).mkdir()
            source = KINDS[kind](tmp_path / kind)
            whole = list(source.frames())
            source.frame_at(whole[3].time)  # leaves an animated picture open
            found = pool.apply(_read_elsewhere, (source, whole[25].time))
            source.close()
            assert found == [(frame.pts, frame.luma.tobytes()) for frame in whole[25:]]


def open_files(folder: Path) -> Iterator[Path]:
    """The files in a folder that this process has open."""
    for link in Path("/proc/self/fd").iterdir():
        target = link.resolve() if link.exists() else None
        if target is not None and folder in target.parents:
            yield target


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel which files are open")
@pytest.mark.parametrize("kind", KINDS)
def test_who_stops_early_lets_go_of_the_file(tmp_path: Path, kind: str) -> None:
    source = KINDS[kind](tmp_path)
    folder = tmp_path.resolve()
    seen = []
    for read in (source.frames, source.rough_frames):
        frames = read()
        next(frames)
        seen += open_files(folder)
        frames.close()
        assert list(open_files(folder)) == []
    assert seen or kind in ("folder", "pattern")  # whose pictures are read one by one
    source.frame_at(next(source.frames()).time)
    source.close()
    assert list(open_files(folder)) == []


def test_what_is_found_comes_with_the_frames(tmp_path: Path) -> None:
    """In each iteration again, and only where it is."""
    path = film(tmp_path / "film.avi", codec="mjpeg", pix_fmt="yuvj420p", options={}, grey=False)
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    assert len(starts) == COUNT
    data[starts[20] : starts[21] - 8] = bytes(starts[21] - 8 - starts[20])
    path.write_bytes(data)
    source = opened(path)
    for read in (source.frames, source.rough_frames, source.reopen().frames):
        damage = [at for frame in read() for at in frame.found.damage]
        assert damage == [20]
    noted = Noted(source)
    for _ in range(2):
        list(noted.frames())
    assert noted.found.damage == (20,)
    assert len(noted.found.notes) == 1
    assert "colour or a tint" in noted.found.notes[0]
    part = source.frames(FrameRange(Fraction(18, 25)))  # found while frames before it were decoded
    assert [at for frame in part for at in frame.found.damage] == [20]
    with closing(source.frames(FrameRange(end=Fraction(5, 25)))) as frames:
        assert [at for frame in frames for at in frame.found.damage] == []


@pytest.mark.parametrize("grey", [True, False])
def test_colour_is_seen(tmp_path: Path, grey: bool) -> None:
    assert opened(film(tmp_path / "film.mp4", grey=grey)).has_color() is not grey
    scans = stills(tmp_path)
    if not grey:
        cv2.imwrite(str(scans / "scan_0000.png"), np.full((32, 48, 3), (20, 90, 200), np.uint8))
    source = opened(scans)
    assert source.has_color() is not grey
    frames = list(source.frames())
    assert any("colour or a tint" in note for note in frames[0].found.notes) is not grey
    assert not any(frame.found.notes for frame in frames[1:])
