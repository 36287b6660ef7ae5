"""The errors that filmcolor raises on purpose.

Every message names the file or value that was wrong and says what to do about it, so that the
command line can print it as it is.
"""

from __future__ import annotations


class FilmcolorError(Exception):
    """Base of all errors that filmcolor raises on purpose (command line: exit code 1)."""


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


class NetworkError(FilmcolorError):
    """A colour network's file is missing, damaged or of a kind that filmcolor cannot run."""


class UsageError(FilmcolorError):
    """An option or argument makes no sense (command line: exit code 2)."""
