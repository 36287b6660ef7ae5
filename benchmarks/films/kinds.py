"""The kinds of films that FFmpeg can make, and a choice that covers all pairs of properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from itertools import combinations
from random import Random

CODECS: Mapping[str, tuple[str, ...]] = {
    "libx264": ("yuv420p", "yuv422p10le", "yuv444p", "yuv420p10le", "gray"),
    "libx265": ("yuv420p", "yuv420p10le", "yuv422p12le", "gray"),
    "libsvtav1": ("yuv420p", "yuv420p10le"),
    "libvpx": ("yuv420p",),
    "libvpx-vp9": ("yuv420p", "yuv422p10le", "yuv444p12le"),
    "mpeg4": ("yuv420p",),
    "mpeg2video": ("yuv420p", "yuv422p"),
    "mpeg1video": ("yuv420p",),
    "ffv1": ("gray", "yuv420p", "gray10le", "yuv422p10le", "gray16le", "yuv444p16le", "bgr0"),
    "prores_ks": ("yuv422p10le", "yuv444p10le"),
    "mjpeg": ("yuvj420p", "yuvj444p"),
    "flv1": ("yuv420p",),
    "wmv2": ("yuv420p",),
    "msmpeg4": ("yuv420p",),
    "libtheora": ("yuv420p", "yuv444p"),
    "huffyuv": ("yuv422p", "rgb24"),
    "utvideo": ("yuv420p", "gbrp"),
    "rawvideo": ("yuv420p", "gray"),
    "png": ("rgb24", "gray", "pal8"),
    "gif": ("pal8",),
}
"""FFmpeg's encoders, and pixel formats that they take."""

CONTAINERS: Mapping[str, tuple[str, ...]] = {
    "mp4": ("libx264", "libx265", "libsvtav1", "mpeg4", "mpeg2video", "libvpx-vp9"),
    "mov": ("libx264", "prores_ks", "mjpeg", "png", "mpeg4"),
    "mkv": ("libx264", "libx265", "ffv1", "libvpx", "mpeg2video", "huffyuv", "utvideo", "mjpeg"),
    "webm": ("libvpx", "libvpx-vp9", "libsvtav1"),
    "avi": ("mpeg4", "mjpeg", "huffyuv", "utvideo", "rawvideo", "ffv1", "msmpeg4", "libx264"),
    "ts": ("libx264", "libx265", "mpeg2video", "mpeg1video"),
    "mpg": ("mpeg1video", "mpeg2video"),
    "flv": ("flv1", "libx264"),
    "wmv": ("wmv2", "msmpeg4"),
    "ogv": ("libtheora",),
    "nut": ("ffv1", "rawvideo", "mpeg4"),
    "gif": ("gif",),
}
AUDIO: Mapping[str, tuple[str, ...]] = {
    "mp4": ("aac", "ac3"),
    "mov": ("pcm_s16le", "aac"),
    "mkv": ("flac", "libvorbis"),
    "webm": ("libopus", "libvorbis"),
    "avi": ("libmp3lame", "pcm_s16le"),
    "ts": ("mp2", "aac"),
    "mpg": ("mp2", "mp2"),
    "flv": ("libmp3lame",),
    "wmv": ("wmav2", "wmav2"),
    "ogv": ("libvorbis", "flac"),
    "nut": ("pcm_s16le", "flac"),
}
"""The encoders of the first and second sound track, for the containers that hold sound."""

SUBTITLES = {"mp4": "mov_text", "mov": "mov_text", "mkv": "subrip", "webm": "webvtt"}
CHAPTERS = frozenset({"mp4", "mov", "mkv", "webm", "nut", "ogv", "wmv"})
TURNED = frozenset({"mp4", "mov", "mkv"})
SHAPED = frozenset({"mp4", "mov", "mkv", "webm", "avi", "ts", "mpg", "nut", "ogv"})
VARIABLE = frozenset({"mp4", "mov", "mkv", "webm", "ts", "flv", "nut"})
FIELDS = frozenset({"libx264", "mpeg2video", "mpeg4", "ffv1", "prores_ks"})
ODD = frozenset(
    {"libvpx", "libvpx-vp9", "mpeg4", "mpeg2video", "mpeg1video", "ffv1", "mjpeg", "wmv2"}
    | {"msmpeg4", "flv1", "png", "gif", "libtheora", "rawvideo", "libx264"}
)


@dataclass(frozen=True)
class FilmKind:
    """All properties of one film."""

    container: str
    codec: str
    pixels: str
    rate: str
    """Frames a second, or `variable`."""
    scan: str
    turn: int
    """Degrees counter-clockwise."""
    shape: str
    """Sample aspect ratio."""
    size: str
    audio: int
    subtitles: int
    chapters: bool
    result: str
    """The suffix of the result; empty for the one that filmcolor chooses."""

    @property
    def name(self) -> str:
        """All in one line, for people."""
        extras = [f"{self.audio} sound", f"{self.subtitles} subtitles"]
        extras += ["chapters"] * self.chapters
        parts = [self.codec, self.pixels, self.rate, self.scan, f"{self.turn}°", self.shape]
        return f"{self.container}: {' '.join([*parts, self.size, *extras])}"

    @property
    def width_and_height(self) -> tuple[int, int]:
        """The size in pixels."""
        width, height = self.size.split("x")
        return int(width), int(height)


PROPERTIES = tuple(field.name for field in fields(FilmKind))
RATES = ("25", "24000/1001", "60", "12", "variable")
_DRAWN = 60
SIZES = ("64x48", "96x54", "64x96", "65x49", "67x48", "64x51")


def random_kind(rng: Random) -> FilmKind:
    """Return a kind of film that a container and its codecs allow."""
    container = rng.choice(list(CONTAINERS))
    codec = rng.choice(CONTAINERS[container])
    pixels = rng.choice(CODECS[codec])
    odd_possible = codec in ODD and not (codec == "libx264" and pixels not in ("gray", "yuv444p"))
    fields_possible = codec in FIELDS and pixels not in ("gray", "bgr0")
    rates = [rate for rate in RATES if rate != "variable" or container in VARIABLE]
    if codec in ("mpeg1video", "mpeg2video"):
        rates = [rate for rate in rates if rate != "12"]
    sizes = [size for size in SIZES if odd_possible or size in SIZES[:3]]
    scan = rng.choice(
        ["progressive", "top first", "bottom first"] if fields_possible else ["progressive"]
    )
    if scan != "progressive":
        sizes = [size for size in sizes if int(size.split("x")[1]) % 4 == 0]
    audio = len(AUDIO.get(container, ()))
    return FilmKind(
        container=container,
        codec=codec,
        pixels=pixels,
        rate=rng.choice(rates),
        scan=scan,
        turn=rng.choice([0, 90, 180, 270] if container in TURNED else [0]),
        shape=rng.choice(["1:1", "16:15", "4:3"] if container in SHAPED else ["1:1"]),
        size=rng.choice(sizes),
        audio=rng.randint(0, audio),
        subtitles=rng.choice([0, 1, 2] if container in SUBTITLES else [0]),
        chapters=rng.choice([False, True] if container in CHAPTERS else [False]),
        result=rng.choice(["", "", ".mkv", ".mp4"]),
    )


Pair = tuple[int, object, int, object]


def pairs_of(kind: FilmKind) -> frozenset[Pair]:
    """Return all pairs of properties of a film."""
    values = astuple(kind)
    return frozenset((a, values[a], b, values[b]) for a, b in combinations(range(len(values)), 2))


def pairwise(count: int, seed: int, candidates: int = 6000) -> Iterator[FilmKind]:
    """Yield at least `count` kinds of films, in which every possible pair of properties occurs.

    Greedy: each time the kind, of some drawn from the candidates, that has most pairs not seen
    yet; one that has none is followed by those that have the last ones.
    """
    rng = Random(seed)
    kinds = dict.fromkeys(random_kind(rng) for _ in range(candidates))
    pool = [(kind, pairs_of(kind)) for kind in kinds]
    missing: set[Pair] = set().union(*(pairs for _, pairs in pool))
    done = 0
    while pool and (missing or done < count):
        drawn = rng.sample(range(len(pool)), min(_DRAWN, len(pool)))
        best = max(drawn, key=lambda place: len(pool[place][1] & missing))
        if missing and not pool[best][1] & missing:
            best = max(range(len(pool)), key=lambda place: len(pool[place][1] & missing))
        kind, pairs = pool.pop(best)
        missing -= pairs
        done += 1
        yield kind
