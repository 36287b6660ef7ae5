"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clips import make_clip

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


FOR_OTHERS = [
    "asyncio",
    "filmcolor.jobs.farm",
    "filmcolor.networks.caffe.convert",
    "onnx",
    "tifffile",
]
"""What no film needs whose network is an ONNX file, and that is coloured here."""


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after `code`."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert "filmcolor" in modules
    return modules


def heavy_modules_after(code: str) -> list[str]:
    """The heavy modules that a fresh interpreter holds after `code`."""
    modules = modules_after(code)
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


def test_colouring_imports_nothing_for_others(tmp_path: Path, network_file: Path) -> None:
    film, output = make_clip(tmp_path / "film.mp4"), tmp_path / "color.mp4"
    options = f"model={str(network_file)!r}, engine='onnxruntime'"
    modules = modules_after(
        f"import filmcolor\nfilmcolor.colorize({str(film)!r}, {str(output)!r}, {options})"
    )
    assert {name for name in FOR_OTHERS if name in modules} == set()
    assert output.exists()


def test_threads_of_numpy_do_not_wait_for_work_on_the_command_line() -> None:
    code = """
import os, sys
sys.argv = ["filmcolor", "--version"]
from filmcolor.__main__ import main
try:
    main()
finally:
    print(os.environ["OPENBLAS_NUM_THREADS"])
"""
    for given, used in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")):
        surroundings = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=surroundings | given,
            timeout=60,
        )
        assert done.stdout.splitlines()[-1] == used
