"""Sound, subtitles, chapters, attachments, covers and tags come through unchanged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

import filmcolor
from benchmarks.fidelity.check import compare
from filmcolor.networks import Network
from tests.clips import ffmpeg, frame_times, make_clip
from tests.streams import add_streams, list_streams, sound_begins


def assert_kept(source: Path, result: Path, **options: bool) -> None:
    """The independent comparison finds nothing lost."""
    report = compare(source, result, **options)
    assert report.problems == []
    assert report.ok


def colored(source: Path, network: Network, name: str | None = None) -> filmcolor.Summary:
    """Colour a film quickly."""
    output = None if name is None else source.with_name(name)
    return filmcolor.colorize(source, output, network=network, preset="veryfast")


@pytest.fixture
def full_mkv(sound_clip: Path, tmp_path: Path) -> Path:
    return add_streams(
        sound_clip,
        tmp_path / "film.mkv",
        second_audio=True,
        subtitles="subrip",
        chapters=True,
        attachment=True,
        cover=True,
        options=("-disposition:a:1", "comment", "-disposition:s:0", "forced+hearing_impaired"),
    )


@pytest.fixture
def full_mp4(sound_clip: Path, tmp_path: Path) -> Path:
    return add_streams(
        sound_clip,
        tmp_path / "film.mp4",
        second_audio=True,
        subtitles="mov_text",
        chapters=True,
        cover=True,
    )


def test_everything_in_matroska(full_mkv: Path, network: Network) -> None:
    summary = colored(full_mkv, network)
    assert summary.output == full_mkv.with_name("film.color.mkv")
    assert summary.warnings == []
    assert_kept(full_mkv, summary.output, allow_shift=False)
    before, after = list_streams(full_mkv), list_streams(summary.output)
    kinds = ["video", "audio", "audio", "subtitle"]
    assert [stream.kind for stream in after[:4]] == kinds
    assert after[1:4] == before[1:4]
    # The cover and the font are attached files; which of them comes first means nothing.
    assert {stream.kind for stream in after[4:]} == {"video", "attachment"}
    assert len(after) == len(before) == 6
    assert all(stream in before for stream in after[4:])
    assert after[2].title == "Kommentar"
    assert set(after[2].dispositions) >= {"comment"}
    assert set(after[3].dispositions) >= {"forced", "hearing_impaired"}
    with av.open(str(summary.output)) as container:
        assert container.metadata["title"] == "A short film"
        assert {k.lower(): v for k, v in container.metadata.items()}["artist"] == "nobody"
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
        assert titles == ["First", "Second"]


def test_everything_in_mp4(full_mp4: Path, network: Network) -> None:
    summary = colored(full_mp4, network)
    assert summary.output == full_mp4.with_name("film.color.mp4")
    assert summary.warnings == []
    assert_kept(full_mp4, summary.output, allow_shift=False)
    after = [stream for stream in list_streams(summary.output) if stream.kind != "data"]
    assert [stream.codec for stream in after] == ["h264", "aac", "mp3", "mov_text", "png"]
    assert [stream.language for stream in after[1:4]] == ["eng", "ger", "eng"]
    assert "attached_pic" in after[4].dispositions


def test_everything_in_quicktime(full_mp4: Path, network: Network) -> None:
    summary = colored(full_mp4, network, "film.mov")
    report = compare(full_mp4, summary.output)
    assert [match.status for match in report.audio] == ["copied", "copied"]
    assert [match.status for match in report.subtitles] == ["copied"]
    assert (report.source_chapters, report.result_chapters) == (2, 2)


def test_mp4_becomes_matroska(full_mp4: Path, network: Network) -> None:
    summary = colored(full_mp4, network, "film.mkv")
    assert_kept(full_mp4, summary.output)
    assert any("converted to subrip" in warning for warning in summary.warnings)


def test_matroska_becomes_mp4(full_mkv: Path, network: Network) -> None:
    """Subtitles are converted; the attachment has no place. Both are said."""
    summary = colored(full_mkv, network, "film.mp4")
    report = compare(full_mkv, summary.output)
    assert report.problems == ["attachment 'font.ttf' is missing or changed"]
    assert [match.status for match in report.subtitles] == ["converted"]
    assert [match.status for match in report.audio] == ["copied", "copied"]
    assert report.covers == 1
    assert list_streams(summary.output)[3].codec == "mov_text"
    words = "\n".join(summary.warnings)
    assert "subtitle stream 3 (eng) is converted to mov_text" in words
    assert "attachment stream 5 is left out" in words
    assert ".mkv files can" in words


def test_sound_without_compression_keeps_its_place(tmp_path: Path, network: Network) -> None:
    """AVI is not written; what is chosen instead can hold the sound as it is."""
    source = make_clip(tmp_path / "film.avi", codec="mpeg4", audio="pcm_s16le")
    summary = colored(source, network)
    assert summary.output.suffix in (".mov", ".mkv")
    assert list_streams(summary.output)[1].codec == "pcm_s16le"
    assert_kept(source, summary.output)
    assert any("QuickTime" in warning for warning in summary.warnings)


def test_sound_that_mp4_cannot_hold(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.avi", codec="mpeg4", audio="pcm_s16le")
    summary = colored(source, network, "r.mp4")
    assert list_streams(summary.output)[1].codec == "aac"
    assert any(
        "audio stream 1 is converted to aac" in warning and "pcm_s16le" in warning
        for warning in summary.warnings
    )
    assert frame_times(summary.output) == frame_times(source)
    assert sound_begins(summary.output) == pytest.approx(sound_begins(source), abs=0.001)


@pytest.mark.parametrize(("name", "copied"), [(None, "opus"), ("r.webm", "opus")])
def test_webm(tmp_path: Path, network: Network, name: str | None, copied: str) -> None:
    source = make_clip(tmp_path / "film.webm", codec="libvpx-vp9", audio="libopus")
    output = None if name is None else tmp_path / name
    summary = filmcolor.colorize(source, output, network=network)
    assert list_streams(summary.output)[1].codec == copied
    assert summary.codec == ("vp9" if summary.output.suffix == ".webm" else "x264")
    assert_kept(source, summary.output)


def test_webm_gets_opus(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mp4", audio="aac")
    summary = filmcolor.colorize(source, tmp_path / "r.webm", network=network)
    assert [stream.codec for stream in list_streams(summary.output)] == ["vp9", "opus"]
    assert any("converted to opus" in warning for warning in summary.warnings)
    assert frame_times(summary.output) == frame_times(source)
    assert sound_begins(summary.output) == pytest.approx(sound_begins(source), abs=0.001)


@pytest.mark.parametrize("suffix", [".ts", ".mp4", ".mkv"])
def test_a_broadcast_stream_that_begins_late(tmp_path: Path, network: Network, suffix: str) -> None:
    plain = make_clip(tmp_path / "plain.mp4", codec="mpeg2video", audio="mp2")
    source = tmp_path / "film.ts"
    ffmpeg("-i", plain, "-map", "0", "-c", "copy", "-output_ts_offset", 500, source)
    assert frame_times(source)[0] > 500
    summary = colored(source, network, f"r{suffix}")
    assert_kept(source, summary.output, allow_shift=suffix != ".ts")
    begins = frame_times(summary.output)[0]
    assert begins == frame_times(source)[0] if suffix == ".ts" else begins < 1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("offset", ["0.3", "0.123"])
def test_sound_that_begins_later(
    tmp_path: Path, network: Network, sound_clip: Path, suffix: str, offset: str
) -> None:
    source = tmp_path / f"film{suffix}"
    ffmpeg(
        *("-i", sound_clip, "-itsoffset", offset, "-i", sound_clip),
        *("-map", "0:v", "-map", "1:a", "-c", "copy", source),
    )
    assert _sound_after_picture(source) > 0.05
    summary = colored(source, network)
    assert_kept(source, summary.output)
    assert _sound_after_picture(summary.output) == pytest.approx(
        _sound_after_picture(source), abs=0.0011
    )


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_pictures_that_begin_later(
    tmp_path: Path, network: Network, sound_clip: Path, suffix: str
) -> None:
    source = tmp_path / f"film{suffix}"
    ffmpeg(
        *("-itsoffset", "0.25", "-i", sound_clip, "-i", sound_clip),
        *("-map", "0:v", "-map", "1:a", "-c", "copy", source),
    )
    assert _sound_after_picture(source) < -0.2
    summary = colored(source, network)
    assert_kept(source, summary.output, allow_shift=False)
    assert frame_times(summary.output) == frame_times(source)


def _sound_after_picture(path: Path) -> float:
    with av.open(str(path)) as container:
        packets = container.demux(audio=0)
        first = next(p for p in packets if p.pts is not None and p.size and not p.is_discard)
        assert first.pts is not None
        return float(first.pts * first.time_base - frame_times(path)[0])


def test_sound_longer_than_the_pictures(tmp_path: Path, network: Network) -> None:
    source = make_clip(tmp_path / "film.mp4", frames=6, audio="aac", audio_seconds=1.5)
    summary = colored(source, network)
    assert_kept(source, summary.output, allow_shift=False)
    with av.open(str(summary.output)) as container:
        assert container.duration is not None
        assert Fraction(container.duration, av.time_base) >= Fraction(3, 2)


def test_names_with_strange_characters(tmp_path: Path, network: Network, sound_clip: Path) -> None:
    source = tmp_path / "Größe %d 'Film' №1 [a;b].mp4"
    source.write_bytes(sound_clip.read_bytes())
    summary = colored(source, network)
    assert summary.output.name == "Größe %d 'Film' №1 [a;b].color.mp4"
    assert_kept(source, summary.output, allow_shift=False)


def test_names_that_begin_with_a_dash(
    tmp_path: Path, network: Network, sound_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-y.mp4").write_bytes(sound_clip.read_bytes())
    summary = filmcolor.colorize("-y.mp4", "-r.mp4", network=network, preset="ultrafast")
    assert_kept(tmp_path / "-y.mp4", tmp_path / summary.output, allow_shift=False)


def test_short_language_codes_survive_in_mp4(
    sound_clip: Path, tmp_path: Path, network: Network
) -> None:
    film = add_streams(
        sound_clip, tmp_path / "film.mkv", options=("-metadata:s:a:0", "language=es")
    )
    assert list_streams(film)[1].language == "es"
    summary = colored(film, network, "in-spanish.mp4")
    assert list_streams(summary.output)[1].language == "spa"
