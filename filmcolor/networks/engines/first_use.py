"""Lets the first use of a native library have the process for itself.

Such libraries make tables when they are first used; OpenVINO makes that of NumPy's types in a
network's first pass. A thread that makes one lets others run Python in between. If another then
needs the same table, it waits for it with Python's lock in its hands, and both wait for ever. So
networks are loaded, and asked for the first time, one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from filmcolor.networks.engines.engine import Engine

FIRST_USE = threading.Lock()
"""Held by whoever loads a network or asks one for the first time, of all in this process."""


class FirstPassAlone:
    """An engine whose first pass waits for other first passes of this process to end."""

    def __init__(self, engine: Engine) -> None:
        """Take over a loaded engine."""
        self.name = engine.name
        self.precision = engine.precision
        self._engine = engine
        self._has_passed = False

    def run(
        self, L: NDArray[np.float32], outputs: Sequence[str]
    ) -> tuple[NDArray[np.float32], ...]:
        """Return the outputs of these names for one picture (1, 1, h, w)."""
        if self._has_passed:
            return self._engine.run(L, outputs)
        with FIRST_USE:
            values = self._engine.run(L, outputs)
            self._has_passed = True
            return values
