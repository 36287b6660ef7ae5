"""The Python interface: everything that the command line can do, as functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from filmcolor.jobs.picture import check_image, colorize_array, colorize_file, colorize_picture
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.positions import resolve_range
from filmcolor.media.timecode import parse_position
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network, network_threads
from filmcolor.planning.plan import Plan
from filmcolor.planning.plan_file import SUFFIX as PLAN_SUFFIX
from filmcolor.planning.plan_file import read_plan, write_plan
from filmcolor.planning.planner import plan_film
from filmcolor.previews.preview import SHEET_SUFFIXES
from filmcolor.previews.preview import preview as preview_film
from filmcolor.previews.shot_sheet import write_shot_sheet
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
        request = FilmRequest(
            film,
            target,
            settings,
            resolve_range(film.info, first, last),
            plan=plan
            if plan is None or isinstance(plan, Plan)
            else read_plan(Path(plan), film.info),
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
            plan=plan
            if plan is None or isinstance(plan, Plan)
            else read_plan(Path(plan), film.info),
            overwrite=overwrite,
            events=listening(progress, listeners),
        )


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
    overwrite: bool = False,
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
        overwrite: replace outputs that exist already.
        progress: called after each frame.
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
        plan = plan_film(film, resolve_range(film.info, first, last), events)
        for path in outputs:
            if path.suffix.lower() == PLAN_SUFFIX:
                write_plan(plan, path, film=source, overwrite=overwrite)
            else:
                write_shot_sheet(plan, film, path, overwrite=overwrite, events=events)
        return plan
