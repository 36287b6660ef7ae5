"""Where weights live: the package's own files, the user's folder, the cache."""

from __future__ import annotations

from pathlib import Path

from filmcolor.errors import NetworkError
from filmcolor.system.environment import chosen_weights_folder


def weights_folder() -> Path:
    """Return the folder of downloaded and imported weights (it may not exist yet).

    The environment variable FILMCOLOR_MODELS says where it is; without it, it is a folder of the
    user's application data.
    """
    chosen = chosen_weights_folder()
    if chosen is not None:
        return chosen
    from platformdirs import user_data_dir

    return Path(user_data_dir("filmcolor", appauthor=False)) / "models"


def cache_folder() -> Path:
    """Return the folder for files that can be made again (it may not exist yet)."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("filmcolor", appauthor=False)) / "models"


def package_data(file_name: str) -> Path:
    """Return a file that ships with filmcolor.

    It lies in `filmcolor/models` once installed, and in `models` beside the package in a source
    checkout.

    Raises:
        NetworkError: the installation lacks the file.
    """
    package = Path(__file__).parents[2]
    places = (package / "models", package.parent / "models")
    for place in places:
        if (place / file_name).is_file():
            return place / file_name
    raise NetworkError(
        f"filmcolor's own file {file_name} is missing from {places[0]}; "
        "install filmcolor again (`pip install --force-reinstall .` in the folder of its source)."
    )
