"""Notices when a film is changed or removed while it is worked on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from filmcolor.errors import InputChangedError, InputError
from filmcolor.media.stills import find_stills
from filmcolor.wording.reasons import reason_of


@dataclass(frozen=True)
class InputStamp:
    """Sizes and times of change of a film's files, at one moment."""

    path: Path
    files: tuple[tuple[str, int, int], ...]

    @classmethod
    def of(cls, path: Path) -> InputStamp:
        """Look at a film file, a folder or a pattern of stills.

        Raises `InputError` when it is gone.
        """
        try:
            found = [(file, file.stat()) for file in find_stills(path) or [path]]
        except OSError as error:
            raise InputError(
                f"{path}: is gone ({reason_of(error)}); put it back where it was."
            ) from error
        return cls(path, tuple((str(f), s.st_size, s.st_mtime_ns) for f, s in found))

    def check(self) -> None:
        """Raise `InputError` if the film is gone, `InputChangedError` if it is another now."""
        if InputStamp.of(self.path) != self:
            raise changed(self.path)

    @property
    def is_outdated(self) -> bool:
        """Whether the film is there, but not as it was."""
        try:
            return InputStamp.of(self.path) != self
        except InputError:
            return False


def changed(path: Path, what: str | None = None) -> InputChangedError:
    """Return the error for a film that was changed; `what` went wrong, if that is known."""
    said = f"{path}: " if what is None else f"{what}; it "
    return InputChangedError(
        f"{said}was changed while it was being read; when it is complete, begin anew."
    )
