"""What every engine offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

PASSES_AT_ONCE = 2
"""Of a network on a film's frames, each with its share of the cores: they wait less for each other,
and for the encoder, than all cores do that work on one pass."""


class Engine(Protocol):
    """A loaded network. `run` may be called from several threads at once."""

    name: str
    precision: str
    """The precision of the multiplications: "f32", "f16" or "bf16"."""

    def run(
        self, L: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return outputs for one picture, float32 (1, 1, h, w) in 0..100.

        `outputs` names them: those of the file, and those that the engine was opened to give too.
        """
        ...
