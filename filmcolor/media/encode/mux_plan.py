"""What happens to each stream of the source besides its video: decided before a film is coloured.

What a container takes is not read from a table but tried: see `filmcolor.media.encode.mux_trial`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from filmcolor.media.encode.containers import Container
from filmcolor.media.film import FilmInfo, StreamInfo
from filmcolor.media.source import FrameRange


@dataclass(frozen=True)
class Treatment:
    """What happens to a stream that comes into the result."""

    stream: StreamInfo
    encoder: str = ""
    """FFmpeg's name of the encoder; empty: copied as it is."""
    channels: int | None = None
    """To how many channels its sound is mixed down; None: as many as it has."""


@dataclass(frozen=True)
class LeftOut:
    """A stream that does not come into the result."""

    stream: StreamInfo
    why: str = ""
    """In words that follow "because"; empty: the container cannot hold it."""


@dataclass(frozen=True)
class MuxPlan:
    """What happens to each stream of the source."""

    kept: tuple[Treatment, ...]
    left_out: tuple[LeftOut, ...]
    shift: Fraction
    """Seconds to take off all timestamps of the source."""
    probe_bytes: int | None = None
    """How much of the film FFmpeg has to look at to know its streams; None: as much as usual."""

    @property
    def copied(self) -> tuple[StreamInfo, ...]:
        """Streams that are copied as they are."""
        return tuple(kept.stream for kept in self.kept if not kept.encoder)

    @property
    def converted(self) -> tuple[StreamInfo, ...]:
        """Streams that are encoded anew."""
        return tuple(kept.stream for kept in self.kept if kept.encoder)

    def notes(self, container: Container) -> list[str]:
        """Return a sentence for each stream that is not simply copied."""
        notes = [
            f"{_words(kept.stream)} is converted to {kept.encoder.removeprefix('lib')}"
            f"{_mixed(kept)}, because {container.name} files cannot hold {kept.stream.codec}."
            for kept in self.kept
            if kept.encoder
        ]
        for out in self.left_out:
            stream = out.stream
            what = stream.codec or "data of this kind"
            hint = " (.mkv files can)" if stream.kind in ("subtitle", "attachment") else ""
            why = out.why or f"{container.name} files cannot hold {what}{hint}"
            notes.append(f"{_words(stream)} is left out, because {why}.")
        return notes


def _mixed(kept: Treatment) -> str:
    return f" with {kept.channels} channels" if kept.channels is not None else ""


def _words(stream: StreamInfo) -> str:
    name = stream.title or stream.language
    if stream.kind == "data":
        name = stream.title or stream.tags.get("handler_name", "")
    kind = "cover picture" if stream.is_cover else f"{stream.kind} stream"
    return f"{kind} {stream.index}" + (f" ({name})" if name and name != "und" else "")


def candidates(stream: StreamInfo, container: Container) -> tuple[Treatment, ...]:
    """Return what could be done with `stream`, the best first."""
    found = [Treatment(stream)] if container.wants(stream) else []
    for encoder in container.encoders(stream):
        found.append(Treatment(stream, encoder))
        if stream.kind == "audio":  # some encoders know no more than two channels, or few layouts
            found.append(Treatment(stream, encoder, channels=2))
    return tuple(found)


def time_shift(info: FilmInfo, container: Container, part: FrameRange) -> Fraction:
    """Return the seconds by which a film begins earlier in its colour version."""
    if part.start is not None:
        wanted = part.start
    elif info.start and not container.keeps_any_start:
        wanted = info.start
    else:
        return Fraction(0)
    # A whole number of ticks, so that the video's own timestamps stay exact.
    return round(wanted / info.time_base) * info.time_base
