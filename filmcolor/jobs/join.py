"""Puts the encoded segments of a film together, without encoding anything again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av

from filmcolor.errors import OutputError, RestartNeededError
from filmcolor.events import check_cancelled
from filmcolor.jobs.files import segment_file
from filmcolor.jobs.job import FilmJob
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.media.decode.exact_numbers import exact
from filmcolor.media.encode.writer import video_file_options
from filmcolor.media.local_files import file_url
from filmcolor.wording.reasons import reason_of


def join_segments(job: FilmJob, records: Sequence[SegmentRecord], joined: Path) -> Path:
    """Return a file with the video of all segments: `joined`, or that of the only one.

    Timestamps are exact. Decoding times are made anew, as those of two encoders need not fit
    together: the n-th packet is decoded when the (n - d)-th picture of the film is shown, where d
    is the least number for which no picture comes too late. Raises `OutputError` when writing
    fails or a segment is not as it was written.
    """
    records = [record for record in records if record.frames]
    if len(records) == 1 and records[0].offset == 0:
        return segment_file(job.folder, records[0].number)
    delay = 0
    for record in records:
        delay = max(delay, _delay(_shown_at(job, record)))
    try:
        _write(job, records, delay, joined)
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(f"{joined}: writing failed ({reason_of(error)}).") from error
    return joined


def _open(path: Path) -> Any:
    try:
        return av.open(file_url(path))
    except (av.error.FFmpegError, OSError) as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).") from error


def _packets(container: Any, path: Path) -> Iterator[Any]:
    try:
        for packet in container.demux(video=0):
            check_cancelled()
            if packet.size:
                yield packet
    except av.error.FFmpegError as error:
        raise OutputError(f"{path}: cannot be read ({reason_of(error)}).") from error


def packet_times(path: Path, frames: int) -> list[int]:
    """Return the timestamps of a segment's packets, in coding order, in its stream's ticks.

    Raises `OutputError` where there are not as many as `frames`.
    """
    with _open(path) as container:
        times = [packet.pts for packet in _packets(container, path)]
    if len(times) != frames or None in times:
        raise OutputError(f"{path}: is not as it was written.")
    return times


def _shown_at(job: FilmJob, record: SegmentRecord) -> list[int]:
    return packet_times(segment_file(job.folder, record.number), record.frames)


def _delay(times: Sequence[int]) -> int:
    """Return by how many places packets come later, at most, than their pictures are shown."""
    rank = {pts: place for place, pts in enumerate(sorted(times))}
    return max(place - rank[pts] for place, pts in enumerate(times))


def _write(job: FilmJob, records: Sequence[SegmentRecord], delay: int, joined: Path) -> None:
    muxer, options = video_file_options(job.video)
    extradata: bytes | None = None
    with av.open(file_url(joined), "w", format=muxer, options=options) as output:
        stream: Any = None
        shown: deque[int] = deque()
        """Times of pictures whose packets' decoding times are still to be given out."""
        for record in records:
            path = segment_file(job.folder, record.number)
            with _open(path) as container:
                source = container.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(source)
                    stream.time_base = source.time_base
                    extradata = source.codec_context.extradata
                elif source.codec_context.extradata != extradata:
                    raise RestartNeededError(
                        f"{path}: was encoded otherwise than the segments before; begin anew with "
                        "`restart`."
                    )
                unit = exact(source.time_base)
                assert unit is not None
                offset = round(record.offset * job.video.time_base / unit)
                times = sorted(pts + offset for pts in _shown_at(job, record))
                if not shown:
                    shown.extend(_times_before(times, delay))
                shown.extend(times)
                for packet in _packets(container, path):
                    packet.pts += offset
                    packet.dts = shown.popleft()
                    packet.stream = stream
                    output.mux(packet)


def _times_before(times: Sequence[int], count: int) -> list[int]:
    """Return `count` decoding times before the first picture is shown, a frame apart."""
    step = max(1, times[1] - times[0]) if len(times) > 1 else 1
    return [times[0] - step * number for number in range(count, 0, -1)]
