"""What a network's passes take of memory, and that it is given back."""

from __future__ import annotations

import subprocess
import sys

import pytest

_PASSES = """
import re, threading
from pathlib import Path

import numpy as np

from filmcolor.networks import load_network
from filmcolor.system.memory_settings import give_memory_back, use_memory_sparingly

def megabytes(field):
    found = re.search(field + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024

use_memory_sparingly()
network = load_network("lite", engine="onnxruntime", threads=1)
L = np.full((1, 192, 256), 50.0)
network.predict(L)
give_memory_back()
before = megabytes("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the highest mark is set anew
for at_once in (1, 6):
    threads = [
        threading.Thread(target=lambda: [network.predict(L) for _ in range(3)])
        for _ in range(at_once)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if at_once == 1:
        print(megabytes("VmHWM") - before)
print(megabytes("VmHWM") - before)
give_memory_back()
print(megabytes("VmRSS") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_passes_take_is_bounded_and_given_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PASSES], capture_output=True, text=True, check=True, timeout=120
    )
    one, six, afterwards = map(float, done.stdout.split())
    assert six < 3 * one + 5, "no more than two run side by side"
    assert afterwards < one / 2
