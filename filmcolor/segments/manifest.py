"""What a work folder holds: which film becomes what, how, and which segments of it are done."""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import av
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
)

import filmcolor
from filmcolor.errors import InputError, OutputError
from filmcolor.media.film import FilmInfo
from filmcolor.media.reader import FrameRange
from filmcolor.media.stills import find_stills
from filmcolor.networks import Network
from filmcolor.outputs import write_durably
from filmcolor.planning.plan import Count, FilmIdentity, Ticks
from filmcolor.planning.plan_file import identify
from filmcolor.settings import Settings

NAME: Final = "manifest.json"
VERSION: Final = 1
_LARGEST = 64 << 20
"""Bytes; the manifest of a day's film has less than 2 MB."""

_SAMPLE = 1 << 16
"""Bytes of a file's beginning, middle and end by which its content is recognised."""


def _read_seconds(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError("should be a text")
    numerator, slash, denominator = value.partition("/")
    digits = numerator.removeprefix("-"), denominator
    if not slash or not all(d.isascii() and d.isdigit() and len(d) < 20 for d in digits):
        raise ValueError('should be a fraction of a second such as "1/25"')
    if int(denominator) == 0:
        raise ValueError("should not be divided by zero")
    return Fraction(int(numerator), int(denominator))


Seconds = Annotated[
    Fraction,
    BeforeValidator(_read_seconds),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}"),
]


def _read_path(value: object, info: ValidationInfo) -> object:
    if info.mode != "json" or not isinstance(value, str):
        return value
    return re.sub("%([0-9A-F]{2})", lambda found: _BYTES[int(found[1], 16)], value)


_BYTES = [chr(code if code < 0x80 else 0xDC00 + code) for code in range(256)]
"""Characters for single bytes; from 128 on those by which Python stands for bytes that are no
UTF-8 (PEP 383), of which names of files may have some, but JSON none."""

PathText = Annotated[
    str,
    BeforeValidator(_read_path),
    PlainSerializer(
        lambda path: re.sub("[%\udc80-\udcff]", lambda found: f"%{ord(found[0]) & 0xFF:02X}", path)
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )


class NetworkIdentity(_Part):
    """Which network gives the colours."""

    name: str
    path: PathText
    sha256: str
    engine: str
    precision: str

    @classmethod
    def of(cls, network: Network) -> NetworkIdentity:
        """Describe a loaded network."""
        return cls(
            name=network.name,
            path=str(network.path.resolve()),
            sha256=network.sha256,
            engine=network.engine,
            precision=network.precision,
        )


class PlanIdentity(_Part):
    """Which plan is followed; it lies beside the manifest."""

    sha256: str
    given: bool
    """Whether it is the user's own."""


class SegmentRecord(_Part):
    """A segment that is done; its file lies beside the manifest."""

    number: Count
    through: Count
    """The last of the segments that became one: usually the same number."""
    frames: Count
    """None, and then no file, where the film turned out to be shorter."""
    pts: Ticks
    """Timestamp of the first frame, in units of the film's time base."""
    end_pts: Ticks
    """When the last frame ends."""
    offset: Ticks
    """What was taken off all timestamps in the segment's file, besides the film's own shift."""
    sha256: str | None
    state_sha256: str | None
    """Of what the next segment needs to go on in the same shot, if it does."""
    network_passes: Count
    notes: tuple[str, ...]
    holes: tuple[Ticks, ...]
    """Timestamps of what could not be decoded."""


class FinishedFile(_Part):
    """By what the finished film is recognised when it stands under its final name already."""

    bytes: Count
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> FinishedFile:
        """Describe a file; raises `OSError` when it is not there."""
        facts = path.stat()
        return cls(bytes=facts.st_size, modified_ns=facts.st_mtime_ns)


class Manifest(_Part):
    """All that is needed to carry on."""

    version: Literal[1] = VERSION
    filmcolor: str = filmcolor.__version__
    av: str = av.__version__
    """Version of PyAV, whose decoders and encoders are used."""
    input: PathText
    film: FilmIdentity
    content: str
    """Checksum of parts of the input; see `content_of`."""
    settings: Settings
    start: Seconds | None
    end: Seconds | None
    segment_seconds: float
    strict: bool
    overwrite: bool
    encoder_threads: int
    """x264's result depends on it, so it stays the same."""
    network: NetworkIdentity | None = None
    plan: PlanIdentity | None = None
    segment_count: int | None = None
    segments: tuple[SegmentRecord, ...] = ()
    finished: FinishedFile | None = None

    @property
    def part(self) -> FrameRange:
        """The part of the film that is wanted."""
        return FrameRange(self.start, self.end)

    @property
    def done(self) -> int:
        """How many segments are done."""
        return sum(record.through - record.number + 1 for record in self.segments)


def new_manifest(
    info: FilmInfo,
    settings: Settings,
    part: FrameRange,
    *,
    segment_seconds: float,
    strict: bool,
    overwrite: bool,
    encoder_threads: int,
) -> Manifest:
    """Return the manifest of a run that has done nothing yet."""
    return Manifest(
        input=str(info.path.absolute()),
        film=identify(info),
        content=content_of(info.path),
        settings=settings,
        start=part.start,
        end=part.end,
        segment_seconds=segment_seconds,
        strict=strict,
        overwrite=overwrite,
        encoder_threads=encoder_threads,
    )


def content_of(path: Path) -> str:
    """Return a checksum of parts of a film: the beginning, middle and end of its files.

    Enough to tell films apart, and quick for files of any size. Raises `InputError` when they
    cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for file in find_stills(path) or [path]:
            size = file.stat().st_size
            digest.update(size.to_bytes(8, "big"))
            with file.open("rb") as opened:
                for place in sorted({0, max(0, size // 2), max(0, size - _SAMPLE)}):
                    opened.seek(place)
                    digest.update(opened.read(_SAMPLE))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return digest.hexdigest()


def differences(begun: Manifest, now: Manifest) -> list[str]:
    """Return in words what is different about two runs for the same output."""
    found = [
        f"{name} {_short(was)} (now {_short(wanted)})"
        for name, was, wanted in (
            ("filmcolor", begun.filmcolor, now.filmcolor),
            ("PyAV", begun.av, now.av),
            ("start", begun.start, now.start),
            ("end", begun.end, now.end),
            ("segment-seconds", begun.segment_seconds, now.segment_seconds),
            ("strict", begun.strict, now.strict),
        )
        if was != wanted
    ]
    if begun.content != now.content:
        found.insert(0, f"another input, {Path(begun.input).name}, or another version of it")
    for name in Settings.model_fields:
        was, wanted = getattr(begun.settings, name), getattr(now.settings, name)
        if name not in ("model", "engine") and was != wanted:
            found.append(f"{name.replace('_', '-')} {_short(was)} (now {_short(wanted)})")
    return found


def network_differences(begun: NetworkIdentity, now: NetworkIdentity) -> list[str]:
    """Return in words what is different about two networks; their place does not matter."""
    if begun.sha256 != now.sha256:
        names = (begun.name, now.name)
        same = " of other weights" if begun.name == now.name else ""
        return [f"model {names[0]} (now {names[1]}{same})"]
    was, wanted = (f"{n.engine} {n.precision}" for n in (begun, now))
    return [f"engine {was} (now {wanted})"] if was != wanted else []


def _short(value: Any) -> str:
    if value is None:
        return "none given"
    if isinstance(value, Fraction):
        value = round(float(value), 3)
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write a manifest into its folder, in one step; raises `OutputError` when that fails."""
    write_durably(folder / NAME, (manifest.model_dump_json(indent=1) + "\n").encode())


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest in a folder; None where there is none.

    Raises `OutputError` when it is damaged or was written by another version of filmcolor.
    """
    path = folder / NAME
    try:
        if path.stat().st_size > _LARGEST:
            raise OutputError(f"{path}: too large for a manifest; begin anew with --restart.")
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    try:
        return Manifest.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        raise OutputError(
            f"{path}: not a manifest that this version of filmcolor can read; begin anew with "
            "--restart."
        ) from error
