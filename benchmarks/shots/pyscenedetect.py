"""PySceneDetect's detectors on thumbnails, for comparison; only where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Detector = Callable[[Sequence[NDArray[np.uint8]], Sequence[Fraction]], list[int]]

SHORTEST_SHOT = 0.25
"""Seconds, as in filmcolor."""

CONTENT = {"luma_only": True, "threshold": 25.0}
ADAPTIVE = {"luma_only": True, "adaptive_threshold": 2.0, "min_content_val": 15.0}
HISTOGRAM = {"threshold": 0.3}
"""The best of those tried on the tuning half: thresholds 10 to 30; 2 to 5 with 5 to 15; 0.1 to
0.5. Only luma tells anything in a grey film."""


def detectors() -> dict[str, Detector]:
    """Return the detectors by name; none where PySceneDetect cannot be imported."""
    try:
        kinds: Any = importlib.import_module("scenedetect.detectors")
    except ImportError:
        return {}
    return {
        "PySceneDetect Content": _detector(kinds, "ContentDetector", CONTENT),
        "PySceneDetect Adaptive": _detector(kinds, "AdaptiveDetector", ADAPTIVE),
        "Adaptive, Threshold": _detector(kinds, "AdaptiveDetector", ADAPTIVE, fades=True),
        "PySceneDetect Histogram": _detector(kinds, "HistogramDetector", HISTOGRAM),
    }


def _detector(kinds: Any, kind: str, options: dict[str, Any], *, fades: bool = False) -> Detector:
    def find(frames: Sequence[NDArray[np.uint8]], times: Sequence[Fraction]) -> list[int]:
        common: Any = importlib.import_module("scenedetect.common")
        rate = float((len(times) - 1) / (times[-1] - times[0])) if len(times) > 1 else 25.0
        shortest = max(1, round(SHORTEST_SHOT * rate))
        used = [getattr(kinds, kind)(min_scene_len=shortest, **options)]
        if fades:
            used.append(kinds.ThresholdDetector(threshold=28, min_scene_len=shortest))
        found: set[int] = set()
        at = common.FrameTimecode(0, rate)
        for index, frame in enumerate(frames):
            at = common.FrameTimecode(index, rate)
            color = cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
            for detector in used:
                found.update(cut.frame_num for cut in detector.process_frame(at, color))
        for detector in used:
            found.update(cut.frame_num for cut in detector.post_process(at))
        return sorted(found)

    return find
