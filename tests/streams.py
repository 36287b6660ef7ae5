"""What films hold beside their pictures: sound, subtitles, chapters, attachments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from tests.clips import ffmpeg


def sound_begins(path: Path) -> float:
    """When the first sound track becomes audible, in seconds."""
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray().astype(float)
            loudness = np.abs(samples if frame.format.is_planar else samples.reshape(1, -1))
            loudness /= 32768 if frame.format.name.startswith("s16") else 1
            heard = np.flatnonzero(loudness.max(axis=0) > 0.1)
            if heard.size:
                assert frame.pts is not None
                assert frame.time_base is not None
                return float(frame.pts * frame.time_base) + int(heard[0]) / frame.sample_rate
    raise AssertionError(f"{path} is silent")


@dataclass
class StreamFacts:
    """What a container says of one stream."""

    kind: str
    codec: str
    language: str
    title: str
    dispositions: tuple[str, ...]


def list_streams(path: Path) -> list[StreamFacts]:
    """The streams of a file, in order."""
    with av.open(str(path)) as container:
        found = []
        for stream in container.streams:
            flags = av.stream.Disposition(int(stream.disposition))
            context = getattr(stream, "codec_context", None)
            found.append(
                StreamFacts(
                    stream.type or "",
                    context.codec.canonical_name if context is not None else "",
                    stream.metadata.get("language", ""),
                    stream.metadata.get("title", ""),
                    tuple(f.name or "" for f in av.stream.Disposition if f in flags),
                )
            )
        return found


SUBTITLES = """1
00:00:00,040 --> 00:00:00,200
Good evening.

2
00:00:00,240 --> 00:00:00,400
Two lines
of text
"""

CHAPTERS = """;FFMETADATA1
title=A short film
artist=nobody
[CHAPTER]
TIMEBASE=1/1000
START=0
END=240
title=First
[CHAPTER]
TIMEBASE=1/1000
START=240
END=480
title=Second
"""


def add_streams(
    source: Path,
    output: Path,
    *,
    second_audio: bool = False,
    subtitles: str = "",
    chapters: bool = False,
    attachment: bool = False,
    cover: bool = False,
    options: Sequence[str] = (),
) -> Path:
    """Copy a film and add to it: a second sound track, subtitles (`subrip`, `mov_text`), ..."""
    folder = output.parent
    inputs: list[str | Path] = ["-i", source]
    maps = ["-map", "0"]
    extra: list[str | Path] = []
    count = 1
    if second_audio:
        inputs += ["-f", "lavfi", "-i", "sine=f=880:r=44100:d=0.48"]
        maps += ["-map", f"{count}:a"]
        extra += ["-c:a:1", "libmp3lame", "-metadata:s:a:0", "language=eng"]
        extra += ["-metadata:s:a:1", "language=ger", "-metadata:s:a:1", "title=Kommentar"]
        count += 1
    if subtitles:
        lines = folder / f"{output.stem}-lines.srt"
        lines.write_text(SUBTITLES, encoding="utf-8")
        inputs += ["-i", lines]
        maps += ["-map", f"{count}:s"]
        extra += ["-c:s", subtitles, "-metadata:s:s:0", "language=eng"]
        count += 1
    if cover:
        image = folder / f"{output.stem}-cover.png"
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32", "-frames:v", "1", image)
        if output.suffix == ".mkv":
            extra += ["-attach", image, "-metadata:s:t:0", "mimetype=image/png"]
            extra += ["-metadata:s:t:0", "filename=cover.png"]
        else:
            inputs += ["-i", image]
            maps += ["-map", f"{count}:v"]
            extra += ["-disposition:v:1", "attached_pic"]
            count += 1
    if attachment:
        font = folder / f"{output.stem}-font.ttf"
        font.write_bytes(bytes(range(256)))
        at = 1 if cover else 0
        extra += ["-attach", font, f"-metadata:s:t:{at}", "mimetype=font/ttf"]
        extra += [f"-metadata:s:t:{at}", "filename=font.ttf"]
    if chapters:
        words = folder / f"{output.stem}-chapters.txt"
        words.write_text(CHAPTERS, encoding="utf-8")
        inputs += ["-f", "ffmetadata", "-i", words]
        extra += ["-map_metadata", str(count), "-map_chapters", str(count)]
        count += 1
    ffmpeg(*inputs, *maps, "-c", "copy", *extra, *options, output)
    return output
