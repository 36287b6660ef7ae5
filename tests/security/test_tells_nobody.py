"""Nothing that is done here is told to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_run_leaves_nothing_for_the_makers_of_libraries(
    tmp_path: Path, network_file: Path
) -> None:
    """ONNX Runtime 1.32 collects events, and sends them later, unless it is told not to."""
    home = tmp_path / "home"
    home.mkdir()
    program = f"""
from filmcolor.networks import load_network
import numpy as np
network = load_network({str(network_file)!r}, engine="onnxruntime")
network.predict(np.zeros((1, *network.input_size(64, 64)), np.float32))
import os
assert "ORT_DISABLE_TELEMETRY" not in os.environ
"""
    places = {"HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)}
    places |= {"XDG_CACHE_HOME": str(home / ".cache"), "FILMCOLOR_MODELS": str(tmp_path)}
    given = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", program], env=given | places, check=True, timeout=120)
    left = [path for path in home.rglob("*") if path.is_file() and "filmcolor" not in path.parts]
    assert left == []
