from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.networks.caffe_files import small_description, write_caffemodel, zhang_blobs
from filmcolor.networks.weights.folders import package_data

SMALL = 16  # the small Zhang network has a sixteenth of the channels


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or changes the weights and caches of whoever runs it."""
    models = tmp_path / "models-folder"
    monkeypatch.setenv("FILMCOLOR_MODELS", str(models))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FILMCOLOR_MIRROR", raising=False)
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return models


@pytest.fixture
def small_zhang(tmp_path: Path) -> Path:
    """A `.caffemodel` in Zhang's layout with few channels, its description beside it."""
    weights = write_caffemodel(tmp_path / "small.caffemodel", zhang_blobs(divide=SMALL))
    text = package_data("zhang2016.prototxt").read_text(encoding="utf-8")
    weights.with_suffix(".prototxt").write_text(small_description(text, SMALL), encoding="utf-8")
    return weights


@pytest.fixture
def lightness() -> np.ndarray:
    """One picture (1, 224, 224) in 0..100 with smooth and rough places."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:224, 0:224] / 224
    picture = 50 + 30 * np.sin(9 * x + 4 * y * y) + 12 * rng.standard_normal((224, 224)) * (x > 0.5)
    return np.clip(picture, 0, 100).astype(np.float32)[None]
