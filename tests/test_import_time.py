"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = [
    "PIL",
    "av",
    "cv2",
    "dask",
    "distributed",
    "numpy",
    "onnx",
    "onnxruntime",
    "openvino",
    "requests",
    "scipy",
    "skimage",
    "tqdm",
]


def heavy_modules_after(code: str) -> list[str]:
    """The heavy modules that a fresh interpreter holds after `code`."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert "filmcolor" in modules
    return [name for name in HEAVY if name in modules]


def test_package() -> None:
    assert heavy_modules_after("import filmcolor") == []


def test_version() -> None:
    assert heavy_modules_after("import filmcolor\nassert filmcolor.__version__") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["colorize", "--help"],
        ["batch", "--help"],
        ["farm", "check", "--help"],
        ["models", "--help"],
        ["shots", "--help"],
        ["evaluate", "--help"],
    ],
    ids=" ".join,
)
def test_help(arguments: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["filmcolor", *{arguments!r}]
from filmcolor.cli.app import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
    assert heavy_modules_after(code) == []


def test_use_does_import_what_is_needed() -> None:
    assert "numpy" in heavy_modules_after("import filmcolor\nfilmcolor.colorize")
