"""Keyframes as pictures: written, repainted, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import Unpack

from filmcolor.api.times import Time
from filmcolor.api.wishes import wishes
from filmcolor.errors import UsageError
from filmcolor.events import CancelToken, Listener, listening, stopped_by
from filmcolor.keyframes.export import ExportTask, check_folder
from filmcolor.keyframes.export import export_keyframes as export_pictures
from filmcolor.keyframes.folder import KeyframeFolder, read_folder
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_positions
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.settings import SettingsOptions, make_settings
from filmcolor.summary import ProgressCallback, Summary
from filmcolor.system.background import waiting_for
from filmcolor.system.memory_errors import tells_of_memory


@tells_of_memory
def export_keyframes(
    source: str | Path,
    output: str | Path,
    *,
    start: Time | None = None,
    end: Time | None = None,
    plan: str | Path | Plan | None = None,
    shots: Mapping[int, ShotSettings | Mapping[str, Any]] | None = None,
    per_shot: int | None = None,
    overwrite: bool = False,
    network: Network | None = None,
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> Summary:
    """Write the keyframes of a film as pictures, coloured as they will be, to be repainted.

    `colorize(source, keyframes=output)` takes back what was changed in them.

    Args:
        source: as for `colorize`, but not a single picture.
        output: the folder for the pictures (PNG, upright, in square pixels) and their index.
        start: where in the film to begin.
        end: where to stop.
        plan: the film's shots and what is different about them, as for `colorize`.
        shots: what is different about single shots, as for `colorize`.
        per_shot: how many keyframes of each shot, evenly spread; by default all.
        overwrite: replace what an earlier export has left in the folder, with what was painted.
        network: a network loaded before.
        progress: called after each frame that is read, and each picture.
        listeners: each called with every event, see `filmcolor.events`.
        cancel: by which another thread stops it.
        **options: the fields of `filmcolor.Settings`.

    Raises as `colorize` does.
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture has no keyframes; colorize it, and paint on that.")
    if per_shot is not None and per_shot < 1:
        raise UsageError("`per_shot` must be at least 1.", what="per_shot", value=per_shot)
    first, last = parse_positions(start, end)
    with stopped_by(cancel):
        film = open_source(source, settings)
        wanted = wishes(film.info, plan, shots)
        task = ExportTask(
            film,
            Path(output),
            settings,
            resolve_range(film.info, first, last),
            wanted.plan,
            wanted.changes,
            per_shot,
            overwrite,
        )
        check_folder(task)
        return export_pictures(
            task,
            network or waiting_for(partial(load_chosen_network, settings)),
            listening(progress, listeners),
        )


@tells_of_memory
def check_keyframes(
    source: str | Path, folder: str | Path, **options: Unpack[SettingsOptions]
) -> KeyframeFolder:
    """Say what was painted in a folder that `export_keyframes` wrote.

    Raises `InputError` when it is no folder of keyframes of this film, or holds a picture that
    will not do.
    """
    film = open_source(Path(source), make_settings(**options))
    return read_folder(Path(folder), film.info)
