"""Asks FFmpeg, before a film is coloured, what the file that it becomes can hold.

A film of two pictures, in the format that is wanted, is put together with a second of the source's
streams, by the very command that puts the whole film together later; and what comes out is read
back. FFmpeg writes some streams so that nobody can read them, and lists of what each of its
versions takes grow old.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from filmcolor.errors import OutputError
from filmcolor.media.decode.first_packets import DECODED, FirstPackets, first_packets
from filmcolor.media.encode.containers import Container
from filmcolor.media.encode.ffmpeg import Outcome, try_ffmpeg
from filmcolor.media.encode.mux import Excerpt, MuxTask, mux_arguments
from filmcolor.media.encode.mux_plan import LeftOut, MuxPlan, Treatment, candidates, time_shift
from filmcolor.media.encode.writer import VideoFormat, VideoWriter
from filmcolor.media.film import FilmInfo, StreamInfo
from filmcolor.media.local_files import open_file
from filmcolor.media.source import WHOLE_FILM, FrameRange
from filmcolor.system.environment import patience
from filmcolor.wording.reasons import is_of_files, reason_of

_LARGEST_SAMPLE = 640, 480
"""Width and height of the pictures of a trial, at most: a large one takes seconds to encode."""

_SECONDS = Fraction(2)
"""Of each stream, from its first packet on."""

_LONGEST_TRIAL = 60.0
"""Seconds, where patience does not end sooner; what is written by then is looked at."""

_MOST_PROBED = 512 << 20
"""Bytes that FFmpeg may keep in memory to see what a stream is that begins late."""

_PROBED_BEHIND = 8 << 20

_FAMILIES = (
    {"mp1", "mp2", "mp3"},
    {"ac3", "eac3"},
    {"ass", "ssa"},
    {"subrip", "text"},
)
"""Codecs that containers do not tell apart; decoders do, by each packet's own header."""


class MuxPlanner:
    """Decides what becomes of the streams of a film, in the containers that come into question."""

    def __init__(self, info: FilmInfo, part: FrameRange, video: VideoFormat) -> None:
        """Prepare for `part` of the film `info` that is to be encoded as `video`."""
        self._info = info
        self._part = part
        # Where the clock jumps, a part is not sought but cut out of all that is read.
        self._looked_at = WHOLE_FILM if info.jumps else part
        self._video = video
        self._plans: dict[str, MuxPlan] = {}
        self._first: dict[int, FirstPackets] | None = None

    def plan(self, container: Container, output: Path) -> MuxPlan:
        """Return what happens to each stream in a `container`.

        Raises `OutputError`, which names `output`, when the video cannot be put into it at all.
        """
        if container.name not in self._plans:
            with _scratch_folder() as folder:
                scratch = folder / f"trial{_suffix(container, output)}"
                trial = _Trial(self._info, container, self._part, self._video, scratch)
                self._plans[container.name] = self._decide(trial, output)
        return self._plans[container.name]

    def keeps_all(self, container: Container) -> bool:
        """Return whether `container` can hold all streams as they are, data aside."""
        streams = [s for s in self._info.other_streams if s.kind != "data"]
        if not all(container.wants(stream) for stream in streams):
            return False
        try:
            plan = self.plan(container, self._info.path)
        except OutputError:
            return False
        missing = [out for out in plan.left_out if out.stream.kind != "data" and not out.why]
        return not plan.converted and not missing

    def _decide(self, trial: _Trial, output: Path) -> MuxPlan:
        kept: list[Treatment] = []
        left_out: list[LeftOut] = []
        streams = [s for s in self._info.other_streams if not _comes_otherwise(s, self._info)]
        flowing = [stream for stream in streams if _flows(stream)]
        first = self._first_packets(flowing)
        probe_bytes = _bytes_to_probe(flowing, first)
        for stream in flowing:
            if stream.index not in first:
                where = "it" if self._looked_at.is_whole else "this part of it"
                left_out.append(LeftOut(stream, f"there is nothing in {where}"))
            elif _is_unknown(stream) and (probe_bytes or 0) > _MOST_PROBED:
                left_out.append(LeftOut(stream, "it begins too late to tell of what kind it is"))
        gone = {out.stream.index for out in left_out}
        near = [s for s in flowing if s.index in first and first[s.index].near]
        late = [s for s in flowing if s.index in first and not first[s.index].near]
        others = [stream for stream in streams if not _flows(stream)]
        groups = [(near, self._beginning(near, first))]
        groups += [([s], Excerpt(first[s.index].time, _SECONDS)) for s in late]
        groups += [(others, self._end())] if others else []
        trial.probe_bytes = probe_bytes if probe_bytes and probe_bytes <= _MOST_PROBED else None
        for streams_here, excerpt in groups:
            wanted = [stream for stream in streams_here if stream.index not in gone]
            taken, refused = trial.choose(wanted, excerpt, first, output)
            kept += taken
            left_out += refused
        return MuxPlan(
            tuple(sorted(kept, key=lambda treatment: treatment.stream.index)),
            tuple(sorted(left_out, key=lambda out: out.stream.index)),
            trial.shift,
            trial.probe_bytes,
        )

    def _first_packets(self, streams: Sequence[StreamInfo]) -> dict[int, FirstPackets]:
        if self._first is None:
            self._first = first_packets(self._info, self._looked_at, [s.index for s in streams])
        return self._first

    def _beginning(self, streams: Sequence[StreamInfo], first: dict[int, FirstPackets]) -> Excerpt:
        begins = self._looked_at.start
        if begins is None:
            begins = self._info.container_start
        latest = max((first[stream.index].time for stream in streams), default=begins)
        return Excerpt(None, max(Fraction(0), latest - begins) + _SECONDS)

    def _end(self) -> Excerpt:
        """Return the film's last moments: of subtitles, a packet may come only once an hour."""
        ends = self._info.end_time
        if ends is None or self._info.jumps:
            return Excerpt(None, None)
        return Excerpt(max(self._info.first_time, ends - _SECONDS), None)


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="filmcolor-", ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputError(
            f"there is no folder for temporary files that can be written in ({reason_of(error)}); "
            "name one in the environment variable TMPDIR (TEMP on Windows)."
        ) from error
    with folder as name:
        yield Path(name)


def _suffix(container: Container, output: Path) -> str:
    suffix = output.suffix.lower()
    return suffix if suffix in container.suffixes else container.suffixes[0]


def _flows(stream: StreamInfo) -> bool:
    """Whether packets of it come all the time."""
    return stream.kind in ("audio", "video") and not stream.is_cover


def _comes_otherwise(stream: StreamInfo, info: FilmInfo) -> bool:
    """Whether FFmpeg writes the stream anew, from a tag or from the list of chapters."""
    if stream.kind != "data":
        return False
    return "timecode" in stream.tags or (info.container == "mov" and stream.is_chapter_text)


def _is_unknown(stream: StreamInfo) -> bool:
    """Whether FFmpeg's usual look at a film's beginning did not tell how the stream is coded."""
    return stream.kind == "audio" and stream.details.startswith("0 Hz")


def _bytes_to_probe(streams: Sequence[StreamInfo], first: dict[int, FirstPackets]) -> int | None:
    unknown = [first[s.index] for s in streams if _is_unknown(s) and s.index in first]
    if not unknown:
        return None
    return max(_PROBED_BEHIND + (late.position or 0) for late in unknown)


class _Trial:
    """A film of two pictures in a folder of its own, to which streams are added."""

    def __init__(
        self,
        info: FilmInfo,
        container: Container,
        part: FrameRange,
        video: VideoFormat,
        scratch: Path,
    ) -> None:
        self.shift = time_shift(info, container, part)
        self.probe_bytes: int | None = None
        self._info = info
        self._container = container
        self._part = part
        self._first_pts = _first_pts(info, part) - int(self.shift / info.time_base)
        self._video = _sample(info, video, self._first_pts, scratch.with_name("video.mov"))
        self._output = scratch
        self._outcome = Outcome(None, "")

    def choose(
        self,
        streams: Sequence[StreamInfo],
        excerpt: Excerpt,
        first: dict[int, FirstPackets],
        output: Path,
    ) -> tuple[list[Treatment], list[LeftOut]]:
        """Return what works for each of `streams`, and those for which nothing does.

        Raises `OutputError` when the video alone does not.
        """
        choices = {stream.index: candidates(stream, self._container) for stream in streams}
        best = [choices[stream.index][0] for stream in streams if choices[stream.index]]
        if not self._works(best, excerpt, first):
            if not self._works([], excerpt, first):
                raise self._cannot_hold_video(excerpt, output)
            best = []
        kept = list(best)
        left_out = []
        for stream in streams:
            if best and choices[stream.index]:
                continue
            why = ""
            for choice in choices[stream.index]:
                if self._works([*kept, choice], excerpt, first):
                    kept.append(choice)
                    break
                if self._outcome.finished is None:  # nor would it be with another choice
                    why = self._outcome.said
                    break
            else:
                why = self._other_reason(kept, choices[stream.index], excerpt)
            if stream not in [treatment.stream for treatment in kept]:
                left_out.append(LeftOut(stream, why))
        return kept, left_out

    def _cannot_hold_video(self, excerpt: Excerpt, output: Path) -> OutputError:
        said = "" if self._outcome.finished else self._outcome.said
        if self._outcome.finished is None or not self._run([], excerpt, _nothing(self._container)):
            return OutputError(f"{output}: could not be put together in a trial ({said}).")
        return OutputError(
            f"{output}: {self._container.name} files cannot hold the film "
            f"({said or 'what FFmpeg writes cannot be read again'})."
        )

    def _other_reason(
        self, kept: Sequence[Treatment], choices: Sequence[Treatment], excerpt: Excerpt
    ) -> str:
        """Return why nothing works; empty where it is the container that cannot hold the stream.

        It is not if even a muxer fails that takes all, and writes nothing.
        """
        if not choices or self._run([*kept, choices[-1]], excerpt, _nothing(self._container)):
            return ""
        how = "convert" if choices[-1].encoder else "copy"
        return f"FFmpeg cannot {how} it ({self._outcome.said})"

    def _works(
        self, kept: Sequence[Treatment], excerpt: Excerpt, first: dict[int, FirstPackets]
    ) -> bool:
        self._output.unlink(missing_ok=True)  # what is looked at is of this trial
        done = self._run(kept, excerpt, self._container)
        return (done or self._outcome.finished is None) and self._reads_back(kept, first)

    def _run(self, kept: Sequence[Treatment], excerpt: Excerpt, container: Container) -> bool:
        info, part = self._info, FrameRange(None if self._info.jumps else self._part.start)
        plan = MuxPlan(tuple(kept), (), self.shift, self.probe_bytes)
        task = MuxTask(self._video, info, container, plan, part, self._first_pts, self._output)
        arguments = mux_arguments(task, excerpt)
        self._outcome = try_ffmpeg(arguments, min(_LONGEST_TRIAL, patience()))
        if self._outcome.disk is not None:
            raise _no_trial(self._output.parent, self._outcome.disk)
        return bool(self._outcome.finished)

    def _reads_back(self, kept: Sequence[Treatment], first: dict[int, FirstPackets]) -> bool:
        attaches = self._container.attaches_covers
        in_order = sorted(kept, key=lambda treatment: treatment.stream.index)
        in_order.sort(key=lambda treatment: treatment.stream.is_cover and attaches)
        try:
            # A file of two small pictures has too little by which its format could be told.
            with open_file(self._output, format=self._container.muxer) as container:
                found = list(container.streams)
                if len(found) <= len(in_order) or found[0].type != "video":
                    return False
                return all(
                    _is_as_wanted(stream, treatment)
                    for stream, treatment in zip(found[1:], in_order, strict=False)
                ) and _decodes(container, found[1:], in_order, first)
        except (av.error.FFmpegError, OSError):
            return False


def _first_pts(info: FilmInfo, part: FrameRange) -> int:
    begins = info.first_time if part.start is None else part.start
    return math.ceil(begins / info.time_base)


def _sample(info: FilmInfo, video: VideoFormat, first_pts: int, path: Path) -> Path:
    """Write two pictures into `path`; raises `OutputError` when that fails."""
    width, height = (
        min(pair) for pair in zip((video.width, video.height), _LARGEST_SAMPLE, strict=True)
    )
    small = replace(video, width=width, height=height)
    encoding = video.encoding
    luma = np.full((height, width), 1 << (encoding.depth - 2), encoding.dtype)
    chroma = np.full(small.chroma_size, encoding.chroma_zero, encoding.dtype)
    step = max(1, round(1 / (info.frame_rate * info.time_base)))
    try:
        with VideoWriter(path, small, threads=1) as writer:
            for number in range(2):
                writer.write(luma, chroma, chroma, max(0, first_pts) + number * step, step)
    except OutputError as error:
        cause = error.__cause__ or error
        if isinstance(cause, MemoryError):
            raise cause from error
        if is_of_files(cause):
            raise _no_trial(path.parent, reason_of(cause)) from error
        raise OutputError(
            f"{info.path}: {video.encoder.name} does not take {video.width}x{video.height} pixels "
            "at this frame rate; choose another `codec`.",
            what="codec",
            file=info.path,
        ) from error
    return path


def _no_trial(folder: Path, reason: str) -> OutputError:
    return OutputError(
        f"{folder.parent}: no trial could be written in this folder for temporary files "
        f"({reason}); make room there, or name another one in the environment variable TMPDIR "
        "(TEMP on Windows)."
    )


def _nothing(container: Container) -> Container:
    """Return a container that takes what `container` is given, whatever it is."""
    return replace(container, muxer="null", keeps_any_start=False)


def _is_as_wanted(stream: Any, treatment: Treatment) -> bool:
    """Whether a stream that was read back is of the kind that was written."""
    wanted = treatment.stream
    if wanted.kind == "attachment" or wanted.is_cover:
        return True
    if (stream.type or "data") != wanted.kind:
        return False
    context = getattr(stream, "codec_context", None)
    codec = context.codec.canonical_name if context is not None else ""
    if treatment.encoder:
        return treatment.encoder.removeprefix("lib") == codec
    return wanted.codec == codec or any({wanted.codec, codec} <= same for same in _FAMILIES)


def _decodes(
    container: Any,
    streams: Sequence[Any],
    kept: Sequence[Treatment],
    first: dict[int, FirstPackets],
) -> bool:
    """Whether the sound that was written decodes as well as that of the source."""
    for stream, treatment in zip(streams, kept, strict=False):
        source = first.get(treatment.stream.index)
        if treatment.stream.kind != "audio" or source is None or not source.decodes:
            continue
        packets = decoded = failed = 0
        container.seek(0, any_frame=True)
        for packet in container.demux(stream):
            packets += bool(packet.size)
            try:
                decoded += len(packet.decode())
            except (av.error.FFmpegError, ValueError):
                failed += 1
            if packets >= DECODED:  # of others it is not known how they decode in the source
                break
        if not decoded or (failed and not source.fails):
            return False
    return True
