"""The fidelity check passes whole copies and finds each kind of damage."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest

from benchmarks.fidelity import check as fidelity
from benchmarks.fidelity import stream_matching
from benchmarks.fidelity import table as fidelity_table
from benchmarks.fidelity import tags as film_tags

FRAMES = 36
METADATA = """;FFMETADATA1
title=A short film
comment=made by a test
[CHAPTER]
TIMEBASE=1/1000
START=0
END=700
title=First
[CHAPTER]
TIMEBASE=1/1000
START=700
END=1500
title=Second
"""
SUBTITLES = """1
00:00:00,200 --> 00:00:00,700
<i>Good</i> evening.

2
00:00:00,900 --> 00:00:01,300
Two lines
of text
"""


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fidelity")


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    """A Matroska film with two sound tracks, subtitles, chapters, tags and an attachment."""
    (folder / "lines.srt").write_text(SUBTITLES, encoding="utf-8")
    (folder / "meta.txt").write_text(METADATA, encoding="utf-8")
    (folder / "font.ttf").write_bytes(bytes(range(256)))
    path = folder / "film.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=s=160x120:r=24:d=1.5", "-f", "lavfi"),
        *("-i", "sine=f=440:d=1.5", "-f", "lavfi", "-i", "sine=f=880:d=1.5"),
        *("-i", folder / "lines.srt", "-f", "ffmetadata", "-i", folder / "meta.txt"),
        *("-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s"),
        *("-map_metadata", "4", "-map_chapters", "4", "-c:v", "libx264", "-preset", "ultrafast"),
        *("-pix_fmt", "yuv420p", "-c:a:0", "aac", "-c:a:1", "libmp3lame", "-c:s", "subrip"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"),
        *("-metadata:s:s:0", "language=eng", "-disposition:s:0", "forced"),
        *("-attach", folder / "font.ttf", "-metadata:s:t", "mimetype=font/ttf", path),
    )
    return path


def copied(film: Path, name: str, *options: str | Path, maps: tuple[str, ...] = ("0",)) -> Path:
    """A copy of the film's streams, changed by some options."""
    path = film.with_name(name)
    chosen = [word for part in maps for word in ("-map", part)]
    ffmpeg("-i", film, *chosen, "-c", "copy", *options, path)
    return path


def test_film_with_itself(film: Path) -> None:
    report = fidelity.compare(film, film)
    assert (report.ok, report.problems, report.notes) == (True, [], [])
    assert report.frame_times.grade == "exact"
    assert report.max_time_error == 0.0
    assert (report.source_frames, report.result_frames) == (FRAMES, FRAMES)
    assert [match.status for match in report.audio] == ["copied", "copied"]
    assert report.audio_video_difference == 0.0
    assert (report.source_chapters, report.attachments) == (2, 1)
    assert report.luma.mean == 0.0
    assert report.luma.frames <= 20


def test_same_container(film: Path) -> None:
    assert fidelity.compare(film, copied(film, "copy.mkv")).problems == []


def test_other_container_keeps_all_but_the_attachment(film: Path) -> None:
    result = copied(film, "copy.mp4", "-c:s", "mov_text", maps=("0:v", "0:a", "0:s"))
    report = fidelity.compare(film, result)
    assert report.problems == ["attachment 'font.ttf' is missing or changed"]
    assert [match.status for match in report.subtitles] == ["converted"]
    assert report.frame_times.grade == "exact"
    back = copied(result, "back.mkv", "-c:s", "subrip", maps=("0:v", "0:a", "0:s"))
    assert fidelity.compare(result, back).frame_times.grade in ("exact", "rounded")


def test_adts_headers_are_no_difference(film: Path) -> None:
    result = copied(film, "copy.ts", maps=("0:v", "0:a"))
    report = fidelity.compare(film, result)
    assert [match.status for match in report.audio] == ["copied", "copied"]
    assert report.frame_times.grade == "shifted"
    assert abs(report.audio_video_difference) < 0.002
    assert not [text for text in report.problems if "audio" in text or "times" in text]
    strict = fidelity.compare(film, result, allow_shift=False)
    assert any("shifted" in text for text in strict.problems)


def test_rounding_to_milliseconds(folder: Path) -> None:
    source = folder / "exact.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=24:d=1", "-c:v", "mpeg4", source)
    report = fidelity.compare(source, copied(source, "rounded.mkv"))
    assert report.ok
    assert report.frame_times.grade == "rounded"
    assert 0 < report.max_time_error <= 0.0005


@pytest.mark.parametrize(
    ("name", "maps", "options", "words"),
    [
        ("no-audio.mkv", ("0:v", "0:s", "0:t"), (), "audio 0: aac track is missing"),
        ("one-audio.mkv", ("0", "-0:a:1"), (), "audio 1: mp3 track is missing"),
        ("order.mkv", ("0:v", "0:a:1", "0:a:0", "0:s", "0:t"), (), "another order"),
        ("recoded.mkv", ("0",), ("-c:a:0", "flac"), "audio 0: re-encoded, aac to flac"),
        ("no-subtitles.mkv", ("0", "-0:s"), (), "subtitle 0: subrip track is missing"),
        ("no-chapters.mkv", ("0",), ("-map_chapters", "-1"), "2 chapters became 0"),
        ("tags.mkv", ("0",), ("-metadata", "title="), "tag title 'A short film' is missing"),
        ("lang.mkv", ("0",), ("-metadata:s:a:1", "language=fre"), "'ger' became 'fre'"),
        ("flag.mkv", ("0",), ("-disposition:s:0", "0"), "disposition 'forced' was lost"),
        ("font.mkv", ("0", "-0:t"), (), "attachment 'font.ttf' is missing"),
        ("aspect.mkv", ("0",), ("-aspect", "16:9"), "sample aspect ratio 1 became 4/3"),
        ("short.mkv", ("0",), ("-t", "1"), "36 frames became"),
        (
            "drop.mkv",
            ("0",),
            ("-c:v", "mpeg4", "-vf", "select=not(eq(n\\,9))", "-fps_mode", "passthrough"),
            "36 frames became 35",
        ),
        (
            "times.mkv",
            ("0",),
            ("-c:v", "mpeg4", "-vf", "setpts=PTS*1.02", "-fps_mode", "passthrough"),
            "frame times differ by up to",
        ),
        ("size.mkv", ("0",), ("-c:v", "mpeg4", "-vf", "scale=80:60"), "160x120 became 80x60"),
    ],
)
def test_damage_is_found(
    film: Path, name: str, maps: tuple[str, ...], options: tuple[str, ...], words: str
) -> None:
    report = fidelity.compare(film, copied(film, name, *options, maps=maps))
    assert not report.ok
    assert any(words in text for text in report.problems), report.problems


def test_late_sound_is_found(film: Path) -> None:
    result = film.with_name("late.mkv")
    ffmpeg(
        *("-i", film, "-itsoffset", "0.25", "-i", film),
        *("-map", "0", "-map", "-0:a", "-map", "1:a", "-c", "copy", result),
    )
    report = fidelity.compare(film, result)
    assert report.frame_times.grade == "exact"
    assert report.audio_video_difference == pytest.approx(0.25, abs=0.002)
    assert any("audio 0 is moved by +0.25" in text for text in report.problems)


def test_lost_sound_packets_are_found(film: Path) -> None:
    result = film.with_name("holes.mkv")
    filters = ("-bsf:a:0", "noise=drop=eq(n\\,20)")
    ffmpeg("-i", film, "-map", "0", "-c", "copy", *filters, result)
    report = fidelity.compare(film, result)
    assert report.audio[0].status == "damaged"
    assert any("audio 0: aac track was changed" in text for text in report.problems)


def test_changed_words_are_found(film: Path) -> None:
    lines = film.with_name("other.srt")
    lines.write_text(SUBTITLES.replace("evening", "morning"), encoding="utf-8")
    result = film.with_name("words.mkv")
    maps = ("-map", "0", "-map", "-0:s", "-map", "1:s")
    ffmpeg("-i", film, "-i", lines, *maps, "-metadata:s:s:0", "language=eng", "-c", "copy", result)
    report = fidelity.compare(film, result)
    assert any("words differ" in text for text in report.problems)


def test_rotation_is_found(folder: Path) -> None:
    source, turned = folder / "upright.mp4", folder / "turned.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=0.5", "-c:v", "mpeg4", source)
    ffmpeg("-display_rotation", "90", "-i", source, "-c", "copy", turned)
    assert fidelity.compare(turned, turned).ok
    report = fidelity.compare(turned, source)
    assert any("display matrix" in text for text in report.problems)


def test_odd_sides_may_be_padded(folder: Path) -> None:
    source, padded = folder / "odd.mkv", folder / "even.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=63x47:r=10:d=0.5", "-c:v", "ffv1", source)
    ffmpeg("-i", source, "-vf", "pad=64:48", "-c:v", "ffv1", padded)
    report = fidelity.compare(source, padded)
    assert report.ok
    assert report.luma.mean < 1.0


def test_cover_art(folder: Path) -> None:
    picture, source = folder / "cover.png", folder / "cover.mp4"
    plain = folder / "plain.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32", "-frames:v", "1", picture)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=0.5", "-c:v", "mpeg4", plain)
    ffmpeg(
        *("-i", picture, "-i", plain, "-map", "0", "-map", "1", "-c", "copy"),
        *("-disposition:v:0", "attached_pic", source),
    )
    report = fidelity.compare(source, source)
    assert report.ok
    assert (report.source_frames, report.covers) == (5, 1)
    assert "cover art is missing or changed" in fidelity.compare(source, plain).problems


def test_files_without_frames(folder: Path) -> None:
    sound = folder / "sound.m4a"
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.5", "-c:a", "aac", sound)
    report = fidelity.compare(sound, sound)
    assert not report.ok
    assert "no video frames in the source" in report.problems
    text = folder / "text.mp4"
    text.write_text("no film")
    assert any("cannot read" in line for line in fidelity.compare(text, sound).problems)


def test_exit_codes(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fidelity.main([str(film), str(film), "--json"]) == 0
    assert '"ok": true' in capsys.readouterr().out
    cut = copied(film, "cut.mkv", maps=("0:v",))
    assert fidelity.main([str(film), str(cut)]) == 1
    assert "problem: audio 0" in capsys.readouterr().out


def test_match_times() -> None:
    times = [Fraction(n, 24) for n in range(10)]
    half = Fraction(1, 2000)
    moved = [time + 5 for time in times]
    assert stream_matching.match_times(times, times, half).grade == "exact"
    assert stream_matching.match_times(times, moved, half).shift == 5.0
    assert stream_matching.match_times(times, moved, half).grade == "shifted"
    late = [*times[:-1], times[-1] + Fraction(1, 24)]
    assert stream_matching.match_times(times, late, half).grade == "different"
    assert stream_matching.match_times([None], [None], half).grade == "unknown"
    assert stream_matching.tolerance(Fraction(1, 24), Fraction(1, 12288)) == half


def test_tags_and_languages() -> None:
    tags = {"TITLE": "A", "encoder": "x", "creation_time": "2016-05-31 17:01:35"}
    assert film_tags.film_tags(tags) == {"title": "A", "creation_time": "2016-05-31T17:01:35"}
    assert film_tags.same_language("ger", "deu")
    assert not film_tags.same_language("spa", "")


def test_table(film: Path, tmp_path: Path) -> None:
    placed = fidelity_table.place(film, tmp_path)
    assert placed.read_bytes() == film.read_bytes()
    assert fidelity_table.place(film, tmp_path) != placed
    report = fidelity.compare(film, placed)
    kept = fidelity_table.Run(0, 1.0, placed, ())
    refused = fidelity_table.Run(1, 1.0, None, ("film.mkv: no video",))
    failed = fidelity_table.Run(1, 1.0, None, ("Traceback", "ValueError"))
    rows = [
        fidelity_table.table_row(film, kept, report),
        fidelity_table.table_row(film, refused, None),
        fidelity_table.table_row(film, failed, None),
    ]
    assert [row[1] for row in rows] == ["kept", "refused", "failed"]
    assert [row[4] for row in rows] == ["36/36", "36/-", "36/-"]
    table = fidelity_table.format_table(rows, markdown=True).splitlines()
    assert len(table) == 5
    assert len({line.count("|") for line in table}) == 1


def test_table_needs_the_program(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fidelity_table, "program_starts", lambda: False)
    assert fidelity_table.main([str(film), "-o", str(tmp_path)]) == 2
