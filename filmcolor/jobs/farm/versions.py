"""By what two computers are known to give the same film."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import av

import filmcolor

_LIBRARIES = ("numpy", "opencv-python-headless", "onnxruntime", "openvino", "scipy")


def versions() -> dict[str, str]:
    """Return the versions of all that has a say in the pixels of a film, by name."""
    found = {"filmcolor": filmcolor.__version__, "PyAV": av.__version__}
    for library, number in sorted(av.library_versions.items()):
        found[library] = ".".join(map(str, number))
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


def version_differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return in words what is other there; what one of them lacks is an engine that may not run."""
    return [
        f"{name} {there[name]} (here {here[name]})"
        for name in here
        if name in there and there[name] != here[name]
    ]
