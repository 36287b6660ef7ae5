"""Reads sequences of pictures as films: folders, numbered files, animated pictures."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from filmcolor.errors import InputError
from filmcolor.media.film import STILLS, FilmInfo, Orientation, StreamInfo
from filmcolor.media.film_names import PICTURE_SUFFIXES
from filmcolor.media.local_files import check_name
from filmcolor.media.luma import fit_luma
from filmcolor.media.numbering import gaps_in_words, missing_numbers, natural_key
from filmcolor.media.pictures.animation import TICKS, Animation
from filmcolor.media.pictures.kinds import NUMBER_PATTERN, is_named_like_picture
from filmcolor.media.pictures.picture import Picture
from filmcolor.media.pictures.read import read_picture
from filmcolor.media.reader import WHOLE_FILM, Frame, FrameRange
from filmcolor.media.watchdog import watched_reading
from filmcolor.reasons import reason_of

_PATTERN = re.compile(r"%(0?)(\d*)d")
_COLORED_FROM = 6.0
"""Mean difference between the channels, in 8-bit codes, from which a picture has colour."""

Pixels = NDArray[Any]
"""R'G'B' (height, width, 3), full range; uint8 or uint16."""


@dataclass(frozen=True)
class Picture:
    """A still picture, the right way up."""

    luma: Plane
    """uint8 or uint16 by depth, full range, shape (height, width)."""
    alpha: Plane | None
    """Opacity in the same type and shape, where the file has it."""
    colored: bool
    """Whether the file had colour (or a tint) of its own."""

    @property
    def encoding(self) -> YUVEncoding:
        """What the luma means: full range, with the matrix usual for that size."""
        height, width = self.luma.shape
        return YUVEncoding(default_matrix(width, height), True, 8 * self.luma.dtype.itemsize)


def is_picture(path: Path) -> bool:
    """Return whether `path` is named like a still picture."""
    named_like_one = path.suffix.lower() in PICTURE_SUFFIXES
    return named_like_one and (not _PATTERN.search(path.name) or path.is_file())


def color_suffix(path: Path) -> str:
    """Return the suffix of a picture's colour version: its own, if such files hold colour."""
    return ".ppm" if path.suffix.lower() == ".pgm" else path.suffix


def luma_of_rgb(rgb: Pixels) -> Plane:
    """Return full-range Y' of R'G'B' pixels (height, width, 3), exact where they are grey."""
    height, width = rgb.shape[:2]
    matrix = default_matrix(width, height)
    weights = np.array([matrix.kr, 1 - matrix.kr - matrix.kb, matrix.kb])
    luma = (rgb @ weights + 0.5).astype(rgb.dtype)
    grey = (rgb[..., 0] == rgb[..., 1]) & (rgb[..., 1] == rgb[..., 2])
    return np.where(grey, rgb[..., 1], luma).astype(rgb.dtype)


def _exif_turns(content: bytes) -> tuple[int, bool]:
    """Return counter-clockwise quarter turns and a left-right flip from the EXIF orientation."""
    try:
        with picture_header(content) as image:
            orientation = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF data fail in many ways; the picture may be whole
        return 0, False
    # EXIF 2.3, tag 274: what to do so that the picture is upright.
    return {
        2: (0, True),
        3: (2, False),
        4: (2, True),
        5: (1, True),
        6: (3, False),
        7: (3, True),
        8: (1, False),
    }.get(orientation, (0, False))


def read_picture(path: Path) -> Picture:
    """Read a picture of 8 or 16 bits.

    Raises `InputError` when that fails, or when the picture has more pixels than are allowed.
    """
    check_name(path)
    return watched_reading(path, lambda: _read_picture(path))


def _read_pixels(path: Path) -> tuple[bytes, Pixels]:
    """Return the bytes of a picture, and its pixels in the order B, G, R (A) as they are stored."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    size = picture_size(content)
    if size is not None:
        check_pixels(path, *size)
    try:
        pixels = _decoded(content) if size else None
    except (cv2.error, MemoryError) as error:
        raise InputError(
            f"{path}: not a picture that can be read; it is damaged or too large."
        ) from error
    if pixels is None:
        raise InputError(
            f"{path}: not a picture that can be read; the file is empty or damaged.", file=path
        )
    if pixels.dtype not in (np.uint8, np.uint16):
        raise InputError(f"{path}: pictures with {pixels.dtype} samples are not supported.")
    return content, pixels


def _read_picture(path: Path) -> Picture:
    content, pixels = _read_pixels(path)
    turns, mirrored = _exif_turns(content)
    if mirrored:
        pixels = pixels[:, ::-1]
    pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    if pixels.ndim == 2:
        return Picture(pixels, None, False)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    rgb = np.ascontiguousarray(pixels[..., 2::-1])
    spread = rgb.max(axis=2).astype(np.float32) - rgb.min(axis=2)
    scale = 1.0 if rgb.dtype == np.uint8 else 257.0
    return Picture(luma_of_rgb(rgb), alpha, float(spread.mean()) / scale >= _COLORED_FROM)


def _decoded(content: bytes) -> Pixels | None:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def read_picture_chroma(path: Path, width: int, height: int) -> NDArray[np.float64]:
    """Return Cb and Cr of a picture in 8-bit codes from neutral; float64, shape (pixels, 2).

    It is brought to `width` x `height` first. Raises `InputError` as `read_picture` does.
    """
    check_name(path)
    _, pixels = watched_reading(path, lambda: _read_pixels(path))
    if pixels.ndim == 2:
        return np.zeros((1, 2))
    scale = 1.0 if pixels.dtype == np.uint8 else 257.0
    small = cv2.resize(pixels[..., :3], (width, height), interpolation=cv2.INTER_AREA)
    rgb = small[..., ::-1].reshape(-1, 3) / scale
    luma = rgb @ [0.299, 0.587, 0.114]
    return np.stack([(rgb[:, 2] - luma) / 1.772, (rgb[:, 0] - luma) / 1.402], axis=1)


def write_picture(path: Path, rgb: Pixels, alpha: Plane | None, source: Path | None) -> None:
    """Write R'G'B' pixels (height, width, 3) of 8 or 16 bits in the format of the suffix.

    EXIF data and resolution are taken over from the picture `source`, for 8-bit files in formats
    that hold them. Raises `OutputError` when that fails.
    """
    try:
        if rgb.dtype == np.uint8 and path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
            _write_with_exif(path, rgb, alpha, source)
            return
        keep_alpha = alpha is not None and path.suffix.lower() in (".png", ".tif", ".tiff")
        if rgb.dtype == np.uint16 and path.suffix.lower() not in (".png", ".tif", ".tiff"):
            rgb = (rgb >> 8).astype(np.uint8)
            keep_alpha = False
        channels = [rgb[..., 2], rgb[..., 1], rgb[..., 0]]
        if keep_alpha and alpha is not None:
            channels.append(alpha)
        done, data = cv2.imencode(path.suffix, np.dstack(channels))
        if not done:
            raise OutputError(f"{path}: pictures of this kind cannot be written.")
        data.tofile(path)
    except (OSError, cv2.error, ValueError) as error:
        raise OutputError(f"{path}: cannot be written ({reason_of(error)}).") from error


def _write_with_exif(path: Path, rgb: Pixels, alpha: Plane | None, source: Path | None) -> None:
    from PIL import Image

    options: dict[str, Any] = {}
    if source is not None:
        try:
            with picture_header(source.read_bytes()) as original:
                exif = original.getexif()
                exif[0x0112] = 1
                options["exif"] = exif.tobytes()
                if "dpi" in original.info:
                    options["dpi"] = original.info["dpi"]
        except Exception:  # damaged EXIF data fail in many ways
            options = {}
    suffix = path.suffix.lower()
    if suffix in (".jpg", ".jpeg"):
        options.update(quality=95, subsampling=0)
    elif suffix == ".webp":
        options.update(quality=95)
    with_alpha = alpha is not None and suffix != ".jpg" and suffix != ".jpeg"
    pixels = np.dstack([rgb, alpha]) if with_alpha and alpha is not None else rgb
    Image.fromarray(pixels).save(path, **options)


def _natural_key(path: Path) -> list[int | str]:
    parts = re.split(r"(\d+)", path.name)
    return [int(part) if part.isdigit() else part.lower() for part in parts]


def find_stills(path: Path) -> list[Path] | None:
    """Return the pictures that `path` names as a sequence, in order; None where it names none.

    `path` is a folder of pictures, or a pattern such as `scan_%04d.png`. Raises `InputError` for
    a folder without pictures and for a pattern that nothing fits.
    """
    if path.is_dir():
        files = [
            p for p in path.iterdir() if is_named_like_picture(p) and not p.name.startswith(".")
        ]
        if not files:
            raise InputError(f"{path}: there are no pictures in this folder.")
        return _in_order(files)
    match = NUMBER_PATTERN.search(path.name)
    if match is None or path.exists():
        return None
    digits = rf"\d{{{match[2]},}}" if match[1] and match[2] else r"\d+"
    before, after = path.name[: match.start()], path.name[match.end() :]
    wanted = re.compile(re.escape(before) + f"({digits})" + re.escape(after))
    folder = path.parent
    found = [p for p in folder.iterdir() if wanted.fullmatch(p.name)] if folder.is_dir() else []
    if not found:
        raise InputError(f"{path}: no file fits this pattern.")
    return _in_order(found)


def _in_order(files: list[Path]) -> list[Path]:
    for file in files:
        refuse_special(file)
    return sorted(files, key=natural_key)


class Pictures(Protocol):
    """Pictures that follow each other."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def read(self, number: int) -> Picture:
        """Return one of them, from 0; raises `InputError` when it cannot be read."""
        ...

    def name(self, number: int) -> str:
        """Return what to call it in messages."""
        ...


class PictureFiles:
    """Files, each of which is a picture."""

    def __init__(self, files: Sequence[Path], transfer: Transfer = "auto") -> None:
        """Take `files` in this order; a file may come more than once."""
        self._files = list(files)
        self._transfer = transfer

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._files)

    def read(self, number: int) -> Picture:
        """Return one of them, from 0; raises `InputError` when it cannot be read."""
        return read_picture(self._files[number], self._transfer)

    def name(self, number: int) -> str:
        """Return what to call it in messages."""
        return str(self._files[number])


class StillsReader:
    """Reads pictures that follow each other as a film."""

    def __init__(
        self,
        path: Path,
        pictures: Pictures,
        times: Sequence[int],
        time_base: Fraction,
        codec: str,
    ) -> None:
        """Read `pictures`; `path` is what names them all.

        `times`: when each is shown and, at the end, when the last one ends, in units of
        `time_base`; `codec`: of which kind they are.
        """
        self.notes: list[str] = []
        self.holes: list[int] = []
        self._pictures = pictures
        self._times = times
        first = pictures.read(0)
        height, width = first.luma.shape
        depth = first.depth
        duration = times[-1] * time_base
        self.info = FilmInfo(
            path=path,
            container=STILLS,
            video=StreamInfo(0, "video", codec),
            width=width,
            height=height,
            pixel_format="gray" if depth == 8 else f"gray{depth}le",
            encoding=first.encoding,
            tagged_matrix=False,
            time_base=time_base,
            start=Fraction(0),
            container_start=Fraction(0),
            frame_rate=len(pictures) / duration,
            frames=len(pictures),
            duration=duration,
            sample_aspect_ratio=Fraction(1),
            orientation=Orientation(),
            interlaced=False,
            top_field_first=True,
            stills_times=times[:-1],
        )

    def frames(self, part: FrameRange = WHOLE_FILM) -> Generator[Frame]:
        """Yield the pictures of `part`; the others are not read."""
        info = self.info
        index = 0
        colored = resized = transparent = False
        said: dict[str, None] = {}
        for number in range(len(self._pictures)):
            pts = self._times[number]
            time = pts * info.time_base
            if part.start is not None and time < part.start:
                continue
            if part.end is not None and time >= part.end:
                break
            picture = self._read(number)
            colored |= picture.colored
            resized |= picture.luma.shape != (info.height, info.width)
            transparent |= picture.is_transparent
            said |= dict.fromkeys(picture.notes)
            yield self._frame(picture, number, index)
            index += 1
        self.notes += said
        if colored:
            self.notes.append("the pictures have colour or a tint of their own; it is replaced.")
        if resized:
            self.notes.append(f"all pictures were brought to {info.width}x{info.height}.")
        if transparent:
            self.notes.append("parts of the pictures are transparent; in the film they are not.")

    def frame_near(self, time: Fraction, *, exact: bool) -> Frame | None:
        """Return the picture shown at `time`, or None where the film has ended by then.

        It is found as quickly where it must be `exact`.
        """
        number = bisect_right(self._times, time / self.info.time_base) - 1
        if number >= len(self._pictures):
            return None
        return self._frame(self._read(max(0, number)), max(0, number), 0)

    def _read(self, number: int) -> Picture:
        picture = self._pictures.read(number)
        if picture.depth != self.info.encoding.depth:
            raise InputError(
                f"{self._pictures.name(number)}: has {picture.depth} bits, the pictures before it "
                f"have {self.info.encoding.depth}."
            )
        return picture

    def _frame(self, picture: Picture, number: int, index: int) -> Frame:
        info = self.info
        pts = self._times[number]
        luma = fit_luma(picture.luma, info.height, info.width)
        return Frame(index, pts, self._times[number + 1] - pts, luma, pts * info.time_base)


def numbered_stills(
    path: Path,
    files: Sequence[Path],
    frame_rate: Fraction,
    *,
    missing: Missing = "skip",
    transfer: Transfer = "auto",
) -> StillsReader:
    """Return what reads `files`, in order, at a constant frame rate.

    `path` is the folder or pattern that named them. Raises `InputError` when the first cannot be
    read, and when numbers are missing and `missing` is `stop`.
    """
    gaps = missing_numbers(files)
    if gaps and missing == "stop":
        raise InputError(
            f"{path}: {gaps_in_words(gaps)}; --missing hold or skip colours what is there."
        )
    shown = list(files)
    if missing == "hold":
        held = {gap.after: gap.count for gap in gaps}
        shown = [file for file in files for _ in range(1 + held.get(file, 0))]
    pictures = PictureFiles(shown, transfer)
    codec = files[0].suffix.lstrip(".").lower()
    reader = StillsReader(path, pictures, range(len(shown) + 1), 1 / frame_rate, codec)
    if gaps:
        done = {
            "hold": "the picture before stays in their place.",
            "skip": "the film goes on without them (--missing hold keeps the picture before).",
        }
        reader.notes.append(f"{gaps_in_words(gaps)}; {done[missing]}")
    return reader


def animation_reader(path: Path) -> StillsReader:
    """Return what reads an animated picture; raises `InputError` when that cannot be read."""
    animation = Animation(path)
    times = [0]
    for duration in animation.durations:
        times.append(times[-1] + duration)
    return StillsReader(
        path, animation, tuple(times), Fraction(1, TICKS), path.suffix.lstrip(".").lower()
    )
