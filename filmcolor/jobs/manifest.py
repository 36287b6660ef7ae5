"""What a work folder holds: which film becomes what, how, and which segments of it are done."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import av
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

import filmcolor
from filmcolor.errors import InputError, OutputError
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.json_values import PathText, Seconds
from filmcolor.jobs.network_identity import NetworkIdentity
from filmcolor.jobs.reference_files import reference_files
from filmcolor.media.faults.gaps import Gap
from filmcolor.media.faults.watchdog import watched_reading
from filmcolor.media.source import FrameRange
from filmcolor.media.stills import find_stills
from filmcolor.planning.plan import FilmIdentity
from filmcolor.planning.plan_file import identify
from filmcolor.planning.plan_values import Count, Ticks
from filmcolor.planning.shot import ShotSettings
from filmcolor.script.given import Given, Spread
from filmcolor.script.given_files import given_sha256
from filmcolor.settings import PieceSeconds, RunSettings, SegmentSeconds, Settings
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of
from filmcolor.wording.words import counted

NAME: Final = "manifest.json"
VERSION: Final = 1
_LARGEST = 64 << 20
"""Bytes; the manifest of a day's film has less than 10 MB."""

_SAMPLE = 1 << 16
"""Bytes of a file's beginning, middle and end by which its content is recognised."""


class _Object(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )


class PlanIdentity(_Object):
    """Which plan is followed; it lies beside the manifest."""

    sha256: str
    given: bool
    """Whether it is the user's own."""


class GivenIdentity(_Object):
    """Which colours somebody gives to a keyframe; they lie beside the manifest."""

    shot: Count
    pts: Ticks
    spread: Spread
    hint: bool
    sha256: str

    @classmethod
    def of(cls, given: Given) -> GivenIdentity:
        """Describe given colours."""
        sha256 = given_sha256(given.colors.load())
        return cls(
            shot=given.shot, pts=given.pts, spread=given.spread, hint=given.hint, sha256=sha256
        )


class SegmentRecord(_Object):
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
    gaps: tuple[Gap, ...] = ()
    """Where frames are missing, although nothing is damaged."""


class FinishedFile(_Object):
    """By what the finished film is recognised when it stands under its final name already."""

    bytes: Count
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> FinishedFile:
        """Describe a file; raises `OSError` when it is not there."""
        facts = path.stat()
        return cls(bytes=facts.st_size, modified_ns=facts.st_mtime_ns)


class Manifest(_Object):
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
    segment_seconds: SegmentSeconds
    piece_seconds: PieceSeconds = RunSettings().piece_seconds
    strict: bool
    overwrite: bool
    encoder_threads: int
    """x264's result depends on it, so it stays the same."""
    network: NetworkIdentity | None = None
    shot_networks: dict[str, NetworkIdentity] = {}
    """Those that the plan names for single shots, by the names in the plan."""
    plan: PlanIdentity | None = None
    shots: dict[int, ShotSettings] = {}
    """What is different about single shots, besides what the plan says; by their numbers."""
    references: dict[str, str] = {}
    """Checksums of pictures that lend their colours, by their paths."""
    given: tuple[GivenIdentity, ...] = ()
    """Colours that count more than those of the network, from the beginning."""
    segment_count: int | None = None
    segments: tuple[SegmentRecord, ...] = ()
    finished: FinishedFile | None = None

    @field_validator("segments")
    @classmethod
    def _follow_each_other(cls, records: tuple[SegmentRecord, ...]) -> tuple[SegmentRecord, ...]:
        last = -1
        for record in records:
            if not last < record.number <= record.through:
                raise ValueError("segments should follow each other")
            if (record.sha256 is None) != (record.frames == 0):
                raise ValueError("a segment should have a file if it has frames")
            last = record.through
        return records

    @property
    def part(self) -> FrameRange:
        """The part of the film that is wanted."""
        return FrameRange(self.start, self.end)

    @property
    def done(self) -> int:
        """How many segments are done."""
        return sum(record.through - record.number + 1 for record in self.segments)


def new_manifest(job: FilmJob) -> Manifest:
    """Return the manifest of a job for which nothing is done yet."""
    return Manifest(
        input=str(job.info.path.absolute()),
        film=identify(job.info),
        content=content_of(job.info.path),
        settings=job.settings,
        start=job.part.start,
        end=job.part.end,
        segment_seconds=job.run.segment_seconds,
        piece_seconds=job.run.piece_seconds,
        strict=job.run.strict,
        overwrite=job.overwrite,
        encoder_threads=job.encoder_threads,
        shots=dict(job.changes.shots),
        references=reference_files(job.settings, job.plan, job.changes.shots),
        given=tuple(map(GivenIdentity.of, job.changes.given)),
    )


def content_of(path: Path) -> str:
    """Return a checksum of parts of a film: the beginning, middle and end of its files.

    Enough to tell films apart, and quick for files of any size. Raises `InputError` when they
    cannot be read.
    """
    digest = hashlib.sha256()
    sizes: list[int] = []

    def read() -> None:
        for file in find_stills(path) or [path]:
            sizes.append(file.stat().st_size)
            digest.update(sizes[-1].to_bytes(8, "big"))
            with file.open("rb") as opened:
                for place in sorted({0, max(0, sizes[-1] // 2), max(0, sizes[-1] - _SAMPLE)}):
                    opened.seek(place)
                    digest.update(opened.read(_SAMPLE))

    try:
        watched_reading(path, read, moves=lambda: len(sizes))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({reason_of(error)}).") from error
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
        )
        if was != wanted
    ]
    if now.strict and not begun.strict:  # what is done strictly is as good as any
        found.append("no strict (now strict)")
    if begun.content != now.content:
        found.insert(0, f"another input, {Path(begun.input).name}, or another version of it")
    if begun.shots != now.shots:
        found.append("other settings of single shots")
    same = begun.references.keys() & now.references.keys()
    if any(begun.references[path] != now.references[path] for path in same):
        found.append("another version of a reference")
    if begun.given != now.given:
        were, are = (
            f"colours given to {counted(len(each.given), 'keyframe') if each.given else 'none'}"
            for each in (begun, now)
        )
        found.append(f"{were} (now {are})" if were != are else "other colours given to keyframes")
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
            raise OutputError(f"{path}: too large for a manifest; begin anew with `restart`.")
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).") from error
    try:
        return Manifest.model_validate_json(data)
    except (ValidationError, RecursionError) as error:
        raise OutputError(
            f"{path}: not a manifest that this version of filmcolor can read; begin anew with "
            "`restart`."
        ) from error
