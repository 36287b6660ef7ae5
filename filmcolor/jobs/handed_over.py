"""Segments that were done by somebody who has no charge of the manifest.

Any number of processes, on any computer that sees a work folder, may colour segments of its film.
Each lays what it has done beside the manifest: the video, then what the next segment needs, and
last, in one step, the record. Whoever has charge of the manifest enters it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from filmcolor.errors import OutputError
from filmcolor.jobs.files import record_file, segment_file, state_file
from filmcolor.jobs.join import packet_times
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.system.atomic_output import put_in_place
from filmcolor.system.checksum import file_sha256
from filmcolor.system.outputs import write_durably
from filmcolor.wording.reasons import reason_of


def handed_over(folder: Path) -> Iterator[SegmentRecord]:
    """Yield the records in a work folder, in order; those that are damaged are left out."""
    for path in sorted(folder.glob("segment-*.json")):
        with suppress(OSError, ValidationError, RecursionError):
            record = SegmentRecord.model_validate_json(path.read_bytes())
            if path == record_file(folder, record.number) and record.number <= record.through:
                yield record


def _is_there(record: SegmentRecord, folder: Path) -> bool:
    """Return whether somebody else has done the same, and it is still whole."""
    said = record_file(folder, record.number)
    with suppress(OSError, ValidationError, RecursionError):
        other = SegmentRecord.model_validate_json(said.read_bytes())
        files = (
            (segment_file(folder, other.number), other.sha256),
            (state_file(folder, other.number), other.state_sha256),
        )
        return all(sha256 is None or file_sha256(path) == sha256 for path, sha256 in files)
    return False


def hand_over(record: SegmentRecord, scratch: Path, folder: Path) -> None:
    """Move a segment from `scratch`, where it was written, into a work folder, once it is checked.

    Both are on one disk. Where somebody else was quicker, theirs stays. Raises `OutputError` when
    it is not as it was written, or cannot be moved.
    """
    video, state = (file(scratch, record.number) for file in (segment_file, state_file))
    if record.sha256 is not None:
        packet_times(video, record.frames)
        if file_sha256(video) != record.sha256:
            raise OutputError(f"{video}: is not as it was written; the disk may be failing.")
    said = record_file(folder, record.number)
    try:
        if _is_there(record, folder):
            video.unlink(missing_ok=True)
            state.unlink(missing_ok=True)
            return
        if record.state_sha256 is not None:
            put_in_place(state, state_file(folder, record.number))
        if record.sha256 is not None:
            put_in_place(video, segment_file(folder, record.number))
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({reason_of(error)}).") from error
    write_durably(said, record.model_dump_json().encode())
