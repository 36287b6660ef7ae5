"""What references do to a keyframe, with a colour film's own frames as photographs.

    python -m benchmarks.references FILM...

The plan cuts each film into shots. The keyframe is a frame at nine tenths of a shot, seen in grey.
References: a frame at one tenth of the same shot; one in the middle of each other shot of the
film (six at most, evenly spread); and, for what a wrong choice costs, one of the next film. PSNR
over 8-bit R'G'B' and CIEDE2000, means over keyframes; shots without light or colour are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats
from filmcolor.color.lab import RGB8
from filmcolor.evaluation.lab import ciede2000, lab_from_rgb
from filmcolor.evaluation.pictures import psnr
from filmcolor.evaluation.truth import ColorReader, exact_rgb, rounded
from filmcolor.media.decode.probe import probe
from filmcolor.networks.look import Look
from filmcolor.networks.network import Network, load_network
from filmcolor.planning.planner import plan_film
from filmcolor.script.reference import Reference, lab_of_reference, lend_colors

_HEIGHT = 360
_LEAST_LIGHT, _LEAST_CHROMA = 5.0, 4.0
_OTHERS = 6


@dataclass
class Seen:
    """A frame in its true colours, and what the network makes of it in grey."""

    rgb: RGB8
    lab: Floats
    look: Look

    @property
    def lightness(self) -> Floats:
        """L, 0..100, float32 (h, w)."""
        return np.ascontiguousarray(np.clip(self.lab[..., 0], 0, 100))

    @property
    def reference(self) -> Reference:
        """The frame as a photograph that lends its colours."""
        return Reference(*lab_of_reference(self.rgb), self.look.features)


@dataclass
class Shots:
    """Frames of one film: early, middle and late in each shot."""

    name: str
    early: list[Seen] = field(default_factory=list)
    middle: list[Seen] = field(default_factory=list)
    late: list[Seen] = field(default_factory=list)


def read_shots(path: Path, network: Network) -> Shots:
    """Return what is needed of a film."""
    reader = ColorReader(probe(path))
    info = reader.info
    wanted = [
        [round(shot.first_frame + share * (shot.end_frame - 1 - shot.first_frame)) for share in x]
        for shot in plan_film(reader.reopen()).shots
        for x in ((0.1, 0.5, 0.9),)
    ]
    numbers = {number for shot in wanted for number in shot}
    pictures: dict[int, Seen] = {}
    size = _HEIGHT, round(_HEIGHT * info.width / info.height)
    both = zip(reader.frames(), reader.true_colors(), strict=True)
    for number, (frame, colors) in enumerate(both):
        if number in numbers:
            planes = frame.luma, colors.u, colors.v
            rgb = rounded(exact_rgb(*planes, info.encoding, size))
            pictures[number] = see(rgb, network)
    shots = Shots(path.name)
    for trio in wanted:
        seen = [pictures[number] for number in trio if number in pictures]
        if len(seen) == 3 and all(map(_is_colored, seen)):
            for where, picture in zip((shots.early, shots.middle, shots.late), seen, strict=True):
                where.append(picture)
    return shots


def see(rgb: RGB8, network: Network) -> Seen:
    """Return a picture as the network sees it in grey."""
    lab = lab_from_rgb(rgb)
    return Seen(rgb, lab, network.look(np.clip(lab[..., 0], 0, 100)))


def _is_colored(frame: Seen) -> bool:
    light, chroma = frame.lightness.mean(), np.hypot(frame.lab[..., 1], frame.lab[..., 2]).mean()
    return bool(light > _LEAST_LIGHT and chroma > _LEAST_CHROMA)


class Figures:
    """PSNR and CIEDE2000 of the network alone, with palettes, and with palettes and content."""

    def __init__(self) -> None:
        """Begin with no keyframe."""
        self._rows: list[list[float]] = []

    def add(self, keyframe: Seen, reference: Seen) -> None:
        """Colour a keyframe."""
        ab, lent = keyframe.look.ab, [reference.reference]
        palette = lend_colors(keyframe.lightness, ab, lent)
        all_of_it = lend_colors(keyframe.lightness, ab, lent, features=keyframe.look.features)
        row = []
        for colors in (ab, palette, all_of_it):
            size = keyframe.rgb.shape[1::-1]
            large = cv2.resize(colors, size, interpolation=cv2.INTER_CUBIC)
            lab = np.dstack([keyframe.lightness, large.astype(np.float32)])
            rgb = np.clip(np.rint(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)), 0, 255)
            shown = rgb.astype(np.uint8)
            row.append(psnr(shown, keyframe.rgb))
            row.append(float(ciede2000(lab_from_rgb(shown), keyframe.lab).mean()))
        self._rows.append(row)

    def line(self, name: str) -> str:
        """Return a row of the table."""
        if not self._rows:
            return f"| {name} | 0 | | | | |"
        means = np.mean(self._rows, axis=0)
        pairs = [f"{means[at]:.2f} / {means[at + 1]:.2f}" for at in (0, 2, 4)]
        worse = sum(row[5] > row[1] + 0.2 for row in self._rows)
        return f"| {name} | {len(self._rows)} | " + " | ".join(pairs) + f" | {worse} |"


def measure(films: list[Shots]) -> Iterable[str]:
    """Yield the rows of the table."""
    same, other, wrong = Figures(), Figures(), Figures()
    for film, following in zip(films, [*films[1:], *films[:1]], strict=True):
        for shot, keyframe in enumerate(film.late):
            same.add(keyframe, film.early[shot])
            others = [frame for k, frame in enumerate(film.middle) if k != shot]
            for frame in others[:: max(1, -(-len(others) // _OTHERS))]:
                other.add(keyframe, frame)
            if following is not film and following.middle:
                wrong.add(keyframe, following.middle[shot % len(following.middle)])
    yield same.line("the same shot")
    yield other.line("another shot of the film")
    yield wrong.line("another film")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.references", description=__doc__.split("\n")[0]
    )
    parser.add_argument("films", nargs="+", type=Path)
    parser.add_argument("--model", default="lite")
    arguments = parser.parse_args()
    network = load_network(arguments.model)
    films = [read_shots(path, network) for path in arguments.films]
    print("PSNR / CIEDE2000; worse: keyframes with a CIEDE2000 at least 0.2 above the network's.\n")
    print("| reference | keyframes | network alone | palette | palette and content | worse |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for line in measure(films):
        print(line)
