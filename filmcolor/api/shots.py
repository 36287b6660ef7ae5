"""What is decided before a film is coloured: its shots, and the colours of its keyframes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import Unpack

from filmcolor.api.times import Time
from filmcolor.api.wishes import wishes
from filmcolor.errors import UsageError
from filmcolor.events import CancelToken, Events, Listener, listening, stopped_by
from filmcolor.jobs.film_script import film_script
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_positions
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import SUFFIX as PLAN_SUFFIX
from filmcolor.planning.plan_file import write_plan
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import ShotSettings
from filmcolor.previews.preview import SHEET_SUFFIXES
from filmcolor.previews.shot_sheet import write_shot_sheet
from filmcolor.script.color_script import ColorScript
from filmcolor.script.given import Given, Spread
from filmcolor.script.shot_facts import with_shot_facts
from filmcolor.settings import SettingsOptions, make_settings
from filmcolor.summary import ProgressCallback
from filmcolor.system.background import waiting_for
from filmcolor.system.memory_errors import tells_of_memory
from filmcolor.system.outputs import check_output


@tells_of_memory
def find_shots(
    source: str | Path,
    output: str | Path | Sequence[str | Path] = (),
    *,
    start: Time | None = None,
    end: Time | None = None,
    rooms: bool = True,
    overwrite: bool = False,
    network: Network | None = None,
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> Plan:
    """Find the shots of a film, and the keyframes by which it would be coloured.

    Args:
        source: as for `colorize`, but not a single picture.
        output: where the plan (.json), or a sheet with a picture of each shot (.png, .jpg,
            .webp), is written; one or several, or nothing.
        start: where in the film to begin.
        end: where to stop.
        rooms: also look at what shots show (titles, test pictures) and which show the same room;
            for that a network sees one keyframe of each.
        overwrite: replace outputs that exist already.
        network: a network loaded before.
        progress: called after each frame, and each shot that is looked at.
        listeners: each called with every event, see `filmcolor.events`.
        cancel: by which another thread stops it.
        **options: the fields of `filmcolor.Settings`; `fps` for films made from stills,
            `video_stream` for films with several.

    Raises as `colorize` does.
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture has no shots.")
    outputs = [Path(path) for path in ([output] if isinstance(output, str | Path) else output)]
    for path in outputs:
        if path.suffix.lower() not in {PLAN_SUFFIX, *SHEET_SUFFIXES}:
            raise UsageError(f"{path}: plans are .json files, sheets of shots .png, .jpg or .webp.")
        check_output(path, source, overwrite)
    first, last = parse_positions(start, end)
    events = listening(progress, listeners)
    with stopped_by(cancel):
        film = open_source(source, settings)
        part = resolve_range(film.info, first, last)
        if rooms:
            network = network or waiting_for(partial(load_chosen_network, settings))
        plan = plan_film(film, part, events)
        if rooms and network is not None:
            plan = with_shot_facts(film, plan, network, events)
        for path in outputs:
            if path.suffix.lower() == PLAN_SUFFIX:
                write_plan(plan, path, film=source, overwrite=overwrite)
            else:
                write_shot_sheet(plan, film, path, overwrite=overwrite, events=events)
        return plan


@tells_of_memory
def color_script(
    source: str | Path,
    *,
    start: Time | None = None,
    end: Time | None = None,
    plan: str | Path | Plan | None = None,
    shots: Mapping[int, ShotSettings | Mapping[str, Any]] | None = None,
    keyframes: str | Path | Sequence[Given] | None = None,
    spread: Spread | None = None,
    network: Network | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> tuple[Plan, ColorScript]:
    """Find the colours that the keyframes of a film would have, without colouring it.

    Args:
        source: as for `colorize`, but not a single picture.
        start: where in the film to begin.
        end: where to stop.
        plan: the film's shots, as for `colorize`.
        shots: what is different about single shots, as for `colorize`.
        keyframes: repainted keyframes, as for `colorize`.
        spread: how far the colours of `keyframes` go, as for `colorize`.
        network: a network loaded before.
        listeners: each called with every event, see `filmcolor.events`.
        cancel: by which another thread stops it.
        **options: the fields of `filmcolor.Settings`.

    Returns:
        The plan, with what shots show and which of them show the same room, and the script: ab of
        each keyframe by the number of its shot and its timestamp, before saturation, warmth, tint
        and strength.

    Raises as `colorize` does.

    Example:
        >>> plan, script = filmcolor.color_script("samples/sample-film.mp4", model="lite")
        >>> shot = plan.shots[1]
        >>> ab = script.ab(shot.number, shot.keyframes[0].pts)
        >>> ab.shape
        (48, 64, 2)
        >>> green = filmcolor.GivenColors(0 * ab + [-20, 25], 0 * ab[..., 0] + 1)
        >>> given = filmcolor.Given(shot.number, shot.keyframes[0].pts, green)
        >>> filmcolor.colorize("samples/sample-film.mp4", plan=plan, keyframes=[given])
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture has no keyframes.")
    first, last = parse_positions(start, end)
    with stopped_by(cancel):
        film = open_source(source, settings)
        wanted = wishes(film.info, plan, shots, keyframes, spread)
        network = network or waiting_for(partial(load_chosen_network, settings))
        part = resolve_range(film.info, first, last)
        chosen = (wanted.plan, wanted.changes)
        return film_script(film, part, settings, network, chosen, Events(listeners))
