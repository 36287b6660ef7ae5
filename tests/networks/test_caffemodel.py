from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.networks.caffe_files import (
    field,
    legacy_blob,
    modern_blob,
    unpacked_blob,
    varint,
    write_caffemodel,
)
from filmcolor.errors import NetworkError
from filmcolor.networks.caffe.caffemodel import read_caffemodel

RNG = np.random.default_rng(3)
BLOBS = {
    "first": [RNG.standard_normal((4, 3, 3, 2)).astype(np.float32), np.ones(4, np.float32)],
    "second": [RNG.standard_normal((2, 4, 1, 1)).astype(np.float32)],
}


@pytest.mark.parametrize("old_layers", [False, True])
@pytest.mark.parametrize("blob", [modern_blob, legacy_blob, unpacked_blob])
def test_blobs_come_back_as_written(tmp_path: Path, blob, old_layers: bool) -> None:
    path = write_caffemodel(tmp_path / "w.caffemodel", BLOBS, blob=blob, old_layers=old_layers)
    weights = read_caffemodel(path)
    assert list(weights) == list(BLOBS)
    for name, arrays in BLOBS.items():
        for found, expected in zip(weights[name], arrays, strict=True):
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found.reshape(expected.shape), expected)


def test_double_precision_is_kept(tmp_path: Path) -> None:
    blob = RNG.standard_normal((3, 2))
    path = write_caffemodel(tmp_path / "w.caffemodel", {"layer": [blob]})
    np.testing.assert_array_equal(read_caffemodel(path)["layer"][0], blob)


@pytest.mark.parametrize("keep", [1, 17, 60, 200, -1])
def test_a_cut_file_is_named_as_such(tmp_path: Path, keep: int) -> None:
    path = write_caffemodel(tmp_path / "w.caffemodel", BLOBS)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(NetworkError, match=r"w\.caffemodel .*(cut short|ends in the middle)"):
        read_caffemodel(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
        (b'{"error": "not found"}', "JSON"),
        (field(1, b"just a name"), "no layers with weights"),
        (bytes(range(256)) * 4, "no whole Caffe weights file"),
    ],
)
def test_what_is_no_weights_file_is_named(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "w.caffemodel"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=complaint) as caught:
        read_caffemodel(path)
    assert str(path) in str(caught.value)
    assert "Get the file again" in str(caught.value)


def test_a_blob_whose_shape_does_not_fit_its_numbers_names_the_layer(tmp_path: Path) -> None:
    blob = field(7, field(1, varint(5))) + field(5, np.zeros(4, "<f4").tobytes())
    path = tmp_path / "w.caffemodel"
    path.write_bytes(field(100, field(1, b"odd") + field(7, blob)))
    with pytest.raises(NetworkError, match=r"layer 'odd': a blob of shape \(5,\) holds 4 values"):
        read_caffemodel(path)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="There is no weights file"):
        read_caffemodel(tmp_path / "none.caffemodel")
    with pytest.raises(NetworkError, match="is a folder"):
        read_caffemodel(tmp_path)
