"""Makes the small whole files from which damaged ones are made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import filmcolor
from benchmarks.networks.tiny import write_caffe, write_network
from filmcolor.media.encode.ffmpeg import ffmpeg_path

_PICTURE = "testsrc=s=64x48:r=25:d=0.48,format=gray,format=yuv420p"
_SOUND = "sine=f=440:d=0.48"
_FILMS = {
    "film.mp4": ("-c:v", "libx264", "-c:a", "aac"),
    "fragmented.mp4": ("-c:v", "libx264", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=error", "-c:a", "aac"),
    "film.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s16le"),
    "film.mkv": ("-c:v", "ffv1", "-level", "3", "-c:a", "flac"),
    "film.webm": ("-c:v", "libvpx", "-b:v", "200k", "-c:a", "libopus"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-an"),
    "film.avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-an"),
    "film.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "film.ts": ("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-c:a", "ac3"),
    "film.flv": ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"),
    "film.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "film.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "film.gif": ("-an",),
}
_PICTURES = ("picture.png", "picture.jpg", "picture.tif", "picture.webp", "picture.bmp")


def _ffmpeg(*arguments: str | Path) -> bool:
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def write_seeds(folder: Path) -> list[Path]:
    """Write a film in each container, pictures, networks and a plan; return the files.

    What this build of FFmpeg cannot write is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    inputs = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND)
    for name, options in _FILMS.items():
        sound = () if "-an" in options else ("-map", "1")
        if _ffmpeg(*inputs, "-map", "0", *sound, *options, folder / name):
            made.append(folder / name)
    made += [
        folder / name
        for name in _PICTURES
        if _ffmpeg("-f", "lavfi", "-i", _PICTURE, "-frames:v", "1", folder / name)
    ]
    plan = folder / "plan.json"
    filmcolor.find_shots(folder / "film.mp4", plan, overwrite=True)
    return [*made, *write_caffe(folder), write_network(folder / "tiny.onnx"), plan]
