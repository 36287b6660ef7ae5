"""Make the sample film and the sample photo from scikit-image's own photographs.

    python samples/make_sample.py [-o FILE]

The film looks and sounds like an old one: grey, grainy, with sound, subtitles and two chapters.
Nothing is downloaded: the photographs lie in scikit-image's installed package.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import skimage.data
from old_film import FRAME_RATE, HEIGHT, WIDTH, Shot, View, render, title_card
from PIL import Image
from soundtrack import SAMPLE_RATE, compose

SEED = 1895
FOLDER = Path(__file__).resolve().parent

SUBTITLES = (
    (1.5, 3.7, "A cameraman on the common."),
    (4.1, 6.4, "She is ready for her flight."),
    (6.9, 8.8, "The rocket waits at dawn."),
    (9.2, 11.2, "And at home, the cat is not impressed."),
)


def photograph(name: str) -> Image.Image:
    """Open one of the photographs that lie in scikit-image's package, in grey."""
    path = Path(str(skimage.data.__file__)).parent / name
    with Image.open(path) as picture:
        grey: Image.Image = picture.convert("RGB").convert("L")
    return grey


def script() -> list[Shot]:
    """The film's shots, in order: all cuts are hard; the title fades in, the last shot out."""
    whole = View(WIDTH / 2, HEIGHT / 2, WIDTH)
    return [
        Shot(title_card("FILMCOLOR SAMPLE"), 29, whole, whole, fade_in=6),
        Shot(photograph("camera.png"), 63, View(310, 180, 370), View(240, 190, 470)),
        Shot(photograph("astronaut.png"), 68, View(256, 205, 500), View(232, 140, 350), gain=0.95),
        Shot(photograph("rocket.jpg"), 55, View(310, 262, 430), View(330, 200, 520), gain=1.7),
        Shot(photograph("chelsea.png"), 58, View(195, 150, 375), View(245, 140, 345)),
        Shot(photograph("coffee.png"), 55, View(350, 150, 350), View(310, 195, 510), fade_out=22),
    ]


def write_sound(path: Path, seconds: float) -> None:
    """Write the sound track as a mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(compose(seconds, SEED).astype("<i2").tobytes())


def write_subtitles(path: Path) -> None:
    """Write the subtitles as a SubRip file."""
    blocks = []
    for number, (start, end, text) in enumerate(SUBTITLES, start=1):
        times = " --> ".join(f"00:00:{time:06.3f}".replace(".", ",") for time in (start, end))
        blocks.append(f"{number}\n{times}\n{text}\n")
    path.write_text("\n".join(blocks), encoding="utf-8")


def write_chapters(path: Path, second_part: float, seconds: float) -> None:
    """Write title, comment and two chapters in FFmpeg's metadata format."""
    parts = (("The flight", 0.0, second_part), ("At home", second_part, seconds))
    lines = [
        ";FFMETADATA1",
        "title=filmcolor sample",
        "comment=Made from public domain and CC0 photographs by samples/make_sample.py",
        "creation_time=1995-12-28T00:00:00Z",
    ]
    for name, start, end in parts:
        times = [f"START={round(start * 1000)}", f"END={round(end * 1000)}"]
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", *times, f"title={name}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def encode_command(folder: Path, output: Path) -> list[str]:
    """The FFmpeg call that takes raw frames on its standard input and encodes all streams."""
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-y", "-nostdin", "-v", "error"),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}"),
        *("-r", str(FRAME_RATE), "-i", "pipe:0"),
        *("-i", str(folder / "sound.wav"), "-i", str(folder / "lines.srt")),
        *("-map", "0:v", "-map", "1:a", "-map", "2:s"),
        *("-c:v", "libx264", "-preset", "slow", "-crf", "26.5", "-tune", "film"),
        *("-x264-params", "threads=1:keyint=96", "-pix_fmt", "yuv420p"),
        *("-color_range", "tv", "-colorspace", "smpte170m"),
        *("-c:a", "aac", "-b:a", "72k", "-c:s", "mov_text"),
        *("-metadata:s:a:0", "language=eng", "-metadata:s:s:0", "language=eng"),
        *("-flags:v", "+bitexact", "-flags:a", "+bitexact", "-fflags", "+bitexact"),
        *("-f", "mp4", str(output)),
    ]


def chapters_command(folder: Path, film: Path, output: Path) -> list[str]:
    """The FFmpeg call that copies the encoded streams and adds title, comment and chapters.

    This is a step of its own because FFmpeg 9.0 writes a damaged chapter track when it encodes
    sound and subtitles in the same run.
    """
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-y", "-nostdin", "-v", "error", "-i", str(film)),
        *("-f", "ffmetadata", "-i", str(folder / "chapters.txt")),
        *("-map", "0", "-c", "copy", "-map_metadata:g", "1:g", "-map_chapters", "1"),
        *("-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", str(output)),
    ]


def write_film(output: Path) -> None:
    """Render, encode and mux the whole film."""
    shots = script()
    seconds = sum(shot.frames for shot in shots) / FRAME_RATE
    second_part = sum(shot.frames for shot in shots[:4]) / FRAME_RATE
    chroma = bytes([128]) * (WIDTH * HEIGHT // 2)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        film = folder / "film.mp4"
        write_sound(folder / "sound.wav", seconds)
        write_subtitles(folder / "lines.srt")
        write_chapters(folder / "chapters.txt", second_part, seconds)
        process = subprocess.Popen(encode_command(folder, film), stdin=subprocess.PIPE)
        if process.stdin is None:
            raise RuntimeError("FFmpeg's standard input is not open")
        with process.stdin:
            for frame in render(shots, SEED):
                luma = np.rint(16 + frame.astype(np.float32) * (219 / 255)).astype(np.uint8)
                process.stdin.write(luma.tobytes() + chroma)
        if process.wait() != 0:
            raise RuntimeError(f"FFmpeg ended with exit code {process.returncode}")
        subprocess.run(chapters_command(folder, film, output), check=True)


def write_photo(output: Path) -> None:
    """Write the grey sample photo."""
    picture = photograph("astronaut.png").resize((640, 640), Image.Resampling.LANCZOS)
    picture.save(output, quality=88, optimize=True)


def main() -> int:
    """Write the film to the given place and the photo beside it."""
    parser = argparse.ArgumentParser(description="Make the sample film and the sample photo.")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER / "sample-film.mp4")
    output: Path = parser.parse_args().output
    write_film(output)
    photo = output.with_name("grey-photo.jpg")
    write_photo(photo)
    for path in (output, photo):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
