"""What a network says about a frame of a film, turned and sized as the network wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, runtime_checkable

import cv2
import numpy as np

from filmcolor.color.colorspace import Floats, Plane, YUVEncoding, lightness_table
from filmcolor.media.film import FilmInfo, Orientation
from filmcolor.networks.look import Look
from filmcolor.script.grids import resized


class ColorNetwork(Protocol):
    """What is needed of a network; see `filmcolor.networks.Network`."""

    @property
    def passes_at_once(self) -> int:
        """How many threads ask it side by side; with 1 it is asked in the order of the frames."""
        ...

    def input_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the network's own input size for a picture of this size."""
        ...

    def predict(self, L: Floats) -> Floats:
        """Return ab (n, h, w, 2) of lightness (n, H, W) in 0..100."""
        ...


@runtime_checkable
class LookingNetwork(Protocol):
    """A network that also tells what it makes of places."""

    def look(self, L: Floats) -> Look:
        """Return colours, confidence and features of lightness (H, W) in 0..100."""
        ...


@dataclass(frozen=True)
class FilmNetworks:
    """The networks that colour a film."""

    main: ColorNetwork
    shots: Mapping[str, ColorNetwork] = field(default_factory=dict)
    """Those that the plan names for single shots, by their names there."""


def features_of(network: ColorNetwork, L: Floats) -> tuple[Floats, ...]:
    """Return what a network makes of the places of a picture; nothing, where it tells of none.

    `L`: 0..100, float32 (h, w), of any size.
    """
    if not isinstance(network, LookingNetwork):
        return ()
    return network.look(resized(L, network.input_size(*L.shape))).features


class NetworkColors:
    """Asks a network about frames of one size; may be used by several threads."""

    def __init__(
        self,
        network: ColorNetwork,
        encoding: YUVEncoding,
        size: tuple[int, int],
        *,
        aspect: Fraction = Fraction(1),
        orientation: Orientation | None = None,
    ) -> None:
        """Prepare for frames of `size` (height, width) in pixels of shape `aspect`."""
        self._network = network
        self._orientation = orientation or Orientation()
        self._lightness = lightness_table(encoding)
        height, width = size
        shown_width = max(1, round(width * float(aspect)))
        if self._orientation.quarter_turns % 2:
            turned = network.input_size(shown_width, height)
            self._small_size = turned[1], turned[0]
        else:
            self._small_size = network.input_size(height, shown_width)

    @classmethod
    def of_film(
        cls, network: ColorNetwork, info: FilmInfo, encoding: YUVEncoding | None = None
    ) -> NetworkColors:
        """Prepare for the frames of a film; `encoding`: of their luma, if not the film's own."""
        return cls(
            network,
            encoding or info.encoding,
            (info.height, info.width),
            aspect=info.sample_aspect_ratio,
            orientation=info.orientation,
        )

    def lightness(self, luma: Plane) -> Floats:
        """Return L in 0..100 at the network's input size, turned as the film is stored.

        `luma`: code values, shape (height, width).
        """
        height, width = self._small_size
        shrinking = height < luma.shape[0]
        how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        small = cv2.resize(luma, (width, height), interpolation=how)
        return np.asarray(self._lightness[small], dtype=np.float32)

    def ask(self, L: Floats, *, mirrored: bool = False) -> Floats:
        """Return ab at the network's output size, turned as the film is; float32, (h, w, 2).

        `L`: as `lightness` gives it. With `mirrored` the network sees it so.
        """
        L = self._upright(L)
        if mirrored:
            L = L[:, ::-1]
        ab = self._network.predict(np.ascontiguousarray(L)[None])[0]
        if mirrored:
            ab = ab[:, ::-1]
        return self._as_stored(ab)

    def look(self, L: Floats) -> Look:
        """Return what the network sees besides its colours, turned as the film is stored.

        `L`: as `lightness` gives it. A network that tells of nothing but colours has no features.
        """
        upright = np.ascontiguousarray(self._upright(L))
        if isinstance(self._network, LookingNetwork):
            seen = self._network.look(upright)
        else:
            seen = Look(self._network.predict(upright[None])[0], None, ())
        return Look(
            self._as_stored(seen.ab),
            None if seen.confidence is None else self._as_stored(seen.confidence),
            tuple(map(self._as_stored, seen.features)),
            tuple(map(self._as_stored, seen.details)),
        )

    def _upright(self, L: Floats) -> Floats:
        if self._orientation.mirrored:
            L = L[:, ::-1]
        return np.rot90(L, self._orientation.quarter_turns)

    def _as_stored(self, ab: Floats) -> Floats:
        ab = np.rot90(ab, -self._orientation.quarter_turns)
        if self._orientation.mirrored:
            ab = ab[:, ::-1]
        return np.ascontiguousarray(ab)
