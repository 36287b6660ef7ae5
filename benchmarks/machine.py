"""Says on what a benchmark ran."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import cv2
import imageio_ffmpeg

from filmcolor.system.cpu import available_cores


def machine() -> str:
    """Return one line about the computer and the versions of what runs on it."""
    versions = [f"Python {platform.python_version()}"]
    packages = ("filmcolor", "onnxruntime", "openvino", "av")
    versions += [f"{package} {version(package)}" for package in packages if find_spec(package)]
    versions += [f"OpenCV {cv2.__version__}", f"FFmpeg {imageio_ffmpeg.get_ffmpeg_version()}"]
    return f"{cpu_model()}, {available_cores()} cores, {platform.system()}; {', '.join(versions)}"


def cpu_model() -> str:
    """Return the processor's name, as far as the system tells."""
    try:
        if sys.platform == "darwin":
            command = ["sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
