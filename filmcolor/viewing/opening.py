"""Opens a film to look at it in colour."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import Unpack

from filmcolor.errors import UsageError
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.networks import Network
from filmcolor.settings import SettingsOptions, make_settings
from filmcolor.viewing.film_view import FilmView


def open_film(
    source: str | Path,
    *,
    plan: str | Path | None = None,
    network: Network | None = None,
    cache: str | Path | None = None,
    **options: Unpack[SettingsOptions],
) -> FilmView:
    """Open a film to look at it in colour, and to change its colours.

    Args:
        source: as for `colorize`, but not a single picture. It is only read.
        plan: where the plan of the film lies, or will lie; by default beside it, as
            `NAME.plan.json`. Pictures that are painted lie beside that, in `NAME.keyframes`.
        network: a network loaded before, instead of the option `model`.
        cache: the folder in which colours that were found are kept, to be found again; by default
            one of the user's cache.
        **options: the fields of `filmcolor.Settings`; for the whole film.

    Raises:
        InputError: the film, or its plan, cannot be read.
        NetworkError: the network is missing or damaged.
        UsageError: an option makes no sense.

    Example:
        >>> with filmcolor.open_film("samples/sample-film.mp4") as view:
        ...     view.make_plan()
        ...     view.change(2, {"saturation": 0.5}, scope="room")
        ...     picture = view.frame("00:00:03").color
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture has no frames to look through; colorize it.")
    view = FilmView(source, settings, None if plan is None else Path(plan), network)
    view.cache = None if cache is None else Path(cache)
    return view
