"""The sample film's sound: a slow waltz on a piano-like instrument over a projector's hum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 44100

FloatArray = npt.NDArray[np.float64]

BEAT = 0.42
"""Seconds per beat; three beats make a bar."""

BARS = (
    ((45, 57, 64), (72, 71, 69)),
    ((41, 57, 60), (69, 72, 76)),
    ((43, 55, 59), (74, 71, 67)),
    ((48, 55, 64), (67, 72, 76)),
    ((50, 57, 65), (77, 74, 69)),
    ((45, 57, 60), (72, 76, 69)),
    ((40, 56, 59), (71, 68, 64)),
    ((45, 57, 64), (69, 72, 76)),
    ((41, 57, 60), (77, 76, 72)),
    ((40, 56, 64), (71, 74, 68)),
    ((45, 52, 57), (69,)),
)
"""Per bar: the bass note and two chord notes of the left hand, the melody of the right (MIDI)."""


def compose(seconds: float, seed: int) -> npt.NDArray[np.int16]:
    """Return the mono sound track, exactly as long as the picture."""
    random = np.random.default_rng(seed)
    length = round(seconds * SAMPLE_RATE)
    music = np.zeros(length + 4 * SAMPLE_RATE)
    for bar, (left, right) in enumerate(BARS):
        for beat, note in enumerate(left):
            _strike(music, (bar * 3 + beat) * BEAT, note, 0.16 if beat == 0 else 0.09)
            if beat == 2 and left[1] != note:
                _strike(music, (bar * 3 + beat) * BEAT, left[1], 0.07)
        for beat, note in enumerate(right):
            _strike(music, (bar * 3 + beat) * BEAT + 0.012, note, 0.2)
    sound = music[:length] + _projector(length, random)
    fade = np.ones(length)
    tail = SAMPLE_RATE // 2
    fade[-tail:] = np.linspace(1.0, 0.0, tail) ** 2
    fade[:2000] = np.linspace(0.0, 1.0, 2000)
    sound = np.tanh(sound * fade * 1.4)
    return np.rint(sound * 0.8 * 32767).astype(np.int16)


def _strike(music: FloatArray, start: float, note: int, loudness: float) -> None:
    """Add one note: partials that die away, the higher ones sooner."""
    frequency = 440.0 * 2 ** ((note - 69) / 12)
    time = np.arange(int(2.6 * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.zeros_like(time)
    for partial in range(1, 8):
        # Real strings are stiff: their partials lie a little above the whole multiples.
        pitch = frequency * partial * np.sqrt(1 + 0.0004 * partial * partial)
        if pitch > 6000:
            break
        decay = np.exp(-time * (1.1 + 0.9 * partial) * (frequency / 330.0) ** 0.3)
        tone += np.sin(2 * np.pi * pitch * time) * decay / partial**1.6
    tone *= np.minimum(1.0, time / 0.006) * loudness
    first = round(start * SAMPLE_RATE)
    part = music[first : first + tone.size]
    part += tone[: part.size]


def _projector(length: int, random: np.random.Generator) -> FloatArray:
    """A quiet hum with a soft tick for each of the 24 frames of a second."""
    time = np.arange(length) / SAMPLE_RATE
    hum = 0.004 * np.sin(2 * np.pi * 50 * time) + 0.002 * np.sin(2 * np.pi * 100 * time)
    ticks = np.exp(-((time * 24) % 1.0) * 14)
    noise = np.convolve(random.standard_normal(length), np.ones(6) / 6, mode="same")
    return hum + noise * (0.003 + 0.009 * ticks)
