"""Threads that use an engine for the first time at once never wait for each other for ever."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.endurance import first_use

_RUNS = 6
_LIMIT = 200
"""Seconds for a run. One that hangs does so for ever, and a busy machine can take a minute."""


@pytest.mark.timeout(5 * _LIMIT)
@pytest.mark.parametrize("kind", ["openvino", "openvino-half", "openvino-load", "opencv-load"])
def test_first_uses_at_once(tmp_path: Path, kind: str) -> None:
    """In processes of their own. Without the lock one in eight hung; 8 of 20 of OpenCV failed."""
    if kind.startswith("openvino") and find_spec("openvino") is None:
        pytest.skip("OpenVINO is not installed")
    first_use.make_files(tmp_path)
    assert first_use.stress(kind, tmp_path, runs=_RUNS, at_once=2, limit=_LIMIT) == (0, 0)
