"""Segments of a film that were handed over by way of storage."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from filmcolor.errors import OutputError
from filmcolor.jobs.farm.staged_job import blob_path, record_path, segments_path
from filmcolor.jobs.farm.storage import DamagedInStorageError, FarmStorage
from filmcolor.jobs.files import record_file, segment_file, state_file
from filmcolor.jobs.handed_over import hand_over, handed_over
from filmcolor.jobs.manifest import SegmentRecord
from filmcolor.jobs.work import Work
from filmcolor.system.outputs import cannot_write
from filmcolor.wording.reasons import reason_of

_RECORD = re.compile(r"segment-(\d{5,9})\.json")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class StoredSegments:
    """Segments in storage: their files by checksum, then the record, as in a work folder."""

    def __init__(self, storage: FarmStorage, key: str) -> None:
        """Those of the film `key`."""
        self._storage = storage
        self._key = key

    def numbers(self) -> set[int]:
        """Return of which segments there is a record."""
        found = map(_RECORD.fullmatch, self._storage.names(segments_path(self._key)))
        return {int(match[1]) for match in found if match is not None}

    def bring(self, folder: Path, number: int) -> None:
        """Bring a segment that lies in a work folder, handed over."""
        try:
            said = record_file(folder, number).read_bytes()
            record = SegmentRecord.model_validate_json(said)
            for path, sha256 in _files(folder, record):
                self._storage.upload(path, blob_path(self._key, sha256), sha256)
        except (OSError, ValidationError) as error:
            raise OutputError(
                f"{folder}: what was written there cannot be read again ({reason_of(error)})."
            ) from error
        self._storage.write(record_path(self._key, number), said)

    def fetch_all(self, work: Work) -> None:
        """Fetch what is not in a work folder yet."""
        records = [*work.manifest.segments, *handed_over(work.folder)]
        known = {number for r in records for number in range(r.number, r.through + 1)}
        self._fetch(work.folder, self.numbers() - known)

    def fetch(self, folder: Path, numbers: range) -> None:
        """Fetch those of some segments that are not in a work folder yet."""
        known = {record.number for record in handed_over(folder)}
        self._fetch(folder, self.numbers().intersection(numbers) - known)

    def _fetch(self, folder: Path, numbers: Iterable[int]) -> None:
        """Hand segments over to a work folder, as one does who has coloured them there.

        What is damaged is removed from storage: it is done again.
        """
        for number in sorted(numbers):
            said = self._storage.read(record_path(self._key, number))
            if said is None:
                continue
            try:
                scratch = Path(tempfile.mkdtemp(prefix="fetched.", dir=folder))
            except OSError as error:
                raise cannot_write(folder, error) from error
            try:
                record = SegmentRecord.model_validate_json(said)
                if record.number != number or record.through < number:
                    raise DamagedInStorageError("it is the record of another segment")
                for path, sha256 in _files(scratch, record):
                    self._storage.download(blob_path(self._key, sha256), sha256, path)
                hand_over(record, scratch, folder)
            except (DamagedInStorageError, ValidationError, RecursionError):
                self._storage.remove(record_path(self._key, number))
            finally:
                shutil.rmtree(scratch, ignore_errors=True)


def _files(folder: Path, record: SegmentRecord) -> list[tuple[Path, str]]:
    files = (
        (segment_file(folder, record.number), record.sha256),
        (state_file(folder, record.number), record.state_sha256),
    )
    found = [(path, sha256) for path, sha256 in files if sha256 is not None]
    if not all(_SHA256.fullmatch(sha256) for _, sha256 in found):
        raise DamagedInStorageError("no checksum")
    return found
