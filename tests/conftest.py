"""What several groups of tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.networks.tiny import write_edge_network
from filmcolor.networks import Network, load_network
from filmcolor.system.cpu import available_cores
from filmcolor.system.environment import one_thread_for_linear_algebra
from tests.clips import make_clip

_KEEP_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TOP_PAD_": str(64 << 20),
}
"""To glibc: getting memory from the system anew for every film takes a tenth of the time."""


def pytest_configure() -> None:
    """Let Python keep what it compiles, which here some hundred processes would compile again.

    And as on the command line, threads of NumPy that wait for work do not use the processor; and
    what tests write need not outlast a power cut. What tests start hears Ctrl-C, also where this
    run was started in the background.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    one_thread_for_linear_algebra()
    os.fsync = lambda descriptor: None
    for name in _KEEP_MEMORY:
        os.environ.pop(name, None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let processes of pytest-xdist, but none that they start, keep memory for the next test."""
    os.environ.update(_KEEP_MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: the search for garbage need not walk through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist nobody asks
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores: many tests wait for programs that they started."""
    return available_cores() + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, and all files of the farm together: to start one takes longer than most tests."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            farm = "tests/jobs/farm"
            return farm if nodeid.startswith(f"{farm}/") else str(super()._split_scope(nodeid))

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def packaged_network() -> Network:
    """The network that comes with the package, loaded once."""
    return load_network("lite", engine="onnxruntime")


@pytest.fixture(scope="session")
def network(packaged_network: Network) -> Network:
    """What tests colour with; rooms where colours do not matter have a quicker one."""
    return packaged_network


@pytest.fixture(scope="session")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of one layer: colours that follow the lightness and its edges."""
    return write_edge_network(tmp_path_factory.mktemp("network") / "small.onnx")


@pytest.fixture(scope="session")
def quick_network(network_file: Path) -> Network:
    """The same, loaded: where it is of no matter which colours a film gets."""
    return load_network(network_file, engine="onnxruntime")


@pytest.fixture
def grey_clip(tmp_path: Path) -> Path:
    """An MP4 of 12 small frames at 25 a second, without sound."""
    return make_clip(tmp_path / "film.mp4")


@pytest.fixture(scope="session")
def sound_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of 12 small frames with an AAC track; not to be changed."""
    return make_clip(tmp_path_factory.mktemp("clips") / "sound.mp4", audio="aac")


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """The luma (full range, 8 bits, 96x96) of a photograph of a person."""
    data = pytest.importorskip("skimage.data")
    rgb = data.astronaut()[::5, ::5].astype(np.float64)[:96, :96]
    return np.rint(rgb @ [0.299, 0.587, 0.114]).astype(np.uint8)
