"""The Python interface: everything that the command line can do, as functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from typing_extensions import Unpack

from filmcolor.errors import UsageError
from filmcolor.events import CancelToken, Events, Listener, listening, stopped_by
from filmcolor.jobs.batch import find_inputs, run_batch
from filmcolor.jobs.batch_report import BatchResult
from filmcolor.jobs.film import colorize_film
from filmcolor.jobs.job import FilmRequest
from filmcolor.jobs.picture import (
    check_image,
    colorize_array,
    colorize_file,
    colorize_picture,
    refuse_references,
)
from filmcolor.keyframes.export import ExportTask, check_folder
from filmcolor.keyframes.export import export_keyframes as export_pictures
from filmcolor.keyframes.folder import KeyframeFolder, read_folder
from filmcolor.keyframes.wishes import wishes
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_position
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network, network_threads
from filmcolor.planning.plan import Plan, ShotSettings
from filmcolor.planning.plan_file import SUFFIX as PLAN_SUFFIX
from filmcolor.planning.plan_file import write_plan
from filmcolor.planning.planner import plan_film
from filmcolor.previews.preview import SHEET_SUFFIXES
from filmcolor.previews.preview import preview as preview_film
from filmcolor.previews.shot_sheet import write_shot_sheet
from filmcolor.script.given import Given, Spread
from filmcolor.script.shot_facts import with_shot_facts
from filmcolor.settings import FilmOptions, SettingsOptions, make_film_settings, make_settings
from filmcolor.summary import ProgressCallback, Summary
from filmcolor.system.background import waiting_for
from filmcolor.system.memory_errors import memory_told, tells_of_memory
from filmcolor.system.outputs import check_output, free_name, is_folder, place_of

Time = str | int | float | Fraction
"""A point in a film: a frame (`"120f"`), seconds (`12.5`) or a timecode (`"00:01:02.500"`)."""


@tells_of_memory
def colorize(
    source: str | Path,
    output: str | Path | None = None,
    *,
    start: Time | None = None,
    end: Time | None = None,
    plan: str | Path | Plan | None = None,
    shots: Mapping[int, ShotSettings | Mapping[str, Any]] | None = None,
    keyframes: str | Path | Sequence[Given] | None = None,
    spread: Spread | None = None,
    overwrite: bool = False,
    network: Network | None = None,
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[FilmOptions],
) -> Summary:
    """Colour a film or a picture.

    A film is coloured in segments, and finished ones are kept in a hidden work folder beside the
    output until all are done: the same call carries on after a crash or an interruption.

    Args:
        source: a film in any format that FFmpeg reads, a picture (PNG, JPEG, TIFF with
            one page or several, WebP, AVIF, JPEG 2000, DPX, EXR and others; animated ones are
            films), a folder of pictures, or a pattern such as `scan_%04d.png`.
        output: where the result goes, a file or a folder; by default beside the source, as
            `NAME.color.EXT`.
        start: where in the film to begin; by default at the beginning.
        end: where to stop; the frame there is not part of the result.
        plan: the film's shots, keyframes and changes to single shots, from `find_shots` or a file
            that `filmcolor shots` wrote; by default they are looked for first.
        shots: what is different about single shots, by the numbers that the plan gives them, such
            as `{2: {"saturation": 0.4}}`; see `filmcolor.planning.plan.ShotSettings`.
        keyframes: a folder that `export_keyframes` wrote, with pictures that were repainted since,
            or colours as arrays, see `filmcolor.Given`. They count more than the network's.
            Without `plan`, that of the folder is followed.
        spread: how far the colours of `keyframes` go: through the shot (the default), to other
            shots of the same room, or all over the film.
        overwrite: replace an output that exists already.
        network: a network loaded before, instead of the option `model`; saves time when many
            films are coloured.
        progress: called after each frame, from the calling thread.
        listeners: each called with every event of the run, see `filmcolor.events`.
        cancel: by which another thread stops the run.
        **options: the fields of `filmcolor.Settings`, such as `method="frame"`,
            `saturation=1.2`, `codec="x265"`, and of `filmcolor.RunSettings`, such as
            `workers=4`. More than one worker needs a main module that can be imported, see
            `multiprocessing`.

    Returns:
        What was done, with a sentence in `warnings` for all that is not as in the source.

    Raises:
        InputError: the source cannot be read.
        OutputError: the result cannot be written, or exists already; or an unfinished call had
            other options, or another one is at work on the same output.
        KeyboardInterrupt: after Ctrl-C; what is done is kept.
        CancelledError: after `cancel.cancel()`; likewise.
        NetworkError: the network is missing or damaged.
        UsageError: an option makes no sense.
    """
    settings, running = make_film_settings(**options)
    source = Path(source)
    target = None if output is None else Path(output)
    first = None if start is None else parse_position(start)
    last = None if end is None else parse_position(end)
    events = listening(progress, listeners)
    if is_picture(source):
        if plan is not None:
            raise UsageError(
                f"{source}: a picture has no shots; leave out `plan`.", what="plan", file=source
            )
        if shots or keyframes is not None:
            raise UsageError(
                f"{source}: a picture has no shots; leave out `shot` and `keyframes`.",
                what="keyframes",
                file=source,
            )
        if first is not None or last is not None:
            raise UsageError(
                f"{source}: a picture has no range; leave out `start` and `end`.",
                what="start",
                file=source,
            )
        with stopped_by(cancel):
            network = network or waiting_for(partial(load_chosen_network, settings))
            return colorize_picture(
                source, target, settings, network, overwrite=overwrite, events=events
            )
    with stopped_by(cancel):
        film = open_source(source, settings, strict=running.strict)
        wanted = wishes(film.info, plan, shots, keyframes, spread)
        request = FilmRequest(
            film,
            target,
            settings,
            resolve_range(film.info, first, last),
            wanted.plan,
            wanted.changes,
            overwrite=overwrite,
            run=running,
        )
        return colorize_film(request, network, events)


def batch(
    inputs: str | Path | Sequence[str | Path],
    output_dir: str | Path,
    *,
    recursive: bool = False,
    glob: str | None = None,
    skip_colored: bool = False,
    overwrite: bool = False,
    network: Network | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[FilmOptions],
) -> list[BatchResult]:
    """Colour many films and pictures, one after the other; one that fails does not stop the others.

    What has a result already is skipped, so the same call carries on after a break; what is no
    film is passed over. `report.json` in the output folder tells what became of each.

    Args:
        inputs: films, pictures, folders, or patterns such as `*.mp4`; one or many.
        output_dir: the folder for the results, made where it is missing; sub-folders are mirrored.
        recursive: also what lies in folders of the folders.
        glob: only files with such names, for example `*.avi`.
        skip_colored: pass over what is in colour already.
        overwrite: replace results that exist already.
        network: a network loaded before, instead of the option `model`.
        listeners: each called with every event: those of a film between its `FilmBegun` and its
            `FilmDone`, see `filmcolor.events`.
        cancel: by which another thread stops it.
        **options: as for `colorize`.

    Returns:
        What became of each input, in order.

    Raises:
        InputError: an input is not there, or none is found.
        OutputError: the folder cannot be written.
        KeyboardInterrupt: after Ctrl-C; what is done is kept.
        CancelledError: after `cancel.cancel()`; likewise.
        NetworkError: the network is missing or damaged.
        UsageError: an option makes no sense.
    """
    settings, running = make_film_settings(**options)
    named = [inputs] if isinstance(inputs, str | Path) else inputs
    folder = Path(output_dir)
    with stopped_by(cancel):
        found = find_inputs(named, folder, recursive=recursive, pattern=glob)
        return run_batch(
            found,
            folder,
            settings,
            network or waiting_for(partial(load_chosen_network, settings)),
            overwrite=overwrite,
            skip_colored=skip_colored,
            options=running,
            events=Events(listeners),
        )


@tells_of_memory
def preview(
    source: str | Path,
    output: str | Path | None = None,
    *,
    start: Time | None = None,
    end: Time | None = None,
    frames: int | None = None,
    plan: str | Path | Plan | None = None,
    shots: Mapping[int, ShotSettings | Mapping[str, Any]] | None = None,
    keyframes: str | Path | Sequence[Given] | None = None,
    spread: Spread | None = None,
    overwrite: bool = False,
    network: Network | None = None,
    progress: ProgressCallback | None = None,
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[SettingsOptions],
) -> Summary:
    """Write a contact sheet of before/after pictures, or a side-by-side clip, of a film.

    Args:
        source: as for `colorize`, but not a single picture.
        output: a picture (.png, .jpg, .webp) for a sheet, a film (.mp4, ...) for a clip; by
            default `NAME.preview.png` beside the source, numbered when that exists. Both show
            what `colorize` makes of the same part of the film, by the same plan and options.
        start: where in the film to begin.
        end: where to stop.
        frames: how many frames, instead of `end`.
        plan: the film's shots and what is different about them, as for `colorize`.
        shots: what is different about single shots, as for `colorize`.
        keyframes: repainted keyframes, as for `colorize`.
        spread: how far their colours go, as for `colorize`.
        overwrite: replace an output that exists already.
        network: a network loaded before.
        progress: called after each picture or frame.
        listeners: each called with every event, see `filmcolor.events`.
        cancel: by which another thread stops it.
        **options: the fields of `filmcolor.Settings`.

    Raises as `colorize` does.
    """
    settings = make_settings(**options)
    source = Path(source)
    if is_picture(source):
        raise UsageError(f"{source}: a picture needs no preview; colorize it.")
    first = None if start is None else parse_position(start)
    last = None if end is None else parse_position(end)
    with stopped_by(cancel):
        film = open_source(source, settings)
        wanted = wishes(film.info, plan, shots, keyframes, spread)
        stem = source.stem if source.suffix else source.name
        default = source.with_name(f"{stem}.preview.png")
        if output is None or is_folder(Path(output)):
            place = place_of(None if output is None else Path(output), default)
            output = place if overwrite else free_name(place)
        return preview_film(
            film,
            Path(output),
            settings,
            network
            or waiting_for(
                partial(load_chosen_network, settings, threads=network_threads(settings.model))
            ),
            start=first,
            end=last,
            frames=frames,
            plan=wanted.plan,
            changes=wanted.changes,
            overwrite=overwrite,
            events=listening(progress, listeners),
        )


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
    first = None if start is None else parse_position(start)
    last = None if end is None else parse_position(end)
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


def colorize_image(
    image: NDArray[Any] | str | Path,
    *,
    network: Network | None = None,
    **options: Unpack[SettingsOptions],
) -> NDArray[Any]:
    """Return the colour version of one image.

    Args:
        image: an array of the shape (height, width), (height, width, 1), or (height, width, 3)
            in R, G, B order, with or without opacity as a fourth channel (its colour and opacity
            are dropped); uint8, uint16, or floating point in 0..1. Or the path of a picture file.
        network: a network loaded before, instead of the option `model`.
        **options: the fields of `filmcolor.Settings` that concern colour.

    Returns:
        R, G, B; shape (height, width, 3), in the type of `image`; of files with more than 8 bits,
        uint16 up to white 65535.

    Raises:
        UsageError: the array is no image, or an option makes no sense.
        InputError: the file cannot be read.
        NetworkError: the network is missing or damaged.
    """
    settings = make_settings(**options)
    refuse_references(settings, "the image")
    if isinstance(image, str | Path):
        path = Path(image)
        with memory_told(path):
            return colorize_file(path, settings, network or load_chosen_network(settings))
    checked = check_image(image)
    with memory_told("the image"):
        return colorize_array(checked, settings, network or load_chosen_network(settings))


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
    first = None if start is None else parse_position(start)
    last = None if end is None else parse_position(end)
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
