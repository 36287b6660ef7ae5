"""Films that are cut off or leave out frames: that is told, with timecodes, and only then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filmcolor
from filmcolor.errors import FilmcolorError, InputError
from filmcolor.jobs.unfinished import find_unfinished
from filmcolor.media.decode.probe import probe
from filmcolor.media.decode.reader import FilmReader
from filmcolor.media.encode.containers import MATROSKA
from filmcolor.media.encode.mux import MuxTask, mux
from filmcolor.media.encode.mux_plan import MuxPlan, Treatment
from filmcolor.media.faults.gaps import Gap, find_gaps, gap_notes
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import WHOLE_FILM, Frame
from filmcolor.networks import Network
from tests.clips import frame_times, make_clip

FASTSTART = {"movflags": "+faststart"}
KINDS = {
    "film.mkv": {"codec": "ffv1"},
    "film.mp4": {"audio": "aac", "muxer_options": FASTSTART},
    "film.mov": {
        "codec": "prores_ks",
        "pix_fmt": "yuv422p10le",
        "audio": "pcm_s16le",
        "muxer_options": FASTSTART,
    },
    "film.flv": {"codec": "flv"},
    "film.avi": {"codec": "mpeg4"},
    "film.mxf": {"codec": "mpeg2video"},
}
ODD = Path(__file__).resolve().parents[3] / "shared" / "clips" / "odd"


def seconds(timecode: str) -> float:
    hours, minutes, rest = timecode.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


@pytest.mark.parametrize("name", KINDS)
def test_a_film_that_is_cut_off(tmp_path: Path, network: Network, name: str) -> None:
    whole = make_clip(tmp_path / f"whole-{name}", frames=150, **KINDS[name])
    assert read_through(FilmReader(probe(whole)).frames())[2] == []
    film = tmp_path / name
    film.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    output = tmp_path / "r.mkv"
    summary = filmcolor.colorize(film, output, network=network, preset="ultrafast")
    assert 50 < summary.frames == len(frame_times(output)) < 140
    (note,) = [note for note in summary.warnings if "ends at" in note]
    words = note.split()
    assert seconds(words[4].rstrip(",")) == pytest.approx(summary.frames / 25, abs=0.13)
    assert seconds(words[12].rstrip(";")) == pytest.approx(6, abs=0.1)
    with pytest.raises(InputError, match=rf"{name}: (ends at|damaged).*without `strict`"):
        filmcolor.colorize(film, tmp_path / "s.mkv", network=network, strict=True)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *KINDS.items(),
        ("longer-sound.mkv", {"audio": "aac", "audio_seconds": 9}),
        ("longer-sound.mp4", {"audio": "aac", "audio_seconds": 9}),
        ("longer-sound.flv", {"codec": "flv", "audio": "libmp3lame", "audio_seconds": 9}),
        ("film.ts", {"codec": "mpeg2video", "audio": "mp2"}),
        ("film.mpg", {"codec": "mpeg2video"}),
        ("film.webm", {"codec": "libvpx-vp9"}),
        ("film.wmv", {"codec": "wmv2"}),
        ("film.nut", {"codec": "ffv1"}),
        ("late.mkv", {"pts": range(5000, 9000, 40), "time_base": Fraction(1, 1000)}),
        ("slow.mkv", {"rate": 2}),
    ],
)
def test_whole_films_are_not_cut_off(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    film = make_clip(tmp_path / name, **({"frames": 100} | options))
    reader = FilmReader(probe(film), strict=True)
    frames = list(reader.frames())
    assert len(frames) == 100
    assert not any(frame.found.notes for frame in frames)


def test_the_rest_of_a_film_that_was_not_asked_for(tmp_path: Path, network: Network) -> None:
    film = make_clip(tmp_path / "film.mkv", frames=150, codec="ffv1")
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 6 // 10])
    summary = filmcolor.colorize(film, network=network, preset="ultrafast", end="20f")
    assert summary.warnings == []


def test_what_can_be_read_behind_damage_is_read(tmp_path: Path) -> None:
    """FFmpeg stops where an MXF file is damaged, as if it ended there; but it need not."""
    film = make_clip(tmp_path / "film.mxf", frames=100, codec="mpeg2video", options={"g": "5"})
    wanted = frame_times(film)
    data = bytearray(film.read_bytes())
    key = bytes.fromhex("060e2b34010201010d010301")  # SMPTE 379M: the key of a frame's element
    frames = [at for at in range(len(data)) if data.startswith(key, at)]
    length = frames[50] + 16
    data[length : length + 9] = b"\x87\xff" + b"\xff" * 7
    film.write_bytes(data)
    reader = FilmReader(probe(film))
    frames = list(reader.frames())
    assert len(frames) > 90
    assert frames[-1].time == wanted[-1]
    assert any(frame.found.damage for frame in frames)


@pytest.mark.parametrize(("share", "count"), [(1.0, 0), (0.6, 1)])
def test_sound_that_can_be_read_only_in_part(tmp_path: Path, share: float, count: int) -> None:
    """Whoever copies it is told, although ffmpeg ends as if all were well."""
    options = {"codec": "rv10", "options": {"b": "300000"}, "audio": "ac3"}
    whole = make_clip(tmp_path / "whole.rm", frames=100, size=(176, 144), **options)
    film = tmp_path / "film.rm"
    film.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    video = make_clip(tmp_path / "video.mkv", frames=100)
    info = probe(film)
    streams = MuxPlan(tuple(map(Treatment, info.other_streams)), (), shift=Fraction(0))
    notes = mux(MuxTask(video, info, MATROSKA, streams, WHOLE_FILM, 0, tmp_path / "r.mkv"))
    assert len(notes) == count
    assert all("sound and other streams could be read only up to" in note for note in notes)
    without_sound = replace(streams, kept=())
    task = MuxTask(video, info, MATROSKA, without_sound, WHOLE_FILM, 0, tmp_path / "s.mkv")
    assert mux(task) == []


def with_gaps(path: Path, gaps: dict[int, int], frames: int = 120, **options: object) -> Path:
    """A film in which so many frames are missing behind some frames."""
    pts, now = [], 0
    for frame in range(frames):
        pts.append(now)
        now += 1 + gaps.get(frame, 0)
    return make_clip(path, pts=pts, time_base=Fraction(1, 25), **options)  # type: ignore[arg-type]


def gaps_of(film: Path) -> tuple[Gap, ...]:
    info = probe(film)
    shown, damage, _ = read_through(FilmReader(info).frames())
    return find_gaps(info, shown[:-2], damage)


def read_through(
    frames: Iterable[Frame],
) -> tuple[list[tuple[int, int]], list[int], list[str]]:
    """Times and durations of frames; the places of damage in them, and the notes about them."""
    read = list(frames)
    return (
        [(frame.pts, frame.duration) for frame in read],
        [place for frame in read for place in frame.found.damage],
        [note for frame in read for note in frame.found.notes],
    )


@pytest.mark.parametrize(
    ("name", "codec"),
    [("film.mp4", "libx264"), ("film.mkv", "libx264"), ("film.ts", "mpeg2video")],
)
def test_missing_frames_have_timecodes(tmp_path: Path, name: str, codec: str) -> None:
    film = with_gaps(tmp_path / name, {30: 1, 70: 12, 80: 2}, codec=codec)
    gaps = gaps_of(film)
    assert [gap.frames for gap in gaps] == [1, 12, 2]
    (note,) = gap_notes(probe(film), gaps)
    assert note == (
        "15 frames seem to be missing in the film, at 00:00:01.200, 00:00:02.840 to 00:00:03.720; "
        "the pictures before stay longer instead."
    )


def test_missing_frames_are_remembered(tmp_path: Path, network: Network) -> None:
    """By the segment in which they are; also at its end."""
    film = with_gaps(tmp_path / "film.mkv", {20: 1, 49: 3, 60: 1})
    output = tmp_path / "r.mkv"

    def interrupt(progress: filmcolor.Progress) -> None:
        if progress.phase == "color" and progress.done == 119:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filmcolor.colorize(
            film, output, network=network, method="frame", segment_seconds=2, progress=interrupt
        )
    first, *_ = find_unfinished([output])[0].manifest.segments
    assert first.frames == 49
    assert first.gaps == (Gap(800, 1),)


@pytest.mark.parametrize(
    "pts",
    [
        [n * 40 for n in range(100)],
        [n * 40 if n < 99 else 9000 for n in range(100)],
        [n * 40 if n < 50 else n * 60 - 1000 for n in range(100)],
        [n // 2 * 83 + n % 2 * 33 for n in range(100)],
        [n * 40 + n // 5 * 40 for n in range(100)],
        [n * 40 + (n > 10) * 100 for n in range(20)],
    ],
    ids=["constant", "long last frame", "two rates", "pulldown", "decimated", "too short to tell"],
)
def test_nothing_is_missing_where_rates_vary(tmp_path: Path, pts: list[int]) -> None:
    film = make_clip(tmp_path / "film.mkv", pts=pts, time_base=Fraction(1, 1000))
    assert gaps_of(film) == ()


def test_damage_explains_a_gap(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", frames=100, codec="mjpeg", pix_fmt="yuvj420p")
    data = bytearray(film.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    end = starts[41] - 16
    data[starts[40] : end] = bytes(end - starts[40])
    film.write_bytes(data)
    reader = FilmReader(probe(film))
    shown, damage, _ = read_through(reader.frames())
    assert len(shown) == 99
    assert find_gaps(reader.info, shown, []) == (Gap(1560, 1),)
    assert find_gaps(reader.info, shown, damage) == ()


@pytest.fixture(scope="module")
def info(sound_clip: Path) -> FilmInfo:
    return replace(probe(sound_clip), container="matroska", time_base=Fraction(1, 1000))


@settings(deadline=None)
@given(
    usual=st.integers(1, 500),
    missing=st.lists(st.integers(0, 40), min_size=24, max_size=400),
    data=st.data(),
)
def test_gaps_are_found_exactly(
    info: FilmInfo, usual: int, missing: list[int], data: st.DataObject
) -> None:
    """All of them where few are irregular, none where many are."""
    few = data.draw(st.sets(st.integers(0, len(missing) - 1), max_size=len(missing) // 20))
    kept = [count if place in few else 0 for place, count in enumerate(missing)]
    shown, pts = [], 0
    for count in kept:
        shown.append((pts, usual * (1 + count)))
        pts += usual * (1 + count)
    wanted = [Gap(at, count) for (at, _), count in zip(shown, kept, strict=True) if count]
    assert list(find_gaps(info, shown, [])) == wanted
    notes = gap_notes(info, wanted)
    assert len(notes) == bool(wanted)
    assert all(note.startswith(f"{sum(kept)} frame") for note in notes)


@pytest.mark.skipif(not ODD.is_dir(), reason="needs shared/clips/odd beside the project")
def test_odd_films() -> None:
    """Of real films, those that are cut off are found, and no other."""
    cut_off = set()
    for path in sorted(ODD.iterdir()):
        try:
            reader = FilmReader(probe(path))
            shown, damage, notes = read_through(reader.rough_frames())
        except FilmcolorError:
            continue
        assert find_gaps(reader.info, shown[:-2], damage) == (), path
        if any("ends at" in note for note in notes):
            cut_off.add(path.name)
    assert cut_off == {
        "mkv_10subs_2audio_cut.mkv",
        "mov_cinepak_pal8.mov",
        "truncated_flv_enigma.flv",
    }
