"""The script of docs/first-frame.md prints what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from skimage.data import astronaut

from filmcolor.evaluation.pictures import psnr
from filmcolor.evaluation.wrapped_psnr import wrapped_psnr

PAGE = Path(__file__).resolve().parents[2] / "docs" / "first-frame.md"


def test_script_of_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
    truth = astronaut()
    grey = np.dstack([(truth @ [0.299, 0.587, 0.114]).round().astype(np.uint8)] * 3)
    right, wrong = (float(line.split()[1]) for line in printed.splitlines())
    assert round(psnr(truth, grey), 1) == right
    assert round(wrapped_psnr(truth, grey), 1) == wrong
