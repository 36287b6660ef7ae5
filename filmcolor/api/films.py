"""Colouring films and pictures, and looking at what they will be like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from filmcolor.api.asked import AskedOfFilm
from filmcolor.api.times import Time
from filmcolor.api.wishes import wishes
from filmcolor.errors import UsageError
from filmcolor.events import CancelToken, Events, Listener, listening, stopped_by
from filmcolor.jobs.batch import find_inputs, run_batch
from filmcolor.jobs.batch_report import BatchResult
from filmcolor.jobs.film import colorize_film
from filmcolor.jobs.picture import colorize_picture
from filmcolor.media.opening import open_source
from filmcolor.media.pictures.kinds import is_picture
from filmcolor.media.timecode import parse_positions
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_chosen_network, network_threads
from filmcolor.planning.plan import Plan
from filmcolor.planning.shot import ShotSettings
from filmcolor.previews.preview import preview as preview_film
from filmcolor.script.given import Given, Spread
from filmcolor.settings import FilmOptions, SettingsOptions, make_film_settings, make_settings
from filmcolor.summary import ProgressCallback, Summary
from filmcolor.system.background import waiting_for
from filmcolor.system.memory_errors import tells_of_memory
from filmcolor.system.outputs import free_name, is_folder, named_place, place_of

if TYPE_CHECKING:
    from filmcolor.jobs.farm.looked_through import LookedThrough


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
            as `{2: {"saturation": 0.4}}`; see `filmcolor.planning.shot.ShotSettings`.
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
    target = named_place(output)
    asked = AskedOfFilm(start, end, plan, shots, keyframes, spread, overwrite)
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
        if start is not None or end is not None:
            raise UsageError(
                f"{source}: a picture has no range; leave out `start` and `end`.",
                what="start",
                file=source,
            )
        with stopped_by(cancel):
            network = network or waiting_for(partial(load_chosen_network, settings))
            return colorize_picture(
                source,
                target,
                settings,
                network,
                overwrite=overwrite,
                strict=running.strict,
                events=events,
            )
    with stopped_by(cancel):
        request = asked.request(source, target, settings, running)
        if running.farm is not None:
            from filmcolor.jobs.farm.on_farm import film_on_farm  # a farm's modules are many

            return film_on_farm(request, events)
        return colorize_film(request, network, events)


@tells_of_memory
def prepare(
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
    listeners: Iterable[Listener] = (),
    cancel: CancelToken | None = None,
    **options: Unpack[FilmOptions],
) -> LookedThrough:
    """Do all for a film that comes before its frames are coloured, and divide it into pieces.

    Its shots are found and its keyframes get their colours; the work folder stays. Then any number
    of processes, on any computers that see that folder, colour its pieces, see
    `filmcolor.jobs.farm.color_piece`, and one joins them.

    Arguments and errors are those of `colorize`.
    """
    from filmcolor.jobs.farm.looked_through import look_through

    settings, running = make_film_settings(**options)
    target = named_place(output)
    asked = AskedOfFilm(start, end, plan, shots, keyframes, spread, overwrite)
    with stopped_by(cancel):
        request = asked.request(Path(source), target, settings, running)
        return look_through(request, network, Events(listeners))


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
            `FilmDone`, see `filmcolor.events`. With `farm`, films are coloured side by side: both
            are told when a film has ended, and `FrameDone` counts the frames of all.
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
        if network is None and running.farm is None:
            network = waiting_for(partial(load_chosen_network, settings))
        return run_batch(
            found,
            folder,
            settings,
            network,
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
    first, last = parse_positions(start, end)
    with stopped_by(cancel):
        film = open_source(source, settings)
        wanted = wishes(film.info, plan, shots, keyframes, spread)
        stem = source.stem if source.suffix else source.name
        default = source.with_name(f"{stem}.preview.png")
        target = named_place(output)
        if target is None or is_folder(target):
            place = place_of(target, default)
            target = place if overwrite else free_name(place)
        return preview_film(
            film,
            target,
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
