"""The colours of single frames, as the whole film will have them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from filmcolor.coloring.color_task import ColorTask
from filmcolor.coloring.excerpt import colored_moments
from filmcolor.coloring.film import ColoredFrame
from filmcolor.errors import InputError
from filmcolor.media.encode.video_format import choose_encoder, video_format
from filmcolor.media.source import WHOLE_FILM, FrameSource
from filmcolor.networks import Network
from filmcolor.networks.chosen import load_shot_networks
from filmcolor.planning.plan import Plan
from filmcolor.script.changes import Changes
from filmcolor.script.given import Given, placed
from filmcolor.script.in_memory import ScriptInMemory
from filmcolor.script.network_colors import FilmNetworks
from filmcolor.script.write import ScriptTask, write_script
from filmcolor.settings import Settings


@dataclass(frozen=True)
class Decided:
    """All that the colours of a film depend on."""

    plan: Plan
    """As it is followed: with keyframes for all that is given."""
    given: tuple[Given, ...] = ()


def decided(plan: Plan, given: Sequence[Given]) -> Decided:
    """Return what is followed, as `filmcolor.colorize` would, of a plan and given colours."""
    followed = Changes(given=tuple(given)).followed(plan, WHOLE_FILM)
    return Decided(followed, tuple(placed(given, followed)))


class Colors:
    """Colours frames of one film."""

    def __init__(self, source: FrameSource, settings: Settings, network: Network) -> None:
        """Prepare for a film."""
        self._source = source
        self._settings = settings
        self._network = network
        video = video_format(source.info, settings, choose_encoder(settings, source.info, None))
        self.encoding = video.encoding
        self._chroma_size = video.chroma_size

    def at(self, wanted: Decided, pts: int) -> ColoredFrame:
        """Return a frame with its planes; raises as `filmcolor.colorize` does."""
        moments = [Fraction(pts)]
        shot_networks = load_shot_networks(wanted.plan, self._settings)
        networks = FilmNetworks(self._network, shot_networks)
        script = ScriptInMemory()
        task = ScriptTask(self._source, wanted.plan, self._settings, script, wanted.given, moments)
        plan = write_script(task, networks)
        coloring = ColorTask(
            self._settings, WHOLE_FILM, plan, script, self.encoding, self._chroma_size
        )
        with closing(colored_moments(self._source, coloring, networks, moments)) as colored:
            found = next(colored, None)
        if found is None:
            info = self._source.info
            raise InputError(f"{info.path}: a frame could not be decoded.", file=info.path)
        return found
