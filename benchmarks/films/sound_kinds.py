"""Films with each kind of sound that FFmpeg writes: made, coloured whole and in part, and heard."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from filmcolor.media.encode.ffmpeg import ffmpeg_path

PICTURES = {
    "nut": "mpeg4",
    "mkv": "mpeg4",
    "mov": "mpeg4",
    "avi": "mpeg4",
    "mp4": "mpeg4",
    "vob": "mpeg2video",
    "m2ts": "mpeg2video",
    "ts": "mpeg2video",
    "mxf": "mpeg2video",
    "wmv": "wmv2",
    "flv": "flv1",
    "rm": "rv10",
    "3gp": "mpeg4",
    "ogv": "libtheora",
}
"""Containers of sources, and the codec of the pictures in each."""

RESULTS: tuple[str, ...] = ("", ".mp4", ".mov", ".mkv", ".webm", ".ts")
"""Suffixes of results; the first is that which filmcolor chooses."""

TONE_FROM, PART_FROM = 1.0, 0.8
"""Seconds: where the tone begins in the source, and where the part."""

LATEST = 0.07
"""Seconds by which sound may be heard earlier or later: codecs smear it over their blocks."""

_SECONDS = 2
_QUIET = 0.1


@dataclass(frozen=True)
class SoundKind:
    """A film with sound of one kind, and what it becomes."""

    encoder: str
    container: str
    result: str
    part: bool
    """Whether only what comes from `PART_FROM` on is coloured."""

    @property
    def name(self) -> str:
        """All in one line, for people."""
        made = f"{self.container}: {self.encoder}, {'part' if self.part else 'whole'}"
        return f"{made} -> {self.result or 'chosen'}"


def encoders() -> list[str]:
    """Return FFmpeg's encoders of sound."""
    command = [ffmpeg_path(), "-hide_banner", "-encoders"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in said.splitlines() if line.startswith(" A")]
    return [row[1] for row in rows if row[1] != "="]


def sound_kinds(folder: Path) -> Iterator[SoundKind]:
    """Yield all kinds of which FFmpeg makes films that can be read: those lie in `folder` then.

    One container of each encoder is turned into each result, whole and in part; the others into
    the result that filmcolor chooses, in part.
    """
    for encoder in encoders():
        results = RESULTS
        for container in PICTURES:
            if not make_sound_film(encoder, container, folder):
                continue
            for result in results:
                yield SoundKind(encoder, container, result, part=True)
                if len(results) > 1:
                    yield SoundKind(encoder, container, result, part=False)
            results = RESULTS[:1]


def film_of(encoder: str, container: str, folder: Path) -> Path:
    """Return where the film of a kind lies."""
    return folder / f"{encoder}.{container}"


def make_sound_film(encoder: str, container: str, folder: Path) -> bool:
    """Write two seconds, silent until a tone comes; return whether FFmpeg makes such a film."""
    path = film_of(encoder, container, folder)
    tone = f"0.4*sin(660*2*PI*t)*gte(t,{TONE_FROM})"
    rate = "25" if PICTURES[container] == "mpeg2video" else "10"
    command: list[str | Path] = [ffmpeg_path(), "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc2=s=64x48:r={rate}:d={_SECONDS},format=gray"]
    command += ["-f", "lavfi", "-i", f"aevalsrc='{tone}':s=48000:d={_SECONDS}"]
    command += ["-c:v", PICTURES[container], "-pix_fmt", "yuv420p", "-q:v", "4"]
    command += ["-c:a", encoder, "-strict", "experimental", "-threads", "1"]
    command += ["-mpegts_m2ts_mode", "1"] if container == "m2ts" else []
    made = subprocess.run([*command, path], capture_output=True, check=False).returncode == 0
    try:
        usable = made and tone_begins(path) is not None
    except (av.error.FFmpegError, IndexError, AttributeError, ValueError):
        usable = False
    if not usable:
        path.unlink(missing_ok=True)
    return usable


@cache
def tone_of_source(path: Path) -> float | None:
    """Return what `tone_begins` does, for a film that is heard again and again."""
    return tone_begins(path)


def tone_begins(path: Path) -> float | None:
    """Return when the sound is heard, in seconds from the first picture on; None for never."""
    with av.open(str(path)) as container:
        first = next(frame for frame in container.decode(video=0) if frame.pts is not None)
        assert first.pts is not None and first.time_base is not None
        picture = float(first.pts * first.time_base)
    with av.open(str(path)) as container:
        now = None
        for frame in container.decode(audio=0):
            if frame.pts is not None and frame.time_base is not None:
                now = float(frame.pts * frame.time_base)
            samples = _between_minus_one_and_one(frame)
            heard = np.flatnonzero(np.abs(samples) > _QUIET)
            if heard.size:
                return float((now or 0.0) + int(heard[0]) / frame.sample_rate - picture)
            now = (now or 0.0) + frame.samples / frame.sample_rate
    return None


def _between_minus_one_and_one(frame: Any) -> np.ndarray:
    resampler = av.AudioResampler("flt", "mono", frame.sample_rate)
    frame.pts = None
    return np.concatenate([part.to_ndarray()[0] for part in resampler.resample(frame)])


def what_is_wrong(kind: SoundKind, folder: Path, network: Any) -> str:
    """Colour a film; return an empty string, or what is wrong with the result."""
    import filmcolor
    from filmcolor.errors import FilmcolorError

    source = film_of(kind.encoder, kind.container, folder)
    name = f"{kind.encoder}-{kind.container}-{'part' if kind.part else 'whole'}"
    output = folder / "results" / f"{name}{kind.result}"
    if not kind.result:
        output.mkdir(parents=True, exist_ok=True)  # its own: other films are coloured meanwhile
    try:
        summary = filmcolor.colorize(
            source,
            output,
            start=PART_FROM if kind.part else None,
            network=network,
            method="frame",
            preset="8" if kind.result == ".webm" else "ultrafast",
            overwrite=True,
        )
    except FilmcolorError as error:
        return f"{type(error).__name__}: {error}"
    told = any("audio stream" in warning and "left out" in warning for warning in summary.warnings)
    try:
        found = tone_begins(summary.output)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        return "" if told else f"cannot be heard: {error}"
    if found is None:
        return "" if told else "is silent"
    wanted = (tone_of_source(source) or 0.0) - (PART_FROM if kind.part else 0.0)
    return "" if abs(found - wanted) <= LATEST else f"heard at {found:.3f} s, not {wanted:.3f}"
