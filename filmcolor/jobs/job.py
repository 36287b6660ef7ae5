"""One film to colour: what is asked for, and all that is decided before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from filmcolor.jobs.files import script_folder
from filmcolor.jobs.network_identity import NetworkIdentity
from filmcolor.jobs.side_by_side import SideBySide
from filmcolor.media.encode.containers import Container
from filmcolor.media.encode.encoders import Encoder
from filmcolor.media.encode.mux_plan import MuxPlan
from filmcolor.media.encode.writer import VideoFormat
from filmcolor.media.faults.unchanged import InputStamp
from filmcolor.media.film import FilmInfo
from filmcolor.media.source import WHOLE_FILM, FrameRange, FrameSource
from filmcolor.networks.chosen import NetworkFile
from filmcolor.planning.plan import Plan
from filmcolor.script.changes import Changes
from filmcolor.script.on_disk import ScriptFolder
from filmcolor.settings import RunSettings, Settings


@dataclass(frozen=True)
class FilmRequest:
    """What a user asks for: this film in colour."""

    source: FrameSource
    output: Path | None
    """A file, or a folder into which the result goes; None: beside the source."""
    settings: Settings
    part: FrameRange = WHOLE_FILM
    plan: Plan | None = None
    """The user's own; None: as earlier work has it, or one is made."""
    changes: Changes = field(default_factory=Changes)
    """What is to be otherwise than the plan and the networks have it."""
    stem: str | None = None
    """Then `output` is a folder, made if need be, and the result is called `STEM.color.EXT`."""
    side_by_side: SideBySide | None = None
    """Where the grey film is to stand to the left of the colour film; then no work is kept."""
    overwrite: bool = False
    run: RunSettings = field(default_factory=RunSettings)
    known_networks: Mapping[str, NetworkFile] = field(default_factory=dict)
    """Networks of single shots that an earlier run chose, by their names in the plan."""


@dataclass(frozen=True)
class FilmJob:
    """A film to colour, decided in full; can be sent to another process.

    Whatever two runs for the same output must have in common stands in the manifest, see
    `filmcolor.jobs.manifest.new_manifest`.
    """

    source: FrameSource
    """Opened anew for each run, see `filmcolor.jobs.color_run`."""
    stamp: InputStamp
    """The source as it was when this was decided."""
    settings: Settings
    part: FrameRange
    plan: Plan | None
    """The user's own; once the film has been looked through, the one that is followed."""
    changes: Changes
    side_by_side: SideBySide | None
    overwrite: bool
    run: RunSettings
    output: Path
    encoder: Encoder
    container: Container
    film_video: VideoFormat
    """As which the film is coloured: its planes are made for that."""
    video: VideoFormat
    """As which it is encoded: the same, but for clips with the grey film on their left."""
    streams: MuxPlan
    """What becomes of the other streams."""
    encoder_threads: int
    folder: Path
    """Where segments are kept."""
    scratch: Path | None = None
    """Where they are written, by those who put them into `folder` once they are checked."""
    networks: Mapping[str, NetworkIdentity] = field(default_factory=dict)
    """Which networks give the colours, see `filmcolor.jobs.network_identity`."""

    @property
    def info(self) -> FilmInfo:
        """The facts about the source."""
        return self.source.info

    @property
    def shown(self) -> FilmInfo:
        """The facts about what is encoded: those about the source, but for such clips."""
        return self.info if self.side_by_side is None else self.side_by_side.info(self.info)

    @property
    def script(self) -> ScriptFolder:
        """The colours of its keyframes."""
        return ScriptFolder(script_folder(self.folder))

    @property
    def shift_ticks(self) -> int:
        """What is taken off all timestamps, in units of the film's time base."""
        return int(self.streams.shift / self.info.time_base)

    @property
    def frame_total(self) -> int | None:
        """How many frames the part has, as far as the film's container tells."""
        info, part = self.info, self.part
        if part.is_whole or info.end_time is None:
            return info.frames
        start = info.first_time if part.start is None else part.start
        end = info.end_time if part.end is None else part.end
        return max(1, round((end - start) * info.frame_rate))
