"""Decides all that can be decided about a film before anything is done."""

from __future__ import annotations

from pathlib import Path

from filmcolor.jobs.job import FilmJob, FilmRequest
from filmcolor.jobs.output_names import color_name
from filmcolor.jobs.work import work_place
from filmcolor.media.encode.containers import container_of, default_suffix
from filmcolor.media.encode.encoders import Encoder
from filmcolor.media.encode.mux_trial import MuxPlanner
from filmcolor.media.encode.video_format import choose_encoder, video_format
from filmcolor.media.encode.writer import VideoFormat, encoder_threads
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.film import FilmInfo
from filmcolor.settings import ColorSettings, Settings
from filmcolor.system.outputs import is_folder


def prepare(request: FilmRequest) -> FilmJob:
    """Choose encoder, container and name of the result, and try what becomes of other streams.

    Nothing is written beside the source. Raises as `filmcolor.colorize` does.
    """
    info, part = request.source.info, request.part
    settings = request.settings.model_copy(update={"references": _absolute(request.settings)})
    output, folder = _place(request)
    encoder, video = chosen_encoding(info, settings, output)
    film_video = video
    shown, halves = info, request.side_by_side
    if halves is not None:
        shown = halves.info(info)
        video = video_format(shown, settings, encoder)
    planner = MuxPlanner(shown, part, video)
    if output is None:
        suffix = default_suffix(info, encoder, planner.keeps_all)
        output = color_name(info.path, suffix, folder, request.stem)
    container = container_of(output, encoder)
    return FilmJob(
        source=request.source,
        stamp=InputStamp.of(info.path),
        settings=settings,
        part=part,
        plan=None if request.plan is None else request.changes.followed(request.plan, part),
        changes=request.changes,
        side_by_side=halves,
        overwrite=request.overwrite,
        run=request.run,
        output=output,
        encoder=encoder,
        container=container,
        film_video=film_video,
        video=video,
        streams=planner.plan(container, output),
        encoder_threads=encoder_threads(),
        folder=work_place(output),
    )


def chosen_encoding(
    info: FilmInfo, settings: Settings, output: Path | None
) -> tuple[Encoder, VideoFormat]:
    """Return encoder and format of the colour version of a film.

    `output`: the file that was asked for, if any. Raises `UsageError` or `OutputError` when the
    encoder cannot do what `settings` ask for, or the output cannot hold it.
    """
    encoder = choose_encoder(settings, info, output)
    if output is not None:
        container_of(output, encoder)
    return encoder, video_format(info, settings, encoder)


def _absolute(settings: ColorSettings) -> tuple[str, ...]:
    """Return the references of settings with their whole paths: a run may be resumed elsewhere."""
    return tuple(str(Path(path).absolute()) for path in settings.references)


def _place(request: FilmRequest) -> tuple[Path | None, Path | None]:
    """Return the file that was asked for, or else the folder, each where there is one."""
    output = request.output
    if output is not None and (request.stem is not None or is_folder(output)):
        return None, output
    return output, None
