"""What a film file holds: the facts that the rest of filmcolor works from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from filmcolor.color.colorspace import YUVEncoding

STILLS = "stills"
"""What stands for the container of a sequence of pictures."""


@dataclass(frozen=True)
class StreamInfo:
    """One stream of a film file, as the container lists it."""

    index: int
    kind: str
    """`video`, `audio`, `subtitle`, `attachment` or `data`."""
    codec: str
    """FFmpeg's name of the codec, or an empty string where it has none."""
    language: str = ""
    title: str = ""
    dispositions: tuple[str, ...] = ()
    time_base: Fraction = Fraction(1, 1000)
    start: Fraction | None = None
    """Its first timestamp in seconds, where the container tells."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    details: str = ""
    """Size, or sampling rate and channels, in words."""
    sample_format: str = ""
    """FFmpeg's name of the format of decoded sound."""
    is_chapter_text: bool = False
    """Whether it holds the titles of the chapters, which QuickTime files keep as a track."""

    @property
    def is_cover(self) -> bool:
        """Whether this is cover art: one picture that is not part of the film."""
        return "attached_pic" in self.dispositions or "timed_thumbnails" in self.dispositions


@dataclass(frozen=True)
class Jump:
    """A place in a file from which on a stream's clock is another."""

    stream: int
    """Index of the stream."""
    position: int
    """Of the first packet behind it, in bytes."""
    by: Fraction
    """Seconds by which the stream's own clock goes ahead there; negative where it goes back."""
    offset: Fraction
    """Seconds to add to the timestamps from there to the next such place."""
    begins: Fraction
    """When what follows is shown, in seconds on the bridged clock."""


@dataclass(frozen=True)
class Crop:
    """Columns and rows of a decoded frame that are not shown."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


@dataclass(frozen=True)
class GoesOn:
    """That a film seems to go on in another stream of video."""

    stream: int
    at: Fraction
    """When, in seconds on the film's own clock."""


@dataclass(frozen=True)
class Orientation:
    """How players turn a decoded frame before they show it (its display matrix).

    The frame is turned counter-clockwise by `degrees` (a multiple of 90 in practice); `mirrored`
    says that it is flipped left to right first.
    """

    degrees: int = 0
    mirrored: bool = False

    @property
    def quarter_turns(self) -> int:
        """The number of counter-clockwise quarter turns, 0 to 3 (the nearest, for odd angles)."""
        return round(self.degrees / 90) % 4


@dataclass(frozen=True)
class FilmInfo:
    """The facts about a film that colouring, previewing and muxing need."""

    path: Path
    container: str
    """FFmpeg's name of the container format; `STILLS` for a sequence of pictures."""
    video: StreamInfo
    width: int
    height: int
    pixel_format: str
    encoding: YUVEncoding
    """What the luma that the reader returns means (for RGB sources: after conversion)."""
    tagged_matrix: bool
    """Whether the file itself names its YUV matrix; else players guess it by the size."""
    time_base: Fraction
    start: Fraction
    """Where the film's clock begins: positions are counted from here. In seconds."""
    container_start: Fraction
    """The earliest timestamp of any stream, in seconds (FFmpeg's `start_time`)."""
    frame_rate: Fraction
    """Average frames per second; a guess for display and rate control, never for timing."""
    frames: int | None
    """Number of frames, where the container tells; an estimate otherwise, or None."""
    duration: Fraction | None
    sample_aspect_ratio: Fraction
    orientation: Orientation
    interlaced: bool
    top_field_first: bool
    is_usual_video: bool = True
    """Whether the video is the one that is coloured where no other is chosen."""
    goes_on: GoesOn | None = None
    """Where another stream of video begins when this one ends: a broadcast has changed it."""
    crop: Crop = Crop()
    """What is cut off decoded frames; `width` and `height` are without it."""
    packets_are_frames: bool = True
    """Whether each packet of the video is a frame; else it may be one of a frame's two fields."""
    first_shown: int | None = None
    """Timestamp of the first frame that decodes: a film may begin with some that do not."""
    streams: tuple[StreamInfo, ...] = ()
    """All streams, the film's own video among them."""
    jumps: tuple[Jump, ...] = ()
    """Where the clocks of its streams start again or jump; see
    `filmcolor.media.decode.clock_jumps`. All other times here, and those of frames, are on the
    clock in which this is bridged."""
    chapters: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    stills_times: Sequence[int] = field(default=(), hash=False)
    """Of a sequence of pictures: the timestamps of all, in units of the time base."""

    @property
    def is_stills(self) -> bool:
        """Whether this is a sequence of pictures, without other streams."""
        return self.container == STILLS

    @property
    def stored_size(self) -> tuple[int, int]:
        """Height and width in pixels of decoded frames."""
        crop = self.crop
        return self.height + crop.top + crop.bottom, self.width + crop.left + crop.right

    @property
    def first_time(self) -> Fraction:
        """When the earliest stream begins, in seconds on the film's own clock."""
        return max(self.start, self.container_start)

    @property
    def end_time(self) -> Fraction | None:
        """When the film ends, in seconds on its own clock, where the container tells."""
        return None if self.duration is None else self.first_time + self.duration

    @property
    def other_streams(self) -> tuple[StreamInfo, ...]:
        """All streams but the film's own video."""
        return tuple(s for s in self.streams if s.index != self.video.index)
