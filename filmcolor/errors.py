"""The errors that filmcolor raises on purpose.

Every message names the file or value that was wrong and says what to do about it. Options stand
in it by the names of their parameters, in backquotes; the command line puts its own in their place.
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self  # in `typing` from Python 3.11 on


class FilmcolorError(Exception):
    """Base of all errors that filmcolor raises on purpose (command line: exit code 1).

    Attributes, each None where there is no such thing to tell:
        what: the option that was wrong, by the name of its parameter, such as `crf`.
        value: what it was.
        file: the file or folder that the error is about.
        remedy: the option that would help, such as `overwrite`.
    """

    def __init__(
        self,
        message: str = "",
        *,
        what: str | None = None,
        value: object = None,
        file: Path | None = None,
        remedy: str | None = None,
    ) -> None:
        """Say in one sentence what was wrong, with which file, and what to do."""
        super().__init__(message)
        self.what = what
        self.value = value
        self.file = file
        self.remedy = remedy

    def reworded(self, message: str) -> Self:
        """Return the same error with another message."""
        again = copy(self)
        again.args = (message,)
        return again


class InputError(FilmcolorError):
    """A film, picture or folder could not be read."""


class NotAFilmError(InputError):
    """A file holds no film, as far as can be told."""

    has_no_video = False
    """Whether it is a whole file of another kind: sound, subtitles."""


class DamagedFilmError(InputError):
    """A film that must have no damage has some (`strict`)."""


class InputChangedError(InputError):
    """A film was changed while it was worked on: what is done belongs to another version of it."""


class OutputError(FilmcolorError):
    """A result could not be written where it was asked for."""


class RestartNeededError(OutputError):
    """What an unfinished run has left does not fit: the same command would not carry on."""


class CancelledError(FilmcolorError):
    """A run was stopped by its `filmcolor.events.CancelToken`."""


class NetworkError(FilmcolorError):
    """A colour network's file is missing, damaged or of a kind that filmcolor cannot run."""


class UsageError(FilmcolorError):
    """An option or argument makes no sense (command line: exit code 2)."""
