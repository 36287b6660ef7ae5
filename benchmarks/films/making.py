"""Makes a film of any kind that `kinds` names, with the ffmpeg executable."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.films.kinds import AUDIO, SUBTITLES, FilmKind
from filmcolor.media.encode.ffmpeg import ffmpeg_path

_FRAMES = 18
_OPTIONS: dict[str, tuple[str, ...]] = {
    "libx264": ("-preset", "ultrafast", "-crf", "14"),
    "libx265": ("-preset", "ultrafast", "-x265-params", "log-level=error"),
    "libsvtav1": ("-preset", "10"),
    "libvpx": ("-b:v", "800k", "-deadline", "realtime"),
    "libvpx-vp9": ("-b:v", "800k", "-deadline", "realtime", "-cpu-used", "8"),
    "ffv1": ("-level", "3"),
    "libtheora": ("-q:v", "8"),
}
_LINES = """1
00:00:00,080 --> 00:00:00,240
Good evening.

2
00:00:00,320 --> 00:00:00,480
Two lines
of text
"""
_CHAPTERS = """;FFMETADATA1
title=A film of the matrix
[CHAPTER]
TIMEBASE=1/1000
START=0
END=120
title=First
[CHAPTER]
TIMEBASE=1/1000
START=120
END=290
title=Second
"""
_COPY = ("-map", "0:v", "-map", "0:a?", "-map", "0:s?", "-c", "copy")


def make_film(kind: FilmKind, path: Path) -> str:
    """Write the film; return an empty string, or why FFmpeg does not make it."""
    plain = path.with_name(f"plain-{path.name}") if kind.turn else path
    problem = _run(*_arguments(kind, path.parent), plain)
    if kind.turn and not problem:
        problem = _run("-display_rotation", str(kind.turn), "-i", plain, *_COPY, path)
    if kind.turn:
        plain.unlink(missing_ok=True)
    return problem


def _run(*arguments: str | Path) -> str:
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    return (done.stderr.strip().splitlines() or ["?"])[-1] if done.returncode else ""


def _picture(kind: FilmKind) -> tuple[str, str]:
    """The source and the filter of the moving grey picture."""
    rate = "25" if kind.rate == "variable" else kind.rate
    source = f"testsrc2=s={kind.size}:r={rate}"
    steps = ["format=gray", f"setsar={kind.shape.replace(':', '/')}"]
    if kind.rate == "variable":
        steps.append("select='lt(mod(n,5),2)+eq(mod(n,7),3)'")
    if kind.scan != "progressive":
        first = "tff" if kind.scan == "top first" else "bff"
        steps += [f"setfield={first}"]
    return source, ",".join([*steps, f"format={kind.pixels}"])


def _arguments(kind: FilmKind, folder: Path) -> list[str | Path]:
    source, picture = _picture(kind)
    arguments: list[str | Path] = ["-f", "lavfi", "-i", source]
    maps: list[str | Path] = ["-map", "0:v"]
    inputs = 1
    seconds = _FRAMES / (12.0 if kind.rate in ("variable", "12") else 24.0)
    for track in range(kind.audio):
        arguments += ["-f", "lavfi", "-i", f"sine=f={440 + 220 * track}:r=44100:d={seconds}"]
        maps += ["-map", str(inputs)]
        maps += [f"-c:a:{track}", AUDIO[kind.container][track], "-strict", "experimental"]
        maps += [f"-metadata:s:a:{track}", f"language={('eng', 'ger')[track]}"]
        inputs += 1
    for track in range(kind.subtitles):
        lines = folder / "lines.srt"
        lines.write_text(_LINES, encoding="utf-8")
        arguments += ["-i", lines]
        maps += ["-map", str(inputs), f"-c:s:{track}", SUBTITLES[kind.container]]
        maps += [f"-metadata:s:s:{track}", f"language={('eng', 'spa')[track]}"]
        inputs += 1
    if kind.chapters:
        chapters = folder / "chapters.txt"
        chapters.write_text(_CHAPTERS, encoding="utf-8")
        arguments += ["-f", "ffmetadata", "-i", chapters]
        maps += ["-map_metadata", str(inputs), "-map_chapters", str(inputs)]
    maps += ["-filter:v", picture, "-c:v", kind.codec, "-pix_fmt", kind.pixels]
    maps += [*_OPTIONS.get(kind.codec, ("-q:v", "2") if kind.codec != "gif" else ())]
    if kind.scan != "progressive" and kind.codec in ("mpeg2video", "mpeg4", "prores_ks"):
        maps += ["-flags", "+ildct" if kind.codec == "prores_ks" else "+ildct+ilme"]
    if kind.scan != "progressive" and kind.codec == "libx264":
        maps += ["-flags", "+ildct"]
    if kind.rate == "variable":
        maps += ["-fps_mode", "vfr"]
    return [*arguments, *maps, "-frames:v", str(_FRAMES), "-threads", "1"]
