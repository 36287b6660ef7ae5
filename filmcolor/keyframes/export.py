"""Writes the keyframes of a film as pictures, coloured as they will be in the film."""

from __future__ import annotations

import shutil
import time
from bisect import bisect_right
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from filmcolor.color.colorspace import YUVEncoding
from filmcolor.color.rgb import rgb_of_planes
from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.film import ColoredFrame, FilmColorizer
from filmcolor.errors import InputError, OutputError
from filmcolor.events import Done, Events, FrameDone, check_cancelled
from filmcolor.jobs.get_ready import keyframe_spacing
from filmcolor.keyframes.index import (
    NAME,
    ORIGINALS,
    Index,
    KeyframePicture,
    index_text,
    picture_name,
    read_index,
)
from filmcolor.media.encode.video_format import choose_encoder, video_format
from filmcolor.media.faults.damage import damage_notes
from filmcolor.media.film import FilmInfo
from filmcolor.media.noted import Noted
from filmcolor.media.pictures.write import write_picture
from filmcolor.media.source import FrameRange, FrameSource
from filmcolor.media.timecode import format_timecode
from filmcolor.media.upright import full_size, show_upright
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.planning.planned_frames import PlannedFrame, planned_frames, shot_choices
from filmcolor.planning.planner import plan_film
from filmcolor.planning.shot import Shot
from filmcolor.script.changes import Changes
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings
from filmcolor.summary import Summary
from filmcolor.system.atomic_output import put_in_place
from filmcolor.system.background import waiting_for
from filmcolor.system.outputs import cannot_write, work_folder
from filmcolor.system.prefetch import Prefetch
from filmcolor.wording.words import counted

_AHEAD: Final = 2


@dataclass(frozen=True)
class ExportTask:
    """Of which film keyframes are wanted, and which."""

    source: FrameSource
    folder: Path
    settings: Settings
    part: FrameRange
    plan: Plan | None = None
    """None: the shots are looked for first."""
    changes: Changes = field(default_factory=Changes)
    per_shot: int | None = None
    """How many of each shot, evenly spread; None: all."""
    overwrite: bool = False


def export_keyframes(task: ExportTask, network: Network, events: Events | None = None) -> Summary:
    """Write pictures of keyframes; see `filmcolor.export_keyframes`.

    One picture is in memory at a time. The folder appears when all is done. Raises as
    `filmcolor.colorize` does.
    """
    began, events = time.perf_counter(), events or Events()
    check_folder(task)
    noted = Noted(task.source)
    task = replace(task, source=noted)
    with work_folder(task.folder) as hidden, closing(noted):
        pictures = hidden / "pictures"
        (pictures / ORIGINALS).mkdir(parents=True)
        index = _written(task, network, hidden, pictures, events)
        _publish(pictures, task, index)
    info = task.source.info
    summary = Summary(
        input=info.path,
        output=task.folder,
        frames=len(index.pictures),
        seconds=time.perf_counter() - began,
        network=network.name,
        engine=f"{network.engine} {network.precision}",
        method=task.settings.method,
        codec="png",
        shots=len(index.plan.shots),
        warnings=[
            *noted.found.notes,
            *damage_notes(info, noted.found.damage),
            *_left_out(index.plan, task.settings),
        ],
    )
    events.tell(Done(summary))
    return summary


def check_folder(task: ExportTask) -> None:
    """Raise `OutputError` unless keyframes may be written into the folder of a task."""
    folder = task.folder
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(
                f"{folder}: is a file; keyframes are written into a folder.", file=folder
            )
        if task.overwrite or not folder.exists() or not any(folder.iterdir()):
            return
    except (OSError, ValueError) as error:
        raise cannot_write(folder, error) from error
    raise OutputError(
        f"{folder}: is not empty; name another `output`, or say with `overwrite` that pictures of "
        "an earlier export there may go, and what was painted on them.",
        file=folder,
        remedy="overwrite",
    )


def _written(
    task: ExportTask, network: Network, hidden: Path, pictures: Path, events: Events
) -> Index:
    """Write the pictures and their index into a folder; return the index."""
    source, settings, changes = task.source, task.settings, task.changes
    known = None if task.plan is None else changes.followed(task.plan, task.part)
    shot_networks = waiting_for(partial(load_shot_networks, known, settings, None, changes.shots))
    networks = FilmNetworks(network, shot_networks)
    if known is None:
        spacing = keyframe_spacing(settings, network)
        found = plan_film(source, task.part, events, keyframe_spacing=spacing)
        known = changes.followed(found, task.part)
    script = ScriptFolder(hidden / "script")
    plan = write_script(ScriptTask(source, known, settings, script), networks, events)
    wanted = {
        shot.number or 1: _chosen(shot, task.per_shot)
        for shot in plan.shots
        if shot_choices(shot, settings).propagated
    }
    video = video_format(source.info, settings, choose_encoder(settings, source.info, None))
    coloring = ColorTask(settings, task.part, plan, script, video.encoding, video.chroma_size)
    found_pictures: list[KeyframePicture] = []
    total = sum(map(len, wanted.values()))
    with (
        FilmColorizer(source.info, coloring, networks) as colorizer,
        closing(_keyframes(task, plan, wanted)) as keyframes,
        Prefetch(keyframes, _AHEAD) as ready,
        closing(colorizer.colored(iter(ready))) as colored,
    ):
        for item in colored:
            shot = plan.shots[plan.place_at(item.frame.pts)]
            found_pictures.append(_write(item, shot, source, video.encoding, pictures))
            events.tell(FrameDone(len(found_pictures), max(total, len(found_pictures))))
            check_cancelled()
    if not found_pictures:
        raise InputError(
            f"{source.info.path}: no shot has keyframes to paint on, as none is coloured by "
            "`method` propagate, or all stay grey."
        )
    index = Index(plan=plan, pictures=tuple(found_pictures))
    (pictures / NAME).write_text(index_text(index), encoding="utf-8", newline="\n")
    return index


def _chosen(shot: Shot, count: int | None) -> list[int]:
    """Return the timestamps of a shot's keyframes of which there are to be pictures."""
    pts = [keyframe.pts for keyframe in shot.keyframes] or [shot.pts]
    if count is None or count >= len(pts):
        return pts
    step = len(pts) / count
    return [pts[int(step * (number + 0.5))] for number in range(count)]


def _keyframes(
    task: ExportTask, plan: Plan, wanted: Mapping[int, list[int]]
) -> Generator[PlannedFrame]:
    """Yield the keyframes that are wanted, each as if it were a shot of its own.

    The colours of a planned keyframe depend on no other frame.
    """
    frames = task.source.frames(task.part)
    passed: dict[int, int] = {}
    with closing(planned_frames(frames, plan, task.settings)) as planned:
        for item in planned:
            check_cancelled()
            if not (item.keyframe and item.choices.propagated):
                continue
            # A keyframe that an edited plan puts between two frames is the one after.
            reached = bisect_right(wanted[item.shot], item.frame.pts)
            if reached > passed.get(item.shot, 0):
                passed[item.shot] = reached
                yield replace(item, opens_shot=True)


def _write(
    item: ColoredFrame, shot: Shot, source: FrameSource, encoding: YUVEncoding, folder: Path
) -> KeyframePicture:
    """Write one keyframe, twice: to be painted on, and to be compared with."""
    info, frame = source.info, item.frame
    height, width = full_size(info)
    stored = rgb_of_planes(item.luma, item.u, item.v, encoding)
    at = frame.time - info.start
    keyframe = next((each for each in shot.keyframes if each.pts == frame.pts), None)
    number = shot.first_frame if keyframe is None else keyframe.frame
    name = picture_name(shot, at, number)
    original = folder / ORIGINALS / name
    write_picture(original, np.asarray(show_upright(stored, info, height, width)))
    shutil.copyfile(original, folder / name)
    return KeyframePicture(
        file=name,
        shot=shot.number or 1,
        pts=frame.pts,
        frame=number,
        time=format_timecode(max(Fraction(0), at)),
        width=width,
        height=height,
    )


def _publish(pictures: Path, task: ExportTask, index: Index) -> None:
    """Move a finished folder to its place; into one that is there, file by file, the index last."""
    folder = task.folder
    check_folder(task)
    try:
        if not folder.exists() or not any(folder.iterdir()):
            if folder.exists():
                folder.rmdir()
            pictures.replace(folder)
            return
        _remove_earlier(folder, task.source.info)
        (folder / ORIGINALS).mkdir(exist_ok=True)
        for each in index.pictures:
            put_in_place(pictures / ORIGINALS / each.file, folder / ORIGINALS / each.file)
            put_in_place(pictures / each.file, folder / each.file)
        put_in_place(pictures / NAME, folder / NAME)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _remove_earlier(folder: Path, info: FilmInfo) -> None:
    """Take away the pictures of an earlier export of the same film, and nothing else."""
    try:
        earlier = read_index(folder, info)
    except InputError:
        return
    (folder / NAME).unlink(missing_ok=True)
    for each in earlier.pictures:
        (folder / each.file).unlink(missing_ok=True)
        (folder / ORIGINALS / each.file).unlink(missing_ok=True)


def _left_out(plan: Plan, settings: Settings) -> list[str]:
    """Say which shots have no pictures."""
    numbers = [
        shot.number or 1 for shot in plan.shots if not shot_choices(shot, settings).propagated
    ]
    if not numbers:
        return []
    few = ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")
    return [
        f"{counted(len(numbers), 'shot')} without pictures ({few}): they stay grey, or are not "
        "coloured by keyframes."
    ]
