"""Turns a black-and-white film into the same film in colour.

import filmcolor

filmcolor.colorize("old.mp4")                      # writes old.color.mp4
rgb = filmcolor.colorize_image(grey_array)         # one picture
plan = filmcolor.find_shots("old.mp4")             # its shots and keyframes
ab = filmcolor.load_network("lite").predict(L)     # the network alone
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from filmcolor.api import (
        batch,
        check_keyframes,
        color_script,
        colorize,
        colorize_image,
        export_keyframes,
        find_shots,
        preview,
    )
    from filmcolor.errors import (
        CancelledError,
        FilmcolorError,
        InputError,
        NetworkError,
        OutputError,
        UsageError,
    )
    from filmcolor.evaluation.evaluate import evaluate
    from filmcolor.evaluation.report import Evaluation
    from filmcolor.events import CancelToken
    from filmcolor.jobs.batch_report import BatchResult
    from filmcolor.networks import Network, load_network
    from filmcolor.planning.plan import Plan
    from filmcolor.queue.film_queue import Queue
    from filmcolor.queue.folder_list import FolderEntry, list_films
    from filmcolor.queue.queued_film import QueuedFilm
    from filmcolor.script.color_script import ColorScript
    from filmcolor.script.given import Given, GivenColors
    from filmcolor.settings import RunSettings, Settings
    from filmcolor.summary import Progress, Summary
    from filmcolor.viewing.film_view import FilmView
    from filmcolor.viewing.opening import open_film
    from filmcolor.viewing.viewed import Stroke, Trial, ViewedFrame

__version__ = "0.1.0"

__all__ = [
    "BatchResult",
    "CancelToken",
    "CancelledError",
    "ColorScript",
    "Evaluation",
    "FilmView",
    "FilmcolorError",
    "FolderEntry",
    "Given",
    "GivenColors",
    "InputError",
    "Network",
    "NetworkError",
    "OutputError",
    "Plan",
    "Progress",
    "Queue",
    "QueuedFilm",
    "RunSettings",
    "Settings",
    "Stroke",
    "Summary",
    "Trial",
    "UsageError",
    "ViewedFrame",
    "__version__",
    "batch",
    "check_keyframes",
    "color_script",
    "colorize",
    "colorize_image",
    "evaluate",
    "export_keyframes",
    "find_shots",
    "list_films",
    "load_network",
    "open_film",
    "preview",
]

_HOME = {
    "BatchResult": "jobs.batch_report",
    "CancelToken": "events",
    "CancelledError": "errors",
    "ColorScript": "script.color_script",
    "Evaluation": "evaluation.report",
    "FilmView": "viewing.film_view",
    "FilmcolorError": "errors",
    "FolderEntry": "queue.folder_list",
    "Given": "script.given",
    "GivenColors": "script.given",
    "InputError": "errors",
    "Network": "networks",
    "NetworkError": "errors",
    "OutputError": "errors",
    "Plan": "planning.plan",
    "Progress": "summary",
    "Queue": "queue.film_queue",
    "QueuedFilm": "queue.queued_film",
    "RunSettings": "settings",
    "Settings": "settings",
    "Stroke": "viewing.viewed",
    "Summary": "summary",
    "Trial": "viewing.viewed",
    "UsageError": "errors",
    "ViewedFrame": "viewing.viewed",
    "batch": "api",
    "check_keyframes": "api",
    "color_script": "api",
    "colorize": "api",
    "colorize_image": "api",
    "evaluate": "evaluation.evaluate",
    "export_keyframes": "api",
    "find_shots": "api",
    "list_films": "queue.folder_list",
    "load_network": "networks",
    "open_film": "viewing.opening",
    "preview": "api",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that `import filmcolor` costs nothing."""
    if name in _HOME:
        value = getattr(import_module(f"filmcolor.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'filmcolor' has no attribute {name!r}")
